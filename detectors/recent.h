/*
 * recent - a bounded table of items of one size by a short key; the item not touched for longest
 * makes room for a new one. Deterministic: which item goes depends on the calls only.
 */
#pragma once

#include "core/err.h"

#define RECENT_KEY_LEN 32u

/* Zero it before filling it in: all bytes count. */
struct recent_key {
    union {
        uint8_t bytes[RECENT_KEY_LEN];
        uint32_t word[RECENT_KEY_LEN / 4];
    };
};

struct recent;
MUST_CHECK enum err recent_create(size_t max_count, size_t item_len, struct recent **out);
void recent_destroy(struct recent *r);
/* The item of the key, zeroed when it is new (*out_new). Valid until the next call. ERR_NOMEM. */
MUST_CHECK enum err recent_get(struct recent *r, const struct recent_key *key, void **out,
                               bool *out_new);
