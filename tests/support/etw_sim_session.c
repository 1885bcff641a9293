/* etw_sim_session - sessions and what they have enabled: StartTrace, ControlTrace, EnableTraceEx2,
 * EnumerateTraceGuidsEx. */
#include "support/etw_sim_part.h"

#include "core/mem.h"

#define LOGGER_ID(handle) ((handle)&0xFFFFu) /* as the kernel's handles have it */

/* -- finding ----------------------------------------------------------------------------------- */

size_t
sim_name_len(const uint16_t *name)
{
    size_t len = 0;

    while (len <= SIM_NAME_MAX && name[len] != 0) {
        len++;
    }
    return len;
}

/* Of ASCII; the kernel folds more. */
static uint16_t
folded(uint16_t unit)
{
    return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + ('a' - 'A')) : unit;
}

static bool
same_name(const uint16_t *a, const uint16_t *b)
{
    size_t i = 0;

    while (a[i] != 0 && folded(a[i]) == folded(b[i])) {
        i++;
    }
    return folded(a[i]) == folded(b[i]);
}

static bool
same_ascii(const uint16_t *a, const char *b)
{
    uint16_t units[SIM_NAME_MAX + 1] = {0};

    for (size_t i = 0; i < SIM_NAME_MAX && b[i] != '\0'; i++) {
        units[i] = (uint8_t)b[i];
    }
    return same_name(a, units);
}

struct sim_session *
sim_find_name(struct etw_sim *sim, const uint16_t *name)
{
    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        if (sim->session[i] != NULL && same_name(sim->session[i]->name, name)) {
            return sim->session[i];
        }
    }
    return NULL;
}

struct sim_session *
sim_find_ascii(struct etw_sim *sim, const char *name)
{
    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        if (sim->session[i] != NULL && same_ascii(sim->session[i]->name, name)) {
            return sim->session[i];
        }
    }
    return NULL;
}

static struct sim_session *
by_logger_id(struct etw_sim *sim, uint64_t handle)
{
    uint64_t id = LOGGER_ID(handle);

    return id == 0 || id > ETW_SIM_SESSIONS_MAX ? NULL : sim->session[id - 1];
}

struct sim_session *
sim_find_handle(struct etw_sim *sim, uint64_t handle)
{
    struct sim_session *s = by_logger_id(sim, handle);

    return s != NULL && s->handle == handle ? s : NULL;
}

struct etw_enable *
sim_find_enable(struct sim_session *s, const struct etw_guid *provider)
{
    for (size_t i = 0; i < s->enable_count; i++) {
        if (sim_guid_same(&s->enable[i].provider, provider)) {
            return &s->enable[i];
        }
    }
    return NULL;
}

/* -- starting ---------------------------------------------------------------------------------- */

static bool
is_reserved(const uint16_t *name)
{
    return same_ascii(name, "NT Kernel Logger") ||
           same_ascii(name, "Circular Kernel Context Logger");
}

/* Two of the eight wait for those they are kept for. */
static bool
no_system_logger(const struct etw_sim *sim)
{
    size_t count = 0;

    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        const struct sim_session *s = sim->session[i];

        count += s != NULL && (s->mode & ETW_MODE_SYSTEM_LOGGER) != 0 && !is_reserved(s->name);
    }
    return count >= ETW_SIM_SYSTEM_LOGGERS_MAX - 2;
}

static bool
guid_runs(const struct etw_sim *sim, const struct etw_guid *guid)
{
    static const struct etw_guid none;

    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        if (sim->session[i] != NULL && sim_guid_same(&sim->session[i]->guid, guid)) {
            return !sim_guid_same(guid, &none); /* none: the system makes one */
        }
    }
    return false;
}

static uint32_t
check_start(struct etw_sim *sim, const struct etw_start *in)
{
    bool system = (in->mode & ETW_MODE_SYSTEM_LOGGER) != 0;

    if (in->name == NULL || in->name[0] == 0) {
        return ETW_INVALID_PARAMETER;
    }
    if (sim_name_len(in->name) > SIM_NAME_MAX) {
        return ETW_BAD_LENGTH;
    }
    if ((in->mode & ETW_MODE_REAL_TIME) == 0) {
        return SIM_BAD_PATHNAME;
    }
    if ((in->kernel_flags != 0 && !system) ||
        (in->buffer_kb != 0 &&
         (in->buffer_kb < SIM_BUFFER_KB_MIN || in->buffer_kb > SIM_BUFFER_KB_MAX)) ||
        (in->buffers_max != 0 && in->buffers_max < in->buffers_min)) {
        return ETW_INVALID_PARAMETER;
    }
    if (sim_find_name(sim, in->name) != NULL || guid_runs(sim, &in->guid)) {
        return ETW_ALREADY_EXISTS;
    }
    if (sim->session_count == ETW_SIM_SESSIONS_MAX ||
        (system && !is_reserved(in->name) && no_system_logger(sim))) {
        return ETW_NO_SYSTEM_RESOURCES;
    }
    return ETW_OK;
}

