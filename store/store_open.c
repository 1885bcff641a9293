/* store_open - finds a store's file, and takes it only when all in it is Kanari's. */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "platform/platform.h"
#include "store/event_names.h"
#include "store/event_table.h"
#include "store/opening.h"
#include "store/schema.h"

#define SQLITE_HEADER_LEN 100
#define BUSY_TIMEOUT_MS 2000

/* Caps on what a foreign store, or a query, may ask of SQLite. */
static const struct {
    int id, value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024},
    {SQLITE_LIMIT_SQL_LENGTH, 256 * 1024},
    {SQLITE_LIMIT_COLUMN, 256},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_FUNCTION_ARG, 100},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 128},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

enum err
open_make(struct store *s, enum schema_part part, size_t from)
{
    struct buf sql;
    enum err err = ERR_OK;

    buf_init(&sql, SCHEMA_SQL_MAX);
    for (size_t i = from; i < schema_count(part) && err == ERR_OK; i++) {
        buf_clear(&sql);
        schema_put(&sql, part, i);
        err = buf_err(&sql);
        if (err) {
            err = why_set(err, "making the tables: out of memory");
        } else {
            err = db_exec(s->db, buf_str(&sql), "making the tables");
        }
    }
    buf_fini(&sql);
    return err;
}

#define CREATE_TABLE "CREATE TABLE "

/* Tables that an older version lacks are there, and empty, in memory alone. */
enum err
open_lend(struct store *s)
{
    const struct schema_old *old = schema_old(s->version);
    struct buf sql, table;

    assert(old != NULL);
    buf_init(&sql, SCHEMA_SQL_MAX);
    buf_init(&table, SCHEMA_SQL_MAX);
    buf_puts(&sql, "PRAGMA temp_store=MEMORY");
    for (size_t i = old->tables; i < schema_count(SCHEMA_TABLES); i++) {
        buf_clear(&table);
        schema_put(&table, SCHEMA_TABLES, i);
        if (sv_starts_with(buf_sv(&table), SV(CREATE_TABLE))) {
            buf_printf(&sql, ";CREATE TEMP TABLE %s", buf_str(&table) + strlen(CREATE_TABLE));
        }
    }
    enum err err = buf_err(&sql) ? buf_err(&sql) : buf_err(&table);
    err = err ? why_set(err, "opening the store: out of memory")
              : db_exec(s->db, buf_str(&sql), "opening the store");
    buf_fini(&table);
    buf_fini(&sql);
    return err;
}

static enum err
not_those(int64_t version)
{
    return why_set(ERR_FORMAT, "the tables of this store are not those of version %lld",
                   (long long)version);
}

static enum err
check_statement(struct store *s, sqlite3_stmt *find, const struct buf *sql)
{
    int rc = sqlite3_bind_text64(find, 1, sql->data, sql->len, SQLITE_STATIC, SQLITE_UTF8);
    enum err err;

    if (rc != SQLITE_OK) {
        return why_sqlite(s->db, rc, "reading the store");
    }
    err = db_step(s->db, find, "reading the store");
    (void)sqlite3_reset(find);
    if (err == ERR_END) {
        return not_those(SCHEMA_VERSION);
    }
    return err;
}

static enum err
check_part(struct store *s, sqlite3_stmt *find, enum schema_part part)
{
    struct buf sql;
    enum err err = ERR_OK;

    buf_init(&sql, SCHEMA_SQL_MAX);
    for (size_t i = 0; i < schema_count(part) && err == ERR_OK; i++) {
        buf_clear(&sql);
        schema_put(&sql, part, i);
        err = buf_err(&sql);
        err =
            err ? why_set(err, "reading the store: out of memory") : check_statement(s, find, &sql);
    }
    buf_fini(&sql);
    return err;
}

/* A store comes from anybody: its tables and views must be word for word ours, so that no view or
 * trigger of somebody else runs when we select. */
static enum err
check_schema(struct store *s)
{
    sqlite3_stmt *find = NULL;
    int64_t found = 0;
    int64_t expected = 0;
    enum err err = db_prepare(s->db, "SELECT 1 FROM sqlite_schema WHERE sql=?1", &find);

    for (int part = 0; part < SCHEMA_PARTS && err == ERR_OK; part++) {
        expected += (int64_t)schema_count((enum schema_part)part);
        err = check_part(s, find, (enum schema_part)part);
    }
    (void)sqlite3_finalize(find);
    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL", &found);
    }
    if (err == ERR_OK && found != expected) {
        return why_set(ERR_FORMAT, "this store has tables that are not Kanari's");
    }
    return err;
}

