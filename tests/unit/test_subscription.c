/* subscription - order, positions, gaps, states: against the simulated Event Log. */
#include "unit/test_subscription_help.h"

#include "evtlog/position.h"

static void
test_records_come_in_order_and_go_on_coming(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 200);
    run_open(&run);
    assert_null(subscription_wait_handle(run.sub));
    assert_int_equal(subscription_step(run.sub, 0, 150), ERR_OK);
    assert_given(&run, 1, 150);
    assert_int_equal(subscription_due_ns(run.sub), 0);
    assert_int_equal(subscription_step(run.sub, 1, 150), ERR_END);
    assert_given(&run, 1, 200);
    assert_int_equal(subscription_due_ns(run.sub), 1 + SUBSCRIPTION_POLL_NS);
    assert_false(evtlog_sim_is_set(subscription_wait_handle(run.sub)));
    run_append(&run, 201, 201);
    evtlog_sim_poll(run.sim);
    assert_true(evtlog_sim_is_set(subscription_wait_handle(run.sub)));
    assert_int_equal(subscription_step(run.sub, 2, 10), ERR_END);
    assert_given(&run, 1, 201);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_LIVE);
    assert_int_equal(subscription_status(run.sub)->records, 201);
    assert_int_equal(subscription_status(run.sub)->events, 201);
    assert_int_equal(subscription_status(run.sub)->opened, 1);
    assert_int_equal(run.gap_count, 0);
    run_fini(&run);
}

static void
test_a_kill_at_any_record_loses_and_doubles_nothing(void **state)
{
    (void)state;
    for (size_t at = 0; at <= 20; at++) {
        struct run run;

        run_init(&run);
        run_append(&run, 1, 20);
        run_open(&run);
        if (at > 0) {
            assert_int_equal(subscription_step(run.sub, 0, at), ERR_OK);
        }
        run_kill(&run);
        assert_int_equal(run.given_count, at);
        run_append(&run, 21, 25);
        run_open(&run);
        run_drain(&run, 10);
        assert_given(&run, 1, 25);
        assert_int_equal(run.gap_count, 0);
        run_fini(&run);
    }
}

static void
test_a_refused_record_stays(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 20);
    run_open(&run);
    run.refuse = ERR_FULL;
    run.refuse_after = 7;
    assert_int_equal(subscription_step(run.sub, 0, 100), ERR_FULL);
    assert_int_equal(subscription_step(run.sub, 0, 100), ERR_FULL);
    assert_given(&run, 1, 7);
    run.refuse = ERR_OK;
    assert_int_equal(subscription_step(run.sub, 0, 100), ERR_END);
    assert_given(&run, 1, 20);
    run_fini(&run);
}

static void
test_an_overwritten_log_tells_the_gap(void **state)
{
    const struct evtlog_sim_channel ring = {.path = SV("Security"), .capacity = 50};
    struct run run;

    (void)state;
    run_init(&run);
    evtlog_sim_set_channel(run.sim, &ring);
    run_append(&run, 1, 10);
    run_open(&run);
    run_drain(&run, 10);
    run_kill(&run);
    run_append(&run, 11, 110);
    run_open(&run);
    run_drain(&run, 10);
    assert_int_equal(run.gap_count, 1);
    assert_int_equal(run.gap[0].why, SUBSCRIPTION_OVERWRITTEN);
    assert_int_equal(run.gap[0].first, 11);
    assert_int_equal(run.gap[0].last, 60);
    assert_int_equal(run.gap[0].after_ft, START_FT + 10 * TM_SEC);
    assert_int_equal(run.given_count, 60);
    assert_int_equal(run.given[9], 10);
    assert_int_equal(run.given[10], 61);
    assert_int_equal(run.given[59], 110);
    run_fini(&run);
}

