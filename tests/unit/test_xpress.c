/* xpress - known vectors, round trips, and input that is not what a compressor writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "etw/xpress.h"
#include "platform/platform.h"
#include "support/etl_build.h"

#define OUT_MAX 300000u
#define ROUND_TRIPS 60u
#define SOAK_ROUND_TRIPS 2000u

static uint8_t out[OUT_MAX];

/* xorshift64 */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Input and output in memory of their exact size, so that a step beyond is seen. */
static enum err
unpack(const uint8_t *in, size_t in_len, size_t cap, size_t *len)
{
    uint8_t *exact_in = malloc(in_len == 0 ? 1 : in_len);
    uint8_t *exact_out = malloc(cap == 0 ? 1 : cap);
    enum err err;

    assert_true(exact_in != NULL && exact_out != NULL && cap <= OUT_MAX);
    if (in_len > 0) {
        memcpy(exact_in, in, in_len);
    }
    *len = SIZE_MAX;
    err = xpress_decompress(exact_in, in_len, exact_out, cap, len);
    assert_true(*len <= cap);
    memcpy(out, exact_out, *len);
    free(exact_in);
    free(exact_out);
    return err;
}

static void
expect(const char *in, size_t in_len, const char *due, size_t due_len)
{
    size_t len;

    assert_int_equal(unpack((const uint8_t *)in, in_len, due_len, &len), ERR_OK);
    assert_int_equal(len, due_len);
    assert_memory_equal(out, due, due_len);
}

static void
repeat(char *to, const char *part, size_t len)
{
    size_t part_len = strlen(part);

    for (size_t i = 0; i < len; i++) {
        to[i] = part[i % part_len];
    }
}

/* The two examples of [MS-XCA] 3.1. */
static void
test_vectors(void **state)
{
    static const char letters[] = "\x3f\0\0\0abcdefghijklmnopqrstuvwxyz";
    static const char abc[] = "\xff\xff\xff\x1f"
                              "abc\x17\0\x0f\xff\x26\x01";
    char due[300];

    (void)state;
    expect(letters, sizeof(letters) - 1, letters + 4, 26);
    repeat(due, "abc", sizeof(due));
    expect(abc, sizeof(abc) - 1, due, sizeof(due));
}

/* "a", then a match of distance 1 whose length is written in each of its forms. */
static void
check_length(const char *parts, size_t parts_len, size_t length)
{
    struct eb in = {0};
    size_t len;

    eb_u32(&in, 0x7FFFFFFF);
    eb_u8(&in, 'a');
    eb_bytes(&in, parts, parts_len);
    assert_int_equal(unpack(in.data, in.len, length + 1, &len), ERR_OK);
    assert_int_equal(len, length + 1);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(out[i], 'a');
    }
    eb_free(&in);
}

static void
test_lengths(void **state)
{
    (void)state;
    check_length("\x00\x00", 2, 3);
    check_length("\x06\x00", 2, 9);
    check_length("\x07\x00\x00", 3, 10);
    check_length("\x07\x00\x0e", 3, 24);
    check_length("\x07\x00\x0f\x00", 4, 25);
    check_length("\x07\x00\x0f\xfe", 4, 279);
    check_length("\x07\x00\x0f\xff\x16\x00", 6, 25);
    check_length("\x07\x00\x0f\xff\x15\x01", 6, 280);
    check_length("\x07\x00\x0f\xff\xff\xff", 6, 65538);
    check_length("\x07\x00\x0f\xff\x00\x00\x16\x00\x00\x00", 10, 25);
    check_length("\x07\x00\x0f\xff\x00\x00\x00\x00\x01\x00", 10, 65539);
}

/* Two matches share the byte of the first one's half; the third begins a new one. */
static void
test_shared_half(void **state)
{
    struct eb in = {0};
    size_t len;

    (void)state;
    eb_u32(&in, 0x7FFFFFFF);
    eb_u8(&in, 'x');
    eb_u16(&in, 0x0007);
    eb_u8(&in, 0x52); /* 2 now, 5 for the next */
    eb_u16(&in, 0x0007);
    eb_u16(&in, 0x0007);
    eb_u8(&in, 0x01);
    assert_int_equal(unpack(in.data, in.len, 1 + 12 + 15 + 11, &len), ERR_OK);
    assert_int_equal(len, 1 + 12 + 15 + 11);
    assert_int_equal(unpack(in.data, in.len, 1000, &len), ERR_OK); /* and there is no more */
    assert_int_equal(len, 1 + 12 + 15 + 11);
    eb_free(&in);
}

