/*
 * schema - the tables and views of a store, as SQL.
 *
 * Schema version 1. A store carries STORE_APPLICATION_ID from its creation and user_version from
 * its completion: user_version 0 means that the program which wrote it was interrupted.
 * Threads: any; constant data only.
 */
#pragma once

#include "core/buf.h"
#include "store/store.h"

#define SCHEMA_APPLICATION_ID 0x4b616e61 /* "Kana" */
#define SCHEMA_VERSION 1
#define SCHEMA_SQL_MAX 65536

enum schema_part { SCHEMA_TABLES, SCHEMA_VIEWS, SCHEMA_PARTS };

size_t schema_count(enum schema_part part);
/* Appends one statement, exactly as sqlite_schema.sql will hold it (no semicolon). */
void schema_put(struct buf *out, enum schema_part part, size_t index);

/* What store_rows() selects: appends "expr AS column, ..." for a view. Times are FILETIME numbers
 * under the name of their ISO column. `shows` gets one cell_show for each; returns how many. */
struct schema_select {
    const char *view;
    bool attempt_as_event; /* v_events, filled from an attempt */
};
#define SCHEMA_COLUMNS_MAX 96
size_t schema_put_columns(struct buf *out, const struct schema_select *select,
                          enum cell_show *shows, size_t cap);
/* The SQL of one column of a view, which must exist. */
const char *schema_column_sql(const char *view, const char *column);
