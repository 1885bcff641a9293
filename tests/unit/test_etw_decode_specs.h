/*
 * test_etw_decode_specs - the payloads as the manifests and MOF classes give them, field by field,
 * written down apart from the decoder's own table.
 *
 * "Name:type" in order; "=field" names the event field that it must end in. Types: u8 u16 u32 u64
 * ptr; port, v4, v6 (network order); wstr, astr, cwstr (length first); guid; sid; tokenuser;
 * sockaddr4, sockaddr6.
 */
#pragma once

#include <stddef.h>

struct spec {
    const char *provider;
    unsigned id, version;
    const char *kind;
    const char *transport, *action; /* NULL = not set */
    const char *fields;
};

#define KP "Microsoft-Windows-Kernel-Process"
#define KP_START_0                                                                                 \
    "ProcessID:u32=process_id CreateTime:u64=process_started "                                     \
    "ParentProcessID:u32=parent_process_id SessionID:u32=session_id "
#define KP_START_1 KP_START_0 "Flags:u32 ImageName:wstr=process "
#define KP_START_2                                                                                 \
    KP_START_1 "ImageChecksum:u32=image_checksum TimeDateStamp:u32=image_time "                    \
               "PackageFullName:wstr PackageRelativeAppId:wstr "
#define KP_START_3                                                                                 \
    "ProcessID:u32=process_id ProcessSequenceNumber:u64=process_sequence "                         \
    "CreateTime:u64=process_started ParentProcessID:u32=parent_process_id "                        \
    "ParentProcessSequenceNumber:u64=parent_sequence SessionID:u32=session_id Flags:u32 "          \
    "ProcessTokenElevationType:u32 ProcessTokenIsElevated:u32 MandatoryLabel:sid=integrity "       \
    "ImageName:wstr=process ImageChecksum:u32=image_checksum TimeDateStamp:u32=image_time "        \
    "PackageFullName:wstr PackageRelativeAppId:wstr "
#define KP_START_4 KP_START_3 "SecurityMitigations:u32 "
#define KP_START_5 KP_START_4 "PartitionID:u32 ProcessMachine:u16 "
#define KP_STOP_TIMES                                                                              \
    "CreateTime:u64=process_started ExitTime:u64 ExitCode:u32=status TokenElevationType:u32 "      \
    "HandleCount:u32 CommitCharge:u64 CommitPeak:u64 "
#define KP_STOP_COUNTS                                                                             \
    "CPUCycleCount:u64 ReadOperationCount:u32 WriteOperationCount:u32 "                            \
    "ReadTransferKiloBytes:u32 WriteTransferKiloBytes:u32 HardFaultCount:u32 "
#define KP_STOP_NAME "ImageName:astr=process "

#define KN "Microsoft-Windows-Kernel-Network"
#define ENDS4                                                                                      \
    "PID:u32=process_id size:u32 daddr:v4=src saddr:v4=dst dport:port=src_port "                   \
    "sport:port=dst_port "
#define ENDS6                                                                                      \
    "PID:u32=process_id size:u32 daddr:v6=src saddr:v6=dst dport:port=src_port "                   \
    "sport:port=dst_port "
#define TIMES "startime:u32 endtime:u32 "
#define OPTIONS                                                                                    \
    "mss:u16 sackopt:u16 tsopt:u16 wsopt:u16 rcvwin:u32 rcvwinscale:u16 sndwinscale:u16 "
#define SEQ_32 "seqnum:u32 connid:u32 "
#define SEQ_PTR "seqnum:u32 connid:ptr "
#define FAILURE "Proto:u16 FailureCode:u16=reason "

#define TI "Microsoft-Windows-TCPIP"
#define TCB_0(family)                                                                              \
    "Local:sockaddr" family "=dst Remote:sockaddr" family "=src Status:u32=status "                \
    "ProcessId:u32=process_id Compartment:u32 Tcb:ptr "
#define TCB_KEY "ProcessStartKey:u64=process_start_key "
#define RUNDOWN_0 "Tcb:ptr Local:sockaddr6=dst Remote:sockaddr6=src State:u32 Pid:u32=process_id "

#define DC "Microsoft-Windows-DNS-Client"
#define DNS_3020                                                                                   \
    "QueryName:wstr=query QueryType:u32=query_type NetworkIndex:u32 InterfaceIndex:u32 "           \
    "Status:u32=status QueryResults:wstr=answers "

