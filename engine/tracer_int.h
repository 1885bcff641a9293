/*
 * tracer_int - the parts of the tracer, for its files only.
 */
#pragma once

#include <stdatomic.h>

#include "engine/net_fold.h"
#include "engine/trace_hold.h"
#include "engine/tracer.h"
#include "evtlog/channels.h"
#include "platform/thread.h"

/* One session, as its thread sees it. */
struct tracer_line {
    struct tracer *tracer;
    size_t number;
    struct etw_session *session;
    struct etw_decoder *decoder;
    struct net_fold fold;
    atomic_uint_fast64_t last_ft, last_ns; /* time of its last event, and when that came */
    uint8_t packed[EVENT_PACKED_MAX];
};

/* One test of ourselves: what is due is done, what comes is looked at, then it is told. */
struct tracer_probe {
    uint64_t begun_ns; /* 0: not yet */
    bool ended;
    uint32_t pid; /* whom to look out for */
};

struct tracer {
    struct tracer_opts opts;
    char host[256];
    struct tracer_line *line[ETW_SESSION_COUNT];
    struct queue *queue;
    struct trace_hold *hold;
    struct thread *thread;
    struct flag *stop;

    /* of the tracer's thread */ struct buf command_line;
    uint8_t late_packed[EVENT_PACKED_MAX];
    struct sv pending; /* taken from the queue, not yet held; p NULL: none */
    uint64_t step_ns, canary_ns;
    uint64_t kept_ns; /* when a session was opened, last, that had kept something */
    uint64_t live_ns[ETW_SESSION_COUNT];
    uint64_t provider; /* the canary's; 0: not registered */
    struct tracer_probe child, connection;
    bool seen[TRACER_TESTS];

    atomic_bool channel_delivers[CHANNEL_COUNT];
    atomic_uint_fast64_t canary_sent, unknown, damaged, folded, left, held, late, late_lines;
};

/* -- tracer_probe.c -- */
void tracer_probe_event(struct tracer *t, struct sv packed);
void tracer_probe_step(struct tracer *t, uint64_t now_ns);
/* -- tracer_late.c -- */
/* The event, with its command line if that is to be asked for. Until the next call. */
struct sv tracer_late(struct tracer *t, struct sv packed);
/* -- tracer.c -- */
void tracer_tell(struct tracer *t, const struct tracer_note *note);
