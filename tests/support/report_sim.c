/* report_sim - handles are numbers of the run of the service in which they were opened. */
#include "support/report_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/utf.h"
#include "platform/thread.h"

#define SOURCES_MAX 8u
#define HANDLES_MAX 64u
#define EVENTS_MAX 65536u
#define LINE_LEN_MAX ((size_t)1024 * 1024)

struct handle {
    bool open;
    unsigned run; /* of the service */
    char log[64];
    char source[64];
};

struct failure {
    unsigned after, times;
    uint32_t code;
};

struct report_sim {
    struct report_api api;
    struct mutex *lock;
    struct {
        const char *source, *log;
    } registered[SOURCES_MAX];
    size_t registered_count;
    struct handle handles[HANDLES_MAX];
    struct failure fail[REPORT_SIM_CALLS];
    unsigned calls[REPORT_SIM_CALLS];
    const char *path;
    bool down, full, denied;
    unsigned run;
    size_t bytes_max;
    size_t misuses;
    struct report_sim_event *events;
    size_t count;
};

/* -- texts ------------------------------------------------------------------------------------- */

static size_t
units_of(const uint16_t *text)
{
    size_t len = 0;

    while (text[len] != 0) {
        len++;
    }
    return len;
}

static char *
text_of(const uint16_t *units)
{
    size_t len = units_of(units);
    char *text = malloc(len * UTF8_PER_UNIT_MAX + 1);

    if (text != NULL) {
        text[utf16le_to_utf8(units, len * 2, text, len * UTF8_PER_UNIT_MAX, NULL)] = '\0';
    }
    return text;
}

static void
set_name(char out[64], const char *text)
{
    (void)snprintf(out, 64, "%s", text);
}

/* -- the calls --------------------------------------------------------------------------------- */

/* What a call answers before it does anything. */
static uint32_t
enter(struct report_sim *sim, enum report_sim_call call)
{
    struct failure *f = &sim->fail[call];

    sim->calls[call]++;
    if (f->times > 0 && f->after > 0) {
        f->after--;
    } else if (f->times > 0) {
        f->times--;
        return f->code;
    }
    return sim->down ? (uint32_t)REPORT_RPC_SERVER_UNAVAILABLE : (uint32_t)REPORT_OK;
}

static uint32_t
open_locked(struct report_sim *sim, const char *source, void **out)
{
    const char *log = "Application";
    struct handle *h = NULL;

    if (strcmp(source, "Security") == 0) {
        return REPORT_ACCESS_DENIED;
    }
    for (size_t i = 0; i < sim->registered_count; i++) {
        if (strcmp(sim->registered[i].source, source) == 0) {
            log = sim->registered[i].log;
        }
    }
    for (size_t i = 0; i < HANDLES_MAX && h == NULL; i++) {
        h = sim->handles[i].open ? NULL : &sim->handles[i];
    }
    if (h == NULL) {
        return REPORT_NO_SYSTEM_RESOURCES;
    }
    h->open = true;
    h->run = sim->run;
    set_name(h->log, log);
    set_name(h->source, source);
    *out = h;
    return REPORT_OK;
}

static uint32_t
sim_open(void *ctx, const uint16_t *source, void **out)
{
    struct report_sim *sim = ctx;
    char *name = text_of(source);
    uint32_t code;

    mutex_lock(sim->lock);
    code = enter(sim, REPORT_SIM_OPEN);
    if (code == REPORT_OK) {
        code = name == NULL ? (uint32_t)REPORT_NOT_ENOUGH_MEMORY : open_locked(sim, name, out);
    }
    mutex_unlock(sim->lock);
    free(name);
    return code;
}

static uint32_t
check(const struct report_sim *sim, const struct report_event *e, size_t *bytes)
{
    *bytes = 0;
    if (e->type != REPORT_TYPE_ERROR && e->type != REPORT_TYPE_WARNING &&
        e->type != REPORT_TYPE_INFORMATION && e->type != 0) {
        return REPORT_INVALID_PARAMETER;
    }
    if (e->count > REPORT_STRINGS_MAX) {
        return REPORT_RPC_INVALID_BOUND;
    }
    for (size_t i = 0; i < e->count; i++) {
        size_t units = units_of(e->strings[i]);

        if (units > REPORT_STRING_MAX) {
            return REPORT_RPC_INVALID_BOUND;
        }
        *bytes += 2 * (units + 1);
    }
    return *bytes > sim->bytes_max ? (uint32_t)REPORT_RPC_INVALID_BOUND : (uint32_t)REPORT_OK;
}

static void
put_line(const char *path, const struct report_sim_event *e)
{
    static const char *const types[] = {"information", "error", "warning", "", "information"};
    struct buf line;
    struct json j;
    FILE *f = fopen(path, "ab");

    buf_init(&line, LINE_LEN_MAX);
    json_init(&j, &line, false);
    json_obj(&j, NULL);
    json_str(&j, "log", sv_from(e->log));
    json_str(&j, "source", sv_from(e->source));
    json_str(&j, "type", sv_from(types[e->type]));
    json_u64(&j, "category", e->category);
    json_u64(&j, "id", e->id);
    json_arr(&j, "strings");
    for (size_t i = 0; i < e->count; i++) {
        json_str(&j, NULL, sv_from(e->strings[i]));
    }
    json_arr_end(&j);
    json_obj_end(&j);
    buf_putc(&line, '\n');
    if (f == NULL || buf_err(&line) || fwrite(line.data, 1, line.len, f) != line.len ||
        fclose(f) != 0) {
        abort(); /* a test without its output is no test */
    }
    buf_fini(&line);
}

