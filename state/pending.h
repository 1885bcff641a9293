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

/* What a walk along a chain looks at: one cache line, because a flood makes long chains. */
struct pending_face {
    uint64_t time_ft;
    uint32_t older[KEY_COUNT]; /* how many slots back the chain goes on; 0 = nowhere */
    uint32_t hash[KEY_COUNT];
    uint32_t types; /* of its whole attempt, as in the root; all bits once it is released */
    uint32_t mates; /* likewise; none once it is released */
    uint8_t keys;   /* bit per enum pending_key that it has */
};
_Static_assert(sizeof(struct pending_face) == 64, "one cache line");

struct pending_slot {
    struct witness w;
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
    struct pending_face *faces;
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
static inline struct pending_face *
pending_face(const struct pending *p, uint64_t seq)
{
    return &p->faces[seq & (p->cap - 1)];
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
void pending_pop(struct pending *p);                   /* takes the last push back */
void pending_link(struct pending *p, uint64_t seq);    /* into the chains of its keys */
void pending_release(struct pending *p, uint64_t seq); /* this slot only; stays readable */
void pending_drop_released(struct pending *p);         /* moves the tail over released slots */

/* The newest slot of the chain that a slot belongs to, or belongs into. */
static inline uint64_t
pending_first(const struct pending *p, const struct pending_face *f, enum pending_key key)
{
    uint64_t seq = p->newest[key][f->hash[key] & (p->cap - 1)];

    return seq != PENDING_NONE && seq >= p->tail ? seq : PENDING_NONE;
}

/* The one before it; PENDING_NONE at the end or where the rest has left the ring. */
static inline uint64_t
pending_next(const struct pending *p, uint64_t seq, enum pending_key key)
{
    uint32_t back = pending_face(p, seq)->older[key];

    return back != 0 && back <= seq - p->tail ? seq - back : PENDING_NONE;
}

/* A witness that is not released has this end. */
bool pending_has_end(const struct pending *p, uint32_t host_id, const struct addr *src,
                     uint16_t port);

bool pending_same_addr(const struct addr *a, const struct addr *b); /* whatever the zone */
