/* block_reader - walks blocks, then events inside of them, and believes neither. */
#include "store/block_reader.h"

#include <sqlite3.h>

#include "core/mem.h"
#include "core/rd.h"

#define NUMBER_BITS 20 /* of the place within a block, in an event's number */

struct block_reader {
    sqlite3 *db;
    sqlite3_stmt *list;  /* which blocks, in order of time; keeps one state of the store in view */
    sqlite3_stmt *fetch; /* one of them */
    struct block_range range;
    int64_t last_ft; /* of the events and blocks so far */
    /* The block at hand. */
    struct rd rd;
    int64_t id;
    int64_t first_ft, end_ft;
    uint64_t kinds;
    uint64_t count, seen;
};

static enum err
damaged(const struct block_reader *r)
{
    return why_set(ERR_FORMAT, "the store is damaged: block %lld of events", (long long)r->id);
}

enum err
block_reader_open(sqlite3 *db, const struct block_range *range, struct block_reader **out)
{
    /* Two steps: stores of version 1 have no index by time, and sorting must not move the data. */
    static const char list[] = "SELECT id FROM event_block WHERE last_ft>=?1 AND first_ft<=?2 "
                               "AND kinds&?3 ORDER BY first_ft,id";
    static const char fetch[] =
        "SELECT first_ft,last_ft,count,kinds,data FROM event_block WHERE id=?1";
    struct block_reader *r = mem_zalloc(sizeof(*r));
    int rc = SQLITE_OK;
    enum err err;

    *out = NULL;
    if (r == NULL) {
        return why_set(ERR_NOMEM, "reading the store: out of memory");
    }
    r->db = db;
    r->range = *range;
    r->last_ft = INT64_MIN;
    err = db_prepare(db, list, &r->list);
    if (err == ERR_OK) {
        err = db_prepare(db, fetch, &r->fetch);
    }
    if (err) {
        goto done;
    }
    db_bind_int(r->list, 1, range->since_ft, &rc);
    db_bind_int(r->list, 2, range->until_ft, &rc);
    db_bind_int(r->list, 3, (int64_t)range->kinds, &rc);
    if (rc != SQLITE_OK) {
        err = why_sqlite(db, rc, "reading the store");
        goto done;
    }
    *out = r;
    r = NULL;
done:
    block_reader_close(r);
    return err;
}

void
block_reader_close(struct block_reader *r)
{
    if (r != NULL) {
        (void)sqlite3_finalize(r->list);
        (void)sqlite3_finalize(r->fetch);
        mem_free(r);
    }
}

static enum err
fetch_block(struct block_reader *r)
{
    int rc = sqlite3_reset(r->fetch);
    enum err err;

    db_bind_int(r->fetch, 1, r->id, &rc);
    err = rc == SQLITE_OK ? db_step(r->db, r->fetch, "reading the store")
                          : why_sqlite(r->db, rc, "reading the store");
    return err == ERR_END ? damaged(r) : err;
}

static enum err
next_block(struct block_reader *r)
{
    const void *data;
    enum err err;

    if (r->seen != r->count) {
        return damaged(r);
    }
    err = db_step(r->db, r->list, "reading the store");
    if (err) {
        return err;
    }
    r->id = sqlite3_column_int64(r->list, 0);
    err = fetch_block(r);
    if (err) {
        return err;
    }
    r->first_ft = sqlite3_column_int64(r->fetch, 0);
    r->end_ft = sqlite3_column_int64(r->fetch, 1);
    r->count = (uint64_t)sqlite3_column_int64(r->fetch, 2);
    r->kinds = (uint64_t)sqlite3_column_int64(r->fetch, 3);
    r->seen = 0;
    data = sqlite3_column_blob(r->fetch, 4);
    r->rd = rd_make(data, (size_t)sqlite3_column_bytes(r->fetch, 4));
    if (data == NULL || r->count >> NUMBER_BITS != 0 || r->id < 0 || r->id > UINT32_MAX) {
        return sqlite3_errcode(r->db) == SQLITE_NOMEM
                   ? why_sqlite(r->db, SQLITE_NOMEM, "reading the store")
                   : damaged(r);
    }
    return ERR_OK;
}

/* Each time lies within its block and is not before the last: who reads in order may rely on it. */
static bool
fits_block(const struct block_reader *r, const struct event *ev)
{
    int64_t time_ft = (int64_t)ev->time_ft;

    return time_ft >= r->last_ft && time_ft >= r->first_ft && time_ft <= r->end_ft &&
           (EV_BIT(ev->kind) & r->kinds) != 0;
}

static enum err
take_event(struct block_reader *r, struct event *out)
{
    const uint8_t *packed;
    uint32_t len;

    r->seen++;
    if (rd_u32(&r->rd, &len) || rd_bytes(&r->rd, len, &packed) || event_unpack(packed, len, out) ||
        !fits_block(r, out)) {
        return damaged(r);
    }
    r->last_ft = (int64_t)out->time_ft;
    return ERR_OK;
}

static bool
is_wanted(const struct block_range *range, const struct event *ev)
{
    int64_t time_ft = (int64_t)ev->time_ft;

    return time_ft >= range->since_ft && time_ft <= range->until_ft &&
           (EV_BIT(ev->kind) & range->kinds) != 0;
}

enum err
block_reader_next(struct block_reader *r, struct event *out, int64_t *number)
{
    enum err err;

    do {
        while (rd_left(&r->rd) == 0) {
            err = next_block(r);
            if (err) {
                return err;
            }
        }
        err = take_event(r, out);
    } while (err == ERR_OK && !is_wanted(&r->range, out));
    *number = r->id << NUMBER_BITS | (int64_t)(r->seen - 1);
    return err;
}
