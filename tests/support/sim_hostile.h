/* sim_hostile - a short log of guesses under names that are meant to hurt whoever shows them. */
#pragma once

#include "sim_script.h"

/* Free with sim_script_free(). The names live as long as the program. */
void sim_hostile_make(struct sim_script *out);
