/*
 * queue - a ring of packed events for many producers and one consumer.
 *
 * A record is a head of 8 bytes, the event's length, and the event, padded to 8; it may run over
 * the end of the ring into its start. A producer reserves by moving `head` (compare and swap),
 * copies, and then stores the length: 0 means "not there yet". So the consumer leaves zeros behind,
 * before it gives the room back by moving `tail`.
 *
 * Both are places: units of 8 bytes and events, counted from the start modulo 2^40 and 2^23, in one
 * word, so that both bounds are checked at one instant. (A producer would have to sleep through
 * exactly a multiple of 8 TB of events to take an old head for the present one.)
 */
#include "engine/queue.h"

#include <stdatomic.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define UNIT 8u
#define UNITS_BITS 40
#define UNITS_MASK ((UINT64_C(1) << UNITS_BITS) - 1)
#define EVENTS_MASK ((UINT64_C(1) << 23) - 1)
#define CLOSED (UINT64_C(1) << 63) /* in head: after it is set, nothing can be reserved */
#define CACHE_LINE 64
#define UNITS_OF(len) (1 + ((len) + UNIT - 1) / UNIT)
#define SHARES 16

_Static_assert(QUEUE_EVENTS_MAX <= EVENTS_MASK, "as many events as are told apart");
_Static_assert(QUEUE_BYTES_MIN / SHARES * 12 >= UNITS_OF(EVENT_PACKED_MAX) * UNIT,
               "every class can hold the largest event");

static const uint64_t class_shares[QUEUE_CLASSES] = {
    [QUEUE_TELEMETRY] = 12,
    [QUEUE_LOGON] = 15,
    [QUEUE_ALERT] = SHARES,
};

struct amount {
    uint64_t units, events;
};

/* What the consumer does, for producers: an event is there for all, but not worth a wake. */
enum nap { AWAKE, LINGERING, ASLEEP };

struct queue {
    /* Set at create. */
    uint8_t *ring;
    uint64_t ring_units; /* a power of two */
    uint64_t linger_ns;
    struct amount limit[QUEUE_CLASSES];
    struct amount half;
    struct mutex *shed_mutex; /* of shed, spare and shed_pending */
    struct mutex *nap_mutex;  /* held by the consumer from before it says that it sleeps */
    struct cond *nap_end;
    uint8_t gap0[CACHE_LINE];

    _Atomic uint64_t head; /* moved by producers */
    uint8_t gap1[CACHE_LINE];
    _Atomic uint64_t tail; /* moved by the consumer */
    uint8_t gap2[CACHE_LINE];
    atomic_int nap;
    atomic_bool urgent; /* an event of class alert came */
    atomic_bool shed_pending;
    uint8_t gap3[CACHE_LINE];
    _Atomic uint64_t wakes;
    _Atomic uint64_t shed_count[EV_COUNT];
    struct queue_shed *shed, *spare; /* producers add to one, the consumer reads the other */
    uint8_t gap4[CACHE_LINE];

    /* The consumer's own. */
    struct amount at;      /* tail, apart */
    uint64_t taken;        /* units of the event that it looks at, behind `at`; 0: none */
    uint64_t linger_until; /* clock_mono_ns() */
    uint8_t whole[EVENT_PACKED_MAX];
    struct queue_shed tables[2];
};

/* -- places -------------------------------------------------------------------------------------
 */

static struct amount
amount_of(uint64_t place)
{
    return (struct amount){place & UNITS_MASK, place >> UNITS_BITS & EVENTS_MASK};
}

static uint64_t
place_after(struct amount at, uint64_t units)
{
    return ((at.units + units) & UNITS_MASK) | ((at.events + 1) & EVENTS_MASK) << UNITS_BITS;
}

static struct amount
between(uint64_t tail, uint64_t head)
{
    struct amount from = amount_of(tail);
    struct amount to = amount_of(head);

    return (struct amount){(to.units - from.units) & UNITS_MASK,
                           (to.events - from.events) & EVENTS_MASK};
}

