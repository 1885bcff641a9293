/* rollup - counts old detail by day, deletes it, gives the pages back. */
#include "store/rollup.h"

#include <sqlite3.h>
#include <stdio.h>

#include "core/tm.h"
#include "store/block_writer.h"
#include "store/live.h"
#include "store/rollup_count.h"

#define WAL_SHARE 8                 /* of the cap */
#define WAL_MAX (32u * 1024 * 1024) /* copying it stops the writer for a tenth of a second */
#define ROOM_SHARE 16               /* of what the database may have, is free after a roll-up */
#define STEPS_MAX 100000            /* each takes something, so this is never reached */
#define ATTEMPT_LEN 100             /* about what a row costs with its texts */

static const char doing[] = "making room in the store";

enum err
live_size_cap(struct store *s, uint64_t max_len)
{
    if (max_len < STORE_SIZE_MIN || max_len > INT64_MAX) {
        return why_set(ERR_RANGE, "a store can't be kept in so few bytes");
    }
    s->live->size_cap = max_len;
    return ERR_OK;
}

/* -- the journal ------------------------------------------------------------------------------ */

static enum err
checkpoint(struct store *s, int mode)
{
    int pages = 0;
    int copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, &pages, &copied);

    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
        return why_sqlite(s->db, rc, doing);
    }
    if (rc == SQLITE_OK && pages == copied) {
        s->live->wal_pages = 0;
    }
    return ERR_OK;
}

static enum err
keep_journal_small(struct store *s, uint64_t page_len)
{
    uint64_t share = s->live->size_cap / WAL_SHARE;
    uint64_t max_pages = (share < WAL_MAX ? share : WAL_MAX) / page_len;
    enum err err = ERR_OK;

    if (s->live->wal_pages >= max_pages / 2) {
        err = checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
    }
    if (err == ERR_OK && s->live->wal_pages >= max_pages) {
        /* All is copied, or soon; what is needed is that nobody reads the end of the journal. */
        err = checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
        if (err == ERR_OK && s->live->wal_pages >= max_pages) {
            err = why_set(ERR_BUSY, "%s: another program has been reading it for too long", doing);
        }
    }
    return err;
}

/* -- what is the oldest ----------------------------------------------------------------------- */

struct sizes {
    int64_t page_len, pages, free_pages;
};

static enum err
measure(struct store *s, struct sizes *out)
{
    enum err err = db_int(s->db, "PRAGMA page_size", &out->page_len);

    if (err == ERR_OK) {
        err = db_int(s->db, "PRAGMA page_count", &out->pages);
    }
    if (err == ERR_OK) {
        err = db_int(s->db, "PRAGMA freelist_count", &out->free_pages);
    }
    return err;
}

/* The time before which detail goes; 0 when there is none. Ages are ranks, not differences: a
 * single record of a wrong year must not take all others with it. */
static enum err
find_cutoff(struct store *s, int64_t *out)
{
    static const char *const ranked[] = {
        "SELECT last_ft+1 FROM event_block ORDER BY first_ft,id LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM event_block)",
        "SELECT first_ft+1 FROM attempt ORDER BY first_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM attempt)",
        "SELECT last_ft+1 FROM process ORDER BY last_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM process)",
        "SELECT last_ft+1 FROM adapter ORDER BY last_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM adapter)",
        "SELECT ifnull(to_ft,0)+1 FROM coverage ORDER BY to_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM coverage)",
        "SELECT to_ft+1 FROM watched ORDER BY to_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM watched)",
        "SELECT ifnull(time_ft,0)+1 FROM health ORDER BY time_ft LIMIT 1 "
        "OFFSET (SELECT (count(*)-1)/16 FROM health)",
    };
    int64_t event_len = 0;
    int64_t attempts = 0;
    bool attempts_first;
    enum err err = db_int(s->db, "SELECT total(length(data)) FROM event_block", &event_len);

    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT count(*) FROM attempt", &attempts);
    }
    if (err) {
        return err;
    }
    attempts_first = attempts * ATTEMPT_LEN > event_len;
    *out = 0;
    err = ERR_NOTFOUND;
    for (size_t i = 0; i < COUNT(ranked) && err == ERR_NOTFOUND; i++) {
        size_t swapped = i < 2 && attempts_first ? 1 - i : i;

        err = db_int(s->db, ranked[swapped], out);
    }
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* -- one step --------------------------------------------------------------------------------- */

