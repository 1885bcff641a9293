/* store, status: what a running sensor writes of itself, and what people ask of it. */
#include "test_store_help.h"

#include "store/status.h"

#define NOW (HELP_START_FT + TM_HOUR)

static void
begin(struct store *s)
{
    if (store_begin(s) != ERR_OK) {
        fail_msg("store_begin: %s", store_why());
    }
}

static void
commit(struct store *s)
{
    if (store_commit(s, NULL, 0) != ERR_OK) {
        fail_msg("store_commit: %s", store_why());
    }
}

static struct rows *
only_row(struct store *s, enum store_rows what)
{
    struct store_filter all = {0};
    struct rows *r = help_rows(s, what, &all);

    assert_int_equal(rows_next(r), ERR_OK);
    return r;
}

static void
close_last(struct rows *r)
{
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
}

/* -- coverage ---------------------------------------------------------------------------------- */

static const struct coverage seen = {.host = {"PC-A", 4},
                                     .source = {"Security", 8},
                                     .from_ft = HELP_START_FT,
                                     .to_ft = HELP_START_FT + TM_MIN,
                                     .state = COVERAGE_OBSERVED,
                                     .records = 3,
                                     .first_id = 7,
                                     .last_id = 9};

static void
test_intervals_grow(void **state)
{
    struct store_filter all = {0};
    struct coverage c = seen;
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    begin(s);
    assert_int_equal(store_put_coverage(s, &c), ERR_OK);
    commit(s);
    c.to_ft += TM_MIN;
    c.records = 5;
    c.last_id = 11;
    begin(s);
    assert_int_equal(store_put_coverage(s, &c), ERR_OK);
    commit(s);
    r = only_row(s, ROWS_COVERAGE);
    help_is_int(r, "to_time", (int64_t)(HELP_START_FT + 2 * TM_MIN));
    help_is_int(r, "records", 5);
    help_is_int(r, "first_record_id", 7);
    help_is_int(r, "last_record_id", 11);
    help_is_int(r, "live", 1);
    assert_int_equal(help_cell(r, "why").type, CELL_NULL);
    close_last(r);
    c.state = COVERAGE_BLIND; /* from the same time on: another interval */
    c.why = COVERAGE_WHY_AUDITING_OFF;
    c.first_id = c.last_id = 0;
    begin(s);
    assert_int_equal(store_put_coverage(s, &c), ERR_OK);
    commit(s);
    assert_int_equal(help_count(s, ROWS_COVERAGE, &all), 2);
    r = only_row(s, ROWS_COVERAGE);
    help_is_text(r, "state", "blind");
    help_is_text(r, "why", "auditing_off");
    assert_int_equal(help_cell(r, "first_record_id").type, CELL_NULL);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

/* What a replay puts twice is there twice, as before. */
static void
test_a_replay_keeps_each(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    help_finish(s);
    s = help_open(&path, STORE_LIVE); /* a sensor goes on with it */
    begin(s);
    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    commit(s);
    assert_int_equal(help_count(s, ROWS_COVERAGE, &all), 3);
    r = only_row(s, ROWS_COVERAGE);
    help_is_int(r, "live", 0);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

/* Live intervals are detail that goes when room is needed, the oldest first. */
static void
test_old_intervals_go(void **state)
{
    struct coverage c = seen;
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN), ERR_OK);
    for (unsigned i = 0; i < 120; i++) {
        begin(s);
        for (unsigned k = 0; k < 400; k++) {
            c.from_ft += TM_MIN;
            c.to_ft += TM_MIN;
            assert_int_equal(store_put_coverage(s, &c), ERR_OK);
        }
        commit(s);
    }
    assert_in_range(help_count(s, ROWS_COVERAGE, &all), 5000, 47000);
    all.since_ft = c.to_ft;
    r = help_rows(s, ROWS_COVERAGE, &all);
    assert_int_equal(rows_next(r), ERR_OK); /* the newest stays */
    close_last(r);
    store_close(s);
    help_remove(&path);
}

