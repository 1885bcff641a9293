/* test_event_messages - the message file: every rule in every language, and nothing that an insert
 * can do to it. Read with Windows' own function where there is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "detectors/rules.h"
#include "service/event_text.h"
#include "support/message_file.h"

#define TEXT_LEN_MAX ((size_t)256 * 1024)
#define IDS_MAX 5000u

static const uint32_t langs[LANG_COUNT] = {MESSAGE_FILE_EN, MESSAGE_FILE_JA};
static const enum msg lines[] = {MSG_EVENT_RULE, MSG_EVENT_WHERE, MSG_EVENT_WHEN,
                                 MSG_EVENT_WHO,  MSG_EVENT_WHAT,  MSG_EVENT_MORE};

struct fixture {
    struct message_file *file;
    struct event_text *text;
    struct alert *alert;
    struct buf got, due, again;
};

static int
setup(void **state)
{
    static struct fixture f;

    f.file = message_file_open();
    f.alert = mem_zalloc(sizeof(*f.alert));
    assert_non_null(f.alert);
    assert_int_equal(event_text_create(&f.text), ERR_OK);
    buf_init(&f.got, TEXT_LEN_MAX);
    buf_init(&f.due, TEXT_LEN_MAX);
    buf_init(&f.again, TEXT_LEN_MAX);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    if (f->file != NULL) {
        message_file_close(f->file);
    }
    event_text_destroy(f->text);
    mem_free(f->alert);
    buf_fini(&f->got);
    buf_fini(&f->due);
    buf_fini(&f->again);
    return 0;
}

/* In a message file they would belong to the insert before them. */
static void
test_no_line_touches_its_inserts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines) * LANG_COUNT; i++) {
        const char *text = msg_template(lines[i / LANG_COUNT], (enum lang)(i % LANG_COUNT));

        assert_null(strchr(text, '%'));
        for (const char *p = strchr(text, '}'); p != NULL; p = strchr(p + 1, '}')) {
            assert_true(p[1] != '!' && (p[1] < '0' || p[1] > '9'));
        }
    }
}

static void
set_alert(struct fixture *f, const struct rule *rule, const char *foreign)
{
    struct alert *a = f->alert;
    size_t len = strlen(foreign);

    memset(a, 0, sizeof(*a));
    a->rule = rule;
    a->severity = rule->severity;
    a->revision = 7;
    memcpy(a->id, "0123456789abcdef", ALERT_ID_MAX);
    memcpy(a->host, foreign, len + 1);
    memcpy(a->account, foreign, len + 1);
    memcpy(a->process, foreign, len + 1);
    rule_message(rule, a->message);
    alert_param(a, "source", sv_from(foreign));
    alert_param(a, "account", sv_from(foreign));
}

static void
put_line(struct fixture *f, const char *text)
{
    struct sv tmpl = sv_from(text), piece;
    size_t pos = 0;
    bool is_param;

    while (msg_piece(tmpl, &pos, &piece, &is_param)) {
        for (size_t i = 0; is_param && i < EVENT_STRING_COUNT; i++) {
            if (sv_eq(piece, sv_from(event_string_table[i].name))) {
                buf_put_sv(&f->due, event_text_field(f->text, (enum event_string)i));
            }
        }
        if (!is_param) {
            buf_put_sv(&f->due, piece);
        }
    }
}

/* What a reader should see. */
static void
make_due(struct fixture *f, enum lang lang)
{
    buf_clear(&f->due);
    buf_put_sv(&f->due, event_text_field(f->text, EVENT_STRING_SENTENCE));
    buf_puts(&f->due, "\r\n");
    for (size_t i = 0; i < COUNT(lines); i++) {
        buf_puts(&f->due, "\r\n");
        put_line(f, msg_template(lines[i], lang));
    }
}

/* The end of a message is a line break too. */
static void
trim(struct buf *b)
{
    while (b->len > 0 && (b->data[b->len - 1] == '\n' || b->data[b->len - 1] == '\r')) {
        b->data[--b->len] = '\0';
    }
}

