/* arrivals - places in a ring, found through chains by address and port, by address, or from the
 * newest back. */
#include "state/arrivals.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"

#define HEADS (2 * ARRIVALS_MAX)
#define SCAN_MAX 512u /* looked at for one attempt; more came at once: nothing is told apart */
_Static_assert((HEADS & (HEADS - 1)) == 0, "masked, not divided");

/* Who told, by witness type. */
struct told {
    uint64_t time_ft; /* 0 = did not tell */
    uint64_t record_id;
    uint32_t channel_id, event_id;
};

/* By what a place is found. */
enum chain { CHAIN_END, CHAIN_ADDR, CHAINS };

struct arrival {
    uint64_t time_ft; /* of the first that told; 0 = a free place */
    uint64_t user_hash;
    struct addr src;
    uint32_t host_id;
    uint64_t older[CHAINS]; /* the next of its chain, as find_head() */
    uint16_t src_port;
    uint8_t service;
    uint8_t tunnel_confidence;
    bool src_is_own, taken;
    struct told told[ARRIVAL_TELLERS];
};

struct arrivals {
    struct arrivals_opts opts;
    struct arrival *place;
    uint64_t *head[CHAINS];
    uint64_t count; /* so many were put: the next place is count % ARRIVALS_MAX */
    uint64_t newest_ft;
};

enum err
arrivals_create(const struct arrivals_opts *opts, struct arrivals **out)
{
    *out = mem_zalloc(sizeof(**out));
    if (*out == NULL) {
        return ERR_NOMEM;
    }
    (*out)->opts = *opts;
    return ERR_OK;
}

void
arrivals_destroy(struct arrivals *a)
{
    if (a == NULL) {
        return;
    }
    mem_free(a->place);
    for (size_t i = 0; i < CHAINS; i++) {
        mem_free(a->head[i]);
    }
    mem_free(a);
}

bool
arrivals_are_none(const struct arrivals *a)
{
    return a->count == 0;
}

MUST_CHECK static enum err
make_places(struct arrivals *a)
{
    if (a->place != NULL) {
        return ERR_OK;
    }
    for (size_t k = 0; k < CHAINS; k++) {
        if (a->head[k] == NULL) {
            a->head[k] = mem_array(HEADS, sizeof(*a->head[k]));
        }
        if (a->head[k] == NULL) {
            return ERR_NOMEM;
        }
    }
    a->place = mem_array(ARRIVALS_MAX, sizeof(*a->place));
    return a->place == NULL ? ERR_NOMEM : ERR_OK;
}

/* Which arrival a chain begins with: the how-manieth that was put, 0 for none. Nothing is ever
 * unlinked: the oldest leaves first, and one that left is known by its number. */
static uint64_t *
find_head(const struct arrivals *a, enum chain chain, uint32_t host_id, const struct addr *src,
          uint16_t port)
{
    uint8_t key[sizeof(src->bytes) + sizeof(host_id) + sizeof(port)];

    port = chain == CHAIN_ADDR ? 0 : port;
    memcpy(key, src->bytes, sizeof(src->bytes));
    memcpy(key + sizeof(src->bytes), &host_id, sizeof(host_id));
    memcpy(key + sizeof(src->bytes) + sizeof(host_id), &port, sizeof(port));
    return &a->head[chain][hash64(key, sizeof(key)) & (HEADS - 1)];
}

static struct arrival *
place_of(const struct arrivals *a, uint64_t number)
{
    return number == 0 || a->count - number >= ARRIVALS_MAX
               ? NULL
               : &a->place[(number - 1) % ARRIVALS_MAX];
}

static uint64_t
apart(uint64_t x, uint64_t y)
{
    return x > y ? x - y : y - x;
}

/* -- putting ----------------------------------------------------------------------------------- */

static bool
is_same_connection(const struct arrivals *a, const struct arrival *c, const struct witness *w)
{
    return c->host_id == w->host_id && c->src_port == w->src_port && c->service == w->service &&
           pending_same_addr(&c->src, &w->src) &&
           apart(c->time_ft, w->time_ft) <= a->opts.hold_ticks;
}

