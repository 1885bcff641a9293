/* decode_text - texts and SIDs of a payload, converted into the room for one event's texts. */
#include "etw/decode_field.h"

#include "core/metrics.h"
#include "core/utf.h"

#define SID_HEAD_LEN 8u
#define SID_TEXT_MAX 192               /* S-255-281474976710655 and 15 parts of ten digits */
#define REPLACEMENT SV("\xEF\xBF\xBD") /* U+FFFD */

static const char too_short[] = ETW_TOO_SHORT;
static const char bad_sid[] = "a SID has too many parts";

/* -- texts ------------------------------------------------------------------------------------- */

static void
put_text(struct event *ev, struct etw_step step, struct sv s)
{
    if (s.len > 0) {
        memcpy((uint8_t *)ev + step.offset, &s, sizeof(s));
        ev->has |= UINT64_C(1) << step.arg;
    }
}

static char *
text_room(struct etw_text *text, enum event_field field, size_t *cap)
{
    size_t max = field == EVF_command_line ? EVENT_LONG_TEXT_MAX : EVENT_TEXT_MAX;
    size_t room = sizeof(text->bytes) - text->len;

    *cap = max < room ? max : room;
    return text->bytes + text->len;
}

static struct sv
keep_utf16(struct etw_text *text, enum event_field field, const uint8_t *data, size_t len)
{
    size_t cap;
    char *at = text_room(text, field, &cap);
    bool cut;
    struct sv s = {at, utf16le_to_utf8(data, len, at, cap, &cut)};

    if (cut) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    text->len += s.len;
    return s;
}

