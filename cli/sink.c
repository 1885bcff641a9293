/* sink - buffered results to standard output or a file. */
#include "cli/sink.h"

void
sink_init(struct sink *s, const struct cli_io *io, const char *path)
{
    *s = (struct sink){.io = io, .path = path};
    buf_init(&s->buf, SINK_FILE_MAX);
}

void
sink_fini(struct sink *s)
{
    buf_fini(&s->buf);
}

static void
flush(struct sink *s)
{
    if (s->err == ERR_OK) {
        s->err = buf_err(&s->buf);
    }
    if (s->err == ERR_OK && s->buf.len > 0) {
        s->err = s->io->write(s->io->ctx, STREAM_OUT, s->buf.data, s->buf.len);
    }
    buf_clear(&s->buf);
}

bool
sink_step(struct sink *s)
{
    if (s->path == NULL && s->buf.len >= SINK_FLUSH_LEN) {
        flush(s);
    }
    return s->err == ERR_OK && buf_err(&s->buf) == ERR_OK;
}

enum err
sink_close(struct sink *s)
{
    if (s->path == NULL) {
        flush(s);
        return s->err;
    }
    if (s->err == ERR_OK) {
        s->err = buf_err(&s->buf);
    }
    if (s->err == ERR_OK) {
        s->err = file_write_all(s->path, buf_str(&s->buf), s->buf.len);
    }
    buf_clear(&s->buf);
    return s->err;
}
