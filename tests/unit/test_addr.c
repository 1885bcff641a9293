/* addr: reading and writing, every special range with its edges, ports, prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/addr.h"

#define GLOBAL ADDR_CLASS_GLOBAL
#define SPECIAL ADDR_CLASS_SPECIAL
#define DOC ADDR_CLASS_DOCUMENTATION
#define PRIVATE ADDR_CLASS_PRIVATE
#define V6_END "ffff:ffff:ffff:ffff"

static struct addr
parse(const char *text)
{
    struct addr a = {0};

    if (addr_parse(sv_from(text), &a)) {
        fail_msg("'%s' was refused", text);
    }
    return a;
}

static void
test_text(void **state)
{
    static const struct {
        const char *text, *formatted; /* NULL: refused */
    } rows[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"255.255.255.255", "255.255.255.255"},
        {"0.0.0.0", "0.0.0.0"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"[::1]", "::1"},
        {"2001:DB8::ABCD", "2001:db8::abcd"},
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"}, /* first of equals */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},                 /* one zero stays */
        {"1:0:0:4:0:0:0:8", "1:0:0:4::8"},                                /* the longest */
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"::ffff:1.2.3.4", "1.2.3.4"},
        {"::ffff:102:304", "1.2.3.4"},
        {"[::FFFF:1.2.3.4%7]", "1.2.3.4"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
        {"::1.2.3.4", "::102:304"},
        {"fe80::1%12", "fe80::1%12"},
        {"fe80::1%4294967295", "fe80::1%4294967295"},
        {"fe80::1%eth0", "fe80::1"},
        {"fe80::1%0", "fe80::1"},
        {"", NULL},
        {"-", NULL},
        {"1.2.3", NULL},
        {"1.2.3.", NULL},
        {".1.2.3", NULL},
        {"1..2.3", NULL},
        {"1.2.3.4.5", NULL},
        {"1.2.3.256", NULL},
        {"1.2.3.01", NULL},
        {"00.2.3.4", NULL},
        {"1.2.3.4 ", NULL},
        {" 1.2.3.4", NULL},
        {"1.2.3.4%1", NULL},
        {"[1.2.3.4]", NULL},
        {"1.2.3.1000000000000", NULL},
        {":", NULL},
        {":::", NULL},
        {"1", NULL},
        {":1", NULL},
        {"1:", NULL},
        {"::1:", NULL},
        {"1::2::3", NULL},
        {"1:2:3:4:5:6:7", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"1:2:3:4:5:6:7:8::", NULL},
        {"::1:2:3:4:5:6:7:8", NULL},
        {"12345::", NULL},
        {"g::", NULL},
        {"1:2:3:4:5:6:7:1.2.3.4", NULL},
        {"::1.2.3.4:5", NULL},
        {"[::1", NULL},
        {"::1]", NULL},
        {"[]", NULL},
        {"fe80::1%", NULL},
        {"fe80::1%4294967296", NULL},
        {"fe80::1%012", NULL},
        {"fe80::1%a b", NULL},
        {"fe80::1%a%b", NULL},
        {"fe80::1%abcdefghijklmnopqrstuvwxyz0123456", NULL},
        {"%1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr a = {.family = 99};
        char out[ADDR_TEXT_MAX];
        enum err err = addr_parse(sv_from(rows[i].text), &a);

        if (rows[i].formatted == NULL) {
            if (err != ERR_FORMAT || a.family != 99) {
                fail_msg("'%s' was taken", rows[i].text);
            }
            continue;
        }
        if (err) {
            fail_msg("'%s' was refused", rows[i].text);
        }
        assert_int_equal(addr_format(&a, out), strlen(rows[i].formatted));
        assert_string_equal(out, rows[i].formatted);
    }
}

static void
test_format_none_and_longest(void **state)
{
    struct addr none = {0};
    struct addr a = parse("1111:2222:3333:4444:5555:6666:7777:8888%4294967295");
    char out[ADDR_TEXT_MAX] = "x";

    (void)state;
    assert_int_equal(addr_format(&none, out), 0);
    assert_string_equal(out, "");
    assert_int_equal(addr_format(&a, out), 50);
}

static void
test_round_trip(void **state)
{
    uint32_t rng = 7;

    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        uint8_t bytes[16];
        struct addr a;
        struct addr back;
        char out[ADDR_TEXT_MAX];

        for (unsigned i = 0; i < 16; i++) {
            rng = rng * 1664525 + 1013904223;
            bytes[i] = rng >> 29 < 5 ? 0 : (uint8_t)(rng >> 16); /* many zeros, many gaps */
        }
        a = round % 4 == 0 ? addr_v4(bytes) : addr_v6(bytes, bytes[3]);
        assert_int_equal(addr_parse((struct sv){out, addr_format(&a, out)}, &back), ERR_OK);
        assert_memory_equal(&a, &back, sizeof(a));
    }
}

