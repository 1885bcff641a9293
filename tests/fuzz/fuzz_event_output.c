/* fuzz_event_output: any bytes as the texts of an alert; its event keeps every promise of
 * service/event_text.h, and the Event Log takes it. */
#include <stdlib.h>
#include <string.h>

#include "core/json_read.h"
#include "core/mem.h"
#include "core/utf.h"
#include "detectors/rules.h"
#include "service/event_output.h"
#include "service/event_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

struct input {
    const uint8_t *p;
    size_t len;
};

static uint8_t
take(struct input *in)
{
    if (in->len == 0) {
        return 0;
    }
    in->len--;
    return *in->p++;
}

/* A length and the text; or, with the highest bit, a piece that is repeated until all is full. It
 * ends at a NUL, as all texts of an alert do. */
static void
take_text(struct input *in, char *out, size_t cap)
{
    uint8_t first = take(in);
    size_t len = first & 0x7F;
    size_t end = (first & 0x80) != 0 ? cap - 1 : len;

    len = len > in->len ? in->len : len;
    memset(out, 0, cap);
    for (size_t i = 0; len > 0 && i < end && i < cap - 1; i++) {
        out[i] = (char)in->p[i % len];
    }
    in->p += len;
    in->len -= len;
}

static void
take_number(struct input *in, uint64_t *out)
{
    *out = 0;
    for (unsigned i = take(in) % 9; i > 0; i--) {
        *out = *out << 8 | take(in);
    }
}

static void
take_lists(struct input *in, struct alert *a)
{
    static const char *const names[ALERT_PARAMS_MAX] = {"count", "source", "account", "service",
                                                        "first", "why",    "from",    "to",
                                                        "host",  "kind",   "file",    "by"};

    for (size_t i = take(in) % (ALERT_PARAMS_MAX + 1); i > 0; i--) {
        char text[ALERT_ACCOUNT_MAX];

        take_text(in, text, sizeof(text));
        alert_param(a, names[i - 1], sv_from(text));
    }
    for (size_t i = take(in) % (ALERT_EVIDENCE_MAX + 1); i > 0; i--) {
        struct alert_evidence e = {.event_id = take(in)};

        take_text(in, e.host, sizeof(e.host));
        take_text(in, e.channel, sizeof(e.channel));
        take_number(in, &e.record_id);
        alert_add_evidence(a, &e);
    }
}

static void
take_alert(struct input *in, struct alert *a)
{
    uint8_t bytes[16];

    memset(a, 0, sizeof(*a));
    a->rule = &rule_table[take(in) % RULE_COUNT];
    a->severity = (enum severity)(take(in) % SEV_COUNT);
    a->state = take(in) % 2 == 0 ? ALERT_OPEN : ALERT_CLOSED;
    a->revision = take(in);
    a->retro = a->revision % 2 == 0;
    take_number(in, &a->first_ft);
    take_number(in, &a->count);
    take_number(in, &a->sources);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = take(in);
    }
    a->source = take(in) % 2 == 0 ? addr_v4(bytes) : addr_v6(bytes, take(in));
    a->source_class = addr_classify(&a->source);
    take_text(in, a->host, sizeof(a->host));
    take_text(in, a->key, sizeof(a->key));
    take_text(in, a->account, sizeof(a->account));
    take_text(in, a->service, sizeof(a->service));
    take_text(in, a->adapter, sizeof(a->adapter));
    take_text(in, a->process, sizeof(a->process));
    take_text(in, a->file, sizeof(a->file));
    take_text(in, a->message, sizeof(a->message));
    if (take(in) % 2 == 0) {
        rule_message(a->rule, a->message);
    }
    take_lists(in, a);
    alert_make_id(a);
}

/* -- what an event promises -------------------------------------------------------------------- */

static size_t
check_units(const uint16_t *s)
{
    size_t len = 0;

    for (; s[len] != 0; len++) {
        bool high = s[len] >= 0xD800 && s[len] < 0xDC00;
        bool low = s[len] >= 0xDC00 && s[len] < 0xE000;

        require(s[len] >= 0x20 && s[len] != 0x7F && s[len] != '%' && s[len] < 0xFFFE);
        require(!high || (s[len + 1] >= 0xDC00 && s[len + 1] < 0xE000));
        require(!low || (len > 0 && s[len - 1] >= 0xD800 && s[len - 1] < 0xDC00));
        require(len < REPORT_STRING_MAX);
    }
    require(len > 0);
    return len + 1;
}

static void
check_json(struct sv text)
{
    char *copy = mem_strndup(text.p, text.len);
    struct json_reader r;
    enum json_token token = JSON_NULL;

    require(copy != NULL);
    for (size_t i = 0; i < text.len; i++) {
        require(text.p[i] >= 0x20 && text.p[i] < 0x7F && text.p[i] != '%');
    }
    json_reader_init(&r, copy, text.len, false);
    while (token != JSON_END) {
        require(json_next(&r, &token) == ERR_OK);
        require(token != JSON_STRING || utf8_valid(r.value));
    }
    mem_free(copy);
}

static void
check_event(struct event_text *t, const struct alert *a, enum lang lang, bool small)
{
    size_t units = 0;

    event_text_make(t, a, lang, small);
    for (size_t i = 0; i < EVENT_STRING_COUNT; i++) {
        size_t len = check_units(event_text_strings(t)[i]);

        require(len - 1 <= event_string_table[i].units);
        require(utf8_valid(event_text_field(t, (enum event_string)i)));
        units += len;
    }
    require(units <= (small ? EVENT_SMALL_UNITS_MAX : EVENT_UNITS_MAX));
    check_json(event_text_field(t, EVENT_STRING_JSON));
}

/* -- the Event Log ----------------------------------------------------------------------------- */

static uint32_t
log_open(void *ctx, const uint16_t *source, void **out)
{
    require(source[0] == 'S' && source[1] == 0);
    *out = ctx;
    return REPORT_OK;
}

static uint32_t
log_report(void *ctx, void *handle, const struct report_event *event)
{
    unsigned *count = ctx;

    require(handle == ctx && event->count == EVENT_STRING_COUNT);
    (*count)++;
    return REPORT_OK;
}

static uint32_t
log_close(void *ctx, void *handle)
{
    require(handle == ctx);
    return REPORT_OK;
}

static void
check_output(const struct alert *a)
{
    unsigned count = 0;
    struct report_api api = {&count, log_open, log_report, log_close};
    struct event_output_opts opts = {&api, "S", LANG_JA};
    struct event_output *o = NULL;

    require(event_output_create(&opts, &o) == ERR_OK);
    require(event_output_alert(o, a) == ERR_OK);
    require(count == 1);
    event_output_destroy(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_text *t;
    static struct alert a;
    struct input in = {data, size};
    enum lang lang;

    if (t == NULL) {
        require(event_text_create(&t) == ERR_OK);
    }
    take_alert(&in, &a);
    lang = a.revision % 4 < 2 ? LANG_EN : LANG_JA;
    check_event(t, &a, lang, false);
    check_event(t, &a, lang, true);
    if (size % 16 == 0) { /* it allocates much */
        check_output(&a);
    }
    return 0;
}
