/*
 * stories - joins alerts into stories by source, account, session, process and adapter (rules
 * 3000–3002). Fed with every alert snapshot and every attempt; gives stories as snapshots.
 * Threads: the detect thread only. Memory: bounded by hosts.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/coverage.h"
#include "core/process.h"
#include "core/story.h"

struct stories;
typedef enum err (*story_fn)(void *ctx, const struct story *s); /* borrowed */
MUST_CHECK enum err stories_create(const struct config *cfg, story_fn fn, void *ctx,
                                   struct stories **out);
void stories_destroy(struct stories *s);
MUST_CHECK enum err stories_alert(struct stories *s, const struct alert *a);
MUST_CHECK enum err stories_attempt(struct stories *s, const struct attempt *a);
/* A process of somebody who logged on from elsewhere, for each record of its start
 * (state_on_tied()): ENTRY names what was started by who got in. ERR_NOMEM only. */
MUST_CHECK enum err stories_process(struct stories *s, const struct process *p,
                                    enum process_tie was);
/* A kind of event was seen on this host: makes stages observable (Defender, processes). */
MUST_CHECK enum err stories_observed(struct stories *s, struct sv host, uint64_t kinds);
MUST_CHECK enum err stories_flush(struct stories *s);

/* -- after a restart -----------------------------------------------------------------------------
 * Once the stored events of the last days were put in again with their stories going nowhere, and
 * before open alerts are adopted (detectors/book.h): stories_forget(), then each stored story that
 * is open. It goes on under its id, with a higher revision, and tells no less than the store does.
 * Stories that are closed stay so: what happens next begins another. */
void stories_forget(struct stories *s); /* those that are open; not what was seen of their hosts */
/* Gives a stored alert. ERR_NOTFOUND, ERR_FORMAT, ERR_UNSUPPORTED: the story does without it; any
 * other error is passed on. */
typedef enum err (*story_alert_fn)(void *ctx, const char *id, struct alert *out);
/* Of two stories of one host the one that began first takes in the other, which is handed out
 * closed; so is one without open alerts. ERR_NOMEM, or what the story_fn returned. */
MUST_CHECK enum err stories_adopt(struct stories *s, const struct story *stored,
                                  story_alert_fn find, void *ctx);
