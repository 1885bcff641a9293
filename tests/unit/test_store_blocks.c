/* store, blocks of events: three ways of reading give what was put; damage is told, not believed.
 */
#include "test_store_help.h"

#include <sqlite3.h>

#include "store/block_writer.h"

#define EVENTS 400
#define TIME_STEP 7 /* ticks between every second event and the next */

static struct event *put_events[EVENTS];
static uint8_t *put_bytes[EVENTS];
static struct buf store_path;

static uint64_t
time_of(size_t i)
{
    return HELP_START_FT + i / 2 * TIME_STEP;
}

static int
make_store(void **state)
{
    static struct help_arena arena;
    struct store *s;
    uint64_t seed = 99;

    (void)state;
    help_path(&store_path);
    s = help_open(&store_path, STORE_NEW);
    for (size_t i = 0; i < EVENTS; i++) {
        size_t len = 0;

        put_events[i] = mem_zalloc(sizeof(struct event));
        put_bytes[i] = mem_alloc(EVENT_PACKED_MAX);
        assert_true(put_events[i] != NULL && put_bytes[i] != NULL);
        help_event(put_events[i], &seed, time_of(i), &arena);
        if (i % 4 == 0) {
            event_set(put_events[i], host, SV("PC-A"));
        }
        assert_int_equal(store_put_event(s, put_events[i]), ERR_OK);
        assert_int_equal(event_pack(put_events[i], put_bytes[i], EVENT_PACKED_MAX, &len), ERR_OK);
        assert_int_equal(event_unpack(put_bytes[i], len, put_events[i]), ERR_OK);
    }
    help_finish(s);
    return 0;
}

static int
remove_store(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENTS; i++) {
        mem_free(put_events[i]);
        mem_free(put_bytes[i]);
    }
    help_remove(&store_path);
    return 0;
}

static int64_t
number(struct store *s, const char *sql)
{
    struct rows *r = NULL;
    int64_t value;

    if (store_query(s, sql, &r) != ERR_OK || rows_next(r) != ERR_OK) {
        fail_msg("%s: %s", sql, store_why());
    }
    assert_int_equal(rows_cell(r, 0).type, CELL_INT);
    value = rows_cell(r, 0).i;
    rows_close(r);
    return value;
}

static void
test_there_are_several_blocks(void **state)
{
    struct store *s = help_open(&store_path, STORE_READ);

    (void)state;
    assert_true(number(s, "SELECT count(*) FROM event_block") >= 5);
    assert_int_equal(number(s, "SELECT sum(count) FROM event_block"), EVENTS);
    assert_true(number(s, "SELECT max(length(data)) FROM event_block") <
                BLOCK_LEN + EVENT_PACKED_MAX);
    assert_int_equal(number(s, "SELECT count(*) FROM event_field"), EVF_COUNT);
    assert_int_equal(number(s, "SELECT count(*) FROM event_kind"), EV_COUNT);
    store_close(s);
}

static bool
is_asked(const struct store_filter *f, const struct event *ev)
{
    return (f->since_ft == 0 || ev->time_ft >= f->since_ft) &&
           (f->until_ft == 0 || ev->time_ft < f->until_ft) &&
           (f->host.len == 0 || (event_has(ev, host) && sv_eq(ev->host, f->host))) &&
           (f->kind.len == 0 || sv_eq(f->kind, sv_from(event_kind_name(ev->kind))));
}