/* -- sources and facts ------------------------------------------------------------------------- */

static struct store_source
a_source(void)
{
    return (struct store_source){.name = SV("ntlm"),
                                 .channel = SV("Microsoft-Windows-NTLM/Operational"),
                                 .optional = true,
                                 .state = SV("disabled"),
                                 .code = 15007,
                                 .call = SV("EvtSubscribe"),
                                 .advice = SV("enable_channel"),
                                 .records = 10,
                                 .events = 9,
                                 .unreadable = 1,
                                 .gaps = 2,
                                 .lost = 33,
                                 .per_minute = UINT64_MAX,
                                 .backlog = UINT64_MAX,
                                 .last_record_ft = NOW - 5,
                                 .updated_ft = NOW};
}

static void
test_sources(void **state)
{
    struct store_source source = a_source();
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    begin(s);
    assert_int_equal(store_put_source(s, &source), ERR_OK);
    commit(s);
    r = only_row(s, ROWS_SOURCES);
    help_is_text(r, "name", "ntlm");
    help_is_text(r, "channel", "Microsoft-Windows-NTLM/Operational");
    help_is_int(r, "optional", 1);
    help_is_text(r, "state", "disabled");
    help_is_int(r, "code", 15007);
    help_is_text(r, "call", "EvtSubscribe");
    help_is_text(r, "advice", "enable_channel");
    help_is_int(r, "records", 10);
    help_is_int(r, "events", 9);
    help_is_int(r, "unreadable", 1);
    help_is_int(r, "gaps", 2);
    help_is_int(r, "lost", 33);
    assert_int_equal(help_cell(r, "per_minute").type, CELL_NULL);
    assert_int_equal(help_cell(r, "backlog").type, CELL_NULL);
    help_is_int(r, "last_record_time", (int64_t)NOW - 5);
    assert_int_equal(help_cell(r, "last_read_time").type, CELL_NULL);
    assert_int_equal(help_cell(r, "since_time").type, CELL_NULL);
    help_is_int(r, "updated_time", (int64_t)NOW);
    close_last(r);
    source.state = SV("live");
    source.code = 0;
    source.call = source.advice = SV("");
    source.per_minute = 0;
    source.backlog = 4;
    begin(s);
    assert_int_equal(store_put_source(s, &source), ERR_OK);
    commit(s);
    r = only_row(s, ROWS_SOURCES);
    help_is_text(r, "state", "live");
    assert_int_equal(help_cell(r, "advice").type, CELL_NULL);
    help_is_int(r, "per_minute", 0);
    help_is_int(r, "backlog", 4);
    close_last(r);
    store_close(s);
    help_remove(&path);
}

static void
test_facts(void **state)
{
    char long_text[STORE_VALUE_MAX + 1];
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    begin(s);
    assert_int_equal(store_put_status(s, store_status_name(STATUS_STATE), SV("starting"), NOW - 1),
                     ERR_OK);
    assert_int_equal(store_put_status(s, store_status_name(STATUS_STATE), SV("running"), NOW),
                     ERR_OK);
    commit(s);
    r = only_row(s, ROWS_STATUS);
    help_is_text(r, "name", "state");
    help_is_text(r, "value", "running");
    help_is_int(r, "time", (int64_t)NOW);
    close_last(r);
    memset(long_text, 'x', sizeof(long_text));
    memcpy(long_text + STORE_VALUE_MAX - 2, "\xe3\x81\x82", 3); /* half of it has no room */
    begin(s);
    assert_int_equal(store_put_status(s, SV("a"), (struct sv){long_text, sizeof(long_text)}, NOW),
                     ERR_OK);
    assert_int_equal(store_put_status(s, SV("b"), SV(""), NOW), ERR_OK);
    commit(s);
    r = help_rows(s, ROWS_STATUS, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    assert_int_equal(help_cell(r, "value").text.len, STORE_VALUE_MAX - 2);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "value", "");
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

static void
test_words_are_told_apart(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        struct sv name = store_status_name((enum store_status)i);

        assert_int_equal(store_status_find(name), i);
        assert_true(name.len <= STORE_NAME_MAX);
        assert_true(store_status_meaning((enum store_status)i)[0] != '\0');
    }
    assert_int_equal(store_status_find(SV("nothing")), STATUS_COUNT);
    assert_int_equal(store_status_find(SV("")), STATUS_COUNT);
}

