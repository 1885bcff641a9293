/* test_etw_sim_help - a client of the simulated ETW: its names, and a consumer that remembers. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/etw_sim.h"

#define SEEN_MAX 4096
#define DRAIN_MS 20000u
#define NAME "Test-A"

static const uint16_t name_a[] = u"Test-A";
static const struct etw_guid guid_a = {{0xA0, 1}};
static const struct etw_guid guid_b = {{0xB0, 2}};
static const struct etw_guid provider = {{0x50, 3}};
static const struct etw_guid other_provider = {{0x51, 4}};
/* Process {3d6fa8d0-fe05-11d0-9dda-00c04fd7ba7c} */
static const struct etw_guid process_class = {{0xD0, 0xA8, 0x6F, 0x3D, 0x05, 0xFE, 0xD0, 0x11, 0x9D,
                                               0xDA, 0x00, 0xC0, 0x4F, 0xD7, 0xBA, 0x7C}};

struct seen {
    uint16_t id;
    bool classic;
    bool has_session;
    uint8_t first; /* of the payload; 0: none */
    uint32_t pid;
    uint64_t time_ft, start_key;
    size_t payload_len, sid_len;
};

struct consumer {
    struct etw_sim *sim;
    const struct etw_api *api;
    struct mutex *mutex;
    struct cond *wake;
    size_t count;
    struct seen seen[SEEN_MAX];
    bool held; /* the callback waits until it is let go */
    bool in_callback;
    uint64_t trace;
    uint32_t code; /* of process() */
    struct thread *thread;
    struct etw_consumer borrowed; /* by open, until close */
};

static inline void
on_record(void *ctx, const struct etw_record *r)
{
    struct consumer *c = ctx;

    mutex_lock(c->mutex);
    c->in_callback = true;
    while (c->held) {
        cond_wait(c->wake, c->mutex);
    }
    c->in_callback = false;
    if (c->count < SEEN_MAX) {
        c->seen[c->count] = (struct seen){
            .id = r->id,
            .classic = r->classic,
            .has_session = r->has_session,
            .first = r->payload_len > 0 ? r->payload[0] : 0,
            .pid = r->pid,
            .time_ft = r->time_ft,
            .start_key = r->start_key,
            .payload_len = r->payload_len,
            .sid_len = r->sid == NULL ? 0 : r->sid_len,
        };
    }
    c->count++;
    mutex_unlock(c->mutex);
}

static inline struct consumer *
consumer_make(struct etw_sim *sim)
{
    struct consumer *c = mem_zalloc(sizeof(*c));

    assert_non_null(c);
    c->sim = sim;
    c->api = etw_sim_api(sim);
    assert_int_equal(mutex_create(&c->mutex), ERR_OK);
    assert_int_equal(cond_create(&c->wake), ERR_OK);
    return c;
}

static inline void
consumer_free(struct consumer *c)
{
    cond_destroy(c->wake);
    mutex_destroy(c->mutex);
    mem_free(c);
}

static inline void
consume(void *ctx)
{
    struct consumer *c = ctx;

    c->code = c->api->process(c->api->ctx, c->trace);
}

static inline void
consumer_hold(struct consumer *c, bool held)
{
    mutex_lock(c->mutex);
    c->held = held;
    cond_wake_all(c->wake);
    mutex_unlock(c->mutex);
}

static inline void
wait_in_callback(struct consumer *c)
{
    bool in = false;

    while (!in) {
        mutex_lock(c->mutex);
        in = c->in_callback;
        mutex_unlock(c->mutex);
        thread_sleep_ms(1);
    }
}

static inline uint32_t
open_a(struct consumer *c)
{
    c->borrowed = (struct etw_consumer){c, on_record};
    return c->api->open(c->api->ctx, name_a, &c->borrowed, &c->trace);
}

static inline void
consumer_start(struct consumer *c)
{
    static const struct thread_opts opts = {.name = "consumer"};

    assert_int_equal(open_a(c), ETW_OK);
    assert_int_equal(thread_start(&opts, consume, c, &c->thread), ERR_OK);
    while (!etw_sim_is_consumed(c->sim, NAME)) { /* a session that stopped is none to process */
        thread_sleep_ms(1);
    }
}

/* The session has stopped, or the trace was closed. */
static inline void
consumer_join(struct consumer *c)
{
    thread_join(c->thread);
}

static inline uint32_t
close_trace(struct consumer *c)
{
    return c->api->close(c->api->ctx, c->trace);
}

static inline uint32_t
start_with(struct etw_sim *sim, const struct etw_start *in, uint64_t *handle)
{
    const struct etw_api *api = etw_sim_api(sim);

    return api->start(api->ctx, in, handle);
}

/* 4 KB buffers, four of them, flushed each second. */
static inline uint64_t
start_a(struct etw_sim *sim)
{
    struct etw_start in = {.name = name_a,
                           .guid = guid_a,
                           .buffer_kb = 4,
                           .buffers_min = 4,
                           .buffers_max = 4,
                           .flush_s = 1,
                           .mode = ETW_MODE_REAL_TIME};
    uint64_t handle = 0;

    assert_int_equal(start_with(sim, &in, &handle), ETW_OK);
    assert_true(handle != 0);
    return handle;
}

static inline uint32_t
stop_a(struct etw_sim *sim, struct etw_properties *out)
{
    const struct etw_api *api = etw_sim_api(sim);

    return api->stop(api->ctx, 0, name_a, out);
}

static inline uint32_t
enable_with(struct etw_sim *sim, uint64_t session, const struct etw_enable *in)
{
    const struct etw_api *api = etw_sim_api(sim);

    return api->enable(api->ctx, session, in);
}

/* All of it. */
static inline void
enable_all(struct etw_sim *sim, uint64_t session)
{
    struct etw_enable in = {.provider = provider, .control = ETW_ENABLE};

    assert_int_equal(enable_with(sim, session, &in), ETW_OK);
}

static inline struct etw_record
record_of(uint16_t id)
{
    return (struct etw_record){
        .header = ETW_HEADER_EVENT, .provider = provider, .id = id, .level = 4, .ptr_len = 8};
}

static inline size_t
write_id(struct etw_sim *sim, unsigned cpu, uint16_t id)
{
    struct etw_record r = record_of(id);

    return etw_sim_write(sim, cpu, &r);
}

static inline struct etw_sim *
sim_make(void)
{
    struct etw_sim *sim = etw_sim_create();

    assert_non_null(sim);
    return sim;
}

static inline void
expect_ids(const struct consumer *c, const uint16_t *ids, size_t count)
{
    assert_int_equal(c->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(c->seen[i].id, ids[i]);
    }
}

/* Ends a consumer whose session is stopped here. */
static inline void
finish(struct etw_sim *sim, struct consumer *c)
{
    assert_int_equal(stop_a(sim, NULL), ETW_OK);
    consumer_join(c);
    assert_int_equal(c->code, ETW_OK);
    assert_int_equal(close_trace(c), ETW_OK);
}
