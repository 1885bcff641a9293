/*
 * subscription - one live subscription to the Event Log: opened behind a bookmark, read in batches,
 * opened again when something breaks, with every gap told.
 *
 * It has no thread and no clock: whoever drives it calls subscription_step() when the wait handle
 * is set or subscription_due_ns() has come. One thread at a time, always the same one while it is
 * live.
 *
 * Records come in the order of the log, each with the position to store with it. A subscription
 * made from that position begins behind that record: nothing is lost and nothing is given twice,
 * whenever the program ends. A record the sink refuses is given again at the next step.
 *
 * Memory:  fixed at create, but for the largest record met; no allocation for a record like one met
 *          before.
 */
#pragma once

#include "core/event.h"
#include "evtlog/channels.h"
#include "evtlog/evtlog_api.h"

enum subscription_state {
    SUBSCRIPTION_CLOSED,      /* before the first step */
    SUBSCRIPTION_LIVE,        /* records come */
    SUBSCRIPTION_DISABLED,    /* the channel is switched off; open, and nothing comes */
    SUBSCRIPTION_ABSENT,      /* this system has no such channel */
    SUBSCRIPTION_DENIED,      /* the account may not read it */
    SUBSCRIPTION_UNAVAILABLE, /* the Event Log service does not answer */
    SUBSCRIPTION_UNSUPPORTED, /* there is no Event Log here; never tried again */
    SUBSCRIPTION_REFUSED,     /* the service does not understand what is asked */
    SUBSCRIPTION_FAILED,      /* anything else: code and call */
    SUBSCRIPTION_STATE_COUNT
};

enum subscription_advice {
    SUBSCRIPTION_NOTHING_TO_DO,
    SUBSCRIPTION_ENABLE_CHANNEL,
    SUBSCRIPTION_GRANT_READ,    /* LocalSystem, or a member of Event Log Readers */
    SUBSCRIPTION_START_SERVICE, /* EventLog */
    SUBSCRIPTION_REPORT         /* a fault of ours, or one nobody has met */
};
enum subscription_advice subscription_advice(enum subscription_state state);
/* Words that status and programs know them by: "live", "denied" ...; "enable_channel" ..., "". */
const char *subscription_state_name(enum subscription_state state);
const char *subscription_advice_name(enum subscription_advice advice);

struct subscription_status {
    enum subscription_state state;
    uint32_t code;    /* Win32; 0 while nothing is wrong */
    const char *call; /* the function that gave it, "" */
    uint64_t records; /* accepted by the sink */
    uint64_t events;  /* of these, mapped */
    uint64_t unreadable;
    uint64_t opened; /* times */
    uint64_t gaps;
};

enum subscription_gap_why {
    SUBSCRIPTION_OVERWRITTEN,  /* the log rolled over what was not read, or was cleared */
    SUBSCRIPTION_REPLACED,     /* its numbers begin anew: another log */
    SUBSCRIPTION_BAD_POSITION, /* what was stored is no position: read from the oldest */
    SUBSCRIPTION_TOO_LARGE,    /* one record that the service cannot hand out */
};

/* Record numbers of the log, of all its records, not only those asked for; 0: not known. */
struct subscription_gap {
    enum subscription_gap_why why;
    uint64_t first, last;
    uint64_t after_ft; /* time of the last record before it; 0: not known */
};

struct subscription_record {
    const struct event *event; /* NULL: not mapped, unreadable, or only the position has moved */
    bool unreadable;
    uint32_t code; /* why */
    uint64_t number;
    struct sv position; /* to be stored with it */
};

/* Everything is borrowed for the call. record: any error ends the step and is its result, and the
 * record stays. gap and state may be NULL; a gap is told before the record behind it. */
struct subscription_sink {
    void *ctx;
    enum err (*record)(void *ctx, const struct subscription_record *r);
    void (*gap)(void *ctx, const struct subscription_gap *g);
    void (*state)(void *ctx, const struct subscription_status *s);
};

#define SUBSCRIPTION_BATCH 64u /* records of one EvtNext; halved when they are too large */
#define SUBSCRIPTION_POLL_NS UINT64_C(5000000000) /* read at least this often, signal or not */
#define SUBSCRIPTION_RETRY_MIN_NS UINT64_C(1000000000)
#define SUBSCRIPTION_RETRY_MAX_NS UINT64_C(60000000000)
#define SUBSCRIPTION_RECHECK_NS UINT64_C(300000000000) /* absent, denied, disabled */
#define SUBSCRIPTION_MARK_NS UINT64_C(60000000000)     /* how often "read up to here" is noted */

struct subscription_options {
    const struct evtlog_api *api;  /* borrowed; NULL: SUBSCRIPTION_UNSUPPORTED */
    const struct channel *channel; /* borrowed */
    struct sv position;            /* as it was stored; empty: none */
    uint64_t since_ft;             /* without a position: nothing older; 0: all that the log has */
    struct subscription_sink sink;
};

struct subscription;
MUST_CHECK enum err subscription_create(const struct subscription_options *o,
                                        struct subscription **out);
void subscription_destroy(struct subscription *s);

/* Opens when it is time to, gives at most max records. ERR_OK: there may be more at once; ERR_END:
 * nothing until the handle is set or the time has come; ERR_NOMEM; the sink's error. */
MUST_CHECK enum err subscription_step(struct subscription *s, uint64_t now_ns, size_t max);
/* An event object of the system to wait for; NULL while it is not open. */
void *subscription_wait_handle(const struct subscription *s);
/* When to call step at the latest, on the clock that is given to it; UINT64_MAX: never. */
uint64_t subscription_due_ns(const struct subscription *s);
const struct subscription_status *subscription_status(const struct subscription *s);
