/* test_adapter_watch - when it looks, what it tells, and its end beside a thread of the system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "core/mem.h"
#include "platform/os.h"
#include "posture/adapter_watch.h"
#include "support/posture_sim.h"

#define MS UINT64_C(1000000)
#define START (UINT64_C(1000) * 1000 * MS)

static struct posture_sim sim;
static struct adapter_watch *watch;
static unsigned told[ADAPTER_CHANGE_COUNT];
static unsigned inventory;
static atomic_uint wakes;
static struct flag *inside; /* raised by a wake that then waits for go_on */
static struct flag *go_on;

static void
on_change(void *ctx, const struct adapter_change *change)
{
    assert_ptr_equal(ctx, &sim);
    told[change->what]++;
    inventory += change->inventory;
}

static void
on_wake(void *ctx)
{
    assert_ptr_equal(ctx, &sim);
    atomic_fetch_add(&wakes, 1);
}

static void
on_wake_slowly(void *ctx)
{
    (void)ctx;
    flag_raise(inside);
    (void)flag_wait_until(go_on, THREAD_FOREVER);
    atomic_fetch_add(&wakes, 1);
}

static struct adapter_watch_options
options(void)
{
    return (struct adapter_watch_options){
        .api = &sim.api, .change = on_change, .wake = on_wake, .ctx = &sim};
}

static int
setup(void **state)
{
    struct adapter_watch_options o = options();

    (void)state;
    memset(told, 0, sizeof(told));
    inventory = 0;
    atomic_store(&wakes, 0);
    watch = NULL;
    return posture_sim_init(&sim) == ERR_OK && adapter_watch_create(&o, &watch) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    adapter_watch_destroy(watch);
    posture_sim_fini(&sim);
    return 0;
}

static void
step(uint64_t now_ns)
{
    assert_int_equal(adapter_watch_step(watch, now_ns), ERR_OK);
}

static uint64_t
looks(void)
{
    return adapter_watch_status(watch)->looks;
}

static void
notify(enum posture_notice what, unsigned count)
{
    posture_sim_notify(&sim, what, count);
    posture_sim_settle(&sim);
}

static void
test_first_look(void **state)
{
    (void)state;
    assert_null(adapter_watch_snapshot(watch));
    assert_true(adapter_watch_due_ns(watch) <= START);
    step(START);
    assert_int_equal(looks(), 1);
    assert_int_equal(told[ADAPTER_APPEARED], 2);
    assert_int_equal(inventory, 4); /* and their addresses */
    assert_int_equal(adapter_watch_snapshot(watch)->count, 2);
    assert_int_equal(adapter_watch_status(watch)->subscribed, 7);
    assert_int_equal(adapter_watch_status(watch)->last_known_ns, START);
    assert_int_equal(adapter_watch_due_ns(watch), START + ADAPTER_WATCH_POLL_NS);
}

static void
test_notices(void **state)
{
    (void)state;
    step(START);
    (void)posture_sim_add(&sim, 3, POSTURE_IF_WWAN_GSM, NULL);
    for (unsigned i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        notify((enum posture_notice)i, 3);
    }
    assert_int_equal(atomic_load(&wakes), 9);
    assert_int_equal(adapter_watch_due_ns(watch), 0);
    step(START + 1000 * MS); /* heard now: half a second of quiet from here */
    assert_int_equal(looks(), 1);
    assert_int_equal(adapter_watch_due_ns(watch), START + 1500 * MS);
    step(START + 1499 * MS);
    assert_int_equal(looks(), 1);
    step(START + 1500 * MS);
    assert_int_equal(looks(), 2);
    assert_int_equal(told[ADAPTER_APPEARED], 3);
    assert_int_equal(inventory, 4);
    assert_int_equal(adapter_watch_status(watch)->notices, 9);
    assert_int_equal(adapter_watch_due_ns(watch), START + 1500 * MS + ADAPTER_WATCH_POLL_NS);
    step(START + 2000 * MS);
    assert_int_equal(looks(), 2);
}

/* Notices that never stop do not keep it from looking. */
static void
test_latest(void **state)
{
    uint64_t now = START;

    (void)state;
    step(now);
    for (unsigned i = 0; i < 100; i++) {
        now += 100 * MS;
        notify(POSTURE_ROUTES, 1);
        step(now);
    }
    assert_int_equal(looks(), 2); /* 0.1 s + 5 s, and the next not before 10.2 s */
    now += 200 * MS;
    step(now);
    assert_int_equal(looks(), 3);
}

