/*
 * block_reader - gives back the events of table `event_block`, in order of time and, within one
 * tick, in the order they were put.
 *
 * Memory:  an event's texts are views into the block, until the next call.
 * Errors:  ERR_FORMAT when a block is not what block_writer writes; all have set store_why().
 */
#pragma once

#include "core/event.h"
#include "store/db.h"

/* Which events: from since_ft to until_ft, both included, of these kinds (EV_BIT). */
struct block_range {
    int64_t since_ft, until_ft;
    uint64_t kinds;
};
#define BLOCK_RANGE_ALL ((struct block_range){INT64_MIN, INT64_MAX, UINT64_MAX})

struct block_reader;
MUST_CHECK enum err block_reader_open(struct sqlite3 *db, const struct block_range *range,
                                      struct block_reader **out);
void block_reader_close(struct block_reader *r);
/* ERR_END after the last. *number is the same in every reading of one state of the
 * store, and grows from event to event of the same time. */
MUST_CHECK enum err block_reader_next(struct block_reader *r, struct event *out, int64_t *number);
