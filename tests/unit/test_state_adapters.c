/* test_state_adapters - periods of adapters, from records that each say all of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "state/adapters.h"

#define T0 (UINT64_C(132223104000000000)) /* 2020-01-01 */
#define AT(s) (T0 + (s)*TM_SEC)

static struct adapters *table;
static struct buf told; /* "guid kind addresses from-to/last;" in seconds after T0, "" still */
static bool refuse;

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    assert_ptr_equal(ctx, &told);
    if (refuse) {
        return ERR_IO;
    }
    buf_put_sv(&told, a->host);
    buf_putc(&told, ' ');
    buf_put_sv(&told, a->guid);
    buf_putc(&told, ' ');
    buf_put_sv(&told, a->addresses);
    buf_printf(&told, "%s%s %d-", a->up ? " up" : "", a->internet ? " internet" : "",
               (int)((a->from_ft - T0) / TM_SEC));
    if (a->to_ft != 0) {
        buf_printf(&told, "%d", (int)((a->to_ft - T0) / TM_SEC));
    }
    buf_printf(&told, "/%d;", (int)((a->last_ft - T0) / TM_SEC));
    return ERR_OK;
}

struct record {
    unsigned s; /* after T0 */
    const char *action, *guid, *addresses;
    const char *host; /* NULL: PC-A */
    bool down;
};

static struct event
event_of(const struct record *r)
{
    struct event ev;

    event_init(&ev, EV_ADAPTER_CHANGE, AT(r->s));
    event_set(&ev, host, r->host == NULL ? SV("PC-A") : sv_from(r->host));
    event_set(&ev, object, sv_from(r->guid));
    event_set(&ev, action, sv_from(r->action));
    event_set(&ev, link, r->down ? SV("down") : SV("up"));
    if (r->addresses != NULL) {
        event_set(&ev, addresses, sv_from(r->addresses));
    }
    return ev;
}

static enum err
give(const struct record *r)
{
    struct event ev = event_of(r);

    return adapters_event(table, &ev);
}

#define GIVE(...) assert_int_equal(give(&(struct record){.s = __VA_ARGS__}), ERR_OK)

static void
assert_told(const char *expected)
{
    assert_string_equal(buf_str(&told), expected);
    buf_clear(&told);
}

static int
setup(void **state)
{
    (void)state;
    refuse = false;
    buf_init(&told, 1u << 20);
    return adapters_create(on_adapter, &told, &table) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    adapters_destroy(table);
    buf_fini(&told);
    return 0;
}

static void
test_periods(void **state)
{
    (void)state;
    GIVE(10, "appeared", "{A}", "10.0.0.7/8");
    assert_told("PC-A {A} 10.0.0.7/8 up 10-/10;");
    GIVE(10, "address_added", "{A}", "10.0.0.7/8"); /* says the same */
    assert_told("PC-A {A} 10.0.0.7/8 up 10-/10;");
    GIVE(20, "address_added", "{A}", "10.0.0.7/8;203.0.113.7/24");
    assert_told("PC-A {A} 10.0.0.7/8 up 10-20/20;"
                "PC-A {A} 10.0.0.7/8;203.0.113.7/24 up internet 20-/20;");
    GIVE(30, "down", "{A}", NULL, .down = true);
    assert_told("PC-A {A} 10.0.0.7/8;203.0.113.7/24 up internet 20-30/30;PC-A {A}  30-/30;");
    GIVE(40, "gone", "{A}", NULL, .down = true);
    assert_told("PC-A {A}  30-40/40;");
    GIVE(50, "gone", "{A}", NULL); /* of what is not known nothing is told */
    assert_told("");
    GIVE(60, "appeared", "{A}", NULL); /* again */
    assert_told("PC-A {A}  up 60-/60;");
}

static void
test_computers_apart(void **state)
{
    (void)state;
    GIVE(10, "appeared", "{A}", NULL);
    GIVE(11, "appeared", "{A}", NULL, .host = "PC-B");
    GIVE(12, "gone", "{A}", NULL, .host = "PC-B");
    assert_told("PC-A {A}  up 10-/10;PC-B {A}  up 11-/11;PC-B {A}  up 11-12/12;");
}

