/*
 * adapter_watch - looks at the adapters when something changed, and tells what.
 *
 * Notices of the system only say "look again": one look follows when they have been quiet for
 * ADAPTER_WATCH_QUIET_NS, and no later than ADAPTER_WATCH_LATEST_NS after the first of them. A slow
 * poll looks all the same, for systems whose notices never come. What cannot be read is not known:
 * no change is made of it, and the last snapshot that was known stays the one to compare with.
 *
 * It has no thread and no clock: whoever drives it calls adapter_watch_step() when wake() was
 * called or adapter_watch_due_ns() has come. One thread at a time.
 *
 * Threads: wake() is called in a thread of the system: it may raise a flag, and must not wait.
 *          adapter_watch_destroy() waits for it, so nothing that wake() needs may be held there.
 */
#pragma once

#include "posture/adapter_diff.h"

#define ADAPTER_WATCH_QUIET_NS UINT64_C(500000000)
#define ADAPTER_WATCH_LATEST_NS UINT64_C(5000000000)
#define ADAPTER_WATCH_POLL_NS UINT64_C(60000000000)

struct adapter_watch_options {
    const struct posture_api *api; /* borrowed; NULL: nothing is ever known */
    /* May be NULL. Called in step(); what it is given lives for the call. */
    adapter_change_fn change;
    void (*wake)(void *ctx); /* may be NULL */
    void *ctx;
};

struct adapter_watch_status {
    uint32_t code;    /* Win32, of the last look; 0: it succeeded */
    const char *call; /* that gave it, "" */
    /* Bit of each enum posture_notice that is subscribed to. Without it the poll sees it later. */
    uint32_t subscribed;
    uint32_t notice_code; /* of the last subscription or cancellation that failed; 0 */
    uint64_t looks, failed_looks, notices, changes;
    uint64_t last_known_ns; /* when what is known was seen; 0: never */
};

struct adapter_watch;
MUST_CHECK enum err adapter_watch_create(const struct adapter_watch_options *o,
                                         struct adapter_watch **out);
void adapter_watch_destroy(struct adapter_watch *w); /* NULL is fine */

/* Looks when it is time to. The first step looks at once: all is inventory. ERR_NOMEM: nothing was
 * told, and the same look is due again. */
MUST_CHECK enum err adapter_watch_step(struct adapter_watch *w, uint64_t now_ns);
/* When to call step at the latest, on the clock that is given to it. */
uint64_t adapter_watch_due_ns(const struct adapter_watch *w);
/* The last that was known; NULL: none yet. Lives until the next step. */
const struct adapter_snapshot *adapter_watch_snapshot(const struct adapter_watch *w);
const struct adapter_watch_status *adapter_watch_status(const struct adapter_watch *w);
