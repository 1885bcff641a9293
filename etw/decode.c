/* decode - finds the row of a record and fills the event: header first, then the payload. */
#include "etw/decode.h"

#include <assert.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "etw/decode_field.h"

#define ID_SPAN_MAX 300 /* of one set, from its first id to its last */
#define SLOT_COUNT 16

/* Rows of one id: the first one's number within its set. */
struct id_rows {
    uint8_t first, count;
};

struct etw_decoder {
    uint8_t slots[SLOT_COUNT]; /* by set_slot(): number of the set + 1; 0 = none */
    struct sv names[ETW_SET_COUNT];
    struct id_rows ids[ETW_SET_COUNT][ID_SPAN_MAX]; /* by id - the set's first id */
    struct etw_text text;
};

/* -- looking up -------------------------------------------------------------------------------- */

/* The sets differ in these bits; etw_decoder_create() asserts it. */
static size_t
set_slot(const struct etw_guid *guid)
{
    return guid->bytes[2] % SLOT_COUNT;
}

static void
index_set(struct etw_decoder *d, size_t set)
{
    const struct etw_def_set *s = &etw_def_sets[set];
    size_t slot = set_slot(&s->guid);

    assert(d->slots[slot] == 0);
    d->slots[slot] = (uint8_t)(set + 1);
    d->names[set] = sv_from(etw_provider_name(&s->guid));
    for (size_t i = 0; i < s->count; i++) {
        size_t at = (size_t)s->defs[i].id - s->defs[0].id;
        struct id_rows *rows = &d->ids[set][at];

        assert(at < ID_SPAN_MAX && i <= UINT8_MAX);
        if (rows->count == 0) {
            rows->first = (uint8_t)i;
        }
        assert(rows->first + rows->count == i);
        rows->count++;
    }
}

/* NULL: no row. The newest known layout reads newer versions, which append. */
static const struct etw_def *
find_def(const struct etw_decoder *d, const struct etw_record *rec, size_t *set)
{
    size_t slot = d->slots[set_slot(&rec->provider)];
    const struct etw_def_set *s;
    const struct etw_def *def;
    struct id_rows rows;
    size_t at;

    if (slot == 0) {
        return NULL;
    }
    *set = slot - 1;
    s = &etw_def_sets[*set];
    at = (size_t)rec->id - s->defs[0].id; /* wraps below the first: then it is no index either */
    if (memcmp(&s->guid, &rec->provider, sizeof(s->guid)) != 0 || at >= ID_SPAN_MAX) {
        return NULL;
    }
    rows = d->ids[*set][at];
    def = &s->defs[rows.first];
    if (rows.count == 0 || rec->version < def->version) {
        return NULL;
    }
    at = (size_t)rec->version - def->version;
    if (at >= rows.count) {
        metric_add(METRIC_ETW_VERSIONS_NEWER, 1);
        at = rows.count - 1u;
    }
    return def + at;
}

/* -- filling ----------------------------------------------------------------------------------- */

/* As event_init(), for a record in every few hundred instructions: the compiler knows the size
 * there and writes the words out one by one, which costs twice the library's way. */
static void
start_event(struct event *ev, enum event_kind kind, uint64_t time_ft)
{
    static const volatile size_t event_len = sizeof(*ev);

    memset(ev, 0, event_len);
    ev->kind = kind;
    ev->time_ft = time_ft;
}

static void
put_header(struct event *ev, const struct etw_record *rec, struct sv provider)
{
    event_set(ev, provider, provider);
    event_set(ev, event_id, rec->id);
    event_set(ev, version, rec->version);
    if (rec->pid != 0 && rec->pid != ETW_NO_ID) {
        event_set(ev, logger_pid, rec->pid);
    }
}

static bool
is_group(const struct addr *a)
{
    static const uint8_t everyone[4] = {255, 255, 255, 255};

    if (a->family == ADDR_V4) {
        return a->bytes[0] >> 4 == 14 || memcmp(a->bytes, everyone, sizeof(everyone)) == 0;
    }
    return a->bytes[0] == 0xFF;
}

