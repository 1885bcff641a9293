/* intake_ndjson - normalised events, one JSON object a line, as `kanari events -o ndjson` prints.
 */
#include <stdio.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "engine/adapter_event.h"
#include "engine/intake.h"

#define LINE_MAX_LEN (256u * 1024)
#define WINDOW_LEN (4u * LINE_MAX_LEN)

struct lines {
    struct file *f;
    char *window;
    size_t pos, fill;
    uint64_t offset; /* in the file, of window[fill] */
    uint64_t line_offset;
    uint64_t number;
    bool at_end;
    bool too_long; /* the line just given is the head of a longer one, which is skipped */
};

MUST_CHECK static enum err
refill(struct lines *l)
{
    size_t got = 0;

    memmove(l->window, l->window + l->pos, l->fill - l->pos);
    l->fill -= l->pos;
    l->pos = 0;
    enum err err = file_read_at(l->f, l->offset, l->window + l->fill, WINDOW_LEN - l->fill, &got);
    if (err) {
        return err;
    }
    l->at_end = got < WINDOW_LEN - l->fill;
    l->fill += got;
    l->offset += got;
    return ERR_OK;
}

/* Drops the rest of an over-long line. */
MUST_CHECK static enum err
skip_line(struct lines *l)
{
    for (;;) {
        char *end = memchr(l->window + l->pos, '\n', l->fill - l->pos);

        if (end != NULL) {
            l->pos = (size_t)(end - l->window) + 1;
            return ERR_OK;
        }
        l->pos = l->fill;
        if (l->at_end) {
            return ERR_OK;
        }
        enum err err = refill(l);
        if (err) {
            return err;
        }
    }
}

/* The next line without its end; until the next call. ERR_END after the last. */
MUST_CHECK static enum err
next_line(struct lines *l, struct sv *out)
{
    enum err err = l->too_long ? skip_line(l) : ERR_OK;

    if (!err && !l->at_end && l->fill - l->pos < LINE_MAX_LEN) {
        err = refill(l);
    }
    if (err) {
        return err;
    }
    if (l->pos == l->fill) {
        return ERR_END;
    }
    char *start = l->window + l->pos;
    size_t left = l->fill - l->pos;
    size_t most = left < LINE_MAX_LEN ? left : LINE_MAX_LEN;
    char *end = memchr(start, '\n', most);

    l->number++;
    l->line_offset = l->offset - left;
    l->too_long = end == NULL && most == LINE_MAX_LEN;
    *out = (struct sv){start, end != NULL ? (size_t)(end - start) : most};
    l->pos += end != NULL ? out->len + 1 : most;
    return ERR_OK;
}

MUST_CHECK static enum err
bad_line(const struct lines *l, const char *why, struct replay_file *file)
{
    char text[INTAKE_WHY_MAX];

    if (file->errors++ > 0) {
        return ERR_OK;
    }
    file->first_error_offset = l->line_offset;
    snprintf(text, sizeof(text), "line %llu: %s", (unsigned long long)l->number, why);
    return intake_give_up(file, ERR_OK, text);
}

/* The record's number in a log, whose holes are lost records; 0: none. */
static uint64_t
number_of(const struct event *ev)
{
    bool of_log = !event_has(ev, channel) || !sv_eq(ev->channel, SV(ADAPTER_EVENT_CHANNEL));

    return of_log && event_has(ev, record_id) ? ev->record_id : 0;
}

/* Attempts are Kanari's own conclusion: they are made again, never taken over. */
MUST_CHECK static enum err
take_event(struct intake *in, const struct event *ev, struct replay_file *file)
{
    enum err err = ERR_OK;

    file->records++;
    if (in->tally != NULL && event_has(ev, provider)) {
        err = tally_add(in->tally, ev->provider, event_has(ev, event_id) ? ev->event_id : 0,
                        event_has(ev, version) ? ev->version : 0);
    }
    if (!err && event_has(ev, host)) {
        err = spans_record(in->spans, ev->host, ev->channel, ev->time_ft, number_of(ev));
    }
    if (err) {
        return err;
    }
    if (ev->kind == EV_LOGON_ATTEMPT) {
        file->skipped++;
        return ERR_OK;
    }
    file->events++;
    return order_put(in->order, ev);
}

MUST_CHECK static enum err
take_line(struct intake *in, const struct lines *l, struct sv line, struct buf *arena,
          struct replay_file *file)
{
    struct event ev;
    char why[EVENT_WHY_MAX];

    if (l->number == 1 && sv_starts_with(line, SV("\xEF\xBB\xBF"))) {
        line = (struct sv){line.p + 3, line.len - 3};
    }
    line = sv_trim(line);
    if (line.len == 0) {
        return ERR_OK;
    }
    if (l->too_long) {
        return bad_line(l, "longer than a line of events can be", file);
    }
    enum err err = event_from_json(line, arena, &ev, why);
    if (err == ERR_NOMEM) {
        return err;
    }
    return err ? bad_line(l, why, file) : take_event(in, &ev, file);
}

enum err
intake_ndjson(struct intake *in, struct file *f, struct replay_file *file)
{
    struct lines l = {.f = f};
    struct buf arena;
    struct sv line;
    enum err err = ERR_OK;
    enum err fatal = ERR_OK;

    buf_init(&arena, EVENT_PACKED_MAX * 8);
    l.window = mem_alloc(WINDOW_LEN);
    if (l.window == NULL) {
        fatal = ERR_NOMEM;
        goto done;
    }
    while (!err && !fatal) {
        err = next_line(&l, &line);
        if (!err) {
            fatal = take_line(in, &l, line, &arena, file);
            intake_progress(in, l.line_offset);
        }
    }
    if (!fatal && err != ERR_END) {
        fatal = intake_give_up(file, err, "reading stopped before the end");
    }
    metric_add(METRIC_RECORDS_DAMAGED, file->errors);
done:
    mem_free(l.window);
    buf_fini(&arena);
    return fatal;
}
