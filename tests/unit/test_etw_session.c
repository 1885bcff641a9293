/* session - a session of ours on a simulated ETW: found, started, watched, mended, stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "etw/catalog.h"
#include "etw/session.h"
#include "platform/thread.h"
#include "support/etw_sim.h"

#define NOTES_MAX 64
#define S UINT64_C(1000000000)
#define DRAIN_MS 20000u

static const struct etw_guid kernel_process =
    ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716);

struct run {
    struct etw_sim *sim;
    const struct etw_session_row *row;
    struct etw_session *session;
    uint64_t now_ns;
    size_t count;
    struct etw_note note[NOTES_MAX];
    struct mutex *mutex;
    uint64_t records; /* under it */
    bool held;
    struct cond *wake;
};

static void
on_record(void *ctx, const struct etw_record *r)
{
    struct run *run = ctx;

    (void)r;
    mutex_lock(run->mutex);
    while (run->held) {
        cond_wait(run->wake, run->mutex);
    }
    run->records++;
    mutex_unlock(run->mutex);
}

static void
on_note(void *ctx, const struct etw_note *n)
{
    struct run *run = ctx;

    assert_true(run->count < NOTES_MAX);
    run->note[run->count++] = *n;
}

static void
open_run(struct run *run)
{
    const struct etw_session_sink sink = {run, on_record, on_note};

    assert_int_equal(etw_session_create(etw_sim_api(run->sim), run->row, &sink, &run->session),
                     ERR_OK);
}

static struct run *
make(enum etw_session_id id)
{
    struct run *run = mem_zalloc(sizeof(*run));

    assert_non_null(run);
    run->sim = etw_sim_create();
    assert_non_null(run->sim);
    run->row = &etw_session_rows[id];
    run->now_ns = S;
    assert_int_equal(mutex_create(&run->mutex), ERR_OK);
    assert_int_equal(cond_create(&run->wake), ERR_OK);
    open_run(run);
    return run;
}

static void
step(struct run *run, uint64_t later_ns)
{
    run->now_ns += later_ns;
    etw_session_step(run->session, run->now_ns);
}

static enum etw_session_state
state_of(struct run *run)
{
    return etw_session_status(run->session)->state;
}

static size_t
notes(const struct run *run, enum etw_note_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < run->count; i++) {
        count += run->note[i].kind == kind;
    }
    return count;
}

static const struct etw_note *
last(const struct run *run, enum etw_note_kind kind)
{
    for (size_t i = run->count; i > 0; i--) {
        if (run->note[i - 1].kind == kind) {
            return &run->note[i - 1];
        }
    }
    fail_msg("no note of kind %d", (int)kind);
    return NULL;
}

/* Stops it: nothing of it is left, nothing was misused. */
static void
finish(struct run *run)
{
    etw_session_stop(run->session);
    etw_session_destroy(run->session);
    assert_int_equal(etw_sim_session(run->sim, run->row->name), 0);
    assert_int_equal(etw_sim_destroy(run->sim), 0);
    cond_destroy(run->wake);
    mutex_destroy(run->mutex);
    mem_free(run);
}

static void
write_starts(struct run *run, unsigned count)
{
    static const uint8_t payload[64] = {1};
    const struct etw_record r = {.header = ETW_HEADER_EVENT,
                                 .provider = kernel_process,
                                 .id = 1,
                                 .level = 4,
                                 .keyword = 0x10,
                                 .ptr_len = 8,
                                 .payload = payload,
                                 .payload_len = sizeof(payload)};

    for (unsigned i = 0; i < count; i++) {
        (void)etw_sim_write(run->sim, i % 2, &r);
    }
}

/* Of all that was written, once the session's thread is there. */
static uint64_t
records(struct run *run)
{
    for (unsigned i = 0; i < 2000 && !etw_sim_is_consumed(run->sim, run->row->name); i++) {
        thread_sleep_ms(5);
    }
    (void)etw_sim_drain(run->sim, DRAIN_MS);
    return etw_session_status(run->session)->records;
}

static void
flush(struct run *run)
{
    for (unsigned cpu = 0; cpu < 2; cpu++) {
        (void)etw_sim_flush_cpu(run->sim, run->row->name, cpu);
    }
}

/* -- starting ---------------------------------------------------------------------------------- */

static void
it_starts_with_its_providers_and_reads(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    struct etw_enable asked;

    (void)state;
    assert_int_equal(state_of(run), ETW_STATE_CLOSED);
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    assert_true(etw_sim_get_enable(run->sim, "Kanari-Process", &kernel_process, &asked));
    assert_int_equal(asked.any_keyword, 0x50);
    assert_int_equal(asked.id_count, 4);
    assert_int_equal(asked.ids[3], 15);
    write_starts(run, 100);
    flush(run);
    assert_int_equal(records(run), 100);
    finish(run);
}

