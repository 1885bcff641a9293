/* adapter_watch - when to look, and what to make of it. */
#include "posture/adapter_watch.h"

#include <stdatomic.h>

#include "core/mem.h"
#include "platform/thread.h"

/* What notices write to. It outlives the watch when a subscription cannot be cancelled. */
struct bell {
    atomic_uint_fast64_t rung;
    struct mutex *lock; /* over wake, for its end alone */
    void (*wake)(void *ctx);
    void *ctx;
};

static void
bell_free(struct bell *bell)
{
    if (bell != NULL) {
        mutex_destroy(bell->lock);
        mem_free(bell);
    }
}

static enum err
bell_make(const struct adapter_watch_options *o, struct bell **out)
{
    struct bell *bell = mem_zalloc(sizeof(*bell));

    if (bell == NULL || mutex_create(&bell->lock) != ERR_OK) {
        bell_free(bell);
        return ERR_NOMEM;
    }
    bell->wake = o->wake;
    bell->ctx = o->ctx;
    *out = bell;
    return ERR_OK;
}

static void
bell_silence(struct bell *bell)
{
    mutex_lock(bell->lock);
    bell->wake = NULL;
    mutex_unlock(bell->lock);
}

struct adapter_watch {
    struct adapter_watch_options o;
    struct bell *bell;
    void *subscriptions[POSTURE_NOTICE_COUNT]; /* NULL: none */
    struct adapter_snapshot *known;            /* NULL: never yet */
    struct adapter_watch_status status;
    uint64_t heard;             /* of bell->rung */
    uint64_t first_ns, last_ns; /* of the notices that no look has followed yet */
    uint64_t poll_ns;           /* the next, whatever happens */
    bool waiting;               /* for quiet */
};

static void
ring(void *ctx)
{
    struct bell *bell = ctx;

    atomic_fetch_add_explicit(&bell->rung, 1, memory_order_release);
    mutex_lock(bell->lock);
    if (bell->wake != NULL) {
        bell->wake(bell->ctx);
    }
    mutex_unlock(bell->lock);
}

/* Those that are missing; a system may refuse for a while. */
static void
subscribe(struct adapter_watch *w)
{
    const struct posture_subscriber s = {ring, w->bell};

    for (unsigned i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        uint32_t code;

        if (w->subscriptions[i] != NULL) {
            continue;
        }
        code = w->o.api->subscribe(w->o.api->ctx, (enum posture_notice)i, &s, &w->subscriptions[i]);
        if (code == POSTURE_OK) {
            w->status.subscribed |= 1u << i;
        } else {
            w->subscriptions[i] = NULL;
            w->status.notice_code = code;
        }
    }
}

enum err
adapter_watch_create(const struct adapter_watch_options *o, struct adapter_watch **out)
{
    struct adapter_watch *w = mem_zalloc(sizeof(*w));

    *out = NULL;
    if (w == NULL) {
        return ERR_NOMEM;
    }
    if (bell_make(o, &w->bell) != ERR_OK) {
        mem_free(w);
        return ERR_NOMEM;
    }
    w->o = *o;
    w->status.call = "";
    *out = w;
    return ERR_OK;
}

void
adapter_watch_destroy(struct adapter_watch *w)
{
    bool silent = true;

    if (w == NULL) {
        return;
    }
    for (unsigned i = 0; i < POSTURE_NOTICE_COUNT; i++) {
        if (w->subscriptions[i] != NULL &&
            w->o.api->cancel(w->o.api->ctx, w->subscriptions[i]) != POSTURE_OK) {
            silent = false;
        }
    }
    if (silent) {
        bell_free(w->bell);
    } else { /* it may still be rung: these few bytes stay for good */
        bell_silence(w->bell);
    }
    adapter_snapshot_free(w->known);
    mem_free(w);
}

static void
count_change(void *ctx, const struct adapter_change *change)
{
    struct adapter_watch *w = ctx;

    w->status.changes++;
    if (w->o.change != NULL) {
        w->o.change(w->o.ctx, change);
    }
}

static enum err
look(struct adapter_watch *w, uint64_t now_ns)
{
    struct adapter_snapshot *seen;
    enum err err = adapter_snapshot_take(w->o.api, w->known, &seen);

    if (err) {
        return err;
    }
    w->status.looks++;
    w->status.code = seen->code;
    w->status.call = seen->call;
    if (seen->code != POSTURE_OK) {
        w->status.failed_looks++;
        adapter_snapshot_free(seen);
        return ERR_OK;
    }
    adapter_diff(w->known, seen, count_change, w);
    adapter_snapshot_free(w->known);
    w->known = seen;
    w->status.last_known_ns = now_ns;
    return ERR_OK;
}

static void
listen(struct adapter_watch *w, uint64_t now_ns)
{
    uint64_t rung = atomic_load_explicit(&w->bell->rung, memory_order_acquire);

    if (rung == w->heard) {
        return;
    }
    w->status.notices += rung - w->heard;
    w->heard = rung;
    w->last_ns = now_ns;
    if (!w->waiting) {
        w->waiting = true;
        w->first_ns = now_ns;
    }
}

/* The earlier of quiet and patience. */
static uint64_t
notice_due(const struct adapter_watch *w)
{
    uint64_t quiet = w->last_ns + ADAPTER_WATCH_QUIET_NS;
    uint64_t latest = w->first_ns + ADAPTER_WATCH_LATEST_NS;

    if (!w->waiting) {
        return UINT64_MAX;
    }
    return quiet < latest ? quiet : latest;
}

uint64_t
adapter_watch_due_ns(const struct adapter_watch *w)
{
    uint64_t notice = notice_due(w);

    if (atomic_load_explicit(&w->bell->rung, memory_order_acquire) != w->heard) {
        return 0; /* not heard yet: only step() knows what time it is */
    }
    return notice < w->poll_ns ? notice : w->poll_ns;
}

enum err
adapter_watch_step(struct adapter_watch *w, uint64_t now_ns)
{
    enum err err;

    listen(w, now_ns);
    if (now_ns < w->poll_ns && now_ns < notice_due(w)) {
        return ERR_OK;
    }
    if (w->o.api != NULL) { /* before looking: nothing falls in between */
        subscribe(w);
        listen(w, now_ns);
    }
    err = look(w, now_ns);
    if (err) {
        return err;
    }
    w->waiting = false;
    w->poll_ns = now_ns + ADAPTER_WATCH_POLL_NS;
    return ERR_OK;
}

const struct adapter_snapshot *
adapter_watch_snapshot(const struct adapter_watch *w)
{
    return w->known;
}

const struct adapter_watch_status *
adapter_watch_status(const struct adapter_watch *w)
{
    return &w->status;
}
