/*
 * tally - counts records by (provider, id, version): what `kanari replay --records` shows.
 * Bounded: TALLY_MAX kinds; further ones are counted by a metric only.
 */
#pragma once

#include "engine/engine.h"

#define TALLY_MAX 32768

struct tally;
MUST_CHECK enum err tally_create(struct tally **out);
void tally_destroy(struct tally *t);
MUST_CHECK enum err tally_add(struct tally *t, struct sv provider, uint32_t event_id,
                              uint32_t version);
/* A sorted copy, the caller's: by provider, id, version. */
MUST_CHECK enum err tally_rows(const struct tally *t, struct replay_record_count **rows,
                               size_t *count);
