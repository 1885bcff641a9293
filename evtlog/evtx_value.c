/* evtx_value - typed values of binary XML as text and numbers. */
#include "evtlog/evtx_value.h"

#include <float.h>
#include <stdio.h>

#include "core/rd.h"
#include "core/tm.h"
#include "core/utf.h"

#define SID_HEAD_LEN 8
#define SID_SUBS_MAX 15 /* SID_MAX_SUB_AUTHORITIES */
#define NUMBER_TEXT_MAX 64
#define DIGITS_MAX 19 /* of a decimal number that fits 64 bits whatever they are */
#define UNITS_ONE 0x0001000100010001u
#define UNITS_TOP 0x8000800080008000u

/* Where text goes; `cut` is sticky. */
struct writer {
    char *out;
    size_t cap;
    size_t len;
    bool cut;
};

static void
put(struct writer *w, const char *text, size_t len)
{
    size_t room = w->cap - w->len;

    if (len > room) {
        w->cut = true;
        len = room;
    }
    if (len > 0) {
        memcpy(w->out + w->len, text, len);
        w->len += len;
    }
}

static void
put_u64(struct writer *w, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put(w, digits + at, sizeof(digits) - at);
}

static void
put_i64(struct writer *w, uint64_t value)
{
    if (value >> 63) {
        put(w, "-", 1);
        value = 0 - value;
    }
    put_u64(w, value);
}

static void
put_hex_digits(struct writer *w, uint64_t value, unsigned digits)
{
    while (digits-- > 0) {
        put(w, &"0123456789abcdef"[value >> 4 * digits & 15], 1);
    }
}

/* 0x and as few digits as it takes, like the Event Log's own XML. */
static void
put_hex(struct writer *w, uint64_t value)
{
    unsigned digits = 1;

    while (digits < 16 && value >> 4 * digits != 0) {
        digits++;
    }
    put(w, "0x", 2);
    put_hex_digits(w, value, digits);
}

static void
put_hex_bytes(struct writer *w, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len && !w->cut; i++) {
        put_hex_digits(w, data[i], 2);
    }
}

static void
put_guid(struct writer *w, const uint8_t *data)
{
    put(w, "{", 1);
    put_hex_digits(w, rd_le32(data), 8);
    put(w, "-", 1);
    put_hex_digits(w, rd_le16(data + 4), 4);
    put(w, "-", 1);
    put_hex_digits(w, rd_le16(data + 6), 4);
    put(w, "-", 1);
    put_hex_bytes(w, data + 8, 2);
    put(w, "-", 1);
    put_hex_bytes(w, data + 10, 6);
    put(w, "}", 1);
}

/* Bytes of the SID that begins at data, 0 when it is none. */
static size_t
sid_len(const uint8_t *data, size_t len)
{
    size_t need;

    if (len < SID_HEAD_LEN || data[1] > SID_SUBS_MAX) {
        return 0;
    }
    need = SID_HEAD_LEN + 4u * data[1];
    return need > len ? 0 : need;
}

static void
put_sid(struct writer *w, const uint8_t *data)
{
    uint64_t authority = 0;

    for (size_t i = 2; i < SID_HEAD_LEN; i++) {
        authority = authority << 8 | data[i];
    }
    put(w, "S-", 2);
    put_u64(w, data[0]);
    put(w, "-", 1);
    put_u64(w, authority);
    for (size_t i = 0; i < data[1]; i++) {
        put(w, "-", 1);
        put_u64(w, rd_le32(data + SID_HEAD_LEN + 4 * i));
    }
}

/* Eight 16-bit numbers: year, month, day of week, day, hour, minute, second, milliseconds. */
static size_t
systemtime_text(const uint8_t *data, char out[NUMBER_TEXT_MAX])
{
    static const struct {
        uint8_t at;
        uint8_t digits;
        char before;
    } parts[] = {{0, 4, 0},    {2, 2, '-'},  {6, 2, '-'}, {8, 2, 'T'},
                 {10, 2, ':'}, {12, 2, ':'}, {14, 3, '.'}};
    size_t len = 0;

    for (size_t i = 0; i < COUNT(parts); i++) {
        unsigned value = rd_le16(data + parts[i].at);

        if (parts[i].before != 0) {
            out[len++] = parts[i].before;
        }
        for (size_t k = parts[i].digits; k > 0; k--) {
            out[len + k - 1] = (char)('0' + value % 10);
            value /= 10;
        }
        len += parts[i].digits;
    }
    out[len++] = 'Z';
    return len;
}

static void
put_filetime(struct writer *w, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];

    put(w, text, tm_format(t_ft, text));
}

