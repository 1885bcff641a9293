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
    case REPLAY_ETL:
        return intake_etl(in, f, file);
    case REPLAY_NDJSON:
        return intake_ndjson(in, f, file);
    case REPLAY_STORE:
        return intake_store(in, file->path, file);
    case REPLAY_UNKNOWN:
        break;
    }
    return intake_give_up(
        file, ERR_FORMAT,
        "this is no event log: .evtx, .etl and Kanari's .ndjson and .db can be read");
}

/* By its content; a log or trace whose head is damaged by its name, for the rest may be sound. */
MUST_CHECK static enum err
tell_format(struct file *f, const char *path, enum replay_format *out)
{
    enum err err = inputs_format(f, out);

    if (!err && *out == REPLAY_UNKNOWN && sv_eq_nocase(path_ext(path), SV("evtx"))) {
        *out = REPLAY_EVTX;
    }
    if (!err && *out == REPLAY_UNKNOWN && sv_eq_nocase(path_ext(path), SV("etl"))) {
        *out = REPLAY_ETL;
    }
    return err;
}

enum err
intake_name_host(struct intake *in, const struct input *input)
{
    enum replay_format format = REPLAY_UNKNOWN;
    struct file *f = NULL;
    enum err err = input->err;

    if (!err) {
        err = file_open_read(input->path, &f);
    }
    if (!err) {
        err = tell_format(f, input->path, &format);
    }
    if (!err && format == REPLAY_ETL) {
        err = intake_etl_name(in->hosts, f);
    }
    file_close(f);
    return err == ERR_NOMEM ? err : ERR_OK;
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
    err = tell_format(f, input->path, &file->format);
    if (err) {
        err = intake_give_up(file, err, why_unreadable(err));
        goto done;
    }
    err = read_as(in, f, file);
    in->bytes_done += file_size(f);
    intake_progress(in, 0);
done:
    file_close(f);
    return err;
}
