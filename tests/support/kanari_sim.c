/* kanari_sim - the sensor on a simulated Event Log: the same libraries as the program that ships,
 * another main().
 *
 *   kanari_sim run --log FILE --store FILE [--report FILE] [--since TICKS] [--config FILE]
 *                  [--process ETL] [--network ETL] [--host NAME]
 *       runs until standard input ends; LOG may grow meanwhile. Says "running" and "stopped". A
 *       line on standard input reloads the settings, but for "cpu": it is answered with the
 *       processor time that the simulated Event Log has taken, in ns. Trace files: what the ETW
 *       sessions of a run before have kept.
 *   kanari_sim service --log FILE --store FILE [--report FILE] [--since TICKS] [--config FILE]
 *       the same, run by the Service Control Manager
 *   kanari_sim append LOG FILE.evtx...           records of real logs, as they are
 *   kanari_sim flood LOG FIRST COUNT [PER_SECOND]  failed logons of now, numbered from FIRST
 *   kanari_sim steady LOG FIRST COUNT [PER_SECOND] the same, by SOURCES addresses in turn
 *   kanari_sim past LOG FIRST COUNT SECONDS        these at once, of so many seconds up to now
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tm.h"
#include "evtlog/channels.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "service/event_source.h"
#include "service/sensor.h"
#include "service/service_run.h"
#include "support/etw_load.h"
#include "support/evtlog_load.h"
#include "support/evtlog_shared.h"
#include "support/policy_sim.h"
#include "support/posture_sim.h"
#include "support/report_sim.h"
#include "support/sim_failure.h"

#define LINE_BYTES 128
#define SOURCES 80u /* fewer than a rule has alerts open at once */
#define PLAYBACK_BUFFERS 4096u
#define EVTX_MAX ((size_t)512 * 1024 * 1024)

static int
usage(void)
{
    fputs("usage: kanari_sim run|service --log FILE --store FILE [--report FILE] [--since TICKS] "
          "[--config FILE] [--process ETL] [--network ETL] [--host NAME]\n"
          "       kanari_sim append LOG FILE.evtx...\n"
          "       kanari_sim flood LOG FIRST COUNT [PER_SECOND]\n"
          "       kanari_sim steady LOG FIRST COUNT [PER_SECOND]\n"
          "       kanari_sim past LOG FIRST COUNT SECONDS\n",
          stderr);
    return 2;
}

/* -- append, flood ----------------------------------------------------------------------------- */

static int
append(const char *log, char **files, int count)
{
    for (int i = 0; i < count; i++) {
        struct buf data;
        size_t records;

        buf_init(&data, SIZE_MAX);
        if (file_read_all(files[i], EVTX_MAX, &data)) {
            fprintf(stderr, "kanari_sim: cannot read %s\n", files[i]);
            return 1;
        }
        records = evtlog_load(
            &(struct evtlog_load){.data = (const uint8_t *)data.data, .len = data.len, .to = log});
        printf("%zu %s\n", records, files[i]);
        buf_fini(&data);
    }
    return 0;
}

/* The i-th failure: SIM_FAILURES of one address after the other, or of few addresses in turn. */
static uint64_t
number_of(uint64_t i, bool in_turn)
{
    return in_turn ? i % SOURCES * SIM_FAILURES + i / SOURCES % SIM_FAILURES : i;
}

struct flood {
    const char *log;
    uint64_t first, count;
    uint64_t per_second; /* 0: as fast as may be */
    bool in_turn;
};

static int
flood(const struct flood *f)
{
    uint64_t start_ns = clock_mono_ns();

    for (uint64_t i = 0; i < f->count; i++) {
        while (f->per_second != 0 &&
               (clock_mono_ns() - start_ns) / 1000 * f->per_second < i * UINT64_C(1000000)) {
            thread_sleep_ms(1);
        }
        if (!sim_failure_append(f->log, clock_now_ft(), f->first + number_of(i, f->in_turn))) {
            return 1;
        }
    }
    printf("%" PRIu64 "\n", f->count);
    return 0;
}

