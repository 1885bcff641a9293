/* merger - see merger.h. */
#include "state/merger.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "state/arrivals.h"
#include "state/pending.h"

#define ACCOUNT_WINDOW (3 * TM_SEC) /* address and account */
#define AFTER_WINDOW (2 * TM_SEC)   /* Remote Desktop's record behind the 4625 it belongs to */
/* How many of one chain are looked at, newest and so nearest first: keeps a flood from one source
 * or on one account linear. */
#define SCAN_MAX 16

/* How surely a witness that was joined by this key belongs to the attempt. */
static const uint8_t key_confidence[KEY_COUNT] = {100, 95, 90, 80, 60};

struct merger {
    struct pending pending;
    struct arrivals *arrivals;
    struct witness arrived[ARRIVAL_TELLERS]; /* of the attempt being released */
    uint64_t window[KEY_COUNT];
    uint64_t hold_ticks;
    merger_fn fn;
    void *ctx;
};

static bool
is_awaited(void *ctx, uint32_t host_id, const struct addr *src, uint16_t port)
{
    const struct merger *m = ctx;

    return pending_has_end(&m->pending, host_id, src, port);
}

enum err
merger_create(const struct merger_opts *opts, struct merger **out)
{
    struct merger *m = mem_zalloc(sizeof(*m));
    uint64_t hold = opts->hold_ticks;
    struct arrivals_opts arrivals = {.hold_ticks = hold, .is_awaited = is_awaited, .ctx = m};
    enum err err;

    *out = NULL;
    if (m == NULL) {
        return ERR_NOMEM;
    }
    err = pending_init(&m->pending, opts->max_waiting);
    if (!err) {
        err = arrivals_create(&arrivals, &m->arrivals);
    }
    if (err) {
        goto done;
    }
    m->hold_ticks = hold;
    m->fn = opts->fn;
    m->ctx = opts->ctx;
    m->window[KEY_PORT] = hold; /* as long as it waits; what is late is farther off */
    m->window[KEY_ADDR_ACCOUNT] = hold < ACCOUNT_WINDOW ? hold : ACCOUNT_WINDOW;
    m->window[KEY_ADDR] = hold;
    m->window[KEY_ACCOUNT] = hold;
    m->window[KEY_TIME] = hold;
    *out = m;
    m = NULL;
done:
    merger_destroy(m);
    return err;
}

void
merger_destroy(struct merger *m)
{
    if (m == NULL) {
        return;
    }
    arrivals_destroy(m->arrivals);
    pending_fini(&m->pending);
    mem_free(m);
}

static uint64_t
distance(const struct pending_slot *a, const struct pending_slot *b)
{
    uint64_t x = a->w.time_ft;
    uint64_t y = b->w.time_ft;

    return x > y ? x - y : y - x;
}

static bool
is_single_bit(uint32_t bits)
{
    return (bits & (bits - 1)) == 0;
}

/* Two attempts, by their roots, may be one. */
static bool
compatible(const struct pending_slot *a, const struct pending_slot *b)
{
    if ((a->types & ~b->mates) != 0 || (b->types & ~a->mates) != 0 ||
        !is_single_bit(a->protocols | b->protocols)) {
        return false;
    }
    if (addr_is_set(&a->src) && addr_is_set(&b->src) && !pending_same_addr(&a->src, &b->src)) {
        return false;
    }
    if (a->src_port != 0 && b->src_port != 0 && a->src_port != b->src_port) {
        return false;
    }
    return a->user_hash == 0 || b->user_hash == 0 || a->user_hash == b->user_hash;
}

/* A hash brought them together; do they really share the key? */
static bool
shares_key(const struct pending_slot *a, const struct pending_slot *b, enum pending_key key)
{
    if (a->w.host_id != b->w.host_id) {
        return false;
    }
    switch (key) {
    case KEY_PORT:
        return a->w.src_port == b->w.src_port && pending_same_addr(&a->w.src, &b->w.src);
    case KEY_ADDR_ACCOUNT:
        return pending_same_addr(&a->w.src, &b->w.src) && witness_same_account(&a->w, &b->w);
    case KEY_ADDR:
        return pending_same_addr(&a->w.src, &b->w.src);
    case KEY_ACCOUNT:
        return witness_same_account(&a->w, &b->w);
    case KEY_TIME:
        return a->w.sourceless != b->w.sourceless;
    case KEY_COUNT:
    default:
        return false;
    }
}

/* The walk over what could be meant. */
struct search {
    uint64_t best; /* nearest in time; of equals the one that came first */
    uint64_t best_distance;
    uint32_t protocols; /* of all that could be meant */
    struct addr src;    /* likewise; of the first met */
    bool several_src;
};

static void
consider(struct search *found, const struct pending_slot *root, uint64_t seq, uint64_t dist)
{
    if (dist <= found->best_distance) {
        found->best = seq;
        found->best_distance = dist;
    }
    found->protocols |= root->protocols;
    if (!addr_is_set(&found->src)) {
        found->src = root->src;
    } else if (!pending_same_addr(&found->src, &root->src)) {
        found->several_src = true;
    }
}