/* A length's whole form that is less than what the parts before it say. */
static void
test_length_too_small(void **state)
{
    size_t len;

    (void)state;
    for (unsigned value = 1; value < 22; value++) {
        uint8_t in[] = {0xFF, 0xFF, 0xFF, 0x7F, 'a', 7, 0, 15, 255, (uint8_t)value, 0};
        uint8_t wide[] = {0xFF, 0xFF, 0xFF, 0x7F,           'a', 7, 0, 15,
                          255,  0,    0,    (uint8_t)value, 0,   0, 0};

        assert_int_equal(unpack(in, sizeof(in), 100, &len), ERR_FORMAT);
        assert_int_equal(len, 1);
        assert_int_equal(unpack(wide, sizeof(wide), 100, &len), ERR_FORMAT);
        assert_int_equal(len, 1);
    }
}

static void
test_match_before_start(void **state)
{
    static const uint8_t first[] = {0xFF, 0xFF, 0xFF, 0xFF, 0, 0};
    static const uint8_t second[] = {0xFF, 0xFF, 0xFF, 0x7F, 'a', 1 << 3, 0};
    static const uint8_t far[] = {0xFF, 0xFF, 0xFF, 0x3F, 'a', 'b', 0xF8, 0xFF};
    size_t len;

    (void)state;
    assert_int_equal(unpack(first, sizeof(first), 100, &len), ERR_FORMAT);
    assert_int_equal(len, 0);
    assert_int_equal(unpack(second, sizeof(second), 100, &len), ERR_FORMAT);
    assert_int_equal(len, 1);
    assert_int_equal(unpack(far, sizeof(far), 100, &len), ERR_FORMAT);
    assert_int_equal(len, 2);
}

/* The farthest match there can be: 8192 bytes back. */
static void
test_distance(void **state)
{
    struct eb in = {0};
    size_t len;

    (void)state;
    for (unsigned i = 0; i < 8192; i++) {
        if (i % 32 == 0) {
            eb_u32(&in, 0);
        }
        eb_u8(&in, i * 7 + i / 256);
    }
    eb_u32(&in, UINT32_MAX);
    eb_u16(&in, 0xFFF8 | 3);
    assert_int_equal(unpack(in.data, in.len, 8198, &len), ERR_OK);
    assert_int_equal(len, 8198);
    assert_memory_equal(out + 8192, out, 6);
    eb_free(&in);
}

static void
test_nothing(void **state)
{
    static const uint8_t flags[] = {0, 0, 0, 0};
    size_t len;

    (void)state;
    assert_int_equal(unpack(flags, 0, 100, &len), ERR_OK);
    assert_int_equal(len, 0);
    assert_int_equal(unpack(flags, 4, 100, &len), ERR_OK);
    assert_int_equal(len, 0);
    assert_int_equal(unpack(flags, 4, 0, &len), ERR_OK);
    assert_int_equal(len, 0);
    for (size_t cut = 1; cut < 4; cut++) {
        assert_int_equal(unpack(flags, cut, 100, &len), ERR_TRUNC);
        assert_int_equal(len, 0);
    }
}

/* -- round trips ------------------------------------------------------------------------------- */

/* Bytes of few kinds, repeated parts near and far, long runs: every form of length comes up. */
static void
make_bytes(struct eb *b, uint64_t *random, size_t want)
{
    while (b->len < want) {
        size_t n = (size_t)(next_random(random) % 40);

        switch (next_random(random) % 5) {
        case 0:
            for (size_t i = 0; i < n; i++) {
                eb_u8(b, (unsigned)(next_random(random) & 0xFF));
            }
            break;
        case 1:
            eb_fill(b, (unsigned)(n * 6), next_random(random) % 8 == 0 ? n * 2200 : n * 12);
            break;
        default:
            for (size_t i = 0; i < n && b->len > 0; i++) {
                eb_u8(b, b->data[b->len - 1 - (b->len - 1) / (1 + n % 7)]);
            }
            eb_u8(b, 'a' + (unsigned)n % 3);
            break;
        }
    }
    b->len = want;
}