/* A cell of field `i` is that field; NULL when it is absent. */
static void
expect_field(struct cell cell, const struct event *ev, size_t i)
{
    const void *at = (const char *)ev + event_field_info[i].offset;
    char text[ADDR_TEXT_MAX];
    char time[TM_TEXT_MAX];

    if (!event_has_field(ev, (unsigned)i)) {
        assert_int_equal(cell.type, CELL_NULL);
        return;
    }
    switch (event_field_info[i].type) {
    case EVT_STR:
        assert_int_equal(cell.type, CELL_TEXT);
        assert_true(sv_eq(cell.text, *(const struct sv *)at));
        break;
    case EVT_ADDR:
        assert_int_equal(cell.type, CELL_TEXT);
        assert_true(sv_eq(cell.text, (struct sv){text, addr_format(at, text)}));
        break;
    case EVT_U32:
    case EVT_HEX32:
        assert_true(cell.type == CELL_INT && cell.i == *(const uint32_t *)at);
        break;
    case EVT_ID64:
        assert_true(cell.type == CELL_INT && cell.i == (int64_t) * (const uint64_t *)at);
        break;
    case EVT_TIME: /* the view has it as text */
        assert_true(cell.type == CELL_INT
                        ? cell.i == (int64_t) * (const uint64_t *)at
                        : cell.type == CELL_TEXT &&
                              cell.text.len == tm_format(*(const uint64_t *)at, time) &&
                              memcmp(cell.text.p, time, cell.text.len) == 0);
        break;
    case EVT_PORT:
        assert_true(cell.type == CELL_INT && cell.i == *(const uint16_t *)at);
        break;
    }
}

static void
expect_row(struct rows *r, const struct event *ev, const char *time)
{
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, time, (int64_t)ev->time_ft);
    help_is_text(r, "kind", event_kind_name(ev->kind));
    for (size_t i = 0; i < EVF_COUNT; i++) {
        expect_field(help_cell(r, event_field_info[i].name), ev, i);
    }
}

/* What v_events is asked, in SQL. */
static struct rows *
query_view(struct store *s, const struct store_filter *f)
{
    struct rows *r = NULL;
    struct buf sql;

    buf_init(&sql, SIZE_MAX);
    buf_puts(&sql, "SELECT * FROM v_events WHERE 1");
    if (f->since_ft != 0) {
        buf_printf(&sql, " AND time_ft>=%lld", (long long)f->since_ft);
    }
    if (f->until_ft != 0) {
        buf_printf(&sql, " AND %lld>time_ft", (long long)f->until_ft);
    }
    if (f->host.len > 0) {
        buf_printf(&sql, " AND host='%.*s'", (int)f->host.len, f->host.p);
    }
    if (f->kind.len > 0) {
        buf_printf(&sql, " AND kind='%.*s'", (int)f->kind.len, f->kind.p);
    }
    if (store_query(s, buf_str(&sql), &r) != ERR_OK) {
        fail_msg("%s: %s", buf_str(&sql), store_why());
    }
    buf_fini(&sql);
    return r;
}

/* Reads three ways what a filter asks for. */
static void
expect_filtered(struct store *s, const struct store_filter *f)
{
    struct rows *rows = help_rows(s, ROWS_EVENTS, f);
    struct rows *view = query_view(s, f);
    struct store_events *events = NULL;
    uint64_t left = f->limit == 0 ? EVENTS : f->limit;
    struct event got;

    assert_int_equal(store_events_open(s, f, &events), ERR_OK);
    for (size_t i = 0; i < EVENTS && left > 0; i++) {
        if (is_asked(f, put_events[i])) {
            left--;
            assert_int_equal(store_events_next(events, &got), ERR_OK);
            assert_true(got.has == put_events[i]->has);
            assert_true(got.has_more == put_events[i]->has_more);
            assert_int_equal(event_cmp(&got, put_events[i]), 0);
            expect_row(rows, put_events[i], "time");
            expect_row(view, put_events[i], "time_ft");
        }
    }
    assert_int_equal(store_events_next(events, &got), ERR_END);
    assert_int_equal(store_events_next(events, &got), ERR_END);
    assert_int_equal(rows_next(rows), ERR_END);
    assert_true(f->limit != 0 || rows_next(view) == ERR_END);
    store_events_close(events);
    rows_close(rows);
    rows_close(view);
}

