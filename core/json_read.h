/*
 * json_read - strict JSON (RFC 8259) read token by token: what json.h writes, and settings.
 *
 * Strict: no leading zeros, no raw control characters in strings, no trailing comma, nothing
 * behind the value; text must be UTF-8. An UTF-8 BOM in front is passed over. Comments are white
 * space when asked for. Lossless: \u0000 and lone surrogates (as WTF-8) come back as written.
 *
 * Memory:  borrows; never allocates. Strings are decoded where they stand, so the text is the
 *          reader's to change; views live as long as it. The decoded form is never longer.
 * Errors:  ERR_FORMAT with a short reason in `why`, at `at_line`; the reader is then spent.
 * Limits:  JSON_DEPTH_MAX levels; no recursion.
 */
#pragma once

#include "core/json.h"

enum json_token {
    JSON_END, /* behind the one value of the text */
    JSON_OBJ,
    JSON_OBJ_END,
    JSON_ARR,
    JSON_ARR_END,
    JSON_KEY, /* value is its text; the next token belongs to it */
    JSON_STRING,
    JSON_NUMBER, /* value is its spelling */
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_reader {
    char *text;
    size_t len;
    size_t pos;
    uint32_t line;    /* of the last token, from 1 */
    uint32_t at_line; /* of pos */
    bool comments;
    uint8_t depth;
    uint8_t expect;   /* what may come next: json_read.c */
    uint32_t objects; /* bit per level: an object, not an array */
    struct sv value;
    const char *why;
};

void json_reader_init(struct json_reader *r, char *text, size_t len, bool comments);
MUST_CHECK enum err json_next(struct json_reader *r, enum json_token *out);
