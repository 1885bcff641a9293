/* evtx_cache - finds a template's shape by offset, else by content, else compiles it. */
#include "evtlog/evtx_cache.h"

#include "core/mem.h"

#define TABLE_LEN 512 /* power of two; entries by (offset, scope) of the current chunk */
#define TABLE_PROBES 8
#define DEFINITION_MAX 16384 /* longer ones are compiled again in every chunk */
#define OUTER_MAX 8192       /* bytes of the names outside a definition */

struct cache_slot {
    uint64_t used;   /* stamp of the last use */
    uint64_t filled; /* stamp of the compilation; 0 = empty */
    enum shape_scope scope;
    size_t definition_len; /* 0: not comparable with other chunks' */
    size_t next_bind;
    struct shape_bind bind[CACHE_BINDS_MAX];
    struct shape shape;
    uint8_t definition[DEFINITION_MAX];
    uint8_t outer[OUTER_MAX];
};

struct entry {
    uint64_t chunk; /* stamp of the chunk it is about; older: free */
    uint64_t filled;
    size_t at;
    enum shape_scope scope;
    enum err err; /* what compiling it gave */
    size_t slot;
};

struct cache {
    uint64_t clock; /* one stamp for everything */
    uint64_t chunk;
    size_t compiled; /* bytes, in this chunk */
    size_t slot_count;
    struct cache_slot *slot[CACHE_SLOTS_MAX];
    struct entry table[TABLE_LEN];
};

_Static_assert(sizeof(struct cache) + CACHE_SLOTS_MAX * sizeof(struct cache_slot) <=
                   CACHE_MEMORY_MAX,
               "a full cache keeps to its limit");

/* -- binding ----------------------------------------------------------------------------------- */

static uint16_t
only_value(const struct shape *shape, const struct shape_leaf *leaf)
{
    const struct shape_piece *piece = &shape->piece[leaf->piece_at];

    return leaf->piece_count == 1 && piece->source == PIECE_VALUE ? piece->value : OP_NO_VALUE;
}

/* One leaf may feed several fields of the row. */
static void
bind_leaf(const struct shape *shape, size_t at, struct shape_bind *out)
{
    const struct shape_leaf *leaf = &shape->leaf[at];

    for (size_t k = 0; k < out->row->count && out->count < BIND_OPS_MAX; k++) {
        if (sv_eq(shape_leaf_name(shape, leaf), sv_from(out->row->fields[k].name))) {
            out->op[out->count++] =
                (struct shape_op){(uint16_t)at, (uint16_t)k, only_value(shape, leaf)};
        }
    }
}

void
shape_bind_make(const struct shape *shape, const struct evtmap_row *row, struct shape_bind *out)
{
    out->row = row;
    out->count = 0;
    for (size_t i = 0; i < shape->leaf_count; i++) {
        if (shape->leaf[i].sys == SYS_NONE) {
            bind_leaf(shape, i, out);
        }
    }
}

const struct shape *
cache_slot_shape(const struct cache_slot *slot)
{
    return &slot->shape;
}

const struct shape_bind *
cache_slot_bind(struct cache_slot *slot, const struct evtmap_row *row)
{
    struct shape_bind *b;

    for (size_t i = 0; i < CACHE_BINDS_MAX; i++) {
        if (slot->bind[i].row == row) {
            return &slot->bind[i];
        }
    }
    b = &slot->bind[slot->next_bind];
    slot->next_bind = (slot->next_bind + 1) % CACHE_BINDS_MAX;
    shape_bind_make(&slot->shape, row, b);
    return b;
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
cache_create(struct cache **out)
{
    struct cache *c = mem_zalloc(sizeof(*c));

    *out = c;
    if (c == NULL) {
        return ERR_NOMEM;
    }
    cache_next_chunk(c);
    return ERR_OK;
}

void
cache_destroy(struct cache *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->slot_count; i++) {
        mem_free(c->slot[i]);
    }
    mem_free(c);
}

void
cache_other_base(struct cache *c)
{
    c->chunk = ++c->clock;
}

void
cache_next_chunk(struct cache *c)
{
    cache_other_base(c);
    c->compiled = 0;
}

/* -- the current chunk's table ----------------------------------------------------------------- */

static size_t
table_at(const struct cache_template *t, size_t probe)
{
    return ((t->at ^ t->at >> 7) * 5 + t->scope + probe) % TABLE_LEN;
}

static struct entry *
table_find(struct cache *c, const struct cache_template *t)
{
    for (size_t probe = 0; probe < TABLE_PROBES; probe++) {
        struct entry *e = &c->table[table_at(t, probe)];

        if (e->chunk == c->chunk && e->at == t->at && e->scope == t->scope) {
            return e;
        }
    }
    return NULL;
}

