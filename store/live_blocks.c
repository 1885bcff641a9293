/* live_blocks - sorts a batch, finds the block of each event, merges and cuts. */
#include "store/live_blocks.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/rd.h"
#include "core/tm.h"
#include "store/block_writer.h"

#define HEAD_LEN 4   /* of an event in a block: its length */
#define PACKED_MIN 9 /* time and kind, which a packed event begins with */
#define FIRST_ITEMS 64

/* An event that was put, in `data`. */
struct item {
    uint64_t time_ft;
    uint32_t offset, len; /* with its head */
};

/* A walk over events, each behind its length. */
struct walk {
    struct rd rd;
    uint64_t time_ft;
    unsigned kind;
    const uint8_t *at; /* the event at hand, with its head; NULL at the end */
    size_t len;
};

/* A block that is there. */
struct found {
    int64_t id; /* 0 none */
    uint64_t last_ft;
    const void *data;
    size_t len;
};

struct live_blocks {
    sqlite3 *db;
    sqlite3_stmt *find, *next, *insert, *replace, *drop;
    struct buf data;
    struct item *items;
    size_t count, cap;
    bool sorted;
    struct buf run[2]; /* events on their way into blocks, in order of time; [1] to merge into */
    int64_t replaces;  /* block whose place the end of the run takes; 0 none */
};

