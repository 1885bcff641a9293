/* test_tracer_help - a tracer on the simulated ETW, and an inlet that is emptied by hand. */
#pragma once

#include "test_queue_help.h"

#include <stdio.h>

#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/pipeline.h"
#include "engine/tracer.h"
#include "etw/catalog.h"
#include "evtlog/channels.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/etl_build.h"
#include "support/etw_sim.h"

#define LINE 3u
#define MS UINT64_C(1000000)
#define LONG_NS (UINT64_C(30000) * MS)
#define PROCESSES 4000u
#define BURST 250u
#define FIRST_PID 1000u

static const struct etw_guid kernel_process =
    ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716);
static const struct etw_guid nt_process =
    ETW_GUID(0x3d6fa8d0, 0xfe05, 0x11d0, 0x9dda, 0x00c04fd7ba7c);
static const struct etw_guid tcpip = ETW_GUID(0x2f07e2ee, 0x15db, 0x40f1, 0x90ef, 0x9d7ba282188a);

struct bench {
    struct etw_sim *sim;
    struct inlet *inlet;
    struct tracer *tracer;
    size_t events;
    uint64_t last_ft, out_of_order;
    uint64_t by_kind[EV_COUNT];
    size_t notes;
    struct tracer_note note[256];
    struct pipeline *pipeline; /* or NULL */
    size_t processes, with_command_line, exact;
    bool child_seen; /* what the self-test is to see */
    size_t others;   /* sessions that are not ours */
    size_t late_lines;
};

/* -- records ----------------------------------------------------------------------------------- */

static inline void
put(struct bench *b, unsigned cpu, struct etw_record *r, struct eb *payload)
{
    r->ptr_len = 8;
    r->payload = payload->data;
    r->payload_len = payload->len;
    (void)etw_sim_write(b->sim, cpu, r);
    eb_free(payload);
}

/* Kernel-Process 1 v3. */
static inline void
write_start(struct bench *b, unsigned cpu, uint32_t pid, uint64_t time_ft)
{
    struct eb p = {0};
    struct etw_record r = {.header = ETW_HEADER_EVENT,
                           .time_ft = time_ft,
                           .provider = kernel_process,
                           .id = 1,
                           .version = 3,
                           .level = 4,
                           .keyword = 0x10,
                           .pid = pid - 1};

    eb_u32(&p, pid);
    eb_u64(&p, pid);
    eb_u64(&p, time_ft - 5);
    eb_u32(&p, pid - 1);
    eb_u64(&p, pid - 1);
    eb_u32(&p, 1);
    eb_u32(&p, 0);
    eb_u32(&p, 1);
    eb_u32(&p, 0);
    eb_sid(&p, "S-1-16-8192");
    eb_text16(&p, "\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe");
    eb_u32(&p, 0);
    eb_u32(&p, 0);
    eb_text16(&p, "");
    eb_text16(&p, "");
    put(b, cpu, &r, &p);
}

/* The NT kernel's Process, type 1, version 4. */
static inline void
write_classic(struct bench *b, unsigned cpu, uint32_t pid, uint64_t time_ft)
{
    struct eb p = {0};
    char line[64];
    struct etw_record r = {.header = ETW_HEADER_SYSTEM,
                           .time_ft = time_ft,
                           .provider = nt_process,
                           .id = 1,
                           .opcode = 1,
                           .version = 4,
                           .classic = true,
                           .pid = pid - 1};

    (void)snprintf(line, sizeof(line), "cmd.exe /c step %u", pid);
    eb_ptr(&p, 0xFFFFA00100000000u + pid, 8);
    eb_u32(&p, pid);
    eb_u32(&p, pid - 1);
    eb_u32(&p, 1);
    eb_u32(&p, 0x103);
    eb_ptr(&p, 0x1000, 8);
    eb_u32(&p, 0);
    eb_token_user(&p, "S-1-5-18", 8);
    eb_text8(&p, "cmd.exe");
    eb_text16(&p, line);
    eb_text16(&p, "");
    eb_text16(&p, "");
    put(b, cpu, &r, &p);
}

/* TCPIP 1017 v0, from the loopback. */
static inline void
write_accept(struct bench *b)
{
    static const uint8_t self[4] = {127, 0, 0, 1};
    struct eb p = {0};
    struct etw_record r = {.header = ETW_HEADER_EVENT,
                           .provider = tcpip,
                           .id = 1017,
                           .level = 4,
                           .keyword = UINT64_C(0x400000000),
                           .pid = 4};

    for (unsigned i = 0; i < 2; i++) {
        eb_u32(&p, EB_SOCKADDR_V4_LEN);
        eb_sockaddr_v4(&p, self, i == 0 ? 135 : 50000);
    }
    eb_u32(&p, 0);
    eb_u32(&p, 888);
    eb_u32(&p, 1);
    eb_ptr(&p, 0x1234, 8);
    put(b, 0, &r, &p);
}

