/*
 * stories - joins alerts into stories by source, account, session, process and adapter (rules
 * 3000–3002). Fed with every alert snapshot and every attempt; gives stories as snapshots.
 * Threads: the detect thread only. Memory: bounded by hosts.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/coverage.h"
#include "core/story.h"

struct stories;
typedef enum err (*story_fn)(void *ctx, const struct story *s); /* borrowed */
MUST_CHECK enum err stories_create(const struct config *cfg, story_fn fn, void *ctx,
                                   struct stories **out);
void stories_destroy(struct stories *s);
MUST_CHECK enum err stories_alert(struct stories *s, const struct alert *a);
MUST_CHECK enum err stories_attempt(struct stories *s, const struct attempt *a);
/* A kind of event was seen on this host: makes stages observable (Defender, processes). */
MUST_CHECK enum err stories_observed(struct stories *s, struct sv host, uint64_t kinds);
MUST_CHECK enum err stories_flush(struct stories *s);
