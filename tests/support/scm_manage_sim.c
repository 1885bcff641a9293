/* scm_manage_sim - the simulated database of services; it holds one. */
#include "support/scm_manage_sim.h"

#include <string.h>

#define NS_PER_MS UINT64_C(1000000)
#define ALL_ACCESS UINT32_MAX

/* Counts the call; a code when it is to fail. */
static uint32_t
enter(struct scm_manage_sim *sim, enum manage_sim_call call)
{
    sim->calls[call]++;
    if (sim->fault[call].times == 0) {
        return MANAGE_OK;
    }
    if (sim->fault[call].n > 0) {
        sim->fault[call].n--;
        return MANAGE_OK;
    }
    sim->fault[call].times--;
    return sim->fault[call].code;
}

static uint32_t
take_handle(struct scm_manage_sim *sim, bool manager, uint32_t access, void **out)
{
    for (size_t i = 0; i < COUNT(sim->handle); i++) {
        if (!sim->handle[i].used) {
            sim->handle[i] = (struct manage_sim_handle){true, manager, access};
            sim->open++;
            *out = &sim->handle[i];
            return MANAGE_OK;
        }
    }
    return MANAGE_NOT_ENOUGH_MEMORY;
}

static uint32_t
check(struct scm_manage_sim *sim, void *handle, bool manager, uint32_t access)
{
    const struct manage_sim_handle *h = handle;

    if (h == NULL || !h->used || h->manager != manager) {
        sim->misused++;
        return MANAGE_INVALID_HANDLE;
    }
    if ((h->access & access) != access) {
        sim->misused++; /* whoever asks for too little has a bug */
        return MANAGE_ACCESS_DENIED;
    }
    return MANAGE_OK;
}

/* Time has passed. */
static void
settle(struct scm_manage_sim *sim)
{
    if (sim->now_ns < sim->due_ns) {
        return;
    }
    if (sim->status.state == SCM_START_PENDING) {
        bool fails = sim->start_exit != 0;

        sim->status = (struct scm_status){.state = fails ? SCM_STOPPED : SCM_RUNNING,
                                          .exit_code = sim->start_exit,
                                          .specific_code = sim->start_specific};
    } else if (sim->status.state == SCM_STOP_PENDING) {
        sim->status = (struct scm_status){.state = SCM_STOPPED};
    }
}

static void
keep(char *to, size_t cap, const char *text)
{
    size_t len = strlen(text);

    len = len < cap - 1 ? len : cap - 1;
    memcpy(to, text, len);
    to[len] = '\0';
}

static void
keep_config(struct scm_manage_sim *sim, const struct manage_config *config)
{
    keep(sim->display_name, sizeof(sim->display_name), config->display_name);
    keep(sim->command_line, sizeof(sim->command_line), config->command_line);
    keep(sim->depends_on, sizeof(sim->depends_on), config->depends_on);
    sim->disabled = false;
}

static uint32_t
api_open_manager(void *ctx, uint32_t access, void **out)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_OPEN_MANAGER);

    if (code == MANAGE_OK && sim->not_administrator && (access & MANAGE_SCM_CREATE_SERVICE) != 0) {
        code = MANAGE_ACCESS_DENIED;
    }
    return code == MANAGE_OK ? take_handle(sim, true, access, out) : code;
}

static uint32_t
api_open_service(void *ctx, void *manager, const char *name, uint32_t access, void **out)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_OPEN_SERVICE);

    if (code == MANAGE_OK) {
        code = check(sim, manager, true, MANAGE_SCM_CONNECT);
    }
    if (code == MANAGE_OK && (!sim->installed || strcmp(name, sim->name) != 0)) {
        code = MANAGE_SERVICE_DOES_NOT_EXIST;
    }
    if (code == MANAGE_OK && sim->not_administrator && access != MANAGE_QUERY_STATUS) {
        code = MANAGE_ACCESS_DENIED;
    }
    return code == MANAGE_OK ? take_handle(sim, false, access, out) : code;
}

