/* state over time: hold-back, order of release, every bound, and failing parts. */
#include "unit/test_state.h"

#include <stdio.h>

#include "state/held.h"

#define A "203.0.113.7"
#define BAD_PASSWORD 0xC000006Au

struct fixture {
    struct config *cfg;
    struct state *st;
    struct outcome o;
};

static void
begin(struct fixture *f, const char *config)
{
    f->cfg = make_config(config);
    outcome_init(&f->o);
    assert_int_equal(state_create(f->cfg, on_attempt, &f->o, &f->st), ERR_OK);
    metric_reset_all();
}

static void
end(struct fixture *f)
{
    state_destroy(f->st);
    buf_fini(&f->o.text);
    config_destroy(f->cfg);
}

static void
put(struct fixture *f, const struct step *s)
{
    assert_int_equal(feed(f->st, s, 1), ERR_OK);
}

/* What came out since the last call. */
static void
assert_out(struct fixture *f, const char *text)
{
    assert_string_equal(buf_str(&f->o.text), text);
    buf_clear(&f->o.text);
}

static void
test_hold_back(void **state)
{
    static const struct step connect = {.id = 131, .src = A ":1"};
    static const struct step at_5s = {
        .ms = 5000, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    put(&f, &connect);
    assert_int_equal(state_tick(f.st, T0 + 5 * TM_SEC), ERR_OK);
    assert_out(&f, "");
    put(&f, &at_5s); /* exactly at the end of the hold-back */
    assert_int_equal(state_tick(f.st, T0 + 5 * TM_SEC), ERR_OK);
    assert_out(&f, "");
    assert_int_equal(state_tick(f.st, T0 + 5 * TM_SEC + 1), ERR_OK);
    assert_out(&f, "rdp failure! internet " A ":1 bob 100% (131 4625)\n");
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_out(&f, "");
    end(&f);
}

static void
test_too_late(void **state)
{
    static const struct step steps[] = {
        {.id = 131, .src = A ":1"},
        {.ms = 5001, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3}};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_out(&f, "rdp connect internet " A ":1 - 100% (131)\n"); /* released by the event */
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_out(&f, "rdp failure! internet " A " bob 50% (4625)\n");
    end(&f);
}

static void
test_windows(void **state)
{
    /* Address and account reach 3 s; beyond that the address alone still does, up to 5 s. A
     * hold-back of 2 s shortens all of them. */
    static const struct step steps[] = {
        {.id = 1149, .src = A, .account = "bob"},
        {.ms = 2001, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 10}};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_out(&f, "rdp failure! internet " A " bob 100% (1149 4625)\n");
    end(&f);

    begin(&f, "{\"logon.hold_back_s\": 2}");
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_out(&f, "rdp connect internet " A " bob 100% (1149)\n"
                   "rdp failure! internet " A " bob 100% (4625)\n");
    end(&f);
}

static void
test_order_across_hosts(void **state)
{
    static const struct step steps[] = {
        {.ms = 0, .id = 131, .src = A ":1", .host = "PC-B"},
        {.ms = 10, .id = 131, .src = A ":2", .host = "PC-A"},
        {.ms = 10, .id = 131, .src = A ":3", .host = "PC-B"},
        {.ms = 20, .id = 140, .src = A, .host = "PC-B"}, /* nearest: port 3 */
        {.ms = 30, .id = 131, .src = A ":4", .host = "PC-C"}};
    struct fixture f;
    uint32_t id = 0;

    (void)state;
    begin(&f, NULL);
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_int_equal(state_tick(f.st, T0 + 6 * TM_SEC), ERR_OK);
    assert_out(&f, "rdp connect internet " A ":1 - 100% (131)\n"
                   "rdp connect internet " A ":2 - 100% (131)\n"
                   "rdp failure! internet " A ":3 - 100% (131 140)\n"
                   "rdp connect internet " A ":4 - 100% (131)\n");
    assert_true(f.o.ordered);
    assert_int_equal(intern_count(state_hosts(f.st)), 3);
    assert_int_equal(state_host_id(f.st, SV("PC-B"), &id), ERR_OK);
    assert_true(state_nla_known(f.st, id));
    assert_int_equal(state_host_id(f.st, SV("PC-A"), &id), ERR_OK);
    assert_false(state_nla_known(f.st, id));
    end(&f);
}

static void
test_clock_set_back(void **state)
{
    static const struct step steps[] = {{.ms = 3600000, .id = 131, .src = A ":1"},
                                        {.ms = 3597000, .id = 131, .src = A ":2"},
                                        {.ms = 0, .id = 131, .src = A ":3"}};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    put(&f, &steps[0]);
    put(&f, &steps[1]); /* 3 s back: within the hold-back, nothing happens */
    assert_out(&f, "");
    put(&f, &steps[2]); /* an hour back */
    assert_out(&f, "rdp connect internet " A ":1 - 100% (131)\n"
                   "rdp connect internet " A ":2 - 100% (131)\n");
    assert_int_equal(state_tick(f.st, T0 + 6 * TM_SEC), ERR_OK); /* time runs again */
    assert_out(&f, "rdp connect internet " A ":3 - 100% (131)\n");
    end(&f);
}

/* What is late harms nobody who waits; it goes with those before it in the row. */
static void
test_late_events(void **state)
{
    static const struct step steps[] = {{.ms = 3600000, .id = 131, .src = A ":1"},
                                        {.ms = 3000001, .id = 131, .src = A ":2"}, /* 10 min less */
                                        {.ms = 3603000, .id = 4625, .src = A ":1", .type = 10},
                                        {.ms = 3300000, .id = 131, .src = A ":3"},
                                        {.ms = 3606000, .id = 131, .src = A ":4"},
                                        {.ms = 3006000, .id = 131, .src = A ":5"}}; /* 10 min */
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    put(&f, &steps[0]);
    put(&f, &steps[1]);
    put(&f, &steps[2]); /* still joins the first */
    put(&f, &steps[3]);
    assert_out(&f, "");
    put(&f, &steps[4]);
    assert_out(&f, "rdp failure! internet " A ":1 - 100% (131 4625)\n"
                   "rdp connect internet " A ":2 - 100% (131)\n"
                   "rdp connect internet " A ":3 - 100% (131)\n");
    assert_int_equal(state_tick(f.st, T0 + 3607 * TM_SEC), ERR_OK);
    assert_out(&f, "");
    put(&f, &steps[5]);
    assert_out(&f, "rdp connect internet " A ":4 - 100% (131)\n");
    assert_int_equal(state_tick(f.st, T0 + 3012 * TM_SEC), ERR_OK); /* time began anew */
    assert_out(&f, "rdp connect internet " A ":5 - 100% (131)\n");
    end(&f);
}

static void
test_pending_full(void **state)
{
    struct step s = {.id = 131};
    struct fixture f;
    char src[ADDR_TEXT_MAX + 8];

    (void)state;
    begin(&f, "{\"limits.pending_attempts\": 300}"); /* no power of two; the ring grows once */
    for (uint32_t i = 0; i < 1000; i++) {
        (void)snprintf(src, sizeof(src), "10.0.%u.%u:7", i / 256, i % 256);
        s.src = src;
        put(&f, &s);
    }
    assert_int_equal(f.o.count, 700);
    assert_int_equal(metric_get(METRIC_PENDING_FULL), 700);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.count, 1000);
    assert_int_equal(f.o.by_outcome[ATTEMPT_CONNECT], 1000);
    end(&f);
}

