/* live, starts and ends - unclean ones, without a store, without memory, and very many. */
#include "test_live_help.h"

#include <sqlite3.h>

#include "platform/thread.h"
#include "store/status.h"
#include "support/etw_sim.h"
#include "support/process_use.h"

#define CYCLES 200u
#define WARM_CYCLES 10u
/* What the C library keeps at hand for the next allocation; the smallest block that were lost in
 * each cycle would be more. */
#define HEAP_NOISE 2048u

/* What a run that was killed leaves in the store. */
static void
leave_unclean(struct bench *b)
{
    struct store *s = help_open(&b->store, STORE_LIVE);

    assert_int_equal(store_begin(s), ERR_OK);
    assert_int_equal(store_put_status(s, store_status_name(STATUS_STATE), SV("running"), 1),
                     ERR_OK);
    assert_int_equal(store_put_status(s, store_status_name(STATUS_HEARTBEAT),
                                      SV("2026-01-01T00:00:00.0000000Z"), 1),
                     ERR_OK);
    assert_int_equal(store_put_status(s, store_status_name(STATUS_SEQUENCE), SV("41"), 1), ERR_OK);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    store_close(s);
}

static void
an_unclean_end_is_told_at_the_next_start(void **state)
{
    struct bench *b = bench_make();

    (void)state;
    leave_unclean(b);
    start(b);
    wait_started(b);
    stop(b);
    assert_int_equal(told(b, RULE_SERVICE_UNCLEAN_STOP, ALERT_CLOSED, NULL), 1);
    expect_status(b, "sequence", "42");
    start(b); /* the last one was clean */
    (void)wait_told(b, RULE_HEARTBEAT, ALERT_CLOSED, 2);
    stop(b);
    assert_int_equal(told(b, RULE_SERVICE_UNCLEAN_STOP, ALERT_CLOSED, NULL), 1);
    expect_status(b, "sequence", "43");
    bench_end(b);
}

/* -- no store -----------------------------------------------------------------------------------
 */

static void
without_a_store_it_says_so_and_stops(void **state)
{
    struct bench *b = bench_make();
    struct buf nowhere;

    (void)state;
    buf_init(&nowhere, SIZE_MAX);
    path_join(&nowhere, buf_str(&b->store), "no-folder.db");
    b->opts.store_path = buf_str(&nowhere);
    append(b, 0, 5);
    start(b);
    (void)wait_told(b, RULE_STORE_DEGRADED, ALERT_OPEN, 1);
    assert_int_equal(live_reload(b->live, b->cfg), ERR_OK);
    live_suspend(b->live);
    live_resume(b->live);
    stop(b);
    assert_int_equal(told(b, RULE_STORE_DEGRADED, ALERT_OPEN, NULL), 1);
    assert_int_equal(told(b, RULE_SERVICE_STARTED, ALERT_CLOSED, NULL), 0);
    assert_int_equal(told(b, RULE_SERVICE_STOPPING, ALERT_CLOSED, NULL), 1);
    buf_fini(&nowhere);
    bench_end(b);
}

/* Another program holds the lock: a reload waits for the store, and does not hold up the end. */
static void
it_stops_in_time_though_the_store_is_locked(void **state)
{
    struct bench *b = bench_make();
    sqlite3 *other = NULL;

    (void)state;
    start(b);
    wait_started(b);
    thread_sleep_ms(500);
    assert_int_equal(sqlite3_open(buf_str(&b->store), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    append(b, 0, 5);
    thread_sleep_ms(3000); /* they wait in the spool by now */
    assert_int_equal(live_reload(b->live, b->cfg), ERR_OK);
    thread_sleep_ms(500);
    stop(b);
    assert_int_equal(told(b, RULE_SERVICE_STOPPING, ALERT_CLOSED, NULL), 1);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    start(b); /* what was not stored is read again */
    wait_stored(b, ROWS_EVENTS, "logon_failure", 5);
    stop(b);
    bench_end(b);
}

/* -- no memory ----------------------------------------------------------------------------------
 */

static void
memory_may_run_out_at_the_start(void **state)
{
    struct bench *b = bench_make();
    size_t n = 0;
    enum err err;

    (void)state;
    do {
        mem_fail_after(n++);
        err = live_start(&b->opts, &b->live);
        if (!err) { /* the threads may meet it, too */
            stop(b);
        }
        mem_fail_after(SIZE_MAX);
    } while (err == ERR_NOMEM);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 50);
    for (size_t i = 1; i <= 4; i++) {
        mem_fail_after(n + 150 * i);
        assert_int_equal(live_start(&b->opts, &b->live), ERR_OK);
        thread_sleep_ms(100);
        stop(b);
        mem_fail_after(SIZE_MAX);
    }
    start(b); /* and none of it has spoiled anything */
    append(b, 0, 5);
    wait_started(b);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 5);
    stop(b);
    bench_end(b);
}

/* -- many ---------------------------------------------------------------------------------------
 */

/* What is held without a sensor, and without the simulator, which keeps the log in memory. The
 * system takes a thread off its lists a moment after it can be joined. */
static struct process_use
use_when_alone(struct bench *b, size_t threads)
{
    struct process_use use;

    assert_int_equal(evtlog_shared_destroy(b->evtlog), 0);
    use = process_use();

    for (unsigned i = 0; i < 1000 && use.threads > threads; i++) {
        thread_sleep_ms(1);
        use = process_use();
    }
    open_evtlog(b);
    return use;
}

/* Stopped at once, in the middle of the start, or while it runs. */
static void
cycle(struct bench *b, unsigned i)
{
    b->count = 0;
    start(b);
    append(b, i, 1);
    if (i % 4 == 3) {
        wait_started(b);
    } else {
        thread_sleep_ms(i % 4 * 4);
    }
    stop(b);
}

static void
nothing_is_left_behind(void **state)
{
    struct bench *b = bench_make();
    struct etw_sim *etw = etw_sim_create();
    size_t alone = process_use().threads;
    struct process_use before, after;
    unsigned i = 0;

    (void)state;
    assert_non_null(etw);
    b->cfg->read_history = true; /* its thread, too, and those of ETW */
    b->opts.since_ft = 0;
    b->opts.traces = true;
    b->opts.etw = etw_sim_api(etw);
    while (i < WARM_CYCLES) {
        cycle(b, i++);
    }
    before = use_when_alone(b, alone);
    while (i < CYCLES) {
        cycle(b, i++);
    }
    after = use_when_alone(b, alone);
    assert_true(after.threads <= before.threads); /* the system may end one of its own */
    assert_int_equal(after.handles, before.handles);
    assert_in_range(after.heap_bytes, 0, before.heap_bytes + HEAP_NOISE);
    start(b);
    wait_stored(b, ROWS_EVENTS, "logon_failure", CYCLES);
    stop(b);
    bench_end(b);
    assert_int_equal(etw_sim_sessions(etw), 0);
    assert_int_equal(etw_sim_destroy(etw), 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unclean_end_is_told_at_the_next_start),
        cmocka_unit_test(without_a_store_it_says_so_and_stops),
        cmocka_unit_test(it_stops_in_time_though_the_store_is_locked),
        cmocka_unit_test(memory_may_run_out_at_the_start),
        cmocka_unit_test(nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
