/* event_text - escapes, cuts and counts; then everything becomes UTF-16 in one block. */
#include "service/event_text.h"

#include <assert.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "service/event_json.h"
#include "service/report_api.h"

#define PERCENT "\xEF\xBC\x85" /* U+FF05 */
#define MARK "..."
#define MARK_UNITS 3u
#define SMALL_FIELD_UNITS 260u
#define UTF8_PER_UNIT 3u
#define SENTENCE_LEN_MAX ((size_t)64 * 1024)

const struct event_string_info event_string_table[EVENT_STRING_COUNT] = {
#define EVENT_STRING(NAME, name, units, meaning) [EVENT_STRING_##NAME] = {name, units, meaning},
#include "service/event_strings.h"
#undef EVENT_STRING
};

enum {
#define EVENT_STRING(NAME, name, units, meaning) UNITS_##NAME = (units),
#include "service/event_strings.h"
#undef EVENT_STRING
#define EVENT_STRING(NAME, name, units, meaning) +(units)
    UNITS_ALL = 0
#include "service/event_strings.h"
#undef EVENT_STRING
};
#define UNITS_TEXTS ((size_t)UNITS_ALL - (size_t)UNITS_JSON)

_Static_assert((int)EVENT_STRING_JSON == (int)EVENT_STRING_COUNT - 1,
               "the JSON is the last string");
_Static_assert(UNITS_TEXTS + EVENT_STRING_COUNT + EVENT_JSON_LEN_MIN <= EVENT_UNITS_MAX,
               "there is always room for a JSON");
_Static_assert(SMALL_FIELD_UNITS *EVENT_STRING_COUNT + EVENT_JSON_LEN_MIN <= EVENT_SMALL_UNITS_MAX,
               "in a small event too");
_Static_assert(EVENT_UNITS_MAX <= REPORT_STRING_MAX, "so no string is too long");
_Static_assert((int)EVENT_STRING_COUNT <= (int)REPORT_STRINGS_MAX, "nor are there too many");

struct event_text {
    struct buf text; /* all but the JSON, UTF-8 */
    struct buf sentence;
    struct buf json, json_raw;
    struct sv field[EVENT_STRING_COUNT]; /* into text and json; set when both are complete */
    size_t start[EVENT_STRING_COUNT];
    size_t units_left;
    bool small;
    const uint16_t *string[EVENT_STRING_COUNT];
    uint16_t units[EVENT_UNITS_MAX];
};

/* -- memory ------------------------------------------------------------------------------------ */

/* Grows to its cap at once. */
static enum err
init_full(struct buf *b, size_t max_len)
{
    static const char zeros[256];
    enum err err;

    buf_init(b, max_len);
    while (b->len < max_len && buf_err(b) == ERR_OK) {
        size_t left = max_len - b->len;

        buf_put(b, zeros, left < sizeof(zeros) ? left : sizeof(zeros));
    }
    err = buf_err(b);
    buf_clear(b);
    return err;
}

enum err
event_text_create(struct event_text **out)
{
    struct event_text *t = mem_zalloc(sizeof(*t));
    enum err err;

    *out = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    err = init_full(&t->text, UNITS_TEXTS * UTF8_PER_UNIT);
    err = err ? err : init_full(&t->sentence, SENTENCE_LEN_MAX);
    err = err ? err : init_full(&t->json, EVENT_UNITS_MAX);
    err = err ? err : init_full(&t->json_raw, EVENT_UNITS_MAX);
    if (err) {
        event_text_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
event_text_destroy(struct event_text *t)
{
    if (t == NULL) {
        return;
    }
    buf_fini(&t->text);
    buf_fini(&t->sentence);
    buf_fini(&t->json);
    buf_fini(&t->json_raw);
    mem_free(t);
}

/* -- texts ------------------------------------------------------------------------------------- */

/* One escaped character at a time, with its length in UTF-16. */
static size_t
put_escaped(struct buf *out, const char *text)
{
    struct sv s = sv_from(text);
    size_t units = 0;
    size_t pos = 0;

    while (pos < s.len) {
        size_t start = pos;
        uint32_t cp = utf8_next(s, &pos);

        units += cp > 0xFFFFu ? 2 : 1;
        if (cp == '%') {
            buf_puts(out, PERCENT);
        } else {
            buf_put(out, s.p + start, pos - start);
        }
    }
    return units;
}

static void
cut_back(struct buf *b, size_t len)
{
    b->len = len;
    b->data[len] = '\0';
}

/* At most max units; returns how many. */
static size_t
put_text(struct buf *out, struct sv s, size_t max)
{
    char one[ESCAPE_TEXT_MAX];
    size_t mark_at = out->len; /* up to here there is room for a mark */
    size_t mark_units = 0;
    size_t units = 0;
    size_t pos = 0;

    while (pos < s.len) {
        size_t start = pos;

        (void)utf8_next(s, &pos);
        units += put_escaped(out, escape_text((struct sv){s.p + start, pos - start}, one));
        if (units > max) {
            cut_back(out, mark_at);
            buf_puts(out, MARK);
            metric_add(METRIC_EVENT_TEXTS_CUT, 1);
            return mark_units + MARK_UNITS;
        }
        if (units + MARK_UNITS <= max) {
            mark_at = out->len;
            mark_units = units;
        }
    }
    return units;
}

static void
put_field(struct event_text *t, enum event_string field, struct sv value)
{
    size_t max = event_string_table[field].units;

    if (t->small && max > SMALL_FIELD_UNITS) {
        max = SMALL_FIELD_UNITS;
    }
    t->start[field] = t->text.len;
    t->units_left -= put_text(&t->text, value.len == 0 ? SV("-") : value, max) + 1;
}

static void
put_cstr(struct event_text *t, enum event_string field, const char *value)
{
    put_field(t, field, sv_from(value));
}

static void
put_number(struct event_text *t, enum event_string field, uint64_t value)
{
    char digits[ALERT_NUMBER_MAX];
    char *p = digits + sizeof(digits);
    size_t len = 0;

    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
        len++;
    } while (value != 0);
    put_field(t, field, (struct sv){p, len});
}

static void
put_time(struct event_text *t, enum event_string field, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];
    size_t len = t_ft == 0 ? 0 : tm_format(t_ft, text);

    put_field(t, field, (struct sv){text, len});
}

