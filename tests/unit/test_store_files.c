/* store, files: incomplete, foreign, newer, damaged, full; no memory; nothing left beside it. */
#include "test_store_help.h"

#include <sqlite3.h>

#define COPY_MAX (64u * 1024 * 1024)
#define FILL_ROWS 2000u
#define TRIES_MAX 40000u

static void
fill(struct store *s, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct attempt a = help_attempt(HELP_START_FT + i, "PC-A", "kumi", (uint8_t)i);
        assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    }
}

static void
make(const struct buf *path, size_t rows)
{
    struct store *s = help_open(path, STORE_NEW);

    fill(s, rows);
    help_finish(s);
}

static void
expect_refused(const struct buf *path, enum err expected, const char *why)
{
    static const enum store_mode modes[] = {STORE_READ, STORE_EDIT};

    for (size_t i = 0; i < COUNT(modes); i++) {
        struct store *s = NULL;

        assert_int_equal(store_open(buf_str(path), modes[i], &s), expected);
        assert_null(s);
        assert_string_equal(store_why(), why);
    }
}

static void
plain(const struct buf *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_no_such_file(void **state)
{
    struct buf path;

    (void)state;
    help_path(&path);
    expect_refused(&path, ERR_NOTFOUND, "no such file");
    buf_fini(&path);
}

static void
test_new_never_overwrites(void **state)
{
    struct store *s = NULL;
    struct buf path;

    (void)state;
    help_path(&path);
    make(&path, 1);
    assert_int_equal(store_open(buf_str(&path), STORE_NEW, &s), ERR_EXISTS);
    assert_null(s);
    assert_string_equal(store_why(), "it exists already");
    help_remove(&path);
}

static void
test_incomplete(void **state)
{
    struct store *s;
    struct buf path;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    fill(s, FILL_ROWS);
    store_close(s);
    expect_refused(&path, ERR_FORMAT,
                   "this store is incomplete: the program that wrote it was interrupted; run the "
                   "replay again");
    help_remove(&path);
}

static void
test_foreign(void **state)
{
    static const char text[] =
        "{\"time\":\"2018-08-31T13:49:31.0000000Z\",\"kind\":\"logon_failure\","
        "\"host\":\"PC-A\",\"channel\":\"Security\",\"event_id\":4625}\n";
    struct buf path;

    (void)state;
    help_path(&path);
    assert_int_equal(file_write_all(buf_str(&path), text, sizeof(text)), ERR_OK);
    expect_refused(&path, ERR_FORMAT, "this is not a Kanari store");
    assert_int_equal(file_write_all(buf_str(&path), "", 0), ERR_OK);
    expect_refused(&path, ERR_FORMAT, "this is not a Kanari store");
    help_remove(&path);
    help_path(&path);
    plain(&path, "CREATE TABLE x(y)");
    expect_refused(&path, ERR_FORMAT, "this is an SQLite database, but not a Kanari store");
    help_remove(&path);
}

static void
test_newer_and_changed(void **state)
{
    static const char *const changes[] = {
        "DROP VIEW v_alerts",
        "DROP TABLE event_kind",
        "DROP VIEW v_health; CREATE VIEW v_health AS SELECT 1",
        "ALTER TABLE inbox ADD COLUMN more",
    };
    struct buf path;

    (void)state;
    help_path(&path);
    make(&path, 1);
    plain(&path, "PRAGMA user_version=3");
    expect_refused(&path, ERR_FORMAT,
                   "this store has version 3, this program reads up to 2: use a newer Kanari");
    plain(&path, "PRAGMA user_version=-1");
    expect_refused(&path, ERR_FORMAT, "this store is damaged: negative version");
    help_remove(&path);
    for (size_t i = 0; i < COUNT(changes); i++) {
        help_path(&path);
        make(&path, 1);
        plain(&path, changes[i]);
        expect_refused(&path, ERR_FORMAT, "the tables of this store are not those of version 2");
        help_remove(&path);
    }
    help_path(&path);
    make(&path, 1);
    plain(&path, "CREATE TRIGGER t AFTER INSERT ON inbox BEGIN DELETE FROM alert; END");
    expect_refused(&path, ERR_FORMAT, "this store has tables that are not Kanari's");
    help_remove(&path);
}

/* Reads all there is; a damaged store ends in ERR_FORMAT or in fewer rows, never in a crash. */
static enum err
read_all(const struct buf *path, size_t *rows)
{
    struct store_filter all = {0};
    struct store *s = NULL;
    struct rows *r = NULL;
    enum err err = store_open(buf_str(path), STORE_READ, &s);

    *rows = 0;
    if (err == ERR_OK) {
        err = store_rows(s, ROWS_ATTEMPTS, &all, &r);
    }
    while (err == ERR_OK) {
        err = rows_next(r);
        *rows += err == ERR_OK;
    }
    if (err != ERR_END) {
        assert_true(store_why()[0] != '\0');
    }
    rows_close(r);
    store_close(s);
    return err;
}

static void
test_damaged(void **state)
{
    struct buf path, bytes;
    size_t rows, refused = 0;
    uint64_t seed = 7;

    (void)state;
    help_path(&path);
    make(&path, FILL_ROWS);
    buf_init(&bytes, COPY_MAX);
    assert_int_equal(file_read_all(buf_str(&path), COPY_MAX, &bytes), ERR_OK);
    assert_int_equal(read_all(&path, &rows), ERR_END);
    assert_int_equal(rows, FILL_ROWS);
    assert_int_equal(file_write_all(buf_str(&path), bytes.data, bytes.len / 2), ERR_OK);
    assert_int_equal(read_all(&path, &rows), ERR_FORMAT);
    for (int i = 0; i < 30; i++) {
        size_t at = 100 + (size_t)help_random(&seed) % (bytes.len - 1100);
        char saved[1000];
        enum err err;

        memcpy(saved, bytes.data + at, sizeof(saved));
        memset(bytes.data + at, (int)(help_random(&seed) & 0xff), sizeof(saved));
        assert_int_equal(file_write_all(buf_str(&path), bytes.data, bytes.len), ERR_OK);
        memcpy(bytes.data + at, saved, sizeof(saved));
        err = read_all(&path, &rows);
        assert_true(err == ERR_END || err == ERR_FORMAT);
        refused += err == ERR_FORMAT;
    }
    assert_true(refused > 0);
    buf_fini(&bytes);
    help_remove(&path);
}

static void
test_size_cap(void **state)
{
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct buf path;
    struct store *s;
    enum err err = ERR_OK;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_size_cap(s, 1024 * 1024), ERR_OK);
    for (size_t i = 0; i < 100000 && err == ERR_OK; i++) {
        err = store_put_attempt(s, &a);
    }
    assert_int_equal(err, ERR_FULL);
    assert_string_equal(store_why(), "writing to the store: no room: the disk is full or the store "
                                     "reached its size cap");
    assert_int_equal(store_put_attempt(s, &a), ERR_FULL);
    assert_int_equal(store_finish(s), ERR_FULL);
    assert_string_equal(store_why(), "an earlier write to this store failed");
    store_close(s);
    help_remove(&path);
}

