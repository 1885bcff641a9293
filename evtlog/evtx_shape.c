/*
 * evtx_shape - walks the tokens of binary XML once, with its own stack of open elements.
 *
 * Tokens: [MS-EVEN6] 2.2.12 to 2.2.16. Observed and not documented there: the dependency id of an
 * element stands in template definitions only; a name is stored where it is first used, and
 * whoever uses it later gives its offset in the chunk.
 */
#include "evtlog/evtx_shape.h"

#include "core/metrics.h"
#include "core/rd.h"
#include "core/utf.h"
#include "evtlog/evtx_value.h"

#define TOKEN_MORE 0x40u /* more of the same follows; for elements: attributes follow */
#define NAME_HEAD_LEN 8  /* offset of the next name, hash, count of units */
#define NO_LEAF SIZE_MAX

enum token {
    TOKEN_END = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHAR = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_PI_TARGET = 0x0a,
    TOKEN_PI_DATA = 0x0b,
    TOKEN_VALUE_OF = 0x0d,
    TOKEN_OPTIONAL_VALUE_OF = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
};

enum attribute { ATTR_NONE, ATTR_SKIP, ATTR_SYS, ATTR_DATA_NAME };

struct element {
    enum shape_scope scope;
    enum shape_sys sys; /* SCOPE_LEAF under System; else SYS_NONE */
    bool user;          /* SCOPE_LEAF under UserData: its children are data too */
    uint16_t name_at;   /* SCOPE_LEAF */
    uint8_t name_len;
};

struct walk {
    const struct shape_input *in;
    struct rd rd; /* over the chunk up to in->end */
    struct shape *out;
    size_t depth;
    size_t leaf; /* that text goes to, or NO_LEAF */
    bool full;   /* text was left out, and that was counted */
    enum attribute attribute;
    enum shape_sys attribute_sys;
    struct element open[SHAPE_DEPTH_MAX + 1]; /* open[0] is what surrounds the fragment */
};

/* -- names ------------------------------------------------------------------------------------- */

/* A stored name at an offset of the chunk. */
MUST_CHECK static enum err
name_at(const struct walk *w, size_t at, struct rd *name)
{
    struct rd rd = rd_make(w->in->chunk, w->in->chunk_len);
    const uint8_t *units;
    uint16_t count;
    enum err err = rd_seek(&rd, at);

    if (!err) {
        err = rd_skip(&rd, NAME_HEAD_LEN - sizeof(count));
    }
    if (!err) {
        err = rd_u16(&rd, &count);
    }
    if (!err) {
        err = rd_bytes(&rd, 2u * count, &units);
    }
    if (err) {
        return ERR_FORMAT;
    }
    *name = rd_make(units, 2u * count);
    return ERR_OK;
}

static void
note_outer(struct walk *w, size_t at, size_t len)
{
    struct shape *out = w->out;

    if (out->outer_count == SHAPE_OUTER_MAX) {
        out->outer_full = true;
        return;
    }
    out->outer[out->outer_count++] = (struct shape_outer){(uint32_t)at, (uint32_t)len};
}

/* The name an element, attribute or entity gives: an offset, and the name itself when it is first
 * used here. *text (cap SHAPE_NAME_MAX) is UTF-8; empty when it is longer. */
MUST_CHECK static enum err
read_name(struct walk *w, char *text, struct sv *out)
{
    struct rd name;
    uint32_t at;
    bool cut;
    size_t len;
    enum err err = rd_u32(&w->rd, &at);

    if (!err) {
        err = name_at(w, at, &name);
    }
    if (err) {
        return err;
    }
    if (at == w->rd.pos) { /* stored here, NUL-terminated */
        err = rd_skip(&w->rd, NAME_HEAD_LEN + name.len + 2);
    } else if (at < w->in->at || at >= w->in->end) {
        note_outer(w, at, NAME_HEAD_LEN + name.len);
    }
    len = utf16le_to_utf8(name.data, name.len, text, SHAPE_NAME_MAX, &cut);
    *out = (struct sv){text, cut ? 0 : len};
    return err;
}

/* -- elements ---------------------------------------------------------------------------------- */

static bool
keep_name(struct walk *w, struct sv name, struct element *e)
{
    struct shape *out = w->out;

    if (name.len == 0 || name.len > sizeof(out->names) - out->names_len) {
        return false;
    }
    e->name_at = (uint16_t)out->names_len;
    e->name_len = (uint8_t)name.len;
    memcpy(out->names + out->names_len, name.p, name.len);
    out->names_len += name.len;
    return true;
}

