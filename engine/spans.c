/* spans - intervals that were really observed, told from times and record ids. */
#include "engine/spans.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/metrics.h"

#define SPANS_FIRST 64u
#define NAMES_MAX 65536

struct span {
    struct sv host, channel; /* views into names */
    uint64_t from_ft, to_ft;
    uint64_t first_id, last_id; /* 0 = no ids known */
    uint64_t records;
    enum coverage_state state;
};

struct spans {
    struct intern *names;
    struct span *item;
    size_t count, cap;
    size_t file_from; /* first span of the current file */
    size_t recent;    /* span of the last record: records of a file mostly share it */
};

enum err
spans_create(struct spans **out)
{
    struct spans *s = mem_zalloc(sizeof(*s));

    if (s == NULL) {
        return ERR_NOMEM;
    }
    enum err err = intern_create(NAMES_MAX, &s->names);
    if (err) {
        spans_destroy(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

void
spans_destroy(struct spans *s)
{
    if (s == NULL) {
        return;
    }
    intern_destroy(s->names);
    mem_free(s->item);
    mem_free(s);
}

void
spans_next_file(struct spans *s)
{
    s->file_from = s->count;
    s->recent = s->count;
}

MUST_CHECK static enum err
keep_name(struct spans *s, struct sv text, struct sv *out)
{
    uint32_t id = INTERN_OVERFLOW;
    enum err err = intern_id(s->names, text, &id);

    if (!err) {
        *out = intern_text(s->names, id);
    }
    return err;
}

MUST_CHECK static enum err
keep_names(struct spans *s, struct sv host, struct sv channel, struct span *out)
{
    enum err err = keep_name(s, host, &out->host);

    return err ? err : keep_name(s, channel, &out->channel);
}

/* A full table tells no further spans and counts them: coverage is then less than it was. */
MUST_CHECK static enum err
append(struct spans *s, const struct span *span)
{
    if (s->count == SPANS_MAX) {
        metric_add(METRIC_SPANS_FULL, 1);
        return ERR_OK;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap == 0 ? SPANS_FIRST : s->cap * 2;
        struct span *item = mem_realloc(s->item, cap, sizeof(*item));

        if (item == NULL) {
            return ERR_NOMEM;
        }
        s->item = item;
        s->cap = cap;
    }
    s->item[s->count++] = *span;
    return ERR_OK;
}

static bool
is_of(const struct spans *s, size_t at, struct sv host, struct sv channel)
{
    return sv_eq(s->item[at].host, host) && sv_eq(s->item[at].channel, channel);
}

/* The span of (host, channel) in the current file; a collector's file holds a few hundred. */
static size_t
find(const struct spans *s, struct sv host, struct sv channel)
{
    if (s->recent < s->count && is_of(s, s->recent, host, channel)) {
        return s->recent;
    }
    for (size_t i = s->file_from; i < s->count; i++) {
        if (is_of(s, i, host, channel)) {
            return i;
        }
    }
    return s->count;
}

static void
widen(struct span *span, uint64_t from_ft, uint64_t to_ft, uint64_t first_id, uint64_t last_id)
{
    span->from_ft = from_ft < span->from_ft ? from_ft : span->from_ft;
    span->to_ft = to_ft > span->to_ft ? to_ft : span->to_ft;
    if (first_id != 0 && (span->first_id == 0 || first_id < span->first_id)) {
        span->first_id = first_id;
    }
    span->last_id = last_id > span->last_id ? last_id : span->last_id;
}

enum err
spans_record(struct spans *s, struct sv host, struct sv channel, uint64_t time_ft,
             uint64_t record_id)
{
    struct span span = {.from_ft = time_ft, .to_ft = time_ft, .records = 1};
    size_t at = find(s, host, channel);
    enum err err;

    if (at < s->count) {
        s->recent = at;
        s->item[at].records++;
        widen(&s->item[at], time_ft, time_ft, record_id, record_id);
        return ERR_OK;
    }
    span.first_id = span.last_id = record_id;
    err = keep_names(s, host, channel, &span);
    if (err) {
        return err;
    }
    s->recent = s->count;
    return append(s, &span);
}

enum err
spans_add(struct spans *s, const struct coverage *c)
{
    struct span span = {.from_ft = c->from_ft,
                        .to_ft = c->to_ft,
                        .records = c->records,
                        .state = c->state,
                        .first_id = c->first_id,
                        .last_id = c->last_id};
    enum err err = keep_names(s, c->host, c->source, &span);

    return err ? err : append(s, &span);
}

/* -- joining ---------------------------------------------------------------------------------- */

static int
order_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int
by_place_and_time(const void *left, const void *right)
{
    const struct span *a = left;
    const struct span *b = right;
    int order = sv_cmp(a->host, b->host);

    order = order != 0 ? order : sv_cmp(a->channel, b->channel);
    order = order != 0 ? order : order_u64(a->state, b->state);
    order = order != 0 ? order : order_u64(a->from_ft, b->from_ft);
    order = order != 0 ? order : order_u64(a->to_ft, b->to_ft);
    order = order != 0 ? order : order_u64(a->first_id, b->first_id);
    return order != 0 ? order : order_u64(a->records, b->records);
}

static bool
same_place(const struct span *a, const struct span *b)
{
    return sv_eq(a->host, b->host) && sv_eq(a->channel, b->channel) && a->state == b->state;
}

/* b begins no earlier than a. Ids that start again mean that the log was cleared between. */
static bool
continues(const struct span *a, const struct span *b)
{
    bool ids_follow = a->last_id != 0 && b->first_id >= a->first_id && b->first_id != 0 &&
                      b->first_id - 1 <= a->last_id;

    return same_place(a, b) && (b->from_ft <= a->to_ft || ids_follow);
}

static void
join(struct span *a, const struct span *b)
{
    uint64_t ids = 0;

    widen(a, b->from_ft, b->to_ft, b->first_id, b->last_id);
    a->records += b->records;
    if (a->first_id != 0) {
        ids = a->last_id - a->first_id + 1;
    }
    if (ids != 0 && a->records > ids) {
        a->records = ids; /* the same records came in two files */
    }
}

MUST_CHECK static enum err
give(const struct span *span, span_fn fn, void *ctx)
{
    struct coverage c = {
        .host = span->host,
        .source = span->channel,
        .from_ft = span->from_ft,
        .to_ft = span->to_ft,
        .state = span->state,
        .records = span->records,
        .first_id = span->first_id,
        .last_id = span->last_id,
    };
    return fn(ctx, &c);
}

/* The hole between two spans of one log, when record ids tell that there was something in it. */
MUST_CHECK static enum err
give_hole(const struct span *a, const struct span *b, span_fn fn, void *ctx)
{
    struct span hole = *a;

    if (a->state != COVERAGE_OBSERVED || !same_place(a, b) || a->last_id == 0 ||
        b->first_id <= a->last_id) {
        return ERR_OK;
    }
    hole.state = COVERAGE_LOST;
    hole.from_ft = a->to_ft;
    hole.to_ft = b->from_ft;
    hole.first_id = a->last_id + 1;
    hole.last_id = b->first_id - 1;
    hole.records = b->first_id - a->last_id - 1;
    return give(&hole, fn, ctx);
}

enum err
spans_each(struct spans *s, span_fn fn, void *ctx)
{
    size_t last = 0;
    enum err err = ERR_OK;

    if (s->count == 0) {
        return ERR_OK;
    }
    qsort(s->item, s->count, sizeof(*s->item), by_place_and_time);
    for (size_t i = 1; i < s->count; i++) {
        if (continues(&s->item[last], &s->item[i])) {
            join(&s->item[last], &s->item[i]);
        } else {
            s->item[++last] = s->item[i];
        }
    }
    s->count = last + 1;
    for (size_t i = 0; i < s->count && !err; i++) {
        err = give(&s->item[i], fn, ctx);
        if (!err && i + 1 < s->count) {
            err = give_hole(&s->item[i], &s->item[i + 1], fn, ctx);
        }
    }
    return err;
}
