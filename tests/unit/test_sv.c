/* sv: order, folding, trimming, patterns, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/sv.h"

static const struct sv absent = {NULL, 0};

static void
test_order(void **state)
{
    (void)state;
    assert_true(sv_cmp(SV("a"), SV("b")) < 0);
    assert_true(sv_cmp(SV("ab"), SV("a")) > 0);
    assert_true(sv_cmp(SV("a"), SV("ab")) < 0);
    assert_int_equal(sv_cmp(SV("same"), SV("same")), 0);
    assert_int_equal(sv_cmp(absent, SV("")), 0);
    assert_true(sv_cmp(absent, SV("a")) < 0);
    assert_true(sv_cmp(SV("\xff"), SV("a")) > 0); /* bytes are unsigned */
}

static void
test_equality(void **state)
{
    (void)state;
    assert_true(sv_eq(absent, SV("")));
    assert_true(sv_eq(SV("a\0b"), SV("a\0b")));
    assert_false(sv_eq(SV("a\0b"), SV("a\0c")));
    assert_true(sv_eq_nocase(SV("Kumi@PC-A"), SV("kUMI@pc-a")));
    assert_false(sv_eq_nocase(SV("["), SV("{"))); /* 0x20 apart, but no letters */
    assert_false(sv_eq_nocase(SV("a"), SV("ab")));
    assert_true(sv_starts_with(SV("abc"), SV("ab")));
    assert_true(sv_starts_with(absent, absent));
    assert_false(sv_starts_with(SV("a"), SV("ab")));
    assert_true(sv_from(NULL).p == NULL);
}

static void
test_trim(void **state)
{
    (void)state;
    assert_true(sv_eq(sv_trim(SV(" \t\r\n a b \v\f")), SV("a b")));
    assert_int_equal(sv_trim(SV("   ")).len, 0);
    assert_int_equal(sv_trim(absent).len, 0);
    assert_true(sv_eq(sv_trim(SV("x")), SV("x")));
}

static void
test_glob(void **state)
{
    static const struct {
        const char *text, *pattern;
        bool match;
    } rows[] = {
        {"", "", true},
        {"", "*", true},
        {"", "?", false},
        {"a", "", false},
        {"logon.burst", "logon.*", true},
        {"LOGON.BURST", "logon.*", true},
        {"logo", "logon.*", false},
        {"abc", "a?c", true},
        {"ac", "a?c", false},
        {"aXbXc", "a*b*c", true},
        {"aXbXd", "a*b*c", false},
        {"mississippi", "m*iss*ip*", true},
        {"aaa", "*a", true},
        {"abab", "*ab", true},
        {"a*c", "a*c", true},
        {"abc", "***", true},
        {"abcd", "*bc", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (sv_glob(sv_from(rows[i].text), sv_from(rows[i].pattern)) != rows[i].match) {
            fail_msg("row %u: %s against %s", (unsigned)i, rows[i].text, rows[i].pattern);
        }
    }
}

static void
test_numbers(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        uint64_t value;
    } rows[] = {
        {"0", ERR_OK, 0},
        {"007", ERR_OK, 7},
        {"18446744073709551615", ERR_OK, UINT64_MAX},
        {"18446744073709551616", ERR_RANGE, 0},
        {"99999999999999999999999", ERR_RANGE, 0},
        {"0xC000006d", ERR_OK, 0xC000006D},
        {"0XffffFFFFffffFFFF", ERR_OK, UINT64_MAX},
        {"0x10000000000000000", ERR_RANGE, 0},
        {"0x", ERR_FORMAT, 0},
        {"", ERR_FORMAT, 0},
        {"-1", ERR_FORMAT, 0},
        {"+1", ERR_FORMAT, 0},
        {" 1", ERR_FORMAT, 0},
        {"1a", ERR_FORMAT, 0},
        {"99999999999999999999x", ERR_FORMAT, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 42;
        enum err err = sv_u64(sv_from(rows[i].text), &value);

        assert_int_equal(err, rows[i].err);
        assert_true(value == (err ? 42 : rows[i].value));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_equality), cmocka_unit_test(test_trim),
        cmocka_unit_test(test_glob),  cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