enum shape_sys
shape_system_element(struct sv name)
{
    static const struct {
        const char *name;
        enum shape_sys sys;
    } known[] = {
        {"EventID", SYS_EVENT_ID}, {"Version", SYS_VERSION},      {"EventRecordID", SYS_RECORD_ID},
        {"Channel", SYS_CHANNEL},  {"Computer", SYS_COMPUTER},    {"Provider", SYS_PROVIDER},
        {"TimeCreated", SYS_TIME}, {"Execution", SYS_PROCESS_ID}, {"Level", SYS_LEVEL},
        {"Security", SYS_USER_ID},
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        if (sv_eq(name, sv_from(known[i].name))) {
            return known[i].sys;
        }
    }
    return SYS_NONE;
}

const char *
shape_system_attribute(enum shape_sys sys)
{
    switch (sys) {
    case SYS_PROVIDER:
        return "Name";
    case SYS_TIME:
        return "SystemTime";
    case SYS_PROCESS_ID:
        return "ProcessID";
    case SYS_USER_ID:
        return "UserID";
    case SYS_LEVEL:
    case SYS_EVENT_ID:
    case SYS_VERSION:
    case SYS_RECORD_ID:
    case SYS_CHANNEL:
    case SYS_COMPUTER:
    case SYS_COUNT:
        break;
    }
    return NULL;
}

static enum shape_scope
scope_in_event(struct sv name)
{
    if (sv_eq(name, SV("System"))) {
        return SCOPE_SYSTEM;
    }
    if (sv_eq(name, SV("EventData"))) {
        return SCOPE_EVENTDATA;
    }
    return sv_eq(name, SV("UserData")) ? SCOPE_USERDATA : SCOPE_SKIP;
}

/* What an element means where it stands. */
static struct element
element_in(struct walk *w, const struct element *parent, struct sv name)
{
    struct element e = {.scope = SCOPE_SKIP, .sys = SYS_NONE};

    switch (parent->scope) {
    case SCOPE_TOP:
        e.scope = sv_eq(name, SV("Event")) ? SCOPE_EVENT : SCOPE_SKIP;
        break;
    case SCOPE_EVENT:
        e.scope = scope_in_event(name);
        break;
    case SCOPE_SYSTEM:
        e.sys = shape_system_element(name);
        e.scope = e.sys == SYS_NONE ? SCOPE_SKIP : SCOPE_LEAF;
        break;
    case SCOPE_EVENTDATA: /* <Data> is named by its attribute, which follows */
        e.scope = SCOPE_LEAF;
        if (!sv_eq(name, SV("Data")) && !keep_name(w, name, &e)) {
            e.scope = SCOPE_SKIP;
        }
        break;
    case SCOPE_USERDATA:
    case SCOPE_LEAF:
        if (parent->scope == SCOPE_USERDATA || parent->user) {
            e.user = true;
            e.scope = keep_name(w, name, &e) ? SCOPE_LEAF : SCOPE_SKIP;
        }
        break;
    case SCOPE_SKIP:
        break;
    }
    return e;
}

MUST_CHECK static enum err
open_element(struct walk *w, bool has_attributes)
{
    char text[SHAPE_NAME_MAX];
    struct sv name;
    enum err err = ERR_OK;

    if (w->depth == SHAPE_DEPTH_MAX) {
        return ERR_RANGE;
    }
    if (w->in->in_template) {
        err = rd_skip(&w->rd, sizeof(uint16_t)); /* dependency id */
    }
    if (!err) {
        err = rd_skip(&w->rd, sizeof(uint32_t)); /* length of the element */
    }
    if (!err) {
        err = read_name(w, text, &name);
    }
    if (!err && has_attributes) {
        err = rd_skip(&w->rd, sizeof(uint32_t)); /* length of the attributes */
    }
    if (err) {
        return err;
    }
    w->open[w->depth + 1] = element_in(w, &w->open[w->depth], name);
    w->depth++;
    w->leaf = NO_LEAF;
    w->attribute = ATTR_NONE;
    return ERR_OK;
}

MUST_CHECK static enum err
close_element(struct walk *w)
{
    if (w->depth == 0) {
        return ERR_FORMAT;
    }
    w->depth--;
    w->leaf = NO_LEAF;
    w->attribute = ATTR_NONE;
    return ERR_OK;
}

