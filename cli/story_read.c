/* story_read - texts of one row, and its JSON, into a struct story. */
#include "cli/story_read.h"

#include "core/json_read.h"
#include "core/tm.h"
#include "core/utf.h"

static struct cell
cell_of(const struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows_columns(rows); i++) {
        if (strcmp(rows_name(rows, i), name) == 0) {
            return rows_cell(rows, i);
        }
    }
    return (struct cell){.type = CELL_NULL};
}

static void
copy_text(char *out, size_t cap, struct sv text)
{
    text = utf8_cut(text, cap - 1);
    if (text.len > 0) {
        memcpy(out, text.p, text.len);
    }
    out[text.len] = '\0';
}
#define COPY(array, text) copy_text((array), sizeof(array), (text))

static void
add_param(struct alert_param *params, size_t *count, struct sv name, struct sv value)
{
    if (*count < ALERT_PARAMS_MAX) {
        COPY(params[*count].name, name);
        COPY(params[*count].value, value);
        *count += 1;
    }
}

static enum severity
severity_of(struct sv name)
{
    enum severity severity = SEV_INFORMATIONAL;

    return severity_find(name, &severity) == ERR_OK ? severity : SEV_INFORMATIONAL;
}

/* -- stages: [{"stage": "DOOR", ..., "params": {...}, "alerts": [...]}, ...] ------------------ */

enum { DEPTH_STAGE = 2, DEPTH_INSIDE = 3 };

struct stage_reader {
    unsigned depth;
    struct sv field; /* key in the stage */
    struct sv param; /* key in its params */
    enum story_stage stage;
    struct story_stage_facts facts;
};

static void
stage_name(struct stage_reader *s, struct sv name)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (sv_eq(sv_from(story_stage_name((enum story_stage)i)), name)) {
            s->stage = (enum story_stage)i;
        }
    }
}

static enum stage_verdict
verdict_of(struct sv name)
{
    if (sv_eq(name, sv_from(stage_verdict_name(STAGE_OBSERVED)))) {
        return STAGE_OBSERVED;
    }
    if (sv_eq(name, sv_from(stage_verdict_name(STAGE_NOTHING_SEEN)))) {
        return STAGE_NOTHING_SEEN;
    }
    return STAGE_NOT_OBSERVABLE;
}

static void
read_time(struct sv text, uint64_t *out_ft)
{
    if (tm_parse(text, out_ft) != ERR_OK) {
        *out_ft = 0;
    }
}

static void
read_number(struct sv text, uint64_t *out)
{
    if (sv_u64(text, out) != ERR_OK) {
        *out = 0;
    }
}

static void
stage_value(struct stage_reader *s, struct sv value)
{
    struct story_stage_facts *f = &s->facts;

    if (sv_eq(s->field, SV("stage"))) {
        stage_name(s, value);
    } else if (sv_eq(s->field, SV("verdict"))) {
        f->verdict = verdict_of(value);
    } else if (sv_eq(s->field, SV("first_seen"))) {
        read_time(value, &f->first_ft);
    } else if (sv_eq(s->field, SV("last_seen"))) {
        read_time(value, &f->last_ft);
    } else if (sv_eq(s->field, SV("severity"))) {
        f->severity = severity_of(value);
    } else if (sv_eq(s->field, SV("count"))) {
        read_number(value, &f->count);
    } else if (sv_eq(s->field, SV("sources"))) {
        read_number(value, &f->sources);
    } else if (sv_eq(s->field, SV("accounts"))) {
        read_number(value, &f->accounts);
    } else if (sv_eq(s->field, SV("message"))) {
        COPY(f->message, value);
    } else if (sv_eq(s->field, SV("alert_total"))) {
        read_number(value, &f->alert_total);
    }
}

static void
inner_value(struct stage_reader *s, struct sv value)
{
    struct story_stage_facts *f = &s->facts;

    if (sv_eq(s->field, SV("params"))) {
        add_param(f->params, &f->param_count, s->param, value);
    } else if (sv_eq(s->field, SV("alerts")) && f->alert_count < STORY_STAGE_ALERTS_MAX) {
        COPY(f->alert_id[f->alert_count], value);
        f->alert_count++;
    }
}

static void
open_level(struct stage_reader *s)
{
    s->depth++;
    if (s->depth == DEPTH_STAGE) {
        s->facts = (struct story_stage_facts){.verdict = STAGE_NOT_OBSERVABLE};
        s->stage = STAGE_COUNT;
    }
}

static void
close_level(struct stage_reader *s, struct story *out)
{
    if (s->depth == DEPTH_STAGE && s->stage < STAGE_COUNT) {
        out->stage[s->stage] = s->facts;
    }
    s->depth--;
}

static void
stage_token(struct stage_reader *s, enum json_token token, struct sv value, struct story *out)
{
    switch (token) {
    case JSON_OBJ:
    case JSON_ARR:
        open_level(s);
        break;
    case JSON_OBJ_END:
    case JSON_ARR_END:
        close_level(s, out);
        break;
    case JSON_KEY:
        if (s->depth == DEPTH_STAGE) {
            s->field = value;
        } else {
            s->param = value;
        }
        break;
    case JSON_STRING:
    case JSON_NUMBER:
        if (s->depth == DEPTH_STAGE) {
            stage_value(s, value);
        } else if (s->depth == DEPTH_INSIDE) {
            inner_value(s, value);
        }
        break;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
    case JSON_END:
        break;
    }
}

static void
read_stages(struct buf *text, struct story *out)
{
    struct stage_reader s = {.stage = STAGE_COUNT};
    struct json_reader r;
    enum json_token token;

    if (text->len == 0) {
        return;
    }
    json_reader_init(&r, text->data, text->len, false);
    while (json_next(&r, &token) == ERR_OK && token != JSON_END) {
        stage_token(&s, token, r.value, out);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

static void
read_first_params(struct buf *text, struct story *out)
{
    struct json_reader r;
    enum json_token token;
    struct sv name = {0};

    if (text->len == 0) {
        return;
    }
    json_reader_init(&r, text->data, text->len, false);
    while (json_next(&r, &token) == ERR_OK && token != JSON_END) {
        if (token == JSON_KEY) {
            name = r.value;
        } else if (token == JSON_STRING || token == JSON_NUMBER) {
            add_param(out->first_params, &out->first_param_count, name, r.value);
        }
    }
}

void
story_read(const struct rows *rows, struct buf *scratch, struct story *out)
{
    *out = (struct story){.severity = severity_of(cell_of(rows, "severity").text),
                          .first_ft = (uint64_t)cell_of(rows, "first_seen").i,
                          .last_ft = (uint64_t)cell_of(rows, "last_seen").i};
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        out->stage[i].verdict = STAGE_NOT_OBSERVABLE;
    }
    COPY(out->id, cell_of(rows, "id").text);
    COPY(out->host, cell_of(rows, "host").text);
    COPY(out->first_message, cell_of(rows, "first_message").text);
    buf_clear(scratch);
    buf_put_sv(scratch, cell_of(rows, "stages").text);
    read_stages(scratch, out);
    buf_clear(scratch);
    buf_put_sv(scratch, cell_of(rows, "first_params").text);
    read_first_params(scratch, out);
}
