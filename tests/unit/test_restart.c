/* A sensor that is stopped and started anew comes to the same alerts and stories as one that ran
 * on.
 */
#include "test_restart.h"

#define ROUNDS 40u
#define SOAK_ROUNDS 400u
#define CUTS_MAX 3u
#define WINDOW_FT (7 * TM_DAY)

static const char *const settings[] = {"{}", "{\"alerts.open_max\": 2}",
                                       "{\"alerts.idle_hours\": 2}",
                                       "{\"alerts.idle_hours\": 168, \"alerts.open_max\": 3}"};

static uint64_t
first_seed(void)
{
    const char *text = env_get("KANARI_SEED");
    uint64_t seed = 0;

    return text != NULL && sv_u64(sv_from(text), &seed) == ERR_OK ? seed * 1000003 : 1;
}

static unsigned
rounds(void)
{
    return env_get("KANARI_SOAK") != NULL ? SOAK_ROUNDS : ROUNDS;
}

static void
run_whole(const char *config, const struct restart_item *items, struct restart_shelf *shelf)
{
    struct sensor s;

    sensor_open(&s, config, shelf);
    sensor_run(&s, items, 0, RESTART_ITEMS);
    sensor_flush(&s);
    sensor_close(&s);
}

static void
expect_same_alert(const struct alert *a, const struct alert *b)
{
    assert_string_equal(a->rule->name, b->rule->name);
    assert_int_equal(a->severity, b->severity);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->first_ft, b->first_ft);
    assert_int_equal(a->last_ft, b->last_ft);
    assert_int_equal(a->sources, b->sources);
    assert_int_equal(a->accounts, b->accounts);
    assert_string_equal(a->account, b->account);
    assert_string_equal(a->message, b->message);
    assert_int_equal(a->param_count, b->param_count);
    assert_memory_equal(a->params, b->params, sizeof(a->params));
    assert_int_equal(a->evidence_count, b->evidence_count);
    assert_memory_equal(a->evidence, b->evidence, sizeof(a->evidence));
}

static void
expect_same_stage(const struct story_stage_facts *a, const struct story_stage_facts *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->accounts, b->accounts);
    assert_int_equal(a->alert_total, b->alert_total);
    assert_string_equal(a->message, b->message);
    assert_memory_equal(a->alert_id, b->alert_id, sizeof(a->alert_id));
    if (b->sources > a->sources) {
        return; /* a fold that turned to the internet gave sources back; what was told stays */
    }
    assert_memory_equal(a, b, sizeof(*a));
}

static void
expect_same(const struct restart_shelf *a, const struct restart_shelf *b)
{
    assert_int_equal(a->alert_count, b->alert_count);
    assert_int_equal(a->story_count, b->story_count);
    for (size_t i = 0; i < a->alert_count; i++) {
        expect_same_alert(&a->alerts[i], shelf_has_alert(b, a->alerts[i].id));
    }
    for (size_t i = 0; i < a->story_count; i++) {
        const struct story *x = &a->stories[i], *y = shelf_has_story(b, x->id);

        assert_int_equal(x->state, y->state);
        assert_int_equal(x->severity, y->severity);
        assert_int_equal(x->first_ft, y->first_ft);
        assert_int_equal(x->last_ft, y->last_ft);
        for (size_t k = 0; k < STAGE_COUNT; k++) {
            expect_same_stage(&x->stage[k], &y->stage[k]);
        }
        assert_string_equal(x->first_message, y->first_message);
    }
}

/* One open alert for a (host, key), one open story for a host. */
static void
expect_single(const struct restart_shelf *s)
{
    for (size_t i = 0; i < s->alert_count; i++) {
        const struct alert *a = &s->alerts[i];

        for (size_t k = i + 1; k < s->alert_count && a->state == ALERT_OPEN; k++) {
            const struct alert *b = &s->alerts[k];

            assert_true(b->state != ALERT_OPEN || strcmp(a->host, b->host) != 0 ||
                        strcmp(a->key, b->key) != 0 ||
                        (strcmp(a->key, "*") == 0 && a->rule != b->rule));
        }
    }
    for (size_t i = 0; i < s->story_count; i++) {
        for (size_t k = i + 1; k < s->story_count; k++) {
            assert_true(s->stories[i].state != ALERT_OPEN || s->stories[k].state != ALERT_OPEN ||
                        strcmp(s->stories[i].host, s->stories[k].host) != 0);
        }
    }
}

static size_t
window_start(const struct restart_item *items, size_t cut)
{
    size_t i = 0;

    while (items[i].time_ft + WINDOW_FT < items[cut - 1].time_ft) {
        i++;
    }
    return i;
}

