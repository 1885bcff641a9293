/* main - the program: chooses the command line, and gives it the service. */
#include "cli/cli.h"
#include "core/hash.h"
#include "platform/platform.h"
#include "posture/audit_policy.h"
#include "posture/posture_api.h"
#include "service/sensor.h"
#include "service/service_install.h"
#include "service/service_run.h"
#include "service/trace_probes.h"

/* Names come from attackers: which of them meet in a hash table must not be theirs to choose. */
MUST_CHECK static enum err
seed_tables(void)
{
    uint64_t key[2];
    enum err err = random_bytes(key, sizeof(key));

    if (!err) {
        hash64_seed(key[0], key[1]);
    }
    return err;
}

/* -- the words of the command line --------------------------------------------------------------
 */

MUST_CHECK static enum err
run_service(const struct cli_service_words *words, const struct tell *tell)
{
    const struct sensor_systems systems = {.evtlog = evtlog_api_system(),
                                           .policy = audit_policy_api_system(),
                                           .posture = posture_api_system(),
                                           .report = report_api_system(),
                                           .traces = true,
                                           .etw = etw_api_system(),
                                           .probes = trace_probes_system()};
    struct sensor *sensor = NULL;
    enum err err = sensor_create(&systems, &sensor);

    if (err) {
        return err;
    }
    err = service_run(&(struct service_run){.api = scm_api_system(),
                                            .folders = folder_api_system(),
                                            .privileges = privilege_api_system(),
                                            .work = sensor_work(sensor),
                                            .tell = tell,
                                            .store = words->store,
                                            .config = words->config,
                                            .console = words->console});
    sensor_destroy(sensor);
    return err;
}

static enum err
service_act(void *ctx, enum cli_service_act act, const struct cli_service_words *words,
            const struct tell *tell)
{
    const struct service_manage m = {.api = scm_manage_api_system(),
                                     .source = &sensor_source,
                                     .tell = tell,
                                     .lang = words->lang,
                                     .store = words->store,
                                     .config = words->config};

    (void)ctx;
    switch (act) {
    case CLI_SERVICE_INSTALL:
        return service_install(&m);
    case CLI_SERVICE_UNINSTALL:
        return service_uninstall(&m);
    case CLI_SERVICE_START:
        return service_start(&m);
    case CLI_SERVICE_STOP:
        return service_stop(&m);
    case CLI_SERVICE_RELOAD:
        return service_reload(&m);
    case CLI_SERVICE_RUN:
        break;
    }
    return run_service(words, tell);
}

static int
run(int argc, char **argv)
{
    static const struct cli_service service = {.act = service_act};
    static const char why[] = "kanari: the system gives no random numbers\n";
    struct cli_io io;

    if (seed_tables()) {
        enum err unread = stream_write(STREAM_ERR, why, sizeof(why) - 1);

        (void)unread; /* the exit code tells as well */
        return CLI_INTERNAL;
    }
    cli_io_console(&io);
    io.service = &service;
    return cli_run(argc, argv, &io);
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, run);
}