/* Numbers of texts are remembered, so these may go only when all remembered ones do. */
static const char sweep_texts[] =
    "DELETE FROM account WHERE id NOT IN "
    "(SELECT account FROM attempt WHERE account IS NOT NULL);"
    "DELETE FROM text WHERE id NOT IN (SELECT host FROM attempt WHERE host IS NOT NULL "
    "UNION SELECT src FROM attempt WHERE src IS NOT NULL "
    "UNION SELECT channel FROM attempt WHERE channel IS NOT NULL "
    "UNION SELECT workstation FROM attempt WHERE workstation IS NOT NULL "
    "UNION SELECT adapter FROM attempt WHERE adapter IS NOT NULL "
    "UNION SELECT json_extract(w.value,'$[0]') FROM attempt a, json_each(a.more) w "
    "WHERE a.more IS NOT NULL AND json_extract(w.value,'$[0]') IS NOT NULL)";

static enum err
delete_before(struct store *s, int64_t cutoff)
{
    static const char *const tables[] = {
        "event_block WHERE last_ft<",      "attempt WHERE first_ft<",
        "process WHERE last_ft<",          "coverage WHERE ifnull(to_ft,0)<",
        "health WHERE ifnull(time_ft,0)<", "watched WHERE to_ft<",
        "adapter WHERE last_ft<",
    };
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT(tables) && err == ERR_OK; i++) {
        char sql[96];

        (void)snprintf(sql, sizeof(sql), "DELETE FROM %s%lld", tables[i], (long long)cutoff);
        err = db_exec(s->db, sql, doing);
    }
    return err;
}

/* Daily counts, when they are all that is left to take: those of a sixteenth of the days. */
static enum err
take_days(struct store *s)
{
    enum err err = db_exec(s->db,
                           "DELETE FROM daily WHERE day_ft<=(SELECT day_ft FROM (SELECT DISTINCT "
                           "day_ft FROM daily) ORDER BY day_ft LIMIT 1 OFFSET (SELECT "
                           "(count(DISTINCT day_ft)-1)/16 FROM daily))",
                           doing);

    if (err == ERR_OK && sqlite3_changes64(s->db) == 0) {
        err = why_set(ERR_FULL, "%s: all that is left are alerts, which stay", doing);
    }
    return err;
}

static enum err
take_oldest(struct store *s)
{
    int64_t cutoff = 0;
    enum err err = find_cutoff(s, &cutoff);

    if (err || cutoff == 0) {
        return err ? err : take_days(s);
    }
    err = rollup_count_events(s->db, cutoff);
    if (err == ERR_OK) {
        err = rollup_count_attempts(s->db, cutoff);
    }
    return err ? err : delete_before(s, cutoff);
}

static enum err
step(struct store *s, enum err (*fn)(struct store *s))
{
    enum err err = db_exec(s->db, "BEGIN IMMEDIATE", doing);

    if (err) {
        return err;
    }
    err = fn(s);
    return err ? err : db_exec(s->db, "COMMIT", doing); /* who called undoes what failed */
}

static enum err
sweep(struct store *s)
{
    return db_exec(s->db, sweep_texts, doing);
}

/* Gives back what the file has beyond `limit`. */
static enum err
shrink(struct store *s, int64_t limit)
{
    struct sizes now;
    char sql[64];
    enum err err = measure(s, &now);

    if (err || now.pages <= limit) {
        return err;
    }
    (void)snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%lld)",
                   (long long)(now.pages - limit));
    return db_exec(s->db, sql, doing);
}

/* -- all of it -------------------------------------------------------------------------------- */

static enum err
take_until(struct store *s, int64_t page_len, int64_t low)
{
    struct sizes now;
    enum err err = ERR_OK;

    for (int i = 0; i < STEPS_MAX; i++) {
        err = step(s, take_oldest);
        if (err == ERR_OK) {
            err = keep_journal_small(s, (uint64_t)page_len);
        }
        if (err == ERR_OK) {
            err = measure(s, &now);
        }
        if (err || now.pages - now.free_pages <= low) {
            break;
        }
    }
    if (err == ERR_OK) {
        err = step(s, sweep);
    }
    if (err == ERR_OK) {
        texts_forget(s->texts);
    }
    return err;
}

enum err
rollup_make_room(struct store *s)
{
    struct sizes now;
    int64_t limit;
    enum err err = measure(s, &now);

    if (err == ERR_OK) {
        err = keep_journal_small(s, (uint64_t)now.page_len);
    }
    if (err) {
        return err;
    }
    limit = (int64_t)(s->live->size_cap - s->live->size_cap / WAL_SHARE) / now.page_len;
    limit -= limit / ROOM_SHARE; /* the next batch may go a little beyond */
    if (now.pages - now.free_pages > limit) {
        err = take_until(s, now.page_len, limit - limit / ROOM_SHARE);
    }
    if (err == ERR_OK && now.pages > limit) {
        err = shrink(s, limit);
    }
    if (err == ERR_OK) {
        err = keep_journal_small(s, (uint64_t)now.page_len);
    }
    return err;
}
