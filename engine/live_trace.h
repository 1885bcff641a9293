/*
 * live_trace - what the running sensor makes of its ETW sessions: coverage, health, status.
 *
 * Threads: the detect thread, but for start and stop, which are called by it too.
 */
#pragma once

#include "engine/health.h"
#include "engine/keeper.h"
#include "engine/tracer.h"
#include "engine/watched.h"

struct live_trace_opts {
    struct tracer_opts tracer;
    struct watched *watched; /* borrowed, like the others */
    struct health *health;
    struct keeper *keeper;
};

struct live_trace;
MUST_CHECK enum err live_trace_create(const struct live_trace_opts *o, struct live_trace **out);
void live_trace_destroy(struct live_trace *t);
MUST_CHECK enum err live_trace_start(struct live_trace *t);
void live_trace_stop(struct live_trace *t);

/* Items of the tracer's line. */
void live_trace_event(struct live_trace *t, const struct event *ev);
void live_trace_note(struct live_trace *t, struct sv data, uint64_t now_ft);
/* Every half minute. */
void live_trace_beat(struct live_trace *t, uint64_t now_ft, uint64_t now_ns);

/* struct tracer: tracer_channel_delivers(). */
void live_trace_channel(struct live_trace *t, size_t number, bool delivers);

/* Sessions asked for, and those that are read. */
void live_trace_count(const struct live_trace *t, unsigned *asked, unsigned *live);
/* Events of a kind that were shed before they came to the detect thread. */
uint64_t live_trace_shed(const struct live_trace *t, enum event_kind kind);