/* A free entry, or the first of a full row: what it knew is found again by content. */
static void
table_put(struct cache *c, const struct cache_template *t, struct entry e)
{
    size_t at = table_at(t, 0);

    for (size_t probe = 0; probe < TABLE_PROBES; probe++) {
        if (c->table[table_at(t, probe)].chunk != c->chunk) {
            at = table_at(t, probe);
            break;
        }
    }
    e.chunk = c->chunk;
    e.at = t->at;
    e.scope = t->scope;
    c->table[at] = e;
}

/* -- slots ------------------------------------------------------------------------------------- */

static bool
outer_equal(const struct cache_slot *s, const struct cache_template *t)
{
    const uint8_t *kept = s->outer;

    for (size_t i = 0; i < s->shape.outer_count; i++) {
        const struct shape_outer *o = &s->shape.outer[i];

        /* The chain to the next name (first four bytes) says nothing about this one. */
        if (o->at > t->chunk_len || o->len > t->chunk_len - o->at ||
            memcmp(kept + 4, t->chunk + o->at + 4, o->len - 4) != 0) {
            return false;
        }
        kept += o->len;
    }
    return true;
}

static bool
slot_equal(const struct cache_slot *s, const struct cache_template *t)
{
    return s->filled != 0 && s->definition_len == t->len && t->len != 0 && s->scope == t->scope &&
           memcmp(s->definition, t->chunk + t->at, t->len) == 0 && outer_equal(s, t);
}

static size_t
slot_find(const struct cache *c, const struct cache_template *t)
{
    for (size_t i = 0; i < c->slot_count; i++) {
        if (slot_equal(c->slot[i], t)) {
            return i;
        }
    }
    return CACHE_SLOTS_MAX;
}

/* A new slot while there is room, else the least recently used. */
MUST_CHECK static enum err
slot_take(struct cache *c, size_t *out)
{
    size_t oldest = 0;

    if (c->slot_count < CACHE_SLOTS_MAX) {
        struct cache_slot *s = mem_zalloc(sizeof(*s));

        if (s == NULL) {
            return ERR_NOMEM;
        }
        c->slot[c->slot_count] = s;
        *out = c->slot_count++;
        return ERR_OK;
    }
    for (size_t i = 1; i < c->slot_count; i++) {
        if (c->slot[i]->used < c->slot[oldest]->used) {
            oldest = i;
        }
    }
    *out = oldest;
    return ERR_OK;
}

/* Keeps what makes the definition recognisable in another chunk. */
static void
slot_remember(struct cache_slot *s, const struct cache_template *t)
{
    size_t used = 0;

    s->definition_len = 0;
    if (t->len > DEFINITION_MAX || s->shape.outer_full) {
        return;
    }
    for (size_t i = 0; i < s->shape.outer_count; i++) {
        const struct shape_outer *o = &s->shape.outer[i];

        if (o->len > OUTER_MAX - used) {
            return;
        }
        memcpy(s->outer + used, t->chunk + o->at, o->len);
        used += o->len;
    }
    memcpy(s->definition, t->chunk + t->at, t->len);
    s->definition_len = t->len;
}

MUST_CHECK static enum err
slot_compile(struct cache *c, const struct cache_template *t, size_t *out)
{
    const struct shape_input in = {t->chunk, t->chunk_len, t->at, t->at + t->len, t->scope, true};
    struct cache_slot *s;
    enum err err;

    if (t->len > CACHE_COMPILE_MAX - c->compiled) {
        return ERR_RANGE;
    }
    err = slot_take(c, out);
    if (err) {
        return err;
    }
    c->compiled += t->len;
    s = c->slot[*out];
    s->filled = 0;
    s->next_bind = 0;
    memset(s->bind, 0, sizeof(s->bind));
    err = shape_compile(&in, &s->shape);
    if (err) {
        return err;
    }
    s->filled = ++c->clock;
    s->scope = t->scope;
    slot_remember(s, t);
    return ERR_OK;
}

enum err
cache_get(struct cache *c, const struct cache_template *t, struct cache_slot **out)
{
    struct entry *known = table_find(c, t);
    struct entry e = {0};

    if (known != NULL && known->err) {
        return known->err;
    }
    if (known != NULL && c->slot[known->slot]->filled == known->filled) {
        *out = c->slot[known->slot];
        (*out)->used = ++c->clock;
        return ERR_OK;
    }
    e.slot = slot_find(c, t);
    if (e.slot == CACHE_SLOTS_MAX) {
        e.err = slot_compile(c, t, &e.slot);
    }
    if (e.err == ERR_NOMEM) {
        return e.err;
    }
    if (!e.err) {
        *out = c->slot[e.slot];
        (*out)->used = ++c->clock;
        e.filled = (*out)->filled;
    }
    if (known != NULL) {
        known->chunk = 0;
    }
    table_put(c, t, e);
    return e.err;
}
