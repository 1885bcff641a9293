/*
 * tm - dates by counting days, without libc: its time functions know time zones and locales.
 *
 * The day count follows the classic algorithm of eras of 400 years that begin on 1 March, so that
 * the leap day is the last of its year.
 */
#include "core/tm.h"

#include <assert.h>
#include <stdlib.h>

#define DAYS_TO_1601 584694u /* from 0000-03-01 to 1601-01-01 */
#define DAYS_OF_ERA 146097u  /* 400 years */
#define YEAR_MIN 1601u

struct date {
    unsigned year, month, day;
};

/* Days since 1601-01-01. */
static struct date
date_of_days(uint32_t days)
{
    uint32_t all = days + DAYS_TO_1601;
    uint32_t era = all / DAYS_OF_ERA;
    uint32_t doe = all % DAYS_OF_ERA;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153; /* 0 = March */
    struct date d;

    d.day = doy - (153 * mp + 2) / 5 + 1;
    d.month = mp < 10 ? mp + 3 : mp - 9;
    d.year = era * 400 + yoe + (d.month <= 2);
    return d;
}

static uint32_t
days_of_date(struct date d)
{
    uint32_t year = d.year - (d.month <= 2);
    uint32_t yoe = year % 400;
    uint32_t mp = d.month > 2 ? d.month - 3 : d.month + 9;
    uint32_t doy = (153 * mp + 2) / 5 + d.day - 1;

    return year / 400 * DAYS_OF_ERA + yoe * 365 + yoe / 4 - yoe / 100 + doy - DAYS_TO_1601;
}

void
tm_split(uint64_t t_ft, struct tm_parts *out)
{
    uint64_t days = t_ft / TM_DAY; /* < 2^25, whatever the stamp */
    uint32_t seconds = (uint32_t)(t_ft % TM_DAY / TM_SEC);
    struct date d = date_of_days((uint32_t)days);

    *out = (struct tm_parts){
        .year = (int)d.year,
        .month = (int)d.month,
        .day = (int)d.day,
        .hour = (int)(seconds / 3600),
        .minute = (int)(seconds / 60 % 60),
        .second = (int)(seconds % 60),
        .weekday = (int)((days + 1) % 7), /* 1601-01-01 was a Monday */
        .ticks = (uint32_t)(t_ft % TM_SEC),
    };
}

static char *
put_digits(char *at, uint32_t value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

static char *
put_date_time(char *at, const struct tm_parts *parts, char between)
{
    at = put_digits(at, (uint32_t)parts->year, parts->year > 9999 ? 5 : 4);
    *at++ = '-';
    at = put_digits(at, (uint32_t)parts->month, 2);
    *at++ = '-';
    at = put_digits(at, (uint32_t)parts->day, 2);
    *at++ = between;
    at = put_digits(at, (uint32_t)parts->hour, 2);
    *at++ = ':';
    at = put_digits(at, (uint32_t)parts->minute, 2);
    *at++ = ':';
    return put_digits(at, (uint32_t)parts->second, 2);
}

size_t
tm_format(uint64_t t_ft, char out[TM_TEXT_MAX])
{
    struct tm_parts parts;
    char *at;

    tm_split(t_ft, &parts);
    at = put_date_time(out, &parts, 'T');
    *at++ = '.';
    at = put_digits(at, parts.ticks, 7);
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - out);
}

size_t
tm_format_local(uint64_t t_ft, int offset_min, char out[TM_TEXT_MAX])
{
    struct tm_parts parts;
    uint32_t minutes = (uint32_t)abs(offset_min);
    uint64_t shift = minutes * TM_MIN;
    char *at;

    assert(minutes < 24 * 60);
    if (offset_min < 0) {
        t_ft = t_ft > shift ? t_ft - shift : 0;
    } else {
        t_ft = t_ft < UINT64_MAX - shift ? t_ft + shift : UINT64_MAX;
    }
    tm_split(t_ft, &parts);
    at = put_date_time(out, &parts, ' ');
    *at++ = offset_min < 0 ? '-' : '+';
    at = put_digits(at, minutes / 60, 2);
    *at++ = ':';
    at = put_digits(at, minutes % 60, 2);
    *at = '\0';
    return (size_t)(at - out);
}

/* A cursor over the text; the first thing that is not as expected makes it bad for good. */
struct scan {
    struct sv left;
    bool bad;
};

static bool
take_char(struct scan *s, char c)
{
    if (s->left.len == 0 || s->left.p[0] != c) {
        return false;
    }
    s->left.p++;
    s->left.len--;
    return true;
}

static void
need_char(struct scan *s, char c)
{
    if (!take_char(s, c)) {
        s->bad = true;
    }
}

static bool
at_digit(const struct scan *s)
{
    return s->left.len > 0 && s->left.p[0] >= '0' && s->left.p[0] <= '9';
}

