/*
 * utf - the one converter between UTF-16LE (Windows' bytes) and UTF-8 (ours).
 *
 * Lone surrogates travel as WTF-8 (three bytes, ED A0..BF xx), so text -> UTF-8 -> text is
 * lossless. Functions that meet foreign bytes never fail: what is no UTF becomes U+FFFD.
 */
#pragma once

#include "core/sv.h"

#define UTF8_PER_UNIT_MAX 3 /* bytes of UTF-8 for one UTF-16 unit, at most */

/* Converts `len` bytes (an odd last byte is dropped) into out[cap], stopping at the last whole
 * character that fits. Returns bytes written; *truncated (may be NULL) tells of a cut. */
size_t utf16le_to_utf8(const void *data, size_t len, char *out, size_t cap, bool *truncated);

/* Into UTF-16 units, no NUL; returns units written or, when cap is too small, what fits. Invalid
 * bytes become U+FFFD, WTF-8 surrogates become themselves. */
size_t utf8_to_utf16(struct sv s, uint16_t *out, size_t cap_units, bool *truncated);

/* Next code point of s from *pos, which lies inside s (moves it, by 1..4); U+FFFD on bad bytes,
 * surrogates as they are. */
uint32_t utf8_next(struct sv s, size_t *pos);

/* Tells a U+FFFD that stands in the text from one that utf8_next() made of bad bytes at pos. */
static inline bool
utf8_is_replacement(struct sv s, size_t pos)
{
    return s.len - pos >= 3 && memcmp(s.p + pos, "\xEF\xBF\xBD", 3) == 0;
}

/* Writes one code point (<= 0x10FFFF) as UTF-8, WTF-8 for surrogates; returns 1..4. */
size_t utf8_put(uint32_t cp, char out[4]);

bool utf8_valid(struct sv s); /* strict UTF-8: surrogates and overlong forms are not */

/* Longest prefix of s of at most `max_len` bytes that ends between characters. */
struct sv utf8_cut(struct sv s, size_t max_len);

/* Columns a terminal uses for a code point: 0 combining and zero width, 2 East Asian Wide and
 * Fullwidth, else 1. Controls count 1: they are escaped before they reach a terminal. */
unsigned utf_width(uint32_t cp);
