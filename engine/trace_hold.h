/*
 * trace_hold - holds events of ETW back until those of other processors, whose buffers are
 * delivered later, have come, and gives them in order of time.
 *
 * An event is given once every session that brings some is ahead of it by TRACE_HOLD_FT, or when it
 * has been here for so long. When there is no more room the oldest is given early: never lost, only
 * out of order at worst. The wall clock plays no part: what sessions kept while nobody read is
 * ordered as well.
 * Memory:  the bytes given at create, and as many places as fit; none is allocated after.
 * Threads: one at a time.
 */
#pragma once

#include "core/sv.h"

#define TRACE_HOLD_FT UINT64_C(20000000) /* two flushes: one may have just been missed */
#define TRACE_HOLD_BYTES ((size_t)8 * 1024 * 1024)
#define TRACE_HOLD_BYTES_MIN ((size_t)256 * 1024)

struct trace_hold;
/* bytes: a power of two, at least TRACE_HOLD_BYTES_MIN. ERR_RANGE, ERR_NOMEM. */
MUST_CHECK enum err trace_hold_create(size_t bytes, struct trace_hold **out);
void trace_hold_destroy(struct trace_hold *h);
/* Copied. ERR_FULL: take one first. ERR_RANGE: no event is as long as that. */
MUST_CHECK enum err trace_hold_put(struct trace_hold *h, struct sv packed, uint64_t time_ft,
                                   uint64_t now_ns);

struct trace_held {
    struct sv packed; /* until the next put, or trace_hold_drop() */
    uint64_t time_ft;
};
/* The oldest event, if it is due. ahead_ft: the sessions have all come to that time at least. It
 * stays until it is dropped. */
bool trace_hold_first(const struct trace_hold *h, uint64_t ahead_ft, uint64_t now_ns,
                      struct trace_held *out);
#define TRACE_HOLD_ANY UINT64_MAX           /* as ahead_ft: it is due, whatever its time */
void trace_hold_drop(struct trace_hold *h); /* the oldest */

size_t trace_hold_count(const struct trace_hold *h);
/* Events that were older than one given before them. */
uint64_t trace_hold_late(const struct trace_hold *h);
