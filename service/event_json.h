/*
 * event_json - an alert as one line of JSON, as `kanari alerts -o json` prints it, less what only
 * the store knows (acked, muted_until, answer). Pure ASCII; '%' is \u0025, half a
 * surrogate pair \ufffd.
 *
 * Too long, it leaves groups of fields out, the least needed first, and names them: "dropped".
 */
#pragma once

#include "core/alert.h"
#include "core/json.h"

/* What is left fits into this, whatever the alert holds. */
#define EVENT_JSON_LEN_MIN 1000u

/* out is cleared first, raw is for work; max_len of both is at least max_len, which is at least
 * EVENT_JSON_LEN_MIN. Fails only when a buffer cannot grow. */
MUST_CHECK enum err event_json_put(struct buf *out, struct buf *raw, const struct alert *a,
                                   struct sv sentence, size_t max_len);
