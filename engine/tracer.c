/* tracer - from the sessions' threads through the queue and the hold-back into the inlet. */
#include "engine/tracer_int.h"

#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "etw/decode.h"
#include "platform/platform.h"

#define MS UINT64_C(1000000)
#define LINGER_NS (20 * MS)
#define STEP_NS (250 * MS)
#define CROWDED_NS (5 * MS) /* the inlet is full: how long until it is looked at again */
#define COMMAND_LINE_MAX ((size_t)96 * 1024) /* of 32,767 units, as UTF-8 */
#define CANARY_NS UINT64_C(1000000000)
#define SILENT_NS (TRACE_HOLD_FT * 100)
#define OPENED_NS (2 * TRACE_HOLD_FT * 100)
#define DRAIN_NS UINT64_C(1000000000) /* at the stop, for room in the inlet */

/* -- the sessions' threads --------------------------------------------------------------------- */

static void
push(struct tracer_line *l, struct event *ev)
{
    struct tracer *t = l->tracer;
    size_t len;
    enum err err;

    atomic_store(&l->last_ft, ev->time_ft);
    atomic_store(&l->last_ns, clock_mono_ns());
    event_set(ev, host, sv_from(t->host));
    event_set(ev, channel, sv_from(etw_session_rows[l->number].name));
    err = event_pack(ev, l->packed, sizeof(l->packed), &len);
    if (!err) {
        err = queue_push(t->queue, l->packed, len); /* full: it counts what it sheds */
    }
    if (err && err != ERR_FULL && err != ERR_CANCELLED) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static bool
comes_by_channel(struct tracer_line *l, const struct etw_record *r)
{
    const char *path = etw_channel_of(l->decoder, r);

    for (size_t i = 0; path != NULL && i < CHANNEL_COUNT; i++) {
        if (strcmp(channel_all[i].path, path) == 0) {
            return atomic_load(&l->tracer->channel_delivers[i]);
        }
    }
    return false;
}

static void
on_record(void *ctx, const struct etw_record *r)
{
    struct tracer_line *l = ctx;
    struct tracer *t = l->tracer;
    const char *why;
    struct event ev;

    if (net_fold_record(&l->fold, r)) {
        atomic_fetch_add(&t->folded, 1);
        return;
    }
    if (comes_by_channel(l, r)) {
        atomic_fetch_add(&t->left, 1);
        return;
    }
    switch (etw_decode(l->decoder, r, &ev, &why)) {
    case ETW_UNKNOWN:
        atomic_fetch_add(&t->unknown, 1);
        break;
    case ETW_DAMAGED:
        atomic_fetch_add(&t->damaged, 1);
        push(l, &ev);
        break;
    case ETW_EVENT:
        push(l, &ev);
        break;
    }
}

/* -- notes ------------------------------------------------------------------------------------- */

/* Notes have room of their own in the inlet; one for which even that is used up is counted. */
void
tracer_tell(struct tracer *t, const struct tracer_note *note)
{
    const struct inlet_item item = {
        .type = INLET_NOTE, .source = t->opts.source, .data = {(const char *)note, sizeof(*note)}};

    if (inlet_put(t->opts.inlet, &item, 0)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static void
on_note(void *ctx, const struct etw_note *n)
{
    const struct tracer_line *l = ctx;
    const struct tracer_note note = {.kind = TRACER_SESSION,
                                     .session = l->number,
                                     .what = n->kind,
                                     .status = *n->status,
                                     .source = n->source,
                                     .code = n->code,
                                     .since_ns = n->from_ns == 0 ? 0 : clock_mono_ns() - n->from_ns,
                                     .events = n->events,
                                     .buffers = n->buffers};

    tracer_tell(l->tracer, &note);
}

/* -- into the inlet ---------------------------------------------------------------------------- */

/* A session that had kept something: what, comes now, however old. */
static bool
has_just_opened(const struct tracer *t, uint64_t now_ns)
{
    return t->kept_ns != 0 && now_ns - t->kept_ns < OPENED_NS;
}

/* How far the sessions that bring events have come; 0: none does, or one was opened just now and
 * may still bring what it has kept. */
static uint64_t
come_to(const struct tracer *t, uint64_t now_ns)
{
    uint64_t ahead_ft = UINT64_MAX;

    if (has_just_opened(t, now_ns)) {
        return 0;
    }
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        uint64_t last_ns = atomic_load(&t->line[i]->last_ns);
        uint64_t last_ft = atomic_load(&t->line[i]->last_ft);

        if (last_ns != 0 && now_ns - last_ns < SILENT_NS) {
            ahead_ft = last_ft < ahead_ft ? last_ft : ahead_ft;
        }
    }
    return ahead_ft == UINT64_MAX ? 0 : ahead_ft;
}

/* Gives the oldest event. ERR_END: none is due. */
MUST_CHECK static enum err
give_one(struct tracer *t, uint64_t ahead_ft, uint64_t now_ns)
{
    struct inlet_item item = {.type = INLET_EVENT, .source = t->opts.source};
    struct trace_held held;
    enum err err;

    if (!trace_hold_first(t->hold, ahead_ft, now_ns, &held)) {
        return ERR_END;
    }
    item.data = held.packed;
    err = inlet_put(t->opts.inlet, &item, held.time_ft);
    if (!err) {
        tracer_probe_event(t, held.packed);
        trace_hold_drop(t->hold);
    }
    return err;
}

/* Takes what the queue has. ERR_END: all of it; others: the inlet has no room. */
MUST_CHECK static enum err
take(struct tracer *t, uint64_t now_ns)
{
    enum err err = ERR_OK;

    while (!err) {
        if (t->pending.p == NULL) {
            if (!queue_next(t->queue, &t->pending)) {
                t->pending.p = NULL;
                return ERR_END;
            }
            t->pending = tracer_late(t, t->pending);
        }
        err = trace_hold_put(t->hold, t->pending,
                             event_packed_time((const uint8_t *)t->pending.p, t->pending.len),
                             now_ns);
        if (err == ERR_FULL) {
            err = give_one(t, TRACE_HOLD_ANY, now_ns);
            continue;
        }
        if (err) {
            metric_add(METRIC_EVENTS_FAILED, 1);
            err = ERR_OK;
        }
        t->pending.p = NULL;
    }
    return err;
}

/* Nothing older will come than what is held; or, when nothing is, than what may lie in a buffer. */
static void
tell_time(struct tracer *t, uint64_t now_ns)
{
    uint64_t to_ft = clock_now_ft() - TRACE_HOLD_FT;
    struct trace_held held;

    if (has_just_opened(t, now_ns)) {
        return;
    }
    if (trace_hold_first(t->hold, TRACE_HOLD_ANY, now_ns, &held) && held.time_ft < to_ft) {
        to_ft = held.time_ft;
    }
    inlet_read_to(t->opts.inlet, t->opts.source, to_ft, now_ns);
}

/* True when everything that is due is in the inlet. */
static bool
pass_on(struct tracer *t, bool all)
{
    uint64_t now_ns = clock_mono_ns();
    uint64_t ahead_ft = all ? TRACE_HOLD_ANY : come_to(t, now_ns); /* before the queue is emptied */
    enum err err = take(t, now_ns);

    if (err == ERR_END) {
        do {
            err = give_one(t, ahead_ft, now_ns);
        } while (!err);
    }
    if (err == ERR_END) {
        tell_time(t, now_ns);
    }
    atomic_store(&t->held, trace_hold_count(t->hold));
    atomic_store(&t->late, trace_hold_late(t->hold));
    return err == ERR_END;
}

/* -- the canary -------------------------------------------------------------------------------- */

static void
send_canary(struct tracer *t, uint64_t now_ns)
{
    const struct etw_api *api = t->opts.api;
    uint64_t bird[2] = {atomic_load(&t->canary_sent) + 1, now_ns};

    _Static_assert(sizeof(bird) == ETW_CANARY_LEN, "number and time");
    if (t->provider == 0 &&
        api->provider_register(api->ctx, &etw_canary_guid, &t->provider) != ETW_OK) {
        t->provider = 0;
        return;
    }
    if (api->provider_write(api->ctx, t->provider, ETW_CANARY_ID, bird, sizeof(bird)) == ETW_OK) {
        atomic_fetch_add(&t->canary_sent, 1);
    }
}

/* -- steps ------------------------------------------------------------------------------------- */

static void
step_sessions(struct tracer *t, uint64_t now_ns)
{
    bool live = false;

    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        const struct etw_session_status *status;

        etw_session_step(t->line[i]->session, now_ns);
        status = etw_session_status(t->line[i]->session);
        if (status->state != ETW_STATE_LIVE) {
            t->live_ns[i] = 0;
        } else if (t->live_ns[i] == 0) {
            t->live_ns[i] = now_ns;
            t->kept_ns =
                status->attached > 0 || etw_session_rows[i].attach_only ? now_ns : t->kept_ns;
        }
        live = live || status->state == ETW_STATE_LIVE;
    }
    inlet_wait_for(t->opts.inlet, t->opts.source, live);
}

static void
look_around(struct tracer *t, uint64_t now_ns)
{
    if (now_ns < t->step_ns) {
        return;
    }
    t->step_ns = now_ns + STEP_NS;
    step_sessions(t, now_ns);
    if (t->opts.api != NULL && now_ns >= t->canary_ns) {
        t->canary_ns = now_ns + CANARY_NS;
        send_canary(t, now_ns);
    }
    tracer_probe_step(t, now_ns);
}

/* The queue's view of what is pending must live: then it is not waited for. */
static void
wait(struct tracer *t, bool passed)
{
    uint64_t now_ns = clock_mono_ns();

    if (t->pending.p == NULL && passed) {
        (void)queue_wait(t->queue, t->step_ns > now_ns ? t->step_ns : now_ns);
    } else {
        (void)flag_wait_until(t->stop, now_ns + CROWDED_NS);
    }
}

static void
halt_sessions(struct tracer *t)
{
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        etw_session_halt(t->line[i]->session);
    }
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        etw_session_stop(t->line[i]->session);
    }
    inlet_wait_for(t->opts.inlet, t->opts.source, false);
}

