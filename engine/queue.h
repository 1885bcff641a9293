/*
 * queue - from the live sources to the one thread that thinks.
 *
 * Sources push packed events (core/event.h) from any number of threads; one consumer takes them.
 * The order of each producer is kept; between producers it is the order of acceptance.
 *
 * Room:    `bytes` and `events` are bounds, and each class may fill only its share of both:
 *          telemetry 12/16, logons 15/16, alerts all. An event needs its length, rounded up to 8,
 *          and 8 more. What does not fit is shed: counted by kind, and a logon failure also summed
 *          in rows (engine/queue_shed.h) that the consumer takes as counts.
 * Exact:   every push is answered ERR_OK (it will be delivered, once), ERR_FULL (shed and counted)
 *          or ERR_CANCELLED (the queue was closed before; counted nowhere). Counts of queue_stats()
 *          are exact when no push is under way. An event is shed only if there was an instant
 *          during the push at which its class had no room for it.
 * Threads: queue_push(), queue_close() and queue_stats(): any. queue_next(), queue_wait() and
 *          queue_take_shed(): the consumer, one thread.
 * Waiting: a push takes no lock, makes no system call and waits for nobody, except that it wakes a
 *          consumer that asked for it (at most one push for each wait does), and that a shed logon
 *          failure is summed under a short lock. A producer that is stopped in the middle of a
 *          push holds up delivery of what was pushed behind it, not the other producers.
 * Memory:  allocated at create, none after. Views into the queue live until the consumer's next
 *          queue_next() or queue_wait().
 * Stop:    queue_close(), from then on every push is ERR_CANCELLED. The consumer drains until
 *          queue_wait() says QUEUE_ENDED: then nothing comes after, events nor counts. Destroy when
 *          no thread uses it any more.
 */
#pragma once

#include "engine/queue_shed.h"

#define QUEUE_BYTES ((size_t)8 * 1024 * 1024)
#define QUEUE_EVENTS ((size_t)128 * 1024)
#define QUEUE_BYTES_MIN ((size_t)256 * 1024) /* the share of each class holds any event */
#define QUEUE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define QUEUE_EVENTS_MIN ((size_t)16)
#define QUEUE_EVENTS_MAX ((size_t)4 * 1024 * 1024)

/* What is shed first comes first. */
enum queue_class { QUEUE_TELEMETRY, QUEUE_LOGON, QUEUE_ALERT, QUEUE_CLASSES };
enum queue_class queue_class_of(enum event_kind kind);

struct queue_opts {
    size_t bytes;  /* a power of two, QUEUE_BYTES_MIN .. QUEUE_BYTES_MAX */
    size_t events; /* QUEUE_EVENTS_MIN .. QUEUE_EVENTS_MAX */
    /* After queue_wait() said QUEUE_READY, the next one lets events gather for so long, unless the
     * queue gets half full, an event of class alert comes, or it is closed. It bounds what waking
     * costs, and what an event waits. 0: never. */
    uint64_t linger_ns;
};

struct queue;
/* ERR_RANGE, ERR_NOMEM. */
MUST_CHECK enum err queue_create(const struct queue_opts *opts, struct queue **out);
void queue_destroy(struct queue *q);

/* ERR_OK, ERR_FULL, ERR_CANCELLED: see above. ERR_FORMAT: not a packed event; counted nowhere. */
MUST_CHECK enum err queue_push(struct queue *q, const uint8_t *packed, size_t len);
void queue_close(struct queue *q); /* again is fine */

/* The next event, if there is one; never waits. The room of the one before is free again. */
bool queue_next(struct queue *q, struct sv *packed);
/* QUEUE_READY: there are events for queue_next(), or counts for queue_take_shed(), or both.
 * QUEUE_TIMEOUT: the deadline (clock_mono_ns()) has passed. */
enum queue_state { QUEUE_READY, QUEUE_TIMEOUT, QUEUE_ENDED };
enum queue_state queue_wait(struct queue *q, uint64_t deadline_ns);
/* Logon failures shed since the last call; NULL: none. Until the next call. */
const struct queue_shed *queue_take_shed(struct queue *q);

struct queue_stats {
    uint64_t bytes, events;  /* in it now, of the bounds */
    uint64_t wakes;          /* how often the consumer was woken */
    uint64_t shed[EV_COUNT]; /* since create */
};
void queue_stats(const struct queue *q, struct queue_stats *out);
