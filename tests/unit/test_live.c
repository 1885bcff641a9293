/* live - the whole sensor in this process: what it sees, says and stores. */
#include "test_live_help.h"

#include "platform/thread.h"

static void
records_are_stored_with_their_positions(void **state)
{
    struct bench *b = bench_make();

    (void)state;
    append(b, 0, 20);
    start(b);
    wait_started(b);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 20);
    append(b, 20, 10);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 30);
    stop(b);
    expect_mark(b, "security", NULL);
    expect_mark(b, WARM_CLOCK, NULL);
    expect_mark(b, "since", "1");
    expect_status(b, "state", "stopped");
    expect_status(b, "version", "1.2.3");
    assert_int_equal(told(b, RULE_SERVICE_STARTED, ALERT_CLOSED, NULL), 1);
    assert_int_equal(told(b, RULE_SERVICE_STOPPING, ALERT_CLOSED, NULL), 1);
    assert_int_equal(told(b, RULE_HEARTBEAT, ALERT_CLOSED, NULL), 1);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL), 0);
    start(b); /* behind the position: none twice */
    append(b, 30, 5);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 35);
    stop(b);
    assert_int_equal(stored(b, ROWS_EVENTS, "logon_failure"), 35);
    assert_int_equal(told(b, RULE_SERVICE_UNCLEAN_STOP, ALERT_CLOSED, NULL), 0);
    bench_end(b);
}

/* -- channels -----------------------------------------------------------------------------------
 */

static bool
was_told(struct bench *b, enum alert_state state, const char *key)
{
    bool found = false;

    mutex_lock(b->mutex);
    for (size_t i = 0; i < b->count; i++) {
        const struct told *t = &b->told[i];

        found = found || (t->rule == rule_table[RULE_SOURCE_UNREADABLE].id && t->state == state &&
                          strcmp(t->key, key) == 0);
    }
    mutex_unlock(b->mutex);
    return found;
}

/* Open while it lasts, over a restart; closed when it can be read again. */
static void
channels_that_cannot_be_read_are_told(void **state)
{
    const struct evtlog_sim_channel bad[] = {
        {.path = sv_from(channel_all[2].path), .denied = true},
        {.path = sv_from(channel_all[7].path), .disabled = true},
        {.path = sv_from(channel_all[9].path), .absent = true},
        {.path = sv_from(channel_all[6].path), .absent = true}, /* which may be */
    };
    struct bench *b = bench_make();

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        set_channel(b, &bad[i]);
    }
    start(b);
    wait_started(b);
    (void)wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, 3);
    assert_true(was_told(b, ALERT_OPEN, "rdp"));
    assert_true(was_told(b, ALERT_OPEN, "system"));
    assert_true(was_told(b, ALERT_OPEN, "tasks"));
    set_channel(b, &(struct evtlog_sim_channel){.path = bad[1].path}); /* switched on */
    (void)wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, 1);
    assert_true(was_told(b, ALERT_CLOSED, "system"));
    stop(b);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL), 3);
    set_channel(b, &(struct evtlog_sim_channel){.path = bad[0].path}); /* granted meanwhile */
    start(b);
    (void)wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, 2);
    assert_true(was_told(b, ALERT_CLOSED, "rdp"));
    stop(b);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL), 3); /* "tasks" goes on */
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, NULL), 2);
    bench_end(b);
}

static void
a_service_that_goes_and_comes_is_told(void **state)
{
    const size_t channels = CHANNEL_COUNT - 1;
    struct bench *b = bench_make();

    (void)state;
    append(b, 0, 5);
    start(b);
    wait_started(b);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 5);
    set_down(b, true);
    (void)wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, channels);
    append(b, 5, 5);
    set_down(b, false);
    (void)wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, channels);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 10);
    stop(b);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL), channels);
    bench_end(b);
}

static void
expect_coverage(struct bench *b, const char *what, int64_t records)
{
    const struct store_filter all = {0};
    struct store *s = help_open(&b->store, STORE_READ);
    struct rows *r = help_rows(s, ROWS_COVERAGE, &all);
    size_t found = 0;

    while (rows_next(r) == ERR_OK) {
        if (sv_eq(help_cell(r, "state").text, sv_from(what))) {
            found++;
            if (records != 0) {
                help_is_int(r, "records", records);
            }
        }
    }
    assert_true(found > 0);
    rows_close(r);
    store_close(s);
}