static void
run(void *ctx)
{
    struct tracer *t = ctx;
    uint64_t until_ns;

    while (!flag_is_up(t->stop)) {
        look_around(t, clock_mono_ns());
        wait(t, pass_on(t, false));
    }
    halt_sessions(t);
    queue_close(t->queue);
    until_ns = clock_mono_ns() + DRAIN_NS;
    while (!pass_on(t, true) && clock_mono_ns() < until_ns) {
        thread_sleep_ms(CROWDED_NS / MS);
    }
}

/* -- life -------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
create_line(struct tracer *t, size_t number)
{
    struct tracer_line *l = mem_zalloc(sizeof(*l));
    const struct etw_session_sink sink = {l, on_record, on_note};
    enum err err;

    if (l == NULL) {
        return ERR_NOMEM;
    }
    t->line[number] = l;
    l->tracer = t;
    l->number = number;
    net_fold_init(&l->fold);
    err = etw_decoder_create(&l->decoder);
    return err ? err
               : etw_session_create(t->opts.api, &etw_session_rows[number], &sink, &l->session);
}

static void
destroy_line(struct tracer_line *l)
{
    if (l != NULL) {
        etw_session_destroy(l->session);
        etw_decoder_destroy(l->decoder);
        mem_free(l);
    }
}

enum err
tracer_create(const struct tracer_opts *o, struct tracer **out)
{
    struct tracer *t = mem_zalloc(sizeof(*t));
    const struct queue_opts queue = {o->queue_bytes != 0 ? o->queue_bytes : QUEUE_BYTES,
                                     o->queue_events != 0 ? o->queue_events : QUEUE_EVENTS,
                                     LINGER_NS};
    enum err err;

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->opts = *o;
    buf_init(&t->command_line, COMMAND_LINE_MAX);
    memcpy(t->host, o->host.p, o->host.len < sizeof(t->host) ? o->host.len : sizeof(t->host) - 1);
    err = flag_create(&t->stop);
    err = err ? err : queue_create(&queue, &t->queue);
    err = err ? err
              : trace_hold_create(o->hold_bytes != 0 ? o->hold_bytes : TRACE_HOLD_BYTES, &t->hold);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        atomic_store(&t->channel_delivers[i], true);
    }
    for (size_t i = 0; i < ETW_SESSION_COUNT && !err; i++) {
        err = create_line(t, i);
    }
    if (err) {
        tracer_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
tracer_destroy(struct tracer *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        destroy_line(t->line[i]);
    }
    if (t->provider != 0) {
        (void)t->opts.api->provider_unregister(t->opts.api->ctx, t->provider);
    }
    buf_fini(&t->command_line);
    trace_hold_destroy(t->hold);
    queue_destroy(t->queue);
    flag_destroy(t->stop);
    mem_free(t);
}

enum err
tracer_start(struct tracer *t)
{
    static const struct thread_opts opts = {.name = "tracer"};

    if (t->thread != NULL) {
        return ERR_OK;
    }
    inlet_wait_for(t->opts.inlet, t->opts.source, true); /* until it has said what it is */
    return thread_start(&opts, run, t, &t->thread);
}

void
tracer_stop(struct tracer *t)
{
    if (t->thread != NULL) {
        flag_raise(t->stop);
        thread_join(t->thread);
        t->thread = NULL;
    }
}

void
tracer_channel_delivers(struct tracer *t, size_t number, bool yes)
{
    atomic_store(&t->channel_delivers[number], yes);
}

void
tracer_stats(struct tracer *t, struct tracer_stats *out)
{
    *out = (struct tracer_stats){.canary_sent = atomic_load(&t->canary_sent),
                                 .unknown = atomic_load(&t->unknown),
                                 .damaged = atomic_load(&t->damaged),
                                 .folded = atomic_load(&t->folded),
                                 .left = atomic_load(&t->left),
                                 .late_lines = atomic_load(&t->late_lines),
                                 .held = atomic_load(&t->held),
                                 .late = atomic_load(&t->late)};
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        etw_session_canary(t->line[i]->session, &out->canary[i]);
        out->records[i] = etw_session_records(t->line[i]->session);
    }
    queue_stats(t->queue, &out->queue);
}
