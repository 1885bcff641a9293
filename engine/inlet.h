/*
 * inlet - what the sources of the Event Log have read and nobody has thought about yet: one line
 * for each source, merged by time.
 *
 * A source puts its records in the order of its log. The reader takes them in order of time over
 * all sources: the oldest head goes once no other source can bring an older one, which a source
 * shows by what it has put, or by saying up to when it has read. A source that says nothing for
 * as long as the inlet is patient holds up nobody; what it brings after that is late, and taken
 * first. Sources that have nothing more hold up no item longer than that either, be its time in
 * the future; one that is still at it does, so that order does not depend on how fast anybody is.
 *
 * Positions: an item comes with the position of its source behind it. Within a source the order is
 * that of the log, so the position of the item taken last is the one to store: everything before
 * it has been taken, nothing behind it has.
 * Full:     inlet_put() answers ERR_FULL, and the source reads on later: the log itself is the
 *           queue behind this one. Nothing is ever left out.
 * Memory:   INLET_BYTES_MAX for each source at most; small while there is little in it.
 * Threads:  one that puts, one that takes; inlet_stats() and inlet_wake(): any.
 */
#pragma once

#include "core/event.h"

#define INLET_SOURCES_MAX 64u
#define INLET_BYTES_MAX ((size_t)1024 * 1024) /* of one source; room for any single item */
#define INLET_NOTES_MAX ((size_t)64 * 1024)   /* more, for notes alone */

enum inlet_type {
    INLET_EVENT,  /* a packed event */
    INLET_PASSED, /* a record that is no event; or only the position has moved */
    INLET_NOTE    /* bytes of whoever put it */
};

struct inlet_item {
    enum inlet_type type;
    size_t source;
    uint32_t note;      /* INLET_NOTE, INLET_PASSED: a number of whoever put it */
    uint64_t number;    /* of the record; 0: none */
    struct sv data;     /* the packed event, or the note's bytes */
    struct sv position; /* empty: it has not moved */
};

struct inlet;
/* ERR_RANGE, ERR_NOMEM */
MUST_CHECK enum err inlet_create(size_t sources, uint64_t patience_ns, struct inlet **out);
void inlet_destroy(struct inlet *in);

/* -- who puts -- */
/* Copied. time_ft places an event among those of other sources; the others follow the event before
 * them. ERR_FULL, ERR_NOMEM: not taken. */
MUST_CHECK enum err inlet_put(struct inlet *in, const struct inlet_item *item, uint64_t time_ft);
/* Nothing older than that will come from the source: it has nothing more to put now. */
void inlet_read_to(struct inlet *in, size_t source, uint64_t time_ft, uint64_t now_ns);
/* Others wait for it, or do not: one that cannot be read, or has ended. At first nobody does. */
void inlet_wait_for(struct inlet *in, size_t source, bool yes);

/* -- who takes -- */
/* The next item whose turn it is; copied to memory of the inlet that lives until the next call.
 * False: none now. */
bool inlet_take(struct inlet *in, uint64_t now_ns, struct inlet_item *out);
/* Everything older has been taken, as far as the sources can tell. 0: they cannot yet; UINT64_MAX:
 * there is nothing to wait for. */
uint64_t inlet_taken_to(struct inlet *in, uint64_t now_ns);
/* Until something is put or said, inlet_wake(), or the deadline (clock_mono_ns()). */
void inlet_wait(struct inlet *in, uint64_t deadline_ns);

void inlet_wake(struct inlet *in);

struct inlet_stats {
    uint64_t items, bytes; /* in it now */
    uint64_t late;         /* events that were older than the one taken before */
};
void inlet_stats(struct inlet *in, struct inlet_stats *out);
uint64_t inlet_source_items(struct inlet *in, size_t source);