static bool
exists_beside(const struct buf *path, const char *suffix)
{
    struct buf name;
    bool found;

    buf_init(&name, SIZE_MAX);
    buf_printf(&name, "%s%s", buf_str(path), suffix);
    found = file_type(buf_str(&name)) != FILE_TYPE_NONE;
    buf_fini(&name);
    return found;
}

/* A copy of a live database says WAL in its header; reading it leaves no trace. */
static void
test_copy_of_wal_database(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    make(&path, 3);
    plain(&path, "PRAGMA journal_mode=WAL");
    assert_false(exists_beside(&path, "-wal"));
    s = help_open(&path, STORE_READ);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 3);
    assert_false(exists_beside(&path, "-wal"));
    assert_false(exists_beside(&path, "-shm"));
    store_close(s);
    help_remove(&path);
}

static void
test_any_path(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    buf_puts(&path, "-%41 %3f#&+\xe3\x81\x8b.db");
    make(&path, 2);
    s = help_open(&path, STORE_READ);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 2);
    store_close(s);
    help_remove(&path);
}

static void
test_modes_are_kept_apart(void **state)
{
    struct store_answer answer = {.what = STORE_ACK, .alert_id = SV("x")};
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    make(&path, 1);
    s = help_open(&path, STORE_READ);
    assert_int_equal(store_put_attempt(s, &a), ERR_USAGE);
    assert_int_equal(store_answer(s, &answer), ERR_USAGE);
    assert_int_equal(store_finish(s), ERR_USAGE);
    store_close(s);
    s = help_open(&path, STORE_EDIT);
    assert_int_equal(store_put_attempt(s, &a), ERR_USAGE);
    store_close(s);
    store_close(NULL);
    rows_close(NULL);
    store_events_close(NULL);
    help_remove(&path);
}

