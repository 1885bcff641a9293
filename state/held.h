/*
 * held - 1149 records that wait for a proof that Network Level Authentication is on.
 *
 * With NLA, 1149 means that the password was right; without, only that somebody connected. The
 * proof may come hours later (a 140), so they wait in bounded numbers for each computer, the
 * oldest first to go.
 * Memory: the table is allocated with the first record. Texts of an attempt taken out live until
 *         the next held_put(); its host and channels are the caller's.
 */
#pragma once

#include "core/attempt.h"

#define HELD_MAX 1024    /* on all computers */
#define HELD_PER_HOST 64 /* on one */

struct held_slot;
struct held {
    struct held_slot *slots;
    uint64_t order[HELD_MAX]; /* of arrival, from 1; 0 = free */
    uint32_t host[HELD_MAX];
    uint64_t last_order;
    size_t count;
};

void held_fini(struct held *h);
/* Needs room: see held_has_room(). ERR_NOMEM. */
MUST_CHECK enum err held_put(struct held *h, const struct attempt *a);
bool held_has_room(const struct held *h, uint32_t host_id);
/* Takes out the oldest of a computer; of all when host_id is 0. False when there is none. */
bool held_take(struct held *h, uint32_t host_id, struct attempt *out);
