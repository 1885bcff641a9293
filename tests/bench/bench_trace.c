/*
 * bench_trace - the live sensor under ETW: a paced generator writes processes, images, connections,
 * names and failed SMB logons into the simulated ETW, on two processors; they travel through
 * sessions, queue, hold-back, pipeline and store.
 *
 * 200,000 events a second for 10 s: none may be shed or lost, all are in the store. Four times as
 * many: what was sent is stored, shed and counted, or lost by a session and counted; of failed
 * logons, which are shed last, none. And what 50 and 500 events a second cost.
 *
 * The generator's time is in it: both share the processors with what they measure.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "core/mem.h"
#include "core/tm.h"
#include "engine/live.h"
#include "etw/catalog.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "store/rows.h"
#include "store/status.h"
#include "store/store.h"
#include "support/etl_build.h"
#include "support/etw_sim.h"

#define PACED UINT64_C(200000)
#define FLOOD (4 * PACED)
#define SECONDS 10u
#define QUIET UINT64_C(50)
#define OFFICE UINT64_C(500)
#define COST_SECONDS 30u
#define START_MS 4000u /* until all has been told that a start tells */
#define NS_PER_S UINT64_C(1000000000)
#define STEP_NS UINT64_C(1000000)
#define KINDS 6u
#define SETTLE_MS 8000u /* flush, hold-back, and what the store has still to write */

_Noreturn static void
die(const char *what)
{
    (void)fprintf(stderr, "bench_trace: %s\n", what);
    exit(1);
}

static const struct etw_guid kernel_process =
    ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716);
static const struct etw_guid tcpip = ETW_GUID(0x2f07e2ee, 0x15db, 0x40f1, 0x90ef, 0x9d7ba282188a);
static const struct etw_guid smb = ETW_GUID(0xd48ce617, 0x33a2, 0x4bc3, 0xa5c7, 0x11aa4f29619e);
static const struct etw_guid dns = ETW_GUID(0x1c95126e, 0x7eea, 0x49a9, 0xa3fe, 0xa378b03ddb4d);

/* One of each, whose numbers are changed in place. */
struct sample {
    const char *kind;
    unsigned share; /* of 100 */
    struct etw_record record;
    struct eb payload;
    size_t number_at; /* u32 or port, that makes each its own; 0: none */
    uint64_t sent;
};

static void
make_record(struct sample *s, const struct etw_guid *provider, uint16_t id, uint8_t version)
{
    s->record = (struct etw_record){.header = ETW_HEADER_EVENT,
                                    .provider = *provider,
                                    .id = id,
                                    .version = version,
                                    .level = 4,
                                    .ptr_len = 8,
                                    .pid = 700,
                                    .payload = s->payload.data,
                                    .payload_len = s->payload.len};
}

static void
make_start(struct sample *s)
{
    struct eb *p = &s->payload;

    eb_u32(p, 4000);
    eb_u64(p, 77);
    eb_u64(p, clock_now_ft());
    eb_u32(p, 700);
    eb_u64(p, 7);
    for (unsigned i = 0; i < 4; i++) {
        eb_u32(p, 1);
    }
    eb_sid(p, "S-1-16-8192");
    eb_text16(p, "\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe");
    eb_u64(p, 0);
    eb_text16(p, "");
    eb_text16(p, "");
    make_record(s, &kernel_process, 1, 3);
}

static void
make_image(struct sample *s)
{
    struct eb *p = &s->payload;

    eb_ptr(p, 0x7FF000000000u, 8);
    eb_ptr(p, 0x100000, 8);
    eb_u32(p, 700);
    eb_u32(p, 1);
    eb_u32(p, 2);
    eb_ptr(p, 0x180000000u, 8);
    eb_text16(p, "\\Device\\HarddiskVolume3\\Windows\\System32\\ntdll.dll");
    make_record(s, &kernel_process, 5, 0);
}

static void
make_flow(struct sample *s, uint16_t id)
{
    static const uint8_t here[4] = {192, 168, 1, 9}, there[4] = {198, 18, 0, 7};
    struct eb *p = &s->payload;

    eb_u32(p, EB_SOCKADDR_V4_LEN);
    eb_sockaddr_v4(p, here, 50000);
    eb_u32(p, EB_SOCKADDR_V4_LEN);
    eb_sockaddr_v4(p, there, 443);
    eb_u32(p, 0);
    eb_u32(p, 700);
    eb_u32(p, 1);
    eb_ptr(p, 0x1234, 8);
    make_record(s, &tcpip, id, 0);
}

