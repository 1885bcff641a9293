/*
 * decode_rows - what Kanari reads of which events, and the layouts of their payloads.
 *
 * Sources: the manifests of Windows 7 to Windows 11 26H1; for classic events the MOF classes of
 *          the Windows SDK; and the recordings that the rows name as proof.
 */
#include "etw/catalog.h"
#include "etw/decode_row.h"

/* clang-format off */
/* The field's type decides: a step into a field of another type does not compile. */
#define OF(type, field) _Generic(((struct event *)0)->field, type: EVF_##field)
#define STEP(op, type, field) {ETW_OP_##op, OF(type, field), offsetof(struct event, field)}

#define SKIP(len) {ETW_OP_SKIP, (len), 0}
#define SKIP_PTR(count) {ETW_OP_SKIP_PTR, (count), 0}
#define SKIP_WSTR {ETW_OP_SKIP_WSTR, 0, 0}
#define U16(field) STEP(U16, uint32_t, field)
#define STATUS(field) STEP(U32, uint32_t, field)
#define U32(field) STEP(U32_NOT_0, uint32_t, field)
#define SESSION(field) STEP(SESSION, uint32_t, field)
#define U64(field) STEP(U64_NOT_0, uint64_t, field)
#define SOCKADDR(field) STEP(SOCKADDR, struct addr, field)
#define WSTR(field) STEP(WSTR, struct sv, field)
#define ASTR(field) STEP(ASTR, struct sv, field)
#define SID(field) STEP(SID, struct sv, field)
#define GUID(field) STEP(GUID, struct sv, field)
#define CWSTR(field) STEP(CWSTR, struct sv, field)
#define TOKEN_USER(field) STEP(TOKEN_USER, struct sv, field)
/* clang-format on */

/* -- layouts: processes ------------------------------------------------------------------------ */

static const struct etw_step start_v0[] = {
    U32(process_id),     U64(process_started), U32(parent_process_id),
    SESSION(session_id), WSTR(process),
};

/* v1 ends with the image name. Flags; PackageFullName, PackageRelativeAppId. */
static const struct etw_step start_v2[] = {
    U32(process_id), U64(process_started), U32(parent_process_id), SESSION(session_id), SKIP(4),
    WSTR(process),   U32(image_checksum),  U32(image_time),        SKIP_WSTR,           SKIP_WSTR,
};
#define START_V1_COUNT 6

/* Flags, TokenElevationType, TokenIsElevated; package names; v4 SecurityMitigations; v5 PartitionID
 * and ProcessMachine. */
static const struct etw_step start_v3[] = {
    U32(process_id),
    U64(process_sequence),
    U64(process_started),
    U32(parent_process_id),
    U64(parent_sequence),
    SESSION(session_id),
    SKIP(12),
    SID(integrity),
    WSTR(process),
    U32(image_checksum),
    U32(image_time),
    SKIP_WSTR,
    SKIP_WSTR,
    SKIP(4),
    SKIP(6),
};
#define START_V3_COUNT 13
#define START_V4_COUNT 14

/* ExitTime, ExitCode; TokenElevationType, HandleCount, CommitCharge, CommitPeak; from v1 also
 * CPUCycleCount and five counts. */
#define STOP_COUNTS_V0 (4 + 4 + 8 + 8)
#define STOP_COUNTS_V1 (STOP_COUNTS_V0 + 8 + 5 * 4)
static const struct etw_step stop_v0[] = {
    U32(process_id), U64(process_started), SKIP(8),
    STATUS(status),  SKIP(STOP_COUNTS_V0), ASTR(process),
};
static const struct etw_step stop_v1[] = {
    U32(process_id), U64(process_started), SKIP(8),
    STATUS(status),  SKIP(STOP_COUNTS_V1), ASTR(process),
};
static const struct etw_step stop_v2[] = {
    U32(process_id), U64(process_sequence), U64(process_started), SKIP(8),
    STATUS(status),  SKIP(STOP_COUNTS_V1),  ASTR(process),
};

/* ImageBase, ImageSize; DefaultBase. */
static const struct etw_step image_load[] = {
    SKIP_PTR(2), U32(process_id), U32(image_checksum), U32(image_time), SKIP_PTR(1), WSTR(path),
};

/* Classic. The exit status of a process that runs is STILL_ACTIVE: only an end keeps it. v3 has
 * DirectoryTableBase behind it, v4 also Flags, and at the end PackageFullName and ApplicationId. */
