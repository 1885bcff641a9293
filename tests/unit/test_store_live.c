/* store, live: batches and bookmarks, any order of time, readers beside the writer, the outbox. */
#include "test_store_help.h"

#include <sqlite3.h>

#define EVENTS 4000u
#define TRIES_MAX 20000u

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

static void
commit_at(struct store *s, const char *source, const char *value)
{
    struct store_bookmark mark = {sv_from(source), sv_from(value), HELP_START_FT};

    assert_int_equal(store_commit(s, &mark, 1), ERR_OK);
}

static void
expect_bookmark(struct store *s, const char *source, const char *value)
{
    uint64_t time_ft = 0;
    struct buf text;

    buf_init(&text, STORE_BOOKMARK_MAX);
    if (value == NULL) {
        assert_int_equal(store_bookmark(s, sv_from(source), &text, &time_ft), ERR_NOTFOUND);
    } else {
        assert_int_equal(store_bookmark(s, sv_from(source), &text, &time_ft), ERR_OK);
        assert_string_equal(buf_str(&text), value);
        assert_true(time_ft == HELP_START_FT);
    }
    buf_fini(&text);
}

/* record_id tells events apart. */
static void
put(struct store *s, uint64_t time_ft, uint64_t record_id)
{
    struct event ev;

    event_init(&ev, EV_LOGON_FAILURE, time_ft);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, record_id, record_id);
    if (store_put_event(s, &ev) != ERR_OK) {
        fail_msg("store_put_event: %s", store_why());
    }
}

/* What is stored, in the order it is read, as the record ids. */
static size_t
read_ids(struct store *s, uint64_t *out, size_t cap)
{
    struct store_filter all = {0};
    struct store_events *e = NULL;
    struct event ev;
    size_t count = 0;
    enum err err;

    assert_int_equal(store_events_open(s, &all, &e), ERR_OK);
    while ((err = store_events_next(e, &ev)) == ERR_OK) {
        assert_true(count < cap);
        out[count++] = ev.record_id;
    }
    assert_int_equal(err, ERR_END);
    store_events_close(e);
    return count;
}

static int64_t
plain_int(const struct buf *path, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    int64_t value;

    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    value = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

static void
expect_sound(const struct buf *path)
{
    assert_int_equal(
        plain_int(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
        1);
}

static void
test_batch_with_bookmark(void **state)
{
    struct store_filter all = {0};
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    expect_bookmark(s, "Security", NULL);
    begin(s);
    put(s, HELP_START_FT, 1);
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    commit_at(s, "Security", "<BookmarkList/>");
    begin(s);
    put(s, HELP_START_FT + 1, 2);
    commit_at(s, "Security", "two");
    begin(s);
    commit_at(s, "System", "");
    store_close(s);
    assert_int_equal(plain_int(&path, "PRAGMA auto_vacuum"), 2);
    expect_sound(&path);
    s = help_open(&path, STORE_LIVE);
    expect_bookmark(s, "Security", "two");
    expect_bookmark(s, "System", "");
    assert_int_equal(help_count(s, ROWS_EVENTS, &all), 3);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 1);
    store_close(s);
    s = help_open(&path, STORE_READ);
    expect_bookmark(s, "Security", "two");
    assert_int_equal(help_count(s, ROWS_EVENTS, &all), 3);
    store_close(s);
    help_remove(&path);
}

static void
test_order_of_calls(void **state)
{
    char long_text[STORE_BOOKMARK_MAX + 1] = {0};
    struct store_bookmark mark = {SV("Security"), {long_text, sizeof(long_text)}, 1};
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct event ev;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_put_attempt(s, &a), ERR_USAGE);
    assert_string_equal(store_why(), "no batch has been begun");
    assert_int_equal(store_commit(s, NULL, 0), ERR_USAGE);
    assert_int_equal(store_finish(s), ERR_USAGE);
    begin(s);
    assert_int_equal(store_begin(s), ERR_USAGE);
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    store_rollback(s);
    assert_int_equal(help_count(s, ROWS_ATTEMPTS, &all), 0);
    begin(s);
    put(s, HELP_START_FT, 1);
    assert_int_equal(store_commit(s, &mark, 1), ERR_RANGE);
    assert_int_equal(store_put_attempt(s, &a), ERR_RANGE);
    assert_string_equal(store_why(), "an earlier write of this batch failed, and undid it");
    begin(s);
    event_init(&ev, EV_LOGON_FAILURE, TM_MAX_FT + 1);
    assert_int_equal(store_put_event(s, &ev), ERR_RANGE);
    begin(s);
    mark.value.len--;
    put(s, HELP_START_FT, 1);
    assert_int_equal(store_commit(s, &mark, 1), ERR_OK);
    assert_int_equal(help_count(s, ROWS_EVENTS, &all), 1);
    store_close(s);
    help_remove(&path);
}

