/*
 * heap - libyara's memory: taken from core/mem.h, and limited for each scan.
 *
 * tools/dev_deps.sh leaves libyara's own heap out; heap.c has its functions.
 * Threads: the limit is the calling thread's.
 */
#pragma once

#include "core/err.h"

/* From now on until heap_limit_end() this thread takes at most max_len bytes more than it gives
 * back; what goes beyond gets NULL. */
void heap_limit_begin(size_t max_len);
/* What was the first to fail since then, whatever libyara made of it: ERR_OK nothing, ERR_FULL the
 * limit, ERR_NOMEM the heap. */
MUST_CHECK enum err heap_limit_end(void);
