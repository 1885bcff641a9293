/* etl on damaged traces: a broken buffer loses itself and nothing else, with its place and reason,
 * and nothing is told twice. */
#include "unit/test_etl_help.h"

#define OVERLONG "a buffer is shorter than it says"
#define CUT "the file ends within a buffer"
#define UNPACKED "a compressed buffer is damaged"
#define ZEROS "zeros stand where a record should begin"
#define NO_RECORD "this is no record"
#define TOO_LONG "a record reaches beyond its buffer"
#define EVENT_LEN 0x58u /* of put_events() */
#define MIB ((size_t)1024 * 1024)

/* Header, then four buffers of ten events: ids 100, 200, 300, 400. */
struct four {
    struct eb file;
    size_t at[4];
};

static void
four_init(struct four *t, uint32_t len, uint16_t flags)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();

    *t = (struct four){0};
    put_header_buffer(&t->file, &h);
    b.len = len;
    b.flags |= flags;
    for (unsigned i = 0; i < 4; i++) {
        t->at[i] = put_events(&t->file, &b, (uint16_t)(100 * (i + 1)), 10);
    }
}

/* -- one field of a buffer's header ------------------------------------------------------------ */

struct field_case {
    size_t at;
    uint64_t value;
    size_t len;
    unsigned given; /* records of that buffer */
    const char *why;
    size_t why_at; /* in that buffer */
};

/* The same damage to the first, the second, the last buffer. */
static void
check_field(uint32_t len, uint16_t flags, const struct field_case *c)
{
    for (unsigned broken = 0; broken < 4; broken++) {
        const char *why = c->why;
        struct four t;
        struct etl *r;

        if (broken == 3 && why != NULL && strcmp(why, OVERLONG) == 0) {
            why = flags == 0 ? NULL : CUT; /* of a plain one only unused space is missing */
        }
        four_init(&t, len, flags);
        eb_patch(&t.file, t.at[broken] + c->at, c->value, c->len);
        assert_int_equal(open_trace(&t.file, &r), ERR_OK);
        expect_header(r);
        for (unsigned i = 0; i < 4; i++) {
            expect_ids(r, 100 * (i + 1), i == broken ? c->given : 10);
            if (i == broken && why != NULL) {
                expect_damage(r, t.at[i] + c->why_at, why);
            }
        }
        expect_end(r);
        etl_close(r);
        eb_free(&t.file);
    }
}

