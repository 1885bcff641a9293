/* utf: every sequence of UTF-16 units survives the way to UTF-8 and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/utf.h"

static uint32_t rng = 12345;

static uint32_t
next_random(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 17;
    rng ^= rng << 5;
    return rng;
}

static void
assert_round_trip(const uint16_t *units, size_t count)
{
    uint8_t bytes[128];
    char text[64 * UTF8_PER_UNIT_MAX];
    uint16_t back[64];
    bool cut = true;
    size_t len;

    for (size_t i = 0; i < count; i++) {
        bytes[2 * i] = (uint8_t)units[i];
        bytes[2 * i + 1] = (uint8_t)(units[i] >> 8);
    }
    len = utf16le_to_utf8(bytes, 2 * count, text, sizeof(text), &cut);
    assert_false(cut);
    assert_int_equal(utf8_to_utf16((struct sv){text, len}, back, 64, &cut), count);
    assert_false(cut);
    assert_memory_equal(back, units, 2 * count);
}

static void
test_every_unit(void **state)
{
    (void)state;
    for (uint32_t u = 0; u <= 0xFFFF; u++) {
        uint16_t units[3] = {(uint16_t)u, 'a', (uint16_t)u};

        assert_round_trip(units, 1);
        assert_round_trip(units, 3);
    }
}

static void
test_surrogate_pairs_and_halves(void **state)
{
    static const uint16_t edge[] = {0,      'a',    0x7F,   0x80,   0x7FF,  0x800,  0xD7FF, 0xD800,
                                    0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF};

    (void)state;
    for (size_t i = 0; i < COUNT(edge) * COUNT(edge) * COUNT(edge); i++) {
        uint16_t units[3] = {edge[i / COUNT(edge) / COUNT(edge)],
                             edge[i / COUNT(edge) % COUNT(edge)], edge[i % COUNT(edge)]};
        assert_round_trip(units, 3);
    }
}

/* Half of it ASCII, so that the fast path starts and stops at every place. */
static void
test_random_sequences(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint16_t units[64];
        size_t count = next_random() % 65;

        for (size_t i = 0; i < count; i++) {
            uint32_t r = next_random();
            units[i] = (uint16_t)(r & 0x10000 ? 0xD800 + (r & 0x7FF) : r & 0x60000 ? r & 0x7F : r);
        }
        assert_round_trip(units, count);
    }
}

static void
test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char text[4];
        size_t n = utf8_put(cp, text);
        size_t pos = 0;
        struct sv s = {text, n};
        bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;

        if (utf8_next(s, &pos) != cp || pos != n || utf8_valid(s) == surrogate) {
            fail_msg("U+%04X", (unsigned)cp);
        }
    }
}

static void
test_known_texts(void **state)
{
    static const uint8_t units[] = {0x42, 0x30, 'a', 0, 0x3D, 0xD8, 0x00, 0xDE, 0x3D, 0xD8, 'x'};
    char out[32];
    bool cut = true;

    (void)state;
    /* "\u3042a", U+1F600, a lone high surrogate, an odd byte that is dropped */
    assert_int_equal(utf16le_to_utf8(units, sizeof(units), out, sizeof(out), &cut), 11);
    assert_memory_equal(out,
                        "\xE3\x81\x82"
                        "a"
                        "\xF0\x9F\x98\x80"
                        "\xED\xA0\xBD",
                        11);
    assert_false(cut);
    assert_int_equal(utf16le_to_utf8(units, 1, out, sizeof(out), NULL), 0);
}

static void
test_cut_between_characters(void **state)
{
    static const uint8_t units[] = {'a', 0, 0x3D, 0xD8, 0x00, 0xDE, 'b', 0};
    static const size_t kept[] = {0, 1, 1, 1, 1, 5, 6, 6};
    static const uint16_t want[] = {'a', 0xD83D, 0xDE00, 'b'};
    static const size_t units_kept[] = {0, 1, 1, 3, 4, 4};

    (void)state;
    for (size_t cap = 0; cap < COUNT(kept); cap++) {
        char out[8];
        bool cut = false;

        assert_int_equal(utf16le_to_utf8(units, sizeof(units), out, cap, &cut), kept[cap]);
        assert_int_equal(cut, cap < 6);
    }
    for (size_t cap = 0; cap < COUNT(units_kept); cap++) {
        uint16_t out[8];
        bool cut = false;

        assert_int_equal(utf8_to_utf16(SV("a\xF0\x9F\x98\x80"
                                          "b"),
                                       out, cap, &cut),
                         units_kept[cap]);
        assert_memory_equal(out, want, 2 * units_kept[cap]);
        assert_int_equal(cut, cap < 4);
    }
}

