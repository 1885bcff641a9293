/*
 * batch - rows on their way to the store, copied: what one transaction writes, and what is written
 * again when it failed.
 *
 * Order:   rows are put into the store in the order in which they came.
 * Memory:  one block of BATCH_BYTES, and nothing else. Every kind of row fits into an empty batch.
 * Threads: one at a time.
 */
#pragma once

#include "store/store.h"

/* store.h asks for less than a 32nd of the size cap, whose minimum is 16 MiB in the configuration.
 */
#define BATCH_BYTES ((size_t)384 * 1024)

struct batch;
MUST_CHECK enum err batch_create(struct batch **out);
void batch_destroy(struct batch *b);
void batch_clear(struct batch *b);
bool batch_is_empty(const struct batch *b);
size_t batch_bytes(const struct batch *b);

/* What becomes of an alert besides being stored. */
enum batch_alert {
    BATCH_STORED,   /* nothing */
    BATCH_REPORTED, /* it goes to the outbox */
    BATCH_NOTICE    /* it is reported and not stored: rules 1000 to 1099 */
};

/* ERR_FULL: there is no room. */
MUST_CHECK enum err batch_event(struct batch *b, struct sv packed);
MUST_CHECK enum err batch_attempt(struct batch *b, const struct attempt *a);
MUST_CHECK enum err batch_alert(struct batch *b, const struct alert *a, enum batch_alert what);
MUST_CHECK enum err batch_story(struct batch *b, const struct story *s, bool report);
MUST_CHECK enum err batch_process(struct batch *b, const struct process *p);
MUST_CHECK enum err batch_adapter(struct batch *b, const struct net_adapter *a);
MUST_CHECK enum err batch_coverage(struct batch *b, const struct coverage *c);
/* One row of v_health. */
MUST_CHECK enum err batch_health(struct batch *b, uint64_t time_ft, struct sv name,
                                 struct sv object, uint64_t value);
MUST_CHECK enum err batch_source(struct batch *b, const struct store_source *s);
MUST_CHECK enum err batch_status(struct batch *b, struct sv name, struct sv value, uint64_t now_ft);
/* The last one of a source counts. */
MUST_CHECK enum err batch_mark(struct batch *b, const struct store_bookmark *mark);

/* Puts all rows, between store_begin() and store_commit(). */
MUST_CHECK enum err batch_put(const struct batch *b, struct store *s, uint64_t now_ft);
/* The marks of all of them, for store_commit(); views into the batches. */
#define BATCH_MARKS_MAX 160u
size_t batch_marks(struct batch *const *chain, size_t count,
                   struct store_bookmark out[BATCH_MARKS_MAX]);
/* Gives fn each alert and story that is at least that (BATCH_REPORTED: all that are to be reported;
 * BATCH_NOTICE: notices alone), in order; stories as alerts. One for which fn says ERR_OK has been
 * told: it is not given again, and does not go to the outbox. Any error ends it. */
typedef enum err (*batch_alert_fn)(void *ctx, const struct alert *a, enum batch_alert what);
MUST_CHECK enum err batch_tell(struct batch *b, enum batch_alert least, batch_alert_fn fn,
                               void *ctx);
