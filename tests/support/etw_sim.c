/* etw_sim - the simulator itself: clients, clock, failures on demand, and what tests look at. */
#include "support/etw_sim_part.h"

#include "core/mem.h"
#include "platform/platform.h"

#define POLL_MS 1u
#define FT_NS 100u /* nanoseconds of a FILETIME tick */
#define OWN_LEVEL 4u
#define OWN_TID 1u

/* -- entering ---------------------------------------------------------------------------------- */

static uint32_t
fault_of(struct etw_sim *sim, enum etw_sim_call call)
{
    struct sim_fault *f = &sim->fault[call];

    sim->calls[call]++;
    if (f->times > 0 && f->n == 0) {
        f->times--;
        return f->code;
    }
    f->n -= f->n > 0;
    return ETW_OK;
}

bool
etw_sim_enter(struct sim_client *client, enum etw_sim_call call, bool done_anyway, uint32_t *code)
{
    mutex_lock(client->sim->mutex);
    if (client->dead) {
        *code = ETW_INVALID_HANDLE;
        mutex_unlock(client->sim->mutex);
        return false;
    }
    *code = fault_of(client->sim, call);
    if (*code != ETW_OK && !done_anyway) {
        mutex_unlock(client->sim->mutex);
        return false;
    }
    return true;
}

void
sim_leave(struct sim_client *client)
{
    mutex_unlock(client->sim->mutex);
}

uint64_t
sim_now_ns(const struct etw_sim *sim)
{
    return sim->manual ? sim->now_ns : clock_mono_ns();
}

uint64_t
sim_now_ft(const struct etw_sim *sim)
{
    return sim->manual ? sim->base_ft + (sim->now_ns - sim->base_ns) / FT_NS : clock_now_ft();
}

/* -- providers of the client's own ------------------------------------------------------------- */

static struct sim_provider *
find_provider(struct sim_client *client, uint64_t handle)
{
    for (size_t i = 0; handle != 0 && i < SIM_PROVIDERS_MAX; i++) {
        struct sim_provider *p = &client->sim->provider[i];

        if (p->handle == handle && p->client == client) {
            return p;
        }
    }
    client->sim->misused++;
    return NULL;
}

static uint32_t
sim_register(void *ctx, const struct etw_guid *guid, uint64_t *provider)
{
    struct sim_client *client = ctx;
    struct sim_provider *p = client->sim->provider;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_PROVIDER_REGISTER, false, &code)) {
        return code;
    }
    while (p < client->sim->provider + SIM_PROVIDERS_MAX && p->handle != 0) {
        p++;
    }
    if (p == client->sim->provider + SIM_PROVIDERS_MAX) {
        code = ETW_NOT_ENOUGH_MEMORY;
    } else {
        *p = (struct sim_provider){++client->sim->serial, client, *guid};
        *provider = p->handle;
    }
    sim_leave(client);
    return code;
}

/* Written by whatever processor: the first. Nobody has enabled it: that is no failure. */
static uint32_t
sim_write(void *ctx, uint64_t provider, uint16_t id, const void *bytes, uint32_t len)
{
    struct sim_client *client = ctx;
    struct sim_provider *p;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_PROVIDER_WRITE, false, &code)) {
        return code;
    }
    p = find_provider(client, provider);
    if (p == NULL) {
        code = ETW_INVALID_HANDLE;
    } else if (len > SIM_EVENT_LEN_MAX) {
        code = SIM_ARITHMETIC_OVERFLOW;
    } else {
        struct etw_record r = {
            .header = ETW_HEADER_EVENT,
            .provider = p->guid,
            .id = id,
            .level = OWN_LEVEL,
            .ptr_len = 8,
            .pid = process_id(),
            .tid = OWN_TID,
            .payload = bytes,
            .payload_len = len,
        };
        size_t taken;

        code = sim_store_all(client->sim, 0, &r, &taken);
    }
    sim_leave(client);
    return code;
}

