/* store, events: every field comes back as it was put, in order; filters; the same content. */
#include "test_store_help.h"

#define EVENTS 3000

static uint64_t
time_of(size_t i)
{
    return HELP_START_FT + i / 3 * TM_SEC; /* three in each tick */
}

static void
write_events(const struct buf *path, size_t count)
{
    static struct help_arena arena;
    struct store *s = help_open(path, STORE_NEW);
    struct event ev;
    uint64_t seed = 42;

    for (size_t i = 0; i < count; i++) {
        help_event(&ev, &seed, time_of(i), &arena);
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
    }
    help_finish(s);
}

static void
test_round_trip(void **state)
{
    static struct help_arena arena;
    struct store_filter all = {0};
    struct store_events *events = NULL;
    struct event expected, got;
    struct buf path;
    struct store *s;
    uint64_t seed = 42;

    (void)state;
    help_path(&path);
    write_events(&path, EVENTS);
    s = help_open(&path, STORE_READ);
    assert_int_equal(store_events_open(s, &all, &events), ERR_OK);
    for (size_t i = 0; i < EVENTS; i++) {
        help_event(&expected, &seed, time_of(i), &arena);
        help_cut(&expected);
        assert_int_equal(store_events_next(events, &got), ERR_OK);
        assert_true(got.has == expected.has && got.has_more == expected.has_more);
        assert_int_equal(event_cmp(&got, &expected), 0);
    }
    assert_int_equal(store_events_next(events, &got), ERR_END);
    assert_int_equal(store_events_next(events, &got), ERR_END);
    store_events_close(events);
    store_close(s);
    help_remove(&path);
}

/* More different texts than are remembered at once. */
static void
test_more_texts_than_remembered(void **state)
{
    enum { MANY = 70000 };
    struct store_filter all = {0};
    struct store_events *events = NULL;
    struct buf path;
    struct store *s;
    struct event ev;
    char name[32];

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    for (unsigned i = 0; i < MANY; i++) {
        int len = snprintf(name, sizeof(name), "account-%u", i % 40000);

        event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT + i);
        event_set(&ev, account, ((struct sv){name, (size_t)len}));
        event_set(&ev, host, SV("PC-A"));
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
    }
    help_finish(s);
    s = help_open(&path, STORE_READ);
    assert_int_equal(store_events_open(s, &all, &events), ERR_OK);
    for (unsigned i = 0; i < MANY; i++) {
        int len = snprintf(name, sizeof(name), "account-%u", i % 40000);

        assert_int_equal(store_events_next(events, &ev), ERR_OK);
        assert_true(sv_eq(ev.account, (struct sv){name, (size_t)len}));
        assert_true(sv_eq(ev.host, SV("PC-A")));
    }
    assert_int_equal(store_events_next(events, &ev), ERR_END);
    store_events_close(events);
    store_close(s);
    help_remove(&path);
}

static void
put_simple(struct store *s, enum event_kind kind, uint64_t time_ft, const char *host)
{
    struct event ev;

    event_init(&ev, kind, time_ft);
    event_set(&ev, host, sv_from(host));
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
}

static void
test_filters(void **state)
{
    struct store_filter f = {0};
    struct attempt a = help_attempt(HELP_START_FT + 2, "PC-B", "kumi", 7);
    uint64_t first = 1;
    uint64_t last = 1;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    assert_int_equal(store_span(s, &first, &last), ERR_OK);
    assert_true(first == 0 && last == 0);
    put_simple(s, EV_LOGON_FAILURE, HELP_START_FT, "PC-A");
    put_simple(s, EV_LOGON_SUCCESS, HELP_START_FT + 1, "PC-A");
    put_simple(s, EV_LOGON_FAILURE, HELP_START_FT + 2, "PC-B");
    put_simple(s, EV_LOGON_FAILURE, HELP_START_FT + 3, "pc-b");
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    help_finish(s);

    s = help_open(&path, STORE_READ);
    assert_int_equal(store_span(s, &first, &last), ERR_OK);
    assert_true(first == HELP_START_FT && last == HELP_START_FT + 3);
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 5);
    f.since_ft = HELP_START_FT + 1;
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 4);
    f.until_ft = HELP_START_FT + 2; /* exclusive */
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 1);
    f = (struct store_filter){.host = SV("PC-B")};
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 2);
    f.kind = SV("logon_attempt");
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 1);
    f.kind = SV("logon_failure");
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 1);
    f = (struct store_filter){.host = SV("PC-C' OR 1=1 --")};
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 0);
    f = (struct store_filter){.limit = 3};
    assert_int_equal(help_count(s, ROWS_EVENTS, &f), 3);
    store_close(s);
    help_remove(&path);
}

static void
test_rows_show_events(void **state)
{
    struct store_filter all = {0};
    struct attempt a = help_attempt(HELP_START_FT + 1, "PC-B", "kumi", 7);
    struct event ev;
    struct rows *r;
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT);
    event_set(&ev, status, 0xC000006D);
    event_set(&ev, src, addr_v4((const uint8_t[4]){198, 51, 100, 1}));
    event_set(&ev, src_port, 3390);
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_EVENTS, &all);
    assert_string_equal(rows_name(r, 0), "time");
    assert_int_equal(rows_show(r, 0), SHOW_TIME);
    assert_int_equal(rows_columns(r), 5 + EVF_COUNT);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "time", (int64_t)HELP_START_FT);
    help_is_text(r, "kind", "logon_failure");
    help_is_int(r, "status", 0xC000006D);
    help_is_text(r, "src", "198.51.100.1");
    help_is_int(r, "src_port", 3390);
    assert_int_equal(help_cell(r, "outcome").type, CELL_NULL);
    assert_int_equal(help_cell(r, "host").type, CELL_NULL);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "time", (int64_t)HELP_START_FT + 1);
    help_is_text(r, "kind", "logon_attempt");
    help_is_text(r, "outcome", "failure");
    help_is_text(r, "account", "kumi");
    help_is_int(r, "status", 0xC000006A);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

/* Same puts, same file: nothing depends on when or where it was written. */
static void
test_same_content_same_bytes(void **state)
{
    struct buf path[2], bytes[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        help_path(&path[i]);
        buf_init(&bytes[i], 64u * 1024 * 1024);
        write_events(&path[i], 300);
        assert_int_equal(file_read_all(buf_str(&path[i]), 64u * 1024 * 1024, &bytes[i]), ERR_OK);
    }
    assert_int_equal(bytes[0].len, bytes[1].len);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].len);
    for (size_t i = 0; i < 2; i++) {
        buf_fini(&bytes[i]);
        help_remove(&path[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_more_texts_than_remembered),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_rows_show_events),
        cmocka_unit_test(test_same_content_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
