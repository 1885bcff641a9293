/*
 * evtx_cache - compiled template definitions: of the current chunk by their offset, and of earlier
 * chunks by content, because a log repeats the same few templates in every chunk.
 *
 * Limits:  CACHE_SLOTS_MAX shapes are kept, the least recently used one goes; one chunk may
 *          have CACHE_COMPILE_MAX bytes compiled, so that a hostile chunk whose records all point
 *          at different long definitions costs bounded time.
 * Memory:  a slot is allocated when it is first used and lives until cache_destroy(); a pointer
 *          to one is good until the next cache_get().
 */
#pragma once

#include "evtlog/evtmap.h"
#include "evtlog/evtx_shape.h"

#define CACHE_SLOTS_MAX 128
#define CACHE_MEMORY_MAX (8u * 1024 * 1024)
#define CACHE_COMPILE_MAX (1024u * 1024)
#define CACHE_BINDS_MAX 4
#define BIND_OPS_MAX 64

#define OP_NO_VALUE UINT16_MAX

/* One leaf of a shape that feeds one field of a mapping's row. */
struct shape_op {
    uint16_t leaf;
    uint16_t field;
    uint16_t value; /* index, when the leaf is one value and nothing else; or OP_NO_VALUE */
};

/* A shape seen through one row of the mapping. */
struct shape_bind {
    const struct evtmap_row *row; /* NULL: unused */
    size_t count;
    struct shape_op op[BIND_OPS_MAX];
};
void shape_bind_make(const struct shape *shape, const struct evtmap_row *row,
                     struct shape_bind *out);

struct cache_slot;
const struct shape *cache_slot_shape(const struct cache_slot *slot);
/* Borrowed until the next call with the same slot. */
const struct shape_bind *cache_slot_bind(struct cache_slot *slot, const struct evtmap_row *row);

struct cache;
MUST_CHECK enum err cache_create(struct cache **out);
void cache_destroy(struct cache *c);
void cache_next_chunk(struct cache *c);
/* The same chunk seen from another beginning: offsets mean something else from here on. */
void cache_other_base(struct cache *c);

/* The bytes of a template definition inside a chunk. */
struct cache_template {
    const uint8_t *chunk;
    size_t chunk_len;
    size_t at, len; /* of the definition's data */
    enum shape_scope scope;
};
/* ERR_FORMAT, ERR_RANGE as shape_compile(), or CACHE_COMPILE_MAX is used up; ERR_NOMEM. */
MUST_CHECK enum err cache_get(struct cache *c, const struct cache_template *t,
                              struct cache_slot **out);
