/*
 * tracker - who did something how often lately: the last times per source, in exact sliding
 * windows of whole seconds, for a million sources in tens of megabytes.
 *
 * A source is (host, address) or, for addresses that many people share, (host, address, account).
 * Of each it keeps the last `times_max` times and which members (account or host ids) were met
 * last when. Sources idle for keep_s are forgotten; when max_sources are known the ones seen
 * longest ago make room, except those that are held. Totals per host and per member are exact
 * whatever was forgotten.
 *
 * Memory: 24 bytes a source with up to two times and one member, plus 4 an index slot; longer
 * lists live in a pool. Nothing is copied when it grows but the index.
 * Times: seconds since 1970. One before the last of its source is put where it belongs; before it
 * by LATE_MAX_S or more, the clock was set back, and what is later is taken to have just happened.
 * A window of w seconds holds the times t with now - t <= w, and all after now.
 */
#pragma once

#include "core/addr.h"

#define TRACKER_NONE UINT32_MAX
#define TRACKER_TIMES_MAX 16000u
#define TRACKER_MEMBERS_MAX 1000u
#define TRACKER_FLAGS 0x0fu /* bits that belong to the user of the tracker */

struct tracker_opts {
    uint32_t max_sources; /* at most 4,000,000 */
    uint32_t times_max;   /* 2 .. TRACKER_TIMES_MAX */
    uint32_t members_max; /* 1 .. TRACKER_MEMBERS_MAX */
    uint32_t keep_s;      /* the longest window; older times do not matter */
    uint32_t hold_s;      /* a held source idle for longer is held no more */
};

struct tracker_key {
    struct addr src; /* unset: the unknown source */
    uint16_t host;
    uint16_t account; /* 0: the address alone */
};

struct tracker;
MUST_CHECK enum err tracker_create(const struct tracker_opts *opts, struct tracker **out);
void tracker_destroy(struct tracker *t);

/* Counts one at time_s by member (0: nobody). *out_source is valid until the next tracker_add()
 * or tracker_sweep(). ERR_FULL: counted in the totals only; ERR_NOMEM. */
MUST_CHECK enum err tracker_add(struct tracker *t, const struct tracker_key *key, uint16_t member,
                                uint32_t time_s, uint32_t *out_source);
uint32_t tracker_find(const struct tracker *t, const struct tracker_key *key); /* or NONE */
/* Forgets all times and members but the last one, and flags and mark. */
void tracker_spend(struct tracker *t, uint32_t source);
/* Frees what is idle for keep_s. For now and then. */
void tracker_sweep(struct tracker *t, uint32_t now_s);

/* Oldest first. Until the next change. */
const uint32_t *tracker_times(const struct tracker *t, uint32_t source, uint32_t *out_count);
/* Are the last `count` times within window_s of now_s? */
bool tracker_reached(const struct tracker *t, uint32_t source, uint32_t count, uint32_t now_s,
                     uint32_t window_s);
uint32_t tracker_last(const struct tracker *t, uint32_t source); /* the newest time; 0: none */
uint32_t tracker_within(const struct tracker *t, uint32_t source, uint32_t now_s,
                        uint32_t window_s);
uint32_t tracker_members_within(const struct tracker *t, uint32_t source, uint32_t now_s,
                                uint32_t window_s);
/* Writes up to cap members, returns how many. */
uint32_t tracker_members(const struct tracker *t, uint32_t source, uint16_t *out, uint32_t cap);

uint8_t tracker_flags(const struct tracker *t, uint32_t source);
void tracker_flag(struct tracker *t, uint32_t source, uint8_t flags); /* sets; spend clears */
/* A mark other than 0 holds the source: it does not make room for others. */
void tracker_mark(struct tracker *t, uint32_t source, uint16_t mark);
uint16_t tracker_marked(const struct tracker *t, uint32_t source);

uint32_t tracker_count(const struct tracker *t);
uint64_t tracker_host_total(const struct tracker *t, uint16_t host);
uint64_t tracker_member_total(const struct tracker *t, uint16_t member);