static void
test_plain_header(void **state)
{
    static const struct field_case cases[] = {
        /* sizes */
        {0x00, 0, 4, 0, NO_SOUND_BUFFER, 0},
        {0x00, 0x47, 4, 0, NO_SOUND_BUFFER, 0},
        {0x00, 0x48, 4, 0, NO_SOUND_BUFFER, 0}, /* its records end beyond */
        {0x00, 2 * 2048, 4, 10, OVERLONG, 0},
        {0x00, 2 * 2048 + 64, 4, 10, OVERLONG, 0},
        {0x00, 2048 + 16, 4, 10, OVERLONG, 0},
        {0x00, 0x800800, 4, 10, OVERLONG, 0},
        {0x00, 0xFFFFFFFF, 4, 0, NO_SOUND_BUFFER, 0},
        {0x00, 2040, 4, 10, NO_SOUND_BUFFER, 2040}, /* unused space is left over */
        /* where records end */
        {0x04, 0x47, 4, 0, NO_SOUND_BUFFER, 0},
        {0x04, 2049, 4, 0, NO_SOUND_BUFFER, 0},
        {0x04, 0x80000000, 4, 0, NO_SOUND_BUFFER, 0},
        {0x04, 0x48 + 3 * EVENT_LEN, 4, 3, NULL, 0},
        {0x04, 0x48 + 3 * EVENT_LEN + 0x53, 4, 3, TOO_LONG, 0},
        {0x04, 0x48 + 11 * EVENT_LEN, 4, 10, NULL, 0}, /* unused space comes first */
        {0x04, 0, 4, 10, NULL, 0},                     /* Offset says it too */
        /* what it is */
        {0x36, 16, 2, 0, NO_SOUND_BUFFER, 0},
        {0x34, 0x120, 2, 0, NO_SOUND_BUFFER, 0},
        {0x36, 15, 2, 10, NULL, 0},
        {0x2A, LOGGER + 0x4000, 2, 10, NULL, 0},
        {0x28, 0xFFFF, 2, 10, NULL, 0},
        {0x10, 0, 8, 10, NULL, 0},
        {0x2C, 1000, 4, 10, NULL, 0},
        /* records that are no longer compressed when it says so */
        {0x34, 0x60, 2, 0, NO_SOUND_BUFFER, 0},
        /* the first record's marker and size */
        {0x48 + 3, 0, 1, 0, NO_SOUND_BUFFER, 0},
        {0x48, 1, 2, 0, NO_SOUND_BUFFER, 0},
        {0x48, 2048, 2, 0, TOO_LONG, 0},
        {0x48, 0, 8, 0, NO_SOUND_BUFFER, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_field(2048, 0, &cases[i]);
    }
}

/* Of a compressed buffer a wrong length is seen when no buffer follows. */
static void
check_packed_len(unsigned broken, size_t more)
{
    struct four t;
    struct etl *r;

    four_init(&t, 0, EB_BUFFER_COMPRESSED);
    eb_patch(&t.file, t.at[broken], eb_peek(&t.file, t.at[broken], 4) + more, 4);
    assert_int_equal(open_trace(&t.file, &r), ERR_OK);
    expect_header(r);
    for (unsigned i = 0; i < 4; i++) {
        expect_ids(r, 100 * (i + 1), 10);
        if (i == broken) {
            expect_damage(r, t.at[i], i < 3 && more < MIB ? OVERLONG : CUT);
        }
    }
    expect_end(r);
    etl_close(r);
    eb_free(&t.file);
}

static void
test_packed_header(void **state)
{
    static const struct field_case cases[] = {
        {0x00, 0x48, 4, 0, NO_SOUND_BUFFER, 0},
        {0x04, 0x48 + 11 * EVENT_LEN, 4, 10, UNPACKED, 0},
        {0x04, 0x48 + 3 * EVENT_LEN, 4, 3, NULL, 0},
        {0x04, 0x47, 4, 0, NO_SOUND_BUFFER, 0},
        {0x04, 16 * MIB + 1, 4, 0, NO_SOUND_BUFFER, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_field(0, EB_BUFFER_COMPRESSED, &cases[i]);
    }
    for (unsigned broken = 0; broken < 4; broken++) {
        for (size_t more = 1; more < 100; more++) {
            check_packed_len(broken, more);
        }
        check_packed_len(broken, 13 * MIB);
    }
}

/* -- within the records ------------------------------------------------------------------------ */

static void
check_bytes(unsigned from, unsigned byte, size_t len, const char *why)
{
    struct four t;
    struct etl *r;

    four_init(&t, 2048, 0);
    memset(t.file.data + t.at[1] + 0x48 + from * EVENT_LEN, (int)byte, len);
    assert_int_equal(open_trace(&t.file, &r), ERR_OK);
    expect_header(r);
    expect_ids(r, 100, 10);
    expect_ids(r, 200, from);
    expect_damage(r, t.at[1], why);
    expect_ids(r, 300, 10);
    expect_ids(r, 400, 10);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers_damaged, 1);
    etl_close(r);
    eb_free(&t.file);
}

static void
test_records_overwritten(void **state)
{
    (void)state;
    for (unsigned from = 1; from < 10; from++) {
        check_bytes(from, 0, EVENT_LEN, ZEROS);
        check_bytes(from, 0, 8, ZEROS);
        check_bytes(from, 0, (10 - from) * EVENT_LEN, ZEROS);
        check_bytes(from, 0x55, EVENT_LEN, NO_RECORD);
    }
}

/* Header and length both wrong, and the records break off: the next buffer is found all the same.
 */
static void
test_doubly_wrong(void **state)
{
    struct four t;
    struct etl *r;

    (void)state;
    four_init(&t, 2048, 0);
    eb_patch(&t.file, t.at[1], 2 * 2048, 4);           /* BufferSize: up to the fourth's begin */
    eb_patch(&t.file, t.at[1] + 4, 2 * 2048 - 100, 4); /* SavedOffset: within the third */
    memset(t.file.data + t.at[1] + 0x48 + 4 * EVENT_LEN, 0x55, 16);
    assert_int_equal(open_trace(&t.file, &r), ERR_OK);
    expect_header(r);
    expect_ids(r, 100, 10);
    expect_ids(r, 200, 4);
    expect_damage(r, t.at[1], NO_RECORD);
    expect_ids(r, 300, 10);
    expect_ids(r, 400, 10);
    expect_end(r);
    etl_close(r);
    eb_free(&t.file);
}

/* -- cut --------------------------------------------------------------------------------------- */

/* Zeros, as far as the file goes: nothing that could be told of a buffer. */
static bool
is_blank(const struct eb *file, size_t from, size_t to)
{
    while (from < to && file->data[from] == 0) {
        from++;
    }
    return from == to;
}

/* Records that lie in the file as a whole, and whether there is something to tell. */
static unsigned
whole_events(const struct four *t, size_t len, bool *damaged)
{
    unsigned whole = 0;

    *damaged = false;
    for (unsigned i = 0; i < 4 && len > t->at[i]; i++) {
        size_t in = len - t->at[i] < 0x48 ? 0 : len - t->at[i] - 0x48;

        *damaged = in < 10 * EVENT_LEN && !is_blank(&t->file, t->at[i], len);
        /* the last four bytes are padding, which no record counts */
        whole += in >= 10 * EVENT_LEN ? 10 : (unsigned)((in + 4) / EVENT_LEN);
    }
    return whole;
}

static void
check_cut(const struct four *t, size_t len, bool packed)
{
    struct eb exact = {.data = malloc(len == 0 ? 1 : len), .len = len};
    struct etl_item item;
    struct etl *r;
    unsigned given = 0;
    unsigned damages = 0;
    bool damaged;
    unsigned whole = whole_events(t, len, &damaged);
    enum err err;

    assert_non_null(exact.data);
    memcpy(exact.data, t->file.data, len);
    err = open_trace(&exact, &r);
    assert_int_equal(err, len < 0x48 ? ERR_FORMAT : ERR_OK);
    while (!err && (err = etl_next(r, &item)) == ERR_OK) {
        damages += item.kind == ETL_ITEM_DAMAGED;
        assert_int_equal(damages, item.kind == ETL_ITEM_DAMAGED); /* nothing behind it */
        if (item.kind == ETL_ITEM_RECORD && item.number > 0) {
            assert_int_equal(item.record.id, 100 * (given / 10 + 1) + given % 10);
            given++;
        }
    }
    if (len >= 0x48) {
        assert_int_equal(err, ERR_END);
        expect_end(r);
        if (packed) {
            unsigned buffers = 0;

            for (unsigned i = 0; i < 4; i++) {
                buffers += len >= (i < 3 ? t->at[i + 1] : t->file.len);
            }
            assert_true(given >= 10 * buffers && given < 10 * buffers + 10);
            damaged = len > t->at[0] && buffers < 4 && !is_blank(&t->file, t->at[buffers], len);
        } else {
            assert_int_equal(given, whole);
        }
        assert_int_equal(damages, damaged || len < t->at[0]);
        etl_close(r);
    }
    free(exact.data);
}

static void
test_cut(void **state)
{
    struct four t;

    (void)state;
    four_init(&t, 1024, 0);
    for (size_t len = 0; len <= t.file.len; len++) {
        check_cut(&t, len, false);
    }
    eb_free(&t.file);
    four_init(&t, 0, EB_BUFFER_COMPRESSED);
    for (size_t len = 0; len <= t.file.len; len++) {
        check_cut(&t, len, true);
    }
    eb_free(&t.file);
}

/* -- gaps -------------------------------------------------------------------------------------- */

/* Bytes put in front of the buffers, between them and behind. */
static void
check_gap(unsigned where, unsigned byte, size_t len)
{
    struct four t;
    struct eb file = {0};
    struct etl *r;
    size_t at;

    four_init(&t, 1024, 0);
    at = where == 0 ? 0 : where == 5 ? t.file.len : t.at[where - 1];
    eb_bytes(&file, t.file.data, at);
    eb_fill(&file, byte, len);
    eb_bytes(&file, t.file.data + at, t.file.len - at);
    assert_int_equal(open_trace(&file, &r), ERR_OK);
    for (unsigned i = 0; i <= 5; i++) {
        if (i == where && byte != 0 && len > 0) {
            expect_damage(r, at, NO_SOUND_BUFFER);
        }
        if (i == 0) {
            expect_header(r);
        } else if (i < 5) {
            expect_ids(r, 100 * i, 10);
        }
    }
    expect_end(r);
    assert_int_equal(etl_info(r)->build, 22631);
    etl_close(r);
    eb_free(&file);
    eb_free(&t.file);
}

static void
test_gaps(void **state)
{
    static const unsigned bytes[] = {0x00, 0x55, 0xFF};
    static const size_t lens[] = {0,    1,        7,       8,   0x47,    0x48,   0x50,
                                  4096, MIB - 80, MIB - 1, MIB, MIB + 1, 2 * MIB};

    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        for (size_t k = 0; k < COUNT(bytes); k++) {
            check_gap((unsigned)(i + k) % 6, bytes[k], lens[i]);
        }
    }
    for (unsigned where = 0; where <= 5; where++) {
        check_gap(where, 0x00, 100);
        check_gap(where, 0x55, 100);
    }
}

