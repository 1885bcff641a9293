/* db - SQLite's heap on core/mem, statements and binding. */
#include "store/db.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "core/mem.h"

/* SQLite asks for the size of a block, which core/mem does not keep: it stands in front. 16 bytes
 * keep what follows aligned for any type. */
#define BLOCK_HEAD 16

static void *
heap_alloc(int len)
{
    char *block = mem_alloc((size_t)len + BLOCK_HEAD);

    if (block == NULL) {
        return NULL;
    }
    memcpy(block, &len, sizeof(len));
    return block + BLOCK_HEAD;
}

static void
heap_free(void *p)
{
    mem_free((char *)p - BLOCK_HEAD);
}

static void *
heap_realloc(void *p, int len)
{
    char *block = mem_realloc((char *)p - BLOCK_HEAD, (size_t)len + BLOCK_HEAD, 1);

    if (block == NULL) {
        return NULL;
    }
    memcpy(block, &len, sizeof(len));
    return block + BLOCK_HEAD;
}

static int
heap_size(void *p)
{
    int len = 0;

    if (p != NULL) {
        memcpy(&len, (char *)p - BLOCK_HEAD, sizeof(len));
    }
    return len;
}

static int
heap_roundup(int len)
{
    return (len + 7) & ~7;
}

static int
heap_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void
heap_shutdown(void *ctx)
{
    (void)ctx;
}

/* sqlite3_config() must run once, before SQLite initialises itself, and is not thread-safe. */
static int
configure(void)
{
    static const sqlite3_mem_methods methods = {heap_alloc,   heap_free, heap_realloc,  heap_size,
                                                heap_roundup, heap_init, heap_shutdown, NULL};
    static atomic_int state; /* 0 not yet, 1 some thread is at it, 2 done */
    static int rc;
    int expected = 0;

    if (atomic_compare_exchange_strong(&state, &expected, 1)) {
        rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
        atomic_store(&state, 2);
    }
    while (atomic_load(&state) != 2) {
        /* a handful of instructions away */
    }
    return rc;
}

enum err
db_init(void)
{
    int rc = configure();

    if (rc == SQLITE_OK) {
        rc = sqlite3_initialize();
    }
    return rc == SQLITE_OK ? ERR_OK : why_sqlite(NULL, rc, "starting the database");
}

enum err
db_exec(sqlite3 *db, const char *sql, const char *doing)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : why_sqlite(db, rc, doing);
}

enum err
db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return rc == SQLITE_OK ? ERR_OK : why_sqlite(db, rc, "preparing a statement");
}

enum err
db_run(sqlite3 *db, sqlite3_stmt *stmt, const char *doing)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_DONE) {
        rc = sqlite3_reset(stmt);
    } else {
        (void)sqlite3_reset(stmt); /* repeats the code of the step */
        rc = rc == SQLITE_ROW ? SQLITE_MISUSE : rc;
    }
    return rc == SQLITE_OK ? ERR_OK : why_sqlite(db, rc, doing);
}

enum err
db_step(sqlite3 *db, sqlite3_stmt *stmt, const char *doing)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW) {
        return ERR_OK;
    }
    return rc == SQLITE_DONE ? ERR_END : why_sqlite(db, rc, doing);
}

enum err
db_int(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    enum err err = db_prepare(db, sql, &stmt);

    if (err) {
        return err;
    }
    err = db_step(db, stmt, "reading the store");
    if (err == ERR_OK) {
        *out = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return err == ERR_END ? ERR_NOTFOUND : err;
}

void
db_bind_int(sqlite3_stmt *stmt, int at, int64_t value, int *rc)
{
    int failed = sqlite3_bind_int64(stmt, at, value);

    *rc = *rc == SQLITE_OK ? failed : *rc;
}

void
db_bind_null(sqlite3_stmt *stmt, int at, int *rc)
{
    int failed = sqlite3_bind_null(stmt, at);

    *rc = *rc == SQLITE_OK ? failed : *rc;
}

void
db_bind_set(sqlite3_stmt *stmt, int at, uint64_t value, int *rc)
{
    if (value == 0) {
        db_bind_null(stmt, at, rc);
    } else {
        db_bind_int(stmt, at, (int64_t)value, rc);
    }
}

void
db_bind_text(sqlite3_stmt *stmt, int at, struct sv text, int *rc)
{
    int failed;

    if (text.len == 0) {
        db_bind_null(stmt, at, rc);
        return;
    }
    failed = sqlite3_bind_text64(stmt, at, text.p, text.len, SQLITE_STATIC, SQLITE_UTF8);
    *rc = *rc == SQLITE_OK ? failed : *rc;
}

struct sv
db_text(sqlite3_stmt *stmt, int column)
{
    struct sv text = {NULL, 0};

    if (sqlite3_column_type(stmt, column) == SQLITE_TEXT) {
        /* As a blob: the bytes as they are, without a copy that adds a NUL. */
        text.p = sqlite3_column_blob(stmt, column);
        text.len = (size_t)sqlite3_column_bytes(stmt, column);
        text.p = text.p == NULL ? "" : text.p;
    }
    return text;
}
