/* session - while it runs: what others do to it, what is lost; and sessions of other kinds. */
#include "test_etw_session_help.h"

#include "platform/thread.h"

/* -- what others do ---------------------------------------------------------------------------- */

static void
stopped_by_others_it_is_started_again(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);

    (void)state;
    step(run, 0);
    step(run, S);
    assert_true(etw_sim_stop_session(run->sim, run->row->name));
    step(run, S);
    assert_int_equal(notes(run, ETW_NOTE_STOPPED), 1);
    assert_int_equal(last(run, ETW_NOTE_STOPPED)->from_ns, run->now_ns - S);
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    write_starts(run, 10);
    flush(run);
    assert_int_equal(records(run), 10);
    finish(run);
}

/* It is not raced for a processor. */
static void
whoever_stops_it_again_and_again_is_waited_for(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    unsigned stops = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        step(run, S);
        stops += etw_sim_stop_session(run->sim, run->row->name);
    }
    assert_in_range(stops, 5, 20);
    assert_in_range(notes(run, ETW_NOTE_STOPPED), stops - 1, stops);
    finish(run);
}

static void
a_provider_switched_off_is_told_and_switched_on(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    struct etw_enable asked;

    (void)state;
    step(run, 0);
    step(run, ETW_WATCH_NS);
    assert_int_equal(notes(run, ETW_NOTE_DISABLED), 0);
    assert_true(etw_sim_disable_provider(run->sim, run->row->name, &kernel_process));
    step(run, ETW_WATCH_NS);
    assert_int_equal(notes(run, ETW_NOTE_DISABLED), 1);
    assert_int_equal(last(run, ETW_NOTE_DISABLED)->source, 0);
    assert_int_equal(last(run, ETW_NOTE_DISABLED)->from_ns, run->now_ns - ETW_WATCH_NS);
    assert_true(etw_sim_get_enable(run->sim, run->row->name, &kernel_process, &asked));
    step(run, ETW_WATCH_NS);
    assert_int_equal(notes(run, ETW_NOTE_DISABLED), 1);
    finish(run);
}

static void
a_provider_that_is_changed_is_told_and_set_right(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    const struct etw_api *api = etw_sim_api(run->sim);
    const struct etw_enable less = {
        .provider = kernel_process, .control = ETW_ENABLE, .level = 1, .any_keyword = 0x40};
    struct etw_enable asked;

    (void)state;
    step(run, 0);
    assert_int_equal(api->enable(api->ctx, etw_sim_session(run->sim, run->row->name), &less),
                     ETW_OK);
    step(run, ETW_WATCH_NS);
    assert_int_equal(notes(run, ETW_NOTE_DISABLED), 1);
    assert_true(etw_sim_get_enable(run->sim, run->row->name, &kernel_process, &asked));
    assert_int_equal(asked.level, 4);
    assert_int_equal(asked.any_keyword, 0x50);
    finish(run);
}

/* -- losses ------------------------------------------------------------------------------------ */

static void
hold(struct run *run, bool held)
{
    mutex_lock(run->mutex);
    run->held = held;
    cond_wake_all(run->wake);
    mutex_unlock(run->mutex);
}

/* A consumer that stands still: what is lost is told as the system counts it, once. */
static void
losses_are_told_once(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    struct etw_sim_counts counts;
    uint64_t events = 0;

    (void)state;
    step(run, 0);
    hold(run, true);
    for (unsigned i = 0; i < 4; i++) {
        write_starts(run, 100000);
        step(run, S);
    }
    hold(run, false);
    (void)etw_sim_drain(run->sim, DRAIN_MS);
    step(run, S);
    step(run, S);
    assert_true(etw_sim_get_counts(run->sim, run->row->name, &counts));
    for (size_t i = 0; i < run->count; i++) {
        events += run->note[i].kind == ETW_NOTE_LOST ? run->note[i].events : 0;
    }
    assert_true(counts.lost > 0);
    assert_int_equal(events, counts.lost);
    assert_int_equal(etw_session_status(run->session)->events_lost, counts.lost);
    finish(run);
}

static void
the_canary_knows_which_of_its_birds_are_lost(void **state)
{
    struct run *run = make(ETW_SESSION_NETWORK);
    const struct etw_api *api = etw_sim_api(run->sim);
    struct etw_canary_stats canary;
    uint64_t provider;

    (void)state;
    step(run, 0);
    assert_int_equal(api->provider_register(api->ctx, &etw_canary_guid, &provider), ETW_OK);
    for (uint64_t i = 1; i <= 20; i++) {
        const uint64_t bird[2] = {i, 1};

        if (i < 5 || i > 7) {
            assert_int_equal(
                api->provider_write(api->ctx, provider, ETW_CANARY_ID, bird, sizeof(bird)), ETW_OK);
        }
    }
    flush(run);
    (void)records(run);
    etw_session_canary(run->session, &canary);
    assert_int_equal(canary.came, 17);
    assert_int_equal(canary.lost, 3);
    assert_int_equal(canary.newest, 20);
    assert_true(canary.slowest_ns > 0);
    assert_int_equal(etw_session_status(run->session)->records, 0);
    assert_int_equal(api->provider_unregister(api->ctx, provider), ETW_OK);
    finish(run);
}

