/* addr - IP addresses: reading, writing, ordering, prefixes. The classes are in addr_class.c. */
#include "core/addr.h"

#include "core/rd.h"

#define SOCKADDR_V4 2  /* Windows AF_INET */
#define SOCKADDR_V6 23 /* Windows AF_INET6 */
#define ZONE_TEXT_MAX 32

struct addr
addr_v4(const uint8_t bytes[4])
{
    struct addr a = {.family = ADDR_V4};

    memcpy(a.bytes, bytes, 4);
    return a;
}

struct addr
addr_v6(const uint8_t bytes[16], uint32_t zone)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    struct addr a = {.family = ADDR_V6, .zone = zone};

    if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        return addr_v4(bytes + sizeof(mapped));
    }
    memcpy(a.bytes, bytes, 16);
    return a;
}

/* All of s as a decimal number of at most `max`, without sign or needless zeros. */
static bool
read_decimal(struct sv s, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;

    if (s.len == 0 || s.len > 10 || (s.len > 1 && s.p[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (value > max) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* Four decimal parts; "010" is refused, since some programs read it as octal. */
static bool
read_v4(const char *p, size_t len, uint8_t out[4])
{
    unsigned parts = 0;
    unsigned value = 0;
    unsigned digits = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)p[i] - '0';

        if (digit <= 9) {
            value = value * 10 + digit;
            digits++;
            if (value > 255 || digits > 3 || (digits > 1 && value < 10)) {
                return false;
            }
            continue;
        }
        if (p[i] != '.' || digits == 0 || parts == 3) {
            return false;
        }
        out[parts++] = (uint8_t)value;
        value = 0;
        digits = 0;
    }
    if (parts != 3 || digits == 0) {
        return false;
    }
    out[3] = (uint8_t)value;
    return true;
}

/* Up to four hex digits at p; returns how many, 0 when there are none or too many. */
static size_t
read_group(const char *p, size_t len, uint8_t out[2])
{
    unsigned value = 0;
    size_t n = 0;

    for (; n < len; n++) {
        char c = p[n];
        unsigned digit;

        if (c >= '0' && c <= '9') {
            digit = (unsigned)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        } else {
            break;
        }
        if (n == 4) {
            return 0;
        }
        value = value << 4 | digit;
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return n;
}

/* Spreads `used` bytes over all 16: what stands behind the gap moves to the right end. */
static bool
fill_gap(const uint8_t *bytes, size_t used, size_t gap, uint8_t out[16])
{
    if (gap == SIZE_MAX ? used != 16 : used > 14) {
        return false;
    }
    gap = gap == SIZE_MAX ? used : gap;
    memset(out, 0, 16);
    memcpy(out, bytes, gap);
    memcpy(out + 16 - (used - gap), bytes + gap, used - gap);
    return true;
}

/* Groups are written from the left; `gap` remembers where "::" stood. */
static bool
read_v6(const char *p, size_t len, uint8_t out[16])
{
    uint8_t bytes[16] = {0};
    size_t used = 0;
    size_t gap = SIZE_MAX;
    size_t i = 0;

    if (len >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < len) {
        uint8_t group[2];
        size_t n = read_group(p + i, len - i, group);

        if (n > 0 && i + n < len && p[i + n] == '.') {
            if (used > 12 || !read_v4(p + i, len - i, bytes + used)) {
                return false;
            }
            used += 4;
            break;
        }
        if (n == 0 || used == 16) {
            return false;
        }
        memcpy(bytes + used, group, 2);
        used += 2;
        i += n;
        if (i == len) {
            break;
        }
        if (p[i] != ':' || ++i == len) {
            return false; /* a single ':' at the end */
        }
        if (p[i] == ':') {
            if (gap != SIZE_MAX) {
                return false;
            }
            gap = used;
            i++;
        }
    }
    return fill_gap(bytes, used, gap, out);
}

/* What stands behind '%': a number, or a name of which nothing is kept. */
static bool
read_zone(struct sv s, uint32_t *out)
{
    bool digits = true;

    if (s.len == 0 || s.len > ZONE_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c == '%' || c == '[' || c == ']' || c == '/' || c == 0x7F) {
            return false;
        }
        digits = digits && c >= '0' && c <= '9';
    }
    if (digits) {
        return read_decimal(s, UINT32_MAX, out);
    }
    *out = 0;
    return true;
}

enum err
addr_parse(struct sv s, struct addr *out)
{
    uint8_t bytes[16];
    uint32_t zone = 0;
    const char *percent;

    if (s.len == 0) {
        return ERR_FORMAT;
    }
    if (read_v4(s.p, s.len, bytes)) {
        *out = addr_v4(bytes);
        return ERR_OK;
    }
    if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']') {
        s = (struct sv){s.p + 1, s.len - 2};
    }
    percent = memchr(s.p, '%', s.len);
    if (percent != NULL) {
        size_t at = (size_t)(percent - s.p);

        if (!read_zone((struct sv){percent + 1, s.len - at - 1}, &zone)) {
            return ERR_FORMAT;
        }
        s.len = at;
    }
    if (!read_v6(s.p, s.len, bytes)) {
        return ERR_FORMAT;
    }
    *out = addr_v6(bytes, zone);
    return ERR_OK;
}

enum err
addr_parse_port(struct sv s, struct addr *out, uint16_t *port)
{
    const char *first = s.len == 0 ? NULL : memchr(s.p, ':', s.len);
    const char *colon = first; /* the one before the port */
    struct addr a;
    uint32_t number = 0;
    enum err err;

    if (s.len > 0 && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.len);

        colon = end == NULL || end + 1 == s.p + s.len ? NULL : end + 1;
    } else if (first != NULL && memchr(first + 1, ':', s.len - (size_t)(first + 1 - s.p))) {
        colon = NULL; /* a bare IPv6 */
    }
    if (colon != NULL) {
        size_t at = (size_t)(colon - s.p);

        if (*colon != ':' ||
            !read_decimal((struct sv){colon + 1, s.len - at - 1}, UINT16_MAX, &number)) {
            return ERR_FORMAT;
        }
        s.len = at;
    }
    err = addr_parse(s, &a);
    if (err) {
        return err;
    }
    *out = a;
    *port = (uint16_t)number;
    return ERR_OK;
}