static void
test_wrong_uses(void **state)
{
    char long_name[STORE_NAME_MAX + 1];
    struct store_filter all = {0};
    struct store_source source = a_source();
    struct buf path;
    struct store *s;

    (void)state;
    memset(long_name, 'n', sizeof(long_name));
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_put_source(s, &source), ERR_USAGE); /* outside of a batch */
    assert_int_equal(store_put_status(s, SV("a"), SV("b"), NOW), ERR_USAGE);
    begin(s);
    assert_int_equal(store_put_source(s, &source), ERR_OK);
    source.name = (struct sv){long_name, sizeof(long_name)};
    assert_int_equal(store_put_source(s, &source), ERR_RANGE);
    assert_int_equal(store_put_status(s, SV("a"), SV("b"), NOW), ERR_RANGE); /* it is undone */
    begin(s);
    assert_int_equal(store_put_status(s, SV(""), SV("b"), NOW), ERR_RANGE);
    assert_int_equal(help_count(s, ROWS_SOURCES, &all), 0);
    store_close(s);
    s = help_open(&path, STORE_READ);
    source.name = SV("x");
    assert_int_equal(store_put_source(s, &source), ERR_USAGE);
    assert_int_equal(store_put_status(s, SV("a"), SV("b"), NOW), ERR_USAGE);
    store_close(s);
    help_remove(&path);
}

/* -- requests ---------------------------------------------------------------------------------- */

struct taken {
    size_t count;
    int64_t number[4];
    char who[64];
    uint64_t time_ft;
    enum err answer;
};

static enum err
note(void *ctx, int64_t number, struct sv who, uint64_t time_ft)
{
    struct taken *t = ctx;

    assert_true(t->count < COUNT(t->number));
    t->number[t->count++] = number;
    (void)snprintf(t->who, sizeof(t->who), "%.*s", (int)who.len, who.p);
    t->time_ft = time_ft;
    return t->answer;
}

static struct taken
take(struct store *s, enum err answer)
{
    struct taken t = {.answer = answer};

    begin(s);
    assert_int_equal(store_requests_take(s, note, &t), answer);
    return t;
}

static int64_t
ask(const struct buf *path, const char *who)
{
    struct store *s = help_open(path, STORE_EDIT);
    int64_t number = 0;

    assert_int_equal(store_request_test(s, sv_from(who), NOW, &number), ERR_OK);
    store_close(s);
    return number;
}

static void
test_requests_are_taken_once(void **state)
{
    struct taken t;
    struct buf path;
    struct store *s;
    int64_t first;
    int64_t number = 0;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    t = take(s, ERR_OK);
    assert_int_equal(t.count, 0);
    commit(s);
    first = ask(&path, "kumi");
    t = take(s, ERR_NOMEM); /* the batch is undone */
    assert_int_equal(t.count, 1);
    assert_int_equal(store_commit(s, NULL, 0), ERR_NOMEM);
    t = take(s, ERR_OK);
    store_rollback(s); /* killed before the commit */
    assert_int_equal(t.count, 1);
    assert_int_equal(ask(&path, ""), first + 1);
    t = take(s, ERR_OK);
    commit(s);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.number[0], first);
    assert_int_equal(t.number[1], first + 1);
    assert_string_equal(t.who, "");
    assert_true(t.time_ft == NOW);
    t = take(s, ERR_OK);
    commit(s);
    assert_int_equal(t.count, 0);
    (void)ask(&path, "kumi");
    t = take(s, ERR_OK);
    commit(s);
    assert_string_equal(t.who, "kumi");
    assert_int_equal(store_request_test(s, SV("x"), NOW, &number), ERR_USAGE);
    assert_int_equal(store_requests_take(s, note, &t), ERR_USAGE); /* outside of a batch */
    store_close(s);
    help_remove(&path);
}

