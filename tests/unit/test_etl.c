/* etl - buffers in their order and to their ends, what is lost between them, merged traces, memory,
 * and the search for the computer's name. */
#include "unit/test_etl_help.h"

#define MIB (1024u * 1024)

static void
open_with_header(struct eb *file, struct etl **out)
{
    assert_int_equal(open_trace(file, out), ERR_OK);
    expect_header(*out);
}

/* -- where the records end --------------------------------------------------------------------- */

static void
test_ends(void **state)
{
    static const struct {
        uint32_t saved, offset, current; /* records; 0 = the field is 0 */
        unsigned given;
    } cases[] = {
        {4, 0, 0, 4}, {0, 4, 0, 4}, {0, 0, 4, 4}, {4, 4, 4, 4}, {2, 4, 4, 2},
        {2, 1, 4, 2}, {0, 3, 4, 3}, {0, 1, 4, 1}, {4, 2, 1, 4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eb_log_header h = plain_header();
        struct eb_buffer b = plain_buffer();
        struct eb file = {0};
        struct etl *r;
        size_t at;

        put_header_buffer(&file, &h);
        b.len = 4096;
        at = put_events(&file, &b, 1, 4);
        eb_patch(&file, at + 0x04, cases[i].saved == 0 ? 0 : 0x48 + cases[i].saved * 0x58, 4);
        eb_patch(&file, at + 0x08, cases[i].current == 0 ? 0 : 0x48 + cases[i].current * 0x58, 4);
        eb_patch(&file, at + 0x30, cases[i].offset == 0 ? 0 : 0x48 + cases[i].offset * 0x58, 4);
        open_with_header(&file, &r);
        expect_ids(r, 1, cases[i].given);
        expect_end(r);
        etl_close(r);
        eb_free(&file);
    }
}

/* CurrentOffset lies beyond the fill: unused space ends the records, and is no damage. */
static void
test_end_beyond_fill(void **state)
{
    static const unsigned unused[] = {0xFF, 0x00};

    (void)state;
    for (size_t i = 0; i < COUNT(unused); i++) {
        struct eb_log_header h = plain_header();
        struct eb_buffer b = plain_buffer();
        struct eb file = {0};
        struct etl *r;
        size_t at, end;

        put_header_buffer(&file, &h);
        b.len = 4096;
        b.ends = EB_END_CURRENT;
        at = put_events(&file, &b, 1, 4);
        end = at + 0x48 + 4 * 0x58;
        memset(file.data + end, (int)unused[i], at + 4096 - end);
        eb_patch(&file, at + 0x08, 4096, 4);
        (void)put_events(&file, &b, 20, 1);
        open_with_header(&file, &r);
        expect_ids(r, 1, 4);
        expect_ids(r, 20, 1);
        expect_end(r);
        assert_int_equal(etl_stats(r)->damages, 0);
        etl_close(r);
        eb_free(&file);
    }
}

/* A buffer may hold nothing at all. */
static void
test_empty_buffer(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct etl *r;

    (void)state;
    put_header_buffer(&file, &h);
    b.len = 512;
    (void)put_events(&file, &b, 1, 0);
    b.len = 0;
    (void)put_events(&file, &b, 1, 0);
    (void)put_events(&file, &b, 1, 2);
    (void)put_events(&file, &b, 1, 0);
    open_with_header(&file, &r);
    expect_ids(r, 1, 2);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers, 5);
    assert_int_equal(etl_stats(r)->bytes, file.len);
    assert_int_equal(etl_stats(r)->damages, 0);
    etl_close(r);
    eb_free(&file);
}

/* -- what is lost ------------------------------------------------------------------------------ */

static void
expect_loss(struct etl *r, size_t offset, uint64_t from, uint64_t to)
{
    struct etl_item item;

    expect_item(r, ETL_ITEM_LOST, &item);
    assert_int_equal(item.offset, offset);
    assert_int_equal(item.lost_from_ft, START_FT + from);
    assert_int_equal(item.lost_to_ft, START_FT + to);
}

static size_t
put_lossy(struct eb *file, uint16_t cpu, uint16_t flags, uint16_t id)
{
    struct eb_buffer b = plain_buffer();

    b.cpu = cpu;
    b.flags = flags;
    return put_events(file, &b, id, 2);
}

