/*
 * test_alert - answers `kanari test-alert`: an alert of rule 1030 that takes the way of all alerts,
 * through the store and the outbox to the output.
 */
#pragma once

#include "store/store.h"

/* Every request that is in the inbox unanswered. Outside of a batch. */
MUST_CHECK enum err test_alert_answer(struct store *s, struct sv host, uint64_t now_ft);
