/* test_event_text - an alert as strings: their order, and that nothing in an alert can break them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cJSON.h>
#include <cmocka.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "detectors/rules.h"
#include "service/event_text.h"
#include "service/report_api.h"
#include "store/store.h"
#include "support/cli_capture.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */

#define SET(a, member, text) set_text((a)->member, sizeof((a)->member), SV(text))

struct fixture {
    struct event_text *t;
    struct alert a;
};

static void
set_text(char *out, size_t cap, struct sv text)
{
    assert_true(text.len < cap);
    memset(out, 0, cap);
    memcpy(out, text.p, text.len);
}

static void
make_alert(struct alert *a)
{
    struct alert_evidence evidence = {"PC-A", "Security", 12345678901234567890ULL, 4625, T0};

    memset(a, 0, sizeof(*a));
    a->rule = &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES];
    a->severity = SEV_CRITICAL;
    a->revision = 3;
    a->first_ft = T0;
    a->last_ft = T0 + TM_HOUR;
    a->count = 1204;
    a->sources = 1;
    a->internet = true;
    SET(a, host, "PC-A");
    SET(a, key, "203.0.113.7");
    SET(a, account, "kumi");
    SET(a, service, "rdp");
    SET(a, adapter, "USB router");
    SET(a, message, "ALERT_LOGON_SUCCESS_AFTER_FAILURES");
    assert_int_equal(addr_parse(SV("203.0.113.7"), &a->source), ERR_OK);
    a->source_class = addr_classify(&a->source);
    alert_param(a, "account", SV("kumi"));
    alert_param(a, "source", SV("203.0.113.7"));
    alert_param(a, "service", SV("rdp"));
    alert_param(a, "failures", SV("1,204"));
    alert_add_evidence(a, &evidence);
    alert_make_id(a);
}

static int
setup(void **state)
{
    static struct fixture f;

    assert_int_equal(event_text_create(&f.t), ERR_OK);
    make_alert(&f.a);
    metric_reset_all();
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    event_text_destroy(f->t);
    return 0;
}

static void
expect(const struct fixture *f, enum event_string field, const char *text)
{
    struct sv got = event_text_field(f->t, field);
    char copy[1024];

    assert_true(got.len < sizeof(copy));
    memcpy(copy, got.p, got.len);
    copy[got.len] = '\0';
    assert_string_equal(copy, text);
}

/* -- order and form ---------------------------------------------------------------------------- */

static void
test_the_order_is_the_contract(void **state)
{
    static const char *const names[] = {
        "schema",  "alert_id",   "revision",  "rule",   "severity", "state",   "retro",
        "host",    "first_seen", "last_seen", "count",  "source",   "account", "service",
        "adapter", "process",    "file",      "attack", "sentence", "json",
    };

    (void)state;
    assert_int_equal(COUNT(names), EVENT_STRING_COUNT);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(event_string_table[i].name, names[i]);
    }
}

static void
test_every_string(void **state)
{
    struct fixture *f = *state;

    event_text_make(f->t, &f->a, LANG_EN, false);
    expect(f, EVENT_STRING_SCHEMA, "1");
    expect(f, EVENT_STRING_ALERT_ID, f->a.id);
    expect(f, EVENT_STRING_REVISION, "3");
    expect(f, EVENT_STRING_RULE, "logon.success_after_failures");
    expect(f, EVENT_STRING_SEVERITY, "critical");
    expect(f, EVENT_STRING_STATE, "open");
    expect(f, EVENT_STRING_RETRO, "false");
    expect(f, EVENT_STRING_HOST, "PC-A");
    expect(f, EVENT_STRING_FIRST_SEEN, "2026-11-01T00:00:00.0000000Z");
    expect(f, EVENT_STRING_LAST_SEEN, "2026-11-01T01:00:00.0000000Z");
    expect(f, EVENT_STRING_TIMES, "1204");
    expect(f, EVENT_STRING_SOURCE, "203.0.113.7");
    expect(f, EVENT_STRING_ACCOUNT, "kumi");
    expect(f, EVENT_STRING_SERVICE, "rdp");
    expect(f, EVENT_STRING_ADAPTER, "USB router");
    expect(f, EVENT_STRING_PROCESS, "-");
    expect(f, EVENT_STRING_FILE, "-");
    expect(f, EVENT_STRING_ATTACK, "T1110.001 T1078");
    expect(f, EVENT_STRING_SENTENCE,
           "kumi logged on from 203.0.113.7 (rdp) after 1,204 failed logons; if this was not kumi, "
           "take the PC off the network, leave it on, and change the password from another PC.");
    f->a.state = ALERT_CLOSED;
    f->a.retro = true;
    f->a.first_ft = 0;
    f->a.count = UINT64_MAX;
    memset(&f->a.source, 0, sizeof(f->a.source));
    event_text_make(f->t, &f->a, LANG_JA, false);
    expect(f, EVENT_STRING_STATE, "closed");
    expect(f, EVENT_STRING_RETRO, "true");
    expect(f, EVENT_STRING_FIRST_SEEN, "-");
    expect(f, EVENT_STRING_TIMES, "18446744073709551615");
    expect(f, EVENT_STRING_SOURCE, "-");
    assert_non_null(strstr(event_text_field(f->t, EVENT_STRING_SENTENCE).p, "ログオンしました"));
}