static void
test_joins_while_ring_grows(void **state)
{
    struct step connect = {.id = 131};
    struct step failure = {.id = 4625, .account = "bob", .code = BAD_PASSWORD, .type = 3};
    struct fixture f;
    char src[ADDR_TEXT_MAX + 8];

    (void)state;
    begin(&f, NULL);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 3000; i++) {
            (void)snprintf(src, sizeof(src), "10.0.%u.%u:7", i / 256, i % 256);
            connect.src = failure.src = src;
            put(&f, round == 0 ? &connect : &failure);
        }
    }
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.by_outcome[ATTEMPT_FAILURE], 3000);
    assert_int_equal(f.o.count, 3000);
    assert_int_equal(metric_get(METRIC_PENDING_FULL), 0);
    end(&f);
}

static void
test_unproven_bound(void **state)
{
    struct step s = {.id = 1149, .src = A, .account = "kumi"};
    static const struct step proof = {.ms = 7200000, .id = 140, .src = A};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    for (uint32_t i = 0; i < HELD_PER_HOST + 3; i++) {
        s.ms = (uint64_t)i * 10000;
        put(&f, &s);
    }
    assert_int_equal(state_tick(f.st, T0 + TM_HOUR), ERR_OK);
    assert_int_equal(f.o.by_outcome[ATTEMPT_CONNECT], 3);
    assert_int_equal(f.o.count, 3);
    assert_int_equal(metric_get(METRIC_NLA_UNPROVEN_FULL), 3);
    put(&f, &proof);
    assert_int_equal(f.o.by_outcome[ATTEMPT_SUCCESS], HELD_PER_HOST);
    assert_true(f.o.ordered);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.count, HELD_PER_HOST + 3 + 1);
    end(&f);
}

static void
test_unproven_bound_of_all(void **state)
{
    struct step s = {.id = 1149, .src = A, .account = "kumi"};
    struct fixture f;
    char host[16];

    (void)state;
    begin(&f, NULL);
    for (uint32_t i = 0; i < HELD_MAX + 10; i++) {
        (void)snprintf(host, sizeof(host), "PC-%u", i);
        s.host = host;
        put(&f, &s);
    }
    assert_int_equal(state_tick(f.st, T0 + TM_HOUR), ERR_OK);
    assert_int_equal(f.o.count, 10);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.by_outcome[ATTEMPT_CONNECT], HELD_MAX + 10);
    assert_true(f.o.ordered);
    end(&f);
}

