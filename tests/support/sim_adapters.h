/*
 * sim_adapters - the network adapters of the simulated PC-A, as Kanari would have told of them: the
 * card of the office network, there when looking begins, and the USB router that comes later.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* Writes <dir>/PC-A/adapters.ndjson; ends the program when it cannot. The folder is there. Returns
 * the number of events. */
uint64_t sim_adapters_write(const char *dir);
/* A member of the truth: each adapter as it must be told, in the order of names. */
void sim_adapters_truth(FILE *out);