static uint64_t
window_of(const struct merger *m, const struct pending_slot *s, enum pending_key key)
{
    if (key == KEY_TIME && !s->w.sourceless && m->window[key] > AFTER_WINDOW) {
        return AFTER_WINDOW;
    }
    return m->window[key];
}

/* By time alone, what has an address already, or could have several, needs no other. */
static bool
wants_source(const struct pending_slot *sourceless_root)
{
    return !addr_is_set(&sourceless_root->src) && !sourceless_root->ambiguous;
}

/* From the face alone: can the witness be the partner of f? Most of a flood ends here. */
static bool
is_promising(const struct pending_face *f, const struct pending_face *other, enum pending_key key,
             uint64_t window)
{
    uint64_t apart =
        f->time_ft > other->time_ft ? f->time_ft - other->time_ft : other->time_ft - f->time_ft;

    return (f->types & ~other->mates) == 0 && f->hash[key] == other->hash[key] && apart <= window;
}

static struct search
search_chain(const struct merger *m, uint64_t seq, enum pending_key key)
{
    const struct pending *p = &m->pending;
    const struct pending_slot *s = pending_at(p, seq);
    const struct pending_slot *own = pending_root(p, s);
    const struct pending_face *face = pending_face(p, seq);
    struct search found = {.best = PENDING_NONE, .best_distance = window_of(m, s, key)};
    uint64_t window = found.best_distance;
    uint64_t at = pending_first(p, face, key);

    for (int i = 0; i < SCAN_MAX && at != PENDING_NONE; i++) {
        const struct pending_slot *other = pending_at(p, at);
        if (is_promising(face, pending_face(p, at), key, window) && shares_key(s, other, key)) {
            const struct pending_slot *root = pending_root(p, other);
            if (compatible(own, root) &&
                (key != KEY_TIME || wants_source(s->w.sourceless ? own : root))) {
                consider(&found, root, at, distance(s, other));
            }
        }
        at = pending_next(p, at, key);
    }
    return found;
}

/* The witness that this one belongs to by this key, or PENDING_NONE. */
static uint64_t
find_partner(struct merger *m, uint64_t seq, enum pending_key key)
{
    const struct pending_slot *s = pending_at(&m->pending, seq);
    struct search found;

    if ((pending_face(&m->pending, seq)->keys >> key & 1) == 0) {
        return PENDING_NONE;
    }
    found = search_chain(m, seq, key);
    if (key == KEY_ADDR && !is_single_bit(found.protocols)) {
        return PENDING_NONE;
    }
    if (key == KEY_TIME && s->w.sourceless && found.several_src) {
        pending_root(&m->pending, s)->ambiguous = true;
        return PENDING_NONE;
    }
    return found.best;
}

/* The weakest tie on the way from one of the pair to the oldest member of its attempt. */
static uint8_t
weakest_tie(const struct pending_slot *a, const struct pending_slot *b, enum pending_key key)
{
    uint8_t weakest = (uint8_t)key;

    weakest = a->joined_by > weakest ? a->joined_by : weakest;
    return b->joined_by > weakest ? b->joined_by : weakest;
}

/* Two witnesses share a key: the younger attempt becomes part of the older one. */
static void
unite(struct merger *m, const struct pending_slot *a, const struct pending_slot *b,
      enum pending_key key)
{
    struct pending *p = &m->pending;
    uint64_t root = a->root < b->root ? a->root : b->root;
    uint64_t gone = a->root < b->root ? b->root : a->root;
    uint8_t tie = weakest_tie(a, b, key);
    struct pending_slot *older = pending_at(p, root);
    const struct pending_slot *younger = pending_at(p, gone);

    for (uint64_t seq = gone; seq != PENDING_NONE; seq = pending_at(p, seq)->next) {
        struct pending_slot *s = pending_at(p, seq);
        s->joined_by = s->joined_by < tie ? tie : s->joined_by;
        s->root = root;
    }
    pending_at(p, older->last)->next = gone;
    older->last = younger->last;
    older->types |= younger->types;
    older->mates &= younger->mates;
    older->protocols |= younger->protocols;
    older->ambiguous = older->ambiguous || younger->ambiguous;
    if (older->user_hash == 0) {
        older->user_hash = younger->user_hash;
    }
    if (!addr_is_set(&older->src)) {
        older->src = younger->src;
    }
    if (older->src_port == 0) {
        older->src_port = younger->src_port;
    }
    for (uint64_t seq = root; seq != PENDING_NONE; seq = pending_at(p, seq)->next) {
        pending_face(p, seq)->types = older->types;
        pending_face(p, seq)->mates = older->mates;
    }
}

