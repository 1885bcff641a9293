/* store_inbox - what people answer to alerts, acknowledged or muted until, and why; and what they
 * ask of the sensor: a test. */
#include <sqlite3.h>

#include "core/utf.h"
#include "store/live.h"

#define WHO_MAX 256u

static const char insert_sql[] =
    "INSERT INTO inbox(time_ft,what,alert_id,until_ft,why) VALUES(?1,?2,?3,?4,?5)";

static enum err
find_alert(struct store *s, struct sv id)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_OK;
    enum err err = db_prepare(s->db, "SELECT 1 FROM alert WHERE id=?1", &stmt);

    if (err) {
        return err;
    }
    db_bind_text(stmt, 1, id, &rc);
    err = rc == SQLITE_OK ? db_step(s->db, stmt, "reading the store")
                          : why_sqlite(s->db, rc, "reading the store");
    (void)sqlite3_finalize(stmt);
    return err == ERR_END ? why_set(ERR_NOTFOUND, "no such alert") : err;
}

/* A row of the table. */
struct entry {
    uint64_t time_ft, until_ft;
    struct sv what, alert_id, why;
};

static enum err
insert(struct store *s, sqlite3_stmt *stmt, const struct entry *e)
{
    int rc = SQLITE_OK;

    db_bind_int(stmt, 1, (int64_t)e->time_ft, &rc);
    db_bind_text(stmt, 2, e->what, &rc);
    live_bind_text(stmt, 3, e->alert_id, &rc); /* of a request, there is none */
    db_bind_set(stmt, 4, e->until_ft, &rc);
    db_bind_text(stmt, 5, e->why, &rc);
    return rc == SQLITE_OK ? db_run(s->db, stmt, "writing to the store")
                           : why_sqlite(s->db, rc, "writing to the store");
}

enum err
store_answer(struct store *s, const struct store_answer *a)
{
    bool mute = a->what == STORE_MUTE;
    struct entry entry = {a->now_ft, mute ? a->until_ft : 0, mute ? SV("mute") : SV("ack"),
                          a->alert_id, a->why};
    sqlite3_stmt *stmt = NULL;
    enum err err;

    why_clear();
    err = handle_check(s, STORE_EDIT);
    if (err == ERR_OK) {
        err = find_alert(s, a->alert_id);
    }
    if (err == ERR_OK) {
        err = db_prepare(s->db, insert_sql, &stmt);
    }
    if (err == ERR_OK) {
        err = insert(s, stmt, &entry);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

/* -- requests: until_ft is when it was asked for, once the sensor has taken it ------------------
 */

enum err
store_request_test(struct store *s, struct sv who, uint64_t now_ft, int64_t *number)
{
    struct entry entry = {now_ft, 0, SV("test"), SV(""), utf8_cut(who, WHO_MAX)};
    sqlite3_stmt *stmt = NULL;
    enum err err;

    why_clear();
    err = handle_check(s, STORE_EDIT);
    if (err == ERR_OK) {
        err = db_prepare(s->db, insert_sql, &stmt);
    }
    if (err == ERR_OK) {
        err = insert(s, stmt, &entry);
    }
    if (err == ERR_OK) {
        *number = sqlite3_last_insert_rowid(s->db);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum err
take(struct store *s, store_request_fn fn, void *ctx)
{
    sqlite3_stmt *stmt = NULL;
    enum err err = db_prepare(s->db,
                              "SELECT id,why,time_ft FROM inbox WHERE what='test' AND until_ft IS "
                              "NULL ORDER BY id",
                              &stmt);

    while (err == ERR_OK) {
        err = db_step(s->db, stmt, "reading the store");
        if (err == ERR_OK) {
            err = fn(ctx, sqlite3_column_int64(stmt, 0), db_text(stmt, 1),
                     (uint64_t)sqlite3_column_int64(stmt, 2));
        }
    }
    (void)sqlite3_finalize(stmt);
    return err == ERR_END ? ERR_OK : err;
}

enum err
store_requests_take(struct store *s, store_request_fn fn, void *ctx)
{
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_check(s) : handle_check(s, STORE_LIVE);
    if (err) {
        return err;
    }
    err = take(s, fn, ctx);
    if (err == ERR_OK) {
        err = db_exec(s->db,
                      "UPDATE inbox SET until_ft=time_ft WHERE what='test' AND until_ft IS NULL",
                      "writing to the store");
    }
    return put_end(s, err);
}

enum err
store_requests_waiting(struct store *s, bool *out)
{
    int64_t any = 0;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_usable(s) : handle_check(s, STORE_LIVE);
    if (err == ERR_OK) {
        err = db_int(s->db,
                     "SELECT EXISTS(SELECT 1 FROM inbox WHERE what='test' AND until_ft IS NULL)",
                     &any);
    }
    *out = any != 0;
    return err;
}

enum err
store_muted(struct store *s, struct sv alert_id, uint64_t now_ft, bool *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_OK;
    enum err err;

    why_clear();
    err = s->mode == STORE_LIVE ? live_usable(s) : handle_check(s, STORE_LIVE);
    if (err == ERR_OK) {
        err = db_prepare(
            s->db, "SELECT 1 FROM inbox WHERE alert_id=?1 AND what='mute' AND until_ft>?2", &stmt);
    }
    if (err) {
        return err;
    }
    live_bind_text(stmt, 1, alert_id, &rc);
    db_bind_int(stmt, 2, (int64_t)now_ft, &rc);
    err = rc == SQLITE_OK ? db_step(s->db, stmt, "reading the store")
                          : why_sqlite(s->db, rc, "reading the store");
    if (err == ERR_OK || err == ERR_END) {
        *out = err == ERR_OK;
        err = ERR_OK;
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

/* -- a store that replaces another --------------------------------------------------------------
 */

static enum err
copy_row(struct store *to, sqlite3_stmt *into, sqlite3_stmt *row)
{
    struct entry entry = {
        .time_ft = (uint64_t)sqlite3_column_int64(row, 0),
        .what = db_text(row, 1),
        .alert_id = db_text(row, 2),
        .until_ft = (uint64_t)sqlite3_column_int64(row, 3),
        .why = db_text(row, 4),
    };

    return insert(to, into, &entry);
}

enum err
store_copy_inbox(struct store *to, struct store *from)
{
    sqlite3_stmt *row = NULL;
    sqlite3_stmt *into = NULL;
    enum err err;

    why_clear();
    err = handle_check(to, STORE_NEW);
    if (err) {
        return err;
    }
    err = db_prepare(
        from->db,
        "SELECT time_ft,what,alert_id,until_ft,why FROM inbox WHERE what<>'test' ORDER BY id",
        &row);
    if (err == ERR_OK) {
        err = db_prepare(to->db, insert_sql, &into);
    }
    while (err == ERR_OK) {
        err = db_step(from->db, row, "reading the store");
        if (err == ERR_OK) {
            err = copy_row(to, into, row);
        }
    }
    (void)sqlite3_finalize(row);
    (void)sqlite3_finalize(into);
    if (err != ERR_END) {
        to->failed = err;
        return err;
    }
    return ERR_OK;
}
