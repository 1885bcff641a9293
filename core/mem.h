/*
 * mem - the only door to the heap.
 *
 * Errors:  NULL when out of memory, or when the switch says so. Sizes are checked for overflow.
 * Threads: any, except the switch, which tests set before threads start.
 */
#pragma once

#include "core/err.h"

MUST_CHECK void *mem_alloc(size_t len);
MUST_CHECK void *mem_zalloc(size_t len);
MUST_CHECK void *mem_array(size_t count, size_t item_len);            /* zeroed */
MUST_CHECK void *mem_realloc(void *p, size_t count, size_t item_len); /* old block kept on NULL */
MUST_CHECK char *mem_strndup(const char *p, size_t len);              /* NUL added */
void mem_free(void *p);                                               /* NULL is fine */

/* Fail the n-th allocation from now (0 = the next) and every one after it; SIZE_MAX = never. */
void mem_fail_after(size_t n);
/* Allocations asked for since the last mem_fail_after(). */
size_t mem_asked(void);