/* Of a datagram to a group, saddr is who sent it, and daddr the group it was received from. */
static void
turn_group(struct event *ev)
{
    const uint64_t src = UINT64_C(1) << EVF_src | UINT64_C(1) << EVF_src_port;
    const uint64_t dst = UINT64_C(1) << EVF_dst | UINT64_C(1) << EVF_dst_port;
    struct addr group = ev->src;
    uint16_t port = ev->src_port;
    uint64_t has = ev->has;

    _Static_assert(EVF_dst == EVF_src + 2 && EVF_dst_port == EVF_src_port + 2, "two bits apart");
    ev->src = ev->dst;
    ev->src_port = ev->dst_port;
    ev->dst = group;
    ev->dst_port = port;
    ev->has = (has & ~(src | dst)) | (has & src) << 2 | (has & dst) >> 2;
}

static void
put_network(struct event *ev, const struct etw_def *def)
{
    event_set(ev, transport, def->transport);
    if (def->action.len > 0) {
        event_set(ev, action, def->action);
    }
    if (def->may_be_group && event_has(ev, src) && is_group(&ev->src)) {
        turn_group(ev);
    }
}

/* Account, session and start key of the header are those of who logged. The kernel logs the start
 * of a process within its parent, and network events within whatever process it interrupted. */
static void
put_extended(struct event *ev, const struct etw_record *rec, struct etw_text *text)
{
    bool about_logger = event_has(ev, process_id) && ev->process_id == rec->pid;

    if (rec->sid != NULL && about_logger && !event_has(ev, sid)) {
        event_set(ev, sid, etw_sid_text(text, rec->sid));
    } else if (rec->sid != NULL && ev->kind == EV_PROCESS_START) {
        event_set(ev, subject_sid, etw_sid_text(text, rec->sid));
    }
    if (rec->has_session && about_logger && !event_has(ev, session_id)) {
        event_set(ev, session_id, rec->session_id);
    }
    if (rec->start_key != 0 && about_logger && !event_has(ev, process_start_key)) {
        event_set(ev, process_start_key, rec->start_key);
    }
}

static enum etw_decoded
damaged(const struct etw_record *rec, struct sv provider, const char *why, struct event *ev)
{
    event_init(ev, EV_ANOMALY, rec->time_ft);
    put_header(ev, rec, provider);
    event_set(ev, text, sv_from(why));
    metric_add(METRIC_ETW_RECORDS_UNDECODED, 1);
    return ETW_DAMAGED;
}

/* -- interface --------------------------------------------------------------------------------- */

enum err
etw_decoder_create(struct etw_decoder **out)
{
    struct etw_decoder *d;

    *out = NULL;
    d = mem_zalloc(sizeof(*d));
    if (d == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < ETW_SET_COUNT; i++) {
        index_set(d, i);
    }
    *out = d;
    return ERR_OK;
}

void
etw_decoder_destroy(struct etw_decoder *d)
{
    mem_free(d);
}

enum etw_decoded
etw_decode(struct etw_decoder *d, const struct etw_record *rec, struct event *ev, const char **why)
{
    static const uint8_t nothing[1];
    const uint8_t *payload = rec->payload == NULL ? nothing : rec->payload;
    struct etw_payload p = {rd_make(payload, rec->payload_len), rec->ptr_len, &d->text, ev};
    size_t set;
    const struct etw_def *def = find_def(d, rec, &set);

    if (def == NULL) {
        return ETW_UNKNOWN;
    }
    start_event(ev, (enum event_kind)def->kind, rec->time_ft);
    put_header(ev, rec, d->names[set]);
    d->text.len = 0;
    *why = etw_payload_read(&p, def->steps, def->count);
    if (*why != NULL) {
        return damaged(rec, d->names[set], *why, ev);
    }
    if (def->transport.len > 0) {
        put_network(ev, def);
    }
    if (def->pid_of_header && rec->pid != 0 && rec->pid != ETW_NO_ID) {
        event_set(ev, process_id, rec->pid);
    }
    if (rec->sid != NULL || rec->has_session || rec->start_key != 0) {
        put_extended(ev, rec, &d->text);
    }
    return ETW_EVENT;
}