static void
count_rundown(void *ctx, struct etw_sim *sim, uint64_t session, enum etw_sim_rundown why)
{
    (void)sim;
    (void)session;
    *(unsigned *)ctx += why == ETW_SIM_CAPTURE;
}

static void
what_runs_already_is_asked_for(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    unsigned asked = 0;

    (void)state;
    etw_sim_set_rundown(run->sim, &kernel_process, count_rundown, &asked);
    step(run, 0);
    assert_int_equal(asked, 1);
    finish(run);
}

static void
without_etw_it_says_so_once(void **state)
{
    const struct etw_session_row *row = &etw_session_rows[ETW_SESSION_PROCESS];
    struct run run = {.now_ns = S};
    const struct etw_session_sink sink = {&run, on_record, on_note};

    (void)state;
    assert_int_equal(etw_session_create(NULL, row, &sink, &run.session), ERR_OK);
    step(&run, 0);
    step(&run, 100 * S);
    assert_int_equal(state_of(&run), ETW_STATE_UNSUPPORTED);
    assert_int_equal(run.count, 1);
    etw_session_stop(run.session);
    etw_session_destroy(run.session);
}

/* -- what is there already --------------------------------------------------------------------- */

/* The process is killed; its session goes on and keeps what comes meanwhile. */
static void
what_a_killed_run_left_is_attached_to(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    uint64_t handle;

    (void)state;
    step(run, 0);
    handle = etw_sim_session(run->sim, run->row->name);
    etw_sim_kill(run->sim);
    etw_session_destroy(run->session);
    write_starts(run, 30);
    flush(run);
    run->count = 0;
    open_run(run);
    step(run, S);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    assert_true(etw_sim_session(run->sim, run->row->name) == handle);
    assert_int_equal(notes(run, ETW_NOTE_ATTACHED), 1);
    assert_int_equal(notes(run, ETW_NOTE_REPLACED), 0);
    assert_int_equal(records(run), 30);
    finish(run);
}

static void
expect_started_anew(struct run *run, uint64_t before, size_t replaced)
{
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    assert_true(etw_sim_session(run->sim, run->row->name) != before);
    assert_int_equal(notes(run, ETW_NOTE_REPLACED), replaced);
    assert_int_equal(notes(run, ETW_NOTE_ATTACHED), 0);
    finish(run);
}

static void
a_strangers_session_of_our_name_is_replaced_and_told(void **state)
{
    const struct etw_guid theirs = {{9, 9, 9}};
    struct run *run = make(ETW_SESSION_PROCESS);

    (void)state;
    expect_started_anew(
        run, etw_sim_add_session(run->sim, "KANARI-process", &theirs, ETW_MODE_REAL_TIME), 1);
}

static void
one_of_an_older_table_is_replaced_quietly(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);
    struct etw_guid older = run->row->guid;

    (void)state;
    older.bytes[15]--;
    expect_started_anew(run, etw_sim_add_session(run->sim, run->row->name, &older, run->row->mode),
                        0);
}

/* The GUID is ours, how it buffers is not: what it holds is not worth a session that loses more. */
static void
one_of_another_set_up_is_replaced_quietly(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);

    (void)state;
    expect_started_anew(
        run, etw_sim_add_session(run->sim, run->row->name, &run->row->guid, ETW_MODE_REAL_TIME), 0);
}

static void
a_guid_under_another_name_is_waited_for(void **state)
{
    struct run *run = make(ETW_SESSION_PROCESS);

    (void)state;
    (void)etw_sim_add_session(run->sim, "Other", &run->row->guid, ETW_MODE_REAL_TIME);
    step(run, 0);
    assert_int_equal(state_of(run), ETW_STATE_TAKEN);
    assert_true(etw_sim_stop_session(run->sim, "Other"));
    step(run, ETW_RETRY_MIN_NS);
    assert_int_equal(state_of(run), ETW_STATE_LIVE);
    finish(run);
}

/* -- errors ------------------------------------------------------------------------------------ */