static void
test_no_notices(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        sim.fail_subscribe[i] = POSTURE_NOT_SUPPORTED;
    }
    step(START);
    assert_int_equal(adapter_watch_status(watch)->subscribed, 0);
    assert_int_equal(adapter_watch_status(watch)->notice_code, POSTURE_NOT_SUPPORTED);
    posture_sim_remove(&sim, 1);
    step(START + ADAPTER_WATCH_POLL_NS - 1);
    assert_int_equal(looks(), 1);
    step(START + ADAPTER_WATCH_POLL_NS);
    assert_int_equal(told[ADAPTER_GONE], 1);
    assert_int_equal(atomic_load(&wakes), 0);
}

/* What is refused is asked for again at the next look, the rest is not subscribed to twice. */
static void
test_each_subscription_fails(void **state)
{
    static const uint32_t codes[] = {POSTURE_INVALID_HANDLE, POSTURE_INVALID_PARAMETER,
                                     POSTURE_NOT_ENOUGH_MEMORY, POSTURE_NOT_SUPPORTED};
    uint64_t now = START;
    unsigned calls = 3;

    (void)state;
    step(now);
    for (unsigned i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        for (size_t k = 0; k < COUNT(codes); k++) {
            struct adapter_watch_options o = options();

            adapter_watch_destroy(watch);
            assert_int_equal(adapter_watch_create(&o, &watch), ERR_OK);
            sim.fail_subscribe[i] = codes[k];
            step(now += ADAPTER_WATCH_POLL_NS);
            assert_int_equal(adapter_watch_status(watch)->notice_code, codes[k]);
            assert_int_equal(adapter_watch_status(watch)->subscribed, 7u & ~(1u << i));
            assert_int_equal(adapter_watch_status(watch)->code, POSTURE_OK);
            sim.fail_subscribe[i] = POSTURE_OK;
            step(now += ADAPTER_WATCH_POLL_NS);
            assert_int_equal(adapter_watch_status(watch)->subscribed, 7);
            calls += 4;
            assert_int_equal(sim.subscribe_calls, calls);
        }
    }
}

/* What cannot be read is not gone; what changed meanwhile is told when it can be read again. */
static void
test_a_failed_look(void **state)
{
    static const uint32_t codes[] = {POSTURE_NOT_ENOUGH_MEMORY, POSTURE_BUFFER_OVERFLOW,
                                     POSTURE_INVALID_PARAMETER, POSTURE_ADDRESS_NOT_ASSOCIATED};
    uint64_t now = START;

    (void)state;
    step(now);
    (void)posture_sim_add(&sim, 3, POSTURE_IF_WWAN_GSM, NULL);
    for (size_t i = 0; i < COUNT(codes); i++) {
        sim.fail_adapters = codes[i];
        step(now += ADAPTER_WATCH_POLL_NS);
        assert_int_equal(adapter_watch_status(watch)->code, codes[i]);
        assert_string_equal(adapter_watch_status(watch)->call, "GetAdaptersAddresses");
        assert_int_equal(adapter_watch_status(watch)->failed_looks, i + 1);
        assert_int_equal(adapter_watch_status(watch)->last_known_ns, START);
        assert_int_equal(adapter_watch_snapshot(watch)->count, 2);
    }
    assert_int_equal(told[ADAPTER_GONE], 0);
    sim.fail_adapters = POSTURE_OK;
    step(now += ADAPTER_WATCH_POLL_NS);
    assert_int_equal(told[ADAPTER_APPEARED], 3);
    assert_int_equal(inventory, 4);
    assert_int_equal(adapter_watch_status(watch)->code, POSTURE_OK);
    assert_int_equal(adapter_watch_status(watch)->changes, 5);
}

/* Nothing was ever known: the first that is, is inventory, however late. */
static void
test_known_late(void **state)
{
    (void)state;
    sim.fail_adapters = POSTURE_ACCESS_DENIED;
    step(START);
    assert_null(adapter_watch_snapshot(watch));
    assert_int_equal(adapter_watch_status(watch)->last_known_ns, 0);
    sim.fail_adapters = POSTURE_OK;
    step(START + ADAPTER_WATCH_POLL_NS);
    assert_int_equal(inventory, 4);
}

static void
test_no_system(void **state)
{
    struct adapter_watch_options o = {.api = NULL};
    struct adapter_watch *w;

    (void)state;
    assert_int_equal(adapter_watch_create(&o, &w), ERR_OK);
    assert_int_equal(adapter_watch_step(w, START), ERR_OK);
    assert_int_equal(adapter_watch_status(w)->code, POSTURE_NOT_IMPLEMENTED);
    assert_null(adapter_watch_snapshot(w));
    assert_int_equal(adapter_watch_due_ns(w), START + ADAPTER_WATCH_POLL_NS);
    adapter_watch_destroy(w);
    adapter_watch_destroy(NULL);
}