/* The log rolled over what nobody had read. */
static void
records_that_are_lost_are_told(void **state)
{
    struct bench *b = bench_make();
    struct told lost;

    (void)state;
    append(b, 0, 10);
    start(b);
    wait_started(b);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 10);
    stop(b);
    set_channel(b, &(struct evtlog_sim_channel){.path = SV("Security"), .capacity = 5});
    append(b, 10, 30);
    start(b);
    lost = wait_told(b, RULE_EVENTS_LOST, ALERT_OPEN, 1);
    assert_string_equal(lost.key, "security");
    assert_int_equal(lost.count, 25);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 15);
    stop(b);
    expect_coverage(b, "lost", 25);
    bench_end(b);
}

static void
sleep_is_no_loss(void **state)
{
    struct bench *b = bench_make();

    (void)state;
    start(b);
    wait_started(b);
    live_suspend(b->live);
    thread_sleep_ms(1500);
    live_resume(b->live);
    thread_sleep_ms(500);
    stop(b);
    expect_coverage(b, "off", 0);
    assert_int_equal(told(b, RULE_CLOCK_STEPPED, ALERT_OPEN, NULL), 0);
    bench_end(b);
}

static void
auditing_that_is_off_is_told(void **state)
{
    struct bench *b = bench_make();

    (void)state;
    memset(b->policy.flags, 0, sizeof(b->policy.flags));
    start(b);
    wait_started(b);
    (void)wait_told(b, RULE_AUDITING_OFF, ALERT_OPEN, 1);
    append(b, 0, 1);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 1); /* by then the source is known */
    stop(b);
    expect_coverage(b, "blind", 0);
    policy_sim_init(&b->policy);
    start(b);
    (void)wait_told(b, RULE_AUDITING_OFF, ALERT_CLOSED, 1);
    stop(b);
    bench_end(b);
}

static void
without_an_event_log_it_runs_and_says_so(void **state)
{
    struct bench *b = bench_make();
    struct told t;

    (void)state;
    b->opts.evtlog = NULL;
    b->opts.policy = NULL;
    start(b);
    wait_started(b);
    t = wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, 1);
    assert_string_equal(t.key, "eventlog");
    stop(b);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL), 1);
    assert_int_equal(told(b, RULE_SERVICE_STOPPING, ALERT_CLOSED, NULL), 1);
    bench_end(b);
}

/* -- windows and configuration ------------------------------------------------------------------
 */

static void
another_configuration_keeps_the_windows(void **state)
{
    struct bench *b = bench_make();
    struct told burst;

    (void)state;
    start(b);
    wait_started(b);
    append(b, 0, 4);
    wait_stored(b, ROWS_ATTEMPTS, "", 4);
    b->cfg->store_mb++;
    assert_int_equal(live_reload(b->live, b->cfg), ERR_OK);
    (void)wait_told(b, RULE_CONFIG_RELOADED, ALERT_CLOSED, 1);
    assert_int_equal(told(b, RULE_LOGON_BURST, ALERT_OPEN, NULL), 0);
    append(b, 4, 1);
    burst = wait_told(b, RULE_LOGON_BURST, ALERT_OPEN, 1);
    assert_int_equal(burst.count, 5);
    stop(b);
    assert_int_equal(told(b, RULE_CONFIG_RELOADED, ALERT_CLOSED, NULL), 1);
    bench_end(b);
}

/* The past is read once, and told as one summary. */
static void
what_was_there_before_is_history(void **state)
{
    struct bench *b = bench_make();
    uint64_t then_ft = clock_now_ft() - TM_HOUR;

    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        assert_true(sim_failure_append(buf_str(&b->log), then_ft + i * TM_SEC, i));
    }
    b->cfg->read_history = true;
    b->opts.since_ft = 0;
    start(b);
    (void)wait_told(b, RULE_HISTORY_READ, ALERT_CLOSED, 1);
    append(b, 20, 3);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 23);
    stop(b);
    assert_int_equal(told(b, RULE_LOGON_BURST, ALERT_OPEN, NULL), 0); /* not one by one */
    assert_int_equal(stored(b, ROWS_EVENTS, "logon_failure"), 23);
    expect_mark(b, "history", "done");
    expect_status(b, "history", "done");
    start(b);
    append(b, 23, 1);
    wait_stored(b, ROWS_EVENTS, "logon_failure", 24);
    stop(b);
    assert_int_equal(told(b, RULE_HISTORY_READ, ALERT_CLOSED, NULL), 1);
    bench_end(b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_stored_with_their_positions),
        cmocka_unit_test(channels_that_cannot_be_read_are_told),
        cmocka_unit_test(a_service_that_goes_and_comes_is_told),
        cmocka_unit_test(records_that_are_lost_are_told),
        cmocka_unit_test(sleep_is_no_loss),
        cmocka_unit_test(auditing_that_is_off_is_told),
        cmocka_unit_test(without_an_event_log_it_runs_and_says_so),
        cmocka_unit_test(another_configuration_keeps_the_windows),
        cmocka_unit_test(what_was_there_before_is_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
