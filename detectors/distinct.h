/*
 * distinct - a set of 64-bit values that only grows: how many different sources, accounts, keys.
 *
 * IPv4 addresses, ids and small numbers go in as themselves, so their count is exact; IPv6
 * addresses and texts go in as a keyed 64-bit hash (one chance in 10^7 that a million of them
 * collide at all). Sets may share a budget, so that their sum is bounded.
 */
#pragma once

#include "core/addr.h"

/* Room that several sets share: how many values may still be remembered. */
struct distinct_budget {
    uint64_t left;
};

struct distinct {
    uint64_t *slots; /* 0 = empty; power of two */
    size_t cap;
    size_t count;
    struct distinct_budget *budget; /* may be NULL */
};

void distinct_init(struct distinct *d, struct distinct_budget *budget);
void distinct_fini(struct distinct *d); /* gives its room back to the budget */
/* ERR_NOMEM; ERR_FULL when the budget is used up. *added: it was not there before. */
MUST_CHECK enum err distinct_put(struct distinct *d, uint64_t value, bool *added);
bool distinct_has(const struct distinct *d, uint64_t value);

/* Values for the set; none is 0. */
uint64_t distinct_addr(const struct addr *a);
uint64_t distinct_text(struct sv text);
static inline uint64_t
distinct_id(uint64_t id) /* below 2^63 */
{
    return id + 1;
}
