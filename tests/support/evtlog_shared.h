/*
 * evtlog_shared - a simulated Event Log that several threads may call at once, as they may the real
 * one: one call at a time, and waiting lets the others in.
 */
#pragma once

#include "support/evtlog_sim.h"

struct evtlog_shared;
struct evtlog_shared *evtlog_shared_create(const char *path); /* NULL: out of memory */
size_t evtlog_shared_destroy(struct evtlog_shared *shared);   /* as evtlog_sim_destroy() */
const struct evtlog_api *evtlog_shared_api(struct evtlog_shared *shared);
/* Between these two no call runs: to set channels, errors, and so on. */
struct evtlog_sim *evtlog_shared_lock(struct evtlog_shared *shared);
void evtlog_shared_unlock(struct evtlog_shared *shared);
/* Processor time that all calls have taken, of whatever thread. */
uint64_t evtlog_shared_cpu_ns(struct evtlog_shared *shared);
