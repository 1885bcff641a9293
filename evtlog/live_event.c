/* live_event - variants and XML to the fields of an event. */
#include "evtlog/live_event.h"

#include "core/tm.h"
#include "evtlog/event_xml.h"

/* -- variants ---------------------------------------------------------------------------------- */

static struct evtlog_variant
variant_at(const struct live_rendered *r, size_t i)
{
    struct evtlog_variant v;

    memcpy(&v, (const uint8_t *)r->buffer + i * sizeof(v), sizeof(v));
    return v;
}

/* Bytes up to and without the first zero unit of `width` bytes. */
static size_t
text_len(const uint8_t *data, size_t len, size_t width)
{
    size_t at = 0;

    while (len - at >= width && (data[at] != 0 || (width == 2 && data[at + 1] != 0))) {
        at += width;
    }
    return at;
}

/* Bytes of what a variant points at; 0 when it does not fit in `room`. */
static size_t
pointed_len(const struct evtlog_variant *v, const uint8_t *data, size_t room)
{
    size_t len = evtx_type_len(v->type);

    switch (v->type) {
    case EVTX_STRING:
        return text_len(data, room, 2);
    case EVTX_ANSI:
        return text_len(data, room, 1);
    case EVTX_BINARY:
        len = v->count;
        break;
    case EVTX_SID:
        len = room < 2 ? SIZE_MAX : 8 + 4 * (size_t)data[1];
        break;
    default: /* GUID, SYSTEMTIME */
        break;
    }
    return len > room ? 0 : len;
}

bool
live_value(const struct live_rendered *r, size_t i, struct evtx_value *out)
{
    struct evtlog_variant v;
    uintptr_t begin = (uintptr_t)r->buffer;
    size_t at;

    if (i >= r->count || i >= r->len / sizeof(v)) {
        return false;
    }
    v = variant_at(r, i);
    *out = (struct evtx_value){v.type, (const uint8_t *)r->buffer + i * sizeof(v), 0};
    switch (v.type) {
    case EVTX_STRING:
    case EVTX_ANSI:
    case EVTX_BINARY:
    case EVTX_GUID:
    case EVTX_SYSTEMTIME:
    case EVTX_SID:
        at = (size_t)((uintptr_t)v.value.data - begin);
        if ((uintptr_t)v.value.data < begin || at >= r->len) {
            return false;
        }
        out->data = (const uint8_t *)r->buffer + at;
        out->len = pointed_len(&v, out->data, r->len - at);
        return true;
    case EVTX_SIZET:
        out->len = sizeof(v.value);
        return true;
    default: /* in the variant itself; arrays, handles and XML have no length here */
        out->len = evtx_type_len(v.type);
        return out->len > 0;
    }
}

/* -- System ------------------------------------------------------------------------------------ */

static struct sv
system_text(const struct live_rendered *r, enum evtlog_system place, char out[EVENT_TEXT_MAX])
{
    struct evtx_value v;

    if (!live_value(r, place, &v)) {
        return (struct sv){out, 0};
    }
    return (struct sv){out, evtx_value_text(&v, out, EVENT_TEXT_MAX, NULL)};
}

static uint64_t
system_number(const struct live_rendered *r, enum evtlog_system place)
{
    struct evtx_value v;
    uint64_t number;

    return live_value(r, place, &v) && evtx_value_u64(&v, &number) ? number : 0;
}

static void
put_system_of_row(struct live_event *e, const struct live_rendered *r, enum evtlog_system place,
                  unsigned what)
{
    struct evtx_value v;

    if (live_value(r, place, &v)) {
        field_put_system(&e->event, &e->arena, e->row, what, &v);
    }
}

enum err
live_event_begin(struct live_event *e, const struct live_rendered *r)
{
    uint64_t time_ft = system_number(r, EVTLOG_SYSTEM_TIME);

    e->row = NULL;
    if (r->count != EVTLOG_SYSTEM_COUNT) {
        return ERR_FORMAT;
    }
    e->system = (struct field_system){
        .provider = system_text(r, EVTLOG_SYSTEM_PROVIDER, e->provider),
        .channel = system_text(r, EVTLOG_SYSTEM_CHANNEL, e->channel),
        .host = system_text(r, EVTLOG_SYSTEM_COMPUTER, e->host),
        .event_id = (uint32_t)system_number(r, EVTLOG_SYSTEM_EVENT_ID),
        .version = (uint32_t)system_number(r, EVTLOG_SYSTEM_VERSION),
        .record_id = system_number(r, EVTLOG_SYSTEM_RECORD_ID),
        .time_ft = time_ft <= TM_MAX_FT ? time_ft : 0,
        .logger_pid = (uint32_t)system_number(r, EVTLOG_SYSTEM_PROCESS_ID),
    };
    if (e->system.provider.len == 0) {
        return ERR_FORMAT;
    }
    e->row = evtmap_find(e->system.provider, e->system.event_id);
    if (e->row != NULL) {
        field_begin(&e->event, &e->arena, e->row, &e->system);
        put_system_of_row(e, r, EVTLOG_SYSTEM_LEVEL, EVTMAP_LEVEL);
        put_system_of_row(e, r, EVTLOG_SYSTEM_USER_ID, EVTMAP_USER);
    }
    return ERR_OK;
}

/* -- data -------------------------------------------------------------------------------------- */

size_t
live_names(const struct evtmap_row *row, const char *out[LIVE_NAMES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < row->count && count < LIVE_NAMES_MAX; i++) {
        size_t k = 0;

        while (k < count && strcmp(out[k], row->fields[i].name) != 0) {
            k++;
        }
        if (k == count) {
            out[count++] = row->fields[i].name;
        }
    }
    return count;
}

static void
put_named(struct live_event *e, struct sv name, const struct evtx_value *v)
{
    for (size_t i = 0; i < e->row->count; i++) {
        if (sv_eq(name, sv_from(e->row->fields[i].name))) {
            field_put(&e->event, &e->arena, &e->row->fields[i], v);
        }
    }
}

size_t
live_event_values(struct live_event *e, const struct live_rendered *r)
{
    const char *names[LIVE_NAMES_MAX];
    size_t count = live_names(e->row, names);
    size_t there = 0;

    for (size_t i = 0; i < count; i++) {
        struct evtx_value v = {EVTX_NULL, NULL, 0};

        if (live_value(r, i, &v)) {
            put_named(e, sv_from(names[i]), &v);
            there++;
        } else if ((v.type & EVTX_ARRAY) != 0) {
            return 0;
        }
    }
    return there;
}

static enum err
on_leaf(void *ctx, const struct event_xml_leaf *leaf)
{
    if (leaf->sys == SYS_NONE) {
        put_named(ctx, leaf->name, &leaf->value);
    }
    return ERR_OK;
}

enum err
live_event_xml(struct live_event *e, uint16_t *text, size_t len)
{
    return event_xml_read(text, len, on_leaf, e);
}
