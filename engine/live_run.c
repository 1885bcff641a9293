/* live_run - the detect thread: waits for the store, begins, and then takes item after item. */
#include <inttypes.h>
#include <stdio.h>

#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "engine/warm.h"
#include "platform/platform.h"

#define COLLECTOR_WAIT_MS 1000u
/* After a first record others are let come, which are then read, and thought about, together: a
 * look at the log, and around here, costs more than a record. */
#define COLLECTOR_GATHER_NS (NS_PER_S / 4)
#define DETECT_GATHER_NS (NS_PER_S / 100)
#define BEGIN_RETRY_NS NS_PER_S
#define BEGIN_BATCHES 8u
#define CLOCK_STEP_FT TM_MIN
#define DRAIN_NS (30 * NS_PER_S)
#define DRAIN_LOOK_NS (NS_PER_S / 10)
#define HISTORY_RETRY_NS (60 * NS_PER_S)
#define TRACE_END_NS NS_PER_S
#define REBUILD_RETRY_NS (5 * NS_PER_S)

/* -- the collector ----------------------------------------------------------------------------- */

static void
collect(void *ctx)
{
    struct live *l = ctx;

    while (!flag_is_up(l->stop)) {
        uint64_t now_ns = clock_mono_ns();

        if (feed_step(l->feed, now_ns, clock_now_ft())) {
            uint64_t gather_ns = feed_wait(l->feed, COLLECTOR_WAIT_MS) ? COLLECTOR_GATHER_NS : 0;

            (void)flag_wait_until(l->stop, clock_mono_ns() + gather_ns);
        }
    }
}

/* -- items ------------------------------------------------------------------------------------- */

