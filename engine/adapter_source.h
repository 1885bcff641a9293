/*
 * adapter_source - the network adapters as a live source: a thread looks when something changed
 * (posture/adapter_watch.h) and puts events (engine/adapter_event.h) into a line of the inlet.
 *
 * The first look is told as the inventory, and again each ADAPTER_SOURCE_AGAIN_NS: so the days that
 * warm a pipeline always hold one. Of more adapters than a look can hold none is told as all.
 * Nothing is lost while the inlet is full: the thread waits for room. At the stop what has none is
 * counted.
 * Threads: create, start, stop, destroy by one; status by any.
 */
#pragma once

#include "core/sv.h"
#include "engine/inlet.h"
#include "posture/posture_api.h"

#define ADAPTER_SOURCE_AGAIN_NS (UINT64_C(24) * 3600 * 1000000000)

struct adapter_source_opts {
    const struct posture_api *api; /* borrowed, as is the inlet */
    struct inlet *inlet;
    size_t line;    /* of the inlet */
    struct sv host; /* copied */
};

struct adapter_source_status {
    bool looked;      /* at all; else the others say nothing yet */
    uint32_t code;    /* Win32, of the last look; 0: it succeeded */
    const char *call; /* that gave it, "" */
    uint64_t looks, failed_looks, events, lost;
    uint64_t look_ft, event_ft; /* the last; 0: none */
};

struct adapter_source;
MUST_CHECK enum err adapter_source_create(const struct adapter_source_opts *o,
                                          struct adapter_source **out);
void adapter_source_destroy(struct adapter_source *s); /* NULL is fine; stopped before */
/* Again is fine. ERR_NOMEM. */
MUST_CHECK enum err adapter_source_start(struct adapter_source *s);
/* Waits until it has ended; again, and without a start, is fine. */
void adapter_source_stop(struct adapter_source *s);
void adapter_source_status(struct adapter_source *s, struct adapter_source_status *out);
