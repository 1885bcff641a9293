/* test_adapter_diff - what two snapshots tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "posture/adapter_diff.h"
#include "support/posture_sim.h"

#define RNDIS "USB\\Class_E0&SubClass_01&Prot_03"
#define NCM "USB\\Class_02&SubClass_0D"

static struct posture_sim sim;
static struct adapter_snapshot *before;

static struct adapter_snapshot *
take(void)
{
    struct adapter_snapshot *s = NULL;

    assert_int_equal(adapter_snapshot_take(&sim.api, before, &s), ERR_OK);
    return s;
}

static int
setup(void **state)
{
    (void)state;
    before = NULL;
    if (posture_sim_init(&sim) != ERR_OK) {
        return -1;
    }
    before = take();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    adapter_snapshot_free(before);
    posture_sim_fini(&sim);
    return 0;
}

/* "appeared 3; address_added 3 8.8.4.4; ", with the second digit of the GUID's number. */
static void
write_change(void *ctx, const struct adapter_change *change)
{
    const struct adapter *a = change->after == NULL ? change->before : change->after;
    struct buf *out = ctx;
    char text[ADDR_TEXT_MAX] = "";

    if (change->address != NULL) {
        (void)addr_format(&change->address->addr, text);
    }
    buf_printf(out, "%s%s %u%s%s; ", change->inventory ? "(" : "",
               adapter_change_name(change->what), (unsigned)(a->sys.luid - 1000),
               text[0] == '\0' ? "" : " ", text);
}

static void
expect_diff(const struct adapter_snapshot *from, const struct adapter_snapshot *to,
            const char *expected)
{
    struct buf out;

    buf_init(&out, 4096);
    adapter_diff(from, to, write_change, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_fini(&out);
}

static void
expect(const char *expected)
{
    struct adapter_snapshot *after = take();

    expect_diff(before, after, expected);
    adapter_snapshot_free(after);
}

static void
test_nothing(void **state)
{
    (void)state;
    expect("");
}

static void
test_inventory(void **state)
{
    (void)state;
    expect_diff(NULL, before,
                "(appeared 1; (address_added 1 192.168.1.20; (appeared 2; "
                "(address_added 2 127.0.0.1; ");
}

static void
test_comes_and_goes(void **state)
{
    struct posture_adapter *a = posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, RNDIS);
    struct adapter_snapshot *with;

    (void)state;
    posture_sim_address(a, "8.8.4.4", 24);
    expect("appeared 3; address_added 3 8.8.4.4; ");
    with = take();
    expect_diff(with, before, "gone 3; ");
    posture_sim_remove(&sim, 1); /* one for another */
    expect("gone 1; appeared 3; address_added 3 8.8.4.4; ");
    adapter_snapshot_free(with);
}

static void
test_addresses_and_gateways(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);

    (void)state;
    a->address_count = a->address_total = 0;
    posture_sim_address(a, "8.8.4.4", 24);
    expect("address_removed 1 192.168.1.20; address_added 1 8.8.4.4; ");
    posture_sim_address(a, "192.168.1.20", 24);
    expect("address_added 1 8.8.4.4; "); /* the order does not matter */
    a->addresses[1].prefix_bits = 16;
    expect("address_removed 1 192.168.1.20; address_added 1 8.8.4.4; "
           "address_added 1 192.168.1.20; ");
    a->address_count = a->address_total = 0;
    posture_sim_address(a, "192.168.1.20", 24);
    expect("");
    posture_sim_gateway(a, "192.168.1.254");
    expect("gateway_changed 1; ");
    a->gateway_count = 1;
    a->default_route = false;
    expect("gateway_changed 1; ");
    a->default_route = true;
    memset(&a->gateways[0], 0, sizeof(a->gateways[0]));
    expect("gateway_changed 1; ");
}

static void
test_several_gateways(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);
    struct adapter_snapshot *two;
    struct adapter_snapshot *after;

    (void)state;
    posture_sim_gateway(a, "192.168.1.254");
    two = take();
    a->gateways[0] = two->items[0].sys.gateways[1];
    a->gateways[1] = two->items[0].sys.gateways[0];
    after = take();
    expect_diff(two, after, ""); /* in another order */
    adapter_snapshot_free(after);
    a->gateways[1] = a->gateways[0];
    after = take();
    expect_diff(two, after, "gateway_changed 1; ");
    expect_diff(after, two, "gateway_changed 1; ");
    adapter_snapshot_free(after);
    adapter_snapshot_free(two);
}

