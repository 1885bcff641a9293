/* keeper - rows of a pipeline become batches: one item, its rows and its position go together. */
#include "test_store_help.h"

#include "detectors/rules.h"
#include "engine/keeper.h"
#include "platform/thread.h"

#define NOW 1u /* a deadline that has passed */
#define LARGE 60000u
#define SINCE_FT (HELP_START_FT + TM_HOUR)

struct bench {
    struct spool *spool;
    struct keeper *k;
    struct pipeline_sink sink;
};

static void
bench_make(struct bench *b, bool retro, bool patient)
{
    struct keeper_opts opts = {.retro = retro, .patient = patient};

    assert_int_equal(spool_create(&b->spool), ERR_OK);
    opts.spool = b->spool;
    assert_int_equal(keeper_create(&opts, &b->k), ERR_OK);
    b->sink = keeper_sink(b->k);
}

static void
bench_end(struct bench *b)
{
    keeper_destroy(b->k);
    spool_destroy(b->spool);
}

static void
give_event(struct bench *b, enum event_kind kind, size_t len)
{
    static const char bytes[LARGE] = {1};
    struct event ev;

    event_init(&ev, kind, HELP_START_FT);
    assert_int_equal(b->sink.event(b->sink.ctx, &ev, (struct sv){bytes, len}), ERR_OK);
}

static void
give_attempt(struct bench *b, uint64_t time_ft)
{
    const struct attempt a = help_attempt(time_ft, "PC-A", "kumi", 7);

    assert_int_equal(b->sink.attempt(b->sink.ctx, &a), ERR_OK);
}

static void
give_alert(struct bench *b, uint64_t last_ft, bool suppressed)
{
    struct alert a;

    help_alert(&a, &rule_table[RULE_LOGON_BURST], "PC-A", last_ft);
    a.suppressed = suppressed;
    assert_int_equal(b->sink.alert(b->sink.ctx, &a), ERR_OK);
}

static void
give_story(struct bench *b, uint64_t last_ft)
{
    const struct story s = {
        .id = "00000000000000aa", .revision = 1, .first_ft = HELP_START_FT, .last_ft = last_ft};

    assert_int_equal(b->sink.story(b->sink.ctx, &s), ERR_OK);
}

static void
position(struct bench *b, size_t source, const char *name, const char *text)
{
    assert_int_equal(keeper_position(b->k, source, name, sv_from(text), 1), ERR_OK);
}

/* The batches of the oldest chain. */
static size_t
front(struct bench *b, struct batch *chain[SPOOL_CHAIN_MAX])
{
    return spool_front(b->spool, NOW, chain);
}

/* What the oldest chain says of that source; it is popped. */
static void
expect_marks(struct bench *b, size_t due, const char *name, const char *text)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];
    struct batch *chain[SPOOL_CHAIN_MAX];
    size_t count = front(b, chain);
    size_t found = 0;

    assert_true(count > 0);
    assert_int_equal(batch_marks(chain, count, marks), due);
    for (size_t i = 0; i < due; i++) {
        if (sv_eq(marks[i].source, sv_from(name))) {
            assert_true(sv_eq(marks[i].value, sv_from(text)));
            found++;
        }
    }
    assert_int_equal(found, 1);
    spool_pop(b->spool, count);
}

static enum err
count_told(void *ctx, const struct alert *a, enum batch_alert what)
{
    size_t *count = ctx;

    (void)a;
    (void)what;
    ++*count;
    return ERR_OK;
}

/* How much of the oldest chain is to be reported; it is popped. */
static size_t
reported(struct bench *b)
{
    struct batch *chain[SPOOL_CHAIN_MAX];
    size_t chains, count = 0;

    assert_int_equal(keeper_close_batch(b->k), ERR_OK);
    chains = front(b, chain);
    assert_true(chains > 0);
    for (size_t i = 0; i < chains; i++) {
        assert_int_equal(batch_tell(chain[i], BATCH_REPORTED, count_told, &count), ERR_OK);
    }
    spool_pop(b->spool, chains);
    return count;
}

/* -- when a batch is closed ---------------------------------------------------------------------
 */

static void
a_batch_is_closed_in_time(void **state)
{
    struct bench b;
    uint64_t from_ns = clock_mono_ns();

    (void)state;
    bench_make(&b, false, false);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK); /* nothing to close */
    give_attempt(&b, HELP_START_FT);
    assert_in_range(keeper_due_ns(b.k), from_ns + KEEPER_DELAY_NS,
                    clock_mono_ns() + KEEPER_DELAY_NS);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    position(&b, 0, "security", "1"); /* a position alone is worth a batch, too */
    assert_in_range(keeper_due_ns(b.k), from_ns + KEEPER_DELAY_NS,
                    clock_mono_ns() + KEEPER_DELAY_NS);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    bench_end(&b);
}

