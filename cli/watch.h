/*
 * watch - how much of a span of time was really observed, from the coverage of a store.
 * A moment counts as observed on a computer when any log of it was read over that moment.
 */
#pragma once

#include "store/store.h"

#define WATCH_GAPS_MAX 3

struct watch_gap { /* an interval */
    uint64_t from_ft, to_ft;
};

struct watch {
    uint64_t asked, watched; /* ticks, summed over computers */
    uint64_t hosts;
    uint64_t gap_count;
    struct watch_gap gap[WATCH_GAPS_MAX]; /* the longest, in order of time */
};

/* Host {NULL,0} = all. from_ft < to_ft. */
MUST_CHECK enum err watch_measure(struct store *s, struct sv host, uint64_t from_ft, uint64_t to_ft,
                                  struct watch *out);