/* -- of other kinds ---------------------------------------------------------------------------- */

static void
the_boot_session_is_read_to_its_end_and_stopped(void **state)
{
    const struct etw_guid guid = {{7}};
    const struct etw_enable on = {.provider = kernel_process, .control = ETW_ENABLE, .level = 4};
    struct run *run = make(ETW_SESSION_BOOT);
    const struct etw_api *api = etw_sim_api(run->sim);
    uint64_t handle = etw_sim_add_session(run->sim, "Kanari-Boot", &guid, ETW_MODE_REAL_TIME);

    (void)state;
    assert_int_equal(api->enable(api->ctx, handle, &on), ETW_OK);
    write_starts(run, 500);
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    flush(run);
    assert_int_equal(records(run), 500);
    step(run, S);
    step(run, 2 * S);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    step(run, 4 * S);
    assert_int_equal(state_of(run), ETW_STATE_ABSENT);
    assert_int_equal(etw_sim_session(run->sim, "Kanari-Boot"), 0);
    finish(run);
}

static void
no_boot_session_is_no_trouble(void **state)
{
    struct run *run = make(ETW_SESSION_BOOT);

    (void)state;
    step(run, 0);
    step(run, 600 * S);
    assert_int_equal(state_of(run), ETW_STATE_ABSENT);
    assert_int_equal(etw_sim_calls(run->sim, ETW_SIM_QUERY), 1);
    finish(run);
}

static void
a_fallback_is_enabled_when_it_is_asked_for(void **state)
{
    static const struct etw_guid kernel_network =
        ETW_GUID(0x7dd42a49, 0x5329, 0x4832, 0x8dfd, 0x43d979153a88);
    struct run *run = make(ETW_SESSION_NETWORK);
    struct etw_enable asked;

    (void)state;
    step(run, 0);
    step(run, ETW_WATCH_NS);
    assert_false(etw_sim_get_enable(run->sim, run->row->name, &kernel_network, &asked));
    etw_session_use_fallback(run->session);
    step(run, S);
    assert_true(etw_sim_get_enable(run->sim, run->row->name, &kernel_network, &asked));
    assert_int_equal(asked.any_keyword, 0x30);
    finish(run);
}

/* A provider that eight others have enabled already: the session runs, the source does not. */
static void
a_provider_that_cannot_be_had_is_told_and_tried_again(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);

    (void)state;
    etw_sim_fail(run->sim, ETW_SIM_ENABLE, 0, 1, ETW_NO_SYSTEM_RESOURCES);
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    assert_int_equal(etw_session_status(run->session)->source_code[0], ETW_NO_SYSTEM_RESOURCES);
    assert_int_equal(last(run, ETW_NOTE_SOURCE)->code, ETW_NO_SYSTEM_RESOURCES);
    step(run, ETW_WATCH_NS);
    assert_int_equal(etw_session_status(run->session)->source_code[0], 0);
    assert_int_equal(last(run, ETW_NOTE_SOURCE)->code, 0);
    finish(run);
}

static void
the_rows_are_within_the_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        const struct etw_session_row *row = &etw_session_rows[i];

        assert_true(strlen(row->name) < ETW_SESSION_NAME_MAX);
        assert_true(row->count <= ETW_SOURCES_MAX);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(row->name, etw_session_rows[k].name);
            assert_memory_not_equal(&row->guid, &etw_session_rows[k].guid, sizeof(row->guid));
        }
        for (size_t k = 0; k < row->count; k++) {
            assert_true(row->source[k].id_count <= COUNT(row->source[k].ids));
        }
    }
    for (int i = 0; i < ETW_STATE_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(etw_session_state_name((enum etw_session_state)i),
                                    etw_session_state_name((enum etw_session_state)k));
        }
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_by_others_it_is_started_again),
        cmocka_unit_test(whoever_stops_it_again_and_again_is_waited_for),
        cmocka_unit_test(a_provider_switched_off_is_told_and_switched_on),
        cmocka_unit_test(a_provider_that_is_changed_is_told_and_set_right),
        cmocka_unit_test(losses_are_told_once),
        cmocka_unit_test(the_canary_knows_which_of_its_birds_are_lost),
        cmocka_unit_test(the_boot_session_is_read_to_its_end_and_stopped),
        cmocka_unit_test(no_boot_session_is_no_trouble),
        cmocka_unit_test(a_fallback_is_enabled_when_it_is_asked_for),
        cmocka_unit_test(a_provider_that_cannot_be_had_is_told_and_tried_again),
        cmocka_unit_test(the_rows_are_within_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
