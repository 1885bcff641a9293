/*
 * history - what the logs hold from before this computer was watched: read once, with low priority,
 * by an engine of its own, merged by time.
 *
 * Its alerts are marked `retro` and reported as one summary (rule 1020) when it has come to the
 * moment from which on the live sensor reads. Positions, clock and batches are its own, so a kill
 * costs nothing; then detect takes over the windows by warming up anew from the store.
 */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "engine/warm.h"
#include "platform/platform.h"

#define WAIT_MS 1000u
#define PATIENCE_NS                                                                                \
    (120 * NS_PER_S) /* nothing is urgent, and a large log is slow to look through */
#define READY_NS (NS_PER_S / 5)
#define NAME_MAX 64u
/* Of event time: the store knows the counts of an alert long before it is idle for so long that it
 * is closed, whether that happens in this run or while another one warms up. */
#define REFRESH_FT TM_HOUR

struct reader {
    struct live *live;
    struct config *cfg;  /* its own: the live one may be replaced */
    struct store *store; /* positions, while it starts */
    struct inlet *inlet;
    struct feed *feed;
    struct keeper *keeper;
    struct pipeline *pipeline;
    char name[CHANNEL_COUNT][NAME_MAX];
    uint64_t last_ft[CHANNEL_COUNT];
    uint64_t oldest_ft, refreshed_ft;
    uint64_t alerts;
    enum severity worst;
    struct pipeline_sink inner; /* the keeper's */
    enum err err;
};

static bool
is_stopped(void *ctx)
{
    const struct reader *r = ctx;

    return flag_is_up(r->live->stop);
}

/* -- counting alerts on their way to the keeper ------------------------------------------------ */

static enum err
on_event(void *ctx, const struct event *ev, struct sv packed)
{
    struct reader *r = ctx;

    return r->inner.event(r->inner.ctx, ev, packed);
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct reader *r = ctx;

    return r->inner.attempt(r->inner.ctx, a);
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct reader *r = ctx;

    r->alerts += a->revision == 1;
    r->worst = a->severity > r->worst ? a->severity : r->worst;
    return r->inner.alert(r->inner.ctx, a);
}

static enum err
on_story(void *ctx, const struct story *s)
{
    struct reader *r = ctx;

    return r->inner.story(r->inner.ctx, s);
}

static enum err
on_process(void *ctx, const struct process *p)
{
    struct reader *r = ctx;

    return r->inner.process(r->inner.ctx, p);
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    struct reader *r = ctx;

    return r->inner.adapter(r->inner.ctx, a);
}

/* -- start ------------------------------------------------------------------------------------- */

/* For feed_create(). */
static bool
begin_channel(void *ctx, const struct channel *c, struct buf *out, uint64_t *since_ft)
{
    struct reader *r = ctx;
    char *name = r->name[c - channel_all];
    enum err err;

    (void)snprintf(name, NAME_MAX, "%s%s", HISTORY_PREFIX, c->name);
    *since_ft = 0;
    err = store_bookmark(r->store, sv_from(name), out, NULL);
    if (err == ERR_NOTFOUND) {
        buf_clear(out);
        return true;
    }
    r->err = r->err ? r->err : err;
    return !sv_eq(buf_sv(out), SV(HISTORY_DONE));
}

MUST_CHECK static enum err
open_feed(struct reader *r)
{
    const struct feed_opts feed = {.api = r->live->evtlog,
                                   .inlet = r->inlet,
                                   .forwarded = r->cfg->forwarded,
                                   .history = true,
                                   .until_ft = r->live->since_ft,
                                   .begin = begin_channel,
                                   .ctx = r};
    enum err err = store_open(r->live->store_path, STORE_READ, &r->store);

    if (!err) {
        err = feed_create(&feed, &r->feed);
    }
    store_close(r->store);
    r->store = NULL;
    return err ? err : r->err;
}

MUST_CHECK static enum err
open_reader(struct reader *r)
{
    const struct keeper_opts keeper = {r->live->spool, true, true};
    const struct pipeline_sink sink = {r,        on_event,   on_attempt, on_alert,
                                       on_story, on_process, on_adapter};
    const struct warm_opts warm = {.store_path = r->live->store_path,
                                   .until_ft = r->live->since_ft,
                                   .clock = HISTORY_CLOCK,
                                   .sink = sink,
                                   .stop = is_stopped,
                                   .ctx = r};
    enum err err = inlet_create(CHANNEL_COUNT, PATIENCE_NS, &r->inlet);

    if (!err) {
        err = keeper_create(&keeper, &r->keeper);
    }
    if (!err) {
        r->inner = keeper_sink(r->keeper);
        err = pipeline_create(r->cfg, &sink, &r->pipeline);
    }
    if (!err) {
        err = warm_pipeline(r->pipeline, &warm);
    }
    return err ? err : open_feed(r);
}

/* More than one transaction has room for was decided at once. */
static void
count_shed(const struct reader *r)
{
    for (size_t i = 0; r->keeper != NULL && i < EV_COUNT; i++) {
        atomic_fetch_add(&r->live->history.shed[i], keeper_shed(r->keeper, (enum event_kind)i));
    }
}

static void
close_reader(struct reader *r)
{
    count_shed(r);
    feed_destroy(r->feed);
    pipeline_destroy(r->pipeline);
    keeper_destroy(r->keeper);
    inlet_destroy(r->inlet);
    config_destroy(r->cfg);
    mem_free(r);
}

