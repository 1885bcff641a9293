/*
 * state - what is true now on each computer, as far as the events told: hosts, accounts, what is
 * known of them, and the merger that joins witnesses into attempts.
 *
 * Input is events in time order (core/event.h event_cmp). Time comes only from events and ticks.
 * Threads: the detect thread only. Memory is bounded by config limits.*.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/event.h"
#include "core/intern.h"

struct state;

/* Called for each finished attempt, in order of its first witness. Borrowed for the call. */
typedef enum err (*state_attempt_fn)(void *ctx, const struct attempt *a);

MUST_CHECK enum err state_create(const struct config *cfg, state_attempt_fn fn, void *ctx,
                                 struct state **out);
void state_destroy(struct state *st);
/* First releases attempts whose hold-back has passed at ev->time_ft, then takes the event in. */
MUST_CHECK enum err state_event(struct state *st, const struct event *ev);
MUST_CHECK enum err state_tick(struct state *st, uint64_t now_ft);
MUST_CHECK enum err state_flush(struct state *st); /* end of input: releases everything */

/* For detectors. */
const struct intern *state_hosts(const struct state *st);
const struct intern *state_accounts(const struct state *st);
MUST_CHECK enum err state_host_id(struct state *st, struct sv host, uint32_t *out_id);
bool state_nla_known(const struct state *st, uint32_t host_id); /* policy, or a 140 was seen */
