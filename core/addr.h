/*
 * addr - IP addresses of both families, what kind of address one is, and prefixes.
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d) becomes IPv4 when it is parsed or made, so two
 * spellings of one host are one key. Tables: IANA special-purpose registries (IPv4, IPv6) and
 * RFC 6890, 6666, 7723, 8215, 9602, 9637, 9780.
 */
#pragma once

#include "core/sv.h"

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

/* All bytes are defined (zero where unused), so memcmp and hashing over the struct are right. */
struct addr {
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
    uint32_t zone;     /* IPv6 scope id (%n); 0 when absent or not numeric */
    uint8_t family;    /* enum addr_family */
    uint8_t pad[3];
};
_Static_assert(sizeof(struct addr) == 24, "addr has no hidden padding");

enum addr_class {
    ADDR_CLASS_NONE,    /* absent or unspecified (0.0.0.0, ::) */
    ADDR_CLASS_GLOBAL,  /* reachable from the internet */
    ADDR_CLASS_PRIVATE, /* RFC 1918, fc00::/7, fec0::/10 */
    ADDR_CLASS_CGNAT,   /* 100.64.0.0/10: outward only */
    ADDR_CLASS_LOOPBACK,
    ADDR_CLASS_LINK_LOCAL,
    ADDR_CLASS_MULTICAST,
    ADDR_CLASS_BROADCAST,
    ADDR_CLASS_DOCUMENTATION,
    ADDR_CLASS_SPECIAL, /* benchmarking, reserved, protocol assignments ... */
};

struct addr addr_v4(const uint8_t bytes[4]);
struct addr addr_v6(const uint8_t bytes[16], uint32_t zone); /* unwraps mapped addresses */

/* Text without port: dotted IPv4, IPv6 with optional %zone and optional [ ]. ERR_FORMAT. */
MUST_CHECK enum err addr_parse(struct sv s, struct addr *out);
/* "ip", "ip:port", "[ipv6]:port"; a bare IPv6 has no port. *port is 0 when absent. */
MUST_CHECK enum err addr_parse_port(struct sv s, struct addr *out, uint16_t *port);
/* A Windows SOCKADDR (family 2 or 23, ports in network order); short or unknown: ERR_FORMAT. */
MUST_CHECK enum err addr_from_sockaddr(const void *data, size_t len, struct addr *out,
                                       uint16_t *port);

#define ADDR_TEXT_MAX 64 /* with zone and NUL */
/* RFC 5952, IPv4 dotted, zone appended; "" for none. Returns the length. */
size_t addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);

bool addr_eq(const struct addr *a, const struct addr *b);
int addr_cmp(const struct addr *a, const struct addr *b); /* none < IPv4 < IPv6, then bytes, zone */
static inline bool
addr_is_set(const struct addr *a)
{
    return a->family != ADDR_NONE;
}

/* The class of the address a peer is really at: NAT64 (64:ff9b::/96), 6to4 and Teredo addresses
 * are judged by the IPv4 address inside them. */
enum addr_class addr_classify(const struct addr *a);
/* The IPv4 address inside NAT64, 6to4 or Teredo; false when there is none. */
bool addr_unwrap(const struct addr *a, struct addr *inner);
const char *addr_class_name(enum addr_class c); /* "global", "private", ... */

struct addr_prefix {
    struct addr base;
    uint8_t bits;
};
/* "10.0.0.0/8", "fd00::/8", or a bare address (all bits). Host bits set: ERR_FORMAT. */
MUST_CHECK enum err addr_prefix_parse(struct sv s, struct addr_prefix *out);
bool addr_prefix_has(const struct addr_prefix *prefix, const struct addr *a);