/* As a list sorted by time would have it, stable; whatever the clock did. */
static void
expect_as_sorted(struct store *s, const uint64_t *times, size_t count)
{
    static uint64_t ids[EVENTS];
    uint64_t last_ft = 0;
    uint64_t last_id = 0;

    assert_int_equal(read_ids(s, ids, EVENTS), count);
    for (size_t i = 0; i < count; i++) {
        uint64_t time_ft = times[ids[i]];

        assert_true(time_ft > last_ft || (time_ft == last_ft && ids[i] > last_id));
        last_ft = time_ft;
        last_id = ids[i];
    }
}

/* A clock that mostly goes on, at times jumps, and an event that comes late. */
static uint64_t
next_time(uint64_t *clock, uint64_t *random)
{
    *clock += help_random(random) % 3 * TM_SEC;
    if (help_random(random) % 500 == 0) {
        *clock += help_random(random) % 9 * TM_HOUR;
        *clock -= 4 * TM_HOUR;
    }
    return help_random(random) % 10 == 0 ? *clock - help_random(random) % 100 * TM_MIN : *clock;
}

static void
put_batches(struct store *s, uint64_t *times, uint64_t seed)
{
    uint64_t random = seed;
    uint64_t clock = HELP_START_FT + TM_DAY;
    size_t i = 0;

    while (i < EVENTS) {
        size_t batch = 1 + help_random(&random) % (seed % 2 == 0 ? 8 : 700);

        begin(s);
        for (; batch > 0 && i < EVENTS; batch--, i++) {
            times[i] = next_time(&clock, &random);
            put(s, times[i], i);
        }
        commit(s);
    }
}

/* Small batches, large ones, ticks full of events, late ones, and a clock that jumps both ways. */
static void
test_any_order_of_time(void **state)
{
    static uint64_t times[EVENTS];
    struct store_filter all = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct buf path;
        struct store *s;

        help_path(&path);
        s = help_open(&path, STORE_LIVE);
        put_batches(s, times, seed);
        expect_as_sorted(s, times, EVENTS);
        assert_int_equal(help_count(s, ROWS_EVENTS, &all), EVENTS);
        store_close(s);
        expect_sound(&path);
        help_remove(&path);
    }
}

/* One event a batch: the number of blocks grows with the logarithm of the small ones. */
/* Events with a field from the second word of presence bits: in a block of their own, added to it,
 * and before what it has. */
static void
test_later_fields(void **state)
{
    uint64_t ids[4];
    struct event ev;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    for (unsigned i = 0; i < 3; i++) {
        event_init(&ev, EV_SCRIPT_BLOCK, HELP_START_FT + (i == 2 ? 0 : i + 1) * TM_SEC);
        event_set(&ev, record_id, i + 1);
        event_set(&ev, script_len, 7);
        begin(s);
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
        commit(s);
    }
    store_close(s);
    s = help_open(&path, STORE_READ);
    assert_int_equal(read_ids(s, ids, COUNT(ids)), 3);
    assert_true(ids[0] == 3 && ids[1] == 1 && ids[2] == 2);
    store_close(s);
    help_remove(&path);
}

