/* inlet - lines of items, merged by the times of their heads. */
#include "engine/inlet.h"

#include <assert.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define LINE_BYTES_FIRST ((size_t)16 * 1024)

/* Before each item's bytes: data, then position. */
struct head {
    uint64_t time_ft;
    uint64_t put_ns;
    uint64_t number;
    uint32_t data_len;
    uint32_t position_len;
    uint32_t note;
    uint32_t type;
};

struct line {
    uint8_t *data; /* items one behind the other, from `from` to `to` */
    size_t from, to, cap;
    uint64_t items;
    uint64_t last_ft; /* of the event put last */
    uint64_t read_to_ft;
    uint64_t said_ns; /* when it last put or said something */
    bool awaited;
    bool more; /* it has put something since it last had nothing more, and may go on */
};

struct inlet {
    struct mutex *mutex;
    struct cond *changed;
    uint64_t patience_ns;
    bool poked; /* since the last wait */
    uint64_t items;
    uint64_t last_ft; /* of the item taken last */
    uint64_t late;
    uint8_t *taken; /* the item taken last */
    size_t taken_cap;
    size_t count;
    struct line line[];
};

enum err
inlet_create(size_t sources, uint64_t patience_ns, struct inlet **out)
{
    struct inlet *in;
    enum err err;

    if (sources == 0 || sources > INLET_SOURCES_MAX) {
        return ERR_RANGE;
    }
    in = mem_zalloc(sizeof(*in) + sources * sizeof(in->line[0]));
    if (in == NULL) {
        return ERR_NOMEM;
    }
    in->count = sources;
    in->patience_ns = patience_ns;
    err = mutex_create(&in->mutex);
    if (!err) {
        err = cond_create(&in->changed);
    }
    if (err) {
        inlet_destroy(in);
        return err;
    }
    *out = in;
    return ERR_OK;
}

void
inlet_destroy(struct inlet *in)
{
    if (in == NULL) {
        return;
    }
    for (size_t i = 0; i < in->count; i++) {
        mem_free(in->line[i].data);
    }
    mem_free(in->taken);
    cond_destroy(in->changed);
    mutex_destroy(in->mutex);
    mem_free(in);
}

/* The mutex is held. */
static void
poke(struct inlet *in)
{
    in->poked = true;
    cond_wake_one(in->changed);
}

/* -- who puts ---------------------------------------------------------------------------------- */

/* Room for so many bytes behind the last item: by moving to the front, or growing. */
MUST_CHECK static enum err
make_room(struct line *l, size_t need, size_t max)
{
    size_t used = l->to - l->from;
    size_t cap = l->cap == 0 ? LINE_BYTES_FIRST : l->cap;
    uint8_t *data;

    if (used > max || need > max - used) {
        return ERR_FULL; /* also when notes have made more room than that */
    }
    if (l->cap - l->to >= need) {
        return ERR_OK;
    }
    if (l->data != NULL && l->from > 0) {
        memmove(l->data, l->data + l->from, used);
    }
    l->from = 0;
    l->to = used;
    while (cap - used < need) {
        cap = cap < max / 2 ? cap * 2 : max;
    }
    if (cap != l->cap) {
        data = mem_realloc(l->data, cap, 1);
        if (data == NULL) {
            return ERR_NOMEM;
        }
        l->data = data;
        l->cap = cap;
    }
    return ERR_OK;
}

static void
append(struct line *l, const void *bytes, size_t len)
{
    if (len > 0) {
        memcpy(l->data + l->to, bytes, len);
        l->to += len;
    }
}

enum err
inlet_put(struct inlet *in, const struct inlet_item *item, uint64_t time_ft)
{
    struct line *l = &in->line[item->source];
    const struct head h = {item->type == INLET_EVENT ? time_ft : l->last_ft,
                           clock_mono_ns(),
                           item->number,
                           (uint32_t)item->data.len,
                           (uint32_t)item->position.len,
                           item->note,
                           item->type};
    enum err err;

    assert(item->source < in->count);
    mutex_lock(in->mutex);
    err = make_room(l, sizeof(h) + item->data.len + item->position.len,
                    INLET_BYTES_MAX + (item->type == INLET_NOTE ? INLET_NOTES_MAX : 0));
    if (!err) {
        append(l, &h, sizeof(h));
        append(l, item->data.p, item->data.len);
        append(l, item->position.p, item->position.len);
        l->items++;
        l->last_ft = h.time_ft;
        l->said_ns = h.put_ns;
        l->more = l->more || item->type != INLET_NOTE;
        in->items++;
        poke(in);
    }
    mutex_unlock(in->mutex);
    return err;
}

void
inlet_read_to(struct inlet *in, size_t source, uint64_t time_ft, uint64_t now_ns)
{
    struct line *l = &in->line[source];

    mutex_lock(in->mutex);
    if (l->read_to_ft < time_ft && l->awaited && in->items > 0) {
        poke(in);
    }
    l->read_to_ft = time_ft; /* also back, with the clock */
    l->more = false;
    l->said_ns = now_ns;
    mutex_unlock(in->mutex);
}

void
inlet_wait_for(struct inlet *in, size_t source, bool yes)
{
    struct line *l = &in->line[source];

    mutex_lock(in->mutex);
    if (l->awaited != yes) {
        l->awaited = yes;
        l->more = yes;
        l->said_ns = clock_mono_ns();
        poke(in);
    }
    mutex_unlock(in->mutex);
}

/* -- who takes --------------------------------------------------------------------------------- */

