/*
 * audit_policy - which subcategories of Windows' audit policy are on, of those whose records Kanari
 * reads; which event ids it is blind for where they are not, and what to do about it.
 *
 * What cannot be read is unknown, never on. Subcategories go by GUID, for their names are
 * translated. The policy is the system's: per-user exceptions are not looked at.
 *
 * Privilege: AuditQuerySystemPolicy needs SeSecurityPrivilege, or the right
 *            AUDIT_QUERY_SYSTEM_POLICY on the audit security object. LocalSystem holds the
 *            privilege switched off. So it is switched on for the length of the call, for the
 *            process has one token, and then put back; without it the call is made all the same.
 * Sources:   learn.microsoft.com/windows/win32/api/ntsecapi/: nf-ntsecapi-auditquerysystempolicy,
 *            ns-ntsecapi-audit_policy_information, nf-ntsecapi-auditfree; win32/secauthz/
 *            auditing-constants; windows/win32/api/securitybaseapi/
 *            nf-securitybaseapi-adjusttokenprivileges. Which ids are whose: the pages of
 *            windows/security/threat-protection/auditing.
 * Threads:   one at a time.
 */
#pragma once

#include "messages/messages.h"

/* A GUID as it lies in memory. */
struct audit_guid {
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
};

/* Win32 codes that are told apart. */
enum audit_code {
    AUDIT_OK = 0,
    AUDIT_FILE_NOT_FOUND = 2,
    AUDIT_ACCESS_DENIED = 5,
    AUDIT_INVALID_DATA = 13, /* it answered, but not what was asked */
    AUDIT_INVALID_PARAMETER = 87,
    AUDIT_NOT_IMPLEMENTED = 120, /* a stub, or no such system */
    AUDIT_NOT_ALL_ASSIGNED = 1300
};

/* POLICY_AUDIT_EVENT_TYPE bits of AUDIT_POLICY_INFORMATION. Neither of the first two, with or
 * without the third, is "no auditing". */
#define AUDIT_EVENT_SUCCESS 1u
#define AUDIT_EVENT_FAILURE 2u
#define AUDIT_EVENT_NONE 4u

/* The system's calls as one table, so that tests can put a simulator in their place. ctx is handed
 * to every call. Each answers a Win32 code, 0 when it succeeded; outputs are untouched otherwise.
 */
struct audit_policy_api {
    void *ctx;
    /* SeSecurityPrivilege on or off. AUDIT_NOT_ALL_ASSIGNED: the account does not hold it. */
    uint32_t (*privilege)(void *ctx, bool on, bool *was_on);
    /* One number of AUDIT_EVENT_ bits for each GUID. */
    uint32_t (*query)(void *ctx, const struct audit_guid *guids, uint32_t count, uint32_t *out);
};
/* The system's own. NULL where there is none: not Windows, or without these functions (Wine). */
const struct audit_policy_api *audit_policy_api_system(void);

/* Those whose records are read. */
enum audit_row {
    AUDIT_LOGON,
    AUDIT_LOGOFF,
    AUDIT_SPECIAL_LOGON,
    AUDIT_ACCOUNT_LOCKOUT,
    AUDIT_USER_ACCOUNTS,
    AUDIT_SECURITY_GROUPS,
    AUDIT_POLICY_CHANGE,
    AUDIT_CREDENTIALS,
    AUDIT_KERBEROS,
    AUDIT_SESSIONS,
    AUDIT_FILE_SHARE,
    AUDIT_PROCESSES,
    AUDIT_SYSTEM_EXTENSION,
    AUDIT_ROW_COUNT
};

struct audit_subcategory {
    const char *name;  /* stable: "audit.logon" */
    const char *title; /* as English Windows names it */
    struct audit_guid guid;
    uint8_t needs; /* AUDIT_EVENT_SUCCESS, AUDIT_EVENT_FAILURE or both */
    bool optional; /* off by default where others tell the same, or too much for every PC */
};
extern const struct audit_subcategory audit_subcategories[AUDIT_ROW_COUNT];
/* AUDIT_ROW_COUNT: none of that name. */
enum audit_row audit_row_find(struct sv name);

enum audit_verdict { AUDIT_UNKNOWN, AUDIT_ON, AUDIT_BLIND };

struct audit_policy {
    uint32_t code;    /* Win32, of what failed; 0 when every row is known */
    const char *call; /* the function that gave it, "" */
    bool known[AUDIT_ROW_COUNT];
    uint8_t flags[AUDIT_ROW_COUNT]; /* AUDIT_EVENT_SUCCESS and _FAILURE, where known */
};

/* api NULL: all is unknown. */
void audit_policy_read(const struct audit_policy_api *api, struct audit_policy *out);
/* ON: all that the row needs; BLIND: some of it is off. */
enum audit_verdict audit_policy_row(const struct audit_policy *p, enum audit_row row);
/* Whether records with this id are written by the Security log, in all cases that count. An id that
 * no subcategory governs is always ON. */
enum audit_verdict audit_policy_event(const struct audit_policy *p, uint32_t event_id);
/* The ids that are BLIND, ascending; at most `cap`, returns how many there are. */
size_t audit_policy_blind(const struct audit_policy *p, uint32_t *ids, size_t cap);
/* A row that is not optional is BLIND. */
bool audit_policy_is_blind(const struct audit_policy *p);
/* Appends what is off and not optional, "Logon (failure), Logoff (success)": the names are not
 * translated, for auditpol and gpedit know them by these or by GUID. */
void audit_policy_put_off(const struct audit_policy *p, struct buf *out);
/* Appends {0CCE9215-69AE-11D9-BED3-505054503030}. */
void audit_guid_put(const struct audit_guid *guid, struct buf *out);
/* Appends one sentence with the command that turns the row on. */
void audit_policy_advice(enum audit_row row, enum lang lang, struct buf *out);
