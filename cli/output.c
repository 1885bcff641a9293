/* output - what all formats share: choosing columns, showing a cell, JSON. */
#include "cli/output.h"

#include "cli/json_copy.h"
#include "core/log.h"
#include "core/tm.h"

/* -- rows from the store ---------------------------------------------------------------------- */

static const char *
store_name(void *ctx, size_t column)
{
    return rows_name(ctx, column);
}

static enum cell_show
store_show(void *ctx, size_t column)
{
    return rows_show(ctx, column);
}

static struct cell
store_cell(void *ctx, size_t column)
{
    return rows_cell(ctx, column);
}

static enum err
store_next(void *ctx)
{
    return rows_next(ctx);
}

struct out_rows
out_from_store(struct rows *rows)
{
    return (struct out_rows){.ctx = rows,
                             .columns = rows_columns(rows),
                             .name = store_name,
                             .show = store_show,
                             .cell = store_cell,
                             .next = store_next};
}

/* -- a choice of columns ---------------------------------------------------------------------- */

static const char *
picked_name(void *ctx, size_t column)
{
    const struct out_picked *p = ctx;

    return p->from->name(p->from->ctx, p->column[column]);
}

static enum cell_show
picked_show(void *ctx, size_t column)
{
    const struct out_picked *p = ctx;

    return p->from->show(p->from->ctx, p->column[column]);
}

static struct cell
picked_cell(void *ctx, size_t column)
{
    const struct out_picked *p = ctx;

    return p->from->cell(p->from->ctx, p->column[column]);
}

static enum err
picked_next(void *ctx)
{
    const struct out_picked *p = ctx;

    return p->from->next(p->from->ctx);
}

static void
pick_one(struct out_picked *space, const struct out_pick *pick)
{
    for (size_t i = 0; i < space->from->columns; i++) {
        if (strcmp(space->from->name(space->from->ctx, i), pick->name) == 0) {
            space->below[space->count] = pick->below;
            space->column[space->count++] = i;
            return;
        }
    }
}

struct out_rows
out_choose(struct out_picked *space, const struct out_rows *from, const struct out_pick *picks,
           size_t count)
{
    *space = (struct out_picked){.from = from};
    for (size_t i = 0; i < count && space->count < OUT_PICK_MAX; i++) {
        pick_one(space, &picks[i]);
    }
    return (struct out_rows){.ctx = space,
                             .columns = space->count,
                             .below = space->below,
                             .name = picked_name,
                             .show = picked_show,
                             .cell = picked_cell,
                             .next = picked_next,
                             .omit_null = from->omit_null};
}

/* -- cells for people ------------------------------------------------------------------------- */

void
out_put_time(const struct out *o, struct buf *dst, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];
    size_t len = tm_format_local(t_ft, o->sink->io->local_offset_min(t_ft), text);

    buf_put(dst, text, len);
}

