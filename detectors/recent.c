/* recent - nodes in one growing array, chained in buckets and in order of use. */
#include "detectors/recent.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"

#define NIL UINT32_MAX
#define CAP_MIN 16u
#define ALIGN 8u

struct node {
    struct recent_key key;
    uint32_t chain;        /* next of the same bucket */
    uint32_t older, newer; /* in order of use */
    uint32_t pad;
};
_Static_assert(sizeof(struct node) % ALIGN == 0, "the item behind it is aligned");

struct recent {
    size_t item_len, stride;
    uint32_t max_count, count, cap;
    uint32_t oldest, newest;
    uint32_t *buckets; /* cap of them; cap is a power of two */
    uint8_t *nodes;
};

enum err
recent_create(size_t max_count, size_t item_len, struct recent **out)
{
    struct recent *r = mem_zalloc(sizeof(*r));

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    r->max_count = max_count > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)max_count;
    r->item_len = item_len;
    r->stride = sizeof(struct node) + (item_len + ALIGN - 1) / ALIGN * ALIGN;
    r->oldest = NIL;
    r->newest = NIL;
    *out = r;
    return ERR_OK;
}

void
recent_destroy(struct recent *r)
{
    if (r == NULL) {
        return;
    }
    mem_free(r->buckets);
    mem_free(r->nodes);
    mem_free(r);
}

static struct node *
node_at(const struct recent *r, uint32_t i)
{
    return (struct node *)(void *)(r->nodes + i * r->stride);
}

static void *
item_at(const struct recent *r, uint32_t i)
{
    return r->nodes + i * r->stride + sizeof(struct node);
}

static uint32_t *
bucket_of(const struct recent *r, const struct recent_key *key)
{
    return &r->buckets[hash64(key->bytes, sizeof(key->bytes)) & (r->cap - 1)];
}

static void
chain(struct recent *r, uint32_t i)
{
    uint32_t *bucket = bucket_of(r, &node_at(r, i)->key);

    node_at(r, i)->chain = *bucket;
    *bucket = i;
}

static void
unchain(struct recent *r, uint32_t i)
{
    uint32_t *at = bucket_of(r, &node_at(r, i)->key);

    while (*at != i) {
        at = &node_at(r, *at)->chain;
    }
    *at = node_at(r, i)->chain;
}

static void
append(struct recent *r, uint32_t i)
{
    struct node *n = node_at(r, i);

    n->older = r->newest;
    n->newer = NIL;
    if (r->newest != NIL) {
        node_at(r, r->newest)->newer = i;
    } else {
        r->oldest = i;
    }
    r->newest = i;
}

static void
detach(struct recent *r, uint32_t i)
{
    const struct node *n = node_at(r, i);

    if (n->older != NIL) {
        node_at(r, n->older)->newer = n->newer;
    } else {
        r->oldest = n->newer;
    }
    if (n->newer != NIL) {
        node_at(r, n->newer)->older = n->older;
    } else {
        r->newest = n->older;
    }
}

static enum err
grow(struct recent *r)
{
    uint32_t cap = r->cap == 0 ? CAP_MIN : r->cap * 2;
    uint8_t *nodes = mem_realloc(r->nodes, cap, r->stride);
    uint32_t *buckets;

    if (nodes == NULL) {
        return ERR_NOMEM;
    }
    r->nodes = nodes;
    buckets = mem_array(cap, sizeof(*buckets));
    if (buckets == NULL) {
        return ERR_NOMEM;
    }
    mem_free(r->buckets);
    r->buckets = buckets;
    r->cap = cap;
    memset(buckets, 0xff, cap * sizeof(*buckets));
    for (uint32_t i = 0; i < r->count; i++) {
        chain(r, i);
    }
    return ERR_OK;
}

static enum err
take(struct recent *r, uint32_t *out)
{
    if (r->count == r->max_count && r->count > 0) {
        *out = r->oldest;
        detach(r, *out);
        unchain(r, *out);
        return ERR_OK;
    }
    if (r->count == r->cap) {
        enum err err = grow(r);
        if (err) {
            return err;
        }
    }
    *out = r->count++;
    return ERR_OK;
}

enum err
recent_get(struct recent *r, const struct recent_key *key, void **out, bool *out_new)
{
    uint32_t i = r->cap == 0 ? NIL : *bucket_of(r, key);
    enum err err;

    while (i != NIL && memcmp(&node_at(r, i)->key, key, sizeof(*key)) != 0) {
        i = node_at(r, i)->chain;
    }
    *out_new = i == NIL;
    if (i != NIL) {
        detach(r, i);
    } else {
        err = take(r, &i);
        if (err) {
            return err;
        }
        node_at(r, i)->key = *key;
        memset(item_at(r, i), 0, r->item_len);
        chain(r, i);
    }
    append(r, i);
    *out = item_at(r, i);
    return ERR_OK;
}
