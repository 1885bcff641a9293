/* health - open as long as it lasts, closed when it is over; told as often as it should be. */
#include "test_store_help.h"

#include "core/metrics.h"
#include "detectors/rules.h"
#include "engine/health.h"

#define TOLD_MAX 600
#define NOW_FT HELP_START_FT

struct told {
    struct health *h;
    size_t count;
    struct alert alert[TOLD_MAX];
};

static void
on_alert(void *ctx, const struct alert *a)
{
    struct told *t = ctx;

    assert_in_range(t->count, 0, TOLD_MAX - 1);
    t->alert[t->count++] = *a;
}

static struct told *
told_make(void)
{
    static struct told t;

    memset(&t, 0, sizeof(t));
    assert_int_equal(health_create(SV("PC-A"), on_alert, &t, &t.h), ERR_OK);
    return &t;
}

static struct health_fact
fact(enum rule_index rule, const char *key, uint64_t count)
{
    return (struct health_fact){.rule = &rule_table[rule],
                                .key = sv_from(key),
                                .params = {{"source", "Security"}, {"state", "denied"}},
                                .count = count};
}

static void
is(struct told *t, enum rule_index rule, const char *key, uint64_t now_ft)
{
    const struct health_fact f = fact(rule, key, 0);

    health_is(t->h, &f, now_ft);
}

static void
expect_last(const struct told *t, size_t count, enum alert_state state, uint32_t revision)
{
    assert_int_equal(t->count, count);
    assert_int_equal(t->alert[count - 1].state, state);
    assert_int_equal(t->alert[count - 1].revision, revision);
}

static void
it_is_told_once_and_closed_when_it_is_over(void **state)
{
    struct told *t = told_make();
    const struct alert *a = t->alert;

    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        is(t, RULE_SOURCE_UNREADABLE, "security", NOW_FT + i);
    }
    expect_last(t, 1, ALERT_OPEN, 1);
    assert_ptr_equal(a->rule, &rule_table[RULE_SOURCE_UNREADABLE]);
    assert_int_equal(a->severity, rule_table[RULE_SOURCE_UNREADABLE].severity);
    assert_string_equal(a->host, "PC-A");
    assert_string_equal(a->key, "security");
    assert_string_equal(a->message, "ALERT_SOURCE_UNREADABLE");
    assert_int_equal(a->first_ft, NOW_FT);
    assert_int_equal(a->param_count, 2);
    assert_string_equal(a->params[1].value, "denied");
    health_over(t->h, a->rule, SV("security"), NOW_FT + TM_MIN);
    expect_last(t, 2, ALERT_CLOSED, 2);
    assert_string_equal(a[1].id, a[0].id);
    assert_int_equal(a[1].last_ft, NOW_FT + TM_MIN);
    health_over(t->h, a->rule, SV("security"), NOW_FT + TM_HOUR); /* it is over already */
    assert_int_equal(t->count, 2);
    is(t, RULE_SOURCE_UNREADABLE, "security", NOW_FT + TM_HOUR); /* the same again is new */
    expect_last(t, 3, ALERT_OPEN, 1);
    assert_string_not_equal(a[2].id, a[0].id);
    health_destroy(t->h);
}

static void
rule_and_key_tell_them_apart(void **state)
{
    struct told *t = told_make();

    (void)state;
    is(t, RULE_SOURCE_UNREADABLE, "security", NOW_FT);
    is(t, RULE_SOURCE_UNREADABLE, "system", NOW_FT);
    is(t, RULE_SOURCE_STALE, "security", NOW_FT);
    is(t, RULE_STORE_DEGRADED, "", NOW_FT);
    assert_int_equal(t->count, 4);
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(t->alert[i].id, t->alert[k].id);
        }
    }
    health_over(t->h, &rule_table[RULE_SOURCE_UNREADABLE], SV("security"), NOW_FT + 1);
    expect_last(t, 5, ALERT_CLOSED, 2);
    assert_string_equal(t->alert[4].id, t->alert[0].id);
    is(t, RULE_SOURCE_STALE, "security", NOW_FT + 1);
    is(t, RULE_SOURCE_UNREADABLE, "system", NOW_FT + 1);
    assert_int_equal(t->count, 5);
    health_destroy(t->h);
}

static void
a_count_is_told_when_it_has_grown_tenfold(void **state)
{
    static const uint64_t due[] = {3, 30, 300};
    struct health_fact f = fact(RULE_EVENTS_SHED, "logon_failure", 3);
    struct told *t = told_make();

    (void)state;
    for (uint64_t count = 3; count <= 400; count++) {
        health_is(t->h, &f, NOW_FT + count);
        f.count = 1;
    }
    assert_int_equal(t->count, COUNT(due));
    for (size_t i = 0; i < COUNT(due); i++) {
        assert_int_equal(t->alert[i].count, due[i]);
        assert_int_equal(t->alert[i].revision, i + 1);
        assert_int_equal(t->alert[i].last_ft, NOW_FT + due[i]);
    }
    health_over(t->h, f.rule, f.key, NOW_FT + TM_HOUR);
    assert_int_equal(t->alert[3].count, 400);
    health_destroy(t->h);
}

