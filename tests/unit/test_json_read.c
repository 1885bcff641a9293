/* json_read: the tokens of sound JSON, and a refusal for everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/json_read.h"

#define TEXT_CAP 512

/* All tokens as letters, keys and scalars with their text: "{k=a:n=1:}.". Or the reason. */
static void
tokens_of(struct sv text, bool comments, struct buf *out, uint32_t *line)
{
    static const char letters[] = ".{}[]ksntf0";
    char copy[TEXT_CAP];
    struct json_reader r;
    enum json_token token = JSON_NULL;

    assert_true(text.len <= sizeof(copy));
    memcpy(copy, text.p, text.len);
    buf_clear(out);
    json_reader_init(&r, copy, text.len, comments);
    while (token != JSON_END) {
        if (json_next(&r, &token)) {
            buf_clear(out);
            buf_puts(out, r.why);
            *line = r.at_line;
            return;
        }
        buf_putc(out, letters[token]);
        if (r.value.p != NULL) {
            buf_putc(out, '=');
            buf_put_sv(out, r.value);
            buf_putc(out, ':');
        }
    }
    *line = r.line;
}

static void
sound_texts_become_tokens(void **state)
{
    static const struct {
        const char *text, *tokens;
    } cases[] = {
        {"{}", "{}."},
        {" [ ] ", "[]."},
        {"\xEF\xBB\xBFtrue", "t."},
        {"{\"a\":1,\"b\":[true,false,null,\"x\"],\"c\":{}}", "{k=a:n=1:k=b:[tf0s=x:]k=c:{}}."},
        {"[0,-0,10,1.5,-2e10,3E-7]", "[n=0:n=-0:n=10:n=1.5:n=-2e10:n=3E-7:]."},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u3042\"", "s=\"\\/\b\f\n\r\tA\xE3\x81\x82:."},
        {"\"\\ud83d\\udc26\"", "s=\xF0\x9F\x90\xA6:."}, /* a pair is one character */
        {"\"\\ud83d\"", "s=\xED\xA0\xBD:."},            /* a half stays a half */
        {"\"\\udc26\\ud83d\\ud83d\\udc26\"",            /* the wrong way round, then right */
         "s=\xED\xB0\xA6\xED\xA0\xBD\xF0\x9F\x90\xA6:."},
    };
    struct buf out;
    uint32_t line;

    (void)state;
    buf_init(&out, TEXT_CAP);
    for (size_t i = 0; i < COUNT(cases); i++) {
        tokens_of(sv_from(cases[i].text), false, &out, &line);
        assert_string_equal(buf_str(&out), cases[i].tokens);
    }
    tokens_of(SV("\"a\\u0000b\""), false, &out, &line);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data, "s=a\0b:.", 7);
    buf_fini(&out);
}

static void
others_are_refused(void **state)
{
    static const struct {
        const char *text, *why;
        uint32_t line;
    } cases[] = {
        {"", "the text ends too early", 1},
        {"\n\n[", "the text ends too early", 3},
        {"[1,]", "a value was expected", 1},
        {"[1 2]", "',' or an end was expected", 1},
        {"[1}", "',' or an end was expected", 1},
        {"{\"a\"}", "':' was expected behind a key", 1},
        {"{a:1}", "a key in quotes was expected", 1},
        {"{\"a\":1,}", "a key in quotes was expected", 1},
        {"{\"a\":}", "a value was expected", 1},
        {"1 1", "something stands behind the end", 1},
        {"]", "a value was expected", 1},
        {"tru", "a value was expected", 1},
        {"+1", "a value was expected", 1},
        {"-", "a number has no digits", 1},
        {"01", "a number begins with 0", 1},
        {"-00", "a number begins with 0", 1},
        {"1.", "a number ends in its point", 1},
        {"1e+", "a number ends in its exponent", 1},
        {"\"a", "a text does not end", 1},
        {"\"a\\", "a text does not end", 1},
        {"\"\\x\"", "unknown escape behind a backslash", 1},
        {"\"\\u12g4\"", "\\u needs four hex digits", 1},
        {"\"\\ud83d\\u12\"", "\\u needs four hex digits", 1},
        {"\"a\nb\"", "a raw control character in a text", 1},
        {"\"\xC3\"", "the text is not UTF-8", 1},
        {"// a\n1", "a value was expected", 1},
        {"[[[[[[[[[[[[[[[[[", "nested too deeply", 1},
    };
    struct buf out;
    uint32_t line = 0;

    (void)state;
    buf_init(&out, TEXT_CAP);
    for (size_t i = 0; i < COUNT(cases); i++) {
        tokens_of(sv_from(cases[i].text), false, &out, &line);
        assert_string_equal(buf_str(&out), cases[i].why);
        assert_int_equal(line, cases[i].line);
    }
    buf_fini(&out);
}

static void
comments_are_white_space_on_request(void **state)
{
    struct buf out;
    uint32_t line = 0;

    (void)state;
    buf_init(&out, TEXT_CAP);
    tokens_of(SV("// one\n[ /* two\n * \"\n */ \"//\", \"/**/\" ] // end"), true, &out, &line);
    assert_string_equal(buf_str(&out), "[s=//:s=/**/:].");
    assert_int_equal(line, 4);
    tokens_of(SV("\n/* open *"), true, &out, &line);
    assert_string_equal(buf_str(&out), "a comment does not end");
    assert_int_equal(line, 2);
    tokens_of(SV("1 /"), true, &out, &line);
    assert_string_equal(buf_str(&out), "something stands behind the end");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_texts_become_tokens),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(comments_are_white_space_on_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
