/* account - the key of an account: one spelling for "ACME\Kumi", "kumi@acme" and "KUMI". */
#include "core/event.h"
#include "core/utf.h"

/* Runs of capitals and where their small letters are, from Unicode's CaseFolding.txt (statuses C
 * and S). step 1: every letter of the run moves by delta. step 2: every second one does (capital,
 * small, capital, small ...). U+0130 has no simple folding and stays. */
struct fold_run {
    uint16_t first, last;
    int16_t delta;
    uint16_t step;
};

static const struct fold_run fold_runs[] = {
    {0x00B5, 0x00B5, 775, 1},  {0x00C0, 0x00D6, 32, 1},   {0x00D8, 0x00DE, 32, 1},
    {0x0100, 0x012E, 1, 2},    {0x0132, 0x0136, 1, 2},    {0x0139, 0x0147, 1, 2},
    {0x014A, 0x0176, 1, 2},    {0x0178, 0x0178, -121, 1}, {0x0179, 0x017D, 1, 2},
    {0x017F, 0x017F, -268, 1}, {0x0386, 0x0386, 38, 1},   {0x0388, 0x038A, 37, 1},
    {0x038C, 0x038C, 64, 1},   {0x038E, 0x038F, 63, 1},   {0x0391, 0x03A1, 32, 1},
    {0x03A3, 0x03AB, 32, 1},   {0x03C2, 0x03C2, 1, 1},    {0x0400, 0x040F, 80, 1},
    {0x0410, 0x042F, 32, 1},   {0x0460, 0x0480, 1, 2},    {0x048A, 0x04BE, 1, 2},
    {0x04C0, 0x04C0, 15, 1},   {0x04C1, 0x04CD, 1, 2},    {0x04D0, 0x052E, 1, 2},
    {0xFF21, 0xFF3A, 32, 1},
};

/* ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic and fullwidth letters; others as they are. */
static uint32_t
fold(uint32_t cp)
{
    if (cp < 0x80) {
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    }
    for (size_t i = 0; i < COUNT(fold_runs); i++) {
        const struct fold_run *run = &fold_runs[i];

        if (cp < run->first) {
            break;
        }
        if (cp <= run->last) {
            bool capital = (cp - run->first) % run->step == 0;
            return capital ? (uint32_t)((int32_t)cp + run->delta) : cp;
        }
    }
    return cp;
}

/* Appends s folded, whole characters only; returns the new length. */
static size_t
put_folded(struct sv s, char out[ACCOUNT_KEY_MAX], size_t len)
{
    size_t pos = 0;

    while (pos < s.len) {
        bool ascii = (unsigned char)s.p[pos] < 0x80; /* nearly all of them */
        char text[4];
        size_t text_len;

        if (ascii && len < ACCOUNT_KEY_MAX) {
            out[len++] = (char)fold((unsigned char)s.p[pos++]);
            continue;
        }
        text_len = utf8_put(fold(utf8_next(s, &pos)), text);
        if (text_len > ACCOUNT_KEY_MAX - len) {
            break;
        }
        memcpy(out + len, text, text_len);
        len += text_len;
    }
    return len;
}

/* Splits s at `at`: *left is before it, *right behind. */
static void
split(struct sv s, size_t at, struct sv *left, struct sv *right)
{
    *left = (struct sv){s.p, at};
    *right = (struct sv){s.p + at + 1, s.len - at - 1};
}

/* The place of the last c with text on both sides; 0 when there is none. */
static size_t
find_inner(struct sv s, char c)
{
    for (size_t i = s.len; i > 2; i--) {
        if (s.p[i - 2] == c) {
            return i - 2;
        }
    }
    return 0;
}

static struct sv
first_label(struct sv name)
{
    const char *dot = name.len == 0 ? NULL : memchr(name.p, '.', name.len);

    return dot == NULL ? name : (struct sv){name.p, (size_t)(dot - name.p)};
}

/* A domain that says no more than the host does. */
static bool
is_local_domain(struct sv domain, struct sv host)
{
    return domain.len == 0 || sv_eq(domain, SV(".")) || sv_eq_nocase(domain, host) ||
           sv_eq_nocase(domain, first_label(host));
}

size_t
account_key(struct sv account, struct sv domain, struct sv host, char out[ACCOUNT_KEY_MAX])
{
    const char *slash = account.len == 0 ? NULL : memchr(account.p, '\\', account.len);
    struct sv user = account;
    size_t len = 0;
    size_t at;

    if (slash != NULL && slash + 1 < account.p + account.len) {
        split(account, (size_t)(slash - account.p), &domain, &user);
    }
    if (is_local_domain(domain, host)) {
        domain = (struct sv){NULL, 0};
    }
    at = find_inner(user, '@');
    if (at > 0) {
        struct sv name, suffix;

        split(user, at, &name, &suffix);
        /* Another domain than the suffix is an identity provider ("AzureAD", a Microsoft account):
         * there the suffix tells people apart and stays part of the name. */
        if (domain.len == 0 || sv_eq_nocase(domain, suffix) ||
            sv_eq_nocase(domain, first_label(suffix))) {
            domain = domain.len == 0 ? suffix : domain;
            user = name;
        }
        if (is_local_domain(domain, host)) {
            domain = (struct sv){NULL, 0};
        }
    }
    if (domain.len > 0) {
        len = put_folded(domain, out, 0);
        if (len < ACCOUNT_KEY_MAX) {
            out[len++] = '\\';
        }
    }
    return put_folded(user, out, len);
}
