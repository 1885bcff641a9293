/*
 * row_json - lists inside rows of alerts and stories, which store_put_alert.c writes as JSON, read
 * back. Private to store/.
 *
 * Memory: the text is changed while it is read. Outputs are zeroed by the caller.
 * Errors: ERR_FORMAT; what was read up to there is left behind.
 */
#pragma once

#include "core/buf.h"
#include "core/story.h"

/* Up to ALERT_PARAMS_MAX; values beyond their length are cut between characters. */
MUST_CHECK enum err row_params(struct buf *text, struct alert_param *out, size_t *out_count);
MUST_CHECK enum err row_evidence(struct buf *text, struct alert *out);
MUST_CHECK enum err row_stages(struct buf *text, struct story *out);
/* Copies a text, cut between characters to what fits. */
void row_text(char *out, size_t cap, struct sv text);