static void
test_tables_full(void **state)
{
    struct step s = {.id = 140, .src = A};
    struct fixture f;
    char name[16];

    (void)state;
    begin(&f, "{\"limits.hosts\": 1, \"limits.accounts\": 100}");
    put(&f, &s);
    s.host = "PC-B";
    put(&f, &s);
    s.id = 131; /* would join the 140, were the computers told apart */
    put(&f, &s);
    assert_int_equal(metric_get(METRIC_HOSTS_FULL), 2);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.count, 3);

    s = (struct step){.id = 4776, .code = BAD_PASSWORD, .account = name};
    for (uint32_t i = 0; i < 105; i++) {
        (void)snprintf(name, sizeof(name), "user%u", i);
        put(&f, &s);
    }
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(intern_count(state_accounts(f.st)), 100);
    assert_int_equal(metric_get(METRIC_ACCOUNTS_FULL), 5);
    end(&f);
}

static void
test_account_spellings(void **state)
{
    static const struct step steps[] = {
        {.id = 4776, .account = "KUMI", .code = BAD_PASSWORD},
        {.ms = 6000, .id = 4776, .account = "kumi", .domain = ".", .code = BAD_PASSWORD},
        {.ms = 12000, .id = 4776, .account = "PC-A\\Kumi", .code = BAD_PASSWORD},
        {.ms = 18000, .id = 4776, .account = "kumi", .domain = "ACME", .code = BAD_PASSWORD},
        {.ms = 24000, .id = 4776, .account = "-", .code = BAD_PASSWORD}};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.count, 5);
    assert_int_equal(intern_count(state_accounts(f.st)), 2);
    assert_true(sv_eq(intern_text(state_accounts(f.st), 1), SV("kumi")));
    assert_true(sv_eq(intern_text(state_accounts(f.st), 2), SV("acme\\kumi")));
    end(&f);
}

static void
test_long_texts(void **state)
{
    char name[401];
    struct step s = {.id = 4776, .account = name, .domain = name, .workstation = name};
    struct fixture f;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    s.code = BAD_PASSWORD;
    begin(&f, NULL);
    put(&f, &s);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 3);
    assert_int_equal(state_flush(f.st), ERR_OK);
    assert_int_equal(f.o.count, 1);
    end(&f);
}

static void
test_receiver_fails(void **state)
{
    static const struct step steps[] = {{.id = 140, .src = A}, {.id = 140, .src = A}};
    struct fixture f;

    (void)state;
    begin(&f, NULL);
    f.o.fail_at = 2;
    assert_int_equal(feed(f.st, steps, COUNT(steps)), ERR_OK);
    assert_int_equal(state_flush(f.st), ERR_IO);
    assert_int_equal(f.o.count, 2);
    assert_int_equal(state_flush(f.st), ERR_OK); /* not given again */
    assert_int_equal(f.o.count, 2);
    end(&f);
}

static enum err
count_attempt(void *ctx, const struct attempt *a)
{
    size_t *count = ctx;

    *count += a->witness_count > 0 ? 1 : 0;
    return ERR_OK;
}

static enum err
small_run(const struct config *cfg, size_t *count)
{
    static const struct step steps[] = {
        {.id = 1149, .src = A, .account = "kumi"},
        {.ms = 7000, .id = 131, .src = A ":1"},
        {.ms = 7001, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3},
        {.ms = 9000, .id = 140, .src = A}};
    struct step flood = {.ms = 9500, .id = 131, .src = A ":9"};
    struct state *st = NULL;
    enum err err = state_create(cfg, count_attempt, count, &st);

    if (err) {
        assert_null(st);
        return err;
    }
    err = feed(st, steps, COUNT(steps));
    for (int i = 0; !err && i < 300; i++) { /* beyond the first size of the ring */
        err = feed(st, &flood, 1);
    }
    if (!err) {
        err = state_flush(st);
    }
    state_destroy(st);
    return err;
}

static void
test_allocation_failures(void **state)
{
    struct config *cfg = make_config(NULL);
    size_t count = 0;
    size_t asked;

    (void)state;
    mem_fail_after(SIZE_MAX);
    assert_int_equal(small_run(cfg, &count), ERR_OK);
    assert_int_equal(count, 302); /* 1149; 131, 4625 and 140; each 131 of the flood */
    asked = mem_asked();
    assert_in_range(asked, 15, 200);
    for (size_t n = 0; n < asked; n++) {
        mem_fail_after(n);
        assert_int_equal(small_run(cfg, &count), ERR_NOMEM);
        mem_fail_after(SIZE_MAX);
    }
    state_destroy(NULL);
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold_back),
        cmocka_unit_test(test_too_late),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_order_across_hosts),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_late_events),
        cmocka_unit_test(test_pending_full),
        cmocka_unit_test(test_joins_while_ring_grows),
        cmocka_unit_test(test_unproven_bound),
        cmocka_unit_test(test_unproven_bound_of_all),
        cmocka_unit_test(test_tables_full),
        cmocka_unit_test(test_account_spellings),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_receiver_fails),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
