/* store - opens, finishes and closes a store. */
#include "store/store.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "store/event_names.h"
#include "store/live.h"
#include "store/opening.h"

#define JSON_MAX (4u * 1024 * 1024)

enum err
handle_check(const struct store *s, enum store_mode mode)
{
    static const char *const names[] = {"written anew", "read", "edited", "written live"};

    if (s->mode != mode) {
        return why_set(ERR_USAGE, "this store is being %s, not %s", names[s->mode], names[mode]);
    }
    if (s->failed) {
        return why_set(s->failed, "an earlier write to this store failed");
    }
    return s->finished ? why_set(ERR_USAGE, "this store is finished") : ERR_OK;
}

enum err
writers_open(struct store *s)
{
    enum err err = texts_create(s->db, &s->texts);

    if (err == ERR_OK && s->mode == STORE_NEW) {
        err = block_writer_create(s->db, &s->blocks);
    }
    if (err == ERR_OK) {
        err = attempt_writer_create(s->db, s->texts, &s->attempts);
    }
    return err == ERR_OK ? put_prepare(s) : err;
}

void
writers_close(struct store *s)
{
    for (size_t i = 0; i < PUT_COUNT; i++) {
        (void)sqlite3_finalize(s->put[i]);
        s->put[i] = NULL;
    }
    attempt_writer_destroy(s->attempts);
    block_writer_destroy(s->blocks);
    texts_destroy(s->texts);
    s->attempts = NULL;
    s->blocks = NULL;
    s->texts = NULL;
}

/* The file is thrown away unless store_finish() succeeds, so nothing is journalled or synced. */
static enum err
create_tables(struct store *s)
{
    enum err err = db_exec(
        s->db,
        OPEN_CREATE_SQL OPEN_CACHE_SQL
        "PRAGMA locking_mode=EXCLUSIVE;PRAGMA journal_mode=OFF;"
        "PRAGMA synchronous=OFF;PRAGMA application_id=" OPEN_DIGITS(SCHEMA_APPLICATION_ID) ";BEGIN",
        "creating the store");

    if (err == ERR_OK) {
        err = open_make(s, SCHEMA_TABLES, 0);
    }
    if (err == ERR_OK) {
        err = open_make(s, SCHEMA_VIEWS, 0);
    }
    if (err == ERR_OK) {
        err = event_names_write(s->db);
    }
    if (err == ERR_OK) {
        /* One transaction up to store_finish(): SQLite writes pages out as its cache fills. */
        err = db_exec(s->db, "COMMIT;BEGIN", "creating the store");
    }
    return err == ERR_OK ? writers_open(s) : err;
}

static enum err
open_existing(struct store *s)
{
    enum err err = open_configure(s);

    if (err == ERR_OK) {
        err = open_check(s);
    }
    if (err == ERR_OK && s->version < SCHEMA_VERSION) {
        err = open_lend(s);
    }
    if (err == ERR_OK && s->mode == STORE_READ) {
        err = db_exec(s->db, "PRAGMA query_only=ON", "opening the store");
        query_guard(s);
    }
    return err;
}

static enum err
open_file(struct store *s, const char *path)
{
    bool wal_mode = false;
    enum err err = ERR_OK;

    if (s->mode != STORE_NEW) {
        err = open_look(path, &wal_mode);
    } else if (file_type(path) != FILE_TYPE_NONE) {
        err = why_set(ERR_EXISTS, "it exists already");
    }
    if (err) {
        return err;
    }
    err = open_db(s, path, s->mode == STORE_READ && wal_mode && !open_has_wal(path));
    if (err) {
        return err;
    }
    return s->mode == STORE_NEW ? create_tables(s) : open_existing(s);
}

enum err
store_open(const char *path, enum store_mode mode, struct store **out)
{
    struct store *s = NULL;
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
    err = mode == STORE_LIVE ? live_open(s, path) : open_file(s, path);
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
    writers_close(s);
    live_close(s);
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
        err = db_exec(s->db, "PRAGMA user_version=" OPEN_DIGITS(SCHEMA_VERSION),
                      "finishing the store");
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
    if (s->mode == STORE_LIVE) {
        return live_size_cap(s, max_len);
    }
    err = db_int(s->db, "PRAGMA page_size", &page);
    if (err) {
        return err;
    }
    (void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld",
                   (long long)(max_len / (uint64_t)page));
    return db_exec(s->db, sql, "capping the store");
}
