/* state on real recordings: what happened is known (the data folder's README). */
#include "unit/test_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/order.h"
#include "evtlog/evtx.h"
#include "platform/platform.h"

/* Totals over the attempts of a run. */
struct totals {
    uint64_t count;
    uint64_t outcome[ATTEMPT_OUTCOME_COUNT];
    uint64_t service[SERVICE_COUNT];
    uint64_t scope[SCOPE_COUNT];
    uint64_t full, nla_only, witnesses, late;
    uint64_t last_first_ft;
    struct addr watched;
    uint64_t from_watched;
};

static enum err
total(void *ctx, const struct attempt *a)
{
    struct totals *t = ctx;

    t->count++;
    t->outcome[a->outcome]++;
    t->service[a->service]++;
    t->scope[a->scope]++;
    t->full += a->weight == WEIGHT_FULL ? 1 : 0;
    t->nla_only += a->nla_only ? 1 : 0;
    t->witnesses += a->witness_count;
    t->from_watched += addr_eq(&a->src, &t->watched) ? 1 : 0;
    t->late += a->first_ft < t->last_first_ft ? 1 : 0;
    t->last_first_ft = a->first_ft;
    return ERR_OK;
}

static void
read_file(const char *path, struct order *order)
{
    struct file *f = NULL;
    struct evtx *r = NULL;
    struct evtx_item item;

    assert_int_equal(file_open_read(path, &f), ERR_OK);
    assert_int_equal(evtx_open(f, &r), ERR_OK);
    while (evtx_next(r, &item) == ERR_OK) {
        if (item.kind == EVTX_ITEM_EVENT) {
            assert_int_equal(order_put(order, item.event), ERR_OK);
        }
    }
    evtx_close(r);
    file_close(f);
}

/* Skips where the recordings are missing, except in CI. */
static void
recording_path(const char *name, struct buf *path)
{
    const char *data = env_get("KANARI_DATA");

    buf_init(path, 4096);
    buf_puts(path, data == NULL ? "../shared/data" : data);
    buf_puts(path, "/evtx/");
    buf_puts(path, name);
    if (file_type(buf_str(path)) != FILE_TYPE_REGULAR) {
        const char *ci = env_get("CI");
        print_message("no recording %s (set KANARI_DATA)\n", buf_str(path));
        buf_fini(path);
        if (ci != NULL && strcmp(ci, "true") == 0) {
            fail();
        }
        skip();
    }
}

static struct totals
replay(const char *const *names, size_t count, const char *watched)
{
    struct config *cfg;
    struct totals t = {0};
    struct order *order = NULL;
    struct state *st = NULL;
    struct event ev;

    for (size_t i = 0; i < count; i++) { /* skip before anything is held */
        struct buf path;
        recording_path(names[i], &path);
        buf_fini(&path);
    }
    cfg = make_config(NULL);
    assert_int_equal(addr_parse(sv_from(watched), &t.watched), ERR_OK);
    assert_int_equal(order_create(0, &order), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        struct buf path;
        recording_path(names[i], &path);
        read_file(buf_str(&path), order);
        buf_fini(&path);
    }
    assert_int_equal(state_create(cfg, total, &t, &st), ERR_OK);
    while (order_next(order, &ev) == ERR_OK) {
        assert_int_equal(state_event(st, &ev), ERR_OK);
    }
    assert_int_equal(state_flush(st), ERR_OK);
    state_destroy(st);
    order_destroy(order);
    config_destroy(cfg);
    return t;
}

static void
test_smb_guessing(void **state)
{
    static const char *const names[] = {"smb-guessing-security.evtx"};
    struct totals t = replay(names, COUNT(names), "192.168.198.149");

    (void)state;
    assert_int_equal(t.outcome[ATTEMPT_FAILURE], 3561);
    assert_int_equal(t.full, 3559); /* all but the two on a disabled account */
    assert_int_equal(t.from_watched, 3561);
    assert_int_equal(t.service[SERVICE_SMB], 3561);
    assert_int_equal(t.scope[SCOPE_INTERNAL], 3561);
    assert_int_equal(t.late, 0);
}

static void
test_rdp_internet(void **state)
{
    static const char *const names[] = {"rdp-internet-2018-corets.evtx",
                                        "rdp-internet-2018-rcm.evtx"};
    struct totals t = replay(names, COUNT(names), "212.92.115.217");

    (void)state;
    /* 140 is a failure each, 1149 a success each; the 131 of one attempt is part of it. */
    assert_int_equal(t.outcome[ATTEMPT_FAILURE], 126);
    assert_int_equal(t.outcome[ATTEMPT_SUCCESS], 5);
    assert_int_equal(t.nla_only, 5);
    assert_int_equal(t.outcome[ATTEMPT_CONNECT], 19);
    assert_int_equal(t.outcome[ATTEMPT_REFUSED], 0);
    assert_int_equal(t.service[SERVICE_RDP], t.count);
    assert_int_equal(t.scope[SCOPE_INTERNET], t.count);
    assert_int_equal(t.witnesses, 126 + 126 + 5);
    assert_int_equal(t.from_watched, 17);
}

static void
test_1149_alone(void **state)
{
    static const char *const names[] = {"rdp-internet-2018-rcm.evtx"};
    struct totals t = replay(names, COUNT(names), "0.0.0.0");

    (void)state;
    assert_int_equal(t.count, 5);
    assert_int_equal(t.outcome[ATTEMPT_CONNECT], 5); /* nothing proves NLA here */
    assert_int_equal(t.scope[SCOPE_INTERNET], 5);
}

static void
test_rdp_burst(void **state)
{
    static const char *const names[] = {"rdp-131-burst-templateless.evtx"};
    struct totals t = replay(names, COUNT(names), "10.23.123.11");

    (void)state;
    assert_int_equal(t.count, 154);
    assert_int_equal(t.outcome[ATTEMPT_CONNECT], 154);
    assert_int_equal(t.from_watched, 154);
    assert_int_equal(t.scope[SCOPE_INTERNAL], 154);
}

static void
test_kerberos(void **state)
{
    static const char *const names[] = {"kerberos-4771-guessing.evtx"};
    struct totals t = replay(names, COUNT(names), "10.23.123.11");

    (void)state;
    assert_int_equal(t.count, 54);
    assert_int_equal(t.full, 54);
    assert_int_equal(t.service[SERVICE_KDC], 54);
    assert_int_equal(t.from_watched, 54);
}

static void
test_benign(void **state)
{
    static const char *const names[] = {"benign-security.evtx"};
    struct totals t = replay(names, COUNT(names), "::1");

    (void)state;
    assert_int_equal(t.count, 15); /* the person at the console; nothing else is an attempt */
    assert_int_equal(t.outcome[ATTEMPT_FAILURE], 15);
    assert_int_equal(t.scope[SCOPE_LOCAL], 15);
    assert_int_equal(t.full, 0);
    assert_int_equal(t.witnesses, 30); /* 4625 and 4776 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smb_guessing), cmocka_unit_test(test_rdp_internet),
        cmocka_unit_test(test_1149_alone),   cmocka_unit_test(test_rdp_burst),
        cmocka_unit_test(test_kerberos),     cmocka_unit_test(test_benign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
