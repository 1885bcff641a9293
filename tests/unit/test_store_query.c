/* store, queries: reads what it should, and nothing but reads, whatever is asked. */
#include "test_store_help.h"

struct refusal {
    const char *sql;
    enum err err;
    const char *why; /* NULL: any sentence */
};

static const struct refusal refusals[] = {
    {"INSERT INTO inbox VALUES(1,1,'ack','x',0,'')", ERR_ACCESS,
     "this query would write (INSERT ...): kanari query only reads"},
    {"insert into alert(id) values('x')", ERR_ACCESS,
     "this query would write (INSERT ...): kanari query only reads"},
    {"REPLACE INTO health VALUES(1,1,'a','b',1)", ERR_ACCESS, NULL},
    {"UPDATE alert SET state='closed'", ERR_ACCESS,
     "this query would write (UPDATE ...): kanari query only reads"},
    {"DELETE FROM attempt", ERR_ACCESS,
     "this query would write (DELETE ...): kanari query only reads"},
    {"WITH x AS (SELECT 1) DELETE FROM attempt", ERR_ACCESS,
     "this query would write (WITH ...): kanari query only reads"},
    {"CREATE TABLE x(y)", ERR_ACCESS,
     "this query would write (CREATE ...): kanari query only reads"},
    {"CREATE TEMP TABLE x(y)", ERR_ACCESS, NULL},
    {"CREATE VIRTUAL TABLE x USING dbstat", ERR_ACCESS, NULL},
    {"CREATE VIRTUAL TABLE x USING event_rows", ERR_ACCESS, NULL},
    {"DELETE FROM event_rows", ERR_USAGE, "the query: table event_rows may not be modified (1)"},
    {"INSERT INTO event_rows(kind) VALUES('x')", ERR_ACCESS, NULL},
    {"CREATE TRIGGER t AFTER INSERT ON attempt BEGIN SELECT 1; END", ERR_ACCESS, NULL},
    {"DROP TABLE attempt", ERR_ACCESS, NULL},
    {"DROP VIEW v_alerts", ERR_ACCESS, NULL},
    {"ALTER TABLE attempt ADD COLUMN x", ERR_ACCESS, NULL},
    {"PRAGMA query_only=OFF", ERR_ACCESS, "PRAGMA is not for queries: kanari query only reads"},
    {"PRAGMA writable_schema=ON", ERR_ACCESS, NULL},
    {"PRAGMA journal_mode=DELETE", ERR_ACCESS, NULL},
    {"ATTACH DATABASE '/etc/passwd' AS x", ERR_ACCESS,
     "ATTACH is not for queries: kanari query only reads"},
    {"DETACH DATABASE main", ERR_ACCESS, NULL},
    {"VACUUM", ERR_ACCESS, NULL},
    {"VACUUM INTO 'copy.db'", ERR_ACCESS, NULL},
    {"REINDEX", ERR_ACCESS, NULL},
    {"ANALYZE", ERR_ACCESS, NULL},
    {"BEGIN IMMEDIATE", ERR_ACCESS, NULL},
    {"COMMIT", ERR_ACCESS, NULL},
    {"SAVEPOINT x", ERR_ACCESS, NULL},
    {"EXPLAIN DELETE FROM attempt", ERR_ACCESS, NULL},
    {"SELECT load_extension('x.dll')", ERR_USAGE, NULL},
    {"SELECT * FROM temp.sqlite_master", ERR_ACCESS, NULL},
    {"SELECT 1; SELECT 2", ERR_USAGE, "the query: one statement at a time"},
    {"SELECT 1; DROP TABLE attempt", ERR_USAGE, "the query: one statement at a time"},
    {"SELECT 1; nonsense", ERR_USAGE, "the query: one statement at a time"},
    {"SELECT writefile('x','y')", ERR_USAGE, NULL},
    {"SELECT edit('x')", ERR_USAGE, NULL},
    {"SELECT * FROM", ERR_USAGE, NULL},
    {"SELECT * FROM v_alert", ERR_USAGE,
     "the query: no such view: v_alert; there are v_alerts, v_stories, v_logon_attempts, "
     "v_logon_sources, v_events, v_coverage, v_health"},
    {"SELECT * FROM v_scans", ERR_USAGE,
     "v_scans is empty: this version does not collect scans yet"},
    {"select count(*) from V_Exposure", ERR_USAGE,
     "v_exposure is empty: this version does not collect open ports yet"},
    {"", ERR_USAGE, "the query is empty"},
    {" ; -- nothing", ERR_USAGE, "the query is empty"},
};

static struct buf store_path;
static struct store *store;

