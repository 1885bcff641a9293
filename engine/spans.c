/* spans - intervals that were really observed, told from times and record ids. */
#include "engine/spans.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"

#define SPANS_FIRST 64u
#define NAMES_MAX 65536
#define LOGS_MAX 16384u /* of one file; the rest is not told (counted) */
#define INDEX_LEN (2 * LOGS_MAX)
_Static_assert((INDEX_LEN & (INDEX_LEN - 1)) == 0, "masked, not divided");

/* A log that Windows wrote loses records by the chunk, about a hundred at once. One with a jump in
 * its ids at every few records is a selection (an export, a collector's log): its holes say
 * nothing. */
#define RUN_RECORDS_MIN 32u
#define RUNS_FEW 8u          /* fewer runs than this must be of single records to be a selection */
#define RUNS_FIRST_LOOK 512u /* of one log; a selection is told after so many */

struct span {
    struct sv host, channel; /* views into names */
    uint64_t from_ft, to_ft;
    uint64_t first_id, last_id; /* 0 = no ids known */
    uint64_t records;
    enum coverage_state state;
    bool selection;
};

/* One (host, channel) of the current file. */
struct log {
    struct sv host, channel;
    size_t first, last; /* its spans: the first in the file, and the one that grows */
    uint64_t runs, records;
};

struct spans {
    struct intern *names;
    struct span *item;
    size_t count, cap;
    struct log *log;
    size_t log_count, log_cap;
    size_t recent;             /* log of the last record: records of a file mostly share it */
    uint16_t index[INDEX_LEN]; /* by host and channel: number of the log, from 1; 0 = free */
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
    mem_free(s->log);
    mem_free(s);
}

