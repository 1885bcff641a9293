/* hash - SHA-256 by the book, and SipHash-1-3 for tables. */
#include "core/hash.h"

#include "core/rd.h"

#define SHA256_BLOCK 64
#define SHA256_LENGTH_AT 56 /* where the message length stands in the last block */

static uint32_t
rotate_right(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

static uint64_t
rotate_left64(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static uint32_t
load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
store_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/*
 * One round. Instead of moving the eight words along, the caller turns their roles: each round
 * writes d and h only.
 */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
    do {                                                                                           \
        uint32_t t = (h) + sha256_k[i] + w[i] + (((e) & (f)) ^ (~(e) & (g)));                      \
        t += rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);                       \
        (d) += t;                                                                                  \
        t += ((a) & (b)) ^ ((a) & (c)) ^ ((b) & (c));                                              \
        (h) = t + (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22));                \
    } while (0)

static void
sha256_block(uint32_t state[8], const uint8_t *p)
{
    uint32_t w[64];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    for (size_t i = 0; i < 16; i++) {
        w[i] = load_be32(p + 4 * i);
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t x = w[i - 15];
        uint32_t y = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3) +
               (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10);
    }
    for (size_t i = 0; i < 64; i += 8) {
        ROUND(a, b, c, d, e, f, g, h, i);
        ROUND(h, a, b, c, d, e, f, g, i + 1);
        ROUND(g, h, a, b, c, d, e, f, i + 2);
        ROUND(f, g, h, a, b, c, d, e, i + 3);
        ROUND(e, f, g, h, a, b, c, d, i + 4);
        ROUND(d, e, f, g, h, a, b, c, i + 5);
        ROUND(c, d, e, f, g, h, a, b, i + 6);
        ROUND(b, c, d, e, f, g, h, a, i + 7);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

#undef ROUND

void
sha256_init(struct sha256 *s)
{
    *s = (struct sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                               0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void
sha256_put(struct sha256 *s, const void *data, size_t len)
{
    const uint8_t *p = data;
    size_t held = (size_t)(s->total % SHA256_BLOCK);

    s->total += len;
    if (held > 0) {
        size_t room = SHA256_BLOCK - held;
        size_t n = len < room ? len : room;

        if (n > 0) {
            memcpy(s->block + held, p, n);
            p += n;
            len -= n;
        }
        if (n < room) {
            return;
        }
        sha256_block(s->h, s->block);
    }
    for (; len >= SHA256_BLOCK; len -= SHA256_BLOCK, p += SHA256_BLOCK) {
        sha256_block(s->h, p);
    }
    if (len > 0) {
        memcpy(s->block, p, len);
    }
}

void
sha256_end(struct sha256 *s, uint8_t out[SHA256_LEN])
{
    size_t held = (size_t)(s->total % SHA256_BLOCK);
    uint64_t bits = s->total * 8;

    s->block[held++] = 0x80;
    if (held > SHA256_LENGTH_AT) {
        memset(s->block + held, 0, SHA256_BLOCK - held);
        sha256_block(s->h, s->block);
        held = 0;
    }
    memset(s->block + held, 0, SHA256_LENGTH_AT - held);
    store_be32(s->block + SHA256_LENGTH_AT, (uint32_t)(bits >> 32));
    store_be32(s->block + SHA256_LENGTH_AT + 4, (uint32_t)bits);
    sha256_block(s->h, s->block);
    for (unsigned i = 0; i < 8; i++) {
        store_be32(out + (size_t)4 * i, s->h[i]);
    }
}

/* The key until hash64_seed(): any constant does for tests and tools. */
static uint64_t key0 = 0x6b616e6172692e30;
static uint64_t key1 = 0x6b616e6172692e31;

void
hash64_seed(uint64_t k0, uint64_t k1)
{
    key0 = k0;
    key1 = k1;
}

struct sip {
    uint64_t a, b, c, d;
};

static inline void
sip_round(struct sip *s)
{
    s->a += s->b;
    s->b = rotate_left64(s->b, 13) ^ s->a;
    s->a = rotate_left64(s->a, 32);
    s->c += s->d;
    s->d = rotate_left64(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate_left64(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate_left64(s->b, 17) ^ s->c;
    s->c = rotate_left64(s->c, 32);
}

static inline void
sip_word(struct sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    s->a ^= word;
}

/* SipHash-1-3: nobody who lacks the key is known to find collisions, and short keys are cheap. */
uint64_t
hash64(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t last = (uint64_t)len << 56;
    struct sip s = {key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d, key0 ^ 0x6c7967656e657261,
                    key1 ^ 0x7465646279746573};

    for (; len >= 8; len -= 8, p += 8) {
        sip_word(&s, rd_le64(p));
    }
    for (size_t i = 0; i < len; i++) {
        last |= (uint64_t)p[i] << 8 * i;
    }
    sip_word(&s, last);
    s.c ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
