/* tracer - from the simulated ETW into the inlet: order, joins, what is shed, what it finds out of
 * itself. */
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
};

/* -- records ----------------------------------------------------------------------------------- */

static void
put(struct bench *b, unsigned cpu, struct etw_record *r, struct eb *payload)
{
    r->ptr_len = 8;
    r->payload = payload->data;
    r->payload_len = payload->len;
    (void)etw_sim_write(b->sim, cpu, r);
    eb_free(payload);
}

/* Kernel-Process 1 v3. */
static void
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
static void
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
static void
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
static void
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

static bool
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

static bool
connect_to_self(void *ctx)
{
    struct bench *b = ctx;

    if (b->child_seen) {
        write_accept(b);
    }
    return true;
}

static struct bench *
make(size_t queue_bytes, bool probes)
{
    struct bench *b = mem_zalloc(sizeof(*b));
    struct tracer_opts o = {.source = LINE, .host = SV("PC-A"), .queue_bytes = queue_bytes};

    assert_non_null(b);
    b->sim = etw_sim_create();
    assert_non_null(b->sim);
    assert_int_equal(inlet_create(LINE + 1, LONG_NS, &b->inlet), ERR_OK);
    o.api = etw_sim_api(b->sim);
    o.inlet = b->inlet;
    o.hold_bytes = queue_bytes == 0 ? 0 : queue_bytes / 2;
    if (probes) {
        o.probes = (struct tracer_probes){b, spawn, connect_to_self};
    }
    assert_int_equal(tracer_create(&o, &b->tracer), ERR_OK);
    assert_int_equal(tracer_start(b->tracer), ERR_OK);
    for (size_t i = 0; i < ETW_SESSION_BOOT; i++) {
        while (!etw_sim_is_consumed(b->sim, etw_session_rows[i].name)) {
            thread_sleep_ms(2);
        }
    }
    return b;
}

/* What ended up nowhere else is stopped: no session is left, nothing was misused. */
static void
finish(struct bench *b)
{
    tracer_stop(b->tracer);
    assert_int_equal(etw_sim_sessions(b->sim), 0);
    tracer_destroy(b->tracer);
    assert_int_equal(etw_sim_destroy(b->sim), 0);
    inlet_destroy(b->inlet);
    mem_free(b);
}

static void
take_event(struct bench *b, struct sv packed)
{
    struct event ev;

    assert_int_equal(event_unpack((const uint8_t *)packed.p, packed.len, &ev), ERR_OK);
    assert_true(sv_eq(ev.host, SV("PC-A")));
    b->events++;
    b->by_kind[ev.kind]++;
    b->out_of_order += ev.time_ft < b->last_ft;
    b->last_ft = ev.time_ft;
    if (b->pipeline != NULL) {
        assert_int_equal(pipeline_event(b->pipeline, &ev, packed), ERR_OK);
    }
}

static void
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

static void
take_until(struct bench *b, size_t events)
{
    uint64_t from_ns = clock_mono_ns();

    while (b->events < events && clock_mono_ns() - from_ns < LONG_NS) {
        take_all(b);
        thread_sleep_ms(5);
    }
    assert_int_equal(b->events, events);
}

/* 1: passed, 0: failed, -1: not told within so long. */
static int
wait_test(struct bench *b, enum tracer_test test, uint64_t limit_ns)
{
    uint64_t from_ns = clock_mono_ns();

    while (clock_mono_ns() - from_ns < limit_ns) {
        take_all(b);
        for (size_t i = 0; i < b->notes; i++) {
            if (b->note[i].kind == TRACER_TESTED && b->note[i].test == test) {
                return b->note[i].passed;
            }
        }
        thread_sleep_ms(20);
    }
    return -1;
}

/* -- a fork tree ------------------------------------------------------------------------------- */