/* An event that cannot be taken in for want of memory is stored nowhere; it is counted. */
static void
take_event(struct live *l, const struct inlet_item *item)
{
    struct event ev;
    enum err err = event_unpack((const uint8_t *)item->data.p, item->data.len, &ev);

    if (!err && item->source == LIVE_TRACE_LINE) {
        live_trace_event(l->trace, &ev);
    } else if (!err && item->source == LIVE_ADAPTER_LINE) {
        live_adapters_event(l->adapters);
    } else if (!err) {
        l->source[item->source].last_record_ft = ev.time_ft;
        watched_record(l->watched, l->source[item->source].watched, item->number);
    }
    if (!err) {
        if (ev.kind == EV_AUDIT_CHANGE) {
            l->policy_ns = 0; /* look at once */
        }
        err = pipeline_event(l->pipeline, &ev, item->data);
    }
    if (err) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static void
take_item(struct live *l, const struct inlet_item *item, uint64_t now_ft)
{
    if (item->type == INLET_EVENT) {
        take_event(l, item);
    } else if (item->type == INLET_NOTE && item->source == LIVE_TRACE_LINE) {
        live_trace_note(l->trace, item->data, now_ft);
    } else if (item->type == INLET_NOTE) {
        live_note(l, item, now_ft);
    }
    if (item->position.len > 0 &&
        keeper_position(l->keeper, item->source, channel_all[item->source].name, item->position,
                        l->source[item->source].last_record_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static void
close_batch(struct live *l, uint64_t now_ns)
{
    if (now_ns >= keeper_due_ns(l->keeper) &&
        !(pipeline_waits(l->pipeline) && keeper_may_wait(l->keeper, now_ns))) {
        enum err err = keeper_close_batch(l->keeper);

        (void)err; /* the spool is full: it stays open, and rows are shed and counted */
    }
}

/* While the store is slower than the logs, what waits stays in the logs. Nothing waits for a store
 * that fails, or has written nothing for so long: alerts go out without it, and rows are shed. */
static bool
may_take(struct live *l, uint64_t deadline_ns)
{
    struct writer_status w;

    if (spool_has_room(l->spool, deadline_ns)) {
        l->crowded_ns = 0;
        return true;
    }
    if (l->crowded_ns == 0) {
        l->crowded_ns = deadline_ns;
    }
    writer_status(l->writer, &w);
    return w.store_err || deadline_ns - l->crowded_ns >= LIVE_CROWDED_MAX_NS;
}

/* True when there may be more at once. */
static bool
take_turn(struct live *l)
{
    struct inlet_item item;
    uint64_t now_ns = clock_mono_ns();
    uint64_t now_ft = clock_now_ft();

    if (!may_take(l, now_ns + LIVE_CROWDED_NS)) {
        return true;
    }
    for (unsigned i = 0; i < LIVE_TURN && may_take(l, now_ns); i++) {
        if (!inlet_take(l->inlet, now_ns, &item)) {
            return false;
        }
        take_item(l, &item, now_ft);
        close_batch(l, now_ns);
    }
    return true;
}

/* -- time -------------------------------------------------------------------------------------- */

static void
tick(struct live *l, uint64_t now_ns, uint64_t now_ft)
{
    uint64_t to_ft = inlet_taken_to(l->inlet, now_ns);

    if (now_ns < l->tick_ns) {
        return;
    }
    l->tick_ns = now_ns + LIVE_TICK_NS;
    if (to_ft == UINT64_MAX) {
        to_ft = now_ft - FEED_LATENCY_FT;
    }
    if (to_ft > l->tick_ft || (l->tick_ft > now_ft && to_ft != 0)) { /* or the clock was set back */
        l->tick_ft = to_ft;
        if (pipeline_tick(l->pipeline, to_ft)) {
            metric_add(METRIC_EVENTS_FAILED, 1);
        }
        keeper_clock(l->keeper, WARM_CLOCK, to_ft);
    }
    health_tick(l->health, now_ft);
}

/* The wall clock against the one that nobody sets. */
static void
check_clock(struct live *l, uint64_t now_ns, uint64_t now_ft)
{
    uint64_t due_ft = l->wall_ft + (now_ns - l->mono_ns) / 100;
    uint64_t by_ft = now_ft > due_ft ? now_ft - due_ft : due_ft - now_ft;

    l->wall_ft = now_ft;
    l->mono_ns = now_ns;
    if (by_ft >= CLOCK_STEP_FT) {
        char by[32];
        const struct health_fact fact = {
            .rule = &rule_table[RULE_CLOCK_STEPPED], .params = {{"by", by}}, .count = 1};

        (void)snprintf(by, sizeof(by), "%s%" PRIu64 " s", now_ft < due_ft ? "-" : "+",
                       (uint64_t)(by_ft / TM_SEC));
        health_was(l->health, &fact, now_ft);
    }
}

/* Asleep: known from Windows' word, which comes before and after. */
static void
check_sleep(struct live *l, uint64_t now_ns, uint64_t now_ft)
{
    uint64_t from_ft, to_ft;

    mutex_lock(l->mutex);
    from_ft = l->suspended_ft;
    to_ft = l->resumed_ft;
    if (to_ft != 0) {
        l->suspended_ft = l->resumed_ft = 0;
    }
    mutex_unlock(l->mutex);
    if (from_ft == 0 || to_ft == 0) {
        return;
    }
    l->wall_ft = now_ft; /* time has passed, nobody set the clock */
    l->mono_ns = now_ns;
    if (watched_off(l->watched, from_ft, to_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

/* -- another pipeline -------------------------------------------------------------------------- */

static struct config *
next_config(struct live *l)
{
    struct config *cfg;

    mutex_lock(l->mutex);
    cfg = l->next_config;
    l->next_config = NULL;
    mutex_unlock(l->mutex);
    return cfg;
}

static void
put_back_config(struct live *l, struct config *cfg)
{
    mutex_lock(l->mutex);
    if (l->next_config == NULL) {
        l->next_config = cfg;
        cfg = NULL;
    }
    mutex_unlock(l->mutex);
    config_destroy(cfg);
}

/* ERR_BUSY: the store has not taken everything by then; ERR_CANCELLED: stopped meanwhile. */
MUST_CHECK static enum err
drain(struct live *l, uint64_t deadline_ns)
{
    while (!spool_drain(l->spool, clock_mono_ns() + DRAIN_LOOK_NS)) {
        if (flag_is_up(l->stop)) {
            return ERR_CANCELLED;
        }
        if (clock_mono_ns() >= deadline_ns) {
            return ERR_BUSY;
        }
    }
    return ERR_OK;
}

/* After history was read, or with a new configuration: everything is in the store first. */
static void
rebuild(struct live *l, uint64_t now_ns, uint64_t now_ft)
{
    struct config *cfg = next_config(l);
    enum err err = pipeline_waits(l->pipeline) ? ERR_BUSY : keeper_close_batch(l->keeper);

    if (!err) {
        err = drain(l, now_ns + DRAIN_NS);
    }
    if (!err) {
        err = live_rebuild(l, cfg != NULL ? cfg : l->cfg);
    }
    l->rebuild_ns = err ? now_ns + REBUILD_RETRY_NS : 0;
    if (err && cfg != NULL) {
        put_back_config(l, cfg);
    } else if (cfg != NULL) {
        live_notice(l, &rule_table[RULE_CONFIG_RELOADED], NULL, now_ft);
    }
}

/* History has come to its end: what it found is in the store. Or it has failed, and goes on where
 * it was. */
static void
take_history(struct live *l, uint64_t now_ns)
{
    thread_join(l->reader);
    l->reader = NULL;
    if (atomic_load(&l->history.done)) {
        l->rebuild_ns = l->rebuild_ns == 0 ? now_ns : l->rebuild_ns;
    } else {
        l->history_ns = now_ns + HISTORY_RETRY_NS;
    }
}

static void
look_for_history(struct live *l, uint64_t now_ns)
{
    if (atomic_exchange(&l->history.handed_over, false)) {
        take_history(l, now_ns);
    }
    if (l->history_ns != 0 && now_ns >= l->history_ns) {
        l->history_ns = history_start(l) ? now_ns + HISTORY_RETRY_NS : 0;
    }
}

static void
look_for_rebuild(struct live *l, uint64_t now_ns, uint64_t now_ft)
{
    bool asked;

    mutex_lock(l->mutex);
    asked = l->next_config != NULL;
    mutex_unlock(l->mutex);
    if (asked && l->rebuild_ns == 0) {
        l->rebuild_ns = now_ns;
    }
    if (l->rebuild_ns != 0 && now_ns >= l->rebuild_ns) {
        rebuild(l, now_ns, now_ft);
    }
}

/* -- the thread -------------------------------------------------------------------------------- */

static void
look_around(struct live *l)
{
    uint64_t now_ns = clock_mono_ns();
    uint64_t now_ft = clock_now_ft();

    live_take_said(l, now_ft);
    check_sleep(l, now_ns, now_ft);
    check_clock(l, now_ns, now_ft);
    tick(l, now_ns, now_ft);
    look_for_history(l, now_ns);
    look_for_rebuild(l, now_ns, now_ft);
    if (now_ns >= l->policy_ns) {
        live_policy(l, now_ft);
        l->policy_ns = now_ns + LIVE_POLICY_NS;
    }
    if (now_ns >= l->beat_ns) {
        live_beat(l, now_ft, now_ns);
        l->beat_ns = now_ns + (l->beat_ns == 0 ? LIVE_FIRST_BEAT_NS : LIVE_BEAT_NS);
    }
    close_batch(l, now_ns);
}

static uint64_t
next_look(const struct live *l)
{
    uint64_t due_ns = l->tick_ns < l->beat_ns ? l->tick_ns : l->beat_ns;
    uint64_t batch_ns = keeper_due_ns(l->keeper);

    if (pipeline_waits(l->pipeline)) { /* and the batch with it */
        batch_ns = clock_mono_ns() + LIVE_WAIT_NS;
    }
    return batch_ns < due_ns ? batch_ns : due_ns;
}

/* What keeps it from beginning although the store is open. */
static void
tell_begin(struct live *l, enum err err)
{
    const struct health_fact fact = {.rule = &rule_table[RULE_STORE_DEGRADED],
                                     .key = SV("begin"),
                                     .params = {{"why", store_why()}}};

    if (err) {
        health_is(l->health, &fact, clock_now_ft());
    } else {
        health_over(l->health, fact.rule, fact.key, clock_now_ft());
    }
}

/* How it is with the store, as long as that does not fill the spool. */
static void
tell_waiting(struct live *l)
{
    struct spool_stats waiting;
    enum err err;

    spool_stats(l->spool, &waiting);
    if (waiting.batches < BEGIN_BATCHES) {
        live_check_store(l, clock_now_ft());
        err = keeper_close_batch(l->keeper);
        (void)err; /* it stays open */
    }
}

/* The store first: without it nobody knows where to begin. The log keeps what comes meanwhile. */
MUST_CHECK static bool
begin(struct live *l)
{
    static const struct thread_opts thread = {.name = "collector"};

    while (!flag_is_up(l->stop)) {
        uint64_t now_ns = clock_mono_ns();

        if (writer_wait_open(l->writer, now_ns + BEGIN_RETRY_NS)) {
            enum err err = live_begin(l);

            if (!err && l->trace != NULL) {
                err = live_trace_start(l->trace);
            }
            if (!err && l->adapters != NULL) {
                err = live_adapters_start(l->adapters);
            }
            if (!err) {
                err = thread_start(&thread, collect, l, &l->collector);
            }
            tell_begin(l, err);
            if (!err) {
                return true;
            }
            (void)flag_wait_until(l->stop, clock_mono_ns() + BEGIN_RETRY_NS);
        }
        tell_waiting(l);
    }
    return false;
}

static void
started(struct live *l)
{
    uint64_t now_ft = clock_now_ft();

    live_notice(l, &rule_table[RULE_SERVICE_STARTED], NULL, now_ft);
    if (l->cfg->read_history && !atomic_load(&l->history.done) && l->evtlog != NULL) {
        l->history_ns = clock_mono_ns();
    }
}

/* What the sessions and the look at the adapters gave before they were stopped is nowhere else. */
static void
end_lines(struct live *l)
{
    uint64_t until_ns = clock_mono_ns() + TRACE_END_NS;

    if (l->adapters != NULL) {
        live_adapters_stop(l->adapters);
    }
    if (l->trace != NULL) {
        live_trace_stop(l->trace);
    }
    while (l->pipeline != NULL && take_turn(l) && clock_mono_ns() < until_ns) {
        close_batch(l, clock_mono_ns());
    }
}

static void
end(struct live *l)
{
    uint64_t now_ft = clock_now_ft();
    const struct health_param params[] = {{"why", l->why_stop}, {NULL, NULL}};
    enum err err;

    if (l->feed != NULL) {
        feed_wake(l->feed);
    }
    if (l->adapters != NULL || l->trace != NULL) {
        end_lines(l);
    }
    thread_join(l->collector);
    thread_join(l->reader);
    if (l->pipeline != NULL) {
        live_beat(l, now_ft, clock_mono_ns());
    }
    live_notice(l, &rule_table[RULE_SERVICE_STOPPING], params, now_ft);
    live_status(l, "stopped", now_ft);
    err = keeper_close_batch(l->keeper);
    (void)err; /* the spool is full: what is not stored is read again */
}

void
live_detect(void *ctx)
{
    struct live *l = ctx;

    if (begin(l)) {
        started(l);
        while (!flag_is_up(l->stop)) {
            bool more = take_turn(l);

            look_around(l);
            if (!more) {
                inlet_wait(l->inlet, next_look(l));
                (void)flag_wait_until(l->stop, clock_mono_ns() + DETECT_GATHER_NS);
            }
        }
    }
    end(l);
}
