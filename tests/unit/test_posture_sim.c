/* test_posture_sim - snapshots of adapters over the simulator: every error, every allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "posture/adapter.h"
#include "support/posture_sim.h"

#define RNDIS "USB\\Class_E0&SubClass_01&Prot_03"

static struct posture_sim sim;

static int
setup(void **state)
{
    (void)state;
    return posture_sim_init(&sim) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    posture_sim_fini(&sim);
    return 0;
}

static struct adapter_snapshot *
take(const struct adapter_snapshot *before)
{
    struct adapter_snapshot *s = NULL;

    assert_int_equal(adapter_snapshot_take(&sim.api, before, &s), ERR_OK);
    assert_non_null(s);
    return s;
}

static void
test_a_usb_router(void **state)
{
    struct posture_adapter *a = posture_sim_add(&sim, 0x14db, POSTURE_IF_ETHERNET, RNDIS);
    const struct posture_address *first = NULL;
    struct adapter_snapshot *s;
    const struct adapter *router;
    char guid[POSTURE_GUID_LEN];

    (void)state;
    posture_sim_address(a, "fe80::1", 64);
    posture_sim_address(a, "8.8.4.4", 24);
    posture_sim_address(a, "2600::5", 64);
    posture_sim_gateway(a, "8.8.4.1");
    sim.adapters[3] = sim.adapters[0]; /* the system's order is no order */
    sim.adapters[0] = sim.adapters[2];
    sim.adapters[2] = sim.adapters[3];
    sim.devices[0] = sim.devices[2];
    sim.has_device[0] = true;
    sim.has_device[2] = false;
    s = take(NULL);
    assert_int_equal(s->code, POSTURE_OK);
    assert_string_equal(s->call, "");
    assert_int_equal(s->count, 3);
    assert_int_equal(s->total, 3);
    for (uint32_t i = 1; i < s->count; i++) {
        assert_true(strcmp(s->items[i - 1].sys.guid, s->items[i].sys.guid) < 0);
    }
    posture_sim_guid(0x14db, guid);
    router = adapter_snapshot_find(s, guid);
    assert_non_null(router);
    assert_int_equal(router->verdict.kind, ADAPTER_RNDIS);
    assert_int_equal(router->vid, 0x12d1);
    assert_int_equal(router->pid, 0x14db);
    assert_true(router->uplink);
    assert_int_equal(router->sys.mac[5], 0xdb);
    assert_int_equal(adapter_addresses(router, ADDR_CLASS_GLOBAL, &first), 2);
    assert_ptr_equal(first, &router->sys.addresses[1]);
    assert_int_equal(adapter_addresses(router, ADDR_CLASS_LINK_LOCAL, NULL), 1);
    assert_int_equal(adapter_addresses(router, ADDR_CLASS_CGNAT, &first), 0);
    assert_null(adapter_snapshot_find(s, "{}"));
    posture_sim_guid(2, guid);
    assert_int_equal(adapter_snapshot_find(s, guid)->verdict.kind, ADAPTER_LOOPBACK);
    assert_false(adapter_snapshot_find(s, guid)->uplink);
    adapter_snapshot_free(s);
}

/* What a device is, is asked once while its adapter stays; a stick that was pulled and put back is
 * another instance. */
static void
test_devices_are_asked_once(void **state)
{
    struct posture_adapter *a = posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, RNDIS);
    struct adapter_snapshot *first = take(NULL);
    struct adapter_snapshot *second;
    struct adapter_snapshot *third;

    (void)state;
    assert_int_equal(sim.device_calls, 3);
    second = take(first);
    assert_int_equal(sim.device_calls, 5); /* those that have none are asked again */
    assert_int_equal(second->items[2].verdict.kind, ADAPTER_RNDIS);
    assert_int_equal(second->items[2].pid, 3);
    a->luid++;
    third = take(second);
    assert_int_equal(sim.device_calls, 8);
    adapter_snapshot_free(first);
    adapter_snapshot_free(second);
    adapter_snapshot_free(third);
}

static void
test_no_adapters(void **state)
{
    struct adapter_snapshot *s;

    (void)state;
    sim.adapter_count = 0; /* ERROR_NO_DATA is an answer */
    s = take(NULL);
    assert_int_equal(s->code, POSTURE_OK);
    assert_int_equal(s->count, 0);
    assert_int_equal(s->total, 0);
    adapter_snapshot_free(s);
}