static struct head
head_of(const struct line *l)
{
    struct head h;

    memcpy(&h, l->data + l->from, sizeof(h));
    return h;
}

static bool
is_awaited(const struct inlet *in, const struct line *l, uint64_t now_ns)
{
    return l->awaited && (now_ns < l->said_ns || now_ns - l->said_ns < in->patience_ns);
}

/* Nothing older than this can come from the line. */
static uint64_t
line_time(const struct inlet *in, const struct line *l, uint64_t now_ns)
{
    if (l->items > 0) {
        return head_of(l).time_ft;
    }
    return is_awaited(in, l, now_ns) ? l->read_to_ft : UINT64_MAX;
}

/* The line of the oldest head, when it is its turn; else that of the oldest one that has waited
 * for too long, for nobody who is still at it: those before it may wait for somebody, too, and be
 * followed by others for ever. */
static struct line *
line_in_turn(struct inlet *in, uint64_t now_ns)
{
    struct line *first = NULL, *tired = NULL;
    uint64_t limit = UINT64_MAX, tired_limit = UINT64_MAX;

    for (size_t i = 0; i < in->count; i++) {
        struct line *l = &in->line[i];
        uint64_t time_ft = line_time(in, l, now_ns);

        if (l->items == 0) {
            limit = time_ft < limit ? time_ft : limit;
            tired_limit = l->more && time_ft < tired_limit ? time_ft : tired_limit;
            continue;
        }
        if (first == NULL || time_ft < head_of(first).time_ft) {
            first = l;
        }
        if (now_ns >= head_of(l).put_ns + in->patience_ns &&
            (tired == NULL || time_ft < head_of(tired).time_ft)) {
            tired = l;
        }
    }
    if (first != NULL && head_of(first).time_ft <= limit) {
        return first;
    }
    return tired != NULL && head_of(tired).time_ft <= tired_limit ? tired : NULL;
}

MUST_CHECK static bool
keep_taken(struct inlet *in, const uint8_t *bytes, size_t len)
{
    if (len > in->taken_cap) {
        uint8_t *taken = mem_realloc(in->taken, len, 1);

        if (taken == NULL) {
            return false; /* it stays in its line, for the next call */
        }
        in->taken = taken;
        in->taken_cap = len;
    }
    if (len > 0) {
        memcpy(in->taken, bytes, len);
    }
    return true;
}

static void
note_time(struct inlet *in, const struct head *h)
{
    if (h->type != INLET_EVENT) {
        return;
    }
    in->late += h->time_ft < in->last_ft;
    in->last_ft = h->time_ft;
}

/* What a burst has needed is not kept. */
static void
shrink(struct line *l)
{
    if (l->items == 0 && l->cap > LINE_BYTES_FIRST) {
        mem_free(l->data);
        l->data = NULL;
        l->from = l->to = l->cap = 0;
    }
}

/* Moves the head of the line to where the caller may look at it. */
MUST_CHECK static bool
take_head(struct inlet *in, struct line *l, struct inlet_item *out)
{
    struct head h = head_of(l);
    size_t len = (size_t)h.data_len + h.position_len;

    if (!keep_taken(in, l->data + l->from + sizeof(h), len)) {
        return false;
    }
    *out = (struct inlet_item){
        .type = (enum inlet_type)h.type,
        .source = (size_t)(l - in->line),
        .note = h.note,
        .number = h.number,
        .data = {(const char *)in->taken, h.data_len},
        .position = {(const char *)in->taken + h.data_len, h.position_len},
    };
    l->from += sizeof(h) + len;
    l->items--;
    in->items--;
    shrink(l);
    note_time(in, &h);
    return true;
}

bool
inlet_take(struct inlet *in, uint64_t now_ns, struct inlet_item *out)
{
    struct line *l;
    bool taken;

    mutex_lock(in->mutex);
    l = line_in_turn(in, now_ns);
    taken = l != NULL && take_head(in, l, out);
    mutex_unlock(in->mutex);
    return taken;
}

uint64_t
inlet_taken_to(struct inlet *in, uint64_t now_ns)
{
    uint64_t limit = UINT64_MAX;

    mutex_lock(in->mutex);
    for (size_t i = 0; i < in->count; i++) {
        uint64_t time_ft = line_time(in, &in->line[i], now_ns);

        limit = time_ft < limit ? time_ft : limit;
    }
    mutex_unlock(in->mutex);
    return limit;
}

void
inlet_wait(struct inlet *in, uint64_t deadline_ns)
{
    mutex_lock(in->mutex);
    while (!in->poked && cond_wait_until(in->changed, in->mutex, deadline_ns)) {
    }
    in->poked = false;
    mutex_unlock(in->mutex);
}

void
inlet_wake(struct inlet *in)
{
    mutex_lock(in->mutex);
    poke(in);
    mutex_unlock(in->mutex);
}

void
inlet_stats(struct inlet *in, struct inlet_stats *out)
{
    *out = (struct inlet_stats){0};
    mutex_lock(in->mutex);
    for (size_t i = 0; i < in->count; i++) {
        out->items += in->line[i].items;
        out->bytes += in->line[i].to - in->line[i].from;
    }
    out->late = in->late;
    mutex_unlock(in->mutex);
}

uint64_t
inlet_source_items(struct inlet *in, size_t source)
{
    uint64_t items;

    mutex_lock(in->mutex);
    items = in->line[source].items;
    mutex_unlock(in->mutex);
    return items;
}