static bool
is_ascii(struct sv s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* The code page of the kernel's 8-bit names is not told: what is not ASCII becomes U+FFFD. */
static struct sv
keep_8bit(struct etw_text *text, enum event_field field, struct sv from)
{
    size_t cap;
    char *at = text_room(text, field, &cap);
    size_t len = 0;

    for (size_t i = 0; i < from.len; i++) {
        bool ascii = (unsigned char)from.p[i] < 0x80;
        struct sv c = ascii ? (struct sv){from.p + i, 1} : REPLACEMENT;

        if (c.len > cap - len) {
            metric_add(METRIC_TEXTS_CUT, 1);
            break;
        }
        memcpy(at + len, c.p, c.len);
        len += c.len;
    }
    text->len += len;
    return (struct sv){at, len};
}

/* Bytes before the first NUL unit of `len` bytes, or all whole units. */
static size_t
utf16_len(const uint8_t *p, size_t len)
{
    const uint64_t ones = 0x0001000100010001u;
    const uint64_t tops = 0x8000800080008000u;
    size_t at = 0;

    for (; len - at >= 8; at += 8) {
        uint64_t four = rd_le64(p + at);

        if ((four - ones) & ~four & tops) { /* one of four units is 0 */
            break;
        }
    }
    while (len - at >= 2 && rd_le16(p + at) != 0) {
        at += 2;
    }
    return at;
}

/* Finds the text's bytes and steps over its NUL. The last field of a row may do without its NUL,
 * as some writers do, when it has anything at all. */
static const char *
take_wstr(struct etw_payload *p, bool last, const uint8_t **out, size_t *out_len)
{
    size_t left = rd_left(&p->rd);
    const uint8_t *at = p->rd.data + p->rd.pos;
    size_t len = utf16_len(at, left);

    if (left - len < 2) {
        if (!last || left == 0 || len != left) {
            return too_short;
        }
        p->rd.pos += len;
    } else {
        p->rd.pos += len + 2;
    }
    *out = at;
    *out_len = len;
    return NULL;
}

static const char *
read_wstr(struct etw_payload *p, struct etw_step step, bool last)
{
    const uint8_t *at;
    size_t len;
    const char *why = take_wstr(p, last, &at, &len);

    if (why == NULL) {
        put_text(p->ev, step, keep_utf16(p->text, (enum event_field)step.arg, at, len));
    }
    return why;
}

static const char *
skip_wstr(struct etw_payload *p, bool last)
{
    const uint8_t *at;
    size_t len;

    return take_wstr(p, last, &at, &len);
}

static const char *
read_astr(struct etw_payload *p, struct etw_step step, bool last)
{
    size_t left = rd_left(&p->rd);
    const char *at = (const char *)p->rd.data + p->rd.pos;
    const char *end = left == 0 ? NULL : memchr(at, 0, left);
    struct sv s = {at, end == NULL ? left : (size_t)(end - at)};

    if (end == NULL && (!last || left == 0)) {
        return too_short;
    }
    p->rd.pos += end == NULL ? s.len : s.len + 1;
    if (s.len > EVENT_TEXT_MAX || !is_ascii(s)) {
        s = keep_8bit(p->text, (enum event_field)step.arg, s);
    }
    put_text(p->ev, step, s);
    return NULL;
}

/* A length that reaches beyond the payload is damage, also of the last text. */
static const char *
read_cwstr(struct etw_payload *p, struct etw_step step)
{
    const uint8_t *at;
    uint16_t units;
    size_t len;

    if (rd_u16(&p->rd, &units) || rd_bytes(&p->rd, 2 * (size_t)units, &at)) {
        return too_short;
    }
    len = utf16_len(at, 2 * (size_t)units); /* some writers count a NUL too */
    put_text(p->ev, step, keep_utf16(p->text, (enum event_field)step.arg, at, len));
    return NULL;
}

/* All zeros name nothing. */
static const char *
read_guid(struct etw_payload *p, struct etw_step step)
{
    struct etw_guid guid;
    char text[ETW_GUID_TEXT_MAX];
    const uint8_t *at;
    size_t cap, len;
    char *room = text_room(p->text, (enum event_field)step.arg, &cap);

    if (rd_bytes(&p->rd, sizeof(guid.bytes), &at)) {
        return too_short;
    }
    memcpy(guid.bytes, at, sizeof(guid.bytes));
    len = etw_guid_format(&guid, text);
    if ((rd_le64(at) | rd_le64(at + 8)) == 0 || len > cap) {
        return NULL;
    }
    memcpy(room, text, len);
    p->text->len += len;
    put_text(p->ev, step, (struct sv){room, len});
    return NULL;
}

/* -- SIDs -------------------------------------------------------------------------------------- */

static size_t
put_decimal(uint64_t value, char *out)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

/* Revision, number of parts, authority (48 bits, big endian), parts. */
static size_t
sid_text(const uint8_t *sid, char out[SID_TEXT_MAX])
{
    uint64_t authority = 0;
    size_t len = 0;

    for (size_t i = 2; i < SID_HEAD_LEN; i++) {
        authority = authority << 8 | sid[i];
    }
    out[len++] = 'S';
    out[len++] = '-';
    len += put_decimal(sid[0], out + len);
    out[len++] = '-';
    len += put_decimal(authority, out + len);
    for (size_t i = 0; i < sid[1]; i++) {
        out[len++] = '-';
        len += put_decimal(rd_le32(sid + SID_HEAD_LEN + 4 * i), out + len);
    }
    return len;
}

struct sv
etw_sid_text(struct etw_text *text, const uint8_t *sid)
{
    struct sv s = {text->bytes + text->len, 0};

    if (sizeof(text->bytes) - text->len >= SID_TEXT_MAX && sid[1] <= ETW_SID_PARTS_MAX) {
        s.len = sid_text(sid, text->bytes + text->len);
        text->len += s.len;
    }
    return s;
}

static const char *
read_sid(struct etw_payload *p, struct etw_step step)
{
    size_t left = rd_left(&p->rd);
    const uint8_t *sid = p->rd.data + p->rd.pos;

    if (left < SID_HEAD_LEN) {
        return too_short;
    }
    if (sid[1] > ETW_SID_PARTS_MAX) {
        return bad_sid;
    }
    if (rd_skip(&p->rd, SID_HEAD_LEN + 4u * sid[1])) {
        return too_short;
    }
    put_text(p->ev, step, etw_sid_text(p->text, sid));
    return NULL;
}

static const char *
read_token_user(struct etw_payload *p, struct etw_step step)
{
    size_t left = rd_left(&p->rd);

    if (left < 4) {
        return too_short;
    }
    if (rd_le32(p->rd.data + p->rd.pos) == 0) {
        return rd_skip(&p->rd, 4) ? too_short : NULL;
    }
    return rd_skip(&p->rd, 2 * p->ptr_len) ? too_short : read_sid(p, step);
}

/* -- all --------------------------------------------------------------------------------------- */

const char *
etw_text_read(struct etw_payload *p, struct etw_step step, bool last)
{
    switch (step.op) {
    case ETW_OP_SKIP_WSTR:
        return skip_wstr(p, last);
    case ETW_OP_WSTR:
        return read_wstr(p, step, last);
    case ETW_OP_CWSTR:
        return read_cwstr(p, step);
    case ETW_OP_GUID:
        return read_guid(p, step);
    case ETW_OP_ASTR:
        return read_astr(p, step, last);
    case ETW_OP_SID:
        return read_sid(p, step);
    default:
        return read_token_user(p, step);
    }
}