static void
test_internet(void **state)
{
    static const struct {
        const char *addresses;
        bool internet;
    } rows[] = {
        {"192.31.196.7/24", true},      {"2620:4f:8000::1", true},
        {"203.0.113.7/24", true}, /* stands for one */
        {"100.64.0.1/10", false},       {"fe80::1%4/64;192.168.8.2/24", false},
        {"fe80::1%4/64;8.8.8.8", true}, {"no address;;/;8.8.8", false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        GIVE(10 + i, "address_added", "{A}", rows[i].addresses);
        assert_int_equal(strstr(strrchr(buf_str(&told), '{'), "internet") != NULL,
                         rows[i].internet);
    }
}

/* What an inventory does not name went while nobody looked. */
static void
test_inventory(void **state)
{
    (void)state;
    GIVE(10, "inventory", "{A}", NULL);
    GIVE(10, "inventory", "{B}", NULL);
    GIVE(15, "inventory", "{B}", NULL, .host = "PC-B");
    buf_clear(&told);
    GIVE(100, "inventory", "{B}", NULL);
    GIVE(100, "inventory", "{C}", NULL);
    assert_told("PC-A {B}  up 10-/100;PC-A {C}  up 100-/100;");
    assert_int_equal(adapters_release(table, AT(100) + ADAPTERS_SETTLE), ERR_OK);
    assert_told("");
    assert_int_equal(adapters_release(table, AT(100) + ADAPTERS_SETTLE + 1), ERR_OK);
    assert_told("PC-A {A}  up 10-100/100;"); /* and nothing of PC-B */
    assert_int_equal(adapters_release(table, AT(300)), ERR_OK);
    assert_told("");
}

static void
test_inventory_ends(void **state)
{
    (void)state;
    GIVE(10, "inventory", "{A}", NULL);
    GIVE(100, "inventory", "{B}", NULL);
    buf_clear(&told);
    GIVE(101, "down", "{B}", NULL, .down = true); /* by the next record */
    assert_told("PC-A {A}  up 10-100/100;PC-A {B}  up 100-101/101;PC-A {B}  101-/101;");
    GIVE(200, "inventory", "{C}", NULL);
    GIVE(200, "inventory", "{D}", NULL, .host = "PC-B"); /* by another computer's */
    assert_told("PC-A {C}  up 200-/200;PC-A {B}  101-200/200;PC-B {D}  up 200-/200;");
    GIVE(300, "inventory", "{E}", NULL);
    buf_clear(&told);
    assert_int_equal(adapters_flush(table), ERR_OK); /* by the end */
    assert_told("PC-A {C}  up 200-300/300;");
}

/* Not all were told: nothing is gone by that. */
static void
test_seen(void **state)
{
    (void)state;
    GIVE(10, "inventory", "{A}", NULL);
    GIVE(100, "seen", "{B}", NULL);
    buf_clear(&told);
    assert_int_equal(adapters_flush(table), ERR_OK);
    assert_told("");
}

static void
test_clock_set_back(void **state)
{
    (void)state;
    GIVE(100, "appeared", "{A}", "10.0.0.1/8");
    buf_clear(&told);
    GIVE(50, "address_added", "{A}", "10.0.0.2/8");
    assert_told("PC-A {A} 10.0.0.2/8 up 100-/100;");
    GIVE(60, "gone", "{A}", NULL);
    assert_told("PC-A {A} 10.0.0.2/8 up 100-100/100;");
}

/* Records of networks, and of other kinds, are not about adapters. */
static void
test_others(void **state)
{
    struct event ev = event_of(&(struct record){10, "connected", "{A}", NULL, NULL, false});

    (void)state;
    event_clear(&ev, link);
    assert_int_equal(adapters_event(table, &ev), ERR_OK);
    ev = event_of(&(struct record){10, "appeared", "{A}", NULL, NULL, false});
    event_clear(&ev, object);
    assert_int_equal(adapters_event(table, &ev), ERR_OK);
    ev = event_of(&(struct record){10, "appeared", "{A}", NULL, NULL, false});
    event_clear(&ev, action);
    assert_int_equal(adapters_event(table, &ev), ERR_OK);
    ev = event_of(&(struct record){10, "appeared", "{A}", NULL, NULL, false});
    ev.kind = EV_DEVICE_ARRIVAL;
    assert_int_equal(adapters_event(table, &ev), ERR_OK);
    assert_told("");
}

static void
test_bounds(void **state)
{
    uint64_t full = metric_get(METRIC_ADAPTERS_FULL);
    char guid[16], host[16];

    (void)state;
    GIVE(0, "appeared", "{other}", NULL, .host = "PC-B");
    for (unsigned i = 0; i < ADAPTERS_HOST_MAX; i++) {
        (void)snprintf(guid, sizeof(guid), "{%u}", i);
        GIVE(1 + i, "appeared", guid, NULL);
    }
    assert_int_equal(metric_get(METRIC_ADAPTERS_FULL) - full, 0);
    GIVE(500, "up", "{0}", NULL); /* heard of again: {1} is the oldest */
    GIVE(501, "appeared", "{more}", NULL);
    assert_int_equal(metric_get(METRIC_ADAPTERS_FULL) - full, 1);
    buf_clear(&told);
    GIVE(502, "gone", "{1}", NULL);
    assert_told("");
    GIVE(503, "gone", "{0}", NULL);
    GIVE(504, "gone", "{other}", NULL, .host = "PC-B"); /* others lose nothing */
    assert_told("PC-A {0}  up 1-503/503;PC-B {other}  up 0-504/504;");
    for (unsigned i = 0; i < ADAPTERS_MAX; i++) {
        (void)snprintf(host, sizeof(host), "H%u", i);
        GIVE(600 + i, "appeared", "{A}", NULL, .host = host);
    }
    buf_clear(&told);
    GIVE(5000, "gone", "{more}", NULL);
    assert_told("");
    GIVE(5000, "gone", "{A}", NULL, .host = "H0");
    assert_told("H0 {A}  up 600-5000/5000;");
}

static void
test_failures(void **state)
{
    struct adapters *none = NULL;
    const struct record r = {10, "appeared", "{A}", "10.0.0.1/8", NULL, false};

    (void)state;
    mem_fail_after(0);
    assert_int_equal(adapters_create(on_adapter, &told, &none), ERR_NOMEM);
    assert_null(none);
    mem_fail_after(0);
    assert_int_equal(give(&r), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_told("");
    refuse = true;
    assert_int_equal(give(&r), ERR_IO);
    refuse = false;
    assert_int_equal(give(&r), ERR_OK);
    assert_told("PC-A {A} 10.0.0.1/8 up 10-/10;");
    adapters_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_periods, setup, teardown),
        cmocka_unit_test_setup_teardown(test_computers_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_internet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clock_set_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