static unsigned
need_digits(struct scan *s, unsigned count)
{
    unsigned value = 0;

    for (; count > 0; count--) {
        if (!at_digit(s)) {
            s->bad = true;
            return 0;
        }
        value = value * 10 + (unsigned)(s->left.p[0] - '0');
        s->left.p++;
        s->left.len--;
    }
    return value;
}

/* Decimals behind the seconds, up to 9; those beyond a tick are dropped. */
static uint32_t
need_decimals(struct scan *s)
{
    uint32_t ticks = 0;
    unsigned count = 0;

    for (; at_digit(s) && !s->bad; count++) {
        unsigned digit = need_digits(s, 1);

        if (count < 7) {
            ticks = ticks * 10 + digit;
        }
        s->bad = count >= 9;
    }
    s->bad = s->bad || count == 0;
    for (; count < 7; count++) {
        ticks *= 10;
    }
    return ticks;
}

/* "Z", "+09:00", "+0900" or "+09". Minutes east; *in_range is cleared for +24:00 and more. */
static int
need_offset(struct scan *s, bool *in_range)
{
    bool west = false;
    unsigned hours;
    unsigned minutes = 0;
    int offset;

    if (take_char(s, 'Z')) {
        return 0;
    }
    if (!take_char(s, '+')) {
        need_char(s, '-');
        west = true;
    }
    hours = need_digits(s, 2);
    if (take_char(s, ':') || s->left.len > 0) {
        minutes = need_digits(s, 2);
    }
    *in_range = *in_range && hours < 24 && minutes < 60;
    offset = (int)(hours * 60 + minutes);
    return west ? -offset : offset;
}

static bool
date_exists(struct date d)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);

    if (d.year < YEAR_MIN || d.month < 1 || d.month > 12 || d.day < 1) {
        return false;
    }
    return d.day <= days[d.month - 1] + (unsigned)(leap && d.month == 2);
}

/* "16:49", "16:49:31" or "16:49:31.1234567" as ticks since midnight. */
static uint64_t
need_time(struct scan *s, bool *in_range)
{
    unsigned hour = need_digits(s, 2);
    unsigned minute;
    unsigned second = 0;
    uint32_t ticks = 0;

    need_char(s, ':');
    minute = need_digits(s, 2);
    if (take_char(s, ':')) {
        second = need_digits(s, 2);
        ticks = take_char(s, '.') ? need_decimals(s) : 0;
    }
    *in_range = *in_range && hour < 24 && minute < 60 && second < 60;
    return hour * TM_HOUR + minute * TM_MIN + second * TM_SEC + ticks;
}

enum err
tm_parse(struct sv text, uint64_t *out_ft)
{
    struct scan s = {text, false};
    struct date d;
    bool in_range;
    uint64_t t = 0;
    int offset = 0;
    uint64_t shift;

    d.year = need_digits(&s, 4);
    need_char(&s, '-');
    d.month = need_digits(&s, 2);
    need_char(&s, '-');
    d.day = need_digits(&s, 2);
    in_range = date_exists(d);
    if (!s.bad && s.left.len > 0) {
        if (!take_char(&s, 'T')) {
            need_char(&s, ' ');
        }
        t = need_time(&s, &in_range);
        offset = need_offset(&s, &in_range);
    }
    if (s.bad || s.left.len > 0) {
        return ERR_FORMAT;
    }
    if (!in_range) {
        return ERR_RANGE;
    }
    t += days_of_date(d) * TM_DAY;
    shift = (unsigned)abs(offset) * TM_MIN;
    if (offset > 0 && shift > t) {
        return ERR_RANGE;
    }
    t = offset > 0 ? t - shift : t + shift;
    if (t > TM_MAX_FT) {
        return ERR_RANGE;
    }
    *out_ft = t;
    return ERR_OK;
}

enum err
tm_parse_span(struct sv s, uint64_t *out_ticks)
{
    static const struct {
        char unit;
        uint64_t ticks;
    } units[] = {{'s', TM_SEC}, {'m', TM_MIN}, {'h', TM_HOUR}, {'d', TM_DAY}, {'w', 7 * TM_DAY}};
    uint64_t count = 0;

    if (s.len < 2) {
        return ERR_FORMAT;
    }
    for (size_t i = 0; i < s.len - 1; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return ERR_FORMAT;
        }
        if (count <= TM_MAX_FT) { /* larger is out of range already, whatever follows */
            count = count * 10 + (uint64_t)(s.p[i] - '0');
        }
    }
    for (size_t i = 0; i < COUNT(units); i++) {
        if (s.p[s.len - 1] != units[i].unit) {
            continue;
        }
        if (count > TM_MAX_FT / units[i].ticks) {
            return ERR_RANGE;
        }
        *out_ticks = count * units[i].ticks;
        return ERR_OK;
    }
    return ERR_FORMAT;
}