static bool
have_file(const struct fixture *f)
{
    if (f->file == NULL) {
        print_message("no message file here\n");
#ifdef _WIN32
        fail_msg("and there should be one");
#endif
    }
    return f->file != NULL;
}

static void
check_message(struct fixture *f, const struct rule *rule, enum lang lang)
{
    const uint16_t *const *strings = event_text_strings(f->text);

    make_due(f, lang);
    assert_true(message_file_format(f->file, rule->id, langs[lang], strings, &f->got));
    trim(&f->got);
    assert_string_equal(buf_str(&f->got), buf_str(&f->due));
    assert_true(message_text_format(buf_sv(&f->got), strings, &f->again));
    assert_string_equal(buf_str(&f->again), buf_str(&f->got));
}

static void
test_every_rule(void **state)
{
    struct fixture *f = *state;

    if (!have_file(f)) {
        return;
    }
    for (size_t i = 0; i < RULE_COUNT * LANG_COUNT; i++) {
        enum lang lang = (enum lang)(i % LANG_COUNT);

        set_alert(f, &rule_table[i / LANG_COUNT], "kumi");
        event_text_make(f->text, f->alert, lang, false);
        check_message(f, &rule_table[i / LANG_COUNT], lang);
    }
}

static void
test_hostile_inserts(void **state)
{
    static const char *const hostile[] = {
        "%1",
        "%19%20",
        "%",
        "%%",
        "%%4294967295",
        "%n%t%r%0",
        "!S!",
        "%1!*.*s!",
        "%99",
        "\r\nForged: 1",
        "\xED\xA0\x80",
        "\xFF\xFE",
        "1",
        "fe80::1%1",
        "\u202Ex",
        "\uFFFE\uFEFF",
        "%1!d!%2!999999d!",
    };
    struct fixture *f = *state;
    const struct rule *rule = &rule_table[RULE_LOGON_BURST];

    if (!have_file(f)) {
        return;
    }
    for (size_t i = 0; i < COUNT(hostile) * LANG_COUNT; i++) {
        enum lang lang = (enum lang)(i % LANG_COUNT);

        set_alert(f, rule, hostile[i / LANG_COUNT]);
        event_text_make(f->text, f->alert, lang, false);
        check_message(f, rule, lang);
    }
}

/* The largest event still fits into what the function writes. */
static void
test_the_largest(void **state)
{
    struct fixture *f = *state;
    const struct rule *rule = &rule_table[RULE_STORY_OPENED];
    struct alert *a = f->alert;

    if (!have_file(f)) {
        return;
    }
    set_alert(f, rule, "kumi");
    memset(a->host, 1, sizeof(a->host) - 1);
    memset(a->account, 1, sizeof(a->account) - 1);
    memset(a->adapter, 1, sizeof(a->adapter) - 1);
    memset(a->process, 1, sizeof(a->process) - 1);
    memset(a->file, 1, sizeof(a->file) - 1);
    for (char name[2] = "a"; a->param_count < ALERT_PARAMS_MAX; name[0]++) {
        alert_param(a, name, SV("x"));
        memset(a->params[a->param_count - 1].value, 1, sizeof(a->params[0].value) - 1);
    }
    event_text_make(f->text, a, LANG_EN, false);
    check_message(f, rule, LANG_EN);
    assert_true(f->got.len > 14000);
}

static void
test_no_other_ids(void **state)
{
    struct fixture *f = *state;

    if (!have_file(f)) {
        return;
    }
    set_alert(f, &rule_table[0], "kumi");
    event_text_make(f->text, f->alert, LANG_EN, false);
    for (uint32_t id = 0, rule = 0; id < IDS_MAX; id++) {
        bool is_rule = rule < RULE_COUNT && rule_table[rule].id == id;

        for (size_t i = 0; i < LANG_COUNT; i++) {
            assert_int_equal(
                message_file_format(f->file, id, langs[i], event_text_strings(f->text), &f->got),
                is_rule);
        }
        rule += is_rule;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_line_touches_its_inserts),
        cmocka_unit_test_setup_teardown(test_every_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_inserts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_largest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_other_ids, setup, teardown),
    };

    return cmocka_run_group_tests_name("event_messages", tests, NULL, NULL);
}