static void
test_unknown_sentence(void **state)
{
    struct fixture *f = *state;

    SET(&f->a, message, "ALERT_OF_TOMORROW");
    f->a.param_count = 2;
    event_text_make(f->t, &f->a, LANG_EN, false);
    expect(f, EVENT_STRING_SENTENCE, "ALERT_OF_TOMORROW: account=kumi, source=203.0.113.7");
}

/* -- the JSON ---------------------------------------------------------------------------------- */

static cJSON *
parse(struct sv text)
{
    char *copy = mem_strndup(text.p, text.len);
    cJSON *tree;

    assert_non_null(copy);
    assert_int_equal(strlen(copy), text.len);
    tree = cJSON_ParseWithOpts(copy, NULL, 1);
    if (tree == NULL) {
        fail_msg("no JSON: %s", copy);
    }
    mem_free(copy);
    return tree;
}

static cJSON *
parse_json(const struct fixture *f)
{
    return parse(event_text_field(f->t, EVENT_STRING_JSON));
}

/* What the command line prints of the same alert in a store. */
static cJSON *
cli_alert(const struct alert *a)
{
    struct cli_capture cap;
    struct store *s = NULL;
    struct buf path;
    cJSON *all, *one;

    cli_capture_init(&cap);
    buf_init(&path, 4096);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    assert_int_equal(store_open(buf_str(&path), STORE_NEW, &s), ERR_OK);
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    assert_int_equal(store_finish(s), ERR_OK);
    store_close(s);
    assert_int_equal(CLI_RUN(&cap, "alerts", "-ojson", "--lang", "en", "--store", buf_str(&path)),
                     0);
    all = parse(buf_sv(&cap.out));
    one = cJSON_DetachItemFromArray(all, 0);
    cJSON_Delete(all);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
    cli_capture_fini(&cap);
    assert_non_null(one);
    return one;
}

static void
test_json_is_that_of_the_command_line(void **state)
{
    static const char *const only_stored[] = {"acked", "muted_until", "answer"};
    struct fixture *f = *state;
    cJSON *due, *got, *item;

    SET(&f->a, account, "\xe4\xb9\x85\xe7\xbe\x8e\x1b[2J \"100%1\"\\");
    event_text_make(f->t, &f->a, LANG_EN, false);
    due = cli_alert(&f->a);
    got = parse_json(f);
    cJSON_ArrayForEach(item, got)
    {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(due, item->string);

        if (strcmp(item->string, "schema") != 0 && !cJSON_Compare(item, other, 1)) {
            fail_msg("%s: %s, not %s", item->string, cJSON_PrintUnformatted(item),
                     other == NULL ? "absent" : cJSON_PrintUnformatted(other));
        }
    }
    for (size_t i = 0; i < COUNT(only_stored); i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(due, only_stored[i]);
    }
    assert_int_equal(cJSON_GetArraySize(got), cJSON_GetArraySize(due) + 1);
    cJSON_Delete(due);
    cJSON_Delete(got);
}

/* -- hostile texts ----------------------------------------------------------------------------- */

