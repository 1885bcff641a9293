/*
 * adapter_diff - what changed between two snapshots of the adapters.
 *
 * An adapter is the same while its GUID is: names and indexes change. A snapshot that is not known,
 * or cut, proves no absence: nothing is gone by it.
 */
#pragma once

#include "posture/adapter.h"

enum adapter_change_what {
    ADAPTER_APPEARED,
    ADAPTER_GONE,
    ADAPTER_UP,
    ADAPTER_DOWN,
    ADAPTER_ADDRESS_ADDED,
    ADAPTER_ADDRESS_REMOVED,
    ADAPTER_GATEWAY_CHANGED, /* gateways, or whether a default route goes through it */
    ADAPTER_KIND_CHANGED,
    ADAPTER_CHANGE_COUNT
};
const char *adapter_change_name(enum adapter_change_what what); /* "appeared", "address_added" */

/* Borrowed from the snapshots. */
struct adapter_change {
    enum adapter_change_what what;
    bool inventory;                        /* it was there when looking began, it did not come */
    const struct adapter *before, *after;  /* NULL: was not there, is not */
    const struct posture_address *address; /* of ADDRESS_; else NULL */
};
typedef void (*adapter_change_fn)(void *ctx, const struct adapter_change *change);

/* Tells what is gone, then adapter by adapter in the order of `after`: appeared, kind, up or down,
 * addresses removed and added, gateways. An adapter that appeared also gets its addresses told.
 * before NULL: all of `after` is inventory. Where one of them is not known nothing is told. */
void adapter_diff(const struct adapter_snapshot *before, const struct adapter_snapshot *after,
                  adapter_change_fn fn, void *ctx);
