/* audit_policy - the subcategories, their event ids, and what follows from what is off. */
#include "posture/audit_policy.h"

#include <assert.h>

#define S AUDIT_EVENT_SUCCESS
#define F AUDIT_EVENT_FAILURE
/* All subcategories differ in the first part only. */
#define GUID_OF(first)                                                                             \
    {                                                                                              \
        first, 0x69ae, 0x11d9,                                                                     \
        {                                                                                          \
            0xbe, 0xd3, 0x50, 0x50, 0x54, 0x50, 0x30, 0x30                                         \
        }                                                                                          \
    }

/* Optional: the KDC's and those of credentials tell on a PC what 4625 tells, sessions what the
 * remote desktop's own log tells, and are off by default; shares, processes and services are too
 * many, or told by other logs. A refusal of a locked account (4625) is Account Lockout's. */
const struct audit_subcategory audit_subcategories[AUDIT_ROW_COUNT] = {
    [AUDIT_LOGON] = {"audit.logon", "Logon", GUID_OF(0x0cce9215), S | F, false},
    [AUDIT_LOGOFF] = {"audit.logoff", "Logoff", GUID_OF(0x0cce9216), S, false},
    [AUDIT_SPECIAL_LOGON] = {"audit.special_logon", "Special Logon", GUID_OF(0x0cce921b), S, false},
    [AUDIT_ACCOUNT_LOCKOUT] = {"audit.account_lockout", "Account Lockout", GUID_OF(0x0cce9217), F,
                               true},
    [AUDIT_USER_ACCOUNTS] = {"audit.user_accounts", "User Account Management", GUID_OF(0x0cce9235),
                             S, false},
    [AUDIT_SECURITY_GROUPS] = {"audit.security_groups", "Security Group Management",
                               GUID_OF(0x0cce9237), S, false},
    [AUDIT_POLICY_CHANGE] = {"audit.policy_change", "Audit Policy Change", GUID_OF(0x0cce922f), S,
                             false},
    [AUDIT_CREDENTIALS] = {"audit.credentials", "Credential Validation", GUID_OF(0x0cce923f), S | F,
                           true},
    [AUDIT_KERBEROS] = {"audit.kerberos", "Kerberos Authentication Service", GUID_OF(0x0cce9242),
                        S | F, true},
    [AUDIT_SESSIONS] = {"audit.sessions", "Other Logon/Logoff Events", GUID_OF(0x0cce921c), S,
                        true},
    [AUDIT_FILE_SHARE] = {"audit.file_share", "File Share", GUID_OF(0x0cce9224), S, true},
    [AUDIT_PROCESSES] = {"audit.processes", "Process Creation", GUID_OF(0x0cce922b), S, true},
    [AUDIT_SYSTEM_EXTENSION] = {"audit.system_extension", "Security System Extension",
                                GUID_OF(0x0cce9211), S, true},
};

/* Which id is written by which subcategory, on what; ascending. */
static const struct {
    uint16_t id;
    uint8_t flags;
    enum audit_row row;
} events[] = {
    {4624, S, AUDIT_LOGON},
    {4625, F, AUDIT_LOGON},
    {4634, S, AUDIT_LOGOFF},
    {4648, S, AUDIT_LOGON},
    {4672, S, AUDIT_SPECIAL_LOGON},
    {4688, S, AUDIT_PROCESSES},
    {4697, S, AUDIT_SYSTEM_EXTENSION},
    {4719, S, AUDIT_POLICY_CHANGE},
    {4720, S, AUDIT_USER_ACCOUNTS},
    {4732, S, AUDIT_SECURITY_GROUPS},
    {4740, S, AUDIT_USER_ACCOUNTS},
    {4768, S | F, AUDIT_KERBEROS},
    {4771, F, AUDIT_KERBEROS},
    {4776, S | F, AUDIT_CREDENTIALS},
    {4778, S, AUDIT_SESSIONS},
    {4779, S, AUDIT_SESSIONS},
    {5140, S, AUDIT_FILE_SHARE},
};

enum audit_row
audit_row_find(struct sv name)
{
    size_t i = 0;

    while (i < AUDIT_ROW_COUNT && !sv_eq(sv_from(audit_subcategories[i].name), name)) {
        i++;
    }
    return (enum audit_row)i;
}

/* -- reading ----------------------------------------------------------------------------------- */

static void
failed(struct audit_policy *p, uint32_t code, const char *call)
{
    if (p->code == AUDIT_OK) {
        p->code = code;
        p->call = call;
    }
}

static void
take_row(struct audit_policy *p, size_t row, uint32_t flags)
{
    bool some = (flags & (S | F)) != 0;
    bool none = (flags & AUDIT_EVENT_NONE) != 0;

    if ((flags & ~(S | F | AUDIT_EVENT_NONE)) != 0 || (some && none)) {
        failed(p, AUDIT_INVALID_DATA, "AuditQuerySystemPolicy");
        return;
    }
    p->known[row] = true;
    p->flags[row] = (uint8_t)(flags & (S | F));
}

/* A subcategory that this system does not know spoils the answer for all: then one by one. */
static void
query_each(const struct audit_policy_api *api, struct audit_policy *p)
{
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        uint32_t flags = 0;
        uint32_t code = api->query(api->ctx, &audit_subcategories[i].guid, 1, &flags);

        if (code == AUDIT_OK) {
            take_row(p, i, flags);
        } else {
            failed(p, code, "AuditQuerySystemPolicy");
        }
    }
}

