/* store, rows: sums, alerts, stories, coverage, health, and answers to alerts. */
#include "test_store_help.h"

static void
put_logons(struct store *s)
{
    static const struct {
        const char *host, *account;
        uint8_t source;
        enum attempt_outcome outcome;
        enum source_scope scope;
    } rows[] = {
        {"PC-A", "kumi", 7, ATTEMPT_FAILURE, SCOPE_INTERNET},
        {"PC-A", "KUMI", 7, ATTEMPT_FAILURE, SCOPE_INTERNET},
        {"PC-A", "admin", 7, ATTEMPT_REFUSED, SCOPE_INTERNET},
        {"PC-A", "kumi", 8, ATTEMPT_SUCCESS, SCOPE_INTERNAL},
        {"PC-A", "", 8, ATTEMPT_CONNECT, SCOPE_INTERNAL},
        {"PC-B", "kumi", 7, ATTEMPT_FAILURE, SCOPE_INTERNET},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct attempt a =
            help_attempt(HELP_START_FT + i, rows[i].host, rows[i].account, rows[i].source);

        a.outcome = rows[i].outcome;
        a.scope = rows[i].scope;
        assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    }
}

static void
test_logons(void **state)
{
    struct store_filter f = {.by = BY_SOURCE};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_logons(s);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_LOGONS, &f);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "host", "PC-A");
    help_is_text(r, "source", "203.0.113.7");
    help_is_int(r, "internet", 1);
    help_is_int(r, "attempts", 3);
    help_is_int(r, "failures", 2);
    help_is_int(r, "refused", 1);
    help_is_int(r, "successes", 0);
    help_is_int(r, "connects", 0);
    help_is_int(r, "accounts", 2);
    help_is_int(r, "sources", 1);
    help_is_int(r, "first_seen", (int64_t)HELP_START_FT);
    help_is_int(r, "last_seen", (int64_t)HELP_START_FT + 2);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "source", "203.0.113.8");
    help_is_int(r, "internet", 0);
    help_is_int(r, "attempts", 2);
    help_is_int(r, "successes", 1);
    help_is_int(r, "connects", 1);
    help_is_int(r, "accounts", 1);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "host", "PC-B");
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);

    f = (struct store_filter){.by = BY_ACCOUNT, .host = SV("PC-A"), .limit = 1};
    r = help_rows(s, ROWS_LOGONS, &f);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "account", "kumi");
    help_is_int(r, "attempts", 3);
    help_is_int(r, "sources", 2);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    f = (struct store_filter){.by = BY_SERVICE};
    assert_int_equal(help_count(s, ROWS_LOGONS, &f), 2);
    f = (struct store_filter){.by = BY_ADAPTER, .since_ft = HELP_START_FT + 5};
    assert_int_equal(help_count(s, ROWS_LOGONS, &f), 1);
    store_close(s);
    help_remove(&path);
}

static void
put_alerts(struct store *s, char ids[3][ALERT_ID_MAX])
{
    struct alert *a = mem_zalloc(sizeof(*a));

    assert_non_null(a);
    help_alert(a, &help_burst, "PC-A", HELP_START_FT + 1);
    memcpy(ids[0], a->id, sizeof(ids[0]));
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    a->revision = 3;
    a->count = 99;
    a->state = ALERT_CLOSED;
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    a->revision = 2; /* late: changes nothing */
    a->count = 50;
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    help_alert(a, &help_spray, "PC-A", HELP_START_FT + 9);
    memcpy(ids[1], a->id, sizeof(ids[1]));
    alert_param(a, "account", SV("\"\n\xff\xe3\x81\x8b"));
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    help_alert(a, &help_burst, "PC-B", HELP_START_FT + 9);
    memcpy(ids[2], a->id, sizeof(ids[2]));
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    mem_free(a);
}

