/* live_policy - the audit policy, read anew now and then: what the Security log is blind for. */
#include "core/metrics.h"
#include "detectors/rules.h"
#include "engine/audit_sources.h"
#include "engine/live_int.h"

#define OFF_MAX 1024u
#define LOGON_FAILURE 4625u

static enum err
on_source(void *ctx, const struct store_source *s)
{
    struct live *l = ctx;

    keeper_source(l->keeper, s);
    return ERR_OK;
}

static void
tell(struct live *l, const struct audit_policy *p, uint64_t now_ft)
{
    struct buf off;
    struct health_fact fact = {.rule = &rule_table[RULE_AUDITING_OFF]};

    buf_init(&off, OFF_MAX);
    audit_policy_put_off(p, &off);
    fact.params[0] = (struct health_param){"what", buf_str(&off)};
    if (audit_policy_is_blind(p)) {
        health_is(l->health, &fact, now_ft);
    } else {
        health_over(l->health, fact.rule, fact.key, now_ft);
    }
    buf_fini(&off);
}

void
live_policy(struct live *l, uint64_t now_ft)
{
    struct audit_policy p;

    if (l->policy_api == NULL) {
        return;
    }
    audit_policy_read(l->policy_api, &p);
    if (audit_sources_each(&p, now_ft, on_source, l)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
    tell(l, &p, now_ft);
    l->blind = audit_policy_event(&p, LOGON_FAILURE) == AUDIT_BLIND;
    live_sources_watched(l, now_ft);
}
