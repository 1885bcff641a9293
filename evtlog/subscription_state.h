/* subscription_state - what a Win32 code means for a subscription. */
#pragma once

#include "evtlog/subscription.h"

enum subscription_state subscription_state_of(uint32_t code);
