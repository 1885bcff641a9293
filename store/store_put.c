/* store_put - writes events, attempts, coverage and health. */
#include <sqlite3.h>

#include "core/buf.h"
#include "store/live.h"

#define SQL_MAX 4096
/* Each statement is `before`, so many parameters, `behind`. Alerts and stories come as ever newer
 * snapshots; an older one that comes late changes nothing. */
static const struct {
    const char *before;
    int parameters;
    const char *behind;
} statements[PUT_COUNT] = {
    [PUT_ALERT] = {"REPLACE INTO alert SELECT ", 30,
                   " WHERE NOT EXISTS(SELECT 1 FROM alert WHERE id=?1 AND revision>?2)"},
    [PUT_STORY] = {"REPLACE INTO story SELECT ", 11,
                   " WHERE NOT EXISTS(SELECT 1 FROM story WHERE id=?1 AND revision>?2)"},
    /* What the newer one does not know, the older one said. */
    [PUT_PROCESS] = {"INSERT INTO process VALUES(", 19,
                     ") ON CONFLICT(host,pid,key_ft) DO UPDATE SET "
                     "ended_ft=coalesce(excluded.ended_ft,ended_ft),"
                     "first_ft=min(excluded.first_ft,first_ft),"
                     "last_ft=max(excluded.last_ft,last_ft),"
                     "image=coalesce(excluded.image,image),"
                     "command_line=coalesce(excluded.command_line,command_line),"
                     "parent_pid=coalesce(excluded.parent_pid,parent_pid),"
                     "parent_started_ft=coalesce(excluded.parent_started_ft,parent_started_ft),"
                     "parent_image=coalesce(excluded.parent_image,parent_image),"
                     "session_id=coalesce(excluded.session_id,session_id),"
                     "account=coalesce(excluded.account,account),"
                     "domain=coalesce(excluded.domain,domain),"
                     "sid=coalesce(excluded.sid,sid),"
                     "integrity=coalesce(excluded.integrity,integrity),"
                     "exit_status=coalesce(excluded.exit_status,exit_status),"
                     "sequence=coalesce(excluded.sequence,sequence),"
                     "witnesses=excluded.witnesses|witnesses"},
    [PUT_ADAPTER] = {"REPLACE INTO adapter SELECT ", 15,
                     ",coalesce((SELECT a.from_ft FROM adapter a WHERE a.host=?1 AND a.guid=?2 AND "
                     "a.from_ft=(SELECT max(b.from_ft) FROM adapter b WHERE b.host=?1 AND "
                     "b.guid=?2 AND b.from_ft<=?16) AND a.to_ft IS NULL AND a.kind IS ?5 AND "
                     "a.addresses IS ?7 AND a.gateways IS ?8 AND a.up=?11 AND "
                     "a.default_route=?12),?16)"},
    [PUT_COVERAGE] = {"INSERT INTO coverage VALUES(NULL,", 8, ")"},
    [PUT_HEALTH] = {"INSERT INTO health VALUES(NULL,", 4, ")"},
};

enum err
put_prepare(struct store *s)
{
    struct buf sql;
    enum err err = ERR_OK;

    buf_init(&sql, SQL_MAX);
    for (size_t i = 0; i < PUT_COUNT && err == ERR_OK; i++) {
        buf_clear(&sql);
        buf_puts(&sql, statements[i].before);
        for (int at = 1; at <= statements[i].parameters; at++) {
            buf_printf(&sql, at == 1 ? "?%d" : ",?%d", at);
        }
        buf_puts(&sql, statements[i].behind);
        err = buf_err(&sql);
        err = err ? why_set(err, "opening the store: out of memory")
                  : db_prepare(s->db, buf_str(&sql), &s->put[i]);
    }
    buf_fini(&sql);
    return err;
}

enum err
put_begin(struct store *s)
{
    why_clear();
    return s->mode == STORE_LIVE ? live_check(s) : handle_check(s, STORE_NEW);
}

enum err
put_run(struct store *s, enum put what, int bind_rc)
{
    enum err err;

    if (bind_rc != SQLITE_OK) {
        err = why_sqlite(s->db, bind_rc, "writing to the store");
    } else {
        err = db_run(s->db, s->put[what], "writing to the store");
    }
    return put_end(s, err);
}

enum err
put_end(struct store *s, enum err err)
{
    if (err && s->mode == STORE_LIVE) {
        return live_failed(s, err);
    }
    s->failed = err;
    return err;
}

/* -- events and attempts ----------------------------------------------------------------------- */

enum err
store_put_event(struct store *s, const struct event *ev)
{
    return store_put_packed(s, ev, (struct sv){NULL, 0});
}

enum err
store_put_packed(struct store *s, const struct event *ev, struct sv packed)
{
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    return put_end(s, s->mode == STORE_LIVE ? live_blocks_put(s->live->blocks, ev, packed)
                                            : block_writer_put(s->blocks, ev, packed));
}

enum err
store_put_attempt(struct store *s, const struct attempt *a)
{
    enum err err = put_begin(s);

    return err ? err : put_end(s, attempt_writer_put(s->attempts, a));
}

/* -- coverage and health ---------------------------------------------------------------------- */

enum err
store_put_coverage(struct store *s, const struct coverage *c)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    if (s->mode == STORE_LIVE) {
        return put_end(s, live_watched(s, c));
    }
    stmt = s->put[PUT_COVERAGE];
    db_bind_text(stmt, 1, c->host, &rc);
    db_bind_text(stmt, 2, c->source, &rc);
    db_bind_set(stmt, 3, c->from_ft, &rc);
    db_bind_set(stmt, 4, c->to_ft, &rc);
    db_bind_text(stmt, 5, sv_from(coverage_state_name(c->state)), &rc);
    db_bind_int(stmt, 6, (int64_t)c->records, &rc);
    db_bind_set(stmt, 7, c->first_id, &rc);
    db_bind_set(stmt, 8, c->last_id, &rc);
    return put_run(s, PUT_COVERAGE, rc);
}

enum err
store_put_health(struct store *s, uint64_t time_ft, struct sv name, struct sv object,
                 uint64_t value)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    stmt = s->put[PUT_HEALTH];
    db_bind_set(stmt, 1, time_ft, &rc);
    db_bind_text(stmt, 2, name, &rc);
    db_bind_text(stmt, 3, object, &rc);
    db_bind_int(stmt, 4, (int64_t)value, &rc);
    return put_run(s, PUT_HEALTH, rc);
}
