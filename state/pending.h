/*
 * pending - the witnesses that wait for others, in the order of arrival, and how to find them.
 *
 * A ring of slots, numbered without end (seq): time only moves forward, so the oldest leaves
 * first. Chains by key run from the newest slot to older ones; nothing is ever unlinked, because
 * a link to a slot that left the ring is recognised by its number and ends the walk.
 * Memory: starts small and doubles up to the bound given at init.
 */
#pragma once

#include "core/attempt.h"
#include "state/witness.h"

/* What two witnesses may have in common, strongest first. */
enum pending_key {
    KEY_PORT,         /* address and port */
    KEY_ADDR_ACCOUNT, /* address and user part of the account */
    KEY_ADDR,
    KEY_ACCOUNT,
    KEY_TIME, /* Remote Desktop on this computer, and nothing else */
    KEY_COUNT
};

#define PENDING_NONE UINT64_MAX

struct pending_slot {
    struct witness w;
    uint64_t older[KEY_COUNT]; /* the next one of the chain, PENDING_NONE at its end */
    uint32_t hash[KEY_COUNT];
    uint8_t keys;      /* bit per enum pending_key that it has */
    uint8_t joined_by; /* the weakest key that ties it to its attempt */
    bool released;
    uint64_t root; /* the oldest witness of the same attempt; its own number when it is that */
    uint64_t next; /* the following member of the attempt, or PENDING_NONE */

    /* Of the whole attempt; kept in its root. */
    uint64_t last; /* the last member */
    uint32_t types;
    uint32_t mates;     /* types that all members may stand beside */
    uint32_t protocols; /* bit per enum logon_service that a member proves */
    uint64_t user_hash;
    struct addr src;
    uint16_t src_port;
    bool ambiguous; /* its source could have been one of several: leave it unknown */
};

struct pending {
    struct pending_slot *slots;
    uint64_t *newest[KEY_COUNT];
    size_t cap; /* a power of two */
    size_t max;
    uint64_t tail, head; /* [tail, head) are in the ring */
};

MUST_CHECK enum err pending_init(struct pending *p, size_t max);
void pending_fini(struct pending *p);

static inline struct pending_slot *
pending_at(const struct pending *p, uint64_t seq)
{
    return &p->slots[seq & (p->cap - 1)];
}
static inline struct pending_slot *
pending_root(const struct pending *p, const struct pending_slot *s)
{
    return pending_at(p, s->root);
}
static inline bool
pending_is_full(const struct pending *p)
{
    return p->head - p->tail >= p->max;
}

/* A fresh slot at the head, an attempt of its own, in no chain yet. ERR_NOMEM, and ERR_FULL when
 * pending_is_full(). Earlier slot pointers are void after it. */
MUST_CHECK enum err pending_push(struct pending *p, const struct witness *w, uint64_t *out_seq);
void pending_pop(struct pending *p);                /* takes the last push back */
void pending_link(struct pending *p, uint64_t seq); /* into the chains of its keys */
void pending_drop_released(struct pending *p);      /* moves the tail over released slots */

/* The newest slot of the chain that s belongs to, or belongs into. */
uint64_t pending_first(const struct pending *p, const struct pending_slot *s, enum pending_key key);
/* The one before it; PENDING_NONE at the end or where the rest has left the ring. */
uint64_t pending_next(const struct pending *p, uint64_t seq, enum pending_key key);

bool pending_same_addr(const struct addr *a, const struct addr *b); /* whatever the zone */
