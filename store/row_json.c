/* row_json - objects by tables of their fields. */
#include "store/row_json.h"

#include <string.h>

#include "core/json_read.h"
#include "core/tm.h"
#include "core/utf.h"

enum field_type {
    FIELD_TEXT,
    FIELD_U64,
    FIELD_U32,
    FIELD_ID64,
    FIELD_TIME,
    FIELD_SEVERITY,
    FIELD_VERDICT,
    FIELD_STAGE,  /* must be the one at this place */
    FIELD_PARAMS, /* of a stage */
    FIELD_ALERTS  /* of a stage */
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    size_t cap; /* of a text */
};

#define TEXT(type, member)                                                                         \
    {                                                                                              \
#member, FIELD_TEXT, offsetof(struct type, member), sizeof(((struct type *)0)->member)     \
    }
#define PLAIN(kind, name, type, member)                                                            \
    {                                                                                              \
        name, kind, offsetof(struct type, member), 0                                               \
    }

static const struct field evidence_fields[] = {
    TEXT(alert_evidence, host),
    TEXT(alert_evidence, channel),
    PLAIN(FIELD_U32, "event_id", alert_evidence, event_id),
    PLAIN(FIELD_ID64, "record_id", alert_evidence, record_id),
    PLAIN(FIELD_TIME, "time", alert_evidence, time_ft),
};

static const struct field stage_fields[] = {
    {"stage", FIELD_STAGE, 0, 0},
    PLAIN(FIELD_VERDICT, "verdict", story_stage_facts, verdict),
    PLAIN(FIELD_TIME, "first_seen", story_stage_facts, first_ft),
    PLAIN(FIELD_TIME, "last_seen", story_stage_facts, last_ft),
    PLAIN(FIELD_SEVERITY, "severity", story_stage_facts, severity),
    PLAIN(FIELD_U64, "count", story_stage_facts, count),
    PLAIN(FIELD_U64, "sources", story_stage_facts, sources),
    PLAIN(FIELD_U64, "accounts", story_stage_facts, accounts),
    TEXT(story_stage_facts, message),
    {"params", FIELD_PARAMS, 0, 0},
    {"alerts", FIELD_ALERTS, 0, 0},
    PLAIN(FIELD_U64, "alert_total", story_stage_facts, alert_total),
};

/* An object being read: the struct it fills, and its place in the list. */
struct target {
    void *out;
    size_t index;
};

void
row_text(char *out, size_t cap, struct sv text)
{
    struct sv cut = utf8_cut(text, cap - 1);

    if (cut.len > 0) {
        memcpy(out, cut.p, cut.len);
    }
    out[cut.len] = '\0';
}

