/*
 * spans - which intervals of which log were read, from the records themselves.
 *
 * The records of one (host, channel) whose ids follow on each other make a span. Spans of any
 * number of files that overlap, or whose ids follow, are one; a hole in the ids between two spans
 * is a span of lost records. So a log that was split reads as one, and one whose chunks were
 * overwritten says when it was blind. A log with holes at every few records is a selection, an
 * export or a collector's: it is one span, and its holes say nothing.
 */
#pragma once

#include "core/coverage.h"
#include "core/intern.h"

#define SPANS_MAX 65536 /* further ones are not told */

struct spans;
MUST_CHECK enum err spans_create(struct spans **out);
void spans_destroy(struct spans *s);
/* Records of the next file follow. */
void spans_next_file(struct spans *s);
/* record_id 0 = unknown. */
MUST_CHECK enum err spans_record(struct spans *s, struct sv host, struct sv channel,
                                 uint64_t time_ft, uint64_t record_id);
/* An interval that is known already (from a store). */
MUST_CHECK enum err spans_add(struct spans *s, const struct coverage *c);

typedef enum err (*span_fn)(void *ctx, const struct coverage *c);
/* Joined spans in order of host, channel and time, with the lost ones between them. */
MUST_CHECK enum err spans_each(struct spans *s, span_fn fn, void *ctx);