static void
join(struct merger *m, uint64_t seq)
{
    const struct pending *p = &m->pending;

    for (int key = 0; key < KEY_COUNT; key++) {
        uint64_t partner = find_partner(m, seq, (enum pending_key)key);
        while (partner != PENDING_NONE) {
            unite(m, pending_at(p, seq), pending_at(p, partner), (enum pending_key)key);
            partner = find_partner(m, seq, (enum pending_key)key);
        }
    }
}

/* Members of a group by type: a group holds one of each. */
static void
insert_member(struct merger_group *g, const struct pending_slot *s)
{
    size_t at = g->count;

    while (at > 0 && g->member[at - 1]->type > s->w.type) {
        g->member[at] = g->member[at - 1];
        g->confidence[at] = g->confidence[at - 1];
        at--;
    }
    g->member[at] = &s->w;
    g->confidence[at] = key_confidence[s->joined_by];
    g->count++;
}

/* Kerberos is asked, not logged on to; nobody comes over the network to the console. */
#define NEVER_ARRIVED                                                                              \
    (WITNESS_BIT(WITNESS_KERBEROS_PREAUTH) | WITNESS_BIT(WITNESS_KERBEROS_TICKET) |                \
     WITNESS_BIT(WITNESS_FAILURE_LOCAL))

/* Who the SMB server let in is told by account only when a logon has no address. By time alone a
 * success is never given a source: a local one looks the same. */
static struct arrival_query
query_of(const struct pending *p, const struct pending_slot *root)
{
    struct arrival_query q = {.host_id = root->w.host_id,
                              .protocols = root->protocols,
                              .src = root->src,
                              .src_port = root->src_port,
                              .first_ft = root->w.time_ft,
                              .last_ft = root->w.time_ft};

    if ((root->types & WITNESS_BIT(WITNESS_SUCCESS)) != 0) {
        q.user_hash = root->user_hash;
    }
    for (uint64_t seq = root->root; seq != PENDING_NONE; seq = pending_at(p, seq)->next) {
        const struct witness *w = &pending_at(p, seq)->w;

        q.first_ft = w->time_ft < q.first_ft ? w->time_ft : q.first_ft;
        q.last_ft = w->time_ft > q.last_ft ? w->time_ft : q.last_ft;
        q.sourceless = (q.sourceless || w->sourceless) && !root->ambiguous;
    }
    return q;
}

static void
add_arrival(struct merger *m, const struct pending_slot *root, struct merger_group *group)
{
    struct arrival_query q;
    enum pending_key key;
    size_t count;

    if ((root->types & NEVER_ARRIVED) != 0 || arrivals_are_none(m->arrivals)) {
        return;
    }
    q = query_of(&m->pending, root);
    count = arrivals_take(m->arrivals, &q, &key, m->arrived);
    for (size_t i = 0; i < count && group->count < ATTEMPT_WITNESS_MAX; i++) {
        m->arrived[i].service_confidence = key_confidence[key];
        group->member[group->count] = &m->arrived[i];
        group->confidence[group->count] = key_confidence[key];
        group->count++;
    }
}

/* Hands the oldest attempt over. Its slots are marked first, so that it is handed over once even
 * when the receiver fails; they are reused only by later puts. */
static enum err
release_oldest(struct merger *m)
{
    struct pending *p = &m->pending;
    const struct pending_slot *root = pending_at(p, p->tail);
    struct merger_group group = {0};

    for (uint64_t seq = p->tail; seq != PENDING_NONE; seq = pending_at(p, seq)->next) {
        pending_release(p, seq);
        if (group.count < ATTEMPT_WITNESS_MAX) {
            insert_member(&group, pending_at(p, seq));
        }
    }
    add_arrival(m, root, &group);
    pending_drop_released(p);
    return m->fn(m->ctx, &group);
}

enum err
merger_put(struct merger *m, const struct witness *w)
{
    struct pending *p = &m->pending;
    uint64_t seq;
    enum err err;

    if (w->type >= WITNESS_TYPE_COUNT) {
        return arrivals_put(m->arrivals, w);
    }
    while (pending_is_full(p)) {
        metric_add(METRIC_PENDING_FULL, 1);
        err = release_oldest(m);
        if (err) {
            return err;
        }
    }
    err = pending_push(p, w, &seq);
    if (err) {
        return err;
    }
    join(m, seq);
    if (witness_only_joins((enum witness_type)w->type) && pending_at(p, seq)->root == seq) {
        pending_pop(p);
        return ERR_OK;
    }
    pending_link(p, seq);
    return ERR_OK;
}

enum err
merger_release(struct merger *m, uint64_t now_ft)
{
    struct pending *p = &m->pending;

    while (p->tail < p->head) {
        uint64_t first = pending_at(p, p->tail)->w.time_ft;
        enum err err;
        if (now_ft <= first || now_ft - first <= m->hold_ticks) {
            return ERR_OK;
        }
        err = release_oldest(m);
        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

enum err
merger_flush(struct merger *m)
{
    while (m->pending.tail < m->pending.head) {
        enum err err = release_oldest(m);
        if (err) {
            return err;
        }
    }
    return ERR_OK;
}
