/* test_adapter_event - changes of simulated adapters as events, and those events as JSON, packed
 * and stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/tm.h"
#include "engine/adapter_event.h"
#include "platform/platform.h"
#include "store/store.h"
#include "support/posture_sim.h"

#define T0 (UINT64_C(132223104000000000)) /* 2020-01-01 */
#define ROUTER 7u

static struct posture_sim sim;
static struct buf lines;

/* Each event as a line of its changed part, then of the adapter. */
static void
on_change(void *ctx, const struct adapter_change *change)
{
    static struct adapter_event_space space;
    static uint64_t number;
    struct event ev;
    struct json j;

    (void)ctx;
    adapter_event(change, (struct adapter_event_place){T0, ++number}, &space, &ev);
    event_set(&ev, host, SV("PC-A"));
    json_init(&j, &lines, false);
    event_to_json(&j, NULL, &ev);
    buf_putc(&lines, '\n');
}

static struct adapter_snapshot *
look(const struct adapter_snapshot *before)
{
    struct adapter_snapshot *s;

    assert_int_equal(adapter_snapshot_take(&sim.api, before, &s), ERR_OK);
    buf_clear(&lines);
    adapter_diff(before, s, on_change, NULL);
    assert_int_equal(buf_err(&lines), ERR_OK);
    return s;
}

static void
assert_line(unsigned number, const char *part)
{
    static char line[8192];
    const char *at = buf_str(&lines);

    for (unsigned i = 0; i < number; i++) {
        at = strchr(at, '\n');
        assert_non_null(at);
        at++;
    }
    (void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
    if (strstr(line, part) == NULL) {
        print_error("%s\nhas not: %s\n", line, part);
        fail();
    }
}

static unsigned
line_count(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < lines.len; i++) {
        count += lines.data[i] == '\n';
    }
    return count;
}

static struct posture_adapter *
plug_router(void)
{
    struct posture_adapter *a =
        posture_sim_add(&sim, ROUTER, POSTURE_IF_ETHERNET, "USB\\Class_E0&SubClass_01&Prot_03");
    static const uint8_t mac[] = {0x0c, 0x5b, 0x8f, 0x27, 0x9a, 0x64};

    assert_non_null(a);
    memcpy(a->mac, mac, sizeof(mac));
    a->mac_len = sizeof(mac);
    (void)snprintf(a->name, sizeof(a->name), "Ethernet 2");
    return a;
}

static int
setup(void **state)
{
    (void)state;
    buf_init(&lines, 1u << 20);
    return posture_sim_init(&sim) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    buf_fini(&lines);
    posture_sim_fini(&sim);
    return 0;
}

static void
test_inventory(void **state)
{
    struct adapter_snapshot *s;

    (void)state;
    s = look(NULL);
    assert_true(line_count() >= 2);
    assert_line(0, "\"kind\":\"adapter_change\"");
    assert_line(0, "\"channel\":\"Kanari-Adapters\"");
    assert_line(0, "\"action\":\"inventory\"");
    adapter_snapshot_free(s);
}

static void
test_appears_whole(void **state)
{
    struct adapter_snapshot *before, *after;
    struct posture_adapter *a;
    char guid[POSTURE_GUID_LEN];
    char part[128];

    (void)state;
    before = look(NULL);
    a = plug_router();
    posture_sim_address(a, "203.0.113.7", 24);
    posture_sim_address(a, "2001:db8::7", 64);
    posture_sim_address(a, "10.0.0.7", 33); /* no such prefix: not known */
    posture_sim_gateway(a, "203.0.113.1");
    after = look(before);
    assert_int_equal(line_count(), 4); /* appeared, and three addresses */
    posture_sim_guid(ROUTER, guid);
    (void)snprintf(part, sizeof(part), "\"object\":\"%s\",\"object_name\":\"Ethernet 2\"", guid);
    for (unsigned i = 0; i < 4; i++) { /* each says all of it */
        assert_line(i, part);
        assert_line(i, "\"category\":\"rndis\"");
        assert_line(i, "\"addresses\":\"10.0.0.7;203.0.113.7/24;2001:db8::7/64\"");
        assert_line(i, "\"gateways\":\"203.0.113.1\"");
        assert_line(i, "\"link\":\"up\"");
        assert_line(i, "\"mac\":\"0c:5b:8f:27:9a:64\"");
        assert_line(i, "usb class e0/01/03");
    }
    assert_line(0, "\"action\":\"appeared\"");
    assert_line(1, "\"action\":\"address_added\",\"new_value\":\"203.0.113.7/24\"");
    assert_line(2, "\"action\":\"address_added\",\"new_value\":\"2001:db8::7/64\"");
    assert_line(3, "\"action\":\"address_added\",\"new_value\":\"10.0.0.7\"");
    adapter_snapshot_free(before);
    adapter_snapshot_free(after);
}

