/*
 * story - the alerts of one host joined into one story, in stages DOOR, GUESS, ENTRY, TOOL, MINER,
 * SPREAD; each stage says what was observed, or that nothing was, or that nothing could be.
 * Memory: fixed size, no pointers; may be copied with '='.
 */
#pragma once

#include "core/alert.h"

enum story_stage {
    STAGE_DOOR,
    STAGE_GUESS,
    STAGE_ENTRY,
    STAGE_TOOL,
    STAGE_MINER,
    STAGE_SPREAD,
    STAGE_COUNT
};
const char *story_stage_name(enum story_stage s); /* "DOOR" ... */

enum stage_verdict {
    STAGE_OBSERVED,
    STAGE_NOTHING_SEEN,   /* a source that would show it was watched */
    STAGE_NOT_OBSERVABLE, /* nothing that would show it was there to read */
};
const char *
stage_verdict_name(enum stage_verdict v); /* "observed", "nothing_seen", "not_observable" */

#define STORY_ALERTS_MAX 128
#define STORY_STAGE_ALERTS_MAX 32

struct story_stage_facts {
    enum stage_verdict verdict;
    uint64_t first_ft, last_ft;
    enum severity severity;
    uint64_t count;    /* attempts, for GUESS; else alerts */
    uint64_t sources;  /* distinct */
    uint64_t accounts; /* distinct */
    char message[48];  /* sentence in messages/, with parameters */
    size_t param_count;
    struct alert_param params[ALERT_PARAMS_MAX];
    size_t alert_count; /* ids of the first STORY_STAGE_ALERTS_MAX; total in alert_total */
    char alert_id[STORY_STAGE_ALERTS_MAX][ALERT_ID_MAX];
    uint64_t alert_total;
};

struct story {
    char id[ALERT_ID_MAX];
    uint32_t revision;
    char host[ALERT_HOST_MAX];
    enum alert_state state;
    enum severity severity;
    uint64_t first_ft, last_ft;
    char first_message[48]; /* what to do first: message name */
    size_t first_param_count;
    struct alert_param first_params[ALERT_PARAMS_MAX];
    struct story_stage_facts stage[STAGE_COUNT];
};