/* The log rolls over records that nobody asked for: they were read, nothing is missing. */
static void
test_what_was_read_is_no_gap(void **state)
{
    const struct evtlog_sim_channel ring = {.path = SV("Security"), .capacity = 50};
    struct run run;

    (void)state;
    run_init(&run);
    evtlog_sim_set_channel(run.sim, &ring);
    run_append(&run, 1, 3);
    run_append_other(&run, 100);
    run_open(&run);
    run_drain(&run, 10);
    assert_int_equal(run.marks, 0); /* only 54 to 103 were left: nothing of ours */
    assert_int_equal(run.given_count, 0);
    run_append(&run, 1, 3);
    run_drain(&run, 10);
    run_append_other(&run, 40);
    run.now_ns += 2 * SUBSCRIPTION_MARK_NS;
    run_drain(&run, 10);
    assert_int_equal(run.marks, 1);
    run_kill(&run);
    run_append_other(&run, 30);
    run_open(&run);
    run_drain(&run, 10);
    assert_given(&run, 1, 3);
    assert_int_equal(run.gap_count, 0);
    run_fini(&run);
}

static void
test_a_log_that_rolls_over_while_open(void **state)
{
    const struct evtlog_sim_channel ring = {.path = SV("Security"), .capacity = 50};
    struct run run;

    (void)state;
    run_init(&run);
    evtlog_sim_set_channel(run.sim, &ring);
    run_append(&run, 1, 40);
    run_open(&run);
    assert_int_equal(subscription_step(run.sub, 0, 40), ERR_OK);
    run_append(&run, 41, 140);
    assert_int_equal(subscription_step(run.sub, 1, 1000), ERR_END);
    assert_int_equal(subscription_status(run.sub)->opened, 2);
    assert_int_equal(run.gap_count, 1);
    assert_int_equal(run.gap[0].first, 41);
    assert_int_equal(run.gap[0].last, 90);
    assert_int_equal(run.given_count, 90);
    assert_int_equal(run.given[40], 91);
    run_fini(&run);
}

static void
test_a_cleared_log(void **state)
{
    struct run run;

    (void)state;
    for (int anew = 0; anew < 2; anew++) {
        run_init(&run);
        run_append(&run, 1, 10);
        run_open(&run);
        run_drain(&run, 10);
        run_kill(&run);
        run_append(&run, 11, 12);
        assert_true(evtlog_sim_append_clear(buf_str(&run.path), SV("Security"), anew != 0));
        run_append(&run, 13, 15);
        run_open(&run);
        run_drain(&run, 10);
        assert_int_equal(run.given_count, 13);
        assert_int_equal(run.given[10], 13);
        assert_int_equal(run.gap_count, 1);
        assert_int_equal(run.gap[0].why,
                         anew != 0 ? SUBSCRIPTION_REPLACED : SUBSCRIPTION_OVERWRITTEN);
        assert_int_equal(run.gap[0].first, 11);
        assert_int_equal(run.gap[0].last, anew != 0 ? 0 : 12);
        run_fini(&run);
    }
}

static void
test_a_log_found_empty(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 10);
    run_open(&run);
    run_drain(&run, 10);
    run_kill(&run);
    assert_true(evtlog_sim_append_clear(buf_str(&run.path), SV("Security"), false));
    run_open(&run);
    run_drain(&run, 10);
    assert_int_equal(run.gap_count, 1);
    assert_int_equal(run.gap[0].why, SUBSCRIPTION_OVERWRITTEN);
    assert_int_equal(run.gap[0].last, 0);
    run_append(&run, 11, 12);
    run_drain(&run, 10);
    assert_given(&run, 1, 12);
    run_fini(&run);
}

static void
test_a_bad_position_reads_all(void **state)
{
    static const char *const bad[] = {"x", "1 2", "1 2 x", "a 2 <BookmarkList/>",
                                      "1 2 <BookmarkList></BookmarkList>"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct run run;

        run_init(&run);
        run_append(&run, 1, 5);
        memcpy(run.position, bad[i], strlen(bad[i]) + 1);
        run_open(&run);
        run_drain(&run, 10);
        assert_given(&run, 1, 5);
        assert_int_equal(run.gap_count, 1);
        assert_int_equal(run.gap[0].why, SUBSCRIPTION_BAD_POSITION);
        run_fini(&run);
    }
}

