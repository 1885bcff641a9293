/* evtx_mof - a scanner that knows texts, names and everything else. */
#include "evtlog/evtx_mof.h"

#include "core/utf.h"

#define HEX_ESCAPE_MAX 4 /* \x and one to four hex digits: a UTF-16 unit */

struct scan {
    struct sv mof;
    size_t at;
};

static bool
is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
peek(const struct scan *s)
{
    return s->at < s->mof.len ? s->mof.p[s->at] : '\0';
}

static void
skip_blanks(struct scan *s)
{
    while (s->at < s->mof.len && is_blank(s->mof.p[s->at])) {
        s->at++;
    }
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash, as bytes. */
static size_t
read_escape(struct scan *s, char out[4])
{
    static const char from[] = "btnfr";
    static const char to[] = "\b\t\n\f\r";
    char c = peek(s);
    const char *known = c == '\0' ? NULL : strchr(from, c);
    uint32_t unit = 0;
    int digits = 0;

    if (s->at == s->mof.len) {
        return 0;
    }
    s->at++;
    if (c != 'x' && c != 'X') {
        out[0] = known != NULL ? to[known - from] : c;
        return 1;
    }
    while (digits < HEX_ESCAPE_MAX && hex_value(peek(s)) >= 0) {
        unit = unit << 4 | (uint32_t)hex_value(peek(s));
        s->at++;
        digits++;
    }
    return utf8_put(unit, out);
}

/* Where a text goes; out NULL: nowhere. */
struct sink {
    char *out;
    size_t cap, len;
    bool full;
};

static void
put(struct sink *to, const char *bytes, size_t len)
{
    if (to->out == NULL) {
        return;
    }
    if (to->full || len > to->cap - to->len) {
        to->full = true;
        return;
    }
    memcpy(to->out + to->len, bytes, len);
    to->len += len;
}

/* From behind the opening quote to behind the closing one, or to the end. */
static void
read_text(struct scan *s, struct sink *to)
{
    while (s->at < s->mof.len) {
        char c = s->mof.p[s->at++];
        char bytes[4];

        if (c == '"') {
            return;
        }
        if (c == '\\') {
            size_t len = read_escape(s, bytes);

            put(to, bytes, len);
        } else {
            put(to, &c, 1);
        }
    }
}

/* Behind a property's name: = and its texts. False when it has another value. */
static bool
read_value(struct scan *s, struct sink *to)
{
    bool any = false;

    skip_blanks(s);
    if (peek(s) != '=') {
        return false;
    }
    s->at++;
    skip_blanks(s);
    while (peek(s) == '"') {
        s->at++;
        read_text(s, to);
        any = true;
        skip_blanks(s);
    }
    return any;
}

/* Without a character whose last bytes are beyond len. */
static size_t
whole_len(const char *text, size_t len)
{
    size_t lead = len;
    size_t need;

    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80) {
        lead--;
    }
    if (lead == 0 || (unsigned char)text[lead - 1] < 0xC0) {
        return len;
    }
    need = (unsigned char)text[lead - 1] >= 0xF0   ? 4
           : (unsigned char)text[lead - 1] >= 0xE0 ? 3
                                                   : 2;
    return len - (lead - 1) < need ? lead - 1 : len;
}

struct sv
mof_text(struct sv mof, struct sv property, char *out, size_t cap, bool *cut)
{
    struct scan s = {mof, 0};
    struct sink to = {out, cap, 0, false};
    struct sink nowhere = {NULL, 0, 0, false};
    bool found = false;

    while (s.at < mof.len && !found) {
        size_t from = s.at;

        if (peek(&s) == '"') {
            s.at++;
            read_text(&s, &nowhere);
            continue;
        }
        while (s.at < mof.len && is_name_char(mof.p[s.at])) {
            s.at++;
        }
        if (s.at == from) {
            s.at++;
        } else if (sv_eq_nocase((struct sv){mof.p + from, s.at - from}, property)) {
            found = read_value(&s, &to);
        }
    }
    if (cut != NULL) {
        *cut = to.full;
    }
    return (struct sv){out, to.full ? whole_len(out, to.len) : to.len};
}
