/*
 * state - what is true now on each computer, as far as the events told: hosts, accounts, what is
 * known of them, and the merger that joins witnesses into attempts.
 *
 * Input is events in time order (core/event.h event_cmp). Time comes only from events and ticks.
 * Events may be late by up to STATE_CLOCK_STEP: time does not go back for them, and an attempt that
 * is due when its first witness arrives is released with the next event. What comes earlier than
 * that releases all that waits, and time starts anew.
 * Output: attempts in the order of their first witness, on all computers together, each once more
 * than the hold-back has passed since (earlier when limits.pending_attempts is reached). One
 * exception: 1149 alone on a computer where NLA is not known to be on waits, up to HELD_PER_HOST
 * of them (state/held.h), for the first 140 there. They then follow late, as successes with their
 * true time; those that never see a proof follow, oldest first, as connections, when the room is
 * needed or at state_flush().
 * An error of the receiver is passed on; the attempt it was given is not given again.
 * Threads: the detect thread only. Memory is bounded by config limits.*.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/event.h"
#include "core/intern.h"
#include "core/net_adapter.h"
#include "core/process.h"
#include "core/tm.h"

/* An event earlier than the newest by less than this is late: its channel lagged, or its computer
 * forwards its log. Earlier by more, the clock was set back. */
#define STATE_CLOCK_STEP (10 * TM_MIN)

struct state;

/* Called for each finished attempt, in order of its first witness. Borrowed for the call. */
typedef enum err (*state_attempt_fn)(void *ctx, const struct attempt *a);

/* Called once for each process when it has ended, was pushed out by newer ones, or at
 * state_flush(). Borrowed for the call. A process that was pushed out and is seen again is handed
 * over again under the same key: what the later one does not know, the earlier one said. */
typedef enum err (*state_process_fn)(void *ctx, const struct process *p);

/* Called for each record of the start of a process that belongs to somebody who logged on from
 * elsewhere: p->origin says who, `was` how surely it was known before (TIE_NONE: it is new). What a
 * late logon explains is told when the logon comes. p->image may be the kernel's name or a bare
 * one. Borrowed for the call. */
typedef enum err (*state_tied_fn)(void *ctx, const struct process *p, enum process_tie was);

/* Called for each network adapter when something of it changes (state/adapters.h). Borrowed for the
 * call. */
typedef enum err (*state_adapter_fn)(void *ctx, const struct net_adapter *a);

/* cfg is borrowed and outlives the state. */
MUST_CHECK enum err state_create(const struct config *cfg, state_attempt_fn fn, void *ctx,
                                 struct state **out);
void state_destroy(struct state *st);
/* Who is told of processes; with the ctx of state_create(). Without it nobody is. */
void state_on_process(struct state *st, state_process_fn fn);
/* Who is told of these; with the ctx of state_create(). Without it nobody is. */
void state_on_tied(struct state *st, state_tied_fn fn);
/* Likewise. */
void state_on_adapter(struct state *st, state_adapter_fn fn);
/* Completes an event with what is known when it happens, before it is stored: paths as a person can
 * open them, which end of a connection is the remote one, the image of a process, who opened a
 * connection that closes. An event completed before is not changed again. Texts that it adds live
 * until the next call. */
MUST_CHECK enum err state_complete(struct state *st, struct event *ev, bool *changed);
/* First releases attempts whose hold-back has passed at ev->time_ft, then takes the event in. */
MUST_CHECK enum err state_event(struct state *st, const struct event *ev);
MUST_CHECK enum err state_tick(struct state *st, uint64_t now_ft);
MUST_CHECK enum err state_flush(struct state *st); /* end of input: releases everything */

/* For detectors. */
const struct intern *state_hosts(const struct state *st);
const struct intern *state_accounts(const struct state *st);
MUST_CHECK enum err state_host_id(struct state *st, struct sv host, uint32_t *out_id);
bool state_nla_known(const struct state *st, uint32_t host_id); /* policy, or a 140 was seen */
/* Processes are told of soon after their start as well (processes_tell_early()). */
void state_tell_early(struct state *st);