static void
test_a_position_reads_back(void **state)
{
    struct position p = {5, 6, 0, 0, {0}};
    struct position q;
    char text[POSITION_TEXT_MAX];
    const char *xml = "<BookmarkList>\r\n  <Bookmark Channel='Security' RecordId='99' "
                      "IsCurrent='true'/>\r\n</BookmarkList>";

    (void)state;
    p.len = strlen(xml);
    memcpy(p.xml, xml, p.len);
    assert_true(position_parse(position_text(&p, text), &q));
    assert_int_equal(q.time_ft, 5);
    assert_int_equal(q.read_to, 6);
    assert_int_equal(q.number, 99);
    assert_int_equal(q.len, p.len);
    assert_memory_equal(q.xml, xml, p.len);
    assert_int_equal(live_bookmark_number(SV("<Bookmark RecordId=\"7\"/>")), 7);
    assert_int_equal(live_bookmark_number(SV("<Bookmark RecordId=")), 0);
    assert_int_equal(live_bookmark_number(SV("<Bookmark RecordId='x'/>")), 0);
}

static void
check_state(const struct evtlog_sim_channel *c, enum subscription_state expected, uint32_t code,
            enum subscription_advice advice)
{
    struct evtlog_sim_channel good = {.path = c->path};
    struct run run;

    run_init(&run);
    run_append(&run, 1, 5);
    evtlog_sim_poll(run.sim);
    evtlog_sim_set_channel(run.sim, c);
    run_open(&run);
    assert_int_equal(subscription_step(run.sub, 7, 100), ERR_END);
    assert_int_equal(subscription_status(run.sub)->state, expected);
    assert_int_equal(subscription_status(run.sub)->code, code);
    assert_int_equal(subscription_advice(expected), advice);
    if (code != 0) {
        assert_string_equal(subscription_status(run.sub)->call, "EvtSubscribe");
        assert_int_equal(subscription_due_ns(run.sub), 7 + SUBSCRIPTION_RECHECK_NS);
    }
    evtlog_sim_set_channel(run.sim, &good);
    run.now_ns = subscription_due_ns(run.sub);
    run_drain(&run, 10);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_LIVE);
    assert_int_equal(subscription_status(run.sub)->code, 0);
    assert_given(&run, 1, 5);
    run_fini(&run);
}

static void
test_states_are_named(void **state)
{
    const struct evtlog_sim_channel denied = {.path = SV("Security"), .denied = true};
    const struct evtlog_sim_channel absent = {.path = SV("Security"), .absent = true};
    const struct evtlog_sim_channel disabled = {.path = SV("Security"), .disabled = true};

    (void)state;
    check_state(&denied, SUBSCRIPTION_DENIED, EVTLOG_ACCESS_DENIED, SUBSCRIPTION_GRANT_READ);
    check_state(&absent, SUBSCRIPTION_ABSENT, EVTLOG_CHANNEL_NOT_FOUND, SUBSCRIPTION_NOTHING_TO_DO);
    check_state(&disabled, SUBSCRIPTION_DISABLED, 0, SUBSCRIPTION_ENABLE_CHANNEL);
    assert_int_equal(subscription_advice(SUBSCRIPTION_UNAVAILABLE), SUBSCRIPTION_START_SERVICE);
    assert_int_equal(subscription_advice(SUBSCRIPTION_REFUSED), SUBSCRIPTION_REPORT);
    assert_int_equal(subscription_advice(SUBSCRIPTION_LIVE), SUBSCRIPTION_NOTHING_TO_DO);
}

static void
test_no_event_log_at_all(void **state)
{
    struct run run = {0};
    const struct subscription_options o = {.channel = &channel_all[0],
                                           .sink = {&run, on_record, on_gap, on_state}};

    (void)state;
    assert_int_equal(subscription_create(&o, &run.sub), ERR_OK);
    assert_int_equal(subscription_step(run.sub, 0, 1), ERR_END);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_UNSUPPORTED);
    assert_int_equal(subscription_due_ns(run.sub), UINT64_MAX);
    assert_int_equal(subscription_step(run.sub, 1, 1), ERR_END);
    run_kill(&run);
}

