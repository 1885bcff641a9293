/*
 * merger - joins the witnesses of one attempt to log on.
 *
 * A witness joins what is waiting by the strongest key they share, nearest in time, at most one of
 * each type to an attempt:
 *   address and port               within the hold-back
 *   address and account            within 3 s
 *   address                        within the hold-back, when all that could be meant speak of one
 *                                  protocol
 *   account                        within the hold-back
 *   time alone                     a 4625 that Remote Desktop wrote without an address, and 131,
 *                                  139 or 140 up to the hold-back before or 2 s after it, when
 *                                  these name one address
 * What came in over the network is taken last, when an attempt is released (state/arrivals.h).
 * Two that contradict each other (addresses, ports, users) never join, nor do witnesses of
 * different computers.
 *
 * An attempt waits for the hold-back after its first witness and is then released; releases are
 * in the order of the first witnesses. When too many wait, the oldest are released early.
 */
#pragma once

#include "state/witness.h"

struct merger;

/* Members in the order of trust (enum witness_type; arrivals last), each with how surely it belongs
 * (percent). */
struct merger_group {
    size_t count;
    const struct witness *member[ATTEMPT_WITNESS_MAX];
    uint8_t confidence[ATTEMPT_WITNESS_MAX];
};
typedef enum err (*merger_fn)(void *ctx, const struct merger_group *group); /* borrowed */

struct merger_opts {
    size_t max_waiting; /* witnesses */
    uint64_t hold_ticks;
    merger_fn fn;
    void *ctx;
};

MUST_CHECK enum err merger_create(const struct merger_opts *opts, struct merger **out);
void merger_destroy(struct merger *m);
MUST_CHECK enum err merger_put(struct merger *m, const struct witness *w);
/* Releases every attempt whose first witness is more than the hold-back before now. */
MUST_CHECK enum err merger_release(struct merger *m, uint64_t now_ft);
MUST_CHECK enum err merger_flush(struct merger *m);
