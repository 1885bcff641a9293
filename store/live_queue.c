/* live_queue - bookmarks of sources, and the outbox of alerts to be reported. */
#include <sqlite3.h>
#include <stdio.h>

#include "store/live.h"
#include "store/schema.h"

/* Rows leave the outbox at its front, so what it holds is about the span of its numbers. */
static const char *const statements[LIVE_PUT_COUNT] = {
    [LIVE_BOOKMARK] = "REPLACE INTO bookmark(source,value,time_ft) VALUES(?1,?2,?3)",
    [LIVE_OUTBOX] = "INSERT OR IGNORE INTO outbox(alert_id,revision,time_ft) VALUES(?1,?2,?3)",
    [LIVE_OUTBOX_TRIM] = "DELETE FROM outbox WHERE id<=?1",
    [LIVE_OUTBOX_SENT] = "DELETE FROM outbox WHERE id=?1",
    [LIVE_WATCHED] = "REPLACE INTO watched(host,source,from_ft,state,to_ft,why,records,first_id,"
                     "last_id) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    [LIVE_SOURCE] = "REPLACE INTO source(name,channel,optional,state,code,call,advice,records,"
                    "events,unreadable,gaps,lost,per_minute,last_record_ft,last_read_ft,backlog,"
                    "since_ft,updated_ft) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
                    "?15,?16,?17,?18)",
    [LIVE_STATUS] = "REPLACE INTO status(name,value,time_ft) VALUES(?1,?2,?3)",
};

enum err
live_put_prepare(struct store *s)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < LIVE_PUT_COUNT && err == ERR_OK; i++) {
        err = db_prepare(s->db, statements[i], &s->live->put[i]);
    }
    return err;
}

enum err
live_run(struct store *s, enum live_put what, int bind_rc)
{
    return bind_rc == SQLITE_OK ? db_run(s->db, s->live->put[what], "writing to the store")
                                : why_sqlite(s->db, bind_rc, "writing to the store");
}

void
live_bind_text(sqlite3_stmt *stmt, int at, struct sv text, int *rc)
{
    int failed = sqlite3_bind_text64(stmt, at, text.len == 0 ? "" : text.p, text.len, SQLITE_STATIC,
                                     SQLITE_UTF8);

    *rc = *rc == SQLITE_OK ? failed : *rc;
}

enum err
live_usable(const struct store *s)
{
    return s->db != NULL ? ERR_OK : why_set(ERR_BUSY, "there is no store until the next batch");
}

/* -- bookmarks -------------------------------------------------------------------------------- */

enum err
live_bookmark(struct store *s, const struct store_bookmark *mark)
{
    sqlite3_stmt *stmt = s->live->put[LIVE_BOOKMARK];
    int rc = SQLITE_OK;

    if (mark->source.len == 0 || mark->source.len > STORE_BOOKMARK_SOURCE_MAX ||
        mark->value.len > STORE_BOOKMARK_MAX) {
        return why_set(ERR_RANGE, "a bookmark is too long, or of no source");
    }
    db_bind_text(stmt, 1, mark->source, &rc);
    live_bind_text(stmt, 2, mark->value, &rc);
    db_bind_int(stmt, 3, (int64_t)mark->time_ft, &rc);
    return live_run(s, LIVE_BOOKMARK, rc);
}

enum err
store_bookmark(struct store *s, struct sv source, struct buf *value, uint64_t *time_ft)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_OK;
    enum err err;

    why_clear();
    buf_clear(value);
    err = live_usable(s);
    if (err == ERR_OK && s->version < SCHEMA_LIVE_VERSION && s->mode != STORE_NEW) {
        return why_set(ERR_NOTFOUND, "this store is too old for bookmarks");
    }
    if (err == ERR_OK) {
        err = db_prepare(s->db, "SELECT value,time_ft FROM bookmark WHERE source=?1", &stmt);
    }
    if (err) {
        return err;
    }
    live_bind_text(stmt, 1, source, &rc);
    err = rc == SQLITE_OK ? db_step(s->db, stmt, "reading the store")
                          : why_sqlite(s->db, rc, "reading the store");
    if (err == ERR_OK) {
        buf_put_sv(value, db_text(stmt, 0));
        err = buf_err(value) ? why_set(buf_err(value), "reading a bookmark: no room for it") : err;
    }
    if (err == ERR_OK && time_ft != NULL) {
        *time_ft = (uint64_t)sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    return err == ERR_END ? why_set(ERR_NOTFOUND, "no bookmark of this source") : err;
}

