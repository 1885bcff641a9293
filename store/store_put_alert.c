/* store_put_alert - writes alerts and stories: few, so lists inside them are JSON. */
#include <sqlite3.h>

#include "core/json.h"
#include "core/tm.h"
#include "store/handle.h"

static void
put_params(struct json *j, const char *key, const struct alert_param *params, size_t count)
{
    json_obj(j, key);
    for (size_t i = 0; i < count && i < ALERT_PARAMS_MAX; i++) {
        json_str(j, params[i].name, sv_from(params[i].value));
    }
    json_obj_end(j);
}

static void
put_evidence(struct json *j, const struct alert *a)
{
    json_arr(j, NULL);
    for (size_t i = 0; i < a->evidence_count && i < ALERT_EVIDENCE_MAX; i++) {
        const struct alert_evidence *e = &a->evidence[i];

        json_obj(j, NULL);
        json_str(j, "host", sv_from(e->host));
        json_str(j, "channel", sv_from(e->channel));
        json_u64(j, "event_id", e->event_id);
        json_id(j, "record_id", e->record_id);
        json_time(j, "time", e->time_ft);
        json_obj_end(j);
    }
    json_arr_end(j);
}

static void
put_stage(struct json *j, enum story_stage stage, const struct story_stage_facts *f)
{
    json_obj(j, NULL);
    json_str(j, "stage", sv_from(story_stage_name(stage)));
    json_str(j, "verdict", sv_from(stage_verdict_name(f->verdict)));
    json_time(j, "first_seen", f->first_ft);
    json_time(j, "last_seen", f->last_ft);
    json_str(j, "severity", sv_from(severity_name(f->severity)));
    json_u64(j, "count", f->count);
    json_u64(j, "sources", f->sources);
    json_u64(j, "accounts", f->accounts);
    json_str(j, "message", sv_from(f->message));
    put_params(j, "params", f->params, f->param_count);
    json_arr(j, "alerts");
    for (size_t i = 0; i < f->alert_count && i < STORY_STAGE_ALERTS_MAX; i++) {
        json_str(j, NULL, sv_from(f->alert_id[i]));
    }
    json_arr_end(j);
    json_u64(j, "alert_total", f->alert_total);
    json_obj_end(j);
}

static struct json
json_into(struct buf *out)
{
    struct json j;

    buf_clear(out);
    json_init(&j, out, false);
    return j;
}

/* The texts of both buffers, or why there are none. */
static enum err
texts_ready(struct store *s)
{
    enum err err = buf_err(&s->json[0]);

    err = err ? err : buf_err(&s->json[1]);
    return err ? why_set(err, "writing to the store: out of memory") : ERR_OK;
}

static const char *
state_name(enum alert_state state)
{
    return state == ALERT_OPEN ? "open" : "closed";
}

static void
bind_cstr(sqlite3_stmt *stmt, int at, const char *text, int *rc)
{
    db_bind_text(stmt, at, sv_from(text), rc);
}

static void
bind_alert_head(sqlite3_stmt *stmt, const struct alert *a, int *rc)
{
    bind_cstr(stmt, 1, a->id, rc);
    db_bind_int(stmt, 2, a->revision, rc);
    db_bind_int(stmt, 3, a->rule->id, rc);
    bind_cstr(stmt, 4, a->rule->name, rc);
    bind_cstr(stmt, 5, a->rule->attack, rc);
    bind_cstr(stmt, 6, severity_name(a->severity), rc);
    db_bind_int(stmt, 7, a->severity, rc);
    bind_cstr(stmt, 8, state_name(a->state), rc);
    db_bind_int(stmt, 9, a->retro, rc);
    db_bind_int(stmt, 10, a->suppressed, rc);
    bind_cstr(stmt, 11, a->why_suppressed, rc);
    bind_cstr(stmt, 12, a->host, rc);
    bind_cstr(stmt, 13, a->key, rc);
    db_bind_set(stmt, 14, a->first_ft, rc);
    db_bind_set(stmt, 15, a->last_ft, rc);
}

static void
bind_alert_facts(sqlite3_stmt *stmt, const struct alert *a, int *rc)
{
    db_bind_int(stmt, 16, (int64_t)a->count, rc);
    db_bind_int(stmt, 17, (int64_t)a->sources, rc);
    db_bind_int(stmt, 18, (int64_t)a->accounts, rc);
    db_bind_int(stmt, 19, (int64_t)a->hosts, rc);
    db_bind_int(stmt, 22, a->internet, rc);
    bind_cstr(stmt, 23, a->account, rc);
    bind_cstr(stmt, 24, a->service, rc);
    bind_cstr(stmt, 25, a->adapter, rc);
    bind_cstr(stmt, 26, a->process, rc);
    bind_cstr(stmt, 27, a->file, rc);
    bind_cstr(stmt, 28, a->message, rc);
}

enum err
store_put_alert(struct store *s, const struct alert *a)
{
    char source[ADDR_TEXT_MAX];
    sqlite3_stmt *stmt;
    struct json j;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    j = json_into(&s->json[0]);
    put_params(&j, NULL, a->params, a->param_count);
    j = json_into(&s->json[1]);
    put_evidence(&j, a);
    err = texts_ready(s);
    if (err) {
        return put_end(s, err);
    }
    stmt = s->put[PUT_ALERT];
    bind_alert_head(stmt, a, &rc);
    bind_alert_facts(stmt, a, &rc);
    db_bind_text(stmt, 20, (struct sv){source, addr_format(&a->source, source)}, &rc);
    bind_cstr(stmt, 21, addr_is_set(&a->source) ? addr_class_name(a->source_class) : "", &rc);
    db_bind_text(stmt, 29, buf_sv(&s->json[0]), &rc);
    db_bind_text(stmt, 30, buf_sv(&s->json[1]), &rc);
    return put_run(s, PUT_ALERT, rc);
}

static void
bind_story(sqlite3_stmt *stmt, const struct story *st, int *rc)
{
    bind_cstr(stmt, 1, st->id, rc);
    db_bind_int(stmt, 2, st->revision, rc);
    bind_cstr(stmt, 3, st->host, rc);
    bind_cstr(stmt, 4, state_name(st->state), rc);
    bind_cstr(stmt, 5, severity_name(st->severity), rc);
    db_bind_int(stmt, 6, st->severity, rc);
    db_bind_set(stmt, 7, st->first_ft, rc);
    db_bind_set(stmt, 8, st->last_ft, rc);
    bind_cstr(stmt, 9, st->first_message, rc);
}

enum err
store_put_story(struct store *s, const struct story *st)
{
    struct json j;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    j = json_into(&s->json[0]);
    put_params(&j, NULL, st->first_params, st->first_param_count);
    j = json_into(&s->json[1]);
    json_arr(&j, NULL);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        put_stage(&j, (enum story_stage)i, &st->stage[i]);
    }
    json_arr_end(&j);
    err = texts_ready(s);
    if (err) {
        return put_end(s, err);
    }
    bind_story(s->put[PUT_STORY], st, &rc);
    db_bind_text(s->put[PUT_STORY], 10, buf_sv(&s->json[0]), &rc);
    db_bind_text(s->put[PUT_STORY], 11, buf_sv(&s->json[1]), &rc);
    return put_run(s, PUT_STORY, rc);
}