/* One U+FFFD for each longest good beginning, as the Unicode standard shows it. */
static void
test_bad_bytes(void **state)
{
    static const struct {
        struct sv text;
        unsigned replaced;
        size_t total;
    } rows[] = {
        {{"\x80", 1}, 1, 1},
        {{"\xC0\xAF", 2}, 2, 2},         /* overlong */
        {{"\xE0\x80\xAF", 3}, 3, 3},     /* overlong */
        {{"\xF0\x80\x80\xAF", 4}, 4, 4}, /* overlong */
        {{"\xF4\x91\x92\x93", 4}, 4, 4}, /* above U+10FFFF */
        {{"\xF5\x80", 2}, 2, 2},
        {{"\xE1\x80", 2}, 1, 1}, /* ends too early */
        {{"\xF0\x9F\x98", 3}, 1, 1},
        {{"\xE1\x80"
          "a",
          3},
         1,
         2},
        {{"\xC2\xC2\x80", 3}, 1, 2},
        {{"\xFF\xFE", 2}, 2, 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t pos = 0;
        size_t total = 0;
        unsigned replaced = 0;

        while (pos < rows[i].text.len) {
            size_t start = pos;
            uint32_t cp = utf8_next(rows[i].text, &pos);
            replaced += cp == 0xFFFD && !utf8_is_replacement(rows[i].text, start);
            total++;
        }
        assert_int_equal(replaced, rows[i].replaced);
        assert_int_equal(total, rows[i].total);
        assert_false(utf8_valid(rows[i].text));
    }
}

static void
test_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid(SV("")));
    assert_true(utf8_valid((struct sv){NULL, 0}));
    assert_true(utf8_valid(SV("0123456789abcdef \xE3\x81\x82 0123456789")));
    assert_true(utf8_valid(SV("\xEF\xBF\xBD"))); /* U+FFFD itself is text */
    assert_false(utf8_valid(SV("0123456\xFF")));
    assert_false(utf8_valid(SV("01234567\xED\xA0\x80")));
}

static void
test_prefix(void **state)
{
    struct sv s = SV("a\xC3\xA9\xE3\x81\x82\xF0\x9F\x98\x80z");
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

    (void)state;
    for (size_t max = 0; max < COUNT(kept); max++) {
        assert_int_equal(utf8_cut(s, max).len, kept[max]);
    }
    assert_int_equal(utf8_cut(SV("\x80\x80\x80\x80\x80\x80"), 4).len, 4); /* no text at all */
    assert_int_equal(utf8_cut((struct sv){NULL, 0}, 4).len, 0);
}

static void
test_width(void **state)
{
    static const struct {
        uint32_t cp;
        unsigned width;
    } rows[] = {
        {'a', 1},     {0xE9, 1},    {0xAD, 1},    {0x300, 0},    {0x36F, 0},  {0x370, 1},
        {0x3042, 2},  {0x30A2, 2},  {0x3099, 0},  {0x4E00, 2},   {0x9FFF, 2}, {0xAC00, 2},
        {0xD7A3, 2},  {0x1100, 2},  {0x1160, 0},  {0x200B, 0},   {0x200D, 0}, {0x2026, 1},
        {0xFF21, 2},  {0xFF71, 1},  {0xFF5E, 2},  {0xFE0F, 0},   {0xFEFF, 0}, {0x1F600, 2},
        {0x20000, 2}, {0x3FFFD, 2}, {0xE0100, 0}, {0x10FFFF, 1}, {0x3000, 2}, {0xFFFD, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (utf_width(rows[i].cp) != rows[i].width) {
            fail_msg("U+%04X", (unsigned)rows[i].cp);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_unit),       cmocka_unit_test(test_surrogate_pairs_and_halves),
        cmocka_unit_test(test_random_sequences), cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_known_texts),      cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_bad_bytes),        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_prefix),           cmocka_unit_test(test_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
