/*
 * adapter_event - a change of a network adapter as an event.
 *
 * Every event carries the adapter as it is after the change (as it was, when it is gone): name,
 * kind and evidence, addresses, gateways, whether it is up. So any one of them, whatever was lost
 * before it, says how the adapter stands (state/adapters.h).
 */
#pragma once

#include "core/event.h"
#include "posture/adapter_diff.h"

#define ADAPTER_EVENT_CHANNEL "Kanari-Adapters"

#define ADAPTER_EVENT_ADDRESS_LEN (ADDR_TEXT_MAX + sizeof("/128;"))
/* Texts that an event points at. */
struct adapter_event_space {
    char addresses[POSTURE_ADDRESS_MAX * ADAPTER_EVENT_ADDRESS_LEN];
    char gateways[2][POSTURE_GATEWAY_MAX * ADAPTER_EVENT_ADDRESS_LEN]; /* before, after */
    char address[ADAPTER_EVENT_ADDRESS_LEN];
    char mac[3 * POSTURE_MAC_MAX];
    char usb_id[sizeof("0000:0000")];
    char evidence[EVENT_TEXT_MAX];
};

/* When it was seen, and which of the changes told since telling began, from 1: the record id, by
 * which the same event met twice is known. It numbers no log. */
struct adapter_event_place {
    uint64_t time_ft, number;
};
/* Sets all but the host. The event lives as long as the change, the snapshots it came from, and the
 * space. An adapter that was there when looking began is "inventory". */
void adapter_event(const struct adapter_change *change, struct adapter_event_place place,
                   struct adapter_event_space *space, struct event *ev);
