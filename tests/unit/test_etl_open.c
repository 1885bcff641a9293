/* etl - what is a trace, what is not, where the computer's name is found, and what happens when
 * memory or the file fails. */
#include "unit/test_etl_help.h"

#define CUT "the file ends within a buffer"

/* -- what is a trace --------------------------------------------------------------------------- */

static void
test_is_head(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t len;
    } wrong[] = {
        {0x00, 0x40, 4},     /* shorter than its header */
        {0x36, 0, 2},        /* not of a header's type */
        {0x36, 16, 2},       /* of none */
        {0x48 + 2, 19, 1},   /* an event */
        {0x48 + 3, 0, 1},    /* no record */
        {0x48 + 4, 0x1F, 2}, /* a record shorter than its header */
        {0x48 + 6, 1, 1},    /* another opcode */
        {0x48 + 7, 3, 1},    /* another group */
    };
    struct eb_log_header h = plain_header();

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct eb file = {0};

        h.ptr_len = i % 2 == 0 ? 8 : 4;
        put_header_buffer(&file, &h);
        assert_true(etl_is_head(file.data, file.len));
        assert_true(etl_is_head(file.data, ETL_HEAD_LEN));
        assert_false(etl_is_head(file.data, ETL_HEAD_LEN - 1));
        assert_false(etl_is_head(file.data, 0));
        eb_patch(&file, wrong[i].at, wrong[i].value, wrong[i].len);
        assert_false(etl_is_head(file.data, file.len));
        eb_free(&file);
    }
}

static void
test_no_trace(void **state)
{
    static const char text[] =
        "This is a text, not a trace. It is longer than a buffer's header, so "
        "that there would be room for one.";
    struct eb files[4] = {{0}};
    struct etl *r = (struct etl *)&files;

    (void)state;
    eb_bytes(&files[1], text, sizeof(text));
    eb_fill(&files[2], 0, 70000);
    eb_fill(&files[3], 0xFF, 70000);
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_int_equal(open_trace(&files[i], &r), ERR_FORMAT);
        assert_null(r);
        eb_free(&files[i]);
    }
    etl_close(NULL);
}

/* -- the computer's name ----------------------------------------------------------------------- */

/* A trace of two processors with a SystemConfig record after so many events; 0 = without. */
static void
make_named(struct eb_trace *t, unsigned at, bool compressed, const char *computer)
{
    struct eb_trace_opts opts = {.header = plain_header(),
                                 .buffer_len = 8192,
                                 .logger_id = LOGGER,
                                 .compressed = compressed};
    struct eb payload = {0};

    opts.header.processors = 2;
    eb_trace_begin(t, &opts);
    eb_cpu_config(&payload, computer);
    for (unsigned i = 0; i < 400; i++) {
        struct eb_record e = event_at(i, (uint16_t)i);
        struct eb_record config = {.form = i % 2 == 0 ? EB_SYSTEM64 : EB_PERFINFO64,
                                   .stamp = e.stamp,
                                   .version = 3,
                                   .group = EB_GROUP_CONFIG,
                                   .opcode = EB_OPCODE_CPU,
                                   .payload = payload.data,
                                   .payload_len = payload.len};

        eb_trace_record(t, i % 2, &e);
        config.payload_len = i == at ? payload.len : 20 + 511; /* too short to name it */
        config.opcode = i == at || i == at / 2 ? EB_OPCODE_CPU : EB_OPCODE_CPU + 1;
        if (i % 7 == 0 || i == at || i == at / 2) {
            eb_trace_record(t, i % 2, &config);
        }
    }
    eb_trace_end(t);
    eb_free(&payload);
}

static void
test_find_computer(void **state)
{
    static const unsigned places[] = {1, 2, 50, 51, 200, 398, 399};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(places); i++) {
        struct eb_trace t;
        struct etl_item item;
        struct etl *r;

        make_named(&t, places[i / 2], i % 2 == 1, "KANARI-7");
        assert_int_equal(open_trace(&t.file, &r), ERR_OK);
        assert_string_equal(etl_info(r)->computer, "");
        assert_int_equal(etl_find_computer(r), ERR_OK);
        assert_string_equal(etl_info(r)->computer, "KANARI-7");
        assert_int_equal(etl_find_computer(r), ERR_OK); /* it is known */
        etl_close(r);
        assert_int_equal(open_trace(&t.file, &r), ERR_OK); /* reading finds it as well */
        while (etl_next(r, &item) == ERR_OK) {
            assert_int_equal(item.kind, ETL_ITEM_RECORD);
        }
        assert_string_equal(etl_info(r)->computer, "KANARI-7");
        etl_close(r);
        eb_trace_free(&t);
    }
}

/* No record names it, or the one that does has an empty name. */
static void
test_no_computer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct eb_trace t;
        struct etl *r;

        make_named(&t, i == 0 ? 1000 : 30, false, "");
        assert_int_equal(open_trace(&t.file, &r), ERR_OK);
        assert_int_equal(etl_find_computer(r), ERR_END);
        assert_int_equal(etl_find_computer(r), ERR_END);
        assert_string_equal(etl_info(r)->computer, "");
        etl_close(r);
        eb_trace_free(&t);
    }
}