static void
put_int(struct buf *dst, int64_t value)
{
    if (value < 0) {
        buf_putc(dst, '-');
    }
    buf_put_u64(dst, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void
put_number(const struct out *o, struct buf *dst, enum cell_show show, int64_t value)
{
    switch (show) {
    case SHOW_TIME:
        out_put_time(o, dst, (uint64_t)value);
        break;
    case SHOW_BOOL:
        msg_put(dst, o->lang, value != 0 ? MSG_CLI_YES : MSG_CLI_NO, NULL, 0);
        break;
    case SHOW_HEX32:
        buf_printf(dst, "0x%08x", (unsigned)(uint32_t)value);
        break;
    case SHOW_ID64:
        buf_put_u64(dst, (uint64_t)value);
        break;
    case SHOW_PLAIN:
    case SHOW_JSON:
    case SHOW_FOREIGN:
        put_int(dst, value);
        break;
    }
}

static void
put_real(struct buf *dst, double value)
{
    struct json j;

    json_init(&j, dst, false); /* the one place that prints numbers whatever the locale */
    json_double(&j, NULL, value);
}

static void
put_hex_bytes(struct buf *dst, struct sv bytes, size_t max_len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len && i < max_len / 2; i++) {
        unsigned byte = (unsigned char)bytes.p[i];

        buf_putc(dst, digits[byte >> 4]);
        buf_putc(dst, digits[byte & 15]);
    }
}

void
out_put_cell(const struct out *o, struct buf *dst, enum cell_show show, const struct cell *cell,
             size_t max_len)
{
    switch (cell->type) {
    case CELL_INT:
        put_number(o, dst, show, cell->i);
        return;
    case CELL_REAL:
        put_real(dst, cell->real);
        return;
    case CELL_TEXT:
        if (cell->text.len > 0) {
            escape_put(dst, cell->text, max_len);
            return;
        }
        break;
    case CELL_BLOB:
        put_hex_bytes(dst, cell->text, max_len);
        return;
    case CELL_NULL:
        break;
    }
    buf_putc(dst, '-');
}

const char *
out_title(const struct out *o, const char *column)
{
    char name[48] = "COL_"; /* MSG_COL_FIRST_SEEN titles first_seen */
    size_t len = strlen(name);
    enum msg title;

    for (size_t i = 0; column[i] != '\0' && len < sizeof(name); i++, len++) {
        char c = column[i];

        name[len] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    if (msg_find((struct sv){name, len}, &title)) {
        return msg_template(title, o->lang);
    }
    return column;
}

/* -- JSON ---------------------------------------------------------------------------------------
 */

static void
json_int(struct json *j, const char *key, enum cell_show show, int64_t value)
{
    switch (show) {
    case SHOW_TIME:
        json_time(j, key, (uint64_t)value);
        break;
    case SHOW_BOOL:
        json_bool(j, key, value != 0);
        break;
    case SHOW_HEX32:
        json_hex(j, key, (uint32_t)value);
        break;
    case SHOW_ID64:
        json_id(j, key, (uint64_t)value);
        break;
    case SHOW_PLAIN:
    case SHOW_JSON:
    case SHOW_FOREIGN:
        json_i64(j, key, value);
        break;
    }
}

static void
json_blob(struct json *j, const char *key, struct sv bytes)
{
    struct buf hex;

    buf_init(&hex, SIZE_MAX / 4);
    put_hex_bytes(&hex, bytes, SIZE_MAX);
    json_str(j, key, buf_sv(&hex));
    if (buf_err(&hex) && buf_err(j->out) == ERR_OK) {
        j->out->err = buf_err(&hex);
    }
    buf_fini(&hex);
}

static void
json_cell(struct json *j, const char *key, enum cell_show show, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_NULL:
        json_null(j, key);
        break;
    case CELL_INT:
        json_int(j, key, show, cell->i);
        break;
    case CELL_REAL:
        json_double(j, key, cell->real);
        break;
    case CELL_TEXT:
        if (show == SHOW_JSON) {
            json_copy(j, key, cell->text);
        } else {
            json_str(j, key, cell->text);
        }
        break;
    case CELL_BLOB:
        json_blob(j, key, cell->text);
        break;
    }
}

void
out_json_row(struct json *j, const char *key, const struct out_rows *rows)
{
    json_obj(j, key);
    for (size_t i = 0; i < rows->columns; i++) {
        struct cell cell = rows->cell(rows->ctx, i);

        if (cell.type != CELL_NULL || !rows->omit_null) {
            json_cell(j, rows->name(rows->ctx, i), rows->show(rows->ctx, i), &cell);
        }
    }
    json_obj_end(j);
}

static enum err
json_rows(struct out *o, struct json *j, const struct out_rows *rows, uint64_t *count)
{
    enum err err;

    while ((err = rows->next(rows->ctx)) == ERR_OK && sink_step(o->sink)) {
        out_json_row(j, NULL, rows);
        *count += 1;
    }
    return err == ERR_END ? ERR_OK : err;
}

enum err
out_json_array(struct out *o, struct json *j, const char *key, const struct out_rows *rows)
{
    uint64_t count = 0;
    enum err err;

    json_arr(j, key);
    err = json_rows(o, j, rows, &count);
    json_arr_end(j);
    return err;
}

static enum err
write_json(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    struct json j;
    enum err err;

    json_init(&j, &o->sink->buf, true);
    json_arr(&j, NULL);
    err = json_rows(o, &j, rows, count);
    json_arr_end(&j);
    buf_putc(&o->sink->buf, '\n');
    return err;
}

static enum err
write_ndjson(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    enum err err;

    while ((err = rows->next(rows->ctx)) == ERR_OK && sink_step(o->sink)) {
        struct json j;

        json_init(&j, &o->sink->buf, false);
        out_json_row(&j, NULL, rows);
        buf_putc(&o->sink->buf, '\n');
        *count += 1;
    }
    return err == ERR_END ? ERR_OK : err;
}

enum err
out_write(struct out *o, const struct out_rows *rows, uint64_t *count)
{
    uint64_t unused = 0;

    if (count == NULL) {
        count = &unused;
    }
    *count = 0;
    switch (o->format) {
    case OUT_JSON:
        return write_json(o, rows, count);
    case OUT_NDJSON:
        return write_ndjson(o, rows, count);
    case OUT_CSV:
        return out_csv(o, rows, count);
    case OUT_LIST:
        return out_list(o, rows, count);
    case OUT_TABLE:
    case OUT_DEFAULT:
        break;
    }
    return out_table(o, rows, count);
}
