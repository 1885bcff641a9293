/* rows - gives the rows of a running SELECT cell by cell. */
#include "store/rows.h"

#include <sqlite3.h>

#include "core/mem.h"
#include "core/utf.h"

#define UNLIMITED UINT64_MAX

struct rows {
    struct store *store;
    sqlite3_stmt *stmt;
    bool is_query;
    bool ended;
    uint64_t allowance; /* steps of SQLite's machine left */
    size_t columns;
    enum cell_show *shows;
    struct buf *ascii; /* a column's JSON, when it had to be escaped */
};

enum err
rows_start(struct store *s, const struct rows_opts *opts, struct rows **out)
{
    struct rows *r = mem_zalloc(sizeof(*r));

    *out = NULL;
    if (r == NULL) {
        (void)sqlite3_finalize(opts->stmt);
        return why_set(ERR_NOMEM, "reading the store: out of memory");
    }
    r->store = s;
    r->stmt = opts->stmt;
    r->is_query = opts->is_query;
    r->allowance = opts->is_query ? s->query_ops : UNLIMITED;
    r->columns = opts->columns;
    r->shows = mem_array(r->columns, sizeof(*r->shows));
    r->ascii = mem_array(r->columns, sizeof(*r->ascii));
    if (r->shows == NULL || r->ascii == NULL) {
        rows_close(r);
        return why_set(ERR_NOMEM, "reading the store: out of memory");
    }
    memcpy(r->shows, opts->shows, r->columns * sizeof(*r->shows));
    for (size_t i = 0; i < r->columns; i++) {
        buf_init(&r->ascii[i], SIZE_MAX);
    }
    *out = r;
    return ERR_OK;
}

void
rows_close(struct rows *r)
{
    if (r == NULL) {
        return;
    }
    (void)sqlite3_finalize(r->stmt);
    for (size_t i = 0; r->ascii != NULL && i < r->columns; i++) {
        buf_fini(&r->ascii[i]);
    }
    mem_free(r->ascii);
    mem_free(r->shows);
    mem_free(r);
}

/* What went wrong in a query is the user's to mend, not ours. */
static enum err
query_failed(struct rows *r, enum err err)
{
    if (err == ERR_CANCELLED) {
        return why_set(ERR_CANCELLED, "the query was stopped: it took too long; ask for less");
    }
    if (r->store->denied != 0) {
        return why_set(ERR_ACCESS, "this query reads more than the store: kanari query only reads");
    }
    return err == ERR_INTERNAL ? ERR_USAGE : err;
}

enum err
rows_next(struct rows *r)
{
    enum err err;

    why_clear();
    if (r->ended) {
        return ERR_END; /* stepping on would start again */
    }
    r->store->allowance = r->allowance == UNLIMITED ? NULL : &r->allowance;
    r->store->denied = 0;
    err = db_step(r->store->db, r->stmt, r->is_query ? "the query" : "reading the store");
    r->store->allowance = NULL;
    r->ended = err != ERR_OK;
    if (err != ERR_OK && err != ERR_END && r->is_query) {
        err = query_failed(r, err);
    }
    return err;
}

size_t
rows_columns(const struct rows *r)
{
    return r->columns;
}

const char *
rows_name(const struct rows *r, size_t column)
{
    const char *name = sqlite3_column_name(r->stmt, (int)column);

    return name == NULL ? "" : name; /* NULL when out of memory */
}

enum cell_show
rows_show(const struct rows *r, size_t column)
{
    return r->shows[column];
}

static bool
is_ascii(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* JSON that SQLite made keeps letters as they are, and ours promises plain ASCII. Beyond ASCII
 * there are only letters inside of strings. */
static struct sv
escape_json(struct buf *out, struct sv text)
{
    size_t pos = 0;

    buf_clear(out);
    while (pos < text.len) {
        uint32_t cp = utf8_next(text, &pos);

        if (cp < 0x80) {
            buf_putc(out, (char)cp);
        } else if (cp < 0x10000) {
            buf_printf(out, "\\u%04x", (unsigned)cp);
        } else {
            buf_printf(out, "\\u%04x\\u%04x", 0xD7C0u + (unsigned)(cp >> 10),
                       0xDC00u | ((unsigned)cp & 0x3FFu));
        }
    }
    return buf_sv(out);
}

struct cell
rows_cell(const struct rows *r, size_t column)
{
    struct cell cell = {.type = CELL_NULL};
    int at = (int)column;

    switch (sqlite3_column_type(r->stmt, at)) {
    case SQLITE_INTEGER:
        cell.type = CELL_INT;
        cell.i = sqlite3_column_int64(r->stmt, at);
        break;
    case SQLITE_FLOAT:
        cell.type = CELL_REAL;
        cell.real = sqlite3_column_double(r->stmt, at);
        break;
    case SQLITE_TEXT:
        cell.type = CELL_TEXT;
        cell.text = db_text(r->stmt, at);
        if (r->shows[column] == SHOW_JSON && !is_ascii(cell.text)) {
            cell.text = escape_json(&r->ascii[column], cell.text);
        }
        break;
    case SQLITE_BLOB:
        cell.type = CELL_BLOB;
        cell.text.p = sqlite3_column_blob(r->stmt, at);
        cell.text.len = (size_t)sqlite3_column_bytes(r->stmt, at);
        break;
    default:
        break;
    }
    return cell;
}