/* SMBServer 551, which a channel delivers from version 1 on. */
static inline void
write_refused(struct bench *b, uint8_t version)
{
    struct eb p = {0};
    struct etw_record r = {.header = ETW_HEADER_EVENT,
                           .provider = ETW_GUID(0xd48ce617, 0x33a2, 0x4bc3, 0xa5c7, 0x11aa4f29619e),
                           .id = 551,
                           .version = version,
                           .level = 2,
                           .pid = 4};

    eb_fill(&p, 1, 32);
    eb_u32(&p, 0xC000006D);
    eb_fill(&p, 0, 64);
    put(b, 0, &r, &p);
}

/* -- the bench --------------------------------------------------------------------------------- */

static inline bool
spawn(void *ctx, uint32_t *pid)
{
    struct bench *b = ctx;

    *pid = 777;
    if (b->child_seen) {
        write_start(b, 0, 777, clock_now_ft());
        write_classic(b, 1, 777, clock_now_ft());
    }
    return true;
}

static inline bool
connect_to_self(void *ctx)
{
    struct bench *b = ctx;

    if (b->child_seen) {
        write_accept(b);
    }
    return true;
}

static inline bool
command_line(void *ctx, uint32_t pid, uint64_t started_ft, struct buf *out)
{
    (void)ctx;
    buf_printf(out, "asked %u %s", pid, started_ft != 0 ? "then" : "");
    return pid % 2 == 0; /* the others have ended */
}

struct how {
    size_t queue_bytes;
    bool probes, no_system_logger;
};

/* Six of eight are for anybody. */
static inline void
take_system_loggers(struct etw_sim *sim)
{
    for (uint8_t i = 1; i <= ETW_SIM_SYSTEM_LOGGERS_MAX - 2; i++) {
        const struct etw_guid guid = {{0xAA, i}};
        char name[16];

        (void)snprintf(name, sizeof(name), "Other-%u", i);
        assert_true(etw_sim_add_session(sim, name, &guid,
                                        ETW_MODE_REAL_TIME | ETW_MODE_SYSTEM_LOGGER) != 0);
    }
}

static inline struct bench *
make(const struct how *how)
{
    struct bench *b = mem_zalloc(sizeof(*b));
    struct tracer_opts o = {.source = LINE, .host = SV("PC-A"), .queue_bytes = how->queue_bytes};

    assert_non_null(b);
    b->sim = etw_sim_create();
    assert_non_null(b->sim);
    assert_int_equal(inlet_create(LINE + 1, LONG_NS, &b->inlet), ERR_OK);
    o.api = etw_sim_api(b->sim);
    o.inlet = b->inlet;
    o.hold_bytes = how->queue_bytes / 2;
    if (how->probes) {
        o.probes = (struct tracer_probes){b, spawn, connect_to_self, NULL};
    }
    if (how->no_system_logger) {
        take_system_loggers(b->sim);
        b->others = ETW_SIM_SYSTEM_LOGGERS_MAX - 2;
        o.probes.command_line = command_line;
    }
    assert_int_equal(tracer_create(&o, &b->tracer), ERR_OK);
    assert_int_equal(tracer_start(b->tracer), ERR_OK);
    for (size_t i = 0; i < ETW_SESSION_BOOT; i++) {
        bool comes = i != ETW_SESSION_SYSTEM || !how->no_system_logger;

        while (comes && !etw_sim_is_consumed(b->sim, etw_session_rows[i].name)) {
            thread_sleep_ms(2);
        }
    }
    return b;
}

/* What ended up nowhere else is stopped: no session is left, nothing was misused. */
static inline void
finish(struct bench *b)
{
    tracer_stop(b->tracer);
    assert_int_equal(etw_sim_sessions(b->sim), b->others);
    tracer_destroy(b->tracer);
    assert_int_equal(etw_sim_destroy(b->sim), 0);
    inlet_destroy(b->inlet);
    mem_free(b);
}

static inline void
take_event(struct bench *b, struct sv packed)
{
    struct event ev;

    assert_int_equal(event_unpack((const uint8_t *)packed.p, packed.len, &ev), ERR_OK);
    assert_true(sv_eq(ev.host, SV("PC-A")));
    b->events++;
    b->by_kind[ev.kind]++;
    b->out_of_order += ev.time_ft < b->last_ft;
    b->last_ft = ev.time_ft;
    b->late_lines += event_has(&ev, action) && sv_eq(ev.action, SV("command_line_late")) &&
                     sv_eq(ev.command_line, SV("asked 1000 then"));
    if (b->pipeline != NULL) {
        assert_int_equal(pipeline_event(b->pipeline, &ev, packed), ERR_OK);
    }
}

static inline void
take_all(struct bench *b)
{
    struct inlet_item item;

    while (inlet_take(b->inlet, clock_mono_ns(), &item)) {
        if (item.type == INLET_EVENT) {
            take_event(b, item.data);
        } else if (b->notes < COUNT(b->note)) {
            assert_int_equal(item.data.len, sizeof(struct tracer_note));
            memcpy(&b->note[b->notes++], item.data.p, sizeof(struct tracer_note));
        }
    }
}

static inline void
take_until(struct bench *b, size_t events)
{
    uint64_t from_ns = clock_mono_ns();

    while (b->events < events && clock_mono_ns() - from_ns < LONG_NS) {
        take_all(b);
        thread_sleep_ms(5);
    }
    assert_int_equal(b->events, events);
}
