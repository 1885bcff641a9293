/* exposure - what stops a connection, looked for in the order of the reasons. */
#include "posture/exposure.h"

#define RDP_DEFAULT 3389u

static const char *const verdict_names[] = {
    [EXPOSURE_UNKNOWN] = "unknown",
    [EXPOSURE_REACHED] = "reached",
    [EXPOSURE_OPEN_HERE] = "open_here",
    [EXPOSURE_FILTERED] = "filtered",
};

static const struct {
    const char *name;
    enum exposure_verdict verdict;
} reasons[EXPOSURE_REASON_COUNT] = {
    [EXPOSURE_ACCEPT_SEEN] = {"accept_seen", EXPOSURE_REACHED},
    [EXPOSURE_ADAPTER_DOWN] = {"adapter_down", EXPOSURE_FILTERED},
    [EXPOSURE_NOT_ROUTABLE] = {"address_not_routable", EXPOSURE_FILTERED},
    [EXPOSURE_NO_LISTENER] = {"no_listener", EXPOSURE_FILTERED},
    [EXPOSURE_FIREWALL_BLOCKS] = {"firewall_blocks", EXPOSURE_FILTERED},
    [EXPOSURE_FIREWALL_LOCAL] = {"firewall_local_subnet_only", EXPOSURE_FILTERED},
    [EXPOSURE_LISTENERS_UNKNOWN] = {"listeners_unknown", EXPOSURE_UNKNOWN},
    [EXPOSURE_DUAL_STACK] = {"dual_stack_listener", EXPOSURE_UNKNOWN},
    [EXPOSURE_FIREWALL_UNKNOWN] = {"firewall_unknown", EXPOSURE_UNKNOWN},
    [EXPOSURE_FIREWALL_SOME] = {"firewall_some_remotes", EXPOSURE_UNKNOWN},
    [EXPOSURE_BEHIND_ROUTER] = {"behind_router", EXPOSURE_UNKNOWN},
    [EXPOSURE_BEHIND_CARRIER] = {"behind_carrier_nat", EXPOSURE_UNKNOWN},
    [EXPOSURE_ADDRESS_SPECIAL] = {"address_special", EXPOSURE_UNKNOWN},
    [EXPOSURE_LISTENING_ALLOWED] = {"listening_and_allowed", EXPOSURE_OPEN_HERE},
};

const char *
exposure_verdict_name(enum exposure_verdict verdict)
{
    return verdict_names[verdict];
}

const char *
exposure_reason_name(enum exposure_reason reason)
{
    return reasons[reason].name;
}

/* -- listeners --------------------------------------------------------------------------------- */

enum listening { LISTENING, LISTENING_NOT, LISTENING_UNKNOWN, LISTENING_DUAL };

static bool
is_any(const struct addr *a)
{
    return addr_classify(a) == ADDR_CLASS_NONE;
}

static enum posture_table
table_of(const struct exposure_facts *f, uint8_t family)
{
    if (f->at.protocol == EXPOSURE_TCP) {
        return family == ADDR_V4 ? POSTURE_TCP4 : POSTURE_TCP6;
    }
    return family == ADDR_V4 ? POSTURE_UDP4 : POSTURE_UDP6;
}

/* A listener on this address, or on all of its family. */
static bool
takes(const struct exposure_facts *f, const struct posture_listener *l, enum posture_table table)
{
    return l->table == table && l->port == f->at.port &&
           (is_any(&l->addr) || addr_eq(&l->addr, &f->address->addr));
}

static enum listening
find_listener(const struct exposure_facts *f, uint32_t *pid)
{
    enum posture_table own = table_of(f, f->address->addr.family);
    enum posture_table v6 = table_of(f, ADDR_V6);
    bool dual = false;

    for (size_t i = 0; i < f->listener_count; i++) {
        const struct posture_listener *l = &f->listeners[i];

        if (takes(f, l, own)) {
            *pid = l->pid;
            return LISTENING;
        }
        dual = dual || (l->table == v6 && l->port == f->at.port && is_any(&l->addr));
    }
    if (!f->table_known[own] || !f->table_known[v6]) {
        return LISTENING_UNKNOWN;
    }
    return dual ? LISTENING_DUAL : LISTENING_NOT;
}

/* -- the verdict ------------------------------------------------------------------------------- */

static bool
was_reached(const struct exposure_facts *f)
{
    for (size_t i = 0; i < f->accept_count; i++) {
        const struct exposure_accept *a = &f->accepts[i];

        if (a->at.protocol == f->at.protocol && a->at.port == f->at.port &&
            (!addr_is_set(&a->local) || addr_eq(&a->local, &f->address->addr))) {
            return true;
        }
    }
    return false;
}