#define SM "Microsoft-Windows-SMBServer"
#define SMB_IDS "SessionGUID:guid=object ConnectionGUID:guid=parent_object "
#define SMB_551_1                                                                                  \
    SMB_IDS "Status:u32=status TranslatedStatus:u32=sub_status ClientAddress:sockaddr6=src "       \
            "SessionId:u64 UserName:cwstr=account ClientName:cwstr=workstation "
#define SMB_551_2 SMB_551_1 "SPN:wstr SPNValidationPolicy:u32 "

#define NP "NT Kernel/Process"
#define NP_IDS                                                                                     \
    "UniqueProcessKey:ptr ProcessId:u32=process_id ParentId:u32=parent_process_id "                \
    "SessionId:u32=session_id "
#define NP_TEXTS "UserSID:tokenuser=sid ImageFileName:astr=process CommandLine:wstr=command_line "
#define NP_2(exit) NP_IDS exit NP_TEXTS
#define NP_3(exit) NP_IDS exit "DirectoryTableBase:ptr " NP_TEXTS
#define NP_4(exit)                                                                                 \
    NP_IDS exit "DirectoryTableBase:ptr Flags:u32 " NP_TEXTS                                       \
                "PackageFullName:wstr ApplicationId:wstr "
#define RUNS "ExitStatus:u32 "
#define ENDED "ExitStatus:u32=status "

#define NI "NT Kernel/Image"
#define NI_HEAD                                                                                    \
    "ImageBase:ptr ImageSize:ptr ProcessId:u32=process_id ImageChecksum:u32=image_checksum "       \
    "TimeDateStamp:u32=image_time "
#define NI_TAIL                                                                                    \
    "DefaultBase:ptr Reserved1:u32 Reserved2:u32 Reserved3:u32 Reserved4:u32 FileName:wstr=path "
#define NI_2 NI_HEAD "Reserved0:u32 " NI_TAIL
#define NI_3 NI_HEAD "SignatureLevel:u8 SignatureType:u8 Reserved:u16 " NI_TAIL

#define NT "NT Kernel/TcpIp"
#define NU "NT Kernel/UdpIp"

#define TCB_PAIR(id, kind, action, family)                                                         \
    {TI, id, 0, kind, "TCP", action, TCB_0(family)},                                               \
    {                                                                                              \
        TI, id, 1, kind, "TCP", action, TCB_0(family) TCB_KEY                                      \
    }
#define NP_ALL(opcode, kind, exit)                                                                 \
    {NP, opcode, 2, kind, NULL, NULL, NP_2(exit)}, {NP, opcode, 3, kind, NULL, NULL, NP_3(exit)},  \
    {                                                                                              \
        NP, opcode, 4, kind, NULL, NULL, NP_4(exit)                                                \
    }
#define NI_ALL(opcode)                                                                             \
    {NI, opcode, 2, "image_load", NULL, NULL, NI_2},                                               \
    {                                                                                              \
        NI, opcode, 3, "image_load", NULL, NULL, NI_3                                              \
    }

