/* test_adapter_source - the thread, its inlet, its inventory, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/adapter_source.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/posture_sim.h"

#define LINE 1u
#define LONG_NS UINT64_C(25000000000)

static struct posture_sim sim;
static struct inlet *inlet;
static struct adapter_source_opts opts;

static int
setup(void **state)
{
    (void)state;
    assert_int_equal(posture_sim_init(&sim), ERR_OK);
    assert_int_equal(inlet_create(LINE + 1, 0, &inlet), ERR_OK);
    opts = (struct adapter_source_opts){&sim.api, inlet, LINE, SV("PC-A")};
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    inlet_destroy(inlet);
    posture_sim_fini(&sim);
    return 0;
}

/* The next event, which lives until the next call. */
static struct event
take(void)
{
    uint64_t until_ns = clock_mono_ns() + LONG_NS;
    struct inlet_item item;
    struct event ev;

    while (!inlet_take(inlet, clock_mono_ns(), &item)) {
        assert_true(clock_mono_ns() < until_ns);
        inlet_wait(inlet, clock_mono_ns() + 10000000);
    }
    assert_int_equal(item.type, INLET_EVENT);
    assert_int_equal(item.source, LINE);
    assert_int_equal(event_unpack((const uint8_t *)item.data.p, item.data.len, &ev), ERR_OK);
    assert_true(sv_eq(ev.host, SV("PC-A")));
    return ev;
}

static void
expect_action(const char *action)
{
    struct event ev = take();

    assert_true(sv_eq(ev.action, sv_from(action)));
}

static void
tells_in_order(void **state)
{
    struct adapter_source_status status;
    struct adapter_source *s = NULL;

    (void)state;
    assert_int_equal(adapter_source_create(&opts, &s), ERR_OK);
    adapter_source_status(s, &status);
    assert_false(status.looked);
    assert_int_equal(adapter_source_start(s), ERR_OK);
    assert_int_equal(adapter_source_start(s), ERR_OK);
    expect_action("inventory");
    expect_action("inventory");
    posture_sim_remove(&sim, 1);
    posture_sim_notify(&sim, POSTURE_ADDRESSES, 1);
    expect_action("gone");
    adapter_source_stop(s);
    adapter_source_stop(s);
    adapter_source_status(s, &status);
    assert_true(status.looked);
    assert_int_equal(status.code, POSTURE_OK);
    assert_int_equal(status.events, 3);
    assert_int_equal(status.lost, 0);
    assert_true(status.looks >= 2 && status.look_ft >= status.event_ft);
    adapter_source_destroy(s);
}

/* A look that holds not all of them is no inventory. */
static void
more_than_fit(void **state)
{
    struct adapter_source *s = NULL;

    (void)state;
    for (unsigned i = 3; i < 3 + POSTURE_ADAPTER_MAX; i++) {
        (void)posture_sim_add(&sim, i, POSTURE_IF_WIFI, NULL);
    }
    assert_int_equal(adapter_source_create(&opts, &s), ERR_OK);
    assert_int_equal(adapter_source_start(s), ERR_OK);
    for (unsigned i = 0; i < POSTURE_ADAPTER_MAX; i++) {
        expect_action("seen");
    }
    adapter_source_stop(s);
    adapter_source_destroy(s);
}

/* It waits for room, and is stopped all the same. */
static void
full_inlet(void **state)
{
    static char bytes[16 * 1024];
    struct inlet_item item = {
        .type = INLET_PASSED, .source = LINE, .position = {bytes, sizeof(bytes)}};
    struct adapter_source_status status;
    struct adapter_source *s = NULL;

    (void)state;
    for (; item.position.len > 0; item.position.len /= 2) {
        while (inlet_put(inlet, &item, 0) == ERR_OK) {
        }
    }
    assert_int_equal(adapter_source_create(&opts, &s), ERR_OK);
    assert_int_equal(adapter_source_start(s), ERR_OK);
    do {
        thread_sleep_ms(5);
        adapter_source_status(s, &status);
    } while (!status.looked);
    adapter_source_stop(s);
    adapter_source_status(s, &status);
    assert_int_equal(status.events, 0);
    assert_int_equal(status.lost, 2);
    adapter_source_destroy(s);
}

static void
no_memory(void **state)
{
    struct adapter_source *s = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = adapter_source_create(&opts, &s);
        mem_fail_after(SIZE_MAX);
        assert_true((err == ERR_OK) == (s != NULL));
    }
    assert_int_equal(err, ERR_OK);
    adapter_source_stop(s); /* never started */
    adapter_source_destroy(s);
    adapter_source_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(full_inlet, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
    };

    return cmocka_run_group_tests_name("adapter_source", tests, NULL, NULL);
}