static void
test_no_memory(void **state)
{
    struct adapter_watch_options o = options();
    enum err err = ERR_NOMEM;
    size_t n = 0;

    (void)state;
    adapter_watch_destroy(watch);
    for (; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = adapter_watch_create(&o, &watch);
        mem_fail_after(SIZE_MAX);
        assert_int_equal(err == ERR_OK, watch != NULL);
    }
    assert_int_equal(err, ERR_OK);
    assert_true(n >= 3);
    err = ERR_NOMEM;
    for (n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = adapter_watch_step(watch, START);
        mem_fail_after(SIZE_MAX);
        assert_int_equal(told[ADAPTER_APPEARED], err == ERR_OK ? 2 : 0);
        assert_true(err == ERR_OK || adapter_watch_due_ns(watch) <= START); /* due again */
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(n, 3);
}

/* -- the thread of the system ------------------------------------------------------------------ */

static void
destroy_watch(void *ctx)
{
    (void)ctx;
    adapter_watch_destroy(watch);
    watch = NULL;
    flag_raise(go_on); /* only after the end of the notice, or the flag is of no use */
}

/* The end waits for a notice that is running, and none comes after it. */
static void
test_cancel_waits(void **state)
{
    const struct thread_opts opts = {.name = "destroy"};
    struct adapter_watch_options o = options();
    struct thread *t = NULL;

    (void)state;
    adapter_watch_destroy(watch);
    assert_int_equal(flag_create(&inside), ERR_OK);
    assert_int_equal(flag_create(&go_on), ERR_OK);
    o.wake = on_wake_slowly;
    assert_int_equal(adapter_watch_create(&o, &watch), ERR_OK);
    step(START);
    posture_sim_notify(&sim, POSTURE_ADDRESSES, 1);
    assert_true(flag_wait_until(inside, THREAD_FOREVER));
    assert_int_equal(thread_start(&opts, destroy_watch, NULL, &t), ERR_OK);
    assert_false(flag_wait_until(go_on, clock_mono_ns() + 50 * MS)); /* it cannot have ended */
    assert_int_equal(atomic_load(&wakes), 0);
    flag_raise(go_on);
    thread_join(t);
    assert_int_equal(atomic_load(&wakes), 1);
    notify(POSTURE_ADDRESSES, 5);
    assert_int_equal(atomic_load(&wakes), 1);
    flag_destroy(inside);
    flag_destroy(go_on);
}

static void *left_over; /* what a watch leaves behind, kept in sight of the leak checker */

static void
test_cancel_fails(void **state)
{
    (void)state;
    step(START);
    sim.fail_cancel = POSTURE_INVALID_PARAMETER;
    left_over = sim.subscriptions[0].subscriber.ctx;
    adapter_watch_destroy(watch);
    watch = NULL;
    notify(POSTURE_INTERFACES, 3); /* rings into memory that is still there, and wakes nobody */
    assert_int_equal(atomic_load(&wakes), 0);
    assert_non_null(left_over);
}

static atomic_bool storming;

static void
storm(void *ctx)
{
    (void)ctx;
    while (atomic_load(&storming)) {
        posture_sim_notify(&sim, POSTURE_INTERFACES, 1);
        posture_sim_notify(&sim, POSTURE_ROUTES, 2);
        thread_sleep_ms(1);
    }
}

/* Two threads make notices, one delivers them, one steps: nothing is lost, nobody waits for ever.
 */
static void
test_storm(void **state)
{
    const struct thread_opts opts = {.name = "storm"};
    struct thread *threads[2] = {NULL, NULL};
    uint64_t now = START;

    (void)state;
    step(now);
    atomic_store(&storming, true);
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(thread_start(&opts, storm, NULL, &threads[i]), ERR_OK);
    }
    for (unsigned i = 0; i < 200; i++) {
        now += 100 * MS;
        step(now);
        (void)adapter_watch_due_ns(watch);
        thread_sleep_ms(1);
    }
    atomic_store(&storming, false);
    for (size_t i = 0; i < COUNT(threads); i++) {
        thread_join(threads[i]);
    }
    posture_sim_settle(&sim);
    step(now += ADAPTER_WATCH_LATEST_NS);
    step(now += ADAPTER_WATCH_QUIET_NS);
    assert_int_equal(adapter_watch_status(watch)->notices, atomic_load(&wakes));
    assert_true(atomic_load(&wakes) > 0);
    assert_true(looks() > 2);
    assert_int_equal(told[ADAPTER_GONE], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_look),
        TEST(test_notices),
        TEST(test_latest),
        TEST(test_no_notices),
        TEST(test_each_subscription_fails),
        TEST(test_a_failed_look),
        TEST(test_known_late),
        TEST(test_no_system),
        TEST(test_no_memory),
        TEST(test_cancel_waits),
        TEST(test_cancel_fails),
        TEST(test_storm),
    };

    return cmocka_run_group_tests_name("adapter watch", tests, NULL, NULL);
}
