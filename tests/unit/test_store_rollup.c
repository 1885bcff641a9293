/* store, size: a live store stays under its cap, the oldest detail becomes counts, alerts stay. */
#include "test_store_help.h"

#include <sqlite3.h>

#define CAP (4u * 1024 * 1024)
#define DAYS 30u
#define A_DAY 2500u /* events; two in five of them have an attempt */
#define BATCH 50u
#define DAY0_FT (HELP_START_FT - HELP_START_FT % TM_DAY)

static uint64_t
size_of(const char *path, const char *suffix)
{
    struct file *f = NULL;
    uint64_t size = 0;
    struct buf name;

    buf_init(&name, SIZE_MAX);
    buf_printf(&name, "%s%s", path, suffix);
    if (file_open_read(buf_str(&name), &f) == ERR_OK) {
        size = file_size(f);
        file_close(f);
    }
    buf_fini(&name);
    return size;
}

static void
expect_capped(const struct buf *path)
{
    uint64_t total = size_of(buf_str(path), "") + size_of(buf_str(path), "-wal");

    if (total > CAP) {
        fail_msg("%u bytes", (unsigned)total);
    }
}

static void
put_one(struct store *s, uint64_t time_ft, uint32_t n)
{
    char account[32];
    struct attempt a;
    struct event ev;

    (void)snprintf(account, sizeof(account), "user%u", n % 700);
    event_init(&ev, n % 2 == 0 ? EV_LOGON_FAILURE : EV_PROCESS_START, time_ft);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, account, sv_from(account));
    event_set(&ev, process, SV("C:\\Windows\\System32\\a-program-with-a-long-name.exe"));
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    if (n % 5 < 2) {
        a = help_attempt(time_ft, "PC-A", account, (uint8_t)n);
        assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    }
}

/* One that went the same day, and one that has been there since the first day. */
static void
put_adapters(struct store *s, uint64_t day_ft)
{
    struct net_adapter a = {.host = SV("PC-A"),
                            .guid = SV("{1}"),
                            .kind = SV("rndis"),
                            .from_ft = day_ft,
                            .to_ft = day_ft + TM_SEC,
                            .last_ft = day_ft + TM_SEC};

    assert_int_equal(store_put_adapter(s, &a), ERR_OK);
    a.guid = SV("{2}");
    a.to_ft = 0;
    assert_int_equal(store_put_adapter(s, &a), ERR_OK);
}

static void
put_day(struct store *s, const struct buf *path, uint32_t day)
{
    uint64_t start_ft = DAY0_FT + day * TM_DAY;
    struct alert alert;

    for (uint32_t n = 0; n < A_DAY; n++) {
        if (n % BATCH == 0) {
            assert_int_equal(store_begin(s), ERR_OK);
        }
        put_one(s, start_ft + n * (TM_DAY / A_DAY), n);
        if (n == 0) {
            put_adapters(s, start_ft);
        }
        if (n % 500 == 0) {
            help_alert(&alert, &help_burst, "PC-A", start_ft);
            alert.first_ft = start_ft + n;
            alert_make_id(&alert);
            assert_int_equal(store_put_alert(s, &alert), ERR_OK);
        }
        if (n % BATCH == BATCH - 1) {
            assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
            expect_capped(path);
        }
    }
}

static int64_t
ask(struct store *s, const char *sql)
{
    struct rows *r = NULL;
    int64_t value;

    assert_int_equal(store_query(s, sql, &r), ERR_OK);
    assert_int_equal(rows_next(r), ERR_OK);
    value = rows_cell(r, 0).i;
    rows_close(r);
    return value;
}

/* Every event and attempt is there once: itself, or in its day's count. */
static void
expect_nothing_uncounted(struct store *s)
{
    static const struct {
        const char *sql;
        int64_t expected;
    } sums[] = {
        {"SELECT (SELECT count(*) FROM v_events WHERE kind='logon_failure')+(SELECT sum(count) "
         "FROM v_daily WHERE kind='logon_failure' AND host='PC-A' AND outcome IS NULL)",
         (int64_t)DAYS * A_DAY / 2},
        {"SELECT (SELECT count(*) FROM v_events WHERE kind='process_start')+(SELECT sum(count) "
         "FROM v_daily WHERE kind='process_start')",
         (int64_t)DAYS * A_DAY / 2},
        {"SELECT (SELECT count(*) FROM v_logon_attempts)+(SELECT sum(count) FROM v_daily "
         "WHERE kind='logon_attempt' AND outcome='failure')",
         (int64_t)DAYS * A_DAY / 5 * 2},
        {"SELECT count(*) FROM v_alerts", (int64_t)DAYS * 5},
        /* Old adapters go, one that is heard of stays, with all it was. */
        {"SELECT count(*) BETWEEN 1 AND 29 FROM v_adapter_history WHERE guid='{1}'", 1},
        {"SELECT count(*)=1 AND min(from_ft)=first_seen_ft FROM (SELECT from_time_ft AS from_ft, "
         "first_seen_ft FROM v_adapter_history h JOIN v_adapters a USING(guid) WHERE guid='{2}')",
         1},
        {"SELECT sum(count) FROM v_daily WHERE day='2018-08-31T00:00:00.0000000Z'",
         A_DAY + A_DAY / 5 * 2},
        {"SELECT count(*) FROM v_logon_attempts WHERE host IS NULL OR src IS NULL OR account IS "
         "NULL OR json_extract(witnesses,'$[0].channel') IS NULL",
         0},
    };

    for (size_t i = 0; i < COUNT(sums); i++) {
        int64_t value = ask(s, sums[i].sql);

        if (value != sums[i].expected) {
            fail_msg("%s: %lld", sums[i].sql, (long long)value);
        }
    }
}

