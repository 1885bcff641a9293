/* evtx_field - one conversion per enum evtmap_conv. */
#include "evtlog/evtx_field.h"

#include <assert.h>

#include "core/metrics.h"
#include "core/rd.h"
#include "evtlog/evtx_mof.h"

#define SHORT_TEXT_MAX 256 /* addresses, SOCKADDRs in hex digits */
#define SOCKADDR_MAX 128   /* SOCKADDR_STORAGE */

static void *
field_at(struct event *ev, enum event_field field)
{
    return (uint8_t *)ev + event_field_info[field].offset;
}

static bool
is_set(const struct event *ev, enum event_field field)
{
    return event_has_field(ev, field);
}

static void
mark(struct event *ev, enum event_field field)
{
    event_mark_field(ev, field);
}

static bool
is_absent(struct sv s)
{
    return s.len == 0 || (s.len == 1 && s.p[0] == '-');
}

static void
set_text(struct event *ev, enum event_field field, struct sv s)
{
    assert(event_field_info[field].type == EVT_STR);
    if (!is_set(ev, field) && !is_absent(s)) {
        memcpy(field_at(ev, field), &s, sizeof(s));
        mark(ev, field);
    }
}

/* The value's text in the arena; taken back by the caller when it is not kept. */
static struct sv
arena_text(struct field_arena *arena, enum event_field field, const struct evtx_value *v)
{
    size_t room = sizeof(arena->text) - arena->len;
    size_t max = event_text_max(field);
    size_t cap = max < room ? max : room;
    char *at = arena->text + arena->len;
    bool cut;
    struct sv s = {at, evtx_value_text(v, at, cap, &cut)};

    if (cut) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    arena->len += s.len;
    return s;
}

static void
put_text(struct event *ev, struct field_arena *arena, enum event_field field,
         const struct evtx_value *v)
{
    set_text(ev, field, arena_text(arena, field, v));
}

/* In a script "-" is not what stands for nothing. */
static void
put_script(struct event *ev, struct field_arena *arena, enum event_field field,
           const struct evtx_value *v)
{
    struct sv s = arena_text(arena, field, v);

    if (s.len > 0) {
        memcpy(field_at(ev, field), &s, sizeof(s));
        mark(ev, field);
    }
}

/* The first of these properties that the MOF text in `script` has. */
static void
put_mof(struct event *ev, struct field_arena *arena, const struct evtmap_field *f)
{
    static const char *const query[] = {"Query", NULL};
    static const char *const command[] = {"CommandLineTemplate", "ScriptText", "ScriptFileName",
                                          "ExecutablePath", NULL};
    const char *const *names = f->conv == EVTMAP_MOF_QUERY ? query : command;
    size_t room = sizeof(arena->text) - arena->len;
    size_t max = event_text_max(f->field);
    struct sv s = {NULL, 0};
    bool cut = false;

    if (!event_has(ev, script)) {
        return;
    }
    for (size_t i = 0; names[i] != NULL && s.len == 0; i++) {
        s = mof_text(ev->script, sv_from(names[i]), arena->text + arena->len,
                     max < room ? max : room, &cut);
    }
    arena->len += s.len;
    if (cut) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    set_text(ev, f->field, s);
}

/* "DOMAIN\user" in one text. */
static void
put_account(struct event *ev, struct field_arena *arena, enum event_field field,
            const struct evtx_value *v)
{
    enum event_field domain = field == EVF_subject_account ? EVF_subject_domain : EVF_domain;
    struct sv s = arena_text(arena, field, v);
    const char *slash = s.len == 0 ? NULL : memchr(s.p, '\\', s.len);

    if (slash != NULL) {
        struct sv before = {s.p, (size_t)(slash - s.p)};

        set_text(ev, domain, before);
        s = (struct sv){slash + 1, s.len - before.len - 1};
    }
    set_text(ev, field, s);
}

static void
put_local(struct event *ev, struct field_arena *arena, enum event_field field,
          const struct evtx_value *v)
{
    size_t before = arena->len;
    struct sv s = arena_text(arena, field, v);

    if (sv_eq_nocase(s, SV("LOCAL"))) {
        set_text(ev, field, SV("LOCAL"));
    }
    arena->len = before;
}

/* Pid 0 says "no process". */
static bool
is_pid(enum event_field field)
{
    return field == EVF_process_id || field == EVF_parent_process_id;
}

static void
put_number(struct event *ev, enum event_field field, const struct evtx_value *v)
{
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    if (!evtx_value_u64(v, &u64)) {
        return;
    }
    u32 = (uint32_t)u64;
    u16 = (uint16_t)u64;
    switch (event_field_info[field].type) {
    case EVT_ID64:
        if (u64 == 0) { /* no logon session */
            return;
        }
        memcpy(field_at(ev, field), &u64, sizeof(u64));
        break;
    case EVT_U32:
    case EVT_HEX32:
        /* 64-bit pointers that hold a process id, and negative codes, fit when cut or extended */
        if ((u64 > UINT32_MAX && u64 < UINT64_MAX - INT32_MAX) || (u64 == 0 && is_pid(field))) {
            return;
        }
        memcpy(field_at(ev, field), &u32, sizeof(u32));
        break;
    case EVT_PORT:
        if (u64 == 0 || u64 > UINT16_MAX) {
            return;
        }
        memcpy(field_at(ev, field), &u16, sizeof(u16));
        break;
    case EVT_STR:
    case EVT_ADDR:
    case EVT_TIME:
        assert(false); /* no row maps a number to one of these */
        return;
    }
    mark(ev, field);
}