void
spans_next_file(struct spans *s)
{
    if (s->log_count > 0) {
        memset(s->index, 0, sizeof(s->index));
    }
    s->log_count = 0;
    s->recent = 0;
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

MUST_CHECK static enum err
logs_grow(struct spans *s)
{
    if (s->log_count == s->log_cap) {
        size_t cap = s->log_cap == 0 ? SPANS_FIRST : s->log_cap * 2;
        struct log *log = mem_realloc(s->log, cap, sizeof(*log));

        if (log == NULL) {
            return ERR_NOMEM;
        }
        s->log = log;
        s->log_cap = cap;
    }
    return ERR_OK;
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

/* -- the current file ----------------------------------------------------------------------------
 */

static bool
is_of(const struct log *l, struct sv host, struct sv channel)
{
    return sv_eq(l->host, host) && sv_eq(l->channel, channel);
}

static uint16_t *
find_slot(struct spans *s, struct sv host, struct sv channel)
{
    uint64_t hash = hash64(host.p, host.len) * 31 + hash64(channel.p, channel.len);
    size_t at = (size_t)hash & (INDEX_LEN - 1);

    while (s->index[at] != 0 && !is_of(&s->log[s->index[at] - 1], host, channel)) {
        at = (at + 1) & (INDEX_LEN - 1);
    }
    return &s->index[at];
}

/* The log of a record, made when it is new; NULL when there are too many. */
MUST_CHECK static enum err
find_log(struct spans *s, struct sv host, struct sv channel, struct log **out)
{
    struct log log = {.first = SIZE_MAX};
    uint16_t *slot;
    enum err err;

    if (s->recent < s->log_count && is_of(&s->log[s->recent], host, channel)) {
        *out = &s->log[s->recent];
        return ERR_OK;
    }
    slot = find_slot(s, host, channel);
    if (*slot == 0) {
        err = keep_name(s, host, &log.host);
        err = err ? err : keep_name(s, channel, &log.channel);
        err = err ? err : logs_grow(s);
        if (err) {
            return err;
        }
        if (s->log_count == LOGS_MAX || !is_of(&log, host, channel)) {
            metric_add(METRIC_SPANS_FULL, 1);
            *out = NULL;
            return ERR_OK;
        }
        s->log[s->log_count++] = log;
        *slot = (uint16_t)s->log_count;
    }
    s->recent = *slot - 1u;
    *out = &s->log[s->recent];
    return ERR_OK;
}

/* The log turned out to be a selection: its first span is all of it from now on. */
static void
collapse(struct spans *s, struct log *l)
{
    struct span *all = &s->item[l->first];

    for (size_t i = l->first + 1; i < s->count; i++) {
        struct span *other = &s->item[i];

        if (sv_eq(other->host, l->host) && sv_eq(other->channel, l->channel)) {
            widen(all, other->from_ft, other->to_ft, other->first_id, other->last_id);
            all->records += other->records;
            other->records = 0; /* left out when spans are given */
        }
    }
    all->selection = true;
    l->last = l->first;
}

static bool
goes_on(const struct span *span, uint64_t record_id)
{
    return span->selection || record_id == 0 || span->last_id == 0 ||
           record_id == span->last_id + 1;
}

enum err
spans_record(struct spans *s, struct sv host, struct sv channel, uint64_t time_ft,
             uint64_t record_id)
{
    struct log *l;
    enum err err = find_log(s, host, channel, &l);

    if (err || l == NULL) {
        return err;
    }
    l->records++;
    if (l->first != SIZE_MAX && goes_on(&s->item[l->last], record_id)) {
        s->item[l->last].records++;
        widen(&s->item[l->last], time_ft, time_ft, record_id, record_id);
        return ERR_OK;
    }
    size_t at = s->count;
    err = append(s, &(struct span){.host = l->host,
                                   .channel = l->channel,
                                   .from_ft = time_ft,
                                   .to_ft = time_ft,
                                   .first_id = record_id,
                                   .last_id = record_id,
                                   .records = 1});
    if (err || at == s->count) {
        return err;
    }
    l->first = l->first == SIZE_MAX ? at : l->first;
    l->last = at;
    if (++l->runs == RUNS_FIRST_LOOK && l->runs * RUN_RECORDS_MIN > l->records) {
        collapse(s, l);
    }
    return ERR_OK;
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

/* By its ids, or by its times where nobody numbers the records. */
static bool
is_within(const struct span *b, const struct span *a)
{
    if (a->first_id == 0 && b->first_id == 0) {
        return b->to_ft <= a->to_ft;
    }
    return a->first_id != 0 && a->first_id <= b->first_id && b->last_id <= a->last_id;
}

static void
join(struct span *a, const struct span *b)
{
    uint64_t ids = 0;

    if (is_within(b, a)) {
        a->records = a->records > b->records ? a->records : b->records; /* the same log twice */
    } else {
        a->records += b->records;
    }
    widen(a, b->from_ft, b->to_ft, b->first_id, b->last_id);
    a->selection = a->selection || b->selection;
    if (a->first_id != 0) {
        ids = a->last_id - a->first_id + 1;
    }
    if (ids != 0 && a->records > ids) {
        a->records = ids; /* some came in two files */
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

/* Neighbours that are one; in place, in order. */
static void
join_all(struct spans *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->item[i].records == 0) {
            continue; /* collapsed into another */
        }
        if (kept > 0 && continues(&s->item[kept - 1], &s->item[i])) {
            join(&s->item[kept - 1], &s->item[i]);
        } else {
            s->item[kept++] = s->item[i];
        }
    }
    s->count = kept;
}

/* How many spans from `at` on are of one log and state. */
static size_t
place_len(const struct spans *s, size_t at)
{
    size_t len = 1;

    while (at + len < s->count && same_place(&s->item[at], &s->item[at + len])) {
        len++;
    }
    return len;
}

static bool
is_selection(const struct span *span, size_t runs)
{
    uint64_t records = 0;
    bool marked = false;

    for (size_t i = 0; i < runs; i++) {
        records += span[i].records;
        marked = marked || span[i].selection;
    }
    return marked || (runs >= RUNS_FEW && runs * RUN_RECORDS_MIN > records) ||
           (runs > 1 && runs * 2 > records);
}

MUST_CHECK static enum err
give_place(const struct span *span, size_t runs, span_fn fn, void *ctx)
{
    struct span all = span[0];
    enum err err = ERR_OK;

    if (is_selection(span, runs)) {
        for (size_t i = 1; i < runs; i++) {
            join(&all, &span[i]);
        }
        return give(&all, fn, ctx);
    }
    for (size_t i = 0; i < runs && !err; i++) {
        err = give(&span[i], fn, ctx);
        if (!err && i + 1 < runs) {
            err = give_hole(&span[i], &span[i + 1], fn, ctx);
        }
    }
    return err;
}

enum err
spans_each(struct spans *s, span_fn fn, void *ctx)
{
    enum err err = ERR_OK;

    if (s->count > 1) {
        qsort(s->item, s->count, sizeof(*s->item), by_place_and_time);
    }
    join_all(s);
    for (size_t at = 0; at < s->count && !err;) {
        size_t runs = place_len(s, at);

        err = give_place(&s->item[at], runs, fn, ctx);
        at += runs;
    }
    return err;
}