/* first, last: inside; before, after: the neighbours, NULL where the range ends the space. */
static const struct {
    const char *first, *last;
    enum addr_class class;
    const char *before;
    enum addr_class class_before;
    const char *after;
    enum addr_class class_after;
} ranges[] = {
    {"0.0.0.0", "0.0.0.0", ADDR_CLASS_NONE, NULL, 0, "0.0.0.1", SPECIAL},
    {"0.0.0.1", "0.255.255.255", SPECIAL, "0.0.0.0", ADDR_CLASS_NONE, "1.0.0.0", GLOBAL},
    {"10.0.0.0", "10.255.255.255", PRIVATE, "9.255.255.255", GLOBAL, "11.0.0.0", GLOBAL},
    {"100.64.0.0", "100.127.255.255", ADDR_CLASS_CGNAT, "100.63.255.255", GLOBAL, "100.128.0.0",
     GLOBAL},
    {"127.0.0.0", "127.255.255.255", ADDR_CLASS_LOOPBACK, "126.255.255.255", GLOBAL, "128.0.0.0",
     GLOBAL},
    {"169.254.0.0", "169.254.255.255", ADDR_CLASS_LINK_LOCAL, "169.253.255.255", GLOBAL,
     "169.255.0.0", GLOBAL},
    {"172.16.0.0", "172.31.255.255", PRIVATE, "172.15.255.255", GLOBAL, "172.32.0.0", GLOBAL},
    {"192.0.0.0", "192.0.0.8", SPECIAL, "191.255.255.255", GLOBAL, "192.0.0.9", GLOBAL},
    {"192.0.0.9", "192.0.0.10", GLOBAL, "192.0.0.8", SPECIAL, "192.0.0.11", SPECIAL},
    {"192.0.0.11", "192.0.0.255", SPECIAL, "192.0.0.10", GLOBAL, "192.0.1.0", GLOBAL},
    {"192.0.2.0", "192.0.2.255", DOC, "192.0.1.255", GLOBAL, "192.0.3.0", GLOBAL},
    {"192.31.196.0", "192.31.196.255", GLOBAL, "192.31.195.255", GLOBAL, "192.31.197.0", GLOBAL},
    {"192.52.193.0", "192.52.193.255", GLOBAL, "192.52.192.255", GLOBAL, "192.52.194.0", GLOBAL},
    {"192.88.99.0", "192.88.99.255", SPECIAL, "192.88.98.255", GLOBAL, "192.88.100.0", GLOBAL},
    {"192.168.0.0", "192.168.255.255", PRIVATE, "192.167.255.255", GLOBAL, "192.169.0.0", GLOBAL},
    {"192.175.48.0", "192.175.48.255", GLOBAL, "192.175.47.255", GLOBAL, "192.175.49.0", GLOBAL},
    {"198.18.0.0", "198.19.255.255", SPECIAL, "198.17.255.255", GLOBAL, "198.20.0.0", GLOBAL},
    {"198.51.100.0", "198.51.100.255", DOC, "198.51.99.255", GLOBAL, "198.51.101.0", GLOBAL},
    {"203.0.113.0", "203.0.113.255", DOC, "203.0.112.255", GLOBAL, "203.0.114.0", GLOBAL},
    {"224.0.0.0", "239.255.255.255", ADDR_CLASS_MULTICAST, "223.255.255.255", GLOBAL, "240.0.0.0",
     SPECIAL},
    {"240.0.0.0", "255.255.255.254", SPECIAL, "239.255.255.255", ADDR_CLASS_MULTICAST,
     "255.255.255.255", ADDR_CLASS_BROADCAST},
    {"::", "::", ADDR_CLASS_NONE, NULL, 0, "::1", ADDR_CLASS_LOOPBACK},
    {"::1", "::1", ADDR_CLASS_LOOPBACK, "::", ADDR_CLASS_NONE, "::2", SPECIAL},
    {"64:ff9b:1::", "64:ff9b:1:ffff:" V6_END, SPECIAL, "64:ff9b:0:ffff:" V6_END, SPECIAL,
     "64:ff9b:2::", SPECIAL},
    {"100::", "100::" V6_END, SPECIAL, "ff:ffff:ffff:ffff:" V6_END, SPECIAL,
     "100:0:0:1::", SPECIAL},
    {"100:0:0:1::", "100::1:" V6_END, SPECIAL, "100::" V6_END, SPECIAL, "100:0:0:2::", SPECIAL},
    {"2001:1::1", "2001:1::3", GLOBAL, "2001:1::", SPECIAL, "2001:1::4", SPECIAL},
    {"2001:2::", "2001:2:0:ffff:" V6_END, SPECIAL, "2001:1:ffff:ffff:" V6_END, SPECIAL,
     "2001:2:1::", SPECIAL},
    {"2001:3::", "2001:3:ffff:ffff:" V6_END, GLOBAL, "2001:2:ffff:ffff:" V6_END, SPECIAL,
     "2001:4::", SPECIAL},
    {"2001:4:112::", "2001:4:112:ffff:" V6_END, GLOBAL, "2001:4:111:ffff:" V6_END, SPECIAL,
     "2001:4:113::", SPECIAL},
    {"2001:20::", "2001:2f:ffff:ffff:" V6_END, GLOBAL, "2001:1f:ffff:ffff:" V6_END, SPECIAL,
     "2001:30::", GLOBAL},
    {"2001:30::", "2001:3f:ffff:ffff:" V6_END, GLOBAL, "2001:2f:ffff:ffff:" V6_END, GLOBAL,
     "2001:40::", SPECIAL},
    {"2001:40::", "2001:1ff:ffff:ffff:" V6_END, SPECIAL, "2001:3f:ffff:ffff:" V6_END, GLOBAL,
     "2001:200::", GLOBAL},
    {"2001:db8::", "2001:db8:ffff:ffff:" V6_END, DOC, "2001:db7:ffff:ffff:" V6_END, GLOBAL,
     "2001:db9::", GLOBAL},
    {"2620:4f:8000::", "2620:4f:8000:ffff:" V6_END, GLOBAL, "2620:4f:7fff:ffff:" V6_END, GLOBAL,
     "2620:4f:8001::", GLOBAL},
    {"2003::", "3ffe:ffff:ffff:ffff:" V6_END, GLOBAL, NULL, 0, "3fff::", DOC},
    {"3fff::", "3fff:fff:ffff:ffff:" V6_END, DOC, "3ffe:ffff:ffff:ffff:" V6_END, GLOBAL,
     "3fff:1000::", GLOBAL},
    {"4000::", "fbff:ffff:ffff:ffff:" V6_END, SPECIAL, "3fff:ffff:ffff:ffff:" V6_END, GLOBAL,
     "fc00::", PRIVATE},
    {"5f00::", "5f00:ffff:ffff:ffff:" V6_END, SPECIAL, "5eff:ffff:ffff:ffff:" V6_END, SPECIAL,
     "5f01::", SPECIAL},
    {"fc00::", "fdff:ffff:ffff:ffff:" V6_END, PRIVATE, "fbff:ffff:ffff:ffff:" V6_END, SPECIAL,
     "fe00::", SPECIAL},
    {"fe80::", "febf:ffff:ffff:ffff:" V6_END, ADDR_CLASS_LINK_LOCAL, "fe7f:ffff:ffff:ffff:" V6_END,
     SPECIAL, "fec0::", PRIVATE},
    {"fec0::", "feff:ffff:ffff:ffff:" V6_END, PRIVATE, "febf:ffff:ffff:ffff:" V6_END,
     ADDR_CLASS_LINK_LOCAL, "ff00::", ADDR_CLASS_MULTICAST},
    {"ff00::", "ffff:ffff:ffff:ffff:" V6_END, ADDR_CLASS_MULTICAST, "feff:ffff:ffff:ffff:" V6_END,
     PRIVATE, NULL, 0},
};