static void
set_addr(struct event *ev, enum event_field field, const struct addr *a, uint16_t port)
{
    enum event_field port_field = field == EVF_src ? EVF_src_port : EVF_dst_port;

    assert(field == EVF_src || field == EVF_dst);
    if (!addr_is_set(a)) {
        return;
    }
    memcpy(field_at(ev, field), a, sizeof(*a));
    mark(ev, field);
    if (port != 0 && !is_set(ev, port_field)) {
        memcpy(field_at(ev, port_field), &port, sizeof(port));
        mark(ev, port_field);
    }
}

static void
put_addr(struct event *ev, const struct evtmap_field *f, const struct evtx_value *v)
{
    char text[SHORT_TEXT_MAX];
    bool cut;
    struct sv s = {text, evtx_value_text(v, text, sizeof(text), &cut)};
    struct addr a;
    uint16_t port = 0;
    enum err err;

    s = sv_trim(s);
    if (cut || is_absent(s)) {
        return;
    }
    err = f->conv == EVTMAP_ADDR ? addr_parse(s, &a) : addr_parse_port(s, &a, &port);
    if (!err) {
        set_addr(ev, f->field, &a, port);
    }
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hex digits as bytes; 0 when s is anything else. */
static size_t
hex_bytes(struct sv s, uint8_t out[SOCKADDR_MAX])
{
    if (sv_starts_with(s, SV("0x"))) {
        s = (struct sv){s.p + 2, s.len - 2};
    }
    if (s.len % 2 != 0 || s.len / 2 > SOCKADDR_MAX) {
        return 0;
    }
    for (size_t i = 0; i < s.len / 2; i++) {
        int high = hex_digit(s.p[2 * i]);
        int low = hex_digit(s.p[2 * i + 1]);

        if (high < 0 || low < 0) {
            return 0;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return s.len / 2;
}

/* SOCKADDR bytes, the same in hex digits (records whose values are texts), or "ip:port". */
static void
put_sockaddr(struct event *ev, const struct evtmap_field *f, const struct evtx_value *v)
{
    uint8_t bytes[SOCKADDR_MAX];
    char text[SHORT_TEXT_MAX + 2];
    struct addr a;
    uint16_t port;
    enum err err;
    size_t len;

    if (v->type == EVTX_BINARY) {
        err = addr_from_sockaddr(v->data, v->len, &a, &port);
    } else {
        bool cut;
        struct sv s = {text, evtx_value_text(v, text, sizeof(text), &cut)};

        len = cut ? 0 : hex_bytes(s, bytes);
        if (len == 0) {
            put_addr(ev, f, v);
            return;
        }
        err = addr_from_sockaddr(bytes, len, &a, &port);
    }
    if (!err) {
        set_addr(ev, f->field, &a, port);
    }
}

void
field_put(struct event *ev, struct field_arena *arena, const struct evtmap_field *f,
          const struct evtx_value *v)
{
    if (is_set(ev, f->field) || v->type == EVTX_NULL || v->len == 0) {
        return;
    }
    switch (f->conv) {
    case EVTMAP_TEXT:
    case EVTMAP_SID:
        put_text(ev, arena, f->field, v);
        break;
    case EVTMAP_ACCOUNT:
        put_account(ev, arena, f->field, v);
        break;
    case EVTMAP_LOCAL:
        put_local(ev, arena, f->field, v);
        break;
    case EVTMAP_U32:
    case EVTMAP_HEX32:
    case EVTMAP_ID64:
    case EVTMAP_PORT:
        put_number(ev, f->field, v);
        break;
    case EVTMAP_ADDR:
    case EVTMAP_ADDRPORT:
        put_addr(ev, f, v);
        break;
    case EVTMAP_SOCKADDR:
        put_sockaddr(ev, f, v);
        break;
    case EVTMAP_SCRIPT:
        put_script(ev, arena, f->field, v);
        break;
    case EVTMAP_MOF_QUERY:
    case EVTMAP_MOF_COMMAND:
        put_mof(ev, arena, f);
        break;
    }
}

void
field_begin(struct event *ev, struct field_arena *arena, const struct evtmap_row *row,
            const struct field_system *system)
{
    event_init(ev, row->kind, system->time_ft);
    arena->len = 0;
    if (system->host.len > 0) {
        event_set(ev, host, system->host);
    }
    if (system->channel.len > 0) {
        event_set(ev, channel, system->channel);
    }
    event_set(ev, provider, system->provider);
    event_set(ev, event_id, system->event_id);
    event_set(ev, version, system->version);
    event_set(ev, record_id, system->record_id);
    if (system->logger_pid != 0) {
        event_set(ev, logger_pid, system->logger_pid);
    }
    if (system->logger_pid != 0 && (row->system & EVTMAP_LOGGER) != 0) {
        event_set(ev, process_id, system->logger_pid);
    }
    if (row->action != NULL) {
        event_set(ev, action, sv_from(row->action));
    }
}

void
field_put_system(struct event *ev, struct field_arena *arena, const struct evtmap_row *row,
                 unsigned what, const struct evtx_value *v)
{
    static const struct evtmap_field level = {"Level", EVF_level, EVTMAP_U32};
    static const struct evtmap_field user = {"UserID", EVF_sid, EVTMAP_SID};

    if ((row->system & what) != 0) {
        field_put(ev, arena, what == EVTMAP_LEVEL ? &level : &user, v);
    }
}