#define CLASSIC_IDS SKIP_PTR(1), U32(process_id), U32(parent_process_id), SESSION(session_id)
#define CLASSIC_TEXTS TOKEN_USER(sid), ASTR(process), WSTR(command_line)
static const struct etw_step classic_v2[] = {CLASSIC_IDS, SKIP(4), CLASSIC_TEXTS};
static const struct etw_step classic_v3[] = {CLASSIC_IDS, SKIP(4), SKIP_PTR(1), CLASSIC_TEXTS};
static const struct etw_step classic_v4[] = {
    CLASSIC_IDS, SKIP(4), SKIP_PTR(1), SKIP(4), CLASSIC_TEXTS, SKIP_WSTR, SKIP_WSTR,
};
static const struct etw_step classic_end_v2[] = {CLASSIC_IDS, STATUS(status), CLASSIC_TEXTS};
static const struct etw_step classic_end_v3[] = {
    CLASSIC_IDS,
    STATUS(status),
    SKIP_PTR(1),
    CLASSIC_TEXTS,
};
static const struct etw_step classic_end_v4[] = {
    CLASSIC_IDS, STATUS(status), SKIP_PTR(1), SKIP(4), CLASSIC_TEXTS, SKIP_WSTR, SKIP_WSTR,
};

/* Reserved, or from v3 SignatureLevel and SignatureType; DefaultBase; four reserved. */
static const struct etw_step classic_image[] = {
    SKIP_PTR(2), U32(process_id), U32(image_checksum), U32(image_time), SKIP(4),
    SKIP_PTR(1), SKIP(16),        WSTR(path),
};

/* -- layouts: network -------------------------------------------------------------------------- */

/* PID, size, daddr, saddr, dport, sport: saddr is the local end, also of what was received. */
#define FLOW(family) STEP(FLOW_##family, struct addr, src)

/* What follows is not used: seqnum, connid; sent: times before; connections: the options. */
static const struct etw_step data_v4[] = {FLOW(V4), SKIP(8)};
static const struct etw_step data_v6[] = {FLOW(V6), SKIP(8)};
static const struct etw_step sent_v4[] = {FLOW(V4), SKIP(16)};
static const struct etw_step sent_v6[] = {FLOW(V6), SKIP(16)};
static const struct etw_step connect_v4[] = {FLOW(V4), SKIP(24)};
static const struct etw_step connect_v6[] = {FLOW(V6), SKIP(24)};
static const struct etw_step failure[] = {SKIP(2), U16(reason)};

/* Classic: connid is a pointer. Sources disagree whether seqnum or connid comes first. */
static const struct etw_step classic_data_v4[] = {FLOW(V4), SKIP(4), SKIP_PTR(1)};
static const struct etw_step classic_data_v6[] = {FLOW(V6), SKIP(4), SKIP_PTR(1)};
static const struct etw_step classic_sent_v4[] = {FLOW(V4), SKIP(12), SKIP_PTR(1)};
static const struct etw_step classic_sent_v6[] = {FLOW(V6), SKIP(12), SKIP_PTR(1)};
static const struct etw_step classic_connect_v4[] = {FLOW(V4), SKIP(20), SKIP_PTR(1)};
static const struct etw_step classic_connect_v6[] = {FLOW(V6), SKIP(20), SKIP_PTR(1)};

/* Local, Remote, Status, ProcessId, Compartment, Tcb; v1 ProcessStartKey; 1043 v2 Inspect. */
static const struct etw_step tcb[] = {
    SOCKADDR(dst), SOCKADDR(src), STATUS(status),         U32(process_id),
    SKIP(4),       SKIP_PTR(1),   U64(process_start_key), SKIP(4),
};
#define TCB_V0_COUNT 6
#define TCB_V1_COUNT 7

/* Tcb, Local, Remote, State, Pid; v1 ProcessStartKey; v2 SendTrackerEnabled; v3 RcvBufSet. */
static const struct etw_step tcb_rundown[] = {
    SKIP_PTR(1),     SOCKADDR(dst),          SOCKADDR(src), SKIP(4),
    U32(process_id), U64(process_start_key), SKIP(4),       SKIP(4),
};
#define TCB_RUNDOWN_V0_COUNT 5

/* -- layouts: DNS ------------------------------------------------------------------------------ */

