/* sim_adapters - looks at simulated adapters, before and after the router comes. */
#include "sim_adapters.h"

#include <stdlib.h>
#include <string.h>

#include "engine/adapter_event.h"
#include "posture_sim.h"
#include "sim_script.h"

#define AT(hour, minute, second) ((hour)*3600u + (minute)*60u + (second))
#define RNDIS_CLASS "USB\\Class_E0&SubClass_01&Prot_03"

/* The address that the router gives belongs to no host (sim_script.h), and no guess comes from its
 * network. */
static const struct sim_adapter {
    unsigned number; /* of posture_sim.h */
    const char *name, *kind, *address, *gateway;
    uint8_t prefix_bits;
    int internet;
    uint32_t came, addressed; /* seconds since SIM_START_FT */
} adapters[] = {
    {1, "Ethernet", "ethernet", "10.0.0.21", "10.0.0.1", 24, 0, AT(7, 0, 0), AT(7, 0, 0)},
    {7, "Ethernet 2", "rndis", "192.31.196.253", "192.31.196.254", 30, 1, AT(9, 12, 0),
     AT(9, 12, 4)},
    {2, "Loopback", "loopback", "127.0.0.1", NULL, 8, 0, AT(7, 0, 0), AT(7, 0, 0)},
};

struct writer {
    struct posture_sim sim;
    struct adapter_snapshot *last;
    uint32_t second;
    struct buf out;
    uint64_t events;
};

static void
must(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "sim_adapters: %s\n", what);
        exit(1);
    }
}

static void
on_change(void *ctx, const struct adapter_change *change)
{
    static struct adapter_event_space space;
    struct writer *w = ctx;
    struct adapter_event_place place;
    struct event ev;
    struct json j;

    if (change->inventory && change->what != ADAPTER_APPEARED) {
        return;
    }
    place.time_ft = SIM_START_FT + w->second * SIM_SECOND;
    place.number = ++w->events;
    adapter_event(change, place, &space, &ev);
    event_set(&ev, host, sv_from(sim_host_names[SIM_PC_A]));
    json_init(&j, &w->out, false);
    event_to_json(&j, NULL, &ev);
    buf_putc(&w->out, '\n');
}

static void
look(struct writer *w, uint32_t second)
{
    struct adapter_snapshot *seen;

    w->second = second;
    must(adapter_snapshot_take(&w->sim.api, w->last, &seen) == ERR_OK, "no memory");
    adapter_diff(w->last, seen, on_change, w);
    adapter_snapshot_free(w->last);
    w->last = seen;
}

static void
address(struct posture_adapter *a, const struct sim_adapter *is)
{
    snprintf(a->name, sizeof(a->name), "%s", is->name);
    a->address_count = a->address_total = a->gateway_count = 0;
    posture_sim_address(a, is->address, is->prefix_bits);
    if (is->gateway != NULL) {
        posture_sim_gateway(a, is->gateway);
    }
}

static void
tell(struct writer *w)
{
    const struct sim_adapter *router = &adapters[1];
    struct posture_adapter *a;

    address(posture_sim_find(&w->sim, 1), &adapters[0]);
    address(posture_sim_find(&w->sim, 2), &adapters[2]);
    look(w, adapters[0].came);
    a = posture_sim_add(&w->sim, router->number, POSTURE_IF_ETHERNET, RNDIS_CLASS);
    snprintf(a->name, sizeof(a->name), "%s", router->name);
    snprintf(a->description, sizeof(a->description), "Remote NDIS Compatible Device");
    look(w, router->came);
    address(a, router);
    look(w, router->addressed);
}

uint64_t
sim_adapters_write(const char *dir)
{
    static struct writer w;
    char path[1024];
    FILE *f;

    buf_init(&w.out, SIZE_MAX);
    must(posture_sim_init(&w.sim) == ERR_OK, "no memory");
    tell(&w);
    posture_sim_fini(&w.sim);
    adapter_snapshot_free(w.last);
    must(buf_err(&w.out) == ERR_OK, "no memory");
    snprintf(path, sizeof(path), "%s/%s/adapters.ndjson", dir, sim_host_names[SIM_PC_A]);
    f = fopen(path, "wb");
    must(f != NULL && fwrite(w.out.data, 1, w.out.len, f) == w.out.len && fclose(f) == 0,
         "cannot write adapters.ndjson");
    buf_fini(&w.out);
    return w.events;
}

static unsigned long long
ft_of(uint32_t second)
{
    return SIM_START_FT + second * SIM_SECOND;
}

void
sim_adapters_truth(FILE *out)
{
    fprintf(out, "  \"adapters\": [");
    for (size_t i = 0; i < COUNT(adapters); i++) {
        const struct sim_adapter *a = &adapters[i];

        fprintf(out,
                "%s\n    {\"host\": \"%s\", \"name\": \"%s\", \"kind\": \"%s\", \"addresses\": "
                "\"%s/%u\", \"gateway\": \"%s\", \"internet\": %s, \"came\": %llu, "
                "\"addressed\": %llu}",
                i == 0 ? "" : ",", sim_host_names[SIM_PC_A], a->name, a->kind, a->address,
                a->prefix_bits, a->gateway == NULL ? "" : a->gateway,
                a->internet ? "true" : "false", ft_of(a->came), ft_of(a->addressed));
    }
    fprintf(out, "\n  ],\n");
}
