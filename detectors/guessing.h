/*
 * guessing - wrong passwords from one source: logon.burst, logon.steady, logon.spray,
 * logon.stale_credential, and logon.success_after_failures when one fits.
 *
 * One campaign per (host, source): a stronger rule upgrades its alert in place. A failure belongs
 * to one alert: once that is closed, its failures do not help to open another.
 *
 * logon.stale_credential: an internal source that tried one account only, got only C000006A (wrong
 * password), and does so at a regular pace (detectors/regular.h). While all of that holds the
 * source raises no logon.steady; the first other account, other status or break of the pace that
 * the steady windows catch upgrades the alert. It never silences logon.burst, logon.spray or a
 * success: a success from such a source is still critical.
 */
#pragma once

#include "detectors/detector.h"
#include "detectors/tracker.h"

/* What the failures of a source amount to now; NULL: nothing yet. `internal`: it may be a stale
 * credential. `shared`: many people stand behind it, so many accounts mean nothing. */
struct guessing_view {
    const struct tracker *tracker;
    uint32_t source;
    uint32_t now_s;
    bool internal, shared;
};
const struct rule *guessing_judge(const struct config *cfg, const struct guessing_view *v);

/* For tests and benchmarks: is an alert of this (host, source) open in self (det_guessing)? */
bool guessing_flagged(const void *self, const struct tracker_key *key);
