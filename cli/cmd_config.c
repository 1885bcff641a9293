/* cmd_config - the settings: in force, a file's soundness, and where they are read from. */
#include "cli/command.h"

#define PATH_LEN_MAX 65536

void
cmd_config_show(struct cli *c)
{
    struct config *cfg = cli_load_config(c);

    if (cfg != NULL) {
        config_write(cfg, &c->sink.buf);
    }
    config_destroy(cfg);
}

void
cmd_config_check(struct cli *c)
{
    struct config *cfg;

    if (c->args.operand_count > 0) {
        c->args.config = c->args.operand[0];
    }
    cfg = cli_load_config(c);
    if (cfg != NULL) {
        cli_say(c, MSG_CLI_CONFIG_GOOD, NULL, 0);
    }
    config_destroy(cfg);
}

void
cmd_config_path(struct cli *c)
{
    struct buf path;
    enum err err;

    buf_init(&path, PATH_LEN_MAX);
    err = cli_config_path(c, &path);
    if (err) {
        cli_fail(c, err, "kanari.json", "");
    } else {
        buf_put_sv(&c->sink.buf, buf_sv(&path));
        buf_putc(&c->sink.buf, '\n');
    }
    buf_fini(&path);
}
