/*
 * adapters - the network adapters of all computers, by the records of kind adapter_change that say
 * how an adapter stands (engine/adapter_event.h; those of networks do not).
 *
 * Each record says all of its adapter, so a period is told anew with each: it begins when
 * something is different, and ends when the next one begins or the adapter is gone. When looking
 * begins, one record for each adapter there is, all of one time, is the inventory: an adapter that
 * is known and not in it went unseen, and is told to be gone at that time.
 * Told:    a period when it begins, after each further record of it, and when it ends.
 * Clock:   a record from before the period began changes that period: none begins before the last.
 * Memory:  ADAPTERS_MAX of all computers, ADAPTERS_HOST_MAX of one; beyond either the one heard of
 *          longest ago is forgotten (METRIC_ADAPTERS_FULL): what was told of it stays.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"
#include "core/net_adapter.h"
#include "core/tm.h"

#define ADAPTERS_MAX 1024u
#define ADAPTERS_HOST_MAX 128u
#define ADAPTERS_SETTLE (10 * TM_SEC)

/* Words of `action`. */
#define ADAPTERS_GONE "gone"
#define ADAPTERS_INVENTORY "inventory" /* one of all that were there when looking began */
#define ADAPTERS_SEEN "seen"           /* it was there, and others that are not told */

/* Borrowed for the call. */
typedef enum err (*adapters_fn)(void *ctx, const struct net_adapter *a);

struct adapters;
MUST_CHECK enum err adapters_create(adapters_fn fn, void *ctx, struct adapters **out);
void adapters_destroy(struct adapters *t);
/* Other events are none of its business. */
MUST_CHECK enum err adapters_event(struct adapters *t, const struct event *ev);
/* Time has come to there: an inventory from ADAPTERS_SETTLE before is complete. */
MUST_CHECK enum err adapters_release(struct adapters *t, uint64_t now_ft);
MUST_CHECK enum err adapters_flush(struct adapters *t);