static void
test_small_batches_make_few_blocks(void **state)
{
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    for (uint64_t i = 0; i < 4095; i++) {
        begin(s);
        put(s, HELP_START_FT + i, i);
        commit(s);
    }
    store_close(s);
    assert_true(plain_int(&path, "SELECT count(*) FROM event_block") <= 13);
    assert_int_equal(plain_int(&path, "SELECT sum(count) FROM event_block"), 4095);
    help_remove(&path);
}

/* More of one tick than a block has, in many batches, then events before it. */
static void
test_a_long_tick(void **state)
{
    static uint64_t times[EVENTS];
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    for (size_t i = 0; i < EVENTS; i++) {
        if (i % 400 == 0) {
            begin(s);
        }
        times[i] = HELP_START_FT + (i % 400 < 390 ? TM_SEC : i);
        put(s, times[i], i);
        if (i % 400 == 399) {
            commit(s);
        }
    }
    expect_as_sorted(s, times, EVENTS);
    store_close(s);
    help_remove(&path);
}

static void
test_readers_beside_the_writer(void **state)
{
    struct store_answer answer = {.what = STORE_ACK, .now_ft = HELP_START_FT};
    struct store_filter all = {0};
    struct store *s, *reader, *editor;
    struct rows *r;
    struct alert alert;
    struct buf path;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    help_alert(&alert, &help_burst, "PC-A", HELP_START_FT);
    begin(s);
    for (uint64_t i = 0; i < 100; i++) {
        put(s, HELP_START_FT + i, i);
    }
    assert_int_equal(store_put_alert(s, &alert), ERR_OK);
    commit(s);
    reader = help_open(&path, STORE_READ);
    begin(s);
    put(s, HELP_START_FT + 100, 100);
    assert_int_equal(help_count(reader, ROWS_EVENTS, &all), 100); /* not committed yet */
    r = help_rows(reader, ROWS_EVENTS, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    commit(s);
    for (int i = 1; i < 100; i++) {
        assert_int_equal(rows_next(r), ERR_OK);
    }
    assert_int_equal(rows_next(r), ERR_END); /* what it saw when it began */
    rows_close(r);
    assert_int_equal(help_count(reader, ROWS_EVENTS, &all), 101);
    editor = help_open(&path, STORE_EDIT);
    answer.alert_id = sv_from(alert.id);
    assert_int_equal(store_answer(editor, &answer), ERR_OK);
    begin(s);
    assert_int_equal(store_answer(editor, &answer), ERR_BUSY);
    commit(s);
    store_close(editor);
    store_close(reader);
    store_close(s);
    assert_int_equal(plain_int(&path, "SELECT acked FROM v_alerts"), 1);
    help_remove(&path);
}

static void
test_two_writers(void **state)
{
    struct store *one, *two;
    struct buf path;

    (void)state;
    help_path(&path);
    one = help_open(&path, STORE_LIVE);
    two = help_open(&path, STORE_LIVE);
    begin(one);
    put(one, HELP_START_FT, 1);
    assert_int_equal(store_begin(two), ERR_BUSY);
    assert_string_equal(store_why(),
                        "writing to the store: another program is writing to the store");
    commit(one);
    begin(two);
    put(two, HELP_START_FT, 2);
    commit(two);
    store_close(one);
    store_close(two);
    assert_int_equal(plain_int(&path, "SELECT sum(count) FROM event_block"), 2);
    help_remove(&path);
}

static void
test_outbox(void **state)
{
    struct store_outbox row;
    struct alert alert;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    help_alert(&alert, &help_burst, "PC-A", HELP_START_FT);
    assert_int_equal(store_outbox_next(s, &row), ERR_END);
    assert_int_equal(store_outbox_put(s, &alert, 1), ERR_USAGE);
    begin(s);
    assert_int_equal(store_outbox_put(s, &alert, 5), ERR_OK);
    store_rollback(s);
    assert_int_equal(store_outbox_next(s, &row), ERR_END);
    begin(s);
    for (alert.revision = 1; alert.revision <= 3; alert.revision++) {
        assert_int_equal(store_put_alert(s, &alert), ERR_OK);
        assert_int_equal(store_outbox_put(s, &alert, 5), ERR_OK);
        assert_int_equal(store_outbox_put(s, &alert, 6), ERR_OK);
    }
    commit(s);
    for (uint32_t revision = 1; revision <= 3; revision++) {
        assert_int_equal(store_outbox_next(s, &row), ERR_OK);
        assert_string_equal(row.alert_id, alert.id);
        assert_int_equal(row.revision, revision);
        assert_int_equal(row.time_ft, 5);
        store_close(s);
        s = help_open(&path, STORE_LIVE); /* not sent: it is still the next */
        assert_int_equal(store_outbox_next(s, &row), ERR_OK);
        assert_int_equal(row.revision, revision);
        assert_int_equal(store_outbox_sent(s, row.number), ERR_OK);
    }
    assert_int_equal(store_outbox_next(s, &row), ERR_END);
    store_close(s);
    help_remove(&path);
}

static void
test_outbox_is_bounded(void **state)
{
    struct store_outbox row;
    struct alert alert;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    help_alert(&alert, &help_burst, "PC-A", HELP_START_FT);
    begin(s);
    for (alert.revision = 1; alert.revision <= STORE_OUTBOX_MAX + 2; alert.revision++) {
        assert_int_equal(store_outbox_put(s, &alert, 5), ERR_OK);
    }
    commit(s);
    assert_int_equal(store_outbox_next(s, &row), ERR_OK);
    assert_int_equal(row.revision, 3);
    store_close(s);
    assert_int_equal(plain_int(&path, "SELECT count(*) FROM outbox"), STORE_OUTBOX_MAX);
    assert_int_equal(
        plain_int(&path, "SELECT sum(value) FROM v_health WHERE name='outbox_dropped'"), 2);
    help_remove(&path);
}

static enum err
write_live(const struct buf *path)
{
    struct store_bookmark mark = {SV("Security"), SV("b"), 1};
    struct attempt a = help_attempt(HELP_START_FT, "PC-A", "kumi", 7);
    struct store *s = NULL;
    enum err err = store_open(buf_str(path), STORE_LIVE, &s);

    for (uint64_t i = 0; i < 3 && err == ERR_OK; i++) {
        struct event ev;

        event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT - i);
        err = store_begin(s);
        err = err ? err : store_put_attempt(s, &a);
        err = err ? err : store_put_event(s, &ev);
        err = err ? err : store_commit(s, &mark, 1);
    }
    store_close(s);
    return err;
}

