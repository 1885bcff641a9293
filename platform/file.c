/* file - whole files, read and replaced. */
#include "platform/os.h"

#define READ_CHUNK 4096
#define PATH_LEN_MAX 100000  /* bytes: more than 32767 UTF-16 units can be */
#define TEMP_NAMES_TRIED 100 /* leftovers of killed runs are stepped over */

MUST_CHECK static enum err
read_chunks(struct file *f, size_t max_len, struct buf *out)
{
    char chunk[READ_CHUNK];
    uint64_t offset = 0;
    size_t got;

    do {
        enum err err = file_read_at(f, offset, chunk, sizeof(chunk), &got);

        if (err) {
            return err;
        }
        if (got > max_len - offset) { /* it may have grown since it was opened */
            return ERR_RANGE;
        }
        buf_put(out, chunk, got);
        offset += got;
    } while (got == sizeof(chunk));
    return buf_err(out);
}

MUST_CHECK enum err
file_read_all(const char *path, size_t max_len, struct buf *out)
{
    struct file *f;
    enum err err = file_open_read(path, &f);

    if (err) {
        return err;
    }
    buf_clear(out);
    err = file_size(f) > max_len ? ERR_RANGE : read_chunks(f, max_len, out);
    file_close(f);
    return err;
}

MUST_CHECK enum err
file_write_all(const char *path, const void *data, size_t len)
{
    struct buf temp;
    enum err err = ERR_EXISTS;

    buf_init(&temp, PATH_LEN_MAX);
    for (unsigned i = 0; err == ERR_EXISTS && i < TEMP_NAMES_TRIED; i++) {
        buf_clear(&temp);
        buf_printf(&temp, "%s.%u.tmp", path, i);
        err = buf_err(&temp);
        if (!err) {
            err = os_replace(buf_str(&temp), path, data, len);
        }
    }
    buf_fini(&temp);
    return err;
}
