/* session - found, started, attached to, whatever the calls answer. */
#include "test_etw_session_help.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
