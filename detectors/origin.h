/*
 * origin - where an attempt came from, as the logon rules see it: does it count, under which key,
 * and the part of a finding that every logon rule fills alike.
 */
#pragma once

#include "detectors/book.h"
#include "detectors/tracker.h"

/* A remote attempt whose source is known: what rules 2000-2006 may look at. */
bool origin_known(const struct attempt *a);
/* A remote attempt without a source: counted as one "unknown" source of its host. */
bool origin_unknown_remote(const struct attempt *a);
/* The internet, as far as addresses tell. */
bool origin_is_internet(const struct attempt *a);

/* Seconds since 1970, as the tracker counts; and back. */
uint32_t origin_seconds(uint64_t t_ft);
uint64_t origin_time(uint32_t seconds);

/* Relays are told apart by account; other sources are their address. */
struct tracker_key origin_key(const struct attempt *a);
/* prefix + "source:203.0.113.7", "source:unknown" or "relay:10.0.0.1 account:kumi". The campaign of
 * a source has no prefix; other rules set one, so that their alerts are their own. */
struct sv origin_key_text(const struct attempt *a, struct sv prefix, char out[ALERT_KEY_MAX]);
/* prefix + "account:kumi", with the folded account. */
struct sv origin_account_text(const struct attempt *a, struct sv prefix, char out[ALERT_KEY_MAX]);

/* A finding about this one attempt; key and severity (the rule's default) may be changed. */
struct finding origin_finding(const struct attempt *a, const struct rule *rule, struct sv key);
/* The same about an event: its account is the one that the event is about. */
struct finding origin_event(const struct event *ev, const struct rule *rule, struct sv key);
/* prefix + the folded account of an event. */
struct sv origin_event_key(const struct event *ev, struct sv prefix, char out[ALERT_KEY_MAX]);
