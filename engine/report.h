/*
 * report - alerts on their way out: through the store's outbox, or past it while it cannot be used.
 *
 * An alert whose mute has not ended is taken from the outbox without being given. The newest
 * snapshot of an alert is given once, however many of its states are in the outbox. What the output
 * refuses for good (live.h), and notices refused WRITER_NOTICE_TRIES times, are given up and
 * counted.
 * Threads: the writer's.
 */
#pragma once

#include "engine/batch.h"
#include "engine/writer.h"

struct report;
MUST_CHECK enum err report_create(const struct live_output *output, struct report **out);
void report_destroy(struct report *r);
/* What of the batch is at least that and was not reported yet (batch_tell()). False: the output
 * refuses now, and the rest waits. */
bool report_batch(struct report *r, struct batch *b, enum batch_alert least, uint64_t now_ns);
/* Gives what is in the outbox until it is empty, or the output refuses: ERR_OK; or the store does,
 * whose error it is. */
MUST_CHECK enum err report_outbox(struct report *r, struct store *s, uint64_t now_ns);
void report_fill_status(const struct report *r, struct writer_status *status);
