/*
 * opening - the steps of opening a store, for the files of store/ that do.
 *
 * Errors:  all have set store_why().
 */
#pragma once

#include "store/handle.h"
#include "store/schema.h"

/* The value of a numeric macro as text. */
#define OPEN_DIGITS(macro) OPEN_DIGITS_OF(macro)
#define OPEN_DIGITS_OF(value) #value

/* What a file gets at its creation and keeps. Pages: against 4096 bytes 6 % faster to write; 16384
 * gains 3 % more and doubles an empty store. */
#define OPEN_CREATE_SQL                                                                            \
    "PRAGMA page_size=8192;PRAGMA auto_vacuum=INCREMENTAL;PRAGMA encoding='UTF-8';"

/* Looks at the file before SQLite does. *wal_mode: its header says so. */
MUST_CHECK enum err open_look(const char *path, bool *wal_mode);
bool open_has_wal(const char *path);
/* Kanari reads events through a virtual table, which every handle has.
 * Sets s->db, also on failure: it is closed with the handle. Flags follow from s->mode. */
MUST_CHECK enum err open_db(struct store *s, const char *path, bool immutable);
/* Bounds, the busy timeout and the cache of handles that open what is there. */
#define OPEN_CACHE_SQL "PRAGMA cache_size=-16384;" /* KiB */
MUST_CHECK enum err open_configure(struct store *s);
/* Takes this version and older ones, which s->version tells apart. ERR_FORMAT; s->version is then
 * greater than SCHEMA_VERSION when the reason is a newer program. */
MUST_CHECK enum err open_check(struct store *s);
/* For a handle that does not migrate: an older version answers with no rows where it has no table.
 */
MUST_CHECK enum err open_lend(struct store *s);
/* Runs the statements of a part of the schema, but for the first `from`. */
MUST_CHECK enum err open_make(struct store *s, enum schema_part part, size_t from);
