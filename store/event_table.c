/* event_table - the callbacks by which SQLite reads events out of their blocks. */
#include "store/event_table.h"

#include <sqlite3.h>

#include "core/buf.h"
#include "core/mem.h"
#include "store/block_reader.h"

enum { COLUMN_TIME, COLUMN_KIND, COLUMN_FIELD };

/* What a plan hands to table_filter() as arguments, in this order: bits of idxNum. SQLite checks
 * each condition again, so a bound may let too much through, and never too little. */
enum { BOUND_SINCE = 1, BOUND_UNTIL = 2, BOUND_AT = 4, BOUND_KIND = 8, BOUNDS_END = 16 };

#define COST_ALL 1e6 /* of reading all events; only its relation to other plans counts */

struct table {
    sqlite3_vtab base; /* SQLite's: first */
    sqlite3 *db;
};

struct cursor {
    sqlite3_vtab_cursor base; /* SQLite's: first */
    struct block_reader *reader;
    bool ended;
    int64_t number;
    struct event ev;
};

static int
table_connect(sqlite3 *db, void *ctx, int argc, const char *const *argv, sqlite3_vtab **out,
              char **why)
{
    struct table *t;
    struct buf sql;
    int rc;

    (void)ctx;
    (void)argc;
    (void)argv;
    (void)why;
    buf_init(&sql, SIZE_MAX);
    buf_puts(&sql, "CREATE TABLE x(time_ft INTEGER, kind TEXT");
    for (size_t i = 0; i < EVF_COUNT; i++) {
        buf_printf(&sql, ", %s", event_field_info[i].name);
    }
    buf_putc(&sql, ')');
    t = mem_zalloc(sizeof(*t));
    if (t == NULL || buf_err(&sql)) {
        rc = SQLITE_NOMEM;
        goto done;
    }
    rc = sqlite3_declare_vtab(db, buf_str(&sql));
    if (rc == SQLITE_OK) {
        /* It changes nothing, so views may use it on handles that trust no schema. */
        rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    }
    if (rc == SQLITE_OK) {
        t->db = db;
        *out = &t->base;
        t = NULL;
    }
done:
    mem_free(t);
    buf_fini(&sql);
    return rc;
}

static int
table_disconnect(sqlite3_vtab *base)
{
    mem_free(base);
    return SQLITE_OK;
}

/* Which bound a condition gives; 0 none. */
static int
bound_of(sqlite3_index_info *info, int i)
{
    const struct sqlite3_index_constraint *c = &info->aConstraint[i];

    if (!c->usable || (c->iColumn != COLUMN_TIME && c->iColumn != COLUMN_KIND)) {
        return 0;
    }
    if (c->iColumn == COLUMN_KIND) {
        /* Under another collation other texts are equal too. */
        bool exact = c->op == SQLITE_INDEX_CONSTRAINT_EQ &&
                     sqlite3_stricmp(sqlite3_vtab_collation(info, i), "BINARY") == 0;
        return exact ? BOUND_KIND : 0;
    }
    switch (c->op) {
    case SQLITE_INDEX_CONSTRAINT_GT:
    case SQLITE_INDEX_CONSTRAINT_GE:
        return BOUND_SINCE;
    case SQLITE_INDEX_CONSTRAINT_LT:
    case SQLITE_INDEX_CONSTRAINT_LE:
        return BOUND_UNTIL;
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return BOUND_AT;
    default:
        return 0;
    }
}

/* Events come by time and then rowid, both ascending. */
static bool
is_event_order(const sqlite3_index_info *info)
{
    if (info->nOrderBy < 1 || info->nOrderBy > 2 || info->aOrderBy[0].desc) {
        return false;
    }
    if (info->nOrderBy == 2 && (info->aOrderBy[1].iColumn != -1 || info->aOrderBy[1].desc)) {
        return false;
    }
    return info->aOrderBy[0].iColumn == COLUMN_TIME;
}

static int
table_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    int argument = 0;

    (void)base;
    info->estimatedCost = COST_ALL;
    for (int bound = 1; bound < BOUNDS_END; bound <<= 1) {
        for (int i = 0; i < info->nConstraint; i++) {
            if ((info->idxNum & bound) == 0 && bound_of(info, i) == bound) {
                info->aConstraintUsage[i].argvIndex = ++argument;
                info->idxNum |= bound;
                info->estimatedCost /= 4;
            }
        }
    }
    info->estimatedRows = (sqlite3_int64)info->estimatedCost;
    info->orderByConsumed = is_event_order(info);
    return SQLITE_OK;
}

static int
table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct cursor *c = mem_zalloc(sizeof(*c));

    (void)base;
    if (c == NULL) {
        return SQLITE_NOMEM;
    }
    *out = &c->base;
    return SQLITE_OK;
}

static int
table_close(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;

    block_reader_close(c->reader);
    mem_free(c);
    return SQLITE_OK;
}

