/* heap - libyara's memory. Each block begins with its length, so that what is given back counts. */
#include "scan/heap.h"

#include <string.h>
#include <yara/error.h>
#include <yara/mem.h>

#include "core/mem.h"

#define HEAD_LEN ((size_t)16) /* keeps the alignment of mem_alloc() */

static _Thread_local struct {
    bool on;
    enum err err;
    int64_t used; /* may fall below zero: blocks from before the begin are given back too */
    int64_t max;
} limit;

void
heap_limit_begin(size_t max_len)
{
    limit.on = true;
    limit.err = ERR_OK;
    limit.used = 0;
    limit.max = max_len > INT64_MAX ? INT64_MAX : (int64_t)max_len;
}

enum err
heap_limit_end(void)
{
    limit.on = false;
    return limit.err;
}

/* NULL, for the caller to return. */
static void *
failed(enum err err)
{
    if (limit.on && !limit.err) {
        limit.err = err;
    }
    return NULL;
}

static size_t
block_len(const void *p)
{
    size_t len;

    memcpy(&len, (const char *)p - HEAD_LEN, sizeof(len));
    return len;
}

/* False: beyond the limit. */
static bool
count_in(size_t len)
{
    if (!limit.on) {
        return true;
    }
    if (len > (uint64_t)INT64_MAX || (int64_t)len > limit.max - limit.used) {
        return false;
    }
    limit.used += (int64_t)len;
    return true;
}

static void
count_out(size_t len)
{
    if (limit.on) {
        limit.used -= (int64_t)len;
    }
}

static void *
with_head(void *block, size_t len)
{
    memcpy(block, &len, sizeof(len));
    return (char *)block + HEAD_LEN;
}

static void *
take(size_t len, void *(*from)(size_t))
{
    void *block;

    if (len > SIZE_MAX - HEAD_LEN || !count_in(len)) {
        return failed(ERR_FULL);
    }
    block = from(HEAD_LEN + len);
    if (block == NULL) {
        count_out(len);
        return failed(ERR_NOMEM);
    }
    return with_head(block, len);
}

int
yr_heap_alloc(void)
{
    return ERROR_SUCCESS;
}

int
yr_heap_free(void)
{
    return ERROR_SUCCESS;
}

void *
yr_malloc(size_t size)
{
    return take(size, mem_alloc);
}

void *
yr_calloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return failed(ERR_FULL);
    }
    return take(count * size, mem_zalloc);
}

void *
yr_realloc(void *p, size_t size)
{
    size_t old_len;
    void *block;

    if (p == NULL) {
        return yr_malloc(size);
    }
    old_len = block_len(p);
    if (size > SIZE_MAX - HEAD_LEN || !count_in(size)) {
        return failed(ERR_FULL);
    }
    block = mem_realloc((char *)p - HEAD_LEN, HEAD_LEN + size, 1);
    if (block == NULL) {
        count_out(size);
        return failed(ERR_NOMEM);
    }
    count_out(old_len);
    return with_head(block, size);
}

void
yr_free(void *p)
{
    if (p != NULL) {
        count_out(block_len(p));
        mem_free((char *)p - HEAD_LEN);
    }
}

char *
yr_strndup(const char *text, size_t max_len)
{
    size_t len = 0;
    char *copy;

    while (len < max_len && text[len] != '\0') {
        len++;
    }
    copy = yr_malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

char *
yr_strdup(const char *text)
{
    return yr_strndup(text, strlen(text));
}