/* Without memory: told, nothing set aside, nothing half there. */
static void
test_each_allocation_fails(void **state)
{
    struct buf path;
    enum err err = ERR_NOMEM;
    unsigned n;

    (void)state;
    help_path(&path);
    assert_int_equal(write_live(&path), ERR_OK);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    for (n = 0; n < TRIES_MAX && err != ERR_OK; n += n < 100 ? 1 : 67) {
        mem_fail_after(n);
        err = write_live(&path);
        mem_fail_after(SIZE_MAX);
        if (err != ERR_OK && err != ERR_NOMEM) {
            fail_msg("%u: %s: %s", n, err_str(err), store_why());
        }
        assert_int_equal(write_live(&path), ERR_OK);
        assert_int_equal(plain_int(&path, "SELECT count(*) FROM v_health"), 0);
        assert_int_equal(plain_int(&path, "SELECT (SELECT sum(count) FROM event_block)="
                                          "(SELECT count(*) FROM attempt)"),
                         1);
        assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
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
        cmocka_unit_test(test_batch_with_bookmark),
        cmocka_unit_test(test_order_of_calls),
        cmocka_unit_test(test_any_order_of_time),
        cmocka_unit_test(test_later_fields),
        cmocka_unit_test(test_small_batches_make_few_blocks),
        cmocka_unit_test(test_a_long_tick),
        cmocka_unit_test(test_readers_beside_the_writer),
        cmocka_unit_test(test_two_writers),
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_outbox_is_bounded),
        cmocka_unit_test_teardown(test_each_allocation_fails, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
