/*
 * rows - a running SELECT, for the files of store/ that start one.
 */
#pragma once

#include "store/handle.h"
#include "store/schema.h"

struct rows_opts {
    struct sqlite3_stmt *stmt; /* taken: finalized by rows_close(), or at once on failure */
    size_t columns;            /* the statement may have more, to sort by */
    const enum cell_show *shows;
    bool is_query; /* the user's: bounded, and its failures are the user's */
};
MUST_CHECK enum err rows_start(struct store *s, const struct rows_opts *opts, struct rows **out);

/* The ids of the rows that store_rows() would give of ROWS_ALERTS or ROWS_STORIES, in that order,
 * ALERT_ID_MAX bytes each; longer ones are cut. */
MUST_CHECK enum err rows_ids(struct store *s, enum store_rows what, const struct store_filter *f,
                             struct buf *out);
