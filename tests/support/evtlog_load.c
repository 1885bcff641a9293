/* evtlog_load - walks sound chunks and their fragments; a record it cannot read ends the chunk. */
#include "support/evtlog_load.h"

#include "core/mem.h"
#include "core/rd.h"
#include "core/utf.h"
#include "evtlog/evtx_cache.h"
#include "evtlog/evtx_chunk.h"
#include "evtlog/evtx_record.h"
#include "evtlog/evtx_value.h"
#include "support/evtlog_sim.h"

#define SPANS_MAX 8
#define TEXT_MAX 8192
#define POOL_MAX ((size_t)1024 * 1024)

struct span {
    size_t at, end;
    enum shape_scope scope;
};

struct loader {
    const struct evtlog_load *in;
    struct cache *cache;
    const uint8_t *chunk;
    struct evtlog_sim_record record;
    bool user_data;
    size_t spans;
    struct span span[SPANS_MAX];
    size_t count; /* values of the fragment */
    const uint8_t *descriptors;
    size_t values_at;
    size_t literals_at;
    size_t pool_len;
    uint8_t pool[POOL_MAX]; /* texts and names of one record */
    struct shape scratch;
};

static void *
keep(struct loader *l, const void *data, size_t len)
{
    uint8_t *at = l->pool + l->pool_len;

    l->pool_len += (len + 7) & ~(size_t)7;
    memcpy(at, data, len);
    return at;
}

static struct evtx_value
value_of(const struct loader *l, size_t index)
{
    size_t at = l->values_at;

    for (size_t i = 0; i < index && i < l->count; i++) {
        at += rd_le16(l->descriptors + 4 * i);
    }
    if (index >= l->count) {
        return (struct evtx_value){EVTX_NULL, NULL, 0};
    }
    return (struct evtx_value){l->descriptors[4 * index + 2], l->chunk + at,
                               rd_le16(l->descriptors + 4 * index)};
}

static struct evtx_value
piece_of(struct loader *l, const struct shape_piece *p)
{
    if (p->source == PIECE_VALUE) {
        return value_of(l, p->value);
    }
    if (p->source == PIECE_CHAR) {
        return (struct evtx_value){EVTX_STRING, keep(l, &p->value, 2), 2};
    }
    return (struct evtx_value){p->type, l->chunk + l->literals_at + p->at, p->len};
}

/* One value as it is, several as one string. */
static struct evtx_value
leaf_of(struct loader *l, const struct shape *s, const struct shape_leaf *leaf)
{
    char text[TEXT_MAX];
    uint16_t units[TEXT_MAX];
    size_t len = 0;
    bool cut;

    if (leaf->piece_count == 1) {
        return piece_of(l, &s->piece[leaf->piece_at]);
    }
    for (size_t i = 0; i < leaf->piece_count; i++) {
        struct evtx_value v = piece_of(l, &s->piece[leaf->piece_at + i]);

        len += evtx_value_text(&v, text + len, sizeof(text) - len, &cut);
    }
    len = utf8_to_utf16((struct sv){text, len}, units, TEXT_MAX, &cut);
    return (struct evtx_value){EVTX_STRING, keep(l, units, 2 * len), 2 * len};
}

static struct sv
text_of(struct loader *l, const struct evtx_value *v)
{
    char text[TEXT_MAX];
    size_t len = evtx_value_text(v, text, sizeof(text), NULL);

    return (struct sv){keep(l, text, len), len};
}

static void
take_system(struct loader *l, enum shape_sys sys, const struct evtx_value *v)
{
    struct evtlog_sim_record *r = &l->record;
    uint64_t number = 0;

    if (sys == SYS_PROVIDER) {
        r->provider = text_of(l, v);
    } else if (sys == SYS_CHANNEL) {
        r->channel = text_of(l, v);
    } else if (sys == SYS_COMPUTER) {
        r->computer = text_of(l, v);
    } else if (sys == SYS_TIME) {
        (void)evtx_value_time(v, &r->time_ft);
    } else if (evtx_value_u64(v, &number)) {
        r->event_id = sys == SYS_EVENT_ID ? (uint16_t)number : r->event_id;
        r->version = sys == SYS_VERSION ? (uint16_t)number : r->version;
        r->record_id = sys == SYS_RECORD_ID ? number : r->record_id;
        r->pid = sys == SYS_PROCESS_ID ? (uint32_t)number : r->pid;
    }
}

