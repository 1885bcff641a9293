/* subscription - any documented error of any call, and any allocation that fails: it stays up, says
 * what is wrong and recovers; nothing is lost, doubled or left open. */
#include "unit/test_evtlog_codes.h"
#include "unit/test_subscription_help.h"

#define RECORDS 12u
#define FIRST 5u /* read before the kill */

/* Five records, a kill, the others; all records, in order, once. */
static void
check_run(struct run *run, enum evtlog_sim_call call, unsigned n, uint32_t code)
{
    run_init(run);
    run_append(run, 1, RECORDS);
    run_open(run);
    assert_int_equal(subscription_step(run->sub, 0, FIRST), ERR_OK);
    run_kill(run);
    evtlog_sim_fail(run->sim, call, n, 1, code);
    run_open(run);
    run_drain(run, 60);
    run->now_ns += 2 * SUBSCRIPTION_RECHECK_NS;
    run_drain(run, 60);
    if (run->given_count != RECORDS || run->gap_count != 0 ||
        subscription_status(run->sub)->state != SUBSCRIPTION_LIVE) {
        print_message("call %u, n %u, code %u: %u records, %u gaps, state %u\n", call, n, code,
                      (unsigned)run->given_count, (unsigned)run->gap_count,
                      subscription_status(run->sub)->state);
    }
    assert_given(run, 1, RECORDS);
    assert_int_equal(run->gap_count, 0);
    assert_int_equal(subscription_status(run->sub)->state, SUBSCRIPTION_LIVE);
    assert_int_equal(subscription_status(run->sub)->code, 0);
}

static void
test_any_error_once(void **state)
{
    static struct run run;

    (void)state;
    for (unsigned call = 0; call < EVTLOG_SIM_CALLS; call++) {
        for (size_t c = 0; c < COUNT(codes); c++) {
            for (unsigned n = 0; n < 4; n++) {
                check_run(&run, (enum evtlog_sim_call)call, n, codes[c]);
                run_fini(&run);
            }
        }
    }
}

/* As long as a call that is needed fails, the state says how; then all goes on. */
static void
test_any_error_that_lasts(void **state)
{
    static const enum evtlog_sim_call needed[] = {
        EVTLOG_SIM_SUBSCRIBE, EVTLOG_SIM_NEXT, EVTLOG_SIM_CREATE_BOOKMARK,
        EVTLOG_SIM_UPDATE_BOOKMARK, EVTLOG_SIM_SIGNAL_CREATE};
    static const uint32_t lasting[] = {EVTLOG_ACCESS_DENIED, EVTLOG_RPC_SERVER_UNAVAILABLE,
                                       EVTLOG_RPC_CALL_FAILED, EVTLOG_CHANNEL_NOT_FOUND, 31};
    static const enum subscription_state expected[] = {
        SUBSCRIPTION_DENIED, SUBSCRIPTION_UNAVAILABLE, SUBSCRIPTION_UNAVAILABLE,
        SUBSCRIPTION_ABSENT, SUBSCRIPTION_FAILED};
    static struct run run;

    (void)state;
    for (size_t i = 0; i < COUNT(needed); i++) {
        for (size_t c = 0; c < COUNT(lasting); c++) {
            run_init(&run);
            run_append(&run, 1, RECORDS);
            run_open(&run);
            evtlog_sim_fail(run.sim, needed[i], 0, 1000, lasting[c]);
            run_drain(&run, 20);
            assert_int_equal(run.given_count, 0);
            assert_int_equal(subscription_status(run.sub)->state, expected[c]);
            assert_int_equal(subscription_status(run.sub)->code, lasting[c]);
            assert_string_not_equal(subscription_status(run.sub)->call, "");
            evtlog_sim_fail(run.sim, needed[i], 0, 0, 0);
            run_drain(&run, 60);
            assert_given(&run, 1, RECORDS);
            assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_LIVE);
            run_fini(&run);
        }
    }
}

/* A record that cannot be rendered twice is told and passed over. */
static void
test_a_record_that_cannot_be_read(void **state)
{
    static struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, RECORDS);
    run_open(&run);
    evtlog_sim_fail(run.sim, EVTLOG_SIM_RENDER, 0, 2, EVTLOG_INVALID_EVENT_DATA);
    run_drain(&run, 60);
    assert_int_equal(run.given_count, RECORDS);
    assert_int_equal(run.given[0], 0);
    assert_int_equal(run.given[1], 2);
    assert_int_equal(subscription_status(run.sub)->unreadable, 1);
    assert_int_equal(subscription_status(run.sub)->records, RECORDS);
    assert_int_equal(subscription_status(run.sub)->events, RECORDS - 1);
    run_fini(&run);
}

