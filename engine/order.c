/* order - external merge sort of packed events: sorted runs, spilled, merged by a heap. */
#include "engine/order.h"

#include <assert.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/rd.h"
#include "platform/platform.h"

#define INDEX_FIRST 4096u
#define RUNS_FIRST 16u
#define RUN_BUFFER_MIN (EVENT_PACKED_MAX + sizeof(uint32_t))
#define STAGE_LEN (4 * RUN_BUFFER_MIN) /* written to the spill file at once */

/* One packed event of the run in memory. The time alone decides almost every comparison. */
struct slot {
    uint64_t time_ft;
    uint32_t offset;
    uint32_t len;
};

/* A spilled run: its extent in the spill file and a window of it in memory. */
struct run {
    uint64_t next; /* offset in the spill file of the first byte not in the window */
    uint64_t end;
    uint8_t *window;
    size_t pos, fill;
    struct event head; /* views into the window */
    struct sv packed;  /* the same, as it is packed */
};

struct order {
    uint8_t *data; /* packed events of the run being filled */
    size_t data_len, data_cap;
    struct slot *slots;
    struct slot *scratch; /* as many as slots, for the sort */
    size_t slot_count, slot_cap;
    struct spill *spill;
    uint8_t *stage; /* on its way to the spill file */
    size_t stage_len;
    uint64_t spilled; /* length of the spill file */
    struct run *runs; /* after the last put: one for each spilled run */
    size_t run_count, run_cap;
    size_t *heap; /* run indices, least head first */
    size_t heap_count;
    size_t cursor; /* next slot, when nothing was spilled */
    bool reading;
    bool advance;      /* the heap's least run still shows the event given last */
    struct sv packed;  /* of the event given last */
    struct event last; /* of the event given last: what tells a record from another */
    char last_host[EVENT_TEXT_MAX];
    char last_channel[EVENT_TEXT_MAX];
    uint64_t duplicates;
};

enum err
order_create(size_t run_len, struct order **out)
{
    struct order *o = mem_zalloc(sizeof(*o));

    if (o == NULL) {
        return ERR_NOMEM;
    }
    o->data_cap = run_len == 0 ? ORDER_RUN_LEN : run_len;
    if (o->data_cap < EVENT_PACKED_MAX) {
        o->data_cap = EVENT_PACKED_MAX;
    }
    o->data = mem_alloc(o->data_cap);
    if (o->data == NULL) {
        order_destroy(o);
        return ERR_NOMEM;
    }
    *out = o;
    return ERR_OK;
}

void
order_destroy(struct order *o)
{
    if (o == NULL) {
        return;
    }
    for (size_t i = 0; i < o->run_count; i++) {
        mem_free(o->runs[i].window);
    }
    mem_free(o->runs);
    mem_free(o->heap);
    mem_free(o->stage);
    spill_destroy(o->spill);
    mem_free(o->slots);
    mem_free(o->scratch);
    mem_free(o->data);
    mem_free(o);
}

struct sv
order_packed(const struct order *o)
{
    return o->packed;
}

uint64_t
order_duplicates(const struct order *o)
{
    return o->duplicates;
}

/* -- sorting the run in memory ---------------------------------------------------------------- */

static int
slot_cmp(const struct order *o, const struct slot *a, const struct slot *b)
{
    struct event left;
    struct event right;

    if (a->time_ft != b->time_ft) {
        return a->time_ft < b->time_ft ? -1 : 1;
    }
    if (event_unpack(o->data + a->offset, a->len, &left) ||
        event_unpack(o->data + b->offset, b->len, &right)) {
        assert(0 && "our own packed event does not unpack");
        return 0;
    }
    return event_cmp(&left, &right);
}

/* Length of the ascending stretch that starts at `from`. Logs are nearly sorted as they are. */
static size_t
ascending(const struct order *o, const struct slot *slots, size_t from)
{
    size_t end = from + 1;

    while (end < o->slot_count && slot_cmp(o, &slots[end - 1], &slots[end]) <= 0) {
        end++;
    }
    return end - from;
}

static void
merge_two(const struct order *o, const struct slot *in, struct slot *out, size_t left_count,
          size_t count)
{
    size_t left = 0;
    size_t right = left_count;

    for (size_t i = 0; i < count; i++) {
        bool take_left =
            left < left_count && (right == count || slot_cmp(o, &in[left], &in[right]) <= 0);
        out[i] = take_left ? in[left++] : in[right++];
    }
}

