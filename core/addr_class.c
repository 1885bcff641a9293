/*
 * addr_class - what kind of address one is.
 *
 * The rows are the IANA special-purpose registries with their exceptions. They are read from the
 * top, the first that holds decides: an exception stands before the range it is cut from.
 */
#include "core/addr.h"

struct row_v4 {
    uint32_t base;
    uint8_t bits;
    enum addr_class class;
};

struct row_v6 {
    uint64_t high, low;
    uint8_t bits;
    enum addr_class class;
};

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (c) << 8 | (d))

static const struct row_v4 rows_v4[] = {
    {IP(10, 0, 0, 0), 8, ADDR_CLASS_PRIVATE},
    {IP(192, 168, 0, 0), 16, ADDR_CLASS_PRIVATE},
    {IP(172, 16, 0, 0), 12, ADDR_CLASS_PRIVATE},
    {IP(127, 0, 0, 0), 8, ADDR_CLASS_LOOPBACK},
    {IP(0, 0, 0, 0), 32, ADDR_CLASS_NONE},
    {IP(0, 0, 0, 0), 8, ADDR_CLASS_SPECIAL}, /* this network */
    {IP(100, 64, 0, 0), 10, ADDR_CLASS_CGNAT},
    {IP(169, 254, 0, 0), 16, ADDR_CLASS_LINK_LOCAL},
    {IP(192, 0, 0, 9), 32, ADDR_CLASS_GLOBAL},  /* PCP anycast, RFC 7723 */
    {IP(192, 0, 0, 10), 32, ADDR_CLASS_GLOBAL}, /* TURN anycast, RFC 8155 */
    {IP(192, 0, 0, 0), 24, ADDR_CLASS_SPECIAL}, /* IETF protocol assignments */
    {IP(192, 0, 2, 0), 24, ADDR_CLASS_DOCUMENTATION},
    {IP(198, 51, 100, 0), 24, ADDR_CLASS_DOCUMENTATION},
    {IP(203, 0, 113, 0), 24, ADDR_CLASS_DOCUMENTATION},
    {IP(192, 88, 99, 0), 24, ADDR_CLASS_SPECIAL}, /* 6to4 anycast, deprecated */
    {IP(198, 18, 0, 0), 15, ADDR_CLASS_SPECIAL},  /* benchmarking */
    {IP(224, 0, 0, 0), 4, ADDR_CLASS_MULTICAST},
    {IP(255, 255, 255, 255), 32, ADDR_CLASS_BROADCAST},
    {IP(240, 0, 0, 0), 4, ADDR_CLASS_SPECIAL}, /* reserved */
    {0, 0, ADDR_CLASS_GLOBAL},
};

/* NAT64, 6to4 and Teredo are unwrapped before this table is read. */
static const struct row_v6 rows_v6[] = {
    {0, 0, 128, ADDR_CLASS_NONE},
    {0, 1, 128, ADDR_CLASS_LOOPBACK},
    {0xFE80000000000000, 0, 10, ADDR_CLASS_LINK_LOCAL},
    {0xFC00000000000000, 0, 7, ADDR_CLASS_PRIVATE},
    {0xFEC0000000000000, 0, 10, ADDR_CLASS_PRIVATE}, /* site local, deprecated */
    {0xFF00000000000000, 0, 8, ADDR_CLASS_MULTICAST},
    {0x2001000100000000, 1, 128, ADDR_CLASS_GLOBAL}, /* PCP anycast */
    {0x2001000100000000, 2, 128, ADDR_CLASS_GLOBAL}, /* TURN anycast */
    {0x2001000100000000, 3, 128, ADDR_CLASS_GLOBAL}, /* DNS-SD anycast, RFC 9665 */
    {0x2001000300000000, 0, 32, ADDR_CLASS_GLOBAL},  /* AMT */
    {0x2001000401120000, 0, 48, ADDR_CLASS_GLOBAL},  /* AS112 */
    {0x2001002000000000, 0, 28, ADDR_CLASS_GLOBAL},  /* ORCHIDv2 */
    {0x2001003000000000, 0, 28, ADDR_CLASS_GLOBAL},  /* drone remote id */
    {0x2001000000000000, 0, 23, ADDR_CLASS_SPECIAL}, /* IETF protocol, benchmarking */
    {0x20010DB800000000, 0, 32, ADDR_CLASS_DOCUMENTATION},
    {0x3FFF000000000000, 0, 20, ADDR_CLASS_DOCUMENTATION}, /* RFC 9637 */
    {0x2000000000000000, 0, 3, ADDR_CLASS_GLOBAL},         /* all that is allocated so far */
    {0x0064FF9B00010000, 0, 48, ADDR_CLASS_SPECIAL},       /* local NAT64, RFC 8215 */
    {0x0100000000000000, 0, 64, ADDR_CLASS_SPECIAL},       /* discard, RFC 6666 */
    {0x0100000000000001, 0, 64, ADDR_CLASS_SPECIAL},       /* dummy prefix, RFC 9780 */
    {0x5F00000000000000, 0, 16, ADDR_CLASS_SPECIAL},       /* SRv6 SIDs, RFC 9602 */
    {0, 0, 0, ADDR_CLASS_SPECIAL},                         /* reserved by the IETF */
};

