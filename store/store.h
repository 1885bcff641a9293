/*
 * store - the embedded database: what was seen, joined and concluded. The only folder that knows
 * SQLite. Documented, versioned views (v_alerts ...) are the contract; docs/OUTPUT.md lists them.
 *
 * Modes:   NEW writes a fresh file for one replay, fast and without a journal: it is complete only
 *          after store_finish(), so callers write beside the final name and rename. READ opens a
 *          finished store, a live one, or a read-only evidence copy of either. EDIT adds rows to
 *          `inbox` (ack, mute). LIVE is the service's: see below.
 * Form:    alerts, stories, attempts, coverage and health are plain rows, and their views work in
 *          any SQLite program. The detail of events is packed, for speed and size: v_events and
 *          store_events read it through Kanari alone.
 * Threads: one thread per handle.
 * Versions: LIVE migrates older schemas forward; the other modes take them as they are.
 * Errors:  ERR_NOTFOUND no such file, ERR_FORMAT not a Kanari store or a newer schema, ERR_BUSY
 *          locked, ERR_FULL disk full, ERR_ACCESS, ERR_IO. store_why() has one sentence.
 */
#pragma once

#include "core/alert.h"
#include "core/attempt.h"
#include "core/coverage.h"
#include "core/event.h"
#include "core/net_adapter.h"
#include "core/process.h"
#include "core/story.h"

struct store;
enum store_mode { STORE_NEW, STORE_READ, STORE_EDIT, STORE_LIVE };

MUST_CHECK enum err store_open(const char *path, enum store_mode mode, struct store **out);
void store_close(struct store *s);
/* Why the last call on any handle of this thread failed; "" when it did not. Until the next call.
 */
const char *store_why(void);

/* -- writing (NEW, LIVE) -----------------------------------------------------------------------
 * NEW: batched transactions are the store's own business. Events are put in event order
 * (event_cmp): one older than the last is ERR_USAGE; reading keeps the order of puts within one
 * tick. Their texts are cut as event_pack() does. What is put can be read once the store is
 * finished. There is no journal: after one failed put every later call fails too, and the file is
 * to be deleted. */
MUST_CHECK enum err store_put_event(struct store *s, const struct event *ev);
/* The same, of an event whose packed form is at hand; {NULL, 0}: it is not. */
MUST_CHECK enum err store_put_packed(struct store *s, const struct event *ev, struct sv packed);
MUST_CHECK enum err store_put_attempt(struct store *s, const struct attempt *a);
MUST_CHECK enum err store_put_alert(struct store *s,
                                    const struct alert *a); /* by id: newest wins */
MUST_CHECK enum err store_put_story(struct store *s, const struct story *st);
/* By (host, pid, started_ft): put again, the newer one wins where it knows something. */
MUST_CHECK enum err store_put_process(struct store *s, const struct process *p);
/* By (host, guid, from_ft): put again, the newer one wins. One that is like the adapter's last,
 * which nobody ended, goes on from there. */
MUST_CHECK enum err store_put_adapter(struct store *s, const struct net_adapter *a);
/* LIVE: an interval may grow; the same (host, source, from_ft, state) replaces what was put. */
MUST_CHECK enum err store_put_coverage(struct store *s, const struct coverage *c);
MUST_CHECK enum err store_put_health(struct store *s, uint64_t time_ft, struct sv name,
                                     struct sv object, uint64_t value); /* counters, damages */
MUST_CHECK enum err store_finish(struct store *s);                      /* commit, sync */

/* Bytes the file may grow to. NEW: a put beyond is ERR_FULL. LIVE: at least STORE_SIZE_MIN, else
 * ERR_RANGE; holds from the next store_begin() on. */
MUST_CHECK enum err store_size_cap(struct store *s, uint64_t max_len);

