/*
 * event - one normalised event: what a record of any source says, in one shape.
 *
 * Memory:  the struct borrows its texts; whoever fills it says until when they live. event_pack()
 *          makes an owned, pointer-free copy; event_unpack() views into that copy.
 * Limits:  every text is cut to event_text_max() of its field when it is packed, between
 *          characters: EVENT_TEXT_MAX, for command lines, text and addresses
 *          EVENT_LONG_TEXT_MAX, for scripts EVENT_SCRIPT_MAX.
 * Fields:  core/event_fields.h. A field counts only when its bit is set: use event_has().
 */
#pragma once

#include "core/addr.h"
#include "core/json.h"
#include "core/sv.h"

#define EVENT_TEXT_MAX 512
#define EVENT_LONG_TEXT_MAX 8192
/* PowerShell writes at most 20,000 UTF-16 units of a script block into one record: three bytes of
 * UTF-8 each at worst. What one record holds is never cut. */
#define EVENT_SCRIPT_MAX 60000
#define EVENT_PACKED_MAX 131072

enum event_kind {
    EV_NONE = 0,
#define KIND(NAME, name, meaning) EV_##NAME,
#include "core/event_kinds.h"
#undef KIND
    EV_COUNT
};
#define EV_BIT(kind) (UINT64_C(1) << (kind))

enum event_field {
#define FIELD(type, name, meaning) EVF_##name,
#include "core/event_fields.h"
#undef FIELD
    EVF_COUNT
};
#define EVENT_WORD_BITS 64
_Static_assert(EVF_COUNT <= 2 * EVENT_WORD_BITS, "presence bits are two uint64_t");
_Static_assert(EV_COUNT <= 64, "kind sets are one uint64_t");

#define EVENT_WIDE_STR(name) struct sv name;
#define EVENT_WIDE_ID64(name) uint64_t name;
#define EVENT_WIDE_TIME(name) uint64_t name;
#define EVENT_WIDE_U32(name)
#define EVENT_WIDE_HEX32(name)
#define EVENT_WIDE_ADDR(name)
#define EVENT_WIDE_PORT(name)
#define EVENT_NARROW_STR(name)
#define EVENT_NARROW_ID64(name)
#define EVENT_NARROW_TIME(name)
#define EVENT_NARROW_U32(name) uint32_t name;
#define EVENT_NARROW_HEX32(name) uint32_t name;
#define EVENT_NARROW_ADDR(name) struct addr name;
#define EVENT_NARROW_PORT(name) uint16_t name;

enum event_field_type { EVT_STR, EVT_U32, EVT_HEX32, EVT_ID64, EVT_TIME, EVT_ADDR, EVT_PORT };

struct event {
    uint64_t time_ft;  /* when the computer says it happened */
    uint64_t has;      /* bit per enum event_field: the first EVENT_WORD_BITS of them */
    uint64_t has_more; /* and the others */
/* Wide members first: no room between them. The whole is cleared for each event. */
#define FIELD(type, name, meaning) EVENT_WIDE_##type(name)
#include "core/event_fields.h"
#undef FIELD
    enum event_kind kind;
#define FIELD(type, name, meaning) EVENT_NARROW_##type(name)
#include "core/event_fields.h"
#undef FIELD
};

static inline bool
event_has_field(const struct event *ev, unsigned field)
{
    return ((field < EVENT_WORD_BITS ? ev->has >> field
                                     : ev->has_more >> (field - EVENT_WORD_BITS)) &
            1) != 0;
}
/* Sets or takes back the presence bit alone. */
static inline void
event_mark_field(struct event *ev, unsigned field)
{
    *(field < EVENT_WORD_BITS ? &ev->has : &ev->has_more) |= UINT64_C(1) << field % EVENT_WORD_BITS;
}
static inline void
event_clear_field(struct event *ev, unsigned field)
{
    *(field < EVENT_WORD_BITS ? &ev->has : &ev->has_more) &=
        ~(UINT64_C(1) << field % EVENT_WORD_BITS);
}
#define event_has(ev, field) event_has_field(ev, EVF_##field)
/* Sets a field and its presence bit: event_set(&ev, logon_type, 3). */
#define event_set(ev, field, value)                                                                \
    ((void)((ev)->field = (value), event_mark_field(ev, EVF_##field)))
#define event_clear(ev, field) event_clear_field(ev, EVF_##field)

struct event_field_info {
    const char *name;
    const char *meaning;
    enum event_field_type type;
    size_t offset; /* in struct event */
};
extern const struct event_field_info event_field_info[EVF_COUNT];

/* The cap of a text field, in bytes. */
static inline size_t
event_text_max(enum event_field field)
{
    if (field == EVF_script) {
        return EVENT_SCRIPT_MAX;
    }
    return field == EVF_command_line || field == EVF_text || field == EVF_addresses
               ? EVENT_LONG_TEXT_MAX
               : EVENT_TEXT_MAX;
}

const char *event_kind_name(enum event_kind kind); /* "none" for EV_NONE */
const char *event_kind_meaning(enum event_kind kind);
enum event_kind event_kind_find(struct sv name); /* EV_NONE when unknown */

void event_init(struct event *ev, enum event_kind kind, uint64_t time_ft);

/* Packed form: time, kind, presence bits, then the present fields in order; the highest bit of the
 * kind says that a second word of presence bits follows. *out_len is at most EVENT_PACKED_MAX.
 * ERR_FULL when cap is too small. Stores keep this form: fields and kinds are known by their
 * numbers in the lists, which only grow at the end (store/event_names.h). */
MUST_CHECK enum err event_pack(const struct event *ev, uint8_t *out, size_t cap, size_t *out_len);
/* Views live as long as data. ERR_FORMAT on damage; never reads beyond len. */
MUST_CHECK enum err event_unpack(const uint8_t *data, size_t len, struct event *ev);
/* The kind alone, without unpacking; EV_NONE: not a packed event, or one of no kind. */
enum event_kind event_packed_kind(const uint8_t *data, size_t len);
/* The time alone; 0: not a packed event, or one of no time. */
uint64_t event_packed_time(const uint8_t *data, size_t len);

/* Deterministic order of any set of events: time, host, channel, record id, event id, kind, then
 * all other fields. 0 only for equal events. Of one record, what was joined from all parts comes
 * before the bare part, and that before what was joined from some: the first of them is taken. */
int event_cmp(const struct event *a, const struct event *b);
/* The same record met twice: host, channel, record id and time are present and equal. */
bool event_same_record(const struct event *a, const struct event *b);

/* One JSON object: "time", "kind", then the present fields. */
void event_to_json(struct json *j, const char *key, const struct event *ev);

/* One line of NDJSON as event_to_json() writes it. Texts of *ev live in arena (cleared first)
 * until the next call with it. Unknown keys are ERR_FORMAT, as are wrong types; why[] (cap
 * EVENT_WHY_MAX) gets one short sentence naming the key. */
#define EVENT_WHY_MAX 160
MUST_CHECK enum err event_from_json(struct sv line, struct buf *arena, struct event *ev,
                                    char why[EVENT_WHY_MAX]);

/* The key of an account, whichever way it was spelt ("ACME\\Kumi", "kumi@acme", "KUMI"). Case is
 * folded (ASCII and Latin-1, Greek, Cyrillic simple folding), UPN split, the domain dropped when
 * it is empty, "." or the host. Writes "user" or "domain\user"; returns length <= cap. */
#define ACCOUNT_KEY_MAX 256
size_t account_key(struct sv account, struct sv domain, struct sv host, char out[ACCOUNT_KEY_MAX]);
