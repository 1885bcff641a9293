/*
 * block_writer - collects events and writes them as rows of table `event_block`.
 *
 * Blocks do not overlap: in order of (first_ft, id) each begins no earlier than the one before
 * ends.
 *
 * Form:    `data` is event_pack() forms in order of time, each behind its length, a u32 in little
 *          endian. first_ft, last_ft, count and kinds (EV_BIT() of each kind inside) sum it up, so
 *          that readers skip blocks. The numbers inside mean what store/event_names.h says.
 * Memory:  one buffer of fixed size.
 * Errors:  all have set store_why().
 */
#pragma once

#include "core/event.h"
#include "store/db.h"

/* A block is written when it has this many bytes. Measured: writing an event costs 0.7 % more with
 * 32 KiB and 0.3 % less with 128 KiB, of which a reader unpacks all to find one event. */
#define BLOCK_LEN 65536u

struct block_writer;
/* Borrows db, which must have the table. */
MUST_CHECK enum err block_writer_create(struct sqlite3 *db, struct block_writer **out);
void block_writer_destroy(struct block_writer *w);
/* packed: the event's packed form, or {NULL, 0}. ERR_USAGE: older than the event before it. */
MUST_CHECK enum err block_writer_put(struct block_writer *w, const struct event *ev,
                                     struct sv packed);
/* Writes what is collected: before the store is finished. */
MUST_CHECK enum err block_writer_flush(struct block_writer *w);
