/* test_messages - every sentence in both languages, with the same parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/utf.h"
#include "messages/messages.h"

#define PARAMS_MAX 16

struct params {
    struct sv name[PARAMS_MAX];
    size_t count;
};

static bool
has(const struct params *p, struct sv name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (sv_eq(p->name[i], name)) {
            return true;
        }
    }
    return false;
}

/* The set of parameters; braces outside of them fail the test. */
static void
read_params(const char *text, struct params *out)
{
    struct sv tmpl = sv_from(text);
    struct sv piece;
    bool is_param;
    size_t pos = 0;

    out->count = 0;
    while (msg_piece(tmpl, &pos, &piece, &is_param)) {
        if (!is_param) {
            for (size_t i = 0; i < piece.len; i++) {
                assert_false(piece.p[i] == '{' || piece.p[i] == '}');
            }
        } else if (!has(out, piece)) {
            assert_true(out->count < PARAMS_MAX);
            out->name[out->count++] = piece;
        }
    }
}

static void
check_text(const char *text)
{
    struct sv s = sv_from(text);

    assert_true(s.len > 0);
    assert_true(utf8_valid(s));
    assert_true(s.p[0] != ' ' && s.p[s.len - 1] != ' ');
    assert_null(strstr(text, "  "));
    assert_null(strpbrk(text, "\n\r\t"));
}

static void
test_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < MSG_COUNT; i++) {
        const char *en = msg_template((enum msg)i, LANG_EN);
        const char *ja = msg_template((enum msg)i, LANG_JA);
        struct params of_en;
        struct params of_ja;

        check_text(en);
        check_text(ja);
        read_params(en, &of_en);
        read_params(ja, &of_ja);
        if (of_en.count != of_ja.count) {
            fail_msg("%s: the languages differ in parameters", msg_name((enum msg)i));
        }
        for (size_t k = 0; k < of_en.count; k++) {
            if (!has(&of_ja, of_en.name[k])) {
                fail_msg("%s: {%.*s} is missing in Japanese", msg_name((enum msg)i),
                         (int)of_en.name[k].len, of_en.name[k].p);
            }
        }
    }
}

/* English is ASCII but for the dash of spans: it must survive any console. */
static void
test_english_is_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < MSG_COUNT; i++) {
        const char *en = msg_template((enum msg)i, LANG_EN);

        for (const char *p = en; *p != '\0'; p++) {
            if ((unsigned char)*p >= 0x80 && i != MSG_CLI_UNTIL) {
                fail_msg("%s: not ASCII", msg_name((enum msg)i));
            }
        }
    }
}

static void
test_names(void **state)
{
    enum msg id;

    (void)state;
    for (size_t i = 0; i < MSG_COUNT; i++) {
        assert_true(msg_find(sv_from(msg_name((enum msg)i)), &id));
        assert_int_equal(id, i);
    }
    assert_false(msg_find(SV("NO_SUCH_MESSAGE"), &id));
    assert_false(msg_find(SV(""), &id));
    assert_string_equal(msg_name(MSG_COUNT), "");
    assert_string_equal(msg_template(MSG_COUNT, LANG_EN), "");
}

static void
test_fill(void **state)
{
    struct msg_arg args[] = {{"value", SV("a\x1b[31m\xe2\x80\xae")},
                             {"option", SV("severity")},
                             {"what", SV("{value}")}};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    msg_put(&out, LANG_EN, MSG_CLI_BAD_VALUE, args, COUNT(args));
    /* foreign text is escaped, never read as a template, and what is missing shows its name */
    assert_string_equal(buf_str(&out), "--severity: 'a\\x1B[31m\\u{202E}' is not {value}{choices}");
    buf_clear(&out);
    msg_put(&out, LANG_JA, MSG_CLI_BAD_VALUE, args, COUNT(args));
    assert_string_equal(buf_str(&out), "--severity: 'a\\x1B[31m\\u{202E}' は{value}"
                                       "ではありません{choices}");
    buf_fini(&out);
}

static void
test_pieces(void **state)
{
    static const struct {
        const char *tmpl, *pieces; /* params in <> */
    } rows[] = {
        {"", ""},           {"a", "a"},         {"{a}", "<a>"},   {"x{a}y{b_2}", "x<a>y<b_2>"},
        {"{", "{"},         {"{}", "{}"},       {"a{b", "a{b"},   {"{A}", "{A}"},
        {"{a b}", "{a b}"}, {"{{a}}", "{<a>}"}, {"}{a}", "}<a>"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sv piece;
        bool is_param;
        size_t pos = 0;
        struct buf out;

        buf_init(&out, 256);
        while (msg_piece(sv_from(rows[i].tmpl), &pos, &piece, &is_param)) {
            buf_puts(&out, is_param ? "<" : "");
            buf_put_sv(&out, piece);
            buf_puts(&out, is_param ? ">" : "");
        }
        assert_string_equal(buf_str(&out), rows[i].pieces);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row), cmocka_unit_test(test_english_is_plain),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_fill),
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