static enum err
on_event(void *ctx, const struct event *ev, struct sv packed)
{
    (void)ctx;
    (void)ev;
    (void)packed;
    return ERR_OK;
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
on_story(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static enum err
on_process(void *ctx, const struct process *p)
{
    struct bench *b = ctx;
    char line[64];

    (void)snprintf(line, sizeof(line), "cmd.exe /c step %u", p->pid);
    b->processes++;
    b->with_command_line += sv_eq(p->command_line, sv_from(line));
    b->exact += p->sequence == p->pid && sv_eq(p->sid, SV("S-1-5-18"));
    return ERR_OK;
}

/* 4,000 processes in bursts, each told twice, by two sessions, on whatever processor. */
static void
every_process_of_a_fork_tree_has_its_command_line(void **state)
{
    const struct pipeline_sink sink = {NULL, on_event, on_attempt, on_alert, on_story, on_process};
    struct bench *b = make(0, false);
    struct pipeline_sink ours = sink;
    struct config *cfg = NULL;
    uint64_t seed = test_seed();

    (void)state;
    ours.ctx = b;
    assert_int_equal(config_create(&cfg), ERR_OK);
    assert_int_equal(pipeline_create(cfg, &ours, &b->pipeline), ERR_OK);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        uint64_t now_ft = clock_now_ft();

        write_classic(b, (unsigned)(next_random(&seed) % 2), FIRST_PID + i, now_ft);
        write_start(b, (unsigned)(next_random(&seed) % 2), FIRST_PID + i, now_ft + TM_SEC / 1000);
        if (i % BURST == BURST - 1) {
            thread_sleep_ms(20);
        }
        take_all(b);
    }
    take_until(b, (size_t)2 * PROCESSES);
    assert_int_equal(pipeline_finish(b->pipeline), ERR_OK);
    assert_int_equal(b->processes, PROCESSES);
    assert_int_equal(b->with_command_line, PROCESSES);
    assert_int_equal(b->exact, PROCESSES);
    assert_int_equal(b->out_of_order, 0);
    pipeline_destroy(b->pipeline);
    config_destroy(cfg);
    finish(b);
}

/* -- more than there is room for --------------------------------------------------------------- */

/* Nobody takes: everything that was sent is delivered later, or counted as shed. */
static void
what_is_sent_is_delivered_or_shed(void **state)
{
    const uint32_t sent = 60000;
    struct bench *b = make(QUEUE_BYTES_MIN * 2, false);
    struct tracer_stats stats;
    struct etw_sim_counts counts;
    uint64_t from_ns;

    (void)state;
    for (uint32_t i = 0; i < sent; i++) {
        write_start(b, i % 2, FIRST_PID + i, clock_now_ft());
        if (i % 400 == 0) { /* the session itself loses nothing */
            (void)etw_sim_drain(b->sim, 10000);
        }
    }
    thread_sleep_ms(1500); /* the last buffers are flushed */
    (void)etw_sim_drain(b->sim, 10000);
    assert_true(etw_sim_get_counts(b->sim, "Kanari-Process", &counts));
    assert_int_equal(counts.lost + counts.in_lost_buffers, 0);
    from_ns = clock_mono_ns();
    do {
        take_all(b);
        tracer_stats(b->tracer, &stats);
        thread_sleep_ms(5);
    } while (b->events + stats.queue.shed[EV_PROCESS_START] < sent &&
             clock_mono_ns() - from_ns < LONG_NS);
    assert_true(stats.queue.shed[EV_PROCESS_START] > 0);
    assert_int_equal(b->by_kind[EV_PROCESS_START] + stats.queue.shed[EV_PROCESS_START], sent);
    finish(b);
}

/* -- what it finds out of itself --------------------------------------------------------------- */

static void
it_sees_its_own_child_and_connection(void **state)
{
    struct bench *b = make(0, true);

    (void)state;
    b->child_seen = true;
    assert_int_equal(wait_test(b, TRACER_TEST_START, LONG_NS), 1);
    assert_int_equal(wait_test(b, TRACER_TEST_COMMAND_LINE, LONG_NS), 1);
    assert_int_equal(wait_test(b, TRACER_TEST_ACCEPT, LONG_NS), 1);
    finish(b);
}

static void
it_says_when_it_does_not_see_its_own_child(void **state)
{
    struct bench *b = make(0, true);

    (void)state;
    assert_int_equal(wait_test(b, TRACER_TEST_START, LONG_NS), 0);
    assert_int_equal(wait_test(b, TRACER_TEST_COMMAND_LINE, LONG_NS), 0);
    finish(b);
}

static void
the_canary_flies_through_each_session(void **state)
{
    struct bench *b = make(0, false);
    struct tracer_stats stats;

    (void)state;
    do {
        take_all(b);
        thread_sleep_ms(50);
        tracer_stats(b->tracer, &stats);
    } while (stats.canary[ETW_SESSION_PROCESS].came < 3 ||
             stats.canary[ETW_SESSION_NETWORK].came < 3 ||
             stats.canary[ETW_SESSION_LOGON].came < 3);
    assert_in_range(stats.canary_sent, 3, 20);
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        assert_int_equal(stats.canary[i].lost, 0);
    }
    assert_in_range(stats.canary[ETW_SESSION_PROCESS].latency_ns, 1, 5000 * MS);
    assert_int_equal(b->events, 0);
    finish(b);
}

