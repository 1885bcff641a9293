/*
 * queue_shed - logon failures that a full queue could not take: their detail is lost, their number
 * is not.
 *
 * Failures alike in kind, host, account, domain, source address, event id, logon type and status
 * are one row with a count. QUEUE_SHED_ROWS rows have their own; what needs one more, or has a key
 * of more than QUEUE_SHED_KEY_MAX bytes when packed, is counted by kind alone.
 *
 * Exact:   the sum of all counts of a kind is the number of its failures added. A row with fields
 *          counts all that were alike, from its first one on, and nothing else; what a kind's row
 *          without fields holds is like none of them.
 * Memory:  fixed, in the struct.
 * Threads: none shared; the queue has a lock for it.
 */
#pragma once

#include "core/event.h"

#define QUEUE_SHED_ROWS 256u
#define QUEUE_SHED_KEY_MAX 256u

struct queue_shed_sum {
    uint64_t count;             /* 0: none */
    uint64_t first_ft, last_ft; /* earliest and latest time among them */
};

struct queue_shed_row {
    struct queue_shed_sum sum;
    size_t key_len;
    uint8_t key[QUEUE_SHED_KEY_MAX]; /* a packed event of the fields that make rows, at time 0 */
};

struct queue_shed {
    size_t row_count;
    uint64_t hash[QUEUE_SHED_ROWS]; /* of the rows' keys */
    struct queue_shed_row row[QUEUE_SHED_ROWS];
    struct queue_shed_sum rest[EV_COUNT];
};

/* Kinds that can be failures, and which of their events are. */
bool queue_shed_kind(enum event_kind kind);
bool queue_shed_is_failure(const struct event *ev);

void queue_shed_clear(struct queue_shed *s); /* all zero is clear, too */
void queue_shed_add(struct queue_shed *s, const struct event *ev);
bool queue_shed_is_empty(const struct queue_shed *s);

/* The next row from *at on, which starts at 0: true, or false after the last. *ev has the fields
 * that its failures have in common (none, in a row of a kind alone) and the earliest time; its
 * texts live as long as s is unchanged. */
bool queue_shed_next(const struct queue_shed *s, size_t *at, struct event *ev,
                     struct queue_shed_sum *sum);