static void
assert_class(const char *text, enum addr_class class)
{
    struct addr a;

    if (text == NULL) {
        return;
    }
    a = parse(text);
    if (addr_classify(&a) != class) {
        fail_msg("%s is %s, not %s", text, addr_class_name(addr_classify(&a)),
                 addr_class_name(class));
    }
}

static void
test_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ranges); i++) {
        assert_class(ranges[i].first, ranges[i].class);
        assert_class(ranges[i].last, ranges[i].class);
        assert_class(ranges[i].before, ranges[i].class_before);
        assert_class(ranges[i].after, ranges[i].class_after);
    }
}

static void
test_more_classes(void **state)
{
    struct addr none = {0};

    (void)state;
    assert_int_equal(addr_classify(&none), ADDR_CLASS_NONE);
    assert_class("255.255.255.255", ADDR_CLASS_BROADCAST);
    assert_class("8.8.8.8", GLOBAL);
    assert_class("2a00:1450:4001::1", GLOBAL);
    assert_class("fe80::1%12", ADDR_CLASS_LINK_LOCAL);
    assert_class("::ffff:192.168.1.1", PRIVATE);
    assert_class("::ffff:8.8.8.8", GLOBAL);
    assert_class("::8.8.8.8", SPECIAL); /* IPv4-compatible, long gone */
    assert_string_equal(addr_class_name(ADDR_CLASS_CGNAT), "cgnat");
    assert_string_equal(addr_class_name(ADDR_CLASS_SPECIAL), "special");
}