/* What is in the queue; the tail is taken first, so that it is never ahead. */
static struct amount
amount_now(const struct queue *q)
{
    uint64_t tail = atomic_load(&q->tail);

    return between(tail, atomic_load(&q->head));
}

static bool
exceeds(struct amount a, struct amount limit)
{
    return a.units > limit.units || a.events > limit.events;
}

static size_t
offset_of(const struct queue *q, uint64_t units)
{
    return (size_t)(units & (q->ring_units - 1)) * UNIT;
}

/* The head of the record at a place: a unit never runs over the end. */
static _Atomic uint64_t *
record_len(const struct queue *q, uint64_t units)
{
    void *p = q->ring + offset_of(q, units);

    return p;
}

/* How much of len bytes at an offset lies before the end of the ring. */
static size_t
before_end(const struct queue *q, size_t offset, size_t len)
{
    size_t left = (size_t)q->ring_units * UNIT - offset;

    return len < left ? len : left;
}

/* -- life ---------------------------------------------------------------------------------------
 */

static bool
opts_are_valid(const struct queue_opts *opts)
{
    return opts->bytes >= QUEUE_BYTES_MIN && opts->bytes <= QUEUE_BYTES_MAX &&
           (opts->bytes & (opts->bytes - 1)) == 0 && opts->events >= QUEUE_EVENTS_MIN &&
           opts->events <= QUEUE_EVENTS_MAX;
}

MUST_CHECK static enum err
make_parts(struct queue *q, size_t bytes)
{
    enum err err;

    q->ring = mem_zalloc(bytes);
    if (q->ring == NULL) {
        return ERR_NOMEM;
    }
    err = mutex_create(&q->shed_mutex);
    if (err) {
        return err;
    }
    err = mutex_create(&q->nap_mutex);
    if (err) {
        return err;
    }
    return cond_create(&q->nap_end);
}

MUST_CHECK enum err
queue_create(const struct queue_opts *opts, struct queue **out)
{
    struct queue *q;
    enum err err;

    if (!opts_are_valid(opts)) {
        return ERR_RANGE;
    }
    q = mem_zalloc(sizeof(*q));
    if (q == NULL) {
        return ERR_NOMEM;
    }
    q->ring_units = opts->bytes / UNIT;
    q->linger_ns = opts->linger_ns;
    q->half = (struct amount){q->ring_units / 2, opts->events / 2};
    for (size_t i = 0; i < QUEUE_CLASSES; i++) {
        q->limit[i].units = q->ring_units * class_shares[i] / SHARES;
        q->limit[i].events = opts->events * class_shares[i] / SHARES;
    }
    q->shed = &q->tables[0];
    q->spare = &q->tables[1];
    err = make_parts(q, opts->bytes);
    if (err) {
        queue_destroy(q);
        return err;
    }
    *out = q;
    return ERR_OK;
}

void
queue_destroy(struct queue *q)
{
    if (q == NULL) {
        return;
    }
    cond_destroy(q->nap_end);
    mutex_destroy(q->nap_mutex);
    mutex_destroy(q->shed_mutex);
    mem_free(q->ring);
    mem_free(q);
}

/* -- producers ----------------------------------------------------------------------------------
 */

/* Whoever finds the consumer asleep wakes it; all others find it awake. It holds the mutex until it
 * hears the condition. */
static void
wake(struct queue *q)
{
    if (atomic_exchange(&q->nap, AWAKE) == AWAKE) {
        return;
    }
    atomic_fetch_add_explicit(&q->wakes, 1, memory_order_relaxed);
    mutex_lock(q->nap_mutex);
    mutex_unlock(q->nap_mutex);
    cond_wake_one(q->nap_end);
}

/* *at: where; *now: what is in the queue with it. */
MUST_CHECK static enum err
reserve(struct queue *q, const struct amount *limit, uint64_t units, struct amount *at,
        struct amount *now)
{
    for (;;) {
        uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire);
        uint64_t head = atomic_load(&q->head);

