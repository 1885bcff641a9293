/*
 * tunnel - logon.via_tunnel: a remote logon whose source is the computer itself. Somebody forwards
 * a port to it from inside: portproxy, ssh -R, ngrok and their like.
 */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

static enum err
tunnel_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    struct finding f;
    uint32_t slot;

    (void)self;
    (void)now;
    if (a->scope != SCOPE_OWN) {
        return ERR_OK;
    }
    /* One a host: its own addresses are one place. */
    f = origin_finding(a, &rule_table[RULE_LOGON_VIA_TUNNEL], SV("tunnel"));
    f.success = a->outcome == ATTEMPT_SUCCESS;
    f.count_account = true;
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_LOGON_VIA_TUNNEL], NULL};

const struct detector det_tunnel = {
    .name = "tunnel",
    .rules = rules,
    .on_attempt = tunnel_attempt,
};