/* From the processor's last record to the buffer's first, whatever other processors did between. */
static void
test_lost(void **state)
{
    const uint16_t index = EB_BUFFER_PROCESSOR_INDEX;
    struct eb_log_header h = plain_header();
    struct eb file = {0};
    size_t at[6];
    struct etl *r;

    (void)state;
    put_header_buffer(&file, &h); /* by processor 0 */
    (void)put_lossy(&file, 300, index, 10);
    (void)put_lossy(&file, 44, 0, 12); /* 300's low byte: another one */
    at[0] = put_lossy(&file, 300, index | EB_BUFFER_EVENTS_LOST, 30);
    at[1] = put_lossy(&file, 44, EB_BUFFER_BUFFER_LOST, 40);
    at[2] = put_lossy(&file, 2047, index | EB_BUFFER_EVENTS_LOST | EB_BUFFER_BUFFER_LOST, 50);
    at[3] = put_lossy(&file, 0xF800 | 2047, index | EB_BUFFER_BUFFER_LOST, 60);
    at[4] = put_lossy(&file, 300, index | EB_BUFFER_EVENTS_LOST, 20); /* before its last one */
    at[5] = put_lossy(&file, 0, index | EB_BUFFER_EVENTS_LOST, 70);
    open_with_header(&file, &r);
    expect_ids(r, 10, 4);
    expect_loss(r, at[0], 11, 30);
    expect_ids(r, 30, 2);
    expect_loss(r, at[1], 13, 40);
    expect_ids(r, 40, 2);
    expect_loss(r, at[2], 0, 50); /* since the trace's start */
    expect_ids(r, 50, 2);
    expect_loss(r, at[3], 51, 60);
    expect_ids(r, 60, 2);
    expect_loss(r, at[4], 31, 31);
    expect_ids(r, 20, 2);
    expect_loss(r, at[5], 0, 70); /* the header record is of processor 0 */
    expect_ids(r, 70, 2);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers_lost, 3);
    assert_int_equal(etl_stats(r)->records, 17);
    assert_int_equal(etl_stats(r)->damages, 0);
    etl_close(r);
    eb_free(&file);
}

/* A buffer without a record that has a time says so too: up to when it was written. */
static void
test_lost_without_records(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb_record compact = {.form = EB_COMPACT64};
    struct eb file = {0};
    struct eb records = {0};
    struct etl_item item;
    struct etl *r;
    size_t at[2];

    (void)state;
    put_header_buffer(&file, &h);
    (void)put_events(&file, &b, 5, 1);
    b.flags |= EB_BUFFER_BUFFER_LOST;
    b.stamp = START_STAMP + 9;
    at[0] = put_events(&file, &b, 1, 0);
    b.stamp = START_STAMP + 99;
    (void)eb_record(&records, &compact);
    at[1] = eb_buffer(&file, &b, &records);
    open_with_header(&file, &r);
    expect_ids(r, 5, 1);
    expect_loss(r, at[0], 5, 9);
    expect_item(r, ETL_ITEM_SKIPPED, &item);
    expect_loss(r, at[1], 5, 99);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers_lost, 2);
    etl_close(r);
    eb_free(&records);
    eb_free(&file);
}

/* -- compressed -------------------------------------------------------------------------------- */

/* A trace of three processors, whose records come as they were written, plain or compressed. */
static void
check_whole(const struct eb_trace_opts *opts, unsigned count)
{
    struct eb_trace t;
    struct etl_item item;
    struct etl *r;
    unsigned next[3] = {0, 1, 2};

    eb_trace_begin(&t, opts);
    for (unsigned i = 0; i < count; i++) {
        uint32_t value[8] = {i, i * 2654435761u, 7, 7, 7, i, 7, 7};
        struct eb_record e = event_at(i, (uint16_t)(i % 100));

        e.payload = value;
        e.payload_len = 4 + i % 29;
        eb_trace_record(&t, i % 3, &e);
    }
    eb_trace_end(&t);
    open_with_header(&t.file, &r);
    for (unsigned i = 0; i < count; i++) {
        unsigned got, cpu;

        expect_item(r, ETL_ITEM_RECORD, &item);
        memcpy(&got, item.record.payload, 4);
        cpu = got % 3;
        assert_int_equal(got, next[cpu]); /* each processor's in order */
        next[cpu] += 3;
        assert_int_equal(item.record.time_ft, START_FT + got);
        assert_int_equal(item.record.payload_len, 4 + got % 29);
    }
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers, t.buffers);
    assert_int_equal(etl_stats(r)->buffers_compressed, opts->compressed ? t.buffers - 1 : 0);
    assert_int_equal(etl_stats(r)->damages, 0);
    etl_close(r);
    eb_trace_free(&t);
}

