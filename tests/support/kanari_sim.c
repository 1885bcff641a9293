/* kanari_sim - the sensor on a simulated Event Log: the same libraries as the program that ships,
 * another main().
 *
 *   kanari_sim run --log FILE --store FILE [--report FILE] [--since TICKS] [--config FILE]
 *       runs until standard input ends; LOG may grow meanwhile. Says "running" and "stopped".
 *   kanari_sim append LOG FILE.evtx...           records of real logs, as they are
 *   kanari_sim flood LOG FIRST COUNT [PER_SECOND]  failed logons of now, numbered from FIRST
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tm.h"
#include "engine/live.h"
#include "evtlog/channels.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "service/event_output.h"
#include "service/event_source.h"
#include "support/evtlog_load.h"
#include "support/evtlog_shared.h"
#include "support/policy_sim.h"
#include "support/report_sim.h"
#include "support/sim_failure.h"

#define EVTX_MAX ((size_t)512 * 1024 * 1024)

static int
usage(void)
{
    fputs("usage: kanari_sim run --log FILE --store FILE [--report FILE] [--since TICKS] "
          "[--config FILE]\n"
          "       kanari_sim append LOG FILE.evtx...\n"
          "       kanari_sim flood LOG FIRST COUNT [PER_SECOND]\n",
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

static int
flood(const char *log, uint64_t first, uint64_t count, uint64_t per_second)
{
    uint64_t start_ns = clock_mono_ns();

    for (uint64_t i = 0; i < count; i++) {
        while (per_second != 0 &&
               (clock_mono_ns() - start_ns) / 1000 * per_second < i * UINT64_C(1000000)) {
            thread_sleep_ms(1);
        }
        if (!sim_failure_append(log, clock_now_ft(), first + i)) {
            return 1;
        }
    }
    printf("%" PRIu64 "\n", count);
    return 0;
}

/* -- run --------------------------------------------------------------------------------------- */

struct systems {
    struct evtlog_shared *evtlog;
    struct report_sim *report;
    struct policy_sim policy;
    struct event_output *output;
};

struct args {
    const char *log, *store, *report, *since, *config;
};

static bool
parse(struct args *a, int argc, char **argv)
{
    for (int i = 2; i + 1 < argc; i += 2) {
        const char **at = strcmp(argv[i], "--log") == 0      ? &a->log
                          : strcmp(argv[i], "--store") == 0  ? &a->store
                          : strcmp(argv[i], "--report") == 0 ? &a->report
                          : strcmp(argv[i], "--since") == 0  ? &a->since
                          : strcmp(argv[i], "--config") == 0 ? &a->config
                                                             : NULL;

        if (at == NULL) {
            return false;
        }
        *at = argv[i + 1];
    }
    return argc % 2 == 0 && a->log != NULL && a->store != NULL;
}

static int
run_live(const struct args *a, const struct systems *s, const struct config *cfg)
{
    struct live_opts opts = {.cfg = cfg,
                             .store_path = a->store,
                             .evtlog = evtlog_shared_api(s->evtlog),
                             .policy = &s->policy.api,
                             .version = "simulated",
                             .output = event_output_live(s->output)};
    struct live *live = NULL;

    if (a->since != NULL && sv_u64(sv_from(a->since), &opts.since_ft)) {
        return usage();
    }
    if (live_start(&opts, &live)) {
        fputs("kanari_sim: cannot start\n", stderr);
        return 1;
    }
    puts("running");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    live_stop(live, "stopped");
    puts("stopped");
    return 0;
}

/* True when nothing was left open. */
static bool
systems_close(struct systems *s)
{
    size_t left;

    event_output_destroy(s->output);
    left = evtlog_shared_destroy(s->evtlog) + report_sim_destroy(s->report);
    if (left != 0) {
        fprintf(stderr, "kanari_sim: %zu handles were left open\n", left);
    }
    return left == 0;
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

static bool
systems_open(struct systems *s, const struct args *a)
{
    s->evtlog = evtlog_shared_create(a->log);
    s->report = report_sim_create();
    policy_sim_init(&s->policy);
    if (s->report == NULL || s->evtlog == NULL) {
        return false;
    }
    make_channels(s->evtlog);
    report_sim_register(s->report, EVENT_SOURCE_NAME, EVENT_LOG_NAME);
    if (a->report != NULL) {
        report_sim_set_file(s->report, a->report);
    }
    return event_output_create(
               &(struct event_output_opts){report_sim_api(s->report), EVENT_SOURCE_NAME, LANG_EN},
               &s->output) == ERR_OK;
}

static int
run(const struct args *a)
{
    struct systems systems = {0};
    struct config *cfg = NULL;
    char why[CONFIG_WHY_MAX] = "out of memory";
    struct buf text;
    enum err err = ERR_OK;
    int status = 1;

    buf_init(&text, CONFIG_FILE_MAX);
    if (a->config != NULL) {
        err = file_read_all(a->config, CONFIG_FILE_MAX, &text);
        err = err ? err : config_parse(buf_sv(&text), &cfg, why);
    } else {
        err = config_create(&cfg);
    }
    if (err || !systems_open(&systems, a)) {
        fprintf(stderr, "kanari_sim: %s\n", why);
    } else {
        status = run_live(a, &systems, cfg);
    }
    config_destroy(cfg);
    buf_fini(&text);
    return systems_close(&systems) ? status : 1;
}

static int
sim_main(int argc, char **argv)
{
    struct args a = {0};
    uint64_t first, count, rate = 0;

    if (argc >= 2 && strcmp(argv[1], "run") == 0 && parse(&a, argc, argv)) {
        return run(&a);
    }
    if (argc >= 4 && strcmp(argv[1], "append") == 0) {
        return append(argv[2], argv + 3, argc - 3);
    }
    if ((argc == 5 || argc == 6) && strcmp(argv[1], "flood") == 0 &&
        sv_u64(sv_from(argv[3]), &first) == ERR_OK && sv_u64(sv_from(argv[4]), &count) == ERR_OK &&
        (argc == 5 || sv_u64(sv_from(argv[5]), &rate) == ERR_OK)) {
        return flood(argv[2], first, count, rate);
    }
    return usage();
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, sim_main);
}
