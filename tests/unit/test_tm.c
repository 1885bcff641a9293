/* tm: dates over the whole range against a calendar walked day by day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/tm.h"

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static void
test_every_day(void **state)
{
    int year = 1601;
    int month = 1;
    int day = 1;

    (void)state;
    for (uint64_t days = 0; days * TM_DAY <= TM_MAX_FT; days++) {
        struct tm_parts p;

        tm_split(days * TM_DAY + days % TM_DAY, &p);
        if (p.year != year || p.month != month || p.day != day ||
            p.weekday != (int)((days + 1) % 7)) {
            fail_msg("day %u is no %d-%d-%d", (unsigned)days, p.year, p.month, p.day);
        }
        if (++day > days_in(year, month)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(year, 10000); /* the last day was 9999-12-31 */
}

static void
test_format(void **state)
{
    static const struct {
        uint64_t t_ft;
        const char *text;
    } rows[] = {
        {0, "1601-01-01T00:00:00.0000000Z"},
        {1, "1601-01-01T00:00:00.0000001Z"},
        {TM_UNIX_EPOCH_FT, "1970-01-01T00:00:00.0000000Z"},
        {TM_UNIX_EPOCH_FT + 1535647771 * TM_SEC + 1234567, "2018-08-30T16:49:31.1234567Z"},
        {TM_UNIX_EPOCH_FT + 951782400 * TM_SEC, "2000-02-29T00:00:00.0000000Z"},
        {TM_MAX_FT, "9999-12-31T23:59:59.0000000Z"},
        {UINT64_MAX, "60056-05-28T05:36:10.9551615Z"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[TM_TEXT_MAX];

        assert_int_equal(tm_format(rows[i].t_ft, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void
test_format_local(void **state)
{
    static const struct {
        uint64_t t_ft;
        int offset_min;
        const char *text;
    } rows[] = {
        {TM_UNIX_EPOCH_FT, 120, "1970-01-01 02:00:00+02:00"},
        {TM_UNIX_EPOCH_FT, 0, "1970-01-01 00:00:00+00:00"},
        {TM_UNIX_EPOCH_FT, -570, "1969-12-31 14:30:00-09:30"},
        {TM_UNIX_EPOCH_FT + TM_SEC - 1, 1439, "1970-01-01 23:59:00+23:59"},
        {1, -60, "1601-01-01 00:00:00-01:00"},
        {UINT64_MAX, 60, "60056-05-28 05:36:10+01:00"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[TM_TEXT_MAX];

        assert_int_equal(tm_format_local(rows[i].t_ft, rows[i].offset_min, text),
                         strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void
test_round_trip(void **state)
{
    uint64_t rng = 88172645463325252ULL;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t t_ft;
        uint64_t back = 0;
        char text[TM_TEXT_MAX];

        rng ^= rng << 13;
        rng ^= rng >> 7;
        rng ^= rng << 17;
        t_ft = i == 0 ? 0 : i == 1 ? TM_MAX_FT : rng % (TM_MAX_FT + 1);
        assert_int_equal(tm_parse((struct sv){text, tm_format(t_ft, text)}, &back), ERR_OK);
        assert_true(back == t_ft);
        t_ft -= t_ft % TM_SEC;
        if (t_ft < TM_DAY || t_ft > TM_MAX_FT - TM_DAY) {
            continue;
        }
        assert_int_equal(
            tm_parse((struct sv){text, tm_format_local(t_ft, (int)(rng % 2879) - 1439, text)},
                     &back),
            ERR_OK);
        assert_true(back == t_ft);
    }
}

static void
test_parse(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        const char *formatted;
    } rows[] = {
        {"2018-08-30T16:49:31.1234567Z", ERR_OK, "2018-08-30T16:49:31.1234567Z"},
        {"2018-08-30 16:49:31Z", ERR_OK, "2018-08-30T16:49:31.0000000Z"},
        {"2018-08-30T16:49Z", ERR_OK, "2018-08-30T16:49:00.0000000Z"},
        {"2018-08-30", ERR_OK, "2018-08-30T00:00:00.0000000Z"},
        {"2018-08-30T16:49:31.5Z", ERR_OK, "2018-08-30T16:49:31.5000000Z"},
        {"2018-08-30T16:49:31.123456789Z", ERR_OK, "2018-08-30T16:49:31.1234567Z"},
        {"2018-08-30T01:00:00+09:00", ERR_OK, "2018-08-29T16:00:00.0000000Z"},
        {"2018-08-30T23:00:00-0130", ERR_OK, "2018-08-31T00:30:00.0000000Z"},
        {"2018-08-30T01:00:00+09", ERR_OK, "2018-08-29T16:00:00.0000000Z"},
        {"2020-02-29", ERR_OK, "2020-02-29T00:00:00.0000000Z"},
        {"2000-02-29", ERR_OK, "2000-02-29T00:00:00.0000000Z"},
        {"1600-12-31T23:00:00-01:00", ERR_RANGE, NULL},
        {"1601-01-01T00:59:59+01:00", ERR_RANGE, NULL},
        {"1601-01-01T01:00:00+01:00", ERR_OK, "1601-01-01T00:00:00.0000000Z"},
        {"9999-12-31T23:59:59Z", ERR_OK, "9999-12-31T23:59:59.0000000Z"},
        {"9999-12-31T23:59:59.1Z", ERR_RANGE, NULL},
        {"9999-12-31T23:59:59-00:01", ERR_RANGE, NULL},
        {"2019-02-29", ERR_RANGE, NULL},
        {"1900-02-29", ERR_RANGE, NULL},
        {"2018-04-31", ERR_RANGE, NULL},
        {"2018-00-10", ERR_RANGE, NULL},
        {"2018-13-10", ERR_RANGE, NULL},
        {"2018-01-00", ERR_RANGE, NULL},
        {"2018-08-30T24:00:00Z", ERR_RANGE, NULL},
        {"2018-08-30T23:60:00Z", ERR_RANGE, NULL},
        {"2018-08-30T23:59:60Z", ERR_RANGE, NULL},
        {"2018-08-30T23:59:59+24:00", ERR_RANGE, NULL},
        {"2018-08-30T23:59:59+01:60", ERR_RANGE, NULL},
        {"", ERR_FORMAT, NULL},
        {"2018", ERR_FORMAT, NULL},
        {"2018-8-30", ERR_FORMAT, NULL},
        {"2018-08-30T", ERR_FORMAT, NULL},
        {"2018-08-30Z", ERR_FORMAT, NULL},
        {"2018-08-30T16:49:31", ERR_FORMAT, NULL}, /* whose time? */
        {"2018-08-30T16:49:31.Z", ERR_FORMAT, NULL},
        {"2018-08-30T16:49:31.1234567890Z", ERR_FORMAT, NULL},
        {"2018-08-30T16:49:31Zx", ERR_FORMAT, NULL},
        {"2018-08-30T16:49:31+09:", ERR_FORMAT, NULL},
        {"2018-08-30T16:49:31+9", ERR_FORMAT, NULL},
        {"2018-08-30T16Z", ERR_FORMAT, NULL},
        {"2018-08-30x16:49:31Z", ERR_FORMAT, NULL},
        {" 2018-08-30", ERR_FORMAT, NULL},
        {"+018-08-30", ERR_FORMAT, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t t_ft = 42;
        char text[TM_TEXT_MAX];
        enum err err = tm_parse(sv_from(rows[i].text), &t_ft);

        if (err != rows[i].err) {
            fail_msg("'%s': %s", rows[i].text, err_str(err));
        }
        if (err) {
            assert_true(t_ft == 42);
            continue;
        }
        tm_format(t_ft, text);
        assert_string_equal(text, rows[i].formatted);
    }
}

static void
test_span(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        uint64_t ticks;
    } rows[] = {
        {"90s", ERR_OK, 900000000ULL},
        {"30m", ERR_OK, 18000000000ULL},
        {"24h", ERR_OK, 864000000000ULL},
        {"7d", ERR_OK, 6048000000000ULL},
        {"2w", ERR_OK, 12096000000000ULL},
        {"0s", ERR_OK, 0},
        {"265046774399s", ERR_OK, 2650467743990000000ULL},
        {"265046774400s", ERR_RANGE, 0},
        {"99999999999999999999999999w", ERR_RANGE, 0},
        {"", ERR_FORMAT, 0},
        {"s", ERR_FORMAT, 0},
        {"7", ERR_FORMAT, 0},
        {"77", ERR_FORMAT, 0},
        {"7D", ERR_FORMAT, 0},
        {"-7d", ERR_FORMAT, 0},
        {"1.5h", ERR_FORMAT, 0},
        {"7 d", ERR_FORMAT, 0},
        {"1h30m", ERR_FORMAT, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t ticks = 42;

        assert_int_equal(tm_parse_span(sv_from(rows[i].text), &ticks), rows[i].err);
        assert_true(ticks == (rows[i].err ? 42 : rows[i].ticks));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),    cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_local), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_parse),        cmocka_unit_test(test_span),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
