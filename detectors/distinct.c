/* distinct - open addressing with linear probing; at most three quarters full. */
#include "detectors/distinct.h"

#include "core/hash.h"
#include "core/mem.h"

#define DISTINCT_CAP_MIN 8u
#define HASHED_BIT (UINT64_C(1) << 63) /* tells hashes from values that stand for themselves */

void
distinct_init(struct distinct *d, struct distinct_budget *budget)
{
    *d = (struct distinct){.budget = budget};
}

void
distinct_fini(struct distinct *d)
{
    if (d->budget != NULL) {
        d->budget->left += d->count;
    }
    mem_free(d->slots);
    *d = (struct distinct){.budget = d->budget};
}

/* The slot that holds value, or the empty one where it belongs. cap is never 0 here. */
static size_t
slot_of(const uint64_t *slots, size_t cap, uint64_t value)
{
    size_t at = (size_t)(hash64(&value, sizeof(value)) & (cap - 1));

    while (slots[at] != 0 && slots[at] != value) {
        at = (at + 1) & (cap - 1);
    }
    return at;
}

static enum err
grow(struct distinct *d)
{
    size_t cap = d->cap == 0 ? DISTINCT_CAP_MIN : d->cap * 2;
    uint64_t *slots = mem_array(cap, sizeof(*slots));

    if (slots == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < d->cap; i++) {
        if (d->slots[i] != 0) {
            slots[slot_of(slots, cap, d->slots[i])] = d->slots[i];
        }
    }
    mem_free(d->slots);
    d->slots = slots;
    d->cap = cap;
    return ERR_OK;
}

enum err
distinct_put(struct distinct *d, uint64_t value, bool *added)
{
    *added = false;
    if (distinct_has(d, value)) {
        return ERR_OK;
    }
    if (d->budget != NULL && d->budget->left == 0) {
        return ERR_FULL;
    }
    if (d->count + 1 > d->cap / 4 * 3) {
        enum err err = grow(d);
        if (err) {
            return err;
        }
    }
    d->slots[slot_of(d->slots, d->cap, value)] = value;
    d->count++;
    if (d->budget != NULL) {
        d->budget->left--;
    }
    *added = true;
    return ERR_OK;
}

bool
distinct_has(const struct distinct *d, uint64_t value)
{
    return d->cap != 0 && d->slots[slot_of(d->slots, d->cap, value)] == value;
}

uint64_t
distinct_addr(const struct addr *a)
{
    if (a->family == ADDR_V4) {
        uint32_t v4;

        memcpy(&v4, a->bytes, sizeof(v4));
        return (UINT64_C(1) << 32) | v4;
    }
    return hash64(a, sizeof(*a)) | HASHED_BIT;
}

uint64_t
distinct_text(struct sv text)
{
    return hash64(text.p, text.len) | HASHED_BIT;
}