static void
whole_history_gives_the_same(void **state)
{
    struct restart_item *items = mem_array(RESTART_ITEMS, sizeof(*items));
    uint64_t seed = first_seed();
    size_t alerts = 0, stories = 0;

    (void)state;
    assert_non_null(items);
    for (unsigned round = 0; round < rounds(); round++) {
        const char *config = settings[round % COUNT(settings)];
        unsigned cuts = 1 + help_random(&seed) % CUTS_MAX;
        struct restart_shelf whole, cut;
        size_t from = 0;

        shelf_init(&whole);
        shelf_init(&cut);
        restart_stream(&seed, items, RESTART_ITEMS);
        run_whole(config, items, &whole);
        for (unsigned c = 0; c <= cuts; c++) {
            size_t to = from + help_random(&seed) % (RESTART_ITEMS - from);
            struct sensor s;

            to = c == cuts ? RESTART_ITEMS : to;
            sensor_open(&s, config, from == 0 ? &cut : NULL);
            if (from > 0) {
                sensor_restart(&s, &cut, items, 0, from);
            }
            expect_single(&cut);
            sensor_run(&s, items, from, to);
            if (c == cuts) {
                sensor_flush(&s);
            }
            sensor_close(&s);
            from = to;
        }
        expect_same(&whole, &cut);
        expect_single(&cut);
        alerts += whole.alert_count;
        stories += whole.story_count;
        shelf_fini(&whole);
        shelf_fini(&cut);
    }
    assert_true(alerts > rounds() * 5);
    assert_true(stories > rounds());
    mem_free(items);
}

/* What was open when it was cut, `before`, is the same alert in the end. */
static void
expect_not_less(const struct restart_shelf *before, const struct restart_shelf *whole,
                const struct restart_shelf *after)
{
    for (size_t i = 0; i < before->alert_count; i++) {
        const struct alert *a = &before->alerts[i], *w = shelf_has_alert(whole, a->id),
                           *b = shelf_has_alert(after, a->id);

        if (a->state == ALERT_OPEN && strcmp(a->key, "*") != 0) {
            assert_true(b->severity >= w->severity || b->rule->id < 2010);
            assert_true(b->last_ft != w->last_ft || b->state == w->state);
            assert_true(b->count >= w->count);
        }
    }
    for (size_t i = 0; i < before->story_count; i++) {
        const struct story *a = &before->stories[i], *b = shelf_has_story(after, a->id);

        if (a->state == ALERT_OPEN) {
            assert_true(b->first_ft <= a->first_ft);
        }
    }
}

static void
shelf_copy(struct restart_shelf *to, const struct restart_shelf *from)
{
    shelf_init(to);
    memcpy(to->alerts, from->alerts, from->alert_count * sizeof(*to->alerts));
    memcpy(to->stories, from->stories, from->story_count * sizeof(*to->stories));
    to->alert_count = from->alert_count;
    to->story_count = from->story_count;
}

static void
lost_history_takes_nothing_back(void **state)
{
    struct restart_item *items = mem_array(RESTART_ITEMS, sizeof(*items));
    uint64_t seed = first_seed() + 77;
    size_t truncated = 0;

    (void)state;
    assert_non_null(items);
    for (unsigned round = 0; round < rounds(); round++) {
        const char *config = settings[round % COUNT(settings)];
        size_t cut = 1 + help_random(&seed) % (RESTART_ITEMS - 1), from;
        struct restart_shelf whole, before, after;
        struct sensor s;

        shelf_init(&whole);
        shelf_init(&after);
        restart_stream(&seed, items, RESTART_ITEMS);
        run_whole(config, items, &whole);
        sensor_open(&s, config, &after);
        sensor_run(&s, items, 0, cut);
        sensor_flush(&s);
        sensor_close(&s);
        shelf_copy(&before, &after);
        /* Every third time the store was full, and nearly all is rolled up. */
        from = round % 3 == 0 ? cut - 1 : window_start(items, cut);
        truncated += from > 0;
        sensor_open(&s, config, NULL);
        sensor_restart(&s, &after, items, from, cut);
        expect_single(&after);
        sensor_run(&s, items, cut, RESTART_ITEMS);
        sensor_flush(&s);
        sensor_close(&s);
        expect_single(&after);
        /* With few open alerts allowed it depends on the lost part who has one of his own. */
        if (round % 3 != 0 && round % 2 == 0) {
            expect_not_less(&before, &whole, &after);
        }
        shelf_fini(&whole);
        shelf_fini(&before);
        shelf_fini(&after);
    }
    assert_true(truncated > rounds() / 3);
    mem_free(items);
}

/* Late by up to ten minutes, and clocks that go back by hours and forward again. */
static void
times_in_any_order_do_no_harm(void **state)
{
    struct restart_item *items = mem_array(RESTART_ITEMS, sizeof(*items));
    uint64_t seed = first_seed() + 5;

    (void)state;
    assert_non_null(items);
    for (unsigned round = 0; round < rounds(); round++) {
        struct restart_shelf shelf;
        uint64_t back = 0;

        shelf_init(&shelf);
        restart_stream(&seed, items, RESTART_ITEMS);
        for (size_t i = 0; i < RESTART_ITEMS; i++) {
            back = help_random(&seed) % 50 == 0 ? help_random(&seed) % 200000 * TM_SEC : back;
            items[i].time_ft -= back + help_random(&seed) % 3 * (help_random(&seed) % 300 * TM_SEC);
        }
        run_whole(settings[round % COUNT(settings)], items, &shelf);
        expect_single(&shelf);
        for (size_t i = 0; i < shelf.alert_count; i++) {
            assert_true(shelf.alerts[i].last_ft >= shelf.alerts[i].first_ft);
            assert_true(shelf.alerts[i].revision > 0);
        }
        shelf_fini(&shelf);
    }
    mem_free(items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_history_gives_the_same),
        cmocka_unit_test(lost_history_takes_nothing_back),
        cmocka_unit_test(times_in_any_order_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
