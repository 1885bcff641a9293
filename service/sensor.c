/* sensor - settings in, the live sensor started, what the service found told. */
#include "service/sensor.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "detectors/rules.h"
#include "platform/platform.h"
#include "posture/audit_policy.h"
#include "service/boot_trace.h"
#include "service/event_output.h"
#include "service/event_source.h"
#include "service/service_install.h"

#define PATH_LEN_MAX 65536u
#define STORE_NAME "kanari.db"
#define CONFIG_NAME "kanari.json"

struct sensor {
    struct sensor_systems systems;
    struct service_work work;
    struct live *live; /* NULL: not started */
    struct event_output *output;
    struct buf store_path, config_path;
    bool config_named; /* by whoever started it: then it must be there */
};

/* -- settings ---------------------------------------------------------------------------------- */

/* The settings of the file, or the defaults where there is none. why: one line, with key and line.
 */
MUST_CHECK static enum err
read_config(const struct sensor *s, struct config **out, char why[CONFIG_WHY_MAX])
{
    struct buf text;
    enum err err;

    buf_init(&text, CONFIG_FILE_MAX);
    err = file_read_all(buf_str(&s->config_path), CONFIG_FILE_MAX, &text);
    if (err == ERR_NOTFOUND && !s->config_named) {
        err = config_create(out);
    } else if (err) {
        (void)snprintf(why, CONFIG_WHY_MAX, "%s cannot be read: %s", CONFIG_NAME, err_str(err));
    } else {
        err = config_parse(buf_sv(&text), out, why);
    }
    buf_fini(&text);
    return err;
}

static void
say_refused(struct sensor *s, const char *why)
{
    const struct live_param params[] = {{"why", why}, {NULL, NULL}};

    live_say(s->live, &rule_table[RULE_CONFIG_REFUSED], "", params);
}

/* -- what the service found before the sensor was there ---------------------------------------- */

static void
say_found(struct sensor *s, const struct service_start *in)
{
    for (size_t i = 0; in->privileges != NULL && i < PRIVILEGES_NEEDED; i++) {
        const struct live_param params[] = {{"privilege", privilege_needed[i]}, {NULL, NULL}};

        if (in->privileges->missing[i]) {
            live_say(s->live, &rule_table[RULE_PRIVILEGE_MISSING], privilege_needed[i], params);
        }
    }
    if (in->folder != NULL && in->folder->moved) {
        const struct live_param params[] = {{"from", buf_str(&in->folder->path)},
                                            {"to", buf_str(&in->folder->moved_to)},
                                            {NULL, NULL}};

        live_say(s->live, &rule_table[RULE_DATA_FOLDER_MOVED], "", params);
    }
}

/* -- start and stop ---------------------------------------------------------------------------- */

/* Level by level. On Windows the service has made it (service/data_folder.h). What cannot be made
 * shows when the store is opened. */
static void
make_folder(const char *path)
{
    struct buf level;

    buf_init(&level, PATH_LEN_MAX);
    for (size_t i = 0; path[i] != '\0'; i++) {
        buf_putc(&level, path[i]);
        if (i > 0 && (path[i + 1] == '/' || path[i + 1] == '\0') && !buf_err(&level)) {
            enum err err = dir_make(buf_str(&level));

            (void)err; /* mostly: it is there */
        }
    }
    buf_fini(&level);
}

MUST_CHECK static enum err
put_path(struct buf *out, const char *given, const char *name)
{
    struct buf folder;
    enum err err = ERR_OK;

    buf_clear(out);
    if (given != NULL) {
        buf_puts(out, given);
        return buf_err(out);
    }
    buf_init(&folder, PATH_LEN_MAX);
    err = path_data_dir(&folder);
    if (!err) {
        make_folder(buf_str(&folder));
        path_join(out, buf_str(&folder), name);
        err = buf_err(out);
    }
    buf_fini(&folder);
    return err;
}

