/*
 * net_adapter - a network adapter of a computer during a time in which nothing of it changed.
 *
 * Key:     (host, guid, from_ft).
 * Memory:  texts are borrowed for the call that hands it over.
 */
#pragma once

#include "core/sv.h"

struct net_adapter {
    struct sv host;
    struct sv guid; /* stable identity of the interface */
    struct sv name, description;
    struct sv kind, evidence;      /* what it is, and what decided that, ;-separated */
    struct sv addresses, gateways; /* ;-separated; addresses with their on-link prefixes */
    struct sv mac, usb_id;
    bool up, default_route;
    bool internet;    /* an address is one of the internet */
    uint64_t from_ft; /* since when it is like this, as far as is known */
    uint64_t to_ft;   /* until when; 0: it still is */
    uint64_t last_ft; /* the newest record that tells of it */
};