/* Natural merge sort: passes over ascending stretches until one is left. */
static void
sort_slots(struct order *o)
{
    struct slot *from = o->slots;
    struct slot *to = o->scratch;

    if (o->slot_count == 0) {
        return;
    }
    while (ascending(o, from, 0) != o->slot_count) {
        for (size_t at = 0; at < o->slot_count;) {
            size_t left = ascending(o, from, at);
            size_t right = at + left < o->slot_count ? ascending(o, from, at + left) : 0;

            merge_two(o, from + at, to + at, left, left + right);
            at += left + right;
        }
        struct slot *swap = from;
        from = to;
        to = swap;
    }
    o->slots = from;
    o->scratch = to;
}

/* -- putting ---------------------------------------------------------------------------------- */

MUST_CHECK static enum err
runs_grow(struct order *o)
{
    size_t cap = o->run_cap == 0 ? RUNS_FIRST : o->run_cap * 2;
    struct run *runs = mem_realloc(o->runs, cap, sizeof(*runs));

    if (runs == NULL) {
        return ERR_NOMEM;
    }
    o->runs = runs;
    o->run_cap = cap;
    return ERR_OK;
}

/* Writes what is staged; *end becomes the offset behind it. */
MUST_CHECK static enum err
stage_flush(struct order *o, uint64_t *end)
{
    uint64_t at = 0;
    enum err err = spill_append(o->spill, o->stage, o->stage_len, &at);

    if (!err) {
        *end = at + o->stage_len;
        o->stage_len = 0;
    }
    return err;
}

MUST_CHECK static enum err
spill_prepare(struct order *o)
{
    if (o->spill == NULL) {
        enum err err = spill_create(&o->spill);

        if (err) {
            return err;
        }
    }
    if (o->stage == NULL) {
        o->stage = mem_alloc(STAGE_LEN);
        if (o->stage == NULL) {
            return ERR_NOMEM;
        }
    }
    return o->run_count == o->run_cap ? runs_grow(o) : ERR_OK;
}

/* Sorts the run in memory and moves it to the spill file. */
MUST_CHECK static enum err
spill_run(struct order *o)
{
    struct run run = {.next = o->spilled};
    enum err err = spill_prepare(o);

    if (err) {
        return err;
    }
    sort_slots(o);
    for (size_t i = 0; i < o->slot_count; i++) {
        const struct slot *s = &o->slots[i];

        if (STAGE_LEN - o->stage_len < sizeof(s->len) + s->len) {
            err = stage_flush(o, &o->spilled);
            if (err) {
                return err;
            }
        }
        memcpy(o->stage + o->stage_len, &s->len, sizeof(s->len));
        memcpy(o->stage + o->stage_len + sizeof(s->len), o->data + s->offset, s->len);
        o->stage_len += sizeof(s->len) + s->len;
    }
    err = stage_flush(o, &o->spilled);
    if (err) {
        return err;
    }
    run.end = o->spilled;
    o->runs[o->run_count++] = run;
    o->slot_count = 0;
    o->data_len = 0;
    return ERR_OK;
}

MUST_CHECK static enum err
slots_grow(struct order *o)
{
    size_t cap = o->slot_cap == 0 ? INDEX_FIRST : o->slot_cap * 2;
    struct slot *slots = mem_realloc(o->slots, cap, sizeof(*slots));

    if (slots == NULL) {
        return ERR_NOMEM;
    }
    o->slots = slots;
    slots = mem_realloc(o->scratch, cap, sizeof(*slots));
    if (slots == NULL) {
        return ERR_NOMEM;
    }
    o->scratch = slots;
    o->slot_cap = cap;
    return ERR_OK;
}

enum err
order_put(struct order *o, const struct event *ev)
{
    size_t len = 0;
    enum err err;

    assert(!o->reading);
    if (o->slot_count == o->slot_cap) {
        err = slots_grow(o);
        if (err) {
            return err;
        }
    }
    err = event_pack(ev, o->data + o->data_len, o->data_cap - o->data_len, &len);
    if (err == ERR_FULL && o->data_len > 0) {
        err = spill_run(o);
        if (err) {
            return err;
        }
        err = event_pack(ev, o->data, o->data_cap, &len);
    }
    if (err) {
        return err;
    }
    o->slots[o->slot_count++] = (struct slot){ev->time_ft, (uint32_t)o->data_len, (uint32_t)len};
    o->data_len += len;
    return ERR_OK;
}

/* -- taking ----------------------------------------------------------------------------------- */

/* Moves what is left of the window to its front and reads on behind it. */
MUST_CHECK static enum err
run_fill(struct order *o, struct run *r, size_t window_len)
{
    size_t left = r->fill - r->pos;
    size_t want = window_len - left;

    memmove(r->window, r->window + r->pos, left);
    r->pos = 0;
    r->fill = left;
    if (want > r->end - r->next) {
        want = (size_t)(r->end - r->next);
    }
    enum err err = spill_read(o->spill, r->next, r->window + left, want);
    if (err) {
        return err;
    }
    r->next += want;
    r->fill += want;
    return ERR_OK;
}

