/*
 * live_int - the parts of the running sensor, for the files of live only.
 *
 * Collector: feed -> inlet. Tracer: ETW -> inlet. Detect: inlet -> pipeline -> keeper -> spool;
 * owns watched, health and all that is not marked otherwise. Writer: spool -> store -> output.
 * History: the same route in one thread, with an inlet, a pipeline and a keeper of its own.
 */
#pragma once

#include <stdatomic.h>

#include "core/hash.h"
#include "core/metrics.h"
#include "engine/feed.h"
#include "engine/health.h"
#include "engine/keeper.h"
#include "engine/live.h"
#include "engine/live_adapters.h"
#include "engine/live_trace.h"
#include "engine/pipeline.h"
#include "engine/watched.h"
#include "engine/writer.h"
#include "platform/thread.h"

#define NS_PER_S UINT64_C(1000000000)
#define LIVE_BEAT_NS (30 * NS_PER_S)
#define LIVE_FIRST_BEAT_NS (3 * NS_PER_S) /* sources have said what they are by then */
#define LIVE_WAIT_NS (NS_PER_S / 20)      /* for what the pipeline waits for */
#define LIVE_TICK_NS NS_PER_S
#define LIVE_TURN 256u                  /* items between two looks at the clock */
#define LIVE_CROWDED_NS (NS_PER_S / 20) /* one wait for room in the spool */
#define LIVE_CROWDED_MAX_NS (10 * NS_PER_S)
/* How long a source that does not answer holds up what others have read. */
#define LIVE_PATIENCE_NS (10 * NS_PER_S)
#define LIVE_POLICY_NS (300 * NS_PER_S)
#define LIVE_SETTLE_NS (60 * NS_PER_S) /* what is wrong has shown itself by then */

/* Positions of the keeper behind those of the channels. */
enum live_mark {
    MARK_SINCE = CHANNEL_COUNT, /* what is older belongs to history */
    MARK_HISTORY,               /* "done" once it has been read */
    MARK_COUNT
};
#define SINCE_NAME "since"
#define HISTORY_NAME "history"
#define HISTORY_DONE "done"
#define HISTORY_PREFIX "history:" /* and the channel's name: how far it has been read */
#define HISTORY_CLOCK "history-clock"

/* The line of ETW in the inlet, behind those of the channels. */
#define LIVE_TRACE_LINE CHANNEL_COUNT
#define LIVE_ADAPTER_LINE (CHANNEL_COUNT + 1) /* and that of the network adapters */
#define LIVE_LINES (CHANNEL_COUNT + 2)

struct live_source {
    size_t watched;
    struct feed_state state; /* as told last */
    bool known;              /* told at all */
    uint64_t last_record_ft, last_read_ft;
    uint64_t records_before; /* at the last beat */
    uint64_t lost;
};

#define LIVE_TEXT_MAX 256u
/* What others say; copied. */
struct live_said {
    const struct rule *rule;
    char key[LIVE_TEXT_MAX];
    const char *name[LIVE_PARAMS_MAX]; /* NULL: none */
    char value[LIVE_PARAMS_MAX][LIVE_TEXT_MAX];
};

/* What history has come to; written by its thread, read by detect. */
struct history_state {
    atomic_bool running, done, handed_over;
    atomic_uint_fast64_t records;
    atomic_uint_fast64_t shed[EV_COUNT]; /* known when it has ended */
};

struct live {
    char *store_path, *version;
    struct buf host;
    const struct evtlog_api *evtlog;
    const struct audit_policy_api *policy_api;

    /* set once at the start */
    struct spool *spool;
    struct writer *writer;
    struct inlet *inlet;
    struct flag *stop;
    struct thread *detect, *collector, *reader; /* reader: history */
    const char *why_stop;                       /* before `stop` is raised */

    /* requests of others, under the mutex */
    struct mutex *mutex;
    struct config *next_config; /* NULL: none */
    uint64_t suspended_ft, resumed_ft;
    struct live_said said[LIVE_SAID_MAX];
    size_t said_count;

    /* of detect */
    struct config *cfg;
    char config_hash[2 * SHA256_LEN + 1];
    struct pipeline *pipeline;
    struct keeper *keeper;
    struct feed *feed; /* stepped by the collector */
    struct watched *watched;
    struct health *health;
    struct live_trace *trace;       /* NULL: ETW is not asked for */
    struct live_adapters *adapters; /* NULL: they cannot be asked for */
    struct live_source source[CHANNEL_COUNT];
    bool told_before; /* how the run before ended */
    uint64_t started_ft, started_ns, first_ft, since_ft;
    uint64_t tick_ns, tick_ft;
    uint64_t beat_ns, beaten_ns, policy_ns, daily_ft;
    uint64_t wall_ft, mono_ns; /* at the last look at the clocks */
    uint64_t replaced;         /* stores set aside, as far as told */
    uint64_t sequence;
    uint64_t crowded_ns; /* since when the spool has had no room; 0: it has */
    uint64_t rebuild_ns; /* a new pipeline is due; 0: not */
    uint64_t history_ns; /* history is to be read, or to be read on; 0: not */
    bool settled;
    bool blind; /* failed logons are not audited */
    uint64_t shed_told[EV_COUNT], metrics_told[METRIC_COUNT];
    struct history_state history;
};

/* -- live_run.c: the detect thread -- */
void live_detect(void *ctx);

/* -- live_start.c: what comes before -- */
/* Opens the past: positions, a warm pipeline. ERR_CANCELLED: stopped meanwhile; others: again. */
MUST_CHECK enum err live_begin(struct live *l);
/* A pipeline that knows what the store knows takes the place of the present one. */
MUST_CHECK enum err live_rebuild(struct live *l, struct config *cfg);
MUST_CHECK enum err live_config_copy(const struct config *cfg, struct config **out);

/* -- live_sources.c: what sources tell -- */
MUST_CHECK enum err live_sources_create(struct live *l);
void live_note(struct live *l, const struct inlet_item *item, uint64_t now_ft);
void live_sources_beat(struct live *l, uint64_t now_ft, uint64_t now_ns);
/* Each source is watched as its state says now. */
void live_sources_watched(struct live *l, uint64_t now_ft);

/* -- live_policy.c -- */
void live_policy(struct live *l, uint64_t now_ft);

/* -- live_tell.c: what the sensor tells of itself -- */
void live_notice(struct live *l, const struct rule *rule, const struct health_param *params,
                 uint64_t now_ft);
void live_take_said(struct live *l, uint64_t now_ft);
void live_beat(struct live *l, uint64_t now_ft, uint64_t now_ns);
void live_daily(struct live *l, uint64_t now_ft);
void live_status(struct live *l, const char *state, uint64_t now_ft);
void live_unclean_stop(struct live *l, uint64_t last_ft, uint64_t now_ft);
void live_check_store(struct live *l, uint64_t now_ft);

/* -- history.c -- */
MUST_CHECK enum err history_start(struct live *l);
