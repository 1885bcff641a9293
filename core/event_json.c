/* event_json - an event as one JSON object, there and back. Reading is strict: a line that is not
 * exactly an event says which key is at fault. */
#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "core/json_read.h"
#include "core/tm.h"

/* -- writing ------------------------------------------------------------------------------------
 */

static void
write_field(struct json *j, const struct event_field_info *info, const uint8_t *at)
{
    struct sv text;
    struct addr addr;
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    switch (info->type) {
    case EVT_STR:
        memcpy(&text, at, sizeof(text));
        json_str(j, info->name, text);
        break;
    case EVT_U32:
        memcpy(&u32, at, sizeof(u32));
        json_u64(j, info->name, u32);
        break;
    case EVT_HEX32:
        memcpy(&u32, at, sizeof(u32));
        json_hex(j, info->name, u32);
        break;
    case EVT_ID64:
        memcpy(&u64, at, sizeof(u64));
        json_id(j, info->name, u64);
        break;
    case EVT_TIME:
        memcpy(&u64, at, sizeof(u64));
        if (u64 != 0) {
            json_time(j, info->name, u64);
        }
        break;
    case EVT_ADDR:
        memcpy(&addr, at, sizeof(addr));
        if (addr_is_set(&addr)) { /* absent is absent, never a null */
            json_addr(j, info->name, &addr);
        }
        break;
    case EVT_PORT:
        memcpy(&u16, at, sizeof(u16));
        if (u16 != 0) {
            json_u64(j, info->name, u16);
        }
        break;
    }
}

void
event_to_json(struct json *j, const char *key, const struct event *ev)
{
    json_obj(j, key);
    json_time(j, "time", ev->time_ft);
    json_str(j, "kind", sv_from(event_kind_name(ev->kind)));
    for (size_t i = 0; i < EVF_COUNT; i++) {
        const struct event_field_info *info = &event_field_info[i];

        if (event_has_field(ev, (unsigned)i)) {
            write_field(j, info, (const uint8_t *)ev + info->offset);
        }
    }
    json_obj_end(j);
}

/* -- reading ------------------------------------------------------------------------------------
 */

#define KEY_SHOWN_MAX 48 /* of a foreign key, in a reason */

/* One line being read. */
struct line_reader {
    struct json_reader json;
    struct event *ev;
    bool has_time;
    bool has_kind;
    struct sv key;
    char *why;
};

/* "key: what"; a foreign key is shown as plain ASCII, the rest of it as '?'. */
MUST_CHECK static enum err
refuse(const struct line_reader *r, const char *what)
{
    char shown[KEY_SHOWN_MAX + 1];
    size_t len = r->key.len < KEY_SHOWN_MAX ? r->key.len : KEY_SHOWN_MAX;

    for (size_t i = 0; i < len; i++) {
        char c = r->key.p[i];
        shown[i] = c >= 0x20 && c < 0x7F ? c : '?';
    }
    shown[len] = '\0';
    (void)snprintf(r->why, EVENT_WHY_MAX, "%s%s%s", shown, len > 0 ? ": " : "", what);
    return ERR_FORMAT;
}

MUST_CHECK static enum err
next(struct line_reader *r, enum json_token *token)
{
    enum err err = json_next(&r->json, token);

    return err ? refuse(r, r->json.why) : ERR_OK;
}

MUST_CHECK static enum err
read_time(struct line_reader *r)
{
    enum json_token token;
    enum err err = next(r, &token);

    if (err) {
        return err;
    }
    if (r->has_time) {
        return refuse(r, "given twice");
    }
    r->has_time = true;
    if (token == JSON_NULL) { /* a damaged record may have no time */
        return ERR_OK;
    }
    if (token != JSON_STRING) {
        return refuse(r, "a time in quotes was expected");
    }
    return tm_parse(r->json.value, &r->ev->time_ft) ? refuse(r, "not an ISO 8601 time") : ERR_OK;
}

MUST_CHECK static enum err
read_kind(struct line_reader *r)
{
    enum json_token token;
    enum err err = next(r, &token);

    if (err) {
        return err;
    }
    if (r->has_kind) {
        return refuse(r, "given twice");
    }
    r->has_kind = true;
    if (token != JSON_STRING) {
        return refuse(r, "a text was expected");
    }
    r->ev->kind = event_kind_find(r->json.value);
    return r->ev->kind == EV_NONE ? refuse(r, "no such kind of event") : ERR_OK;
}

MUST_CHECK static enum err
read_number(const struct line_reader *r, uint64_t min, uint64_t max, uint64_t *out)
{
    enum err err = sv_u64(r->json.value, out);

    if (err == ERR_FORMAT) {
        return refuse(r, "not a whole number");
    }
    return err || *out < min || *out > max ? refuse(r, "out of range") : ERR_OK;
}