/* The tables and views of an older version, word for word, by their digest. */
static enum err
check_old_schema(struct store *s)
{
    static const char sql[] = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    const struct schema_old *old = schema_old(s->version);
    char text[2 * SHA256_LEN + 1];
    uint8_t digest[SHA256_LEN];
    sqlite3_stmt *stmt = NULL;
    struct sha256 sum;
    enum err err = db_prepare(s->db, sql, &stmt);

    sha256_init(&sum);
    while (err == ERR_OK) {
        err = db_step(s->db, stmt, "reading the store");
        if (err == ERR_OK) {
            struct sv part = db_text(stmt, 0);

            sha256_put(&sum, part.p, part.len);
            sha256_put(&sum, "\n", 1);
        }
    }
    (void)sqlite3_finalize(stmt);
    if (err != ERR_END) {
        return err;
    }
    sha256_end(&sum, digest);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    return old != NULL && strcmp(text, old->digest) == 0 ? ERR_OK : not_those(s->version);
}

static enum err
check_identity(struct store *s)
{
    int64_t id = 0;
    int64_t version = 0;
    enum err err = db_int(s->db, "PRAGMA application_id", &id);

    if (err == ERR_OK) {
        err = db_int(s->db, "PRAGMA user_version", &version);
    }
    if (err) {
        return err;
    }
    if (id != SCHEMA_APPLICATION_ID) {
        return why_set(ERR_FORMAT, "this is an SQLite database, but not a Kanari store");
    }
    if (version == 0) {
        return why_set(ERR_FORMAT, "this store is incomplete: the program that wrote it was "
                                   "interrupted; run the replay again");
    }
    if (version > SCHEMA_VERSION) {
        s->version = version;
        return why_set(ERR_FORMAT,
                       "this store has version %lld, this program reads up to %d: use a newer "
                       "Kanari",
                       (long long)version, SCHEMA_VERSION);
    }
    if (version < 0) {
        return why_set(ERR_FORMAT, "this store is damaged: negative version");
    }
    s->version = version;
    return version == SCHEMA_VERSION ? check_schema(s) : check_old_schema(s);
}

enum err
open_configure(struct store *s)
{
    for (size_t i = 0; i < COUNT(limits); i++) {
        (void)sqlite3_limit(s->db, limits[i].id, limits[i].value);
    }
    /* What a store's own schema may do is: nothing. */
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    return db_exec(s->db, OPEN_CACHE_SQL "PRAGMA cell_size_check=ON", "opening the store");
}

enum err
open_check(struct store *s)
{
    enum err err = check_identity(s);

    return err ? err : event_names_check(s->db);
}

/* Looks at the file before SQLite does: for clear words, and because SQLite would lay a -wal and a
 * -shm beside a database in WAL mode, which has no place in a folder of evidence. */
enum err
open_look(const char *path, bool *wal_mode)
{
    char head[SQLITE_HEADER_LEN];
    struct file *f = NULL;
    size_t got = 0;
    enum err err = file_open_read(path, &f);

    if (err) {
        return why_set(err, "%s", err == ERR_NOTFOUND ? "no such file" : "it can't be opened");
    }
    err = file_read_at(f, 0, head, sizeof(head), &got);
    file_close(f);
    if (err) {
        return why_set(err, "it can't be read");
    }
    if (got < sizeof(head) || memcmp(head, "SQLite format 3", 16) != 0) {
        return why_set(ERR_FORMAT, "this is not a Kanari store");
    }
    *wal_mode = head[19] == 2;
    return ERR_OK;
}

/* A path as an SQLite URI: everything but plain letters is escaped, so no character has a meaning,
 * on either platform. */
static void
put_uri(struct buf *out, const char *path)
{
    static const char hex[] = "0123456789abcdef";

    buf_puts(out, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            buf_putc(out, *p);
        } else {
            buf_putc(out, '%');
            buf_putc(out, hex[c >> 4]);
            buf_putc(out, hex[c & 15]);
        }
    }
}

bool
open_has_wal(const char *path)
{
    struct buf wal;
    bool found;

    buf_init(&wal, SIZE_MAX);
    buf_puts(&wal, path);
    buf_puts(&wal, "-wal");
    found = buf_err(&wal) || file_type(buf_str(&wal)) != FILE_TYPE_NONE;
    buf_fini(&wal);
    return found;
}

enum err
open_db(struct store *s, const char *path, bool immutable)
{
    static const int flags[] = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, SQLITE_OPEN_READONLY,
                                SQLITE_OPEN_READWRITE, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    struct buf uri;
    enum err err;
    int rc;

    buf_init(&uri, SIZE_MAX);
    put_uri(&uri, path);
    buf_puts(&uri, immutable ? "?immutable=1" : "");
    err = buf_err(&uri);
    if (err) {
        err = why_set(err, "opening the store: out of memory");
        goto done;
    }
    rc = sqlite3_open_v2(buf_str(&uri), &s->db,
                         flags[s->mode] | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        err = why_sqlite(s->db, rc, "opening the store");
        goto done;
    }
    (void)sqlite3_extended_result_codes(s->db, 1);
    err = event_table_register(s->db);
done:
    buf_fini(&uri);
    return err;
}
