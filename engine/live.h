/*
 * live - the running sensor: the Event Log's subscriptions, the ETW sessions, their hold-back, the
 * pipeline, the store and the output of alerts.
 *
 * Threads: three of its own (collector, detect, writer), one for the network adapters, with ETW the
 *          tracer and one for each session, and one while history is read.
 *          live_start() and live_stop() by one thread; the others from any thread.
 * Start:   returns at once; whatever cannot be had is tried again and told as a health alert.
 * Stop:    within LIVE_STOP_MS everything that was decided is in the store, with its bookmarks.
 *          What was read and is not decided yet is read again at the next start.
 * Memory:  bounded; see the constants of inlet.h and batch.h.
 */
#pragma once

#include "core/alert.h"
#include "core/config.h"
#include "engine/tracer.h"
#include "evtlog/evtlog_api.h"

#define LIVE_STOP_MS 5000u

/* Where alerts go beside the store: every state of an alert at least once, those of rules 1000 to
 * 1099 once. Called by one thread at a time. ERR_BUSY, ERR_IO, ERR_FULL: it is given again later;
 * ERR_RANGE: never. */
struct live_output {
    void *ctx;
    enum err (*alert)(void *ctx, const struct alert *a);
};

struct audit_policy_api; /* posture/audit_policy.h */
struct posture_api;      /* posture/posture_api.h */

struct live_opts {
    const struct config *cfg;              /* copied */
    const char *store_path;                /* copied */
    const struct evtlog_api *evtlog;       /* borrowed; NULL: there is no Event Log here */
    const struct audit_policy_api *policy; /* borrowed; NULL: not to be had */
    const struct posture_api *posture;     /* borrowed; NULL: adapters are not looked at */
    bool traces;                           /* read ETW too */
    const struct etw_api *etw;             /* borrowed; NULL: there is none here, which is told */
    struct tracer_probes probes;
    const char *version; /* copied */
    const char *host;    /* copied; NULL: what this computer calls itself */
    /* At the first start with this store: records before it are history, the others are live.
     * 0: the time of the start. */
    uint64_t since_ft;
    struct live_output output;
};

struct live;
/* ERR_NOMEM. */
MUST_CHECK enum err live_start(const struct live_opts *opts, struct live **out);
/* For rule 1001: why it stops ("stopped", "shutdown", "removed"). */
void live_stop(struct live *l, const char *why);
/* The new configuration is copied; windows and open alerts are kept. */
MUST_CHECK enum err live_reload(struct live *l, const struct config *cfg);
/* What whoever runs the sensor has found: told like what it finds itself. Rules 1000 to 1099 are
 * told once; 1100 to 1199 are open from now on, one for each key. Copied; at most LIVE_SAID_MAX at
 * a time, more are counted by METRIC_ALERTS_DROPPED. params end with a NULL. */
#define LIVE_SAID_MAX 16u
#define LIVE_PARAMS_MAX 2u
struct live_param {
    const char *name; /* a constant */
    const char *value;
};
void live_say(struct live *l, const struct rule *rule, const char *key,
              const struct live_param *params);
/* The PC goes to sleep, and is awake again. */
void live_suspend(struct live *l);
void live_resume(struct live *l);
