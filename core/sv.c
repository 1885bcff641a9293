/* sv - comparing, matching and reading borrowed text. */
#include "core/sv.h"

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int
sv_cmp(struct sv a, struct sv b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.p, b.p, common);

    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool
sv_eq_nocase(struct sv a, struct sv b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (fold(a.p[i]) != fold(b.p[i])) {
            return false;
        }
    }
    return true;
}

bool
sv_starts_with(struct sv s, struct sv prefix)
{
    return prefix.len == 0 || (s.len >= prefix.len && memcmp(s.p, prefix.p, prefix.len) == 0);
}

struct sv
sv_trim(struct sv s)
{
    while (s.len > 0 && is_space(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* Going back to the last star is enough: an earlier star could only match a shorter run. */
bool
sv_glob(struct sv s, struct sv pattern)
{
    size_t i = 0;
    size_t k = 0;
    size_t star = SIZE_MAX; /* position behind the last '*' in pattern */
    size_t retry = 0;       /* where in s the text behind that star was tried last */

    while (i < s.len) {
        if (k < pattern.len && pattern.p[k] == '*') {
            star = ++k;
            retry = i;
        } else if (k < pattern.len && (pattern.p[k] == '?' || fold(pattern.p[k]) == fold(s.p[i]))) {
            i++;
            k++;
        } else if (star != SIZE_MAX) {
            i = ++retry;
            k = star;
        } else {
            return false;
        }
    }
    while (k < pattern.len && pattern.p[k] == '*') {
        k++;
    }
    return k == pattern.len;
}

/* The value of a digit in any base up to 16; 255 for other characters. */
static unsigned
digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    c = fold(c);
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a') + 10;
    }
    return 255;
}

enum err
sv_u64(struct sv s, uint64_t *out)
{
    uint64_t value = 0;
    unsigned base = 10;
    bool overflow = false;

    if (s.len > 2 && s.p[0] == '0' && fold(s.p[1]) == 'x') {
        base = 16;
        s.p += 2;
        s.len -= 2;
    }
    if (s.len == 0) {
        return ERR_FORMAT;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = digit_value(s.p[i]);
        if (digit >= base) {
            return ERR_FORMAT;
        }
        overflow = overflow || value > (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    if (overflow) {
        return ERR_RANGE;
    }
    *out = value;
    return ERR_OK;
}
