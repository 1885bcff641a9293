/*
 * sim_failure - failed logons (4625) into the simulated Event Log, one source address for each
 * SIM_FAILURES of them.
 */
#pragma once

#include "core/err.h"

#define SIM_FAILURES 50u

bool sim_failure_append(const char *log, uint64_t time_ft, uint64_t number);
