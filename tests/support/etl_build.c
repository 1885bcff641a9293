/* etl_build - records in every header form, the log file header, buffers, and whole traces. */
#include "support/etl_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKER 0xC0u
#define MARKER_MESSAGE 0x90u
#define ALIGNMENT 64u /* beside a one-byte processor number */
#define RECORD_ALIGN 8u
#define RECORD_LEN_MAX 65535u
#define TICKS_PER_SECOND UINT64_C(10000000)
#define MHZ UINT64_C(1000000)
#define ITEM_HEAD_LEN 8u
#define COMPUTER_UNITS 256u
#define DOMAIN_UNITS 134u

_Noreturn static void
die(const char *what)
{
    (void)fprintf(stderr, "etl_build: %s\n", what);
    abort();
}

/* -- records ----------------------------------------------------------------------------------- */

static bool
is_event(enum eb_form form)
{
    return form == EB_EVENT32 || form == EB_EVENT64;
}

static size_t
head_len(enum eb_form form)
{
    switch (form) {
    case EB_SYSTEM32:
    case EB_SYSTEM64:
        return 0x20;
    case EB_COMPACT32:
    case EB_COMPACT64:
        return 0x18;
    case EB_PERFINFO32:
    case EB_PERFINFO64:
        return 0x10;
    case EB_FULL32:
    case EB_FULL64:
        return 0x30;
    case EB_INSTANCE32:
    case EB_INSTANCE64:
        return 0x48;
    case EB_EVENT32:
    case EB_EVENT64:
        return 0x50;
    case EB_TIMED:
    case EB_ERROR:
    case EB_WNODE:
    case EB_MESSAGE:
        return 8;
    }
    die("no such form");
}

