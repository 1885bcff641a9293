/* evtmap_security - logons, accounts, policy, cleared logs, services. */
#include "evtlog/evtmap.h"

#define AUDITING "Microsoft-Windows-Security-Auditing"
#define EVENTLOG "Microsoft-Windows-Eventlog"
#define SERVICES "Service Control Manager"
#define SECURITY "Security"
#define SYSTEM "System"
#define BENIGN "benign-security.evtx"

static const struct evtmap_field logon_success[] = {
    {"TargetUserSid", EVF_sid, EVTMAP_SID},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"TargetLogonId", EVF_logon_id, EVTMAP_ID64},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"LogonType", EVF_logon_type, EVTMAP_U32},
    {"LogonProcessName", EVF_logon_process, EVTMAP_TEXT},
    {"AuthenticationPackageName", EVF_auth_package, EVTMAP_TEXT},
    {"WorkstationName", EVF_workstation, EVTMAP_TEXT},
    {"ProcessId", EVF_process_id, EVTMAP_U32},
    {"ProcessName", EVF_process, EVTMAP_TEXT},
    {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
};

/* Status says that, SubStatus says why */
static const struct evtmap_field logon_failure[] = {
    {"TargetUserSid", EVF_sid, EVTMAP_SID},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"Status", EVF_status, EVTMAP_HEX32},
    {"SubStatus", EVF_sub_status, EVTMAP_HEX32},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"LogonType", EVF_logon_type, EVTMAP_U32},
    {"LogonProcessName", EVF_logon_process, EVTMAP_TEXT},
    {"AuthenticationPackageName", EVF_auth_package, EVTMAP_TEXT},
    {"WorkstationName", EVF_workstation, EVTMAP_TEXT},
    {"ProcessId", EVF_process_id, EVTMAP_U32},
    {"ProcessName", EVF_process, EVTMAP_TEXT},
    {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
};

static const struct evtmap_field logoff[] = {
    {"TargetUserSid", EVF_sid, EVTMAP_SID},        {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT}, {"TargetLogonId", EVF_logon_id, EVTMAP_ID64},
    {"LogonType", EVF_logon_type, EVTMAP_U32},
};

/* the account is the one whose password was given, the subject who gave it */
static const struct evtmap_field logon_explicit[] = {
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"TargetServerName", EVF_target_server, EVTMAP_TEXT},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"ProcessId", EVF_process_id, EVTMAP_U32},
    {"ProcessName", EVF_process, EVTMAP_TEXT},
    {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
};

/* the subject of 4672 is the account that logged on */
static const struct evtmap_field logon_privileged[] = {
    {"SubjectUserSid", EVF_sid, EVTMAP_SID},        {"SubjectUserName", EVF_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_domain, EVTMAP_TEXT}, {"SubjectLogonId", EVF_logon_id, EVTMAP_ID64},
    {"PrivilegeList", EVF_text, EVTMAP_TEXT},
};

/* ProcessId is the creator */
static const struct evtmap_field process_start[] = {
    {"NewProcessId", EVF_process_id, EVTMAP_U32},
    {"NewProcessName", EVF_process, EVTMAP_TEXT},
    {"CommandLine", EVF_command_line, EVTMAP_TEXT},
    {"ProcessId", EVF_parent_process_id, EVTMAP_U32},
    {"ParentProcessName", EVF_parent_process, EVTMAP_TEXT},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"TargetUserSid", EVF_sid, EVTMAP_SID},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"TargetLogonId", EVF_logon_id, EVTMAP_ID64},
};

static const struct evtmap_field service_4697[] = {
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"ServiceName", EVF_service_name, EVTMAP_TEXT},
    {"ServiceFileName", EVF_service_file, EVTMAP_TEXT},
    {"ServiceType", EVF_category, EVTMAP_TEXT},
    {"ServiceAccount", EVF_service_account, EVTMAP_TEXT},
    {"ClientProcessId", EVF_process_id, EVTMAP_U32},
};

/* codes such as %%8448 (success removed) stay as they are: their texts are localised */
static const struct evtmap_field audit_change[] = {
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"SubcategoryId", EVF_category, EVTMAP_TEXT},
    {"AuditPolicyChanges", EVF_action, EVTMAP_TEXT},
    {"CategoryId", EVF_text, EVTMAP_TEXT},
    {"ClientProcessId", EVF_process_id, EVTMAP_U32},
};

static const struct evtmap_field account_created[] = {
    {"TargetSid", EVF_sid, EVTMAP_SID},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
};

/* the target is the group: its SID, because its name is translated */
static const struct evtmap_field member_added[] = {
    {"MemberSid", EVF_member_sid, EVTMAP_SID},
    {"MemberName", EVF_account, EVTMAP_TEXT},
    {"TargetUserName", EVF_group_name, EVTMAP_TEXT},
    {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"TargetSid", EVF_sid, EVTMAP_SID},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
};

/* TargetDomainName is the computer that tried the passwords */
static const struct evtmap_field account_lockout[] = {
    {"TargetSid", EVF_sid, EVTMAP_SID},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetDomainName", EVF_workstation, EVTMAP_TEXT},
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
};

