/*
 * evtx_record - walks the fragments of a record.
 *
 * A record is a fragment; values of its template may be fragments again (EventData of manifest
 * providers, UserData). They are queued, not recursed into.
 */
#include "evtlog/evtx_record.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/rd.h"
#include "core/tm.h"
#include "core/utf.h"
#include "evtlog/evtx_cache.h"
#include "evtlog/evtx_field.h"

#define FRAGMENT_TOKEN 0x0f
#define FRAGMENT_HEAD_LEN 4
#define TEMPLATE_TOKEN 0x0c
#define TEMPLATE_HEAD_LEN 24 /* next definition, GUID, length of the data */
#define TEMPLATE_GUID_AT 4
#define TEMPLATE_LEN_AT 20
#define DESCRIPTOR_LEN 4 /* u16 length, u8 type, u8 zero */
#define RAW_MAX 512

/* Bytes to read as a fragment. */
struct span {
    size_t at, end;
    enum shape_scope scope;
};

/* A shape and the values that go with it. */
struct fragment {
    const struct shape *shape;
    struct cache_slot *slot; /* NULL: compiled for this record only */
    size_t literals_at;      /* offsets of literals count from here */
    const uint8_t *descriptors;
    size_t count; /* values; those beyond RECORD_VALUES_MAX are not used */
    size_t values_at;
    uint16_t value_at[RECORD_VALUES_MAX]; /* behind values_at */
};

/* A text that repeats from record to record, converted once. */
struct repeat {
    uint64_t changes;
    unsigned type;
    size_t raw_len; /* SIZE_MAX: nothing kept */
    uint8_t raw[RAW_MAX];
    size_t len;
    char text[EVENT_TEXT_MAX];
};

/* What System says. */
struct system_part {
    uint32_t seen; /* bit per enum shape_sys */
    uint64_t number[SYS_COUNT];
    struct sv text[SYS_COUNT];
};

struct record_reader {
    struct cache *cache;
    const struct record_input *in;
    struct system_part system;
    struct repeat provider, channel, computer;
    uint64_t row_provider; /* provider.changes for which `row` is */
    uint32_t row_id;
    const struct evtmap_row *row;
    size_t span_count;
    struct span span[RECORD_FRAGMENTS_MAX];
    struct fragment fragment;
    struct shape_bind scratch_bind;
    struct event event;
    struct field_arena arena;
    char joined[EVENT_SCRIPT_MAX]; /* a text of several pieces */
    struct shape scratch;          /* of a fragment without a template */
};

_Static_assert(sizeof(struct record_reader) + CACHE_MEMORY_MAX <= RECORD_READER_MEMORY_MAX,
               "a record reader keeps to its limit");

/* -- life -------------------------------------------------------------------------------------- */

enum err
record_reader_create(struct record_reader **out)
{
    struct record_reader *r = mem_zalloc(sizeof(*r));
    enum err err;

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    err = cache_create(&r->cache);
    if (err) {
        goto done;
    }
    r->provider.raw_len = r->channel.raw_len = r->computer.raw_len = SIZE_MAX;
    *out = r;
    r = NULL;
done:
    record_reader_destroy(r);
    return err;
}

void
record_reader_destroy(struct record_reader *r)
{
    if (r == NULL) {
        return;
    }
    cache_destroy(r->cache);
    mem_free(r);
}

void
record_reader_next_chunk(struct record_reader *r)
{
    cache_next_chunk(r->cache);
}

void
record_reader_other_base(struct record_reader *r)
{
    cache_other_base(r->cache);
}

/* -- values ------------------------------------------------------------------------------------ */

static struct evtx_value
fragment_value(const struct record_reader *r, size_t index)
{
    const struct fragment *f = &r->fragment;
    const uint8_t *d;

    if (index >= f->count || index >= RECORD_VALUES_MAX) {
        return (struct evtx_value){EVTX_NULL, NULL, 0};
    }
    d = f->descriptors + DESCRIPTOR_LEN * index;
    return (struct evtx_value){d[2], r->in->chunk + f->values_at + f->value_at[index], rd_le16(d)};
}

static struct evtx_value
piece_value(const struct record_reader *r, const struct shape_piece *piece, uint8_t unit[2])
{
    switch ((enum shape_source)piece->source) {
    case PIECE_LITERAL:
        return (struct evtx_value){piece->type, r->in->chunk + r->fragment.literals_at + piece->at,
                                   piece->len};
    case PIECE_CHAR:
        unit[0] = (uint8_t)piece->value;
        unit[1] = (uint8_t)(piece->value >> 8);
        return (struct evtx_value){EVTX_STRING, unit, 2};
    case PIECE_VALUE:
        break;
    }
    return fragment_value(r, piece->value);
}

