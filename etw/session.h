/*
 * session - one ETW session and its consumer: started, attached to, watched, mended, stopped.
 *
 * A session and its providers outlive the process that started them. What is found under our name
 * is therefore looked at first: our own, with the same set-up, is attached to and nothing that it
 * holds is lost; our own of another set-up, and a stranger's, are stopped and started anew, which
 * is told. While it runs, its counters are read every second, and every half minute whether its
 * providers are still as they were asked for: switched off inside a live session they are silent
 * and no loss counter shows it.
 *
 * Threads: session_...() are called by one thread; records come in a thread of the session's own,
 *          which is started and joined here. Notes come in the caller's thread.
 * Memory:  nothing is allocated for a record.
 * Errors:  of ETW are states, kept and tried again; see struct etw_session_status.
 */
#pragma once

#include "etw/trace_reader.h"

enum etw_session_state {
    ETW_STATE_CLOSED,      /* before the first step */
    ETW_STATE_LIVE,        /* records come */
    ETW_STATE_ABSENT,      /* attach only: there is none, or it has been read to its end */
    ETW_STATE_DENIED,      /* 5 */
    ETW_STATE_FULL,        /* 1450: no session, or no system logger, is left */
    ETW_STATE_TAKEN,       /* 183, and what has the name or the GUID cannot be stopped */
    ETW_STATE_REFUSED,     /* 87, 24: a fault of ours, or of a Windows nobody has met */
    ETW_STATE_STOPPED,     /* somebody stopped it; it is started again at once */
    ETW_STATE_UNSUPPORTED, /* no ETW here; final */
    ETW_STATE_FAILED,      /* any other code */
    ETW_STATE_COUNT
};
enum etw_session_state etw_session_state_of(uint32_t code);
const char *etw_session_state_name(enum etw_session_state state); /* "live", "denied" ... */

struct etw_session_status {
    enum etw_session_state state;
    uint32_t code;    /* Win32; 0 while nothing is wrong */
    const char *call; /* the function that gave it, "" */
    /* Win32, by place in the row: what enabling the provider answered last. */
    uint32_t source_code[ETW_SOURCES_MAX];
    uint64_t records;  /* given to the sink, the canary's not */
    uint64_t started;  /* times, attached ones too */
    uint64_t stopped;  /* by others */
    uint64_t disabled; /* providers that others had switched off or changed */
    uint64_t replaced; /* sessions of others, or older ones of ours, under this name */
    uint64_t attached; /* sessions that a run before had left */
    /* As the system counts them, over all its lives. Buffers hold an unknown number of events. */
    uint64_t events_lost, buffers_lost;
};

enum etw_note_kind {
    ETW_NOTE_STATE,    /* the state or its code changed */
    ETW_NOTE_STOPPED,  /* others stopped it: nothing came from from_ns on */
    ETW_NOTE_DISABLED, /* others switched `source` off, or changed it, at some time after from_ns;
                          it is enabled again */
    ETW_NOTE_REPLACED, /* a stranger's session of this name was stopped */
    ETW_NOTE_ATTACHED, /* what a run before had left goes on */
    ETW_NOTE_LOST,     /* events or buffers, since the last look */
    ETW_NOTE_SOURCE    /* what enabling `source` answers has changed; code */
};

struct etw_note {
    enum etw_note_kind kind;
    const struct etw_session_status *status;
    size_t source; /* place in the row */
    uint32_t code;
    uint64_t from_ns;         /* clock of the steps; when it was known to be well last */
    uint64_t events, buffers; /* lost */
};

struct etw_session_sink {
    void *ctx;
    /* In the session's thread. Copies and returns. */
    void (*record)(void *ctx, const struct etw_record *r);
    void (*note)(void *ctx, const struct etw_note *n); /* in the thread of session_step() */
};

#define ETW_RETRY_MIN_NS UINT64_C(1000000000)
#define ETW_RETRY_MAX_NS UINT64_C(60000000000)
#define ETW_LOOK_NS UINT64_C(1000000000)   /* counters */
#define ETW_WATCH_NS UINT64_C(30000000000) /* providers */

struct etw_session;
/* api NULL: unsupported. row and api are borrowed; the sink is copied. ERR_NOMEM. */
MUST_CHECK enum err etw_session_create(const struct etw_api *api, const struct etw_session_row *row,
                                       const struct etw_session_sink *sink,
                                       struct etw_session **out);
/* Without etw_session_stop() the session stays, for the next run. */
void etw_session_destroy(struct etw_session *s);
/* Does what is due. */
void etw_session_step(struct etw_session *s, uint64_t now_ns);
/* Stops it, and does not wait for its thread, which may take seconds to see that. */
void etw_session_halt(struct etw_session *s);
/* Stops it and waits for its thread. It may be started again by the next step. */
void etw_session_stop(struct etw_session *s);
/* Kernel-Network and the like: providers marked so are enabled from the next step on. */
void etw_session_use_fallback(struct etw_session *s);
const struct etw_session_status *etw_session_status(struct etw_session *s);
/* Threads: any. */
uint64_t etw_session_records(const struct etw_session *s);
void etw_session_canary(struct etw_session *s, struct etw_canary_stats *out);
