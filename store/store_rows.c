/* store_rows - the questions that commands ask, as SELECTs with bound parameters. */
#include <sqlite3.h>

#include "core/buf.h"
#include "store/handle.h"
#include "store/rows.h"
#include "store/schema.h"

#define SQL_MAX 65536

/* Every statement numbers its parameters the same way and uses what it needs. */
enum param {
    PARAM_SINCE = 1,
    PARAM_UNTIL,
    PARAM_HOST,
    PARAM_ID,
    PARAM_RULE,
    PARAM_SEVERITY,
    PARAM_KIND,
    PARAM_AT,
    PARAM_RULE_FROM,
    PARAM_RULE_TO,
    PARAM_LIMIT /* always used: it makes the numbers below it exist */
};

#define HOST_NUMBER(column) column " IN (SELECT id FROM text WHERE value=?3)"

/* How rows are found: where they are, which conditions exist for them (NULL: none), their order.
 * An order ends in something unique, so that it is the same in every replay. */
struct source {
    const char *view;
    const char *from;
    const char *since, *until, *host, *id, *rule, *severity, *open, *kind, *at, *rules;
    const char *order;
};

static const struct source alerts = {
    .view = "v_alerts",
    .from = "alert a",
    .since = "a.last_ft>=?1",
    .until = "a.last_ft<?2",
    .host = "a.host=?3",
    .id = "a.id=?4",
    .rule = "lower(a.rule) GLOB ?5",
    .rules = "a.rule_id BETWEEN ?9 AND ?10",
    .severity = "a.severity_level>=?6",
    .open = "a.state='open'",
    .order = "a.last_ft DESC, a.severity_level DESC, a.id",
};

static const struct source stories = {
    .view = "v_stories",
    .from = "story s",
    .since = "s.last_ft>=?1",
    .until = "s.last_ft<?2",
    .host = "s.host=?3",
    .id = "s.id=?4",
    .severity = "s.severity_level>=?6",
    .open = "s.state='open'",
    .order = "s.severity_level DESC, s.last_ft DESC, s.id",
};

static const struct source attempts = {
    .view = "v_logon_attempts",
    .from = "attempt a",
    .since = "a.first_ft>=?1",
    .until = "a.first_ft<?2",
    .host = HOST_NUMBER("a.host"),
    .kind = "?7='logon_attempt'", /* as events, of which they are one kind */
    .order = "a.first_ft, a.id",
};

static const struct source events = {
    .view = "v_events",
    .from = "event_rows e",
    .since = "e.time_ft>=?1",
    .until = "e.time_ft<?2",
    .host = "e.host=?3",
    .kind = "e.kind=?7",
    .order = "order_time, order_part, order_id",
};

#define BEGAN "CASE WHEN p.key_ft>0 THEN p.key_ft ELSE p.first_ft END"
/* An end that was not recorded lies before the next start of that pid. */
#define ENDED_LATER                                                                                \
    "coalesce(p.ended_ft>?8, NOT EXISTS(SELECT 1 FROM process n WHERE n.host=p.host AND "          \
    "n.pid=p.pid AND n.key_ft>max(p.key_ft,0) AND n.key_ft<=?8))"
static const struct source processes = {
    .view = "v_processes",
    .from = "process p",
    .since = BEGAN ">=?1",
    .until = BEGAN "<?2",
    .host = "p.host=?3",
    .at = BEGAN "<=?8 AND " ENDED_LATER,
    .order = BEGAN ", p.host, p.pid, p.key_ft",
};

/* Those that were there at some time of the window. */
static const struct source adapters = {
    .view = "v_adapters",
    .from = SCHEMA_ADAPTERS " d",
    .since = "(d.to_ft IS NULL OR d.to_ft>=?1)",
    .until = "(SELECT min(f.from_ft) FROM adapter f WHERE f.host=d.host AND f.guid=d.guid)<?2",
    .host = "d.host=?3",
    .order = "d.host, d.to_ft IS NOT NULL, d.name, d.guid",
};

static const struct source adapter_history = {
    .view = "v_adapter_history",
    .from = "adapter d",
    .since = "coalesce(" SCHEMA_ADAPTER_TO ">=?1,1)",
    .until = "d.from_ft<?2",
    .host = "d.host=?3",
    .order = "d.from_ft, d.host, d.guid",
};

static const struct source coverage = {
    .view = "v_coverage",
    .from = SCHEMA_COVERAGE " c",
    .since = "c.to_ft>=?1",
    .until = "c.from_ft<?2",
    .host = "c.host=?3",
    .order = "c.host, c.source, c.from_ft, c.to_ft, c.state, c.live, c.id",
};

static const struct source health = {
    .view = "v_health",
    .from = "health h",
    .since = "h.time_ft>=?1",
    .until = "h.time_ft<?2",
    .order = "h.time_ft, h.name, h.object, h.id",
};

static const struct source sources_read = {
    .view = "v_sources",
    .from = "source o",
    .order = "o.name",
};

static const struct source status = {
    .view = "v_status",
    .from = "status u",
    .order = "u.name",
};

