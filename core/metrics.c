/* metrics - the counters behind core/metrics_list.h. */
#include "core/metrics.h"

#include <assert.h>
#include <stdatomic.h>

static _Atomic uint64_t counters[METRIC_COUNT];

static const struct {
    const char *name;
    const char *meaning;
} rows[] = {
#define METRIC(NAME, name, meaning) {name, meaning},
#include "core/metrics_list.h"
#undef METRIC
};

void
metric_add(enum metric m, uint64_t n)
{
    assert(m < METRIC_COUNT);
    atomic_fetch_add_explicit(&counters[m], n, memory_order_relaxed);
}

uint64_t
metric_get(enum metric m)
{
    assert(m < METRIC_COUNT);
    return atomic_load_explicit(&counters[m], memory_order_relaxed);
}

void
metric_reset_all(void)
{
    for (size_t i = 0; i < COUNT(counters); i++) {
        atomic_store_explicit(&counters[i], 0, memory_order_relaxed);
    }
}

const char *
metric_name(enum metric m)
{
    assert(m < METRIC_COUNT);
    return rows[m].name;
}

const char *
metric_meaning(enum metric m)
{
    assert(m < METRIC_COUNT);
    return rows[m].meaning;
}