static const struct spec specs[] = {
    {KP, 1, 0, "process_start", NULL, NULL, KP_START_0 "ImageName:wstr=process "},
    {KP, 1, 1, "process_start", NULL, NULL, KP_START_1},
    {KP, 1, 2, "process_start", NULL, NULL, KP_START_2},
    {KP, 1, 3, "process_start", NULL, NULL, KP_START_3},
    {KP, 1, 4, "process_start", NULL, NULL, KP_START_4},
    {KP, 1, 5, "process_start", NULL, NULL, KP_START_5},
    {KP, 2, 0, "process_stop", NULL, NULL, "ProcessID:u32=process_id " KP_STOP_TIMES KP_STOP_NAME},
    {KP, 2, 1, "process_stop", NULL, NULL,
     "ProcessID:u32=process_id " KP_STOP_TIMES KP_STOP_COUNTS KP_STOP_NAME},
    {KP, 2, 2, "process_stop", NULL, NULL,
     "ProcessID:u32=process_id ProcessSequenceNumber:u64=process_sequence " KP_STOP_TIMES
         KP_STOP_COUNTS KP_STOP_NAME},
    {KP, 5, 0, "image_load", NULL, NULL,
     "ImageBase:ptr ImageSize:ptr ProcessID:u32=process_id ImageCheckSum:u32=image_checksum "
     "TimeDateStamp:u32=image_time DefaultBase:ptr ImageName:wstr=path "},
    {KP, 15, 0, "process_rundown", NULL, NULL, KP_START_2},
    {KP, 15, 1, "process_rundown", NULL, NULL, KP_START_3},
    {KP, 15, 2, "process_rundown", NULL, NULL, KP_START_4},
    {KP, 15, 3, "process_rundown", NULL, NULL, KP_START_5},

    {KN, 10, 0, "net_data", "TCP", "sent", ENDS4 TIMES SEQ_32},
    {KN, 11, 0, "net_data", "TCP", "received", ENDS4 SEQ_32},
    {KN, 12, 0, "net_connect", "TCP", NULL, ENDS4 OPTIONS SEQ_32},
    {KN, 13, 0, "net_close", "TCP", NULL, ENDS4 SEQ_32},
    {KN, 14, 0, "net_data", "TCP", "retransmitted", ENDS4 SEQ_32},
    {KN, 15, 0, "net_accept", "TCP", NULL, ENDS4 OPTIONS SEQ_32},
    {KN, 16, 0, "net_data", "TCP", "reconnected", ENDS4 SEQ_32},
    {KN, 17, 0, "net_data", "TCP", "failed", FAILURE},
    {KN, 18, 0, "net_data", "TCP", "copied", ENDS4 SEQ_32},
    {KN, 26, 0, "net_data", "TCP", "sent", ENDS6 TIMES SEQ_32},
    {KN, 27, 0, "net_data", "TCP", "received", ENDS6 SEQ_32},
    {KN, 28, 0, "net_connect", "TCP", NULL, ENDS6 OPTIONS SEQ_32},
    {KN, 29, 0, "net_close", "TCP", NULL, ENDS6 SEQ_32},
    {KN, 30, 0, "net_data", "TCP", "retransmitted", ENDS6 SEQ_32},
    {KN, 31, 0, "net_accept", "TCP", NULL, ENDS6 OPTIONS SEQ_32},
    {KN, 32, 0, "net_data", "TCP", "reconnected", ENDS6 SEQ_32},
    {KN, 34, 0, "net_data", "TCP", "copied", ENDS6 SEQ_32},
    {KN, 42, 0, "net_data", "UDP", "sent", ENDS4 SEQ_32},
    {KN, 43, 0, "net_data", "UDP", "received", ENDS4 SEQ_32},
    {KN, 49, 0, "net_data", "UDP", "failed", FAILURE},
    {KN, 58, 0, "net_data", "UDP", "sent", ENDS6 SEQ_32},
    {KN, 59, 0, "net_data", "UDP", "received", ENDS6 SEQ_32},

    TCB_PAIR(1017, "net_accept", NULL, "4"),
    TCB_PAIR(1033, "net_connect", NULL, "6"),
    TCB_PAIR(1034, "net_connect", "failed", "4"),
    TCB_PAIR(1038, "net_close", NULL, "6"),
    TCB_PAIR(1039, "net_close", NULL, "4"),
    TCB_PAIR(1040, "net_close", NULL, "4"),
    TCB_PAIR(1043, "net_close", NULL, "6"),
    {TI, 1043, 2, "net_close", "TCP", NULL, TCB_0("4") TCB_KEY "Inspect:u32 "},
    TCB_PAIR(1044, "net_close", NULL, "4"),
    {TI, 1300, 0, "net_rundown", "TCP", NULL, RUNDOWN_0},
    {TI, 1300, 1, "net_rundown", "TCP", NULL, RUNDOWN_0 TCB_KEY},
    {TI, 1300, 2, "net_rundown", "TCP", NULL, RUNDOWN_0 TCB_KEY "SendTrackerEnabled:u32 "},
    {TI, 1300, 3, "net_rundown", "TCP", NULL,
     RUNDOWN_0 TCB_KEY "SendTrackerEnabled:u32 RcvBufSet:u32 "},

    {DC, 3006, 0, "dns_query", NULL, NULL,
     "QueryName:wstr=query QueryType:u32=query_type QueryOptions:u64 ServerList:wstr "
     "IsNetworkQuery:u32 NetworkQueryIndex:u32 InterfaceIndex:u32 IsAsyncQuery:u32 "},
    {DC, 3008, 0, "dns_query", NULL, NULL,
     "QueryName:wstr=query QueryType:u32=query_type QueryOptions:u64 QueryStatus:u32=status "
     "QueryResults:wstr=answers "},
    {DC, 3020, 0, "dns_query", NULL, NULL, DNS_3020},
    {DC, 3020, 1, "dns_query", NULL, NULL, DNS_3020 "ClientPID:u32=process_id "},
    {DC, 3020, 2, "dns_query", NULL, NULL, DNS_3020 "ClientPID:u32=process_id QueryBlob:ptr "},

    {SM, 500, 0, "net_accept", NULL, NULL, "ConnectionGUID:guid=object Address:sockaddr4=src "},
    {SM, 550, 0, "share_access", NULL, NULL, SMB_IDS},
    {SM, 551, 0, "smb_auth_failure", NULL, NULL, SMB_IDS "Status:u32=status "},
    {SM, 551, 1, "smb_auth_failure", NULL, NULL, SMB_551_1},
    {SM, 551, 2, "smb_auth_failure", NULL, NULL, SMB_551_2},
    {SM, 551, 3, "smb_auth_failure", NULL, NULL, SMB_551_2 "ReasonCode:u32=reason "},
    {SM, 552, 0, "share_access", NULL, NULL,
     SMB_IDS "UserName:cwstr=account DomainName:cwstr=domain "},

    NP_ALL(1, "process_start", RUNS),
    NP_ALL(2, "process_stop", ENDED),
    NP_ALL(3, "process_rundown", RUNS),
    NP_ALL(4, "process_rundown", RUNS),
    NI_ALL(3),
    NI_ALL(4),
    NI_ALL(10),

    {NT, 10, 2, "net_data", "TCP", "sent", ENDS4 TIMES SEQ_PTR},
    {NT, 11, 2, "net_data", "TCP", "received", ENDS4 SEQ_PTR},
    {NT, 12, 2, "net_connect", "TCP", NULL, ENDS4 OPTIONS SEQ_PTR},
    {NT, 13, 2, "net_close", "TCP", NULL, ENDS4 SEQ_PTR},
    {NT, 14, 2, "net_data", "TCP", "retransmitted", ENDS4 SEQ_PTR},
    {NT, 15, 2, "net_accept", "TCP", NULL, ENDS4 OPTIONS SEQ_PTR},
    {NT, 16, 2, "net_data", "TCP", "reconnected", ENDS4 SEQ_PTR},
    {NT, 17, 2, "net_data", "TCP", "failed", FAILURE},
    {NT, 18, 2, "net_data", "TCP", "copied", ENDS4 SEQ_PTR},
    {NT, 26, 2, "net_data", "TCP", "sent", ENDS6 TIMES SEQ_PTR},
    {NT, 27, 2, "net_data", "TCP", "received", ENDS6 SEQ_PTR},
    {NT, 28, 2, "net_connect", "TCP", NULL, ENDS6 OPTIONS SEQ_PTR},
    {NT, 29, 2, "net_close", "TCP", NULL, ENDS6 SEQ_PTR},
    {NT, 30, 2, "net_data", "TCP", "retransmitted", ENDS6 SEQ_PTR},
    {NT, 31, 2, "net_accept", "TCP", NULL, ENDS6 OPTIONS SEQ_PTR},
    {NT, 32, 2, "net_data", "TCP", "reconnected", ENDS6 SEQ_PTR},
    {NT, 34, 2, "net_data", "TCP", "copied", ENDS6 SEQ_PTR},
    {NU, 10, 2, "net_data", "UDP", "sent", ENDS4 SEQ_PTR},
    {NU, 11, 2, "net_data", "UDP", "received", ENDS4 SEQ_PTR},
    {NU, 17, 2, "net_data", "UDP", "failed", FAILURE},
    {NU, 26, 2, "net_data", "UDP", "sent", ENDS6 SEQ_PTR},
    {NU, 27, 2, "net_data", "UDP", "received", ENDS6 SEQ_PTR},
};
