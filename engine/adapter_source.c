/* adapter_source - the thread around adapter_watch. */
#include "engine/adapter_source.h"

#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "engine/adapter_event.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "posture/adapter_watch.h"
#include "state/adapters.h"

#define CROWDED_MS 5u                 /* the inlet is full: until it is looked at again */
#define RETRY_NS UINT64_C(1000000000) /* no memory for a look */
#define WAIT_MAX_NS UINT64_C(60000000000)

struct adapter_source {
    struct adapter_source_opts opts;
    char *host;
    struct thread *thread;

    struct mutex *mutex; /* over all of this part */
    struct cond *cond;
    bool stop, woken;
    struct adapter_source_status status;

    /* of the thread */
    struct adapter_watch *watch;
    struct adapter_event_place place;
    uint64_t again_ns; /* when the inventory is due; 0: at once */
    struct adapter_event_space space;
    uint8_t packed[EVENT_PACKED_MAX];
};

/* -- events ------------------------------------------------------------------------------------ */

static bool
is_stopped(struct adapter_source *s)
{
    bool stop;

    mutex_lock(s->mutex);
    stop = s->stop;
    mutex_unlock(s->mutex);
    return stop;
}

static void
count(struct adapter_source *s, bool lost)
{
    mutex_lock(s->mutex);
    s->status.events += !lost;
    s->status.lost += lost;
    s->status.event_ft = lost ? s->status.event_ft : s->place.time_ft;
    mutex_unlock(s->mutex);
}

static void
put(struct adapter_source *s, struct event *ev)
{
    struct inlet_item item = {.type = INLET_EVENT, .source = s->opts.line};
    size_t len;
    enum err err;

    event_set(ev, host, sv_from(s->host));
    err = event_pack(ev, s->packed, sizeof(s->packed), &len);
    if (!err) {
        item.data = (struct sv){(const char *)s->packed, len};
        err = inlet_put(s->opts.inlet, &item, ev->time_ft);
    }
    while (err == ERR_FULL && !is_stopped(s)) {
        thread_sleep_ms(CROWDED_MS);
        err = inlet_put(s->opts.inlet, &item, ev->time_ft);
    }
    if (err) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
    count(s, err != ERR_OK);
}

static void
on_change(void *ctx, const struct adapter_change *change)
{
    struct adapter_source *s = ctx;
    struct event ev;

    if (!change->inventory) {
        s->place.number++;
        adapter_event(change, s->place, &s->space, &ev);
        put(s, &ev);
    }
}

/* All there are, as they were when they were last looked at. */
static void
tell_inventory(struct adapter_source *s)
{
    const struct adapter_snapshot *all = adapter_watch_snapshot(s->watch);

    for (uint32_t i = 0; i < all->count; i++) {
        const struct adapter_change change = {
            .what = ADAPTER_APPEARED, .inventory = true, .after = &all->items[i]};
        struct event ev;

        s->place.number++;
        adapter_event(&change, s->place, &s->space, &ev);
        if (all->total > all->count) {
            event_set(&ev, action, SV(ADAPTERS_SEEN));
        }
        put(s, &ev);
    }
}

/* -- the thread -------------------------------------------------------------------------------- */

static void
on_wake(void *ctx)
{
    struct adapter_source *s = ctx;

    mutex_lock(s->mutex);
    s->woken = true;
    mutex_unlock(s->mutex);
    cond_wake_all(s->cond);
}

/* Returns when to look again. */
static uint64_t
look(struct adapter_source *s, uint64_t now_ns)
{
    const struct adapter_watch_status *is;

    s->place.time_ft = clock_now_ft();
    if (adapter_watch_step(s->watch, now_ns)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
        return now_ns + RETRY_NS;
    }
    is = adapter_watch_status(s->watch);
    mutex_lock(s->mutex);
    s->status.looked = true;
    s->status.code = is->code;
    s->status.call = is->call;
    s->status.failed_looks = is->failed_looks;
    s->status.look_ft = is->looks != s->status.looks ? s->place.time_ft : s->status.look_ft;
    s->status.looks = is->looks;
    mutex_unlock(s->mutex);
    if (is->code == POSTURE_OK && now_ns >= s->again_ns) {
        tell_inventory(s);
        s->again_ns = now_ns + ADAPTER_SOURCE_AGAIN_NS;
    }
    return adapter_watch_due_ns(s->watch);
}

static void
run(void *ctx)
{
    struct adapter_source *s = ctx;

    while (!is_stopped(s)) {
        uint64_t now_ns = clock_mono_ns();
        uint64_t due_ns = look(s, now_ns);

        due_ns = due_ns < now_ns + WAIT_MAX_NS ? due_ns : now_ns + WAIT_MAX_NS;
        mutex_lock(s->mutex);
        while (!s->stop && !s->woken && cond_wait_until(s->cond, s->mutex, due_ns)) {
        }
        s->woken = false;
        mutex_unlock(s->mutex);
    }
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
adapter_source_create(const struct adapter_source_opts *o, struct adapter_source **out)
{
    struct adapter_source *s = mem_zalloc(sizeof(*s));
    enum err err;

    *out = NULL;
    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->opts = *o;
    s->status.call = "";
    s->host = mem_strndup(o->host.p, o->host.len);
    err = s->host == NULL ? ERR_NOMEM : mutex_create(&s->mutex);
    if (!err) {
        err = cond_create(&s->cond);
    }
    if (!err) {
        err = adapter_watch_create(
            &(struct adapter_watch_options){
                .api = o->api, .change = on_change, .wake = on_wake, .ctx = s},
            &s->watch);
    }
    if (err) {
        adapter_source_destroy(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

void
adapter_source_destroy(struct adapter_source *s)
{
    if (s == NULL) {
        return;
    }
    adapter_watch_destroy(s->watch); /* it waits for a notice, which takes the mutex */
    cond_destroy(s->cond);
    mutex_destroy(s->mutex);
    mem_free(s->host);
    mem_free(s);
}

enum err
adapter_source_start(struct adapter_source *s)
{
    static const struct thread_opts opts = {.name = "adapters"};

    return s->thread != NULL ? ERR_OK : thread_start(&opts, run, s, &s->thread);
}

void
adapter_source_stop(struct adapter_source *s)
{
    mutex_lock(s->mutex);
    s->stop = true;
    mutex_unlock(s->mutex);
    cond_wake_all(s->cond);
    thread_join(s->thread);
    s->thread = NULL;
}

void
adapter_source_status(struct adapter_source *s, struct adapter_source_status *out)
{
    mutex_lock(s->mutex);
    *out = s->status;
    mutex_unlock(s->mutex);
}
