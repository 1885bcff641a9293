/* store, faults: each kind at each place; nothing lost, nothing doubled; damage is set aside. */
#include "test_store_help.h"

#include <sqlite3.h>

#include "support/fault_vfs.h"

#define BATCHES 12u
#define BATCH 40u
#define PLACES_MAX 4000u
#define COPY_MAX (64u * 1024 * 1024)

/* A folder of our own, for files that get names of their own. */
struct place {
    struct buf dir, path;
};

static void
place_make(struct place *p)
{
    help_path(&p->dir);
    assert_int_equal(dir_make(buf_str(&p->dir)), ERR_OK);
    buf_init(&p->path, SIZE_MAX);
    path_join(&p->path, buf_str(&p->dir), "kanari.db");
}

struct listing {
    const struct place *place;
    size_t aside, others;
    bool remove;
    char name[256]; /* of a database that was set aside */
};

static enum err
see_name(void *ctx, const char *name, enum file_type type)
{
    struct listing *l = ctx;
    struct buf path;
    enum err err = ERR_OK;

    (void)type;
    if (strncmp(name, "kanari.db.damaged-", 18) != 0) {
        l->others++;
    } else if (strstr(name, "-wal") == NULL && strstr(name, "-shm") == NULL) {
        l->aside++;
        (void)snprintf(l->name, sizeof(l->name), "%s", name);
    }
    if (l->remove) {
        buf_init(&path, SIZE_MAX);
        path_join(&path, buf_str(&l->place->dir), name);
        err = file_delete(buf_str(&path));
        buf_fini(&path);
    }
    return err;
}

static struct listing
place_list(const struct place *p, bool remove)
{
    struct listing l = {.place = p, .remove = remove};

    assert_int_equal(dir_each(buf_str(&p->dir), see_name, &l), ERR_OK);
    return l;
}

static void
place_empty(struct place *p)
{
    (void)place_list(p, true);
}

/* Folders are not deleted by platform/: it stays in the temporary folder, empty. */
static void
place_end(struct place *p)
{
    place_empty(p);
    buf_fini(&p->path);
    buf_fini(&p->dir);
}

/* -- a writer that never gives up ------------------------------------------------------------- */

static enum err
put_batch(struct store *s, uint64_t batch)
{
    char text[32];
    struct store_bookmark mark = {SV("Security"), {text, 0}, HELP_START_FT};
    struct alert alert;
    enum err err = store_begin(s);

    for (uint64_t i = 0; i < BATCH && err == ERR_OK; i++) {
        uint64_t n = batch * BATCH + i;
        struct attempt a = help_attempt(HELP_START_FT + n, "PC-A", "kumi", (uint8_t)n);
        struct event ev;

        event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT + n * TM_SEC);
        event_set(&ev, host, SV("PC-A"));
        event_set(&ev, record_id, n);
        err = store_put_event(s, &ev);
        err = err ? err : store_put_attempt(s, &a);
    }
    help_alert(&alert, &help_burst, "PC-A", HELP_START_FT);
    alert.revision = (uint32_t)batch + 1;
    err = err ? err : store_put_alert(s, &alert);
    err = err ? err : store_outbox_put(s, &alert, HELP_START_FT);
    mark.value.len = (size_t)snprintf(text, sizeof(text), "%u", (unsigned)batch);
    return err ? err : store_commit(s, &mark, 1);
}

/* Everything that was put is there once, in order, with the bookmark of the last batch. */
static void
expect_all(const struct place *p, uint64_t batches)
{
    struct store_filter all = {0};
    struct store_events *e = NULL;
    struct store *s = help_open(&p->path, STORE_READ);
    struct buf mark;
    char due[32];
    struct event ev;
    uint64_t n = 0;

    assert_int_equal(store_events_open(s, &all, &e), ERR_OK);
    for (; store_events_next(e, &ev) == ERR_OK; n++) {
        assert_int_equal(ev.record_id, n);
    }
    store_events_close(e);
    assert_int_equal(n, batches * BATCH);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), batches * BATCH);
    buf_init(&mark, STORE_BOOKMARK_MAX);
    assert_int_equal(store_bookmark(s, SV("Security"), &mark, NULL), ERR_OK);
    (void)snprintf(due, sizeof(due), "%u", (unsigned)batches - 1);
    assert_string_equal(buf_str(&mark), due);
    buf_fini(&mark);
    store_close(s);
}