/* What ETW makes of what was asked for. */
static void
settle(struct etw_sim *sim, const struct etw_start *in, struct sim_session *s)
{
    uint32_t least = 2 * sim->cpus;

    memcpy(s->name, in->name, (sim_name_len(in->name) + 1) * sizeof(*in->name));
    s->guid = in->guid;
    s->mode = in->mode;
    s->kernel_flags = in->kernel_flags;
    s->buffer_kb = in->buffer_kb == 0 ? SIM_BUFFER_KB : in->buffer_kb;
    s->flush_s = in->flush_s == 0 ? 1 : in->flush_s;
    s->buffers_min = in->buffers_min < least ? least : in->buffers_min;
    s->buffers_max = in->buffers_max == 0 ? s->buffers_min + SIM_BUFFERS_MORE : in->buffers_max;
    if (s->buffers_max < s->buffers_min) {
        s->buffers_max = s->buffers_min;
    }
    s->next_flush_ns = sim_now_ns(sim) + (uint64_t)s->flush_s * UINT64_C(1000000000);
}

static void
take_place(struct etw_sim *sim, struct sim_session *s)
{
    size_t i = 0;

    while (sim->session[i] != NULL) {
        i++;
    }
    sim->session[i] = s;
    sim->session_count++;
    s->handle = ++sim->serial << 16 | (i + 1);
}

uint32_t
sim_session_start(struct etw_sim *sim, const struct etw_start *in, struct sim_session **out)
{
    uint32_t code = check_start(sim, in);
    struct sim_session *s;

    if (code != ETW_OK) {
        return code;
    }
    s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return ETW_NOT_ENOUGH_MEMORY;
    }
    settle(sim, in, s);
    if (cond_create(&s->wake) || !sim_buffers_reserve(s)) {
        sim_session_free(s);
        return ETW_NOT_ENOUGH_MEMORY;
    }
    take_place(sim, s);
    *out = s;
    return ETW_OK;
}

void
sim_session_free(struct sim_session *s)
{
    sim_buffers_free(s);
    cond_destroy(s->wake);
    mem_free(s);
}

/* What lies in buffers is still given to who consumes it. */
void
sim_session_stop(struct etw_sim *sim, struct sim_session *s)
{
    sim_flush(sim, s);
    s->stopped = true;
    sim->session[LOGGER_ID(s->handle) - 1] = NULL;
    sim->session_count--;
    cond_wake_all(s->wake);
    if (!s->consumed) {
        sim_session_free(s);
    }
}

/* -- rundowns ---------------------------------------------------------------------------------- */

void
sim_run_down(struct etw_sim *sim, uint64_t session, const struct etw_guid *provider,
             enum etw_sim_rundown why)
{
    for (size_t i = 0; i < sim->rundown_count; i++) {
        struct sim_rundown r = sim->rundown[i];

        if (sim_guid_same(&r.provider, provider)) {
            mutex_unlock(sim->mutex);
            r.fn(r.ctx, sim, session, why);
            mutex_lock(sim->mutex);
        }
    }
}

/* DCStart and DCEnd, without a call of their own. */
static void
run_down_kernel(struct etw_sim *sim, const struct sim_session *s, enum etw_sim_rundown why)
{
    uint64_t handle = s->handle;
    uint32_t flags = (s->mode & ETW_MODE_SYSTEM_LOGGER) != 0 ? s->kernel_flags : 0;

    for (size_t i = 0; i < sim->rundown_count; i++) {
        struct etw_guid class = sim->rundown[i].provider;

        if ((sim_kernel_flag(&class) & flags) != 0) {
            sim_run_down(sim, handle, &class, why);
        }
    }
}

/* -- the calls: sessions ----------------------------------------------------------------------- */

static uint32_t
sim_start(void *ctx, const struct etw_start *in, uint64_t *handle)
{
    struct sim_client *client = ctx;
    struct sim_session *s = NULL;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_START, false, &code)) {
        return code;
    }
    code = sim_session_start(client->sim, in, &s);
    if (code == ETW_OK) {
        *handle = s->handle;
        run_down_kernel(client->sim, s, ETW_SIM_LOGGER_START);
    }
    sim_leave(client);
    return code;
}

void
sim_properties(const struct sim_session *s, struct etw_properties *out)
{
    *out = (struct etw_properties){
        .handle = s->handle,
        .guid = s->guid,
        .buffer_kb = s->buffer_kb,
        .buffers_min = s->buffers_min,
        .buffers_max = s->buffers_max,
        .flush_s = s->flush_s,
        .mode = s->mode,
        .kernel_flags = s->kernel_flags,
        .buffers = (uint32_t)s->pool,
        .buffers_free = (uint32_t)s->free.count,
        .events_lost = s->events_lost,
        .real_time_buffers_lost = s->buffers_lost,
    };
}

static uint32_t
sim_query(void *ctx, const uint16_t *name, struct etw_properties *out)
{
    struct sim_client *client = ctx;
    const struct sim_session *s;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_QUERY, false, &code)) {
        return code;
    }
    s = name == NULL ? NULL : sim_find_name(client->sim, name);
    if (s == NULL) {
        code = name == NULL ? ETW_INVALID_PARAMETER : ETW_INSTANCE_NOT_FOUND;
    } else {
        sim_properties(s, out);
    }
    sim_leave(client);
    return code;
}

