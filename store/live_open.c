/* live_open - opens a live store; creates, migrates or sets aside what is in its place. */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/tm.h"
#include "platform/platform.h"
#include "store/event_names.h"
#include "store/live.h"
#include "store/opening.h"
#include "store/rollup.h"

#define ASIDE_TRIES 100   /* names of one second */
#define VARIABLES_MAX 512 /* our own statements have more than a query may */
#define SET_VERSION_SQL "PRAGMA user_version=" OPEN_DIGITS(SCHEMA_VERSION)
#define HEALTH_DAMAGED "store_damaged"

/* -- a damaged file --------------------------------------------------------------------------- */

/* "kanari.db.damaged-20180831T134931Z", with "-2" and so on behind it where that is taken. */
static enum err
aside_name(const char *path, struct buf *out)
{
    struct tm_parts t;

    tm_split(clock_now_ft(), &t);
    for (int i = 1; i <= ASIDE_TRIES; i++) {
        buf_clear(out);
        buf_printf(out, "%s.damaged-%04d%02d%02dT%02d%02d%02dZ", path, t.year, t.month, t.day,
                   t.hour, t.minute, t.second);
        if (i > 1) {
            buf_printf(out, "-%d", i);
        }
        if (buf_err(out)) {
            return why_set(buf_err(out), "setting the store aside: out of memory");
        }
        if (file_type(buf_str(out)) == FILE_TYPE_NONE) {
            return ERR_OK;
        }
    }
    return why_set(ERR_EXISTS, "setting the store aside: too many are there already");
}

/* Renames what stands beside a database, where it exists. */
static enum err
rename_beside(const char *from, const char *to, const char *suffix)
{
    struct buf names[2];
    enum err err = ERR_OK;

    buf_init(&names[0], SIZE_MAX);
    buf_init(&names[1], SIZE_MAX);
    buf_printf(&names[0], "%s%s", from, suffix);
    buf_printf(&names[1], "%s%s", to, suffix);
    if (buf_err(&names[0]) || buf_err(&names[1])) {
        err = ERR_NOMEM;
    } else if (file_type(buf_str(&names[0])) != FILE_TYPE_NONE) {
        err = file_rename(buf_str(&names[0]), buf_str(&names[1]));
    }
    buf_fini(&names[0]);
    buf_fini(&names[1]);
    return err ? why_set(err, "setting the store aside: %s", err_str(err)) : ERR_OK;
}

/* The -wal goes with it, for it may hold what the database does not have yet. It goes first: a new
 * database must never find the -wal of another. The -shm is made anew by whoever opens. */
static enum err
set_aside(struct store *s)
{
    const char *path = s->live->path;
    struct buf name;
    enum err err;

    buf_init(&name, SIZE_MAX);
    err = aside_name(path, &name);
    if (err == ERR_OK) {
        err = rename_beside(path, buf_str(&name), "-wal");
    }
    if (err == ERR_OK) {
        err = rename_beside(path, buf_str(&name), "-shm");
    }
    if (err == ERR_OK) {
        err = rename_beside(path, buf_str(&name), "");
    }
    s->live->aside_due = err != ERR_OK;
    if (err == ERR_OK) {
        struct sv base = path_name(buf_str(&name));

        buf_printf(&s->live->aside, "; kept as %.*s", (int)base.len, base.p);
    }
    buf_fini(&name);
    return err;
}

/* -- a new file ------------------------------------------------------------------------------- */

