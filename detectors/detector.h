/*
 * detector - a conclusion drawn from events, attempts and state: one const struct a file, one line
 * in detectors/detector_list.h.
 *
 * Contract: detect thread only; no blocking, I/O or locks; arguments are borrowed for the call;
 * state is bounded by config; a non-zero return is counted against the name and never stops the
 * pipeline. A new detector comes with one recording that fires it and one that must not.
 */
#pragma once

#include "core/alert.h"
#include "core/attempt.h"
#include "core/config.h"
#include "core/event.h"
#include "state/state.h"

/* Where alerts go: open alerts by id, folding, idle closing, revisions (detectors/book.h). */
struct book;

struct detector {
    const char *name;                /* stable id: config key, metric label */
    const struct rule *const *rules; /* NULL-ended: what it may conclude */
    uint64_t wants;                  /* EV_BIT() set for on_event */
    enum err (*create)(const struct config *cfg, void **self);
    /* Each may be NULL. */
    enum err (*on_attempt)(void *self, const struct state *now, const struct attempt *a,
                           struct book *book);
    enum err (*on_event)(void *self, const struct state *now, const struct event *ev,
                         struct book *book);
    enum err (*on_tick)(void *self, const struct state *now, uint64_t now_ft, struct book *book);
    /* End of input: decides what was still waiting. */
    enum err (*on_flush)(void *self, const struct state *now, struct book *book);
    void (*destroy)(void *self); /* NULL self is fine */
};

extern const struct detector *const detector_all[]; /* NULL-ended */

/* All detectors of the list, one book. The engine's one handle. */
struct detectors;
typedef enum err (*alert_fn)(void *ctx, const struct alert *a); /* a snapshot; borrowed */
MUST_CHECK enum err detectors_create(const struct config *cfg, alert_fn fn, void *ctx,
                                     struct detectors **out);
void detectors_destroy(struct detectors *d);
MUST_CHECK enum err detectors_attempt(struct detectors *d, const struct state *now,
                                      const struct attempt *a);
MUST_CHECK enum err detectors_event(struct detectors *d, const struct state *now,
                                    const struct event *ev);
/* Once a minute of event time: closes idle alerts. */
MUST_CHECK enum err detectors_tick(struct detectors *d, const struct state *now, uint64_t now_ft);
/* Sends the counts that changed since. */
MUST_CHECK enum err detectors_refresh(struct detectors *d);
/* End of input: sends the counts that changed since. Open alerts stay open. */
MUST_CHECK enum err detectors_flush(struct detectors *d, const struct state *now);
/* After a restart: what the store has, see book_adopt(). Alerts of other rules are passed over. */
MUST_CHECK enum err detectors_adopt(struct detectors *d, const struct alert *stored,
                                    uint64_t now_ft);
