/*
 * watched - over which time each live source really observed this PC, as intervals for v_coverage.
 *
 * A source is in one state at a time, from one moment on. `observed` intervals grow at each beat;
 * the others (stale, blind, off) grow the same way, so that a kill loses at most one beat. Between
 * the last beat of a run and the start of the next one nothing is claimed.
 * Time:    wall clock, FILETIME. A clock that was set back ends the intervals and begins others;
 *          time that comes a second time is claimed once, by what was claimed first, so the
 *          intervals of a source never overlap within a run (those of earlier runs are not known
 *          here). A step of more than WATCHED_STEP_MAX
 *          from one call to the next is nobody's observation: that time is stale (stood_still).
 * Errors:  those of fn. The call has then changed nothing that is not told again by the next one.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/coverage.h"
#include "core/tm.h"

#define WATCHED_SOURCES_MAX 64u
#define WATCHED_STEP_MAX (5 * TM_MIN) /* ten beats */

struct watched;
/* Called with an interval that is new or has grown: same (host, source, from_ft, state) as before
 * means it replaces that row. Borrowed for the call. */
typedef enum err (*watched_fn)(void *ctx, const struct coverage *c);

/* host is copied. */
MUST_CHECK enum err watched_create(struct sv host, watched_fn fn, void *ctx, struct watched **out);
void watched_destroy(struct watched *w); /* tells nothing: watched_beat() before it */
/* A number below WATCHED_SOURCES_MAX for the source, by its channel's name; copied. The same name
 * gives the same number. ERR_FULL. */
MUST_CHECK enum err watched_source(struct watched *w, struct sv channel, size_t *out);
/* From now on the source is in that state (COVERAGE_OBSERVED, STALE, BLIND, OFF); the same again is
 * fine. COVERAGE_STATE_COUNT: nothing is claimed. */
MUST_CHECK enum err watched_set(struct watched *w, size_t source, enum coverage_state state,
                                uint64_t now_ft);
/* The same with the reason, which is kept with the interval (BLIND: auditing or channel off; STALE:
 * denied, no answer). watched_set() gives none, but COVERAGE_WHY_ASLEEP to OFF. */
MUST_CHECK enum err watched_set_why(struct watched *w, size_t source, enum coverage_state state,
                                    enum coverage_why why, uint64_t now_ft);
/* Records of an observed source. */
void watched_record(struct watched *w, size_t source, uint64_t record_id);
/* A finished interval of its own: COVERAGE_LOST or CLEARED, with how many records. Its host and
 * source are filled in; it lies across the others. LOST without a reason: overwritten. */
MUST_CHECK enum err watched_gap(struct watched *w, size_t source, const struct coverage *gap);
/* All sources at once: the PC slept from..to. Each is then in the state it was in. */
MUST_CHECK enum err watched_off(struct watched *w, uint64_t from_ft, uint64_t to_ft);
/* Hands on every interval that has grown. Every 30 s, and at the stop. */
MUST_CHECK enum err watched_beat(struct watched *w, uint64_t now_ft);
