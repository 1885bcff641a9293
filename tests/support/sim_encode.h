/* sim_encode - turns the script's attempts into the records that Windows would log. */
#pragma once

#include "sim_script.h"

/* Writes <dir>/<host>/<channel>.evtx for both hosts; returns the number of records. */
uint64_t sim_encode(const struct sim_script *script, uint64_t seed, const char *dir);
