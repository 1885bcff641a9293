/*
 * output_table - aligned columns. The first rows are held back to measure them; what follows is
 * printed with the same widths. On a terminal wide text is cut, "…", until a row fits.
 */
#include "cli/output.h"
#include "cli/text.h"
#include "core/mem.h"

#define GAP 2
#define SHRINK_MIN 8 /* text is cut no shorter than this */
#define BELOW_INDENT 4
#define SAMPLE_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct table_column {
    size_t width;
    bool below;
    bool right;  /* numbers */
    bool shrink; /* text that may be cut */
};

struct table_cell {
    size_t start, len; /* in the sample's bytes */
};

struct table {
    struct out *o;
    const struct out_rows *rows;
    struct table_column *column;
    struct table_cell *cell; /* OUT_SAMPLE_ROWS rows */
    struct buf text;
    size_t row_count; /* held back */
};

static bool
is_number(enum cell_show show, const struct cell *cell)
{
    bool counts = show == SHOW_PLAIN || show == SHOW_FOREIGN; /* a query's columns are foreign */

    return cell->type == CELL_REAL || (cell->type == CELL_INT && counts);
}

/* Reads the current row into row `at` of the sample. */
static void
take_row(struct table *t, size_t at)
{
    for (size_t i = 0; i < t->rows->columns; i++) {
        struct table_column *column = &t->column[i];
        struct cell cell = t->rows->cell(t->rows->ctx, i);
        enum cell_show show = t->rows->show(t->rows->ctx, i);
        struct table_cell *dst = &t->cell[at * t->rows->columns + i];

        dst->start = t->text.len;
        if (!column->below || cell.type != CELL_NULL) { /* no line for nothing */
            out_put_cell(t->o, &t->text, show, &cell,
                         column->below ? OUT_LIST_CELL_MAX : OUT_TABLE_CELL_MAX);
        }
        dst->len = t->text.len - dst->start;
        column->right = column->right || is_number(show, &cell);
        column->shrink = column->shrink || cell.type == CELL_TEXT;
    }
}

static struct sv
cell_text(const struct table *t, size_t row, size_t i)
{
    const struct table_cell *cell = &t->cell[row * t->rows->columns + i];

    return (struct sv){buf_str(&t->text) + cell->start, cell->len};
}

static struct sv
title(const struct table *t, size_t i)
{
    return sv_from(out_title(t->o, t->rows->name(t->rows->ctx, i)));
}

static void
measure(struct table *t)
{
    for (size_t i = 0; i < t->rows->columns; i++) {
        struct table_column *column = &t->column[i];

        column->width = text_width(title(t, i));
        for (size_t row = 0; row < t->row_count; row++) {
            size_t width = text_width(cell_text(t, row, i));

            column->width = width > column->width ? width : column->width;
        }
    }
}

/* Takes from the widest text until a row fits the terminal or nothing is left to take. */
static void
fit(struct table *t)
{
    size_t total = 0;

    for (size_t i = 0; i < t->rows->columns; i++) {
        total += t->column[i].below ? 0 : t->column[i].width + GAP;
    }
    while (total > (size_t)t->o->columns + GAP) {
        struct table_column *widest = NULL;

        for (size_t i = 0; i < t->rows->columns; i++) {
            struct table_column *column = &t->column[i];
            bool may = column->shrink && !column->below && column->width > SHRINK_MIN;

            if (may && (widest == NULL || column->width > widest->width)) {
                widest = column;
            }
        }
        if (widest == NULL) {
            return;
        }
        widest->width--;
        total--;
    }
}

/* One line; blanks are owed and paid by the next cell, so no line ends in any. */
static void
put_line(struct table *t, size_t row, bool is_header)
{
    struct buf *out = &t->o->sink->buf;
    size_t owed = 0;

    for (size_t i = 0; i < t->rows->columns; i++) {
        const struct table_column *column = &t->column[i];
        struct sv text = is_header ? title(t, i) : cell_text(t, row, i);
        size_t width = text_width(text);
        size_t fill = column->width > width ? column->width - width : 0;

        if (column->below) {
            continue;
        }
        text_pad(out, owed + (column->right ? fill : 0));
        if (column->shrink && t->o->terminal) {
            text_put_cut(out, text, column->width);
        } else {
            buf_put_sv(out, text);
        }
        owed = GAP + (column->right ? 0 : fill);
    }
    buf_putc(out, '\n');
}

static void
put_below(struct table *t, size_t row)
{
    struct buf *out = &t->o->sink->buf;

    for (size_t i = 0; i < t->rows->columns; i++) {
        struct sv text = cell_text(t, row, i);

        if (t->column[i].below && text.len > 0) {
            text_pad(out, BELOW_INDENT);
            buf_put_sv(out, text);
            buf_putc(out, '\n');
        }
    }
}

static void
put_row(struct table *t, size_t row)
{
    put_line(t, row, false);
    put_below(t, row);
}

/* Holds the first rows back; ERR_END when there are no more than those. */
static enum err
take_sample(struct table *t)
{
    while (t->row_count < OUT_SAMPLE_ROWS) {
        enum err err = t->rows->next(t->rows->ctx);

        if (err) {
            return err;
        }
        take_row(t, t->row_count);
        t->row_count++;
    }
    return ERR_OK;
}

static void
put_sample(struct table *t)
{
    measure(t);
    if (t->o->terminal && t->o->columns > 0) {
        fit(t);
    }
    if (t->row_count > 0) {
        put_line(t, 0, true);
    }
    for (size_t row = 0; row < t->row_count && sink_step(t->o->sink); row++) {
        put_row(t, row);
    }
}

static enum err
run(struct table *t, uint64_t *count)
{
    enum err err = take_sample(t);

    if (buf_err(&t->text)) {
        return buf_err(&t->text);
    }
    put_sample(t);
    *count = t->row_count;
    while (err == ERR_OK && sink_step(t->o->sink)) {
        err = t->rows->next(t->rows->ctx);
        if (err == ERR_OK) {
            buf_clear(&t->text);
            take_row(t, 0);
            put_row(t, 0);
            *count += 1;
        }
    }
    return err == ERR_END ? buf_err(&t->text) : err;
}

enum err
out_table(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    struct table t = {.o = o, .rows = rows};
    enum err err = ERR_NOMEM;

    buf_init(&t.text, SAMPLE_BYTES_MAX);
    t.column = mem_array(rows->columns, sizeof(*t.column));
    t.cell = mem_array(rows->columns, OUT_SAMPLE_ROWS * sizeof(*t.cell));
    if (t.column != NULL && t.cell != NULL) {
        for (size_t i = 0; i < rows->columns; i++) {
            t.column[i].below = rows->below != NULL && rows->below[i];
        }
        err = run(&t, count);
    }
    mem_free(t.column);
    mem_free(t.cell);
    buf_fini(&t.text);
    return err;
}