static size_t
padded(size_t len)
{
    return (len + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

size_t
eb_record_len(const struct eb_record *r)
{
    size_t len = head_len(r->form) + 8 * r->extra_count + r->payload_len;

    for (size_t i = 0; i < r->item_count; i++) {
        len += ITEM_HEAD_LEN + padded(r->items[i].len);
    }
    if (len > RECORD_LEN_MAX) {
        die("a record is too long");
    }
    return len;
}

size_t
eb_record_room(const struct eb_record *r)
{
    return padded(eb_record_len(r));
}

/* SYSTEM, COMPACT, PERFINFO: the version first, the size behind the marker. */
static void
put_short_head(struct eb *b, const struct eb_record *r)
{
    bool system = r->form == EB_SYSTEM32 || r->form == EB_SYSTEM64;
    bool perfinfo = r->form == EB_PERFINFO32 || r->form == EB_PERFINFO64;

    eb_u16(b, r->version);
    eb_u8(b, r->form);
    eb_u8(b, MARKER);
    eb_u16(b, (unsigned)eb_record_len(r));
    eb_u8(b, r->opcode);
    eb_u8(b, r->group);
    if (!perfinfo) {
        eb_u32(b, r->tid);
        eb_u32(b, r->pid);
    }
    eb_u64(b, r->stamp);
    if (system) {
        eb_u32(b, 1); /* kernel and user time */
        eb_u32(b, 2);
    }
}

static void
put_full_head(struct eb *b, const struct eb_record *r)
{
    eb_u8(b, r->opcode);
    eb_u8(b, r->level);
    eb_u16(b, r->version);
    eb_u32(b, r->tid);
    eb_u32(b, r->pid);
    eb_u64(b, r->stamp);
    eb_guid(b, r->provider);
    eb_u32(b, 1); /* kernel and user time */
    eb_u32(b, 2);
    if (r->form == EB_INSTANCE32 || r->form == EB_INSTANCE64) {
        eb_u32(b, 3); /* instance and its parent's */
        eb_u32(b, 4);
        eb_guid(b, r->provider);
    }
}

static void
put_event_head(struct eb *b, const struct eb_record *r)
{
    unsigned flags = r->flags;

    if (!r->flags_exact) {
        flags |= r->form == EB_EVENT32 ? EB_FLAG_32_BIT : EB_FLAG_64_BIT;
        flags |= r->item_count > 0 ? EB_FLAG_EXTENDED : 0;
    }
    eb_u16(b, flags);
    eb_u16(b, r->property);
    eb_u32(b, r->tid);
    eb_u32(b, r->pid);
    eb_u64(b, r->stamp);
    eb_guid(b, r->provider);
    eb_u16(b, r->id);
    eb_u8(b, r->version);
    eb_u8(b, r->channel);
    eb_u8(b, r->level);
    eb_u8(b, r->opcode);
    eb_u16(b, r->task);
    eb_u64(b, r->keyword);
    eb_u32(b, 1); /* kernel and user time */
    eb_u32(b, 2);
    eb_fill(b, 0, 16); /* activity */
}

static void
put_items(struct eb *b, const struct eb_record *r)
{
    for (size_t i = 0; i < r->item_count; i++) {
        const struct eb_item *item = &r->items[i];
        size_t room = padded(item->len);

        eb_u16(b, item->size != 0 ? item->size : (unsigned)(ITEM_HEAD_LEN + room));
        eb_u16(b, item->type);
        eb_u16(b, i + 1 < r->item_count); /* another one follows */
        eb_u16(b, item->len);
        eb_bytes(b, item->data, item->len);
        eb_fill(b, 0, room - item->len);
    }
}

size_t
eb_record(struct eb *b, const struct eb_record *r)
{
    size_t at = b->len;
    bool is_short = head_len(r->form) <= 0x20 && head_len(r->form) > 8;

    if (is_short) {
        put_short_head(b, r);
    } else {
        eb_u16(b, (unsigned)eb_record_len(r));
        eb_u8(b, r->form);
        eb_u8(b, MARKER);
        if (is_event(r->form)) {
            put_event_head(b, r);
        } else if (head_len(r->form) > 8) {
            put_full_head(b, r);
        } else {
            eb_u32(b, r->id);
        }
    }
    for (size_t i = 0; i < r->extra_count; i++) {
        eb_u64(b, r->extras[i]);
    }
    put_items(b, r);
    eb_bytes(b, r->payload, r->payload_len);
    eb_fill(b, 0, at + eb_record_room(r) - b->len);
    return at;
}

size_t
eb_message(struct eb *b, uint16_t number, uint16_t flags, const void *body, size_t len)
{
    size_t at = b->len;

    eb_u16(b, (unsigned)(8 + len));
    eb_u8(b, 0);
    eb_u8(b, MARKER_MESSAGE);
    eb_u16(b, number);
    eb_u16(b, flags);
    eb_bytes(b, body, len);
    eb_fill(b, 0, padded(8 + len) - (8 + len));
    return at;
}

/* -- the log file header ----------------------------------------------------------------------- */

void
eb_log_header_payload(struct eb *b, const struct eb_log_header *h)
{
    size_t at = b->len;

    eb_u32(b, h->buffer_len);
    eb_u32(b, 0x05010000 | (h->build >= 9200 ? 10u : 6u)); /* version */
    eb_u32(b, h->build);
    eb_u32(b, h->processors);
    eb_u64(b, h->end_ft);
    eb_u32(b, 156250); /* timer resolution */
    eb_u32(b, 0);      /* largest size of the file */
    eb_u32(b, h->log_file_mode);
    eb_u32(b, h->buffers_written);
    eb_u32(b, 1); /* start buffers */
    eb_u32(b, h->ptr_claimed != 0 ? h->ptr_claimed : (uint32_t)h->ptr_len);
    eb_u32(b, h->events_lost);
    eb_u32(b, h->mhz);
    eb_fill(b, 0, 2 * h->ptr_len); /* names, as pointers */
    eb_fill(b, 0, 0xAC);           /* time zone */
    eb_fill(b, 0, at + (h->ptr_len == 8 ? 0xF8 : 0xF0) - b->len);
    eb_u64(b, h->boot_ft);
    eb_u64(b, h->frequency);
    eb_u64(b, h->start_ft);
    eb_u32(b, h->clock);
    eb_u32(b, h->buffers_lost);
    eb_text16(b, h->session == NULL ? "" : h->session);
    eb_text16(b, h->file_name == NULL ? "" : h->file_name);
}

size_t
eb_log_header(struct eb *b, const struct eb_log_header *h)
{
    struct eb payload = {0};
    struct eb_record r = {
        .form = h->ptr_len == 8 ? EB_SYSTEM64 : EB_SYSTEM32, .stamp = h->stamp, .version = 2};
    size_t at;

    eb_log_header_payload(&payload, h);
    r.payload = payload.data;
    r.payload_len = payload.len;
    at = eb_record(b, &r);
    eb_free(&payload);
    return at;
}

uint64_t
eb_stamp(const struct eb_log_header *h, uint64_t ft)
{
    uint64_t frequency = h->clock == EB_CLOCK_CYCLES ? h->mhz * MHZ : h->frequency;
    uint64_t ticks = ft - h->start_ft;
    uint64_t part = ticks % TICKS_PER_SECOND * frequency;

    if (h->clock == EB_CLOCK_SYSTEM) {
        return ft;
    }
    /* rounded up: a reader, which rounds down, comes to the same ft when the clock is as fine */
    return h->stamp + ticks / TICKS_PER_SECOND * frequency +
           (part + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND;
}

void
eb_cpu_config(struct eb *b, const char *computer)
{
    size_t at;

    eb_u32(b, 3400);  /* MHz */
    eb_u32(b, 4);     /* processors */
    eb_u32(b, 16384); /* memory, MB */
    eb_u32(b, 4096);  /* page */
    eb_u32(b, 65536); /* granularity */
    at = b->len;
    eb_text16(b, computer);
    if (b->len - at > 2 * COMPUTER_UNITS) {
        die("the computer's name is too long");
    }
    eb_fill(b, 0, at + 2 * (COMPUTER_UNITS + DOMAIN_UNITS) - b->len);
    eb_u64(b, 0);                            /* hyper-threading */
    eb_u64(b, UINT64_C(0x00007FFFFFFEFFFF)); /* highest address */
    eb_u16(b, 9);                            /* AMD64 */
    eb_u16(b, 6);
    eb_u16(b, 0x9E0A);
}

/* -- buffers ----------------------------------------------------------------------------------- */

/* SavedOffset, CurrentOffset, Offset in their places. */
static void
put_ends(struct eb *file, size_t at, const struct eb_buffer *h, size_t end)
{
    unsigned ends = h->ends == 0 ? EB_END_SAVED | EB_END_OFFSET : h->ends;
    uint64_t current = h->ends == 0 ? eb_peek(file, at, 4) : 0;

    eb_patch(file, at + 0x04, (ends & EB_END_SAVED) != 0 ? end : 0, 4);
    eb_patch(file, at + 0x08, (ends & EB_END_CURRENT) != 0 ? end : current, 4);
    eb_patch(file, at + 0x30, (ends & EB_END_OFFSET) != 0 ? end : 0, 4);
}

static void
put_buffer_head(struct eb *file, const struct eb_buffer *h)
{
    eb_fill(file, 0, 0x10); /* sizes, see above; reference count */
    eb_u64(file, h->stamp);
    eb_u64(file, h->sequence);
    eb_u64(file, 0); /* clock type and frequency */
    if ((h->flags & EB_BUFFER_PROCESSOR_INDEX) != 0) {
        eb_u16(file, h->cpu);
    } else {
        eb_u8(file, h->cpu);
        eb_u8(file, ALIGNMENT);
    }
    eb_u16(file, h->logger_id);
    eb_u32(file, h->state);
    eb_u32(file, 0); /* Offset */
    eb_u16(file, h->flags);
    eb_u16(file, h->type);
    eb_fill(file, 0, 0x10); /* reference time */
}

size_t
eb_buffer(struct eb *file, const struct eb_buffer *h, const struct eb *records)
{
    size_t at = file->len;
    bool packed = (h->flags & EB_BUFFER_COMPRESSED) != 0;

    put_buffer_head(file, h);
    if (packed) {
        eb_xpress(file, records->data, records->len);
    } else {
        eb_bytes(file, records->data, records->len);
    }
    if (h->len != 0) {
        if (file->len - at > h->len) {
            die("records do not fit their buffer");
        }
        eb_fill(file, 0xFF, at + h->len - file->len);
    } else if (!packed) {
        eb_fill(file, 0xFF, padded(file->len - at) - (file->len - at));
    }
    eb_patch(file, at, file->len - at, 4);
    put_ends(file, at, h, EB_BUFFER_HEAD_LEN + records->len);
    return at;
}

/* -- a whole trace ----------------------------------------------------------------------------- */

static void
put_first_buffer(struct eb_trace *t)
{
    struct eb_buffer h = {.stamp = t->opts.header.stamp,
                          .logger_id = t->opts.logger_id,
                          .state = 3,
                          .flags = EB_BUFFER_PROCESSOR_INDEX,
                          .type = EB_TYPE_HEADER};
    struct eb records = {0};

    (void)eb_log_header(&records, &t->opts.header);
    if (t->opts.computer != NULL) {
        struct eb payload = {0};

        eb_cpu_config(&payload, t->opts.computer);
        (void)eb_record(&records, &(struct eb_record){.form = EB_SYSTEM64,
                                                      .stamp = t->opts.header.stamp,
                                                      .version = 3,
                                                      .opcode = EB_OPCODE_CPU,
                                                      .group = EB_GROUP_CONFIG,
                                                      .payload = payload.data,
                                                      .payload_len = payload.len});
        eb_free(&payload);
    }
    (void)eb_buffer(&t->file, &h, &records);
    eb_free(&records);
}

void
eb_trace_begin(struct eb_trace *t, const struct eb_trace_opts *opts)
{
    memset(t, 0, sizeof(*t));
    t->opts = *opts;
    t->opts.header.buffer_len = opts->buffer_len;
    if (opts->header.processors == 0 || opts->header.processors > EB_PROCESSORS_MAX ||
        opts->buffer_len <= EB_BUFFER_HEAD_LEN) {
        die("a trace without processors or buffers");
    }
    put_first_buffer(t);
    t->buffers = 1;
}

void
eb_trace_flush(struct eb_trace *t, unsigned cpu, uint16_t lost_flags)
{
    struct eb_buffer h = {.len = t->opts.compressed ? 0 : t->opts.buffer_len,
                          .stamp = t->last_stamp[cpu],
                          .sequence = t->buffers,
                          .cpu = (uint16_t)cpu,
                          .logger_id = t->opts.logger_id,
                          .state = 3};

    h.flags = (uint16_t)(EB_BUFFER_PROCESSOR_INDEX | t->lost[cpu]);
    h.flags |= t->opts.compressed ? EB_BUFFER_COMPRESSED : 0;
    t->lost[cpu] = t->open[cpu].len > 0 ? lost_flags : t->lost[cpu] | lost_flags;
    if (t->open[cpu].len > 0) {
        (void)eb_buffer(&t->file, &h, &t->open[cpu]);
        t->buffers++;
        t->open[cpu].len = 0;
    }
}

void
eb_trace_record(struct eb_trace *t, unsigned cpu, const struct eb_record *r)
{
    size_t room = t->opts.buffer_len - EB_BUFFER_HEAD_LEN;

    if (cpu >= t->opts.header.processors || eb_record_room(r) > room) {
        die("no such processor, or no room for a record");
    }
    if (eb_record_room(r) > room - t->open[cpu].len) {
        eb_trace_flush(t, cpu, 0);
    }
    (void)eb_record(&t->open[cpu], r);
    t->last_stamp[cpu] = r->stamp;
}

/* BuffersWritten stands behind the buffer's and the record's header. */
void
eb_trace_end(struct eb_trace *t)
{
    for (unsigned cpu = 0; cpu < t->opts.header.processors; cpu++) {
        eb_trace_flush(t, cpu, 0);
    }
    eb_patch(&t->file, EB_BUFFER_HEAD_LEN + 0x20 + 0x24, t->buffers, 4);
}

void
eb_trace_free(struct eb_trace *t)
{
    for (unsigned cpu = 0; cpu < EB_PROCESSORS_MAX; cpu++) {
        eb_free(&t->open[cpu]);
    }
    eb_free(&t->file);
}
