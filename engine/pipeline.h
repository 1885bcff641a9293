/*
 * pipeline - the second half of the route: events in order through state, detectors and stories to
 * whoever keeps what comes out. Live and replay share it.
 *
 * Time:    that of the events, and of ticks.
 * Threads: one at a time.
 */
#pragma once

#include "core/alert.h"
#include "core/attempt.h"
#include "core/config.h"
#include "core/event.h"
#include "core/net_adapter.h"
#include "core/process.h"
#include "core/story.h"
#include "detectors/stories.h"

/* Who is given what. Everything is borrowed for the call; an error ends pipeline_...() with it.
 * event: as the state completed it; packed is its packed form, or {NULL, 0}. */
struct pipeline_sink {
    void *ctx;
    enum err (*event)(void *ctx, const struct event *ev, struct sv packed);
    enum err (*attempt)(void *ctx, const struct attempt *a);
    enum err (*alert)(void *ctx, const struct alert *a);
    enum err (*story)(void *ctx, const struct story *s);
    enum err (*process)(void *ctx, const struct process *p);
    enum err (*adapter)(void *ctx, const struct net_adapter *a);
};

struct pipeline;
/* Borrows cfg; copies the sink. */
MUST_CHECK enum err pipeline_create(const struct config *cfg, const struct pipeline_sink *sink,
                                    struct pipeline **out);
void pipeline_destroy(struct pipeline *p);
void pipeline_set_sink(struct pipeline *p, const struct pipeline_sink *sink);
/* Events come in event_cmp() order; packed is the event's packed form, or {NULL, 0}. *ev is
 * completed with what the state knows. Parts of script blocks are joined on the way
 * (state/script_blocks.h). */
MUST_CHECK enum err pipeline_event(struct pipeline *p, struct event *ev, struct sv packed);
/* No event is older than now_ft from here on, but for late ones: what waited for time is decided.
 */
MUST_CHECK enum err pipeline_tick(struct pipeline *p, uint64_t now_ft);
/* Some event waits for others that belong to it, and is known to nobody else. */
bool pipeline_waits(const struct pipeline *p);
/* Gives the counts of open alerts and stories that have changed since they were given last. */
MUST_CHECK enum err pipeline_refresh(struct pipeline *p);
/* After a restart: the stored events have passed with the sink going nowhere. pipeline_settle();
 * then, with the sink that is to stay, the open stories, the alerts that were closed of late, and
 * the open ones. They go on under their ids (detectors/book.h, detectors/stories.h). */
MUST_CHECK enum err pipeline_settle(struct pipeline *p, uint64_t now_ft);
MUST_CHECK enum err pipeline_adopt_story(struct pipeline *p, const struct story *s,
                                         story_alert_fn find, void *ctx);
MUST_CHECK enum err pipeline_adopt_alert(struct pipeline *p, const struct alert *a,
                                         uint64_t now_ft);
/* End of input: everything held back is decided. Open alerts stay open. */
MUST_CHECK enum err pipeline_finish(struct pipeline *p);
/* Events and attempts seen, by kind. */
const uint64_t *pipeline_kinds(const struct pipeline *p);
/* Processes are given soon after their start as well, not only when they have ended. */
void pipeline_tell_early(struct pipeline *p);
