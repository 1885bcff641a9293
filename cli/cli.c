/* cli - runs one command: parse, run, say how it ended. */
#include "cli/cli.h"

#include "cli/command.h"
#include "core/log.h"
#include "core/mem.h"

#define LINE_LEN_MAX 16384

enum cli_exit
cli_exit_of(enum err err)
{
    switch (err) {
    case ERR_OK:
    case ERR_END:
        return CLI_DONE;
    case ERR_USAGE:
        return CLI_USAGE;
    case ERR_NOTFOUND:
        return CLI_NOTFOUND;
    case ERR_ACCESS:
        return CLI_ACCESS;
    case ERR_FORMAT:
    case ERR_TRUNC:
    case ERR_RANGE:
    case ERR_UNSUPPORTED:
        return CLI_INPUT;
    case ERR_NOMEM:
    case ERR_EXISTS:
    case ERR_IO:
    case ERR_BUSY:
    case ERR_FULL:
    case ERR_CANCELLED:
    case ERR_INTERNAL:
    case ERR_COUNT:
        break;
    }
    return CLI_INTERNAL;
}

void
cli_raise(struct cli *c, enum cli_exit exit)
{
    if (exit > c->exit) {
        c->exit = exit;
    }
}

/* "kanari alerts: " */
static void
put_prefix(const struct cli *c, struct buf *line)
{
    buf_puts(line, "kanari");
    if (c->command != NULL && c->command->name[0] != '\0') {
        buf_putc(line, ' ');
        buf_puts(line, c->command->name);
    }
    buf_puts(line, ": ");
}

void
cli_error(struct cli *c, enum cli_exit exit, enum msg id, const struct msg_arg *args, size_t count)
{
    struct buf line;
    enum err err;

    cli_raise(c, exit);
    buf_init(&line, LINE_LEN_MAX);
    put_prefix(c, &line);
    msg_put(&line, c->lang, id, args, count);
    buf_putc(&line, '\n');
    if (buf_err(&line) == ERR_OK) {
        err = c->io->write(c->io->ctx, STREAM_ERR, line.data, line.len);
    } else { /* out of memory for the line that says so */
        err = c->io->write(c->io->ctx, STREAM_ERR, "kanari: out of memory\n", 22);
    }
    if (err) {
        cli_raise(c, CLI_INTERNAL); /* nobody reads stderr; the exit code still tells */
    }
    buf_fini(&line);
}

static enum msg
fail_message(enum err err)
{
    switch (err) {
    case ERR_NOTFOUND:
        return MSG_CLI_FAIL_NOTFOUND;
    case ERR_ACCESS:
        return MSG_CLI_FAIL_ACCESS;
    case ERR_BUSY:
        return MSG_CLI_FAIL_BUSY;
    case ERR_FULL:
        return MSG_CLI_FAIL_FULL;
    case ERR_IO:
        return MSG_CLI_FAIL_IO;
    case ERR_NOMEM:
        return MSG_CLI_FAIL_NOMEM;
    case ERR_UNSUPPORTED:
        return MSG_CLI_FAIL_UNSUPPORTED;
    case ERR_FORMAT:
    case ERR_TRUNC:
    case ERR_RANGE:
        return MSG_CLI_FAIL_FORMAT;
    case ERR_OK:
    case ERR_EXISTS:
    case ERR_USAGE:
    case ERR_CANCELLED:
    case ERR_END:
    case ERR_INTERNAL:
    case ERR_COUNT:
        break;
    }
    return MSG_CLI_FAIL_OTHER;
}

void
cli_fail(struct cli *c, enum err err, const char *object, const char *why)
{
    cli_error(c, cli_exit_of(err), fail_message(err),
              (struct msg_arg[]){{"object", sv_from(object)},
                                 {"why", sv_from(why[0] != '\0' ? why : err_str(err))}},
              2);
}

bool
cli_for_machine(const struct cli *c)
{
    return c->out.format == OUT_JSON || c->out.format == OUT_NDJSON || c->out.format == OUT_CSV;
}

void
cli_say(struct cli *c, enum msg id, const struct msg_arg *args, size_t count)
{
    if (!cli_for_machine(c)) {
        msg_put(&c->sink.buf, c->out.lang, id, args, count);
        buf_putc(&c->sink.buf, '\n');
    }
}

bool
cli_print_none(struct cli *c, const struct out_rows *rows)
{
    uint64_t count = 0;
    enum err err = out_write(&c->out, rows, &count);

    if (err) {
        cli_fail(c, err, c->args.store != NULL ? c->args.store : "kanari.db", store_why());
        return false;
    }
    return count == 0;
}

/* Sentences for programs are English unless a language is asked for: a script that compares them
 * must not depend on who runs it. */
static void
begin_output(struct cli *c)
{
    bool to_terminal = c->io->out_is_terminal && c->args.out == NULL;

    sink_init(&c->sink, c->io, c->args.out);
    c->out = (struct out){.sink = &c->sink,
                          .format = (enum out_format)c->args.format,
                          .lang = c->lang,
                          .terminal = to_terminal,
                          .columns = to_terminal ? c->io->columns : 0};
    if (cli_for_machine(c) && c->args.lang == LANG_COUNT) {
        c->out.lang = LANG_EN;
    }
}

static void
end_output(struct cli *c)
{
    enum err err = sink_close(&c->sink);

    if (err && err != ERR_END) { /* ERR_END: the reader of a pipe has seen enough */
        cli_fail(c, err, c->args.out != NULL ? c->args.out : "stdout", "");
    }
    sink_fini(&c->sink);
}

int
cli_run(int argc, char **argv, const struct cli_io *io)
{
    struct cli c = {.io = io, .lang = io->lang_ja ? LANG_JA : LANG_EN};

    if (cli_parse(&c, argc, argv)) {
        begin_output(&c);
        if (c.args.help) {
            cmd_help(&c);
        } else if (c.args.version) {
            cmd_version(&c);
        } else {
            c.command->run(&c);
        }
        end_output(&c);
    }
    mem_free(c.args.operand);
    return (int)c.exit;
}
