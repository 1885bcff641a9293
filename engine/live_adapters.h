/*
 * live_adapters - what the running sensor makes of its look at the network adapters: coverage,
 * health, status.
 *
 * Threads: the detect thread, but for create and destroy.
 */
#pragma once

#include "engine/adapter_source.h"
#include "engine/health.h"
#include "engine/keeper.h"
#include "engine/watched.h"

struct live_adapters_opts {
    struct adapter_source_opts source;
    struct watched *watched; /* borrowed, like the others */
    struct health *health;
    struct keeper *keeper;
};

struct live_adapters;
MUST_CHECK enum err live_adapters_create(const struct live_adapters_opts *o,
                                         struct live_adapters **out);
void live_adapters_destroy(struct live_adapters *a); /* NULL is fine; stopped before */
MUST_CHECK enum err live_adapters_start(struct live_adapters *a);
void live_adapters_stop(struct live_adapters *a);
/* An event of the source's line. */
void live_adapters_event(struct live_adapters *a);
/* Every half minute. */
void live_adapters_beat(struct live_adapters *a, uint64_t now_ft);
/* It can be read, as far as is known. */
bool live_adapters_is_live(const struct live_adapters *a);
