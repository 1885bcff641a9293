/* locals - one block for each computer, found by its id. */
#include "state/locals.h"

#include "core/mem.h"

struct locals {
    const struct config *cfg;
    size_t count;
    struct local **local; /* by host id */
};

enum err
locals_create(const struct config *cfg, struct locals **out)
{
    struct locals *l = mem_zalloc(sizeof(*l));

    if (l == NULL) {
        return ERR_NOMEM;
    }
    l->cfg = cfg;
    l->count = (size_t)cfg->max_hosts + 1;
    l->local = mem_array(l->count, sizeof(struct local *));
    if (l->local == NULL) {
        mem_free(l);
        return ERR_NOMEM;
    }
    *out = l;
    return ERR_OK;
}

void
locals_destroy(struct locals *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->local[i]);
    }
    mem_free(l->local);
    mem_free(l);
}

enum err
locals_get(struct locals *l, uint32_t host_id, struct local **out)
{
    size_t at = host_id < l->count ? host_id : 0;

    if (l->local[at] == NULL) {
        l->local[at] = mem_zalloc(sizeof(**l->local));
        if (l->local[at] == NULL) {
            return ERR_NOMEM;
        }
    }
    *out = l->local[at];
    return ERR_OK;
}

static bool
has_addr(const struct local *local, const struct addr *a)
{
    for (size_t i = 0; i < local->addr_count; i++) {
        if (addr_eq(&local->addr[i], a)) {
            return true;
        }
    }
    return false;
}

void
local_learn_addr(struct local *local, const struct addr *a)
{
    enum addr_class class = addr_classify(a);

    if (class == ADDR_CLASS_NONE || class == ADDR_CLASS_LOOPBACK || class == ADDR_CLASS_MULTICAST ||
        class == ADDR_CLASS_BROADCAST || has_addr(local, a)) {
        return;
    }
    local->addr[local->addr_next] = *a;
    local->addr_next = (local->addr_next + 1) % LOCAL_ADDRS_MAX;
    local->addr_count += local->addr_count < LOCAL_ADDRS_MAX ? 1 : 0;
}

bool
local_has_port(const struct local *local, uint16_t port)
{
    for (size_t i = 0; i < local->port_count; i++) {
        if (local->port[i] == port) {
            return true;
        }
    }
    return false;
}

void
local_learn_port(struct local *local, uint16_t port)
{
    if (port == 0 || local_has_port(local, port)) {
        return;
    }
    local->port[local->port_next] = port;
    local->port_next = (local->port_next + 1) % LOCAL_PORTS_MAX;
    local->port_count += local->port_count < LOCAL_PORTS_MAX ? 1 : 0;
}

bool
locals_own_addr(const struct locals *l, const struct local *local, const struct addr *a)
{
    return has_addr(local, a) || config_prefixes_have(&l->cfg->host_addresses, a) ||
           addr_classify(a) == ADDR_CLASS_LOOPBACK;
}
