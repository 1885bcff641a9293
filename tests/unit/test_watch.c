/* test_watch - how much of a time was observed, and why not the rest. */
#include "test_store_help.h"

#include "cli/watch.h"

#define AT(minutes) (HELP_START_FT + (uint64_t)(minutes)*TM_MIN)
#define MINUTES(ticks) ((ticks) / TM_MIN)

struct interval {
    const char *source;
    unsigned from, to; /* minutes */
    enum coverage_state state;
    enum coverage_why why;
};

#define SEEN COVERAGE_OBSERVED, COVERAGE_WHY_NONE
#define AUDITING COVERAGE_BLIND, COVERAGE_WHY_AUDITING_OFF
#define SLEEP COVERAGE_OFF, COVERAGE_WHY_ASLEEP

static void
put(struct store *s, const char *host, const struct interval *list, size_t count, uint64_t first_id)
{
    for (size_t i = 0; i < count; i++) {
        struct coverage c = {.host = sv_from(host),
                             .source = sv_from(list[i].source),
                             .from_ft = AT(list[i].from),
                             .to_ft = AT(list[i].to),
                             .state = list[i].state,
                             .why = list[i].why,
                             .first_id = first_id};

        assert_int_equal(store_put_coverage(s, &c), ERR_OK);
    }
}

/* What a store with these live intervals answers. */
static struct watch
measure(const struct interval *list, size_t count, unsigned from, unsigned to)
{
    struct watch_gap asked = {.from_ft = from == 0 ? 0 : AT(from), .to_ft = to == 0 ? 0 : AT(to)};
    struct watch w;
    struct buf path;
    struct store *s;

    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_begin(s), ERR_OK);
    put(s, "PC-A", list, count, 0);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    assert_int_equal(watch_measure(s, SV("PC-A"), asked, &w), ERR_OK);
    store_close(s);
    help_remove(&path);
    return w;
}
#define MEASURE(list, from, to) measure((list), COUNT(list), (from), (to))

static void
is_gap(const struct watch *w, size_t at, unsigned from, unsigned to, enum coverage_why why)
{
    assert_true(w->gap_count > at);
    assert_int_equal(w->gap[at].from_ft, AT(from));
    assert_int_equal(w->gap[at].to_ft, AT(to));
    assert_int_equal(w->gap[at].why, why);
}

static void
is_share(const struct watch *w, unsigned watched, unsigned asked)
{
    assert_int_equal(w->hosts, 1);
    assert_int_equal(MINUTES(w->watched), watched);
    assert_int_equal(MINUTES(w->asked), asked);
}

/* Between two runs nobody claims anything. */
static void
test_service_stopped(void **state)
{
    static const struct interval list[] = {
        {"Security", 0, 60, SEEN},
        {"System", 0, 61, SEEN},
        {"Security", 100, 160, SEEN},
    };
    struct watch w = MEASURE(list, 0, 0);

    (void)state;
    is_share(&w, 121, 160);
    assert_int_equal(w.gap_count, 1);
    is_gap(&w, 0, 61, 100, COVERAGE_WHY_STOPPED);
    w = MEASURE(list, 10, 200); /* and it has not come back */
    is_share(&w, 111, 190);
    assert_int_equal(w.gap_count, 2);
    is_gap(&w, 1, 160, 200, COVERAGE_WHY_STOPPED);
}

/* Before the first run, no sensor could have been stopped. */
static void
test_before_the_first_run(void **state)
{
    static const struct interval list[] = {{"Security", 60, 100, SEEN}};
    struct watch w = MEASURE(list, 20, 100);

    (void)state;
    is_share(&w, 40, 80);
    is_gap(&w, 0, 20, 60, COVERAGE_WHY_NONE);
}

/* Other logs do not make up for what the Security log does not tell; others' silence is theirs. */
static void
test_blind(void **state)
{
    static const struct interval list[] = {
        {"System", 0, 100, SEEN},
        {"Security", 0, 30, SEEN},
        {"Security", 30, 50, AUDITING},
        {"Security", 50, 100, SEEN},
        {"rdp", 60, 80, COVERAGE_BLIND, COVERAGE_WHY_CHANNEL_OFF},
    };
    struct watch w = MEASURE(list, 0, 0);

    (void)state;
    is_share(&w, 80, 100);
    assert_int_equal(w.gap_count, 1);
    is_gap(&w, 0, 30, 50, COVERAGE_WHY_AUDITING_OFF);
}

static void
test_stale_and_lost(void **state)
{
    static const struct interval list[] = {
        {"security", 0, 100, SEEN}, /* by the name of the subscription */
        {"security", 10, 20, COVERAGE_LOST, COVERAGE_WHY_OVERWRITTEN},
        {"security", 100, 130, COVERAGE_STALE, COVERAGE_WHY_DENIED},
        {"security", 105, 110, COVERAGE_CLEARED, COVERAGE_WHY_NONE},
        {"security", 130, 140, COVERAGE_STALE, COVERAGE_WHY_STOOD_STILL},
    };
    struct watch w = MEASURE(list, 0, 0);

    (void)state;
    is_share(&w, 90, 140);
    assert_int_equal(w.gap_count, 3);
    is_gap(&w, 0, 10, 20, COVERAGE_WHY_OVERWRITTEN);
    is_gap(&w, 1, 100, 130, COVERAGE_WHY_DENIED);
    is_gap(&w, 2, 130, 140, COVERAGE_WHY_STOOD_STILL);
}