static size_t
window_len(const struct order *o)
{
    size_t share = o->data_cap / o->run_count;

    return share < RUN_BUFFER_MIN ? RUN_BUFFER_MIN : share;
}

/* Makes r->head the run's next event. ERR_END after its last. */
MUST_CHECK static enum err
run_next(struct order *o, struct run *r)
{
    uint32_t len;
    enum err err;

    if (r->pos == r->fill && r->next == r->end) {
        return ERR_END;
    }
    if (r->fill - r->pos < RUN_BUFFER_MIN && r->next < r->end) {
        err = run_fill(o, r, window_len(o));
        if (err) {
            return err;
        }
    }
    len = rd_le32(r->window + r->pos);
    r->pos += sizeof(len);
    r->packed = (struct sv){(const char *)r->window + r->pos, len};
    err = event_unpack(r->window + r->pos, len, &r->head);
    r->pos += len;
    return err;
}

static bool
heap_less(const struct order *o, size_t a, size_t b)
{
    return event_cmp(&o->runs[o->heap[a]].head, &o->runs[o->heap[b]].head) < 0;
}

static void
heap_down(struct order *o, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < o->heap_count && heap_less(o, child, least)) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        size_t swap = o->heap[at];
        o->heap[at] = o->heap[least];
        o->heap[least] = swap;
        at = least;
    }
}

/* The run in memory is spilled too, its memory given back to the windows of the merge. */
MUST_CHECK static enum err
merge_start(struct order *o)
{
    enum err err = o->slot_count > 0 ? spill_run(o) : ERR_OK;

    if (err) {
        return err;
    }
    mem_free(o->data);
    o->data = NULL;
    o->heap = mem_array(o->run_count, sizeof(*o->heap));
    if (o->heap == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < o->run_count; i++) {
        o->runs[i].window = mem_alloc(window_len(o));
        if (o->runs[i].window == NULL) {
            return ERR_NOMEM;
        }
        err = run_next(o, &o->runs[i]);
        if (err) {
            return err;
        }
        o->heap[o->heap_count++] = i;
    }
    for (size_t i = o->heap_count; i-- > 0;) {
        heap_down(o, i);
    }
    return ERR_OK;
}

MUST_CHECK static enum err
merge_next(struct order *o, struct event *out)
{
    if (o->advance) {
        enum err err = run_next(o, &o->runs[o->heap[0]]);

        if (err == ERR_END) {
            o->heap[0] = o->heap[--o->heap_count];
        } else if (err) {
            return err;
        }
        heap_down(o, 0);
    }
    o->advance = true;
    if (o->heap_count == 0) {
        o->advance = false;
        return ERR_END;
    }
    *out = o->runs[o->heap[0]].head;
    o->packed = o->runs[o->heap[0]].packed;
    return ERR_OK;
}

MUST_CHECK static enum err
memory_next(struct order *o, struct event *out)
{
    if (o->cursor == o->slot_count) {
        return ERR_END;
    }
    const struct slot *s = &o->slots[o->cursor++];
    o->packed = (struct sv){(const char *)o->data + s->offset, s->len};
    return event_unpack(o->data + s->offset, s->len, out);
}

MUST_CHECK static enum err
start_reading(struct order *o)
{
    o->reading = true;
    if (o->run_count > 0) {
        return merge_start(o);
    }
    sort_slots(o);
    return ERR_OK;
}

static struct sv
keep_text(struct sv text, char copy[EVENT_TEXT_MAX])
{
    memcpy(copy, text.p, text.len); /* packed texts are no longer than EVENT_TEXT_MAX */
    return (struct sv){copy, text.len};
}

static void
keep_identity(struct order *o, const struct event *ev)
{
    event_init(&o->last, ev->kind, ev->time_ft);
    if (event_has(ev, host) && event_has(ev, channel) && event_has(ev, record_id)) {
        event_set(&o->last, host, keep_text(ev->host, o->last_host));
        event_set(&o->last, channel, keep_text(ev->channel, o->last_channel));
        event_set(&o->last, record_id, ev->record_id);
    }
}

enum err
order_next(struct order *o, struct event *out)
{
    enum err err = o->reading ? ERR_OK : start_reading(o);

    while (!err) {
        err = o->run_count > 0 ? merge_next(o, out) : memory_next(o, out);
        if (err) {
            break;
        }
        if (!event_same_record(&o->last, out)) {
            keep_identity(o, out);
            break;
        }
        o->duplicates++;
        metric_add(METRIC_EVENTS_DUPLICATE, 1);
    }
    return err;
}