/* What looks like a buffer's header but has no record behind it, where a window of the reader ends:
 * it is looked at with what follows. */
static void
test_false_header(void **state)
{
    struct eb_buffer b = plain_buffer();
    struct eb none = {0};

    (void)state;
    for (size_t back = 0x40; back <= 0x60; back++) {
        struct four t;
        struct eb false_header = {0};
        size_t gap;
        struct etl *r;

        four_init(&t, 2048, 0);
        gap = t.file.len;
        b.ends = EB_END_SAVED;
        (void)eb_buffer(&false_header, &b, &none);
        eb_patch(&false_header, 0, 65536, 4);
        eb_patch(&false_header, 4, 4096, 4);
        eb_fill(&t.file, 0x55, MIB - back);
        eb_bytes(&t.file, false_header.data, false_header.len);
        eb_fill(&t.file, 0x55, 1000);
        b.ends = 0;
        (void)put_events(&t.file, &b, 500, 10);
        assert_int_equal(open_trace(&t.file, &r), ERR_OK);
        expect_header(r);
        for (unsigned i = 1; i <= 4; i++) {
            expect_ids(r, 100 * i, 10);
        }
        expect_damage(r, gap, NO_SOUND_BUFFER);
        expect_ids(r, 500, 10);
        expect_end(r);
        etl_close(r);
        eb_free(&false_header);
        eb_free(&t.file);
    }
}