static void
test_three_ways_agree(void **state)
{
    struct store *s = help_open(&store_path, STORE_READ);
    struct store_filter f = {0};

    (void)state;
    expect_filtered(s, &f);
    expect_filtered(s, &(struct store_filter){.host = SV("PC-A")});
    expect_filtered(s, &(struct store_filter){.host = SV("nobody")});
    expect_filtered(s, &(struct store_filter){.kind = SV("no_such_kind")});
    expect_filtered(s, &(struct store_filter){.limit = 3});
    for (unsigned k = EV_NONE + 1; k < EV_COUNT; k++) {
        f.kind = sv_from(event_kind_name((enum event_kind)k));
        expect_filtered(s, &f);
        f.host = f.host.len == 0 ? SV("PC-A") : SV("");
    }
    store_close(s);
}

/* Around the first and last event of each block, and of them all. */
static void
test_borders_of_blocks(void **state)
{
    struct store *s = help_open(&store_path, STORE_READ);
    struct rows *borders = NULL;

    (void)state;
    assert_int_equal(store_query(s,
                                 "SELECT first_ft FROM event_block UNION "
                                 "SELECT last_ft FROM event_block",
                                 &borders),
                     ERR_OK);
    while (rows_next(borders) == ERR_OK) {
        uint64_t border = (uint64_t)rows_cell(borders, 0).i;

        for (uint64_t at = border - 1; at <= border + 1; at++) {
            expect_filtered(s, &(struct store_filter){.since_ft = at, .until_ft = at + TIME_STEP});
            expect_filtered(s, &(struct store_filter){.until_ft = at, .limit = 2});
            assert_true(at == border || help_count(s, ROWS_EVENTS,
                                                   &(struct store_filter){
                                                       .since_ft = at, .until_ft = at + 1}) == 0);
        }
    }
    rows_close(borders);
    store_close(s);
}

/* A sum over the events that meet a condition, with `mark` in the place of each '#'. */
static int64_t
sum_where(struct store *s, const char *condition, const char *mark)
{
    struct buf sql;
    int64_t sum;

    buf_init(&sql, SIZE_MAX);
    buf_puts(&sql, "SELECT count(*)*1000000+ifnull(sum(rowid%9973),0) FROM event_rows WHERE ");
    for (const char *p = condition; *p != '\0'; p++) {
        if (*p == '#') {
            buf_puts(&sql, mark);
        } else {
            buf_putc(&sql, *p);
        }
    }
    sum = number(s, buf_str(&sql));
    buf_fini(&sql);
    return sum;
}

/* A bound that is handed down gives what it gives when SQLite checks alone: "+" before a
 * column keeps its condition from being handed down. */
static void
test_bounds_change_nothing(void **state)
{
    static const char *const conditions[] = {
        "#time_ft>131801969710000700",
        "#time_ft>131801969710000700 AND #time_ft<=131801969710000714",
        "#time_ft=131801969710000700",
        "#time_ft IN (131801969710000700,131801969710000707,5)",
        "#time_ft BETWEEN 131801969710000001 AND 131801969710000700 AND #kind='logoff'",
        "#time_ft>=131801969710000700.5",
        "#time_ft<1e30",
        "#time_ft>NULL",
        "#time_ft IS 131801969710000700",
        "#kind='logoff' OR #time_ft<131801969710000700",
        "#kind IN ('logoff','logon_failure','none','')",
        "#kind='LOGOFF' COLLATE NOCASE",
        "#kind=x'6c6f676f6666'",
        "#kind=NULL",
        "#kind>'logon'",
        "#kind LIKE 'logo%'",
        "#kind=(SELECT max(name) FROM event_kind WHERE name<'logon_g')",
        "#kind=host",
        "#host='PC-A' AND #event_id IS NOT NULL",
    };
    struct store *s = help_open(&store_path, STORE_READ);

    (void)state;
    for (size_t i = 0; i < COUNT(conditions); i++) {
        if (sum_where(s, conditions[i], "") != sum_where(s, conditions[i], "+")) {
            fail_msg("%s", conditions[i]);
        }
    }
    /* A text that is a number is that number, by the affinity of the column. */
    assert_int_equal(sum_where(s, "time_ft>='131801969710000700'", ""),
                     sum_where(s, "time_ft>=131801969710000700", ""));
    assert_true(sum_where(s, "time_ft>=131801969710000700", "") > 0);
    assert_int_equal(number(s, "SELECT count(*) FROM v_events a JOIN v_events b "
                               "ON a.time_ft=b.time_ft"),
                     2 * EVENTS);
    assert_int_equal(number(s, "SELECT max(time_ft)-min(time_ft) FROM v_events"),
                     (EVENTS / 2 - 1) * TIME_STEP);
    store_close(s);
}