static uint32_t
sim_unregister(void *ctx, uint64_t provider)
{
    struct sim_client *client = ctx;
    struct sim_provider *p;
    uint32_t fault;

    if (!etw_sim_enter(client, ETW_SIM_PROVIDER_UNREGISTER, true, &fault)) {
        return fault;
    }
    p = find_provider(client, provider);
    if (p != NULL) {
        p->handle = 0;
    } else if (fault == ETW_OK) {
        fault = ETW_INVALID_HANDLE;
    }
    sim_leave(client);
    return fault;
}

/* -- clients ----------------------------------------------------------------------------------- */

static struct sim_client *
client_create(struct etw_sim *sim)
{
    struct sim_client *c = sim->client_count == SIM_CLIENTS_MAX ? NULL : mem_zalloc(sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    c->sim = sim;
    c->api = (struct etw_api){
        .ctx = c,
        .start = sim_session_calls.start,
        .query = sim_session_calls.query,
        .stop = sim_session_calls.stop,
        .flush = sim_session_calls.flush,
        .enable = sim_session_calls.enable,
        .enabled = sim_session_calls.enabled,
        .open = sim_trace_calls.open,
        .process = sim_trace_calls.process,
        .close = sim_trace_calls.close,
        .provider_register = sim_register,
        .provider_write = sim_write,
        .provider_unregister = sim_unregister,
    };
    sim->client[sim->client_count++] = c;
    return c;
}

static void
client_wait(struct etw_sim *sim, const struct sim_client *client)
{
    while (client->processing > 0) {
        mutex_unlock(sim->mutex);
        thread_sleep_ms(POLL_MS);
        mutex_lock(sim->mutex);
    }
}

void
etw_sim_kill(struct etw_sim *sim)
{
    struct sim_client *c;

    mutex_lock(sim->mutex);
    c = sim->client[sim->client_count - 1];
    c->dead = true;
    sim_close_traces(sim, c);
    for (size_t i = 0; i < SIM_PROVIDERS_MAX; i++) {
        if (sim->provider[i].client == c) {
            sim->provider[i].handle = 0;
        }
    }
    client_wait(sim, c);
    (void)client_create(sim);
    mutex_unlock(sim->mutex);
}

const struct etw_api *
etw_sim_api(struct etw_sim *sim)
{
    const struct etw_api *api;

    mutex_lock(sim->mutex);
    api = &sim->client[sim->client_count - 1]->api;
    mutex_unlock(sim->mutex);
    return api;
}

struct etw_sim *
etw_sim_create(void)
{
    struct etw_sim *sim = mem_zalloc(sizeof(*sim));

    if (sim == NULL) {
        return NULL;
    }
    sim->cpus = 2;
    sim->playback_max = ETW_SIM_PLAYBACK_BUFFERS;
    if (mutex_create(&sim->mutex) || client_create(sim) == NULL) {
        (void)etw_sim_destroy(sim);
        return NULL;
    }
    return sim;
}

size_t
sim_open_handles(const struct etw_sim *sim)
{
    size_t count = 0;

    for (size_t i = 0; i < SIM_TRACES_MAX; i++) {
        count += sim->trace[i].handle != 0;
    }
    for (size_t i = 0; i < SIM_PROVIDERS_MAX; i++) {
        count += sim->provider[i].handle != 0;
    }
    return count;
}

size_t
etw_sim_destroy(struct etw_sim *sim)
{
    size_t left;

    if (sim == NULL) {
        return 0;
    }
    left = sim_open_handles(sim) + sim->misused;
    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        if (sim->session[i] != NULL) {
            sim_session_free(sim->session[i]);
        }
    }
    for (size_t i = 0; i < sim->client_count; i++) {
        mem_free(sim->client[i]);
    }
    mutex_destroy(sim->mutex);
    mem_free(sim);
    return left;
}
