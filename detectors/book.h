/*
 * book - the open alerts: one per (host, key), growing in place, bounded, closed when idle.
 *
 * A detector reports findings. The first of a (host, key) opens an alert; later ones add to its
 * count, and may raise its severity or move it to a stronger rule: the id stays. Beyond
 * alerts.open_max open alerts of one rule on one host (and BOOK_OPEN_MAX in all) findings fold
 * into one alert of that rule and host with exact totals.
 *
 * A snapshot goes out at once when an alert opens, rises in severity, moves to a stronger rule,
 * reaches ten times the count it had, sees a success, or closes; other changes wait for
 * book_flush(), which whoever wants fresh counts calls as often as it wants them. Time is event
 * time. The order of snapshots depends on the findings only.
 *
 * Threads: the detect thread only. Memory: about 1 KB an open alert, plus its sets of distinct
 * sources and accounts, which share a budget of limits.sources values.
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/event.h"
#include "detectors/detector.h"
#include "detectors/rules.h"

#define BOOK_OPEN_MAX 20000u
#define BOOK_SLOT_NONE 0u
#define BOOK_EXTRA_MAX 2u

/* Marks of owners: slots are used again, so what one detector calls 1 must not be another's. */
enum book_owner { OWNER_GUESSING = 1, OWNER_DROPPED, OWNER_DROPPED_ALL_HOSTS, OWNER_INTERNET };
static inline uint64_t
book_owner(enum book_owner who, uint32_t number)
{
    return (uint64_t)who << 32 | number;
}

/* A further parameter of the sentence: name is a constant, the value is copied. */
struct finding_extra {
    const char *name;
    struct sv value;
};

/* What a detector found. Zeros and empty views mean "not known". Borrowed for the call. */
struct finding {
    const struct rule *rule;
    enum severity severity;
    const char *message; /* constant; NULL: the rule's own sentence */
    struct sv host;
    struct sv key;
    uint64_t first_ft; /* of what is counted when this opens an alert; 0: time_ft */
    uint64_t time_ft;
    uint64_t count; /* to add; what had been counted before the alert opened included */
    uint64_t owner; /* the detector's own mark for book_slot_of_owner() */
    bool success;
    bool internet;
    uint64_t hosts;    /* so many computers were hit; 0: one */
    bool count_source; /* keep the number of distinct sources ... */
    bool count_account;
    struct addr source;
    const struct addr *more_sources; /* seen before the alert opened */
    size_t more_source_count;
    struct sv account;
    bool account_final; /* the account that matters: later ones do not replace it */
    uint32_t account_id;
    const uint16_t *more_accounts; /* ids seen before the alert opened */
    size_t more_account_count;
    enum logon_service service;
    struct finding_extra extra[BOOK_EXTRA_MAX];
    const struct attempt *attempt; /* evidence: one of these */
    const struct event *event;
};

MUST_CHECK enum err book_create(const struct config *cfg, alert_fn fn, void *ctx,
                                struct book **out);
void book_destroy(struct book *b);

/* *out_slot: the alert that took the finding, valid until it closes. ERR_NOMEM, or what fn
 * returned (kept: see book_err()). */
MUST_CHECK enum err book_report(struct book *b, const struct finding *f, uint32_t *out_slot);
/* As book_report() when the open alert is known: no texts are compared. */
MUST_CHECK enum err book_update(struct book *b, uint32_t slot, const struct finding *f);

/* Is this slot still the open alert of that owner, or the fold that took it in at time_ft? */
bool book_slot_is(struct book *b, uint32_t slot, uint64_t owner, uint64_t time_ft);
bool book_is_open(struct book *b, struct sv host, struct sv key, uint64_t time_ft);
bool book_slot_folds(const struct book *b, uint32_t slot);
const struct rule *book_rule(const struct book *b, uint32_t slot); /* of an open slot */
uint64_t book_count(const struct book *b, uint32_t slot);

/* Is the account among those tried under an open guessing alert (2000-2004) of this host? */
bool book_account_attacked(const struct book *b, const struct attempt *a);

/* -- after a restart -----------------------------------------------------------------------------
 * A book that starts anew is fed with what is stored of the last days, its snapshots going nowhere;
 * then book_tick(), then every stored alert of rules 2000 and up: the closed ones of those days
 * first, then the open ones. Afterwards there is one open alert for each (host, key), here as in
 * the store, under the id that began first; its revision is that of the store or higher, and
 * nothing it says is less than the store says.
 *
 * - Closed, and open here under the same id: it is dropped here.
 * - Open, and open here: both are one; of two ids that the store has as open, one is handed out
 *   closed.
 * - Open, and unknown here: it is open here, unless it is idle at now_ft, or there are
 *   BOOK_OPEN_MAX: then it is handed out closed.
 *
 * Numbers of distinct sources and accounts are floors then: what was counted before is known by its
 * number only. ERR_NOMEM, or what fn returned. */
MUST_CHECK enum err book_adopt(struct book *b, const struct alert *stored, uint64_t now_ft);

/* Alerts that only the store knew, and which no detector has met again yet. */
bool book_has_unclaimed(const struct book *b);
uint32_t book_unclaimed(struct book *b, struct sv host, struct sv key, uint64_t time_ft);
void book_own(struct book *b, uint32_t slot, uint64_t owner);
/* What the store said of such an alert, claimed or not; zeros for others. */
struct book_stored {
    uint64_t count, first_ft, last_ft;
};
struct book_stored book_stored(const struct book *b, uint32_t slot);

/* Closes what was idle for alerts.idle_hours at now_ft. */
MUST_CHECK enum err book_tick(struct book *b, uint64_t now_ft);
MUST_CHECK enum err book_flush(struct book *b);
/* The first error that the alert_fn returned; it ends the run, other errors do not. */
enum err book_err(const struct book *b);
