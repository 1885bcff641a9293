/*
 * status - the words in which a running sensor and those who read its store speak of it: the facts
 * of v_status, and the states and advices of v_sources.
 */
#pragma once

#include "core/sv.h"

enum store_status {
#define STATUS(NAME, TYPE, name, meaning) STATUS_##NAME,
#include "store/status_names.h"
#undef STATUS
    STATUS_COUNT
};
enum store_status_type { STATUS_WORDS, STATUS_COUNTED, STATUS_TIME };
struct sv store_status_name(enum store_status s);
enum store_status_type store_status_type(enum store_status s);
const char *store_status_meaning(enum store_status s);
/* STATUS_COUNT: none of that name. */
enum store_status store_status_find(struct sv name);

/* A sensor whose heartbeat is older than this runs no more. It beats every 30 s. */
#define STATUS_HEARTBEAT_MAX (90 * UINT64_C(10000000))

/* States of sources beside those of subscriptions (subscription_state_name()). */
#define SOURCE_ON "on"           /* audit.*: all that is needed is recorded */
#define SOURCE_BLIND "blind"     /* audit.*: some of it is not */
#define SOURCE_UNKNOWN "unknown" /* audit.*: the policy could not be read */
#define SOURCE_STALE "stale"     /* nothing has come of it for too long */
/* Advices beside those of subscriptions (subscription_advice_name()). */
#define ADVICE_TURN_ON_AUDITING "turn_on_auditing"
