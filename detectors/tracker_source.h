/*
 * tracker_source - one tracked source: its key, its last times and members, in 24 bytes and at
 * most two pool blocks. Private to the tracker.
 */
#pragma once

#include "detectors/pool.h"
#include "detectors/tracker.h"

struct source {
    uint32_t addr; /* IPv4 in network order, or the pool block of an IPv6 address */
    uint16_t host;
    uint16_t account;
    uint32_t word[2]; /* the times themselves; with a block: word[0] is where it is */
    uint16_t member;  /* the only one; with a list: unused */
    uint16_t mark;
    uint32_t used : 14; /* times kept */
    uint32_t time_class : 5;
    uint32_t flags : 4; /* the user's */
    uint32_t taken : 1; /* this entry is in use */
    uint32_t v6 : 1;
    uint32_t known : 1;     /* has an address */
    uint32_t has_block : 1; /* times are in a block, its first word is the list of members */
    uint32_t has_list : 1;  /* that list exists */
    uint32_t unused : 4;
};
_Static_assert(sizeof(struct source) == 24, "the memory budget counts on it");

/* ERR_NOMEM. s is zeroed memory. */
MUST_CHECK enum err source_init(struct source *s, struct pool *pool, const struct tracker_key *key);
void source_fini(struct source *s, struct pool *pool);
bool source_is(const struct source *s, const struct pool *pool, const struct tracker_key *key);
void source_key(const struct source *s, const struct pool *pool, struct tracker_key *out);

MUST_CHECK enum err source_add(struct source *s, struct pool *pool, const struct tracker_opts *opts,
                               uint16_t member, uint32_t time_s);
void source_spend(struct source *s, struct pool *pool);

const uint32_t *source_times(const struct source *s, const struct pool *pool);
uint32_t source_last(const struct source *s, const struct pool *pool); /* 0: none */

/* One member and the time it was met last; oldest first. */
struct source_member {
    uint32_t time_s;
    uint32_t id;
};
/* The list, or *single filled in when there is only one. */
uint32_t source_members(const struct source *s, const struct pool *pool,
                        struct source_member *single, const struct source_member **out);
