/* store_query - one SELECT of the user's, and the guard that keeps it one. */
#include <sqlite3.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/handle.h"
#include "store/rows.h"
#include "store/schema.h"

#define QUERY_MAX (64u * 1024)
#define PROGRESS_OPS 10000 /* steps between looks at the allowance */
#define WORD_MAX 16

/* Promised by the documentation; nothing fills them yet. */
static const char *const later_views[][2] = {
    {"v_exposure", "open ports"},
    {"v_scans", "scans"},
    {"v_actions", "actions"},
};

/* Calls that leave the database, where an SQLite has them at all. */
static const char *const denied_functions[] = {
    "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "sqlite_log",
};

static bool
function_denied(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(denied_functions); i++) {
        if (sqlite3_stricmp(name, denied_functions[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Asked for each thing a statement would do, when it is prepared. Only the database itself is
 * read: no temporary tables, nothing attached. */
static int
authorize(void *ctx, int action, const char *a, const char *b, const char *db, const char *view)
{
    struct store *s = ctx;
    bool allowed;

    (void)a;
    (void)view;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        allowed = true;
        break;
    case SQLITE_READ:
        allowed = db == NULL || strcmp(db, "main") == 0 ||
                  (s->version < SCHEMA_VERSION && strcmp(db, "temp") == 0); /* open_lend() */
        break;
    case SQLITE_FUNCTION:
        allowed = !function_denied(b);
        break;
    default:
        allowed = false;
        break;
    }
    if (!allowed && s->denied == 0) {
        s->denied = action;
    }
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

static int
progress(void *ctx)
{
    struct store *s = ctx;

    if (s->allowance == NULL) {
        return 0;
    }
    if (*s->allowance < PROGRESS_OPS) {
        return 1;
    }
    *s->allowance -= PROGRESS_OPS;
    return 0;
}

void
query_guard(struct store *s)
{
    (void)sqlite3_set_authorizer(s->db, authorize, s);
    sqlite3_progress_handler(s->db, PROGRESS_OPS, progress, s);
}

void
store_query_cap(struct store *s, uint64_t ops)
{
    s->query_ops = ops;
}

/* The statement's first word in capitals; "IT" when it starts with a comment. */
static void
first_word(const char *sql, char out[WORD_MAX])
{
    size_t len = 0;

    sql += strspn(sql, " \t\r\n;");
    while (len < WORD_MAX - 1 && ((*sql >= 'a' && *sql <= 'z') || (*sql >= 'A' && *sql <= 'Z'))) {
        out[len++] = (char)(*sql++ & ~0x20);
    }
    out[len] = '\0';
    if (len == 0) {
        memcpy(out, "IT", sizeof("IT"));
    }
}

static enum err
refuse(const struct store *s, const char *sql)
{
    char word[WORD_MAX];

    first_word(sql, word);
    switch (s->denied) {
    case SQLITE_FUNCTION:
    case SQLITE_READ:
        return why_set(ERR_ACCESS, "this query asks for more than the store: kanari query only "
                                   "reads its views");
    case SQLITE_PRAGMA:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return why_set(ERR_ACCESS, "%s is not for queries: kanari query only reads", word);
    default:
        return why_set(ERR_ACCESS, "this query would write (%s ...): kanari query only reads",
                       word);
    }
}

/* "no such table: v_scans" deserves a better answer. */
static enum err
explain(struct store *s, int rc)
{
    static const char no_table[] = "no such table: ";
    const char *text = sqlite3_errmsg(s->db);

    if (strncmp(text, no_table, sizeof(no_table) - 1) != 0) {
        enum err err = why_sqlite(s->db, rc, "the query");
        return err == ERR_INTERNAL ? ERR_USAGE : err;
    }
    text += sizeof(no_table) - 1;
    for (size_t i = 0; i < COUNT(later_views); i++) {
        if (sqlite3_stricmp(text, later_views[i][0]) == 0) {
            return why_set(ERR_USAGE, "%s is empty: this version does not collect %s yet",
                           later_views[i][0], later_views[i][1]);
        }
    }
    return why_set(ERR_USAGE,
                   "the query: no such view: %s; there are v_alerts, v_stories, "
                   "v_logon_attempts, v_logon_sources, v_events, v_coverage, v_health",
                   text);
}

/* Behind the statement there may be blanks, comments and semicolons, and nothing else. */
static enum err
check_tail(struct store *s, const char *tail)
{
    while (*tail != '\0') {
        sqlite3_stmt *more = NULL;
        int rc = sqlite3_prepare_v2(s->db, tail, -1, &more, &tail);
        bool empty = rc == SQLITE_OK && more == NULL;

        (void)sqlite3_finalize(more);
        if (rc == SQLITE_NOMEM) {
            return why_sqlite(s->db, rc, "the query");
        }
        if (!empty) {
            return why_set(ERR_USAGE, "the query: one statement at a time");
        }
    }
    return ERR_OK;
}

static enum err
prepare_query(struct store *s, const char *sql, sqlite3_stmt **out)
{
    const char *tail = "";
    sqlite3_stmt *stmt = NULL;
    enum err err;
    int rc;

    s->denied = 0;
    rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, &tail);
    if (s->denied != 0) {
        err = refuse(s, sql);
    } else if (rc != SQLITE_OK) {
        err = explain(s, rc);
    } else if (stmt == NULL) {
        err = why_set(ERR_USAGE, "the query is empty");
    } else if (!sqlite3_stmt_readonly(stmt) || sqlite3_column_count(stmt) == 0) {
        err = refuse(s, sql); /* VACUUM and the like ask the guard only when they run */
    } else {
        err = check_tail(s, tail);
    }
    if (err) {
        (void)sqlite3_finalize(stmt);
        stmt = NULL;
    }
    *out = stmt;
    return err;
}

/* A query may name anything anything, so a name tells how numbers are to be shown, and no more:
 * text is foreign, times of the views are ISO text already. */
static enum cell_show
show_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < store_column_count; i++) {
        enum cell_show show = store_columns[i].show;

        if (strcmp(store_columns[i].column, name) == 0 &&
            (show == SHOW_ID64 || show == SHOW_HEX32 || show == SHOW_BOOL)) {
            return show;
        }
    }
    return SHOW_FOREIGN;
}

enum err
store_query(struct store *s, const char *sql, struct rows **out)
{
    struct rows_opts opts = {.is_query = true};
    enum cell_show *shows = NULL;
    enum err err;

    *out = NULL;
    why_clear();
    err = handle_check(s, STORE_READ);
    if (err) {
        return err;
    }
    if (strlen(sql) > QUERY_MAX) {
        return why_set(ERR_RANGE, "the query is longer than %u bytes", QUERY_MAX);
    }
    err = prepare_query(s, sql, &opts.stmt);
    if (err) {
        return err;
    }
    opts.columns = (size_t)sqlite3_column_count(opts.stmt);
    shows = mem_array(opts.columns, sizeof(*shows));
    if (shows == NULL) {
        (void)sqlite3_finalize(opts.stmt);
        return why_set(ERR_NOMEM, "the query: out of memory");
    }
    for (size_t i = 0; i < opts.columns; i++) {
        shows[i] = show_of(sqlite3_column_name(opts.stmt, (int)i));
    }
    opts.shows = shows;
    err = rows_start(s, &opts, out);
    mem_free(shows);
    return err;
}
