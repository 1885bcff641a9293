/* feed - a subscription for each channel, stepped in turn. */
#include "engine/feed.h"

#include "core/mem.h"
#include "core/tm.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define BLOCKED_MS 20u  /* how long until a source that is blocked is tried again */
#define NO_LOG_MS 200u  /* what a stop waits where there is no Event Log */
#define SLACK_FT TM_MIN /* records of one log may be out of order by their time */

struct source {
    struct feed *feed;
    size_t number;
    struct subscription *subscription; /* NULL: not read, or ended */
    bool blocked;                      /* no room or memory for what it has */
    bool caught_up;                    /* nothing more was there */
    bool beyond;                       /* history: it has come to until_ft */
    bool note_due;
    uint64_t note_ns;
};

struct feed {
    struct feed_opts opts;
    void *wake; /* a signal; NULL: no Event Log */
    uint64_t now_ns;
    struct source source[CHANNEL_COUNT];
    uint8_t packed[EVENT_PACKED_MAX];
};

/* -- what subscriptions tell ------------------------------------------------------------------- */

static enum err
on_record(void *ctx, const struct subscription_record *r)
{
    struct source *s = ctx;
    struct feed *f = s->feed;
    struct inlet_item item = {.type = INLET_PASSED,
                              .source = s->number,
                              .note = r->unreadable ? r->code : 0,
                              .number = r->number,
                              .position = r->position};
    uint64_t time_ft = 0;
    enum err err;

    if (r->event != NULL && f->opts.history && r->event->time_ft >= f->opts.until_ft) {
        s->beyond = r->event->time_ft >= f->opts.until_ft + SLACK_FT;
    } else if (r->event != NULL) {
        size_t len;

        err = event_pack(r->event, f->packed, sizeof(f->packed), &len);
        if (err) {
            return err;
        }
        item.type = INLET_EVENT;
        item.data = (struct sv){(const char *)f->packed, len};
        time_ft = r->event->time_ft;
    }
    return inlet_put(f->opts.inlet, &item, time_ft);
}

/* Notes have room of their own. When even that is used up, the state is told later; of gaps the
 * status keeps count. */
static void
put_note(struct source *s, enum feed_note what, const void *bytes, size_t len)
{
    const struct inlet_item item = {
        .type = INLET_NOTE, .source = s->number, .note = what, .data = {bytes, len}};

    if (inlet_put(s->feed->opts.inlet, &item, 0)) {
        s->note_due = true;
    }
}

static void
on_gap(void *ctx, const struct subscription_gap *g)
{
    put_note(ctx, FEED_GAP, g, sizeof(*g));
}

static void
tell_state(struct source *s)
{
    const struct feed_state state = {*subscription_status(s->subscription), s->caught_up};

    s->note_due = false;
    s->note_ns = s->feed->now_ns + FEED_STATE_NS;
    put_note(s, FEED_STATE, &state, sizeof(state));
}

static void
on_state(void *ctx, const struct subscription_status *status)
{
    struct source *s = ctx;

    (void)status;
    s->note_due = true;
}

/* -- life -------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
create_source(struct feed *f, size_t number, struct buf *position)
{
    const struct channel *c = &channel_all[number];
    struct source *s = &f->source[number];
    struct subscription_options o = {.api = f->opts.api, .channel = c};

    s->feed = f;
    s->number = number;
    if (c->collector && !f->opts.forwarded) {
        return ERR_OK;
    }
    buf_clear(position);
    if (!f->opts.begin(f->opts.ctx, c, position, &o.since_ft)) {
        return ERR_OK;
    }
    if (buf_err(position)) {
        return ERR_NOMEM;
    }
    o.position = buf_sv(position);
    o.sink = (struct subscription_sink){s, on_record, on_gap, on_state};
    s->note_due = true;
    inlet_wait_for(f->opts.inlet, number, true); /* until it has said what it is */
    return subscription_create(&o, &s->subscription);
}

enum err
feed_create(const struct feed_opts *o, struct feed **out)
{
    struct feed *f = mem_zalloc(sizeof(*f));
    struct buf position;
    enum err err = ERR_OK;

    if (f == NULL) {
        return ERR_NOMEM;
    }
    f->opts = *o;
    if (o->api != NULL && o->api->signal_create(o->api->ctx, &f->wake) != EVTLOG_OK) {
        err = ERR_NOMEM;
    }
    buf_init(&position, SIZE_MAX);
    for (size_t i = 0; i < CHANNEL_COUNT && !err; i++) {
        err = create_source(f, i, &position);
    }
    buf_fini(&position);
    if (err) {
        feed_destroy(f);
        return err;
    }
    *out = f;
    return ERR_OK;
}

