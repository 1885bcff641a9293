/* watch - the union of the observed intervals of each computer, and the gaps between them. */
#include "cli/watch.h"

#include <stdlib.h>

#include "core/intern.h"
#include "core/mem.h"

#define HOSTS_MAX 65535
#define SPANS_FIRST 64
#define DECISIVE "Security" /* the log without which nothing is known of logons */

/* What an interval says of its time. */
enum claim {
    CLAIM_SEEN,  /* a log was read */
    CLAIM_TRACE, /* a kernel trace was; it has no record ids */
    CLAIM_DARK,  /* the decisive log told nothing */
    CLAIM_OFF,   /* the computer was off */
    CLAIM_ALIVE, /* a sensor ran, whatever it saw */
    CLAIM_COUNT
};

struct span {
    uint32_t host;
    enum claim claim;
    bool live;
    enum coverage_why why;
    uint64_t from_ft, to_ft;
};

/* One end of a span. */
struct edge {
    uint64_t at_ft;
    const struct span *span;
    bool begins;
};

struct spans {
    struct span *item;
    size_t count, cap;
    struct intern *hosts;
};

struct columns {
    size_t host, source, from, to, state, why, live, first_id;
};

MUST_CHECK static enum err
find_columns(const struct rows *rows, struct columns *out)
{
    const struct {
        const char *name;
        size_t *at;
    } wanted[] = {
        {"host", &out->host},      {"source", &out->source},
        {"from_time", &out->from}, {"to_time", &out->to},
        {"state", &out->state},    {"why", &out->why},
        {"live", &out->live},      {"first_record_id", &out->first_id},
    };
    size_t found = 0;

    for (size_t i = 0; i < rows_columns(rows); i++) {
        for (size_t k = 0; k < COUNT(wanted); k++) {
            if (strcmp(rows_name(rows, i), wanted[k].name) == 0) {
                *wanted[k].at = i;
                found++;
            }
        }
    }
    return found == COUNT(wanted) ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
add_span(struct spans *s, struct sv host, struct span span)
{
    enum err err = intern_id(s->hosts, host, &span.host);

    if (err) {
        return err;
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
    s->item[s->count++] = span;
    return ERR_OK;
}

static enum coverage_why
why_of(struct sv name)
{
    for (size_t i = COVERAGE_WHY_NONE + 1; i < COVERAGE_WHY_COUNT; i++) {
        if (sv_eq(sv_from(coverage_why_name((enum coverage_why)i)), name)) {
            return (enum coverage_why)i;
        }
    }
    return COVERAGE_WHY_NONE;
}

static bool
is_state(struct sv name, enum coverage_state state)
{
    return sv_eq(name, sv_from(coverage_state_name(state)));
}

/* CLAIM_COUNT: it says nothing. */
static enum claim
claim_of(const struct rows *rows, const struct columns *col)
{
    struct sv state = rows_cell(rows, col->state).text;
    bool live = rows_cell(rows, col->live).i != 0;

    if (is_state(state, COVERAGE_OBSERVED)) {
        bool numbered = rows_cell(rows, col->first_id).type != CELL_NULL;

        return live || numbered ? CLAIM_SEEN : CLAIM_TRACE;
    }
    if (!live || is_state(state, COVERAGE_CLEARED)) {
        return CLAIM_COUNT;
    }
    if (is_state(state, COVERAGE_OFF)) {
        return CLAIM_OFF;
    }
    return sv_eq_nocase(rows_cell(rows, col->source).text, SV(DECISIVE)) ? CLAIM_DARK : CLAIM_ALIVE;
}

/* Every interval, even outside of the span: a computer that was never read in it counts, too. */
MUST_CHECK static enum err
read_spans(struct spans *s, struct rows *rows)
{
    struct columns col;
    enum err err = find_columns(rows, &col);

    while (!err) {
        err = rows_next(rows);
        if (!err) {
            struct span span = {.claim = claim_of(rows, &col),
                                .live = rows_cell(rows, col.live).i != 0,
                                .why = why_of(rows_cell(rows, col.why).text),
                                .from_ft = (uint64_t)rows_cell(rows, col.from).i,
                                .to_ft = (uint64_t)rows_cell(rows, col.to).i};

            span.to_ft = span.to_ft < span.from_ft ? span.from_ft : span.to_ft;
            if (span.claim != CLAIM_COUNT) {
                err = add_span(s, rows_cell(rows, col.host).text, span);
            }
        }
    }
    return err == ERR_END ? ERR_OK : err;
}

static int
span_cmp(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;

    if (x->host != y->host) {
        return x->host < y->host ? -1 : 1;
    }
    return x->from_ft < y->from_ft ? -1 : x->from_ft > y->from_ft;
}

static int
edge_cmp(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;

    return x->at_ft < y->at_ft ? -1 : x->at_ft > y->at_ft;
}

/* -- gaps -------------------------------------------------------------------------------------- */

/* Sleep is nobody's fault: it is told when there is room. */
static bool
matters_less(const struct watch_gap *a, const struct watch_gap *b)
{
    bool a_slept = a->why == COVERAGE_WHY_ASLEEP;
    bool b_slept = b->why == COVERAGE_WHY_ASLEEP;

    return a_slept != b_slept ? a_slept : a->to_ft - a->from_ft < b->to_ft - b->from_ft;
}

/* Keeps the few that matter most, in order of time. */
static void
add_gap(struct watch *w, struct watch_gap gap)
{
    size_t kept = w->gap_count < WATCH_GAPS_MAX ? (size_t)w->gap_count : WATCH_GAPS_MAX;
    size_t least = 0;

    if (gap.to_ft - gap.from_ft < WATCH_GAP_MIN) {
        return;
    }
    w->gap_count++;
    if (kept == WATCH_GAPS_MAX) {
        for (size_t i = 1; i < kept; i++) {
            if (matters_less(&w->gap[i], &w->gap[least])) {
                least = i;
            }
        }
        if (!matters_less(&w->gap[least], &gap)) {
            return;
        }
        kept--;
        memmove(&w->gap[least], &w->gap[least + 1], (kept - least) * sizeof(w->gap[0]));
    }
    w->gap[kept] = gap;
}

/* -- one computer ------------------------------------------------------------------------------ */

/* Time is walked from edge to edge; between two of them nothing changes. */
struct walk {
    struct watch *out;
    struct watch_gap asked;
    bool logs;             /* a log was read: traces do not count */
    uint64_t live_from_ft; /* 0: no sensor ever ran */
    uint64_t open[CLAIM_COUNT];
    uint64_t dark[COVERAGE_WHY_COUNT], live;
    struct watch_gap gap; /* the one that is open; empty: none */
};

static void
end_gap(struct walk *w)
{
    if (w->gap.to_ft > w->gap.from_ft) {
        add_gap(w->out, w->gap);
    }
    w->gap = (struct watch_gap){0};
}

/* Why nothing was observed, between two edges. */
static enum coverage_why
reason(const struct walk *w, uint64_t from_ft)
{
    for (size_t i = COVERAGE_WHY_NONE + 1; i < COVERAGE_WHY_COUNT; i++) {
        if (w->dark[i] > 0) {
            return (enum coverage_why)i;
        }
    }
    return w->live == 0 && w->live_from_ft != 0 && from_ft >= w->live_from_ft ? COVERAGE_WHY_STOPPED
                                                                              : COVERAGE_WHY_NONE;
}

static void
walk_between(struct walk *w, uint64_t from_ft, uint64_t to_ft)
{
    uint64_t seen = w->open[CLAIM_SEEN] + (w->logs ? 0 : w->open[CLAIM_TRACE]);
    enum coverage_why why;

    from_ft = from_ft > w->asked.from_ft ? from_ft : w->asked.from_ft;
    to_ft = to_ft < w->asked.to_ft ? to_ft : w->asked.to_ft;
    if (to_ft <= from_ft) {
        return;
    }
    if (seen > 0 && w->open[CLAIM_DARK] == 0) {
        w->out->watched += to_ft - from_ft;
        end_gap(w);
        return;
    }
    why = reason(w, from_ft);
    if (w->open[CLAIM_OFF] > 0) {
        w->out->off += to_ft - from_ft;
        why = COVERAGE_WHY_ASLEEP;
    }
    if (w->gap.to_ft != from_ft || w->gap.why != why) {
        end_gap(w);
        w->gap = (struct watch_gap){from_ft, to_ft, why};
    }
    w->gap.to_ft = to_ft;
}

static void
pass_edge(struct walk *w, const struct edge *e)
{
    uint64_t one = e->begins ? 1 : UINT64_MAX; /* adds or takes one */

    w->open[e->span->claim] += one;
    w->live += e->span->live ? one : 0;
    if (e->span->claim == CLAIM_DARK) {
        w->dark[e->span->why] += one;
    }
}

/* What was asked, or from the computer's first record to its last. */
static struct watch_gap
extent(const struct span *span, size_t count, const struct walk *w)
{
    struct watch_gap asked = w->asked;
    uint64_t first_ft = UINT64_MAX;
    uint64_t last_ft = 0;

    for (size_t i = 0; i < count; i++) {
        if (span[i].claim != CLAIM_TRACE || !w->logs) {
            first_ft = span[i].from_ft < first_ft ? span[i].from_ft : first_ft;
            last_ft = span[i].to_ft > last_ft ? span[i].to_ft : last_ft;
        }
    }
    asked.from_ft = asked.from_ft != 0 ? asked.from_ft : first_ft;
    asked.to_ft = asked.to_ft != 0 ? asked.to_ft : last_ft;
    if (asked.to_ft < asked.from_ft) {
        asked.to_ft = asked.from_ft;
    }
    return asked;
}

/* `edge` has room for two a span. */
static void
measure_host(struct walk *w, const struct span *span, size_t count, struct edge *edge)
{
    uint64_t off_before = w->out->off;
    uint64_t at_ft = 0;

    for (size_t i = 0; i < count; i++) {
        w->logs |= span[i].claim != CLAIM_TRACE;
        if (span[i].live && (w->live_from_ft == 0 || span[i].from_ft < w->live_from_ft)) {
            w->live_from_ft = span[i].from_ft;
        }
        edge[2 * i] = (struct edge){span[i].from_ft, &span[i], true};
        edge[2 * i + 1] = (struct edge){span[i].to_ft, &span[i], false};
    }
    qsort(edge, 2 * count, sizeof(*edge), edge_cmp);
    w->asked = extent(span, count, w);
    for (size_t i = 0; i < 2 * count; i++) {
        walk_between(w, at_ft, edge[i].at_ft);
        at_ft = edge[i].at_ft;
        pass_edge(w, &edge[i]);
    }
    walk_between(w, at_ft, w->asked.to_ft);
    end_gap(w);
    w->out->asked += w->asked.to_ft - w->asked.from_ft - (w->out->off - off_before);
    w->out->hosts++;
}

MUST_CHECK static enum err
measure(struct spans *s, struct watch_gap asked, struct watch *out)
{
    struct edge *edge;
    size_t first = 0;

    *out = (struct watch){0};
    if (s->count == 0) {
        return ERR_OK;
    }
    edge = mem_array(s->count, 2 * sizeof(*edge));
    if (edge == NULL) {
        return ERR_NOMEM;
    }
    qsort(s->item, s->count, sizeof(s->item[0]), span_cmp);
    for (size_t i = 1; i <= s->count; i++) {
        if (i == s->count || s->item[i].host != s->item[first].host) {
            struct walk w = {.out = out, .asked = asked};

            measure_host(&w, &s->item[first], i - first, edge);
            first = i;
        }
    }
    mem_free(edge);
    return ERR_OK;
}

enum err
watch_measure(struct store *s, struct sv host, struct watch_gap span, struct watch *out)
{
    struct store_filter f = {.host = host};
    struct spans spans = {0};
    struct rows *rows = NULL;
    enum err err = intern_create(HOSTS_MAX, &spans.hosts);

    if (!err) {
        err = store_rows(s, ROWS_COVERAGE, &f, &rows);
    }
    if (!err) {
        err = read_spans(&spans, rows);
    }
    if (!err) {
        err = measure(&spans, span, out);
    }
    rows_close(rows);
    intern_destroy(spans.hosts);
    mem_free(spans.item);
    return err;
}