static void
check_string(const uint16_t *s, size_t *units)
{
    size_t len = 0;

    for (; s[len] != 0; len++) {
        bool high = s[len] >= 0xD800 && s[len] < 0xDC00;
        bool low = s[len] >= 0xDC00 && s[len] < 0xE000;

        assert_true(s[len] >= 0x20);
        assert_int_not_equal(s[len], '%');
        assert_true(s[len] < 0xFFFE);
        assert_true(!high || (s[len + 1] >= 0xDC00 && s[len + 1] < 0xE000));
        assert_true(!low || (len > 0 && s[len - 1] >= 0xD800 && s[len - 1] < 0xDC00));
    }
    assert_true(len > 0 && len <= REPORT_STRING_MAX);
    *units += len + 1;
}

static void
check_event(const struct fixture *f, size_t units_max)
{
    const uint16_t *const *strings = event_text_strings(f->t);
    size_t units = 0;

    for (size_t i = 0; i < EVENT_STRING_COUNT; i++) {
        check_string(strings[i], &units);
        assert_true(event_text_field(f->t, (enum event_string)i).len > 0);
    }
    assert_true(units <= units_max);
    cJSON_Delete(parse_json(f));
}

static void
test_percent(void **state)
{
    struct fixture *f = *state;
    cJSON *tree;

    SET(&f->a, account, "%1%2%%3 %n%0%!");
    alert_param(&f->a, "account", SV("%19"));
    assert_int_equal(addr_parse(SV("fe80::1%12"), &f->a.source), ERR_OK);
    event_text_make(f->t, &f->a, LANG_EN, false);
    check_event(f, EVENT_UNITS_MAX);
    expect(f, EVENT_STRING_ACCOUNT, "\uFF051\uFF052\uFF05\uFF053 \uFF05n\uFF050\uFF05!");
    expect(f, EVENT_STRING_SOURCE, "fe80::1\uFF0512");
    assert_memory_equal(event_text_field(f->t, EVENT_STRING_SENTENCE).p, "\uFF0519 logged", 12);
    tree = parse_json(f);
    assert_string_equal(cJSON_GetObjectItem(tree, "account")->valuestring, "%1%2%%3 %n%0%!");
    assert_string_equal(cJSON_GetObjectItem(tree, "source")->valuestring, "fe80::1%12");
    cJSON_Delete(tree);
}

static void
test_lines_and_hidden_characters(void **state)
{
    struct fixture *f = *state;
    cJSON *tree;

    SET(&f->a, host, "PC\r\nEvil: 1");
    SET(&f->a, account,
        "a\u202Eb\uFFFEc\xED\xA0\x80"
        "d\xFFz");
    SET(&f->a, process, "C:\\x\\%TEMP%\\y.exe");
    SET(&f->a, file, "\xED\xA0\xBD\xED\xB8\x80"); /* two halves */
    event_text_make(f->t, &f->a, LANG_EN, false);
    check_event(f, EVENT_UNITS_MAX);
    expect(f, EVENT_STRING_HOST, "PC\\x0D\\x0AEvil: 1");
    expect(f, EVENT_STRING_ACCOUNT, "a\\u{202E}b\\u{FFFE}c\\u{D800}d\\xFFz");
    expect(f, EVENT_STRING_PROCESS, "C:\\x\\\uFF05TEMP\uFF05\\y.exe");
    expect(f, EVENT_STRING_FILE, "\\u{D83D}\\u{DE00}");
    tree = parse_json(f);
    assert_string_equal(cJSON_GetObjectItem(tree, "host")->valuestring, "PC\r\nEvil: 1");
    assert_string_equal(cJSON_GetObjectItem(tree, "account")->valuestring,
                        "a\u202Eb\uFFFEc\uFFFDd\uFFFDz");
    assert_string_equal(cJSON_GetObjectItem(tree, "process")->valuestring, "C:\\x\\%TEMP%\\y.exe");
    assert_string_equal(cJSON_GetObjectItem(tree, "file")->valuestring, "\xF0\x9F\x98\x80");
    cJSON_Delete(tree);
}

static void
fill_member(char *out, size_t cap, const char *piece)
{
    size_t len = strlen(piece);
    size_t at = 0;

    memset(out, 0, cap);
    for (; at + len < cap; at += len) {
        memcpy(out + at, piece, len);
    }
}