static void
what_was_ends_an_hour_behind_the_last_one(void **state)
{
    struct health_fact f = fact(RULE_EVENTS_LOST, "security", 7);
    struct told *t = told_make();

    (void)state;
    f.from_ft = NOW_FT - TM_DAY;
    health_was(t->h, &f, NOW_FT);
    expect_last(t, 1, ALERT_OPEN, 1);
    assert_int_equal(t->alert[0].first_ft, NOW_FT - TM_DAY);
    health_tick(t->h, NOW_FT + HEALTH_ONCE_FT - 1);
    assert_int_equal(t->count, 1);
    health_was(t->h, &f, NOW_FT + TM_MIN);
    health_tick(t->h, NOW_FT + HEALTH_ONCE_FT);
    assert_int_equal(t->count, 1);
    health_tick(t->h, NOW_FT + TM_MIN + HEALTH_ONCE_FT);
    expect_last(t, 2, ALERT_CLOSED, 2);
    assert_int_equal(t->alert[1].count, 14);
    assert_int_equal(t->alert[1].last_ft, NOW_FT + TM_MIN); /* when it was so last */
    health_tick(t->h, UINT64_MAX);
    assert_int_equal(t->count, 2);
    is(t, RULE_STORE_DEGRADED, "", NOW_FT); /* what is so does not end by itself */
    health_tick(t->h, UINT64_MAX);
    assert_int_equal(t->count, 3);
    health_destroy(t->h);
}

/* -- of the run before --------------------------------------------------------------------------
 */

static void
the_open_ones_are_adopted(void **state)
{
    struct told *t = told_make();
    struct health *again = NULL;

    (void)state;
    is(t, RULE_SOURCE_UNREADABLE, "security", NOW_FT);
    is(t, RULE_SOURCE_UNREADABLE, "system", NOW_FT);
    is(t, RULE_STORE_DEGRADED, "", NOW_FT);
    assert_int_equal(health_create(SV("PC-A"), on_alert, t, &again), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        health_adopt(again, &t->alert[i]);
        health_adopt(again, &t->alert[i]); /* again changes nothing */
    }
    health_destroy(t->h);
    t->h = again;
    is(t, RULE_SOURCE_UNREADABLE, "security", NOW_FT + TM_DAY);
    assert_int_equal(t->count, 3); /* it is known */
    health_over(t->h, &rule_table[RULE_STORE_DEGRADED], SV(""), NOW_FT + TM_DAY);
    expect_last(t, 4, ALERT_CLOSED, 2);
    health_settle(t->h, NOW_FT + TM_DAY);
    expect_last(t, 5, ALERT_CLOSED, 2);
    assert_string_equal(t->alert[4].key, "system");
    assert_string_equal(t->alert[4].id, t->alert[1].id);
    health_settle(t->h, NOW_FT + TM_DAY);
    health_tick(t->h, UINT64_MAX);
    assert_int_equal(t->count, 5);
    health_over(t->h, &rule_table[RULE_SOURCE_UNREADABLE], SV("security"), NOW_FT + 2 * TM_DAY);
    expect_last(t, 6, ALERT_CLOSED, 2);
    assert_string_equal(t->alert[5].id, t->alert[0].id);
    assert_int_equal(t->alert[5].first_ft, NOW_FT);
    health_destroy(t->h);
}

/* -- bounds -------------------------------------------------------------------------------------
 */

static void
beyond_the_bound_they_are_counted(void **state)
{
    uint64_t dropped = metric_get(METRIC_ALERTS_DROPPED);
    struct told *t = told_make();
    char key[16];

    (void)state;
    for (unsigned i = 0; i < HEALTH_MAX + 3; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        is(t, RULE_SOURCE_UNREADABLE, key, NOW_FT);
    }
    assert_int_equal(t->count, HEALTH_MAX);
    assert_int_equal(metric_get(METRIC_ALERTS_DROPPED) - dropped, 3);
    health_over(t->h, &rule_table[RULE_SOURCE_UNREADABLE], SV("5"), NOW_FT + 1);
    is(t, RULE_SOURCE_UNREADABLE, "new", NOW_FT + 2);
    expect_last(t, HEALTH_MAX + 2, ALERT_OPEN, 1);
    assert_string_equal(t->alert[HEALTH_MAX + 1].key, "new");
    for (unsigned i = 0; i < HEALTH_MAX; i++) { /* each is found and closed */
        (void)snprintf(key, sizeof(key), "%u", i);
        health_over(t->h, &rule_table[RULE_SOURCE_UNREADABLE], sv_from(key), NOW_FT + 3);
    }
    assert_int_equal(t->count, 2 * HEALTH_MAX + 1);
    health_destroy(t->h);
    health_destroy(NULL);
}

static void
without_memory_they_are_counted(void **state)
{
    uint64_t dropped = metric_get(METRIC_ALERTS_DROPPED);
    struct health *none = NULL;
    struct told *t = told_make();

    (void)state;
    mem_fail_after(0);
    assert_int_equal(health_create(SV("PC-A"), on_alert, t, &none), ERR_NOMEM);
    is(t, RULE_STORE_DEGRADED, "", NOW_FT);
    mem_fail_after(SIZE_MAX);
    assert_null(none);
    assert_int_equal(t->count, 0);
    assert_int_equal(metric_get(METRIC_ALERTS_DROPPED) - dropped, 1);
    is(t, RULE_STORE_DEGRADED, "", NOW_FT + 1); /* told as soon as there is */
    assert_int_equal(t->count, 1);
    health_destroy(t->h);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_once_and_closed_when_it_is_over),
        cmocka_unit_test(rule_and_key_tell_them_apart),
        cmocka_unit_test(a_count_is_told_when_it_has_grown_tenfold),
        cmocka_unit_test(what_was_ends_an_hour_behind_the_last_one),
        cmocka_unit_test(the_open_ones_are_adopted),
        cmocka_unit_test(beyond_the_bound_they_are_counted),
        cmocka_unit_test(without_memory_they_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
