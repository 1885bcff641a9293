/* writer - batches into the store, alerts out of it: once, in order; what is refused comes again.
 */
#include "test_writer_help.h"

#include "platform/thread.h"

/* -- the store works ----------------------------------------------------------------------------
 */

static void
batches_are_written_in_order(void **state)
{
    struct bench b;
    struct batch *chain[3];

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    submit_attempt(&b);
    drain(&b);
    for (size_t i = 0; i < COUNT(chain); i++) {
        chain[i] = get(&b);
        put_attempt(&b, chain[i]);
    }
    spool_submit(b.spool, chain, COUNT(chain));
    drain(&b);
    assert_int_equal(status(&b).commits, 2); /* a chain is one transaction */
    assert_int_equal(status(&b).store_err, ERR_OK);
    assert_string_equal(status(&b).store_why, "");
    for (size_t i = 0; i < 40; i++) {
        submit_attempt(&b);
    }
    bench_stop(&b); /* writes what is there */
    expect_written(&b, 0);
    bench_end(&b);
}

static void
alerts_go_out_once_and_only_the_newest(void **state)
{
    struct bench b;
    struct batch *batch;

    (void)state;
    bench_make(&b, "kanari.db");
    batch = get(&b);
    put_attempt(&b, batch);
    put_alert(batch, RULE_SERVICE_STARTED, "", 1);
    put_alert(batch, RULE_LOGON_BURST, "one", 1);
    put_alert(batch, RULE_LOGON_BURST, "one", 2);
    put_alert(batch, RULE_LOGON_SPRAY, "two", 1);
    spool_submit(b.spool, &batch, 1);
    wait_told(&b, 3, LONG_NS);
    submit_alert(&b, RULE_LOGON_BURST, "one", 3);
    wait_told(&b, 4, LONG_NS);
    bench_stop(&b);
    assert_int_equal(b.count, 4);
    assert_int_equal(b.told[0].rule, 1000);
    assert_string_equal(b.told[1].key, "one");
    assert_int_equal(b.told[1].revision, 2);
    assert_string_equal(b.told[2].key, "two");
    assert_int_equal(b.told[3].revision, 3);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
the_muted_and_the_suppressed_are_not_sent(void **state)
{
    struct store_answer mute = {STORE_MUTE, {NULL, 0}, SV("known"), 0, 0};
    struct bench b;
    struct batch *batch;
    struct store *s;
    struct alert a;

    (void)state;
    bench_make(&b, "kanari.db");
    submit_alert(&b, RULE_LOGON_BURST, "muted", 1);
    wait_told(&b, 1, LONG_NS);
    help_alert(&a, &rule_table[RULE_LOGON_BURST], "PC-A", HELP_START_FT);
    (void)snprintf(a.key, sizeof(a.key), "muted");
    alert_make_id(&a);
    mute.alert_id = sv_from(a.id);
    mute.now_ft = clock_now_ft();
    mute.until_ft = mute.now_ft + TM_HOUR;
    s = help_open(&b.path, STORE_EDIT);
    assert_int_equal(store_answer(s, &mute), ERR_OK);
    store_close(s);
    submit_alert(&b, RULE_LOGON_BURST, "muted", 2);
    batch = get(&b);
    put_attempt(&b, batch);
    (void)snprintf(a.key, sizeof(a.key), "suppressed");
    alert_make_id(&a);
    a.suppressed = true;
    assert_int_equal(batch_alert(batch, &a, BATCH_REPORTED), ERR_OK);
    spool_submit(b.spool, &batch, 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "last", 1);
    wait_told(&b, 2, LONG_NS);
    assert_string_equal(b.told[1].key, "last");
    bench_stop(&b);
    assert_int_equal(b.count, 2);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
a_test_request_is_answered(void **state)
{
    struct bench b;
    struct store *s;
    int64_t number[2] = {0, 0};
    char due[32];

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    s = help_open(&b.path, STORE_EDIT);
    assert_int_equal(store_request_test(s, SV("somebody"), clock_now_ft(), &number[0]), ERR_OK);
    assert_int_equal(store_request_test(s, SV("another"), clock_now_ft(), &number[1]), ERR_OK);
    store_close(s);
    wait_told(&b, 2, WRITER_INBOX_NS + SLACK_NS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(b.told[i].rule, 1030);
        (void)snprintf(due, sizeof(due), "%d", (int)number[i]);
        assert_string_equal(b.told[i].key, due);
    }
    submit_attempt(&b);
    bench_stop(&b);
    assert_int_equal(b.count, 2); /* each once */
    expect_written(&b, 0);
    bench_end(&b);
}

/* -- the output refuses -------------------------------------------------------------------------
 */

static void
what_is_refused_is_given_again(void **state)
{
    uint64_t from_ns;
    struct bench b;

    (void)state;
    bench_make(&b, "kanari.db");
    atomic_store(&b.refuse, ERR_BUSY);
    submit_alert(&b, RULE_LOGON_BURST, "one", 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_refused(&b, 1);
    from_ns = clock_mono_ns();
    submit_alert(&b, RULE_SERVICE_STARTED, "", 1);
    wait_refused(&b, 1 + WRITER_NOTICE_TRIES);
    drain(&b);
    thread_sleep_ms(50);
    assert_int_equal(status(&b).report_err, ERR_BUSY);
    assert_int_equal(status(&b).not_reported, 1); /* nobody keeps a notice */
    atomic_store(&b.refuse, ERR_OK);
    wait_told(&b, 2, LONG_NS);
    assert_true(clock_mono_ns() - from_ns + SLACK_NS > WRITER_REPORT_RETRY_NS);
    assert_string_equal(b.told[0].key, "one");
    assert_string_equal(b.told[1].key, "two");
    bench_stop(&b);
    assert_int_equal(b.count, 2);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
what_is_refused_for_good_holds_up_nobody(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, "kanari.db");
    atomic_store(&b.only, rule_table[RULE_LOGON_BURST].id);
    atomic_store(&b.refuse, ERR_RANGE);
    submit_alert(&b, RULE_LOGON_BURST, "one", 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_told(&b, 1, LONG_NS);
    assert_string_equal(b.told[0].key, "two");
    drain(&b);
    thread_sleep_ms(50);
    assert_int_equal(status(&b).report_err, ERR_OK);
    assert_int_equal(status(&b).not_reported, 1);
    bench_stop(&b);
    assert_int_equal(atomic_load(&b.refusals), 1);
    expect_written(&b, 0);
    bench_end(&b);
}

/* Of a rule that this version does not have: left by an older one. */
static void
an_unknown_rule_holds_up_nobody(void **state)
{
    static const struct rule gone = {9999, "gone.rule", "", "", SEV_HIGH};
    struct bench b;
    struct batch *batch;
    struct alert a;

    (void)state;
    bench_make(&b, "kanari.db");
    help_alert(&a, &gone, "PC-A", HELP_START_FT);
    batch = get(&b);
    assert_int_equal(batch_alert(batch, &a, BATCH_REPORTED), ERR_OK);
    spool_submit(b.spool, &batch, 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_told(&b, 1, LONG_NS);
    assert_string_equal(b.told[0].key, "two");
    bench_stop(&b);
    expect_written(&b, 0);
    bench_end(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_written_in_order),
        cmocka_unit_test(alerts_go_out_once_and_only_the_newest),
        cmocka_unit_test(the_muted_and_the_suppressed_are_not_sent),
        cmocka_unit_test(a_test_request_is_answered),
        cmocka_unit_test(what_is_refused_is_given_again),
        cmocka_unit_test(what_is_refused_for_good_holds_up_nobody),
        cmocka_unit_test(an_unknown_rule_holds_up_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
