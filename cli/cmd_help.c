/* cmd_help - what the commands are, what one command takes, and which version this is. */
#include "cli/command.h"
#include "cli/licenses.h"
#include "cli/text.h"

#define NAME_LEN_MAX 256

static void
put_aligned(struct cli *c, struct sv left, size_t width, enum msg summary)
{
    struct buf *out = &c->sink.buf;
    size_t used = text_width(left);

    buf_puts(out, "  ");
    buf_put_sv(out, left);
    text_pad(out, (used < width ? width - used : 0) + 2);
    msg_put(out, c->lang, summary, NULL, 0);
    buf_putc(out, '\n');
}

/* "kanari alerts [ID]" */
static void
put_usage(struct buf *out, const struct cli_command *command)
{
    buf_puts(out, "kanari");
    if (command->name[0] != '\0') {
        buf_putc(out, ' ');
        buf_puts(out, command->name);
    }
    if (command->operands[0] != '\0') {
        buf_putc(out, ' ');
        buf_puts(out, command->operands);
    }
}

static size_t
usage_width(void)
{
    size_t widest = 0;

    for (size_t i = 0; i < cli_command_count; i++) {
        size_t width =
            strlen("kanari  ") + strlen(cli_commands[i].name) + strlen(cli_commands[i].operands);

        widest = width > widest ? width : widest;
    }
    return widest;
}

static void
put_option(struct cli *c, enum cli_option_id id, size_t width)
{
    struct cli_option_help help = cli_option_describe(id);
    struct buf left;

    buf_init(&left, NAME_LEN_MAX);
    buf_puts(&left, id == OPT_FORMAT ? "-o, --" : id == OPT_HELP ? "-h, --" : "--");
    buf_puts(&left, help.name);
    if (help.value != NULL) {
        buf_putc(&left, ' ');
        buf_puts(&left, help.value);
    }
    put_aligned(c, buf_sv(&left), width, help.summary);
    buf_fini(&left);
}

static void
put_options(struct cli *c, uint32_t set)
{
    size_t widest = 24;

    for (size_t i = 0; i < OPT_COUNT; i++) {
        if ((set >> i & 1) != 0) {
            put_option(c, (enum cli_option_id)i, widest);
        }
    }
}

static void
help_all(struct cli *c)
{
    struct buf *out = &c->sink.buf;
    size_t width = usage_width();
    struct buf usage;

    buf_init(&usage, NAME_LEN_MAX);
    msg_put(out, c->lang, MSG_HELP_INTRO, NULL, 0);
    buf_puts(out, "\n\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        buf_clear(&usage);
        put_usage(&usage, &cli_commands[i]);
        put_aligned(c, buf_sv(&usage), width, cli_commands[i].summary);
    }
    buf_putc(out, '\n');
    msg_put(out, c->lang, MSG_HELP_GLOBAL, NULL, 0);
    buf_putc(out, '\n');
    put_options(c, CLI_GLOBAL_OPTIONS);
    buf_putc(out, '\n');
    msg_put(out, c->lang, MSG_HELP_EXIT, NULL, 0);
    buf_puts(out, "\n\n");
    msg_put(out, c->lang, MSG_HELP_MORE, NULL, 0);
    buf_putc(out, '\n');
    buf_fini(&usage);
}

static void
put_kinds(struct cli *c)
{
    struct buf *out = &c->sink.buf;

    buf_putc(out, '\n');
    msg_put(out, c->lang, MSG_HELP_KINDS, NULL, 0);
    buf_putc(out, '\n');
    for (size_t i = EV_NONE + 1; i < EV_COUNT; i++) {
        size_t width = strlen(event_kind_name((enum event_kind)i));

        buf_puts(out, "  ");
        buf_puts(out, event_kind_name((enum event_kind)i));
        text_pad(out, width < 20 ? 20 - width : 2);
        buf_puts(out, event_kind_meaning((enum event_kind)i));
        buf_putc(out, '\n');
    }
}

static void
help_one(struct cli *c, const struct cli_command *command)
{
    struct buf *out = &c->sink.buf;

    put_usage(out, command);
    buf_puts(out, "\n  ");
    msg_put(out, c->lang, command->summary, NULL, 0);
    buf_putc(out, '\n');
    if (command->options != 0) {
        buf_putc(out, '\n');
        put_options(c, command->options);
    }
    if ((command->options & OPT_BIT(OPT_KIND)) != 0) {
        put_kinds(c);
    }
    buf_putc(out, '\n');
    msg_put(out, c->lang, MSG_HELP_GLOBAL, NULL, 0);
    buf_putc(out, '\n');
    put_options(c, CLI_GLOBAL_OPTIONS);
}

/* "help alerts ack" and "alerts ack --help"; "help config" shows all that begin so. */
void
cmd_help(struct cli *c)
{
    const struct cli_command *command = c->command;
    struct buf name;

    buf_init(&name, NAME_LEN_MAX);
    if (c->command->run == cmd_help && c->args.operand_count > 0) {
        buf_puts(&name, c->args.operand[0]);
        if (c->args.operand_count > 1) {
            buf_putc(&name, ' ');
            buf_puts(&name, c->args.operand[1]);
        }
        command = cli_command_find(buf_sv(&name));
    }
    if (command == NULL) {
        cli_unknown_command(c, c->args.operand[0]);
    } else if (command->run == cmd_help || command->run == cmd_overview) {
        help_all(c);
    } else {
        help_one(c, command);
    }
    buf_fini(&name);
}

void
cmd_version(struct cli *c)
{
    struct buf *out = &c->sink.buf;

    buf_puts(out, "kanari " KANARI_VERSION "\n");
    if (c->args.licenses) {
        buf_putc(out, '\n');
        buf_put(out, licenses_text, licenses_text_len);
    }
}
