/*
 * account_change - account.created_or_elevated: a new account (4720), or a new member of a local
 * group that gives power or a way in (4732). Groups are told by SID: names are translated.
 */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

#define EVENT_CREATED 4720u

static const char *const privileged_groups[] = {
    "S-1-5-32-544", /* Administrators */
    "S-1-5-32-547", /* Power Users */
    "S-1-5-32-548", /* Account Operators */
    "S-1-5-32-549", /* Server Operators */
    "S-1-5-32-551", /* Backup Operators */
    "S-1-5-32-555", /* Remote Desktop Users */
    "S-1-5-32-578", /* Hyper-V Administrators */
    "S-1-5-32-580", /* Remote Management Users */
};

static bool
is_privileged(struct sv sid)
{
    for (size_t i = 0; i < COUNT(privileged_groups); i++) {
        if (sv_eq_nocase(sid, sv_from(privileged_groups[i]))) {
            return true;
        }
    }
    return false;
}

/* Who was added: the SID, because a local group's record often has no name. */
static struct sv
member_of(const struct event *ev)
{
    return ev->member_sid.len > 0 ? ev->member_sid : ev->account;
}

static enum err
account_change_event(void *self, const struct state *now, const struct event *ev, struct book *book)
{
    bool created = ev->event_id == EVENT_CREATED;
    struct sv actor = ev->subject_account.len > 0 ? ev->subject_account : SV("-");
    char text[ALERT_KEY_MAX];
    struct event named = *ev;
    struct finding f;
    uint32_t slot;

    (void)self;
    (void)now;
    if (!created && !is_privileged(ev->sid)) {
        return ERR_OK;
    }
    if (!created) { /* the domain of the record is the group's */
        named.account = member_of(ev);
        named.domain = (struct sv){NULL, 0};
    }
    f = origin_event(ev, &rule_table[RULE_ACCOUNT_CREATED_OR_ELEVATED],
                     origin_event_key(&named, created ? SV("created ") : SV("elevated "), text));
    f.account = ev->account.len > 0 ? ev->account : named.account;
    f.message = created ? "ALERT_ACCOUNT_CREATED" : "ALERT_ACCOUNT_ELEVATED";
    f.extra[0] = (struct finding_extra){"actor", actor};
    f.extra[1] = (struct finding_extra){"group", ev->group_name.len > 0 ? ev->group_name : ev->sid};
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_ACCOUNT_CREATED_OR_ELEVATED], NULL};

const struct detector det_account_change = {
    .name = "account_change",
    .rules = rules,
    .wants = EV_BIT(EV_ACCOUNT_CHANGE),
    .on_event = account_change_event,
};