MUST_CHECK static enum err
read_attribute(struct walk *w)
{
    const struct element *e = &w->open[w->depth];
    char text[SHAPE_NAME_MAX];
    struct sv name;
    enum err err = read_name(w, text, &name);

    if (err) {
        return err;
    }
    w->leaf = NO_LEAF;
    w->attribute = ATTR_SKIP;
    if (e->scope != SCOPE_LEAF || e->user) {
        return ERR_OK;
    }
    if (e->sys != SYS_NONE) {
        const char *wanted = shape_system_attribute(e->sys);

        if (wanted != NULL && sv_eq(name, sv_from(wanted))) {
            w->attribute = ATTR_SYS;
        }
    } else if (e->name_len == 0 && sv_eq(name, SV("Name"))) {
        w->attribute = ATTR_DATA_NAME;
    }
    return ERR_OK;
}

/* -- text -------------------------------------------------------------------------------------- */

/* Whether text that stands here is wanted; makes the leaf it belongs to. Beyond the limits text
 * is left out: no mapping has as many data, but a text may have as many entities. */
static bool
want_text(struct walk *w)
{
    const struct element *e = &w->open[w->depth];
    struct shape *out = w->out;
    bool in_attribute = w->attribute == ATTR_SYS;

    if (e->scope != SCOPE_LEAF || (w->attribute != ATTR_NONE && !in_attribute)) {
        return false;
    }
    if (e->sys != SYS_NONE && (shape_system_attribute(e->sys) != NULL) != in_attribute) {
        return false;
    }
    if (e->sys == SYS_NONE && e->name_len == 0) {
        return false; /* <Data> without a name */
    }
    if (out->piece_count == SHAPE_PIECES_MAX) {
        metric_add(METRIC_TEXTS_CUT, w->full ? 0 : 1);
        w->full = true;
        return false;
    }
    if (w->leaf == NO_LEAF) {
        if (out->leaf_count == SHAPE_LEAVES_MAX) {
            return false;
        }
        w->leaf = out->leaf_count++;
        out->leaf[w->leaf] = (struct shape_leaf){.sys = (uint8_t)e->sys,
                                                 .name_at = e->name_at,
                                                 .name_len = e->name_len,
                                                 .piece_at = (uint16_t)out->piece_count};
    }
    return true;
}

static void
add_piece(struct walk *w, struct shape_piece piece)
{
    if (want_text(w)) {
        w->out->piece[w->out->piece_count++] = piece;
        w->out->leaf[w->leaf].piece_count++;
    }
}

static void
take_data_name(struct walk *w, const uint8_t *data, size_t len)
{
    struct element *e = &w->open[w->depth];
    char text[SHAPE_NAME_MAX];
    bool cut;
    size_t text_len = utf16le_to_utf8(data, len, text, sizeof(text), &cut);

    if (cut || e->name_len != 0 || !keep_name(w, (struct sv){text, text_len}, e)) {
        e->scope = SCOPE_SKIP;
    }
}

static void
add_literal(struct walk *w, unsigned type, const uint8_t *data, size_t len)
{
    if (w->attribute == ATTR_DATA_NAME && type == EVTX_STRING) {
        take_data_name(w, data, len);
        return;
    }
    add_piece(w, (struct shape_piece){.source = PIECE_LITERAL,
                                      .type = (uint8_t)type,
                                      .at = (uint32_t)((size_t)(data - w->in->chunk) - w->in->at),
                                      .len = (uint32_t)len});
}

static void
add_char(struct walk *w, uint16_t unit)
{
    add_piece(w, (struct shape_piece){.source = PIECE_CHAR, .value = unit});
}

MUST_CHECK static enum err
read_counted_units(struct walk *w, const uint8_t **data, size_t *len)
{
    uint16_t count;
    enum err err = rd_u16(&w->rd, &count);

    if (!err) {
        *len = 2u * count;
        err = rd_bytes(&w->rd, *len, data);
    }
    return err;
}

/* A value that stands in the text itself: nearly always a string. */
MUST_CHECK static enum err
read_value(struct walk *w)
{
    const uint8_t *data;
    size_t len;
    uint16_t count;
    uint8_t type;
    enum err err = rd_u8(&w->rd, &type);

    if (err) {
        return err;
    }
    if (type == EVTX_STRING) {
        err = read_counted_units(w, &data, &len);
    } else if (type == EVTX_ANSI || type == EVTX_BINARY) {
        err = rd_u16(&w->rd, &count);
        len = err ? 0 : count;
        err = err ? err : rd_bytes(&w->rd, len, &data);
    } else if (type == EVTX_SID && rd_left(&w->rd) > 1) {
        len = 8u + 4u * w->rd.data[w->rd.pos + 1];
        err = rd_bytes(&w->rd, len, &data);
    } else {
        len = evtx_type_len(type);
        err = len == 0 ? ERR_FORMAT : rd_bytes(&w->rd, len, &data);
    }
    if (!err) {
        add_literal(w, type, data, len);
    }
    return err;
}