/* -- writing live (LIVE) -----------------------------------------------------------------------
 * One process writes, batch by batch, while others read and EDIT. store_open() makes the file where
 * there is none. What was committed survives a kill at any instant, once: a batch is there as a
 * whole with its bookmarks, or not at all. (A loss of power may take back the last batches as
 * wholes; the file stays sound.)
 *
 * Batches: store_begin(), any puts, store_commit(). A put or commit that fails has undone the whole
 *          batch; until the next store_begin() all puts give the same error. The handle stays
 *          usable: put the same batch again when there is room, nothing of it is in the store.
 *          Keep a batch below a 32nd of the size cap, all in all.
 * Late:    events may be put in any order of time, also after the clock was set back: each keeps
 *          its time and is read where that belongs, within one tick in the order of puts. One that
 *          is older than stored ones costs rewriting their block (64 KiB), once a batch.
 *          Beyond TM_MAX_FT it is ERR_RANGE.
 * Errors:  ERR_BUSY another program is writing (after two seconds), or has been reading for so long
 *          that the journal is at its bound: try again. ERR_FULL, ERR_ACCESS, ERR_IO: try again
 *          later. ERR_FORMAT: the file was damaged. It, with its -wal, is now
 *          NAME.damaged-<time>; a new store began, without bookmarks, whose v_health has a row
 *          store_damaged with the reason. Begin the batch again. From store_open(): a newer schema,
 *          which stays untouched; damage found there is set aside without an error.
 */
struct store_bookmark {
    struct sv source; /* 1 to STORE_BOOKMARK_SOURCE_MAX bytes */
    struct sv value;  /* opaque text; up to STORE_BOOKMARK_MAX bytes */
    uint64_t time_ft;
};
#define STORE_BOOKMARK_SOURCE_MAX 512
#define STORE_BOOKMARK_MAX (16u * 1024)

/* Makes room first, when the store is near its cap: that may take seconds. */
MUST_CHECK enum err store_begin(struct store *s);
/* Replaces the bookmarks of these sources. ERR_RANGE: one is too long; the batch is undone. */
MUST_CHECK enum err store_commit(struct store *s, const struct store_bookmark *marks, size_t count);
void store_rollback(struct store *s);
/* ERR_NOTFOUND: none of that source. `value` is cleared first; time_ft may be NULL. */
MUST_CHECK enum err store_bookmark(struct store *s, struct sv source, struct buf *value,
                                   uint64_t *time_ft);

/* Snapshots of alerts that are to be reported elsewhere, oldest first. Put one in the batch of its
 * alert; take it, report it, and only then say it is sent: so each is reported at least once. Of
 * STORE_OUTBOX_MAX rows a further one drops the oldest, and v_health counts outbox_dropped. */
struct store_outbox {
    int64_t number;
    char alert_id[ALERT_ID_MAX];
    uint32_t revision;
    uint64_t time_ft; /* when it was put */
};
#define STORE_OUTBOX_MAX 10000
/* In a batch. The same (alert, revision) twice is once. */
MUST_CHECK enum err store_outbox_put(struct store *s, const struct alert *a, uint64_t now_ft);
/* ERR_END: nothing is to be sent. */
MUST_CHECK enum err store_outbox_next(struct store *s, struct store_outbox *out);
/* How many are to be sent. */
MUST_CHECK enum err store_outbox_count(struct store *s, uint64_t *out);
/* In a batch or, outside of one, at once. */
MUST_CHECK enum err store_outbox_sent(struct store *s, int64_t number);