/* A SELECT being built. */
struct select {
    struct buf sql;
    enum cell_show shows[SCHEMA_COLUMNS_MAX];
    size_t columns;
};

static void
put_condition(struct buf *sql, const char **glue, bool asked, const char *condition)
{
    if (asked && condition != NULL) {
        buf_printf(sql, "%s%s", *glue, condition);
        *glue = " AND ";
    }
}

static void
put_conditions(struct buf *sql, const struct source *from, const struct store_filter *f)
{
    const char *glue = " WHERE ";

    put_condition(sql, &glue, f->since_ft != 0, from->since);
    put_condition(sql, &glue, f->until_ft != 0, from->until);
    put_condition(sql, &glue, f->host.len > 0, from->host);
    put_condition(sql, &glue, f->id.len > 0, from->id);
    put_condition(sql, &glue, f->rule.len > 0, from->rule);
    put_condition(sql, &glue, f->min_severity > SEV_INFORMATIONAL, from->severity);
    put_condition(sql, &glue, f->open_only, from->open);
    put_condition(sql, &glue, f->kind.len > 0, from->kind);
    put_condition(sql, &glue, f->at_ft != 0, from->at);
    put_condition(sql, &glue, f->rule_to != 0, from->rules);
}

static void
put_plain(struct select *q, const struct source *from, const struct store_filter *f)
{
    struct schema_select what = {from->view, false};

    buf_puts(&q->sql, "SELECT ");
    q->columns = schema_put_columns(&q->sql, &what, q->shows, COUNT(q->shows));
    buf_printf(&q->sql, " FROM %s", from->from);
    put_conditions(&q->sql, from, f);
    buf_printf(&q->sql, " ORDER BY %s LIMIT ?11", from->order);
}

/* Events, and attempts as events, merged by time. */
static void
put_events(struct select *q, const struct store_filter *f)
{
    struct schema_select event = {"v_events", false};
    struct schema_select attempt = {"v_events", true};

    buf_puts(&q->sql, "SELECT ");
    q->columns = schema_put_columns(&q->sql, &event, q->shows, COUNT(q->shows));
    buf_puts(&q->sql, ", e.time_ft AS order_time, 0 AS order_part, e.rowid AS order_id"
                      " FROM event_rows e");
    put_conditions(&q->sql, &events, f);
    buf_puts(&q->sql, " UNION ALL SELECT ");
    (void)schema_put_columns(&q->sql, &attempt, q->shows, COUNT(q->shows));
    buf_puts(&q->sql, ", a.first_ft, 1, a.id FROM attempt a");
    put_conditions(&q->sql, &attempts, f);
    buf_printf(&q->sql, " ORDER BY %s LIMIT ?11", events.order);
}

/* As v_logon_sources, but by whatever the user asks for. */
static void
put_logons(struct select *q, const struct store_filter *f)
{
    static const struct {
        const char *name, *column;
    } keys[] = {
        [BY_SOURCE] = {"source", "src"},
        [BY_ACCOUNT] = {"account", "account_key"},
        [BY_SERVICE] = {"service", "service"},
        [BY_ADAPTER] = {"adapter", "adapter"},
    };
    static const char *const sums[] = {"internet", "attempts",  "connects", "failures",
                                       "refused",  "successes", "accounts"};
    static const char *const view = "v_logon_sources";
    const char *key = schema_column_sql("v_logon_attempts", keys[f->by].column);

    buf_printf(&q->sql, "SELECT %s AS host, %s AS %s", schema_column_sql(view, "host"), key,
               keys[f->by].name);
    q->shows[q->columns++] = SHOW_FOREIGN;
    q->shows[q->columns++] = SHOW_FOREIGN;
    for (size_t i = 0; i < COUNT(sums); i++) {
        buf_printf(&q->sql, ", %s AS %s", schema_column_sql(view, sums[i]), sums[i]);
        q->shows[q->columns++] = i == 0 ? SHOW_BOOL : SHOW_PLAIN;
    }
    buf_printf(&q->sql, ", count(DISTINCT %s) AS sources",
               schema_column_sql("v_logon_attempts", "src"));
    q->shows[q->columns++] = SHOW_PLAIN;
    buf_puts(&q->sql, ", min(a.first_ft) AS first_seen, max(a.first_ft) AS last_seen");
    q->shows[q->columns++] = SHOW_TIME;
    q->shows[q->columns++] = SHOW_TIME;
    buf_puts(&q->sql, " FROM attempt a");
    put_conditions(&q->sql, &attempts, f);
    buf_puts(&q->sql, " GROUP BY 1,2 ORDER BY attempts DESC, 1, 2 LIMIT ?11");
}

static const struct source *const sources[] = {
    [ROWS_ALERTS] = &alerts,        [ROWS_STORIES] = &stories,
    [ROWS_ATTEMPTS] = &attempts,    [ROWS_PROCESSES] = &processes,
    [ROWS_COVERAGE] = &coverage,    [ROWS_HEALTH] = &health,
    [ROWS_SOURCES] = &sources_read, [ROWS_STATUS] = &status,
    [ROWS_ADAPTERS] = &adapters,    [ROWS_ADAPTER_HISTORY] = &adapter_history,
};

