/*
 * metrics - every drop and every limit that was hit, as counters that the administrator sees.
 * METRIC(NAME, "name", "meaning") once, in core/metrics_list.h. Threads: any (relaxed atomics).
 */
#pragma once

#include "core/err.h"

enum metric {
#define METRIC(NAME, name, meaning) METRIC_##NAME,
#include "core/metrics_list.h"
#undef METRIC
    METRIC_COUNT
};
void metric_add(enum metric m, uint64_t n);
uint64_t metric_get(enum metric m);
void metric_reset_all(void); /* start of a run */
const char *metric_name(enum metric m);
const char *metric_meaning(enum metric m);