static void
test_changes(void **state)
{
    struct adapter_snapshot *s[4];
    struct posture_adapter *a = plug_router();

    (void)state;
    posture_sim_address(a, "192.168.8.100", 24);
    posture_sim_gateway(a, "192.168.8.1");
    s[0] = look(NULL);
    a->address_count = a->address_total = a->gateway_count = 0;
    posture_sim_gateway(a, "192.168.9.1");
    s[1] = look(s[0]);
    assert_int_equal(line_count(), 2);
    assert_line(0, "\"action\":\"address_removed\",\"old_value\":\"192.168.8.100/24\"");
    assert_line(1, "\"action\":\"gateway_changed\",\"old_value\":\"192.168.8.1\","
                   "\"new_value\":\"192.168.9.1\"");
    a->oper_status = 2;
    s[2] = look(s[1]);
    assert_int_equal(line_count(), 1);
    assert_line(0, "\"action\":\"down\"");
    assert_line(0, "\"link\":\"down\"");
    posture_sim_remove(&sim, ROUTER);
    s[3] = look(s[2]);
    assert_int_equal(line_count(), 1);
    assert_line(0, "\"action\":\"gone\"");
    assert_line(0, "\"gateways\":\"192.168.9.1\""); /* as it was */
    for (size_t i = 0; i < 4; i++) {
        adapter_snapshot_free(s[i]);
    }
}

static void
test_kind_changes(void **state)
{
    struct adapter before = {.verdict.kind = ADAPTER_UNKNOWN, .sys.guid = "{1}"};
    struct adapter after = {
        .verdict.kind = ADAPTER_WWAN, .sys.guid = "{1}", .vid = 0x12d1, .pid = 0x14db};
    const struct adapter_change change = {
        .what = ADAPTER_KIND_CHANGED, .before = &before, .after = &after};
    static struct adapter_event_space space;
    struct event ev;

    (void)state;
    adapter_event(&change, (struct adapter_event_place){T0, 7}, &space, &ev);
    assert_int_equal(ev.record_id, 7);
    assert_true(sv_eq(ev.action, SV("kind_changed")));
    assert_true(sv_eq(ev.old_value, SV("unknown")) && sv_eq(ev.new_value, SV("wwan")));
    assert_true(sv_eq(ev.usb_id, SV("12D1:14DB")));
    assert_false(event_has(&ev, addresses) || event_has(&ev, mac) || event_has(&ev, evidence));
}

/* As many and as long addresses as there can be are kept whole, in every form. */
static void
test_long_forms(void **state)
{
    struct adapter_snapshot *s;
    struct posture_adapter *a = plug_router();
    static uint8_t packed[EVENT_PACKED_MAX];
    static char text[4096];
    char why[EVENT_WHY_MAX];
    struct event ev, back;
    struct buf arena;
    size_t len;
    char *line;

    (void)state;
    for (unsigned i = 0; i < POSTURE_ADDRESS_MAX; i++) {
        (void)snprintf(text, sizeof(text), "2001:db8:1111:2222:3333:4444:5555:%x", 0x6600 + i);
        posture_sim_address(a, text, 128);
    }
    s = look(NULL);
    line = strstr(buf_str(&lines), "\"category\":\"rndis\"");
    assert_non_null(line);
    while (line > lines.data && line[-1] != '\n') {
        line--;
    }
    buf_init(&arena, EVENT_PACKED_MAX);
    assert_int_equal(event_from_json((struct sv){line, strcspn(line, "\n")}, &arena, &ev, why),
                     ERR_OK);
    assert_true(ev.addresses.len > POSTURE_ADDRESS_MAX * 39);
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(event_unpack(packed, len, &back), ERR_OK);
    assert_int_equal(event_cmp(&ev, &back), 0);
    buf_fini(&arena);
    adapter_snapshot_free(s);
}

/* A store gives back what was put into it. */
static void
test_stored(void **state)
{
    static const char path[] = "test_adapter_event.db";
    struct adapter_snapshot *s = look(NULL);
    struct store_filter all = {0};
    struct store_events *events;
    struct store *store;
    struct buf arena;
    struct event ev, back;
    char why[EVENT_WHY_MAX];

    (void)state;
    (void)remove(path);
    buf_init(&arena, EVENT_PACKED_MAX);
    assert_int_equal(
        event_from_json((struct sv){lines.data, strcspn(lines.data, "\n")}, &arena, &ev, why),
        ERR_OK);
    assert_int_equal(store_open(path, STORE_NEW, &store), ERR_OK);
    assert_int_equal(store_put_event(store, &ev), ERR_OK);
    assert_int_equal(store_finish(store), ERR_OK);
    store_close(store);
    assert_int_equal(store_open(path, STORE_READ, &store), ERR_OK);
    assert_int_equal(store_events_open(store, &all, &events), ERR_OK);
    assert_int_equal(store_events_next(events, &back), ERR_OK);
    assert_int_equal(event_cmp(&ev, &back), 0);
    assert_true(event_has(&back, link) && sv_eq(back.link, ev.link));
    assert_int_equal(store_events_next(events, &back), ERR_END);
    store_events_close(events);
    store_close(store);
    (void)remove(path);
    buf_fini(&arena);
    adapter_snapshot_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inventory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_appears_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kind_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
