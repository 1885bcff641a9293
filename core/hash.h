/*
 * hash - SHA-256 (FIPS 180-4) for ids and manifests, and a fast 64-bit hash for tables.
 * No dependency of Kanari offers SHA-256 on both platforms; checked with the NIST vectors.
 */
#pragma once

#include "core/sv.h"

#define SHA256_LEN 32

struct sha256 {
    uint32_t h[8];
    uint64_t total;
    uint8_t block[64];
};
void sha256_init(struct sha256 *s);
void sha256_put(struct sha256 *s, const void *data, size_t len);
void sha256_end(struct sha256 *s, uint8_t out[SHA256_LEN]);

/* Keyed, so that an attacker who chooses names cannot choose collisions; the same within one run.
 * Nothing that is stored or shown may depend on its value. */
uint64_t hash64(const void *data, size_t len);
void hash64_seed(uint64_t k0, uint64_t k1); /* once, at start; tests leave it alone */