static void
tell(struct arrival *c, const struct witness *w)
{
    c->told[w->type - WITNESS_TYPE_COUNT] =
        (struct told){w->time_ft, w->record_id, w->channel_id, w->event_id};
    c->time_ft = w->time_ft < c->time_ft ? w->time_ft : c->time_ft;
    c->user_hash = c->user_hash != 0 ? c->user_hash : w->user_hash;
    c->src_is_own = c->src_is_own || w->src_is_own;
}

/* A place is used again. */
static void
count_lost(const struct arrivals *a, const struct arrival *c)
{
    if (c->time_ft != 0 && !c->taken && c->time_ft + 2 * a->opts.hold_ticks > a->newest_ft) {
        metric_add(METRIC_ARRIVALS_FULL, 1);
    }
}

static struct arrival *
find_same(const struct arrivals *a, const struct witness *w)
{
    uint64_t number = *find_head(a, CHAIN_END, w->host_id, &w->src, w->src_port);
    struct arrival *c = place_of(a, number);

    for (uint32_t n = 0; c != NULL && n < SCAN_MAX; n++) {
        if (is_same_connection(a, c, w) && c->told[w->type - WITNESS_TYPE_COUNT].time_ft == 0) {
            return c;
        }
        c = place_of(a, c->older[CHAIN_END]);
    }
    return NULL;
}

enum err
arrivals_put(struct arrivals *a, const struct witness *w)
{
    enum err err = make_places(a);
    struct arrival *c;

    if (err || w->host_id == 0) { /* computers that are not told apart */
        return err;
    }
    a->newest_ft = w->time_ft > a->newest_ft ? w->time_ft : a->newest_ft;
    c = find_same(a, w);
    if (c != NULL) {
        tell(c, w);
        return ERR_OK;
    }
    c = &a->place[a->count++ % ARRIVALS_MAX];
    count_lost(a, c);
    *c = (struct arrival){.time_ft = w->time_ft,
                          .src = w->src,
                          .host_id = w->host_id,
                          .src_port = w->src_port,
                          .service = w->service,
                          .tunnel_confidence = w->tunnel_confidence};
    for (unsigned k = 0; k < CHAINS; k++) {
        uint64_t *head = find_head(a, (enum chain)k, w->host_id, &w->src, w->src_port);
        c->older[k] = *head;
        *head = a->count;
    }
    tell(c, w);
    return ERR_OK;
}

/* -- taking ------------------------------------------------------------------------------------ */

/* The walk over what could be meant. */
struct search {
    struct arrival *best; /* nearest in time; of equals the one with the lower address and port */
    bool several_services, several_src;
};

static bool
is_free(const struct arrival *c, const struct arrival_query *q)
{
    uint32_t protocol = UINT32_C(1) << c->service;

    return c->time_ft != 0 && !c->taken && c->host_id == q->host_id &&
           (q->protocols == 0 || q->protocols == protocol);
}

/* A connection is there before anybody logs on over it. */
static bool
is_before(const struct arrivals *a, const struct arrival *c, const struct arrival_query *q)
{
    return c->time_ft <= q->last_ft && c->time_ft + a->opts.hold_ticks >= q->first_ft;
}

static bool
is_nearer(const struct arrival *c, const struct arrival *best, const struct arrival_query *q)
{
    uint64_t of_c = apart(c->time_ft, q->first_ft);
    uint64_t of_best = apart(best->time_ft, q->first_ft);
    int order = addr_cmp(&c->src, &best->src);

    if (of_c != of_best) {
        return of_c < of_best;
    }
    return order != 0 ? order < 0 : c->src_port < best->src_port;
}

static void
consider(struct search *s, struct arrival *c, const struct arrival_query *q)
{
    if (s->best == NULL) {
        s->best = c;
        return;
    }
    s->several_services = s->several_services || c->service != s->best->service;
    s->several_src = s->several_src || !pending_same_addr(&c->src, &s->best->src);
    if (is_nearer(c, s->best, q)) {
        s->best = c;
    }
}

