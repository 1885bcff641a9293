/*
 * store - the embedded database: what was seen, joined and concluded. The only folder that knows
 * SQLite. Documented, versioned views (v_alerts ...) are the contract; docs/OUTPUT.md lists them.
 *
 * Modes:   NEW writes a fresh file for one replay, fast and without a journal: it is complete only
 *          after store_finish(), so callers write beside the final name and rename. READ opens a
 *          finished store (also a read-only evidence copy). EDIT adds rows to `inbox` (ack, mute).
 * Form:    alerts, stories, attempts, coverage and health are plain rows, and their views work in
 *          any SQLite program. The detail of events is packed, for speed and size: v_events and
 *          store_events read it through Kanari alone.
 * Threads: one thread per handle.
 * Errors:  ERR_NOTFOUND no such file, ERR_FORMAT not a Kanari store or a newer schema, ERR_BUSY
 *          locked, ERR_FULL disk full, ERR_ACCESS, ERR_IO. store_why() has one sentence.
 */
#pragma once

#include "core/alert.h"
#include "core/attempt.h"
#include "core/coverage.h"
#include "core/event.h"
#include "core/process.h"
#include "core/story.h"

struct store;
enum store_mode { STORE_NEW, STORE_READ, STORE_EDIT };

MUST_CHECK enum err store_open(const char *path, enum store_mode mode, struct store **out);
void store_close(struct store *s);
/* Why the last call on any handle of this thread failed; "" when it did not. Until the next call.
 */
const char *store_why(void);

/* -- writing (NEW); batched transactions are the store's own business -------------------------
 * Events are put in event order (event_cmp): one older than the last is ERR_USAGE; reading keeps
 * the order of puts within one tick. Their texts are cut as event_pack() does. What is put can be
 * read once the store is finished. There is no journal: after one failed put every later call fails
 * too, and the file is to be deleted. */
MUST_CHECK enum err store_put_event(struct store *s, const struct event *ev);
/* The same, of an event whose packed form is at hand; {NULL, 0}: it is not. */
MUST_CHECK enum err store_put_packed(struct store *s, const struct event *ev, struct sv packed);
MUST_CHECK enum err store_put_attempt(struct store *s, const struct attempt *a);
MUST_CHECK enum err store_put_alert(struct store *s,
                                    const struct alert *a); /* by id: newest wins */
MUST_CHECK enum err store_put_story(struct store *s, const struct story *st);
/* By (host, pid, started_ft): put again, the newer one wins where it knows something. */
MUST_CHECK enum err store_put_process(struct store *s, const struct process *p);
MUST_CHECK enum err store_put_coverage(struct store *s, const struct coverage *c);
MUST_CHECK enum err store_put_health(struct store *s, uint64_t time_ft, struct sv name,
                                     struct sv object, uint64_t value); /* counters, damages */
MUST_CHECK enum err store_finish(struct store *s);                      /* commit, sync */

/* Bytes the file may grow to; a put beyond is ERR_FULL. */
MUST_CHECK enum err store_size_cap(struct store *s, uint64_t max_len);

/* -- the inbox (EDIT) ------------------------------------------------------------------------ */
enum store_request { STORE_ACK, STORE_MUTE };
struct store_answer {
    enum store_request what;
    struct sv alert_id;
    struct sv why;
    uint64_t until_ft; /* STORE_MUTE only */
    uint64_t now_ft;
};
/* ERR_NOTFOUND: no such alert. */
MUST_CHECK enum err store_answer(struct store *s, const struct store_answer *a);
/* Copies inbox rows from another store (a replay that replaces a store keeps them). */
MUST_CHECK enum err store_copy_inbox(struct store *to, struct store *from);

/* -- reading --------------------------------------------------------------------------------- */
enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT, CELL_BLOB };
/* How a column is to be shown; known for the columns of the documented views. */
enum cell_show {
    SHOW_PLAIN,
    SHOW_TIME,  /* INT, FILETIME ticks: JSON ISO 8601, tables local time */
    SHOW_ID64,  /* INT: JSON string */
    SHOW_HEX32, /* INT: 0x%08x */
    SHOW_BOOL,
    SHOW_JSON,   /* TEXT that is JSON (arrays, objects): inlined in JSON output */
    SHOW_FOREIGN /* TEXT from outside: escaped wherever shown to a person */
};
struct cell {
    enum cell_type type;
    int64_t i;
    double real;
    struct sv text; /* until the next rows_next() */
};

/* 0 / {NULL,0} = not asked for. Times are on the row's own time (alerts: last seen). */
struct store_filter {
    uint64_t since_ft, until_ft;
    uint64_t at_ft; /* ROWS_PROCESSES only: running at that time */
    struct sv host;
    struct sv id;   /* alert or story */
    struct sv rule; /* glob */
    enum severity min_severity;
    bool open_only;
    struct sv kind; /* event kind */
    enum { BY_SOURCE, BY_ACCOUNT, BY_SERVICE, BY_ADAPTER } by;
    uint64_t limit;
};
enum store_rows {
    ROWS_ALERTS,    /* v_alerts, newest first */
    ROWS_STORIES,   /* v_stories, most severe first, then newest */
    ROWS_ATTEMPTS,  /* v_logon_attempts, oldest first */
    ROWS_LOGONS,    /* attempts summed up by filter.by, most first */
    ROWS_EVENTS,    /* v_events and attempts as events, in event order */
    ROWS_PROCESSES, /* v_processes, oldest first; filter.at_ft: those that ran then */
    ROWS_COVERAGE,
    ROWS_HEALTH,
};
struct rows;
MUST_CHECK enum err store_rows(struct store *s, enum store_rows what, const struct store_filter *f,
                               struct rows **out);
/* What a query may cost, in steps of SQLite's machine: about a minute. Beyond it rows_next() is
 * ERR_CANCELLED. store_query_cap() sets less. */
#define STORE_QUERY_OPS_MAX UINT64_C(5000000000)
void store_query_cap(struct store *s, uint64_t ops);
/* One statement of the user's, read-only by authorizer: a write, PRAGMA, ATTACH or a second
 * statement is ERR_ACCESS or ERR_USAGE with store_why(). */
MUST_CHECK enum err store_query(struct store *s, const char *sql, struct rows **out);
MUST_CHECK enum err rows_next(struct rows *r); /* ERR_END after the last */
size_t rows_columns(const struct rows *r);
const char *rows_name(const struct rows *r, size_t column);
enum cell_show rows_show(const struct rows *r, size_t column);
struct cell rows_cell(const struct rows *r, size_t column);
void rows_close(struct rows *r);

/* Every stored event, as it was put, in event order: a store is an input of replay too. */
struct store_events;
MUST_CHECK enum err store_events_open(struct store *s, const struct store_filter *f,
                                      struct store_events **out);
MUST_CHECK enum err store_events_next(struct store_events *e, struct event *out); /* until next */
void store_events_close(struct store_events *e);

/* The oldest and newest event time; zeros when empty. "--since 7d" counts from the newest. */
MUST_CHECK enum err store_span(struct store *s, uint64_t *first_ft, uint64_t *last_ft);

/* The documented views, for docs/OUTPUT.md: view, column, show, meaning. */
struct store_column {
    const char *view;
    const char *column;
    enum cell_show show;
    const char *meaning;
};
extern const struct store_column store_columns[];
extern const size_t store_column_count;