static void
keep(struct report_sim *sim, const struct handle *h, const struct report_event *in, size_t bytes)
{
    struct report_sim_event *e;

    if (sim->count == EVENTS_MAX) {
        abort();
    }
    e = &sim->events[sim->count];
    set_name(e->log, h->log);
    set_name(e->source, h->source);
    e->type = in->type;
    e->category = in->category;
    e->id = in->id;
    e->count = in->count;
    e->bytes = bytes;
    e->strings = calloc(in->count + 1u, sizeof(*e->strings));
    for (size_t i = 0; i < in->count && e->strings != NULL; i++) {
        e->strings[i] = text_of(in->strings[i]);
    }
    if (sim->path != NULL) {
        put_line(sim->path, e);
    }
    sim->count++;
}

static bool
is_live(struct report_sim *sim, const struct handle *h)
{
    if (!h->open) {
        sim->misuses++;
    }
    return h->open && h->run == sim->run;
}

static uint32_t
sim_report(void *ctx, void *handle, const struct report_event *event)
{
    struct report_sim *sim = ctx;
    size_t bytes = 0;
    uint32_t code;

    mutex_lock(sim->lock);
    code = enter(sim, REPORT_SIM_REPORT);
    if (code == REPORT_OK && !is_live(sim, handle)) {
        code = REPORT_INVALID_HANDLE;
    }
    code = code != REPORT_OK ? code : check(sim, event, &bytes);
    if (code == REPORT_OK && (sim->denied || sim->full)) {
        code = sim->denied ? REPORT_ACCESS_DENIED : REPORT_LOG_FILE_FULL;
    }
    if (code == REPORT_OK) {
        keep(sim, handle, event, bytes);
    }
    mutex_unlock(sim->lock);
    return code;
}

static uint32_t
sim_close(void *ctx, void *handle)
{
    struct report_sim *sim = ctx;
    struct handle *h = handle;
    uint32_t code;

    mutex_lock(sim->lock);
    code = enter(sim, REPORT_SIM_CLOSE);
    if (code == REPORT_OK && !is_live(sim, h)) {
        code = REPORT_INVALID_HANDLE;
    }
    h->open = false; /* a dead one is forgotten too */
    mutex_unlock(sim->lock);
    return code;
}

/* -- life -------------------------------------------------------------------------------------- */

struct report_sim *
report_sim_create(void)
{
    struct report_sim *sim = calloc(1, sizeof(*sim));

    if (sim == NULL) {
        return NULL;
    }
    sim->events = calloc(EVENTS_MAX, sizeof(*sim->events));
    if (sim->events == NULL || mutex_create(&sim->lock) != ERR_OK) {
        free(sim->events);
        free(sim);
        return NULL;
    }
    sim->api =
        (struct report_api){.ctx = sim, .open = sim_open, .report = sim_report, .close = sim_close};
    sim->bytes_max = REPORT_SIM_EVENT_BYTES_MAX;
    return sim;
}

size_t
report_sim_destroy(struct report_sim *sim)
{
    size_t wrong = sim->misuses;

    for (size_t i = 0; i < HANDLES_MAX; i++) {
        wrong += sim->handles[i].open;
    }
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t k = 0; k < sim->events[i].count; k++) {
            free(sim->events[i].strings[k]);
        }
        free(sim->events[i].strings);
    }
    mutex_destroy(sim->lock);
    free(sim->events);
    free(sim);
    return wrong;
}

const struct report_api *
report_sim_api(struct report_sim *sim)
{
    return &sim->api;
}

/* -- what tests set and see -------------------------------------------------------------------- */

void
report_sim_register(struct report_sim *sim, const char *source, const char *log)
{
    mutex_lock(sim->lock);
    if (sim->registered_count == SOURCES_MAX) {
        abort();
    }
    sim->registered[sim->registered_count].source = source;
    sim->registered[sim->registered_count++].log = log;
    mutex_unlock(sim->lock);
}

void
report_sim_set_file(struct report_sim *sim, const char *path)
{
    mutex_lock(sim->lock);
    sim->path = path;
    mutex_unlock(sim->lock);
}

void
report_sim_set_down(struct report_sim *sim, bool down)
{
    mutex_lock(sim->lock);
    sim->run += down && !sim->down;
    sim->down = down;
    mutex_unlock(sim->lock);
}

void
report_sim_set_full(struct report_sim *sim, bool full)
{
    mutex_lock(sim->lock);
    sim->full = full;
    mutex_unlock(sim->lock);
}

void
report_sim_set_denied(struct report_sim *sim, bool denied)
{
    mutex_lock(sim->lock);
    sim->denied = denied;
    mutex_unlock(sim->lock);
}

void
report_sim_set_bytes_max(struct report_sim *sim, size_t max)
{
    mutex_lock(sim->lock);
    sim->bytes_max = max;
    mutex_unlock(sim->lock);
}

void
report_sim_fail(struct report_sim *sim, enum report_sim_call call, unsigned n, unsigned times,
                uint32_t code)
{
    mutex_lock(sim->lock);
    sim->fail[call] = (struct failure){n, times, code};
    mutex_unlock(sim->lock);
}

size_t
report_sim_count(struct report_sim *sim)
{
    size_t count;

    mutex_lock(sim->lock);
    count = sim->count;
    mutex_unlock(sim->lock);
    return count;
}

const struct report_sim_event *
report_sim_event(struct report_sim *sim, size_t at)
{
    const struct report_sim_event *e;

    mutex_lock(sim->lock);
    e = at < sim->count ? &sim->events[at] : NULL;
    mutex_unlock(sim->lock);
    return e;
}

unsigned
report_sim_calls(struct report_sim *sim, enum report_sim_call call)
{
    unsigned calls;

    mutex_lock(sim->lock);
    calls = sim->calls[call];
    mutex_unlock(sim->lock);
    return calls;
}