static void
test_several_addresses(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);
    struct adapter_snapshot *three;

    (void)state;
    posture_sim_address(a, "192.168.1.21", 24);
    posture_sim_address(a, "fd00::21", 64);
    three = take();
    expect_diff(before, three, "address_added 1 192.168.1.21; address_added 1 fd00::21; ");
    expect_diff(three, before, "address_removed 1 192.168.1.21; address_removed 1 fd00::21; ");
    adapter_snapshot_free(three);
}

static void
test_up_down_and_kind(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);
    struct adapter_snapshot *down;

    (void)state;
    a->oper_status = 2;
    expect("down 1; ");
    down = take();
    a->oper_status = 5; /* dormant: as far from up */
    expect("down 1; ");
    a->oper_status = POSTURE_OPER_UP;
    expect_diff(down, before, "up 1; ");
    adapter_snapshot_free(down);
    a->if_type = POSTURE_IF_WWAN_GSM;
    expect("kind_changed 1; ");
}

/* Names and indexes are no identity. */
static void
test_renamed(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);

    (void)state;
    a->index = 99;
    memcpy(a->name, "Renamed", sizeof("Renamed"));
    memcpy(a->description, "Other", sizeof("Other"));
    a->mac[5] = 0x77;
    expect("");
}

/* A phone that changes its mode comes as another device under its GUID. */
static void
test_another_device(void **state)
{
    struct adapter_snapshot *first;
    struct adapter_snapshot *second;

    (void)state;
    (void)posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, RNDIS);
    first = take();
    posture_sim_remove(&sim, 3);
    posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, NCM)->luid = 1004;
    second = take();
    expect_diff(first, second, "kind_changed 4; ");
    adapter_snapshot_free(first);
    adapter_snapshot_free(second);
}

static void
test_what_is_not_known_proves_nothing(void **state)
{
    struct adapter_snapshot *unknown;
    struct adapter_snapshot *after;

    (void)state;
    (void)posture_sim_add(&sim, 3, POSTURE_IF_ETHERNET, NULL);
    sim.fail_adapters = POSTURE_ACCESS_DENIED;
    unknown = take();
    sim.fail_adapters = POSTURE_OK;
    after = take();
    expect_diff(before, unknown, "");
    expect_diff(unknown, after, "");
    expect_diff(NULL, unknown, "");
    adapter_snapshot_free(unknown);
    after->total = after->count + 1; /* cut: nobody is gone, and nobody new came by it */
    expect_diff(before, after, "appeared 3; ");
    expect_diff(after, before, "gone 3; ");
    before->total = before->count + 1;
    expect_diff(before, after, "");
    expect_diff(after, before, "");
    adapter_snapshot_free(after);
}

static void
test_more_addresses_than_fit(void **state)
{
    struct posture_adapter *a = posture_sim_find(&sim, 1);
    struct adapter_snapshot *cut;
    struct buf out;

    (void)state;
    a->address_count = a->address_total = 0;
    for (unsigned i = 0; i < POSTURE_ADDRESS_MAX + 1; i++) { /* .20 may be the one beyond */
        posture_sim_address(a, "192.168.1.21", 24);
    }
    cut = take();
    buf_init(&out, 4096);
    adapter_diff(cut, before, write_change, &out);
    assert_null(strstr(buf_str(&out), "added"));
    assert_non_null(strstr(buf_str(&out), "address_removed 1 192.168.1.21"));
    buf_clear(&out);
    adapter_diff(before, cut, write_change, &out);
    assert_null(strstr(buf_str(&out), "removed"));
    assert_non_null(strstr(buf_str(&out), "address_added 1 192.168.1.21"));
    buf_fini(&out);
    adapter_snapshot_free(cut);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_inventory),
        TEST(test_comes_and_goes),
        TEST(test_addresses_and_gateways),
        TEST(test_several_gateways),
        TEST(test_several_addresses),
        TEST(test_up_down_and_kind),
        TEST(test_renamed),
        TEST(test_another_device),
        TEST(test_what_is_not_known_proves_nothing),
        TEST(test_more_addresses_than_fit),
    };

    return cmocka_run_group_tests_name("adapter diff", tests, NULL, NULL);
}