/* The value of an element or attribute; several pieces become one text. Lives until the next
 * call. */
static struct evtx_value
leaf_value(struct record_reader *r, const struct shape_leaf *leaf)
{
    const struct shape_piece *piece = &r->fragment.shape->piece[leaf->piece_at];
    size_t len = 0;

    if (leaf->piece_count == 1 && piece->source != PIECE_CHAR) {
        return piece_value(r, piece, NULL);
    }
    for (size_t i = 0; i < leaf->piece_count; i++) {
        uint8_t unit[2];
        struct evtx_value v = piece_value(r, &piece[i], unit);
        bool cut;

        len += evtx_value_text(&v, r->joined + len, sizeof(r->joined) - len, &cut);
        if (cut) {
            metric_add(METRIC_TEXTS_CUT, 1);
            break;
        }
    }
    return (struct evtx_value){EVTX_UTF8, (const uint8_t *)r->joined, len};
}

/* -- fragments --------------------------------------------------------------------------------- */

/* Checks the descriptors against the bytes and remembers where each value begins. */
MUST_CHECK static enum err
read_values(struct fragment *f, struct rd *rd)
{
    size_t left;
    size_t at = 0;
    uint32_t count;
    enum err err = rd_u32(rd, &count);

    if (err || count > rd_left(rd) / DESCRIPTOR_LEN) {
        return ERR_FORMAT;
    }
    f->count = count;
    err = rd_bytes(rd, DESCRIPTOR_LEN * f->count, &f->descriptors);
    if (err) {
        return err;
    }
    f->values_at = rd->pos;
    left = rd_left(rd);
    for (size_t i = 0; i < f->count; i++) {
        size_t len = rd_le16(f->descriptors + DESCRIPTOR_LEN * i);

        if (i < RECORD_VALUES_MAX) {
            f->value_at[i] = (uint16_t)at;
        }
        if (len > left - at) {
            return ERR_FORMAT;
        }
        at += len;
    }
    return ERR_OK;
}

/* Template token, a byte, the definition's id and its offset; when that offset is here, the
 * definition itself; then the values. */
MUST_CHECK static enum err
read_template(struct record_reader *r, const struct span *span)
{
    struct fragment *f = &r->fragment;
    struct rd rd = rd_make(r->in->chunk, span->end);
    struct cache_template t = {r->in->chunk, r->in->chunk_len, 0, 0, span->scope};
    uint32_t id;
    uint32_t definition;
    enum err err = rd_seek(&rd, span->at + 2);

    if (!err) {
        err = rd_u32(&rd, &id);
    }
    if (!err) {
        err = rd_u32(&rd, &definition);
    }
    if (err) {
        return err;
    }
    if (t.chunk_len < TEMPLATE_HEAD_LEN || definition > t.chunk_len - TEMPLATE_HEAD_LEN) {
        return ERR_FORMAT;
    }
    t.at = definition + TEMPLATE_HEAD_LEN;
    t.len = rd_le32(t.chunk + definition + TEMPLATE_LEN_AT);
    if (t.len > t.chunk_len - t.at || rd_le32(t.chunk + definition + TEMPLATE_GUID_AT) != id) {
        return ERR_FORMAT;
    }
    if (definition == rd.pos) {
        err = rd_skip(&rd, TEMPLATE_HEAD_LEN + t.len);
    }
    if (!err) {
        err = cache_get(r->cache, &t, &f->slot);
    }
    if (err) {
        return err;
    }
    f->shape = cache_slot_shape(f->slot);
    f->literals_at = t.at;
    return read_values(f, &rd);
}

MUST_CHECK static enum err
read_fragment(struct record_reader *r, const struct span *whole)
{
    struct fragment *f = &r->fragment;
    struct span span = *whole;
    struct shape_input in = {.chunk = r->in->chunk, .chunk_len = r->in->chunk_len};
    enum err err;

    if (span.end - span.at > FRAGMENT_HEAD_LEN && in.chunk[span.at] == FRAGMENT_TOKEN) {
        span.at += FRAGMENT_HEAD_LEN;
    }
    if (span.at < span.end && in.chunk[span.at] == TEMPLATE_TOKEN) {
        return read_template(r, &span);
    }
    in.at = span.at;
    in.end = span.end;
    in.scope = span.scope;
    err = shape_compile(&in, &r->scratch);
    if (err) {
        return err;
    }
    f->shape = &r->scratch;
    f->slot = NULL;
    f->literals_at = span.at;
    f->count = 0;
    return ERR_OK;
}

