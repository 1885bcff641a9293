/* live - makes the parts, starts the threads, stops them. */
#include "engine/live.h"

#include <stdio.h>

#include "core/mem.h"
#include "engine/live_int.h"
#include "platform/platform.h"

static void
destroy(struct live *l)
{
    writer_stop(l->writer, 0);
    feed_destroy(l->feed);
    live_trace_destroy(l->trace);
    live_adapters_destroy(l->adapters);
    pipeline_destroy(l->pipeline);
    keeper_destroy(l->keeper);
    health_destroy(l->health);
    watched_destroy(l->watched);
    inlet_destroy(l->inlet);
    spool_destroy(l->spool);
    flag_destroy(l->stop);
    mutex_destroy(l->mutex);
    config_destroy(l->next_config);
    config_destroy(l->cfg);
    buf_fini(&l->host);
    mem_free(l->store_path);
    mem_free(l->version);
    mem_free(l);
}

/* -- telling ----------------------------------------------------------------------------------- */

static void
on_health(void *ctx, const struct alert *a)
{
    struct live *l = ctx;

    keeper_alert(l->keeper, a, BATCH_REPORTED);
}

static enum err
on_coverage(void *ctx, const struct coverage *c)
{
    struct live *l = ctx;

    keeper_coverage(l->keeper, c);
    return ERR_OK;
}

/* -- start ------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
copy_opts(struct live *l, const struct live_opts *o)
{
    l->evtlog = o->evtlog;
    l->policy_api = o->policy;
    l->store_path = mem_strndup(o->store_path, strlen(o->store_path));
    l->version = mem_strndup(o->version, strlen(o->version));
    buf_init(&l->host, SIZE_MAX);
    if (o->host != NULL) {
        buf_puts(&l->host, o->host);
    } else {
        host_name(&l->host);
    }
    if (l->store_path == NULL || l->version == NULL || buf_err(&l->host)) {
        return ERR_NOMEM;
    }
    return live_config_copy(o->cfg, &l->cfg);
}

MUST_CHECK static enum err
create_trace(struct live *l, const struct live_opts *o)
{
    const struct live_trace_opts trace = {.tracer = {.api = o->etw,
                                                     .inlet = l->inlet,
                                                     .source = LIVE_TRACE_LINE,
                                                     .host = buf_sv(&l->host),
                                                     .probes = o->probes},
                                          .watched = l->watched,
                                          .health = l->health,
                                          .keeper = l->keeper};

    return live_trace_create(&trace, &l->trace);
}

MUST_CHECK static enum err
create_adapters(struct live *l, const struct posture_api *api)
{
    const struct live_adapters_opts adapters = {.source = {.api = api,
                                                           .inlet = l->inlet,
                                                           .line = LIVE_ADAPTER_LINE,
                                                           .host = buf_sv(&l->host)},
                                                .watched = l->watched,
                                                .health = l->health,
                                                .keeper = l->keeper};

    return api == NULL ? ERR_OK : live_adapters_create(&adapters, &l->adapters);
}

MUST_CHECK static enum err
create_parts(struct live *l, const struct live_opts *o)
{
    struct keeper_opts keeper = {.retro = false};
    enum err err = spool_create(&l->spool);

    if (!err) {
        err = inlet_create(LIVE_LINES, LIVE_PATIENCE_NS, &l->inlet);
    }
    if (!err) {
        err = flag_create(&l->stop);
    }
    if (!err) {
        err = mutex_create(&l->mutex);
    }
    if (!err) {
        keeper.spool = l->spool;
        err = keeper_create(&keeper, &l->keeper);
    }
    if (!err) {
        err = health_create(buf_sv(&l->host), on_health, l, &l->health);
    }
    if (!err) {
        err = watched_create(buf_sv(&l->host), on_coverage, l, &l->watched);
    }
    if (!err) {
        err = live_sources_create(l);
    }
    if (!err) {
        err = create_adapters(l, o->posture);
    }
    return err || !o->traces ? err : create_trace(l, o);
}

MUST_CHECK static enum err
start_threads(struct live *l, const struct live_opts *o)
{
    static const struct thread_opts thread = {.name = "detect"};
    const struct writer_opts writer = {.store_path = l->store_path,
                                       .size_cap = (uint64_t)l->cfg->store_mb * 1024 * 1024,
                                       .spool = l->spool,
                                       .output = o->output,
                                       .host = buf_sv(&l->host)};
    enum err err = writer_start(&writer, &l->writer);

    return err ? err : thread_start(&thread, live_detect, l, &l->detect);
}

enum err
live_start(const struct live_opts *o, struct live **out)
{
    struct live *l = mem_zalloc(sizeof(*l));
    enum err err;

    if (l == NULL) {
        return ERR_NOMEM;
    }
    l->started_ft = l->wall_ft = clock_now_ft();
    l->started_ns = l->mono_ns = clock_mono_ns();
    l->why_stop = "stopped";
    l->first_ft = o->since_ft != 0 ? o->since_ft : l->started_ft;
    err = copy_opts(l, o);
    if (!err) {
        err = create_parts(l, o);
    }
    if (!err) {
        err = start_threads(l, o);
    }
    if (err) {
        destroy(l);
        return err;
    }
    *out = l;
    return ERR_OK;
}

/* -- requests ---------------------------------------------------------------------------------- */

void
live_stop(struct live *l, const char *why)
{
    uint64_t deadline_ns = clock_mono_ns() + LIVE_STOP_MS * UINT64_C(1000000);

    if (l == NULL) {
        return;
    }
    l->why_stop = why;
    flag_raise(l->stop);
    inlet_wake(l->inlet);
    thread_join(l->detect); /* it joins those it has started */
    writer_stop(l->writer, deadline_ns);
    l->writer = NULL;
    destroy(l);
}

enum err
live_reload(struct live *l, const struct config *cfg)
{
    struct config *copy;
    enum err err = live_config_copy(cfg, &copy);

    if (err) {
        return err;
    }
    mutex_lock(l->mutex);
    config_destroy(l->next_config);
    l->next_config = copy;
    mutex_unlock(l->mutex);
    inlet_wake(l->inlet);
    return ERR_OK;
}

void
live_say(struct live *l, const struct rule *rule, const char *key, const struct live_param *params)
{
    struct live_said *said;

    mutex_lock(l->mutex);
    if (l->said_count == LIVE_SAID_MAX) {
        metric_add(METRIC_ALERTS_DROPPED, 1);
    } else {
        said = &l->said[l->said_count++];
        *said = (struct live_said){.rule = rule};
        (void)snprintf(said->key, sizeof(said->key), "%s", key);
        for (size_t i = 0; i < LIVE_PARAMS_MAX && params[i].name != NULL; i++) {
            said->name[i] = params[i].name;
            (void)snprintf(said->value[i], sizeof(said->value[i]), "%s", params[i].value);
        }
    }
    mutex_unlock(l->mutex);
    inlet_wake(l->inlet);
}

void
live_suspend(struct live *l)
{
    mutex_lock(l->mutex);
    l->suspended_ft = clock_now_ft();
    l->resumed_ft = 0;
    mutex_unlock(l->mutex);
}

void
live_resume(struct live *l)
{
    mutex_lock(l->mutex);
    l->resumed_ft = clock_now_ft();
    mutex_unlock(l->mutex);
    inlet_wake(l->inlet);
}