/* -- failures ---------------------------------------------------------------------------------- */

static void
make_mixed(struct eb *file)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();

    *file = (struct eb){0};
    put_header_buffer(file, &h);
    for (unsigned i = 1; i <= 6; i++) {
        b.flags = EB_BUFFER_PROCESSOR_INDEX | (i % 2 == 0 ? EB_BUFFER_COMPRESSED : 0);
        (void)put_events(file, &b, (uint16_t)(100 * i), 10 * i); /* each needs more memory */
    }
}

/* Each allocation fails in turn: an error that stays, no leak, no crash. */
static void
test_allocation_failures(void **state)
{
    struct eb file;
    bool whole = false;
    size_t n = 0;

    (void)state;
    make_mixed(&file);
    for (; !whole; n++) {
        struct etl *r = NULL;
        struct etl_item item;
        size_t given = 0;
        enum err err;

        mem_fail_after(n);
        err = open_trace(&file, &r);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && r == NULL));
        while (!err) {
            err = etl_next(r, &item);
            given += !err && item.kind == ETL_ITEM_RECORD ? 1 : 0;
        }
        mem_fail_after(SIZE_MAX);
        whole = err == ERR_END;
        assert_int_equal(err, whole ? ERR_END : ERR_NOMEM);
        /* reader, window, and one for each of the larger compressed buffers */
        assert_int_equal(given, n < 2 ? 0 : n == 2 ? 11 : n == 3 ? 61 : n == 4 ? 151 : 211);
        if (r != NULL) {
            assert_int_equal(etl_next(r, &item), err);
            assert_int_equal(etl_next(r, &item), err);
        }
        etl_close(r);
    }
    assert_int_equal(n, 6);
    eb_free(&file);
}

/* A file that cannot be read from some place on. */
struct failing {
    struct eb *file;
    unsigned reads_left;
};

static enum err
read_failing(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    struct failing *f = ctx;

    *got = 0;
    if (f->reads_left == 0) {
        return ERR_IO;
    }
    f->reads_left--;
    return eb_read_at(f->file, offset, out, len, got);
}

static void
test_io_failures(void **state)
{
    struct eb file = {0};
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    bool whole = false;

    (void)state;
    put_header_buffer(&file, &h);
    b.len = 700000; /* more than one window in all */
    for (unsigned i = 1; i <= 6; i++) {
        (void)put_events(&file, &b, (uint16_t)(100 * i), 100);
    }
    for (unsigned n = 0; !whole; n++) {
        struct failing f = {&file, n};
        struct source source = {read_failing, &f, file.len};
        struct etl *r = NULL;
        struct etl_item item;
        size_t given = 0;
        enum err err = etl_open_source(&source, &r);

        assert_int_equal(err, n == 0 ? ERR_IO : ERR_OK);
        while (!err) {
            err = etl_next(r, &item);
            given += !err && item.kind == ETL_ITEM_RECORD ? 1 : 0;
            assert_true(err || item.kind == ETL_ITEM_RECORD);
        }
        whole = err == ERR_END;
        assert_true(whole ? given == 601 : err == ERR_IO && given < 601);
        if (r != NULL) {
            f.reads_left = 1000; /* it is over all the same */
            assert_int_equal(etl_next(r, &item), err);
        }
        etl_close(r);
        assert_true(n < 100);
    }
    eb_free(&file);
}

/* A file that became shorter since it was opened ends there. */
static void
test_file_shrinks(void **state)
{
    struct eb file;

    (void)state;
    make_mixed(&file);
    for (uint64_t more = 1; more < UINT64_C(1) << 40; more *= 8) {
        struct source source = {eb_read_at, &file, file.len + more};
        struct etl_item item;
        struct etl *r;
        size_t given = 0;
        enum err err;

        assert_int_equal(etl_open_source(&source, &r), ERR_OK);
        while ((err = etl_next(r, &item)) == ERR_OK) {
            given += item.kind == ETL_ITEM_RECORD;
        }
        assert_int_equal(err, ERR_END);
        assert_int_equal(given, 211);
        assert_int_equal(etl_stats(r)->damages, 0);
        etl_close(r);
    }
    eb_free(&file);
}

/* The same within the records of a plain buffer. */
static void
test_file_shrinks_within(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct source source;
    struct etl *r;
    size_t at;

    (void)state;
    put_header_buffer(&file, &h);
    at = put_events(&file, &b, 1, 10);
    source = (struct source){eb_read_at, &file, file.len};
    file.len -= 3 * 0x58;
    assert_int_equal(etl_open_source(&source, &r), ERR_OK);
    expect_header(r);
    expect_ids(r, 1, 7);
    expect_damage(r, at, CUT);
    expect_end(r);
    etl_close(r);
    eb_free(&file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_head),
        cmocka_unit_test(test_no_trace),
        cmocka_unit_test(test_find_computer),
        cmocka_unit_test(test_no_computer),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_io_failures),
        cmocka_unit_test(test_file_shrinks),
        cmocka_unit_test(test_file_shrinks_within),
    };

    return cmocka_run_group_tests_name("etl_open", tests, NULL, NULL);
}
