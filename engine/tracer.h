/*
 * tracer - ETW, live: the sessions of etw/sessions.h, read into a line of an inlet.
 *
 * The route: a session's thread decodes and packs a record and pushes it into a queue
 * (engine/queue.h), nothing else; the tracer's own thread takes it from there, holds it back until
 * order is sure (engine/trace_hold.h), and puts it into the inlet, where it meets the Event Log.
 * While the inlet has no room the queue fills, and sheds by class. What happens to the sessions
 * comes as notes in the same line.
 *
 * What it finds out by itself: a canary, whose numbered events travel through the sessions, shows
 * what is lost and how long events take; a child of our own shows whether starts are seen, with
 * their command lines (Windows 11 24H2 changed a template); a connection of our own whether
 * accepts are. If they are not, Kernel-Network is enabled too. Without the system logger a command
 * line is asked of its process, if it still runs; the event's action then is "command_line_late".
 * Threads: any one at a time; tracer_stats(): any.
 */
#pragma once

#include "engine/inlet.h"
#include "engine/queue.h"
#include "etw/session.h"

/* What the tracer does to see whether it sees. Any may be NULL: then nothing is tested. Called by
 * the tracer's thread; they may take a second, and change nothing. */
struct tracer_probes {
    void *ctx;
    bool (*spawn)(void *ctx, uint32_t *pid); /* starts a program of ours that ends at once */
    bool (*connect)(void *ctx);              /* a TCP connection to this computer itself */
    /* Appends the command line of the process that started then, if it still runs: for when the
     * system logger is not to be had. */
    bool (*command_line)(void *ctx, uint32_t pid, uint64_t started_ft, struct buf *out);
};

/* Notes in the inlet's line, in numbers of their own: data is a struct tracer_note. */
enum tracer_note_kind {
    TRACER_SESSION, /* note: what the session told */
    TRACER_TESTED   /* self-test: see passed */
};
enum tracer_test { TRACER_TEST_START, TRACER_TEST_COMMAND_LINE, TRACER_TEST_ACCEPT, TRACER_TESTS };
const char *tracer_test_name(enum tracer_test t); /* "process_start", "command_line", "accept" */

struct tracer_note {
    enum tracer_note_kind kind;
    /* TRACER_SESSION */
    size_t session;
    enum etw_note_kind what;
    struct etw_session_status status;
    size_t source; /* place in the session's row */
    uint32_t code;
    uint64_t since_ns; /* how long before now it was well for the last time */
    uint64_t events, buffers;
    /* TRACER_TESTED */
    enum tracer_test test;
    bool passed;
};

struct tracer_opts {
    const struct etw_api *api; /* borrowed; NULL: unsupported, which is told */
    struct inlet *inlet;       /* borrowed */
    size_t source;             /* the line of the inlet */
    struct sv host;            /* copied */
    struct tracer_probes probes;
    size_t queue_bytes, queue_events, hold_bytes; /* 0: the usual */
};

struct tracer;
MUST_CHECK enum err tracer_create(const struct tracer_opts *o, struct tracer **out); /* ERR_NOMEM */
MUST_CHECK enum err tracer_start(struct tracer *t); /* ERR_NOMEM; again is fine */
/* Stops the sessions; what they have given until then is put into the inlet as far as it has room.
 */
void tracer_stop(struct tracer *t);
void tracer_destroy(struct tracer *t);
/* Records that a channel of the Event Log delivers as well are left to it, at once or when it can
 * be read again; not while it is off, denied or not there. number: of channel_all[]. Threads: any.
 * At first all of them are. */
void tracer_channel_delivers(struct tracer *t, size_t number, bool yes);

struct tracer_stats {
    uint64_t records[ETW_SESSION_COUNT]; /* that came by each session */
    uint64_t canary_sent;
    struct etw_canary_stats canary[ETW_SESSION_COUNT];
    uint64_t unknown;    /* records that Kanari does not read */
    uint64_t damaged;    /* payloads that could not be decoded; stored as anomalies */
    uint64_t folded;     /* further data on a connection that was told */
    uint64_t late_lines; /* command lines that were asked of the processes */
    uint64_t left;       /* to a channel that delivers them too */
    uint64_t held;       /* events that wait for their order now */
    uint64_t late;       /* events given out of order */
    struct queue_stats queue;
};
/* The canary's slowest is that since the last call. */
void tracer_stats(struct tracer *t, struct tracer_stats *out);
