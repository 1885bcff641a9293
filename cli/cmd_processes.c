/* cmd_processes - the processes of a store, in order of their start or as a tree. */
#include "cli/process_tree.h"

static const struct out_pick brief[] = {
    {"host", false},    {"started", false},    {"ended", false},
    {"pid", false},     {"parent_pid", false}, {"session_id", false},
    {"account", false}, {"image", false},      {"command_line", true},
};

static bool
for_people(const struct cli *c)
{
    return c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE;
}

static void
print(struct cli *c, const struct out_rows *all)
{
    struct out_picked space;
    struct out_rows chosen = for_people(c) ? out_choose(&space, all, brief, COUNT(brief)) : *all;

    if (cli_print_none(c, &chosen)) {
        cli_say(c, MSG_CLI_NO_PROCESSES, NULL, 0);
    }
}

static void
say_too_many(struct cli *c)
{
    struct buf count;

    buf_init(&count, 32);
    buf_put_u64(&count, PROCESS_TREE_MAX);
    cli_error(c, CLI_USAGE, MSG_CLI_TREE_TOO_BIG, (struct msg_arg[]){{"count", buf_sv(&count)}}, 1);
    buf_fini(&count);
}

static void
print_tree(struct cli *c, struct rows *rows)
{
    struct process_tree *tree = NULL;
    struct out_rows all;
    enum err err = process_tree_create(rows, &tree);

    if (err == ERR_FULL) {
        say_too_many(c);
        return;
    }
    if (err) {
        cli_fail(c, err, "kanari.db", store_why());
        return;
    }
    all = process_tree_rows(tree, for_people(c));
    print(c, &all);
    process_tree_destroy(tree);
}

void
cmd_processes(struct cli *c)
{
    struct store *s = cli_open_store(c, STORE_READ);
    struct store_filter f = {.host = sv_from(c->args.host)};
    struct rows *rows = NULL;
    struct out_rows all;
    enum err err;

    if (s == NULL) {
        return;
    }
    if (cli_window(c, s, &f)) {
        err = store_rows(s, ROWS_PROCESSES, &f, &rows);
        if (err) {
            cli_fail(c, err, "kanari.db", store_why());
        } else if (c->args.tree) {
            print_tree(c, rows);
        } else {
            all = out_from_store(rows);
            print(c, &all);
        }
        rows_close(rows);
    }
    store_close(s);
}