static void
query_all(const struct audit_policy_api *api, struct audit_policy *p)
{
    struct audit_guid guids[AUDIT_ROW_COUNT];
    uint32_t flags[AUDIT_ROW_COUNT] = {0};
    uint32_t code;

    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        guids[i] = audit_subcategories[i].guid;
    }
    code = api->query(api->ctx, guids, AUDIT_ROW_COUNT, flags);
    if (code == AUDIT_INVALID_PARAMETER || code == AUDIT_FILE_NOT_FOUND) {
        query_each(api, p);
    } else if (code != AUDIT_OK) {
        failed(p, code, "AuditQuerySystemPolicy");
    }
    for (size_t i = 0; i < AUDIT_ROW_COUNT && code == AUDIT_OK; i++) {
        take_row(p, i, flags[i]);
    }
}

void
audit_policy_read(const struct audit_policy_api *api, struct audit_policy *out)
{
    bool was_on = true;
    uint32_t code;

    *out = (struct audit_policy){.call = ""};
    if (api == NULL) {
        failed(out, AUDIT_NOT_IMPLEMENTED, "AuditQuerySystemPolicy");
        return;
    }
    code = api->privilege(api->ctx, true, &was_on);
    query_all(api, out);
    if (code == AUDIT_OK && !was_on) {
        (void)api->privilege(api->ctx, false, &was_on); /* a privilege that stays on does no harm */
    }
    if (code != AUDIT_OK && out->code == AUDIT_ACCESS_DENIED) { /* the reason behind the refusal */
        out->code = code;
        out->call = "AdjustTokenPrivileges";
    }
}

/* -- what follows ------------------------------------------------------------------------------ */

static enum audit_verdict
judge(const struct audit_policy *p, enum audit_row row, uint8_t needs)
{
    if (!p->known[row]) {
        return AUDIT_UNKNOWN;
    }
    return (p->flags[row] & needs) == needs ? AUDIT_ON : AUDIT_BLIND;
}

enum audit_verdict
audit_policy_row(const struct audit_policy *p, enum audit_row row)
{
    assert((size_t)row < AUDIT_ROW_COUNT);
    return judge(p, row, audit_subcategories[row].needs);
}

enum audit_verdict
audit_policy_event(const struct audit_policy *p, uint32_t event_id)
{
    for (size_t i = 0; i < COUNT(events); i++) {
        if (events[i].id == event_id) {
            return judge(p, events[i].row, events[i].flags);
        }
    }
    return AUDIT_ON;
}

size_t
audit_policy_blind(const struct audit_policy *p, uint32_t *ids, size_t cap)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT(events); i++) {
        if (judge(p, events[i].row, events[i].flags) != AUDIT_BLIND) {
            continue;
        }
        if (count < cap) {
            ids[count] = events[i].id;
        }
        count++;
    }
    return count;
}

bool
audit_policy_is_blind(const struct audit_policy *p)
{
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        if (!audit_subcategories[i].optional &&
            audit_policy_row(p, (enum audit_row)i) == AUDIT_BLIND) {
            return true;
        }
    }
    return false;
}

void
audit_policy_put_off(const struct audit_policy *p, struct buf *out)
{
    static const char *const words[] = {"", "success", "failure", "success, failure"};
    const char *glue = "";

    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        const struct audit_subcategory *sub = &audit_subcategories[i];

        if (!sub->optional && audit_policy_row(p, (enum audit_row)i) == AUDIT_BLIND) {
            buf_printf(out, "%s%s (%s)", glue, sub->title, words[sub->needs & ~p->flags[i] & 3]);
            glue = ", ";
        }
    }
}

/* -- what to do -------------------------------------------------------------------------------- */

void
audit_guid_put(const struct audit_guid *guid, struct buf *out)
{
    buf_printf(out, "{%08X-%04X-%04X-%02X%02X-", (unsigned)guid->data1, guid->data2, guid->data3,
               guid->data4[0], guid->data4[1]);
    for (size_t i = 2; i < sizeof(guid->data4); i++) {
        buf_printf(out, "%02X", guid->data4[i]);
    }
    buf_putc(out, '}');
}

void
audit_policy_advice(enum audit_row row, enum lang lang, struct buf *out)
{
    static const char *const options[] = {
        [S] = "/success:enable",
        [F] = "/failure:enable",
        [S | F] = "/success:enable /failure:enable",
    };
    const struct audit_subcategory *sub = &audit_subcategories[row];
    struct buf guid;

    assert((size_t)row < AUDIT_ROW_COUNT);
    buf_init(&guid, 64);
    audit_guid_put(&sub->guid, &guid);
    msg_put(out, lang, MSG_ADVICE_TURN_ON_AUDITING,
            (struct msg_arg[]){{"title", sv_from(sub->title)},
                               {"guid", buf_sv(&guid)},
                               {"options", sv_from(options[sub->needs])}},
            3);
    if (buf_err(&guid) && buf_err(out) == ERR_OK) {
        out->err = buf_err(&guid);
    }
    buf_fini(&guid);
}
