/*
 * late - times that are before ones known already. An event may be late: its channel lagged, or its
 * computer forwards its log. Earlier by more than that, a clock was set back.
 */
#pragma once

#include "state/state.h"

#define LATE_MAX_S ((uint32_t)(STATE_CLOCK_STEP / TM_SEC))

static inline bool
late_is_step(uint32_t last_s, uint32_t now_s)
{
    return now_s < last_s && last_s - now_s >= LATE_MAX_S;
}

static inline bool
late_is_step_ft(uint64_t last_ft, uint64_t now_ft)
{
    return now_ft < last_ft && last_ft - now_ft >= STATE_CLOCK_STEP;
}
