/* etl - from buffer to buffer and record to record, with what is lost and damaged between. */
#include "etw/etl.h"

#include "core/mem.h"
#include "core/rd.h"
#include "etw/etl_buffer.h"
#include "etw/etl_header.h"
#include "etw/etl_record.h"

#define TYPE_HEADER 4u       /* of the first buffer */
#define PROCESSORS_MAX 2048u /* a processor index has 11 bits */
#define PENDING_MAX 2u

#define GROUP_EVENT_TRACE 0u
#define OPCODE_HEADER 0u
#define GROUP_CONFIG 0x0Bu
#define OPCODE_CPU 10u
#define AT_COMPUTER 20u /* in the SystemConfig CPU record: wchar[256] */
#define COMPUTER_LEN 512u
#define VIEW_LEN ((size_t)ETL_RECORD_MAX + 1)
#define WHY_CUT "the file ends within a buffer"

struct etl {
    struct etl_buffers buffers;
    struct etl_clock clock;
    struct etl_info info;
    struct etl_stats stats;
    enum err over; /* what ended the file: it comes again */
    bool in_buffer;
    bool fresh;          /* nothing of the buffer was given yet */
    const char *broken;  /* why the buffer ends early, told behind its last sound record; or NULL */
    size_t pos;          /* in the buffer */
    const uint8_t *view; /* of the buffer from `view_from` to `view_to` */
    size_t view_from, view_to;
    struct etl_item pending[PENDING_MAX];
    size_t pending_count;
    uint64_t last_ft[PROCESSORS_MAX]; /* of the last record of each processor; 0 = none */
};
_Static_assert(sizeof(struct etl) + sizeof(struct source_window) + ETL_BUFFER_LEN_MAX +
                       ETL_PACKED_LEN_MAX <=
                   ETL_MEMORY_MAX,
               "window and the largest compressed buffer fit the limit");

bool
etl_is_head(const uint8_t *head, size_t len)
{
    struct etl_buffer buffer;
    const uint8_t *record = head + ETL_BUFFER_HEAD_LEN;

    return len >= ETL_HEAD_LEN && etl_buffer_read(head, &buffer) && buffer.type == TYPE_HEADER &&
           (record[2] == 1 || record[2] == 2) && etl_record_len(record) > 0 && record[6] == 0 &&
           record[7] == 0;
}

/* -- items that are no records ----------------------------------------------------------------- */

static void
tell_damage(struct etl *r, uint64_t offset, const char *why)
{
    r->stats.damages++;
    r->pending[r->pending_count++] =
        (struct etl_item){.kind = ETL_ITEM_DAMAGED, .offset = offset, .why = why};
}

/* The buffer says that records before its first one are lost: told before that one, as the time
 * since the last record of that processor. */
static bool
tells_loss(struct etl *r, uint64_t first_ft)
{
    const struct etl_buffer *now = &r->buffers.now;
    uint64_t from = r->last_ft[now->processor % PROCESSORS_MAX];
    bool fresh = r->fresh;

    r->fresh = false;
    if (!fresh || (now->flags & (ETL_FLAG_EVENTS_LOST | ETL_FLAG_BUFFER_LOST)) == 0) {
        return false;
    }
    from = from != 0 ? from : r->info.start_ft;
    r->stats.buffers_lost += (now->flags & ETL_FLAG_BUFFER_LOST) != 0;
    r->pending[r->pending_count++] =
        (struct etl_item){.kind = ETL_ITEM_LOST,
                          .offset = now->offset,
                          .lost_from_ft = from,
                          .lost_to_ft = first_ft > from ? first_ft : from};
    return true;
}

static bool
take_pending(struct etl *r, struct etl_item *out)
{
    if (r->pending_count == 0) {
        return false;
    }
    *out = r->pending[0];
    r->pending_count--;
    memmove(r->pending, r->pending + 1, r->pending_count * sizeof(r->pending[0]));
    return true;
}

/* -- buffers ----------------------------------------------------------------------------------- */