/* QueryOptions; ServerList, IsNetworkQuery, NetworkQueryIndex, InterfaceIndex, IsAsyncQuery. */
static const struct etw_step dns_asked[] = {
    WSTR(query), U32(query_type), SKIP(8), SKIP_WSTR, SKIP(16),
};
/* QueryOptions. */
static const struct etw_step dns_done[] = {
    WSTR(query), U32(query_type), SKIP(8), STATUS(status), WSTR(answers),
};
/* NetworkIndex, InterfaceIndex; v1 ClientPID; v2 QueryBlob. */
static const struct etw_step dns_response[] = {
    WSTR(query),   U32(query_type), SKIP(8),     STATUS(status),
    WSTR(answers), U32(process_id), SKIP_PTR(1),
};
#define DNS_RESPONSE_V0_COUNT 5

/* -- layouts: the SMB server ------------------------------------------------------------------- */

/* The connection, the client's address; its transport follows and is not used. */
static const struct etw_step smb_accepted[] = {GUID(object), SOCKADDR(src)};
static const struct etw_step smb_session[] = {GUID(object), GUID(parent_object)};
/* SessionId; the client's name; v2 SPN, SPNValidationPolicy; v3 ReasonCode. */
static const struct etw_step smb_refused_v0[] = {GUID(object), GUID(parent_object), STATUS(status)};
static const struct etw_step smb_refused[] = {
    GUID(object), GUID(parent_object), STATUS(status),     STATUS(sub_status), SOCKADDR(src),
    SKIP(8),      CWSTR(account),      CWSTR(workstation), SKIP_WSTR,          SKIP(4),
    U32(reason),
};
#define SMB_REFUSED_V1_COUNT 8
#define SMB_REFUSED_V2_COUNT 10
static const struct etw_step smb_authenticated[] = {
    GUID(object),
    GUID(parent_object),
    CWSTR(account),
    CWSTR(domain),
};

/* -- rows -------------------------------------------------------------------------------------- */

#define WIN7_NET "kernel-network-win7-7601.etl"
#define WIN7_PROCESS "kernel-process-win7-7600.etl"
#define WIN11_PROCESS "kernel-process-win11-26200.etl"
#define WIN10_KERNEL "ntkernel-win10-18362.etl"
#define WIN11_KERNEL "ntkernel-compressed-win11-22000.etl"
#define DOCUMENTED NULL

/* All of a layout, or its first steps. */
#define WHOLE(layout) (layout), COUNT(layout)
#define FIRST(layout, count) (layout), (count)

/* clang-format 14 makes one word per line of these. */
/* clang-format off */
#define TEXT(literal) {(literal), sizeof(literal) - 1}
#define TEXT_NONE {NULL, 0}
#define TEXT_TCP TEXT("TCP")
#define TEXT_UDP TEXT("UDP")
#define TEXT_SENT TEXT("sent")
#define TEXT_RECEIVED TEXT("received")
#define TEXT_RETRANSMITTED TEXT("retransmitted")
#define TEXT_RECONNECTED TEXT("reconnected")
#define TEXT_COPIED TEXT("copied")
#define TEXT_FAILED TEXT("failed")

