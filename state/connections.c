/* connections - places in a ring, found through chains of a hash table. */
#include "state/connections.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"

#define HEADS (2 * CONNECTIONS_MAX)
#define NOWHERE UINT32_MAX
_Static_assert((HEADS & (HEADS - 1)) == 0, "masked, not divided");

struct place {
    struct connection conn;
    uint32_t next; /* of its chain */
    bool used;
};

struct connections {
    struct place *place;
    uint32_t *head;
    uint32_t oldest; /* the place that is taken next */
};

enum err
connections_create(struct connections **out)
{
    *out = mem_zalloc(sizeof(**out));
    return *out == NULL ? ERR_NOMEM : ERR_OK;
}

void
connections_destroy(struct connections *c)
{
    if (c == NULL) {
        return;
    }
    mem_free(c->place);
    mem_free(c->head);
    mem_free(c);
}

bool
connection_key_of(const struct event *ev, uint32_t host_id, struct connection_key *out)
{
    if (!event_has(ev, src) || !event_has(ev, dst) || !event_has(ev, src_port) ||
        !event_has(ev, dst_port) || ev->transport.len == 0) {
        return false;
    }
    *out = (struct connection_key){.src = ev->src,
                                   .dst = ev->dst,
                                   .host_id = host_id,
                                   .src_port = ev->src_port,
                                   .dst_port = ev->dst_port,
                                   .transport = (uint8_t)ev->transport.p[0]};
    return true;
}

static uint32_t *
find_head(const struct connections *c, const struct connection_key *key)
{
    return &c->head[hash64(key, sizeof(*key)) & (HEADS - 1)];
}

static uint32_t
find_place(const struct connections *c, const struct connection_key *key)
{
    uint32_t at = NOWHERE;

    if (c->place == NULL) {
        return NOWHERE;
    }
    at = *find_head(c, key);
    while (at != NOWHERE && memcmp(&c->place[at].conn.key, key, sizeof(*key)) != 0) {
        at = c->place[at].next;
    }
    return at;
}

static void
drop(struct connections *c, uint32_t at)
{
    uint32_t *link = find_head(c, &c->place[at].conn.key);

    while (*link != at) {
        link = &c->place[*link].next;
    }
    *link = c->place[at].next;
    c->place[at].used = false;
}

MUST_CHECK static enum err
make_places(struct connections *c)
{
    if (c->place != NULL) {
        return ERR_OK;
    }
    c->head = mem_array(HEADS, sizeof(*c->head));
    if (c->head == NULL) {
        return ERR_NOMEM;
    }
    c->place = mem_array(CONNECTIONS_MAX, sizeof(*c->place));
    if (c->place == NULL) {
        mem_free(c->head);
        c->head = NULL;
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < HEADS; i++) {
        c->head[i] = NOWHERE;
    }
    return ERR_OK;
}

/* What a second record of the same connection knows better. */
static void
complete(struct connection *known, const struct connection *conn)
{
    known->pid = known->pid != 0 ? known->pid : conn->pid;
    known->origin = known->origin != CONNECTION_FOUND ? known->origin : conn->origin;
}

enum err
connections_open(struct connections *c, const struct connection *conn)
{
    enum err err = make_places(c);
    struct place *place;
    uint32_t *head;
    uint32_t at;

    if (err) {
        return err;
    }
    at = find_place(c, &conn->key);
    if (at != NOWHERE) {
        complete(&c->place[at].conn, conn);
        return ERR_OK;
    }
    at = c->oldest;
    c->oldest = (c->oldest + 1) % CONNECTIONS_MAX;
    place = &c->place[at];
    if (place->used) {
        metric_add(METRIC_CONNECTIONS_FULL, 1);
        drop(c, at);
    }
    head = find_head(c, &conn->key);
    *place = (struct place){*conn, *head, true};
    *head = at;
    return ERR_OK;
}

const struct connection *
connections_find(const struct connections *c, const struct connection_key *key)
{
    uint32_t at = find_place(c, key);

    return at == NOWHERE ? NULL : &c->place[at].conn;
}

void
connections_close(struct connections *c, const struct connection_key *key)
{
    uint32_t at = find_place(c, key);

    if (at != NOWHERE) {
        drop(c, at);
    }
}
