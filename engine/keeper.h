/*
 * keeper - the receiver of a live pipeline: fills batches, closes them in time, and says how far
 * each source has come.
 *
 * A batch is closed KEEPER_DELAY_NS after its first row, at once when it holds something to report,
 * or when it is half full. Everything that came of one item of a source is in one transaction with
 * the position behind that item: between two calls of keeper_close_batch() there is a whole number
 * of items, in as many batches as they need.
 * Full:    when the spool has no batch left, rows are shed and counted by kind: events first,
 *          attempts next, alerts last (engine/spool.h). A patient keeper waits instead.
 * Threads: that of its pipeline; keeper_shed() any.
 */
#pragma once

#include "engine/pipeline.h"
#include "engine/spool.h"

#define KEEPER_DELAY_NS UINT64_C(1000000000)
#define KEEPER_SOURCES_MAX 64u
#define KEEPER_POSITION_MAX 4096u

struct keeper_opts {
    struct spool *spool; /* borrowed */
    bool retro;          /* it keeps history: alerts are marked so, and not reported one by one */
    bool patient;
};

struct keeper;
MUST_CHECK enum err keeper_create(const struct keeper_opts *o, struct keeper **out);
void keeper_destroy(struct keeper *k); /* what is not closed is dropped */
struct pipeline_sink keeper_sink(struct keeper *k);

/* What is older belongs to history, which keeps its own rows: attempts before it are not kept
 * again, alerts and stories that ended before it are not reported one by one, and such alerts are
 * marked retro. */
void keeper_set_since(struct keeper *k, uint64_t since_ft);
/* Counts are being refreshed: alerts and stories that come are stored, not reported. */
void keeper_set_refreshing(struct keeper *k, bool yes);

/* Rows of the sensor itself. Best effort: what the spool has no room for is counted as shed. */
void keeper_alert(struct keeper *k, const struct alert *a, enum batch_alert what);
void keeper_coverage(struct keeper *k, const struct coverage *c);
void keeper_health(struct keeper *k, uint64_t time_ft, struct sv name, struct sv object,
                   uint64_t value);

void keeper_source(struct keeper *k, const struct store_source *s);
void keeper_status(struct keeper *k, struct sv name, struct sv value, uint64_t now_ft);

/* The source, known to the store by that name, has come to this position. Copied. */
MUST_CHECK enum err keeper_position(struct keeper *k, size_t source, const char *name,
                                    struct sv position, uint64_t time_ft);
/* All positions go into the next batch: a new store knows none. */
void keeper_all_positions(struct keeper *k);

/* The pipeline has been told that time (WARM_CLOCK): stored with every batch. 0: nothing is. */
void keeper_clock(struct keeper *k, const char *name, uint64_t tick_ft);

/* True when there is a batch for the next item; false at the deadline. A patient keeper waits. */
bool keeper_ready(struct keeper *k, uint64_t deadline_ns);
/* When the open batch is to be closed, 0: at once; UINT64_MAX: nothing is in it. */
uint64_t keeper_due_ns(const struct keeper *k);
/* While parts of an event wait for the others, a position behind them would lose them in a kill:
 * true when the open batch can still wait, which is neither long nor large. */
#define KEEPER_PATIENCE_NS UINT64_C(10000000000)
bool keeper_may_wait(const struct keeper *k, uint64_t now_ns);
/* Between two items: closes the batch, with the positions that moved. ERR_FULL: not now. */
MUST_CHECK enum err keeper_close_batch(struct keeper *k);

uint64_t keeper_suppressed(const struct keeper *k); /* alerts that were stored and not reported */
uint64_t keeper_shed(const struct keeper *k, enum event_kind kind); /* LOGON_ATTEMPT: attempts */
