/*
 * watch - how much of a span of time was really observed, from the coverage of a store.
 *
 * A moment counts as observed on a computer when any log of it was read over that moment. A kernel
 * trace shows no logons, which stories are about: it counts where there is no log. A running sensor
 * says more, and is believed: while it could not read its Security log, lost of it, or the log was
 * told to record nothing (stale, lost, blind), the computer was not observed, whatever other logs
 * gave; and while the computer was off, there was nothing to observe: such time is not asked for.
 */
#pragma once

#include "core/tm.h"
#include "store/store.h"

#define WATCH_GAPS_MAX 3
#define WATCH_GAP_MIN TM_MIN /* shorter ones count, but are not told one by one */

struct watch_gap {
    uint64_t from_ft, to_ft;
    enum coverage_why why; /* of a running sensor; NONE: not known */
};

struct watch {
    uint64_t asked, watched; /* ticks, summed over computers */
    uint64_t off;            /* not asked, for the computer was off */
    uint64_t hosts;          /* 0: no log of it was read at all */
    uint64_t gap_count;
    struct watch_gap gap[WATCH_GAPS_MAX]; /* the longest, but sleep after all others; by time */
};

/* Host {NULL,0} = all. A bound of 0 is each computer's own first or last record. */
MUST_CHECK enum err watch_measure(struct store *s, struct sv host, struct watch_gap span,
                                  struct watch *out);
