/* evtmap_remote - Remote Desktop, the SMB server, NTLM. */
#include "evtlog/evtmap.h"

#define RDP "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS"
#define RCM "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
#define LSM "Microsoft-Windows-TerminalServices-LocalSessionManager"
#define SMB "Microsoft-Windows-SMBServer"
#define NTLM "Microsoft-Windows-NTLM"
#define CORETS "rdp-internet-2018-corets.evtx"
#define CONNECTIONS "rdp-internet-2018-rcm.evtx"

static const struct evtmap_field connection[] = {
    {"ConnType", EVF_transport, EVTMAP_TEXT},
    {"ClientIP", EVF_src, EVTMAP_ADDRPORT},
};

static const struct evtmap_field connection_error[] = {
    {"ResultCode", EVF_status, EVTMAP_HEX32},
    {"IPString", EVF_src, EVTMAP_ADDRPORT},
};

static const struct evtmap_field bad_credentials[] = {
    {"IPString", EVF_src, EVTMAP_ADDRPORT},
};

static const struct evtmap_field listener[] = {
    {"listenerName", EVF_text, EVTMAP_TEXT},
};

static const struct evtmap_field authenticated[] = {
    {"Param1", EVF_account, EVTMAP_ACCOUNT},
    {"Param2", EVF_domain, EVTMAP_TEXT},
    {"Param3", EVF_src, EVTMAP_ADDRPORT},
};

/* Address is "LOCAL" at the console */
static const struct evtmap_field session[] = {
    {"User", EVF_account, EVTMAP_ACCOUNT},
    {"SessionID", EVF_session_id, EVTMAP_U32},
    {"Address", EVF_src, EVTMAP_ADDR},
    {"Address", EVF_text, EVTMAP_LOCAL},
};

/* Source is the session that did it */
static const struct evtmap_field session_ended_by[] = {
    {"TargetSession", EVF_session_id, EVTMAP_U32},
    {"Source", EVF_text, EVTMAP_TEXT},
};

static const struct evtmap_field session_reason[] = {
    {"Session", EVF_session_id, EVTMAP_U32},
    {"Reason", EVF_reason, EVTMAP_U32},
};

static const struct evtmap_field smb_refused[] = {
    {"ClientAddress", EVF_src, EVTMAP_SOCKADDR},        {"UserName", EVF_account, EVTMAP_ACCOUNT},
    {"ClientName", EVF_workstation, EVTMAP_TEXT},       {"Status", EVF_status, EVTMAP_HEX32},
    {"TranslatedStatus", EVF_sub_status, EVTMAP_HEX32},
};

static const struct evtmap_field ntlm_server[] = {
    {"Username", EVF_account, EVTMAP_ACCOUNT},
    {"DomainName", EVF_domain, EVTMAP_TEXT},
    {"RemoteClientMachine", EVF_workstation, EVTMAP_TEXT},
    {"ClientIP", EVF_src, EVTMAP_ADDRPORT},
    {"Status", EVF_status, EVTMAP_HEX32},
    {"NtlmVersion", EVF_auth_package, EVTMAP_TEXT},
    {"ProcessPID", EVF_process_id, EVTMAP_U32},
    {"ProcessName", EVF_process, EVTMAP_TEXT},
    {"TargetMachine", EVF_target_server, EVTMAP_TEXT},
};

static const struct evtmap_row rows[] = {
    {RDP, 131, EV_RDP_CONNECT, .channel = RDP "/Operational", .proof = CORETS,
     EVTMAP_FIELDS(connection)},
    {RDP, 139, EV_RDP_AUTH_FAILURE, .channel = RDP "/Operational", EVTMAP_FIELDS(connection_error)},
    {RDP, 140, EV_RDP_AUTH_FAILURE, .channel = RDP "/Operational", .proof = CORETS,
     EVTMAP_FIELDS(bad_credentials)},
    {RCM, 261, EV_RDP_CONNECT, .channel = RCM "/Operational", .proof = CONNECTIONS,
     EVTMAP_FIELDS(listener)},
    {RCM, 1149, EV_RDP_AUTH, .channel = RCM "/Operational", .proof = CONNECTIONS,
     EVTMAP_FIELDS(authenticated)},
    {LSM, 21, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session)},
    {LSM, 22, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session)},
    {LSM, 23, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session)},
    {LSM, 24, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session)},
    {LSM, 25, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session)},
    {LSM, 39, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session_ended_by)},
    {LSM, 40, EV_RDP_SESSION, .channel = LSM "/Operational", EVTMAP_FIELDS(session_reason)},
    {SMB, 551, EV_SMB_AUTH_FAILURE, .channel = SMB "/Security", EVTMAP_FIELDS(smb_refused)},
    {SMB, 1009, EV_SMB_AUTH_FAILURE, .channel = SMB "/Security", EVTMAP_FIELDS(smb_refused)},
    {NTLM, 4022, EV_NTLM_AUTH, .channel = NTLM "/Operational", EVTMAP_FIELDS(ntlm_server)},
    {NTLM, 4023, EV_NTLM_AUTH, .channel = NTLM "/Operational", EVTMAP_FIELDS(ntlm_server)},
};

const struct evtmap_table evtmap_remote = {rows, COUNT(rows)};
