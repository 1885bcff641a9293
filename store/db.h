/*
 * db - the little of SQLite that every file of store/ needs: the handle, statements, binding.
 *
 * Errors:  every function that fails has set store_why().
 * Threads: one per handle.
 */
#pragma once

#include "core/addr.h"
#include "store/store.h"
#include "store/why.h"

/* sqlite3.h stays out of headers. */
struct sqlite3;
struct sqlite3_stmt;

/* Pointed at core/mem once per process, before the first handle: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK enum err db_init(void);

MUST_CHECK enum err db_exec(struct sqlite3 *db, const char *sql, const char *doing);
MUST_CHECK enum err db_prepare(struct sqlite3 *db, const char *sql, struct sqlite3_stmt **out);
/* Runs a statement that gives no rows and makes it ready for the next time. */
MUST_CHECK enum err db_run(struct sqlite3 *db, struct sqlite3_stmt *stmt, const char *doing);
/* ERR_OK with a row, ERR_END after the last. */
MUST_CHECK enum err db_step(struct sqlite3 *db, struct sqlite3_stmt *stmt, const char *doing);
/* The first column of the first row; ERR_NOTFOUND without a row. */
MUST_CHECK enum err db_int(struct sqlite3 *db, const char *sql, int64_t *out);

/* Binding keeps its first failure in *rc, so that a row is checked once. Views must live until the
 * statement has run. */
void db_bind_int(struct sqlite3_stmt *stmt, int at, int64_t value, int *rc);
void db_bind_set(struct sqlite3_stmt *stmt, int at, uint64_t value, int *rc);  /* 0 is NULL */
void db_bind_text(struct sqlite3_stmt *stmt, int at, struct sv text, int *rc); /* empty is NULL */
void db_bind_null(struct sqlite3_stmt *stmt, int at, int *rc);
/* A column of the current row, as bytes; {NULL, 0} when it is no text. Until the next step. */
struct sv db_text(struct sqlite3_stmt *stmt, int column);
