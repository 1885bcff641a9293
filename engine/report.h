/*
 * report - alerts on their way out: through the store's outbox, or past it while it cannot be used.
 *
 * An alert whose mute has not ended is taken from the outbox without being given. The newest
 * snapshot of an alert is given once, however many of its states are in the outbox.
 * Threads: the writer's.
 */
#pragma once

#include "engine/batch.h"
#include "engine/writer.h"

struct report;
MUST_CHECK enum err report_create(const struct live_output *output, struct report **out);
void report_destroy(struct report *r);
/* Notices of the batch, or everything in it that is to be reported. */
void report_batch(struct report *r, const struct batch *b, bool notices_only);
/* Gives what is in the outbox until it is empty, or the output or the store refuses. */
void report_outbox(struct report *r, struct store *s, uint64_t now_ns);
void report_fill_status(const struct report *r, struct writer_status *status);
