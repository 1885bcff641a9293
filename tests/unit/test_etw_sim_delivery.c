/* test_etw_sim_delivery - the simulated ETW: which events pass, when and in what order they come,
 * and what is lost. The pages are named in support/etw_sim.h. */
#include "test_etw_sim_help.h"

#define PAYLOAD 1000u /* three of these fill a buffer of 4 KB */
#define PER_BUFFER 3u

static void
write_big(struct etw_sim *sim, unsigned cpu, uint16_t id, uint64_t time_ft)
{
    uint8_t bytes[PAYLOAD];
    struct etw_record r = record_of(id);

    memset(bytes, (int)id, sizeof(bytes));
    r.time_ft = time_ft;
    r.payload = bytes;
    r.payload_len = sizeof(bytes);
    assert_int_equal(etw_sim_write(sim, cpu, &r), 1);
}

/* -- what passes ------------------------------------------------------------------------------- */

static bool
passes(struct etw_sim *sim, uint8_t level, uint64_t keyword, uint16_t id)
{
    struct etw_record r = record_of(id);

    r.level = level;
    r.keyword = keyword;
    return etw_sim_write(sim, 0, &r) == 1;
}

static void
test_level_keywords_and_ids_let_pass(void **state)
{
    struct etw_sim *sim = sim_make();
    uint64_t a = start_a(sim);
    struct etw_enable in = {.provider = provider, .control = ETW_ENABLE};
    struct etw_record other = record_of(1);

    (void)state;
    assert_false(passes(sim, 4, 0, 1)); /* nobody has enabled it */
    enable_all(sim, a);
    assert_true(passes(sim, 5, 0x100, 1)); /* any keyword 0, level 0: all */
    other.provider = other_provider;
    assert_int_equal(etw_sim_write(sim, 0, &other), 0);
    in.level = 3;
    in.any_keyword = 0x30;
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_true(passes(sim, 3, 0x10, 1));
    assert_true(passes(sim, 0, 0x20, 1)); /* log always */
    assert_false(passes(sim, 4, 0x10, 1));
    assert_false(passes(sim, 3, 0x40, 1));
    assert_true(passes(sim, 3, 0, 1)); /* keyword 0 always */
    in.all_keyword = 0x41;
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_false(passes(sim, 3, 0x50, 1));
    assert_true(passes(sim, 3, 0x51, 1));
    in = (struct etw_enable){
        .provider = provider, .control = ETW_ENABLE, .id_count = 2, .ids = {7, 9}};
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_true(passes(sim, 5, 0x40, 7) && passes(sim, 5, 0x40, 9));
    assert_false(passes(sim, 5, 0x40, 8));
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_extended_items_come_when_asked_for(void **state)
{
    static const uint8_t sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    struct etw_sim *sim = sim_make();
    uint64_t a = start_a(sim);
    struct consumer *c = consumer_make(sim);
    struct etw_enable in = {.provider = provider, .control = ETW_ENABLE};
    struct etw_record r = record_of(1);

    (void)state;
    r.sid = sid;
    r.sid_len = sizeof(sid);
    r.has_session = true;
    r.session_id = 2;
    r.start_key = 99;
    r.payload = (const uint8_t *)"abc";
    r.payload_len = 3;
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(etw_sim_write(sim, 0, &r), 1);
    in.properties = ETW_ENABLE_PROCESS_START_KEY;
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(etw_sim_write(sim, 0, &r), 1);
    in.properties = 3; /* SID, TS_ID */
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(etw_sim_write(sim, 0, &r), 1);
    consumer_start(c);
    finish(sim, c);
    assert_int_equal(c->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(c->seen[i].start_key, i == 1 ? 99 : 0);
        assert_int_equal(c->seen[i].sid_len, i == 2 ? sizeof(sid) : 0);
        assert_int_equal(c->seen[i].has_session, i == 2);
        assert_int_equal(c->seen[i].payload_len, 3);
        assert_int_equal(c->seen[i].first, 'a');
    }
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_kernel_records_go_to_system_loggers(void **state)
{
    struct etw_sim *sim = sim_make();
    struct etw_start in = {.name = u"Test-K",
                           .guid = guid_b,
                           .mode = ETW_MODE_REAL_TIME | ETW_MODE_SYSTEM_LOGGER,
                           .kernel_flags = ETW_KERNEL_PROCESS};
    struct etw_record r = record_of(1);
    struct etw_enable enable = {.provider = process_class, .control = ETW_ENABLE};
    uint64_t handle = 0;

    (void)state;
    r.provider = process_class;
    r.classic = true;
    assert_int_equal(enable_with(sim, start_a(sim), &enable), ETW_OK);
    assert_int_equal(etw_sim_write(sim, 0, &r), 0);
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    assert_int_equal(etw_sim_write(sim, 0, &r), 1);
    r.provider.bytes[0] = 0xD1; /* Thread */
    assert_int_equal(etw_sim_write(sim, 0, &r), 0);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

struct asked {
    unsigned count[3];
    uint64_t session;
};

static void
on_rundown(void *ctx, struct etw_sim *sim, uint64_t session, enum etw_sim_rundown why)
{
    struct asked *asked = ctx;
    struct etw_record r = record_of((uint16_t)(100 + why));

    asked->count[why]++;
    asked->session = session;
    if (why != ETW_SIM_CAPTURE) {
        r.provider = process_class;
        r.classic = true;
    }
    assert_true(etw_sim_write_to(sim, session, 1, &r));
}

static void
test_a_capture_asks_the_provider(void **state)
{
    struct etw_sim *sim = sim_make();
    uint64_t a = start_a(sim);
    struct consumer *c = consumer_make(sim);
    struct asked asked = {{0}, 0};
    struct etw_enable in = {.provider = provider, .control = ETW_CAPTURE_STATE};

    (void)state;
    etw_sim_set_rundown(sim, &provider, on_rundown, &asked);
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(asked.count[ETW_SIM_CAPTURE], 0); /* it is not enabled */
    enable_all(sim, a);
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(asked.count[ETW_SIM_CAPTURE], 1);
    assert_true(asked.session == a);
    consumer_start(c);
    finish(sim, c);
    expect_ids(c, (const uint16_t[]){100}, 1);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_a_system_logger_runs_down_by_itself(void **state)
{
    struct etw_sim *sim = sim_make();
    struct etw_start in = {.name = name_a,
                           .guid = guid_a,
                           .mode = ETW_MODE_REAL_TIME | ETW_MODE_SYSTEM_LOGGER,
                           .kernel_flags = ETW_KERNEL_PROCESS};
    struct consumer *c = consumer_make(sim);
    struct asked asked = {{0}, 0};
    uint64_t handle = 0;

    (void)state;
    etw_sim_set_rundown(sim, &process_class, on_rundown, &asked);
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    consumer_start(c);
    finish(sim, c);
    expect_ids(c, (const uint16_t[]){100 + ETW_SIM_LOGGER_START, 100 + ETW_SIM_LOGGER_STOP}, 2);
    assert_true(asked.session == handle);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- consumers --------------------------------------------------------------------------------- */

static void
test_consuming_what_does_not_run(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);

    (void)state;
    assert_int_equal(open_a(c), ETW_OK);
    assert_int_equal(c->api->process(c->api->ctx, c->trace), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(close_trace(c), ETW_OK);
    assert_int_equal(c->api->process(c->api->ctx, c->trace), ETW_INVALID_HANDLE);
    assert_int_equal(close_trace(c), ETW_INVALID_HANDLE);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 1); /* closing what is closed is misuse */
}

static void
test_closing_while_it_processes(void **state)
{
    struct etw_sim *sim = sim_make();
    uint64_t a = start_a(sim);
    struct consumer *c = consumer_make(sim);

    (void)state;
    etw_sim_set_manual_clock(sim);
    enable_all(sim, a);
    consumer_start(c);
    consumer_hold(c, true);
    write_id(sim, 0, 1);
    assert_int_equal(c->api->flush(c->api->ctx, a), ETW_OK);
    wait_in_callback(c);
    write_id(sim, 0, 2); /* lies with its processor */
    assert_int_equal(close_trace(c), ETW_CTX_CLOSE_PENDING);
    assert_int_equal(close_trace(c), ETW_INVALID_HANDLE);
    consumer_hold(c, false);
    consumer_join(c);
    assert_int_equal(c->code, ETW_OK);
    expect_ids(c, (const uint16_t[]){1}, 1);
    assert_int_equal(etw_sim_open_handles(sim), 0);
    assert_int_equal(etw_sim_sessions(sim), 1);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 1);
}

static void
test_one_consumer_of_a_session(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    struct consumer *second = consumer_make(sim);

    (void)state;
    (void)start_a(sim);
    consumer_start(c);
    assert_int_equal(open_a(second), ETW_OK);
    assert_int_equal(second->api->process(second->api->ctx, second->trace),
                     ETW_NO_SYSTEM_RESOURCES);
    assert_int_equal(close_trace(second), ETW_OK);
    finish(sim, c);
    consumer_free(c);
    consumer_free(second);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- when and in what order -------------------------------------------------------------------- */

static void
test_the_flush_timer_hands_over(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);

    (void)state;
    etw_sim_set_manual_clock(sim);
    enable_all(sim, start_a(sim));
    consumer_start(c);
    write_id(sim, 1, 1);
    etw_sim_advance_ms(sim, 300);
    write_id(sim, 0, 2);
    etw_sim_advance_ms(sim, 699);
    assert_true(etw_sim_drain(sim, DRAIN_MS));
    mutex_lock(c->mutex);
    assert_int_equal(c->count, 0); /* one second has not passed */
    mutex_unlock(c->mutex);
    etw_sim_advance_ms(sim, 1);
    write_id(sim, 0, 3);
    finish(sim, c);
    expect_ids(c, (const uint16_t[]){1, 2, 3}, 3); /* by time, whatever the processor */
    assert_int_equal(c->seen[1].time_ft - c->seen[0].time_ft, 300 * 10000);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_the_real_clock_flushes_too(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    uint64_t from_ns;
    size_t count = 0;

    (void)state;
    enable_all(sim, start_a(sim));
    from_ns = clock_mono_ns();
    consumer_start(c);
    write_id(sim, 0, 1);
    while (count == 0 && clock_mono_ns() - from_ns < DRAIN_MS * UINT64_C(1000000)) {
        mutex_lock(c->mutex);
        count = c->count;
        mutex_unlock(c->mutex);
        thread_sleep_ms(5);
    }
    assert_int_equal(count, 1);
    finish(sim, c);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* A busy processor's buffer fills; a quiet one's event, which is older, waits for the timer. */
static void
test_a_quiet_processor_comes_late(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    uint64_t now_ft;

    (void)state;
    etw_sim_set_manual_clock(sim);
    enable_all(sim, start_a(sim));
    now_ft = etw_sim_now_ft(sim);
    consumer_start(c);
    write_big(sim, 1, 1, now_ft);
    for (uint16_t i = 0; i <= PER_BUFFER; i++) {
        write_big(sim, 0, (uint16_t)(2 + i), now_ft + 1 + i);
    }
    assert_true(etw_sim_drain(sim, DRAIN_MS));
    finish(sim, c);
    expect_ids(c, (const uint16_t[]){2, 3, 4, 1, 5}, 5);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_what_is_there_is_sorted_or_not(void **state)
{
    (void)state;
    for (int unsorted = 0; unsorted < 2; unsorted++) {
        struct etw_sim *sim = sim_make();
        struct consumer *c = consumer_make(sim);
        uint64_t a = start_a(sim);

        etw_sim_set_manual_clock(sim);
        etw_sim_set_unsorted(sim, unsorted == 1);
        enable_all(sim, a);
        for (uint16_t i = 0; i < 4; i++) {
            write_big(sim, 1u - i % 2, i, 1000u + i);
        }
        assert_true(etw_sim_flush_cpu(sim, NAME, 0));
        assert_true(etw_sim_flush_cpu(sim, NAME, 1));
        consumer_start(c);
        finish(sim, c);
        expect_ids(
            c, unsorted == 1 ? (const uint16_t[]){1, 3, 0, 2} : (const uint16_t[]){0, 1, 2, 3}, 4);
        consumer_free(c);
        assert_int_equal(etw_sim_destroy(sim), 0);
    }
}

/* -- what is lost ------------------------------------------------------------------------------ */

static void
check_sum(const struct etw_sim_counts *n)
{
    assert_true(n->written == n->delivered + n->lost + n->in_lost_buffers + n->discarded);
}

static void
test_a_slow_consumer_loses_events(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    uint64_t a = start_a(sim);
    struct etw_properties p;
    struct etw_sim_counts n;

    (void)state;
    etw_sim_set_manual_clock(sim);
    enable_all(sim, a);
    consumer_start(c);
    consumer_hold(c, true);
    write_big(sim, 0, 1, 1);
    assert_int_equal(c->api->flush(c->api->ctx, a), ETW_OK);
    wait_in_callback(c); /* one of four buffers is with it */
    for (unsigned i = 0; i < 3 * PER_BUFFER + 5; i++) {
        write_big(sim, 0, (uint16_t)(2 + i), 2u + i);
    }
    assert_int_equal(c->api->query(c->api->ctx, name_a, &p), ETW_OK);
    assert_int_equal(p.events_lost, 5);
    assert_int_equal(p.real_time_buffers_lost, 0);
    assert_int_equal(p.buffers, 4);
    assert_int_equal(p.buffers_free, 0);
    consumer_hold(c, false);
    assert_true(etw_sim_drain(sim, DRAIN_MS));
    assert_true(etw_sim_get_counts(sim, NAME, &n));
    check_sum(&n);
    assert_int_equal(n.lost, 5);
    assert_int_equal(n.delivered, 1 + 3 * PER_BUFFER);
    finish(sim, c);
    assert_int_equal(c->count, 1 + 3 * PER_BUFFER + 1);
    assert_int_equal(c->seen[0].id, 1);
    assert_int_equal(c->seen[1].id, 32); /* RTLostEvent, before those that are left */
    assert_true(c->seen[1].classic);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_nobody_consumes(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    struct etw_properties p;

    (void)state;
    etw_sim_set_manual_clock(sim);
    etw_sim_set_playback(sim, 6); /* more than the session's own four */
    enable_all(sim, start_a(sim));
    for (unsigned i = 0; i < 8 * PER_BUFFER; i++) {
        write_big(sim, 0, (uint16_t)(100 + i), 2u + i);
    }
    assert_int_equal(c->api->query(c->api->ctx, name_a, &p), ETW_OK);
    assert_int_equal(p.events_lost, 0);
    assert_int_equal(p.real_time_buffers_lost, 1);
    consumer_start(c);
    assert_true(etw_sim_drain(sim, DRAIN_MS));
    while (c->api->query(c->api->ctx, name_a, &p) == ETW_OK && p.buffers_free < p.buffers - 1) {
        thread_sleep_ms(1);
    }
    finish(sim, c);
    assert_int_equal(c->count, 1 + 7 * PER_BUFFER);
    assert_int_equal(c->seen[0].id, 33); /* RTLostBuffer */
    assert_int_equal(c->seen[1].id, 100);
    assert_int_equal(c->seen[6 * PER_BUFFER].id, 100 + 6 * PER_BUFFER - 1);
    assert_int_equal(c->seen[6 * PER_BUFFER + 1].id, 100 + 7 * PER_BUFFER);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_a_buffer_is_lost(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *c = consumer_make(sim);
    struct etw_properties p;

    (void)state;
    enable_all(sim, start_a(sim));
    for (unsigned i = 0; i < 2 * PER_BUFFER; i++) {
        write_big(sim, 0, (uint16_t)(100 + i), 2u + i);
    }
    assert_true(etw_sim_lose_buffer(sim, NAME));
    assert_false(etw_sim_lose_buffer(sim, NAME));
    assert_int_equal(c->api->query(c->api->ctx, name_a, &p), ETW_OK);
    assert_int_equal(p.real_time_buffers_lost, 1);
    consumer_start(c);
    assert_int_equal(stop_a(sim, &p), ETW_OK); /* the last numbers */
    assert_int_equal(p.real_time_buffers_lost, 1);
    consumer_join(c);
    assert_int_equal(close_trace(c), ETW_OK);
    expect_ids(c, (const uint16_t[]){33, 103, 104, 105}, 4);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_the_next_client_is_given_what_waits(void **state)
{
    struct etw_sim *sim = sim_make();
    struct consumer *first = consumer_make(sim);
    struct consumer *next;

    (void)state;
    etw_sim_set_manual_clock(sim);
    enable_all(sim, start_a(sim));
    consumer_start(first);
    etw_sim_kill(sim);
    consumer_join(first);
    write_id(sim, 0, 7); /* the session has it enabled still */
    next = consumer_make(sim);
    consumer_start(next);
    finish(sim, next);
    assert_int_equal(first->count, 0);
    expect_ids(next, (const uint16_t[]){7}, 1);
    consumer_free(first);
    consumer_free(next);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- many threads ------------------------------------------------------------------------------ */

struct writer {
    struct etw_sim *sim;
    unsigned cpu;
    unsigned count;
    struct thread *thread;
};

static void
write_many(void *ctx)
{
    struct writer *w = ctx;
    uint8_t bytes[60] = {1};
    struct etw_record r = record_of(10);

    r.payload = bytes;
    r.payload_len = sizeof(bytes);
    for (unsigned i = 0; i < w->count; i++) {
        r.time_ft = 1000 + i;
        (void)etw_sim_write(w->sim, w->cpu, &r);
    }
}

static void
test_many_writers_and_one_reader(void **state)
{
    static const struct thread_opts opts = {.name = "writer"};
    struct etw_sim *sim = sim_make();
    struct etw_start in = {
        .name = name_a, .guid = guid_a, .buffers_max = 64, .mode = ETW_MODE_REAL_TIME};
    struct consumer *c = consumer_make(sim);
    struct writer w[2] = {{sim, 0, 200000, NULL}, {sim, 1, 200000, NULL}};
    struct etw_sim_counts n;
    uint64_t handle, from_ns = clock_mono_ns();

    (void)state;
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    enable_all(sim, handle);
    consumer_start(c);
    for (size_t i = 0; i < COUNT(w); i++) {
        assert_int_equal(thread_start(&opts, write_many, &w[i], &w[i].thread), ERR_OK);
    }
    for (size_t i = 0; i < COUNT(w); i++) {
        thread_join(w[i].thread);
    }
    assert_int_equal(c->api->flush(c->api->ctx, handle), ETW_OK);
    do {
        thread_sleep_ms(1);
        assert_true(etw_sim_get_counts(sim, NAME, &n));
    } while (n.delivered + n.lost < n.written);
    print_message("%.0f events/s written, %u of %u lost\n",
                  (double)n.written * 1e9 / (double)(clock_mono_ns() - from_ns), (unsigned)n.lost,
                  (unsigned)n.written);
    assert_int_equal(n.written, 400000);
    check_sum(&n);
    finish(sim, c);
    assert_true(c->count >= n.delivered);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level_keywords_and_ids_let_pass),
        cmocka_unit_test(test_extended_items_come_when_asked_for),
        cmocka_unit_test(test_kernel_records_go_to_system_loggers),
        cmocka_unit_test(test_a_capture_asks_the_provider),
        cmocka_unit_test(test_a_system_logger_runs_down_by_itself),
        cmocka_unit_test(test_consuming_what_does_not_run),
        cmocka_unit_test(test_closing_while_it_processes),
        cmocka_unit_test(test_one_consumer_of_a_session),
        cmocka_unit_test(test_the_flush_timer_hands_over),
        cmocka_unit_test(test_the_real_clock_flushes_too),
        cmocka_unit_test(test_a_quiet_processor_comes_late),
        cmocka_unit_test(test_what_is_there_is_sorted_or_not),
        cmocka_unit_test(test_a_slow_consumer_loses_events),
        cmocka_unit_test(test_nobody_consumes),
        cmocka_unit_test(test_a_buffer_is_lost),
        cmocka_unit_test(test_the_next_client_is_given_what_waits),
        cmocka_unit_test(test_many_writers_and_one_reader),
    };

    return cmocka_run_group_tests_name("etw_sim_delivery", tests, NULL, NULL);
}
