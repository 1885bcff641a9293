/* event - tables made from the lists, packing, and the total order of events. */
#include "core/event.h"

#include <string.h>

#include "core/metrics.h"
#include "core/rd.h"
#include "core/utf.h"

#define VARINT_MAX 10 /* bytes of a 64-bit number in groups of seven bits */
#define ADDR_PACKED_MAX (1 + 16 + VARINT_MAX)
#define PACKED_KIND_AT 8 /* behind the time */
#define PACKED_MIN 10    /* time, kind, no fields */
#define MORE_FIELDS ((UINT64_C(1) << (EVF_COUNT - EVENT_WORD_BITS)) - 1)
_Static_assert(EVF_COUNT > EVENT_WORD_BITS && EVF_COUNT < 2 * EVENT_WORD_BITS,
               "all of the first word's bits are fields, and some of the second's");

#define KIND_HAS_MORE 0x80u /* a second word of presence bits follows the first */
_Static_assert(EV_COUNT <= KIND_HAS_MORE, "kinds leave the bit alone");

const struct event_field_info event_field_info[EVF_COUNT] = {
#define FIELD(type, name, meaning) {#name, meaning, EVT_##type, offsetof(struct event, name)},
#include "core/event_fields.h"
#undef FIELD
};

static const struct {
    const char *name;
    const char *meaning;
} kinds[EV_COUNT] = {
    [EV_NONE] = {"none", "no event"},
#define KIND(NAME, name, meaning) [EV_##NAME] = {name, meaning},
#include "core/event_kinds.h"
#undef KIND
};

/* The largest event fits its packed form: counted from the same list. */
#define PACKED_STR (VARINT_MAX + EVENT_TEXT_MAX)
#define PACKED_U32 VARINT_MAX
#define PACKED_HEX32 VARINT_MAX
#define PACKED_ID64 VARINT_MAX
#define PACKED_TIME VARINT_MAX
#define PACKED_ADDR ADDR_PACKED_MAX
#define PACKED_PORT VARINT_MAX
enum {
    PACKED_FIELDS_MAX = 0
#define FIELD(type, name, meaning) +PACKED_##type
#include "core/event_fields.h"
#undef FIELD
};
_Static_assert(8 + 1 + 2 * VARINT_MAX + PACKED_FIELDS_MAX + 2 * EVENT_LONG_TEXT_MAX +
                       EVENT_SCRIPT_MAX <=
                   EVENT_PACKED_MAX,
               "the largest event fits EVENT_PACKED_MAX");

const char *
event_kind_name(enum event_kind kind)
{
    return (unsigned)kind < EV_COUNT ? kinds[kind].name : "none";
}

const char *
event_kind_meaning(enum event_kind kind)
{
    return (unsigned)kind < EV_COUNT ? kinds[kind].meaning : "";
}

enum event_kind
event_kind_find(struct sv name)
{
    for (unsigned k = EV_NONE + 1; k < EV_COUNT; k++) {
        if (sv_eq(name, sv_from(kinds[k].name))) {
            return (enum event_kind)k;
        }
    }
    return EV_NONE;
}

void
event_init(struct event *ev, enum event_kind kind, uint64_t time_ft)
{
    memset(ev, 0, sizeof(*ev));
    ev->kind = kind;
    ev->time_ft = time_ft;
}

/* -- fields by number ---------------------------------------------------------------------------
 */

/* Presence bits that are left to look at. */
struct field_set {
    uint64_t low, more;
};

static bool
has_field(const struct field_set *set)
{
    return (set->low | set->more) != 0;
}

/* Removes the lowest field from a set that has one, and returns it. */
static enum event_field
take_field(struct field_set *set)
{
    int field;

    if (set->low != 0) {
        field = __builtin_ctzll(set->low);
        set->low &= set->low - 1;
    } else {
        field = EVENT_WORD_BITS + __builtin_ctzll(set->more);
        set->more &= set->more - 1;
    }
    return (enum event_field)field;
}

static const uint8_t *
field_at(const struct event *ev, enum event_field field)
{
    return (const uint8_t *)ev + event_field_info[field].offset;
}

static struct sv
get_text(const uint8_t *at)
{
    struct sv s;

    memcpy(&s, at, sizeof(s));
    return s;
}

static struct addr
get_addr(const uint8_t *at)
{
    struct addr a;

    memcpy(&a, at, sizeof(a));
    return a;
}

/* A number of any width. */
static uint64_t
get_number(const uint8_t *at, enum event_field_type type)
{
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    switch (type) {
    case EVT_ID64:
    case EVT_TIME:
        memcpy(&u64, at, sizeof(u64));
        return u64;
    case EVT_PORT:
        memcpy(&u16, at, sizeof(u16));
        return u16;
    case EVT_U32:
    case EVT_HEX32:
    case EVT_STR:
    case EVT_ADDR:
        break;
    }
    memcpy(&u32, at, sizeof(u32));
    return u32;
}

/* -- packing ------------------------------------------------------------------------------------
 */