static void
test_compressed(void **state)
{
    struct eb_trace_opts opts = {.header = plain_header(), .buffer_len = 4096, .logger_id = LOGGER};

    (void)state;
    check_whole(&opts, 1000);
    opts.compressed = true;
    check_whole(&opts, 1000); /* the sizes of its buffers are not multiples of 8 */
    opts.buffer_len = 65536;
    check_whole(&opts, 5000);
}

/* More bytes in the file than the reader looks at in one piece. */
static void
test_compressed_large(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct eb records = {0};
    struct etl *r;
    uint64_t random = 88172645463325252u;
    struct etl_item item;

    (void)state;
    put_header_buffer(&file, &h);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t noise[2000];
        struct eb_record e = event_at(i, (uint16_t)i);

        for (size_t k = 0; k < COUNT(noise); k++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            noise[k] = random;
        }
        e.payload = noise;
        e.payload_len = sizeof(noise);
        (void)eb_record(&records, &e);
    }
    b.flags |= EB_BUFFER_COMPRESSED;
    (void)eb_buffer(&file, &b, &records);
    (void)put_events(&file, &b, 200, 2);
    assert_true(file.len > 3 * MIB / 2);
    open_with_header(&file, &r);
    for (unsigned i = 0; i < 100; i++) {
        expect_item(r, ETL_ITEM_RECORD, &item);
        assert_int_equal(item.record.id, i);
        assert_int_equal(item.record.payload_len, 16000);
        assert_memory_equal(item.record.payload, records.data + i * (0x50 + 16000) + 0x50, 16000);
    }
    expect_ids(r, 200, 2);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers_compressed, 2);
    etl_close(r);
    eb_free(&records);
    eb_free(&file);
}

/* -- memory ------------------------------------------------------------------------------------ */

/* A header buffer, then one data buffer again and again, up to any size. */
struct endless {
    struct eb head, body;
    size_t stride; /* from one data buffer to the next; 0xFF between */
};

static enum err
read_endless(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct endless *e = ctx;
    uint8_t *to = out;

    memset(out, 0xFF, len);
    *got = len;
    for (size_t done = 0; done < len;) {
        bool in_head = offset < e->head.len;
        size_t from = (size_t)(in_head ? offset : (offset - e->head.len) % e->stride);
        const struct eb *part = in_head ? &e->head : &e->body;
        size_t n = (in_head ? e->head.len : e->stride) - from;

        n = n < len - done ? n : len - done;
        if (from < part->len) {
            memcpy(to + done, part->data + from, part->len - from < n ? part->len - from : n);
        }
        done += n;
        offset += n;
    }
    return ERR_OK;
}

static void
endless_init(struct endless *e, const struct eb_buffer *b, unsigned count, size_t stride)
{
    struct eb_log_header h = plain_header();

    *e = (struct endless){0};
    put_header_buffer(&e->head, &h);
    (void)put_events(&e->body, b, 1, count);
    eb_patch(&e->body, 0, stride, 4);
    e->stride = stride;
}

static void
endless_fini(struct endless *e)
{
    eb_free(&e->head);
    eb_free(&e->body);
}

/* Reads that many data buffers and returns the number of allocations. */
static size_t
read_endlessly(struct endless *e, unsigned buffers, unsigned count)
{
    struct source source = {read_endless, e, UINT64_C(1) << 42};
    struct etl_item item;
    struct etl *r;
    size_t asked;

    mem_fail_after(SIZE_MAX);
    assert_int_equal(etl_open_source(&source, &r), ERR_OK);
    expect_header(r);
    for (uint64_t i = 0; i < buffers; i++) {
        for (unsigned k = 0; k < count; k++) {
            expect_item(r, ETL_ITEM_RECORD, &item);
            assert_int_equal(item.record.id, 1 + k);
            assert_int_equal(item.offset, e->head.len + i * e->stride);
        }
    }
    assert_int_equal(etl_stats(r)->damages, 0);
    asked = mem_asked();
    etl_close(r);
    return asked;
}

