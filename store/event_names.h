/*
 * event_names - which field and kind each number in a packed event means, written into the store.
 *
 * Packed events (core/event.h) name fields and kinds by their numbers in core/event_fields.h and
 * core/event_kinds.h. Those lists only grow at their ends. Tables `event_field` and `event_kind`
 * hold them as they were when the store was made; a reader takes the store only when they are the
 * beginning of its own lists.
 */
#pragma once

#include "store/db.h"

MUST_CHECK enum err event_names_write(struct sqlite3 *db);
/* ERR_FORMAT: written by a version whose numbers are others. */
MUST_CHECK enum err event_names_check(struct sqlite3 *db);