enum err
live_blocks_create(sqlite3 *db, struct live_blocks **out)
{
    struct live_blocks *w = mem_zalloc(sizeof(*w));
    const struct {
        sqlite3_stmt **stmt;
        const char *sql;
    } statements[] = {
        {&w->find, "SELECT id,last_ft,data FROM event_block WHERE first_ft<=?1 AND id<>?2 "
                   "ORDER BY first_ft DESC,id DESC LIMIT 1"},
        {&w->next, "SELECT min(first_ft) FROM event_block WHERE first_ft>?1"},
        {&w->insert, "INSERT INTO event_block VALUES(NULL,?1,?2,?3,?4,?5)"},
        {&w->replace, "UPDATE event_block SET first_ft=?1,last_ft=?2,count=?3,kinds=?4,data=?5 "
                      "WHERE id=?6"},
        {&w->drop, "DELETE FROM event_block WHERE id=?1"},
    };
    enum err err = ERR_OK;

    *out = NULL;
    if (w == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    w->db = db;
    buf_init(&w->data, UINT32_MAX);
    buf_init(&w->run[0], UINT32_MAX);
    buf_init(&w->run[1], UINT32_MAX);
    live_blocks_clear(w);
    for (size_t i = 0; i < COUNT(statements) && err == ERR_OK; i++) {
        err = db_prepare(db, statements[i].sql, statements[i].stmt);
    }
    if (err) {
        live_blocks_destroy(w);
        return err;
    }
    *out = w;
    return ERR_OK;
}

void
live_blocks_destroy(struct live_blocks *w)
{
    if (w == NULL) {
        return;
    }
    (void)sqlite3_finalize(w->find);
    (void)sqlite3_finalize(w->next);
    (void)sqlite3_finalize(w->insert);
    (void)sqlite3_finalize(w->replace);
    (void)sqlite3_finalize(w->drop);
    buf_fini(&w->data);
    buf_fini(&w->run[0]);
    buf_fini(&w->run[1]);
    mem_free(w->items);
    mem_free(w);
}

void
live_blocks_clear(struct live_blocks *w)
{
    buf_clear(&w->data);
    w->count = 0;
    w->sorted = true;
}

/* -- collecting ------------------------------------------------------------------------------- */

static enum err
grow_items(struct live_blocks *w)
{
    size_t cap = w->cap == 0 ? FIRST_ITEMS : 2 * w->cap;
    struct item *items;

    if (w->count < w->cap) {
        return ERR_OK;
    }
    items = mem_realloc(w->items, cap, sizeof(*items));
    if (items == NULL) {
        return why_set(ERR_NOMEM, "writing to the store: out of memory");
    }
    w->items = items;
    w->cap = cap;
    return ERR_OK;
}

static void
put_framed(struct buf *out, const void *packed, size_t len)
{
    uint8_t head[HEAD_LEN];

    for (unsigned i = 0; i < HEAD_LEN; i++) {
        head[i] = (uint8_t)(len >> 8 * i);
    }
    buf_put(out, head, sizeof(head));
    buf_put(out, packed, len);
}

enum err
live_blocks_put(struct live_blocks *w, const struct event *ev, struct sv packed)
{
    static _Thread_local uint8_t bytes[EVENT_PACKED_MAX];
    size_t offset = w->data.len;
    size_t len = packed.len;
    enum err err = grow_items(w);

    if (err) {
        return err;
    }
    if (ev->time_ft > TM_MAX_FT) {
        return why_set(ERR_RANGE, "an event's time is beyond the year 9999");
    }
    if (packed.p == NULL) {
        err = event_pack(ev, bytes, sizeof(bytes), &len);
        if (err) {
            return why_set(err, "an event does not fit its packed form");
        }
        packed.p = (const char *)bytes;
    }
    put_framed(&w->data, packed.p, len);
    if (buf_err(&w->data)) {
        return why_set(buf_err(&w->data), "writing to the store: out of memory");
    }
    w->sorted = w->sorted && (w->count == 0 || ev->time_ft >= w->items[w->count - 1].time_ft);
    w->items[w->count++] = (struct item){ev->time_ft, (uint32_t)offset, (uint32_t)(len + HEAD_LEN)};
    return w->data.len < LIVE_BLOCKS_MAX ? ERR_OK : live_blocks_flush(w);
}

/* -- walking ---------------------------------------------------------------------------------- */

static enum err
damaged(int64_t id)
{
    return why_set(ERR_FORMAT, "the store is damaged: block %lld of events", (long long)id);
}

/* Goes to the next event. ERR_FORMAT: not what a block holds. */
static enum err
walk_next(struct walk *w)
{
    const uint8_t *packed;
    uint64_t time_ft;
    uint32_t len;

    w->at = w->rd.data + w->rd.pos;
    if (rd_left(&w->rd) == 0) {
        w->at = NULL;
        return ERR_OK;
    }
    if (rd_u32(&w->rd, &len) || rd_bytes(&w->rd, len, &packed) || len < PACKED_MIN) {
        return ERR_FORMAT;
    }
    time_ft = rd_le64(packed);
    w->kind = event_packed_kind(packed, len);
    if (time_ft < w->time_ft || (w->kind == EV_NONE && packed[8] != EV_NONE)) {
        return ERR_FORMAT;
    }
    w->time_ft = time_ft;
    w->len = HEAD_LEN + (size_t)len;
    return ERR_OK;
}

static enum err
walk_start(struct walk *w, const void *data, size_t len)
{
    *w = (struct walk){.rd = rd_make(data, len)};
    return walk_next(w);
}

/* -- blocks ----------------------------------------------------------------------------------- */

/* A block to be: part of the run. */
struct piece {
    size_t begin, end;
    uint64_t first_ft, last_ft, kinds;
    int64_t count;
};

static enum err
write_piece(struct live_blocks *w, const struct piece *p, int64_t id)
{
    sqlite3_stmt *stmt = id == 0 ? w->insert : w->replace;
    int rc = SQLITE_OK;
    int failed;

    db_bind_int(stmt, 1, (int64_t)p->first_ft, &rc);
    db_bind_int(stmt, 2, (int64_t)p->last_ft, &rc);
    db_bind_int(stmt, 3, p->count, &rc);
    db_bind_int(stmt, 4, (int64_t)p->kinds, &rc);
    failed =
        sqlite3_bind_blob64(stmt, 5, w->run[0].data + p->begin, p->end - p->begin, SQLITE_STATIC);
    rc = rc == SQLITE_OK ? failed : rc;
    if (id != 0) {
        db_bind_int(stmt, 6, id, &rc);
    }
    return rc == SQLITE_OK ? db_run(w->db, stmt, "writing to the store")
                           : why_sqlite(w->db, rc, "writing to the store");
}

/* Cuts the run into blocks of about BLOCK_LEN, between ticks: so the events of one tick keep the
 * order of their numbers whichever block keeps its own. The last takes the place of `replaces`. */
static enum err
write_run(struct live_blocks *w)
{
    struct piece piece = {0, 0, 0, 0, 0, 0};
    struct walk walk;
    enum err err = walk_start(&walk, w->run[0].data, w->run[0].len);

    while (err == ERR_OK && walk.at != NULL) {
        if (piece.end - piece.begin >= BLOCK_LEN && walk.time_ft != piece.last_ft) {
            err = write_piece(w, &piece, 0);
            piece = (struct piece){piece.end, piece.end, 0, 0, 0, 0};
        }
        piece.first_ft = piece.count == 0 ? walk.time_ft : piece.first_ft;
        piece.last_ft = walk.time_ft;
        piece.kinds |= EV_BIT(walk.kind);
        piece.count++;
        piece.end += walk.len;
        err = err ? err : walk_next(&walk);
    }
    return err ? err : write_piece(w, &piece, w->replaces);
}

/* The last block that begins at or before a time, but for the one that the run replaces. The data
 * lives until find is reset. */
static enum err
find_block(struct live_blocks *w, uint64_t time_ft, struct found *out)
{
    int rc = SQLITE_OK;
    enum err err;

    *out = (struct found){0, 0, NULL, 0};
    db_bind_int(w->find, 1, (int64_t)time_ft, &rc);
    db_bind_int(w->find, 2, w->replaces, &rc);
    if (rc != SQLITE_OK) {
        return why_sqlite(w->db, rc, "reading the store");
    }
    err = db_step(w->db, w->find, "reading the store");
    if (err) {
        return err == ERR_END ? ERR_OK : err;
    }
    out->id = sqlite3_column_int64(w->find, 0);
    out->last_ft = (uint64_t)sqlite3_column_int64(w->find, 1);
    out->data = sqlite3_column_blob(w->find, 2);
    out->len = (size_t)sqlite3_column_bytes(w->find, 2);
    if (out->data == NULL) {
        return sqlite3_errcode(w->db) == SQLITE_NOMEM
                   ? why_sqlite(w->db, SQLITE_NOMEM, "reading the store")
                   : damaged(out->id);
    }
    return out->id > 0 ? ERR_OK : damaged(out->id);
}

/* The run and a block become one run; of the same tick the block's events come first. */
static enum err
merge(struct live_blocks *w, const struct found *block)
{
    struct walk old, new;
    struct buf swap;

    buf_clear(&w->run[1]);
    if (walk_start(&old, block->data, block->len) ||
        walk_start(&new, w->run[0].data, w->run[0].len)) {
        return damaged(block->id);
    }
    while (old.at != NULL || new.at != NULL) {
        bool take_old = new.at == NULL || (old.at != NULL && old.time_ft <= new.time_ft);
        struct walk *from = take_old ? &old : &new;

        buf_put(&w->run[1], from->at, from->len);
        if (walk_next(from)) {
            return damaged(block->id);
        }
    }
    if (buf_err(&w->run[1])) {
        return why_set(buf_err(&w->run[1]), "writing to the store: out of memory");
    }
    swap = w->run[0];
    w->run[0] = w->run[1];
    w->run[1] = swap;
    return ERR_OK;
}

static enum err
drop_block(struct live_blocks *w, int64_t id)
{
    int rc = SQLITE_OK;

    db_bind_int(w->drop, 1, id, &rc);
    return rc == SQLITE_OK ? db_run(w->db, w->drop, "writing to the store")
                           : why_sqlite(w->db, rc, "writing to the store");
}

/* Takes the block before the run into it, when they overlap or it is small. *taken: it did. */
static enum err
take_before(struct live_blocks *w, bool *taken)
{
    struct walk first;
    struct found block;
    int64_t before = w->replaces;
    enum err err = walk_start(&first, w->run[0].data, w->run[0].len);

    *taken = false;
    if (err == ERR_OK) {
        err = find_block(w, first.time_ft, &block);
    }
    if (err == ERR_OK && block.id != 0 &&
        (block.last_ft > first.time_ft ||
         (block.len <= w->run[0].len && block.len + w->run[0].len <= BLOCK_LEN))) {
        err = merge(w, &block);
        *taken = err == ERR_OK;
    }
    (void)sqlite3_reset(w->find);
    if (!*taken) {
        return err;
    }
    /* The one that stays is the later of the two. */
    w->replaces = before == 0 ? block.id : before;
    return before == 0 ? ERR_OK : drop_block(w, block.id);
}

/* The begin of the first block after a time; UINT64_MAX without one. */
static enum err
next_begin(struct live_blocks *w, uint64_t time_ft, uint64_t *out)
{
    int rc = SQLITE_OK;
    enum err err;

    db_bind_int(w->next, 1, (int64_t)time_ft, &rc);
    if (rc != SQLITE_OK) {
        return why_sqlite(w->db, rc, "reading the store");
    }
    err = db_step(w->db, w->next, "reading the store");
    *out = UINT64_MAX;
    if (err == ERR_OK && sqlite3_column_type(w->next, 0) != SQLITE_NULL) {
        *out = (uint64_t)sqlite3_column_int64(w->next, 0);
    }
    (void)sqlite3_reset(w->next);
    return err;
}

static int
compare_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->time_ft != y->time_ft) {
        return x->time_ft < y->time_ft ? -1 : 1;
    }
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Writes the items from *at on that belong between the same two blocks. */
static enum err
write_some(struct live_blocks *w, size_t *at)
{
    uint64_t end_ft = 0;
    bool taken = true;
    enum err err = next_begin(w, w->items[*at].time_ft, &end_ft);

    buf_clear(&w->run[0]);
    w->replaces = 0;
    do {
        buf_put(&w->run[0], w->data.data + w->items[*at].offset, w->items[*at].len);
        ++*at;
    } while (*at < w->count && w->items[*at].time_ft < end_ft);
    if (err == ERR_OK && buf_err(&w->run[0])) {
        err = why_set(buf_err(&w->run[0]), "writing to the store: out of memory");
    }
    while (err == ERR_OK && taken) {
        err = take_before(w, &taken);
    }
    return err ? err : write_run(w);
}

enum err
live_blocks_flush(struct live_blocks *w)
{
    size_t at = 0;
    enum err err = ERR_OK;

    if (!w->sorted) {
        qsort(w->items, w->count, sizeof(*w->items), compare_items);
    }
    while (at < w->count && err == ERR_OK) {
        err = write_some(w, &at);
    }
    live_blocks_clear(w);
    return err;
}
