/* event_json - fields in groups; each try writes one group less. */
#include "service/event_json.h"

#include "core/metrics.h"
#include "service/event_text.h"

/* In the order in which they are given up. */
enum group {
    GROUP_EVIDENCE,
    GROUP_PARAMS,
    GROUP_SENTENCE,
    GROUP_KEY,
    GROUP_FILES,
    GROUP_NAMES,
    GROUP_COUNT
};

/* Their fields, blank separated. */
static const char *const group_fields[GROUP_COUNT] = {
    [GROUP_EVIDENCE] = "evidence",  [GROUP_PARAMS] = "params",
    [GROUP_SENTENCE] = "sentence",  [GROUP_KEY] = "key why_suppressed",
    [GROUP_FILES] = "process file", [GROUP_NAMES] = "host account service adapter message",
};

/* An absent text is null, as in the store. */
static void
put_text(struct json *j, const char *key, const char *text)
{
    if (text[0] == '\0') {
        json_null(j, key);
    } else {
        json_str(j, key, sv_from(text));
    }
}

/* Blank separated words as items. */
static void
put_words(struct json *j, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        if (len > 0) {
            json_str(j, NULL, (struct sv){words, len});
        }
        words += len;
        words += *words == ' ';
    }
}

static void
put_params(struct json *j, const struct alert *a)
{
    json_obj(j, "params");
    for (size_t i = 0; i < a->param_count && i < ALERT_PARAMS_MAX; i++) {
        json_str(j, a->params[i].name, sv_from(a->params[i].value));
    }
    json_obj_end(j);
}

static void
put_evidence(struct json *j, const struct alert *a)
{
    json_arr(j, "evidence");
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
put_dropped(struct json *j, unsigned dropped)
{
    json_arr(j, "dropped");
    for (unsigned i = 0; i < dropped; i++) {
        put_words(j, group_fields[i]);
    }
    json_arr_end(j);
}

static void
put_head(struct json *j, const struct alert *a, unsigned dropped)
{
    json_u64(j, "schema", EVENT_SCHEMA);
    json_str(j, "id", sv_from(a->id));
    json_u64(j, "revision", a->revision);
    json_u64(j, "rule_id", a->rule->id);
    json_str(j, "rule", sv_from(a->rule->name));
    json_arr(j, "attack");
    put_words(j, a->rule->attack);
    json_arr_end(j);
    json_str(j, "severity", sv_from(severity_name(a->severity)));
    json_u64(j, "severity_level", (uint64_t)a->severity);
    json_str(j, "state", a->state == ALERT_OPEN ? SV("open") : SV("closed"));
    json_time(j, "first_seen", a->first_ft);
    json_time(j, "last_seen", a->last_ft);
    json_u64(j, "count", a->count);
    json_u64(j, "sources", a->sources);
    json_u64(j, "accounts", a->accounts);
    json_u64(j, "hosts", a->hosts);
    json_addr(j, "source", &a->source);
    put_text(j, "source_class", addr_is_set(&a->source) ? addr_class_name(a->source_class) : "");
    json_bool(j, "internet", a->internet);
    json_bool(j, "retro", a->retro);
    json_bool(j, "suppressed", a->suppressed);
    if (dropped > 0) {
        put_dropped(j, dropped);
    }
}

static void
put_all(struct json *j, const struct alert *a, struct sv sentence, unsigned dropped)
{
    json_obj(j, NULL);
    put_head(j, a, dropped);
    if (dropped <= GROUP_NAMES) {
        put_text(j, "host", a->host);
        put_text(j, "account", a->account);
        put_text(j, "service", a->service);
        put_text(j, "adapter", a->adapter);
        put_text(j, "message", a->message);
    }
    if (dropped <= GROUP_FILES) {
        put_text(j, "process", a->process);
        put_text(j, "file", a->file);
    }
    if (dropped <= GROUP_KEY) {
        put_text(j, "key", a->key);
        put_text(j, "why_suppressed", a->why_suppressed);
    }
    if (dropped <= GROUP_SENTENCE) {
        json_str(j, "sentence", sentence);
    }
    if (dropped <= GROUP_PARAMS) {
        put_params(j, a);
    }
    if (dropped <= GROUP_EVIDENCE) {
        put_evidence(j, a);
    }
    json_obj_end(j);
}

#define ESCAPE_LEN 6u /* a UTF-16 unit, \uXXXX */

/* The unit that the writer has written at p; 0 when there is none. */
static unsigned
unit_at(const char *p, const char *end)
{
    unsigned unit = 0;

    if ((size_t)(end - p) < ESCAPE_LEN || p[0] != '\\' || p[1] != 'u') {
        return 0;
    }
    for (size_t i = 2; i < ESCAPE_LEN; i++) {
        unsigned c = (unsigned char)p[i];

        unit = unit << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

/* Bytes from p on that may stay as they are, 0 when a surrogate stands alone. */
static size_t
sound_len(const char *p, const char *end)
{
    unsigned unit = unit_at(p, end);

    if (unit >= 0xD800 && unit < 0xDC00) {
        unsigned next = unit_at(p + ESCAPE_LEN, end);

        return next >= 0xDC00 && next < 0xE000 ? ESCAPE_LEN + ESCAPE_LEN : 0;
    }
    if (unit >= 0xDC00 && unit < 0xE000) {
        return 0;
    }
    return *p == '\\' ? 2 : 1; /* the rest of an escape is plain */
}

/* '%' stands inside of strings only. Half characters are no JSON to many readers. */
static void
copy_sound(struct buf *out, struct sv text)
{
    const char *p = text.p;
    const char *end = p + text.len;
    const char *start = p;

    while (p < end) {
        size_t len = sound_len(p, end);

        if (*p != '%' && len > 0) {
            p += len;
            continue;
        }
        buf_put(out, start, (size_t)(p - start));
        buf_puts(out, *p == '%' ? "\\u0025" : "\\ufffd");
        p += *p == '%' ? 1 : ESCAPE_LEN;
        start = p;
    }
    buf_put(out, start, (size_t)(end - start));
}

enum err
event_json_put(struct buf *out, struct buf *raw, const struct alert *a, struct sv sentence,
               size_t max_len)
{
    enum err err = ERR_FULL;

    for (unsigned dropped = 0; dropped <= GROUP_COUNT; dropped++) {
        struct json j;

        buf_clear(raw);
        buf_clear(out);
        json_init(&j, raw, false);
        put_all(&j, a, sentence, dropped);
        if (buf_err(raw) == ERR_OK && raw->len <= max_len) {
            copy_sound(out, buf_sv(raw));
        }
        err = buf_err(raw) ? buf_err(raw) : buf_err(out);
        if (err == ERR_NOMEM || (!err && out->len > 0 && out->len <= max_len)) {
            metric_add(METRIC_EVENT_FIELDS_DROPPED, dropped);
            return err;
        }
    }
    return err ? err : ERR_FULL;
}
