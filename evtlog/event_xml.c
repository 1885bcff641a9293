/* event_xml - one pass over UTF-16 units; a stack of open elements, no recursion. */
#include "evtlog/event_xml.h"

#include "core/utf.h"

#define NAME_UNITS_MAX 512
#define CODE_POINT_MAX 0x10FFFFu

/* A piece of the text. */
struct units {
    const uint16_t *p;
    size_t len;
};

struct element {
    struct units tag;
    enum shape_scope scope;
    enum shape_sys sys; /* SCOPE_LEAF under System; else SYS_NONE */
    bool user;          /* under UserData: its children are data too */
    struct units name;  /* of the datum; len 0: none */
};

struct reader {
    uint16_t *text;
    size_t len;
    size_t pos;
    size_t depth;
    event_xml_fn fn;
    void *ctx;
    struct element open[SHAPE_DEPTH_MAX + 1]; /* open[0] is what surrounds the event */
};

/* -- units ------------------------------------------------------------------------------------- */

static bool
is_space(uint16_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static uint16_t
peek(const struct reader *r)
{
    return r->pos < r->len ? r->text[r->pos] : 0;
}

static bool
take(struct reader *r, char c)
{
    if (peek(r) != (uint16_t)c) {
        return false;
    }
    r->pos++;
    return true;
}

static bool
skip_space(struct reader *r)
{
    size_t before = r->pos;

    while (r->pos < r->len && is_space(r->text[r->pos])) {
        r->pos++;
    }
    return r->pos > before;
}

static bool
units_are(struct units u, const char *ascii)
{
    for (size_t i = 0; i < u.len; i++) {
        if (ascii[i] == 0 || u.p[i] != (uint16_t)ascii[i]) {
            return false;
        }
    }
    return ascii[u.len] == 0;
}

static bool
units_equal(struct units a, struct units b)
{
    return a.len == b.len && memcmp(a.p, b.p, a.len * sizeof(*a.p)) == 0;
}

static struct sv
units_text(struct units u, char out[SHAPE_NAME_MAX])
{
    bool cut;
    size_t len = utf16le_to_utf8(u.p, u.len * sizeof(*u.p), out, SHAPE_NAME_MAX, &cut);

    return (struct sv){out, cut ? 0 : len};
}

static bool
ends_name(uint16_t c)
{
    return c <= ' ' || c == '/' || c == '>' || c == '<' || c == '=' || c == '&' || c == '"' ||
           c == '\'';
}

MUST_CHECK static enum err
read_name(struct reader *r, struct units *out)
{
    size_t at = r->pos;

    while (r->pos < r->len && !ends_name(r->text[r->pos])) {
        r->pos++;
    }
    *out = (struct units){r->text + at, r->pos - at};
    return out->len == 0 || out->len > NAME_UNITS_MAX ? ERR_FORMAT : ERR_OK;
}

/* -- references -------------------------------------------------------------------------------- */

/* Digits up to the ';', which stays. */
MUST_CHECK static enum err
read_number(struct reader *r, uint32_t base, uint32_t *out)
{
    uint32_t value = 0;
    size_t digits = 0;

    for (; r->pos < r->len && r->text[r->pos] != ';'; digits++) {
        uint16_t c = r->text[r->pos++];
        uint16_t lower = c | 0x20;
        uint32_t digit = c >= '0' && c <= '9'           ? c - (uint32_t)'0'
                         : lower >= 'a' && lower <= 'f' ? lower - (uint32_t)'a' + 10
                                                        : base;

        value = value * base + digit;
        if (digit >= base || value > CODE_POINT_MAX) {
            return ERR_FORMAT;
        }
    }
    *out = value;
    return digits == 0 || value == 0 ? ERR_FORMAT : ERR_OK;
}

MUST_CHECK static enum err
read_named(struct reader *r, uint32_t *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    size_t at = r->pos;
    struct units name;

    while (r->pos < r->len && r->text[r->pos] != ';' && r->pos - at < 5) {
        r->pos++;
    }
    name = (struct units){r->text + at, r->pos - at};
    for (size_t i = 0; i < COUNT(known); i++) {
        if (units_are(name, known[i].name)) {
            *out = (uint8_t)known[i].c;
            return ERR_OK;
        }
    }
    return ERR_FORMAT;
}

/* Behind the '&'; writes at *to, which is never in front of what was read. */
MUST_CHECK static enum err
read_reference(struct reader *r, size_t *to)
{
    uint32_t cp;
    enum err err;

    if (take(r, '#')) {
        err = take(r, 'x') ? read_number(r, 16, &cp) : read_number(r, 10, &cp);
    } else {
        err = read_named(r, &cp);
    }
    if (err || !take(r, ';')) {
        return ERR_FORMAT;
    }
    if (cp > UINT16_MAX) {
        cp -= 0x10000;
        r->text[(*to)++] = (uint16_t)(0xD800 | cp >> 10);
        cp = 0xDC00 | (cp & 0x3FF);
    }
    r->text[(*to)++] = (uint16_t)cp;
    return ERR_OK;
}

/* Text up to `end`, which stays; references are decoded in place. */
MUST_CHECK static enum err
read_text(struct reader *r, uint16_t end, struct units *out)
{
    size_t at = r->pos;
    size_t to;

    while (r->pos < r->len && r->text[r->pos] != end && r->text[r->pos] != '&' &&
           r->text[r->pos] != '<') {
        r->pos++;
    }
    to = r->pos;
    while (r->pos < r->len && r->text[r->pos] != end && r->text[r->pos] != '<') {
        uint16_t c = r->text[r->pos++];

        if (c != '&') {
            r->text[to++] = c;
        } else if (read_reference(r, &to)) {
            return ERR_FORMAT;
        }
    }
    *out = (struct units){r->text + at, to - at};
    return peek(r) == end ? ERR_OK : ERR_FORMAT;
}

/* -- leaves ------------------------------------------------------------------------------------ */

MUST_CHECK static enum err
give(struct reader *r, const struct element *e, struct units value)
{
    char text[SHAPE_NAME_MAX];
    struct event_xml_leaf leaf = {.sys = e->sys};

    if (e->scope != SCOPE_LEAF || value.len == 0) {
        return ERR_OK;
    }
    if (e->sys == SYS_NONE) {
        leaf.name = units_text(e->name, text);
        if (leaf.name.len == 0) { /* <Data> without a name, or a name that no mapping has */
            return ERR_OK;
        }
    }
    leaf.value =
        (struct evtx_value){EVTX_STRING, (const uint8_t *)value.p, value.len * sizeof(*value.p)};
    return r->fn(r->ctx, &leaf);
}

static enum shape_scope
scope_in_event(struct units tag)
{
    return units_are(tag, "System")      ? SCOPE_SYSTEM
           : units_are(tag, "EventData") ? SCOPE_EVENTDATA
           : units_are(tag, "UserData")  ? SCOPE_USERDATA
                                         : SCOPE_SKIP;
}

/* What an element means where it stands: as in a .evtx file (evtx_shape.c). */
static struct element
element_in(const struct element *parent, struct units tag)
{
    struct element e = {.tag = tag, .scope = SCOPE_SKIP, .sys = SYS_NONE};
    char text[SHAPE_NAME_MAX];

    switch (parent->scope) {
    case SCOPE_TOP:
        e.scope = SCOPE_EVENT;
        break;
    case SCOPE_EVENT:
        e.scope = scope_in_event(tag);
        break;
    case SCOPE_SYSTEM:
        e.sys = shape_system_element(units_text(tag, text));
        e.scope = e.sys == SYS_NONE ? SCOPE_SKIP : SCOPE_LEAF;
        break;
    case SCOPE_EVENTDATA: /* <Data> is named by its attribute, which follows */
        e.scope = SCOPE_LEAF;
        e.name = units_are(tag, "Data") ? (struct units){tag.p, 0} : tag;
        break;
    case SCOPE_USERDATA:
    case SCOPE_LEAF:
        if (parent->scope == SCOPE_USERDATA || parent->user) {
            e.user = true;
            e.scope = SCOPE_LEAF;
            e.name = tag;
        }
        break;
    case SCOPE_SKIP:
        break;
    }
    return e;
}

MUST_CHECK static enum err
take_attribute(struct reader *r, struct element *e, struct units name, struct units value)
{
    const char *wanted;

    if (e->scope != SCOPE_LEAF || e->user) {
        return ERR_OK;
    }
    if (e->sys == SYS_NONE) {
        if (e->name.len == 0 && units_are(name, "Name")) {
            e->name = value;
        }
        return ERR_OK;
    }
    wanted = shape_system_attribute(e->sys);
    return wanted != NULL && units_are(name, wanted) ? give(r, e, value) : ERR_OK;
}

/* -- tags -------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
read_attribute(struct reader *r, struct element *e)
{
    struct units name;
    struct units value;
    uint16_t quote;
    enum err err = read_name(r, &name);

    if (err || !take(r, '=')) {
        return ERR_FORMAT;
    }
    quote = peek(r);
    if (quote != '"' && quote != '\'') {
        return ERR_FORMAT;
    }
    r->pos++;
    err = read_text(r, quote, &value);
    if (err) {
        return err;
    }
    r->pos++;
    return take_attribute(r, e, name, value);
}

/* Behind the '<' of a start tag. */
MUST_CHECK static enum err
read_start(struct reader *r)
{
    struct element e;
    struct units tag;
    enum err err = read_name(r, &tag);

    if (err || r->depth == SHAPE_DEPTH_MAX || (r->depth == 0 && !units_are(tag, "Event"))) {
        return ERR_FORMAT;
    }
    e = element_in(&r->open[r->depth], tag);
    while (skip_space(r) && peek(r) != '>' && peek(r) != '/') {
        err = read_attribute(r, &e);
        if (err) {
            return err;
        }
    }
    if (take(r, '/')) {
        return take(r, '>') ? ERR_OK : ERR_FORMAT;
    }
    if (!take(r, '>')) {
        return ERR_FORMAT;
    }
    r->open[++r->depth] = e;
    return ERR_OK;
}

/* Behind the "</". */
MUST_CHECK static enum err
read_end(struct reader *r)
{
    struct units tag;
    enum err err = read_name(r, &tag);

    (void)skip_space(r);
    if (err || !take(r, '>') || !units_equal(tag, r->open[r->depth].tag)) {
        return ERR_FORMAT;
    }
    r->depth--;
    return ERR_OK;
}

/* Text or one tag inside the event. */
MUST_CHECK static enum err
read_part(struct reader *r)
{
    const struct element *e = &r->open[r->depth];
    struct units value;
    enum err err;

    if (take(r, '<')) {
        return take(r, '/') ? read_end(r) : read_start(r);
    }
    err = read_text(r, '<', &value);
    if (err || (e->sys != SYS_NONE && shape_system_attribute(e->sys) != NULL)) {
        return err;
    }
    return give(r, e, value);
}

enum err
event_xml_read(uint16_t *text, size_t len, event_xml_fn fn, void *ctx)
{
    struct reader r = {.text = text, .fn = fn, .ctx = ctx};
    enum err err;

    while (r.len < len && text[r.len] != 0) {
        r.len++;
    }
    if (r.len > EVENT_XML_MAX) {
        return ERR_RANGE;
    }
    r.open[0] = (struct element){.scope = SCOPE_TOP, .sys = SYS_NONE};
    (void)skip_space(&r);
    err = take(&r, '<') ? read_start(&r) : ERR_FORMAT;
    while (!err && r.depth > 0) {
        err = r.pos == r.len ? ERR_FORMAT : read_part(&r);
    }
    (void)skip_space(&r);
    return !err && r.pos < r.len ? ERR_FORMAT : err;
}
