/* net_fold - one place a connection. */
#include "engine/net_fold.h"

#include <string.h>

_Static_assert((NET_FOLD_PLACES & (NET_FOLD_PLACES - 1)) == 0, "masked, not divided");

/* Odd, of 64 random bits: it spreads what neighbouring addresses and ports share. */
#define MIX UINT64_C(0x9E3779B97F4A7C15)

void
net_fold_init(struct net_fold *f)
{
    memset(f, 0, sizeof(*f));
}

static size_t
place_of(const struct etw_flow *flow)
{
    uint64_t mixed = flow->pid ^ flow->transport;

    for (size_t i = 0; i < sizeof(flow->ends) / sizeof(flow->ends[0]); i++) {
        mixed = (mixed ^ flow->ends[i]) * MIX;
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed & (NET_FOLD_PLACES - 1);
}

static bool
is_near(uint64_t a_ft, uint64_t b_ft)
{
    return (a_ft > b_ft ? a_ft - b_ft : b_ft - a_ft) < NET_FOLD_SPAN;
}

bool
net_fold_record(struct net_fold *f, const struct etw_record *rec)
{
    struct etw_flow flow;
    struct net_fold_place *place;

    if (rec->time_ft == 0 || !etw_flow_of(rec, &flow)) {
        return false;
    }
    place = &f->place[place_of(&flow)];
    if (place->told_ft != 0 && is_near(place->told_ft, rec->time_ft) &&
        memcmp(&place->flow, &flow, sizeof(flow)) == 0) {
        return true;
    }
    *place = (struct net_fold_place){flow, rec->time_ft};
    return false;
}