static uint32_t
api_create(void *ctx, void *manager, const char *name, const struct manage_config *config,
           void **out)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_CREATE);

    if (code == MANAGE_OK) {
        code = check(sim, manager, true, MANAGE_SCM_CREATE_SERVICE);
    }
    if (code == MANAGE_OK && sim->installed) {
        code = sim->marked ? MANAGE_SERVICE_MARKED_FOR_DELETE : MANAGE_SERVICE_EXISTS;
    }
    if (code != MANAGE_OK) {
        return code;
    }
    sim->installed = true;
    sim->status = (struct scm_status){.state = SCM_STOPPED};
    keep(sim->name, sizeof(sim->name), name);
    keep_config(sim, config);
    return take_handle(sim, false, ALL_ACCESS, out);
}

static uint32_t
api_change(void *ctx, void *service, const struct manage_config *config)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_CHANGE);

    if (code == MANAGE_OK) {
        code = check(sim, service, false, MANAGE_CHANGE_CONFIG);
    }
    if (code == MANAGE_OK) {
        code = sim->marked ? MANAGE_SERVICE_MARKED_FOR_DELETE : MANAGE_OK;
    }
    if (code == MANAGE_OK) {
        keep_config(sim, config);
    }
    return code;
}

static uint32_t
api_change_extra(void *ctx, void *service, const struct manage_extra *extra)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_CHANGE_EXTRA);
    bool restart = extra->level == MANAGE_FAILURE_ACTIONS;
    bool new_level =
        extra->level != MANAGE_DESCRIPTION && !restart && extra->level != MANAGE_PRESHUTDOWN;

    if (code == MANAGE_OK) {
        code = check(sim, service, false, MANAGE_CHANGE_CONFIG | (restart ? MANAGE_START : 0));
    }
    if (code == MANAGE_OK && sim->old && new_level) {
        code = MANAGE_INVALID_LEVEL;
    }
    if (code == MANAGE_OK) {
        sim->set[extra->level] = true;
        sim->number[extra->level] = extra->number;
        sim->count[extra->level] = extra->count;
    }
    return code;
}

static uint32_t
api_remove(void *ctx, void *service)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_REMOVE);

    if (code == MANAGE_OK) {
        code = check(sim, service, false, MANAGE_DELETE);
    }
    if (code == MANAGE_OK) {
        code = sim->marked ? MANAGE_SERVICE_MARKED_FOR_DELETE : MANAGE_OK;
        sim->marked = true;
    }
    return code;
}

static uint32_t
start_refusal(const struct scm_manage_sim *sim)
{
    if (sim->marked) {
        return MANAGE_SERVICE_MARKED_FOR_DELETE;
    }
    if (sim->disabled) {
        return MANAGE_SERVICE_DISABLED;
    }
    return sim->status.state == SCM_STOPPED ? MANAGE_OK : MANAGE_SERVICE_ALREADY_RUNNING;
}

static uint32_t
api_start(void *ctx, void *service)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_START);

    settle(sim);
    if (code == MANAGE_OK) {
        code = check(sim, service, false, MANAGE_START);
    }
    if (code == MANAGE_OK) {
        code = start_refusal(sim);
    }
    if (code == MANAGE_OK) {
        sim->status = (struct scm_status){.state = SCM_START_PENDING, .wait_hint_ms = 2000};
        sim->due_ns = sim->now_ns + sim->start_ms * NS_PER_MS;
    }
    return code;
}

static uint32_t
control_refusal(const struct scm_manage_sim *sim)
{
    switch (sim->status.state) {
    case SCM_STOPPED:
        return MANAGE_SERVICE_NOT_ACTIVE;
    case SCM_RUNNING:
        return MANAGE_OK;
    default:
        return MANAGE_SERVICE_CANNOT_ACCEPT_CTRL;
    }
}

