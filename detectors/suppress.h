/*
 * suppress - the administrator's "suppress" list against alerts: what is stored and counted, but
 * not sent, and why.
 *
 * rule, host and account are globs; source is an address, a prefix or a glob over the address's
 * text. All members given must match. An entry holds while the event time is before its `until`.
 * An entry with a sha256 speaks of files and never matches an alert without one.
 */
#pragma once

#include "core/alert.h"
#include "core/config.h"

/* The first entry that holds for the alert at its last_ft; NULL when none does. Borrowed from
 * cfg. */
const struct config_suppress *suppress_find(const struct config *cfg, const struct alert *a);