/* -- the outbox ------------------------------------------------------------------------------- */

/* Drops what is older than the newest STORE_OUTBOX_MAX. */
static enum err
trim(struct store *s, int64_t newest, uint64_t now_ft)
{
    int rc = SQLITE_OK;
    int64_t dropped;
    enum err err;

    if (newest <= STORE_OUTBOX_MAX) {
        return ERR_OK;
    }
    db_bind_int(s->live->put[LIVE_OUTBOX_TRIM], 1, newest - STORE_OUTBOX_MAX, &rc);
    err = live_run(s, LIVE_OUTBOX_TRIM, rc);
    dropped = sqlite3_changes64(s->db);
    if (err || dropped == 0) {
        return err;
    }
    return store_put_health(s, now_ft, SV("outbox_dropped"), SV(""), (uint64_t)dropped);
}

enum err
store_outbox_put(struct store *s, const struct alert *a, uint64_t now_ft)
{
    int rc = SQLITE_OK;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_check(s) : handle_check(s, STORE_LIVE);
    if (err) {
        return err;
    }
    db_bind_text(s->live->put[LIVE_OUTBOX], 1, sv_from(a->id), &rc);
    db_bind_int(s->live->put[LIVE_OUTBOX], 2, a->revision, &rc);
    db_bind_int(s->live->put[LIVE_OUTBOX], 3, (int64_t)now_ft, &rc);
    err = live_run(s, LIVE_OUTBOX, rc);
    if (err == ERR_OK && sqlite3_changes64(s->db) > 0) {
        err = trim(s, sqlite3_last_insert_rowid(s->db), now_ft);
    }
    return s->failed ? s->failed : put_end(s, err);
}

enum err
store_outbox_next(struct store *s, struct store_outbox *out)
{
    static const char sql[] = "SELECT id,alert_id,revision,time_ft FROM outbox ORDER BY id LIMIT 1";
    sqlite3_stmt *stmt = NULL;
    struct sv id;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_usable(s) : handle_check(s, STORE_LIVE);
    if (err == ERR_OK) {
        err = db_prepare(s->db, sql, &stmt);
    }
    if (err == ERR_OK) {
        err = db_step(s->db, stmt, "reading the store");
    }
    if (err == ERR_OK) {
        id = db_text(stmt, 1);
        out->number = sqlite3_column_int64(stmt, 0);
        (void)snprintf(out->alert_id, sizeof(out->alert_id), "%.*s", (int)id.len, id.p);
        out->revision = (uint32_t)sqlite3_column_int64(stmt, 2);
        out->time_ft = (uint64_t)sqlite3_column_int64(stmt, 3);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

enum err
store_outbox_count(struct store *s, uint64_t *out)
{
    int64_t count = 0;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_usable(s) : handle_check(s, STORE_LIVE);
    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT count(*) FROM outbox", &count);
    }
    if (err == ERR_OK) {
        *out = (uint64_t)count;
    }
    return err;
}

enum err
store_outbox_sent(struct store *s, int64_t number)
{
    int rc = SQLITE_OK;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_usable(s) : handle_check(s, STORE_LIVE);
    if (err) {
        return err;
    }
    db_bind_int(s->live->put[LIVE_OUTBOX_SENT], 1, number, &rc);
    err = live_run(s, LIVE_OUTBOX_SENT, rc);
    return err ? live_failed(s, err) : ERR_OK;
}
