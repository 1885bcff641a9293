/*
 * live_blocks - events into table `event_block` while it is read, in any order of time.
 *
 * Batches: what is put is kept in memory up to LIVE_BLOCKS_MAX bytes, sorted by time (within one
 *          tick in the order of puts), and written by live_blocks_flush().
 * Late:    an event that is older than stored ones goes into the block of its time, which is
 *          written anew; behind the stored events of the same tick. So blocks never overlap, and
 *          readers need not know (store/block_writer.h has the form).
 * Small:   a batch at the end of time becomes a block of its own, or grows with the blocks before
 *          it that are no larger, up to BLOCK_LEN: each event is rewritten about log2(BLOCK_LEN /
 *          batch) times, and there are no more small blocks than that.
 * Errors:  all have set store_why(). ERR_FORMAT: a stored block is damaged.
 */
#pragma once

#include "core/event.h"
#include "store/db.h"

#define LIVE_BLOCKS_MAX (1024u * 1024)

struct live_blocks;
/* Borrows db, which must have the table. */
MUST_CHECK enum err live_blocks_create(struct sqlite3 *db, struct live_blocks **out);
void live_blocks_destroy(struct live_blocks *w);
/* packed: the event's packed form, or {NULL, 0}. */
MUST_CHECK enum err live_blocks_put(struct live_blocks *w, const struct event *ev,
                                    struct sv packed);
/* Writes what is collected: before a batch is committed. */
MUST_CHECK enum err live_blocks_flush(struct live_blocks *w);
/* Forgets what is collected: after a rollback. */
void live_blocks_clear(struct live_blocks *w);
