/* alert_rows - one more column than the view has: the sentence. */
#include "cli/alert_rows.h"

#include "cli/sentence.h"

#define SENTENCE_LEN_MAX 65536

static size_t
column_of(const struct rows *rows, const char *name)
{
    size_t i = 0;

    while (i < rows_columns(rows) && strcmp(rows_name(rows, i), name) != 0) {
        i++;
    }
    return i;
}

enum err
alert_rows_open(struct alert_rows *a, struct store *s, const struct store_filter *f, enum lang lang)
{
    enum err err;

    *a = (struct alert_rows){.lang = lang};
    buf_init(&a->sentence, SENTENCE_LEN_MAX);
    buf_init(&a->attack_json, SENTENCE_LEN_MAX);
    err = store_rows(s, ROWS_ALERTS, f, &a->rows);
    if (!err) {
        a->message = column_of(a->rows, "message");
        a->params = column_of(a->rows, "params");
        a->attack = column_of(a->rows, "attack");
    }
    return err;
}

void
alert_rows_close(struct alert_rows *a)
{
    rows_close(a->rows);
    buf_fini(&a->sentence);
    buf_fini(&a->attack_json);
    *a = (struct alert_rows){0};
}

/* "T1110.001 T1021.001" -> ["T1110.001","T1021.001"] */
static void
make_attack(struct alert_rows *a)
{
    struct sv ids = rows_cell(a->rows, a->attack).text;
    struct json j;
    size_t start = 0;

    buf_clear(&a->attack_json);
    json_init(&j, &a->attack_json, false);
    json_arr(&j, NULL);
    for (size_t i = 0; i <= ids.len; i++) {
        if (i < ids.len && ids.p[i] != ' ') {
            continue;
        }
        if (i > start) {
            json_str(&j, NULL, (struct sv){ids.p + start, i - start});
        }
        start = i + 1;
    }
    json_arr_end(&j);
}

static enum err
next(void *ctx)
{
    struct alert_rows *a = ctx;
    enum err err = rows_next(a->rows);

    if (err) {
        return err;
    }
    make_attack(a);
    buf_clear(&a->sentence);
    sentence_put(&a->sentence, a->lang, rows_cell(a->rows, a->message).text,
                 rows_cell(a->rows, a->params).text);
    return buf_err(&a->sentence) ? buf_err(&a->sentence) : buf_err(&a->attack_json);
}

static const char *
name(void *ctx, size_t column)
{
    const struct alert_rows *a = ctx;

    return column == rows_columns(a->rows) ? "sentence" : rows_name(a->rows, column);
}

static enum cell_show
show(void *ctx, size_t column)
{
    const struct alert_rows *a = ctx;

    if (column == rows_columns(a->rows)) {
        return SHOW_PLAIN;
    }
    return column == a->attack ? SHOW_JSON : rows_show(a->rows, column);
}

static struct cell
cell(void *ctx, size_t column)
{
    struct alert_rows *a = ctx;

    if (column == rows_columns(a->rows)) {
        return (struct cell){.type = CELL_TEXT, .text = buf_sv(&a->sentence)};
    }
    if (column == a->attack) {
        return (struct cell){.type = CELL_TEXT, .text = buf_sv(&a->attack_json)};
    }
    return rows_cell(a->rows, column);
}

struct out_rows
alert_rows_all(struct alert_rows *a)
{
    return (struct out_rows){.ctx = a,
                             .columns = rows_columns(a->rows) + 1,
                             .name = name,
                             .show = show,
                             .cell = cell,
                             .next = next};
}

struct out_rows
alert_rows_brief(struct out_picked *space, const struct out_rows *all)
{
    static const struct out_pick picks[] = {
        {"severity", false}, {"last_seen", false}, {"host", false},    {"rule", false},
        {"count", false},    {"source", false},    {"account", false}, {"state", false},
        {"id", false},       {"sentence", true},
    };

    return out_choose(space, all, picks, COUNT(picks));
}
