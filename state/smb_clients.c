/* smb_clients - a table of places in small sets, by a keyed hash of computer and GUID. */
#include "state/smb_clients.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"

#define WAYS 4u
#define SETS (SMB_CLIENTS_MAX / WAYS)
_Static_assert((SETS & (SETS - 1)) == 0, "masked, not divided");

struct client {
    uint64_t key; /* 0 = free */
    uint64_t order;
    struct addr src;
    uint16_t src_port;
};

struct smb_clients {
    struct client *place;
    uint64_t last_order;
};

enum err
smb_clients_create(struct smb_clients **out)
{
    *out = mem_zalloc(sizeof(**out));
    return *out == NULL ? ERR_NOMEM : ERR_OK;
}

void
smb_clients_destroy(struct smb_clients *c)
{
    if (c == NULL) {
        return;
    }
    mem_free(c->place);
    mem_free(c);
}

static uint64_t
key_of(uint32_t host_id, struct sv guid)
{
    const uint64_t parts[2] = {host_id, hash64(guid.p, guid.len)};
    uint64_t key = hash64(parts, sizeof(parts));

    return key == 0 ? 1 : key;
}

/* The place of a key, else the one to use for it: free, or the oldest. */
static struct client *
find(const struct smb_clients *c, uint64_t key)
{
    struct client *set = &c->place[(key & (SETS - 1)) * WAYS];
    struct client *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
        oldest = set[i].order < oldest->order ? &set[i] : oldest;
    }
    return oldest;
}

MUST_CHECK static enum err
learn(struct smb_clients *c, uint64_t key, const struct event *ev)
{
    struct client *client;

    if (c->place == NULL) {
        c->place = mem_array(SMB_CLIENTS_MAX, sizeof(*c->place));
        if (c->place == NULL) {
            return ERR_NOMEM;
        }
    }
    client = find(c, key);
    if (client->key != 0 && client->key != key) {
        metric_add(METRIC_SMB_CLIENTS_FULL, 1);
    }
    *client = (struct client){.key = key,
                              .order = ++c->last_order,
                              .src = ev->src,
                              .src_port = event_has(ev, src_port) ? ev->src_port : 0};
    return ERR_OK;
}

enum err
smb_clients_complete(struct smb_clients *c, uint32_t host_id, struct event *ev, bool *changed)
{
    const struct client *client;
    uint64_t key;

    if (ev->kind == EV_NET_ACCEPT) {
        return event_has(ev, object) && event_has(ev, src)
                   ? learn(c, key_of(host_id, ev->object), ev)
                   : ERR_OK;
    }
    if ((ev->kind != EV_SHARE_ACCESS && ev->kind != EV_SMB_AUTH_FAILURE) || c->place == NULL ||
        !event_has(ev, parent_object) || event_has(ev, src)) {
        return ERR_OK;
    }
    key = key_of(host_id, ev->parent_object);
    client = find(c, key);
    if (client->key != key) {
        return ERR_OK;
    }
    event_set(ev, src, client->src);
    if (client->src_port != 0) {
        event_set(ev, src_port, client->src_port);
    }
    *changed = true;
    return ERR_OK;
}
