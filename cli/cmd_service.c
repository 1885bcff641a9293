/* cmd_service - kanari service ...: hands the words on, and prints what comes back as it comes. */
#include "cli/command.h"

#define LINE_LEN_MAX 4096

/* At once, and not with the results at the end: the service may run for months. */
static void
write_line(struct cli *c, enum stream s, enum msg id, const struct msg_arg *args, size_t count)
{
    struct buf line;
    enum err err;

    buf_init(&line, LINE_LEN_MAX);
    msg_put(&line, c->lang, id, args, count);
    buf_putc(&line, '\n');
    err = buf_err(&line);
    if (!err) {
        err = c->io->write(c->io->ctx, s, line.data, line.len);
    }
    (void)err; /* a service has no console to write to */
    buf_fini(&line);
}

static void
tell_line(void *ctx, enum tell_tone tone, enum msg id, const struct msg_arg *args, size_t count)
{
    struct cli *c = ctx;

    switch (tone) {
    case TELL_RESULT:
        write_line(c, STREAM_OUT, id, args, count);
        break;
    case TELL_PROGRESS:
        if (c->io->err_is_terminal) {
            write_line(c, STREAM_ERR, id, args, count);
        }
        break;
    case TELL_NOTE:
    case TELL_FAIL: /* the error that is returned decides the exit code */
        cli_error(c, CLI_DONE, id, args, count);
        break;
    }
}

/* The words are right, but not on this system: that is the user's to mend. */
static enum cli_exit
exit_of(enum err err)
{
    return err == ERR_UNSUPPORTED ? CLI_USAGE : cli_exit_of(err);
}

static void
act(struct cli *c, enum cli_service_act what)
{
    const struct cli_service *service = c->io->service;
    const struct cli_service_words words = {.store = c->args.store,
                                            .config = c->args.config,
                                            .console = c->args.console,
                                            .lang = c->lang};
    const struct tell tell = {.ctx = c, .line = tell_line};

    if (service == NULL) {
        cli_error(c, CLI_USAGE, MSG_SERVICE_NONE, NULL, 0);
        return;
    }
    cli_raise(c, exit_of(service->act(service->ctx, what, &words, &tell)));
}

void
cmd_service_run(struct cli *c)
{
    act(c, CLI_SERVICE_RUN);
}

void
cmd_service_install(struct cli *c)
{
    act(c, CLI_SERVICE_INSTALL);
}

void
cmd_service_uninstall(struct cli *c)
{
    act(c, CLI_SERVICE_UNINSTALL);
}

void
cmd_service_start(struct cli *c)
{
    act(c, CLI_SERVICE_START);
}

void
cmd_service_stop(struct cli *c)
{
    act(c, CLI_SERVICE_STOP);
}

void
cmd_service_reload(struct cli *c)
{
    act(c, CLI_SERVICE_RELOAD);
}