/* ERR_END after the last one. */
MUST_CHECK static enum err
open_buffer(struct etl *r)
{
    struct etl_buffers *b = &r->buffers;
    struct etl_gap gap;
    enum err err = etl_buffers_next(b, &gap);

    if (gap.why != NULL) {
        r->stats.buffers_damaged++;
        tell_damage(r, gap.offset, gap.why);
    }
    r->stats.bytes = b->next;
    if (err) {
        return err;
    }
    r->stats.buffers++;
    r->stats.buffers_compressed += (b->now.flags & ETL_FLAG_COMPRESSED) != 0;
    r->fresh = true;
    r->pos = ETL_BUFFER_HEAD_LEN;
    r->view_from = r->pos;
    r->view_to = r->pos;
    r->broken = b->now.cut ? WHY_CUT : b->now.overlong ? ETL_WHY_OVERLONG : NULL;
    err = etl_buffers_unpack(b);
    if (err == ERR_FORMAT) {
        r->broken = "a compressed buffer is damaged";
        err = ERR_OK;
    }
    r->in_buffer = !err;
    return err;
}

MUST_CHECK static enum err
leave_buffer(struct etl *r)
{
    (void)tells_loss(r, etl_clock_ft(&r->clock, r->buffers.now.stamp));
    r->in_buffer = false;
    if (r->broken == NULL) {
        return ERR_OK;
    }
    r->stats.buffers_damaged++;
    tell_damage(r, r->buffers.now.offset, r->broken);
    return etl_buffers_mistrust(&r->buffers, r->pos);
}

/* -- records ----------------------------------------------------------------------------------- */

/* The bytes from r->pos on, a whole record of them where the buffer has so many. ERR_END: it has
 * none. */
MUST_CHECK static inline enum err
look(struct etl *r, const uint8_t **at, size_t *left)
{
    size_t end = r->buffers.now.end;

    if (r->pos >= end) {
        return ERR_END;
    }
    if (r->view_to - r->pos < VIEW_LEN && r->view_to < end) {
        size_t got;
        enum err err = etl_buffers_view(&r->buffers, r->pos, VIEW_LEN, &r->view, &got);

        if (err) {
            return err;
        }
        r->view_from = r->pos;
        r->view_to = r->pos + got;
    }
    *at = r->view + (r->pos - r->view_from);
    *left = r->view_to - r->pos;
    return ERR_OK;
}

static void
learn(struct etl *r, uint8_t group, const struct etw_record *rec)
{
    size_t used;

    if (group == GROUP_EVENT_TRACE && rec->opcode == OPCODE_HEADER) {
        r->info.headers++;
    }
    if (group == GROUP_CONFIG && rec->opcode == OPCODE_CPU &&
        rec->payload_len >= AT_COMPUTER + COMPUTER_LEN && r->info.computer[0] == '\0') {
        etl_name(rec->payload + AT_COMPUTER, COMPUTER_LEN, r->info.computer, &used);
    }
}

/* A record whose length is not known takes the rest of its buffer with it. */
MUST_CHECK static enum err
step_over_damage(struct etl *r, const struct etl_record *record)
{
    if (record->len == 0) {
        r->broken = r->broken != NULL ? r->broken : record->why;
        return leave_buffer(r);
    }
    tell_damage(r, r->buffers.now.offset, record->why);
    return ERR_OK;
}

static void
give(struct etl *r, const struct etl_record *record, struct etl_item *out)
{
    out->offset = r->buffers.now.offset;
    out->number = r->stats.records++;
    if (record->kind == ETL_RECORD_SKIPPED) {
        out->kind = ETL_ITEM_SKIPPED;
        out->why = record->why;
        r->stats.skipped++;
        return;
    }
    out->kind = ETL_ITEM_RECORD;
    if (out->record.time_ft != 0) {
        r->last_ft[r->buffers.now.processor % PROCESSORS_MAX] = out->record.time_ft;
    }
    if (record->group != ETL_GROUP_NONE) {
        learn(r, record->group, &out->record);
    }
}

/* Unused space ends a buffer's records. Zeros before the end that its header tells are none: there
 * were records. */
MUST_CHECK static enum err
end_records(struct etl *r, const uint8_t *at, size_t left)
{
    const struct etl_buffer *now = &r->buffers.now;

    if (r->broken == NULL && left < now->end - r->pos) {
        r->broken = WHY_CUT;
    } else if (r->broken == NULL && now->end_told && left >= ETL_RECORD_HEAD_MIN && at[0] == 0) {
        r->broken = "zeros stand where a record should begin";
    }
    return leave_buffer(r);
}

