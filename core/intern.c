/*
 * intern - an open-addressing table of ids over an array of texts. The texts lie in blocks that
 * never move, so a view stays good while the table grows.
 */
#include "core/intern.h"

#include <assert.h>

#include "core/hash.h"
#include "core/mem.h"

#define BLOCK_LEN 16384
#define FIRST_ROWS 32
#define SLOTS_PER_ROW 2 /* at most half full: short probes, and a free slot always ends them */

struct row {
    const char *p;
    size_t len;
    uint64_t hash;
};

struct block {
    struct block *next;
    size_t used;
    size_t cap;
    char bytes[];
};

struct intern {
    size_t max_count;
    uint32_t count;
    uint32_t row_cap; /* a power of two; slots are SLOTS_PER_ROW times as many */
    struct row *rows; /* rows[id - 1] */
    uint32_t *slots;  /* id, 0 = free */
    struct block *blocks;
    uint64_t overflows;
};

enum err
intern_create(size_t max_count, struct intern **out)
{
    struct intern *t = mem_zalloc(sizeof(*t));

    *out = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->max_count = max_count < INTERN_MAX_COUNT ? max_count : INTERN_MAX_COUNT;
    *out = t;
    return ERR_OK;
}

void
intern_destroy(struct intern *t)
{
    if (t == NULL) {
        return;
    }
    while (t->blocks != NULL) {
        struct block *next = t->blocks->next;
        mem_free(t->blocks);
        t->blocks = next;
    }
    mem_free(t->rows);
    mem_free(t->slots);
    mem_free(t);
}

static uint32_t
slot_mask(const struct intern *t)
{
    return t->row_cap * SLOTS_PER_ROW - 1;
}

/* The slot that holds the text, or the free one where it belongs. Needs slots. */
static uint32_t *
find_slot(const struct intern *t, struct sv text, uint64_t hash)
{
    uint32_t mask = slot_mask(t);
    uint32_t at = (uint32_t)hash & mask;

    assert(t->slots != NULL);
    while (t->slots[at] != 0) {
        const struct row *row = &t->rows[t->slots[at] - 1];
        if (row->hash == hash && sv_eq((struct sv){row->p, row->len}, text)) {
            break;
        }
        at = (at + 1) & mask;
    }
    return &t->slots[at];
}

static void
fill_slots(struct intern *t)
{
    uint32_t mask = slot_mask(t);

    for (uint32_t id = 1; id <= t->count; id++) {
        uint32_t at = (uint32_t)t->rows[id - 1].hash & mask;
        while (t->slots[at] != 0) {
            at = (at + 1) & mask;
        }
        t->slots[at] = id;
    }
}

static enum err
grow(struct intern *t)
{
    uint32_t cap = t->row_cap == 0 ? FIRST_ROWS : t->row_cap * 2;
    struct row *rows;
    uint32_t *slots = mem_array((size_t)cap * SLOTS_PER_ROW, sizeof(*slots));

    if (slots == NULL) {
        return ERR_NOMEM;
    }
    rows = mem_realloc(t->rows, cap, sizeof(*rows));
    if (rows == NULL) {
        mem_free(slots);
        return ERR_NOMEM;
    }
    mem_free(t->slots);
    t->rows = rows;
    t->slots = slots;
    t->row_cap = cap;
    fill_slots(t);
    return ERR_OK;
}

/* A copy that lives as long as the table; NULL when out of memory. */
static const char *
keep_text(struct intern *t, struct sv text)
{
    struct block *b = t->blocks;
    char *copy;

    if (b == NULL || text.len > b->cap - b->used) {
        size_t cap = text.len > BLOCK_LEN ? text.len : BLOCK_LEN;
        if (cap > SIZE_MAX - sizeof(*b)) {
            return NULL;
        }
        b = mem_alloc(sizeof(*b) + cap);
        if (b == NULL) {
            return NULL;
        }
        *b = (struct block){.next = t->blocks, .cap = cap};
        t->blocks = b;
    }
    copy = b->bytes + b->used;
    if (text.len > 0) {
        memcpy(copy, text.p, text.len);
    }
    b->used += text.len;
    return copy;
}

uint32_t
intern_find(const struct intern *t, struct sv text)
{
    return t->slots == NULL ? INTERN_OVERFLOW : *find_slot(t, text, hash64(text.p, text.len));
}

enum err
intern_id(struct intern *t, struct sv text, uint32_t *out_id)
{
    uint64_t hash = hash64(text.p, text.len);
    uint32_t known = t->slots == NULL ? 0 : *find_slot(t, text, hash);
    const char *copy;

    if (known != 0) {
        *out_id = known;
        return ERR_OK;
    }
    if (t->count == t->max_count) {
        t->overflows++;
        *out_id = INTERN_OVERFLOW;
        return ERR_OK;
    }
    if (t->count == t->row_cap && grow(t)) {
        return ERR_NOMEM;
    }
    copy = keep_text(t, text);
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    t->rows[t->count++] = (struct row){copy, text.len, hash};
    *find_slot(t, text, hash) = t->count;
    *out_id = t->count;
    return ERR_OK;
}

struct sv
intern_text(const struct intern *t, uint32_t id)
{
    if (id == INTERN_OVERFLOW || id > t->count) {
        return (struct sv){NULL, 0};
    }
    return (struct sv){t->rows[id - 1].p, t->rows[id - 1].len};
}

uint32_t
intern_count(const struct intern *t)
{
    return t->count;
}

uint64_t
intern_overflows(const struct intern *t)
{
    return t->overflows;
}