static void
what_is_to_be_reported_is_urgent(void **state)
{
    struct bench b;
    struct alert a;

    (void)state;
    bench_make(&b, false, false);
    give_alert(&b, HELP_START_FT, false);
    assert_int_equal(keeper_due_ns(b.k), 0);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    give_alert(&b, HELP_START_FT, true);
    assert_int_not_equal(keeper_due_ns(b.k), 0);
    give_story(&b, HELP_START_FT);
    assert_int_equal(keeper_due_ns(b.k), 0);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    help_alert(&a, &rule_table[RULE_SERVICE_STARTED], "PC-A", 1);
    keeper_alert(b.k, &a, BATCH_NOTICE);
    assert_int_equal(keeper_due_ns(b.k), 0);
    bench_end(&b);
}

static void
half_a_batch_is_enough(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    for (size_t len = 0; len + LARGE + 64 < BATCH_BYTES / 2; len += LARGE + 64) {
        give_event(&b, EV_LOGON_FAILURE, LARGE);
        assert_int_not_equal(keeper_due_ns(b.k), 0);
    }
    give_event(&b, EV_LOGON_FAILURE, LARGE);
    assert_int_equal(keeper_due_ns(b.k), 0);
    bench_end(&b);
}

/* -- one item, one transaction ------------------------------------------------------------------
 */

static void
rows_of_an_item_go_with_its_position(void **state)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    for (size_t i = 0; i < 20; i++) { /* far more than one batch holds */
        give_event(&b, EV_LOGON_FAILURE, LARGE);
    }
    position(&b, 3, "security", "twenty");
    assert_int_equal(front(&b, chain), 0);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_int_equal(front(&b, chain), 4);
    expect_marks(&b, 1, "security", "twenty");
    give_event(&b, EV_LOGON_FAILURE, 10);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_int_equal(front(&b, chain), 1);
    assert_int_equal(batch_marks(chain, 1, marks), 0);
    bench_end(&b);
}

static void
positions_are_those_behind_the_last_item(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    position(&b, 0, "security", "1");
    position(&b, 1, "system", "a");
    position(&b, 0, "security", "23");
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 2, "security", "23");
    position(&b, 1, "system", "b");
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 1, "system", "b"); /* only what has moved */
    keeper_all_positions(b.k);
    assert_int_not_equal(keeper_due_ns(b.k), UINT64_MAX);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 2, "security", "23");
    bench_end(&b);
}

/* Positions and clock that do not fit behind the rows get a batch of their own, in the chain. */
static void
positions_have_room_behind_full_batches(void **state)
{
    static char text[KEEPER_POSITION_MAX];
    struct store_bookmark marks[BATCH_MARKS_MAX];
    struct batch *chain[SPOOL_CHAIN_MAX];
    char name[KEEPER_SOURCES_MAX][8];
    struct bench b;
    size_t count;

    (void)state;
    bench_make(&b, false, false);
    memset(text, 'p', sizeof(text));
    for (size_t i = 0; i < 6; i++) {
        give_event(&b, EV_LOGON_FAILURE, LARGE);
    }
    for (size_t i = 0; i < KEEPER_SOURCES_MAX; i++) {
        (void)snprintf(name[i], sizeof(name[i]), "s%zu", i);
        assert_int_equal(keeper_position(b.k, i, name[i], (struct sv){text, sizeof(text) - i}, i),
                         ERR_OK);
    }
    keeper_clock(b.k, "clock", 12345);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    count = front(&b, chain);
    assert_in_range(count, 2, 3);
    assert_int_equal(batch_marks(chain, count, marks), KEEPER_SOURCES_MAX + 1);
    for (size_t i = 0; i < KEEPER_SOURCES_MAX; i++) {
        assert_true(sv_eq(marks[i].source, sv_from(name[i])));
        assert_int_equal(marks[i].value.len, sizeof(text) - i);
    }
    assert_true(sv_eq(marks[KEEPER_SOURCES_MAX].source, SV("clock")));
    assert_true(sv_eq(marks[KEEPER_SOURCES_MAX].value, SV("12345")));
    bench_end(&b);
}

