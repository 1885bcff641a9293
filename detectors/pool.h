/*
 * pool - blocks of 32-bit words in size classes, for millions of short lists.
 *
 * Words live in pages that are taken from the heap one by one and never move, so growing costs no
 * copy and no peak. A block that is given back waits for the next of its class.
 */
#pragma once

#include "core/err.h"

#define POOL_CLASS_COUNT 24u
#define POOL_NONE UINT32_MAX

struct pool {
    uint32_t **pages;
    uint32_t page_count, page_cap;
    uint32_t fill;                      /* words used of the last page */
    uint32_t free_at[POOL_CLASS_COUNT]; /* first free block of a class, or POOL_NONE */
};

void pool_init(struct pool *p);
void pool_fini(struct pool *p);
/* The smallest class that holds `words`; words must be at most pool_words(POOL_CLASS_COUNT - 1). */
uint8_t pool_class(uint32_t words);
uint32_t pool_words(uint8_t size_class);
/* ERR_NOMEM. *out_at is never POOL_NONE. Contents are not cleared. */
MUST_CHECK enum err pool_take(struct pool *p, uint8_t size_class, uint32_t *out_at);
void pool_give(struct pool *p, uint8_t size_class, uint32_t at);
#define POOL_PAGE_SHIFT 16u /* 65,536 words, 256 KB: longer than the longest block */
/* Until the block is given back. */
static inline uint32_t *
pool_at(const struct pool *p, uint32_t at)
{
    return p->pages[at >> POOL_PAGE_SHIFT] + (at & ((1u << POOL_PAGE_SHIFT) - 1));
}