/* Values that are fragments themselves wait for their turn. */
static void
queue_nested(struct record_reader *r)
{
    const struct shape *shape = r->fragment.shape;

    for (size_t i = 0; i < shape->nested_count; i++) {
        struct evtx_value v = fragment_value(r, shape->nested[i].value);
        size_t at;

        if (v.type != EVTX_XML || v.len == 0 || r->span_count == RECORD_FRAGMENTS_MAX) {
            continue;
        }
        at = (size_t)(v.data - r->in->chunk);
        r->span[r->span_count++] =
            (struct span){at, at + v.len, (enum shape_scope)shape->nested[i].scope};
    }
}

/* -- System ------------------------------------------------------------------------------------ */

static struct sv
repeat_text(struct repeat *kept, const struct evtx_value *v)
{
    if (kept->type != v->type || kept->raw_len != v->len ||
        memcmp(kept->raw, v->data, v->len) != 0) {
        kept->len = evtx_value_text(v, kept->text, sizeof(kept->text), NULL);
        kept->type = v->type;
        kept->raw_len = SIZE_MAX;
        kept->changes++;
        if (v->len <= RAW_MAX) {
            memcpy(kept->raw, v->data, v->len);
            kept->raw_len = v->len;
        }
    }
    return (struct sv){kept->text, kept->len};
}

static void
take_system(struct record_reader *r, enum shape_sys sys, const struct evtx_value *v)
{
    struct system_part *s = &r->system;
    bool ok = true;

    if ((s->seen >> sys & 1) != 0 || v->type == EVTX_NULL || v->len == 0) {
        return;
    }
    switch (sys) {
    case SYS_PROVIDER:
        s->text[sys] = repeat_text(&r->provider, v);
        break;
    case SYS_CHANNEL:
        s->text[sys] = repeat_text(&r->channel, v);
        break;
    case SYS_COMPUTER:
        s->text[sys] = repeat_text(&r->computer, v);
        break;
    case SYS_TIME:
        ok = evtx_value_time(v, &s->number[sys]) && s->number[sys] != 0 &&
             s->number[sys] <= TM_MAX_FT;
        break;
    case SYS_EVENT_ID:
    case SYS_VERSION:
    case SYS_RECORD_ID:
    case SYS_PROCESS_ID:
    case SYS_LEVEL:
    case SYS_USER_ID: /* read by take_system_of_row() */
    case SYS_COUNT:
        ok = evtx_value_u64(v, &s->number[sys]);
        break;
    }
    if (ok) {
        s->seen |= 1u << sys;
    }
}

static bool
has_system(const struct record_reader *r, enum shape_sys sys)
{
    return (r->system.seen >> sys & 1) != 0;
}

static void
read_system(struct record_reader *r)
{
    const struct shape *shape = r->fragment.shape;

    for (size_t i = 0; i < shape->leaf_count; i++) {
        if (shape->leaf[i].sys < SYS_LEVEL) {
            struct evtx_value v = leaf_value(r, &shape->leaf[i]);

            take_system(r, (enum shape_sys)shape->leaf[i].sys, &v);
        }
    }
}

/* -- data -------------------------------------------------------------------------------------- */

static void
read_data(struct record_reader *r, const struct evtmap_row *row)
{
    const struct fragment *f = &r->fragment;
    const struct shape_bind *bind = &r->scratch_bind;

    if (f->slot != NULL) {
        bind = cache_slot_bind(f->slot, row);
    } else {
        shape_bind_make(f->shape, row, &r->scratch_bind);
    }
    for (size_t i = 0; i < bind->count; i++) {
        const struct shape_op *op = &bind->op[i];
        struct evtx_value v = op->value != OP_NO_VALUE ? fragment_value(r, op->value)
                                                       : leaf_value(r, &f->shape->leaf[op->leaf]);

        if (v.len > 0) {
            field_put(&r->event, &r->arena, &row->fields[op->field], &v);
        }
    }
}

MUST_CHECK static enum err
read_all_data(struct record_reader *r, const struct evtmap_row *row)
{
    read_data(r, row);
    queue_nested(r);
    for (size_t i = 0; i < r->span_count; i++) {
        enum err err = read_fragment(r, &r->span[i]);

        if (err) {
            return err;
        }
        read_data(r, row);
        queue_nested(r);
    }
    return ERR_OK;
}