/* Everything full of the same piece. */
static void
fill(struct alert *a, const char *piece)
{
    make_alert(a);
    fill_member(a->host, sizeof(a->host), piece);
    fill_member(a->key, sizeof(a->key), piece);
    fill_member(a->account, sizeof(a->account), piece);
    fill_member(a->service, sizeof(a->service), piece);
    fill_member(a->adapter, sizeof(a->adapter), piece);
    fill_member(a->process, sizeof(a->process), piece);
    fill_member(a->file, sizeof(a->file), piece);
    fill_member(a->message, sizeof(a->message), piece);
    fill_member(a->why_suppressed, sizeof(a->why_suppressed), piece);
    a->revision = UINT32_MAX;
    a->count = a->sources = a->accounts = a->hosts = UINT64_MAX;
    a->param_count = 0;
    for (char name[2] = "a"; a->param_count < ALERT_PARAMS_MAX; name[0]++) {
        alert_param(a, name, SV("x"));
        fill_member(a->params[a->param_count - 1].value, sizeof(a->params[0].value), piece);
    }
    for (size_t i = 0; i < ALERT_EVIDENCE_MAX; i++) {
        struct alert_evidence e = {.record_id = UINT64_MAX, .time_ft = TM_MAX_FT};

        fill_member(e.host, sizeof(e.host), piece);
        fill_member(e.channel, sizeof(e.channel), piece);
        alert_add_evidence(a, &e);
    }
}

static bool
drops(const cJSON *tree, const char *field)
{
    const cJSON *list = cJSON_GetObjectItem(tree, "dropped");
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(item->valuestring, field) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_everything_full(void **state)
{
    static const char *const pieces[] = {"x",          "%",          "\x01",   "\"",
                                         "\xFF",       "\u3042",     "\u202E", "\xED\xA0\x80",
                                         "\U0001F600", "\U0010FFFF", "%1",     "\\"};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(pieces); i++) {
        for (unsigned small = 0; small < 2; small++) {
            cJSON *tree;

            fill(&f->a, pieces[i]);
            event_text_make(f->t, &f->a, LANG_EN, small != 0);
            check_event(f, small != 0 ? EVENT_SMALL_UNITS_MAX : EVENT_UNITS_MAX);
            tree = parse_json(f);
            assert_string_equal(cJSON_GetObjectItem(tree, "id")->valuestring, f->a.id);
            assert_true(drops(tree, "evidence") == (cJSON_GetObjectItem(tree, "evidence") == NULL));
            assert_true(drops(tree, "file") == (cJSON_GetObjectItem(tree, "file") == NULL));
            assert_true(small == 0 || drops(tree, "evidence"));
            cJSON_Delete(tree);
        }
    }
    assert_true(metric_get(METRIC_EVENT_FIELDS_DROPPED) > 0);
}

/* Escapes are never cut in two, and a cut is marked and counted. */
static void
test_cut(void **state)
{
    struct fixture *f = *state;
    struct sv got;

    fill(&f->a, "\u202E");
    event_text_make(f->t, &f->a, LANG_EN, true);
    got = event_text_field(f->t, EVENT_STRING_ACCOUNT);
    assert_int_equal(got.len, 32 * 8 + 3); /* 260 units hold 32 escapes of 8 and the mark */
    assert_memory_equal(got.p + got.len - 11, "\\u{202E}...", 11);
    assert_true(metric_get(METRIC_EVENT_TEXTS_CUT) > 0);
    fill(&f->a, "x");
    metric_reset_all();
    event_text_make(f->t, &f->a, LANG_EN, false); /* what an alert can hold is shown in full */
    assert_int_equal(metric_get(METRIC_EVENT_TEXTS_CUT), 0);
    assert_int_equal(event_text_field(f->t, EVENT_STRING_FILE).len, ALERT_TEXT_MAX - 1);
}

/* -- memory ------------------------------------------------------------------------------------ */

static void
test_no_memory(void **state)
{
    struct fixture *f = *state;
    struct event_text *t = f->t;
    size_t n = 0;
    enum err err;

    do {
        mem_fail_after(n++);
        err = event_text_create(&t);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && t == NULL));
    } while (err);
    assert_true(n > 5);
    fill(&f->a, "%");
    mem_fail_after(0); /* making an event needs none */
    event_text_make(t, &f->a, LANG_EN, false);
    mem_fail_after(SIZE_MAX);
    event_text_destroy(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_order_is_the_contract),
        cmocka_unit_test_setup_teardown(test_every_string, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_is_that_of_the_command_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_percent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_and_hidden_characters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_everything_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };

    return cmocka_run_group_tests_name("event_text", tests, NULL, NULL);
}