static uint64_t
first_random(void)
{
    const char *text = env_get("KANARI_SEED");

    return UINT64_C(0x9E3779B97F4A7C15) + (text == NULL ? 0 : strtoull(text, NULL, 10));
}

static void
test_round_trips(void **state)
{
    const char *soak = env_get("KANARI_SOAK");
    unsigned rounds = soak != NULL && soak[0] != '\0' ? SOAK_ROUND_TRIPS : ROUND_TRIPS;
    uint64_t random = first_random();

    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        struct eb plain = {0};
        struct eb packed = {0};
        size_t cap, len;

        make_bytes(&plain, &random, (size_t)(next_random(&random) % (i % 8 == 0 ? 200000 : 5000)));
        eb_xpress(&packed, plain.data, plain.len);
        assert_int_equal(unpack(packed.data, packed.len, plain.len, &len), ERR_OK);
        assert_int_equal(len, plain.len);
        assert_memory_equal(out, plain.data == NULL ? out : plain.data, len);
        /* more room: nothing but what is there; less: its begin */
        assert_int_equal(unpack(packed.data, packed.len, plain.len + 50, &len), ERR_OK);
        assert_int_equal(len, plain.len);
        cap = (size_t)(next_random(&random) % (plain.len + 1));
        assert_int_equal(unpack(packed.data, packed.len, cap, &len), ERR_OK);
        assert_int_equal(len, cap);
        assert_memory_equal(out, plain.data == NULL ? out : plain.data, len);
        eb_free(&packed);
        eb_free(&plain);
    }
}

/* Cut at every byte: what comes is the begin of the whole. */
static void
test_cut(void **state)
{
    uint64_t random = first_random();
    struct eb plain = {0};
    struct eb packed = {0};
    size_t before = 0;

    (void)state;
    make_bytes(&plain, &random, 3000);
    eb_fill(&plain, 'z', 70000); /* a length of all forms */
    eb_xpress(&packed, plain.data, plain.len);
    for (size_t cut = 0; cut < packed.len; cut++) {
        size_t len;
        enum err err = unpack(packed.data, cut, plain.len, &len);

        assert_true(err == ERR_OK || err == ERR_TRUNC);
        assert_true(len < plain.len && len >= before);
        assert_memory_equal(out, plain.data, len);
        before = len;
    }
    assert_true(packed.len > 400 && before > 2000);
    eb_free(&packed);
    eb_free(&plain);
}

/* A flipped bit: what the bytes before it give comes as it was, and nothing goes beyond the room.
 */
static void
test_flips(void **state)
{
    uint64_t random = first_random();
    struct eb plain = {0};
    struct eb packed = {0};
    unsigned changed = 0;

    (void)state;
    make_bytes(&plain, &random, 2000);
    eb_xpress(&packed, plain.data, plain.len);
    for (size_t bit = 0; bit < 8 * packed.len; bit++) {
        size_t sound, len;
        enum err err;

        (void)unpack(packed.data, bit / 8, plain.len, &sound);
        packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        err = unpack(packed.data, packed.len, plain.len, &len);
        assert_true(err == ERR_OK || err == ERR_TRUNC || err == ERR_FORMAT);
        assert_true(len >= sound);
        assert_memory_equal(out, plain.data, sound);
        changed += len != plain.len || memcmp(out, plain.data, len) != 0;
        packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(changed > 4 * packed.len); /* only flags behind the last token say nothing */
    eb_free(&packed);
    eb_free(&plain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_shared_half),
        cmocka_unit_test(test_length_too_small),
        cmocka_unit_test(test_match_before_start),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flips),
    };

    return cmocka_run_group_tests_name("xpress", tests, NULL, NULL);
}
