/*
 * trace_reader - the thread that reads one running session: the canary's events are counted, what
 * tells of losses raises a flag, all others go to whoever asked.
 *
 * Memory:  nothing is allocated for a record.
 * Threads: open and close: one. The record callback comes in the reader's own; the rest: any.
 */
#pragma once

#include "etw/sessions.h"

struct etw_canary_stats {
    uint64_t came;
    uint64_t lost;       /* numbers that were passed over */
    uint64_t newest;     /* number */
    uint64_t latency_ns; /* of the newest one */
    uint64_t slowest_ns; /* since they were asked for last */
};

struct trace_reader;
/* api and sink->ctx are borrowed. name: the session's. ERR_NOMEM. */
MUST_CHECK enum err trace_reader_create(const struct etw_api *api, const char *name,
                                        const struct etw_consumer *sink, struct trace_reader **out);
void trace_reader_destroy(struct trace_reader *r); /* closed */

/* A Win32 code; *call: the function that gave it. */
uint32_t trace_reader_open(struct trace_reader *r, const uint16_t *name, const char **call);
bool trace_reader_is_open(const struct trace_reader *r);
/* Does not wait for the thread, which may take seconds to see it. */
void trace_reader_halt(struct trace_reader *r);
void trace_reader_close(struct trace_reader *r);

/* The thread has come to an end; *code is what ProcessTrace answered. */
bool trace_reader_ended(const struct trace_reader *r, uint32_t *code);
uint64_t trace_reader_records(const struct trace_reader *r); /* given to the sink */
/* Since the last call, the stream has said that something was lost (RT_LostEvent). */
bool trace_reader_take_lost(struct trace_reader *r);
void trace_reader_canary(struct trace_reader *r, struct etw_canary_stats *out);