/* Where packed bytes go; `full` is sticky. */
struct packer {
    uint8_t *out;
    size_t cap;
    size_t len;
    bool full;
};

static void
put_bytes(struct packer *p, const void *data, size_t len)
{
    if (p->full || len > p->cap - p->len) {
        p->full = true;
        return;
    }
    if (len > 0) {
        memcpy(p->out + p->len, data, len);
    }
    p->len += len;
}

static void
put_varint(struct packer *p, uint64_t value)
{
    uint8_t bytes[VARINT_MAX];
    size_t len = 0;

    if (value < 0x80 && p->len < p->cap && !p->full) { /* most of them */
        p->out[p->len++] = (uint8_t)value;
        return;
    }
    while (value >= 0x80) {
        bytes[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[len++] = (uint8_t)value;
    put_bytes(p, bytes, len);
}

static void
put_text(struct packer *p, struct sv s, size_t max_len)
{
    if (s.len > max_len) {
        s = utf8_cut(s, max_len);
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    put_varint(p, s.len);
    put_bytes(p, s.p, s.len);
}

static void
put_addr(struct packer *p, const struct addr *a)
{
    put_bytes(p, &a->family, 1);
    if (a->family == ADDR_V4) {
        put_bytes(p, a->bytes, 4);
    } else if (a->family == ADDR_V6) {
        put_bytes(p, a->bytes, sizeof(a->bytes));
        put_varint(p, a->zone);
    }
}

MUST_CHECK enum err
event_pack(const struct event *ev, uint8_t *out, size_t cap, size_t *out_len)
{
    struct packer p = {.out = out, .cap = cap};
    struct field_set left = {ev->has, ev->has_more & MORE_FIELDS};
    uint8_t kind = (uint8_t)((unsigned)ev->kind | (left.more != 0 ? KIND_HAS_MORE : 0));

    put_bytes(&p, &ev->time_ft, sizeof(ev->time_ft));
    put_bytes(&p, &kind, sizeof(kind));
    put_varint(&p, left.low);
    if (left.more != 0) {
        put_varint(&p, left.more);
    }
    while (has_field(&left)) {
        enum event_field field = take_field(&left);
        enum event_field_type type = event_field_info[field].type;
        const uint8_t *at = field_at(ev, field);

        if (type == EVT_STR) {
            put_text(&p, get_text(at), event_text_max(field));
        } else if (type == EVT_ADDR) {
            struct addr a = get_addr(at);
            put_addr(&p, &a);
        } else {
            put_varint(&p, get_number(at, type));
        }
    }
    if (p.full) {
        return ERR_FULL;
    }
    *out_len = p.len;
    return ERR_OK;
}

/* -- unpacking ----------------------------------------------------------------------------------
 */

/* ERR_FORMAT when it ends early or has bits beyond 64. */
MUST_CHECK static enum err
take_varint(struct rd *rd, uint64_t *out)
{
    uint64_t value = 0;

    if (rd_left(rd) > 0 && rd->data[rd->pos] < 0x80) { /* most of them */
        *out = rd->data[rd->pos++];
        return ERR_OK;
    }
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte;

        if (rd_u8(rd, &byte) || (shift == 63 && byte > 1)) {
            return ERR_FORMAT;
        }
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return ERR_OK;
        }
    }
    return ERR_FORMAT;
}

MUST_CHECK static enum err
take_text(struct rd *rd, size_t max_len, uint8_t *at)
{
    uint64_t len;
    const uint8_t *bytes;
    struct sv s;

    if (take_varint(rd, &len) || len > max_len || rd_bytes(rd, (size_t)len, &bytes)) {
        return ERR_FORMAT;
    }
    s = (struct sv){(const char *)bytes, (size_t)len};
    memcpy(at, &s, sizeof(s));
    return ERR_OK;
}

MUST_CHECK static enum err
take_addr(struct rd *rd, uint8_t *at)
{
    struct addr a = {0};
    const uint8_t *bytes;
    uint64_t zone = 0;
    size_t len;

    if (rd_u8(rd, &a.family)) {
        return ERR_FORMAT;
    }
    if (a.family != ADDR_NONE && a.family != ADDR_V4 && a.family != ADDR_V6) {
        return ERR_FORMAT;
    }
    len = a.family == ADDR_V6 ? 16 : a.family;
    if (rd_bytes(rd, len, &bytes)) {
        return ERR_FORMAT;
    }
    memcpy(a.bytes, bytes, len);
    if (a.family == ADDR_V6 && (take_varint(rd, &zone) || zone > UINT32_MAX)) {
        return ERR_FORMAT;
    }
    a.zone = (uint32_t)zone;
    memcpy(at, &a, sizeof(a));
    return ERR_OK;
}

MUST_CHECK static enum err
take_number(struct rd *rd, enum event_field_type type, uint8_t *at)
{
    uint64_t value;
    uint32_t u32;
    uint16_t u16;

    if (take_varint(rd, &value)) {
        return ERR_FORMAT;
    }
    if (type == EVT_ID64 || type == EVT_TIME) {
        memcpy(at, &value, sizeof(value));
        return ERR_OK;
    }
    if (value > (type == EVT_PORT ? UINT16_MAX : UINT32_MAX)) {
        return ERR_FORMAT;
    }
    if (type == EVT_PORT) {
        u16 = (uint16_t)value;
        memcpy(at, &u16, sizeof(u16));
        return ERR_OK;
    }
    u32 = (uint32_t)value;
    memcpy(at, &u32, sizeof(u32));
    return ERR_OK;
}

MUST_CHECK static enum err
take_one(struct rd *rd, enum event_field field, struct event *ev)
{
    uint8_t *at = (uint8_t *)ev + event_field_info[field].offset;
    enum event_field_type type = event_field_info[field].type;

    if (type == EVT_STR) {
        return take_text(rd, event_text_max(field), at);
    }
    return type == EVT_ADDR ? take_addr(rd, at) : take_number(rd, type, at);
}

MUST_CHECK enum err
event_unpack(const uint8_t *data, size_t len, struct event *ev)
{
    struct rd rd = rd_make(data, len);
    struct field_set has = {0, 0};
    uint64_t time_ft;
    uint8_t kind;

    if (rd_u64(&rd, &time_ft) || rd_u8(&rd, &kind) || take_varint(&rd, &has.low)) {
        return ERR_FORMAT;
    }
    if ((kind & KIND_HAS_MORE) != 0 && (take_varint(&rd, &has.more) || has.more == 0)) {
        return ERR_FORMAT;
    }
    kind = (uint8_t)(kind & ~KIND_HAS_MORE);
    if (kind >= EV_COUNT || (has.more & ~MORE_FIELDS) != 0) {
        return ERR_FORMAT;
    }
    event_init(ev, (enum event_kind)kind, time_ft);
    ev->has = has.low;
    ev->has_more = has.more;
    while (has_field(&has)) {
        enum err err = take_one(&rd, take_field(&has), ev);

        if (err) {
            return err;
        }
    }
    return rd_left(&rd) == 0 ? ERR_OK : ERR_FORMAT;
}

enum event_kind
event_packed_kind(const uint8_t *data, size_t len)
{
    unsigned kind = len < PACKED_MIN ? EV_NONE : data[PACKED_KIND_AT] & ~KIND_HAS_MORE;

    return kind < EV_COUNT ? (enum event_kind)kind : EV_NONE;
}

uint64_t
event_packed_time(const uint8_t *data, size_t len)
{
    uint64_t time_ft = 0;

    if (len >= PACKED_MIN) {
        memcpy(&time_ft, data, sizeof(time_ft));
    }
    return time_ft;
}

/* -- order --------------------------------------------------------------------------------------
 */

static int
cmp_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* An absent field comes before any value. */
static int
cmp_field(const struct event *a, const struct event *b, enum event_field field)
{
    bool in_a = event_has_field(a, field);
    bool in_b = event_has_field(b, field);
    enum event_field_type type = event_field_info[field].type;
    const uint8_t *at_a = field_at(a, field);
    const uint8_t *at_b = field_at(b, field);

    if (!in_a || !in_b) {
        return (int)in_a - (int)in_b;
    }
    if (type == EVT_STR) {
        return sv_cmp(get_text(at_a), get_text(at_b));
    }
    if (type == EVT_ADDR) {
        struct addr addr_a = get_addr(at_a);
        struct addr addr_b = get_addr(at_b);
        return addr_cmp(&addr_a, &addr_b);
    }
    return cmp_u64(get_number(at_a, type), get_number(at_b, type));
}

int
event_cmp(const struct event *a, const struct event *b)
{
    static const enum event_field leading[] = {EVF_host, EVF_channel, EVF_record_id, EVF_event_id};
    static const enum event_field joined[] = {EVF_parts_missing, EVF_part};
    struct field_set rest = {a->has | b->has, (a->has_more | b->has_more) & MORE_FIELDS};
    int order = cmp_u64(a->time_ft, b->time_ft);

    for (size_t i = 0; order == 0 && i < COUNT(leading); i++) {
        order = cmp_field(a, b, leading[i]);
    }
    if (order == 0) {
        order = cmp_u64((uint64_t)a->kind, (uint64_t)b->kind);
    }
    for (size_t i = 0; order == 0 && i < COUNT(joined); i++) {
        order = cmp_field(a, b, joined[i]);
    }
    while (order == 0 && has_field(&rest)) {
        order = cmp_field(a, b, take_field(&rest));
    }
    return order;
}

bool
event_same_record(const struct event *a, const struct event *b)
{
    const uint64_t needed =
        UINT64_C(1) << EVF_host | UINT64_C(1) << EVF_channel | UINT64_C(1) << EVF_record_id;

    return (a->has & b->has & needed) == needed && a->record_id == b->record_id &&
           a->time_ft == b->time_ft && sv_eq(a->host, b->host) && sv_eq(a->channel, b->channel);
}