static void
put_select(struct select *q, enum store_rows what, const struct store_filter *f)
{
    if (what == ROWS_EVENTS) {
        put_events(q, f);
    } else if (what == ROWS_LOGONS) {
        put_logons(q, f);
    } else {
        put_plain(q, sources[what], f);
    }
}

/* The copy is SQLite's: the filter need not outlive the call. */
static void
bind_copy(sqlite3_stmt *stmt, int at, struct sv text, int *rc)
{
    int failed = sqlite3_bind_text64(stmt, at, text.len == 0 ? "" : text.p, text.len,
                                     SQLITE_TRANSIENT, SQLITE_UTF8);

    *rc = *rc == SQLITE_OK ? failed : *rc;
}

/* As sv_glob() has it: ASCII case folded, and '[' is a letter like any other. */
static enum err
bind_glob(sqlite3_stmt *stmt, struct sv glob, int *rc)
{
    struct buf folded;
    enum err err;

    buf_init(&folded, SQL_MAX);
    for (size_t i = 0; i < glob.len; i++) {
        char c = glob.p[i];

        if (c == '[') {
            buf_puts(&folded, "[[]");
        } else {
            buf_putc(&folded, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        }
    }
    err = buf_err(&folded);
    if (err == ERR_OK) {
        bind_copy(stmt, PARAM_RULE, buf_sv(&folded), rc);
    }
    buf_fini(&folded);
    return err ? why_set(err, "the rule to look for is too long") : ERR_OK;
}

static enum err
bind_filter(struct store *s, sqlite3_stmt *stmt, const struct store_filter *f)
{
    bool unlimited = f->limit == 0 || f->limit > INT64_MAX;
    int rc = SQLITE_OK;
    enum err err = bind_glob(stmt, f->rule, &rc);

    if (err) {
        return err;
    }
    db_bind_int(stmt, PARAM_SINCE, (int64_t)f->since_ft, &rc);
    db_bind_int(stmt, PARAM_UNTIL, (int64_t)f->until_ft, &rc);
    bind_copy(stmt, PARAM_HOST, f->host, &rc);
    bind_copy(stmt, PARAM_ID, f->id, &rc);
    db_bind_int(stmt, PARAM_SEVERITY, f->min_severity, &rc);
    bind_copy(stmt, PARAM_KIND, f->kind, &rc);
    db_bind_int(stmt, PARAM_AT, (int64_t)f->at_ft, &rc);
    db_bind_int(stmt, PARAM_RULE_FROM, f->rule_from, &rc);
    db_bind_int(stmt, PARAM_RULE_TO, f->rule_to, &rc);
    db_bind_int(stmt, PARAM_LIMIT, unlimited ? -1 : (int64_t)f->limit, &rc);
    return rc == SQLITE_OK ? ERR_OK : why_sqlite(s->db, rc, "reading the store");
}

enum err
store_rows(struct store *s, enum store_rows what, const struct store_filter *f, struct rows **out)
{
    struct select q = {.columns = 0};
    struct rows_opts opts = {NULL, 0, q.shows, false};
    enum err err;

    *out = NULL;
    why_clear();
    buf_init(&q.sql, SQL_MAX);
    put_select(&q, what, f);
    err = buf_err(&q.sql);
    err = err ? why_set(err, "reading the store: out of memory")
              : db_prepare(s->db, buf_str(&q.sql), &opts.stmt);
    buf_fini(&q.sql);
    if (err) {
        return err;
    }
    err = bind_filter(s, opts.stmt, f);
    if (err) {
        (void)sqlite3_finalize(opts.stmt);
        return err;
    }
    opts.columns = q.columns;
    return rows_start(s, &opts, out);
}

static enum err
collect_ids(struct store *s, sqlite3_stmt *stmt, struct buf *out)
{
    enum err err;

    while ((err = db_step(s->db, stmt, "reading the store")) == ERR_OK) {
        char id[ALERT_ID_MAX] = "";
        struct sv text = db_text(stmt, 0);

        if (text.len > 0) {
            memcpy(id, text.p, text.len < sizeof(id) ? text.len : sizeof(id) - 1);
        }
        buf_put(out, id, sizeof(id));
    }
    if (err != ERR_END) {
        return err;
    }
    return buf_err(out) ? why_set(buf_err(out), "reading the store: out of memory") : ERR_OK;
}

enum err
rows_ids(struct store *s, enum store_rows what, const struct store_filter *f, struct buf *out)
{
    sqlite3_stmt *stmt = NULL;
    struct buf sql;
    enum err err;

    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "SELECT id FROM %s", sources[what]->from);
    put_conditions(&sql, sources[what], f);
    buf_printf(&sql, " ORDER BY %s LIMIT ?11", sources[what]->order);
    err = buf_err(&sql);
    err = err ? why_set(err, "reading the store: out of memory")
              : db_prepare(s->db, buf_str(&sql), &stmt);
    buf_fini(&sql);
    if (!err) {
        err = bind_filter(s, stmt, f);
    }
    if (!err) {
        err = collect_ids(s, stmt, out);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}
