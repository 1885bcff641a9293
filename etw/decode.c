/* decode - finds the row of a record and fills the event: header first, then the payload. */
#include "etw/decode.h"

#include <assert.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "etw/decode_field.h"

#define ID_SPAN_MAX 300 /* of one set, from its first id to its last */
#define SLOT_COUNT 16

/* Rows of one id, by version. */
struct id_rows {
    const struct etw_def *first;
    size_t count;
};

/* One set, ready to look up. */
struct set_index {
    struct etw_guid guid;
    uint32_t first_id;
    struct sv name;
    struct id_rows ids[ID_SPAN_MAX]; /* by id - first_id */
};

struct etw_decoder {
    const struct set_index *slots[SLOT_COUNT]; /* by set_slot() */
    struct set_index sets[ETW_SET_COUNT];
    struct etw_text text;
    struct etw_payload payload;
};

/* -- looking up -------------------------------------------------------------------------------- */

/* The sets differ in these bits; etw_decoder_create() asserts it. */
static size_t
set_slot(const struct etw_guid *guid)
{
    return guid->bytes[2] % SLOT_COUNT;
}

static void
index_set(struct etw_decoder *d, struct set_index *index, const struct etw_def_set *set)
{
    size_t slot = set_slot(&set->guid);

    assert(d->slots[slot] == NULL);
    d->slots[slot] = index;
    index->guid = set->guid;
    index->first_id = set->defs[0].id;
    index->name = sv_from(etw_provider_name(&set->guid));
    for (size_t i = 0; i < set->count; i++) {
        size_t at = set->defs[i].id - index->first_id;
        struct id_rows *rows = &index->ids[at];

        assert(at < ID_SPAN_MAX);
        if (rows->count == 0) {
            rows->first = &set->defs[i];
        }
        assert(rows->first + rows->count == &set->defs[i]);
        assert(rows->first->version + rows->count == set->defs[i].version);
        rows->count++;
    }
}

static inline const struct set_index *
find_set(const struct etw_decoder *d, const struct etw_guid *guid)
{
    const struct set_index *index = d->slots[set_slot(guid)];

    return index != NULL && memcmp(&index->guid, guid, sizeof(*guid)) == 0 ? index : NULL;
}

/* NULL: no row. The newest known layout reads newer versions, which append. */
static inline const struct etw_def *
find_def(const struct set_index *index, const struct etw_record *rec)
{
    uint32_t at = rec->id - index->first_id; /* wraps below the first: then it is no index either */
    const struct id_rows *rows;
    size_t version;

    if (at >= ID_SPAN_MAX) {
        return NULL;
    }
    rows = &index->ids[at];
    if (rows->count == 0 || rec->version < rows->first->version) {
        return NULL;
    }
    version = (size_t)rec->version - rows->first->version;
    if (version >= rows->count) {
        version = rows->count - 1;
    }
    return rows->first + version;
}

/* -- filling ----------------------------------------------------------------------------------- */

/* What event_init() does. The size is kept from the compiler: clearing in place takes twice the
 * instructions of the library's memset(), which clears CLEAR_LEN at a time; but not what is left.
 */
#define CLEAR_LEN 128u

static void
start_event(struct event *ev, enum event_kind kind, uint64_t time_ft)
{
    static const volatile size_t by_library = sizeof(*ev) / CLEAR_LEN * CLEAR_LEN;
    const size_t cleared = sizeof(*ev) / CLEAR_LEN * CLEAR_LEN;

    memset(ev, 0, by_library);
    memset((uint8_t *)ev + cleared, 0, sizeof(*ev) - cleared);
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
        index_set(d, &d->sets[i], &etw_def_sets[i]);
    }
    d->payload.text = &d->text;
    *out = d;
    return ERR_OK;
}

void
etw_decoder_destroy(struct etw_decoder *d)
{
    mem_free(d);
}

static enum etw_decoded
decode(struct etw_decoder *d, const struct set_index *set, const struct etw_record *rec,
       struct event *ev, const char **why)
{
    static const uint8_t nothing[1];
    const uint8_t *payload = rec->payload == NULL ? nothing : rec->payload;
    const struct etw_def *def = find_def(set, rec);

    if (def == NULL) {
        return ETW_UNKNOWN;
    }
    if (rec->version > def->version) {
        metric_add(METRIC_ETW_VERSIONS_NEWER, 1);
    }
    start_event(ev, (enum event_kind)def->kind, rec->time_ft);
    put_header(ev, rec, set->name);
    d->text.len = 0;
    d->payload.rd = rd_make(payload, rec->payload_len);
    d->payload.ptr_len = rec->ptr_len;
    d->payload.ev = ev;
    *why = etw_payload_read(&d->payload, def->steps, def->count);
    if (*why != NULL) {
        return damaged(rec, set->name, *why, ev);
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

const char *
etw_channel_of(const struct etw_decoder *d, const struct etw_record *rec)
{
    const struct set_index *set = find_set(d, &rec->provider);
    const struct etw_def *def = set == NULL ? NULL : find_def(set, rec);

    return def == NULL ? NULL : def->channel;
}

enum etw_decoded
etw_decode(struct etw_decoder *d, const struct etw_record *rec, struct event *ev, const char **why)
{
    const struct set_index *set = find_set(d, &rec->provider);

    return set == NULL ? ETW_UNKNOWN : decode(d, set, rec, ev, why);
}