        if ((head & CLOSED) != 0) {
            return ERR_CANCELLED;
        }
        *now = between(tail, head);
        now->units += units;
        now->events++;
        if (exceeds(*now, *limit)) {
            /* The tail may have moved before the head was read: then there was no such instant. */
            if (atomic_load(&q->tail) == tail) {
                return ERR_FULL;
            }
            continue;
        }
        *at = amount_of(head);
        if (atomic_compare_exchange_weak(&q->head, &head, place_after(*at, units))) {
            return ERR_OK;
        }
    }
}

static void
copy_in(struct queue *q, size_t offset, const uint8_t *data, size_t len)
{
    size_t first = before_end(q, offset, len);

    memcpy(q->ring + offset, data, first);
    memcpy(q->ring, data + first, len - first);
}

/* Counts are handed over complete: either before the queue is closed, or not at all. */
MUST_CHECK static enum err
shed_failure(struct queue *q, enum event_kind kind, const uint8_t *packed, size_t len)
{
    struct event ev;
    bool closed;
    bool pending = false;

    if (event_unpack(packed, len, &ev) != ERR_OK) {
        event_init(&ev, kind, 0); /* not of event_pack(): its kind is what it has */
    }
    mutex_lock(q->shed_mutex);
    closed = (atomic_load(&q->head) & CLOSED) != 0;
    if (!closed) {
        atomic_fetch_add_explicit(&q->shed_count[kind], 1, memory_order_relaxed);
        pending = queue_shed_is_failure(&ev);
    }
    if (pending) {
        queue_shed_add(q->shed, &ev);
        atomic_store(&q->shed_pending, true);
    }
    mutex_unlock(q->shed_mutex);
    if (pending && atomic_load(&q->nap) == ASLEEP) {
        wake(q);
    }
    return closed ? ERR_CANCELLED : ERR_FULL;
}

MUST_CHECK enum err
queue_push(struct queue *q, const uint8_t *packed, size_t len)
{
    enum event_kind kind = event_packed_kind(packed, len);
    enum queue_class class = queue_class_of(kind);
    struct amount at;
    struct amount now;
    enum err err;
    int nap;

    if (kind == EV_NONE || len > EVENT_PACKED_MAX) {
        return ERR_FORMAT;
    }
    err = reserve(q, &q->limit[class], UNITS_OF(len), &at, &now);
    if (err == ERR_FULL && queue_shed_kind(kind)) {
        return shed_failure(q, kind, packed, len);
    }
    if (err) {
        if (err == ERR_FULL) {
            atomic_fetch_add_explicit(&q->shed_count[kind], 1, memory_order_relaxed);
        }
        return err;
    }
    copy_in(q, offset_of(q, at.units + 1), packed, len);
    /* Sequentially consistent, as all that follows and what nap_until() does: either this thread
     * sees that the consumer sleeps, or the consumer sees the event before it does. */
    atomic_store(record_len(q, at.units), len);
    if (class == QUEUE_ALERT) {
        atomic_store(&q->urgent, true);
    }
    nap = atomic_load(&q->nap);
    if (nap == ASLEEP || (nap == LINGERING && (class == QUEUE_ALERT || exceeds(now, q->half)))) {
        wake(q);
    }
    return ERR_OK;
}

void
queue_close(struct queue *q)
{
    mutex_lock(q->shed_mutex);
    (void)atomic_fetch_or(&q->head, CLOSED);
    mutex_unlock(q->shed_mutex);
    wake(q);
}

/* -- the consumer -------------------------------------------------------------------------------
 */

/* Zeros, then the room: a head is 0 until the next producer there has written all the rest. */
static void
give_back(struct queue *q)
{
    size_t offset = offset_of(q, q->at.units);
    size_t len = (size_t)q->taken * UNIT;
    size_t first = before_end(q, offset, len);

    if (q->taken == 0) {
        return;
    }
    memset(q->ring + offset, 0, first);
    memset(q->ring, 0, len - first);
    q->at = amount_of(place_after(q->at, q->taken));
    q->taken = 0;
    atomic_store_explicit(&q->tail, q->at.units | q->at.events << UNITS_BITS, memory_order_release);
}