static int
past(const char *log, uint64_t first, uint64_t count, uint64_t seconds)
{
    uint64_t now_ft = clock_now_ft();

    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = first + number_of(i, true);

        if (!sim_failure_append(log, now_ft - seconds * TM_SEC / count * (count - i), number)) {
            return 1;
        }
    }
    printf("%" PRIu64 "\n", count);
    return 0;
}

/* -- run, service ------------------------------------------------------------------------------ */

struct systems {
    struct evtlog_shared *evtlog;
    struct report_sim *report;
    struct etw_sim *etw;
    struct policy_sim policy;
    struct posture_sim posture;
    struct sensor *sensor;
};

struct args {
    const char *log, *store, *report, *since, *config, *process, *network, *host;
};

static bool
parse(struct args *a, int argc, char **argv)
{
    for (int i = 2; i + 1 < argc; i += 2) {
        const char **at = strcmp(argv[i], "--log") == 0       ? &a->log
                          : strcmp(argv[i], "--store") == 0   ? &a->store
                          : strcmp(argv[i], "--report") == 0  ? &a->report
                          : strcmp(argv[i], "--since") == 0   ? &a->since
                          : strcmp(argv[i], "--config") == 0  ? &a->config
                          : strcmp(argv[i], "--process") == 0 ? &a->process
                          : strcmp(argv[i], "--network") == 0 ? &a->network
                          : strcmp(argv[i], "--host") == 0    ? &a->host
                                                              : NULL;

        if (at == NULL) {
            return false;
        }
        *at = argv[i + 1];
    }
    return argc % 2 == 0 && a->log != NULL && a->store != NULL;
}

/* As on a Windows that was just set up: the channels are there, and empty. */
static void
make_channels(struct evtlog_shared *shared)
{
    struct evtlog_sim *sim = evtlog_shared_lock(shared);

    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (!channel_all[i].optional) {
            evtlog_sim_set_channel(
                sim, &(struct evtlog_sim_channel){.path = sv_from(channel_all[i].path)});
        }
    }
    evtlog_shared_unlock(shared);
}

/* One processor: what trace files hold is in order. */
static bool
open_etw(struct systems *s, const struct args *a)
{
    const char *const files[] = {a->process, a->network};

    s->etw = etw_sim_create();
    if (s->etw == NULL) {
        return false;
    }
    etw_sim_set_cpus(s->etw, 1);
    if (a->process == NULL && a->network == NULL) {
        return true;
    }
    etw_sim_set_playback(s->etw, PLAYBACK_BUFFERS);
    if (!etw_load_left(s->etw)) {
        return false;
    }
    for (size_t i = 0; i < COUNT(files); i++) {
        if (files[i] != NULL && etw_load_file(s->etw, files[i]) == 0) {
            fprintf(stderr, "kanari_sim: cannot read %s\n", files[i]);
            return false;
        }
    }
    return true;
}

static bool
systems_open(struct systems *s, const struct args *a)
{
    struct sensor_systems systems = {0};

    s->evtlog = evtlog_shared_create(a->log);
    s->report = report_sim_create();
    policy_sim_init(&s->policy);
    if (posture_sim_init(&s->posture) != ERR_OK) {
        return false;
    }
    if (s->report == NULL || s->evtlog == NULL || !open_etw(s, a) ||
        (a->since != NULL && sv_u64(sv_from(a->since), &systems.since_ft))) {
        return false;
    }
    make_channels(s->evtlog);
    report_sim_register(s->report, EVENT_SOURCE_NAME, EVENT_LOG_NAME);
    if (a->report != NULL) {
        report_sim_set_file(s->report, a->report);
    }
    systems.evtlog = evtlog_shared_api(s->evtlog);
    systems.policy = &s->policy.api;
    systems.posture = &s->posture.api;
    systems.report = report_sim_api(s->report);
    systems.host = a->host;
    systems.traces = true;
    systems.etw = etw_sim_api(s->etw);
    return sensor_create(&systems, &s->sensor) == ERR_OK;
}

