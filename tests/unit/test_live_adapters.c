/* test_live_adapters - a running sensor that looks at simulated network adapters. */
#include "test_live_help.h"

#include "support/posture_sim.h"

static struct posture_sim sim;

static struct bench *
make(void)
{
    struct bench *b = bench_make();

    assert_int_equal(posture_sim_init(&sim), ERR_OK);
    b->opts.posture = &sim.api;
    b->opts.host = "PC-A";
    return b;
}

static void
finish(struct bench *b)
{
    posture_sim_fini(&sim);
    bench_end(b);
}

static void
plug_router(void)
{
    struct posture_adapter *a =
        posture_sim_add(&sim, 7, POSTURE_IF_ETHERNET, "USB\\Class_E0&SubClass_01&Prot_03");

    posture_sim_address(a, "203.0.113.7", 24);
}

/* Text of the first row with such a kind; "" when there is none. */
static void
look_up(struct bench *b, const char *kind, const char *column, struct buf *out)
{
    struct store *s = help_open(&b->store, STORE_READ);
    struct rows *r = NULL;
    struct buf sql;

    buf_init(&sql, 1024);
    buf_clear(out);
    buf_printf(&sql, "SELECT %s FROM v_adapters WHERE kind='%s'", column, kind);
    assert_int_equal(store_query(s, buf_str(&sql), &r), ERR_OK);
    if (rows_next(r) == ERR_OK && rows_cell(r, 0).type == CELL_TEXT) {
        buf_put_sv(out, rows_cell(r, 0).text);
    }
    rows_close(r);
    buf_fini(&sql);
    store_close(s);
}

static void
expect(struct bench *b, const char *kind, const char *column, const char *due)
{
    struct buf found;

    buf_init(&found, 4096);
    look_up(b, kind, column, &found);
    assert_string_equal(buf_str(&found), due);
    buf_fini(&found);
}

static void
expect_source(struct bench *b, const char *state, int64_t code)
{
    struct store *s = help_open(&b->store, STORE_READ);
    struct rows *r = NULL;

    assert_int_equal(
        store_query(s, "SELECT state, code FROM v_sources WHERE name='Kanari-Adapters'", &r),
        ERR_OK);
    assert_int_equal(rows_next(r), ERR_OK);
    assert_true(sv_eq(rows_cell(r, 0).text, sv_from(state)));
    assert_int_equal(rows_cell(r, 1).i, code);
    rows_close(r);
    store_close(s);
}

/* What is there is the inventory; what comes is told by a notice; over a restart nothing is told
 * twice, and what went meanwhile is gone. */
static void
comes_and_goes(void **state)
{
    struct bench *b = make();

    (void)state;
    start(b);
    wait_started(b);
    wait_stored(b, ROWS_ADAPTERS, NULL, 2);
    plug_router();
    posture_sim_notify(&sim, POSTURE_INTERFACES, 3);
    wait_stored(b, ROWS_ADAPTERS, NULL, 3);
    stop(b);
    expect(b, "rndis", "addresses", "203.0.113.7/24");
    expect(b, "rndis", "gone", "");
    expect_source(b, "live", 0);
    assert_int_equal(stored(b, ROWS_EVENTS, "adapter_change"), 4); /* 2, appeared, address */
    posture_sim_remove(&sim, 7);
    start(b);
    wait_stored(b, ROWS_EVENTS, "adapter_change", 6);
    stop(b);
    start(b); /* warms the pipeline with all of it */
    wait_stored(b, ROWS_EVENTS, "adapter_change", 8);
    stop(b);
    assert_int_equal(stored(b, ROWS_ADAPTERS, NULL), 3);
    assert_int_equal(stored(b, ROWS_ADAPTER_HISTORY, NULL), 3);
    expect(b, "rndis", "CASE WHEN gone IS NOT NULL THEN 'gone' END", "gone");
    expect(b, "ethernet", "gone", "");
    finish(b);
}

static void
cannot_be_read(void **state)
{
    struct bench *b = make();
    struct told last;

    (void)state;
    sim.fail_adapters = POSTURE_ACCESS_DENIED;
    start(b);
    wait_started(b);
    last = wait_told(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, 1);
    assert_string_equal(last.key, "Kanari-Adapters");
    stop(b);
    expect_source(b, "denied", POSTURE_ACCESS_DENIED);
    assert_int_equal(stored(b, ROWS_ADAPTERS, NULL), 0);
    sim.fail_adapters = POSTURE_OK;
    start(b);
    wait_stored(b, ROWS_ADAPTERS, NULL, 2);
    stop(b);
    expect_source(b, "live", 0);
    assert_int_equal(told(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, NULL), 1);
    finish(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_and_goes),
        cmocka_unit_test(cannot_be_read),
    };

    return cmocka_run_group_tests_name("live_adapters", tests, NULL, NULL);
}
