/*
 * spans - which intervals of which log were read, from the records themselves.
 *
 * For every (host, channel) the records of one file make one span, with the range of their record
 * ids. Spans of several files that overlap, or whose ids follow on each other, are one; a hole in
 * the ids between two spans is a span of lost records. So a log that was split reads as one.
 */
#pragma once

#include "core/coverage.h"
#include "core/intern.h"

#define SPANS_MAX 65536 /* (host, channel, file); further ones are not told */

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
