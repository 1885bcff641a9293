/*
 * bench_queue - events a second through the queue of the live sources, with 1, 2 and 4 producers,
 * beside a ring that locks a mutex and signals a condition for each event; and what 200,000 events
 * a second cost.
 *
 * Both hold the same number of events, take the same ones in turns, and must deliver the same sum.
 * A producer that finds no room tries again a millisecond later: here nothing may be lost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "engine/queue.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define EVENT_LEN 120u
#define RING_EVENTS (QUEUE_BYTES / 16 * 12 / (EVENT_LEN + 8)) /* what telemetry may fill */
#define ROUND_EVENTS 2000000u
#define RUNS 5u
#define PRODUCERS_MAX 4u
#define PACED_RATE UINT64_C(200000)
#define PACED_SECONDS 3u
#define NS_PER_SEC UINT64_C(1000000000)

_Noreturn static void
die(const char *what)
{
    (void)fprintf(stderr, "bench_queue: %s\n", what);
    exit(1);
}

/* -- the peer: what one writes first ------------------------------------------------------------
 */

struct ring {
    struct mutex *mutex;
    struct cond *filled;
    uint8_t *bytes;
    size_t places, first, count;
};

static void
ring_open(struct ring *r)
{
    memset(r, 0, sizeof(*r));
    r->places = RING_EVENTS;
    r->bytes = mem_zalloc(r->places * EVENT_LEN);
    if (r->bytes == NULL || mutex_create(&r->mutex) || cond_create(&r->filled)) {
        die("no memory");
    }
}

static void
ring_close(struct ring *r)
{
    cond_destroy(r->filled);
    mutex_destroy(r->mutex);
    mem_free(r->bytes);
}

static bool
ring_push(struct ring *r, const uint8_t *event)
{
    bool room;

    mutex_lock(r->mutex);
    room = r->count < r->places;
    if (room) {
        memcpy(r->bytes + (r->first + r->count) % r->places * EVENT_LEN, event, EVENT_LEN);
        r->count++;
        cond_wake_one(r->filled);
    }
    mutex_unlock(r->mutex);
    return room;
}

static void
ring_take(struct ring *r, uint8_t *event)
{
    mutex_lock(r->mutex);
    while (r->count == 0) {
        cond_wait(r->filled, r->mutex);
    }
    memcpy(event, r->bytes + r->first * EVENT_LEN, EVENT_LEN);
    r->first = (r->first + 1) % r->places;
    r->count--;
    mutex_unlock(r->mutex);
}

/* -- rounds -------------------------------------------------------------------------------------
 */

struct producer {
    struct queue *queue; /* or */
    struct ring *ring;
    struct thread *thread;
    uint32_t events;
    uint64_t rate; /* a second; 0: as fast as it goes */
};

/* The time stands first in a packed event: here, its number. */
static uint64_t
number_of(const void *event)
{
    uint64_t n;

    memcpy(&n, event, sizeof(n));
    return n;
}

static void
make_event(uint8_t bytes[EVENT_LEN])
{
    char text[EVENT_LEN] = {0};
    struct event ev;
    size_t len;

    memset(text, 'x', sizeof(text));
    event_init(&ev, EV_NET_CONNECT, 0);
    event_set(&ev, text, ((struct sv){text, 0}));
    if (event_pack(&ev, bytes, EVENT_LEN, &len)) {
        die("event_pack");
    }
    event_set(&ev, text, ((struct sv){text, EVENT_LEN - len}));
    if (event_pack(&ev, bytes, EVENT_LEN, &len) || len != EVENT_LEN) {
        die("event_pack");
    }
}

static bool
push(const struct producer *p, const uint8_t *event)
{
    if (p->queue == NULL) {
        return ring_push(p->ring, event);
    }
    return queue_push(p->queue, event, EVENT_LEN) == ERR_OK;
}

static void
produce(void *ctx)
{
    const struct producer *p = ctx;
    uint64_t start = clock_mono_ns();
    uint8_t event[EVENT_LEN];

    make_event(event);
    for (uint64_t n = 1; n <= p->events; n++) {
        while (p->rate > 0 && (clock_mono_ns() - start) * p->rate / NS_PER_SEC < n) {
            thread_sleep_ms(1);
        }
        memcpy(event, &n, sizeof(n));
        while (!push(p, event)) {
            thread_sleep_ms(1);
        }
    }
}