static uint32_t
stop_named(struct etw_sim *sim, uint64_t handle, const uint16_t *name, struct etw_properties *out)
{
    struct sim_session *s;

    if (name == NULL && handle == 0) {
        return ETW_INVALID_PARAMETER;
    }
    s = name != NULL ? sim_find_name(sim, name) : sim_find_handle(sim, handle);
    if (s == NULL) {
        return ETW_INSTANCE_NOT_FOUND;
    }
    handle = s->handle;
    run_down_kernel(sim, s, ETW_SIM_LOGGER_STOP);
    s = sim_find_handle(sim, handle);
    if (s == NULL) {
        return ETW_INSTANCE_NOT_FOUND;
    }
    sim_properties(s, out);
    sim_session_stop(sim, s);
    return ETW_OK;
}

static uint32_t
sim_stop(void *ctx, uint64_t handle, const uint16_t *name, struct etw_properties *out)
{
    struct sim_client *client = ctx;
    struct etw_properties last;
    uint32_t code, fault;

    if (!etw_sim_enter(client, ETW_SIM_STOP, true, &fault)) {
        return fault;
    }
    if (fault != ETW_OK && fault != ETW_MORE_DATA) {
        sim_leave(client);
        return fault;
    }
    code = stop_named(client->sim, handle, name, &last);
    sim_leave(client);
    if (code == ETW_OK && fault == ETW_OK && out != NULL) {
        *out = last;
    }
    return fault != ETW_OK ? fault : code;
}

static uint32_t
sim_flush_session(void *ctx, uint64_t handle)
{
    struct sim_client *client = ctx;
    struct sim_session *s;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_FLUSH, false, &code)) {
        return code;
    }
    s = sim_find_handle(client->sim, handle);
    if (s == NULL) {
        code = ETW_INSTANCE_NOT_FOUND;
    } else {
        sim_flush(client->sim, s);
    }
    sim_leave(client);
    return code;
}

/* -- the calls: providers ---------------------------------------------------------------------- */

static size_t
sessions_with(struct etw_sim *sim, const struct etw_guid *provider)
{
    size_t count = 0;

    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        count += sim->session[i] != NULL && sim_find_enable(sim->session[i], provider) != NULL;
    }
    return count;
}

static uint32_t
enable_provider(struct etw_sim *sim, struct sim_session *s, const struct etw_enable *in)
{
    struct etw_enable *e = sim_find_enable(s, &in->provider);

    if (in->id_count > ETW_IDS_MAX) {
        return ETW_INVALID_PARAMETER;
    }
    if (e == NULL && (sessions_with(sim, &in->provider) >= ETW_SIM_PROVIDER_SESSIONS_MAX ||
                      s->enable_count == SIM_ENABLES_MAX)) {
        return ETW_NO_SYSTEM_RESOURCES;
    }
    if (e == NULL) {
        e = &s->enable[s->enable_count++];
    }
    *e = *in;
    return ETW_OK;
}

static uint32_t
control(struct etw_sim *sim, struct sim_session *s, const struct etw_enable *in)
{
    struct etw_enable *e = sim_find_enable(s, &in->provider);

    switch (in->control) {
    case ETW_ENABLE:
        return enable_provider(sim, s, in);
    case ETW_DISABLE:
        if (e != NULL) {
            *e = s->enable[--s->enable_count];
        }
        return ETW_OK;
    case ETW_CAPTURE_STATE:
        if (e != NULL) {
            sim_run_down(sim, s->handle, &in->provider, ETW_SIM_CAPTURE);
        }
        return ETW_OK;
    }
    return ETW_INVALID_PARAMETER;
}

/* A handle that is none: the page names ERROR_INVALID_PARAMETER for no handle, and no other. */
static uint32_t
sim_enable(void *ctx, uint64_t handle, const struct etw_enable *in)
{
    struct sim_client *client = ctx;
    struct sim_session *s;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_ENABLE, false, &code)) {
        return code;
    }
    s = sim_find_handle(client->sim, handle);
    code = s == NULL ? ETW_INVALID_PARAMETER : control(client->sim, s, in);
    sim_leave(client);
    return code;
}

static uint32_t
sim_enabled(void *ctx, uint64_t handle, const struct etw_guid *provider, struct etw_enabled *out)
{
    struct sim_client *client = ctx;
    struct sim_session *s;
    const struct etw_enable *e;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_ENABLED, false, &code)) {
        return code;
    }
    s = by_logger_id(client->sim, handle);
    e = s == NULL ? NULL : sim_find_enable(s, provider);
    if (e == NULL) {
        code = ETW_NOT_FOUND;
    } else {
        *out = (struct etw_enabled){e->level, e->any_keyword, e->all_keyword, e->properties};
    }
    sim_leave(client);
    return code;
}

const struct etw_api sim_session_calls = {
    .start = sim_start,
    .query = sim_query,
    .stop = sim_stop,
    .flush = sim_flush_session,
    .enable = sim_enable,
    .enabled = sim_enabled,
};
