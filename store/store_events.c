/* store_events - gives stored events back as they were put. */
#include <sqlite3.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/filter.h"
#include "store/handle.h"
#include "store/schema.h"

#define SQL_MAX 16384
#define FIELD_AT 2 /* column of field 0: behind time and kind */

struct store_events {
    struct store *store;
    sqlite3_stmt *stmt;
    bool ended;
};

static void
put_select(struct buf *sql, const struct store_filter *f)
{
    buf_printf(sql, "SELECT e.time_ft, %s", schema_column_sql("v_events", "kind"));
    for (size_t i = 0; i < EVF_COUNT; i++) {
        buf_printf(sql, ", %s", schema_column_sql("v_events", event_field_info[i].name));
    }
    buf_puts(sql, " FROM event e");
    filter_put_events(sql, f);
}

enum err
store_events_open(struct store *s, const struct store_filter *f, struct store_events **out)
{
    struct store_events *e = NULL;
    struct buf sql;
    enum err err;

    *out = NULL;
    why_clear();
    buf_init(&sql, SQL_MAX);
    e = mem_zalloc(sizeof(*e));
    if (e == NULL) {
        err = why_set(ERR_NOMEM, "reading the store: out of memory");
        goto done;
    }
    e->store = s;
    put_select(&sql, f);
    err = buf_err(&sql);
    err = err ? why_set(err, "reading the store: out of memory")
              : db_prepare(s->db, buf_str(&sql), &e->stmt);
    if (err) {
        goto done;
    }
    err = filter_bind(s, e->stmt, f);
    if (err) {
        goto done;
    }
    *out = e;
    e = NULL;
done:
    buf_fini(&sql);
    store_events_close(e);
    return err;
}

void
store_events_close(struct store_events *e)
{
    if (e != NULL) {
        (void)sqlite3_finalize(e->stmt);
        mem_free(e);
    }
}

/* Numbers out of the range of their type, or texts that are no address, were not put by us. */
static bool
number_in(sqlite3_stmt *stmt, int column, uint64_t max, uint64_t *out)
{
    *out = (uint64_t)sqlite3_column_int64(stmt, column);
    return sqlite3_column_type(stmt, column) == SQLITE_INTEGER && *out <= max;
}

static bool
addr_of(sqlite3_stmt *stmt, int column, struct addr *out)
{
    struct sv text = db_text(stmt, column);

    *out = (struct addr){0};
    return text.len == 0 ? text.p != NULL : addr_parse(text, out) == ERR_OK;
}

static bool
read_field(sqlite3_stmt *stmt, const struct event_field_info *info, int column, void *at)
{
    uint64_t number = 0;

    switch (info->type) {
    case EVT_STR:
        *(struct sv *)at = db_text(stmt, column);
        return ((struct sv *)at)->p != NULL;
    case EVT_ADDR:
        return addr_of(stmt, column, at);
    case EVT_U32:
    case EVT_HEX32:
        if (!number_in(stmt, column, UINT32_MAX, &number)) {
            return false;
        }
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case EVT_ID64:
        return number_in(stmt, column, UINT64_MAX, at);
    case EVT_PORT:
        if (!number_in(stmt, column, UINT16_MAX, &number)) {
            return false;
        }
        *(uint16_t *)at = (uint16_t)number;
        return true;
    }
    return false;
}

static enum err
read_event(sqlite3_stmt *stmt, struct event *out)
{
    struct event ev;

    event_init(&ev, event_kind_find(db_text(stmt, 1)), (uint64_t)sqlite3_column_int64(stmt, 0));
    for (size_t i = 0; i < EVF_COUNT; i++) {
        const struct event_field_info *info = &event_field_info[i];
        int column = FIELD_AT + (int)i;

        if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
            continue;
        }
        if (!read_field(stmt, info, column, (char *)&ev + info->offset)) {
            return why_set(ERR_FORMAT, "the store is damaged: %s of an event", info->name);
        }
        ev.has |= UINT64_C(1) << i;
    }
    *out = ev;
    return ERR_OK;
}

enum err
store_events_next(struct store_events *e, struct event *out)
{
    enum err err;

    why_clear();
    if (e->ended) {
        return ERR_END;
    }
    err = db_step(e->store->db, e->stmt, "reading the store");
    if (err == ERR_OK) {
        err = read_event(e->stmt, out);
    }
    e->ended = err != ERR_OK;
    return err;
}

enum err
store_span(struct store *s, uint64_t *first_ft, uint64_t *last_ft)
{
    int64_t first = 0;
    int64_t last = 0;
    enum err err;

    why_clear();
    err = db_int(s->db, "SELECT min(time_ft) FROM event", &first);
    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT max(time_ft) FROM event", &last);
    }
    if (err == ERR_OK) {
        *first_ft = (uint64_t)first;
        *last_ft = (uint64_t)last;
    }
    return err;
}
