/* lockout - account.lockout: an account was locked out (4740). */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

static enum err
lockout_event(void *self, const struct state *now, const struct event *ev, struct book *book)
{
    char text[ALERT_KEY_MAX];
    struct finding f = origin_event(ev, &rule_table[RULE_ACCOUNT_LOCKOUT],
                                    origin_event_key(ev, SV("lockout "), text));
    uint32_t slot;

    (void)self;
    (void)now;
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_ACCOUNT_LOCKOUT], NULL};

const struct detector det_lockout = {
    .name = "lockout",
    .rules = rules,
    .wants = EV_BIT(EV_ACCOUNT_LOCKOUT),
    .on_event = lockout_event,
};
