/*
 * rollup_count - adds detail that is about to be deleted to table `daily`.
 *
 * Damage:  what a damaged block still gives is counted; the rest is a row events_unreadable in
 *          `health`, for old damage must not cost what is newer.
 * Errors:  all have set store_why().
 */
#pragma once

#include "store/db.h"

/* Events of blocks that end before a time. */
MUST_CHECK enum err rollup_count_events(struct sqlite3 *db, int64_t before_ft);
MUST_CHECK enum err rollup_count_attempts(struct sqlite3 *db, int64_t before_ft);
