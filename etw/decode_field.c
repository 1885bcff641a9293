/* decode_field - one reader per enum etw_op; every one checks what is left first. */
#include "etw/decode_field.h"

#include "core/addr.h"
#include "core/metrics.h"
#include "core/utf.h"

#define SID_HEAD_LEN 8u
#define SID_TEXT_MAX 192 /* S-255-281474976710655 and 15 parts of ten digits */
#define NO_SESSION UINT32_MAX
#define SOCKADDR_V4 2 /* Windows AF_INET */
#define SOCKADDR_V6 23
#define REPLACEMENT SV("\xEF\xBF\xBD") /* U+FFFD */

static const char too_short[] = "the payload ends within its fields";
static const char bad_sid[] = "a SID has too many parts";
static const char bad_address[] = "an address is shorter than its family says";

_Static_assert(EVF_src_port == EVF_src + 1 && EVF_dst == EVF_src + 2 && EVF_dst_port == EVF_src + 3,
               "a port follows its address, and the local end the remote one");

/* -- setting fields ---------------------------------------------------------------------------- */

static void
put_field(struct event *ev, struct etw_step step, const void *value, size_t len)
{
    memcpy((uint8_t *)ev + step.offset, value, len);
    ev->has |= UINT64_C(1) << step.arg;
}

static void
put_text(struct event *ev, struct etw_step step, struct sv s)
{
    if (s.len > 0) {
        put_field(ev, step, &s, sizeof(s));
    }
}

static bool
is_specified(const struct addr *a)
{
    return (rd_le64(a->bytes) | rd_le64(a->bytes + 8)) != 0;
}

/* Unspecified addresses (0.0.0.0, ::) and port 0 are absent. */
static uint64_t
end_bits(const struct addr *a, uint16_t port)
{
    return (uint64_t)is_specified(a) | (uint64_t)(port != 0) << 1;
}

/* -- texts ------------------------------------------------------------------------------------- */

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

/* -- numbers and addresses --------------------------------------------------------------------- */

static const char *
skip(struct etw_payload *p, size_t len)
{
    return rd_skip(&p->rd, len) ? too_short : NULL;
}

static const char *
read_u16(struct etw_payload *p, struct etw_step step)
{
    uint16_t u16;
    uint32_t u32;

    if (rd_u16(&p->rd, &u16)) {
        return too_short;
    }
    u32 = u16;
    put_field(p->ev, step, &u32, sizeof(u32));
    return NULL;
}

static const char *
read_u32(struct etw_payload *p, struct etw_step step)
{
    uint32_t u32;

    if (rd_u32(&p->rd, &u32)) {
        return too_short;
    }
    put_field(p->ev, step, &u32, sizeof(u32));
    return NULL;
}

static const char *
read_u32_not(struct etw_payload *p, struct etw_step step, uint32_t absent)
{
    uint32_t u32;

    if (rd_u32(&p->rd, &u32)) {
        return too_short;
    }
    if (u32 != absent) {
        put_field(p->ev, step, &u32, sizeof(u32));
    }
    return NULL;
}

static const char *
read_u64(struct etw_payload *p, struct etw_step step)
{
    uint64_t u64;

    if (rd_u64(&p->rd, &u64)) {
        return too_short;
    }
    if (u64 != 0) {
        put_field(p->ev, step, &u64, sizeof(u64));
    }
    return NULL;
}

static uint16_t
port_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* One step for the four fields that most records of networks have: this is the hot path. */
static const char *
read_ends(struct etw_payload *p, size_t addr_len)
{
    struct event *ev = p->ev;
    const uint8_t *bytes;

    if (rd_bytes(&p->rd, 2 * addr_len + 4, &bytes)) {
        return too_short;
    }
    if (addr_len == 4) {
        ev->src.family = ADDR_V4;
        memcpy(ev->src.bytes, bytes, 4);
        ev->dst.family = ADDR_V4;
        memcpy(ev->dst.bytes, bytes + 4, 4);
    } else {
        ev->src = addr_v6(bytes, 0);
        ev->dst = addr_v6(bytes + addr_len, 0);
    }
    ev->src_port = port_at(bytes + 2 * addr_len);
    ev->dst_port = port_at(bytes + 2 * addr_len + 2);
    ev->has |= end_bits(&ev->src, ev->src_port) << EVF_src;
    ev->has |= end_bits(&ev->dst, ev->dst_port) << EVF_dst;
    return NULL;
}

/* Other families (none, Hyper-V sockets) are sound and have no address. */
static const char *
read_sockaddr(struct etw_payload *p, struct etw_step step)
{
    const uint8_t *bytes;
    uint32_t len;
    unsigned family;
    struct addr a;
    uint16_t port;

    if (rd_u32(&p->rd, &len) || rd_bytes(&p->rd, len, &bytes)) {
        return too_short;
    }
    family = len < 2 ? 0 : rd_le16(bytes);
    if (family != SOCKADDR_V4 && family != SOCKADDR_V6) {
        return NULL;
    }
    if (addr_from_sockaddr(bytes, len, &a, &port)) {
        return bad_address;
    }
    memcpy((uint8_t *)p->ev + step.offset, &a, sizeof(a));
    memcpy((uint8_t *)p->ev + event_field_info[step.arg + 1].offset, &port, sizeof(port));
    p->ev->has |= end_bits(&a, port) << step.arg;
    return NULL;
}

/* -- all --------------------------------------------------------------------------------------- */

static const char *
read_step(struct etw_payload *p, struct etw_step step, bool last)
{
    switch ((enum etw_op)step.op) {
    case ETW_OP_SKIP:
        return skip(p, step.arg);
    case ETW_OP_SKIP_PTR:
        return skip(p, step.arg * p->ptr_len);
    case ETW_OP_SKIP_WSTR:
        return skip_wstr(p, last);
    case ETW_OP_U16:
        return read_u16(p, step);
    case ETW_OP_U32:
        return read_u32(p, step);
    case ETW_OP_U32_NOT_0:
        return read_u32_not(p, step, 0);
    case ETW_OP_SESSION:
        return read_u32_not(p, step, NO_SESSION);
    case ETW_OP_U64_NOT_0:
        return read_u64(p, step);
    case ETW_OP_ENDS_V4:
        return read_ends(p, 4);
    case ETW_OP_ENDS_V6:
        return read_ends(p, 16);
    case ETW_OP_SOCKADDR:
        return read_sockaddr(p, step);
    case ETW_OP_WSTR:
        return read_wstr(p, step, last);
    case ETW_OP_ASTR:
        return read_astr(p, step, last);
    case ETW_OP_SID:
        return read_sid(p, step);
    case ETW_OP_TOKEN_USER:
        return read_token_user(p, step);
    }
    return NULL;
}

const char *
etw_payload_read(struct etw_payload *p, const struct etw_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *why = read_step(p, steps[i], i + 1 == count);

        if (why != NULL) {
            return why;
        }
    }
    return NULL;
}