static enum err
put_aside_row(struct store *s)
{
    static const char sql[] = "INSERT INTO health VALUES(NULL,?1,'" HEALTH_DAMAGED "',?2,1)";
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_OK;
    enum err err;

    if (s->live->aside.len == 0) {
        return ERR_OK;
    }
    err = db_prepare(s->db, sql, &stmt);
    if (err) {
        return err;
    }
    db_bind_int(stmt, 1, (int64_t)clock_now_ft(), &rc);
    db_bind_text(stmt, 2, buf_sv(&s->live->aside), &rc);
    err = rc == SQLITE_OK ? db_run(s->db, stmt, "creating the store")
                          : why_sqlite(s->db, rc, "creating the store");
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum err
make_all(struct store *s)
{
    enum err err = open_make(s, SCHEMA_TABLES, 0);

    if (err == ERR_OK) {
        err = open_make(s, SCHEMA_VIEWS, 0);
    }
    if (err == ERR_OK) {
        err = event_names_write(s->db);
    }
    if (err == ERR_OK) {
        err = put_aside_row(s);
    }
    return err == ERR_OK ? db_exec(s->db, SET_VERSION_SQL, "creating the store") : err;
}

/* Commits what went well, undoes what did not. */
static enum err
end_transaction(struct store *s, enum err err)
{
    if (err == ERR_OK) {
        err = db_exec(s->db, "COMMIT", "opening the store");
    }
    if (err && sqlite3_get_autocommit(s->db) == 0) {
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

/* One transaction makes it: killed before its end, the file is empty, and the next one begins
 * again. */
static enum err
create(struct store *s)
{
    enum err err =
        db_exec(s->db,
                OPEN_CREATE_SQL "PRAGMA journal_mode=WAL;BEGIN IMMEDIATE;"
                                "PRAGMA application_id=" OPEN_DIGITS(SCHEMA_APPLICATION_ID),
                "creating the store");

    return end_transaction(s, err ? err : make_all(s));
}

/* -- an older version ------------------------------------------------------------------------- */

static enum err
drop_views(struct store *s)
{
    static const char find[] = "SELECT 'DROP VIEW '||name FROM sqlite_schema WHERE type='view'";
    sqlite3_stmt *stmt = NULL;
    struct buf sql;
    enum err err = db_prepare(s->db, find, &stmt);

    buf_init(&sql, SCHEMA_SQL_MAX);
    while (err == ERR_OK) {
        err = db_step(s->db, stmt, "migrating the store");
        if (err == ERR_OK) {
            buf_put_sv(&sql, db_text(stmt, 0)); /* names of ours: the schema was compared */
            buf_putc(&sql, ';');
        }
    }
    (void)sqlite3_finalize(stmt);
    err = err == ERR_END ? ERR_OK : err;
    if (err == ERR_OK && buf_err(&sql)) {
        err = why_set(buf_err(&sql), "migrating the store: out of memory");
    }
    err = err ? err : db_exec(s->db, buf_str(&sql), "migrating the store");
    buf_fini(&sql);
    return err;
}

/* Tables that are there stay as they are; views and names are those of today. */
static enum err
migrate(struct store *s)
{
    const struct schema_old *old = schema_old(s->version);
    enum err err = db_exec(s->db, "BEGIN IMMEDIATE", "migrating the store");

    assert(old != NULL);
    if (err) {
        return err;
    }
    err = drop_views(s);
    if (err == ERR_OK) {
        err = open_make(s, SCHEMA_TABLES, old->tables);
    }
    if (err == ERR_OK) {
        err = open_make(s, SCHEMA_VIEWS, 0);
    }
    if (err == ERR_OK) {
        err =
            db_exec(s->db, "DELETE FROM event_field;DELETE FROM event_kind", "migrating the store");
    }
    if (err == ERR_OK) {
        err = event_names_write(s->db);
    }
    if (err == ERR_OK) {
        err = db_exec(s->db, SET_VERSION_SQL, "migrating the store");
    }
    err = end_transaction(s, err);
    s->version = err ? s->version : SCHEMA_VERSION;
    return err;
}

/* -- opening ---------------------------------------------------------------------------------- */

static enum err
take_existing(struct store *s)
{
    enum err err = open_check(s);

    if (err == ERR_OK && s->version < SCHEMA_VERSION) {
        err = migrate(s);
    }
    return err;
}

static int
note_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct live *live = ctx;

    (void)db;
    (void)name;
    live->wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

/* NORMAL: a kill loses nothing; after a loss of power the last batches may be gone together with
 * their bookmarks, and are read again. */
static enum err
configure(struct store *s)
{
    sqlite3_stmt *stmt = NULL;
    bool wal;
    enum err err = db_prepare(s->db, "PRAGMA journal_mode=WAL", &stmt);

    if (err) {
        return err;
    }
    err = db_step(s->db, stmt, "opening the store");
    wal = err == ERR_OK && sv_eq(db_text(stmt, 0), SV("wal"));
    (void)sqlite3_finalize(stmt);
    if (err == ERR_OK && !wal) {
        err = why_set(ERR_UNSUPPORTED, "a store that is written live can't be kept in this folder");
    }
    if (err == ERR_OK) {
        err = db_exec(s->db, "PRAGMA synchronous=NORMAL", "opening the store");
    }
    if (err == ERR_OK) {
        (void)sqlite3_limit(s->db, SQLITE_LIMIT_VARIABLE_NUMBER, VARIABLES_MAX);
        (void)sqlite3_wal_hook(s->db, note_wal, s->live); /* in place of SQLite's own checkpoints */
        s->live->wal_pages = 0;
    }
    return err;
}

static enum err
connect_once(struct store *s)
{
    int64_t things = 0;
    enum err err = open_db(s, s->live->path, false);

    s->version = 0;
    if (err == ERR_OK) {
        err = open_configure(s);
    }
    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT count(*) FROM sqlite_schema", &things);
    }
    if (err == ERR_OK) {
        err = things == 0 ? create(s) : take_existing(s);
    }
    if (err == ERR_OK) {
        err = configure(s);
    }
    if (err == ERR_OK) {
        err = writers_open(s);
    }
    if (err == ERR_OK) {
        err = live_blocks_create(s->db, &s->live->blocks);
    }
    return err == ERR_OK ? live_put_prepare(s) : err;
}

void
live_disconnect(struct store *s)
{
    int rc;

    for (size_t i = 0; i < LIVE_PUT_COUNT; i++) {
        (void)sqlite3_finalize(s->live->put[i]);
        s->live->put[i] = NULL;
    }
    live_blocks_destroy(s->live->blocks);
    s->live->blocks = NULL;
    writers_close(s);
    rc = sqlite3_close_v2(s->db); /* rows that are being read may outlive it */
    assert(rc == SQLITE_OK);
    (void)rc;
    s->db = NULL;
}

enum err
live_connect(struct store *s)
{
    enum err err = ERR_OK;

    if (s->live->aside_due) {
        err = set_aside(s);
    }
    if (err == ERR_OK) {
        err = connect_once(s);
    }
    if (err == ERR_FORMAT && s->version <= SCHEMA_VERSION && s->live->aside.len == 0) {
        buf_puts(&s->live->aside, store_why());
        live_disconnect(s);
        err = set_aside(s);
        if (err == ERR_OK) {
            err = connect_once(s);
        }
    }
    if (err) {
        live_disconnect(s);
        return err;
    }
    buf_clear(&s->live->aside);
    why_clear(); /* what was set aside is told by v_health */
    return ERR_OK;
}

enum err
live_open(struct store *s, const char *path)
{
    struct live *live = mem_zalloc(sizeof(*live));

    if (live == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    s->live = live;
    live->size_cap = STORE_SIZE_DEFAULT;
    buf_init(&live->aside, WHY_MAX * 2);
    live->path = mem_strndup(path, strlen(path));
    if (live->path == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    return live_connect(s);
}

void
live_close(struct store *s)
{
    if (s->live == NULL) {
        return;
    }
    live_disconnect(s);
    buf_fini(&s->live->aside);
    mem_free(s->live->path);
    mem_free(s->live);
    s->live = NULL;
}