void
feed_destroy(struct feed *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        subscription_destroy(f->source[i].subscription);
    }
    if (f->wake != NULL) {
        f->opts.api->signal_close(f->opts.api->ctx, f->wake);
    }
    mem_free(f);
}

/* -- stepping ---------------------------------------------------------------------------------- */

static bool
is_open(const struct source *s)
{
    enum subscription_state state = subscription_status(s->subscription)->state;

    return state == SUBSCRIPTION_LIVE || state == SUBSCRIPTION_DISABLED;
}

/* What cannot be read today may be tomorrow; what is refused or not there has no history. */
static bool
may_come(const struct source *s)
{
    enum subscription_state state = subscription_status(s->subscription)->state;

    return state == SUBSCRIPTION_CLOSED || state == SUBSCRIPTION_UNAVAILABLE ||
           state == SUBSCRIPTION_FAILED;
}

/* History of a source has ended when there is nothing more. */
static void
end_source(struct source *s)
{
    struct inlet *in = s->feed->opts.inlet;
    const struct inlet_item item = {.type = INLET_NOTE, .source = s->number, .note = FEED_ENDED};

    if (inlet_put(in, &item, 0)) {
        return; /* at the next step */
    }
    inlet_wait_for(in, s->number, false);
    subscription_destroy(s->subscription);
    s->subscription = NULL;
}

static void
after_step(struct source *s, enum err err, uint64_t now_ft)
{
    struct feed *f = s->feed;

    s->caught_up = err == ERR_END && is_open(s);
    if (s->note_due || f->now_ns >= s->note_ns) {
        tell_state(s);
    }
    if (f->opts.history) {
        if (s->beyond || (err == ERR_END && !may_come(s))) {
            end_source(s);
        } else {
            inlet_wait_for(f->opts.inlet, s->number, true);
        }
        return;
    }
    inlet_wait_for(f->opts.inlet, s->number, is_open(s));
    if (s->caught_up) {
        inlet_read_to(f->opts.inlet, s->number, now_ft - FEED_LATENCY_FT, f->now_ns);
    }
}

/* It has something to give, or wants to look whether it has. */
static bool
is_due(const struct source *s)
{
    void *signal = subscription_wait_handle(s->subscription);
    const struct evtlog_api *api = s->feed->opts.api;

    if (s->feed->now_ns >= subscription_due_ns(s->subscription) || s->blocked) {
        return true;
    }
    return signal != NULL && api->signal_wait(api->ctx, &signal, 1, 0);
}

/* ERR_END only when nothing is there: not when it was closed, and is to be opened again at once. */
MUST_CHECK static enum err
step_source(struct source *s)
{
    uint64_t now_ns = s->feed->now_ns;
    enum err err = ERR_END;

    if (is_due(s)) {
        err = subscription_step(s->subscription, now_ns, FEED_STEP);
    }
    s->blocked = err != ERR_OK && err != ERR_END;
    return err == ERR_END && now_ns >= subscription_due_ns(s->subscription) ? ERR_OK : err;
}

enum err
feed_step(struct feed *f, uint64_t now_ns, uint64_t now_ft)
{
    enum err result = ERR_END;

    f->now_ns = now_ns;
    if (f->wake != NULL) {
        f->opts.api->signal_reset(f->opts.api->ctx, f->wake);
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct source *s = &f->source[i];
        enum err err;

        if (s->subscription == NULL) {
            continue;
        }
        err = step_source(s);
        after_step(s, err, now_ft);
        if (!err) {
            result = ERR_OK;
        } else if (err == ERR_NOMEM && result == ERR_END) {
            result = ERR_NOMEM;
        }
    }
    return result;
}

bool
feed_ended(const struct feed *f)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (f->source[i].subscription != NULL) {
            return false;
        }
    }
    return true;
}

bool
feed_wait(struct feed *f, uint32_t timeout_ms)
{
    void *signals[EVTLOG_WAIT_MAX];
    uint32_t count = 0;
    bool blocked = false;

    if (f->wake == NULL) { /* no Event Log, now or ever */
        thread_sleep_ms(timeout_ms < NO_LOG_MS ? timeout_ms : NO_LOG_MS);
        return true;
    }
    signals[count++] = f->wake;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        const struct source *s = &f->source[i];

        if (s->subscription == NULL) {
            continue;
        }
        if (s->blocked) {
            blocked = true;
            timeout_ms = timeout_ms < BLOCKED_MS ? timeout_ms : BLOCKED_MS;
        } else if (subscription_wait_handle(s->subscription) != NULL) {
            signals[count++] = subscription_wait_handle(s->subscription);
        }
    }
    (void)f->opts.api->signal_wait(f->opts.api->ctx, signals, count, timeout_ms);
    return !blocked;
}

void
feed_wake(struct feed *f)
{
    if (f->wake != NULL) {
        f->opts.api->signal_set(f->opts.api->ctx, f->wake);
    }
}
