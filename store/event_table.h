/*
 * event_table - `event_rows`, a virtual table of all events, for the view v_events.
 *
 * Columns: time_ft, kind (its name), then the fields of core/event_fields.h; absent is NULL. The
 *          rowid orders events of the same time as they were put. Read-only; it exists on handles
 * of Kanari only, without an entry in the schema of the store (an eponymous-only virtual table).
 * Errors:  a damaged block is SQLITE_CORRUPT.
 */
#pragma once

#include "store/db.h"

MUST_CHECK enum err event_table_register(struct sqlite3 *db);
