/* cmd_adapters - the network adapters of a store: how they stand, or what they have been. */
#include "cli/command.h"

static const struct out_pick now[] = {
    {"host", false},      {"name", false},     {"kind", false},       {"up", false},
    {"addresses", false}, {"internet", false}, {"first_seen", false}, {"gone", false},
};
static const struct out_pick history[] = {
    {"from_time", false}, {"to_time", false}, {"host", false},      {"name", false},
    {"kind", false},      {"up", false},      {"addresses", false}, {"internet", false},
};

static void
print(struct cli *c, struct rows *rows)
{
    bool for_people = c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE;
    struct out_rows all = out_from_store(rows);
    struct out_rows chosen = all;
    struct out_picked space;

    if (for_people && c->args.history) {
        chosen = out_choose(&space, &all, history, COUNT(history));
    } else if (for_people) {
        chosen = out_choose(&space, &all, now, COUNT(now));
    }
    if (cli_print_none(c, &chosen)) {
        cli_say(c, MSG_CLI_NO_ADAPTERS, NULL, 0);
    }
}

void
cmd_adapters(struct cli *c)
{
    struct store *s = cli_open_store(c, STORE_READ);
    struct store_filter f = {.host = sv_from(c->args.host)};
    struct rows *rows = NULL;
    enum err err;

    if (s == NULL) {
        return;
    }
    if (cli_window(c, s, &f)) {
        err = store_rows(s, c->args.history ? ROWS_ADAPTER_HISTORY : ROWS_ADAPTERS, &f, &rows);
        if (err) {
            cli_fail(c, err, "kanari.db", store_why());
        } else {
            print(c, rows);
        }
        rows_close(rows);
    }
    store_close(s);
}
