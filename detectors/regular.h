/*
 * regular - does a list of times tick like a machine that repeats itself?
 */
#pragma once

#include "core/err.h"

#define REGULAR_TRIES_MIN 10u

/*
 * Times in seconds, oldest first. Failures at most 10 s apart are one try (programs repeat at
 * once). Regular means: at least REGULAR_TRIES_MIN tries of at most 4 failures each, a middle
 * interval of a minute or more, and at least nine of ten intervals within 5 % (or 5 s) of it. One
 * in ten may be a gap: a night, a restart.
 */
bool regular_pace(const uint32_t *times, uint32_t count);
