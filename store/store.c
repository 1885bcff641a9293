/* store - opens, finishes and closes a store. */
#include "store/store.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "store/event_names.h"
#include "store/event_table.h"
#include "store/handle.h"
#include "store/schema.h"

/* The value of a numeric macro as text. */
#define DIGITS(macro) DIGITS_OF(macro)
#define DIGITS_OF(value) #value
/* Against 4096 bytes 6 % faster to write; 16384 gains 3 % more and doubles an empty store. */
#define PAGE_SIZE_SQL "PRAGMA page_size=8192;"
#define CACHE_SQL "PRAGMA cache_size=-16384;" /* KiB */
#define BUSY_TIMEOUT_MS 2000
#define JSON_MAX (4u * 1024 * 1024)
#define SQLITE_HEADER_LEN 100

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
handle_check(const struct store *s, enum store_mode mode)
{
    static const char *const names[] = {"written anew", "read", "edited"};

    if (s->mode != mode) {
        return why_set(ERR_USAGE, "this store is being %s, not %s", names[s->mode], names[mode]);
    }
    if (s->failed) {
        return why_set(s->failed, "an earlier write to this store failed");
    }
    return s->finished ? why_set(ERR_USAGE, "this store is finished") : ERR_OK;
}

static enum err
run_part(struct store *s, enum schema_part part)
{
    struct buf sql;
    enum err err = ERR_OK;

    buf_init(&sql, SCHEMA_SQL_MAX);
    for (size_t i = 0; i < schema_count(part) && err == ERR_OK; i++) {
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

/* The file is thrown away unless store_finish() succeeds, so nothing is journalled or synced. */
static enum err
create_tables(struct store *s)
{
    enum err err = db_exec(
        s->db,
        PAGE_SIZE_SQL CACHE_SQL
        "PRAGMA auto_vacuum=INCREMENTAL;PRAGMA encoding='UTF-8';"
        "PRAGMA locking_mode=EXCLUSIVE;PRAGMA journal_mode=OFF;"
        "PRAGMA synchronous=OFF;PRAGMA application_id=" DIGITS(SCHEMA_APPLICATION_ID) ";BEGIN",
        "creating the store");

    if (err == ERR_OK) {
        err = run_part(s, SCHEMA_TABLES);
    }
    if (err == ERR_OK) {
        err = run_part(s, SCHEMA_VIEWS);
    }
    if (err == ERR_OK) {
        err = event_names_write(s->db);
    }
    if (err == ERR_OK) {
        /* One transaction up to store_finish(): SQLite writes pages out as its cache fills. */
        err = db_exec(s->db, "COMMIT;BEGIN", "creating the store");
    }
    if (err == ERR_OK) {
        err = texts_create(s->db, &s->texts);
    }
    if (err == ERR_OK) {
        err = block_writer_create(s->db, &s->blocks);
    }
    if (err == ERR_OK) {
        err = attempt_writer_create(s->db, s->texts, &s->attempts);
    }
    return err == ERR_OK ? put_prepare(s) : err;
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
        return why_set(ERR_FORMAT, "the tables of this store are not those of version %d",
                       SCHEMA_VERSION);
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
        return why_set(ERR_FORMAT,
                       "this store has version %lld, this program reads up to %d: use a newer "
                       "Kanari",
                       (long long)version, SCHEMA_VERSION);
    }
    return version < 0 ? why_set(ERR_FORMAT, "this store is damaged: negative version")
                       : check_schema(s);
}

static enum err
configure_reader(struct store *s)
{
    for (size_t i = 0; i < COUNT(limits); i++) {
        (void)sqlite3_limit(s->db, limits[i].id, limits[i].value);
    }
    /* What a store's own schema may do is: nothing. */
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    return db_exec(s->db, CACHE_SQL "PRAGMA cell_size_check=ON", "opening the store");
}

static enum err
open_existing(struct store *s)
{
    enum err err = configure_reader(s);

    if (err == ERR_OK) {
        err = check_identity(s);
    }
    if (err == ERR_OK) {
        err = event_names_check(s->db);
    }
    if (err == ERR_OK && s->mode == STORE_READ) {
        err = db_exec(s->db, "PRAGMA query_only=ON", "opening the store");
        query_guard(s);
    }
    return err;
}

/* Looks at the file before SQLite does: for clear words, and because SQLite would lay a -wal and a
 * -shm beside a database in WAL mode, which has no place in a folder of evidence. */
static enum err
look_at_file(const char *path, bool *wal_mode)
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

static bool
has_wal(const char *path)
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

static enum err
open_db(struct store *s, const char *path, bool immutable)
{
    static const int flags[] = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, SQLITE_OPEN_READONLY,
                                SQLITE_OPEN_READWRITE};
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
done:
    buf_fini(&uri);
    return err;
}

enum err
store_open(const char *path, enum store_mode mode, struct store **out)
{
    struct store *s = NULL;
    bool wal_mode = false;
    enum err err;

    *out = NULL;
    why_clear();
    err = db_init();
    if (err) {
        return err;
    }
    s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    s->mode = mode;
    s->query_ops = STORE_QUERY_OPS_MAX;
    buf_init(&s->json[0], JSON_MAX);
    buf_init(&s->json[1], JSON_MAX);
    if (mode != STORE_NEW) {
        err = look_at_file(path, &wal_mode);
    } else if (file_type(path) != FILE_TYPE_NONE) {
        err = why_set(ERR_EXISTS, "it exists already");
    }
    if (err) {
        goto done;
    }
    err = open_db(s, path, mode == STORE_READ && wal_mode && !has_wal(path));
    if (err) {
        goto done;
    }
    err = event_table_register(s->db);
    if (err) {
        goto done;
    }
    err = mode == STORE_NEW ? create_tables(s) : open_existing(s);
    if (err) {
        goto done;
    }
    *out = s;
    s = NULL;
done:
    store_close(s);
    return err;
}

void
store_close(struct store *s)
{
    int rc;

    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < PUT_COUNT; i++) {
        (void)sqlite3_finalize(s->put[i]);
    }
    attempt_writer_destroy(s->attempts);
    block_writer_destroy(s->blocks);
    texts_destroy(s->texts);
    buf_fini(&s->json[0]);
    buf_fini(&s->json[1]);
    rc = sqlite3_close(s->db);
    assert(rc == SQLITE_OK); /* rows or events of it are still open */
    (void)rc;
    mem_free(s);
}

enum err
store_finish(struct store *s)
{
    enum err err;

    why_clear();
    err = handle_check(s, STORE_NEW);
    if (err) {
        return err;
    }
    err = block_writer_flush(s->blocks);
    if (err == ERR_OK) {
        err = attempt_writer_flush(s->attempts);
    }
    if (err == ERR_OK) {
        err = db_exec(s->db, "COMMIT;PRAGMA synchronous=FULL", "finishing the store");
    }
    if (err == ERR_OK) {
        /* On its own and last: SQLite writes page 1, where this stands, before the others. */
        err = db_exec(s->db, "PRAGMA user_version=" DIGITS(SCHEMA_VERSION), "finishing the store");
    }
    s->failed = err;
    s->finished = err == ERR_OK;
    return err;
}

enum err
store_size_cap(struct store *s, uint64_t max_len)
{
    char sql[64];
    int64_t page = 0;
    enum err err;

    why_clear();
    err = db_int(s->db, "PRAGMA page_size", &page);
    if (err) {
        return err;
    }
    (void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld",
                   (long long)(max_len / (uint64_t)page));
    return db_exec(s->db, sql, "capping the store");
}
