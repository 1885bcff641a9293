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

static void
put_end(uint64_t end[3], const struct addr *a, uint16_t port)
{
    memcpy(end, a->bytes, sizeof(a->bytes));
    end[2] = port;
}

static bool
is_after(const uint64_t a[3], const uint64_t b[3])
{
    for (size_t i = 0; i < 2; i++) {
        if (a[i] != b[i]) {
            return a[i] > b[i];
        }
    }
    return a[2] > b[2];
}

static struct net_fold_flow
flow_of(const struct event *ev)
{
    struct net_fold_flow flow;
    uint64_t src[3], dst[3];
    bool swap;

    put_end(src, &ev->src, ev->src_port);
    put_end(dst, &ev->dst, ev->dst_port);
    swap = is_after(src, dst);
    memcpy(flow.end[0], swap ? dst : src, sizeof(src));
    memcpy(flow.end[1], swap ? src : dst, sizeof(dst));
    flow.process = (uint64_t)(ev->transport.len > 0 ? (uint8_t)ev->transport.p[0] : 0) << 32 |
                   (event_has(ev, process_id) ? ev->process_id : 0);
    return flow;
}

static size_t
place_of(const struct net_fold_flow *flow)
{
    uint64_t mixed = flow->process;

    for (size_t i = 0; i < 2; i++) {
        mixed = (mixed ^ flow->end[i][0] ^ flow->end[i][1]) * MIX_ADDR;
        mixed ^= mixed >> 32;
        mixed = (mixed ^ flow->end[i][2]) * MIX_PORT;
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed & (NET_FOLD_PLACES - 1);
}

bool
net_fold_event(struct net_fold *f, const struct event *ev)
{
    struct net_fold_flow flow;
    struct net_fold_place *place;
    uint64_t apart;

    if (ev->kind != EV_NET_DATA || !event_has(ev, src) || !event_has(ev, dst)) {
        return false;
    }
    flow = flow_of(ev);
    place = &f->place[place_of(&flow)];
    apart =
        ev->time_ft > place->told_ft ? ev->time_ft - place->told_ft : place->told_ft - ev->time_ft;
    if (apart < NET_FOLD_SPAN && memcmp(&place->flow, &flow, sizeof(flow)) == 0) {
        return true;
    }
    *place = (struct net_fold_place){flow, ev->time_ft};
    return false;
}
