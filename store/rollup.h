/*
 * rollup - keeps a live store within its size: the oldest detail becomes daily counts.
 *
 * Order:   events, attempts, processes, coverage and health go by age, about a sixteenth of the
 *          larger of events and attempts at a time, each in a transaction of its own together with
 *          their counts. When there is no such detail left, daily counts go, oldest first. Alerts,
 *          stories, the inbox, the outbox and bookmarks are never taken.
 * Journal: a share of the cap is the -wal's. It is copied into the database when it reaches half of
 *          it; readers that keep it from being used anew make store_begin() give ERR_BUSY at the
 *          whole.
 * Errors:  all have set store_why(); none leaves anything half done.
 */
#pragma once

#include "store/handle.h"

/* Outside of a transaction. ERR_FULL: nothing that may be taken is left. */
MUST_CHECK enum err rollup_make_room(struct store *s);
