/* live - every documented error of every call that subscriptions make: the sensor stays up, says
 * what cannot be read, and goes on where it was. Each error has a sensor of its own, and
 * several of them run at once: more than Wine bears. */
#include "test_evtlog_codes.h"
#include "test_live_help.h"

#include "evtlog/subscription_state.h"

#define RECORDS 20u
#define GROUP 6u /* at once: a process has so many files and no more */
#define TIMES 2u /* of each call, the next ones */

static struct bench *benches[GROUP];

static bool
is_of_record(uint32_t code)
{
    return code == EVTLOG_INVALID_DATA || code == EVTLOG_INVALID_EVENT_DATA ||
           code == EVTLOG_INSUFFICIENT_BUFFER;
}

static void
fail_all_calls(struct bench *b, uint32_t code, unsigned times)
{
    struct evtlog_sim *sim = evtlog_shared_lock(b->evtlog);

    for (unsigned call = 0; call < EVTLOG_SIM_CALLS; call++) {
        if (call != EVTLOG_SIM_CLOSE && call != EVTLOG_SIM_SIGNAL_CREATE) {
            evtlog_sim_fail(sim, (enum evtlog_sim_call)call, 0, times, code);
        }
    }
    /* What is in a record is wrong, says the code twice: it is passed over, and counted
     * (test_subscription_faults). */
    evtlog_sim_fail(sim, EVTLOG_SIM_RENDER, 0, is_of_record(code) && times > 1 ? 1 : times, code);
    evtlog_shared_unlock(b->evtlog);
}

/* What a channel denies, or has not, is looked at again only after minutes
 * (test_subscription_faults); it is told at once. */
static bool
is_told_to_be_missed(struct bench *b, uint32_t code)
{
    enum subscription_state state = subscription_state_of(code);

    return (state == SUBSCRIPTION_DENIED || state == SUBSCRIPTION_ABSENT) &&
           told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, NULL) > 0;
}

static void
expect_good(struct bench *b, uint32_t code)
{
    uint64_t from_ns = clock_mono_ns();
    size_t count;

    do {
        thread_sleep_ms(20);
        count = stored(b, ROWS_EVENTS, "logon_failure");
    } while (count < RECORDS && !is_told_to_be_missed(b, code) &&
             clock_mono_ns() - from_ns < LONG_NS);
    if (count > RECORDS || (count < RECORDS && !is_told_to_be_missed(b, code))) {
        fail_msg("code %u: %zu of %u records", (unsigned)code, count, RECORDS);
    }
}

static void
run_group(const uint32_t *group, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        benches[i] = bench_make();
        append(benches[i], 0, RECORDS / 2);
        fail_all_calls(benches[i], group[i], TIMES);
        start(benches[i]);
    }
    for (size_t i = 0; i < count; i++) {
        wait_started(benches[i]);
        fail_all_calls(benches[i], group[i], TIMES);
        append(benches[i], RECORDS / 2, RECORDS / 2);
    }
    for (size_t i = 0; i < count; i++) {
        expect_good(benches[i], group[i]);
        stop(benches[i]);
        assert_int_equal(told(benches[i], RULE_SERVICE_STOPPING, ALERT_CLOSED, NULL), 1);
    }
    /* Started anew without errors, each goes on where it was. */
    for (size_t i = 0; i < count; i++) {
        fail_all_calls(benches[i], group[i], 0);
        start(benches[i]);
    }
    for (size_t i = 0; i < count; i++) {
        wait_stored(benches[i], ROWS_EVENTS, "logon_failure", RECORDS);
        stop(benches[i]);
        bench_end(benches[i]);
    }
}

static void
every_error_of_every_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i += GROUP) {
        run_group(codes + i, COUNT(codes) - i < GROUP ? COUNT(codes) - i : GROUP);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_of_every_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
