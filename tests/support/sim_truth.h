/*
 * sim_truth - what must be found in the simulated incident, told from the script alone, before a
 * record is encoded: attempts by source, account and service, and the alerts that are due.
 *
 * The rules are applied here the slow and obvious way, over the whole list for each source.
 */
#pragma once

#include <stdio.h>

#include "sim_activity.h"
#include "sim_script.h"

struct sim_records {
    uint64_t logs, traces, adapters;
};
void sim_truth_write(const struct sim_script *script, const struct sim_activity *activity,
                     uint64_t seed, struct sim_records records, FILE *out);
/* Members of the same object: what runs and talks. */
void sim_truth_write_activity(const struct sim_activity *a, const char *intruder, FILE *out);
