/* audit_sources - tells what the audit policy lets us see. */
#include "engine/audit_sources.h"

#include "evtlog/subscription.h"
#include "store/status.h"

static struct store_source
describe(const struct audit_policy *p, enum audit_row row)
{
    const struct audit_subcategory *sub = &audit_subcategories[row];
    struct store_source source = {.name = sv_from(sub->name),
                                  .optional = sub->optional,
                                  .per_minute = UINT64_MAX,
                                  .backlog = UINT64_MAX};

    switch (audit_policy_row(p, row)) {
    case AUDIT_ON:
        source.state = SV(SOURCE_ON);
        break;
    case AUDIT_BLIND:
        source.state = SV(SOURCE_BLIND);
        source.advice = SV(ADVICE_TURN_ON_AUDITING);
        break;
    case AUDIT_UNKNOWN:
        source.state = SV(SOURCE_UNKNOWN);
        source.code = p->code;
        source.call = sv_from(p->call);
        source.advice = sv_from(subscription_advice_name(p->code == AUDIT_NOT_IMPLEMENTED
                                                             ? SUBSCRIPTION_NOTHING_TO_DO
                                                             : SUBSCRIPTION_GRANT_READ));
        break;
    }
    return source;
}

enum err
audit_sources_each(const struct audit_policy *p, uint64_t now_ft, audit_source_fn fn, void *ctx)
{
    struct buf guid;
    enum err err = ERR_OK;

    buf_init(&guid, 64);
    for (size_t i = 0; i < AUDIT_ROW_COUNT && !err; i++) {
        struct store_source source = describe(p, (enum audit_row)i);

        buf_clear(&guid);
        audit_guid_put(&audit_subcategories[i].guid, &guid);
        source.channel = buf_sv(&guid);
        source.updated_ft = now_ft;
        err = buf_err(&guid) ? buf_err(&guid) : fn(ctx, &source);
    }
    buf_fini(&guid);
    return err;
}