static bool
is_meant(const struct arrivals *a, const struct arrival *c, const struct arrival_query *q,
         enum pending_key key)
{
    if (!is_free(c, q)) {
        return false;
    }
    if (key == KEY_PORT) {
        return c->src_port == q->src_port && pending_same_addr(&c->src, &q->src) &&
               apart(c->time_ft, q->first_ft) <= a->opts.hold_ticks;
    }
    if (!is_before(a, c, q) || (key == KEY_ADDR && !pending_same_addr(&c->src, &q->src)) ||
        (key == KEY_ACCOUNT && c->user_hash != q->user_hash) ||
        (key == KEY_TIME && c->service != SERVICE_RDP && c->service != SERVICE_WINRM)) {
        return false;
    }
    return !a->opts.is_awaited(a->opts.ctx, c->host_id, &c->src, c->src_port);
}

/* And so is what was put before it: nothing is later than the hold-back. */
static bool
is_long_ago(const struct arrivals *a, const struct arrival *c, const struct arrival_query *q)
{
    return c->time_ft + 2 * a->opts.hold_ticks < q->first_ft;
}

/* All of one address, or of one end. */
static struct arrival *
find_by_addr(struct arrivals *a, const struct arrival_query *q, enum pending_key key)
{
    enum chain chain = key == KEY_PORT ? CHAIN_END : CHAIN_ADDR;
    struct search s = {0};
    struct arrival *c = place_of(a, *find_head(a, chain, q->host_id, &q->src, q->src_port));

    for (uint32_t n = 0; c != NULL && !is_long_ago(a, c, q); n++) {
        if (n == SCAN_MAX) {
            metric_add(METRIC_ARRIVALS_FULL, 1);
            return NULL;
        }
        if (is_meant(a, c, q, key)) {
            consider(&s, c, q);
        }
        c = place_of(a, c->older[chain]);
    }
    return s.several_services ? NULL : s.best;
}

/* All of about that time, from the newest back. */
static struct arrival *
find_by_time(struct arrivals *a, const struct arrival_query *q, enum pending_key key)
{
    struct search s = {0};
    uint64_t left = a->count < ARRIVALS_MAX ? a->count : ARRIVALS_MAX;

    for (uint32_t n = 0; n < left; n++) {
        struct arrival *c = &a->place[(a->count - 1 - n) % ARRIVALS_MAX];

        if (is_long_ago(a, c, q)) {
            break;
        }
        if (n == SCAN_MAX) {
            metric_add(METRIC_ARRIVALS_FULL, 1);
            return NULL;
        }
        if (is_meant(a, c, q, key)) {
            consider(&s, c, q);
        }
        if (s.several_src) {
            return NULL;
        }
    }
    return s.several_services ? NULL : s.best;
}

static struct arrival *
find(struct arrivals *a, const struct arrival_query *q, enum pending_key *key)
{
    struct arrival *c = NULL;

    if (addr_is_set(&q->src)) {
        *key = q->src_port != 0 ? KEY_PORT : KEY_ADDR;
        return find_by_addr(a, q, *key);
    }
    if (q->user_hash != 0) {
        *key = KEY_ACCOUNT;
        c = find_by_time(a, q, KEY_ACCOUNT);
    }
    if (c == NULL && q->sourceless) {
        *key = KEY_TIME;
        c = find_by_time(a, q, KEY_TIME);
    }
    return c;
}

size_t
arrivals_take(struct arrivals *a, const struct arrival_query *q, enum pending_key *key,
              struct witness out[ARRIVAL_TELLERS])
{
    struct arrival *c;
    size_t count = 0;

    *key = KEY_PORT;
    c = a->count == 0 || q->host_id == 0 ? NULL : find(a, q, key);
    if (c == NULL) {
        return 0;
    }
    c->taken = true;
    for (size_t i = 0; i < ARRIVAL_TELLERS; i++) {
        const struct told *t = &c->told[i];

        if (t->time_ft != 0) {
            out[count++] = (struct witness){.time_ft = t->time_ft,
                                            .record_id = t->record_id,
                                            .src = c->src,
                                            .host_id = c->host_id,
                                            .channel_id = t->channel_id,
                                            .event_id = t->event_id,
                                            .src_port = c->src_port,
                                            .type = (uint8_t)(WITNESS_TYPE_COUNT + i),
                                            .says = SAYS_NOTHING,
                                            .service = c->service,
                                            .tunnel_confidence = c->tunnel_confidence,
                                            .src_is_own = c->src_is_own};
        }
    }
    return count;
}
