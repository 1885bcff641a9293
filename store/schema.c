/* schema - builds the SQL of the schema from the lists of columns and event fields. */
#include "store/schema.h"

#include <assert.h>

struct view {
    const char *name;
    const char *from; /* what follows the columns */
};

struct column_sql {
    const char *name;
    const char *sql;
};

/* Repeated texts (computers, channels, addresses) are numbers into `text`. There is no index by
 * time: it would cost each replay more than sorting attempts costs those who ask for them in order.
 */
static const char *const tables[] = {
    "CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT NOT NULL)",
    /* store/block_writer.h; read through the virtual table event_rows. */
    "CREATE TABLE event_block(id INTEGER PRIMARY KEY, first_ft INTEGER NOT NULL, "
    "last_ft INTEGER NOT NULL, count INTEGER NOT NULL, kinds INTEGER NOT NULL, "
    "data BLOB NOT NULL)",
    "CREATE TABLE event_field(number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE event_kind(number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE account(id INTEGER PRIMARY KEY, name TEXT, domain TEXT, key TEXT)",
    /* store/attempt_writer.h */
    "CREATE TABLE attempt(id INTEGER PRIMARY KEY, first_ft INTEGER NOT NULL, host INTEGER, "
    "facts INTEGER NOT NULL, account INTEGER, src INTEGER, channel INTEGER, event_id INTEGER, "
    "record_id INTEGER, status INTEGER, logon_type INTEGER, workstation INTEGER, last_ft INTEGER, "
    "witness_ft INTEGER, logon_id INTEGER, adapter INTEGER, more TEXT)",
    "CREATE TABLE alert(id TEXT PRIMARY KEY, revision INTEGER NOT NULL, rule_id INTEGER NOT NULL, "
    "rule TEXT NOT NULL, attack TEXT, severity TEXT NOT NULL, severity_level INTEGER NOT NULL, "
    "state TEXT NOT NULL, retro INTEGER NOT NULL, suppressed INTEGER NOT NULL, "
    "why_suppressed TEXT, host TEXT, key TEXT, first_ft INTEGER, last_ft INTEGER, "
    "count INTEGER NOT NULL, sources INTEGER NOT NULL, accounts INTEGER NOT NULL, "
    "hosts INTEGER NOT NULL, source TEXT, source_class TEXT, internet INTEGER NOT NULL, "
    "account TEXT, service TEXT, adapter TEXT, process TEXT, file TEXT, message TEXT, "
    "params TEXT NOT NULL, evidence TEXT NOT NULL)",
    "CREATE TABLE story(id TEXT PRIMARY KEY, revision INTEGER NOT NULL, host TEXT, "
    "state TEXT NOT NULL, severity TEXT NOT NULL, severity_level INTEGER NOT NULL, "
    "first_ft INTEGER, last_ft INTEGER, first_message TEXT, first_params TEXT NOT NULL, "
    "stages TEXT NOT NULL)",
    "CREATE TABLE coverage(id INTEGER PRIMARY KEY, host TEXT, source TEXT, from_ft INTEGER, "
    "to_ft INTEGER, state TEXT NOT NULL, records INTEGER NOT NULL, "
    "first_id INTEGER, last_id INTEGER)",
    "CREATE TABLE health(id INTEGER PRIMARY KEY, time_ft INTEGER, name TEXT NOT NULL, "
    "object TEXT, value INTEGER NOT NULL)",
    "CREATE TABLE inbox(id INTEGER PRIMARY KEY, time_ft INTEGER NOT NULL, what TEXT NOT NULL, "
    "alert_id TEXT NOT NULL, until_ft INTEGER, why TEXT)",
    /* Since version 2. */
    /* key_ft: the start; where it is not known, minus the time of the first record. */
    "CREATE TABLE process(host TEXT NOT NULL, pid INTEGER NOT NULL, key_ft INTEGER NOT NULL, "
    "ended_ft INTEGER, first_ft INTEGER NOT NULL, last_ft INTEGER NOT NULL, image TEXT, "
    "command_line TEXT, parent_pid INTEGER, parent_started_ft INTEGER, parent_image TEXT, "
    "session_id INTEGER, account TEXT, domain TEXT, sid TEXT, integrity TEXT, "
    "exit_status INTEGER, sequence INTEGER, witnesses INTEGER NOT NULL, "
    "PRIMARY KEY(host, pid, key_ft)) WITHOUT ROWID",
    "CREATE INDEX event_block_time ON event_block(first_ft)",
    "CREATE TABLE bookmark(source TEXT PRIMARY KEY, value TEXT NOT NULL, "
    "time_ft INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, "
    "revision INTEGER NOT NULL, time_ft INTEGER NOT NULL, UNIQUE(alert_id, revision))",
    /* store/rollup.h; '' is a host that no record named, or no outcome. */
    "CREATE TABLE daily(day_ft INTEGER NOT NULL, host TEXT NOT NULL, kind TEXT NOT NULL, "
    "outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(day_ft, host, kind, outcome)) "
    "WITHOUT ROWID",
    /* Coverage of a running sensor, whose intervals grow; a replay's are put once, unlooked at. */
    "CREATE TABLE watched(host TEXT NOT NULL, source TEXT NOT NULL, from_ft INTEGER NOT NULL, "
    "state TEXT NOT NULL, to_ft INTEGER NOT NULL, why TEXT, records INTEGER NOT NULL, "
    "first_id INTEGER, last_id INTEGER, PRIMARY KEY(host, source, from_ft, state)) WITHOUT ROWID",
    "CREATE TABLE source(name TEXT PRIMARY KEY, channel TEXT, optional INTEGER NOT NULL, "
    "state TEXT NOT NULL, code INTEGER NOT NULL, call TEXT, advice TEXT, records INTEGER NOT NULL, "
    "events INTEGER NOT NULL, unreadable INTEGER NOT NULL, gaps INTEGER NOT NULL, "
    "lost INTEGER NOT NULL, per_minute INTEGER, last_record_ft INTEGER, last_read_ft INTEGER, "
    "backlog INTEGER, since_ft INTEGER, updated_ft INTEGER NOT NULL) WITHOUT ROWID",
    /* store/status_names.h */
    "CREATE TABLE status(name TEXT PRIMARY KEY, value TEXT NOT NULL, time_ft INTEGER NOT NULL) "
    "WITHOUT ROWID",
    "CREATE TABLE adapter(host TEXT NOT NULL, guid TEXT NOT NULL, name TEXT, description TEXT, "
    "kind TEXT, evidence TEXT, addresses TEXT, gateways TEXT, mac TEXT, usb_id TEXT, "
    "up INTEGER NOT NULL, default_route INTEGER NOT NULL, internet INTEGER NOT NULL, "
    "to_ft INTEGER, last_ft INTEGER NOT NULL, from_ft INTEGER NOT NULL, "
    "PRIMARY KEY(host, guid, from_ft)) WITHOUT ROWID",
};

