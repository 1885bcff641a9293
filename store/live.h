/*
 * live - what a handle in mode LIVE has beside the others, for the files of store/ only.
 *
 * A batch is one SQLite transaction in WAL mode. After any failure in it the handle is as after the
 * last commit: transaction, collected events and attempts, remembered numbers of texts. A damaged
 * file is set aside at once, and the handle goes on with a new one.
 */
#pragma once

#include "core/buf.h"
#include "store/handle.h"
#include "store/live_blocks.h"

enum live_put {
    LIVE_BOOKMARK,
    LIVE_OUTBOX,
    LIVE_OUTBOX_TRIM,
    LIVE_OUTBOX_SENT,
    LIVE_WATCHED,
    LIVE_SOURCE,
    LIVE_STATUS,
    LIVE_PUT_COUNT
};

struct live {
    char *path;
    bool in_batch;
    uint64_t size_cap;
    uint64_t wal_pages; /* as of the last commit; 0 when all are in the database */
    struct live_blocks *blocks;
    struct sqlite3_stmt *put[LIVE_PUT_COUNT];
    bool aside_due;   /* the file at path is damaged, and still there */
    struct buf aside; /* what to say of a file that was set aside, until the new one says it */
};

/* Opens, creates, migrates; sets aside what is damaged. */
MUST_CHECK enum err live_open(struct store *s, const char *path);
/* The same once more, on a handle that lost its database. */
MUST_CHECK enum err live_connect(struct store *s);
void live_disconnect(struct store *s);
void live_close(struct store *s); /* any mode */

/* ERR_USAGE outside of a batch, the batch's error after a failure. */
MUST_CHECK enum err live_check(const struct store *s);
/* Undoes the batch, if there is one, and sets a damaged file aside. Returns err. */
MUST_CHECK enum err live_failed(struct store *s, enum err err);

MUST_CHECK enum err live_size_cap(struct store *s, uint64_t max_len);
/* live_queue.c */
MUST_CHECK enum err live_put_prepare(struct store *s);
MUST_CHECK enum err live_bookmark(struct store *s, const struct store_bookmark *mark);
MUST_CHECK enum err live_run(struct store *s, enum live_put what, int bind_rc);
/* An empty text is a text. */
void live_bind_text(struct sqlite3_stmt *stmt, int at, struct sv text, int *rc);
/* ERR_BUSY while there is no database. */
MUST_CHECK enum err live_usable(const struct store *s);
/* live_status.c */
MUST_CHECK enum err live_watched(struct store *s, const struct coverage *c);