static bool
is_muted(struct store *s, const char *id, uint64_t now_ft)
{
    bool muted = false;

    assert_int_equal(store_muted(s, sv_from(id), now_ft, &muted), ERR_OK);
    return muted;
}

static void
test_mutes_end(void **state)
{
    static struct alert a;
    struct store_answer answer = {STORE_MUTE, {NULL, 0}, SV("known"), NOW + TM_DAY, NOW};
    struct buf path, other;
    struct taken t;
    bool muted = false;
    struct store *s, *edit, *copy;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    help_alert(&a, &help_burst, "PC-A", NOW);
    begin(s);
    assert_int_equal(store_put_alert(s, &a), ERR_OK);
    commit(s);
    assert_false(is_muted(s, a.id, NOW));
    answer.alert_id = sv_from(a.id);
    edit = help_open(&path, STORE_EDIT);
    assert_int_equal(store_answer(edit, &answer), ERR_OK);
    assert_int_equal(store_muted(edit, answer.alert_id, NOW, &muted), ERR_USAGE);
    (void)ask(&path, "kumi");
    assert_true(is_muted(s, a.id, NOW + TM_DAY - 1));
    assert_false(is_muted(s, a.id, NOW + TM_DAY));
    assert_false(is_muted(s, "ffffffffffffffff", NOW));
    begin(s);
    assert_true(is_muted(s, a.id, NOW)); /* within a batch, too */
    commit(s);
    help_path(&other); /* answers go with a store, questions to its sensor do not */
    copy = help_open(&other, STORE_NEW);
    assert_int_equal(store_copy_inbox(copy, edit), ERR_OK);
    help_finish(copy);
    copy = help_open(&other, STORE_LIVE);
    assert_true(is_muted(copy, a.id, NOW));
    t = take(copy, ERR_OK);
    assert_int_equal(t.count, 0);
    store_close(copy);
    store_close(edit);
    store_close(s);
    help_remove(&other);
    help_remove(&path);
}

/* -- failures ---------------------------------------------------------------------------------- */

static enum err
put_all(struct store *s)
{
    struct store_source source = a_source();
    struct taken t = {.answer = ERR_OK};
    bool muted = false;
    enum err err = store_begin(s);

    err = err ? err : store_put_coverage(s, &seen);
    err = err ? err : store_put_source(s, &source);
    err = err ? err : store_put_status(s, SV("state"), SV("running"), NOW);
    err = err ? err : store_requests_take(s, note, &t);
    err = err ? err : store_muted(s, SV("0"), NOW, &muted);
    return err ? err : store_commit(s, NULL, 0);
}

static void
test_no_memory(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct taken t;
    enum err err = ERR_NOMEM;
    size_t failures = 0;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    (void)ask(&path, "kumi");
    for (size_t n = 0; n < 2000 && err != ERR_OK; n++) {
        mem_fail_after(n);
        err = put_all(s);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        failures += err != ERR_OK;
        store_rollback(s);
        assert_int_equal(help_count(s, ROWS_COVERAGE, &all), err == ERR_OK);
        assert_int_equal(help_count(s, ROWS_SOURCES, &all), err == ERR_OK);
        assert_int_equal(help_count(s, ROWS_STATUS, &all), err == ERR_OK);
    }
    assert_int_equal(err, ERR_OK);
    assert_true(failures > 0);
    t = take(s, ERR_OK);
    assert_int_equal(t.count, 0); /* it went with the batch that was whole */
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals_grow),
        cmocka_unit_test(test_a_replay_keeps_each),
        cmocka_unit_test(test_old_intervals_go),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_words_are_told_apart),
        cmocka_unit_test(test_wrong_uses),
        cmocka_unit_test(test_requests_are_taken_once),
        cmocka_unit_test(test_mutes_end),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("store, status", tests, NULL, NULL);
}
