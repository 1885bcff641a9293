/* store_put_process - writes processes. */
#include <sqlite3.h>

#include "store/handle.h"

/* The key's part of a process whose start is not known: no start is negative. */
static int64_t
key_of(const struct process *p)
{
    return p->started_ft != 0 ? (int64_t)p->started_ft : -(int64_t)p->first_seen_ft;
}

/* The key has no NULL. */
static void
bind_host(sqlite3_stmt *stmt, struct sv host, int *rc)
{
    *rc = sqlite3_bind_text64(stmt, 1, host.len == 0 ? "" : host.p, host.len, SQLITE_STATIC,
                              SQLITE_UTF8);
}

static void
bind_known(sqlite3_stmt *stmt, int at, bool known, uint32_t value, int *rc)
{
    if (known) {
        db_bind_int(stmt, at, value, rc);
    } else {
        db_bind_set(stmt, at, 0, rc);
    }
}

enum err
store_put_process(struct store *s, const struct process *p)
{
    sqlite3_stmt *stmt;
    int rc;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    stmt = s->put[PUT_PROCESS];
    bind_host(stmt, p->host, &rc);
    db_bind_int(stmt, 2, p->pid, &rc);
    db_bind_int(stmt, 3, key_of(p), &rc);
    db_bind_set(stmt, 4, p->ended_ft, &rc);
    db_bind_int(stmt, 5, (int64_t)p->first_seen_ft, &rc);
    db_bind_int(stmt, 6, (int64_t)p->last_seen_ft, &rc);
    db_bind_text(stmt, 7, p->image, &rc);
    db_bind_text(stmt, 8, p->command_line, &rc);
    db_bind_set(stmt, 9, p->parent_pid, &rc);
    db_bind_set(stmt, 10, p->parent_started_ft, &rc);
    db_bind_text(stmt, 11, p->parent_image, &rc);
    bind_known(stmt, 12, p->has_session, p->session_id, &rc);
    db_bind_text(stmt, 13, p->account, &rc);
    db_bind_text(stmt, 14, p->domain, &rc);
    db_bind_text(stmt, 15, p->sid, &rc);
    db_bind_text(stmt, 16, p->integrity, &rc);
    bind_known(stmt, 17, p->has_exit_status, p->exit_status, &rc);
    db_bind_set(stmt, 18, p->sequence, &rc);
    db_bind_int(stmt, 19, p->witnesses, &rc);
    return put_run(s, PUT_PROCESS, rc);
}