static bool
is_of_record(uint32_t code)
{
    return code == EVTLOG_INVALID_DATA || code == EVTLOG_INVALID_EVENT_DATA ||
           code == EVTLOG_INSUFFICIENT_BUFFER;
}

/* It is not the record that is wrong: it is given when that is over, and not passed over. */
static void
test_a_record_that_waits(void **state)
{
    static struct run run;

    (void)state;
    for (size_t c = 0; c < COUNT(codes); c++) {
        for (unsigned times = 2; times <= 10 && !is_of_record(codes[c]); times += 4) {
            run_init(&run);
            run_append(&run, 1, RECORDS);
            run_open(&run);
            evtlog_sim_fail(run.sim, EVTLOG_SIM_RENDER, 0, times, codes[c]);
            run_drain(&run, 60);
            run.now_ns += 2 * SUBSCRIPTION_RECHECK_NS;
            run_drain(&run, 60);
            assert_given(&run, 1, RECORDS);
            assert_int_equal(subscription_status(run.sub)->unreadable, 0);
            assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_LIVE);
            run_fini(&run);
        }
    }
}

/* But not for ever: those behind it are worth more. */
static void
test_a_record_that_waits_too_long(void **state)
{
    static struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, RECORDS);
    run_open(&run);
    evtlog_sim_fail(run.sim, EVTLOG_SIM_RENDER, 0, 17, EVTLOG_RPC_CALL_FAILED);
    run_drain(&run, 12);
    assert_int_equal(run.given_count, RECORDS);
    assert_int_equal(run.given[1], 2);
    assert_int_equal(subscription_status(run.sub)->unreadable, 1);
    run_fini(&run);
}

static void
test_not_implemented_is_final(void **state)
{
    static struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, RECORDS);
    run_open(&run);
    evtlog_sim_fail(run.sim, EVTLOG_SIM_CREATE_BOOKMARK, 0, 1, EVTLOG_NOT_IMPLEMENTED);
    assert_int_equal(subscription_step(run.sub, 0, 1), ERR_END);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_UNSUPPORTED);
    assert_int_equal(subscription_due_ns(run.sub), UINT64_MAX);
    run_fini(&run);
}

/* The n-th allocation and all behind it fail, ours and the simulated service's. */
static void
test_any_allocation(void **state)
{
    static struct run run;
    bool failed = true;

    (void)state;
    for (size_t n = 0; failed; n++) {
        enum err err;

        run_init(&run);
        run_append(&run, 1, RECORDS);
        evtlog_sim_poll(run.sim);
        evtlog_sim_set_frozen(run.sim, true);
        mem_fail_after(n);
        err = run_try_open(&run);
        if (!err) {
            enum err step = subscription_step(run.sub, 0, FIRST);

            assert_true(step == ERR_OK || step == ERR_END || step == ERR_NOMEM);
        }
        failed = mem_asked() > n;
        mem_fail_after(SIZE_MAX);
        if (err) {
            assert_int_equal(err, ERR_NOMEM);
            assert_null(run.sub);
            run_open(&run);
        }
        run_drain(&run, 60);
        assert_given(&run, 1, RECORDS);
        assert_int_equal(run.gap_count, 0);
        run_fini(&run);
        assert_in_range(n, 0, 200);
    }
}

/* Every state and advice has a word of its own. */
static void
test_words_are_told_apart(void **state)
{
    (void)state;
    for (int i = 0; i < SUBSCRIPTION_STATE_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(subscription_state_name((enum subscription_state)i),
                                    subscription_state_name((enum subscription_state)k));
        }
    }
    assert_string_equal(subscription_state_name(SUBSCRIPTION_DENIED), "denied");
    assert_string_equal(subscription_advice_name(SUBSCRIPTION_NOTHING_TO_DO), "");
    assert_string_equal(subscription_advice_name(SUBSCRIPTION_ENABLE_CHANNEL), "enable_channel");
    assert_string_equal(subscription_advice_name(SUBSCRIPTION_GRANT_READ), "grant_read");
    assert_string_equal(subscription_advice_name(SUBSCRIPTION_START_SERVICE), "start_service");
    assert_string_equal(subscription_advice_name(SUBSCRIPTION_REPORT), "report");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_told_apart),
        cmocka_unit_test(test_any_error_once),
        cmocka_unit_test(test_any_error_that_lasts),
        cmocka_unit_test(test_a_record_that_cannot_be_read),
        cmocka_unit_test(test_a_record_that_waits),
        cmocka_unit_test(test_a_record_that_waits_too_long),
        cmocka_unit_test(test_not_implemented_is_final),
        cmocka_unit_test(test_any_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