/* What the sensor says of one of its sources, as of updated_ft; by name: the newer replaces it. */
struct store_source {
    struct sv name;    /* 1 to STORE_NAME_MAX bytes */
    struct sv channel; /* the advice is about it */
    bool optional;     /* may be absent without being missed */
    struct sv state;   /* words of v_sources */
    uint32_t code;     /* Win32 */
    struct sv call, advice;
    uint64_t records, events, unreadable, gaps, lost;
    uint64_t per_minute, backlog; /* UINT64_MAX: not known */
    uint64_t last_record_ft, last_read_ft, since_ft, updated_ft;
};
#define STORE_NAME_MAX 128
#define STORE_VALUE_MAX 4096 /* longer values are cut between characters */
/* In a batch. ERR_RANGE: no name, or too long a one. */
MUST_CHECK enum err store_put_source(struct store *s, const struct store_source *source);
/* A fact of the sensor, by its name (store/status_names.h): the newer replaces it. In a batch. */
MUST_CHECK enum err store_put_status(struct store *s, struct sv name, struct sv value,
                                     uint64_t now_ft);

/* Requests of the inbox that nobody has taken yet, oldest first: each once, for the batch marks it
 * as taken, and takes that back when it is undone. `who` is borrowed for the call. An error of fn
 * undoes the batch and is the result. In a batch. */
typedef enum err (*store_request_fn)(void *ctx, int64_t number, struct sv who, uint64_t time_ft);
MUST_CHECK enum err store_requests_take(struct store *s, store_request_fn fn, void *ctx);
/* Is there a request that nobody has taken yet? Outside of a batch, too; costs next to nothing. */
MUST_CHECK enum err store_requests_waiting(struct store *s, bool *out);
/* Somebody muted the alert until later than now. In a batch or outside of one. */
MUST_CHECK enum err store_muted(struct store *s, struct sv alert_id, uint64_t now_ft, bool *out);

/* The file with its journal stays below this, see store_size_cap(): the oldest events, attempts,
 * processes, adapters, coverage and health are rolled up into v_daily. Alerts, stories, answers
 * and, as long as there is anything else to take, daily counts stay. */
#define STORE_SIZE_DEFAULT (UINT64_C(256) * 1024 * 1024)
#define STORE_SIZE_MIN (UINT64_C(2) * 1024 * 1024)

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
/* Asks the running sensor for the alert of a test: an alert of rule 1030 with this number as its
 * key is the answer. */
MUST_CHECK enum err store_request_test(struct store *s, struct sv who, uint64_t now_ft,
                                       int64_t *number);
/* Copies answers from another store (a replay that replaces a store keeps them). */
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
    struct sv id;                /* alert or story */
    struct sv rule;              /* glob */
    uint32_t rule_from, rule_to; /* alerts: its number, both included; rule_to 0: any */
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
    ROWS_SOURCES,         /* v_sources, by name; a store that no sensor wrote has none */
    ROWS_STATUS,          /* v_status, by name */
    ROWS_ADAPTERS,        /* v_adapters, by computer and name, those that are gone last */
    ROWS_ADAPTER_HISTORY, /* v_adapter_history, oldest first */
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

/* Alerts and stories as they were put, in the order of ROWS_ALERTS and ROWS_STORIES (READ, LIVE).
 * rule_of gives the rule of an alert's number; alerts of which it gives NULL are left out. What fn
 * returns ends the reading. fn may write to the store: what is given are the rows that were there
 * at first, each as it is when it is given. A row that breaks its format is left out, and when all
 * others were given the answer is ERR_FORMAT. */
typedef const struct rule *(*store_rule_fn)(uint32_t id);
typedef enum err (*store_alert_fn)(void *ctx, const struct alert *a); /* borrowed */
typedef enum err (*store_story_fn)(void *ctx, const struct story *st);
MUST_CHECK enum err store_each_alert(struct store *s, const struct store_filter *f,
                                     store_rule_fn rule_of, store_alert_fn fn, void *ctx);
MUST_CHECK enum err store_each_story(struct store *s, const struct store_filter *f,
                                     store_story_fn fn, void *ctx);
/* ERR_NOTFOUND; ERR_UNSUPPORTED: rule_of does not know its rule; ERR_FORMAT: it is damaged. */
MUST_CHECK enum err store_alert(struct store *s, struct sv id, store_rule_fn rule_of,
                                struct alert *out);

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