/* Stores a value of a type that is kept as one. */
#define STORE(type, value)                                                                         \
    do {                                                                                           \
        type stored = (value);                                                                     \
        memcpy(at, &stored, sizeof(stored));                                                       \
    } while (0)

MUST_CHECK static enum err
read_value(const struct line_reader *r, enum event_field_type type, uint8_t *at)
{
    struct addr addr;
    uint64_t value = 0;
    enum err err = ERR_OK;

    switch (type) {
    case EVT_STR:
        STORE(struct sv, r->json.value);
        break;
    case EVT_U32:
        err = read_number(r, 0, UINT32_MAX, &value);
        STORE(uint32_t, (uint32_t)value);
        break;
    case EVT_HEX32:
        err = read_number(r, 0, UINT32_MAX, &value);
        STORE(uint32_t, (uint32_t)value);
        break;
    case EVT_ID64:
        err = read_number(r, 0, UINT64_MAX, &value);
        STORE(uint64_t, value);
        break;
    case EVT_TIME:
        if (tm_parse(r->json.value, &value)) {
            return refuse(r, "not an ISO 8601 time");
        }
        STORE(uint64_t, value);
        break;
    case EVT_ADDR:
        if (addr_parse(r->json.value, &addr) || !addr_is_set(&addr)) {
            return refuse(r, "not an IP address");
        }
        STORE(struct addr, addr);
        break;
    case EVT_PORT:
        err = read_number(r, 1, UINT16_MAX, &value);
        STORE(uint16_t, (uint16_t)value);
        break;
    }
    return err;
}

MUST_CHECK static enum err
read_field(struct line_reader *r, enum event_field field)
{
    const struct event_field_info *info = &event_field_info[field];
    bool number = info->type == EVT_U32 || info->type == EVT_PORT;
    enum json_token token;
    enum err err = next(r, &token);

    if (err) {
        return err;
    }
    if (event_has_field(r->ev, field)) {
        return refuse(r, "given twice");
    }
    if (token != (number ? JSON_NUMBER : JSON_STRING)) {
        return refuse(r, number ? "a number was expected" : "a text was expected");
    }
    event_mark_field(r->ev, field);
    return read_value(r, info->type, (uint8_t *)r->ev + info->offset);
}

/* Most names differ in their first letter: no strlen() for each. */
static bool
is_name(struct sv key, const char *name)
{
    size_t i = 0;

    while (i < key.len && name[i] == key.p[i] && name[i] != '\0') {
        i++;
    }
    return i == key.len && name[i] == '\0';
}

MUST_CHECK static enum err
read_member(struct line_reader *r)
{
    if (sv_eq(r->key, SV("time"))) {
        return read_time(r);
    }
    if (sv_eq(r->key, SV("kind"))) {
        return read_kind(r);
    }
    for (unsigned i = 0; i < EVF_COUNT; i++) {
        if (is_name(r->key, event_field_info[i].name)) {
            return read_field(r, (enum event_field)i);
        }
    }
    return refuse(r, "no such field");
}

MUST_CHECK static enum err
read_members(struct line_reader *r)
{
    enum json_token token;
    enum err err = next(r, &token);

    if (err) {
        return err;
    }
    if (token != JSON_OBJ) {
        return refuse(r, "not a JSON object");
    }
    for (;;) {
        r->key = (struct sv){NULL, 0};
        err = next(r, &token);
        if (err || token == JSON_OBJ_END) {
            return err;
        }
        r->key = r->json.value;
        err = read_member(r);
        if (err) {
            return err;
        }
    }
}

MUST_CHECK enum err
event_from_json(struct sv line, struct buf *arena, struct event *ev, char why[EVENT_WHY_MAX])
{
    struct event made;
    struct line_reader r = {.ev = &made, .why = why};
    enum json_token token;
    enum err err;

    why[0] = '\0';
    event_init(&made, EV_NONE, 0);
    buf_clear(arena);
    buf_put_sv(arena, line);
    err = buf_err(arena);
    if (err) {
        (void)snprintf(why, EVENT_WHY_MAX, "%s", err == ERR_FULL ? "line too long" : err_str(err));
        return err;
    }
    json_reader_init(&r.json, arena->data, arena->len, false);
    err = read_members(&r);
    if (!err) {
        err = next(&r, &token); /* JSON_END, or something behind the object */
    }
    if (!err && !r.has_time) {
        err = refuse(&r, "time: missing");
    }
    if (!err && !r.has_kind) {
        err = refuse(&r, "kind: missing");
    }
    if (!err) {
        *ev = made;
    }
    return err;
}
