/*
 * schema - the tables and views of a store, as SQL.
 *
 * A store carries SCHEMA_APPLICATION_ID from its creation and user_version from its completion:
 * user_version 0 means that the program which wrote it was interrupted. Version 2 added what is
 * needed to write live: bookmarks, an outbox, daily counts. tests/data/store-vN.sql is an empty
 * store of each version; versions migrate forward only (store/migrate.h).
 * Threads: any; constant data only.
 */
#pragma once

#include "core/buf.h"
#include "store/store.h"

#define SCHEMA_APPLICATION_ID 0x4b616e61 /* "Kana" */
#define SCHEMA_VERSION 2
#define SCHEMA_LIVE_VERSION 2 /* the first with what LIVE adds */
#define SCHEMA_SQL_MAX 65536

/* What was read of files, and what a running sensor watched, as one. */
#define SCHEMA_COVERAGE                                                                            \
    "(SELECT id,host,source,from_ft,to_ft,state,NULL AS why,0 AS live,records,first_id,last_id "   \
    "FROM coverage UNION ALL SELECT NULL,nullif(host,''),nullif(source,''),from_ft,to_ft,state,"   \
    "why,1,records,first_id,last_id FROM watched)"

/* A period of an adapter whose end nobody told ends when the next one begins. */
#define SCHEMA_ADAPTER_TO                                                                          \
    "coalesce(d.to_ft,(SELECT min(n.from_ft) FROM adapter n WHERE n.host=d.host AND "              \
    "n.guid=d.guid AND n.from_ft>d.from_ft))"
/* Of each adapter its newest period. */
#define SCHEMA_ADAPTERS                                                                            \
    "(SELECT * FROM adapter o WHERE NOT EXISTS(SELECT 1 FROM adapter n WHERE n.host=o.host AND "   \
    "n.guid=o.guid AND n.from_ft>o.from_ft))"

enum schema_part { SCHEMA_TABLES, SCHEMA_VIEWS, SCHEMA_PARTS };

size_t schema_count(enum schema_part part);
/* Appends one statement, exactly as sqlite_schema.sql will hold it (no semicolon). */
void schema_put(struct buf *out, enum schema_part part, size_t index);

/* A version before this one, which is read as it is and migrated when it is opened LIVE. Tables are
 * only added at the end of their list. */
struct schema_old {
    int64_t version;
    size_t tables;      /* schema_count() of them then */
    const char *digest; /* SHA-256 of sqlite_schema.sql by name, each with a line feed behind it */
};
const struct schema_old *schema_old(int64_t version); /* NULL: no such version */

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
