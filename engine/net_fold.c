/* net_fold - one place a connection, found by its two ends in either order. */
#include "engine/net_fold.h"

_Static_assert((NET_FOLD_PLACES & (NET_FOLD_PLACES - 1)) == 0, "masked, not divided");

/* Odd constants of 64 random bits: they spread what neighbouring addresses and ports share. */
#define MIX_ADDR UINT64_C(0x9E3779B97F4A7C15)
#define MIX_PORT UINT64_C(0xC2B2AE3D27D4EB4F)

void
net_fold_init(struct net_fold *f)
{
    memset(f, 0, sizeof(*f));
}

static struct net_fold_end
end_of(const struct addr *a, uint16_t port)
{
    struct net_fold_end end = {.port = port};

    memcpy(end.addr, a->bytes, sizeof(end.addr));
    return end;
}

static bool
is_after(const struct net_fold_end *a, const struct net_fold_end *b)
{
    if (a->addr[0] != b->addr[0]) {
        return a->addr[0] > b->addr[0];
    }
    return a->addr[1] != b->addr[1] ? a->addr[1] > b->addr[1] : a->port > b->port;
}

static bool
same_end(const struct net_fold_end *a, const struct net_fold_end *b)
{
    return a->addr[0] == b->addr[0] && a->addr[1] == b->addr[1] && a->port == b->port;
}

static uint64_t
mix(uint64_t mixed, const struct net_fold_end *end)
{
    mixed = (mixed ^ end->addr[0] ^ end->addr[1]) * MIX_ADDR;
    mixed = (mixed ^ mixed >> 32 ^ end->port) * MIX_PORT;
    return mixed ^ mixed >> 32;
}

static bool
is_near(uint64_t a_ft, uint64_t b_ft)
{
    return (a_ft > b_ft ? a_ft - b_ft : b_ft - a_ft) < NET_FOLD_SPAN;
}

bool
net_fold_event(struct net_fold *f, const struct event *ev)
{
    struct net_fold_end src, dst;
    const struct net_fold_end *low, *high;
    struct net_fold_place *place;
    uint64_t process;
    bool swap;

    if (ev->kind != EV_NET_DATA || !event_has(ev, src) || !event_has(ev, dst)) {
        return false;
    }
    src = end_of(&ev->src, event_has(ev, src_port) ? ev->src_port : 0);
    dst = end_of(&ev->dst, event_has(ev, dst_port) ? ev->dst_port : 0);
    swap = is_after(&src, &dst);
    low = swap ? &dst : &src;
    high = swap ? &src : &dst;
    process = (uint64_t)(event_has(ev, transport) ? (uint8_t)ev->transport.p[0] : 0) << 32 |
              (event_has(ev, process_id) ? ev->process_id : 0);
    place = &f->place[mix(mix(process, low), high) & (NET_FOLD_PLACES - 1)];
    if (place->process == process && same_end(&place->low, low) && same_end(&place->high, high) &&
        is_near(place->told_ft, ev->time_ft)) {
        return true;
    }
    *place = (struct net_fold_place){*low, *high, process, ev->time_ft};
    return false;
}
