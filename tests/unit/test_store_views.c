/* store, views: each column is documented; plain SQLite reads them; the schemas of all versions. */
#include "test_store_help.h"

#include <sqlite3.h>

#include "store/schema.h"

#define SCHEMA_FILE "tests/data/store-v2.sql"
#define SCHEMA_FILE_1 "tests/data/store-v1.sql"
#define SCHEMA_FILE_MAX (1024u * 1024)

static const char *const views[] = {
    "v_alerts",    "v_stories",  "v_logon_attempts",  "v_logon_sources", "v_events",
    "v_processes", "v_adapters", "v_adapter_history", "v_coverage",      "v_health",
    "v_daily",     "v_sources",  "v_status",
};

static sqlite3 *
plain_open(const struct buf *path)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open_v2(buf_str(path), &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    return db;
}

static void
plain_exec(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
}

static size_t
documented(const char *view)
{
    size_t count = 0;

    for (size_t i = 0; i < store_column_count; i++) {
        count += strcmp(store_columns[i].view, view) == 0;
    }
    return count;
}

static bool
is_documented(const char *view, const char *column)
{
    for (size_t i = 0; i < store_column_count; i++) {
        if (strcmp(store_columns[i].view, view) == 0 &&
            strcmp(store_columns[i].column, column) == 0) {
            return store_columns[i].meaning[0] != '\0';
        }
    }
    return false;
}

static void
make_empty(const struct buf *path)
{
    help_finish(help_open(path, STORE_NEW));
}

static void
test_views_and_documentation_agree(void **state)
{
    sqlite3_stmt *stmt = NULL;
    size_t total = 0;
    struct buf path;
    sqlite3 *db;

    (void)state;
    help_path(&path);
    make_empty(&path);
    db = plain_open(&path);
    for (size_t i = 0; i < COUNT(views); i++) {
        size_t count = 0;

        if (strcmp(views[i], "v_events") == 0) {
            total += documented("v_events"); /* only Kanari reads it: below */
            continue;
        }
        assert_int_equal(
            sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?1)", -1, &stmt, NULL),
            SQLITE_OK);
        assert_int_equal(sqlite3_bind_text(stmt, 1, views[i], -1, SQLITE_STATIC), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            assert_true(is_documented(views[i], (const char *)sqlite3_column_text(stmt, 0)));
            count++;
        }
        assert_int_equal(count, documented(views[i]));
        assert_true(count > 0);
        total += count;
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    }
    assert_int_equal(total, store_column_count);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    help_remove(&path);
}

static void
test_events_and_documentation_agree(void **state)
{
    struct rows *r = NULL;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    make_empty(&path);
    s = help_open(&path, STORE_READ);
    assert_int_equal(store_query(s, "SELECT * FROM v_events", &r), ERR_OK);
    assert_int_equal(rows_columns(r), documented("v_events"));
    for (size_t i = 0; i < rows_columns(r); i++) {
        assert_true(is_documented("v_events", rows_name(r, i)));
    }
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

/* What is promised of any other program: all views but v_events. */
static void
test_plain_sqlite_reads_all_but_events(void **state)
{
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    sqlite3_stmt *stmt = NULL;
    char sql[64];
    struct buf path;
    struct store *s;
    sqlite3 *db;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    help_finish(s);
    db = plain_open(&path);
    for (size_t i = 0; i < COUNT(views); i++) {
        (void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", views[i]);
        if (strcmp(views[i], "v_events") != 0) {
            plain_exec(db, sql);
            continue;
        }
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_ERROR);
        assert_string_equal(sqlite3_errmsg(db), "no such table: main.event_rows");
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    help_remove(&path);
}

/* A name means the same in every view, so that a query's column is shown rightly by its name. */
static void
test_one_name_one_way_to_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < store_column_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(store_columns[i].column, store_columns[j].column) == 0 &&
                (store_columns[i].show == SHOW_BOOL || store_columns[i].show == SHOW_HEX32 ||
                 store_columns[i].show == SHOW_ID64)) {
                assert_int_equal(store_columns[i].show, store_columns[j].show);
            }
        }
    }
}

static void
test_plain_sqlite_reads_times_and_texts(void **state)
{
    struct attempt a = help_attempt(HELP_START_FT + 1234567, "PC-A", "kumi", 7);
    sqlite3_stmt *stmt = NULL;
    struct buf path;
    struct store *s;
    sqlite3 *db;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    help_finish(s);
    db = plain_open(&path);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT time, time_ft, src, witnesses FROM "
                                        "v_logon_attempts WHERE account='kumi'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "2018-08-31T13:49:31.1234567Z");
    assert_true(sqlite3_column_int64(stmt, 1) == (int64_t)HELP_START_FT + 1234567);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 2), "203.0.113.7");
    assert_string_equal((const char *)sqlite3_column_text(stmt, 3),
                        "[{\"channel\":\"Security\",\"event_id\":4625,\"record_id\":\"77\","
                        "\"time\":\"2018-08-31T13:49:31.1234567Z\"}]");
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    help_remove(&path);
}