static void
make_query(struct sample *s)
{
    struct eb *p = &s->payload;

    eb_text16(p, "www.example.com");
    eb_u32(p, 1);
    eb_u64(p, 0);
    eb_u32(p, 0);
    eb_text16(p, "::ffff:198.18.0.7;");
    make_record(s, &dns, 3008, 0);
}

/* SMBServer 551: a logon that failed. */
static void
make_refused(struct sample *s)
{
    struct eb *p = &s->payload;

    eb_guid(p, "{11111111-2222-3333-4444-555555555555}");
    eb_guid(p, "{66666666-2222-3333-4444-555555555555}");
    eb_u32(p, 0xC000006D);
    make_record(s, &smb, 551, 0);
}

static void
make_samples(struct sample s[KINDS])
{
    static const char *const kinds[KINDS] = {"process_start", "image_load", "net_connect",
                                             "net_close",     "dns_query",  "smb_auth_failure"};
    static const unsigned shares[KINDS] = {2, 47, 20, 20, 10, 1};

    for (unsigned i = 0; i < KINDS; i++) {
        s[i] = (struct sample){.kind = kinds[i], .share = shares[i]};
    }
    make_start(&s[0]);
    s[0].number_at = 4;
    make_image(&s[1]);
    make_flow(&s[2], 1033);
    s[2].number_at = 4 + 2; /* the port */
    make_flow(&s[3], 1039);
    s[3].number_at = 4 + 2;
    make_query(&s[4]);
    make_refused(&s[5]);
}

/* -- the generator ----------------------------------------------------------------------------- */

struct generator {
    struct etw_sim *sim;
    struct sample *samples;
    uint64_t rate;
    unsigned seconds;
    uint64_t behind_ns; /* at worst */
    uint64_t cpu_ns;    /* its own */
};

static void
write_one(struct generator *g, uint64_t number)
{
    unsigned place = (unsigned)(number * 37 % 100), i = 0;
    struct sample *s;

    while (place >= g->samples[i].share) {
        place -= g->samples[i++].share;
    }
    s = &g->samples[i];
    if (s->number_at != 0) {
        eb_patch(&s->payload, s->number_at, number, 2);
    }
    s->sent++;
    (void)etw_sim_write(g->sim, (unsigned)(number / 64 % 2), &s->record);
}

