/* mem - the heap, with checked sizes and a switch that makes allocations fail in tests. */
#include "core/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t asked;
static atomic_size_t allowed = SIZE_MAX;

static bool
may_allocate(void)
{
    size_t n = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);

    return n < atomic_load_explicit(&allowed, memory_order_relaxed);
}

/* malloc(0) may answer NULL; to our callers NULL is a failure. */
static size_t
at_least_one(size_t len)
{
    return len == 0 ? 1 : len;
}

void *
mem_alloc(size_t len)
{
    return may_allocate() ? malloc(at_least_one(len)) : NULL;
}

void *
mem_zalloc(size_t len)
{
    return may_allocate() ? calloc(1, at_least_one(len)) : NULL;
}

void *
mem_array(size_t count, size_t item_len)
{
    if (item_len != 0 && count > SIZE_MAX / item_len) {
        return NULL;
    }
    return mem_zalloc(count * item_len);
}

void *
mem_realloc(void *p, size_t count, size_t item_len)
{
    if (item_len != 0 && count > SIZE_MAX / item_len) {
        return NULL;
    }
    return may_allocate() ? realloc(p, at_least_one(count * item_len)) : NULL;
}

char *
mem_strndup(const char *p, size_t len)
{
    char *copy;

    if (len == SIZE_MAX) {
        return NULL;
    }
    copy = mem_alloc(len + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (len > 0) {
        memcpy(copy, p, len);
    }
    copy[len] = '\0';
    return copy;
}

void
mem_free(void *p)
{
    free(p);
}

void
mem_fail_after(size_t n)
{
    atomic_store_explicit(&asked, 0, memory_order_relaxed);
    atomic_store_explicit(&allowed, n, memory_order_relaxed);
}

size_t
mem_asked(void)
{
    return atomic_load_explicit(&asked, memory_order_relaxed);
}