/* -- items ------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
take_event(struct reader *r, const struct inlet_item *item)
{
    struct event ev;
    enum err err = event_unpack((const uint8_t *)item->data.p, item->data.len, &ev);

    if (err) {
        return err;
    }
    if (r->oldest_ft == 0 || ev.time_ft < r->oldest_ft) {
        r->oldest_ft = ev.time_ft;
    }
    r->last_ft[item->source] = ev.time_ft;
    atomic_fetch_add(&r->live->history.records, 1);
    keeper_clock(r->keeper, HISTORY_CLOCK, ev.time_ft);
    err = pipeline_event(r->pipeline, &ev, item->data);
    if (!err && ev.time_ft >= r->refreshed_ft + REFRESH_FT) {
        r->refreshed_ft = ev.time_ft;
        err = pipeline_refresh(r->pipeline);
    }
    return err;
}

static void
take_item(struct reader *r, const struct inlet_item *item)
{
    struct sv position = item->position;
    enum err err = ERR_OK;

    if (item->type == INLET_EVENT) {
        err = take_event(r, item);
    } else if (item->type == INLET_NOTE && item->note == FEED_ENDED) {
        position = SV(HISTORY_DONE);
    }
    if (!err && position.len > 0) {
        err = keeper_position(r->keeper, item->source, r->name[item->source], position,
                              r->last_ft[item->source]);
    }
    if (err) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

/* Batches wait for the store here: nobody waits for history. False: stopped meanwhile. */
MUST_CHECK static bool
wait_for_room(struct reader *r)
{
    while (!keeper_ready(r->keeper, clock_mono_ns() + READY_NS)) {
        if (is_stopped(r)) {
            return false;
        }
    }
    return true;
}

static void
close_batch(struct reader *r)
{
    uint64_t now_ns = clock_mono_ns();

    if (now_ns >= keeper_due_ns(r->keeper) &&
        !(pipeline_waits(r->pipeline) && keeper_may_wait(r->keeper, now_ns))) {
        enum err err = keeper_close_batch(r->keeper);

        (void)err; /* the spool is full: it stays open */
    }
}

MUST_CHECK static bool
take_all(struct reader *r)
{
    struct inlet_item item;

    while (!is_stopped(r) && wait_for_room(r)) {
        if (!inlet_take(r->inlet, clock_mono_ns(), &item)) {
            return true;
        }
        take_item(r, &item);
        close_batch(r);
    }
    return false;
}

/* -- the end ----------------------------------------------------------------------------------- */

static void
tell_summary(struct reader *r)
{
    char alerts[ALERT_NUMBER_MAX], records[ALERT_NUMBER_MAX], from[TM_TEXT_MAX];
    struct alert a = {.revision = 1,
                      .rule = &rule_table[RULE_HISTORY_READ],
                      .severity = r->worst,
                      .state = ALERT_CLOSED,
                      .retro = true,
                      .count = r->alerts};

    a.first_ft = r->oldest_ft != 0 ? r->oldest_ft : r->live->since_ft;
    a.last_ft = r->live->since_ft;
    (void)snprintf(a.host, sizeof(a.host), "%s", buf_str(&r->live->host));
    rule_message(a.rule, a.message);
    alert_number(r->alerts, alerts);
    alert_number(atomic_load(&r->live->history.records), records);
    (void)tm_format(a.first_ft, from);
    alert_param(&a, "alerts", sv_from(alerts));
    alert_param(&a, "worst", sv_from(severity_name(r->worst)));
    alert_param(&a, "records", sv_from(records));
    alert_param(&a, "from", sv_from(from));
    alert_make_id(&a);
    keeper_alert(r->keeper, &a, BATCH_REPORTED);
}

/* The windows are handed over through the store: everything is in it before detect is told. */
MUST_CHECK static enum err
finish(struct reader *r)
{
    enum err err = pipeline_finish(r->pipeline);

    if (!err) {
        err = pipeline_tick(r->pipeline, r->live->since_ft);
    }
    if (err) {
        return err;
    }
    keeper_clock(r->keeper, HISTORY_CLOCK, r->live->since_ft);
    tell_summary(r);
    err = keeper_position(r->keeper, MARK_HISTORY, HISTORY_NAME, SV(HISTORY_DONE), 1);
    while (!err) {
        err = keeper_close_batch(r->keeper);
        if (err != ERR_FULL) {
            break;
        }
        err = flag_wait_until(r->live->stop, clock_mono_ns() + READY_NS) ? ERR_CANCELLED : ERR_OK;
    }
    return err;
}

MUST_CHECK static bool
read_all(struct reader *r)
{
    for (;;) {
        uint64_t now_ns = clock_mono_ns();
        enum err err = feed_step(r->feed, now_ns, clock_now_ft());
        struct inlet_stats left;

        if (!take_all(r)) {
            return false;
        }
        inlet_stats(r->inlet, &left);
        if (feed_ended(r->feed) && left.items == 0) {
            return true;
        }
        if (err) {
            feed_wait(r->feed, WAIT_MS);
        }
    }
}

static void
run(void *ctx)
{
    struct reader *r = ctx;
    struct history_state *state = &r->live->history;

    if (open_reader(r) == ERR_OK && read_all(r)) {
        atomic_store(&state->done, finish(r) == ERR_OK);
    }
    atomic_store(&state->running, false);
    close_reader(r);
    atomic_store(&state->handed_over, true);
}

enum err
history_start(struct live *l)
{
    static const struct thread_opts thread = {.name = "history", .background = true};
    struct reader *r = mem_zalloc(sizeof(*r));
    enum err err;

    if (r == NULL) {
        return ERR_NOMEM;
    }
    r->live = l;
    err = live_config_copy(l->cfg, &r->cfg);
    if (!err) {
        atomic_store(&l->history.running, true);
        err = thread_start(&thread, run, r, &l->reader);
    }
    if (err) {
        atomic_store(&l->history.running, false);
        config_destroy(r->cfg);
        mem_free(r);
    }
    return err;
}
