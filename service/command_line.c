/* command_line - quotes and backslashes. */
#include "service/command_line.h"

void
command_line_put_program(struct buf *out, struct sv path)
{
    buf_putc(out, '"');
    buf_put_sv(out, path);
    buf_putc(out, '"');
}

static bool
needs_quotes(struct sv word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (memchr(" \t\n\v\"", word.p[i], 5) != NULL) {
            return true;
        }
    }
    return word.len == 0;
}

static void
put_backslashes(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_putc(out, '\\');
    }
}

void
command_line_put(struct buf *out, struct sv word)
{
    size_t backslashes = 0; /* right before here */

    buf_putc(out, ' ');
    if (!needs_quotes(word)) {
        buf_put_sv(out, word);
        return;
    }
    buf_putc(out, '"');
    for (size_t i = 0; i < word.len; i++) {
        if (word.p[i] == '\\') {
            backslashes++;
            continue;
        }
        put_backslashes(out, word.p[i] == '"' ? 2 * backslashes + 1 : backslashes);
        backslashes = 0;
        buf_putc(out, word.p[i]);
    }
    put_backslashes(out, 2 * backslashes); /* the closing quote is behind them */
    buf_putc(out, '"');
}