/* A payload that holds a buffer of the same session, followed by another: it is a payload. */
static void
test_buffer_in_payload(void **state)
{
    struct four inner;
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct eb records = {0};
    struct eb_record e = event_at(7, 7);
    struct etl_item item;
    struct etl *r;

    (void)state;
    four_init(&inner, 1024, 0);
    put_header_buffer(&file, &h);
    e.payload = inner.file.data;
    e.payload_len = inner.file.len;
    (void)eb_record(&records, &e);
    (void)eb_buffer(&file, &b, &records);
    (void)put_events(&file, &b, 50, 3);
    assert_int_equal(open_trace(&file, &r), ERR_OK);
    expect_header(r);
    expect_item(r, ETL_ITEM_RECORD, &item);
    assert_int_equal(item.record.payload_len, inner.file.len);
    expect_ids(r, 50, 3);
    expect_end(r);
    etl_close(r);
    eb_free(&records);
    eb_free(&file);
    eb_free(&inner.file);
}

/* -- the first buffer -------------------------------------------------------------------------- */

/* Without a header that can be read there are records, but no times. */
static void
expect_timeless(struct etl *r, unsigned id, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct etl_item item;

        expect_item(r, ETL_ITEM_RECORD, &item);
        assert_int_equal(item.record.id, id + i);
        assert_int_equal(item.record.time_ft, 0);
    }
}

static void
test_header_unreadable(void **state)
{
    struct four t;
    struct etl_item item;
    struct etl *r;

    (void)state;
    four_init(&t, 1024, 0);
    eb_patch(&t.file, 0x48 + 0x20 + 0x108, 0, 8); /* StartTime */
    assert_int_equal(open_trace(&t.file, &r), ERR_OK);
    assert_int_equal(etl_info(r)->build, 0);
    expect_damage(r, 0, "the log file header cannot be read");
    expect_item(r, ETL_ITEM_RECORD, &item);
    assert_int_equal(item.record.time_ft, 0);
    for (unsigned i = 1; i <= 4; i++) {
        expect_timeless(r, 100 * i, 10);
    }
    expect_end(r);
    assert_int_equal(etl_stats(r)->damages, 1);
    etl_close(r);
    memset(t.file.data, 0x55, t.at[0]); /* no such buffer at all */
    assert_int_equal(open_trace(&t.file, &r), ERR_OK);
    expect_damage(r, 0, NO_SOUND_BUFFER);
    for (unsigned i = 1; i <= 4; i++) {
        expect_timeless(r, 100 * i, 10);
    }
    expect_end(r);
    assert_int_equal(etl_info(r)->headers, 0);
    etl_close(r);
    eb_free(&t.file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_header),
        cmocka_unit_test(test_packed_header),
        cmocka_unit_test(test_records_overwritten),
        cmocka_unit_test(test_doubly_wrong),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_false_header),
        cmocka_unit_test(test_buffer_in_payload),
        cmocka_unit_test(test_header_unreadable),
    };

    return cmocka_run_group_tests_name("etl_damage", tests, NULL, NULL);
}