static uint32_t
api_control(void *ctx, void *service, uint32_t control)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_CONTROL);

    settle(sim);
    if (code == MANAGE_OK) {
        code = check(sim, service, false,
                     control == SCM_CONTROL_STOP ? MANAGE_STOP : MANAGE_USER_DEFINED_CONTROL);
    }
    if (code == MANAGE_OK) {
        code = control_refusal(sim);
    }
    if (code == MANAGE_OK) {
        sim->last_control = control;
    }
    if (code == MANAGE_OK && control == SCM_CONTROL_STOP) {
        sim->status = (struct scm_status){.state = SCM_STOP_PENDING, .checkpoint = 1};
        sim->due_ns = sim->now_ns + sim->stop_ms * NS_PER_MS;
    }
    return code;
}

static uint32_t
api_query(void *ctx, void *service, struct scm_status *out)
{
    struct scm_manage_sim *sim = ctx;
    uint32_t code = enter(sim, MANAGE_SIM_QUERY);

    settle(sim);
    if (code == MANAGE_OK) {
        code = check(sim, service, false, MANAGE_QUERY_STATUS);
    }
    if (code == MANAGE_OK) {
        *out = sim->status;
    }
    return code;
}

static void
api_close(void *ctx, void *handle)
{
    struct scm_manage_sim *sim = ctx;
    struct manage_sim_handle *h = handle;
    bool service_open = false;

    sim->misused += !h->used;
    sim->open -= h->used;
    h->used = false;
    for (size_t i = 0; i < COUNT(sim->handle); i++) {
        service_open = service_open || (sim->handle[i].used && !sim->handle[i].manager);
    }
    if (sim->marked && !service_open && sim->status.state == SCM_STOPPED) {
        sim->installed = false;
        sim->marked = false;
    }
}

static uint32_t
api_own_path(void *ctx, struct buf *out)
{
    uint32_t code = enter(ctx, MANAGE_SIM_OWN_PATH);

    if (code == MANAGE_OK) {
        buf_puts(out, "C:\\Program Files\\Kanari\\kanari.exe");
    }
    return code != MANAGE_OK ? code : buf_err(out) ? MANAGE_NOT_ENOUGH_MEMORY : MANAGE_OK;
}

static uint32_t
api_full_path(void *ctx, const char *path, struct buf *out)
{
    uint32_t code = enter(ctx, MANAGE_SIM_FULL_PATH);

    if (code == MANAGE_OK) {
        buf_puts(out, "C:\\here\\");
        buf_puts(out, path);
    }
    return code != MANAGE_OK ? code : buf_err(out) ? MANAGE_NOT_ENOUGH_MEMORY : MANAGE_OK;
}

static uint64_t
api_now_ns(void *ctx)
{
    return ((struct scm_manage_sim *)ctx)->now_ns;
}

static void
api_sleep_ms(void *ctx, uint32_t ms)
{
    ((struct scm_manage_sim *)ctx)->now_ns += ms * NS_PER_MS;
}

void
scm_manage_sim_init(struct scm_manage_sim *sim)
{
    *sim = (struct scm_manage_sim){.api = {.ctx = sim,
                                           .open_manager = api_open_manager,
                                           .open_service = api_open_service,
                                           .create = api_create,
                                           .change = api_change,
                                           .change_extra = api_change_extra,
                                           .remove = api_remove,
                                           .start = api_start,
                                           .control = api_control,
                                           .query = api_query,
                                           .close = api_close,
                                           .own_path = api_own_path,
                                           .full_path = api_full_path,
                                           .now_ns = api_now_ns,
                                           .sleep_ms = api_sleep_ms}};
}

void
scm_manage_sim_fail(struct scm_manage_sim *sim, enum manage_sim_call call, unsigned n,
                    unsigned times, uint32_t code)
{
    sim->fault[call].n = n;
    sim->fault[call].times = times;
    sim->fault[call].code = code;
}