/* What the address alone says. LISTENING_ALLOWED: nothing against it. */
static enum exposure_reason
reason_of_address(const struct exposure_facts *f)
{
    switch (addr_classify(&f->address->addr)) {
    case ADDR_CLASS_GLOBAL:
        return EXPOSURE_LISTENING_ALLOWED;
    case ADDR_CLASS_PRIVATE:
        return EXPOSURE_BEHIND_ROUTER;
    case ADDR_CLASS_CGNAT:
        return EXPOSURE_BEHIND_CARRIER;
    case ADDR_CLASS_LOOPBACK:
    case ADDR_CLASS_LINK_LOCAL:
        return EXPOSURE_NOT_ROUTABLE;
    case ADDR_CLASS_NONE:
    case ADDR_CLASS_MULTICAST:
    case ADDR_CLASS_BROADCAST:
    case ADDR_CLASS_DOCUMENTATION:
    case ADDR_CLASS_SPECIAL:
        break;
    }
    return EXPOSURE_ADDRESS_SPECIAL;
}

/* A router that rewrites sources makes the internet look like its own subnet: letting in only that
 * subnet stops the internet at a global address alone. */
static enum exposure_reason
reason_of_gate(const struct exposure_facts *f)
{
    const struct exposure_gate *g = &f->gate;

    if (g->firewall == EXPOSURE_FW_BLOCKS) {
        return EXPOSURE_FIREWALL_BLOCKS;
    }
    if (g->firewall != EXPOSURE_FW_ALLOWS) {
        return EXPOSURE_FIREWALL_UNKNOWN;
    }
    switch (g->remote) {
    case EXPOSURE_FROM_ANY:
        return EXPOSURE_LISTENING_ALLOWED;
    case EXPOSURE_FROM_LOCAL_SUBNET:
        return addr_classify(&f->address->addr) == ADDR_CLASS_GLOBAL ? EXPOSURE_FIREWALL_LOCAL
                                                                     : EXPOSURE_LISTENING_ALLOWED;
    case EXPOSURE_FROM_SOME:
        return EXPOSURE_FIREWALL_SOME;
    case EXPOSURE_FROM_UNKNOWN:
        break;
    }
    return EXPOSURE_FIREWALL_UNKNOWN;
}

static enum exposure_reason
reason_of_listener(const struct exposure_facts *f, uint32_t *pid)
{
    static const enum exposure_reason by_listening[] = {
        [LISTENING] = EXPOSURE_LISTENING_ALLOWED,
        [LISTENING_NOT] = EXPOSURE_NO_LISTENER,
        [LISTENING_UNKNOWN] = EXPOSURE_LISTENERS_UNKNOWN,
        [LISTENING_DUAL] = EXPOSURE_DUAL_STACK,
    };

    return by_listening[find_listener(f, pid)];
}

/* The reasons are in the order of how much they say: the least of them is the answer. */
void
exposure_judge(const struct exposure_facts *f, struct exposure *out)
{
    enum exposure_reason found[5] = {
        EXPOSURE_LISTENING_ALLOWED,
        EXPOSURE_LISTENING_ALLOWED,
    };
    uint32_t pid = 0;

    if (was_reached(f)) {
        found[0] = EXPOSURE_ACCEPT_SEEN;
    }
    if (f->adapter->sys.oper_status != POSTURE_OPER_UP) {
        found[1] = EXPOSURE_ADAPTER_DOWN;
    }
    found[2] = reason_of_address(f);
    found[3] = reason_of_listener(f, &pid);
    found[4] = reason_of_gate(f);
    *out = (struct exposure){.reason = EXPOSURE_LISTENING_ALLOWED, .pid = pid};
    for (size_t i = 0; i < COUNT(found); i++) {
        out->reason = found[i] < out->reason ? found[i] : out->reason;
    }
    out->verdict = reasons[out->reason].verdict;
}

/* -- ports ------------------------------------------------------------------------------------- */

struct list {
    struct exposure_port *out;
    size_t cap;
    size_t count;
    struct exposure_port all[EXPOSURE_PORTS_MAX];
};

static void
add(struct list *l, uint8_t protocol, uint16_t port)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->all[i].protocol == protocol && l->all[i].port == port) {
            return;
        }
    }
    if (l->count < COUNT(l->all)) {
        l->all[l->count] = (struct exposure_port){protocol, port};
        if (l->count < l->cap) {
            l->out[l->count] = l->all[l->count];
        }
        l->count++;
    }
}

size_t
exposure_ports(const uint16_t *rdp, size_t rdp_count, struct exposure_port *out, size_t cap)
{
    static const struct exposure_port others[] = {
        {EXPOSURE_TCP, 445},  {EXPOSURE_TCP, 139}, {EXPOSURE_TCP, 5985}, {EXPOSURE_TCP, 5986},
        {EXPOSURE_TCP, 22},   {EXPOSURE_TCP, 135}, {EXPOSURE_TCP, 5900}, {EXPOSURE_TCP, 1433},
        {EXPOSURE_UDP, 3389}, {EXPOSURE_UDP, 443}, {EXPOSURE_UDP, 3391},
    };
    struct list l = {.out = out, .cap = cap};

    for (size_t i = 0; i < rdp_count && i < POSTURE_RDP_PORT_MAX; i++) {
        add(&l, EXPOSURE_TCP, rdp[i]);
        add(&l, EXPOSURE_UDP, rdp[i]);
    }
    if (rdp_count == 0) {
        add(&l, EXPOSURE_TCP, RDP_DEFAULT);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        add(&l, others[i].protocol, others[i].port);
    }
    return l.count;
}
