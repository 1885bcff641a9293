/*
 * buf - a growing byte buffer with a cap that is set at init.
 *
 * Errors are sticky: after the first failure (ERR_NOMEM, or ERR_FULL at the cap) further appends
 * do nothing, so a writer checks buf_err() once, at the end. The bytes are always NUL-terminated
 * (the NUL is not counted), so buf_str() may be handed to printf.
 */
#pragma once

#include "core/sv.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max_len;
    enum err err;
};

void buf_init(struct buf *b, size_t max_len);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory; clears the error */
void buf_put(struct buf *b, const void *data, size_t len);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *text);
void buf_put_sv(struct buf *b, struct sv s);
void buf_put_u64(struct buf *b, uint64_t value);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *buf_str(const struct buf *b); /* "" when empty; lives until the next call on b */
static inline struct sv
buf_sv(const struct buf *b)
{
    return (struct sv){b->data, b->len};
}
static inline enum err
buf_err(const struct buf *b)
{
    return b->err;
}
