/* test_alert - each request is answered once, in one transaction, by an alert in the outbox. */
#include "test_store_help.h"

#include "detectors/rules.h"
#include "engine/test_alert.h"

#define NOW_FT (HELP_START_FT + TM_MIN)

struct place {
    struct buf path;
    struct store *live, *edit;
};

static void
place_make(struct place *p)
{
    help_path(&p->path);
    p->live = help_open(&p->path, STORE_LIVE);
    p->edit = help_open(&p->path, STORE_EDIT);
}

static void
place_end(struct place *p)
{
    store_close(p->edit);
    store_close(p->live);
    help_remove(&p->path);
}

static int64_t
ask(struct place *p, struct sv who)
{
    int64_t number = 0;

    assert_int_equal(store_request_test(p->edit, who, HELP_START_FT, &number), ERR_OK);
    return number;
}

/* The oldest alert to be sent, which is then sent. */
static void
take(struct place *p, struct alert *out)
{
    struct store_outbox row;

    assert_int_equal(store_outbox_next(p->live, &row), ERR_OK);
    assert_int_equal(store_alert(p->live, sv_from(row.alert_id), rule_by_id, out), ERR_OK);
    assert_int_equal(store_outbox_sent(p->live, row.number), ERR_OK);
}

static void
expect_none(struct place *p)
{
    struct store_outbox row;

    assert_int_equal(test_alert_answer(p->live, SV("PC-A"), NOW_FT), ERR_OK);
    assert_int_equal(store_outbox_next(p->live, &row), ERR_END);
}

static void
each_request_is_answered_once(void **state)
{
    const struct sv hostile = SV("a\x1b[2Jb");
    struct place p;
    struct alert a;
    char key[2][24];

    (void)state;
    place_make(&p);
    expect_none(&p);
    (void)snprintf(key[0], sizeof(key[0]), "%d", (int)ask(&p, SV("somebody")));
    (void)snprintf(key[1], sizeof(key[1]), "%d", (int)ask(&p, hostile));
    assert_int_equal(test_alert_answer(p.live, SV("PC-A"), NOW_FT), ERR_OK);
    take(&p, &a);
    assert_int_equal(a.rule->id, 1030);
    assert_string_equal(a.key, key[0]);
    assert_string_equal(a.host, "PC-A");
    assert_string_equal(a.message, "ALERT_SERVICE_TEST");
    assert_int_equal(a.state, ALERT_CLOSED);
    assert_int_equal(a.first_ft, HELP_START_FT);
    assert_int_equal(a.last_ft, NOW_FT);
    assert_string_equal(a.params[0].name, "who");
    assert_string_equal(a.params[0].value, "somebody");
    take(&p, &a);
    assert_string_equal(a.key, key[1]);
    assert_true(sv_eq(sv_from(a.params[0].value), hostile)); /* escaped where it is shown */
    expect_none(&p);
    place_end(&p);
}

/* What failed is answered later, as a whole. */
static void
memory_may_run_out_on_the_way(void **state)
{
    struct place p;
    struct alert a;
    size_t n = 0;
    enum err err;

    (void)state;
    place_make(&p);
    (void)ask(&p, SV("somebody"));
    (void)ask(&p, SV("another"));
    do {
        mem_fail_after(n++);
        err = test_alert_answer(p.live, SV("PC-A"), NOW_FT);
    } while (err == ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 1);
    take(&p, &a);
    assert_string_equal(a.params[0].value, "somebody");
    take(&p, &a);
    assert_string_equal(a.params[0].value, "another");
    expect_none(&p);
    place_end(&p);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_is_answered_once),
        cmocka_unit_test(memory_may_run_out_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