/* What older versions had: so many of tables[], and the digest of all their SQL. */
static const struct schema_old olds[] = {
    {1, 11, "49b59dd400510c1d2aa48aad839854a9d1b7b08b48b7d09ec1e111a02107afea"},
};

static const struct view views[] = {
    {"v_alerts", " FROM alert a"},
    {"v_stories", " FROM story s"},
    {"v_logon_attempts", " FROM attempt a"},
    {"v_logon_sources", " FROM attempt a WHERE a.src IS NOT NULL GROUP BY 1,2"},
    {"v_events", " FROM event_rows e"},
    {"v_processes", " FROM process p"},
    {"v_adapters", " FROM " SCHEMA_ADAPTERS " d"},
    {"v_adapter_history", " FROM adapter d"},
    {"v_coverage", " FROM " SCHEMA_COVERAGE " c"},
    {"v_health", " FROM health h"},
    {"v_daily", " FROM daily d"},
    {"v_sources", " FROM source o"},
    {"v_status", " FROM status u"},
};

const struct store_column store_columns[] = {
#define VIEW_COLUMN(view, column, show, sql, meaning) {#view, #column, SHOW_##show, meaning},
#define VIEW_TIME(view, column, sql, meaning)                                                      \
    {#view, #column, SHOW_TIME, meaning},                                                          \
        {#view, #column "_ft", SHOW_ID64, meaning " (FILETIME: 100 ns since 1601)"},
#include "store/columns_list.h"
#undef VIEW_COLUMN
#undef VIEW_TIME
};
const size_t store_column_count = COUNT(store_columns);

/* Row for row as store_columns[]. */
static const char *const column_sql[] = {
#define VIEW_COLUMN(view, column, show, sql, meaning) sql,
#define VIEW_TIME(view, column, sql, meaning) ISO_OF("(" sql ")"), sql,
#include "store/columns_list.h"
#undef VIEW_COLUMN
#undef VIEW_TIME
};
_Static_assert(COUNT(column_sql) == COUNT(store_columns), "one SQL expression a column");

static bool
text_eq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* NULL when the view has no such column. */
static const char *
find_sql(const char *view, const char *column)
{
    for (size_t i = 0; i < COUNT(store_columns); i++) {
        if (text_eq(store_columns[i].view, view) && text_eq(store_columns[i].column, column)) {
            return column_sql[i];
        }
    }
    return NULL;
}

/* A column of v_events, from an attempt: what has the same name in both means the same. */
static const char *
attempt_sql(const char *event_column)
{
    const char *sql = find_sql("v_logon_attempts", event_column);

    if (text_eq(event_column, "kind")) {
        return "'logon_attempt'";
    }
    return sql == NULL ? "NULL" : sql;
}

const char *
schema_column_sql(const char *view, const char *column)
{
    const char *sql = find_sql(view, column);

    assert(sql != NULL);
    return sql;
}

static void
put_view(struct buf *out, const struct view *view)
{
    const char *separator = "";

    buf_puts(out, "CREATE VIEW ");
    buf_puts(out, view->name);
    buf_puts(out, " AS SELECT ");
    for (size_t i = 0; i < COUNT(store_columns); i++) {
        if (text_eq(store_columns[i].view, view->name)) {
            buf_printf(out, "%s%s AS %s", separator, column_sql[i], store_columns[i].column);
            separator = ", ";
        }
    }
    buf_puts(out, view->from);
}

static void
put_attempts_of_events(struct buf *out)
{
    const char *separator = " UNION ALL SELECT ";

    for (size_t i = 0; i < COUNT(store_columns); i++) {
        if (text_eq(store_columns[i].view, "v_events")) {
            buf_printf(out, "%s%s", separator, attempt_sql(store_columns[i].column));
            separator = ", ";
        }
    }
    buf_puts(out, " FROM attempt a");
}

size_t
schema_count(enum schema_part part)
{
    static const size_t counts[] = {COUNT(tables), COUNT(views)};

    return counts[part];
}

const struct schema_old *
schema_old(int64_t version)
{
    for (size_t i = 0; i < COUNT(olds); i++) {
        if (olds[i].version == version) {
            return &olds[i];
        }
    }
    return NULL;
}

void
schema_put(struct buf *out, enum schema_part part, size_t index)
{
    if (part == SCHEMA_VIEWS) {
        put_view(out, &views[index]);
        if (text_eq(views[index].name, "v_events")) {
            put_attempts_of_events(out);
        }
    } else {
        buf_puts(out, tables[index]);
    }
}

/* JSON that somebody damaged must not reach the output, where it is inlined. What SQLite's own
 * functions make of a row is sound, and checking it would make it twice. */
static void
put_row_column(struct buf *out, enum cell_show show, const char *sql, const char *name)
{
    if (show == SHOW_JSON && strstr(sql, "json_object(") == NULL) {
        buf_printf(out, "CASE json_valid(%s) WHEN 1 THEN %s END AS %s", sql, sql, name);
    } else {
        buf_printf(out, "%s AS %s", sql, name);
    }
}

size_t
schema_put_columns(struct buf *out, const struct schema_select *select, enum cell_show *shows,
                   size_t cap)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT(store_columns) && count < cap; i++) {
        const struct store_column *c = &store_columns[i];
        /* Behind a column of ISO text comes the same time as a number. */
        size_t number = c->show == SHOW_TIME ? i + 1 : i;

        if (!text_eq(c->view, select->view)) {
            continue;
        }
        buf_puts(out, count == 0 ? "" : ", ");
        put_row_column(out, c->show,
                       select->attempt_as_event ? attempt_sql(store_columns[number].column)
                                                : column_sql[number],
                       c->column);
        shows[count++] = c->show;
        i = number;
    }
    return count;
}
