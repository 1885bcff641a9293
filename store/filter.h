/*
 * filter - struct store_filter as SQL conditions with bound parameters, for store_rows.c and
 * store_events.c.
 */
#pragma once

#include "core/buf.h"
#include "store/handle.h"

/* Appends what follows "FROM event e": conditions, order and limit. */
void filter_put_events(struct buf *sql, const struct store_filter *f);
MUST_CHECK enum err filter_bind(struct store *s, struct sqlite3_stmt *stmt,
                                const struct store_filter *f);
