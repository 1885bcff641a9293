/* pool - paged words, one free list a class. */
#include "detectors/pool.h"

#include "core/mem.h"

#define PAGE_WORDS (1u << POOL_PAGE_SHIFT)
#define PAGES_MAX (1u << (32 - POOL_PAGE_SHIFT))

static const uint32_t class_words[POOL_CLASS_COUNT] = {
    2,  3,  4,  5,   6,   8,   10,  12,   16,   20,   24,   32,
    40, 48, 60, 100, 160, 256, 512, 1024, 2048, 4096, 8192, 16384,
};

void
pool_init(struct pool *p)
{
    *p = (struct pool){.fill = PAGE_WORDS};
    for (size_t i = 0; i < POOL_CLASS_COUNT; i++) {
        p->free_at[i] = POOL_NONE;
    }
}

void
pool_fini(struct pool *p)
{
    for (uint32_t i = 0; i < p->page_count; i++) {
        mem_free(p->pages[i]);
    }
    mem_free(p->pages);
    pool_init(p);
}

uint8_t
pool_class(uint32_t words)
{
    uint8_t c = 0;

    while (class_words[c] < words) {
        c++;
    }
    return c;
}

uint32_t
pool_words(uint8_t size_class)
{
    return class_words[size_class];
}

static enum err
add_page(struct pool *p)
{
    if (p->page_count == PAGES_MAX - 1) { /* keeps POOL_NONE free */
        return ERR_NOMEM;
    }
    if (p->page_count == p->page_cap) {
        uint32_t cap = p->page_cap == 0 ? 16 : p->page_cap * 2;
        uint32_t **pages = mem_realloc(p->pages, cap, sizeof(uint32_t *));

        if (pages == NULL) {
            return ERR_NOMEM;
        }
        p->pages = pages;
        p->page_cap = cap;
    }
    p->pages[p->page_count] = mem_alloc(PAGE_WORDS * sizeof(uint32_t));
    if (p->pages[p->page_count] == NULL) {
        return ERR_NOMEM;
    }
    p->page_count++;
    p->fill = 0;
    return ERR_OK;
}

enum err
pool_take(struct pool *p, uint8_t size_class, uint32_t *out_at)
{
    uint32_t words = class_words[size_class];

    if (p->free_at[size_class] != POOL_NONE) {
        *out_at = p->free_at[size_class];
        p->free_at[size_class] = *pool_at(p, *out_at);
        return ERR_OK;
    }
    if (words > PAGE_WORDS - p->fill) { /* the rest of the page stays unused */
        enum err err = add_page(p);
        if (err) {
            return err;
        }
    }
    *out_at = ((p->page_count - 1) << POOL_PAGE_SHIFT) + p->fill;
    p->fill += words;
    return ERR_OK;
}

void
pool_give(struct pool *p, uint8_t size_class, uint32_t at)
{
    *pool_at(p, at) = p->free_at[size_class];
    p->free_at[size_class] = at;
}
