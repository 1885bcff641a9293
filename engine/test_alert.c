/* test_alert - from a request to an alert, in one transaction. */
#include "engine/test_alert.h"

#include <inttypes.h>
#include <stdio.h>

#include "detectors/rules.h"

struct answer {
    struct store *store;
    struct sv host;
    uint64_t now_ft;
    size_t count;
};

static enum err
on_request(void *ctx, int64_t number, struct sv who, uint64_t time_ft)
{
    struct answer *answer = ctx;
    struct alert a = {.revision = 1,
                      .rule = &rule_table[RULE_SERVICE_TEST],
                      .severity = rule_table[RULE_SERVICE_TEST].severity,
                      .state = ALERT_CLOSED,
                      .first_ft = time_ft,
                      .last_ft = answer->now_ft,
                      .count = 1};
    enum err err;

    (void)snprintf(a.host, sizeof(a.host), "%.*s", (int)answer->host.len, answer->host.p);
    (void)snprintf(a.key, sizeof(a.key), "%" PRId64, number);
    rule_message(a.rule, a.message);
    alert_param(&a, "who", who);
    alert_make_id(&a);
    answer->count++;
    err = store_put_alert(answer->store, &a);
    return err ? err : store_outbox_put(answer->store, &a, answer->now_ft);
}

enum err
test_alert_answer(struct store *s, struct sv host, uint64_t now_ft)
{
    struct answer answer = {s, host, now_ft, 0};
    bool any = false;
    enum err err = store_requests_waiting(s, &any);

    if (err || !any) {
        return err;
    }
    err = store_begin(s);
    if (!err) {
        err = store_requests_take(s, on_request, &answer);
    }
    if (err) {
        store_rollback(s);
        return err;
    }
    return store_commit(s, NULL, 0);
}