static void
test_the_service_restarts(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 100);
    run_open(&run);
    assert_int_equal(subscription_step(run.sub, 0, 30), ERR_OK); /* in the middle of a batch */
    evtlog_sim_set_down(run.sim, true);
    assert_int_equal(subscription_step(run.sub, 1, 30), ERR_END);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_UNAVAILABLE);
    assert_int_equal(subscription_status(run.sub)->code, EVTLOG_RPC_SERVER_UNAVAILABLE);
    assert_int_equal(subscription_due_ns(run.sub), 1 + SUBSCRIPTION_RETRY_MIN_NS);
    for (unsigned i = 0; i < 10; i++) { /* the wait grows, up to its limit */
        uint64_t due = subscription_due_ns(run.sub);

        assert_int_equal(subscription_step(run.sub, due - 1, 30), ERR_END);
        assert_int_equal(subscription_due_ns(run.sub), due);
        assert_int_equal(subscription_step(run.sub, due, 30), ERR_END);
        assert_int_equal(subscription_due_ns(run.sub) - due,
                         i < 5 ? SUBSCRIPTION_RETRY_MIN_NS << (i + 1) : SUBSCRIPTION_RETRY_MAX_NS);
    }
    run_append(&run, 101, 110);
    evtlog_sim_set_down(run.sim, false);
    run.now_ns = subscription_due_ns(run.sub);
    run_drain(&run, 20);
    assert_given(&run, 1, 110);
    assert_int_equal(subscription_status(run.sub)->state, SUBSCRIPTION_LIVE);
    assert_int_equal(run.gap_count, 0);
    run_fini(&run);
}

/* One failure, hours of quiet, another: it is a first one again. */
static void
test_the_wait_begins_anew_once_it_was_well(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append_other(&run, 1);
    run_open(&run);
    for (unsigned i = 0; i < 3; i++) {
        evtlog_sim_fail(run.sim, EVTLOG_SIM_NEXT, 0, 1, EVTLOG_RPC_CALL_FAILED);
        assert_int_equal(subscription_step(run.sub, run.now_ns, 16), ERR_END);
        assert_int_equal(subscription_due_ns(run.sub), run.now_ns + SUBSCRIPTION_RETRY_MIN_NS);
        run.now_ns = subscription_due_ns(run.sub);
        run_drain(&run, 5);
        run.now_ns += SECOND_NS;
    }
    run_fini(&run);
}

/* The subscription, its bookmark, System and one row of the map: events are closed as they go. */
static void
test_what_stays_open(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 100);
    run_open(&run);
    run_drain(&run, 10);
    assert_given(&run, 1, 100);
    assert_int_equal(evtlog_sim_open_handles(run.sim), 4);
    run_fini(&run);
}

static void
test_large_records_are_asked_for_in_smaller_batches(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 100);
    evtlog_sim_set_batch_bytes(run.sim, 1000); /* some five of these records */
    run_open(&run);
    run_drain(&run, 100);
    assert_given(&run, 1, 100);
    assert_int_equal(run.gap_count, 0);
    run_kill(&run);
    run.position[0] = 0;
    run.given_count = 0;
    evtlog_sim_set_batch_bytes(run.sim, 1); /* none */
    run_open(&run);
    for (unsigned steps = 0; run.gap_count == 0; steps++) {
        assert_int_equal(subscription_step(run.sub, run.now_ns, 16), ERR_END);
        assert_int_equal(subscription_due_ns(run.sub), run.now_ns);
        assert_in_range(steps, 0, 2);
    }
    evtlog_sim_set_batch_bytes(run.sim, 1000);
    run_drain(&run, 100);
    assert_int_equal(run.gap_count, 1);
    assert_int_equal(run.gap[0].why, SUBSCRIPTION_TOO_LARGE);
    assert_given(&run, 2, 100);
    run_fini(&run);
}

