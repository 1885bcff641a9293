/*
 * tamper - audit.tampered: a log was cleared, or auditing was taken away (not: given).
 */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

/* What 4719 says in AuditPolicyChanges; 8449 and 8451 are "added". */
static const char *const removals[] = {"%%8448" /* success removed */,
                                       "%%8450" /* failure removed */};

static bool
contains(struct sv text, const char *part)
{
    struct sv p = sv_from(part);

    for (size_t i = 0; p.len <= text.len && i <= text.len - p.len; i++) {
        if (memcmp(text.p + i, p.p, p.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool
removes_auditing(const struct event *ev)
{
    for (size_t i = 0; i < COUNT(removals); i++) {
        if (contains(ev->action, removals[i]) || contains(ev->new_value, removals[i]) ||
            contains(ev->text, removals[i])) {
            return true;
        }
    }
    return false;
}

static enum err
tamper_event(void *self, const struct state *now, const struct event *ev, struct book *book)
{
    bool cleared = ev->kind == EV_LOG_CLEARED;
    struct finding f;
    uint32_t slot;

    (void)self;
    (void)now;
    if (!cleared && !removes_auditing(ev)) {
        return ERR_OK;
    }
    f = origin_event(ev, &rule_table[RULE_AUDIT_TAMPERED],
                     cleared ? SV("log cleared") : SV("audit policy"));
    f.account = ev->subject_account.len > 0 ? ev->subject_account : ev->account;
    f.message = cleared ? "ALERT_AUDIT_TAMPERED_CLEARED" : "ALERT_AUDIT_TAMPERED";
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_AUDIT_TAMPERED], NULL};

const struct detector det_tamper = {
    .name = "tamper",
    .rules = rules,
    .wants = EV_BIT(EV_LOG_CLEARED) | EV_BIT(EV_AUDIT_CHANGE),
    .on_event = tamper_event,
};
