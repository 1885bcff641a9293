/* json - the writer: places commas and indents, escapes everything that is not plain ASCII. */
#include "core/json.h"

#include <assert.h>
#include <float.h>
#include <stdio.h>

#include "core/tm.h"
#include "core/utf.h"

#define INDENT 2

static const char hex_digits[] = "0123456789abcdef";

static bool
is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void
put_unit(struct buf *out, uint32_t unit)
{
    char text[6] = {'\\',
                    'u',
                    hex_digits[unit >> 12 & 15],
                    hex_digits[unit >> 8 & 15],
                    hex_digits[unit >> 4 & 15],
                    hex_digits[unit & 15]};

    buf_put(out, text, sizeof(text));
}

static void
put_escaped(struct buf *out, uint32_t cp)
{
    static const char short_forms[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

    if (cp < sizeof(short_forms) && short_forms[cp] != '\0') {
        char text[2] = {'\\', short_forms[cp]};
        buf_put(out, text, sizeof(text));
    } else if (cp >= 0x10000u) {
        put_unit(out, 0xD7C0u + (cp >> 10)); /* 0xD800 - (0x10000 >> 10) */
        put_unit(out, 0xDC00u | (cp & 0x3FFu));
    } else {
        put_unit(out, cp);
    }
}

static void
put_string(struct buf *out, struct sv s)
{
    size_t pos = 0;

    buf_putc(out, '"');
    while (pos < s.len) {
        size_t start = pos;

        while (pos < s.len && is_plain(s.p[pos])) {
            pos++;
        }
        buf_put(out, s.p + start, pos - start);
        if (pos < s.len) {
            put_escaped(out, utf8_next(s, &pos));
        }
    }
    buf_putc(out, '"');
}

static void
new_line(struct json *j)
{
    if (!j->pretty) {
        return;
    }
    buf_putc(j->out, '\n');
    for (unsigned i = 0; i < (unsigned)j->depth * INDENT; i++) {
        buf_putc(j->out, ' ');
    }
}

/* What stands before every value: comma, line break, key. */
static void
begin_value(struct json *j, const char *key)
{
    assert((key != NULL) == j->is_obj[j->depth]); /* keys in objects, and only there */
    assert(j->depth > 0 || j->first[0]);          /* one value at the top */
    if (!j->first[j->depth]) {
        buf_putc(j->out, ',');
    }
    j->first[j->depth] = false;
    if (j->depth > 0) {
        new_line(j);
    }
    if (key != NULL) {
        put_string(j->out, sv_from(key));
        buf_puts(j->out, j->pretty ? ": " : ":");
    }
}

static void
put_value(struct json *j, const char *key, struct sv text)
{
    begin_value(j, key);
    buf_put_sv(j->out, text);
}

static void
open_level(struct json *j, const char *key, bool is_obj)
{
    begin_value(j, key);
    buf_putc(j->out, is_obj ? '{' : '[');
    assert(j->depth + 1 < JSON_DEPTH_MAX);
    j->depth++;
    j->first[j->depth] = true;
    j->is_obj[j->depth] = is_obj;
}

static void
close_level(struct json *j, bool is_obj)
{
    bool empty = j->first[j->depth];

    assert(j->depth > 0 && j->is_obj[j->depth] == is_obj);
    j->depth--;
    if (!empty) {
        new_line(j);
    }
    buf_putc(j->out, is_obj ? '}' : ']');
}

void
json_init(struct json *j, struct buf *out, bool pretty)
{
    *j = (struct json){.out = out, .pretty = pretty};
    j->first[0] = true;
}

void
json_obj(struct json *j, const char *key)
{
    open_level(j, key, true);
}

void
json_obj_end(struct json *j)
{
    close_level(j, true);
}

void
json_arr(struct json *j, const char *key)
{
    open_level(j, key, false);
}

void
json_arr_end(struct json *j)
{
    close_level(j, false);
}

void
json_str(struct json *j, const char *key, struct sv value)
{
    begin_value(j, key);
    put_string(j->out, value);
}

void
json_u64(struct json *j, const char *key, uint64_t value)
{
    begin_value(j, key);
    buf_put_u64(j->out, value);
}

void
json_i64(struct json *j, const char *key, int64_t value)
{
    begin_value(j, key);
    if (value < 0) {
        buf_putc(j->out, '-');
    }
    buf_put_u64(j->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void
json_id(struct json *j, const char *key, uint64_t value)
{
    begin_value(j, key);
    buf_putc(j->out, '"');
    buf_put_u64(j->out, value);
    buf_putc(j->out, '"');
}

void
json_hex(struct json *j, const char *key, uint32_t value)
{
    char text[12] = "\"0x00000000\"";

    for (unsigned i = 0; i < 8; i++) {
        text[3 + i] = hex_digits[value >> (28 - 4 * i) & 15];
    }
    put_value(j, key, (struct sv){text, sizeof(text)});
}

void
json_double(struct json *j, const char *key, double value)
{
    char text[32];
    int len;

    if (!(value >= -DBL_MAX && value <= DBL_MAX)) { /* infinite or no number */
        json_null(j, key);
        return;
    }
    len = snprintf(text, sizeof(text), "%.6g", value);
    assert(len > 0 && (size_t)len < sizeof(text));
    for (int i = 0; i < len; i++) {
        if (text[i] == ',') {
            text[i] = '.'; /* the locale's decimal point */
        }
    }
    put_value(j, key, (struct sv){text, (size_t)len});
}

void
json_bool(struct json *j, const char *key, bool value)
{
    put_value(j, key, value ? SV("true") : SV("false"));
}

void
json_null(struct json *j, const char *key)
{
    put_value(j, key, SV("null"));
}

void
json_time(struct json *j, const char *key, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];

    if (t_ft == 0) {
        json_null(j, key);
        return;
    }
    json_str(j, key, (struct sv){text, tm_format(t_ft, text)});
}

void
json_addr(struct json *j, const char *key, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    if (!addr_is_set(a)) {
        json_null(j, key);
        return;
    }
    json_str(j, key, (struct sv){text, addr_format(a, text)});
}

void
json_raw(struct json *j, const char *key, struct sv ready)
{
    put_value(j, key, ready.len == 0 ? SV("null") : ready);
}
