/*
 * coverage - the intervals in which a source really observed a host. Every answer about "nothing
 * found" says over how much of the asked time the PC was observed.
 */
#pragma once

#include "core/sv.h"

enum coverage_state {
    COVERAGE_OBSERVED, /* records were read over this interval */
    COVERAGE_LOST,     /* records are missing: overwritten, damaged (note tells how many) */
    COVERAGE_CLEARED,  /* the log was cleared */
    COVERAGE_STALE,    /* nothing could be read: no answer, no access; or nobody was looking */
    COVERAGE_BLIND,    /* the source was there and by policy recorded nothing: auditing, channel */
    COVERAGE_OFF,      /* the computer was off or asleep: left out of what could be observed */
    COVERAGE_STATE_COUNT
};
const char *coverage_state_name(enum coverage_state s); /* "observed", "lost", "cleared" ... */

/* Why an interval was not observed, where that is known. */
enum coverage_why {
    COVERAGE_WHY_NONE,
    COVERAGE_WHY_AUDITING_OFF,
    COVERAGE_WHY_CHANNEL_OFF,
    COVERAGE_WHY_DENIED,      /* the account may not read it */
    COVERAGE_WHY_NO_ANSWER,   /* the Event Log service does not answer */
    COVERAGE_WHY_OVERWRITTEN, /* the log rolled over what was not read */
    COVERAGE_WHY_ASLEEP,
    COVERAGE_WHY_STOOD_STILL, /* the sensor did, or the clock was set forward */
    COVERAGE_WHY_TAMPERED,    /* somebody switched it off */
    COVERAGE_WHY_DROPPED,     /* more came than was taken */
    COVERAGE_WHY_STOPPED,     /* no sensor ran: readers conclude it from what nobody claims */
    COVERAGE_WHY_COUNT
};
const char *coverage_why_name(enum coverage_why w); /* "auditing_off" ...; "" for none */

struct coverage {
    struct sv host;
    struct sv source; /* channel */
    uint64_t from_ft, to_ft;
    enum coverage_state state;
    uint64_t records;           /* read, or known to be missing */
    uint64_t first_id, last_id; /* range of their record ids; 0 = not known */
    enum coverage_why why;      /* kept by a store that is written live alone */
};