static void
put_real(struct writer *w, double value, int digits)
{
    char text[NUMBER_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%.*g", digits, value);

    put(w, text, len < 0 ? 0 : (size_t)len);
}

static void
put_float(struct writer *w, const uint8_t *data)
{
    float value;

    memcpy(&value, data, sizeof(value));
    put_real(w, (double)value, FLT_DECIMAL_DIG);
}

static void
put_double(struct writer *w, const uint8_t *data)
{
    double value;

    memcpy(&value, data, sizeof(value));
    put_real(w, value, DBL_DECIMAL_DIG);
}

/* Bytes of UTF-16 text before its first NUL. */
static size_t
utf16_len(const uint8_t *data, size_t len)
{
    size_t at = 0;

    /* Four units at a time: borrowing from a unit's top bit tells a zero at or below it. */
    while (len - at >= 8) {
        uint64_t v = rd_le64(data + at);

        if (((v - UNITS_ONE) & ~v & UNITS_TOP) != 0) {
            break;
        }
        at += 8;
    }
    while (len - at >= 2 && rd_le16(data + at) != 0) {
        at += 2;
    }
    return at;
}

static size_t
ansi_len(const uint8_t *data, size_t len)
{
    const uint8_t *nul = len == 0 ? NULL : memchr(data, 0, len);

    return nul == NULL ? len : (size_t)(nul - data);
}

static void
put_utf16(struct writer *w, const uint8_t *data, size_t len)
{
    bool cut = false;

    w->len += utf16le_to_utf8(data, len, w->out + w->len, w->cap - w->len, &cut);
    w->cut = w->cut || cut;
}

static void
put_utf8(struct writer *w, const uint8_t *data, size_t len)
{
    struct sv fits = utf8_cut((struct sv){(const char *)data, len}, w->cap - w->len);

    w->cut = w->cut || fits.len < len;
    put(w, fits.p, fits.len);
}

/* The code page is not known: bytes beyond ASCII read as Latin-1. */
static void
put_ansi(struct writer *w, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len && !w->cut; i++) {
        char text[4];
        size_t n = utf8_put(data[i], text);

        if (n > w->cap - w->len) {
            w->cut = true;
            return;
        }
        put(w, text, n);
    }
}

size_t
evtx_type_len(unsigned type)
{
    static const uint8_t lens[] = {
        [EVTX_I8] = 1,       [EVTX_U8] = 1,          [EVTX_I16] = 2,   [EVTX_U16] = 2,
        [EVTX_I32] = 4,      [EVTX_U32] = 4,         [EVTX_I64] = 8,   [EVTX_U64] = 8,
        [EVTX_FLOAT] = 4,    [EVTX_DOUBLE] = 8,      [EVTX_BOOL] = 4,  [EVTX_GUID] = 16,
        [EVTX_FILETIME] = 8, [EVTX_SYSTEMTIME] = 16, [EVTX_HEX32] = 4, [EVTX_HEX64] = 8,
    };

    return type < COUNT(lens) ? lens[type] : 0;
}

/* The integer in `len` bytes; signed ones are extended. */
static uint64_t
load_int(unsigned type, const uint8_t *data, size_t len)
{
    bool is_signed = type == EVTX_I8 || type == EVTX_I16 || type == EVTX_I32 || type == EVTX_I64;

    switch (len) {
    case 1:
        return is_signed ? (uint64_t)(int64_t)(int8_t)data[0] : data[0];
    case 2:
        return is_signed ? (uint64_t)(int64_t)(int16_t)rd_le16(data) : rd_le16(data);
    case 4:
        return is_signed ? (uint64_t)(int64_t)(int32_t)rd_le32(data) : rd_le32(data);
    default:
        return rd_le64(data);
    }
}

/* One item of exactly its type's size. */
static void
put_fixed(struct writer *w, unsigned type, const uint8_t *data, size_t len)
{
    char text[NUMBER_TEXT_MAX];

    switch (type) {
    case EVTX_I8:
    case EVTX_I16:
    case EVTX_I32:
    case EVTX_I64:
        put_i64(w, load_int(type, data, len));
        break;
    case EVTX_U8:
    case EVTX_U16:
    case EVTX_U32:
    case EVTX_U64:
        put_u64(w, load_int(type, data, len));
        break;
    case EVTX_FLOAT:
        put_float(w, data);
        break;
    case EVTX_DOUBLE:
        put_double(w, data);
        break;
    case EVTX_BOOL:
        put(w, rd_le32(data) ? "true" : "false", rd_le32(data) ? 4 : 5);
        break;
    case EVTX_GUID:
        put_guid(w, data);
        break;
    case EVTX_FILETIME:
        put_filetime(w, rd_le64(data));
        break;
    case EVTX_SYSTEMTIME:
        put(w, text, systemtime_text(data, text));
        break;
    default: /* EVTX_HEX32, EVTX_HEX64, EVTX_SIZET */
        put_hex(w, load_int(type, data, len));
        break;
    }
}

