/* posture_sim - adapters that tests make, and a thread that plays the system's. */
#include "support/posture_sim.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The subscription whose notice runs in this thread. */
static _Thread_local const struct posture_sim_subscription *within;

/* -- what the table reads ---------------------------------------------------------------------- */

static uint32_t
sim_adapters(void *ctx, struct posture_adapter *out, uint32_t cap, uint32_t *total)
{
    struct posture_sim *sim = ctx;

    sim->adapters_calls++;
    if (sim->fail_adapters != POSTURE_OK) {
        return sim->fail_adapters;
    }
    if (sim->adapter_count == 0) {
        return POSTURE_NO_DATA;
    }
    for (uint32_t i = 0; i < sim->adapter_count && i < cap; i++) {
        out[i] = sim->adapters[i];
    }
    *total = sim->adapter_count;
    return POSTURE_OK;
}

static uint32_t
find(const struct posture_sim *sim, const char *guid)
{
    uint32_t i = 0;

    while (i < sim->adapter_count && strcmp(sim->adapters[i].guid, guid) != 0) {
        i++;
    }
    return i;
}

static uint32_t
sim_device(void *ctx, const char *guid, struct posture_device *out)
{
    struct posture_sim *sim = ctx;
    uint32_t i = find(sim, guid);

    sim->device_calls++;
    if (sim->fail_device != POSTURE_OK) {
        return sim->fail_device;
    }
    if (i == sim->adapter_count || !sim->has_device[i]) {
        return POSTURE_NOT_FOUND;
    }
    *out = sim->devices[i];
    return POSTURE_OK;
}

static uint32_t
sim_listeners(void *ctx, enum posture_table table, struct posture_listener *out, uint32_t cap,
              uint32_t *total)
{
    struct posture_sim *sim = ctx;
    uint32_t count = 0;

    if (sim->fail_listeners[table] != POSTURE_OK) {
        return sim->fail_listeners[table];
    }
    for (uint32_t i = 0; i < sim->listener_count; i++) {
        if (sim->listeners[i].table == table) {
            if (count < cap) {
                out[count] = sim->listeners[i];
            }
            count++;
        }
    }
    *total = count;
    return POSTURE_OK;
}

static uint32_t
sim_rdp_ports(void *ctx, uint16_t *out, uint32_t *count)
{
    struct posture_sim *sim = ctx;

    if (sim->fail_rdp != POSTURE_OK) {
        return sim->fail_rdp;
    }
    memcpy(out, sim->rdp_ports, sim->rdp_count * sizeof(*out));
    *count = sim->rdp_count;
    return POSTURE_OK;
}

/* -- notices ----------------------------------------------------------------------------------- */

/* One that is live and waits for a notice of which there is one; locked. */
static void
deliver(struct posture_sim *sim, enum posture_notice what)
{
    sim->pending[what]--;
    for (size_t i = 0; i < POSTURE_SIM_SUBSCRIPTIONS; i++) {
        struct posture_sim_subscription *s = &sim->subscriptions[i];
        struct posture_subscriber call = s->subscriber;

        if (!s->live || s->what != what) {
            continue;
        }
        sim->running = s;
        mutex_unlock(sim->lock);
        within = s;
        call.fn(call.ctx);
        within = NULL;
        mutex_lock(sim->lock);
        sim->running = NULL;
        cond_wake_all(sim->changed);
    }
}

static bool
has_pending(const struct posture_sim *sim)
{
    for (size_t i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        if (sim->pending[i] > 0) {
            return true;
        }
    }
    return false;
}

static void
system_thread(void *ctx)
{
    struct posture_sim *sim = ctx;

    mutex_lock(sim->lock);
    while (!sim->stop) {
        for (size_t i = 0; i < POSTURE_NOTICE_COUNT; i++) {
            if (sim->pending[i] > 0) {
                deliver(sim, (enum posture_notice)i);
            }
        }
        cond_wake_all(sim->changed);
        if (!sim->stop && !has_pending(sim)) {
            cond_wait(sim->changed, sim->lock);
        }
    }
    mutex_unlock(sim->lock);
}

static uint32_t
sim_subscribe(void *ctx, enum posture_notice what, const struct posture_subscriber *subscriber,
              void **out)
{
    struct posture_sim *sim = ctx;
    struct posture_sim_subscription *s = NULL;

    mutex_lock(sim->lock);
    sim->subscribe_calls++;
    for (size_t i = 0; sim->fail_subscribe[what] == POSTURE_OK && i < POSTURE_SIM_SUBSCRIPTIONS;
         i++) {
        if (!sim->subscriptions[i].live) {
            s = &sim->subscriptions[i];
            *s = (struct posture_sim_subscription){sim, *subscriber, what, true};
            break;
        }
    }
    mutex_unlock(sim->lock);
    if (s == NULL) {
        return sim->fail_subscribe[what] == POSTURE_OK ? POSTURE_NOT_ENOUGH_MEMORY
                                                       : sim->fail_subscribe[what];
    }
    *out = s;
    return POSTURE_OK;
}

static uint32_t
sim_cancel(void *ctx, void *subscription)
{
    struct posture_sim *sim = ctx;
    struct posture_sim_subscription *s = subscription;

    mutex_lock(sim->lock);
    sim->cancel_calls++;
    if (within == s) {
        sim->cancels_within++;
        mutex_unlock(sim->lock);
        return POSTURE_INVALID_PARAMETER;
    }
    if (sim->fail_cancel != POSTURE_OK) {
        mutex_unlock(sim->lock);
        return sim->fail_cancel;
    }
    s->live = false;
    while (sim->running == s) {
        cond_wait(sim->changed, sim->lock);
    }
    mutex_unlock(sim->lock);
    return POSTURE_OK;
}