static void
put_schema(struct buf *out)
{
    buf_printf(out, "PRAGMA application_id=%d;\nPRAGMA user_version=%d;\n", SCHEMA_APPLICATION_ID,
               SCHEMA_VERSION);
    for (int part = 0; part < SCHEMA_PARTS; part++) {
        for (size_t i = 0; i < schema_count((enum schema_part)part); i++) {
            schema_put(out, (enum schema_part)part, i);
            buf_puts(out, ";\n");
        }
    }
    for (unsigned i = 0; i < EVF_COUNT; i++) {
        buf_printf(out, "INSERT INTO event_field VALUES(%u,'%s');\n", i, event_field_info[i].name);
    }
    for (unsigned i = 0; i < EV_COUNT; i++) {
        buf_printf(out, "INSERT INTO event_kind VALUES(%u,'%s');\n", i,
                   event_kind_name((enum event_kind)i));
    }
    assert_int_equal(buf_err(out), ERR_OK);
}

/* Once a version is released, its file is never written again: a change of the schema makes the
 * next version, with a migration. */
static void
test_schema_of_this_version(void **state)
{
    struct buf now, kept;

    (void)state;
    buf_init(&now, SCHEMA_FILE_MAX);
    buf_init(&kept, SCHEMA_FILE_MAX);
    put_schema(&now);
    if (env_get("KANARI_UPDATE") != NULL) {
        assert_int_equal(file_write_all(SCHEMA_FILE, now.data, now.len), ERR_OK);
    }
    if (file_read_all(SCHEMA_FILE, SCHEMA_FILE_MAX, &kept) != ERR_OK) {
        fail_msg("%s can't be read: run from the project's root", SCHEMA_FILE);
    }
    if (!sv_eq(buf_sv(&now), buf_sv(&kept))) {
        fail_msg("the schema is not that of %s: raise SCHEMA_VERSION; or, before a release, run "
                 "this test with KANARI_UPDATE=1",
                 SCHEMA_FILE);
    }
    buf_fini(&now);
    buf_fini(&kept);
}

static void
make_kept(const struct buf *path, const char *file)
{
    struct buf sql;
    sqlite3 *db;

    buf_init(&sql, SCHEMA_FILE_MAX);
    assert_int_equal(file_read_all(file, SCHEMA_FILE_MAX, &sql), ERR_OK);
    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    plain_exec(db, buf_str(&sql));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    buf_fini(&sql);
}

static void
expect_empty(const struct buf *path)
{
    struct store_filter all = {0};
    struct store *s = help_open(path, STORE_READ);

    for (int what = ROWS_ALERTS; what <= ROWS_STATUS; what++) {
        assert_int_equal(help_count(s, (enum store_rows)what, &all), 0);
    }
    store_close(s);
}

static void
test_kept_databases_open(void **state)
{
    static const char *const files[] = {SCHEMA_FILE_1, SCHEMA_FILE};
    struct buf path;

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        help_path(&path);
        make_kept(&path, files[i]);
        expect_empty(&path);
        help_remove(&path);
    }
}

/* All that a migrated store consists of, in one text. */
static void
dump_schema(const struct buf *path, struct buf *out)
{
    sqlite3 *db = plain_open(path);
    sqlite3_stmt *stmt = NULL;

    buf_init(out, SCHEMA_FILE_MAX);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT user_version FROM pragma_user_version UNION ALL SELECT * FROM "
                           "(SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name) "
                           "UNION ALL SELECT number||name FROM event_field "
                           "UNION ALL SELECT number||name FROM event_kind",
                           -1, &stmt, NULL),
        SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        buf_printf(out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(buf_err(out), ERR_OK);
}

/* What an old store holds is still there, and its schema is that of a new one. */
static void
test_version_1_migrates(void **state)
{
    struct buf path, fresh, migrated, created;
    struct store_filter all = {0};
    struct store *s;
    sqlite3 *db;

    (void)state;
    help_path(&path);
    make_kept(&path, SCHEMA_FILE_1);
    db = plain_open(&path);
    plain_exec(db, "INSERT INTO text VALUES(1,'PC-A');"
                   "INSERT INTO attempt(first_ft,host,facts) VALUES(131801969710000000,1,1)");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    store_close(help_open(&path, STORE_LIVE));
    dump_schema(&path, &migrated);
    help_path(&fresh);
    make_empty(&fresh);
    dump_schema(&fresh, &created);
    assert_string_equal(buf_str(&migrated), buf_str(&created));
    assert_true(strncmp(buf_str(&migrated), "2\n", 2) == 0);
    s = help_open(&path, STORE_READ);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 1);
    store_close(s);
    store_close(help_open(&path, STORE_LIVE)); /* nothing is left to be done */
    buf_fini(&migrated);
    buf_fini(&created);
    help_remove(&fresh);
    help_remove(&path);
}

/* A schema that only calls itself version 1 is not run. */
static void
test_version_1_is_compared(void **state)
{
    struct store *s = NULL;
    struct buf path;
    sqlite3 *db;

    (void)state;
    help_path(&path);
    make_kept(&path, SCHEMA_FILE_1);
    db = plain_open(&path);
    plain_exec(db, "CREATE TRIGGER t AFTER INSERT ON inbox BEGIN DELETE FROM alert; END");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(store_open(buf_str(&path), STORE_READ, &s), ERR_FORMAT);
    assert_string_equal(store_why(), "the tables of this store are not those of version 1");
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_and_documentation_agree),
        cmocka_unit_test(test_events_and_documentation_agree),
        cmocka_unit_test(test_plain_sqlite_reads_all_but_events),
        cmocka_unit_test(test_one_name_one_way_to_show),
        cmocka_unit_test(test_plain_sqlite_reads_times_and_texts),
        cmocka_unit_test(test_schema_of_this_version),
        cmocka_unit_test(test_kept_databases_open),
        cmocka_unit_test(test_version_1_migrates),
        cmocka_unit_test(test_version_1_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
