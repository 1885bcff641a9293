/* block_reader - walks blocks, then events inside of them, and believes neither. */
#include "store/block_reader.h"

#include <sqlite3.h>

#include "core/mem.h"
#include "core/rd.h"

#define NUMBER_BITS 20 /* of the place within a block, in an event's number */

struct block_reader {
    sqlite3 *db;
    sqlite3_stmt *select;
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
    static const char sql[] = "SELECT id,first_ft,last_ft,count,kinds,data FROM event_block "
                              "WHERE last_ft>=?1 AND first_ft<=?2 AND kinds&?3 ORDER BY id";
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
    err = db_prepare(db, sql, &r->select);
    if (err) {
        goto done;
    }
    db_bind_int(r->select, 1, range->since_ft, &rc);
    db_bind_int(r->select, 2, range->until_ft, &rc);
    db_bind_int(r->select, 3, (int64_t)range->kinds, &rc);
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
        (void)sqlite3_finalize(r->select);
        mem_free(r);
    }
}

static enum err
next_block(struct block_reader *r)
{
    const void *data;
    enum err err;

    if (r->seen != r->count) {
        return damaged(r);
    }
    err = db_step(r->db, r->select, "reading the store");
    if (err) {
        return err;
    }
    r->id = sqlite3_column_int64(r->select, 0);
    r->first_ft = sqlite3_column_int64(r->select, 1);
    r->end_ft = sqlite3_column_int64(r->select, 2);
    r->count = (uint64_t)sqlite3_column_int64(r->select, 3);
    r->kinds = (uint64_t)sqlite3_column_int64(r->select, 4);
    r->seen = 0;
    data = sqlite3_column_blob(r->select, 5);
    r->rd = rd_make(data, (size_t)sqlite3_column_bytes(r->select, 5));
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