static void
test_buffers_grow_to_the_largest_record(void **state)
{
    struct evtlog_sim_record r = {.log = SV("Security"),
                                  .provider = SV("Microsoft-Windows-Security-Auditing"),
                                  .channel = SV("Security"),
                                  .computer = SV("PC-A"),
                                  .time_ft = START_FT,
                                  .event_id = 4625,
                                  .count = 2};
    uint16_t *text = mem_array(60000, sizeof(*text));
    uint16_t user[] = {'u', 's', 'e', 'r', '1'};
    struct run run;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < 60000; i++) {
        text[i] = 'x';
    }
    run_init(&run);
    r.values[0] = (struct evtlog_sim_value){SV("TargetUserName"), EVTX_STRING, sizeof(user),
                                            (const uint8_t *)user};
    r.values[1] =
        (struct evtlog_sim_value){SV("ProcessName"), EVTX_STRING, 120000, (const uint8_t *)text};
    assert_true(evtlog_sim_append(buf_str(&run.path), &r));
    run_append(&run, 2, 3);
    run_open(&run);
    run_drain(&run, 10);
    assert_given(&run, 1, 3);
    mem_free(text);
    run_fini(&run);
}

static void
test_nothing_there_by_any_code(void **state)
{
    static const uint32_t codes[] = {EVTLOG_NO_MORE_ITEMS, EVTLOG_TIMEOUT,
                                     EVTLOG_INVALID_OPERATION};

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct run run;

        run_init(&run);
        run_append(&run, 1, 3);
        evtlog_sim_set_no_items_code(run.sim, codes[i]);
        run_open(&run);
        run_drain(&run, 5);
        run_append(&run, 4, 4);
        run_drain(&run, 5);
        assert_given(&run, 1, 4);
        assert_int_equal(subscription_status(run.sub)->opened, 1);
        run_fini(&run);
    }
}

static void
test_since_leaves_out_what_is_older(void **state)
{
    struct run run;
    struct subscription_options o = {.channel = &channel_all[0], .since_ft = START_FT + 4 * TM_SEC};

    (void)state;
    run_init(&run);
    run_append(&run, 1, 10);
    o.api = evtlog_sim_api(run.sim);
    o.sink = (struct subscription_sink){&run, on_record, on_gap, on_state};
    assert_int_equal(subscription_create(&o, &run.sub), ERR_OK);
    run_drain(&run, 10);
    assert_given(&run, 4, 10);
    run_fini(&run);
}

static void
test_no_allocation_for_a_record_like_one_met_before(void **state)
{
    struct run run;

    (void)state;
    run_init(&run);
    run_append(&run, 1, 1100);
    evtlog_sim_poll(run.sim);
    evtlog_sim_set_frozen(run.sim, true);
    run_open(&run);
    assert_int_equal(subscription_step(run.sub, 0, 100), ERR_OK);
    mem_fail_after(SIZE_MAX); /* counts from here */
    assert_int_equal(subscription_step(run.sub, 0, 1000), ERR_OK);
    assert_int_equal(mem_asked(), 0);
    assert_given(&run, 1, 1100);
    run_fini(&run);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_in_order_and_go_on_coming),
        cmocka_unit_test(test_a_kill_at_any_record_loses_and_doubles_nothing),
        cmocka_unit_test(test_a_refused_record_stays),
        cmocka_unit_test(test_an_overwritten_log_tells_the_gap),
        cmocka_unit_test(test_what_was_read_is_no_gap),
        cmocka_unit_test(test_a_log_that_rolls_over_while_open),
        cmocka_unit_test(test_a_cleared_log),
        cmocka_unit_test(test_a_log_found_empty),
        cmocka_unit_test(test_a_bad_position_reads_all),
        cmocka_unit_test(test_a_position_reads_back),
        cmocka_unit_test(test_states_are_named),
        cmocka_unit_test(test_no_event_log_at_all),
        cmocka_unit_test(test_the_service_restarts),
        cmocka_unit_test(test_the_wait_begins_anew_once_it_was_well),
        cmocka_unit_test(test_what_stays_open),
        cmocka_unit_test(test_large_records_are_asked_for_in_smaller_batches),
        cmocka_unit_test(test_buffers_grow_to_the_largest_record),
        cmocka_unit_test(test_nothing_there_by_any_code),
        cmocka_unit_test(test_since_leaves_out_what_is_older),
        cmocka_unit_test(test_no_allocation_for_a_record_like_one_met_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
