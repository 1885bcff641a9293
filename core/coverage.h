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
    COVERAGE_STATE_COUNT
};
const char *coverage_state_name(enum coverage_state s); /* "observed", "lost", "cleared" */

struct coverage {
    struct sv host;
    struct sv source; /* channel */
    uint64_t from_ft, to_ft;
    enum coverage_state state;
    uint64_t records;           /* read, or known to be missing */
    uint64_t first_id, last_id; /* range of their record ids; 0 = not known */
};
