/*
 * etw_load - sessions that a run before has left in the simulated ETW, with the records of real
 * trace files in them: what a sensor finds when it starts after a crash.
 */
#pragma once

#include "support/etw_sim.h"

/* Kanari's sessions, as a run that was killed leaves them. */
bool etw_load_left(struct etw_sim *sim);
/* Each record of the file, to whichever sessions want it. How many; 0: it cannot be read. */
size_t etw_load_file(struct etw_sim *sim, const char *path);
