/* warm - the past once more, muted. */
#include "engine/warm.h"

#include "core/tm.h"
#include "detectors/rules.h"

#define STOP_EVERY 4096u /* events between two looks at stop() */

/* -- nothing is kept --------------------------------------------------------------------------- */

static enum err
drop_event(void *ctx, const struct event *ev, struct sv packed)
{
    (void)ctx;
    (void)ev;
    (void)packed;
    return ERR_OK;
}

static enum err
drop_attempt(void *ctx, const struct attempt *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
drop_alert(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
drop_story(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static enum err
drop_process(void *ctx, const struct process *p)
{
    (void)ctx;
    (void)p;
    return ERR_OK;
}

static enum err
drop_adapter(void *ctx, const struct net_adapter *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static const struct pipeline_sink mute = {NULL,       drop_event,   drop_attempt, drop_alert,
                                          drop_story, drop_process, drop_adapter};

/* -- the past ---------------------------------------------------------------------------------- */

/* The tick of the last batch; 0: there was none. */
MUST_CHECK static enum err
read_clock(struct store *s, const char *name, uint64_t *out)
{
    struct buf text;
    enum err err;

    *out = 0;
    buf_init(&text, SIZE_MAX);
    err = store_bookmark(s, sv_from(name), &text, NULL);
    if (!err && sv_u64(buf_sv(&text), out)) {
        *out = 0;
    }
    buf_fini(&text);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* One event. At the first one behind history all that waits is decided, as it was then. */
MUST_CHECK static enum err
replay_event(struct pipeline *p, struct event *ev, uint64_t *history_ft)
{
    enum err err = ERR_OK;

    if (*history_ft != 0 && ev->time_ft >= *history_ft) {
        *history_ft = 0;
        err = pipeline_finish(p);
    }
    return err ? err : pipeline_event(p, ev, (struct sv){NULL, 0});
}

MUST_CHECK static enum err
replay_events(struct pipeline *p, struct store *s, const struct warm_opts *o, uint64_t from_ft)
{
    const struct store_filter filter = {.since_ft = from_ft, .until_ft = o->until_ft};
    struct store_events *events = NULL;
    struct event ev;
    uint64_t count = 0;
    uint64_t history_ft = o->history_ft > from_ft ? o->history_ft : 0;
    enum err err = store_events_open(s, &filter, &events);

    while (!err) {
        err = store_events_next(events, &ev);
        if (!err) {
            err = replay_event(p, &ev, &history_ft);
        }
        if (!err && ++count % STOP_EVERY == 0 && o->stop != NULL && o->stop(o->ctx)) {
            err = ERR_CANCELLED;
        }
    }
    store_events_close(events);
    if (err == ERR_END) {
        err = history_ft != 0 ? pipeline_finish(p) : ERR_OK;
    }
    return err;
}

struct adoption {
    struct pipeline *pipeline;
    struct store *store;
    const struct warm_opts *opts;
    enum alert_state state; /* those in it */
    uint64_t now_ft;
};

static bool
is_ours(const struct warm_opts *o, uint64_t first_ft)
{
    return first_ft >= o->since_ft && (o->until_ft == 0 || first_ft < o->until_ft);
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    const struct adoption *ad = ctx;

    return a->state == ad->state && is_ours(ad->opts, a->first_ft)
               ? pipeline_adopt_alert(ad->pipeline, a, ad->now_ft)
               : ERR_OK;
}

static enum err
find_alert(void *ctx, const char *id, struct alert *out)
{
    return store_alert(ctx, sv_from(id), rule_by_id, out);
}

static enum err
on_story(void *ctx, const struct story *s)
{
    const struct adoption *ad = ctx;

    return is_ours(ad->opts, s->first_ft)
               ? pipeline_adopt_story(ad->pipeline, s, find_alert, ad->store)
               : ERR_OK;
}

struct warm_span {
    uint64_t from_ft, now_ft;
};

/* Of what is read, a row that is damaged is left out. */
static bool
is_read(enum err err)
{
    return err == ERR_OK || err == ERR_FORMAT;
}

MUST_CHECK static enum err
adopt(struct pipeline *p, struct store *s, const struct warm_opts *o, const struct warm_span *span)
{
    const struct store_filter lately = {.since_ft = span->from_ft};
    const struct store_filter open = {.open_only = true};
    struct adoption ad = {p, s, o, ALERT_CLOSED, span->now_ft};
    enum err err = store_each_story(s, &open, on_story, &ad);

    if (is_read(err)) {
        err = store_each_alert(s, &lately, rule_by_id, on_alert, &ad);
    }
    if (is_read(err)) {
        ad.state = ALERT_OPEN;
        err = store_each_alert(s, &open, rule_by_id, on_alert, &ad);
    }
    return is_read(err) ? ERR_OK : err;
}

/* What the store holds for this pipeline, and when it was decided last. */
MUST_CHECK static enum err
find_span(struct store *s, const struct warm_opts *o, struct warm_span *out)
{
    uint64_t newest_ft = 0, oldest_ft = 0;
    enum err err = read_clock(s, o->clock, &out->now_ft);

    if (!err) {
        err = store_span(s, &oldest_ft, &newest_ft);
    }
    if (o->until_ft != 0 && o->until_ft < newest_ft) {
        newest_ft = o->until_ft;
    }
    out->from_ft = newest_ft > WARM_SPAN ? newest_ft - WARM_SPAN : 0;
    if (out->from_ft < o->since_ft) {
        out->from_ft = o->since_ft;
    }
    if (out->now_ft == 0) {
        out->now_ft = newest_ft;
    }
    return err;
}

MUST_CHECK static enum err
warm_from(struct pipeline *p, struct store *s, const struct warm_opts *o)
{
    struct warm_span span = {0};
    enum err err = find_span(s, o, &span);

    if (!err) {
        err = replay_events(p, s, o, span.from_ft);
    }
    if (!err) {
        err = pipeline_settle(p, span.now_ft);
    }
    pipeline_set_sink(p, &o->sink);
    return err ? err : adopt(p, s, o, &span);
}

enum err
warm_pipeline(struct pipeline *p, const struct warm_opts *o)
{
    struct store *s = NULL;
    enum err err = store_open(o->store_path, STORE_READ, &s);

    pipeline_set_sink(p, &mute);
    if (!err) {
        err = warm_from(p, s, o);
    }
    pipeline_set_sink(p, &o->sink);
    store_close(s);
    return err;
}