/* sockaddr_in: family, port, 4 bytes. sockaddr_in6: family, port, flow, 16 bytes, scope id. */
enum err
addr_from_sockaddr(const void *data, size_t len, struct addr *out, uint16_t *port)
{
    const uint8_t *p = data;
    unsigned family = len < 2 ? 0 : rd_le16(p);

    if (family == SOCKADDR_V4 && len >= 8) {
        *out = addr_v4(p + 4);
    } else if (family == SOCKADDR_V6 && len >= 28) {
        *out = addr_v6(p + 8, rd_le32(p + 24));
    } else {
        return ERR_FORMAT;
    }
    *port = (uint16_t)(p[2] << 8 | p[3]);
    return ERR_OK;
}

static size_t
put_decimal(uint32_t value, char *out)
{
    char digits[10];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

static size_t
put_v4(const uint8_t bytes[4], char *out)
{
    size_t len = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (i > 0) {
            out[len++] = '.';
        }
        len += put_decimal(bytes[i], out + len);
    }
    return len;
}

static unsigned
group_at(const uint8_t *bytes, unsigned i)
{
    return (unsigned)bytes[(size_t)2 * i] << 8 | bytes[(size_t)2 * i + 1];
}

/* The longest run of two or more zero groups, the first of equals; *count is 0 without one. */
static unsigned
zero_run(const uint8_t bytes[16], unsigned *count)
{
    unsigned best = 0;
    unsigned run = 0;

    *count = 0;
    for (unsigned i = 0; i < 8; i++) {
        run = group_at(bytes, i) == 0 ? run + 1 : 0;
        if (run >= 2 && run > *count) {
            *count = run;
            best = i + 1 - run;
        }
    }
    return best;
}

static size_t
put_v6(const uint8_t bytes[16], char *out)
{
    unsigned zeros;
    unsigned gap = zero_run(bytes, &zeros);
    size_t len = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned group = group_at(bytes, i);
        unsigned shift = 12;

        if (zeros > 0 && i == gap) {
            out[len++] = ':';
            out[len++] = ':';
            i += zeros - 1;
            continue;
        }
        if (i > 0 && out[len - 1] != ':') {
            out[len++] = ':';
        }
        while (shift > 0 && group >> shift == 0) {
            shift -= 4;
        }
        for (unsigned left = shift / 4 + 1; left > 0; left--, shift -= 4) {
            out[len++] = "0123456789abcdef"[group >> shift & 15];
        }
    }
    return len;
}

size_t
addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    size_t len = 0;

    if (a->family == ADDR_V4) {
        len = put_v4(a->bytes, out);
    } else if (a->family == ADDR_V6) {
        len = put_v6(a->bytes, out);
    }
    if (a->zone != 0) {
        out[len++] = '%';
        len += put_decimal(a->zone, out + len);
    }
    out[len] = '\0';
    return len;
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
    return addr_cmp(a, b) == 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
    int order = (a->family > b->family) - (a->family < b->family);

    if (order == 0) {
        order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    }
    return order != 0 ? order : (a->zone > b->zone) - (a->zone < b->zone);
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned mask = 0xFF00u >> bits % 8 & 0xFFu;

    return memcmp(a, b, whole) == 0 && (mask == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

enum err
addr_prefix_parse(struct sv s, struct addr_prefix *out)
{
    const char *slash = s.len == 0 ? NULL : memchr(s.p, '/', s.len);
    struct sv text = {s.p, slash == NULL ? s.len : (size_t)(slash - s.p)};
    struct addr a;
    struct addr kept;
    uint32_t most;
    uint32_t bits;
    enum err err = addr_parse(text, &a);

    if (err) {
        return err;
    }
    if (a.zone != 0 || memchr(text.p, '[', text.len) || memchr(text.p, '%', text.len)) {
        return ERR_FORMAT;
    }
    most = memchr(text.p, ':', text.len) ? 128 : 32;
    bits = most;
    if (slash != NULL && !read_decimal((struct sv){slash + 1, s.len - text.len - 1}, most, &bits)) {
        return ERR_FORMAT;
    }
    if (most == 128 && a.family == ADDR_V4) { /* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
        if (bits < 96) {
            return ERR_FORMAT;
        }
        bits -= 96;
    }
    kept = a;
    for (unsigned i = bits; i < 128; i++) {
        kept.bytes[i / 8] = (uint8_t)(kept.bytes[i / 8] & ~(0x80u >> i % 8));
    }
    if (!addr_eq(&kept, &a)) {
        return ERR_FORMAT;
    }
    *out = (struct addr_prefix){a, (uint8_t)bits};
    return ERR_OK;
}

bool
addr_prefix_has(const struct addr_prefix *prefix, const struct addr *a)
{
    return addr_is_set(a) && a->family == prefix->base.family &&
           same_bits(a->bytes, prefix->base.bytes, prefix->bits);
}
