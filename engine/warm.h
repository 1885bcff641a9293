/*
 * warm - a pipeline that is made to know what the store knows: the stored events of the last
 * WARM_SPAN pass it without anything being kept, then it adopts the alerts and stories that are
 * open. Windows, campaigns and held attempts are then as they were when the store was written last.
 *
 * Clock:   what had been decided by then is known from the tick that was stored with each batch
 *          (WARM_CLOCK): attempts that wait after it were not stored, and come when they are due.
 *          It is also the time at which open alerts are idle or not: the wall clock says nothing
 *          while logs are behind it.
 * Threads: any one.
 */
#pragma once

#include "engine/pipeline.h"
#include "store/store.h"

#define WARM_SPAN (7 * 24 * UINT64_C(36000000000))
#define WARM_CLOCK "clock" /* the bookmark: a FILETIME in decimal */

struct warm_opts {
    const char *store_path;
    /* Only events from since_ft on and before until_ft (0: no end), and alerts and stories that
     * began then: history and the live sensor each keep their own until history has been read. */
    uint64_t since_ft, until_ft;
    /* Where history ended, which decided all that waited then: what was waiting is decided here,
     * too. 0: nowhere. */
    uint64_t history_ft;
    const char *clock;         /* bookmark of the tick */
    struct pipeline_sink sink; /* the pipeline's, from the adoption on */
    /* Asked now and then: true ends it with ERR_CANCELLED. May be NULL. */
    bool (*stop)(void *ctx);
    void *ctx;
};

/* The pipeline was just created. ERR_NOTFOUND: there is no store; the sink is set all the same. */
MUST_CHECK enum err warm_pipeline(struct pipeline *p, const struct warm_opts *o);