/* Four terabytes are claimed; the reader takes the same memory for 10 buffers as for thousands. */
static void
test_memory(void **state)
{
    struct eb_buffer b = plain_buffer();
    struct endless e;

    (void)state;
    endless_init(&e, &b, 20, 8192);
    assert_int_equal(read_endlessly(&e, 10, 20), 2);
    assert_int_equal(read_endlessly(&e, 2000, 20), 2);
    endless_fini(&e);
    b.flags |= EB_BUFFER_COMPRESSED;
    endless_init(&e, &b, 20, 0);
    e.stride = e.body.len;
    eb_patch(&e.body, 0, e.stride, 4);
    assert_int_equal(read_endlessly(&e, 10, 20), 3);
    assert_int_equal(read_endlessly(&e, 2000, 20), 3);
    endless_fini(&e);
}

/* The largest buffers there are, and offsets beyond 4 GiB. */
static void
test_far_offsets(void **state)
{
    struct eb_buffer b = plain_buffer();
    struct endless e;

    (void)state;
    endless_init(&e, &b, 2, 16 * MIB);
    assert_int_equal(read_endlessly(&e, 260, 2), 2);
    endless_fini(&e);
}

/* Sizes are declared for the largest buffer: the file is short, and nothing is missing. */
static void
test_declared_size(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct etl *r;
    size_t at;

    (void)state;
    h.buffer_len = 16 * MIB;
    put_header_buffer(&file, &h);
    b.flags |= EB_BUFFER_COMPRESSED;
    (void)put_events(&file, &b, 1, 30);
    b.flags = EB_BUFFER_PROCESSOR_INDEX;
    at = put_events(&file, &b, 50, 30);
    eb_patch(&file, at, 16 * MIB, 4);
    mem_fail_after(SIZE_MAX);
    open_with_header(&file, &r);
    expect_ids(r, 1, 30);
    expect_ids(r, 50, 30);
    expect_end(r);
    assert_int_equal(etl_stats(r)->damages, 0);
    assert_int_equal(etl_stats(r)->bytes, file.len);
    assert_int_equal(mem_asked(), 3);
    etl_close(r);
    eb_patch(&file, at, 16 * MIB + 8, 4); /* larger than any buffer can be */
    open_with_header(&file, &r);
    expect_ids(r, 1, 30);
    expect_damage(r, at, NO_SOUND_BUFFER);
    expect_end(r);
    etl_close(r);
    eb_free(&file);
}

/* -- merged ------------------------------------------------------------------------------------ */

/* The first header is the trace's; the others are counted, and are records like any. */
static void
test_merged(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_log_header other = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct etl *r;

    (void)state;
    other.build = 7601;
    other.session = "other";
    other.frequency = 3000000;
    other.ptr_len = 4;
    put_header_buffer(&file, &h);
    (void)put_events(&file, &b, 1, 3);
    put_header_buffer(&file, &other);
    (void)put_events(&file, &b, 11, 3);
    put_header_buffer(&file, &h);
    (void)put_events(&file, &b, 21, 3);
    open_with_header(&file, &r);
    for (unsigned id = 1; id <= 21; id += 10) {
        if (id > 1) {
            expect_header(r);
        }
        expect_ids(r, id, 3);
    }
    expect_end(r);
    assert_int_equal(etl_info(r)->headers, 3);
    assert_int_equal(etl_info(r)->build, 22631);
    assert_string_equal(etl_info(r)->session, "kanari");
    etl_close(r);
    eb_free(&file);
}

/* Buffers of another session in a merged trace have its number. */
static void
test_merged_loggers(void **state)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct etl *r;

    (void)state;
    put_header_buffer(&file, &h);
    (void)put_events(&file, &b, 1, 3);
    b.logger_id = LOGGER + 1;
    (void)put_events(&file, &b, 11, 3);
    (void)put_events(&file, &b, 14, 3);
    b.logger_id = LOGGER;
    (void)put_events(&file, &b, 21, 3);
    open_with_header(&file, &r);
    expect_ids(r, 1, 3);
    expect_ids(r, 11, 6);
    expect_ids(r, 21, 3);
    expect_end(r);
    assert_int_equal(etl_stats(r)->damages, 0);
    etl_close(r);
    eb_free(&file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_end_beyond_fill),
        cmocka_unit_test(test_empty_buffer),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_lost_without_records),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_compressed_large),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_far_offsets),
        cmocka_unit_test(test_declared_size),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_merged_loggers),
    };

    return cmocka_run_group_tests_name("etl", tests, NULL, NULL);
}
