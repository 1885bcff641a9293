/* output_list - one field a line, a blank line between rows: for the eye, when rows are wide. */
#include "cli/output.h"
#include "cli/text.h"

#define GAP 2

static size_t
titles_width(const struct out *o, const struct out_rows *rows)
{
    size_t widest = 0;

    for (size_t i = 0; i < rows->columns; i++) {
        size_t width = text_width(sv_from(out_title(o, rows->name(rows->ctx, i))));

        widest = width > widest ? width : widest;
    }
    return widest;
}

static bool
is_empty(const struct cell *cell)
{
    return cell->type == CELL_NULL || (cell->type == CELL_TEXT && cell->text.len == 0);
}

static void
put_row(struct out *o, const struct out_rows *rows, size_t width)
{
    struct buf *out = &o->sink->buf;

    for (size_t i = 0; i < rows->columns; i++) {
        struct sv title = sv_from(out_title(o, rows->name(rows->ctx, i)));
        struct cell cell = rows->cell(rows->ctx, i);

        if (is_empty(&cell)) {
            continue; /* a row of 50 mostly absent fields stays readable */
        }
        buf_put_sv(out, title);
        text_pad(out, width - text_width(title) + GAP);
        out_put_cell(o, out, rows->show(rows->ctx, i), &cell, OUT_LIST_CELL_MAX);
        buf_putc(out, '\n');
    }
}

enum err
out_list(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    size_t width = titles_width(o, rows);
    enum err err;

    while ((err = rows->next(rows->ctx)) == ERR_OK && sink_step(o->sink)) {
        if (*count > 0) {
            buf_putc(&o->sink->buf, '\n');
        }
        put_row(o, rows, width);
        *count += 1;
    }
    return err == ERR_END ? ERR_OK : err;
}