static int
open_store(void **state)
{
    static const char *const hosts[] = {"PC-A", "PC-B"};
    struct store *s;

    (void)state;
    help_path(&store_path);
    s = help_open(&store_path, STORE_NEW);
    for (size_t i = 0; i < 10; i++) {
        struct attempt a = help_attempt(HELP_START_FT + i, hosts[i % 2], "kumi", 7);
        assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    }
    help_finish(s);
    store = help_open(&store_path, STORE_READ);
    return 0;
}

static int
close_store(void **state)
{
    (void)state;
    store_close(store);
    help_remove(&store_path);
    return 0;
}

static struct rows *
query(const char *sql)
{
    struct rows *r = NULL;

    if (store_query(store, sql, &r) != ERR_OK) {
        fail_msg("%s: %s", sql, store_why());
    }
    return r;
}

static void
read_bytes(struct buf *out)
{
    buf_init(out, 64u * 1024 * 1024);
    assert_int_equal(file_read_all(buf_str(&store_path), 64u * 1024 * 1024, out), ERR_OK);
}

static void
test_refused(void **state)
{
    struct buf before, after;

    (void)state;
    read_bytes(&before);
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct rows *r = NULL;
        enum err err = store_query(store, refusals[i].sql, &r);

        if (err != refusals[i].err) {
            fail_msg("%s: %s: %s", refusals[i].sql, err_str(err), store_why());
        }
        assert_null(r);
        assert_true(store_why()[0] != '\0');
        if (refusals[i].why != NULL) {
            assert_string_equal(store_why(), refusals[i].why);
        }
    }
    read_bytes(&after);
    assert_true(sv_eq(buf_sv(&before), buf_sv(&after)));
    buf_fini(&before);
    buf_fini(&after);
}

/* These are found out only when they run. */
static void
test_refused_when_run(void **state)
{
    struct rows *r = NULL;
    enum err err;

    (void)state;
    err = store_query(store, "SELECT * FROM pragma_table_info('attempt')", &r);
    if (err == ERR_OK) {
        err = rows_next(r);
    }
    assert_int_equal(err, ERR_ACCESS);
    assert_true(store_why()[0] != '\0');
    rows_close(r);
    r = query("SELECT abs(-9223372036854775807-1)");
    assert_int_equal(rows_next(r), ERR_USAGE);
    assert_string_equal(store_why(), "the query: integer overflow (1)");
    rows_close(r);
    r = query("SELECT length(zeroblob(900000000))");
    assert_int_equal(rows_next(r), ERR_RANGE);
    rows_close(r);
}

static void
test_endless_is_stopped(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n";
    struct store_filter all = {0};
    struct rows *r = NULL;

    (void)state;
    store_query_cap(store, 200000);
    r = query(endless);
    assert_int_equal(rows_next(r), ERR_CANCELLED);
    assert_string_equal(store_why(), "the query was stopped: it took too long; ask for less");
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_query_cap(store, STORE_QUERY_OPS_MAX);
    assert_int_equal(help_count(store, ROWS_ATTEMPTS, &all), 10); /* the handle still works */
}

static void
test_answers(void **state)
{
    struct rows *r = NULL;

    (void)state;
    r = query("-- by computer\nSELECT host, count(*) AS n, time_ft, status, "
              "src_inferred, 1.5 AS half, x'00ff' AS raw, NULL AS none "
              "FROM v_logon_attempts GROUP BY host ORDER BY host DESC ; ");
    assert_int_equal(rows_columns(r), 8);
    assert_string_equal(rows_name(r, 1), "n");
    assert_int_equal(rows_show(r, 0), SHOW_FOREIGN);
    assert_int_equal(rows_show(r, 2), SHOW_ID64);
    assert_int_equal(rows_show(r, 3), SHOW_HEX32);
    assert_int_equal(rows_show(r, 4), SHOW_BOOL);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "host", "PC-B");
    help_is_int(r, "n", 5);
    help_is_int(r, "status", 0xC000006A);
    assert_int_equal(rows_cell(r, 5).type, CELL_REAL);
    assert_true(rows_cell(r, 5).real > 1.4 && rows_cell(r, 5).real < 1.6);
    assert_int_equal(rows_cell(r, 6).type, CELL_BLOB);
    assert_int_equal(rows_cell(r, 6).text.len, 2);
    assert_int_equal(rows_cell(r, 7).type, CELL_NULL);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "host", "PC-A");
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    r = query("SELECT value FROM json_each('[1,2]')");
    assert_int_equal(rows_next(r), ERR_OK);
    rows_close(r);
}

static void
test_only_on_a_store_that_is_read(void **state)
{
    struct buf path;
    struct rows *r = NULL;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_query(s, "SELECT 1", &r), ERR_USAGE);
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_when_run),
        cmocka_unit_test(test_endless_is_stopped),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_only_on_a_store_that_is_read),
    };

    return cmocka_run_group_tests(tests, open_store, close_store);
}