static void
test_unwrap(void **state)
{
    static const struct {
        const char *text, *inner; /* NULL: none inside */
        enum addr_class class;
    } rows[] = {
        {"64:ff9b::8.8.8.8", "8.8.8.8", GLOBAL},
        {"64:ff9b::10.0.0.1", "10.0.0.1", PRIVATE},
        {"64:ff9b::", "0.0.0.0", SPECIAL},
        {"64:ff9b::255.255.255.255", "255.255.255.255", ADDR_CLASS_BROADCAST},
        {"64:ff9b::1:0:0", NULL, SPECIAL},
        {"64:ff9b:1::8.8.8.8", NULL, SPECIAL},
        {"2002:808:808::1", "8.8.8.8", GLOBAL},
        {"2002:c0a8:101::", "192.168.1.1", PRIVATE},
        {"2002::", "0.0.0.0", SPECIAL},
        {"2002:ffff:ffff:ffff:" V6_END, "255.255.255.255", ADDR_CLASS_BROADCAST},
        {"2001::f7f7:f7f7", "8.8.8.8", GLOBAL},
        {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45", DOC}, /* RFC 4380's example */
        {"2001::", "255.255.255.255", ADDR_CLASS_BROADCAST},
        {"2001:0:ffff:ffff:" V6_END, "0.0.0.0", SPECIAL},
        {"2001:1::1", NULL, GLOBAL},
        {"2003::1", NULL, GLOBAL},
        {"8.8.8.8", NULL, GLOBAL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr a = parse(rows[i].text);
        struct addr inner = {.family = 99};
        char out[ADDR_TEXT_MAX];

        assert_int_equal(addr_unwrap(&a, &inner), rows[i].inner != NULL);
        if (rows[i].inner != NULL) {
            addr_format(&inner, out);
            assert_string_equal(out, rows[i].inner);
        } else {
            assert_int_equal(inner.family, 99);
        }
        assert_class(rows[i].text, rows[i].class);
    }
}

static void
test_ports(void **state)
{
    static const struct {
        const char *text, *ip; /* NULL: refused */
        uint16_t port;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7", 0},
        {"203.0.113.7:3389", "203.0.113.7", 3389},
        {"203.0.113.7:0", "203.0.113.7", 0},
        {"203.0.113.7:65535", "203.0.113.7", 65535},
        {"2001:db8::1", "2001:db8::1", 0},
        {"2001:db8::1:3389", "2001:db8::1:3389", 0},
        {"[2001:db8::1]", "2001:db8::1", 0},
        {"[2001:db8::1]:445", "2001:db8::1", 445},
        {"[fe80::1%3]:445", "fe80::1%3", 445},
        {"[::ffff:1.2.3.4]:5", "1.2.3.4", 5},
        {"203.0.113.7:", NULL, 0},
        {"203.0.113.7:65536", NULL, 0},
        {"203.0.113.7:+1", NULL, 0},
        {"203.0.113.7:007", NULL, 0},
        {":3389", NULL, 0},
        {"[::1]445", NULL, 0},
        {"[::1]:", NULL, 0},
        {"[::1:445", NULL, 0},
        {"[1.2.3.4]:5", NULL, 0},
        {"LOCAL", NULL, 0},
        {"", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr a = {.family = 99};
        uint16_t port = 99;
        char out[ADDR_TEXT_MAX];
        enum err err = addr_parse_port(sv_from(rows[i].text), &a, &port);

        if ((err == ERR_OK) != (rows[i].ip != NULL)) {
            fail_msg("'%s': %s", rows[i].text, err_str(err));
        }
        if (rows[i].ip == NULL) {
            assert_int_equal(a.family, 99);
            assert_int_equal(port, 99);
            continue;
        }
        addr_format(&a, out);
        assert_string_equal(out, rows[i].ip);
        assert_int_equal(port, rows[i].port);
    }
}

static void
test_sockaddr(void **state)
{
    static const uint8_t v4[16] = {2, 0, 0x0D, 0x3D, 203, 0, 113, 7};
    uint8_t v6[28] = {23, 0, 0x01, 0xBD, 9, 9, 9, 9, 0xFE, 0x80};
    struct addr a = {.family = 99};
    uint16_t port = 99;
    char out[ADDR_TEXT_MAX];

    (void)state;
    for (size_t len = 0; len < 8; len++) {
        assert_int_equal(addr_from_sockaddr(v4, len, &a, &port), ERR_FORMAT);
    }
    for (size_t len = 0; len < sizeof(v6); len++) {
        assert_int_equal(addr_from_sockaddr(v6, len, &a, &port), ERR_FORMAT);
    }
    assert_int_equal(a.family, 99);
    assert_int_equal(addr_from_sockaddr(v4, sizeof(v4), &a, &port), ERR_OK);
    addr_format(&a, out);
    assert_string_equal(out, "203.0.113.7");
    assert_int_equal(port, 3389);
    v6[23] = 1;
    v6[24] = 12;
    assert_int_equal(addr_from_sockaddr(v6, sizeof(v6), &a, &port), ERR_OK);
    addr_format(&a, out);
    assert_string_equal(out, "fe80::1%12");
    assert_int_equal(port, 445);
    v6[0] = 10; /* AF_INET6 of another system */
    assert_int_equal(addr_from_sockaddr(v6, sizeof(v6), &a, &port), ERR_FORMAT);
}

static void
test_order(void **state)
{
    static const char *const sorted[] = {
        "1.2.3.4", "1.2.3.5", "200.0.0.0", "::", "::1", "fe80::1", "fe80::1%2", "fe80::2"};

    (void)state;
    for (size_t i = 0; i < COUNT(sorted); i++) {
        struct addr none = {0};
        struct addr a = parse(sorted[i]);

        assert_true(addr_cmp(&none, &a) < 0);
        for (size_t k = 0; k < COUNT(sorted); k++) {
            struct addr b = parse(sorted[k]);
            int order = addr_cmp(&a, &b);

            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
            assert_int_equal(addr_eq(&a, &b), i == k);
        }
    }
}

static void
test_prefixes(void **state)
{
    static const struct {
        const char *prefix, *inside, *outside;
    } rows[] = {
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
        {"0.0.0.0/0", "255.255.255.255", "::"},
        {"::/0", "ffff::", "1.2.3.4"},
        {"192.168.1.1", "192.168.1.1", "192.168.1.0"},
        {"192.168.1.1/32", "192.168.1.1", "192.168.1.2"},
        {"192.168.1.0/31", "192.168.1.1", "192.168.1.2"},
        {"fd00::/8", "fdff::1", "fc00::1"},
        {"fe80::/10", "fe80::1%12", "fec0::1"},
        {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
        {"2001:db8::/127", "2001:db8::1", "2001:db8::2"},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"},
    };
    struct addr none = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr_prefix prefix;
        struct addr inside = parse(rows[i].inside);
        struct addr outside = parse(rows[i].outside);

        assert_int_equal(addr_prefix_parse(sv_from(rows[i].prefix), &prefix), ERR_OK);
        if (!addr_prefix_has(&prefix, &inside) || addr_prefix_has(&prefix, &outside)) {
            fail_msg("%s", rows[i].prefix);
        }
        assert_false(addr_prefix_has(&prefix, &none));
    }
}

static void
test_bad_prefixes(void **state)
{
    static const char *const rows[] = {"",
                                       "/8",
                                       "10.0.0.0/",
                                       "10.0.0.0/33",
                                       "10.0.0.1/8",
                                       "10.0.0.0/08",
                                       "10.0.0.0/8/8",
                                       "10.0.0.0/-1",
                                       "fd00::/129",
                                       "fd00::1/64",
                                       "fe80::%3/64",
                                       "[fd00::]/8",
                                       "10.0.0.0/0x8",
                                       "::ffff:10.0.0.0/95",
                                       "fe80::%eth0/64"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr_prefix prefix = {.bits = 99};

        if (addr_prefix_parse(sv_from(rows[i]), &prefix) != ERR_FORMAT || prefix.bits != 99) {
            fail_msg("'%s' was taken", rows[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),         cmocka_unit_test(test_format_none_and_longest),
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_more_classes), cmocka_unit_test(test_unwrap),
        cmocka_unit_test(test_ports),        cmocka_unit_test(test_sockaddr),
        cmocka_unit_test(test_order),        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_bad_prefixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
