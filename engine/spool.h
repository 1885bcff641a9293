/*
 * spool - batches between those who fill them and the one who writes them.
 *
 * While the store cannot be written batches wait, SPOOL_BATCHES of them at most. The last ones are
 * kept for what matters more: of all batches telemetry may fill 12/16, logons 15/16, alerts all.
 * Chains:  what belongs into one transaction may fill several batches: they are submitted together
 *          and taken together.
 * Memory:  a batch is allocated when it is needed; a few empty ones are kept.
 * Threads: any may get and submit; one takes.
 */
#pragma once

#include "engine/batch.h"
#include "engine/queue.h"

#define SPOOL_BATCHES 64u
#define SPOOL_CHAIN_MAX 16u

struct spool;
MUST_CHECK enum err spool_create(struct spool **out);
void spool_destroy(struct spool *s); /* with what is in it */

/* An empty batch, for rows of that class. NULL: none (ERR_FULL, ERR_NOMEM to the caller). */
struct batch *spool_get(struct spool *s, enum queue_class class);
/* The same, waiting until there is one; for whoever has time, and half of what telemetry may have.
 * NULL at the deadline. */
struct batch *spool_get_patiently(struct spool *s, uint64_t deadline_ns);
/* True while those who can wait may get a batch, or as soon as they may; false at the deadline. */
bool spool_has_room(struct spool *s, uint64_t deadline_ns);
/* Gives batches to be written in one transaction, 1 to SPOOL_CHAIN_MAX. */
void spool_submit(struct spool *s, struct batch *const *chain, size_t count);
void spool_give_back(struct spool *s, struct batch *b); /* not to be written */

/* The batches of the oldest chain; they stay the oldest until spool_pop(). 0 at the deadline. */
size_t spool_front(struct spool *s, uint64_t deadline_ns, struct batch *out[SPOOL_CHAIN_MAX]);
void spool_pop(struct spool *s, size_t count);
/* The n-th batch that waits, from the oldest, 0; for the one who takes. NULL: not so many wait. */
struct batch *spool_at(struct spool *s, size_t n);
void spool_wake(struct spool *s); /* whoever waits in spool_front() looks up once */
/* True once everything submitted before was popped; false at the deadline. */
bool spool_drain(struct spool *s, uint64_t deadline_ns);

struct spool_stats {
    size_t batches, bytes; /* waiting */
};
void spool_stats(struct spool *s, struct spool_stats *out);
