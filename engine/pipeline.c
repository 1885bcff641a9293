/* pipeline - state, detectors, stories, sink: each event passes them once, in order. */
#include "engine/pipeline.h"

#include "core/mem.h"
#include "core/tm.h"
#include "detectors/detector.h"
#include "detectors/stories.h"
#include "state/script_blocks.h"
#include "state/state.h"

#define TICK TM_MIN

struct pipeline {
    struct pipeline_sink sink;
    struct state *state;
    struct detectors *detectors;
    struct stories *stories;
    struct script_blocks *scripts;
    uint64_t next_tick_ft;
    uint64_t kinds[EV_COUNT];
};

/* -- what each stage hands to the next --------------------------------------------------------- */

static enum err
on_story(void *ctx, const struct story *s)
{
    struct pipeline *p = ctx;

    return p->sink.story(p->sink.ctx, s);
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct pipeline *p = ctx;
    enum err err = p->sink.alert(p->sink.ctx, a);

    return err ? err : stories_alert(p->stories, a);
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct pipeline *p = ctx;
    enum err err = p->sink.attempt(p->sink.ctx, a);

    p->kinds[EV_LOGON_ATTEMPT]++;
    if (!err) {
        err = stories_attempt(p->stories, a);
    }
    return err ? err : detectors_attempt(p->detectors, p->state, a);
}

static enum err
on_process(void *ctx, const struct process *p)
{
    struct pipeline *pipeline = ctx;

    return pipeline->sink.process(pipeline->sink.ctx, p);
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    struct pipeline *p = ctx;

    return p->sink.adapter(p->sink.ctx, a);
}

static enum err
on_tied(void *ctx, const struct process *p, enum process_tie was)
{
    const struct pipeline *pipeline = ctx;

    return stories_process(pipeline->stories, p, was);
}

/* -- one event ------------------------------------------------------------------------------------
 */

/* Once a minute of event time. A pause in the log costs one tick, not one for each minute of it. */
MUST_CHECK static enum err
tick(struct pipeline *p, uint64_t now_ft)
{
    enum err err;

    if (now_ft < p->next_tick_ft && p->next_tick_ft - now_ft <= STATE_CLOCK_STEP) {
        return ERR_OK; /* further back: the clock was set, and ticks anew */
    }
    p->next_tick_ft = now_ft - now_ft % TICK + TICK;
    err = state_tick(p->state, now_ft);
    return err ? err : detectors_tick(p->detectors, p->state, now_ft);
}

/* What is stored and judged is the event as the state completes it. */
MUST_CHECK static enum err
complete_and_give(struct pipeline *p, struct event *ev, struct sv packed)
{
    bool changed;
    enum err err = state_complete(p->state, ev, &changed);

    if (err) {
        return err;
    }
    return p->sink.event(p->sink.ctx, ev, changed ? (struct sv){NULL, 0} : packed);
}

/* One event that is whole, at its time. */
MUST_CHECK static enum err
pass(struct pipeline *p, struct event *ev, struct sv packed)
{
    enum err err = tick(p, ev->time_ft);

    p->kinds[ev->kind]++;
    if (!err) {
        err = complete_and_give(p, ev, packed);
    }
    if (!err) {
        err = stories_observed(p->stories, ev->host, EV_BIT(ev->kind));
    }
    if (!err) {
        err = state_event(p->state, ev);
    }
    return err ? err : detectors_event(p->detectors, p->state, ev);
}

/* No scanner takes the whole text yet. */
static enum err
on_script(void *ctx, struct event *ev, struct sv whole)
{
    (void)whole;
    return pass(ctx, ev, (struct sv){NULL, 0});
}

/* -- the pipeline --------------------------------------------------------------------------------
 */

enum err
pipeline_create(const struct config *cfg, const struct pipeline_sink *sink, struct pipeline **out)
{
    struct pipeline *p = mem_zalloc(sizeof(*p));
    enum err err;

    if (p == NULL) {
        return ERR_NOMEM;
    }
    p->sink = *sink;
    err = state_create(cfg, on_attempt, p, &p->state);
    if (!err) {
        state_on_process(p->state, on_process);
        state_on_tied(p->state, on_tied);
        state_on_adapter(p->state, on_adapter);
        err = detectors_create(cfg, on_alert, p, &p->detectors);
    }
    if (!err) {
        err = stories_create(cfg, on_story, p, &p->stories);
    }
    if (!err) {
        err = script_blocks_create(on_script, p, &p->scripts);
    }
    if (err) {
        pipeline_destroy(p);
        return err;
    }
    *out = p;
    return ERR_OK;
}

void
pipeline_destroy(struct pipeline *p)
{
    if (p == NULL) {
        return;
    }
    script_blocks_destroy(p->scripts);
    stories_destroy(p->stories);
    detectors_destroy(p->detectors);
    state_destroy(p->state);
    mem_free(p);
}

enum err
pipeline_event(struct pipeline *p, struct event *ev, struct sv packed)
{
    enum err err = ERR_OK;

    if (script_blocks_due(p->scripts) < ev->time_ft) {
        err = script_blocks_release(p->scripts, ev->time_ft);
    }
    if (err) {
        return err;
    }
    return ev->kind == EV_SCRIPT_BLOCK ? script_blocks_put(p->scripts, ev) : pass(p, ev, packed);
}

void
pipeline_set_sink(struct pipeline *p, const struct pipeline_sink *sink)
{
    p->sink = *sink;
}

enum err
pipeline_tick(struct pipeline *p, uint64_t now_ft)
{
    enum err err = script_blocks_release(p->scripts, now_ft);

    if (!err) {
        err = state_tick(p->state, now_ft);
    }
    return err ? err : tick(p, now_ft);
}

bool
pipeline_waits(const struct pipeline *p)
{
    return script_blocks_due(p->scripts) != UINT64_MAX;
}

enum err
pipeline_settle(struct pipeline *p, uint64_t now_ft)
{
    enum err err = pipeline_tick(p, now_ft);

    stories_forget(p->stories);
    return err;
}

enum err
pipeline_adopt_alert(struct pipeline *p, const struct alert *a, uint64_t now_ft)
{
    return detectors_adopt(p->detectors, a, now_ft);
}

enum err
pipeline_adopt_story(struct pipeline *p, const struct story *s, story_alert_fn find, void *ctx)
{
    return stories_adopt(p->stories, s, find, ctx);
}

enum err
pipeline_refresh(struct pipeline *p)
{
    enum err err = detectors_refresh(p->detectors);

    return err ? err : stories_flush(p->stories);
}

enum err
pipeline_finish(struct pipeline *p)
{
    enum err err = script_blocks_flush(p->scripts);

    if (!err) {
        err = state_flush(p->state);
    }
    if (!err) {
        err = detectors_flush(p->detectors, p->state);
    }
    return err ? err : stories_flush(p->stories);
}

const uint64_t *
pipeline_kinds(const struct pipeline *p)
{
    return p->kinds;
}

void
pipeline_tell_early(struct pipeline *p)
{
    state_tell_early(p->state);
}
