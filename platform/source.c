/* source - a window over the source that moves in steps of SOURCE_WINDOW_LEN. */
#include "platform/source.h"

#include <assert.h>

static enum err
read_file(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    return file_read_at(ctx, offset, out, len, got);
}

struct source
source_of_file(struct file *f)
{
    return (struct source){read_file, f, file_size(f)};
}

void
source_window_init(struct source_window *w, const struct source *source)
{
    w->source = *source;
    w->offset = 0;
    w->len = 0;
}

enum err
source_window_get(struct source_window *w, uint64_t offset, size_t len, const uint8_t **out,
                  size_t *got)
{
    uint64_t left = offset < w->source.size ? w->source.size - offset : 0;
    size_t want;
    enum err err;

    assert(len <= SOURCE_WINDOW_LEN);
    len = len < left ? len : (size_t)left;
    if (offset < w->offset || offset - w->offset > w->len ||
        len > w->len - (size_t)(offset - w->offset)) {
        want = SOURCE_WINDOW_LEN < left ? SOURCE_WINDOW_LEN : (size_t)left;
        w->offset = offset;
        w->len = 0;
        err = w->source.read_at(w->source.ctx, offset, w->bytes, want, &w->len);
        if (err) {
            w->len = 0;
            return err;
        }
    }
    *out = w->bytes + (offset - w->offset);
    *got = w->len - (size_t)(offset - w->offset);
    *got = *got < len ? *got : len;
    return ERR_OK;
}
