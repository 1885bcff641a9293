/* json_read - a pull tokenizer: one state word says what may come next, a bit per level the rest.
 */
#include "core/json_read.h"

#include "core/utf.h"

enum expect {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* behind '[' */
    WANT_KEY,
    WANT_KEY_OR_END,   /* behind '{' */
    WANT_COMMA_OR_END, /* behind a value inside a container */
    WANT_NOTHING,      /* behind the outermost value */
};

_Static_assert(JSON_DEPTH_MAX <= 32, "struct json_reader has one bit per level");

void
json_reader_init(struct json_reader *r, char *text, size_t len, bool comments)
{
    *r = (struct json_reader){
        .text = text, .len = len, .line = 1, .at_line = 1, .comments = comments};
    r->expect = WANT_VALUE;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        r->pos = 3;
    }
    if (!utf8_valid((struct sv){text, len})) {
        r->why = "the text is not UTF-8";
    }
}

MUST_CHECK static enum err
fail(struct json_reader *r, const char *why)
{
    r->why = why;
    return ERR_FORMAT;
}

static bool
at(const struct json_reader *r, char c)
{
    return r->pos < r->len && r->text[r->pos] == c;
}

static bool
in_object(const struct json_reader *r)
{
    return r->depth > 0 && (r->objects >> (r->depth - 1) & 1) != 0;
}

/* -- white space and comments ------------------------------------------------------------------ */

static void
skip_line_comment(struct json_reader *r)
{
    while (r->pos < r->len && r->text[r->pos] != '\n') {
        r->pos++;
    }
}

MUST_CHECK static enum err
skip_block_comment(struct json_reader *r)
{
    for (r->pos += 2; r->len - r->pos >= 2; r->pos++) {
        if (r->text[r->pos] == '*' && r->text[r->pos + 1] == '/') {
            r->pos += 2;
            return ERR_OK;
        }
        if (r->text[r->pos] == '\n') {
            r->at_line++;
        }
    }
    return fail(r, "a comment does not end");
}

MUST_CHECK static enum err
skip_blank(struct json_reader *r)
{
    while (r->pos < r->len) {
        char c = r->text[r->pos];
        char next = '\0';
        enum err err;

        if (c == '\n') {
            r->at_line++;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            r->pos++;
            continue;
        }
        if (!r->comments || c != '/') {
            return ERR_OK;
        }
        if (r->len - r->pos >= 2) {
            next = r->text[r->pos + 1];
        }
        if (next == '/') {
            skip_line_comment(r);
        } else if (next == '*') {
            err = skip_block_comment(r);
            if (err) {
                return err;
            }
        } else {
            return ERR_OK; /* the lone slash is refused as a value */
        }
    }
    return ERR_OK;
}

/* -- strings ------------------------------------------------------------------------------------
 */

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind "\u"; false when there are none. */
static bool
read_unit(struct json_reader *r, uint32_t *out)
{
    uint32_t unit = 0;

    if (r->len - r->pos < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_value(r->text[r->pos + i]);

        if (digit < 0) {
            return false;
        }
        unit = unit << 4 | (uint32_t)digit;
    }
    r->pos += 4;
    *out = unit;
    return true;
}

/* A high surrogate takes the low one behind it along; any other surrogate stays alone. */
static bool
read_code_point(struct json_reader *r, uint32_t *out)
{
    size_t back;
    uint32_t low;

    if (!read_unit(r, out)) {
        return false;
    }
    if (*out < 0xD800u || *out > 0xDBFFu || r->len - r->pos < 2 || r->text[r->pos] != '\\' ||
        r->text[r->pos + 1] != 'u') {
        return true;
    }
    back = r->pos;
    r->pos += 2;
    if (!read_unit(r, &low)) {
        return false;
    }
    if (low >= 0xDC00u && low <= 0xDFFFu) {
        *out = 0x10000u + ((*out - 0xD800u) << 10) + (low - 0xDC00u);
    } else {
        r->pos = back;
    }
    return true;
}

/* pos is behind the backslash; appends at *to, which lies before it. */
MUST_CHECK static enum err
read_escape(struct json_reader *r, size_t *to)
{
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    const char *hit;
    uint32_t cp;
    char c;

    if (r->pos >= r->len) {
        return fail(r, "a text does not end");
    }
    c = r->text[r->pos++];
    if (c == 'u') {
        if (!read_code_point(r, &cp)) {
            return fail(r, "\\u needs four hex digits");
        }
        *to += utf8_put(cp, r->text + *to); /* at most 4 bytes, in place of at least 6 */
        return ERR_OK;
    }
    hit = c == '\0' ? NULL : strchr(from, c);
    if (hit == NULL) {
        return fail(r, "unknown escape behind a backslash");
    }
    r->text[(*to)++] = into[hit - from];
    return ERR_OK;
}

static bool
is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* pos is at the opening quote. */
MUST_CHECK static enum err
read_string(struct json_reader *r)
{
    size_t start = r->pos + 1;
    size_t to;

    for (r->pos = start; r->pos < r->len && is_plain(r->text[r->pos]); r->pos++) {
    }
    to = r->pos; /* up to here decoded is as written */
    while (r->pos < r->len) {
        char c = r->text[r->pos++];
        enum err err;

        if (c == '"') {
            r->value = (struct sv){r->text + start, to - start};
            return ERR_OK;
        }
        if ((unsigned char)c < 0x20) {
            return fail(r, "a raw control character in a text");
        }
        if (c != '\\') {
            r->text[to++] = c;
            continue;
        }
        err = read_escape(r, &to);
        if (err) {
            return err;
        }
    }
    return fail(r, "a text does not end");
}

