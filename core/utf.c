/* utf - UTF-16LE to UTF-8 and back, losslessly (WTF-8). */
#include "core/utf.h"

#include <assert.h>

#include "core/rd.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "four units at a time needs LE");

#define REPLACEMENT 0xFFFDu
#define NON_ASCII_UNITS 0xFF80FF80FF80FF80u
#define NON_ASCII_BYTES 0x8080808080808080u

static bool
is_high(uint32_t unit)
{
    return (unit & ~0x3FFu) == 0xD800u;
}

static bool
is_low(uint32_t unit)
{
    return (unit & ~0x3FFu) == 0xDC00u;
}

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xC0u) == 0x80u;
}

/* Converts ASCII four units at a time; returns how many units were converted. */
static size_t
put_ascii_run(const uint8_t *data, size_t units, char *out, size_t cap)
{
    size_t room = units < cap ? units : cap;
    size_t done = 0;

    for (; room - done >= 4; done += 4) {
        uint64_t v = rd_le64(data + 2 * done);
        uint32_t four;

        if (v & NON_ASCII_UNITS) {
            break;
        }
        v = (v | v >> 8) & 0x0000FFFF0000FFFFu;
        four = (uint32_t)(v | v >> 16);
        memcpy(out + done, &four, sizeof(four));
    }
    for (; done < room; done++) {
        uint16_t unit = rd_le16(data + 2 * done);

        if (unit >= 0x80) {
            break;
        }
        out[done] = (char)unit;
    }
    return done;
}

/* The same for units that take three bytes, surrogates apart: kana, kanji. */
static size_t
put_three_byte_run(const uint8_t *data, size_t units, char *out, size_t cap)
{
    size_t room = units < cap / 3 ? units : cap / 3;
    size_t done = 0;

    for (; done < room; done++) {
        uint32_t unit = rd_le16(data + 2 * done);

        if (unit < 0x800 || (unit & 0xF800u) == 0xD800u) {
            break;
        }
        out[3 * done] = (char)(0xE0u | unit >> 12);
        out[3 * done + 1] = (char)(0x80u | (unit >> 6 & 0x3Fu));
        out[3 * done + 2] = (char)(0x80u | (unit & 0x3Fu));
    }
    return done;
}

size_t
utf16le_to_utf8(const void *data, size_t len, char *out, size_t cap, bool *truncated)
{
    const uint8_t *p = data;
    size_t units = len / 2;
    size_t at = 0;
    size_t used = 0;

    while (at < units) {
        size_t run = put_ascii_run(p + 2 * at, units - at, out + used, cap - used);
        uint32_t cp;
        size_t step = 1;
        size_t n;
        char text[4];

        at += run;
        used += run;
        run = put_three_byte_run(p + 2 * at, units - at, out + used, cap - used);
        at += run;
        used += 3 * run;
        if (at == units || used == cap) {
            break;
        }
        cp = rd_le16(p + 2 * at);
        if (is_high(cp) && units - at > 1 && is_low(rd_le16(p + 2 * at + 2))) {
            cp = 0x10000u + ((cp & 0x3FFu) << 10) + (rd_le16(p + 2 * at + 2) & 0x3FFu);
            step = 2;
        }
        n = utf8_put(cp, text);
        if (n > cap - used) {
            break;
        }
        memcpy(out + used, text, n);
        used += n;
        at += step;
    }
    if (truncated != NULL) {
        *truncated = at < units;
    }
    return used;
}

size_t
utf8_to_utf16(struct sv s, uint16_t *out, size_t cap_units, bool *truncated)
{
    size_t pos = 0;
    size_t used = 0;
    bool cut = false;

    while (pos < s.len && !cut) {
        uint32_t cp = utf8_next(s, &pos);
        size_t n = cp >= 0x10000u ? 2 : 1;

        cut = n > cap_units - used;
        if (cut) {
            break;
        }
        if (n == 2) {
            out[used] = (uint16_t)(0xD7C0u + (cp >> 10)); /* 0xD800 - (0x10000 >> 10) */
            out[used + 1] = (uint16_t)(0xDC00u | (cp & 0x3FFu));
        } else {
            out[used] = (uint16_t)cp;
        }
        used += n;
    }
    if (truncated != NULL) {
        *truncated = cut;
    }
    return used;
}

/*
 * Follows the table of well-formed sequences (Unicode, table 3-7), but lets ED A0..BF through for
 * surrogates. A broken sequence gives one U+FFFD for its longest good beginning.
 */
uint32_t
utf8_next(struct sv s, size_t *pos)
{
    uint8_t lead;
    uint8_t low = 0x80; /* bounds of the second byte */
    uint8_t high = 0xBF;
    uint32_t cp;
    unsigned more;

    assert(*pos < s.len);
    lead = (uint8_t)s.p[(*pos)++];
    if (lead < 0x80) {
        return lead;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return REPLACEMENT;
    }
    more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    cp = lead & (0x3Fu >> more);
    if (lead == 0xE0) {
        low = 0xA0;
    } else if (lead == 0xF0) {
        low = 0x90;
    } else if (lead == 0xF4) {
        high = 0x8F;
    }
    for (; more > 0; more--) {
        uint8_t byte;

        if (*pos == s.len) {
            return REPLACEMENT;
        }
        byte = (uint8_t)s.p[*pos];
        if (byte < low || byte > high) {
            return REPLACEMENT;
        }
        cp = cp << 6 | (byte & 0x3Fu);
        low = 0x80;
        high = 0xBF;
        (*pos)++;
    }
    return cp;
}

size_t
utf8_put(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0u | cp >> 6);
        out[1] = (char)(0x80u | (cp & 0x3Fu));
        return 2;
    }
    if (cp < 0x10000u) {
        out[0] = (char)(0xE0u | cp >> 12);
        out[1] = (char)(0x80u | (cp >> 6 & 0x3Fu));
        out[2] = (char)(0x80u | (cp & 0x3Fu));
        return 3;
    }
    assert(cp <= 0x10FFFFu);
    out[0] = (char)(0xF0u | cp >> 18);
    out[1] = (char)(0x80u | (cp >> 12 & 0x3Fu));
    out[2] = (char)(0x80u | (cp >> 6 & 0x3Fu));
    out[3] = (char)(0x80u | (cp & 0x3Fu));
    return 4;
}

bool
utf8_valid(struct sv s)
{
    size_t pos = 0;

    while (pos < s.len) {
        size_t start = pos;
        uint32_t cp;

        if (s.len - pos >= 8 && (rd_le64(s.p + pos) & NON_ASCII_BYTES) == 0) {
            pos += 8;
            continue;
        }
        cp = utf8_next(s, &pos);
        if (is_high(cp) || is_low(cp)) {
            return false;
        }
        if (cp == REPLACEMENT && !utf8_is_replacement(s, start)) {
            return false;
        }
    }
    return true;
}

struct sv
utf8_cut(struct sv s, size_t max_len)
{
    size_t cut = max_len;

    if (s.len <= max_len) {
        return s;
    }
    /* A character has three continuation bytes at most; a longer run is no text: cut anywhere. */
    while (cut > 0 && max_len - cut < 3 && is_continuation(s.p[cut])) {
        cut--;
    }
    return (struct sv){s.p, is_continuation(s.p[cut]) ? max_len : cut};
}
