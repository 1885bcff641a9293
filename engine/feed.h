/*
 * feed - all subscriptions to the Event Log, read into an inlet.
 *
 * Sources have the numbers of channel_all[]. What they meet goes into the inlet, in its place among
 * their records, as notes: struct feed_state and struct subscription_gap.
 * Live:    from the position that is known, or from since_ft on; never ends.
 * History: everything before until_ft that lies behind the position, then it has ended: those who
 *          read this and those who read live share no record, for one time divides them.
 * Threads: one at a time, always the same one once it has been stepped; feed_wake(): any.
 */
#pragma once

#include "engine/inlet.h"
#include "evtlog/subscription.h"

_Static_assert(CHANNEL_COUNT <= INLET_SOURCES_MAX, "one source a channel");

enum feed_note { FEED_STATE = 1, FEED_GAP, FEED_ENDED };

struct feed_state {
    struct subscription_status status;
    bool caught_up;
};

/* Records may be given to us so much later than others that were written at the same time. */
#define FEED_LATENCY_FT UINT64_C(10000000)
#define FEED_STATE_NS                                                                              \
    UINT64_C(30000000000) /* how often a source tells its state, changed or not                    \
                           */
#define FEED_STEP 256u    /* records of one source before the next one's turn */

struct feed_opts {
    const struct evtlog_api *api; /* borrowed; NULL: there is none */
    struct inlet *inlet;          /* borrowed */
    bool forwarded;               /* read what other computers forward, too */
    bool history;
    uint64_t until_ft; /* history only */
    /* Where reading begins: appends the position to `out`, or sets *since_ft; false: the source
     * is not to be read. Called once a channel by feed_create(). */
    bool (*begin)(void *ctx, const struct channel *c, struct buf *out, uint64_t *since_ft);
    void *ctx;
};

struct feed;
MUST_CHECK enum err feed_create(const struct feed_opts *o, struct feed **out);
void feed_destroy(struct feed *f);
/* Steps what is due. ERR_OK: there may be more at once; ERR_END: not before feed_wait() returns;
 * history has then ended when feed_ended() says so. ERR_NOMEM: tried again like the rest. */
MUST_CHECK enum err feed_step(struct feed *f, uint64_t now_ns, uint64_t now_ft);
bool feed_ended(const struct feed *f);
/* Until a source has something, room is to be looked for, feed_wake(), or so long. False: it is
 * for room that it waited. */
bool feed_wait(struct feed *f, uint32_t timeout_ms);
void feed_wake(struct feed *f);
