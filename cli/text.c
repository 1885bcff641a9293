/* text - widths, cuts and numbers as people read them. */
#include "cli/text.h"

#include "core/utf.h"

#define ELLIPSIS "\xe2\x80\xa6"

size_t
text_width(struct sv s)
{
    size_t pos = 0;
    size_t width = 0;

    while (pos < s.len) {
        width += utf_width(utf8_next(s, &pos));
    }
    return width;
}

void
text_put_cut(struct buf *out, struct sv s, size_t columns)
{
    size_t pos = 0;
    size_t end = 0; /* bytes that leave one column for the ellipsis */
    size_t width = 0;

    if (text_width(s) <= columns) {
        buf_put_sv(out, s);
        return;
    }
    while (pos < s.len) {
        width += utf_width(utf8_next(s, &pos));
        if (width + 1 > columns) {
            break;
        }
        end = pos;
    }
    buf_put(out, s.p, end);
    buf_puts(out, ELLIPSIS);
}

void
text_pad(struct buf *out, size_t columns)
{
    while (columns-- > 0) {
        buf_putc(out, ' ');
    }
}

void
text_put_count(struct buf *out, uint64_t value)
{
    char digits[32];
    size_t at = sizeof(digits);
    size_t done = 0;

    do {
        if (done > 0 && done % 3 == 0) {
            digits[--at] = ',';
        }
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        done++;
    } while (value > 0);
    buf_put(out, digits + at, sizeof(digits) - at);
}

void
text_put_tenths(struct buf *out, uint64_t tenths)
{
    text_put_count(out, tenths / 10);
    buf_putc(out, '.');
    buf_putc(out, (char)('0' + tenths % 10));
}