static void
test_thirty_days(void **state)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN - 1), ERR_RANGE);
    assert_int_equal(store_size_cap(s, CAP), ERR_OK);
    for (uint32_t day = 0; day < DAYS; day++) {
        put_day(s, &path, day);
    }
    store_close(s);
    expect_capped(&path);
    s = help_open(&path, STORE_READ);
    expect_nothing_uncounted(s);
    /* The newest days are kept one by one. */
    assert_int_equal(ask(s, "SELECT count(*) FROM v_events WHERE kind<>'logon_attempt' AND "
                            "time>'2018-09-29'"),
                     A_DAY);
    assert_true(ask(s, "SELECT min(id) FROM text") > 1); /* those of what is gone are gone */
    assert_true(ask(s, "SELECT min(id) FROM account") > 1);
    store_close(s);
    assert_int_equal(sqlite3_open(buf_str(&path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    help_remove(&path);
}

/* A record of the year 1601 and one of 9999 do not take the others with them. */
static void
test_wrong_years(void **state)
{
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, CAP), ERR_OK);
    assert_int_equal(store_begin(s), ERR_OK);
    put_one(s, 1, 0);
    put_one(s, TM_MAX_FT, 1);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    for (uint32_t day = 0; day < 20; day++) {
        put_day(s, &path, day);
    }
    store_close(s);
    s = help_open(&path, STORE_READ);
    assert_true(ask(s, "SELECT count(*) FROM event_block") > 10);
    store_close(s);
    help_remove(&path);
}

/* A cap that is lowered holds from the next batch on; the file gives its pages back. */
static void
test_lower_cap(void **state)
{
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    for (uint32_t n = 0; n < 60000; n++) {
        if (n % 1000 == 0) {
            assert_int_equal(store_begin(s), ERR_OK);
        }
        put_one(s, DAY0_FT + n * TM_MIN, n);
        if (n % 1000 == 999) {
            assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
        }
    }
    assert_true(size_of(buf_str(&path), "") + size_of(buf_str(&path), "-wal") > CAP);
    assert_int_equal(store_size_cap(s, CAP), ERR_OK);
    assert_int_equal(store_begin(s), ERR_OK);
    store_rollback(s);
    store_close(s);
    expect_capped(&path);
    help_remove(&path);
}

/* Alerts alone fill it: that is told, and they stay. */
static void
test_only_alerts(void **state)
{
    struct alert alert;
    struct buf path;
    struct store *s;
    uint32_t n = 0;
    enum err err = ERR_OK;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN), ERR_OK);
    while (err == ERR_OK && n < 20000) {
        err = store_begin(s);
        for (uint32_t i = 0; i < 20 && err == ERR_OK; i++, n++) {
            help_alert(&alert, &help_burst, "PC-A", DAY0_FT);
            alert.first_ft = DAY0_FT + n;
            alert_make_id(&alert);
            assert_int_equal(store_put_alert(s, &alert), ERR_OK);
        }
        if (err == ERR_OK) {
            assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
        }
    }
    assert_int_equal(err, ERR_FULL);
    assert_string_equal(store_why(),
                        "making room in the store: all that is left are alerts, which stay");
    assert_int_equal(store_size_cap(s, CAP), ERR_OK);
    assert_int_equal(store_begin(s), ERR_OK);
    store_close(s);
    s = help_open(&path, STORE_READ);
    assert_int_equal(ask(s, "SELECT count(*) FROM v_alerts"), n);
    store_close(s);
    help_remove(&path);
}

/* A reader that stays keeps the journal from being used anew: bounded, told, over when it goes. */
static void
test_a_reader_that_stays(void **state)
{
    struct store_filter all = {0};
    struct store *s, *reader;
    struct rows *r;
    struct buf path;
    enum err err = ERR_OK;
    uint32_t n = 0;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN), ERR_OK);
    assert_int_equal(store_begin(s), ERR_OK);
    put_one(s, DAY0_FT, 0);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    reader = help_open(&path, STORE_READ);
    r = help_rows(reader, ROWS_EVENTS, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    for (; n < 10000 && err == ERR_OK; n++) {
        err = store_begin(s);
        if (err == ERR_OK) {
            put_one(s, DAY0_FT + n, n);
            assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
        }
    }
    assert_int_equal(err, ERR_BUSY);
    assert_string_equal(store_why(), "making room in the store: another program has been reading "
                                     "it for too long");
    rows_close(r);
    assert_int_equal(store_begin(s), ERR_OK);
    store_close(reader);
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thirty_days),         cmocka_unit_test(test_wrong_years),
        cmocka_unit_test(test_lower_cap),           cmocka_unit_test(test_only_alerts),
        cmocka_unit_test(test_a_reader_that_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