static void
test_sleep_is_not_asked_for(void **state)
{
    static const struct interval list[] = {
        {"Security", 0, 40, SEEN},  {"System", 0, 40, SEEN},          {"Security", 40, 100, SLEEP},
        {"System", 40, 100, SLEEP}, {"Security", 100, 120, AUDITING},
    };
    struct watch w = MEASURE(list, 0, 0);

    (void)state;
    is_share(&w, 40, 60);
    assert_int_equal(MINUTES(w.off), 60);
    is_gap(&w, 0, 40, 100, COVERAGE_WHY_ASLEEP);
    is_gap(&w, 1, 100, 120, COVERAGE_WHY_AUDITING_OFF);
    w = MEASURE(list, 50, 70); /* all of it slept */
    is_share(&w, 0, 0);
}

/* Long nights do not hide a short blindness. */
static void
test_sleep_is_told_last(void **state)
{
    static const struct interval list[] = {
        {"Security", 0, 10, SEEN},       {"Security", 10, 400, SLEEP},
        {"Security", 400, 410, SEEN},    {"Security", 410, 800, SLEEP},
        {"Security", 800, 810, SEEN},    {"Security", 810, 1200, SLEEP},
        {"Security", 1200, 1210, SEEN},  {"Security", 1210, 1212, AUDITING},
        {"Security", 1212, 1220, SEEN},  {"Security", 1230, 1240, SEEN},
        {"Security", 1240, 1900, SLEEP},
    };
    struct watch w = MEASURE(list, 0, 0);

    (void)state;
    assert_int_equal(w.gap_count, 6);
    is_gap(&w, 0, 1210, 1212, COVERAGE_WHY_AUDITING_OFF);
    is_gap(&w, 1, 1220, 1230, COVERAGE_WHY_STOPPED);
    is_gap(&w, 2, 1240, 1900, COVERAGE_WHY_ASLEEP);
}

/* A source that has just begun has no record yet, and is no trace. */
static void
test_without_records(void **state)
{
    static const struct interval list[] = {{"Security", 0, 30, SEEN}};
    static const struct interval trace[] = {{"kernel", 0, 60, SEEN}};
    struct watch_gap all = {0};
    struct watch w;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put(s, "PC-A", trace, COUNT(trace), 0);
    put(s, "PC-B", trace, COUNT(trace), 0);
    put(s, "PC-B", list, COUNT(list), 7);
    help_finish(s);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_begin(s), ERR_OK);
    put(s, "PC-A", list, COUNT(list), 0);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    assert_int_equal(watch_measure(s, SV("PC-A"), all, &w), ERR_OK);
    is_share(&w, 30, 30); /* the log's time, not the trace's */
    assert_int_equal(watch_measure(s, SV("PC-B"), all, &w), ERR_OK);
    is_share(&w, 30, 30);
    assert_int_equal(watch_measure(s, (struct sv){0}, all, &w), ERR_OK);
    assert_int_equal(w.hosts, 2);
    assert_int_equal(MINUTES(w.watched), 60);
    assert_int_equal(watch_measure(s, SV("PC-C"), all, &w), ERR_OK);
    assert_int_equal(w.hosts, 0);
    store_close(s);
    help_remove(&path);
}

/* What files have lost they tell as before: it is not observed, and nobody knows why. */
static void
test_lost_of_files(void **state)
{
    static const struct interval list[] = {
        {"Security", 0, 30, SEEN},
        {"Security", 30, 50, COVERAGE_LOST, COVERAGE_WHY_NONE},
        {"Security", 50, 60, SEEN},
    };
    struct watch_gap all = {0};
    struct watch w;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put(s, "PC-A", list, COUNT(list), 7);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    assert_int_equal(watch_measure(s, SV("PC-A"), all, &w), ERR_OK);
    is_share(&w, 40, 60);
    is_gap(&w, 0, 30, 50, COVERAGE_WHY_NONE);
    store_close(s);
    help_remove(&path);
}

static void
test_no_memory(void **state)
{
    static const struct interval list[] = {{"Security", 0, 30, SEEN}};
    struct watch_gap all = {0};
    struct watch w;
    struct buf path;
    struct store *s;
    enum err err = ERR_NOMEM;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put(s, "PC-A", list, COUNT(list), 7);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    for (size_t n = 0; n < 5000 && err != ERR_OK; n++) {
        mem_fail_after(n);
        err = watch_measure(s, SV("PC-A"), all, &w);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
    }
    assert_int_equal(err, ERR_OK);
    is_share(&w, 30, 30);
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service_stopped),
        cmocka_unit_test(test_before_the_first_run),
        cmocka_unit_test(test_blind),
        cmocka_unit_test(test_stale_and_lost),
        cmocka_unit_test(test_sleep_is_not_asked_for),
        cmocka_unit_test(test_sleep_is_told_last),
        cmocka_unit_test(test_without_records),
        cmocka_unit_test(test_lost_of_files),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