static void
the_clock_goes_with_every_batch(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    keeper_clock(b.k, "clock", 7);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_int_equal(spool_at(b.spool, 0) == NULL, true); /* none for the clock alone */
    give_attempt(&b, HELP_START_FT);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 1, "clock", "7");
    keeper_clock(b.k, "clock", 8);
    position(&b, 0, "security", "1");
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 2, "clock", "8");
    bench_end(&b);
}

static void
positions_have_bounds(void **state)
{
    static char text[KEEPER_POSITION_MAX + 1];
    char name[STORE_BOOKMARK_SOURCE_MAX + 1];
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(keeper_position(b.k, KEEPER_SOURCES_MAX, "n", SV("1"), 1), ERR_RANGE);
    assert_int_equal(keeper_position(b.k, 0, name, SV("1"), 1), ERR_RANGE);
    assert_int_equal(keeper_position(b.k, 0, "n", (struct sv){text, sizeof(text)}, 1), ERR_RANGE);
    mem_fail_after(0);
    assert_int_equal(keeper_position(b.k, 0, "n", SV("1"), 1), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX); /* nothing has moved */
    position(&b, 0, "n", "1");
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    expect_marks(&b, 1, "n", "1");
    bench_end(&b);
}

/* -- shedding -----------------------------------------------------------------------------------
 */

/* Batches taken by others, so that the class has none left. */
static size_t
use_up(struct bench *b, enum queue_class class)
{
    struct batch *batch;
    size_t count = 0;

    while ((batch = spool_get(b->spool, class)) != NULL) {
        spool_submit(b->spool, &batch, 1);
        count++;
    }
    return count;
}

static void
what_there_is_no_room_for_is_counted_by_kind(void **state)
{
    struct bench b;
    struct alert a;

    (void)state;
    bench_make(&b, false, false);
    help_alert(&a, &rule_table[RULE_STORE_DEGRADED], "PC-A", 1);
    (void)use_up(&b, QUEUE_TELEMETRY);
    for (size_t i = 0; i < 3; i++) {
        give_event(&b, EV_NET_CONNECT, 10);
    }
    assert_int_equal(keeper_shed(b.k, EV_NET_CONNECT), 3);
    (void)use_up(&b, QUEUE_LOGON);
    give_event(&b, EV_LOGON_FAILURE, 10);
    give_attempt(&b, HELP_START_FT);
    give_attempt(&b, HELP_START_FT);
    assert_int_equal(keeper_shed(b.k, EV_LOGON_FAILURE), 1);
    assert_int_equal(keeper_shed(b.k, EV_LOGON_ATTEMPT), 2);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    assert_int_equal(use_up(&b, QUEUE_ALERT) > 0, true);
    keeper_alert(b.k, &a, BATCH_REPORTED);
    assert_int_equal(keeper_shed(b.k, EV_NONE), 1);
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    assert_false(keeper_ready(b.k, NOW));
    position(&b, 0, "security", "1");
    assert_int_equal(keeper_close_batch(b.k), ERR_FULL);
    spool_pop(b.spool, 8);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK); /* and it has not been forgotten */
    assert_int_equal(keeper_shed(b.k, EV_NET_CONNECT), 3);
    bench_end(&b);
}

/* A chain may not grow for ever: what comes then is shed, and what was kept goes out as it is. */
static void
a_chain_has_a_bound(void **state)
{
    struct batch *chain[SPOOL_CHAIN_MAX];
    const size_t fit = BATCH_BYTES / (LARGE + 32);
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    for (size_t i = 0; i < SPOOL_CHAIN_MAX * fit + 5; i++) {
        give_event(&b, EV_LOGON_FAILURE, LARGE);
    }
    assert_int_equal(keeper_shed(b.k, EV_LOGON_FAILURE), 5);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_int_equal(front(&b, chain), SPOOL_CHAIN_MAX);
    bench_end(&b);
}

static void
empty_the_spool(void *ctx)
{
    struct bench *b = ctx;

    thread_sleep_ms(50);
    spool_pop(b->spool, 1);
}

static void
the_patient_wait_instead(void **state)
{
    static const struct thread_opts opts = {.name = "taker"};
    struct thread *t = NULL;
    struct bench b;

    (void)state;
    bench_make(&b, true, true);
    for (size_t i = 0; i < SPOOL_BATCHES * 12 / 16 / 2; i++) {
        assert_true(keeper_ready(b.k, NOW));
        give_attempt(&b, HELP_START_FT);
        assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    }
    assert_false(keeper_ready(b.k, NOW));
    assert_int_equal(thread_start(&opts, empty_the_spool, &b, &t), ERR_OK);
    give_attempt(&b, HELP_START_FT);
    thread_join(t);
    assert_int_equal(keeper_shed(b.k, EV_LOGON_ATTEMPT), 0);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    bench_end(&b);
}