static uint32_t
load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t
load_be64(const uint8_t *p)
{
    return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

/* The upper `bits` of 64, 0..64. */
static uint64_t
mask64(unsigned bits)
{
    return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

static enum addr_class
class_v4(uint32_t ip)
{
    size_t i = 0;

    while (((ip ^ rows_v4[i].base) & (mask64(rows_v4[i].bits) >> 32)) != 0) {
        i++; /* the last row holds for every address */
    }
    return rows_v4[i].class;
}

static enum addr_class
class_v6(uint64_t high, uint64_t low)
{
    size_t i = 0;

    for (;; i++) { /* the last row holds for every address */
        const struct row_v6 *row = &rows_v6[i];
        unsigned high_bits = row->bits < 64 ? row->bits : 64;

        if (((high ^ row->high) & mask64(high_bits)) == 0 &&
            ((low ^ row->low) & mask64(row->bits - high_bits)) == 0) {
            return row->class;
        }
    }
}

bool
addr_unwrap(const struct addr *a, struct addr *inner)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
    static const uint8_t teredo[4] = {0x20, 0x01};
    const uint8_t *p = a->bytes;

    if (a->family != ADDR_V6) {
        return false;
    }
    if (memcmp(p, nat64, sizeof(nat64)) == 0) {
        *inner = addr_v4(p + 12);
        return true;
    }
    if (p[0] == 0x20 && p[1] == 0x02) {
        *inner = addr_v4(p + 2);
        return true;
    }
    if (memcmp(p, teredo, sizeof(teredo)) == 0) {
        uint8_t bytes[4];

        for (unsigned i = 0; i < 4; i++) {
            bytes[i] = p[12 + i] ^ 0xFF; /* Teredo hides it from address-rewriting NATs */
        }
        *inner = addr_v4(bytes);
        return true;
    }
    return false;
}

enum addr_class
addr_classify(const struct addr *a)
{
    struct addr inner;

    if (!addr_is_set(a)) {
        return ADDR_CLASS_NONE;
    }
    if (addr_unwrap(a, &inner)) {
        enum addr_class class = class_v4(load_be32(inner.bytes));

        /* An address with 0.0.0.0 inside is odd, but it is there. */
        return class == ADDR_CLASS_NONE ? ADDR_CLASS_SPECIAL : class;
    }
    if (a->family == ADDR_V4) {
        return class_v4(load_be32(a->bytes));
    }
    return class_v6(load_be64(a->bytes), load_be64(a->bytes + 8));
}

const char *
addr_class_name(enum addr_class c)
{
    static const char *const names[] = {
        [ADDR_CLASS_NONE] = "none",
        [ADDR_CLASS_GLOBAL] = "global",
        [ADDR_CLASS_PRIVATE] = "private",
        [ADDR_CLASS_CGNAT] = "cgnat",
        [ADDR_CLASS_LOOPBACK] = "loopback",
        [ADDR_CLASS_LINK_LOCAL] = "link_local",
        [ADDR_CLASS_MULTICAST] = "multicast",
        [ADDR_CLASS_BROADCAST] = "broadcast",
        [ADDR_CLASS_DOCUMENTATION] = "documentation",
        [ADDR_CLASS_SPECIAL] = "special",
    };

    return (size_t)c < COUNT(names) ? names[c] : "unknown";
}
