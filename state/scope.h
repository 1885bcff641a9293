/*
 * scope - where a source is, seen from the PC that was asked.
 *
 * Until the PC's own adapters are known, its addresses come from host.addresses: an entry with all
 * bits is an address of the PC (its /64 is on-link for IPv6), a shorter one is an on-link prefix.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"

/* Loopback, or an address of the PC itself. What that means depends on the evidence: a console
 * logon is local, a Remote Desktop connection came through a tunnel. */
bool scope_is_self(const struct config *cfg, const struct addr *a);

/* For an address that is not the PC's own: NONE, INTERNAL, RELAY or INTERNET. */
enum source_scope scope_of(const struct config *cfg, const struct addr *a);
