/*
 * script_text - puts a script's text together from its parts, with gaps, length and hash.
 *
 * A part may end in the first half of a surrogate pair and the next begin with the second: they
 * become the one character again.
 * Memory: the buffer is the caller's. Errors are the buffer's (core/buf.h).
 */
#pragma once

#include "core/buf.h"
#include "core/hash.h"

#define SCRIPT_HASH_LEN (2 * SHA256_LEN) /* hex digits */

struct script_text {
    struct buf *out;
    struct sha256 hash;
    uint64_t len; /* without gaps */
    char half[3]; /* WTF-8 of a first half that waits for its second */
    bool has_half;
};

/* Clears out. */
void script_text_begin(struct script_text *t, struct buf *out);
void script_text_part(struct script_text *t, struct sv part);
void script_text_gap(struct script_text *t, struct sv gap);
void script_text_end(struct script_text *t, char hash[SCRIPT_HASH_LEN]);
