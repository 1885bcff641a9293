/* block_writer - packs events one behind the other. */
#include "store/block_writer.h"

#include <sqlite3.h>

#include "core/mem.h"

#define HEAD_LEN 4 /* of an event: its length */
#define BUFFER_LEN (BLOCK_LEN + HEAD_LEN + EVENT_PACKED_MAX)

struct block_writer {
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint8_t *data;
    size_t len;
    uint32_t count;
    uint64_t kinds;
    uint64_t first_ft, last_ft; /* last_ft: also while the block is empty, of the block before */
};

enum err
block_writer_create(sqlite3 *db, struct block_writer **out)
{
    struct block_writer *w = mem_zalloc(sizeof(*w));
    enum err err;

    *out = NULL;
    if (w == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    w->db = db;
    w->data = mem_alloc(BUFFER_LEN);
    if (w->data == NULL) {
        err = why_set(ERR_NOMEM, "opening the store: out of memory");
        goto done;
    }
    err = db_prepare(db, "INSERT INTO event_block VALUES(NULL,?1,?2,?3,?4,?5)", &w->insert);
    if (err) {
        goto done;
    }
    *out = w;
    w = NULL;
done:
    block_writer_destroy(w);
    return err;
}

void
block_writer_destroy(struct block_writer *w)
{
    if (w == NULL) {
        return;
    }
    (void)sqlite3_finalize(w->insert);
    mem_free(w->data);
    mem_free(w);
}

static void
put_head(uint8_t *out, size_t len)
{
    for (unsigned i = 0; i < HEAD_LEN; i++) {
        out[i] = (uint8_t)(len >> 8 * i);
    }
}

MUST_CHECK static enum err
put_packed(struct block_writer *w, const struct event *ev, struct sv packed, size_t *len)
{
    uint8_t *to = w->data + w->len + HEAD_LEN;
    size_t room = BUFFER_LEN - HEAD_LEN - w->len;

    if (packed.p == NULL) {
        return event_pack(ev, to, room, len);
    }
    if (packed.len > room) {
        return ERR_FULL;
    }
    memcpy(to, packed.p, packed.len);
    *len = packed.len;
    return ERR_OK;
}

enum err
block_writer_put(struct block_writer *w, const struct event *ev, struct sv packed)
{
    size_t len = 0;
    enum err err;

    if (ev->time_ft < w->last_ft) {
        return why_set(ERR_USAGE, "events must be put in order of time");
    }
    err = put_packed(w, ev, packed, &len);
    if (err) {
        return why_set(err, "an event does not fit its packed form");
    }
    put_head(w->data + w->len, len);
    w->len += HEAD_LEN + len;
    w->first_ft = w->count == 0 ? ev->time_ft : w->first_ft;
    w->last_ft = ev->time_ft;
    w->kinds |= EV_BIT(ev->kind);
    w->count++;
    return w->len < BLOCK_LEN ? ERR_OK : block_writer_flush(w);
}

enum err
block_writer_flush(struct block_writer *w)
{
    int rc = SQLITE_OK;
    int failed;
    enum err err;

    if (w->count == 0) {
        return ERR_OK;
    }
    db_bind_int(w->insert, 1, (int64_t)w->first_ft, &rc);
    db_bind_int(w->insert, 2, (int64_t)w->last_ft, &rc);
    db_bind_int(w->insert, 3, w->count, &rc);
    db_bind_int(w->insert, 4, (int64_t)w->kinds, &rc);
    failed = sqlite3_bind_blob64(w->insert, 5, w->data, w->len, SQLITE_STATIC);
    rc = rc == SQLITE_OK ? failed : rc;
    if (rc != SQLITE_OK) {
        return why_sqlite(w->db, rc, "writing to the store");
    }
    err = db_run(w->db, w->insert, "writing to the store");
    w->len = 0;
    w->count = 0;
    w->kinds = 0;
    return err;
}