/* A name that this version does not know shows with its parameters. */
static void
make_sentence(struct buf *out, const struct alert *a, enum lang lang)
{
    struct msg_arg args[ALERT_PARAMS_MAX];
    size_t count = a->param_count < ALERT_PARAMS_MAX ? a->param_count : ALERT_PARAMS_MAX;
    enum msg id;

    buf_clear(out);
    for (size_t i = 0; i < count; i++) {
        args[i] = (struct msg_arg){a->params[i].name, sv_from(a->params[i].value)};
    }
    if (msg_find(sv_from(a->message), &id)) {
        msg_put(out, lang, id, args, count);
        return;
    }
    escape_put(out, sv_from(a->message), ESCAPE_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i == 0 ? ": " : ", ");
        buf_puts(out, args[i].name);
        buf_putc(out, '=');
        escape_put(out, args[i].value, ESCAPE_TEXT_MAX);
    }
}

static void
put_texts(struct event_text *t, const struct alert *a)
{
    char source[ADDR_TEXT_MAX];

    put_number(t, EVENT_STRING_SCHEMA, EVENT_SCHEMA);
    put_cstr(t, EVENT_STRING_ALERT_ID, a->id);
    put_number(t, EVENT_STRING_REVISION, a->revision);
    put_cstr(t, EVENT_STRING_RULE, a->rule->name);
    put_cstr(t, EVENT_STRING_SEVERITY, severity_name(a->severity));
    put_cstr(t, EVENT_STRING_STATE, a->state == ALERT_OPEN ? "open" : "closed");
    put_cstr(t, EVENT_STRING_RETRO, a->retro ? "true" : "false");
    put_cstr(t, EVENT_STRING_HOST, a->host);
    put_time(t, EVENT_STRING_FIRST_SEEN, a->first_ft);
    put_time(t, EVENT_STRING_LAST_SEEN, a->last_ft);
    put_number(t, EVENT_STRING_TIMES, a->count);
    put_field(t, EVENT_STRING_SOURCE, (struct sv){source, addr_format(&a->source, source)});
    put_cstr(t, EVENT_STRING_ACCOUNT, a->account);
    put_cstr(t, EVENT_STRING_SERVICE, a->service);
    put_cstr(t, EVENT_STRING_ADAPTER, a->adapter);
    put_cstr(t, EVENT_STRING_PROCESS, a->process);
    put_cstr(t, EVENT_STRING_FILE, a->file);
    put_cstr(t, EVENT_STRING_ATTACK, a->rule->attack);
    put_field(t, EVENT_STRING_SENTENCE, buf_sv(&t->sentence));
}

/* -- all of it --------------------------------------------------------------------------------- */

/* text grows no more: its fields lie one behind the other. */
static void
set_fields(struct event_text *t)
{
    for (size_t i = 0; i < EVENT_STRING_JSON; i++) {
        size_t end = i + 1 < EVENT_STRING_JSON ? t->start[i + 1] : t->text.len;

        t->field[i] = (struct sv){t->text.data + t->start[i], end - t->start[i]};
    }
    t->field[EVENT_STRING_JSON] = buf_sv(&t->json);
}

static void
set_strings(struct event_text *t)
{
    size_t used = 0;

    for (size_t i = 0; i < EVENT_STRING_COUNT; i++) {
        size_t room = EVENT_UNITS_MAX - used - 1;
        bool cut = false;

        t->string[i] = &t->units[used];
        used += utf8_to_utf16(t->field[i], &t->units[used], room, &cut);
        assert(!cut);
        t->units[used++] = 0;
    }
}

void
event_text_make(struct event_text *t, const struct alert *a, enum lang lang, bool small)
{
    size_t json_max;
    enum err err;

    buf_clear(&t->text);
    t->small = small;
    t->units_left = small ? EVENT_SMALL_UNITS_MAX : EVENT_UNITS_MAX;
    make_sentence(&t->sentence, a, lang);
    put_texts(t, a);
    json_max = t->units_left - 1;
    if (json_max > event_string_table[EVENT_STRING_JSON].units) {
        json_max = event_string_table[EVENT_STRING_JSON].units;
    }
    err = event_json_put(&t->json, &t->json_raw, a, buf_sv(&t->sentence), json_max);
    assert(!err && buf_err(&t->text) == ERR_OK); /* all memory is there, and EVENT_JSON_LEN_MIN */
    (void)err;
    set_fields(t);
    set_strings(t);
}

const uint16_t *const *
event_text_strings(const struct event_text *t)
{
    return t->string;
}

struct sv
event_text_field(const struct event_text *t, enum event_string field)
{
    return t->field[field];
}
