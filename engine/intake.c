/* intake - opens a file, tells its format and hands it to that format's reader. */
#include "engine/intake.h"

#include "core/mem.h"

void
intake_progress(struct intake *in, uint64_t bytes_of_file)
{
    if (in->progress != NULL) {
        in->progress(in->progress_ctx, in->bytes_done + bytes_of_file, in->bytes_total);
    }
}

enum err
intake_give_up(struct replay_file *file, enum err err, const char *why)
{
    file->err = err;
    mem_free(file->why);
    file->why = mem_strndup(why, strlen(why));
    return file->why == NULL ? ERR_NOMEM : ERR_OK;
}

static const char *
why_unreadable(enum err err)
{
    static const char *const why[ERR_COUNT] = {
        [ERR_NOTFOUND] = "there is no such file or folder",
        [ERR_ACCESS] = "access denied",
        [ERR_BUSY] = "another program holds it",
        [ERR_UNSUPPORTED] = "this is no file that can be read",
    };
    return why[err] != NULL ? why[err] : err_str(err);
}

MUST_CHECK static enum err
read_as(struct intake *in, struct file *f, struct replay_file *file)
{
    switch (file->format) {
    case REPLAY_EVTX:
        return intake_evtx(in, f, file);
    case REPLAY_NDJSON:
        return intake_ndjson(in, f, file);
    case REPLAY_STORE:
        return intake_store(in, file->path, file);
    case REPLAY_UNKNOWN:
        break;
    }
    return intake_give_up(file, ERR_FORMAT,
                          "this is no event log: .evtx and Kanari's .ndjson and .db can be read");
}

enum err
intake_file(struct intake *in, const struct input *input, struct replay_file *file)
{
    struct file *f = NULL;
    enum err err = input->err;

    if (!err) {
        err = file_open_read(input->path, &f);
    }
    if (err == ERR_NOMEM) {
        return err;
    }
    if (err) {
        return intake_give_up(file, err, input->why ? input->why : why_unreadable(err));
    }
    spans_next_file(in->spans);
    if (file_size(f) == 0) {
        err = intake_give_up(file, ERR_FORMAT, "the file is empty");
        goto done;
    }
    err = inputs_format(f, &file->format);
    if (err) {
        err = intake_give_up(file, err, why_unreadable(err));
        goto done;
    }
    if (file->format == REPLAY_UNKNOWN && sv_eq_nocase(path_ext(input->path), SV("evtx"))) {
        file->format = REPLAY_EVTX; /* its head may be damaged, its chunks sound */
    }
    err = read_as(in, f, file);
    in->bytes_done += file_size(f);
    intake_progress(in, 0);
done:
    file_close(f);
    return err;
}
