/* watch - the union of the observed intervals of each computer, and the gaps between them. */
#include "cli/watch.h"

#include <stdlib.h>

#include "core/intern.h"
#include "core/mem.h"

#define HOSTS_MAX 65535
#define SPANS_FIRST 64

struct span {
    uint32_t host;
    bool trace; /* of a kernel trace: it has no record ids */
    uint64_t from_ft, to_ft;
};

struct spans {
    struct span *item;
    size_t count, cap;
    struct intern *hosts;
};

struct columns {
    size_t host, from, to, state, first_id;
};

MUST_CHECK static enum err
find_columns(const struct rows *rows, struct columns *out)
{
    *out = (struct columns){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < rows_columns(rows); i++) {
        const char *name = rows_name(rows, i);

        out->host = strcmp(name, "host") == 0 ? i : out->host;
        out->from = strcmp(name, "from_time") == 0 ? i : out->from;
        out->to = strcmp(name, "to_time") == 0 ? i : out->to;
        out->state = strcmp(name, "state") == 0 ? i : out->state;
        out->first_id = strcmp(name, "first_record_id") == 0 ? i : out->first_id;
    }
    if (out->host == SIZE_MAX || out->from == SIZE_MAX || out->to == SIZE_MAX ||
        out->state == SIZE_MAX || out->first_id == SIZE_MAX) {
        return ERR_FORMAT;
    }
    return ERR_OK;
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

/* Every interval, even outside of the span: a computer that was never read in it counts, too. */
MUST_CHECK static enum err
read_spans(struct spans *s, struct rows *rows)
{
    struct columns col;
    enum err err = find_columns(rows, &col);

    while (!err) {
        err = rows_next(rows);
        if (!err && sv_eq(rows_cell(rows, col.state).text,
                          sv_from(coverage_state_name(COVERAGE_OBSERVED)))) {
            struct span span = {.trace = rows_cell(rows, col.first_id).type == CELL_NULL,
                                .from_ft = (uint64_t)rows_cell(rows, col.from).i,
                                .to_ft = (uint64_t)rows_cell(rows, col.to).i};

            err = add_span(s, rows_cell(rows, col.host).text, span);
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
    if (x->trace != y->trace) {
        return x->trace ? 1 : -1;
    }
    if (x->from_ft != y->from_ft) {
        return x->from_ft < y->from_ft ? -1 : 1;
    }
    return x->to_ft < y->to_ft ? -1 : x->to_ft > y->to_ft;
}

/* Keeps the longest few, in order of time. */
static void
add_gap(struct watch *w, uint64_t from_ft, uint64_t to_ft)
{
    size_t kept = w->gap_count < WATCH_GAPS_MAX ? (size_t)w->gap_count : WATCH_GAPS_MAX;
    size_t shortest = 0;

    if (to_ft - from_ft < WATCH_GAP_MIN) {
        return;
    }
    w->gap_count++;
    if (kept == WATCH_GAPS_MAX) {
        for (size_t i = 1; i < kept; i++) {
            if (w->gap[i].to_ft - w->gap[i].from_ft <
                w->gap[shortest].to_ft - w->gap[shortest].from_ft) {
                shortest = i;
            }
        }
        if (to_ft - from_ft <= w->gap[shortest].to_ft - w->gap[shortest].from_ft) {
            return;
        }
        kept--;
        memmove(&w->gap[shortest], &w->gap[shortest + 1], (kept - shortest) * sizeof(w->gap[0]));
    }
    w->gap[kept] = (struct watch_gap){from_ft, to_ft};
}

/* What was asked, or from the computer's first record to its last. */
static struct watch_gap
extent(const struct span *span, size_t count, struct watch_gap asked)
{
    uint64_t last_ft = 0;

    for (size_t i = 0; i < count; i++) {
        last_ft = span[i].to_ft > last_ft ? span[i].to_ft : last_ft;
    }
    asked.from_ft = asked.from_ft != 0 ? asked.from_ft : span[0].from_ft;
    asked.to_ft = asked.to_ft != 0 ? asked.to_ft : last_ft;
    if (asked.to_ft < asked.from_ft) {
        asked.to_ft = asked.from_ft;
    }
    return asked;
}

/* One computer: its spans are sorted by their begin. */
static void
measure_host(struct watch *w, const struct span *span, size_t count, struct watch_gap all)
{
    struct watch_gap asked = extent(span, count, all);
    uint64_t seen_to = asked.from_ft; /* everything before is settled */

    for (size_t i = 0; i < count; i++) {
        uint64_t from = span[i].from_ft > asked.from_ft ? span[i].from_ft : asked.from_ft;
        uint64_t to = span[i].to_ft < asked.to_ft ? span[i].to_ft : asked.to_ft;

        if (to <= seen_to) {
            continue;
        }
        if (from > seen_to) {
            add_gap(w, seen_to, from);
            seen_to = from;
        }
        w->watched += to - seen_to;
        seen_to = to;
    }
    if (seen_to < asked.to_ft) {
        add_gap(w, seen_to, asked.to_ft);
    }
    w->asked += asked.to_ft - asked.from_ft;
    w->hosts++;
}

/* Logs come before traces. */
static size_t
count_logs(const struct span *span, size_t count)
{
    size_t logs = 0;

    while (logs < count && !span[logs].trace) {
        logs++;
    }
    return logs;
}

static void
measure(struct spans *s, struct watch_gap asked, struct watch *out)
{
    size_t first = 0;

    *out = (struct watch){0};
    if (s->count == 0) {
        return;
    }
    qsort(s->item, s->count, sizeof(s->item[0]), span_cmp);
    for (size_t i = 1; i <= s->count; i++) {
        if (i == s->count || s->item[i].host != s->item[first].host) {
            size_t logs = count_logs(&s->item[first], i - first);

            measure_host(out, &s->item[first], logs > 0 ? logs : i - first, asked);
            first = i;
        }
    }
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
        measure(&spans, span, out);
    }
    rows_close(rows);
    intern_destroy(spans.hosts);
    mem_free(spans.item);
    return err;
}