/* Bytes that the first item at data takes, its end mark included; 0 when nothing fits. */
static size_t
item_len(unsigned type, const uint8_t *data, size_t len)
{
    size_t fixed = evtx_type_len(type);
    size_t used;

    switch (type) {
    case EVTX_STRING:
        used = utf16_len(data, len);
        return len - used >= 2 ? used + 2 : len;
    case EVTX_ANSI:
        used = ansi_len(data, len);
        return used < len ? used + 1 : len;
    case EVTX_SID:
        return sid_len(data, len);
    case EVTX_SIZET: /* the width is nowhere said: 64-bit systems logged most of what is left */
        return len % 8 == 0 ? 8 : len % 4 == 0 ? 4 : 0;
    default:
        return fixed <= len ? fixed : 0;
    }
}

static void
put_item(struct writer *w, unsigned type, const uint8_t *data, size_t len)
{
    switch (type) {
    case EVTX_UTF8:
        put_utf8(w, data, len);
        break;
    case EVTX_STRING:
        put_utf16(w, data, utf16_len(data, len));
        break;
    case EVTX_ANSI:
        put_ansi(w, data, ansi_len(data, len));
        break;
    case EVTX_BINARY:
        put_hex_bytes(w, data, len);
        break;
    case EVTX_SID:
        if (sid_len(data, len) != 0) {
            put_sid(w, data);
        }
        break;
    case EVTX_SIZET:
        if (len == 4 || len == 8) {
            put_fixed(w, type, data, len);
        }
        break;
    default:
        if (len != 0 && len == evtx_type_len(type)) {
            put_fixed(w, type, data, len);
        }
        break;
    }
}

static void
put_array(struct writer *w, unsigned type, const uint8_t *data, size_t len)
{
    size_t at = 0;

    while (at < len && !w->cut) {
        size_t n = item_len(type, data + at, len - at);

        if (n == 0) {
            return;
        }
        if (at > 0) {
            put(w, ", ", 2);
        }
        put_item(w, type, data + at, n);
        at += n;
    }
}

size_t
evtx_value_text(const struct evtx_value *v, char *out, size_t cap, bool *cut)
{
    struct writer w = {out, cap, 0, false};

    if (v->type != EVTX_UTF8 && (v->type & EVTX_ARRAY)) {
        put_array(&w, v->type & ~(unsigned)EVTX_ARRAY, v->data, v->len);
    } else {
        put_item(&w, v->type, v->data, v->len);
    }
    if (cut != NULL) {
        *cut = w.cut;
    }
    return w.len;
}

/* Plain decimal digits in UTF-16, the usual text of a number. */
static bool
digits_u64(const uint8_t *data, size_t len, uint64_t *out)
{
    uint64_t value = 0;

    if (len == 0 || len > 2 * DIGITS_MAX) {
        return false;
    }
    for (size_t at = 0; at < len; at += 2) {
        unsigned digit = (unsigned)rd_le16(data + at) - '0';

        if (digit > 9) {
            return false;
        }
        value = 10 * value + digit;
    }
    *out = value;
    return true;
}

static bool
text_u64(const struct evtx_value *v, uint64_t *out)
{
    char text[NUMBER_TEXT_MAX];
    bool cut;
    struct sv s = {text, evtx_value_text(v, text, sizeof(text), &cut)};
    bool negative;

    s = sv_trim(s);
    negative = s.len > 1 && s.p[0] == '-';
    if (negative) {
        s.p++;
        s.len--;
    }
    if (cut || s.len == 0 || sv_u64(s, out) != ERR_OK) {
        return false;
    }
    *out = negative ? 0 - *out : *out;
    return true;
}

bool
evtx_value_u64(const struct evtx_value *v, uint64_t *out)
{
    switch (v->type) {
    case EVTX_STRING:
        return (v->len % 2 == 0 && digits_u64(v->data, v->len, out)) || text_u64(v, out);
    case EVTX_UTF8:
    case EVTX_ANSI:
        return text_u64(v, out);
    case EVTX_I8:
    case EVTX_U8:
    case EVTX_I16:
    case EVTX_U16:
    case EVTX_I32:
    case EVTX_U32:
    case EVTX_I64:
    case EVTX_U64:
    case EVTX_BOOL:
    case EVTX_FILETIME:
    case EVTX_HEX32:
    case EVTX_HEX64:
        if (v->len != evtx_type_len(v->type)) {
            return false;
        }
        break;
    case EVTX_SIZET:
        if (v->len != 4 && v->len != 8) {
            return false;
        }
        break;
    default:
        return false;
    }
    *out = load_int(v->type, v->data, v->len);
    return true;
}

bool
evtx_value_time(const struct evtx_value *v, uint64_t *out_ft)
{
    char text[NUMBER_TEXT_MAX];
    bool cut;
    struct sv s;

    if (v->type == EVTX_FILETIME) {
        return evtx_value_u64(v, out_ft);
    }
    if (v->type != EVTX_SYSTEMTIME && v->type != EVTX_STRING && v->type != EVTX_ANSI &&
        v->type != EVTX_UTF8) {
        return false;
    }
    s = (struct sv){text, evtx_value_text(v, text, sizeof(text), &cut)};
    return !cut && tm_parse(sv_trim(s), out_ft) == ERR_OK;
}