static uint64_t
cpu_ns(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0) {
        die("no clock");
    }
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void
generate(void *ctx)
{
    struct generator *g = ctx;
    uint64_t from_ns = clock_mono_ns(), sent = 0, due;

    while (sent < g->rate * g->seconds) {
        uint64_t now_ns = clock_mono_ns();

        due = (now_ns - from_ns) / 1000 * g->rate / (NS_PER_S / 1000);
        due = due < g->rate * g->seconds ? due : g->rate * g->seconds;
        if (due - sent > g->rate / 10) {
            g->behind_ns = (due - sent) * NS_PER_S / g->rate;
        }
        while (sent < due) {
            write_one(g, sent++);
        }
        thread_sleep_ms(g->rate > 1000 ? 1 : 20);
    }
    g->cpu_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* -- the sensor -------------------------------------------------------------------------------- */

static enum err
on_alert(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static uint64_t
count_events(const char *path, const char *kind)
{
    const struct store_filter f = {.kind = sv_from(kind)};
    struct store *s = NULL;
    struct rows *rows = NULL;
    uint64_t count = 0;

    if (store_open(path, STORE_READ, &s) || store_rows(s, ROWS_EVENTS, &f, &rows)) {
        die("the store cannot be read");
    }
    while (rows_next(rows) == ERR_OK) {
        count++;
    }
    rows_close(rows);
    store_close(s);
    return count;
}

/* A number of v_status. */
static uint64_t
fact(const char *path, enum store_status what)
{
    const struct store_filter all = {0};
    struct store *s = NULL;
    struct rows *rows = NULL;
    uint64_t value = 0;

    if (store_open(path, STORE_READ, &s) || store_rows(s, ROWS_STATUS, &all, &rows)) {
        die("the store cannot be read");
    }
    while (rows_next(rows) == ERR_OK) {
        if (sv_eq(rows_cell(rows, 0).text, store_status_name(what)) &&
            sv_u64(rows_cell(rows, 1).text, &value)) {
            die("a status that is no number");
        }
    }
    rows_close(rows);
    store_close(s);
    return value;
}

struct outcome {
    uint64_t sent, stored, shed, lost; /* lost: by the sessions, before they were read */
    uint64_t logons_sent, logons, behind_ms;
    double cpu_percent; /* of one core, the generator's not counted */
};

/* Once the sensor is there. Percent of a core that all of it takes, but for the generator. */
static double
load(struct generator *g)
{
    struct thread *thread = NULL;
    uint64_t before_ns, from_ns, used_ns;

    while (!etw_sim_is_consumed(g->sim, "Kanari-Logon") ||
           !etw_sim_is_consumed(g->sim, "Kanari-Network")) {
        thread_sleep_ms(10);
    }
    thread_sleep_ms(START_MS);
    before_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
    from_ns = clock_mono_ns();
    if (thread_start(&(struct thread_opts){.name = "generator"}, generate, g, &thread)) {
        die("no thread");
    }
    thread_join(thread);
    used_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - before_ns - g->cpu_ns;
    return 100.0 * (double)used_ns / (double)(clock_mono_ns() - from_ns);
}

static struct outcome
run(uint64_t rate, unsigned seconds)
{
    struct sample samples[KINDS];
    struct outcome out = {0};
    struct buf path;
    struct live *live = NULL;
    struct config *cfg = NULL;
    struct generator g = {.samples = samples, .rate = rate, .seconds = seconds};
    struct etw_sim_counts counts;
    struct live_opts o = {.version = "bench", .traces = true, .since_ft = 1, .host = "PC-A"};

    make_samples(samples);
    buf_init(&path, SIZE_MAX);
    g.sim = etw_sim_create();
    if (g.sim == NULL || config_create(&cfg) || path_temp_file(&path)) {
        die("no memory");
    }
    remove(buf_str(&path));
    cfg->store_mb = 1024; /* nothing is rolled up in so short a time */
    o.cfg = cfg;
    o.store_path = buf_str(&path);
    o.etw = etw_sim_api(g.sim);
    o.output.alert = on_alert;
    if (live_start(&o, &live)) {
        die("the sensor does not start");
    }
    out.cpu_percent = load(&g);
    thread_sleep_ms(SETTLE_MS);
    for (size_t i = 0; i < ETW_SESSION_BOOT; i++) {
        if (etw_sim_get_counts(g.sim, etw_session_rows[i].name, &counts)) {
            out.lost += counts.lost + counts.in_lost_buffers;
        }
    }
    live_stop(live, "stopped");
    out.shed = fact(buf_str(&path), STATUS_SHED_TOTAL);
    for (unsigned i = 0; i < KINDS; i++) {
        uint64_t stored = count_events(buf_str(&path), samples[i].kind);

        out.sent += samples[i].sent;
        out.stored += stored;
        if (i == KINDS - 1) {
            out.logons_sent = samples[i].sent;
            out.logons = stored;
        }
        eb_free(&samples[i].payload);
    }
    out.behind_ms = g.behind_ns / 1000000;
    remove(buf_str(&path));
    (void)etw_sim_destroy(g.sim);
    config_destroy(cfg);
    buf_fini(&path);
    return out;
}

static void
show(const char *what, uint64_t rate, bool none_may_be_missing)
{
    struct outcome o = run(rate, SECONDS);
    bool adds_up = o.sent == o.stored + o.shed + o.lost && o.logons == o.logons_sent;
    bool met = adds_up && (!none_may_be_missing || o.shed + o.lost == 0);

    (void)printf("{\"load\": \"%s\", \"events_per_second\": %" PRIu64 ", \"sent\": %" PRIu64
                 ", \"stored\": %" PRIu64 ", \"shed\": %" PRIu64 ", \"lost_by_sessions\": %" PRIu64
                 ", \"logon_failures_sent\": %" PRIu64 ", \"logon_failures_stored\": %" PRIu64
                 ", \"generator_behind_ms\": %" PRIu64 ", \"budget_met\": %s}\n",
                 what, rate, o.sent, o.stored, o.shed, o.lost, o.logons_sent, o.logons, o.behind_ms,
                 met ? "true" : "false");
}

/* Quiet and busy offices. The simulated ETW's own work is in it. */
static void
show_cost(const char *what, uint64_t rate, double percent_max)
{
    struct outcome o = run(rate, COST_SECONDS);

    (void)printf("{\"load\": \"%s\", \"events_per_second\": %" PRIu64
                 ", \"cpu_percent\": %.3f, \"budget_met\": %s}\n",
                 what, rate, o.cpu_percent,
                 o.cpu_percent <= percent_max && o.stored == o.sent ? "true" : "false");
}

int
main(void)
{
    show_cost("quiet", QUIET, 0.1);
    show_cost("office", OFFICE, 1.0);
    show("paced", PACED, true);
    show("four times as many", FLOOD, false);
    return 0;
}
