/*
 * net_fold - tells the first of many records about data on one connection.
 *
 * The first says all that Kanari asks of them; the next is told after NET_FOLD_SPAN. The table is
 * direct-mapped: two connections on one place push each other out, which tells one more record and
 * loses none. What is told depends on the records alone: no keyed hash here.
 * Memory: fixed.
 */
#pragma once

#include "core/tm.h"
#include "etw/flow.h"

#define NET_FOLD_SPAN (10 * TM_MIN)
#define NET_FOLD_PLACES 4096u

struct net_fold {
    struct net_fold_place {
        struct etw_flow flow;
        uint64_t told_ft; /* 0 = free */
    } place[NET_FOLD_PLACES];
};

void net_fold_init(struct net_fold *f);
/* True when the record is to be left out. Only data of a connection is ever left out. */
bool net_fold_record(struct net_fold *f, const struct etw_record *rec);
