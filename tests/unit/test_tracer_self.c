/* tracer - what it finds out of itself, what it tells, and its life. */
#include "test_tracer_help.h"

#include "platform/thread.h"

/* 1: passed, 0: failed, -1: not told within so long. */
static int
wait_test(struct bench *b, enum tracer_test test, uint64_t limit_ns)
{
    uint64_t from_ns = clock_mono_ns();

    while (clock_mono_ns() - from_ns < limit_ns) {
        take_all(b);
        for (size_t i = 0; i < b->notes; i++) {
            if (b->note[i].kind == TRACER_TESTED && b->note[i].test == test) {
                return b->note[i].passed;
            }
        }
        thread_sleep_ms(20);
    }
    return -1;
}

/* -- what it finds out of itself --------------------------------------------------------------- */

static void
it_sees_its_own_child_and_connection(void **state)
{
    struct bench *b = make(&(struct how){.probes = true});

    (void)state;
    b->child_seen = true;
    assert_int_equal(wait_test(b, TRACER_TEST_START, LONG_NS), 1);
    assert_int_equal(wait_test(b, TRACER_TEST_COMMAND_LINE, LONG_NS), 1);
    assert_int_equal(wait_test(b, TRACER_TEST_ACCEPT, LONG_NS), 1);
    finish(b);
}

static void
it_says_when_it_does_not_see_its_own_child(void **state)
{
    struct bench *b = make(&(struct how){.probes = true});

    (void)state;
    assert_int_equal(wait_test(b, TRACER_TEST_START, LONG_NS), 0);
    assert_int_equal(wait_test(b, TRACER_TEST_COMMAND_LINE, LONG_NS), 0);
    finish(b);
}

static void
the_canary_flies_through_each_session(void **state)
{
    struct bench *b = make(&(struct how){0});
    struct tracer_stats stats;

    (void)state;
    do {
        take_all(b);
        thread_sleep_ms(50);
        tracer_stats(b->tracer, &stats);
    } while (stats.canary[ETW_SESSION_PROCESS].came < 3 ||
             stats.canary[ETW_SESSION_NETWORK].came < 3 ||
             stats.canary[ETW_SESSION_LOGON].came < 3);
    assert_in_range(stats.canary_sent, 3, 20);
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        assert_int_equal(stats.canary[i].lost, 0);
    }
    assert_in_range(stats.canary[ETW_SESSION_PROCESS].latency_ns, 1, 5000 * MS);
    assert_int_equal(b->events, 0);
    finish(b);
}

/* -- notes, life ------------------------------------------------------------------------------- */

static size_t
count_notes(const struct bench *b, enum etw_note_kind what, size_t session)
{
    size_t count = 0;

    for (size_t i = 0; i < b->notes; i++) {
        const struct tracer_note *n = &b->note[i];

        count += n->kind == TRACER_SESSION && n->what == what && n->session == session;
    }
    return count;
}

static void
what_others_do_to_a_session_is_a_note(void **state)
{
    struct bench *b = make(&(struct how){0});
    uint64_t from_ns = clock_mono_ns();

    (void)state;
    assert_true(etw_sim_stop_session(b->sim, "Kanari-Network"));
    while (count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_NETWORK) == 0 &&
           clock_mono_ns() - from_ns < LONG_NS) {
        take_all(b);
        thread_sleep_ms(5);
    }
    assert_int_equal(count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_NETWORK), 1);
    assert_int_equal(count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_PROCESS), 0);
    finish(b);
}

static void
memory_may_run_out_at_any_allocation(void **state)
{
    struct inlet *inlet = NULL;
    struct tracer *t = NULL;
    struct tracer_opts o = {.source = LINE, .host = SV("PC-A")};
    enum err err = ERR_NOMEM;
    size_t n;

    (void)state;
    assert_int_equal(inlet_create(LINE + 1, LONG_NS, &inlet), ERR_OK);
    o.inlet = inlet;
    for (n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = tracer_create(&o, &t);
    }
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 10);
    assert_int_equal(tracer_start(t), ERR_OK); /* without ETW: it says so, and waits for nothing */
    assert_int_equal(tracer_start(t), ERR_OK);
    tracer_stop(t);
    tracer_stop(t);
    tracer_destroy(t);
    tracer_destroy(NULL);
    inlet_destroy(inlet);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_sees_its_own_child_and_connection),
        cmocka_unit_test(it_says_when_it_does_not_see_its_own_child),
        cmocka_unit_test(the_canary_flies_through_each_session),
        cmocka_unit_test(what_others_do_to_a_session_is_a_note),
        cmocka_unit_test(memory_may_run_out_at_any_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