/* The next token must be this one. */
MUST_CHECK static enum err
expect(struct json_reader *r, enum json_token wanted)
{
    enum json_token token;
    enum err err = json_next(r, &token);

    if (err) {
        return err;
    }
    return token == wanted ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
start(struct json_reader *r, struct buf *text, enum json_token wanted)
{
    if (buf_err(text)) {
        return buf_err(text);
    }
    json_reader_init(r, text->data, text->len, false);
    return expect(r, wanted);
}

/* -- values ------------------------------------------------------------------------------------ */
MUST_CHECK static enum err
read_u64(struct json_reader *r, enum json_token spelled, uint64_t *out)
{
    enum err err = expect(r, spelled);

    if (err) {
        return err;
    }
    return sv_u64(r->value, out) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
read_u32(struct json_reader *r, uint32_t *out)
{
    uint64_t value = 0;
    enum err err = read_u64(r, JSON_NUMBER, &value);

    if (err || value > UINT32_MAX) {
        return ERR_FORMAT;
    }
    *out = (uint32_t)value;
    return ERR_OK;
}

MUST_CHECK static enum err
read_time(struct json_reader *r, uint64_t *out)
{
    enum json_token token;
    enum err err = json_next(r, &token);

    if (err || token == JSON_NULL) {
        return err;
    }
    return token == JSON_STRING && tm_parse(r->value, out) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
read_severity(struct json_reader *r, enum severity *out)
{
    enum err err = expect(r, JSON_STRING);

    if (err) {
        return err;
    }
    return severity_find(r->value, out) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
read_verdict(struct json_reader *r, enum stage_verdict *out)
{
    enum err err = expect(r, JSON_STRING);

    for (int v = STAGE_OBSERVED; v <= STAGE_NOT_OBSERVABLE && !err; v++) {
        if (sv_eq(r->value, sv_from(stage_verdict_name((enum stage_verdict)v)))) {
            *out = (enum stage_verdict)v;
            return ERR_OK;
        }
    }
    return ERR_FORMAT;
}

MUST_CHECK static enum err
read_stage(struct json_reader *r, size_t index)
{
    enum err err = expect(r, JSON_STRING);

    if (err) {
        return err;
    }
    return sv_eq(r->value, sv_from(story_stage_name((enum story_stage)index))) ? ERR_OK
                                                                               : ERR_FORMAT;
}

/* From behind the opening brace. */
MUST_CHECK static enum err
read_params(struct json_reader *r, struct alert_param *out, size_t *out_count)
{
    enum json_token token;
    enum err err = json_next(r, &token);

    while (!err && token == JSON_KEY) {
        struct alert_param *p = &out[*out_count];

        if (*out_count == ALERT_PARAMS_MAX || r->value.len >= sizeof(p->name)) {
            return ERR_FORMAT;
        }
        row_text(p->name, sizeof(p->name), r->value);
        err = expect(r, JSON_STRING);
        if (err) {
            return err;
        }
        row_text(p->value, sizeof(p->value), r->value);
        (*out_count)++;
        err = json_next(r, &token);
    }
    return err;
}

MUST_CHECK static enum err
read_alerts(struct json_reader *r, struct story_stage_facts *f)
{
    enum json_token token;
    enum err err = expect(r, JSON_ARR);

    if (!err) {
        err = json_next(r, &token);
    }
    while (!err && token == JSON_STRING) {
        if (f->alert_count == STORY_STAGE_ALERTS_MAX || r->value.len >= ALERT_ID_MAX) {
            return ERR_FORMAT;
        }
        row_text(f->alert_id[f->alert_count++], ALERT_ID_MAX, r->value);
        err = json_next(r, &token);
    }
    if (err) {
        return err;
    }
    return token == JSON_ARR_END ? ERR_OK : ERR_FORMAT;
}

MUST_CHECK static enum err
read_stage_params(struct json_reader *r, struct story_stage_facts *f)
{
    enum err err = expect(r, JSON_OBJ);

    return err ? err : read_params(r, f->params, &f->param_count);
}

MUST_CHECK static enum err
read_text(struct json_reader *r, char *out, size_t cap)
{
    enum err err = expect(r, JSON_STRING);

    if (!err) {
        row_text(out, cap, r->value);
    }
    return err;
}

MUST_CHECK static enum err
read_field(struct json_reader *r, const struct field *f, const struct target *to)
{
    char *base = to->out;
    void *at = base + f->offset;

    switch (f->type) {
    case FIELD_TEXT:
        return read_text(r, at, f->cap);
    case FIELD_U64:
        return read_u64(r, JSON_NUMBER, at);
    case FIELD_U32:
        return read_u32(r, at);
    case FIELD_ID64:
        return read_u64(r, JSON_STRING, at);
    case FIELD_TIME:
        return read_time(r, at);
    case FIELD_SEVERITY:
        return read_severity(r, at);
    case FIELD_VERDICT:
        return read_verdict(r, at);
    case FIELD_STAGE:
        return read_stage(r, to->index);
    case FIELD_PARAMS:
        return read_stage_params(r, to->out);
    case FIELD_ALERTS:
        return read_alerts(r, to->out);
    }
    return ERR_INTERNAL;
}

/* From behind the opening brace. */
MUST_CHECK static enum err
read_object(struct json_reader *r, const struct field *fields, size_t count,
            const struct target *to)
{
    enum json_token token;
    enum err err = json_next(r, &token);

    while (!err && token == JSON_KEY) {
        size_t i = 0;

        while (i < count && !sv_eq(r->value, sv_from(fields[i].name))) {
            i++;
        }
        if (i == count) {
            return ERR_FORMAT;
        }
        err = read_field(r, &fields[i], to);
        if (!err) {
            err = json_next(r, &token);
        }
    }
    return err;
}

/* -- the lists --------------------------------------------------------------------------------- */
enum err
row_params(struct buf *text, struct alert_param *out, size_t *out_count)
{
    struct json_reader r;
    enum err err = start(&r, text, JSON_OBJ);

    if (!err) {
        err = read_params(&r, out, out_count);
    }
    return err ? err : expect(&r, JSON_END);
}

enum err
row_evidence(struct buf *text, struct alert *out)
{
    struct json_reader r;
    enum json_token token = JSON_NULL;
    enum err err = start(&r, text, JSON_ARR);

    if (!err) {
        err = json_next(&r, &token);
    }
    while (!err && token == JSON_OBJ) {
        struct target to = {&out->evidence[out->evidence_count], 0};

        if (out->evidence_count == ALERT_EVIDENCE_MAX) {
            return ERR_FORMAT;
        }
        out->evidence_count++;
        err = read_object(&r, evidence_fields, COUNT(evidence_fields), &to);
        if (!err) {
            err = json_next(&r, &token);
        }
    }
    if (err) {
        return err;
    }
    return token == JSON_ARR_END ? expect(&r, JSON_END) : ERR_FORMAT;
}

enum err
row_stages(struct buf *text, struct story *out)
{
    struct json_reader r;
    enum err err = start(&r, text, JSON_ARR);

    for (size_t i = 0; i < STAGE_COUNT && !err; i++) {
        struct target to = {&out->stage[i], i};

        err = expect(&r, JSON_OBJ);
        if (!err) {
            err = read_object(&r, stage_fields, COUNT(stage_fields), &to);
        }
    }
    if (!err) {
        err = expect(&r, JSON_ARR_END);
    }
    return err ? err : expect(&r, JSON_END);
}
