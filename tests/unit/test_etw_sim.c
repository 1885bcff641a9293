/* test_etw_sim - the simulated ETW: sessions, what they have enabled, and who outlives whom. The
 * pages are named in support/etw_sim.h. See test_etw_sim_delivery.c for events. */
#include "test_etw_sim_help.h"

#define NAME_LIMIT 1024

static const struct etw_start usual = {.name = name_a,
                                       .guid = {{0xA0, 1}},
                                       .buffer_kb = 64,
                                       .buffers_min = 8,
                                       .buffers_max = 32,
                                       .flush_s = 1,
                                       .mode = ETW_MODE_REAL_TIME};

/* -- StartTrace -------------------------------------------------------------------------------- */

static void
test_a_name_or_guid_runs_once(void **state)
{
    struct etw_sim *sim = sim_make();
    struct etw_start in = usual;
    uint64_t handle = 0, again = 7;

    (void)state;
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    in.name = u"tEST-a";
    in.guid = guid_b;
    assert_int_equal(start_with(sim, &in, &again), ETW_ALREADY_EXISTS);
    in.name = u"Test-B";
    in.guid = guid_a;
    assert_int_equal(start_with(sim, &in, &again), ETW_ALREADY_EXISTS);
    assert_int_equal(again, 7);
    in.guid = (struct etw_guid){{0}}; /* the system makes one */
    assert_int_equal(start_with(sim, &in, &again), ETW_OK);
    in.name = u"Test-C";
    assert_int_equal(start_with(sim, &in, &again), ETW_OK);
    assert_int_equal(etw_sim_sessions(sim), 3);
    assert_true((handle & 0xFFFF) != (again & 0xFFFF));
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_what_cannot_be_started(void **state)
{
    static const struct {
        uint32_t kb, min, max, mode, flags, code;
    } cases[] = {
        {3, 0, 0, ETW_MODE_REAL_TIME, 0, ETW_INVALID_PARAMETER},
        {16385, 0, 0, ETW_MODE_REAL_TIME, 0, ETW_INVALID_PARAMETER},
        {64, 9, 8, ETW_MODE_REAL_TIME, 0, ETW_INVALID_PARAMETER},
        {64, 8, 8, ETW_MODE_REAL_TIME, ETW_KERNEL_PROCESS, ETW_INVALID_PARAMETER},
        {64, 8, 8, 0, 0, 161}, /* ERROR_BAD_PATHNAME: neither a mode nor a file */
        {4, 8, 8, ETW_MODE_REAL_TIME, 0, ETW_OK},
    };
    struct etw_sim *sim = sim_make();
    uint64_t handle = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct etw_start in = usual;

        in.buffer_kb = cases[i].kb;
        in.buffers_min = cases[i].min;
        in.buffers_max = cases[i].max;
        in.mode = cases[i].mode;
        in.kernel_flags = cases[i].flags;
        assert_int_equal(start_with(sim, &in, &handle), cases[i].code);
    }
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_a_name_has_a_limit(void **state)
{
    struct etw_sim *sim = sim_make();
    uint16_t name[NAME_LIMIT + 2];
    struct etw_start in = usual;
    uint64_t handle;

    (void)state;
    for (size_t i = 0; i <= NAME_LIMIT; i++) {
        name[i] = 'x';
    }
    name[NAME_LIMIT + 1] = 0;
    in.name = name;
    assert_int_equal(start_with(sim, &in, &handle), ETW_BAD_LENGTH);
    name[NAME_LIMIT] = 0;
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    name[0] = 0;
    assert_int_equal(start_with(sim, &in, &handle), ETW_INVALID_PARAMETER);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_sixty_four_sessions(void **state)
{
    struct etw_sim *sim = sim_make();
    uint64_t handle = 0;
    char name[16];

    (void)state;
    for (unsigned i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        struct etw_guid guid = {{0xC0, (uint8_t)i}};

        (void)snprintf(name, sizeof(name), "Foreign-%u", i);
        assert_true(etw_sim_add_session(sim, name, &guid, 0) != 0);
    }
    assert_int_equal(start_with(sim, &usual, &handle), ETW_NO_SYSTEM_RESOURCES);
    assert_true(etw_sim_stop_session(sim, "foreign-17"));
    assert_int_equal(start_with(sim, &usual, &handle), ETW_OK);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_eight_system_loggers_of_which_two_are_reserved(void **state)
{
    struct etw_sim *sim = sim_make();
    struct etw_start in = usual;
    uint64_t handle = 0;
    char name[16];

    (void)state;
    for (unsigned i = 0; i < ETW_SIM_SYSTEM_LOGGERS_MAX - 2; i++) {
        struct etw_guid guid = {{0xC0, (uint8_t)i}};

        (void)snprintf(name, sizeof(name), "Logger-%u", i);
        assert_true(etw_sim_add_session(sim, name, &guid, ETW_MODE_SYSTEM_LOGGER) != 0);
    }
    in.mode |= ETW_MODE_SYSTEM_LOGGER;
    in.kernel_flags = ETW_KERNEL_PROCESS | ETW_KERNEL_NO_SYSCONFIG;
    assert_int_equal(start_with(sim, &in, &handle), ETW_NO_SYSTEM_RESOURCES);
    assert_true(etw_sim_add_session(sim, "NT Kernel Logger", &guid_b, ETW_MODE_SYSTEM_LOGGER) != 0);
    assert_int_equal(start_with(sim, &usual, &handle), ETW_OK); /* an ordinary one */
    assert_int_equal(stop_a(sim, NULL), ETW_OK);
    assert_true(etw_sim_stop_session(sim, "Logger-3"));
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- ControlTrace ------------------------------------------------------------------------------ */

static void
test_what_was_asked_for_is_settled(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    struct etw_start in = usual;
    struct etw_properties p;
    uint64_t handle = 0;

    (void)state;
    etw_sim_set_cpus(sim, 6);
    in.buffers_min = 2;
    in.buffers_max = 3;
    in.flush_s = 0;
    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    assert_int_equal(api->query(api->ctx, u"TEST-A", &p), ETW_OK);
    assert_true(p.handle == handle);
    assert_memory_equal(&p.guid, &guid_a, sizeof(guid_a));
    assert_int_equal(p.buffer_kb, 64);
    assert_int_equal(p.buffers_min, 12); /* two per processor */
    assert_int_equal(p.buffers_max, 12);
    assert_int_equal(p.buffers, 12);
    assert_int_equal(p.buffers_free, 12);
    assert_int_equal(p.flush_s, 1);
    assert_int_equal(p.mode, ETW_MODE_REAL_TIME);
    assert_int_equal(p.events_lost + p.log_buffers_lost + p.real_time_buffers_lost, 0);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_what_does_not_run_is_not_found(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    struct etw_properties p;
    uint64_t handle, again;

    (void)state;
    assert_int_equal(api->query(api->ctx, name_a, &p), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(stop_a(sim, &p), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(api->stop(api->ctx, 0, NULL, &p), ETW_INVALID_PARAMETER);
    handle = start_a(sim);
    assert_int_equal(api->stop(api->ctx, 0x12345, name_a, &p), ETW_OK); /* the name is heard */
    assert_true(p.handle == handle);
    assert_int_equal(api->stop(api->ctx, handle, NULL, &p), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(api->flush(api->ctx, handle), ETW_INSTANCE_NOT_FOUND);
    again = start_a(sim);
    assert_true(again != handle);
    assert_int_equal(api->stop(api->ctx, handle, NULL, &p), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(api->stop(api->ctx, again, NULL, NULL), ETW_OK);
    assert_int_equal(etw_sim_sessions(sim), 0);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- EnableTraceEx2, EnumerateTraceGuidsEx ----------------------------------------------------- */

static void
test_who_has_a_provider_enabled(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    uint64_t a = start_a(sim);
    struct etw_enable in = {.provider = provider,
                            .control = ETW_ENABLE,
                            .level = 4,
                            .any_keyword = 0x50,
                            .all_keyword = 0x40,
                            .properties = ETW_ENABLE_PROCESS_START_KEY};
    struct etw_enabled out;
    struct etw_enable asked;

    (void)state;
    assert_int_equal(enable_with(sim, a + 0x10000, &in), ETW_INVALID_PARAMETER);
    assert_int_equal(enable_with(sim, 0, &in), ETW_INVALID_PARAMETER);
    assert_int_equal(api->enabled(api->ctx, a, &provider, &out), ETW_NOT_FOUND);
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(api->enabled(api->ctx, a, &provider, &out), ETW_OK);
    assert_int_equal(out.level, 4);
    assert_int_equal(out.any_keyword, 0x50);
    assert_int_equal(out.all_keyword, 0x40);
    assert_int_equal(out.properties, ETW_ENABLE_PROCESS_START_KEY);
    assert_int_equal(api->enabled(api->ctx, a, &other_provider, &out), ETW_NOT_FOUND);
    in =
        (struct etw_enable){.provider = provider, .control = ETW_ENABLE, .id_count = 1, .ids = {7}};
    assert_int_equal(enable_with(sim, a, &in), ETW_OK); /* replaces all of it */
    assert_int_equal(api->enabled(api->ctx, a, &provider, &out), ETW_OK);
    assert_int_equal(out.level + out.any_keyword + out.all_keyword + out.properties, 0);
    assert_true(etw_sim_get_enable(sim, NAME, &provider, &asked));
    assert_int_equal(asked.id_count, 1);
    in.control = ETW_DISABLE;
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(enable_with(sim, a, &in), ETW_OK);
    assert_int_equal(api->enabled(api->ctx, a, &provider, &out), ETW_NOT_FOUND);
    in.control = ETW_ENABLE;
    in.id_count = ETW_IDS_MAX + 1;
    assert_int_equal(enable_with(sim, a, &in), ETW_INVALID_PARAMETER);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_eight_sessions_share_a_provider(void **state)
{
    struct etw_sim *sim = sim_make();
    struct etw_enable in = {.provider = provider, .control = ETW_ENABLE};
    uint64_t handle[ETW_SIM_PROVIDER_SESSIONS_MAX + 1];

    (void)state;
    for (unsigned i = 0; i <= ETW_SIM_PROVIDER_SESSIONS_MAX; i++) {
        struct etw_guid guid = {{0xC0, (uint8_t)i}};
        char name[16];

        (void)snprintf(name, sizeof(name), "Session-%u", i);
        handle[i] = etw_sim_add_session(sim, name, &guid, 0);
        assert_int_equal(enable_with(sim, handle[i], &in),
                         i < ETW_SIM_PROVIDER_SESSIONS_MAX ? ETW_OK : ETW_NO_SYSTEM_RESOURCES);
    }
    assert_int_equal(enable_with(sim, handle[0], &in), ETW_OK); /* it has it */
    assert_true(etw_sim_disable_provider(sim, "Session-5", &provider));
    assert_int_equal(enable_with(sim, handle[ETW_SIM_PROVIDER_SESSIONS_MAX], &in), ETW_OK);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* -- a provider of the client's own ------------------------------------------------------------ */

static void
test_a_provider_of_our_own(void **state)
{
    static uint8_t big[70000];
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    struct consumer *c = consumer_make(sim);
    uint64_t p = 0;
    struct etw_properties properties;

    (void)state;
    assert_int_equal(api->provider_register(api->ctx, &provider, &p), ETW_OK);
    assert_int_equal(api->provider_write(api->ctx, p, 5, "x", 1), ETW_OK); /* nobody listens */
    enable_all(sim, start_a(sim));
    assert_int_equal(api->provider_write(api->ctx, p, 6, "yz", 2), ETW_OK);
    assert_int_equal(api->provider_write(api->ctx, p, 7, big, 5000), ETW_MORE_DATA);
    assert_int_equal(api->provider_write(api->ctx, p, 8, big, sizeof(big)), 534);
    assert_int_equal(api->query(api->ctx, name_a, &properties), ETW_OK);
    assert_int_equal(properties.events_lost, 1);
    assert_int_equal(api->provider_unregister(api->ctx, p), ETW_OK);
    assert_int_equal(api->provider_write(api->ctx, p, 9, "x", 1), ETW_INVALID_HANDLE);
    consumer_start(c);
    finish(sim, c);
    expect_ids(c, (const uint16_t[]){32, 6}, 2);
    assert_int_equal(c->seen[1].first, 'y');
    assert_int_equal(c->seen[1].payload_len, 2);
    assert_int_equal(c->seen[1].pid, process_id());
    assert_false(c->seen[1].classic);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 1);
}

/* -- others ------------------------------------------------------------------------------------ */

static void
test_sessions_outlive_their_client(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *dead = etw_sim_api(sim);
    uint64_t a = start_a(sim);
    struct consumer *c = consumer_make(sim);
    struct etw_enabled out;
    struct etw_properties p;
    uint64_t registered = 0;

    (void)state;
    enable_all(sim, a);
    consumer_start(c);
    assert_int_equal(dead->provider_register(dead->ctx, &provider, &registered), ETW_OK);
    assert_int_equal(etw_sim_open_handles(sim), 2);
    etw_sim_kill(sim);
    consumer_join(c);
    assert_int_equal(etw_sim_open_handles(sim), 0);
    assert_int_equal(etw_sim_session(sim, NAME), a);
    /* What is left of the dead one does no harm. */
    assert_int_equal(dead->stop(dead->ctx, a, NULL, &p), ETW_INVALID_HANDLE);
    assert_int_equal(dead->close(dead->ctx, c->trace), ETW_INVALID_HANDLE);
    assert_int_equal(dead->provider_unregister(dead->ctx, registered), ETW_INVALID_HANDLE);
    assert_int_equal(etw_sim_sessions(sim), 1);
    /* The next one finds the session and what it has enabled. */
    assert_ptr_not_equal(etw_sim_api(sim), dead);
    assert_int_equal(start_with(sim, &usual, &a), ETW_ALREADY_EXISTS);
    assert_int_equal(etw_sim_api(sim)->enabled(etw_sim_api(sim)->ctx, a, &provider, &out), ETW_OK);
    assert_int_equal(stop_a(sim, &p), ETW_OK);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_others_may_tamper(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    uint64_t a = start_a(sim);
    struct etw_enabled out;
    struct etw_properties p;

    (void)state;
    enable_all(sim, a);
    assert_true(etw_sim_disable_provider(sim, NAME, &provider));
    assert_false(etw_sim_disable_provider(sim, NAME, &provider));
    assert_int_equal(api->enabled(api->ctx, a, &provider, &out), ETW_NOT_FOUND);
    assert_int_equal(write_id(sim, 0, 1), 0);
    assert_true(etw_sim_stop_session(sim, NAME));
    assert_false(etw_sim_stop_session(sim, NAME));
    assert_int_equal(api->query(api->ctx, name_a, &p), ETW_INSTANCE_NOT_FOUND);
    assert_int_equal(etw_sim_add_session(sim, NAME, &guid_a, 0) != 0, 1); /* takes our name */
    assert_int_equal(etw_sim_add_session(sim, "Test-B", &guid_a, 0), 0);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

static void
test_any_call_fails_on_demand(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    struct consumer *c = consumer_make(sim);
    struct etw_properties p = {.handle = 77};
    uint64_t handle = 0;

    (void)state;
    etw_sim_fail(sim, ETW_SIM_START, 1, 2, ETW_ACCESS_DENIED);
    assert_int_equal(start_with(sim, &usual, &handle), ETW_OK);
    assert_int_equal(start_with(sim, &usual, &handle), ETW_ACCESS_DENIED);
    assert_int_equal(start_with(sim, &usual, &handle), ETW_ACCESS_DENIED);
    assert_int_equal(start_with(sim, &usual, &handle), ETW_ALREADY_EXISTS);
    assert_int_equal(etw_sim_calls(sim, ETW_SIM_START), 4);
    etw_sim_fail(sim, ETW_SIM_STOP, 0, 1, ETW_ACCESS_DENIED);
    assert_int_equal(stop_a(sim, &p), ETW_ACCESS_DENIED);
    assert_int_equal(etw_sim_sessions(sim), 1);
    etw_sim_fail(sim, ETW_SIM_STOP, 0, 1, ETW_MORE_DATA); /* it has stopped by then */
    assert_int_equal(stop_a(sim, &p), ETW_MORE_DATA);
    assert_int_equal(p.handle, 77);
    assert_int_equal(etw_sim_sessions(sim), 0);
    assert_int_equal(open_a(c), ETW_OK);
    etw_sim_fail(sim, ETW_SIM_CLOSE, 0, 1, ETW_ACCESS_DENIED);
    assert_int_equal(close_trace(c), ETW_ACCESS_DENIED);
    assert_int_equal(etw_sim_open_handles(sim), 0);
    assert_int_equal(etw_sim_misused(sim), 0);
    assert_int_equal(close_trace(c), ETW_INVALID_HANDLE);
    assert_int_equal(api->provider_unregister(api->ctx, 9), ETW_INVALID_HANDLE);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 2);
}

static void
test_what_is_left_open_is_told(void **state)
{
    struct etw_sim *sim = sim_make();
    const struct etw_api *api = etw_sim_api(sim);
    struct consumer *c = consumer_make(sim);
    uint64_t registered = 0;

    (void)state;
    assert_int_equal(open_a(c), ETW_OK);
    assert_int_equal(api->provider_register(api->ctx, &provider, &registered), ETW_OK);
    consumer_free(c);
    assert_int_equal(etw_sim_destroy(sim), 2);
}

static void
test_no_memory(void **state)
{
    struct etw_sim *sim = NULL;
    uint64_t handle = 0;
    size_t n = 0;

    (void)state;
    while (sim == NULL) {
        mem_fail_after(n++);
        sim = etw_sim_create();
        mem_fail_after(SIZE_MAX);
    }
    assert_true(n > 2);
    n = 0;
    while (handle == 0) {
        uint32_t code;

        mem_fail_after(n++);
        code = start_with(sim, &usual, &handle);
        mem_fail_after(SIZE_MAX);
        assert_true(code == (handle == 0 ? (uint32_t)ETW_NOT_ENOUGH_MEMORY : (uint32_t)ETW_OK));
    }
    assert_true(n > 8);
    assert_int_equal(etw_sim_destroy(sim), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_or_guid_runs_once),
        cmocka_unit_test(test_what_cannot_be_started),
        cmocka_unit_test(test_a_name_has_a_limit),
        cmocka_unit_test(test_sixty_four_sessions),
        cmocka_unit_test(test_eight_system_loggers_of_which_two_are_reserved),
        cmocka_unit_test(test_what_was_asked_for_is_settled),
        cmocka_unit_test(test_what_does_not_run_is_not_found),
        cmocka_unit_test(test_who_has_a_provider_enabled),
        cmocka_unit_test(test_eight_sessions_share_a_provider),
        cmocka_unit_test(test_a_provider_of_our_own),
        cmocka_unit_test(test_sessions_outlive_their_client),
        cmocka_unit_test(test_others_may_tamper),
        cmocka_unit_test(test_any_call_fails_on_demand),
        cmocka_unit_test(test_what_is_left_open_is_told),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("etw_sim", tests, NULL, NULL);
}
