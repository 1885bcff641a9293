/* pending - see pending.h. */
#include "state/pending.h"

#include "core/hash.h"
#include "core/mem.h"

#define FIRST_CAP 256

static enum err
alloc_tables(struct pending *p, size_t cap)
{
    p->slots = mem_array(cap, sizeof(*p->slots));
    p->faces = mem_array(cap, sizeof(*p->faces));
    if (p->slots == NULL || p->faces == NULL) {
        return ERR_NOMEM;
    }
    for (int k = 0; k < KEY_COUNT; k++) {
        p->newest[k] = mem_alloc(cap * sizeof(*p->newest[k]));
        if (p->newest[k] == NULL) {
            return ERR_NOMEM;
        }
        memset(p->newest[k], 0xFF, cap * sizeof(*p->newest[k])); /* PENDING_NONE */
    }
    p->cap = cap;
    return ERR_OK;
}

enum err
pending_init(struct pending *p, size_t max)
{
    enum err err;

    memset(p, 0, sizeof(*p));
    p->max = max;
    err = alloc_tables(p, FIRST_CAP);
    if (err) {
        pending_fini(p);
    }
    return err;
}

void
pending_fini(struct pending *p)
{
    mem_free(p->slots);
    mem_free(p->faces);
    for (int k = 0; k < KEY_COUNT; k++) {
        mem_free(p->newest[k]);
    }
    memset(p, 0, sizeof(*p));
}

static enum err
grow(struct pending *p)
{
    struct pending bigger = {.max = p->max, .tail = p->tail, .head = p->head};
    enum err err = alloc_tables(&bigger, p->cap * 2);

    if (err) {
        goto done;
    }
    for (uint64_t seq = p->tail; seq < p->head; seq++) {
        *pending_at(&bigger, seq) = *pending_at(p, seq);
        *pending_face(&bigger, seq) = *pending_face(p, seq);
        pending_link(&bigger, seq);
    }
    pending_fini(p);
    *p = bigger;
    memset(&bigger, 0, sizeof(bigger));
done:
    pending_fini(&bigger);
    return err;
}

bool
pending_same_addr(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* The finaliser of SplitMix64: spreads a sum of keyed hashes over all bits. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static void
set_key(struct pending_face *f, enum pending_key key, uint64_t value)
{
    f->keys |= (uint8_t)(1u << key);
    f->hash[key] = (uint32_t)(mix(value) >> 32);
}

/* Witnesses that a time alone may tie together: Remote Desktop's own, and a 4625 as it writes it
 * when it leaves the address out. */
static bool
has_time_key(const struct witness *w)
{
    return w->sourceless || w->type == WITNESS_RDP_CONNECT || w->type == WITNESS_RDP_FAILURE ||
           w->type == WITNESS_RDP_DROP;
}

static void
set_keys(const struct witness *w, struct pending_face *f)
{
    uint64_t host = mix(w->host_id);
    uint64_t addr;

    if (w->host_id == 0) {
        return; /* not told apart from others: never joined */
    }
    if (has_time_key(w)) {
        set_key(f, KEY_TIME, host);
    }
    if (w->user_hash != 0) {
        set_key(f, KEY_ACCOUNT, host + w->user_hash);
    }
    if (!addr_is_set(&w->src)) {
        return;
    }
    addr = host + hash64(w->src.bytes, sizeof(w->src.bytes));
    set_key(f, KEY_ADDR, addr);
    if (w->src_port != 0) {
        set_key(f, KEY_PORT, mix(addr) + w->src_port);
    }
    if (w->user_hash != 0) {
        set_key(f, KEY_ADDR_ACCOUNT, mix(addr) + w->user_hash);
    }
}

enum err
pending_push(struct pending *p, const struct witness *w, uint64_t *out_seq)
{
    struct pending_slot *s;
    struct pending_face *f;

    if (pending_is_full(p)) {
        return ERR_FULL;
    }
    if (p->head - p->tail == p->cap) {
        enum err err = grow(p);
        if (err) {
            return err;
        }
    }
    s = pending_at(p, p->head);
    s->w = *w;
    s->joined_by = KEY_PORT;
    s->released = false;
    s->root = p->head;
    s->next = PENDING_NONE;
    s->last = p->head;
    s->types = WITNESS_BIT(w->type);
    s->mates = witness_mates((enum witness_type)w->type);
    s->protocols = 0;
    if (w->service != SERVICE_UNKNOWN && w->service_confidence == 100) {
        s->protocols = UINT32_C(1) << w->service;
    }
    s->user_hash = w->user_hash;
    s->src = w->src;
    s->src_port = w->src_port;
    s->ambiguous = false;
    f = pending_face(p, p->head);
    *f = (struct pending_face){.time_ft = w->time_ft, .types = s->types, .mates = s->mates};
    set_keys(w, f);
    *out_seq = p->head;
    p->head++;
    return ERR_OK;
}

void
pending_pop(struct pending *p)
{
    p->head--;
}

void
pending_link(struct pending *p, uint64_t seq)
{
    struct pending_face *f = pending_face(p, seq);

    for (int k = 0; k < KEY_COUNT; k++) {
        if ((f->keys >> k & 1) != 0) {
            uint64_t *newest = &p->newest[k][f->hash[k] & (p->cap - 1)];
            bool is_live = *newest != PENDING_NONE && *newest >= p->tail;
            f->older[k] = is_live ? (uint32_t)(seq - *newest) : 0;
            *newest = seq;
        }
    }
}

void
pending_release(struct pending *p, uint64_t seq)
{
    struct pending_face *f = pending_face(p, seq);

    pending_at(p, seq)->released = true;
    f->types = UINT32_MAX;
    f->mates = 0;
}

void
pending_drop_released(struct pending *p)
{
    while (p->tail < p->head && pending_at(p, p->tail)->released) {
        p->tail++;
    }
}

/* A flood over one connection makes a long chain: what is farther back was released. */
#define END_SCAN_MAX 16

bool
pending_has_end(const struct pending *p, uint32_t host_id, const struct addr *src, uint16_t port)
{
    struct witness w = {.host_id = host_id, .src = *src, .src_port = port};
    struct pending_face face = {0};
    uint64_t at;

    set_keys(&w, &face);
    at = pending_first(p, &face, KEY_PORT);
    for (int i = 0; i < END_SCAN_MAX && at != PENDING_NONE; i++) {
        const struct pending_slot *s = pending_at(p, at);

        if (!s->released && s->w.host_id == host_id && s->w.src_port == port &&
            pending_same_addr(&s->w.src, src)) {
            return true;
        }
        at = pending_next(p, at, KEY_PORT);
    }
    return false;
}