MUST_CHECK static enum err
read_substitution(struct walk *w)
{
    const struct element *e = &w->open[w->depth];
    struct shape *out = w->out;
    uint16_t value;
    enum err err = rd_u16(&w->rd, &value);

    if (!err) {
        err = rd_skip(&w->rd, 1); /* its type: the value says that itself */
    }
    if (err) {
        return err;
    }
    if (w->attribute == ATTR_NONE && out->nested_count < SHAPE_NESTED_MAX &&
        (e->scope == SCOPE_EVENT || e->scope == SCOPE_EVENTDATA || e->scope == SCOPE_USERDATA ||
         e->user)) {
        enum shape_scope inside = e->user ? SCOPE_USERDATA : e->scope;

        out->nested[out->nested_count++] = (struct shape_nested){value, (uint8_t)inside};
    }
    add_piece(w, (struct shape_piece){.source = PIECE_VALUE, .value = value});
    return ERR_OK;
}

MUST_CHECK static enum err
read_entity(struct walk *w)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    char text[SHAPE_NAME_MAX];
    struct sv name;
    enum err err = read_name(w, text, &name);

    for (size_t i = 0; !err && i < COUNT(known); i++) {
        if (sv_eq(name, sv_from(known[i].name))) {
            add_char(w, (uint8_t)known[i].c);
        }
    }
    return err;
}

MUST_CHECK static enum err
read_char(struct walk *w)
{
    uint16_t unit;
    enum err err = rd_u16(&w->rd, &unit);

    if (!err) {
        add_char(w, unit);
    }
    return err;
}

MUST_CHECK static enum err
read_cdata(struct walk *w)
{
    const uint8_t *data;
    size_t len;
    enum err err = read_counted_units(w, &data, &len);

    if (!err) {
        add_literal(w, EVTX_STRING, data, len);
    }
    return err;
}

/* Processing instructions carry nothing that an event has. */
MUST_CHECK static enum err
skip_pi(struct walk *w, enum token token)
{
    char text[SHAPE_NAME_MAX];
    const uint8_t *data;
    struct sv name;
    size_t len;

    return token == TOKEN_PI_TARGET ? read_name(w, text, &name)
                                    : read_counted_units(w, &data, &len);
}

static void
close_start(struct walk *w)
{
    w->leaf = NO_LEAF;
    w->attribute = ATTR_NONE;
}

/* -- tokens ------------------------------------------------------------------------------------ */

MUST_CHECK static enum err
read_token(struct walk *w, unsigned byte)
{
    switch (byte & ~TOKEN_MORE) {
    case TOKEN_OPEN:
        return open_element(w, (byte & TOKEN_MORE) != 0);
    case TOKEN_CLOSE_START:
        close_start(w);
        return ERR_OK;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE:
        return close_element(w);
    case TOKEN_VALUE:
        return read_value(w);
    case TOKEN_ATTRIBUTE:
        return read_attribute(w);
    case TOKEN_CDATA:
        return read_cdata(w);
    case TOKEN_CHAR:
        return read_char(w);
    case TOKEN_ENTITY:
        return read_entity(w);
    case TOKEN_PI_TARGET:
    case TOKEN_PI_DATA:
        return skip_pi(w, byte & ~TOKEN_MORE);
    case TOKEN_VALUE_OF:
    case TOKEN_OPTIONAL_VALUE_OF:
        return read_substitution(w);
    case TOKEN_FRAGMENT:
        return rd_skip(&w->rd, 3); /* version and flags */
    default:
        return ERR_FORMAT;
    }
}

enum err
shape_compile(const struct shape_input *in, struct shape *out)
{
    struct walk w = {.in = in, .out = out, .leaf = NO_LEAF};
    enum err err;

    out->leaf_count = out->piece_count = out->nested_count = out->names_len = 0;
    out->outer_count = 0;
    out->outer_full = false;
    if (in->end > in->chunk_len) {
        return ERR_FORMAT;
    }
    w.rd = rd_make(in->chunk, in->end);
    w.open[0] = (struct element){.scope = in->scope, .sys = SYS_NONE};
    err = rd_seek(&w.rd, in->at);
    while (!err && rd_left(&w.rd) > 0) {
        uint8_t byte;

        err = rd_u8(&w.rd, &byte);
        if (!err && byte == TOKEN_END) {
            break;
        }
        err = err ? err : read_token(&w, byte);
    }
    if (err == ERR_TRUNC) {
        err = ERR_FORMAT;
    }
    return !err && w.depth != 0 ? ERR_FORMAT : err;
}