/* *given: *out is the next record. */
MUST_CHECK static enum err
read_record(struct etl *r, struct etl_item *out, bool *given)
{
    struct etl_record record;
    const uint8_t *at;
    size_t left;
    enum err err = look(r, &at, &left);

    if (err == ERR_END) {
        return leave_buffer(r);
    }
    if (err) {
        return err;
    }
    etl_record_read(at, left, &record, &out->record);
    if (record.kind == ETL_RECORD_TAIL) {
        return end_records(r, at, left);
    }
    if (record.kind == ETL_RECORD_GIVEN) {
        out->record.time_ft = etl_clock_ft(&r->clock, record.stamp);
        if (r->fresh && tells_loss(r, out->record.time_ft)) {
            return ERR_OK;
        }
    }
    r->pos += (record.len + ETL_RECORD_ALIGN - 1) & ~(size_t)(ETL_RECORD_ALIGN - 1);
    if (record.kind == ETL_RECORD_UNSOUND) {
        return step_over_damage(r, &record);
    }
    give(r, &record, out);
    *given = true;
    return ERR_OK;
}

enum err
etl_next(struct etl *r, struct etl_item *out)
{
    bool given = false;

    while (!given) {
        if (take_pending(r, out)) {
            return ERR_OK;
        }
        if (r->over) {
            return r->over;
        }
        r->over = r->in_buffer ? read_record(r, out, &given) : open_buffer(r);
    }
    return ERR_OK;
}

/* -- the computer's name ----------------------------------------------------------------------- */

/* Behind the records of a view that are no SystemConfig CPU record, which this finds by two bytes
 * of its header. */
static size_t
skip_others(const uint8_t *at, size_t left)
{
    size_t pos = 0;

    while (left - pos >= ETL_RECORD_HEAD_MIN) {
        size_t len = etl_record_len(at + pos);

        if (len == 0 || len > left - pos ||
            (at[pos + 7] == GROUP_CONFIG && at[pos + 6] == OPCODE_CPU)) {
            break;
        }
        pos += (len + ETL_RECORD_ALIGN - 1) & ~(size_t)(ETL_RECORD_ALIGN - 1);
        if (pos > left) {
            return left;
        }
    }
    return pos;
}

enum err
etl_find_computer(struct etl *r)
{
    struct etl_item item;
    enum err err = ERR_OK;

    while (!err && r->info.computer[0] == '\0') {
        const uint8_t *at;
        size_t left;

        if (r->in_buffer && look(r, &at, &left) == ERR_OK) {
            r->pos += skip_others(at, left);
        }
        err = etl_next(r, &item); /* the record that stopped it, or what comes behind the buffer */
    }
    return err;
}

/* -- open and close ---------------------------------------------------------------------------- */

/* The header record is the first one of the first buffer. A trace without it has no clock. */
MUST_CHECK static enum err
read_header(struct etl *r)
{
    struct etl_record record;
    struct etw_record rec;
    const uint8_t *at;
    size_t left;
    enum err err = look(r, &at, &left);

    if (err) {
        return err == ERR_END ? ERR_OK : err;
    }
    etl_record_read(at, left, &record, &rec);
    if (record.kind == ETL_RECORD_GIVEN && record.group == GROUP_EVENT_TRACE &&
        rec.opcode == OPCODE_HEADER &&
        !etl_header_read(rec.payload, rec.payload_len, record.stamp, &r->info, &r->clock)) {
        tell_damage(r, r->buffers.now.offset, "the log file header cannot be read");
    }
    return ERR_OK;
}

enum err
etl_open_source(const struct source *source, struct etl **out)
{
    struct etl *r = mem_zalloc(sizeof(*r));
    enum err err;

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    err = etl_buffers_init(&r->buffers, source);
    if (!err) {
        err = open_buffer(r);
        err = err == ERR_END ? ERR_FORMAT : err;
    }
    if (!err) {
        err = read_header(r);
    }
    if (err) {
        etl_close(r);
        return err;
    }
    *out = r;
    return ERR_OK;
}

enum err
etl_open(struct file *f, struct etl **out)
{
    struct source source = source_of_file(f);

    return etl_open_source(&source, out);
}

void
etl_close(struct etl *r)
{
    if (r == NULL) {
        return;
    }
    etl_buffers_fini(&r->buffers);
    mem_free(r);
}

const struct etl_info *
etl_info(const struct etl *r)
{
    return &r->info;
}

const struct etl_stats *
etl_stats(const struct etl *r)
{
    return &r->stats;
}
