/* source_rows - the sources of a sensor, each with a sentence on what to do. */
#include "cli/source_rows.h"

#include "cli/sensor.h"
#include "posture/audit_policy.h"

#define SENTENCE_MAX 4096

enum added { ADDED_TROUBLE, ADDED_WHAT_TO_DO, ADDED_COUNT };
static const char *const added_names[ADDED_COUNT] = {"trouble", "what_to_do"};

enum err
source_rows_open(struct source_rows *r, struct store *s, enum lang lang)
{
    struct store_filter all = {0};

    *r = (struct source_rows){.lang = lang};
    buf_init(&r->what_to_do, SENTENCE_MAX);
    return store_rows(s, ROWS_SOURCES, &all, &r->rows);
}

void
source_rows_close(struct source_rows *r)
{
    rows_close(r->rows);
    buf_fini(&r->what_to_do);
    *r = (struct source_rows){0};
}

static struct cell
cell_of(const struct source_rows *r, const char *name)
{
    size_t i = 0;

    while (i + 1 < rows_columns(r->rows) && strcmp(rows_name(r->rows, i), name) != 0) {
        i++;
    }
    return rows_cell(r->rows, i);
}

/* "ADVICE_ENABLE_CHANNEL" of "enable_channel". */
static bool
find_advice(struct sv word, enum msg *out)
{
    char name[64] = "ADVICE_";
    size_t len = strlen(name);

    for (size_t i = 0; i < word.len && len < sizeof(name); i++) {
        char c = word.p[i];

        name[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return word.len > 0 && msg_find((struct sv){name, len}, out);
}

static void
put_what_to_do(struct source_rows *r)
{
    struct sv advice = cell_of(r, "advice").text;
    enum audit_row row = audit_row_find(cell_of(r, "name").text);
    enum msg id;

    if (!find_advice(advice, &id)) {
        return;
    }
    if (id == MSG_ADVICE_TURN_ON_AUDITING) {
        if (row != AUDIT_ROW_COUNT) {
            audit_policy_advice(row, r->lang, &r->what_to_do);
        }
        return;
    }
    msg_put(&r->what_to_do, r->lang, id,
            (struct msg_arg[]){{"channel", cell_of(r, "channel").text}}, 1);
}

static bool
is_trouble(const struct source_rows *r)
{
    return sensor_is_trouble(cell_of(r, "state").text, cell_of(r, "optional").i != 0);
}

static enum err
next(void *ctx)
{
    struct source_rows *r = ctx;
    enum err err = rows_next(r->rows);

    buf_clear(&r->what_to_do);
    if (!err && is_trouble(r)) {
        put_what_to_do(r);
        err = buf_err(&r->what_to_do);
    }
    return err;
}

static const char *
name(void *ctx, size_t column)
{
    const struct source_rows *r = ctx;
    size_t own = rows_columns(r->rows);

    return column < own ? rows_name(r->rows, column) : added_names[column - own];
}

static enum cell_show
show(void *ctx, size_t column)
{
    const struct source_rows *r = ctx;
    size_t own = rows_columns(r->rows);

    if (column < own) {
        return rows_show(r->rows, column);
    }
    return column - own == ADDED_TROUBLE ? SHOW_BOOL : SHOW_PLAIN;
}

static struct cell
cell(void *ctx, size_t column)
{
    const struct source_rows *r = ctx;
    size_t own = rows_columns(r->rows);

    if (column < own) {
        return rows_cell(r->rows, column);
    }
    if (column - own == ADDED_TROUBLE) {
        return (struct cell){.type = CELL_INT, .i = is_trouble(r)};
    }
    if (r->what_to_do.len == 0) {
        return (struct cell){.type = CELL_NULL};
    }
    return (struct cell){.type = CELL_TEXT, .text = buf_sv(&r->what_to_do)};
}

struct out_rows
source_rows_all(struct source_rows *r)
{
    return (struct out_rows){.ctx = r,
                             .columns = rows_columns(r->rows) + ADDED_COUNT,
                             .name = name,
                             .show = show,
                             .cell = cell,
                             .next = next};
}

struct out_rows
source_rows_brief(struct out_picked *space, const struct out_rows *all)
{
    static const struct out_pick picks[] = {
        {"name", false}, {"state", false},   {"per_minute", false},       {"records", false},
        {"lost", false}, {"backlog", false}, {"last_record_time", false}, {"what_to_do", true},
    };

    return out_choose(space, all, picks, COUNT(picks));
}
