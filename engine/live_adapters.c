/* live_adapters - the state of the source as coverage, health and a row of v_sources. */
#include "engine/live_adapters.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/rules.h"
#include "engine/adapter_event.h"

#define WORD_MAX 64u

struct live_adapters {
    struct live_adapters_opts opts;
    struct adapter_source *source;
    size_t watched;
    struct adapter_source_status status; /* of the last beat */
    const char *state;
    uint64_t since_ft;
};

enum err
live_adapters_create(const struct live_adapters_opts *o, struct live_adapters **out)
{
    struct live_adapters *a = mem_zalloc(sizeof(*a));
    enum err err;

    *out = NULL;
    if (a == NULL) {
        return ERR_NOMEM;
    }
    a->opts = *o;
    a->state = "closed";
    err = adapter_source_create(&o->source, &a->source);
    if (!err) {
        err = watched_source(o->watched, SV(ADAPTER_EVENT_CHANNEL), &a->watched);
    }
    if (err) {
        live_adapters_destroy(a);
        return err;
    }
    *out = a;
    return ERR_OK;
}

void
live_adapters_destroy(struct live_adapters *a)
{
    if (a != NULL) {
        adapter_source_destroy(a->source);
        mem_free(a);
    }
}

enum err
live_adapters_start(struct live_adapters *a)
{
    return adapter_source_start(a->source);
}

void
live_adapters_stop(struct live_adapters *a)
{
    adapter_source_stop(a->source);
}

void
live_adapters_event(struct live_adapters *a)
{
    watched_record(a->opts.watched, a->watched, 0);
}

/* A word of v_sources. */
static const char *
state_of(const struct adapter_source_status *s)
{
    if (!s->looked) {
        return "closed";
    }
    switch (s->code) {
    case POSTURE_OK:
        return "live";
    case POSTURE_ACCESS_DENIED:
        return "denied";
    case POSTURE_NOT_SUPPORTED:
    case POSTURE_NOT_IMPLEMENTED:
        return "unsupported";
    default:
        return "failed";
    }
}

static void
tell_health(struct live_adapters *a, uint64_t now_ft)
{
    char word[WORD_MAX];
    const struct health_fact fact = {.rule = &rule_table[RULE_SOURCE_UNREADABLE],
                                     .key = SV(ADAPTER_EVENT_CHANNEL),
                                     .params = {{"source", ADAPTER_EVENT_CHANNEL},
                                                {"state", word},
                                                {"advice", "report it with the version of "
                                                           "Windows"}}};

    (void)snprintf(word, sizeof(word), "%s, error %" PRIu32, a->state, a->status.code);
    if (a->status.code != POSTURE_OK) {
        health_is(a->opts.health, &fact, now_ft);
    } else {
        health_over(a->opts.health, fact.rule, fact.key, now_ft);
    }
}

/* Its looks show what changed between them: it observes since the last one that succeeded. */
static void
tell_coverage(struct live_adapters *a, uint64_t now_ft)
{
    bool live = live_adapters_is_live(a);
    enum coverage_state state = live ? COVERAGE_OBSERVED : COVERAGE_STALE;

    if (watched_set(a->opts.watched, a->watched, state, now_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static void
put_source(struct live_adapters *a, uint64_t now_ft)
{
    const struct adapter_source_status *s = &a->status;
    const struct store_source row = {.name = SV(ADAPTER_EVENT_CHANNEL),
                                     .channel = SV(ADAPTER_EVENT_CHANNEL),
                                     .state = sv_from(a->state),
                                     .code = s->code,
                                     .call = sv_from(s->call),
                                     .advice = s->code == POSTURE_OK ? SV("") : SV("report"),
                                     .records = s->looks - s->failed_looks,
                                     .events = s->events,
                                     .unreadable = s->failed_looks,
                                     .lost = s->lost,
                                     .per_minute = UINT64_MAX,
                                     .backlog = UINT64_MAX,
                                     .last_record_ft = s->event_ft,
                                     .last_read_ft = s->look_ft,
                                     .since_ft = a->since_ft,
                                     .updated_ft = now_ft};

    keeper_source(a->opts.keeper, &row);
}

void
live_adapters_beat(struct live_adapters *a, uint64_t now_ft)
{
    const char *state;

    adapter_source_status(a->source, &a->status);
    state = state_of(&a->status);
    if (state != a->state || a->since_ft == 0) {
        a->state = state;
        a->since_ft = now_ft;
    }
    if (a->status.looked) {
        tell_health(a, now_ft);
        tell_coverage(a, now_ft);
    }
    put_source(a, now_ft);
}

bool
live_adapters_is_live(const struct live_adapters *a)
{
    return a->status.looked && a->status.code == POSTURE_OK;
}