static void
test_alerts(void **state)
{
    char ids[3][ALERT_ID_MAX];
    struct store_filter f = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_alerts(s, ids);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_ALERTS, &f);
    assert_int_equal(rows_next(r), ERR_OK); /* same time: the more severe first */
    help_is_text(r, "id", ids[1]);
    help_is_text(r, "rule", "logon.spray");
    help_is_text(r, "severity", "high");
    help_is_int(r, "severity_level", SEV_HIGH);
    help_is_text(r, "params",
                 "{\"count\":\"12\",\"source\":\"203.0.113.7\",\"account\":\"\\\"\\n\\ufffd"
                 "\\u304b\"}");
    help_is_text(r, "evidence",
                 "[{\"host\":\"PC-A\",\"channel\":\"Security\",\"event_id\":4625,\"record_id\":"
                 "\"18446744073709551615\",\"time\":\"2018-08-31T13:49:31.0000009Z\"}]");
    help_is_int(r, "acked", 0);
    assert_int_equal(help_cell(r, "muted_until").type, CELL_NULL);
    assert_int_equal(help_cell(r, "account").type, CELL_NULL);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "id", ids[2]);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "id", ids[0]);
    help_is_int(r, "revision", 3);
    help_is_int(r, "count", 99);
    help_is_text(r, "state", "closed");
    help_is_text(r, "source", "203.0.113.7");
    help_is_text(r, "source_class", "global");
    help_is_int(r, "internet", 1);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

static void
test_alert_filters(void **state)
{
    char ids[3][ALERT_ID_MAX];
    struct store_filter f = {.rule = SV("LOGON.*")};
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_alerts(s, ids);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 3);
    f.rule = SV("logon.b?rst");
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 2);
    f.rule = SV("logon.[bs]*"); /* a bracket is a letter */
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 0);
    f = (struct store_filter){.open_only = true};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 2);
    f = (struct store_filter){.min_severity = SEV_HIGH};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 1);
    f = (struct store_filter){.host = SV("PC-B")};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 1);
    f = (struct store_filter){.id = sv_from(ids[1])};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 1);
    f = (struct store_filter){.id = SV("' OR ''='")};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 0);
    f = (struct store_filter){.since_ft = HELP_START_FT + 2};
    assert_int_equal(help_count(s, ROWS_ALERTS, &f), 2);
    store_close(s);
    help_remove(&path);
}

static void
check_answers(struct store *s, const char *id, uint64_t until_ft)
{
    struct store_filter f = {.id = sv_from(id)};
    struct rows *r = help_rows(s, ROWS_ALERTS, &f);

    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "acked", 1);
    help_is_int(r, "muted_until", (int64_t)until_ft);
    help_is_text(r, "answer", "known scanner");
    rows_close(r);
}

/* Answers stay when the same logs are replayed into another store. */
static void
test_answers(void **state)
{
    char ids[3][ALERT_ID_MAX];
    uint64_t until_ft = HELP_START_FT + 30 * TM_DAY;
    struct store_answer answer = {.what = STORE_ACK, .why = SV("seen"), .now_ft = 1};
    struct buf path[2];
    struct store *s, *next;

    (void)state;
    help_path(&path[0]);
    s = help_open(&path[0], STORE_NEW);
    put_alerts(s, ids);
    help_finish(s);
    s = help_open(&path[0], STORE_EDIT);
    answer.alert_id = SV("nobody");
    assert_int_equal(store_answer(s, &answer), ERR_NOTFOUND);
    assert_string_equal(store_why(), "no such alert");
    answer.alert_id = sv_from(ids[1]);
    assert_int_equal(store_answer(s, &answer), ERR_OK);
    answer.what = STORE_MUTE;
    answer.until_ft = until_ft;
    answer.why = SV("known scanner");
    assert_int_equal(store_answer(s, &answer), ERR_OK);
    check_answers(s, ids[1], until_ft);
    store_close(s);

    s = help_open(&path[0], STORE_READ);
    check_answers(s, ids[1], until_ft);
    help_path(&path[1]);
    next = help_open(&path[1], STORE_NEW);
    put_alerts(next, ids);
    assert_int_equal(store_copy_inbox(next, s), ERR_OK);
    help_finish(next);
    store_close(s);
    next = help_open(&path[1], STORE_READ);
    check_answers(next, ids[1], until_ft);
    store_close(next);
    help_remove(&path[0]);
    help_remove(&path[1]);
}

