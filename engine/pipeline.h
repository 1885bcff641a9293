/*
 * pipeline - the second half of the route: events in order through state, detectors and stories
 * into the store. Live and replay share it. Threads: the detect thread.
 */
#pragma once

#include "core/config.h"
#include "core/event.h"
#include "store/store.h"

struct pipeline;
/* Borrows cfg and store. */
MUST_CHECK enum err pipeline_create(const struct config *cfg, struct store *store,
                                    struct pipeline **out);
void pipeline_destroy(struct pipeline *p);
/* Events come in event_cmp() order; packed is the event's packed form, or {NULL, 0}. *ev is
 * completed with what the state knows. Parts of script blocks are joined on the way
 * (state/script_blocks.h). */
MUST_CHECK enum err pipeline_event(struct pipeline *p, struct event *ev, struct sv packed);
/* End of input: everything held back is decided. Open alerts stay open. */
MUST_CHECK enum err pipeline_finish(struct pipeline *p);
/* Events and attempts seen, by kind. */
const uint64_t *pipeline_kinds(const struct pipeline *p);
