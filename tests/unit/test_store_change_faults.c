/* store, faults while it changes its own form: rolling up to stay below its cap, and migrating from
 * an older version. What failed is tried again; nothing is lost, and every alert stays. */
#include "test_store_help.h"

#include <sqlite3.h>

#include "support/fault_vfs.h"

#define SCHEMA_FILE_1 "tests/data/store-v1.sql"
#define SQL_MAX (1024u * 1024)
#define COPY_MAX (64u * 1024 * 1024)
#define EVENTS 60000u
#define ALERTS 50u
#define A_BATCH 1000u
#define PLACES_MAX 100000u

static const struct {
    enum fault_op op;
    int rc;
    enum err err;
} kinds[] = {
    {FAULT_WRITE, SQLITE_IOERR_WRITE, ERR_IO},  {FAULT_WRITE, SQLITE_FULL, ERR_FULL},
    {FAULT_WRITE, SQLITE_READONLY, ERR_ACCESS}, {FAULT_SYNC, SQLITE_IOERR_FSYNC, ERR_IO},
    {FAULT_READ, SQLITE_IOERR_READ, ERR_IO},    {FAULT_LOCK, SQLITE_BUSY, ERR_BUSY},
};

/* -- a file that is taken from again and again ------------------------------------------------- */

static struct buf original; /* its bytes */

static void
keep(const struct buf *path)
{
    buf_init(&original, COPY_MAX);
    assert_int_equal(file_read_all(buf_str(path), COPY_MAX, &original), ERR_OK);
}

static void
lay_down(const struct buf *path)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};

    for (size_t i = 0; i < COUNT(beside); i++) {
        struct buf name;

        buf_init(&name, SIZE_MAX);
        buf_put_sv(&name, buf_sv(path));
        buf_puts(&name, beside[i]);
        if (file_type(buf_str(&name)) != FILE_TYPE_NONE) {
            assert_int_equal(file_delete(buf_str(&name)), ERR_OK);
        }
        buf_fini(&name);
    }
    assert_int_equal(file_write_all(buf_str(path), original.data, original.len), ERR_OK);
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

/* -- rolling up -------------------------------------------------------------------------------- */

static void
fill(const struct buf *path)
{
    struct store *s = help_open(path, STORE_LIVE);
    struct alert alert;
    struct event ev;
    char account[32];

    for (uint32_t n = 0; n < EVENTS; n++) {
        if (n % A_BATCH == 0) {
            assert_int_equal(store_begin(s), ERR_OK);
        }
        event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT + n * TM_MIN);
        event_set(&ev, host, SV("PC-A"));
        event_set(&ev, record_id, n);
        (void)snprintf(account, sizeof(account), "user%u", (unsigned)(n * 7919 % 60013));
        event_set(&ev, account, sv_from(account));
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
        if (n % (EVENTS / ALERTS) == 0) {
            help_alert(&alert, &help_burst, "PC-A", HELP_START_FT + n);
            alert.first_ft = HELP_START_FT + n;
            alert_make_id(&alert);
            assert_int_equal(store_put_alert(s, &alert), ERR_OK);
        }
        if (n % A_BATCH == A_BATCH - 1) {
            assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
        }
    }
    store_close(s);
}

static void
expect_rolled_up(const struct buf *path)
{
    struct store *s = help_open(path, STORE_READ);

    assert_int_equal(
        ask(s, "SELECT (SELECT count(*) FROM v_events)+(SELECT sum(count) FROM v_daily)"), EVENTS);
    assert_true(ask(s, "SELECT sum(count) FROM v_daily") > 0);
    assert_int_equal(ask(s, "SELECT count(*) FROM v_alerts"), ALERTS);
    store_close(s);
}

/* Whether the fault happened. */
static bool
roll_up_through(const struct buf *path, const struct fault *f, enum err due)
{
    struct store *s = help_open(path, STORE_LIVE);
    enum err err;
    bool did;

    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN), ERR_OK);
    fault_set(f);
    err = store_begin(s);
    did = fault_clear();
    if (err && err != due) {
        fail_msg("%s: %s: %s", fault_op_name(f->op), err_str(err), store_why());
    }
    if (err) {
        assert_int_equal(store_begin(s), ERR_OK);
    }
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    store_close(s);
    return did;
}

static void
rolling_up_fails_anywhere(void **state)
{
    struct buf path;

    (void)state;
    help_path(&path);
    fill(&path);
    keep(&path);
    for (size_t i = 0; i < 2 * COUNT(kinds); i++) {
        struct fault f = {kinds[i / 2].op, 0, kinds[i / 2].rc, i % 2 == 1};
        bool did = true;

        while (did) { /* the last round is the one in which it does not come to pass */
            lay_down(&path);
            did = roll_up_through(&path, &f, kinds[i / 2].err);
            expect_rolled_up(&path);
            f.after += 1 + 2 * f.after;
            assert_true(f.after < PLACES_MAX);
        }
    }
    buf_fini(&original);
    help_remove(&path);
}

/* -- migrating --------------------------------------------------------------------------------- */

static void
make_version_1(const struct buf *path)
{
    sqlite3 *db = NULL;
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    assert_int_equal(file_read_all(SCHEMA_FILE_1, SQL_MAX, &sql), ERR_OK);
    buf_puts(&sql, "INSERT INTO text VALUES(1,'PC-A');"
                   "INSERT INTO attempt(first_ft,host,facts) VALUES(131801969710000000,1,1);");
    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, buf_str(&sql), NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    buf_fini(&sql);
}

static bool
migrate_through(const struct buf *path, const struct fault *f, enum err due)
{
    struct store *s = NULL;
    enum err err;
    bool did;

    fault_set(f);
    err = store_open(buf_str(path), STORE_LIVE, &s);
    did = fault_clear();
    if (err && err != due) {
        fail_msg("%s: %s: %s", fault_op_name(f->op), err_str(err), store_why());
    }
    if (err) {
        s = help_open(path, STORE_LIVE);
    }
    store_close(s);
    return did;
}

static void
migrating_fails_anywhere(void **state)
{
    struct store_filter all = {0};
    struct buf path;

    (void)state;
    help_path(&path);
    make_version_1(&path);
    keep(&path);
    for (size_t i = 0; i < 2 * COUNT(kinds); i++) {
        struct fault f = {kinds[i / 2].op, 0, kinds[i / 2].rc, i % 2 == 1};
        bool did = true;

        while (did) {
            struct store *s;

            lay_down(&path);
            did = migrate_through(&path, &f, kinds[i / 2].err);
            /* A disk that took nothing to the last may leave a journal, which only a writer can
             * take back: the next start does. */
            store_close(help_open(&path, STORE_LIVE));
            s = help_open(&path, STORE_READ);
            assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 1);
            assert_int_equal(ask(s, "SELECT count(*) FROM v_status"), 0);
            store_close(s);
            f.after++;
            assert_true(f.after < PLACES_MAX);
        }
    }
    buf_fini(&original);
    help_remove(&path);
}

/* The first open of a program sets up SQLite's memory (support/fault_vfs.h). */
static int
install(void **state)
{
    struct buf path;

    (void)state;
    help_path(&path);
    store_close(help_open(&path, STORE_LIVE));
    help_remove(&path);
    fault_install();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rolling_up_fails_anywhere),
        cmocka_unit_test(migrating_fails_anywhere),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