static void
take_leaves(struct loader *l, const struct shape *s)
{
    struct evtlog_sim_record *r = &l->record;

    for (size_t i = 0; i < s->leaf_count; i++) {
        struct evtx_value v = leaf_of(l, s, &s->leaf[i]);

        if (s->leaf[i].sys != SYS_NONE) {
            take_system(l, (enum shape_sys)s->leaf[i].sys, &v);
        } else if (r->count < EVTLOG_SIM_VALUES_MAX) {
            struct sv name = shape_leaf_name(s, &s->leaf[i]);

            name.p = keep(l, name.p, name.len);
            r->values[r->count++] =
                (struct evtlog_sim_value){name, v.type, (uint32_t)v.len, v.data};
        }
    }
    for (size_t i = 0; i < s->nested_count; i++) {
        struct evtx_value v = value_of(l, s->nested[i].value);
        size_t at = (size_t)(v.data - l->chunk);

        if (v.type == EVTX_XML && v.len > 0 && l->spans < SPANS_MAX) {
            l->user_data = l->user_data || s->nested[i].scope == SCOPE_USERDATA;
            l->span[l->spans++] =
                (struct span){at, at + v.len, (enum shape_scope)s->nested[i].scope};
        }
    }
}

static bool
read_span(struct loader *l, struct span span)
{
    struct cache_template t = {l->chunk, EVTX_CHUNK_LEN, 0, 0, span.scope};
    struct shape_input in = {l->chunk, EVTX_CHUNK_LEN, 0, span.end, span.scope, false};
    struct cache_slot *slot;
    size_t definition;
    size_t at;

    span.at += l->chunk[span.at] == 0x0f ? 4 : 0;
    if (l->chunk[span.at] != 0x0c) {
        in.at = l->literals_at = span.at;
        l->count = 0;
        if (shape_compile(&in, &l->scratch)) {
            return false;
        }
        take_leaves(l, &l->scratch);
        return true;
    }
    definition = rd_le32(l->chunk + span.at + 6);
    t.at = definition + 24;
    t.len = rd_le32(l->chunk + definition + 20);
    at = span.at + 10;
    at += definition == at ? 24 + t.len : 0;
    l->count = rd_le32(l->chunk + at);
    l->descriptors = l->chunk + at + 4;
    l->values_at = at + 4 + 4 * l->count;
    l->literals_at = t.at;
    if (cache_get(l->cache, &t, &slot)) {
        return false;
    }
    take_leaves(l, cache_slot_shape(slot));
    return true;
}

/* Where the data stand is told by the compiled shape only for nested fragments; a record whose
 * fragment is whole is EventData, unless its provider is known to write UserData. */
static bool
is_user_data(const struct loader *l)
{
    static const char *const providers[] = {
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
        "Microsoft-Windows-TerminalServices-LocalSessionManager",
        "Microsoft-Windows-Eventlog",
    };

    for (size_t i = 0; i < COUNT(providers); i++) {
        if (sv_eq(l->record.provider, sv_from(providers[i]))) {
            return true;
        }
    }
    return l->user_data;
}

static bool
load_record(struct loader *l, size_t at, size_t len)
{
    struct sv empty = {"", 0};

    l->pool_len = 0;
    l->user_data = false;
    l->record = (struct evtlog_sim_record){.provider = empty, .channel = empty, .computer = empty};
    l->spans = 1;
    l->span[0] = (struct span){at + RECORD_HEAD_LEN, at + len - RECORD_TAIL_LEN, SCOPE_TOP};
    for (size_t i = 0; i < l->spans; i++) {
        if (!read_span(l, l->span[i])) {
            return false;
        }
    }
    l->record.log = l->in->log.len > 0 ? l->in->log : l->record.channel;
    l->record.wrapper = is_user_data(l) ? SV("EventXML") : empty;
    return evtlog_sim_append(l->in->to, &l->record);
}

/* Behind the fill mark as far as ids follow on one another: the header of a log that was copied
 * while it was written does not know its last records. */
static size_t
load_chunk(struct loader *l)
{
    struct record_head head;
    size_t pos = CHUNK_HEAD_LEN;
    size_t loaded = 0;
    size_t fill = rd_le32(l->chunk + 48);
    uint64_t next = 0;

    while (pos < EVTX_CHUNK_LEN && record_head_read(l->chunk, EVTX_CHUNK_LEN, pos, &head) &&
           (pos < fill || head.id == next) && load_record(l, pos, head.len)) {
        loaded++;
        next = head.id + 1;
        pos += head.len;
    }
    return loaded;
}

size_t
evtlog_load(const struct evtlog_load *in)
{
    struct loader *l = mem_zalloc(sizeof(*l));
    size_t loaded = 0;

    if (l == NULL || cache_create(&l->cache)) {
        mem_free(l);
        return 0;
    }
    l->in = in;
    for (size_t at = FILE_BLOCK_LEN; at + EVTX_CHUNK_LEN <= in->len; at += EVTX_CHUNK_LEN) {
        l->chunk = in->data + at;
        cache_next_chunk(l->cache);
        loaded += memcmp(l->chunk, "ElfChnk", 8) == 0 ? load_chunk(l) : 0;
    }
    cache_destroy(l->cache);
    mem_free(l);
    return loaded;
}
