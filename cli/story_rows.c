/* story_rows - v_stories with sentences. */
#include "cli/story_rows.h"

#include "cli/sentence.h"
#include "cli/story_read.h"
#include "core/log.h"
#include "core/mem.h"

#define JSON_LEN_MAX ((size_t)1024 * 1024)

void
story_sentence(struct buf *out, enum lang lang, const char *message,
               const struct alert_param *params, size_t count)
{
    struct msg_arg arg[ALERT_PARAMS_MAX];
    enum msg id;

    if (message[0] == '\0') {
        return;
    }
    if (!msg_find(sv_from(message), &id)) {
        escape_put(out, sv_from(message), ESCAPE_TEXT_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        arg[i] = (struct msg_arg){params[i].name, sv_from(params[i].value)};
    }
    msg_put(out, lang, id, arg, count);
}

enum err
story_rows_open(struct story_rows *r, struct store *s, const struct store_filter *f, enum lang lang)
{
    enum err err;

    *r = (struct story_rows){.lang = lang, .stages = SIZE_MAX};
    buf_init(&r->json, JSON_LEN_MAX);
    buf_init(&r->first, JSON_LEN_MAX);
    r->story = mem_zalloc(sizeof(*r->story));
    if (r->story == NULL) {
        return ERR_NOMEM;
    }
    err = store_rows(s, ROWS_STORIES, f, &r->rows);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < rows_columns(r->rows); i++) {
        if (strcmp(rows_name(r->rows, i), "stages") == 0) {
            r->stages = i;
        }
    }
    return ERR_OK;
}

void
story_rows_close(struct story_rows *r)
{
    rows_close(r->rows);
    mem_free(r->story);
    buf_fini(&r->json);
    buf_fini(&r->first);
    *r = (struct story_rows){0};
}

static void
put_params(struct json *j, const struct story_stage_facts *f)
{
    json_obj(j, "params");
    for (size_t i = 0; i < f->param_count; i++) {
        json_str(j, f->params[i].name, sv_from(f->params[i].value));
    }
    json_obj_end(j);
}

static void
put_stage(struct story_rows *r, struct json *j, size_t stage, struct buf *sentence)
{
    const struct story_stage_facts *f = &r->story->stage[stage];

    buf_clear(sentence);
    story_sentence(sentence, r->lang, f->message, f->params, f->param_count);
    json_obj(j, NULL);
    json_str(j, "stage", sv_from(story_stage_name((enum story_stage)stage)));
    json_str(j, "verdict", sv_from(stage_verdict_name(f->verdict)));
    json_time(j, "first_seen", f->first_ft);
    json_time(j, "last_seen", f->last_ft);
    json_str(j, "severity", sv_from(severity_name(f->severity)));
    json_u64(j, "count", f->count);
    json_u64(j, "sources", f->sources);
    json_u64(j, "accounts", f->accounts);
    json_str(j, "sentence", buf_sv(sentence));
    json_str(j, "message", sv_from(f->message));
    put_params(j, f);
    json_arr(j, "alerts");
    for (size_t i = 0; i < f->alert_count; i++) {
        json_str(j, NULL, sv_from(f->alert_id[i]));
    }
    json_arr_end(j);
    json_u64(j, "alert_total", f->alert_total);
    json_obj_end(j);
}

static void
make_json(struct story_rows *r)
{
    struct buf sentence;
    struct json j;

    buf_init(&sentence, JSON_LEN_MAX);
    buf_clear(&r->json);
    json_init(&j, &r->json, false);
    json_arr(&j, NULL);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        put_stage(r, &j, i, &sentence);
    }
    json_arr_end(&j);
    if (buf_err(&sentence)) {
        r->json.err = buf_err(&sentence);
    }
    buf_fini(&sentence);
}

enum err
story_rows_next(struct story_rows *r)
{
    enum err err = rows_next(r->rows);

    if (err) {
        return err;
    }
    story_read(r->rows, &r->json, r->story);
    if (buf_err(&r->json)) {
        return buf_err(&r->json);
    }
    make_json(r);
    buf_clear(&r->first);
    story_sentence(&r->first, r->lang, r->story->first_message, r->story->first_params,
                   r->story->first_param_count);
    return buf_err(&r->json) ? buf_err(&r->json) : buf_err(&r->first);
}

static enum err
next(void *ctx)
{
    return story_rows_next(ctx);
}

static const char *
name(void *ctx, size_t column)
{
    const struct story_rows *r = ctx;

    return column == rows_columns(r->rows) ? "first_step" : rows_name(r->rows, column);
}

static enum cell_show
show(void *ctx, size_t column)
{
    const struct story_rows *r = ctx;

    return column == rows_columns(r->rows) ? SHOW_PLAIN : rows_show(r->rows, column);
}

static struct cell
cell(void *ctx, size_t column)
{
    struct story_rows *r = ctx;

    if (column == rows_columns(r->rows)) {
        return (struct cell){.type = CELL_TEXT, .text = buf_sv(&r->first)};
    }
    if (column == r->stages) {
        return (struct cell){.type = CELL_TEXT, .text = buf_sv(&r->json)};
    }
    return rows_cell(r->rows, column);
}

struct out_rows
story_rows_all(struct story_rows *r)
{
    return (struct out_rows){.ctx = r,
                             .columns = rows_columns(r->rows) + 1,
                             .name = name,
                             .show = show,
                             .cell = cell,
                             .next = next};
}
