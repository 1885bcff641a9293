/*
 * net_fold - tells the first of many records about data on one connection.
 *
 * A download is a hundred thousand records of the same two ends. The first of them says all that
 * Kanari asks of them; the next is told after NET_FOLD_SPAN. The table is direct-mapped: two
 * connections on one place push each other out, which tells one more record and loses none. What
 * is told depends on the events alone: no keyed hash here.
 * Memory: fixed.
 */
#pragma once

#include "core/event.h"
#include "core/tm.h"

#define NET_FOLD_SPAN (10 * TM_MIN)
#define NET_FOLD_PLACES 4096u

struct net_fold_end {
    uint64_t addr[2];
    uint64_t port;
};

struct net_fold {
    struct net_fold_place {
        struct net_fold_end low, high; /* whichever end is the remote one */
        uint64_t process;              /* and the transport's letter */
        uint64_t told_ft;
    } place[NET_FOLD_PLACES];
};

void net_fold_init(struct net_fold *f);
/* True when the event is to be left out. Only net_data is ever left out. */
bool net_fold_event(struct net_fold *f, const struct event *ev);