/* -- the record -------------------------------------------------------------------------------- */

static void
fill_item(struct record_reader *r, struct evtx_item *out)
{
    const uint8_t *head = r->in->chunk + r->in->at;
    const struct system_part *s = &r->system;
    uint64_t logged_ft = rd_le64(head + 16);

    *out = (struct evtx_item){
        .kind = EVTX_ITEM_UNMAPPED,
        .provider = s->text[SYS_PROVIDER],
        .channel = s->text[SYS_CHANNEL],
        .host = s->text[SYS_COMPUTER],
        .event_id = (uint32_t)s->number[SYS_EVENT_ID],
        .version = (uint32_t)s->number[SYS_VERSION],
        .record_id = has_system(r, SYS_RECORD_ID) ? s->number[SYS_RECORD_ID] : rd_le64(head + 8),
        .time_ft = has_system(r, SYS_TIME)  ? s->number[SYS_TIME]
                   : logged_ft <= TM_MAX_FT ? logged_ft
                                            : 0,
    };
}

/* Of System, what only some rows want; while the fragment that holds System is at hand. */
static void
take_system_of_row(struct record_reader *r, const struct evtmap_row *row)
{
    const struct shape *shape = r->fragment.shape;

    for (size_t i = 0; i < shape->leaf_count; i++) {
        unsigned sys = shape->leaf[i].sys;

        if (sys == SYS_LEVEL || sys == SYS_USER_ID) {
            struct evtx_value v = leaf_value(r, &shape->leaf[i]);

            field_put_system(&r->event, &r->arena, row,
                             sys == SYS_LEVEL ? EVTMAP_LEVEL : EVTMAP_USER, &v);
        }
    }
}

static void
begin_event(struct record_reader *r, const struct evtx_item *item, const struct evtmap_row *row)
{
    const struct field_system system = {
        .provider = item->provider,
        .channel = item->channel,
        .host = item->host,
        .event_id = item->event_id,
        .version = item->version,
        .record_id = item->record_id,
        .time_ft = item->time_ft,
        .logger_pid =
            has_system(r, SYS_PROCESS_ID) ? (uint32_t)r->system.number[SYS_PROCESS_ID] : 0,
    };

    field_begin(&r->event, &r->arena, row, &system);
    if ((row->system & (EVTMAP_LEVEL | EVTMAP_USER)) != 0) {
        take_system_of_row(r, row);
    }
}

/* Records of one provider and id come in runs. */
static const struct evtmap_row *
find_row(struct record_reader *r, const struct evtx_item *item)
{
    if (r->row_provider != r->provider.changes || r->row_id != item->event_id) {
        r->row = evtmap_find(item->provider, item->event_id);
        r->row_provider = r->provider.changes;
        r->row_id = item->event_id;
    }
    return r->row;
}

/* Whether the part before the tear is this record's own; the channel may lie behind it. */
static bool
take_torn(struct record_reader *r)
{
    if (!has_system(r, SYS_RECORD_ID) || r->system.number[SYS_RECORD_ID] != r->in->id ||
        !sv_eq(r->system.text[SYS_COMPUTER], r->in->host)) {
        return false;
    }
    r->system.text[SYS_CHANNEL] = r->in->channel;
    return true;
}

enum err
record_read(struct record_reader *r, const struct record_input *in, struct evtx_item *out)
{
    struct span whole = {in->at + RECORD_HEAD_LEN, in->at + in->len - RECORD_TAIL_LEN, SCOPE_TOP};
    const struct evtmap_row *row;
    struct evtx_item item;
    enum err err;

    r->in = in;
    r->span_count = 0;
    memset(&r->system, 0, sizeof(r->system));
    err = read_fragment(r, &whole);
    if (err) {
        return err;
    }
    read_system(r);
    if (r->system.text[SYS_PROVIDER].len == 0 || !has_system(r, SYS_EVENT_ID)) {
        return ERR_FORMAT;
    }
    if (in->torn && !take_torn(r)) {
        return ERR_FORMAT;
    }
    fill_item(r, &item);
    row = find_row(r, &item);
    if (row != NULL) {
        begin_event(r, &item, row);
        err = in->torn ? ERR_OK : read_all_data(r, row);
        item.kind = EVTX_ITEM_EVENT;
        item.event = &r->event;
    }
    if (!err) {
        *out = item;
    }
    return err;
}
