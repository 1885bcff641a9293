/*
 * writer - the one who owns the store of the live sensor: writes the batches, reports what is to be
 * reported, answers requests.
 *
 * Store:   a chain of batches is one transaction. One that fails is tried again, with growing
 *          pauses, for as long as it takes; meanwhile batches wait in the spool, and what of them
 *          is to be reported is reported without the store, at most WRITER_LOOK_NS later (beside
 *          the two seconds that a try takes while another program holds the lock).
 * Output:  alerts through the outbox, at least once each, in order; notices once. What the output
 *          refuses is given again after WRITER_REPORT_RETRY_NS.
 * Threads: one of its own. writer_status(): any.
 */
#pragma once

#include "engine/live.h"
#include "engine/spool.h"

#define WRITER_RETRY_MIN_NS UINT64_C(100000000)
#define WRITER_RETRY_MAX_NS UINT64_C(10000000000)
#define WRITER_REPORT_RETRY_NS UINT64_C(5000000000)
#define WRITER_INBOX_NS UINT64_C(1000000000) /* how often requests are looked for */
#define WRITER_LOOK_NS UINT64_C(250000000)   /* how often batches that wait are looked through */
#define WRITER_NOTICE_TRIES 3u
#define WRITER_WHY_MAX 256

struct writer_opts {
    const char *store_path; /* borrowed */
    uint64_t size_cap;
    struct spool *spool; /* borrowed */
    struct live_output output;
    struct sv host; /* for the alert that answers a test request; borrowed */
};

struct writer_status {
    bool open;          /* the store has been opened */
    enum err store_err; /* why nothing can be written now; ERR_OK: it can */
    char store_why[WRITER_WHY_MAX];
    uint64_t replaced; /* times that a damaged store was set aside */
    uint64_t commits;
    enum err report_err; /* why nothing can be reported now */
    uint64_t waiting;    /* in the outbox, at the last look */
    uint64_t reported;
    uint64_t not_reported; /* given up */
};

struct writer;
MUST_CHECK enum err writer_start(const struct writer_opts *o, struct writer **out);
/* Until the store is open; false at the deadline. */
bool writer_wait_open(struct writer *w, uint64_t deadline_ns);
/* Writes what the spool has, and reports it, until the deadline; then ends the thread. */
void writer_stop(struct writer *w, uint64_t deadline_ns);
void writer_status(struct writer *w, struct writer_status *out);