void
posture_sim_notify(struct posture_sim *sim, enum posture_notice what, unsigned count)
{
    mutex_lock(sim->lock);
    sim->pending[what] += count;
    cond_wake_all(sim->changed);
    mutex_unlock(sim->lock);
}

void
posture_sim_settle(struct posture_sim *sim)
{
    mutex_lock(sim->lock);
    while (sim->running != NULL || has_pending(sim)) {
        cond_wait(sim->changed, sim->lock);
    }
    mutex_unlock(sim->lock);
}

/* -- making it --------------------------------------------------------------------------------- */

void
posture_sim_guid(unsigned n, char out[POSTURE_GUID_LEN])
{
    (void)snprintf(out, POSTURE_GUID_LEN, "{%08X-0000-4000-8000-0000000000AA}", n);
}

struct posture_adapter *
posture_sim_find(struct posture_sim *sim, unsigned n)
{
    char guid[POSTURE_GUID_LEN];
    uint32_t i;

    posture_sim_guid(n, guid);
    i = find(sim, guid);
    return i == sim->adapter_count ? NULL : &sim->adapters[i];
}

struct posture_adapter *
posture_sim_add(struct posture_sim *sim, unsigned n, uint32_t if_type, const char *compatible_id)
{
    uint32_t i = sim->adapter_count++;
    struct posture_adapter *a = &sim->adapters[i];
    struct posture_device *d = &sim->devices[i];

    assert(i < POSTURE_SIM_ADAPTERS);
    *a = (struct posture_adapter){.luid = 1000u + n,
                                  .index = n,
                                  .if_type = if_type,
                                  .oper_status = POSTURE_OPER_UP,
                                  .mac_len = 6,
                                  .mac = {2, 0, 0, 0, 0, (uint8_t)n}};
    posture_sim_guid(n, a->guid);
    (void)snprintf(a->name, sizeof(a->name), "Adapter %u", n);
    *d = (struct posture_device){.cut = false};
    sim->has_device[i] = compatible_id != NULL;
    if (compatible_id != NULL) {
        (void)snprintf(d->enumerator, sizeof(d->enumerator), "USB");
        (void)snprintf(d->hardware_ids, sizeof(d->hardware_ids), "USB\\VID_12D1&PID_%04X", n);
        (void)snprintf(d->compatible_ids, sizeof(d->compatible_ids), "%s", compatible_id);
    }
    return a;
}

void
posture_sim_remove(struct posture_sim *sim, unsigned n)
{
    char guid[POSTURE_GUID_LEN];
    uint32_t i;

    posture_sim_guid(n, guid);
    i = find(sim, guid);
    assert(i < sim->adapter_count);
    sim->adapter_count--;
    sim->adapters[i] = sim->adapters[sim->adapter_count];
    sim->devices[i] = sim->devices[sim->adapter_count];
    sim->has_device[i] = sim->has_device[sim->adapter_count];
}

static struct addr
parse(const char *text)
{
    struct addr a = {.family = ADDR_NONE};
    enum err err = addr_parse(sv_from(text), &a);

    assert(err == ERR_OK);
    (void)err;
    return a;
}

void
posture_sim_address(struct posture_adapter *a, const char *text, uint8_t prefix_bits)
{
    if (a->address_count < POSTURE_ADDRESS_MAX) {
        a->addresses[a->address_count++] = (struct posture_address){parse(text), prefix_bits};
    }
    a->address_total++;
}

void
posture_sim_gateway(struct posture_adapter *a, const char *text)
{
    assert(a->gateway_count < POSTURE_GATEWAY_MAX);
    a->gateways[a->gateway_count++] = parse(text);
    a->default_route = true;
}

void
posture_sim_listen(struct posture_sim *sim, enum posture_table table, const char *text,
                   uint16_t port)
{
    assert(sim->listener_count < POSTURE_SIM_LISTENERS);
    sim->listeners[sim->listener_count++] = (struct posture_listener){
        .addr = parse(text), .pid = 4000u + port, .port = port, .table = (uint8_t)table};
}

enum err
posture_sim_init(struct posture_sim *sim)
{
    const struct thread_opts opts = {.name = "system"};
    struct posture_adapter *a;

    memset(sim, 0, sizeof(*sim));
    sim->api = (struct posture_api){sim,           sim_adapters,  sim_device, sim_listeners,
                                    sim_rdp_ports, sim_subscribe, sim_cancel};
    a = posture_sim_add(sim, 1, POSTURE_IF_ETHERNET, NULL);
    posture_sim_address(a, "192.168.1.20", 24);
    posture_sim_gateway(a, "192.168.1.1");
    a = posture_sim_add(sim, 2, POSTURE_IF_LOOPBACK, NULL);
    posture_sim_address(a, "127.0.0.1", 8);
    if (mutex_create(&sim->lock) != ERR_OK || cond_create(&sim->changed) != ERR_OK ||
        thread_start(&opts, system_thread, sim, &sim->thread) != ERR_OK) {
        posture_sim_fini(sim);
        return ERR_NOMEM;
    }
    return ERR_OK;
}

void
posture_sim_fini(struct posture_sim *sim)
{
    if (sim->thread != NULL) {
        mutex_lock(sim->lock);
        sim->stop = true;
        cond_wake_all(sim->changed);
        mutex_unlock(sim->lock);
        thread_join(sim->thread);
    }
    cond_destroy(sim->changed);
    mutex_destroy(sim->lock);
}