bool
queue_next(struct queue *q, struct sv *packed)
{
    size_t offset;
    size_t first;
    size_t len;

    give_back(q);
    len = (size_t)atomic_load(record_len(q, q->at.units));
    if (len == 0) {
        return false;
    }
    q->taken = UNITS_OF(len);
    offset = offset_of(q, q->at.units + 1);
    first = before_end(q, offset, len);
    *packed = (struct sv){(const char *)q->ring + offset, len};
    if (first < len) {
        memcpy(q->whole, q->ring + offset, first);
        memcpy(q->whole + first, q->ring, len - first);
        packed->p = (const char *)q->whole;
    }
    return true;
}

const struct queue_shed *
queue_take_shed(struct queue *q)
{
    struct queue_shed *full;

    if (!atomic_load(&q->shed_pending)) {
        return NULL;
    }
    queue_shed_clear(q->spare);
    mutex_lock(q->shed_mutex);
    full = q->shed;
    q->shed = q->spare;
    q->spare = full;
    atomic_store(&q->shed_pending, false);
    mutex_unlock(q->shed_mutex);
    return full;
}

/* QUEUE_TIMEOUT: nothing to do yet. */
static enum queue_state
look(const struct queue *q)
{
    uint64_t head = atomic_load(&q->head); /* first: see below */

    if (atomic_load(record_len(q, q->at.units)) != 0 || atomic_load(&q->shed_pending)) {
        return QUEUE_READY;
    }
    /* All that was reserved was taken. Whatever was summed, was summed before it was closed. */
    return (head & CLOSED) != 0 && (head & UNITS_MASK) == q->at.units ? QUEUE_ENDED : QUEUE_TIMEOUT;
}

static bool
nap_is_over(const struct queue *q, enum nap how)
{
    if (how == ASLEEP) {
        return look(q) != QUEUE_TIMEOUT;
    }
    return atomic_load(&q->urgent) || (atomic_load(&q->head) & CLOSED) != 0 ||
           exceeds(amount_now(q), q->half);
}

/* Under the mutex. False: the deadline has passed. */
static bool
nap_until(struct queue *q, enum nap how, uint64_t deadline_ns)
{
    bool in_time = true;

    atomic_store(&q->nap, (int)how);
    while (in_time && !nap_is_over(q, how) && atomic_load(&q->nap) == (int)how) {
        in_time = cond_wait_until(q->nap_end, q->nap_mutex, deadline_ns);
    }
    atomic_store(&q->nap, AWAKE);
    return in_time;
}

enum queue_state
queue_wait(struct queue *q, uint64_t deadline_ns)
{
    enum queue_state state;
    bool in_time = true;

    give_back(q);
    mutex_lock(q->nap_mutex);
    if (q->linger_ns > 0 && clock_mono_ns() < q->linger_until) {
        (void)nap_until(q, LINGERING,
                        q->linger_until < deadline_ns ? q->linger_until : deadline_ns);
    }
    state = look(q);
    while (state == QUEUE_TIMEOUT && in_time) {
        in_time = nap_until(q, ASLEEP, deadline_ns);
        state = look(q);
    }
    mutex_unlock(q->nap_mutex);
    if (state == QUEUE_READY && q->linger_ns > 0) {
        atomic_store(&q->urgent, false); /* what it stood for is in the ring */
        q->linger_until = clock_mono_ns() + q->linger_ns;
    }
    return state;
}

/* -- for status -----------------------------------------------------------------------------------
 */

void
queue_stats(const struct queue *q, struct queue_stats *out)
{
    struct amount now = amount_now(q);

    out->bytes = now.units * UNIT;
    out->events = now.events;
    out->wakes = atomic_load_explicit(&q->wakes, memory_order_relaxed);
    for (size_t kind = 0; kind < EV_COUNT; kind++) {
        out->shed[kind] = atomic_load_explicit(&q->shed_count[kind], memory_order_relaxed);
    }
}