static void
expect_sound(const struct place *p)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(buf_str(&p->path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Opens and writes all batches through one fault, trying again what failed. Whether it happened. */
static bool
write_through(const struct place *p, const struct fault *f, enum err expected)
{
    struct store *s = NULL;
    uint64_t batch = 0;
    unsigned failures = 0;
    bool did = false;

    fault_set(f);
    while (batch < BATCHES) {
        bool opening = s == NULL;
        enum err err =
            opening ? store_open(buf_str(&p->path), STORE_LIVE, &s) : put_batch(s, batch);

        if (err == ERR_OK) {
            batch += opening ? 0 : 1;
            continue;
        }
        if (err != expected) {
            fail_msg("%s: %s: %s", fault_op_name(f->op), err_str(err), store_why());
        }
        assert_true(store_why()[0] != '\0');
        assert_true(++failures < 10);
        did = fault_clear() || did; /* there is room again, the lock is free */
    }
    did = fault_clear() || did;
    store_close(s);
    return did;
}

/* -- what passes ------------------------------------------------------------------------------ */

static const struct {
    enum fault_op op;
    int rc;
    enum err err;
} passing[] = {
    {FAULT_WRITE, SQLITE_IOERR_WRITE, ERR_IO},  {FAULT_WRITE, SQLITE_FULL, ERR_FULL},
    {FAULT_WRITE, SQLITE_READONLY, ERR_ACCESS}, {FAULT_SYNC, SQLITE_IOERR_FSYNC, ERR_IO},
    {FAULT_READ, SQLITE_IOERR_READ, ERR_IO},    {FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE, ERR_IO},
    {FAULT_OPEN, SQLITE_CANTOPEN, ERR_ACCESS},  {FAULT_LOCK, SQLITE_BUSY, ERR_BUSY},
    {FAULT_SHM, SQLITE_IOERR_SHMMAP, ERR_IO},   {FAULT_DELETE, SQLITE_IOERR_DELETE, ERR_IO},
};

/* Each kind of failure at each place where it can happen, once and for good until it is cleared: a
 * batch that failed is put again and nothing else is needed. */
static void
test_each_place(void **state)
{
    struct place p;

    (void)state;
    place_make(&p);
    for (size_t i = 0; i < COUNT(passing) * 2; i++) {
        struct fault f = {passing[i / 2].op, 0, passing[i / 2].rc, i % 2 == 1};
        size_t step = f.op == FAULT_LOCK ? 17 : 1;

        /* The last round is the one in which it does not come to pass. */
        while (write_through(&p, &f, passing[i / 2].err)) {
            expect_all(&p, BATCHES);
            expect_sound(&p);
            assert_int_equal(place_list(&p, true).aside, 0);
            f.after += f.after < 25 ? step : 13;
            assert_true(f.after < PLACES_MAX);
        }
        expect_all(&p, BATCHES);
        place_empty(&p);
    }
    place_end(&p);
}

/* -- damage ----------------------------------------------------------------------------------- */

static void
expect_damage_told(const struct place *p, const char *kept_as)
{
    struct store_filter all = {0};
    struct store *s = help_open(&p->path, STORE_READ);
    struct rows *r = help_rows(s, ROWS_HEALTH, &all);
    struct cell cell;

    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "name", "store_damaged");
    cell = help_cell(r, "object");
    assert_true(cell.text.len > strlen(kept_as));
    assert_memory_equal(cell.text.p + cell.text.len - strlen(kept_as), kept_as, strlen(kept_as));
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
}

/* Damage that is found while a batch is written: the file goes, the batch goes into a new one. */
static void
test_damaged_while_running(void **state)
{
    struct fault f = {FAULT_READ, 0, SQLITE_CORRUPT, false};
    struct store *s = NULL;
    struct listing l;
    struct place p;
    enum err err;

    (void)state;
    place_make(&p);
    assert_int_equal(store_open(buf_str(&p.path), STORE_LIVE, &s), ERR_OK);
    assert_int_equal(put_batch(s, 0), ERR_OK);
    store_close(s);
    s = help_open(&p.path, STORE_LIVE);
    assert_int_equal(store_size_cap(s, STORE_SIZE_MIN), ERR_OK);
    fault_set(&f);
    err = put_batch(s, 1);
    if (err != ERR_FORMAT) {
        fail_msg("%s: %s", err_str(err), store_why());
    }
    assert_true(fault_clear());
    assert_non_null(strstr(store_why(), "; it was set aside, a new store began"));
    assert_int_equal(put_batch(s, 0), ERR_OK);
    store_close(s);
    l = place_list(&p, false);
    assert_int_equal(l.aside, 1);
    assert_int_equal(l.others, 1);
    expect_damage_told(&p, l.name);
    expect_all(&p, 1);
    place_end(&p);
}

/* Wrong bytes anywhere in the file, found at opening or later: there always is a store at the end,
 * and what could not be kept stands beside it. */
static void
test_any_damage(void **state)
{
    struct place p;
    struct buf bytes;
    uint64_t seed = 5;
    size_t aside = 0;

    (void)state;
    place_make(&p);
    assert_false(write_through(&p, &(struct fault){FAULT_OPEN, SIZE_MAX, 0, false}, ERR_OK));
    buf_init(&bytes, COPY_MAX);
    assert_int_equal(file_read_all(buf_str(&p.path), COPY_MAX, &bytes), ERR_OK);
    for (int i = 0; i < 60; i++) {
        size_t at = i == 0 ? 0 : (size_t)help_random(&seed) % (bytes.len - 600);
        char saved[600];
        struct store *s = NULL;
        unsigned failures = 0;

        memcpy(saved, bytes.data + at, sizeof(saved));
        memset(bytes.data + at, 0x5A, sizeof(saved));
        assert_int_equal(file_write_all(buf_str(&p.path), bytes.data, bytes.len), ERR_OK);
        memcpy(bytes.data + at, saved, sizeof(saved));
        assert_int_equal(store_open(buf_str(&p.path), STORE_LIVE, &s), ERR_OK);
        for (uint64_t batch = BATCHES; batch < BATCHES + 4;) {
            enum err err = put_batch(s, batch);

            assert_true(err == ERR_OK || (err == ERR_FORMAT && ++failures == 1));
            batch += err == ERR_OK;
        }
        store_close(s);
        aside += place_list(&p, true).aside;
    }
    assert_true(aside > 5);
    buf_fini(&bytes);
    place_end(&p);
}

/* No store at all: empty, text. */
static void
test_what_is_no_store(void **state)
{
    static const char text[] = "this is not a database; it is longer than one page's header is, "
                               "which has a hundred bytes, and so it is read";
    static const size_t lens[] = {0, sizeof(text)};
    struct place p;

    (void)state;
    place_make(&p);
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct listing l;

        assert_int_equal(file_write_all(buf_str(&p.path), text, lens[i]), ERR_OK);
        store_close(help_open(&p.path, STORE_LIVE));
        l = place_list(&p, false);
        assert_int_equal(l.aside, i);
        if (i > 0) {
            expect_damage_told(&p, l.name);
        }
        place_empty(&p);
    }
    place_end(&p);
}

/* A newer program's store is nobody's damage. */
static void
test_newer_is_refused(void **state)
{
    struct store *s = NULL;
    struct listing l;
    sqlite3 *db = NULL;
    struct place p;

    (void)state;
    place_make(&p);
    store_close(help_open(&p.path, STORE_LIVE));
    assert_int_equal(sqlite3_open(buf_str(&p.path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=3", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(store_open(buf_str(&p.path), STORE_LIVE, &s), ERR_FORMAT);
    assert_null(s);
    assert_string_equal(store_why(),
                        "this store has version 3, this program reads up to 2: use a newer Kanari");
    l = place_list(&p, false);
    assert_int_equal(l.aside, 0);
    assert_int_equal(l.others, 1);
    place_end(&p);
}

/* SQLite's memory is set up by the first store; then the faults may come between. */
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
        cmocka_unit_test(test_each_place),       cmocka_unit_test(test_damaged_while_running),
        cmocka_unit_test(test_any_damage),       cmocka_unit_test(test_what_is_no_store),
        cmocka_unit_test(test_newer_is_refused),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
