/* buf - a growing byte buffer: doubles up to its cap, remembers its first error. */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/mem.h"

#define BUF_FIRST_CAP 128
#define U64_DIGITS_MAX 20

void
buf_init(struct buf *b, size_t max_len)
{
    *b = (struct buf){.max_len = max_len == SIZE_MAX ? SIZE_MAX - 1 : max_len};
}

void
buf_fini(struct buf *b)
{
    mem_free(b->data);
    *b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
    b->len = 0;
    b->err = ERR_OK;
    if (b->data != NULL) {
        b->data[0] = '\0';
    }
}

/* Makes room for `extra` bytes and the NUL. */
static bool
reserve(struct buf *b, size_t extra)
{
    size_t need;
    size_t cap;
    char *data;

    if (b->err) {
        return false;
    }
    if (extra > b->max_len - b->len) {
        b->err = ERR_FULL;
        return false;
    }
    need = b->len + extra + 1;
    if (need <= b->cap) {
        return true;
    }
    cap = b->cap > b->max_len / 2 ? b->max_len + 1 : b->cap * 2;
    cap = cap < BUF_FIRST_CAP ? BUF_FIRST_CAP : cap;
    cap = cap < need ? need : cap;
    data = mem_realloc(b->data, cap, 1);
    if (data == NULL) {
        b->err = ERR_NOMEM;
        return false;
    }
    data[b->len] = '\0';
    b->data = data;
    b->cap = cap;
    return true;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
    if (!reserve(b, len)) {
        return;
    }
    if (len > 0) {
        memcpy(b->data + b->len, data, len);
    }
    b->len += len;
    b->data[b->len] = '\0';
}

void
buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void
buf_puts(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

void
buf_put_sv(struct buf *b, struct sv s)
{
    buf_put(b, s.p, s.len);
}

void
buf_put_u64(struct buf *b, uint64_t value)
{
    char digits[U64_DIGITS_MAX];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_put(b, digits + at, sizeof(digits) - at);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        b->err = b->err ? b->err : ERR_INTERNAL;
        return;
    }
    if (!reserve(b, (size_t)len)) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
    va_end(args);
    b->len += (size_t)len;
}

const char *
buf_str(const struct buf *b)
{
    return b->data == NULL ? "" : b->data;
}
