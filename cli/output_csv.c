/*
 * output_csv - RFC 4180, UTF-8; a file gets a BOM, or spreadsheets read it as the OEM code page.
 *
 * A spreadsheet runs a cell that begins with = + - @ or a tab as a formula, and whoever types a
 * user name at a logon screen chooses such cells: those get a leading apostrophe. Numbers are ours
 * and stay numbers.
 */
#include "cli/output.h"
#include "core/log.h"
#include "core/tm.h"

#define CELL_LEN_MAX ((size_t)1024 * 1024)

static bool
is_formula(struct sv text)
{
    return text.len > 0 && strchr("=+-@\t\r", text.p[0]) != NULL && text.p[0] != '\0';
}

static void
put_quoted(struct buf *out, struct sv text)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '"') {
            buf_putc(out, '"');
        }
        buf_putc(out, text.p[i]);
    }
    buf_putc(out, '"');
}

static bool
needs_quotes(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '"' || text.p[i] == ',' || text.p[i] == ' ') {
            return true;
        }
    }
    return false;
}

/* `raw` says whether it is a formula; `shown` is what goes out, its controls escaped. */
static void
put_text(struct buf *out, struct sv raw, struct buf *shown)
{
    buf_clear(shown);
    if (is_formula(raw)) {
        buf_putc(shown, '\'');
    }
    escape_put(shown, raw, CELL_LEN_MAX);
    if (needs_quotes(buf_sv(shown))) {
        put_quoted(out, buf_sv(shown));
    } else {
        buf_put_sv(out, buf_sv(shown));
    }
}

/* Times and truths as in JSON, since a program reads them. */
static void
put_cell(struct out *o, enum cell_show show, const struct cell *cell, struct buf *shown)
{
    struct buf *out = &o->sink->buf;
    char time[TM_TEXT_MAX];

    if (cell->type == CELL_NULL || (cell->type == CELL_TEXT && cell->text.len == 0)) {
        return;
    }
    if (cell->type == CELL_TEXT) {
        put_text(out, cell->text, shown);
    } else if (cell->type == CELL_INT && show == SHOW_TIME) {
        buf_put(out, time, tm_format((uint64_t)cell->i, time));
    } else if (cell->type == CELL_INT && show == SHOW_BOOL) {
        buf_puts(out, cell->i != 0 ? "true" : "false");
    } else {
        out_put_cell(o, out, show, cell, CELL_LEN_MAX);
    }
}

static void
put_header(struct out *o, const struct out_rows *rows, struct buf *shown)
{
    struct buf *out = &o->sink->buf;

    if (o->sink->path != NULL) {
        buf_puts(out, "\xEF\xBB\xBF");
    }
    for (size_t i = 0; i < rows->columns; i++) {
        if (i > 0) {
            buf_putc(out, ',');
        }
        put_text(out, sv_from(rows->name(rows->ctx, i)), shown);
    }
    buf_puts(out, "\r\n");
}

enum err
out_csv(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    struct buf shown;
    enum err err;

    buf_init(&shown, 8 * CELL_LEN_MAX);
    put_header(o, rows, &shown);
    while ((err = rows->next(rows->ctx)) == ERR_OK && sink_step(o->sink)) {
        for (size_t i = 0; i < rows->columns; i++) {
            struct cell cell = rows->cell(rows->ctx, i);

            if (i > 0) {
                buf_putc(&o->sink->buf, ',');
            }
            put_cell(o, rows->show(rows->ctx, i), &cell, &shown);
        }
        buf_puts(&o->sink->buf, "\r\n");
        *count += 1;
    }
    if (err == ERR_END) {
        err = buf_err(&shown);
    }
    buf_fini(&shown);
    return err;
}