static void
each_error_has_its_state_and_is_tried_again(void **state)
{
    static const struct {
        uint32_t code;
        enum etw_session_state state;
    } cases[] = {
        {ETW_ACCESS_DENIED, ETW_STATE_DENIED},       {ETW_NO_SYSTEM_RESOURCES, ETW_STATE_FULL},
        {ETW_INVALID_PARAMETER, ETW_STATE_REFUSED},  {ETW_BAD_LENGTH, ETW_STATE_REFUSED},
        {ETW_INSTANCE_NOT_FOUND, ETW_STATE_STOPPED}, {ETW_NOT_ENOUGH_MEMORY, ETW_STATE_FAILED},
        {ETW_ALREADY_EXISTS, ETW_STATE_TAKEN},       {31, ETW_STATE_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run *run = make(ETW_SESSION_NETWORK);
        uint64_t wait_ns = ETW_RETRY_MIN_NS;

        etw_sim_fail(run->sim, ETW_SIM_START, 0, 3, cases[i].code);
        step(run, 0);
        for (unsigned n = 0; n < 2; n++) {
            assert_int_equal(state_of(run), cases[i].state);
            assert_int_equal(etw_session_status(run->session)->code, cases[i].code);
            step(run, wait_ns - 1); /* not before its time */
            assert_int_equal(etw_sim_calls(run->sim, ETW_SIM_START), n + 1);
            step(run, 1);
            wait_ns *= 2;
        }
        step(run, wait_ns);
        assert_int_equal(state_of(run), ETW_STATE_LIVE);
        assert_int_equal(etw_session_status(run->session)->code, 0);
        finish(run);
    }
}

static const uint32_t codes[] = {
    ETW_ACCESS_DENIED,       ETW_INVALID_HANDLE,
    ETW_NOT_ENOUGH_MEMORY,   ETW_BAD_LENGTH,
    ETW_INVALID_PARAMETER,   ETW_DISK_FULL,
    ETW_ALREADY_EXISTS,      ETW_MORE_DATA,
    ETW_NOT_FOUND,           ETW_CANCELLED,
    ETW_NO_SYSTEM_RESOURCES, ETW_INSTANCE_NOT_FOUND,
    ETW_CTX_CLOSE_PENDING,   31,
};

static void
check_error(enum etw_sim_call call, uint32_t code, unsigned times)
{
    struct run *run = make(ETW_SESSION_PROCESS);

    etw_sim_fail(run->sim, call, 0, times, code);
    for (unsigned i = 0; i < 40; i++) {
        step(run, 10 * S);
    }
    etw_sim_fail(run->sim, call, 0, 0, 0);
    for (unsigned i = 0; i < 8; i++) {
        step(run, 61 * S);
    }
    if (state_of(run) != ETW_STATE_LIVE) {
        fail_msg("call %d, code %u: state %d", (int)call, (unsigned)code, (int)state_of(run));
    }
    assert_int_equal(etw_session_status(run->session)->source_code[0], 0);
    write_starts(run, 20);
    flush(run);
    assert_int_equal(records(run), 20);
    finish(run);
}

/* Once, and for a long time: afterwards it reads, and a stop leaves nothing. */
static void
any_error_of_any_call(void **state)
{
    (void)state;
    for (int call = 0; call <= ETW_SIM_CLOSE; call++) {
        for (size_t i = 0; i < COUNT(codes); i++) {
            if (call == ETW_SIM_CLOSE && codes[i] != ETW_CTX_CLOSE_PENDING) {
                continue; /* a close that fails ends nothing, in the simulator neither */
            }
            check_error((enum etw_sim_call)call, codes[i], 1);
            check_error((enum etw_sim_call)call, codes[i], 1000);
        }
    }
}

static void
any_allocation(void **state)
{
    const struct etw_session_row *row = &etw_session_rows[ETW_SESSION_PROCESS];
    const struct etw_session_sink sink = {NULL, on_record, on_note};
    struct etw_session *s = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = etw_session_create(NULL, row, &sink, &s);
    }
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    etw_session_destroy(s);
    etw_session_destroy(NULL);
}

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
        cmocka_unit_test(it_starts_with_its_providers_and_reads),
        cmocka_unit_test(what_runs_already_is_asked_for),
        cmocka_unit_test(without_etw_it_says_so_once),
        cmocka_unit_test(what_a_killed_run_left_is_attached_to),
        cmocka_unit_test(a_strangers_session_of_our_name_is_replaced_and_told),
        cmocka_unit_test(one_of_an_older_table_is_replaced_quietly),
        cmocka_unit_test(one_of_another_set_up_is_replaced_quietly),
        cmocka_unit_test(a_guid_under_another_name_is_waited_for),
        cmocka_unit_test(each_error_has_its_state_and_is_tried_again),
        cmocka_unit_test(any_error_of_any_call),
        cmocka_unit_test(any_allocation),
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