static uint64_t
consume(const struct producer *p, uint32_t events)
{
    uint8_t event[EVENT_LEN];
    uint64_t sum = 0;
    struct sv packed;

    for (uint32_t left = events; left > 0 && p->ring != NULL; left--) {
        ring_take(p->ring, event);
        sum += number_of(event);
    }
    for (uint32_t left = events; left > 0 && p->queue != NULL;) {
        (void)queue_wait(p->queue, THREAD_FOREVER);
        while (queue_next(p->queue, &packed)) {
            sum += number_of(packed.p);
            left--;
        }
    }
    return sum;
}

/* Nanoseconds from the first push to the last event taken. */
static uint64_t
run_round(const struct producer *kind, uint32_t producers)
{
    struct producer each[PRODUCERS_MAX];
    uint32_t events = ROUND_EVENTS / producers;
    uint64_t start = clock_mono_ns();
    uint64_t sum;
    uint64_t ns;

    for (uint32_t i = 0; i < producers; i++) {
        each[i] = *kind;
        each[i].events = events;
        if (thread_start(&(struct thread_opts){.name = "producer"}, produce, &each[i],
                         &each[i].thread)) {
            die("no thread");
        }
    }
    sum = consume(kind, events * producers);
    ns = clock_mono_ns() - start;
    for (uint32_t i = 0; i < producers; i++) {
        thread_join(each[i].thread);
    }
    if (sum != (uint64_t)producers * events * (events + 1) / 2) {
        die("not what was sent");
    }
    return ns;
}

static int
by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static double
median_rate(uint64_t ns[RUNS])
{
    qsort(ns, RUNS, sizeof(ns[0]), by_value);
    return (double)ROUND_EVENTS * 1e9 / (double)ns[RUNS / 2];
}

static struct queue *
open_queue(size_t bytes, size_t events, uint64_t linger_ns)
{
    struct queue_opts opts = {.bytes = bytes, .events = events, .linger_ns = linger_ns};
    struct queue *q;

    if (queue_create(&opts, &q)) {
        die("no memory");
    }
    return q;
}

static void
show_speed(uint32_t producers)
{
    struct queue *q = open_queue(QUEUE_BYTES, QUEUE_EVENTS, 0);
    struct ring ring;
    uint64_t queue_ns[RUNS];
    uint64_t ring_ns[RUNS];
    double ours;
    double peer;

    ring_open(&ring);
    (void)run_round(&(struct producer){.queue = q}, producers); /* all pages in both */
    (void)run_round(&(struct producer){.ring = &ring}, producers);
    for (size_t i = 0; i < RUNS; i++) {
        queue_ns[i] = run_round(&(struct producer){.queue = q}, producers);
        ring_ns[i] = run_round(&(struct producer){.ring = &ring}, producers);
    }
    ours = median_rate(queue_ns);
    peer = median_rate(ring_ns);
    (void)printf("{\"producers\": %" PRIu32 ", \"queue_events_per_second\": %.0f, "
                 "\"mutex_ring_events_per_second\": %.0f, \"times_mutex_ring\": %.2f}\n",
                 producers, ours, peer, ours / peer);
    ring_close(&ring);
    queue_destroy(q);
}

/* The live budget: 200,000 events a second, through the queue as it is by default. */
static void
show_paced(uint64_t linger_ns)
{
    uint32_t events = (uint32_t)PACED_RATE * PACED_SECONDS;
    struct queue *q = open_queue(QUEUE_BYTES, QUEUE_EVENTS, linger_ns);
    struct producer p = {.queue = q, .events = events, .rate = PACED_RATE};
    struct queue_stats stats;
    clock_t start = clock();
    double cpu;

    if (thread_start(&(struct thread_opts){.name = "producer"}, produce, &p, &p.thread)) {
        die("no thread");
    }
    (void)consume(&p, events);
    thread_join(p.thread);
    cpu = (double)(clock() - start) / CLOCKS_PER_SEC;
    queue_stats(q, &stats);
    (void)printf("{\"paced_events_per_second\": %" PRIu64 ", \"linger_ms\": %" PRIu64
                 ", \"shed\": %" PRIu64 ", \"wakes_per_second\": %.1f, \"cpu_percent\": %.2f, "
                 "\"budget_met\": %s}\n",
                 PACED_RATE, linger_ns / 1000000, stats.shed[EV_NET_CONNECT],
                 (double)stats.wakes / PACED_SECONDS, cpu * 100 / PACED_SECONDS,
                 stats.shed[EV_NET_CONNECT] == 0 ? "true" : "false");
    queue_destroy(q);
}

int
main(void)
{
    for (uint32_t producers = 1; producers <= PRODUCERS_MAX; producers *= 2) {
        show_speed(producers);
    }
    show_paced(0);
    show_paced(20 * 1000000);
    return 0;
}