/* Where no system keeps events, alerts stay in the store. */
static enum err
no_output(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

MUST_CHECK static enum err
make_output(struct sensor *s, struct live_output *out)
{
    const struct event_output_opts opts = {s->systems.report, EVENT_SOURCE_NAME,
                                           host_lang_is_ja() ? LANG_JA : LANG_EN};
    enum err err;

    *out = (struct live_output){NULL, no_output};
    if (s->systems.report == NULL) {
        return ERR_OK;
    }
    err = event_output_create(&opts, &s->output);
    if (!err) {
        *out = event_output_live(s->output);
    }
    return err;
}

MUST_CHECK static enum err
start_live(struct sensor *s, const struct config *cfg)
{
    struct live_opts opts = {.cfg = cfg,
                             .store_path = buf_str(&s->store_path),
                             .evtlog = s->systems.evtlog,
                             .policy = s->systems.policy,
                             .posture = s->systems.posture,
                             .traces = s->systems.traces,
                             .etw = s->systems.etw,
                             .probes = s->systems.probes,
                             .version = KANARI_VERSION,
                             .host = s->systems.host,
                             .since_ft = s->systems.since_ft};
    enum err err = make_output(s, &opts.output);

    return err ? err : live_start(&opts, &s->live);
}

static void
stop(void *ctx, const char *why)
{
    struct sensor *s = ctx;

    live_stop(s->live, why);
    s->live = NULL;
    event_output_destroy(s->output);
    s->output = NULL;
}

static enum err
start(void *ctx, const struct service_start *in, struct buf *why)
{
    struct sensor *s = ctx;
    char refused[CONFIG_WHY_MAX] = "";
    struct config *cfg = NULL;
    enum err err = put_path(&s->store_path, in->store_path, STORE_NAME);

    s->config_named = in->config_path != NULL;
    if (!err) {
        err = put_path(&s->config_path, in->config_path, CONFIG_NAME);
    }
    if (!err && read_config(s, &cfg, refused)) {
        err = config_create(&cfg);
    }
    if (!err) {
        err = start_live(s, cfg);
    }
    config_destroy(cfg);
    if (err) {
        buf_puts(why, "the sensor cannot start");
        stop(s, "failed");
        return err;
    }
    if (refused[0] != '\0') {
        say_refused(s, refused);
    }
    say_found(s, in);
    return ERR_OK;
}

static enum err
reload(void *ctx, struct buf *why)
{
    struct sensor *s = ctx;
    char refused[CONFIG_WHY_MAX] = "out of memory";
    struct config *cfg = NULL;
    enum err err = read_config(s, &cfg, refused);

    if (!err) {
        err = live_reload(s->live, cfg);
    }
    config_destroy(cfg);
    if (err) {
        buf_puts(why, refused);
        say_refused(s, refused);
    }
    return err;
}

static void
suspend(void *ctx)
{
    struct sensor *s = ctx;

    live_suspend(s->live);
}

static void
resume(void *ctx)
{
    struct sensor *s = ctx;

    live_resume(s->live);
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
sensor_create(const struct sensor_systems *systems, struct sensor **out)
{
    struct sensor *s = mem_zalloc(sizeof(*s));

    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->systems = *systems;
    s->work = (struct service_work){s, start, stop, reload, suspend, resume};
    buf_init(&s->store_path, PATH_LEN_MAX);
    buf_init(&s->config_path, PATH_LEN_MAX);
    *out = s;
    return ERR_OK;
}

void
sensor_destroy(struct sensor *s)
{
    if (s == NULL) {
        return;
    }
    buf_fini(&s->store_path);
    buf_fini(&s->config_path);
    mem_free(s);
}

const struct service_work *
sensor_work(const struct sensor *s)
{
    return &s->work;
}

/* -- what Windows is told ---------------------------------------------------------------------- */

/* The message file lies beside the program. */
static enum err
install_source(void *ctx, const char *program_path, struct buf *why)
{
    char text[REGISTRY_WHY_MAX] = "";
    struct sv name = path_name(program_path);
    struct buf dll;
    enum err err;

    (void)ctx;
    buf_init(&dll, PATH_LEN_MAX);
    buf_put(&dll, program_path, strlen(program_path) - name.len);
    buf_puts(&dll, EVENT_MESSAGES_DLL);
    err = buf_err(&dll);
    if (!err) {
        err = event_source_install(buf_str(&dll), text);
    }
    if (!err) {
        err = boot_trace_install(text);
    }
    buf_puts(why, text);
    buf_fini(&dll);
    return err;
}

/* Both, whatever comes of the first. */
static enum err
remove_source(void *ctx, struct buf *why)
{
    char text[REGISTRY_WHY_MAX] = "";
    char first[REGISTRY_WHY_MAX] = "";
    enum err boot_err = boot_trace_remove(etw_api_system(), first);
    enum err err = event_source_remove(text);

    (void)ctx;
    buf_puts(why, boot_err ? first : text);
    return boot_err ? boot_err : err;
}

const struct service_source sensor_source = {NULL, install_source, remove_source};