/* -- numbers and words ----------------------------------------------------------------------------
 */

static size_t
skip_digits(struct json_reader *r)
{
    size_t start = r->pos;

    while (r->pos < r->len && r->text[r->pos] >= '0' && r->text[r->pos] <= '9') {
        r->pos++;
    }
    return r->pos - start;
}

MUST_CHECK static enum err
read_number(struct json_reader *r)
{
    size_t start = r->pos;
    bool zero;

    r->pos += at(r, '-');
    zero = at(r, '0');
    switch (skip_digits(r)) {
    case 0:
        return fail(r, "a number has no digits");
    case 1:
        break;
    default:
        if (zero) {
            return fail(r, "a number begins with 0");
        }
    }
    if (at(r, '.')) {
        r->pos++;
        if (skip_digits(r) == 0) {
            return fail(r, "a number ends in its point");
        }
    }
    if (at(r, 'e') || at(r, 'E')) {
        r->pos++;
        r->pos += at(r, '+') || at(r, '-');
        if (skip_digits(r) == 0) {
            return fail(r, "a number ends in its exponent");
        }
    }
    r->value = (struct sv){r->text + start, r->pos - start};
    return ERR_OK;
}

static bool
take_word(struct json_reader *r, struct sv word)
{
    if (!sv_starts_with((struct sv){r->text + r->pos, r->len - r->pos}, word)) {
        return false;
    }
    r->pos += word.len;
    return true;
}

MUST_CHECK static enum err
read_word(struct json_reader *r, enum json_token *out)
{
    if (take_word(r, SV("true"))) {
        *out = JSON_TRUE;
    } else if (take_word(r, SV("false"))) {
        *out = JSON_FALSE;
    } else if (take_word(r, SV("null"))) {
        *out = JSON_NULL;
    } else {
        return fail(r, "a value was expected");
    }
    return ERR_OK;
}

/* -- structure
 * -------------------------------------------------------------------------------------- */

static void
value_done(struct json_reader *r)
{
    r->expect = r->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
}

MUST_CHECK static enum err
open_level(struct json_reader *r, bool object, enum json_token *out)
{
    if (r->depth == JSON_DEPTH_MAX) {
        return fail(r, "nested too deeply");
    }
    r->pos++;
    r->objects &= ~(UINT32_C(1) << r->depth);
    r->objects |= (uint32_t)object << r->depth;
    r->depth++;
    r->expect = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    *out = object ? JSON_OBJ : JSON_ARR;
    return ERR_OK;
}

static void
close_level(struct json_reader *r, enum json_token *out)
{
    *out = in_object(r) ? JSON_OBJ_END : JSON_ARR_END;
    r->pos++;
    r->depth--;
    value_done(r);
}

MUST_CHECK static enum err
read_value(struct json_reader *r, enum json_token *out)
{
    enum err err;

    if (r->pos >= r->len) {
        return fail(r, "the text ends too early");
    }
    switch (r->text[r->pos]) {
    case '{':
        return open_level(r, true, out);
    case '[':
        return open_level(r, false, out);
    case '"':
        *out = JSON_STRING;
        err = read_string(r);
        break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        *out = JSON_NUMBER;
        err = read_number(r);
        break;
    default:
        err = read_word(r, out);
    }
    value_done(r);
    return err;
}

MUST_CHECK static enum err
read_key(struct json_reader *r, enum json_token *out)
{
    enum err err;

    if (!at(r, '"')) {
        return fail(r, "a key in quotes was expected");
    }
    err = read_string(r);
    if (err) {
        return err;
    }
    err = skip_blank(r);
    if (err) {
        return err;
    }
    if (!at(r, ':')) {
        return fail(r, "':' was expected behind a key");
    }
    r->pos++;
    r->expect = WANT_VALUE;
    *out = JSON_KEY;
    return ERR_OK;
}

/* Behind a value: a comma leads to the next key or value, anything else must end the level. */
MUST_CHECK static enum err
pass_comma(struct json_reader *r)
{
    if (!at(r, ',')) {
        return at(r, in_object(r) ? '}' : ']') ? ERR_OK : fail(r, "',' or an end was expected");
    }
    r->pos++;
    r->expect = in_object(r) ? WANT_KEY : WANT_VALUE;
    return skip_blank(r);
}

MUST_CHECK enum err
json_next(struct json_reader *r, enum json_token *out)
{
    enum err err = r->why != NULL ? ERR_FORMAT : skip_blank(r);

    r->value = (struct sv){NULL, 0};
    if (!err && r->expect == WANT_COMMA_OR_END) {
        err = pass_comma(r);
    }
    if (err) {
        return err;
    }
    r->line = r->at_line;
    switch (r->expect) {
    case WANT_KEY:
        return read_key(r, out);
    case WANT_VALUE:
        return read_value(r, out);
    case WANT_NOTHING:
        *out = JSON_END;
        return r->pos == r->len ? ERR_OK : fail(r, "something stands behind the end");
    case WANT_KEY_OR_END:
        if (!at(r, '}')) {
            return read_key(r, out);
        }
        break;
    case WANT_VALUE_OR_END:
        if (!at(r, ']')) {
            return read_value(r, out);
        }
        break;
    default:
        break;
    }
    close_level(r, out);
    return ERR_OK;
}