/* The sentence goes to SQLite too, which repeats it to whoever asked. */
static int
failed(struct cursor *c, enum err err)
{
    static const struct {
        enum err err;
        int rc;
    } codes[] = {
        {ERR_FORMAT, SQLITE_CORRUPT_VTAB}, {ERR_NOMEM, SQLITE_NOMEM}, {ERR_BUSY, SQLITE_BUSY},
        {ERR_CANCELLED, SQLITE_INTERRUPT}, {ERR_ACCESS, SQLITE_AUTH},
    };

    sqlite3_free(c->base.pVtab->zErrMsg);
    c->base.pVtab->zErrMsg = sqlite3_mprintf("%s", store_why());
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (codes[i].err == err) {
            return codes[i].rc;
        }
    }
    return SQLITE_IOERR;
}

static int
table_next(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;
    enum err err = block_reader_next(c->reader, &c->ev, &c->number);

    c->ended = err != ERR_OK;
    return err == ERR_OK || err == ERR_END ? SQLITE_OK : failed(c, err);
}

/* A value that is no integer, or no text, bounds nothing. */
static void
set_bound(struct block_range *range, int bound, sqlite3_value *value)
{
    int type = sqlite3_value_type(value);

    if (bound == BOUND_KIND && type == SQLITE_TEXT) {
        const char *name = (const char *)sqlite3_value_text(value);

        if (name != NULL) { /* it would be for want of memory */
            range->kinds = EV_BIT(event_kind_find(sv_from(name)));
        }
    }
    if (bound == BOUND_KIND || type != SQLITE_INTEGER) {
        return;
    }
    if (bound != BOUND_UNTIL && sqlite3_value_int64(value) > range->since_ft) {
        range->since_ft = sqlite3_value_int64(value);
    }
    if (bound != BOUND_SINCE && sqlite3_value_int64(value) < range->until_ft) {
        range->until_ft = sqlite3_value_int64(value);
    }
}

static int
table_filter(sqlite3_vtab_cursor *base, int bounds, const char *text, int argc,
             sqlite3_value **argv)
{
    struct cursor *c = (struct cursor *)base;
    struct block_range range = BLOCK_RANGE_ALL;
    enum err err;
    int at = 0;

    (void)text;
    for (int bound = 1; bound < BOUNDS_END; bound <<= 1) {
        if ((bounds & bound) != 0 && at < argc) {
            set_bound(&range, bound, argv[at++]);
        }
    }
    block_reader_close(c->reader);
    c->reader = NULL;
    err = block_reader_open(((struct table *)base->pVtab)->db, &range, &c->reader);
    return err == ERR_OK ? table_next(base) : failed(c, err);
}

static int
table_eof(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->ended;
}

/* A copy: SQLite may keep a value longer than the event is at hand. */
static void
result_text(sqlite3_context *out, struct sv text)
{
    sqlite3_result_text64(out, text.len == 0 ? "" : text.p, text.len, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
}

static void
result_field(sqlite3_context *out, const struct event *ev, const struct event_field_info *info)
{
    const void *at = (const char *)ev + info->offset;
    char text[ADDR_TEXT_MAX];

    switch (info->type) {
    case EVT_STR:
        result_text(out, *(const struct sv *)at);
        break;
    case EVT_ADDR:
        result_text(out, (struct sv){text, addr_format(at, text)});
        break;
    case EVT_U32:
    case EVT_HEX32:
        sqlite3_result_int64(out, *(const uint32_t *)at);
        break;
    case EVT_ID64:
    case EVT_TIME:
        sqlite3_result_int64(out, (int64_t) * (const uint64_t *)at);
        break;
    case EVT_PORT:
        sqlite3_result_int64(out, *(const uint16_t *)at);
        break;
    }
}

static int
table_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
    const struct event *ev = &((struct cursor *)base)->ev;
    int field = column - COLUMN_FIELD;

    if (column == COLUMN_TIME) {
        sqlite3_result_int64(out, (int64_t)ev->time_ft);
    } else if (column == COLUMN_KIND) {
        result_text(out, sv_from(event_kind_name(ev->kind)));
    } else if (field >= 0 && field < EVF_COUNT && event_has_field(ev, (unsigned)field)) {
        result_field(out, ev, &event_field_info[field]);
    } /* else it stays NULL */
    return SQLITE_OK;
}

static int
table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((struct cursor *)base)->number;
    return SQLITE_OK;
}

enum err
event_table_register(sqlite3 *db)
{
    /* Without xCreate it can't be created, only used under its own name. */
    static const sqlite3_module module = {
        .xConnect = table_connect,
        .xDisconnect = table_disconnect,
        .xBestIndex = table_best_index,
        .xOpen = table_open,
        .xClose = table_close,
        .xFilter = table_filter,
        .xNext = table_next,
        .xEof = table_eof,
        .xColumn = table_column,
        .xRowid = table_rowid,
    };
    int rc = sqlite3_create_module(db, "event_rows", &module, NULL);

    return rc == SQLITE_OK ? ERR_OK : why_sqlite(db, rc, "opening the store");
}