/* -- what belongs to history --------------------------------------------------------------------
 */

static void
what_ended_before_is_not_reported(void **state)
{
    const struct store_filter all = {0};
    struct store_bookmark marks[BATCH_MARKS_MAX];
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct buf path;
    struct store *s;
    struct rows *r;
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    keeper_set_since(b.k, SINCE_FT);
    give_attempt(&b, SINCE_FT - 1); /* history keeps its own */
    assert_true(keeper_due_ns(b.k) == UINT64_MAX);
    give_attempt(&b, SINCE_FT);
    give_alert(&b, SINCE_FT - 1, false);
    assert_int_equal(keeper_close_batch(b.k), ERR_OK);
    assert_int_equal(front(&b, chain), 1);
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_begin(s), ERR_OK);
    assert_int_equal(batch_put(chain[0], s, 1), ERR_OK);
    assert_int_equal(store_commit(s, marks, 0), ERR_OK);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 1);
    r = help_rows(s, ROWS_ALERTS, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "retro", 1);
    rows_close(r);
    store_close(s);
    help_remove(&path);
    assert_int_equal(reported(&b), 0);
    give_story(&b, SINCE_FT - 1);
    assert_int_equal(reported(&b), 0);
    give_alert(&b, SINCE_FT, false);
    give_story(&b, SINCE_FT);
    assert_int_equal(reported(&b), 2);
    bench_end(&b);
}

static void
history_reports_nothing_one_by_one(void **state)
{
    struct bench b;
    struct alert a;

    (void)state;
    bench_make(&b, true, false);
    give_attempt(&b, HELP_START_FT);
    give_alert(&b, UINT64_MAX, false);
    give_story(&b, UINT64_MAX);
    assert_int_not_equal(keeper_due_ns(b.k), 0);
    assert_int_equal(reported(&b), 0);
    help_alert(&a, &rule_table[RULE_HISTORY_READ], "PC-A", 1); /* but its summary */
    keeper_alert(b.k, &a, BATCH_REPORTED);
    assert_int_equal(reported(&b), 1);
    bench_end(&b);
}

static void
refreshed_counts_are_stored_only(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, false, false);
    keeper_set_refreshing(b.k, true);
    give_alert(&b, HELP_START_FT, false);
    give_story(&b, HELP_START_FT);
    assert_int_equal(reported(&b), 0);
    keeper_set_refreshing(b.k, false);
    give_alert(&b, HELP_START_FT, false);
    give_alert(&b, HELP_START_FT, true); /* suppressed */
    assert_int_equal(reported(&b), 1);
    bench_end(&b);
}

/* -- memory -------------------------------------------------------------------------------------
 */

static void
without_memory_rows_are_shed(void **state)
{
    const struct keeper_opts none = {.retro = false};
    struct keeper *k = NULL;
    struct bench b;

    (void)state;
    mem_fail_after(0);
    assert_int_equal(keeper_create(&none, &k), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_null(k);
    bench_make(&b, false, false);
    mem_fail_after(0);
    give_attempt(&b, HELP_START_FT);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(keeper_shed(b.k, EV_LOGON_ATTEMPT), 1);
    give_attempt(&b, HELP_START_FT);
    assert_int_equal(keeper_shed(b.k, EV_LOGON_ATTEMPT), 1);
    bench_end(&b); /* with an open batch */
    keeper_destroy(NULL);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_closed_in_time),
        cmocka_unit_test(what_is_to_be_reported_is_urgent),
        cmocka_unit_test(half_a_batch_is_enough),
        cmocka_unit_test(rows_of_an_item_go_with_its_position),
        cmocka_unit_test(positions_are_those_behind_the_last_item),
        cmocka_unit_test(positions_have_room_behind_full_batches),
        cmocka_unit_test(the_clock_goes_with_every_batch),
        cmocka_unit_test(positions_have_bounds),
        cmocka_unit_test(what_there_is_no_room_for_is_counted_by_kind),
        cmocka_unit_test(a_chain_has_a_bound),
        cmocka_unit_test(the_patient_wait_instead),
        cmocka_unit_test(what_ended_before_is_not_reported),
        cmocka_unit_test(history_reports_nothing_one_by_one),
        cmocka_unit_test(refreshed_counts_are_stored_only),
        cmocka_unit_test(without_memory_rows_are_shed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