/* Any order that is asked for, not only that of the blocks. */
static void
test_orders(void **state)
{
    struct store *s = help_open(&store_path, STORE_READ);
    struct rows *r = NULL;
    int64_t last = INT64_MAX;
    size_t count = 0;

    (void)state;
    assert_int_equal(store_query(s, "SELECT time_ft FROM v_events ORDER BY time_ft DESC", &r),
                     ERR_OK);
    while (rows_next(r) == ERR_OK) {
        assert_true(rows_cell(r, 0).i <= last);
        last = rows_cell(r, 0).i;
        count++;
    }
    assert_int_equal(count, EVENTS);
    rows_close(r);
    assert_int_equal(number(s, "SELECT count(*) FROM (SELECT time_ft, rowid AS id, "
                               "lag(rowid) OVER (ORDER BY time_ft, rowid) AS before "
                               "FROM event_rows) WHERE before>=id"),
                     0);
    store_close(s);
}

/* -- refusals --------------------------------------------------------------------------------- */

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

/* A store of one block, for damage. */
static void
make_small(struct buf *path)
{
    struct store *s;

    help_path(path);
    s = help_open(path, STORE_NEW);
    for (unsigned i = 0; i < 40; i++) {
        struct event ev;

        event_init(&ev, i % 2 == 0 ? EV_LOGON_FAILURE : EV_LOGOFF, HELP_START_FT + i);
        event_set(&ev, host, SV("PC-A"));
        event_set(&ev, record_id, i);
        event_set(&ev, src, addr_v4((const uint8_t[4]){203, 0, 113, 7}));
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
    }
    help_finish(s);
}

static enum err
read_events(const struct buf *path)
{
    struct store_filter all = {0};
    struct store *s = help_open(path, STORE_READ);
    struct store_events *events = NULL;
    struct event ev;
    enum err err = store_events_open(s, &all, &events);

    while (err == ERR_OK) {
        err = store_events_next(events, &ev);
    }
    assert_true(err == ERR_END || store_why()[0] != '\0');
    store_events_close(events);
    store_close(s);
    return err;
}

static enum err
read_rows(const struct buf *path)
{
    struct store *s = help_open(path, STORE_READ);
    struct rows *r = NULL;
    enum err err = store_query(s, "SELECT max(host), max(src), sum(record_id) FROM v_events", &r);

    if (err == ERR_OK) {
        err = rows_next(r);
    }
    assert_true(err == ERR_OK || store_why()[0] != '\0');
    rows_close(r);
    store_close(s);
    return err == ERR_OK ? ERR_END : err;
}

static void
test_damaged_blocks(void **state)
{
    static const char *const damages[] = {
        "UPDATE event_block SET count=count+1",
        "UPDATE event_block SET count=count-1",
        "UPDATE event_block SET count=-1",
        "UPDATE event_block SET kinds=2",
        "UPDATE event_block SET first_ft=first_ft+1",
        "UPDATE event_block SET last_ft=last_ft-1",
        "UPDATE event_block SET data=x''",
        "UPDATE event_block SET data=x'00000000'",
        "UPDATE event_block SET data=x'ffffffff'",
        "UPDATE event_block SET data='text'",
        "UPDATE event_block SET data=substr(data,1,length(data)-1)",
        "UPDATE event_block SET data=data||x'00'",
        "UPDATE event_block SET id=-5",
        "UPDATE event_block SET id=9223372036854775807",
        "INSERT INTO event_block SELECT NULL,first_ft,last_ft,count,kinds,data FROM event_block",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        struct buf path;

        make_small(&path);
        assert_int_equal(read_events(&path), ERR_END);
        assert_int_equal(read_rows(&path), ERR_END);
        plain(&path, damages[i]);
        if (read_events(&path) != ERR_FORMAT || read_rows(&path) != ERR_FORMAT) {
            fail_msg("%s", damages[i]);
        }
        help_remove(&path);
    }
}

