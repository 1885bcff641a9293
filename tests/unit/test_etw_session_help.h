/* test_etw_session_help - a session of ours on a simulated ETW, and all that it tells. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "etw/catalog.h"
#include "etw/session.h"
#include "platform/thread.h"
#include "support/etw_sim.h"

#define NOTES_MAX 64
#define S UINT64_C(1000000000)
#define DRAIN_MS 20000u

static const struct etw_guid kernel_process =
    ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716);

struct run {
    struct etw_sim *sim;
    const struct etw_session_row *row;
    struct etw_session *session;
    uint64_t now_ns;
    size_t count;
    struct etw_note note[NOTES_MAX];
    struct mutex *mutex;
    uint64_t records; /* under it */
    bool held;
    struct cond *wake;
};

static inline void
on_record(void *ctx, const struct etw_record *r)
{
    struct run *run = ctx;

    (void)r;
    mutex_lock(run->mutex);
    while (run->held) {
        cond_wait(run->wake, run->mutex);
    }
    run->records++;
    mutex_unlock(run->mutex);
}

static inline void
on_note(void *ctx, const struct etw_note *n)
{
    struct run *run = ctx;

    assert_true(run->count < NOTES_MAX);
    run->note[run->count++] = *n;
}

static inline void
open_run(struct run *run)
{
    const struct etw_session_sink sink = {run, on_record, on_note};

    assert_int_equal(etw_session_create(etw_sim_api(run->sim), run->row, &sink, &run->session),
                     ERR_OK);
}

static inline struct run *
make(enum etw_session_id id)
{
    struct run *run = mem_zalloc(sizeof(*run));

    assert_non_null(run);
    run->sim = etw_sim_create();
    assert_non_null(run->sim);
    run->row = &etw_session_rows[id];
    run->now_ns = S;
    assert_int_equal(mutex_create(&run->mutex), ERR_OK);
    assert_int_equal(cond_create(&run->wake), ERR_OK);
    open_run(run);
    return run;
}

static inline void
step(struct run *run, uint64_t later_ns)
{
    run->now_ns += later_ns;
    etw_session_step(run->session, run->now_ns);
}

static inline enum etw_session_state
state_of(struct run *run)
{
    return etw_session_status(run->session)->state;
}

static inline size_t
notes(const struct run *run, enum etw_note_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < run->count; i++) {
        count += run->note[i].kind == kind;
    }
    return count;
}

static inline const struct etw_note *
last(const struct run *run, enum etw_note_kind kind)
{
    for (size_t i = run->count; i > 0; i--) {
        if (run->note[i - 1].kind == kind) {
            return &run->note[i - 1];
        }
    }
    fail_msg("no note of kind %d", (int)kind);
    return run->note;
}

/* Stops it: nothing of it is left, nothing was misused. */
static inline void
finish(struct run *run)
{
    etw_session_stop(run->session);
    etw_session_destroy(run->session);
    assert_int_equal(etw_sim_session(run->sim, run->row->name), 0);
    assert_int_equal(etw_sim_destroy(run->sim), 0);
    cond_destroy(run->wake);
    mutex_destroy(run->mutex);
    mem_free(run);
}

static inline void
write_starts(struct run *run, unsigned count)
{
    static const uint8_t payload[64] = {1};
    const struct etw_record r = {.header = ETW_HEADER_EVENT,
                                 .provider = kernel_process,
                                 .id = 1,
                                 .level = 4,
                                 .keyword = 0x10,
                                 .ptr_len = 8,
                                 .payload = payload,
                                 .payload_len = sizeof(payload)};

    for (unsigned i = 0; i < count; i++) {
        (void)etw_sim_write(run->sim, i % 2, &r);
    }
}

/* Of all that was written, once the session's thread is there. */
static inline uint64_t
records(struct run *run)
{
    for (unsigned i = 0; i < 2000 && !etw_sim_is_consumed(run->sim, run->row->name); i++) {
        thread_sleep_ms(5);
    }
    (void)etw_sim_drain(run->sim, DRAIN_MS);
    return etw_session_status(run->session)->records;
}

static inline void
flush(struct run *run)
{
    for (unsigned cpu = 0; cpu < 2; cpu++) {
        (void)etw_sim_flush_cpu(run->sim, run->row->name, cpu);
    }
}
