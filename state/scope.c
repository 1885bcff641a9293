/* scope - the order of the questions behind scope.h. */
#include "state/scope.h"

#define ON_LINK_BYTES 8 /* IPv6: a /64 is one network */

static bool
is_whole_address(const struct addr_prefix *p)
{
    return p->bits == (p->base.family == ADDR_V4 ? 32 : 128);
}

static bool
shares_64(const struct addr *a, const struct addr *b)
{
    return a->family == ADDR_V6 && b->family == ADDR_V6 &&
           memcmp(a->bytes, b->bytes, ON_LINK_BYTES) == 0;
}

static bool
is_on_link(const struct config *cfg, const struct addr *a)
{
    for (size_t i = 0; i < cfg->host_addresses.count; i++) {
        const struct addr_prefix *own = &cfg->host_addresses.item[i];
        if (addr_prefix_has(own, a) || (is_whole_address(own) && shares_64(&own->base, a))) {
            return true;
        }
    }
    return false;
}

bool
scope_is_self(const struct config *cfg, const struct addr *a)
{
    if (addr_classify(a) == ADDR_CLASS_LOOPBACK) {
        return true;
    }
    for (size_t i = 0; i < cfg->host_addresses.count; i++) {
        const struct addr_prefix *own = &cfg->host_addresses.item[i];
        if (is_whole_address(own) && addr_prefix_has(own, a)) {
            return true;
        }
    }
    return false;
}

enum source_scope
scope_of(const struct config *cfg, const struct addr *a)
{
    enum addr_class class = addr_classify(a);

    if (class == ADDR_CLASS_NONE) {
        return SCOPE_NONE;
    }
    if (config_prefixes_have(&cfg->logon_relays, a)) {
        return SCOPE_RELAY;
    }
    if (config_prefixes_have(&cfg->company_prefixes, a) || is_on_link(cfg, a)) {
        return SCOPE_INTERNAL;
    }
    /* No wire carries documentation addresses. In a log they stand for the internet addresses that
     * somebody made unreadable before passing it on. */
    if (class == ADDR_CLASS_GLOBAL || class == ADDR_CLASS_DOCUMENTATION) {
        return SCOPE_INTERNET;
    }
    return SCOPE_INTERNAL;
}