/* What the channel brings is not taken twice; while it cannot be read, this is the only telling. */
static void
what_a_channel_delivers_is_left_to_it(void **state)
{
    struct bench *b = make(0, false);
    struct tracer_stats stats;
    size_t smb = 0;

    (void)state;
    while (strcmp(channel_all[smb].path, "Microsoft-Windows-SMBServer/Security") != 0) {
        smb++;
    }
    tracer_channel_is_read(b->tracer, smb, true);
    write_refused(b, 0);
    write_refused(b, 1);
    take_until(b, 1);
    tracer_channel_is_read(b->tracer, smb, false);
    write_refused(b, 1);
    take_until(b, 2);
    assert_int_equal(b->by_kind[EV_SMB_AUTH_FAILURE] + b->by_kind[EV_ANOMALY], 2);
    tracer_stats(b->tracer, &stats);
    assert_int_equal(stats.left, 1);
    finish(b);
}

/* -- notes, life ------------------------------------------------------------------------------- */

static size_t
count_notes(const struct bench *b, enum etw_note_kind what, size_t session)
{
    size_t count = 0;

    for (size_t i = 0; i < b->notes; i++) {
        const struct tracer_note *n = &b->note[i];

        count += n->kind == TRACER_SESSION && n->what == what && n->session == session;
    }
    return count;
}

static void
what_others_do_to_a_session_is_a_note(void **state)
{
    struct bench *b = make(0, false);
    uint64_t from_ns = clock_mono_ns();

    (void)state;
    assert_true(etw_sim_stop_session(b->sim, "Kanari-Network"));
    while (count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_NETWORK) == 0 &&
           clock_mono_ns() - from_ns < LONG_NS) {
        take_all(b);
        thread_sleep_ms(5);
    }
    assert_int_equal(count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_NETWORK), 1);
    assert_int_equal(count_notes(b, ETW_NOTE_STOPPED, ETW_SESSION_PROCESS), 0);
    finish(b);
}

static void
memory_may_run_out_at_any_allocation(void **state)
{
    struct inlet *inlet = NULL;
    struct tracer *t = NULL;
    struct tracer_opts o = {.source = LINE, .host = SV("PC-A")};
    enum err err = ERR_NOMEM;
    size_t n;

    (void)state;
    assert_int_equal(inlet_create(LINE + 1, LONG_NS, &inlet), ERR_OK);
    o.inlet = inlet;
    for (n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = tracer_create(&o, &t);
    }
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 10);
    assert_int_equal(tracer_start(t), ERR_OK); /* without ETW: it says so, and waits for nothing */
    assert_int_equal(tracer_start(t), ERR_OK);
    tracer_stop(t);
    tracer_stop(t);
    tracer_destroy(t);
    tracer_destroy(NULL);
    inlet_destroy(inlet);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_of_a_fork_tree_has_its_command_line),
        cmocka_unit_test(what_is_sent_is_delivered_or_shed),
        cmocka_unit_test(it_sees_its_own_child_and_connection),
        cmocka_unit_test(it_says_when_it_does_not_see_its_own_child),
        cmocka_unit_test(the_canary_flies_through_each_session),
        cmocka_unit_test(what_a_channel_delivers_is_left_to_it),
        cmocka_unit_test(what_others_do_to_a_session_is_a_note),
        cmocka_unit_test(memory_may_run_out_at_any_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
