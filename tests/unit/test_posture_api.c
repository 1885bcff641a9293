/* test_posture_api - the system's own table: what it can tell is right, what it cannot is unknown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "posture/adapter_watch.h"
#include "posture/exposure.h"
#include "posture/listeners.h"

static struct adapter_snapshot *
take(void)
{
    struct adapter_snapshot *s = NULL;

    assert_int_equal(adapter_snapshot_take(posture_api_system(), NULL, &s), ERR_OK);
    return s;
}

static void
check_adapter(const struct adapter *a)
{
    struct adapter_verdict v;

    assert_int_equal(strlen(a->sys.guid), POSTURE_GUID_LEN - 1);
    assert_int_equal(a->sys.guid[0], '{');
    assert_true(memchr(a->sys.name, 0, sizeof(a->sys.name)) != NULL);
    assert_true(a->sys.address_count <= a->sys.address_total);
    for (uint32_t i = 0; i < a->sys.address_count; i++) {
        assert_true(addr_is_set(&a->sys.addresses[i].addr));
    }
    assert_int_equal(a->has_device, a->device_code == POSTURE_OK);
    adapter_classify(&a->sys, a->has_device ? &a->device : NULL, &v);
    assert_int_equal(v.kind, a->verdict.kind);
}

/* Windows and Wine have a loopback; Linux answers that nothing is known. */
static void
test_adapters(void **state)
{
    struct adapter_snapshot *s = take();
    unsigned loopbacks = 0;

    (void)state;
    if (posture_api_system() == NULL) {
        assert_int_equal(s->code, POSTURE_NOT_IMPLEMENTED);
        assert_int_equal(s->count, 0);
        adapter_snapshot_free(s);
        return;
    }
    assert_int_equal(s->code, POSTURE_OK);
    assert_true(s->count > 0);
    for (uint32_t i = 0; i < s->count; i++) {
        check_adapter(&s->items[i]);
        if (s->items[i].verdict.kind == ADAPTER_LOOPBACK) {
            assert_true(adapter_addresses(&s->items[i], ADDR_CLASS_LOOPBACK, NULL) > 0);
            assert_false(s->items[i].uplink);
            loopbacks++;
        }
    }
    assert_true(loopbacks > 0);
    adapter_snapshot_free(s);
}

static void
test_no_such_device(void **state)
{
    const struct posture_api *api = posture_api_system();
    struct posture_device d;

    (void)state;
    if (api != NULL) {
        uint32_t code = api->device(api->ctx, "{00000000-0000-0000-0000-000000000000}", &d);

        assert_int_equal(code, POSTURE_NOT_FOUND);
    }
}

static void
test_listeners(void **state)
{
    struct listeners *l = NULL;

    (void)state;
    assert_int_equal(listeners_take(posture_api_system(), &l), ERR_OK);
    for (unsigned t = 0; t < POSTURE_TABLE_COUNT; t++) {
        assert_true(l->known[t] || l->code[t] != POSTURE_OK || l->missing > 0);
    }
    for (uint32_t i = 0; i < l->count; i++) {
        bool v4 = l->items[i].table == POSTURE_TCP4 || l->items[i].table == POSTURE_UDP4;

        assert_true(l->items[i].port != 0);
        assert_true(l->items[i].addr.family == ADDR_V4 || !v4);
    }
    listeners_free(l);
}

/* Subscribing and cancelling is safe, whether or not a notice ever comes. */
static void
test_watch(void **state)
{
    struct adapter_watch_options o = {.api = posture_api_system()};
    struct adapter_watch *w = NULL;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(adapter_watch_create(&o, &w), ERR_OK);
        assert_int_equal(adapter_watch_step(w, 1000), ERR_OK);
        assert_int_equal(adapter_watch_status(w)->looks, 1);
        assert_true(o.api == NULL || adapter_watch_snapshot(w) != NULL);
        assert_int_equal(adapter_watch_step(w, 1000 + ADAPTER_WATCH_POLL_NS), ERR_OK);
        assert_true(adapter_watch_status(w)->looks == 2);
        adapter_watch_destroy(w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adapters),
        cmocka_unit_test(test_no_such_device),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_watch),
    };

    return cmocka_run_group_tests_name("posture api", tests, NULL, NULL);
}
