/* test_etl_help - traces in memory, made by support/etl_build.h or recorded, and what the reader
 * gives of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/tm.h"
#include "etw/etl.h"
#include "support/etl_build.h"

#define PROVIDER "{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}"
#define START_FT UINT64_C(133000000000000000) /* 2022-06-18 */
#define START_STAMP UINT64_C(500000000)
#define LOGGER 7
#define NO_SOUND_BUFFER "no sound buffer begins here"

/* A trace in memory, or (ctx of source) any other bytes. */
static inline enum err
eb_read_at(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct eb *b = ctx;
    size_t left = offset < b->len ? b->len - (size_t)offset : 0;

    *got = len < left ? len : left;
    if (*got > 0) {
        memcpy(out, b->data + offset, *got);
    }
    return ERR_OK;
}

static inline enum err
open_trace(struct eb *file, struct etl **out)
{
    struct source source = {eb_read_at, file, file->len};

    return etl_open_source(&source, out);
}

/* 64 bits, a counter of 10 MHz: a tick is a FILETIME tick. */
static inline struct eb_log_header
plain_header(void)
{
    return (struct eb_log_header){.ptr_len = 8,
                                  .stamp = START_STAMP,
                                  .build = 22631,
                                  .processors = 4,
                                  .clock = EB_CLOCK_COUNTER,
                                  .frequency = TM_SEC,
                                  .mhz = 3000,
                                  .start_ft = START_FT,
                                  .end_ft = START_FT + TM_HOUR,
                                  .boot_ft = START_FT - TM_DAY,
                                  .log_file_mode = 1,
                                  .buffer_len = 4096,
                                  .session = "kanari",
                                  .file_name = "C:\\trace.etl"};
}

/* The first buffer of a file: nothing but that header record. */
static inline void
put_header_buffer(struct eb *file, const struct eb_log_header *h)
{
    struct eb records = {0};

    (void)eb_log_header(&records, h);
    (void)eb_buffer(file,
                    &(struct eb_buffer){.logger_id = LOGGER,
                                        .flags = EB_BUFFER_PROCESSOR_INDEX,
                                        .type = EB_TYPE_HEADER},
                    &records);
    eb_free(&records);
}

static inline struct eb_buffer
plain_buffer(void)
{
    return (struct eb_buffer){.logger_id = LOGGER, .flags = EB_BUFFER_PROCESSOR_INDEX};
}

/* An event `tick` ticks behind the trace's start. */
static inline struct eb_record
event_at(uint64_t tick, uint16_t id)
{
    return (struct eb_record){.form = EB_EVENT64,
                              .stamp = START_STAMP + tick,
                              .pid = 1000,
                              .tid = 2000,
                              .provider = PROVIDER,
                              .id = id};
}

/* A buffer of `count` events with the ids from `id` on, one tick apart, each with its id as 4 bytes
 * of payload. Returns where it begins. */
static inline size_t
put_events(struct eb *file, const struct eb_buffer *h, uint16_t id, unsigned count)
{
    struct eb records = {0};
    size_t at;

    for (unsigned i = 0; i < count; i++) {
        uint32_t value = id + i;
        struct eb_record r = event_at(value, (uint16_t)(id + i));

        r.payload = &value;
        r.payload_len = sizeof(value);
        (void)eb_record(&records, &r);
    }
    at = eb_buffer(file, h, &records);
    eb_free(&records);
    return at;
}

/* -- what must come next ----------------------------------------------------------------------- */

static inline void
expect_item(struct etl *r, enum etl_item_kind kind, struct etl_item *out)
{
    memset(out, 0xA5, sizeof(*out));
    assert_int_equal(etl_next(r, out), ERR_OK);
    assert_int_equal(out->kind, kind);
}

static inline void
expect_header(struct etl *r)
{
    struct etl_item item;

    expect_item(r, ETL_ITEM_RECORD, &item);
    assert_int_equal(item.record.header, ETW_HEADER_SYSTEM);
    assert_int_equal(item.record.opcode, 0);
    assert_int_equal(item.record.provider.bytes[0], 0x00); /* EventTrace, 68fdd900 */
    assert_int_equal(item.record.provider.bytes[3], 0x68);
}

static inline void
expect_ids(struct etl *r, unsigned id, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct etl_item item;

        expect_item(r, ETL_ITEM_RECORD, &item);
        assert_int_equal(item.record.id, id + i);
        assert_int_equal(item.record.time_ft, START_FT + id + i);
        assert_int_equal(item.record.payload_len, 4);
        assert_int_equal(item.record.payload[0] | item.record.payload[1] << 8, id + i);
    }
}

static inline void
expect_damage(struct etl *r, uint64_t offset, const char *why)
{
    struct etl_item item;

    expect_item(r, ETL_ITEM_DAMAGED, &item);
    assert_string_equal(item.why, why);
    assert_int_equal(item.offset, offset);
}

/* The end, and it stays the end. */
static inline void
expect_end(struct etl *r)
{
    struct etl_item item;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(etl_next(r, &item), ERR_END);
    }
}

/* -- a trace of one buffer --------------------------------------------------------------------- */

/* A trace of one data buffer, behind its header record. */
struct one {
    struct eb file;
    size_t at; /* of the data buffer */
    struct etl *r;
};

static inline void
one_open(struct one *t, struct eb *records)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();

    *t = (struct one){0};
    put_header_buffer(&t->file, &h);
    t->at = eb_buffer(&t->file, &b, records);
    eb_free(records);
    assert_int_equal(open_trace(&t->file, &t->r), ERR_OK);
    expect_header(t->r);
}

static inline void
one_close(struct one *t)
{
    etl_close(t->r);
    eb_free(&t->file);
}

/* The only record of a trace; its views live until one_close(). */
static inline void
one_record(struct one *t, const struct eb_record *r, struct etl_item *out)
{
    struct eb records = {0};

    (void)eb_record(&records, r);
    one_open(t, &records);
    expect_item(t->r, ETL_ITEM_RECORD, out);
    assert_int_equal(out->number, 1);
    assert_int_equal(out->offset, t->at);
}

/* What a header without items leaves empty. */
static inline void
assert_no_items(const struct etw_record *rec)
{
    assert_null(rec->sid);
    assert_int_equal(rec->sid_len, 0);
    assert_false(rec->has_session);
    assert_int_equal(rec->session_id, 0);
    assert_int_equal(rec->start_key, 0);
}

/* -- recordings -------------------------------------------------------------------------------- */

/* A recording's bytes; skips where the recordings are missing, except in CI. */
static inline void
load_trace(const char *name, struct eb *out)
{
    const char *data = env_get("KANARI_DATA");
    const char *ci;
    struct buf path, bytes;
    enum err err;

    buf_init(&path, 4096);
    buf_puts(&path, data == NULL ? "../shared/data" : data);
    buf_puts(&path, "/etl/");
    buf_puts(&path, name);
    buf_init(&bytes, 64u * 1024 * 1024);
    err = file_read_all(buf_str(&path), 64u * 1024 * 1024, &bytes);
    if (err) {
        print_message("no recording %s (set KANARI_DATA)\n", buf_str(&path));
    } else {
        *out = (struct eb){0};
        eb_bytes(out, bytes.data, bytes.len);
    }
    buf_fini(&path);
    buf_fini(&bytes);
    if (err) {
        ci = env_get("CI"); /* overwrites what env_get() gave before */
        if (ci != NULL && strcmp(ci, "true") == 0) {
            fail();
        }
        skip();
    }
}
