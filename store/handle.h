/*
 * handle - what a struct store is, for the files of store/ only.
 */
#pragma once

#include "core/buf.h"
#include "store/attempt_writer.h"
#include "store/block_writer.h"
#include "store/db.h"
#include "store/texts.h"

enum put { PUT_ALERT, PUT_STORY, PUT_PROCESS, PUT_ADAPTER, PUT_COVERAGE, PUT_HEALTH, PUT_COUNT };

struct live;
struct store {
    struct sqlite3 *db;
    enum store_mode mode;
    /* NEW: there is no journal; after one failed write the file can't be saved, and every later
     * call gives the same error. LIVE: so do the calls up to the next store_begin(). */
    enum err failed;
    bool finished;
    int64_t version;   /* of the schema, as found */
    struct live *live; /* LIVE only: store/live.h */
    /* NEW and LIVE. */
    struct texts *texts;
    struct block_writer *blocks;
    struct attempt_writer *attempts;
    struct sqlite3_stmt *put[PUT_COUNT];
    struct buf json[2];
    /* READ only. */
    uint64_t query_ops;  /* a query's allowance, in steps of SQLite's machine */
    uint64_t *allowance; /* of the rows being read; NULL is unlimited */
    int denied;          /* action that the authorizer refused last; 0 none */
};

/* ERR_USAGE with a sentence when the handle is of another mode or already finished. */
MUST_CHECK enum err handle_check(const struct store *s, enum store_mode mode);
/* What NEW and LIVE write with, over s->db. */
MUST_CHECK enum err writers_open(struct store *s);
void writers_close(struct store *s);
/* Every put: put_begin(), binding, then put_run() or, when something failed before, put_end(). */
MUST_CHECK enum err put_prepare(struct store *s);
MUST_CHECK enum err put_begin(struct store *s);
MUST_CHECK enum err put_run(struct store *s, enum put what, int bind_rc);
MUST_CHECK enum err put_end(struct store *s, enum err err);
/* From here on the handle reads, whoever asks (store_query.c). */
void query_guard(struct store *s);
