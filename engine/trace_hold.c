/* trace_hold - bytes in a ring, in order of arrival; a heap of them, by time. */
#include "engine/trace_hold.h"

#include <string.h>

#include "core/event.h"
#include "core/mem.h"
#include "core/tm.h"

#define ALIGN 8u
#define BYTES_PER_PLACE 64u /* few events are shorter */
#define HOLD_NS (TRACE_HOLD_FT * 100)

/* Before the bytes of each event in the ring. */
struct head {
    uint32_t len;  /* of the event; of the ring it takes head and len, rounded up */
    uint32_t gone; /* 1: given; the ring is freed from its oldest side only */
};

struct place {
    uint64_t time_ft;
    uint64_t number; /* of arrival: equal times keep their order */
    uint64_t put_ns;
    uint64_t at; /* in the ring, counted on without end */
};

struct trace_hold {
    uint8_t *ring;
    size_t size;
    uint64_t from, to; /* of the ring, counted on without end */
    struct place *heap;
    size_t count, cap;
    uint64_t number;
    uint64_t given_ft;
    uint64_t late;
};

enum err
trace_hold_create(size_t bytes, struct trace_hold **out)
{
    struct trace_hold *h;

    if (bytes < TRACE_HOLD_BYTES_MIN || (bytes & (bytes - 1)) != 0) {
        return ERR_RANGE;
    }
    h = mem_zalloc(sizeof(*h));
    if (h == NULL) {
        return ERR_NOMEM;
    }
    h->size = bytes;
    h->cap = bytes / BYTES_PER_PLACE;
    h->ring = mem_alloc(bytes);
    h->heap = mem_array(h->cap, sizeof(*h->heap));
    if (h->ring == NULL || h->heap == NULL) {
        trace_hold_destroy(h);
        return ERR_NOMEM;
    }
    *out = h;
    return ERR_OK;
}

void
trace_hold_destroy(struct trace_hold *h)
{
    if (h != NULL) {
        mem_free(h->ring);
        mem_free(h->heap);
        mem_free(h);
    }
}

/* -- ring -------------------------------------------------------------------------------------- */

static uint8_t *
ring_at(const struct trace_hold *h, uint64_t at)
{
    return h->ring + (at & (h->size - 1));
}

static size_t
taken_by(size_t len)
{
    return (sizeof(struct head) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct head
head_at(const struct trace_hold *h, uint64_t at)
{
    struct head head;

    memcpy(&head, ring_at(h, at), sizeof(head));
    return head;
}

static void
set_head(struct trace_hold *h, uint64_t at, struct head head)
{
    memcpy(ring_at(h, at), &head, sizeof(head));
}

/* An event lies in one piece: what is left at the end of the ring is passed over. */
static bool
ring_reserve(struct trace_hold *h, size_t need)
{
    size_t left = h->size - (size_t)(h->to & (h->size - 1));
    size_t skip = need > left ? left : 0;

    if (h->to + skip + need - h->from > h->size) {
        return false;
    }
    if (skip > 0) {
        set_head(h, h->to, (struct head){(uint32_t)(skip - sizeof(struct head)), 1});
        h->to += skip;
    }
    return true;
}

static void
ring_free(struct trace_hold *h, uint64_t at)
{
    struct head head = head_at(h, at);

    head.gone = 1;
    set_head(h, at, head);
    while (h->from < h->to && (head = head_at(h, h->from)).gone != 0) {
        h->from += taken_by(head.len);
    }
}

/* -- heap -------------------------------------------------------------------------------------- */

static bool
before(const struct place *a, const struct place *b)
{
    return a->time_ft != b->time_ft ? a->time_ft < b->time_ft : a->number < b->number;
}

static void
heap_up(struct trace_hold *h, size_t i)
{
    struct place p = h->heap[i];

    while (i > 0 && before(&p, &h->heap[(i - 1) / 2])) {
        h->heap[i] = h->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->heap[i] = p;
}

static void
heap_down(struct trace_hold *h)
{
    struct place p = h->heap[0];
    size_t i = 0;
    size_t child;

    while ((child = 2 * i + 1) < h->count) {
        if (child + 1 < h->count && before(&h->heap[child + 1], &h->heap[child])) {
            child++;
        }
        if (!before(&h->heap[child], &p)) {
            break;
        }
        h->heap[i] = h->heap[child];
        i = child;
    }
    h->heap[i] = p;
}

/* -- what is held ------------------------------------------------------------------------------ */

enum err
trace_hold_put(struct trace_hold *h, struct sv packed, uint64_t time_ft, uint64_t now_ns)
{
    size_t need = taken_by(packed.len);

    if (packed.len > EVENT_PACKED_MAX) {
        return ERR_RANGE;
    }
    if (h->count == h->cap || !ring_reserve(h, need)) {
        return ERR_FULL;
    }
    set_head(h, h->to, (struct head){(uint32_t)packed.len, 0});
    memcpy(ring_at(h, h->to) + sizeof(struct head), packed.p, packed.len);
    h->heap[h->count] = (struct place){time_ft, h->number++, now_ns, h->to};
    h->to += need;
    heap_up(h, h->count++);
    return ERR_OK;
}

bool
trace_hold_first(const struct trace_hold *h, uint64_t ahead_ft, uint64_t now_ns,
                 struct trace_held *out)
{
    const struct place *p = &h->heap[0];
    uint64_t due_ft = ahead_ft < TRACE_HOLD_FT ? 0 : ahead_ft - TRACE_HOLD_FT;

    if (h->count == 0 ||
        (ahead_ft != TRACE_HOLD_ANY && p->time_ft > due_ft && now_ns < p->put_ns + HOLD_NS)) {
        return false;
    }
    out->packed =
        (struct sv){(const char *)ring_at(h, p->at) + sizeof(struct head), head_at(h, p->at).len};
    out->time_ft = p->time_ft;
    return true;
}

void
trace_hold_drop(struct trace_hold *h)
{
    struct place p = h->heap[0];

    h->late += p.time_ft < h->given_ft;
    h->given_ft = p.time_ft > h->given_ft ? p.time_ft : h->given_ft;
    h->heap[0] = h->heap[--h->count];
    if (h->count > 0) {
        heap_down(h);
    }
    ring_free(h, p.at);
}

size_t
trace_hold_count(const struct trace_hold *h)
{
    return h->count;
}

uint64_t
trace_hold_late(const struct trace_hold *h)
{
    return h->late;
}
