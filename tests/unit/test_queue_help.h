/* test_queue_help - events for the queue's tests, and the room that they need. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/queue.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define RING QUEUE_BYTES_MIN

struct packed {
    size_t len;
    uint8_t bytes[EVENT_PACKED_MAX];
};

static inline struct queue *
open_queue(size_t bytes, size_t events, uint64_t linger_ns)
{
    struct queue_opts opts = {.bytes = bytes, .events = events, .linger_ns = linger_ns};
    struct queue *q = NULL;

    assert_int_equal(queue_create(&opts, &q), ERR_OK);
    return q;
}

/* What an event of len bytes takes of the queue's bytes: as the header says. */
static inline uint64_t
room_for(size_t len)
{
    return (len + 7) / 8 * 8 + 8;
}

static inline void
pack(const struct event *ev, struct packed *p)
{
    assert_int_equal(event_pack(ev, p->bytes, sizeof(p->bytes), &p->len), ERR_OK);
}

/* Number n of a producer, of exactly len >= 40 bytes: a text fills it up. */
static inline void
make_packed(enum event_kind kind, uint32_t producer, uint64_t n, size_t len, struct packed *p)
{
    static const char fill[EVENT_LONG_TEXT_MAX] = {'a'};
    struct event ev;
    size_t text;

    event_init(&ev, kind, 1000 + n);
    event_set(&ev, logger_pid, producer);
    event_set(&ev, record_id, n);
    event_set(&ev, text, ((struct sv){fill, 0}));
    pack(&ev, p);
    text = len - p->len;
    text -= text > 127; /* its own length takes 2 bytes then */
    event_set(&ev, text, ((struct sv){fill, text}));
    pack(&ev, p);
    if (p->len < len) { /* 127 is too short and 128 too long: an empty text takes a byte */
        event_set(&ev, transport, ((struct sv){fill, 0}));
        pack(&ev, p);
    }
    assert_int_equal(p->len, len);
}

static inline uint64_t
bytes_in(const struct queue *q)
{
    struct queue_stats stats;

    queue_stats(q, &stats);
    return stats.bytes;
}

static inline uint64_t
events_in(const struct queue *q)
{
    struct queue_stats stats;

    queue_stats(q, &stats);
    return stats.events;
}

static inline uint64_t
shed_of(const struct queue *q, enum event_kind kind)
{
    struct queue_stats stats;

    queue_stats(q, &stats);
    return stats.shed[kind];
}

static inline uint32_t
next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* ./dev soak runs random tests longer, with a seed of its own (KANARI_SOAK, KANARI_SEED). */
static inline bool
test_is_soak(void)
{
    return env_get("KANARI_SOAK") != NULL;
}

static inline uint64_t
test_seed(void)
{
    const char *text = env_get("KANARI_SEED");
    uint64_t seed = 1;

    for (size_t i = 0; text != NULL && text[i] != '\0'; i++) {
        seed = seed * 31 + (unsigned char)text[i];
    }
    return seed;
}
