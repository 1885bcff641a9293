/* live_policy - the audit policy, read anew now and then: what the Security log is blind for. */
#include "core/metrics.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "posture/audit_policy.h"
#include "store/status.h"

#define OFF_MAX 1024u
#define LOGON_FAILURE 4625u

static void
put_row(struct live *l, const struct audit_policy *p, enum audit_row row, uint64_t now_ft)
{
    static const char *const states[] = {
        [AUDIT_UNKNOWN] = SOURCE_UNKNOWN, [AUDIT_ON] = SOURCE_ON, [AUDIT_BLIND] = SOURCE_BLIND};
    const struct audit_subcategory *sub = &audit_subcategories[row];
    enum audit_verdict verdict = audit_policy_row(p, row);
    const struct store_source source = {
        .name = sv_from(sub->name),
        .channel = SV("Security"),
        .optional = sub->optional,
        .state = sv_from(states[verdict]),
        .code = verdict == AUDIT_UNKNOWN ? p->code : 0,
        .call = sv_from(verdict == AUDIT_UNKNOWN ? p->call : ""),
        .advice = sv_from(verdict == AUDIT_BLIND ? ADVICE_TURN_ON_AUDITING : ""),
        .per_minute = UINT64_MAX,
        .backlog = UINT64_MAX,
        .since_ft = l->started_ft,
        .updated_ft = now_ft,
    };

    keeper_source(l->keeper, &source);
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
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        put_row(l, &p, (enum audit_row)i, now_ft);
    }
    tell(l, &p, now_ft);
    l->blind = audit_policy_event(&p, LOGON_FAILURE) == AUDIT_BLIND;
    live_sources_watched(l, now_ft);
}
