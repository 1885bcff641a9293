/* evtlog_shared - each call of the simulator under one mutex. */
#include "support/evtlog_shared.h"

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/process_use.h"

#define LOOK_MS 5u /* how often a wait looks at the file */

struct evtlog_shared {
    struct evtlog_api api;
    struct evtlog_sim *sim;
    const struct evtlog_api *inner;
    struct mutex *mutex;
    uint64_t cpu_ns; /* under the mutex */
};

/* -- each call --------------------------------------------------------------------------------- */

/* Takes the mutex; returns what leave() wants. */
static uint64_t
enter(struct evtlog_shared *s)
{
    uint64_t from_ns = process_thread_cpu_ns();

    mutex_lock(s->mutex);
    return from_ns;
}

static void
leave(struct evtlog_shared *s, uint64_t from_ns)
{
    s->cpu_ns += process_thread_cpu_ns() - from_ns;
    mutex_unlock(s->mutex);
}

/* LOCKED(returns, name, (parameters), (arguments)) */
#define LOCKED(name, parameters, arguments)                                                        \
    static uint32_t shared_##name parameters                                                       \
    {                                                                                              \
        struct evtlog_shared *s = ctx;                                                             \
        uint32_t code;                                                                             \
        uint64_t from_ns = enter(s);                                                               \
        code = s->inner->name arguments;                                                           \
        leave(s, from_ns);                                                                         \
        return code;                                                                               \
    }
#define INNER s->inner->ctx

LOCKED(subscribe, (void *ctx, const struct evtlog_subscribe *in, void **out), (INNER, in, out))
LOCKED(next, (void *ctx, void *subscription, void **events, uint32_t cap, uint32_t *count),
       (INNER, subscription, events, cap, count))
LOCKED(render, (void *ctx, struct evtlog_render *r), (INNER, r))
LOCKED(create_context,
       (void *ctx, const uint16_t *const *paths, uint32_t count, uint32_t flags, void **out),
       (INNER, paths, count, flags, out))
LOCKED(create_bookmark, (void *ctx, const uint16_t *xml, void **out), (INNER, xml, out))
LOCKED(update_bookmark, (void *ctx, void *bookmark, void *event), (INNER, bookmark, event))
LOCKED(close, (void *ctx, void *handle), (INNER, handle))
LOCKED(open_config, (void *ctx, const uint16_t *channel, void **out), (INNER, channel, out))
LOCKED(get_config, (void *ctx, void *config, uint32_t property, uint64_t *out),
       (INNER, config, property, out))
LOCKED(open_log, (void *ctx, const uint16_t *channel, void **out), (INNER, channel, out))
LOCKED(get_log_info, (void *ctx, void *log, uint32_t property, uint64_t *out),
       (INNER, log, property, out))
LOCKED(signal_create, (void *ctx, void **out), (INNER, out))

static void
shared_signal_set(void *ctx, void *signal)
{
    struct evtlog_shared *s = ctx;
    uint64_t from_ns = enter(s);

    s->inner->signal_set(INNER, signal);
    leave(s, from_ns);
}

static void
shared_signal_reset(void *ctx, void *signal)
{
    struct evtlog_shared *s = ctx;
    uint64_t from_ns = enter(s);

    s->inner->signal_reset(INNER, signal);
    leave(s, from_ns);
}

static void
shared_signal_close(void *ctx, void *signal)
{
    struct evtlog_shared *s = ctx;
    uint64_t from_ns = enter(s);

    s->inner->signal_close(INNER, signal);
    leave(s, from_ns);
}

static bool
any_set(struct evtlog_shared *s, void *const *signals, uint32_t count)
{
    bool set = false;

    mutex_lock(s->mutex);
    evtlog_sim_poll(s->sim);
    for (uint32_t i = 0; i < count; i++) {
        set = set || evtlog_sim_is_set(signals[i]);
    }
    mutex_unlock(s->mutex);
    return set;
}

static bool
wait_until(struct evtlog_shared *s, void *const *signals, uint32_t count, uint64_t deadline_ns)
{
    while (!any_set(s, signals, count)) {
        if (clock_mono_ns() >= deadline_ns) {
            return false;
        }
        thread_sleep_ms(LOOK_MS);
    }
    return true;
}

static bool
shared_signal_wait(void *ctx, void *const *signals, uint32_t count, uint32_t timeout_ms)
{
    struct evtlog_shared *s = ctx;
    uint64_t deadline_ns = clock_mono_ns() + timeout_ms * UINT64_C(1000000);
    uint64_t from_ns = process_thread_cpu_ns();
    bool set = wait_until(s, signals, count, deadline_ns);

    mutex_lock(s->mutex);
    leave(s, from_ns);
    return set;
}

struct evtlog_shared *
evtlog_shared_create(const char *path)
{
    struct evtlog_shared *s = mem_zalloc(sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->sim = evtlog_sim_create(path);
    if (s->sim == NULL || mutex_create(&s->mutex)) {
        (void)evtlog_shared_destroy(s);
        return NULL;
    }
    s->inner = evtlog_sim_api(s->sim);
    s->api = (struct evtlog_api){
        s,
        shared_subscribe,
        shared_next,
        shared_render,
        shared_create_context,
        shared_create_bookmark,
        shared_update_bookmark,
        shared_close,
        shared_open_config,
        shared_get_config,
        shared_open_log,
        shared_get_log_info,
        shared_signal_create,
        shared_signal_set,
        shared_signal_reset,
        shared_signal_wait,
        shared_signal_close,
    };
    return s;
}

size_t
evtlog_shared_destroy(struct evtlog_shared *s)
{
    size_t left;

    if (s == NULL) {
        return 0;
    }
    left = s->sim == NULL ? 0 : evtlog_sim_destroy(s->sim);
    mutex_destroy(s->mutex);
    mem_free(s);
    return left;
}

const struct evtlog_api *
evtlog_shared_api(struct evtlog_shared *s)
{
    return &s->api;
}

struct evtlog_sim *
evtlog_shared_lock(struct evtlog_shared *s)
{
    mutex_lock(s->mutex);
    return s->sim;
}

void
evtlog_shared_unlock(struct evtlog_shared *s)
{
    mutex_unlock(s->mutex);
}

uint64_t
evtlog_shared_cpu_ns(struct evtlog_shared *s)
{
    uint64_t ns;

    mutex_lock(s->mutex);
    ns = s->cpu_ns;
    mutex_unlock(s->mutex);
    return ns;
}