static void
put_story(struct store *s, const char *id, enum severity severity, uint64_t last_ft)
{
    struct story *st = mem_zalloc(sizeof(*st));
    struct story_stage_facts *guess;

    assert_non_null(st);
    guess = &st->stage[STAGE_GUESS];
    st->revision = 1;
    st->severity = severity;
    st->first_ft = HELP_START_FT;
    st->last_ft = last_ft;
    st->stage[STAGE_TOOL].verdict = STAGE_NOT_OBSERVABLE;
    st->stage[STAGE_DOOR].verdict = STAGE_NOTHING_SEEN;
    (void)snprintf(st->id, sizeof(st->id), "%s", id);
    (void)snprintf(st->host, sizeof(st->host), "PC-A");
    (void)snprintf(st->first_message, sizeof(st->first_message), "FIRST_UNPLUG");
    *guess = (struct story_stage_facts){
        .verdict = STAGE_OBSERVED,
        .first_ft = HELP_START_FT,
        .severity = SEV_HIGH,
        .count = 20113,
        .sources = 402,
        .accounts = 3,
        .message = "STORY_GUESS",
        .param_count = 1,
        .params = {{"count", "20,113"}},
        .alert_count = 2,
        .alert_id = {"0123456789abcdef", "fedcba9876543210"},
        .alert_total = 5,
    };
    assert_int_equal(store_put_story(s, st), ERR_OK);
    mem_free(st);
}

static void
test_stories(void **state)
{
    static const char guess[] =
        "{\"stage\":\"GUESS\",\"verdict\":\"observed\",\"first_seen\":"
        "\"2018-08-31T13:49:31.0000000Z\",\"last_seen\":null,\"severity\":\"high\",\"count\":20113,"
        "\"sources\":402,\"accounts\":3,\"message\":\"STORY_GUESS\",\"params\":{\"count\":"
        "\"20,113\"},\"alerts\":[\"0123456789abcdef\",\"fedcba9876543210\"],\"alert_total\":5}";
    struct store_filter all = {0};
    struct buf path, stages;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_story(s, "aaaa", SEV_HIGH, HELP_START_FT + 5);
    put_story(s, "bbbb", SEV_CRITICAL, HELP_START_FT + 1);
    put_story(s, "cccc", SEV_HIGH, HELP_START_FT + 6);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_STORIES, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "id", "bbbb");
    help_is_text(r, "severity", "critical");
    help_is_text(r, "state", "open");
    help_is_text(r, "first_message", "FIRST_UNPLUG");
    help_is_text(r, "first_params", "{}");
    buf_init(&stages, SIZE_MAX);
    buf_put_sv(&stages, help_cell(r, "stages").text);
    assert_non_null(strstr(buf_str(&stages), guess));
    buf_fini(&stages);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "id", "cccc");
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "id", "aaaa");
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

static void
test_coverage_and_health(void **state)
{
    struct coverage seen = {SV("PC-A"),
                            SV("Security"),
                            HELP_START_FT,
                            HELP_START_FT + TM_HOUR,
                            COVERAGE_OBSERVED,
                            1000,
                            1,
                            UINT64_MAX,
                            COVERAGE_WHY_NONE};
    struct coverage lost = {
        SV("PC-A"), SV("Security"),   HELP_START_FT + 5, HELP_START_FT + 6, COVERAGE_LOST, 7, 0,
        0,          COVERAGE_WHY_NONE};
    struct store_filter f = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_put_coverage(s, &lost), ERR_OK);
    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    assert_int_equal(store_put_health(s, HELP_START_FT, SV("records_damaged"), SV("a.evtx"), 3),
                     ERR_OK);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_COVERAGE, &f);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "host", "PC-A");
    help_is_text(r, "source", "Security");
    help_is_int(r, "from_time", (int64_t)HELP_START_FT);
    help_is_int(r, "to_time", (int64_t)(HELP_START_FT + TM_HOUR));
    help_is_text(r, "state", "observed");
    help_is_int(r, "records", 1000);
    help_is_int(r, "first_record_id", 1);
    help_is_int(r, "last_record_id", -1);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "state", "lost");
    assert_int_equal(help_cell(r, "first_record_id").type, CELL_NULL);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    f.since_ft = HELP_START_FT + 7; /* what overlaps */
    assert_int_equal(help_count(s, ROWS_COVERAGE, &f), 1);
    f = (struct store_filter){0};
    r = help_rows(s, ROWS_HEALTH, &f);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "time", (int64_t)HELP_START_FT);
    help_is_text(r, "name", "records_damaged");
    help_is_text(r, "object", "a.evtx");
    help_is_int(r, "value", 3);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logons),        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_alert_filters), cmocka_unit_test(test_answers),
        cmocka_unit_test(test_stories),       cmocka_unit_test(test_coverage_and_health),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