static void
read_data(const struct buf *path, struct buf *out)
{
    struct store *s = help_open(path, STORE_READ);
    struct rows *r = NULL;

    buf_init(out, SIZE_MAX);
    assert_int_equal(store_query(s, "SELECT data FROM event_block", &r), ERR_OK);
    assert_int_equal(rows_next(r), ERR_OK);
    buf_put_sv(out, rows_cell(r, 0).text);
    rows_close(r);
    store_close(s);
}

static void
write_data(const struct buf *path, const void *data, size_t len)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE event_block SET data=?1", -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_bind_blob64(stmt, 1, data, len, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Bytes changed, or missing from some place on. A changed letter is a letter like any other; all
 * else must be noticed, by both readers alike. */
static void
test_damaged_bytes(void **state)
{
    struct buf path, data;
    size_t refused = 0;
    size_t tries = 0;

    (void)state;
    make_small(&path);
    read_data(&path, &data);
    for (size_t at = 0; at < data.len; at += at < 48 ? 1 : 67) {
        char saved = data.data[at];
        enum err err;

        data.data[at] = (char)0xff;
        write_data(&path, data.data, data.len);
        err = read_events(&path);
        assert_true(err == ERR_END || err == ERR_FORMAT);
        assert_int_equal(read_rows(&path), err);
        refused += err == ERR_FORMAT;
        tries++;
        data.data[at] = saved;
        write_data(&path, data.data, at);
        assert_int_equal(read_events(&path), ERR_FORMAT);
        assert_int_equal(read_rows(&path), ERR_FORMAT);
    }
    assert_true(refused > tries / 3);
    buf_fini(&data);
    help_remove(&path);
}

static void
expect_refused(const struct buf *path)
{
    struct store *s = NULL;

    assert_int_equal(store_open(buf_str(path), STORE_READ, &s), ERR_FORMAT);
    assert_null(s);
    assert_string_equal(store_why(), "the events of this store were written by another version of "
                                     "Kanari, which numbers their fields otherwise");
}

/* The numbers of fields and kinds: a beginning of ours is an older list, anything else is not. */
static void
test_other_numbers(void **state)
{
    static const char *const others[] = {
        "UPDATE event_field SET name='x' WHERE number=5",
        "INSERT INTO event_field SELECT max(number)+1, 'later' FROM event_field",
        "DELETE FROM event_field WHERE number=3",
        "UPDATE event_kind SET name='x' WHERE number=1",
        "INSERT INTO event_kind SELECT max(number)+1, 'later' FROM event_kind",
    };
    struct buf path;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        make_small(&path);
        plain(&path, others[i]);
        expect_refused(&path);
        help_remove(&path);
    }
    make_small(&path);
    plain(&path, "DELETE FROM event_field WHERE number>30; DELETE FROM event_kind WHERE number>5");
    assert_int_equal(read_events(&path), ERR_END);
    help_remove(&path);
}

static void
test_events_must_be_put_in_order(void **state)
{
    struct event ev;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    event_init(&ev, EV_LOGOFF, HELP_START_FT);
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    ev.time_ft--;
    assert_int_equal(store_put_event(s, &ev), ERR_USAGE);
    assert_string_equal(store_why(), "events must be put in order of time");
    assert_int_equal(store_finish(s), ERR_USAGE);
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_are_several_blocks),
        cmocka_unit_test(test_three_ways_agree),
        cmocka_unit_test(test_borders_of_blocks),
        cmocka_unit_test(test_bounds_change_nothing),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_damaged_blocks),
        cmocka_unit_test(test_damaged_bytes),
        cmocka_unit_test(test_other_numbers),
        cmocka_unit_test(test_events_must_be_put_in_order),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