#define DEF1(id, version, kind, of_header, group, steps, count, transport, action, proof)         \
    {(id), (version), EV_##kind, (count), (of_header), (group), (steps), TEXT_##transport,         \
     TEXT_##action, (proof), NULL}
#define DEF(...) DEF1(__VA_ARGS__)
#define ROW(id, version, kind, layout, proof)                                                      \
    DEF(id, version, kind, false, false, layout, NONE, NONE, proof)
#define NET(id, version, kind, transport, action, layout, proof)                                   \
    DEF(id, version, kind, false, false, layout, transport, action, proof)
#define DATAGRAM_IN(id, version, layout, proof)                                                    \
    DEF(id, version, NET_DATA, false, true, layout, UDP, RECEIVED, proof)
#define DNS(id, version, layout)                                                                   \
    DEF(id, version, DNS_QUERY, true, false, layout, NONE, NONE, DOCUMENTED)

static const struct etw_def kernel_process[] = {
    ROW(1, 0, PROCESS_START, WHOLE(start_v0), WIN7_PROCESS),
    ROW(1, 1, PROCESS_START, FIRST(start_v2, START_V1_COUNT), DOCUMENTED),
    ROW(1, 2, PROCESS_START, WHOLE(start_v2), DOCUMENTED),
    ROW(1, 3, PROCESS_START, FIRST(start_v3, START_V3_COUNT), DOCUMENTED),
    ROW(1, 4, PROCESS_START, FIRST(start_v3, START_V4_COUNT), WIN11_PROCESS),
    ROW(1, 5, PROCESS_START, WHOLE(start_v3), DOCUMENTED),
    ROW(2, 0, PROCESS_STOP, WHOLE(stop_v0), DOCUMENTED),
    ROW(2, 1, PROCESS_STOP, WHOLE(stop_v1), WIN7_PROCESS),
    ROW(2, 2, PROCESS_STOP, WHOLE(stop_v2), WIN11_PROCESS),
    ROW(5, 0, IMAGE_LOAD, WHOLE(image_load), WIN7_PROCESS),
    ROW(15, 0, PROCESS_RUNDOWN, WHOLE(start_v2), DOCUMENTED),
    ROW(15, 1, PROCESS_RUNDOWN, FIRST(start_v3, START_V3_COUNT), DOCUMENTED),
    ROW(15, 2, PROCESS_RUNDOWN, FIRST(start_v3, START_V4_COUNT), DOCUMENTED),
    ROW(15, 3, PROCESS_RUNDOWN, WHOLE(start_v3), DOCUMENTED),
};

static const struct etw_def kernel_network[] = {
    NET(10, 0, NET_DATA, TCP, SENT, WHOLE(sent_v4), WIN7_NET),
    NET(11, 0, NET_DATA, TCP, RECEIVED, WHOLE(data_v4), WIN7_NET),
    NET(12, 0, NET_CONNECT, TCP, NONE, WHOLE(connect_v4), DOCUMENTED),
    NET(13, 0, NET_CLOSE, TCP, NONE, WHOLE(data_v4), DOCUMENTED),
    NET(14, 0, NET_DATA, TCP, RETRANSMITTED, WHOLE(data_v4), DOCUMENTED),
    NET(15, 0, NET_ACCEPT, TCP, NONE, WHOLE(connect_v4), DOCUMENTED),
    NET(16, 0, NET_DATA, TCP, RECONNECTED, WHOLE(data_v4), DOCUMENTED),
    NET(17, 0, NET_DATA, TCP, FAILED, WHOLE(failure), DOCUMENTED),
    NET(18, 0, NET_DATA, TCP, COPIED, WHOLE(data_v4), DOCUMENTED),
    NET(26, 0, NET_DATA, TCP, SENT, WHOLE(sent_v6), WIN7_NET),
    NET(27, 0, NET_DATA, TCP, RECEIVED, WHOLE(data_v6), WIN7_NET),
    NET(28, 0, NET_CONNECT, TCP, NONE, WHOLE(connect_v6), DOCUMENTED),
    NET(29, 0, NET_CLOSE, TCP, NONE, WHOLE(data_v6), WIN7_NET),
    NET(30, 0, NET_DATA, TCP, RETRANSMITTED, WHOLE(data_v6), DOCUMENTED),
    NET(31, 0, NET_ACCEPT, TCP, NONE, WHOLE(connect_v6), DOCUMENTED),
    NET(32, 0, NET_DATA, TCP, RECONNECTED, WHOLE(data_v6), DOCUMENTED),
    NET(34, 0, NET_DATA, TCP, COPIED, WHOLE(data_v6), DOCUMENTED),
    NET(42, 0, NET_DATA, UDP, SENT, WHOLE(data_v4), WIN7_NET),
    DATAGRAM_IN(43, 0, WHOLE(data_v4), WIN7_NET),
    NET(49, 0, NET_DATA, UDP, FAILED, WHOLE(failure), DOCUMENTED),
    NET(58, 0, NET_DATA, UDP, SENT, WHOLE(data_v6), DOCUMENTED),
    DATAGRAM_IN(59, 0, WHOLE(data_v6), WIN7_NET),
};

/* 1041 and 1042 stand between the closing ones and name no connection. */
#define TCB(id, kind, action)                                                                      \
    NET(id, 0, kind, TCP, action, FIRST(tcb, TCB_V0_COUNT), DOCUMENTED),                           \
    NET(id, 1, kind, TCP, action, FIRST(tcb, TCB_V1_COUNT), DOCUMENTED)

static const struct etw_def tcpip[] = {
    TCB(1017, NET_ACCEPT, NONE),
    TCB(1033, NET_CONNECT, NONE),
    TCB(1034, NET_CONNECT, FAILED),
    TCB(1038, NET_CLOSE, NONE),
    TCB(1039, NET_CLOSE, NONE),
    TCB(1040, NET_CLOSE, NONE),
    TCB(1043, NET_CLOSE, NONE),
    NET(1043, 2, NET_CLOSE, TCP, NONE, WHOLE(tcb), DOCUMENTED),
    TCB(1044, NET_CLOSE, NONE),
    NET(1300, 0, NET_RUNDOWN, TCP, NONE, FIRST(tcb_rundown, TCB_RUNDOWN_V0_COUNT), DOCUMENTED),
    NET(1300, 1, NET_RUNDOWN, TCP, NONE, FIRST(tcb_rundown, TCB_RUNDOWN_V0_COUNT + 1), DOCUMENTED),
    NET(1300, 2, NET_RUNDOWN, TCP, NONE, FIRST(tcb_rundown, TCB_RUNDOWN_V0_COUNT + 2), DOCUMENTED),
    NET(1300, 3, NET_RUNDOWN, TCP, NONE, WHOLE(tcb_rundown), DOCUMENTED),
};

/* 3006 and 3008 are logged by the process that asks, 3020 by the service that resolves. */
static const struct etw_def dns_client[] = {
    DNS(3006, 0, WHOLE(dns_asked)),
    DNS(3008, 0, WHOLE(dns_done)),
    ROW(3020, 0, DNS_QUERY, FIRST(dns_response, DNS_RESPONSE_V0_COUNT), DOCUMENTED),
    ROW(3020, 1, DNS_QUERY, FIRST(dns_response, DNS_RESPONSE_V0_COUNT + 1), DOCUMENTED),
    ROW(3020, 2, DNS_QUERY, WHOLE(dns_response), DOCUMENTED),
};

/* The analytic channel is off by default: what is there comes by ETW alone. From v1 on 551 is a
 * record of the channel Security. */
#define SMB_SECURITY "Microsoft-Windows-SMBServer/Security"
#define SMB_551(version, count)                                                                    \
    {551,           (version), EV_SMB_AUTH_FAILURE, (count),   false,      false,                  \
     (smb_refused), TEXT_NONE, TEXT_NONE,           DOCUMENTED, SMB_SECURITY}

static const struct etw_def smb_server[] = {
    ROW(500, 0, NET_ACCEPT, WHOLE(smb_accepted), DOCUMENTED),
    ROW(550, 0, SHARE_ACCESS, WHOLE(smb_session), DOCUMENTED),
    ROW(551, 0, SMB_AUTH_FAILURE, WHOLE(smb_refused_v0), DOCUMENTED),
    SMB_551(1, SMB_REFUSED_V1_COUNT),
    SMB_551(2, SMB_REFUSED_V2_COUNT),
    SMB_551(3, COUNT(smb_refused)),
    ROW(552, 0, SHARE_ACCESS, WHOLE(smb_authenticated), DOCUMENTED),
};

#define CLASSIC_PROCESS(opcode, kind, layout)                                                      \
    ROW(opcode, 2, kind, WHOLE(layout##_v2), DOCUMENTED),                                          \
    ROW(opcode, 3, kind, WHOLE(layout##_v3), DOCUMENTED),                                          \
    ROW(opcode, 4, kind, WHOLE(layout##_v4), WIN11_KERNEL)

static const struct etw_def nt_process[] = {
    CLASSIC_PROCESS(1, PROCESS_START, classic),
    CLASSIC_PROCESS(2, PROCESS_STOP, classic_end),
    CLASSIC_PROCESS(3, PROCESS_RUNDOWN, classic),
    CLASSIC_PROCESS(4, PROCESS_RUNDOWN, classic),
};

#define CLASSIC_IMAGE(opcode)                                                                      \
    ROW(opcode, 2, IMAGE_LOAD, WHOLE(classic_image), DOCUMENTED),                                  \
    ROW(opcode, 3, IMAGE_LOAD, WHOLE(classic_image), WIN10_KERNEL)

static const struct etw_def nt_image[] = {
    CLASSIC_IMAGE(3),
    CLASSIC_IMAGE(4),
    CLASSIC_IMAGE(10),
};

static const struct etw_def nt_tcpip[] = {
    NET(10, 2, NET_DATA, TCP, SENT, WHOLE(classic_sent_v4), DOCUMENTED),
    NET(11, 2, NET_DATA, TCP, RECEIVED, WHOLE(classic_data_v4), DOCUMENTED),
    NET(12, 2, NET_CONNECT, TCP, NONE, WHOLE(classic_connect_v4), DOCUMENTED),
    NET(13, 2, NET_CLOSE, TCP, NONE, WHOLE(classic_data_v4), DOCUMENTED),
    NET(14, 2, NET_DATA, TCP, RETRANSMITTED, WHOLE(classic_data_v4), DOCUMENTED),
    NET(15, 2, NET_ACCEPT, TCP, NONE, WHOLE(classic_connect_v4), DOCUMENTED),
    NET(16, 2, NET_DATA, TCP, RECONNECTED, WHOLE(classic_data_v4), DOCUMENTED),
    NET(17, 2, NET_DATA, TCP, FAILED, WHOLE(failure), DOCUMENTED),
    NET(18, 2, NET_DATA, TCP, COPIED, WHOLE(classic_data_v4), DOCUMENTED),
    NET(26, 2, NET_DATA, TCP, SENT, WHOLE(classic_sent_v6), DOCUMENTED),
    NET(27, 2, NET_DATA, TCP, RECEIVED, WHOLE(classic_data_v6), DOCUMENTED),
    NET(28, 2, NET_CONNECT, TCP, NONE, WHOLE(classic_connect_v6), DOCUMENTED),
    NET(29, 2, NET_CLOSE, TCP, NONE, WHOLE(classic_data_v6), DOCUMENTED),
    NET(30, 2, NET_DATA, TCP, RETRANSMITTED, WHOLE(classic_data_v6), DOCUMENTED),
    NET(31, 2, NET_ACCEPT, TCP, NONE, WHOLE(classic_connect_v6), DOCUMENTED),
    NET(32, 2, NET_DATA, TCP, RECONNECTED, WHOLE(classic_data_v6), DOCUMENTED),
    NET(34, 2, NET_DATA, TCP, COPIED, WHOLE(classic_data_v6), DOCUMENTED),
};

static const struct etw_def nt_udpip[] = {
    NET(10, 2, NET_DATA, UDP, SENT, WHOLE(classic_data_v4), DOCUMENTED),
    DATAGRAM_IN(11, 2, WHOLE(classic_data_v4), DOCUMENTED),
    NET(17, 2, NET_DATA, UDP, FAILED, WHOLE(failure), DOCUMENTED),
    NET(26, 2, NET_DATA, UDP, SENT, WHOLE(classic_data_v6), DOCUMENTED),
    DATAGRAM_IN(27, 2, WHOLE(classic_data_v6), DOCUMENTED),
};

const struct etw_def_set etw_def_sets[ETW_SET_COUNT] = {
    {ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716), WHOLE(kernel_process)},
    {ETW_GUID(0x7dd42a49, 0x5329, 0x4832, 0x8dfd, 0x43d979153a88), WHOLE(kernel_network)},
    {ETW_GUID(0x2f07e2ee, 0x15db, 0x40f1, 0x90ef, 0x9d7ba282188a), WHOLE(tcpip)},
    {ETW_GUID(0x1c95126e, 0x7eea, 0x49a9, 0xa3fe, 0xa378b03ddb4d), WHOLE(dns_client)},
    {ETW_GUID(0xd48ce617, 0x33a2, 0x4bc3, 0xa5c7, 0x11aa4f29619e), WHOLE(smb_server)},
    {ETW_GUID(0x3d6fa8d0, 0xfe05, 0x11d0, 0x9dda, 0x00c04fd7ba7c), WHOLE(nt_process)},
    {ETW_GUID(0x2cb15d1d, 0x5fc1, 0x11d2, 0xabe1, 0x00a0c911f518), WHOLE(nt_image)},
    {ETW_GUID(0x9a280ac0, 0xc8e0, 0x11d1, 0x84e2, 0x00c04fb998a2), WHOLE(nt_tcpip)},
    {ETW_GUID(0xbf3a50c5, 0xa9c9, 0x4988, 0xa005, 0x2df0b7c80f80), WHOLE(nt_udpip)},
};
/* clang-format on */
