/* hash: SHA-256 with the NIST vectors, SipHash-1-3 against another implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/hash.h"

static void
assert_digest(const uint8_t digest[SHA256_LEN], const char *hex)
{
    char text[2 * SHA256_LEN + 1] = {0};

    for (size_t i = 0; i < SHA256_LEN; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    assert_string_equal(text, hex);
}

static void
test_sha256_vectors(void **state)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
         "lmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sha256 s;
        uint8_t digest[SHA256_LEN];

        sha256_init(&s);
        sha256_put(&s, rows[i].text, strlen(rows[i].text));
        sha256_end(&s, digest);
        assert_digest(digest, rows[i].hex);
    }
}

static void
test_sha256_million(void **state)
{
    struct sha256 s;
    uint8_t digest[SHA256_LEN];
    char chunk[1000];

    (void)state;
    memset(chunk, 'a', sizeof(chunk));
    sha256_init(&s);
    for (unsigned i = 0; i < 1000; i++) {
        sha256_put(&s, chunk, sizeof(chunk));
    }
    sha256_end(&s, digest);
    assert_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* However the bytes are handed over, and at every length around the block borders. */
static void
test_sha256_pieces(void **state)
{
    uint8_t data[200];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t len = 0; len <= sizeof(data); len++) {
        uint8_t whole[SHA256_LEN];
        struct sha256 s;

        sha256_init(&s);
        sha256_put(&s, data, len);
        sha256_end(&s, whole);
        for (size_t piece = 1; piece < 130; piece += 21) {
            uint8_t digest[SHA256_LEN];

            sha256_init(&s);
            sha256_put(&s, NULL, 0);
            for (size_t at = 0; at < len; at += piece) {
                sha256_put(&s, data + at, len - at < piece ? len - at : piece);
            }
            sha256_end(&s, digest);
            assert_memory_equal(digest, whole, SHA256_LEN);
        }
    }
}

/* Python 3.11 hashes bytes with SipHash-1-3; PYTHONHASHSEED=0 makes both halves of the key 0. */
static void
test_hash64_vectors(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {
        {1, 0x68a914128e01e473},  {7, 0x2f098ab0c751325a},  {8, 0xead411e67ebe2eea},
        {9, 0x75927f9d95124362},  {16, 0x8972188433a5c5b7}, {24, 0x31185a47af932f3a},
        {31, 0x169739443111d49b}, {64, 0x75e05fd5bbc870c6},
    };
    uint8_t data[65];

    (void)state;
    hash64_seed(0, 0);
    for (size_t shift = 0; shift < 2; shift++) { /* aligned or not */
        for (size_t i = 0; i < 64; i++) {
            data[i + shift] = (uint8_t)i;
        }
        for (size_t i = 0; i < COUNT(rows); i++) {
            assert_true(hash64(data + shift, rows[i].len) == rows[i].hash);
        }
    }
}

static void
test_hash64_key_matters(void **state)
{
    uint64_t plain;

    (void)state;
    hash64_seed(0, 0);
    plain = hash64("kumi", 4);
    hash64_seed(1, 0);
    assert_true(hash64("kumi", 4) != plain);
    hash64_seed(0, 1);
    assert_true(hash64("kumi", 4) != plain);
    hash64_seed(0, 0);
    assert_true(hash64("kumi", 4) == plain);
    assert_true(hash64(NULL, 0) == hash64("", 0));
    assert_true(hash64("\0", 1) != hash64("\0\0", 2)); /* the length counts */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_vectors),     cmocka_unit_test(test_sha256_million),
        cmocka_unit_test(test_sha256_pieces),      cmocka_unit_test(test_hash64_vectors),
        cmocka_unit_test(test_hash64_key_matters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