static const struct evtmap_field kerberos_ticket[] = {
    {"TargetUserName", EVF_account, EVTMAP_TEXT}, {"TargetDomainName", EVF_domain, EVTMAP_TEXT},
    {"TargetSid", EVF_sid, EVTMAP_SID},           {"ServiceName", EVF_service_name, EVTMAP_TEXT},
    {"Status", EVF_status, EVTMAP_HEX32},         {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
};

static const struct evtmap_field kerberos_failure[] = {
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"TargetSid", EVF_sid, EVTMAP_SID},
    {"ServiceName", EVF_service_name, EVTMAP_TEXT},
    {"Status", EVF_status, EVTMAP_HEX32},
    {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
};

/* no address in this record */
static const struct evtmap_field ntlm_check[] = {
    {"PackageName", EVF_auth_package, EVTMAP_TEXT},
    {"TargetUserName", EVF_account, EVTMAP_TEXT},
    {"Workstation", EVF_workstation, EVTMAP_TEXT},
    {"Status", EVF_status, EVTMAP_HEX32},
};

static const struct evtmap_field station_change[] = {
    {"AccountName", EVF_account, EVTMAP_TEXT}, {"AccountDomain", EVF_domain, EVTMAP_TEXT},
    {"LogonID", EVF_logon_id, EVTMAP_ID64},    {"ClientName", EVF_workstation, EVTMAP_TEXT},
    {"ClientAddress", EVF_src, EVTMAP_ADDR},   {"ClientAddress", EVF_text, EVTMAP_LOCAL},
};

/* the subject of 5140 is who came */
static const struct evtmap_field share_access[] = {
    {"SubjectUserSid", EVF_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_logon_id, EVTMAP_ID64},
    {"IpAddress", EVF_src, EVTMAP_ADDR},
    {"IpPort", EVF_src_port, EVTMAP_PORT},
    {"ShareName", EVF_share, EVTMAP_TEXT},
    {"ShareLocalPath", EVF_path, EVTMAP_TEXT},
};

/* UserData/LogFileCleared; Channel is the log that 104 says was cleared */
static const struct evtmap_field log_cleared[] = {
    {"SubjectUserSid", EVF_subject_sid, EVTMAP_SID},
    {"SubjectUserName", EVF_subject_account, EVTMAP_TEXT},
    {"SubjectDomainName", EVF_subject_domain, EVTMAP_TEXT},
    {"SubjectLogonId", EVF_subject_logon_id, EVTMAP_ID64},
    {"Channel", EVF_text, EVTMAP_TEXT},
    {"BackupPath", EVF_path, EVTMAP_TEXT},
};

static const struct evtmap_field service_7045[] = {
    {"ServiceName", EVF_service_name, EVTMAP_TEXT},    {"ImagePath", EVF_service_file, EVTMAP_TEXT},
    {"ServiceType", EVF_category, EVTMAP_TEXT},        {"StartType", EVF_text, EVTMAP_TEXT},
    {"AccountName", EVF_service_account, EVTMAP_TEXT},
};

static const struct evtmap_row rows[] = {
    {AUDITING, 4624, EV_LOGON_SUCCESS, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(logon_success)},
    {AUDITING, 4625, EV_LOGON_FAILURE, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(logon_failure)},
    {AUDITING, 4634, EV_LOGOFF, .channel = SECURITY, .proof = BENIGN, EVTMAP_FIELDS(logoff)},
    {AUDITING, 4648, EV_LOGON_EXPLICIT, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(logon_explicit)},
    {AUDITING, 4672, EV_LOGON_PRIVILEGED, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(logon_privileged)},
    {AUDITING, 4688, EV_PROCESS_START, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(process_start)},
    {AUDITING, 4697, EV_SERVICE_INSTALL, .channel = SECURITY, EVTMAP_FIELDS(service_4697)},
    {AUDITING, 4719, EV_AUDIT_CHANGE, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(audit_change)},
    {AUDITING, 4720, EV_ACCOUNT_CHANGE, .channel = SECURITY, EVTMAP_FIELDS(account_created)},
    {AUDITING, 4732, EV_ACCOUNT_CHANGE, .channel = SECURITY, EVTMAP_FIELDS(member_added)},
    {AUDITING, 4740, EV_ACCOUNT_LOCKOUT, .channel = SECURITY, EVTMAP_FIELDS(account_lockout)},
    {AUDITING, 4768, EV_CREDENTIAL_CHECK, .channel = SECURITY, EVTMAP_FIELDS(kerberos_ticket)},
    {AUDITING, 4771, EV_CREDENTIAL_CHECK, .channel = SECURITY,
     .proof = "kerberos-4771-guessing.evtx", EVTMAP_FIELDS(kerberos_failure)},
    {AUDITING, 4776, EV_CREDENTIAL_CHECK, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(ntlm_check)},
    {AUDITING, 4778, EV_RDP_SESSION, .channel = SECURITY, EVTMAP_FIELDS(station_change)},
    {AUDITING, 4779, EV_RDP_SESSION, .channel = SECURITY, EVTMAP_FIELDS(station_change)},
    {AUDITING, 5140, EV_SHARE_ACCESS, .channel = SECURITY, EVTMAP_FIELDS(share_access)},
    {EVENTLOG, 1102, EV_LOG_CLEARED, .channel = SECURITY, .proof = BENIGN,
     EVTMAP_FIELDS(log_cleared)},
    {EVENTLOG, 104, EV_LOG_CLEARED, .channel = SYSTEM, EVTMAP_FIELDS(log_cleared)},
    {SERVICES, 7045, EV_SERVICE_INSTALL, .channel = SYSTEM, EVTMAP_FIELDS(service_7045)},
};

const struct evtmap_table evtmap_security = {rows, COUNT(rows)};
