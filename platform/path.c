/* path - paths as text. Both separators are known on both systems, so that a folder of evidence
 * reads the same on either. */
#include <string.h>

#include "platform/platform.h"

static bool
is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* '/', unless base is plainly a Windows path: then output is the same on both systems. */
void
path_join(struct buf *out, const char *base, const char *name)
{
    size_t len = strlen(base);
    bool windows = strchr(base, '\\') != NULL && strchr(base, '/') == NULL;

    buf_put(out, base, len);
    if (len > 0 && !is_separator(base[len - 1])) {
        buf_putc(out, windows ? '\\' : '/');
    }
    buf_puts(out, name);
}

struct sv
path_name(const char *path)
{
    size_t end = strlen(path);
    size_t start;

    while (end > 0 && is_separator(path[end - 1])) {
        end--;
    }
    start = end;
    while (start > 0 && !is_separator(path[start - 1])) {
        start--;
    }
    return (struct sv){path + start, end - start};
}

/* A leading dot hides a file and begins no extension. */
struct sv
path_ext(const char *path)
{
    struct sv name = path_name(path);

    for (size_t i = name.len; i > 1; i--) {
        if (name.p[i - 1] == '.') {
            return (struct sv){name.p + i, name.len - i};
        }
    }
    return (struct sv){name.p + name.len, 0};
}