static enum err
write_and_read(const struct buf *path)
{
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct store_filter f = {.host = SV("PC-A"), .rule = SV("logon.*")};
    struct store_events *events = NULL;
    struct alert alert;
    struct event ev;
    struct store *s = NULL;
    struct rows *r = NULL;
    enum err err = store_open(buf_str(path), STORE_NEW, &s);

    help_alert(&alert, &help_burst, "PC-A", HELP_START_FT);
    event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT);
    event_set(&ev, host, SV("PC-A"));
    err = err ? err : store_put_attempt(s, &a);
    err = err ? err : store_put_event(s, &ev);
    err = err ? err : store_put_alert(s, &alert);
    err = err ? err : store_finish(s);
    store_close(s);
    s = NULL;
    err = err ? err : store_open(buf_str(path), STORE_READ, &s);
    err = err ? err : store_rows(s, ROWS_ALERTS, &f, &r);
    err = err ? err : rows_next(r);
    rows_close(r);
    r = NULL;
    err = err ? err : store_query(s, "SELECT witnesses FROM v_logon_attempts", &r);
    err = err ? err : rows_next(r);
    rows_close(r);
    r = NULL;
    err = err ? err : store_query(s, "SELECT max(host), count(*) FROM v_events", &r);
    err = err ? err : rows_next(r);
    rows_close(r);
    err = err ? err : store_events_open(s, &f, &events);
    err = err ? err : store_events_next(events, &ev);
    store_events_close(events);
    store_close(s);
    return err;
}

/* Allocations in turn, from opening to reading: an error that is told, or the right result. Most of
 * the 20,000 are those of one parser, so later ones are taken in strides. */
static void
test_each_allocation_fails(void **state)
{
    struct buf path;
    enum err err = ERR_NOMEM;
    unsigned n;

    (void)state;
    help_path(&path);
    assert_int_equal(write_and_read(&path), ERR_OK); /* SQLite's own first allocations */
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    for (n = 0; n < TRIES_MAX && err != ERR_OK; n += n < 100 ? 1 : 101) {
        mem_fail_after(n);
        err = write_and_read(&path);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        if (file_type(buf_str(&path)) != FILE_TYPE_NONE) {
            assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
        }
    }
    assert_int_equal(err, ERR_OK);
    assert_true(n > 1000);
    buf_fini(&path);
}

static int
never_fail(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_such_file),
        cmocka_unit_test(test_new_never_overwrites),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_newer_and_changed),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_size_cap),
        cmocka_unit_test(test_copy_of_wal_database),
        cmocka_unit_test(test_any_path),
        cmocka_unit_test(test_modes_are_kept_apart),
        cmocka_unit_test_teardown(test_each_allocation_fails, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