/* True when nothing was left open. */
static bool
systems_close(struct systems *s)
{
    size_t left;

    sensor_destroy(s->sensor);
    posture_sim_fini(&s->posture);
    left = evtlog_shared_destroy(s->evtlog) + report_sim_destroy(s->report);
    if (s->etw != NULL) {
        left += etw_sim_sessions(s->etw);
        left += etw_sim_destroy(s->etw);
    }
    if (left != 0) {
        fprintf(stderr, "kanari_sim: %zu handles were left open\n", left);
    }
    return left == 0;
}

static void
answer(const struct service_work *work, struct evtlog_shared *evtlog, const char *line)
{
    struct buf why;

    buf_init(&why, SIZE_MAX);
    if (strncmp(line, "cpu", 3) == 0) {
        printf("%" PRIu64 "\n", evtlog_shared_cpu_ns(evtlog));
    } else if (work->reload(work->ctx, &why)) {
        puts("refused");
    }
    fflush(stdout);
    buf_fini(&why);
}

/* Until standard input ends. */
static int
run_console(const struct service_work *work, struct evtlog_shared *evtlog, const struct args *a)
{
    const struct service_start start = {a->store, a->config, true, NULL, NULL};
    char line[LINE_BYTES];
    struct buf why;

    buf_init(&why, SIZE_MAX);
    if (work->start(work->ctx, &start, &why)) {
        fprintf(stderr, "kanari_sim: %s\n", buf_str(&why));
        buf_fini(&why);
        return 1;
    }
    puts("running");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        answer(work, evtlog, line);
    }
    work->stop(work->ctx, "stopped");
    puts("stopped");
    buf_fini(&why);
    return 0;
}

/* By the SCM, which says what fails. */
static void
be_silent(void *ctx, enum tell_tone tone, enum msg id, const struct msg_arg *args, size_t count)
{
    (void)ctx;
    (void)tone;
    (void)id;
    (void)args;
    (void)count;
}

static int
run_service(const struct service_work *work, const struct args *a)
{
    const struct tell tell = {NULL, be_silent};
    const struct service_run r = {.api = scm_api_system(),
                                  .work = work,
                                  .tell = &tell,
                                  .store = a->store,
                                  .config = a->config};

    return service_run(&r) ? 1 : 0;
}

static int
run(const struct args *a, bool service)
{
    struct systems systems = {0};
    int status = 1;

    if (systems_open(&systems, a)) {
        const struct service_work *work = sensor_work(systems.sensor);

        status = service ? run_service(work, a) : run_console(work, systems.evtlog, a);
    }
    return systems_close(&systems) ? status : 1;
}

static int
sim_main(int argc, char **argv)
{
    struct args a = {0};
    uint64_t first, count, rate = 0;

    if (argc >= 2 && strcmp(argv[1], "run") == 0 && parse(&a, argc, argv)) {
        return run(&a, false);
    }
    if (argc >= 2 && strcmp(argv[1], "service") == 0 && parse(&a, argc, argv)) {
        return run(&a, true);
    }
    if (argc >= 4 && strcmp(argv[1], "append") == 0) {
        return append(argv[2], argv + 3, argc - 3);
    }
    if ((argc != 5 && argc != 6) || sv_u64(sv_from(argv[3]), &first) ||
        sv_u64(sv_from(argv[4]), &count) || (argc == 6 && sv_u64(sv_from(argv[5]), &rate))) {
        return usage();
    }
    if (strcmp(argv[1], "flood") == 0 || strcmp(argv[1], "steady") == 0) {
        return flood(&(struct flood){argv[2], first, count, rate, strcmp(argv[1], "steady") == 0});
    }
    if (strcmp(argv[1], "past") == 0 && count > 0) {
        return past(argv[2], first, count, rate);
    }
    return usage();
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, sim_main);
}