static void
test_more_than_fit(void **state)
{
    struct adapter_snapshot *s;

    (void)state;
    for (unsigned n = 10; sim.adapter_count < POSTURE_ADAPTER_MAX + 5; n++) {
        (void)posture_sim_add(&sim, n, POSTURE_IF_ETHERNET, NULL);
    }
    s = take(NULL);
    assert_int_equal(s->count, POSTURE_ADAPTER_MAX);
    assert_int_equal(s->total, POSTURE_ADAPTER_MAX + 5);
    adapter_snapshot_free(s);
}

static void
test_adapters_errors(void **state)
{
    static const uint32_t codes[] = {POSTURE_NOT_ENOUGH_MEMORY,
                                     POSTURE_INVALID_PARAMETER,
                                     POSTURE_BUFFER_OVERFLOW,
                                     POSTURE_ADDRESS_NOT_ASSOCIATED,
                                     POSTURE_ACCESS_DENIED,
                                     POSTURE_NOT_SUPPORTED,
                                     31 /* GEN_FAILURE */};

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct adapter_snapshot *s;

        sim.fail_adapters = codes[i];
        s = take(NULL);
        assert_int_equal(s->code, codes[i]);
        assert_string_equal(s->call, "GetAdaptersAddresses");
        assert_int_equal(s->count, 0);
        adapter_snapshot_free(s);
    }
}

/* Without its device an adapter is judged by what is left, and the reason is kept. */
static void
test_device_errors(void **state)
{
    static const uint32_t codes[] = {POSTURE_NOT_FOUND,
                                     POSTURE_ACCESS_DENIED,
                                     POSTURE_INVALID_HANDLE,
                                     POSTURE_INVALID_DATA,
                                     POSTURE_INVALID_PARAMETER,
                                     POSTURE_INSUFFICIENT_BUFFER,
                                     POSTURE_NOT_ENOUGH_MEMORY,
                                     1004 /* INVALID_FLAGS */,
                                     1784 /* INVALID_USER_BUFFER */,
                                     0xe000020b /* NO_SUCH_DEVINST */,
                                     0xe0000209 /* INVALID_REG_PROPERTY */};

    (void)state;
    (void)posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, RNDIS);
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct adapter_snapshot *s;

        sim.fail_device = codes[i];
        s = take(NULL);
        assert_int_equal(s->code, POSTURE_OK);
        assert_false(s->items[2].has_device);
        assert_int_equal(s->items[2].device_code, codes[i]);
        assert_int_equal(s->items[2].verdict.kind, ADAPTER_ETHERNET);
        assert_int_equal(s->items[2].vid, 0);
        adapter_snapshot_free(s);
    }
}

static void
test_no_system(void **state)
{
    struct adapter_snapshot *s = NULL;

    (void)state;
    assert_int_equal(adapter_snapshot_take(NULL, NULL, &s), ERR_OK);
    assert_int_equal(s->code, POSTURE_NOT_IMPLEMENTED);
    assert_int_equal(s->count, 0);
    adapter_snapshot_free(s);
    adapter_snapshot_free(NULL);
}

static void
test_no_memory(void **state)
{
    struct adapter_snapshot *s = NULL;
    enum err err = ERR_NOMEM;
    size_t n = 0;

    (void)state;
    for (; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = adapter_snapshot_take(&sim.api, NULL, &s);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || s == NULL);
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(n, 3);
    adapter_snapshot_free(s);
    sim.fail_adapters = POSTURE_ACCESS_DENIED;
    mem_fail_after(1);
    err = adapter_snapshot_take(&sim.api, NULL, &s);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_NOMEM);
    assert_null(s);
}

static void
cancel_self(void *ctx)
{
    assert_int_equal(sim.api.cancel(sim.api.ctx, *(void **)ctx), POSTURE_INVALID_PARAMETER);
}

static void
test_cancel_within(void **state)
{
    void *subscription = NULL;
    const struct posture_subscriber s = {cancel_self, &subscription};

    (void)state;
    assert_int_equal(sim.api.subscribe(sim.api.ctx, POSTURE_ROUTES, &s, &subscription), 0);
    posture_sim_notify(&sim, POSTURE_ROUTES, 1);
    posture_sim_settle(&sim);
    assert_int_equal(sim.cancels_within, 1);
    assert_int_equal(sim.api.cancel(sim.api.ctx, subscription), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_usb_router),    TEST(test_devices_are_asked_once),
        TEST(test_no_adapters),     TEST(test_more_than_fit),
        TEST(test_adapters_errors), TEST(test_device_errors),
        TEST(test_no_system),       TEST(test_no_memory),
        TEST(test_cancel_within),
    };

    return cmocka_run_group_tests_name("posture sim", tests, NULL, NULL);
}
