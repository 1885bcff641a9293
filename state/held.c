/* held - see held.h. */
#include "state/held.h"

#include <assert.h>

#include "core/mem.h"
#include "state/witness.h"

struct held_slot {
    struct attempt a;
    char account[WITNESS_ACCOUNT_MAX];
    char domain[WITNESS_DOMAIN_MAX];
    char workstation[WITNESS_WORKSTATION_MAX];
};

void
held_fini(struct held *h)
{
    mem_free(h->slots);
    memset(h, 0, sizeof(*h));
}

static size_t
count_of(const struct held *h, uint32_t host_id)
{
    size_t count = 0;

    for (size_t i = 0; i < HELD_MAX; i++) {
        if (h->order[i] != 0 && h->host[i] == host_id) {
            count++;
        }
    }
    return count;
}

bool
held_has_room(const struct held *h, uint32_t host_id)
{
    if (h->count == 0) {
        return true;
    }
    return h->count < HELD_MAX && count_of(h, host_id) < HELD_PER_HOST;
}

static struct sv
keep(struct sv text, char *out, size_t cap)
{
    assert(text.len <= cap); /* witnesses cut their texts to the same limits */
    if (text.len > 0) {
        memcpy(out, text.p, text.len);
    }
    return (struct sv){out, text.len};
}

enum err
held_put(struct held *h, const struct attempt *a)
{
    struct held_slot *slot;
    size_t at = 0;

    if (h->slots == NULL) {
        h->slots = mem_array(HELD_MAX, sizeof(*h->slots));
        if (h->slots == NULL) {
            return ERR_NOMEM;
        }
    }
    while (at < HELD_MAX && h->order[at] != 0) {
        at++;
    }
    if (at == HELD_MAX) {
        return ERR_FULL;
    }
    slot = &h->slots[at];
    slot->a = *a;
    slot->a.account = keep(a->account, slot->account, sizeof(slot->account));
    slot->a.domain = keep(a->domain, slot->domain, sizeof(slot->domain));
    slot->a.workstation = keep(a->workstation, slot->workstation, sizeof(slot->workstation));
    h->order[at] = ++h->last_order;
    h->host[at] = a->host_id;
    h->count++;
    return ERR_OK;
}

bool
held_take(struct held *h, uint32_t host_id, struct attempt *out)
{
    size_t oldest = HELD_MAX;

    if (h->count == 0) {
        return false;
    }
    for (size_t i = 0; i < HELD_MAX; i++) {
        bool wanted = h->order[i] != 0 && (host_id == 0 || h->host[i] == host_id);
        if (wanted && (oldest == HELD_MAX || h->order[i] < h->order[oldest])) {
            oldest = i;
        }
    }
    if (oldest == HELD_MAX) {
        return false;
    }
    *out = h->slots[oldest].a;
    h->order[oldest] = 0;
    h->count--;
    return true;
}
