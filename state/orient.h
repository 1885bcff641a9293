/*
 * orient - which end of a connection is the remote one.
 *
 * TCPIP events name their ends. Kernel-Network and its classic twins say "source" and
 * "destination", and sources disagree what that means for what comes in. So the computer's own
 * addresses decide; where they cannot, the ports that it is known to listen on, or that are
 * listened on for remote administration; else the ends stay as decoded (etw/decode.h). The rule
 * looks at the ends alone, so an event that was oriented before stays as it is.
 */
#pragma once

#include "core/event.h"
#include "state/locals.h"

/* Learns from the event what is the computer's own. */
void orient_learn(struct local *local, const struct event *ev);
/* True when the ends of *ev were exchanged. */
bool orient_event(const struct locals *locals, const struct local *local, struct event *ev);
