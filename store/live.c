/* live - batches: begun, committed, undone; a damaged file is set aside. */
#include "store/live.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "store/rollup.h"

enum err
live_check(const struct store *s)
{
    if (s->failed) {
        return why_set(s->failed, "an earlier write of this batch failed, and undid it");
    }
    return s->live->in_batch ? ERR_OK : why_set(ERR_USAGE, "no batch has been begun");
}

/* Back to the last commit. */
static void
undo(struct store *s)
{
    s->live->in_batch = false;
    if (s->db == NULL) {
        return;
    }
    attempt_writer_clear(s->attempts);
    live_blocks_clear(s->live->blocks);
    texts_revert(s->texts);
    if (sqlite3_get_autocommit(s->db) == 0 &&
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK) {
        live_disconnect(s); /* the next store_begin() opens it again */
    }
}

enum err
live_failed(struct store *s, enum err err)
{
    char why[WHY_MAX];

    (void)snprintf(why, sizeof(why), "%s", store_why());
    undo(s);
    s->failed = err;
    if (err == ERR_FORMAT) {
        live_disconnect(s);
        buf_clear(&s->live->aside);
        buf_puts(&s->live->aside, why);
        s->live->aside_due = true;
        if (live_connect(s) != ERR_OK) {
            return why_set(err, "%.200s; no new store: %.200s", why, store_why());
        }
        return why_set(err, "%.200s; it was set aside, a new store began", why);
    }
    return why_set(err, "%s", why);
}

enum err
store_begin(struct store *s)
{
    enum err err = ERR_OK;

    why_clear();
    if (s->mode != STORE_LIVE) {
        return why_set(ERR_USAGE, "this store is not being written live");
    }
    if (s->live->in_batch) {
        return why_set(ERR_USAGE, "a batch has been begun already");
    }
    s->failed = ERR_OK;
    if (s->db == NULL) {
        err = live_connect(s);
        if (err) {
            return err;
        }
    }
    err = rollup_make_room(s);
    if (err == ERR_OK) {
        err = db_exec(s->db, "BEGIN IMMEDIATE", "writing to the store");
    }
    if (err) {
        return live_failed(s, err);
    }
    s->live->in_batch = true;
    return ERR_OK;
}

static enum err
flush(struct store *s, const struct store_bookmark *marks, size_t count)
{
    enum err err = live_blocks_flush(s->live->blocks);

    if (err == ERR_OK) {
        err = attempt_writer_flush(s->attempts);
    }
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = live_bookmark(s, &marks[i]);
    }
    return err;
}

enum err
store_commit(struct store *s, const struct store_bookmark *marks, size_t count)
{
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    err = flush(s, marks, count);
    if (err == ERR_OK) {
        err = db_exec(s->db, "COMMIT", "writing to the store");
    }
    if (err) {
        return live_failed(s, err);
    }
    texts_mark(s->texts);
    s->live->in_batch = false;
    return ERR_OK;
}

void
store_rollback(struct store *s)
{
    if (s->mode == STORE_LIVE) {
        undo(s);
    }
}
