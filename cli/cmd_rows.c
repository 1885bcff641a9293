/* cmd_rows - commands that print rows of the store as they are: logons, events, query. */
#include "cli/command.h"

/* -- events ------------------------------------------------------------------------------------ */

_Static_assert(EVF_COUNT + 2 <= OUT_PICK_MAX, "an event's fields fit a choice of columns");

/* The fields of an event and nothing else: what event_from_json() reads again. */
static struct out_rows
choose_fields(struct out_picked *space, const struct out_rows *all)
{
    struct out_pick picks[EVF_COUNT + 2] = {{"time", false}, {"kind", false}};

    for (size_t i = 0; i < EVF_COUNT; i++) {
        picks[i + 2] = (struct out_pick){event_field_info[i].name, false};
    }
    return out_choose(space, all, picks, COUNT(picks));
}

/* Outcome, service and scope tell of attempts. A replay makes attempts again itself, so programs
 * get these three only when they ask for attempts alone. */
static struct out_rows
choose_events(const struct cli *c, struct out_picked *space, const struct out_rows *all)
{
    static const struct out_pick brief[] = {
        {"time", false},    {"kind", false},    {"host", false}, {"event_id", false},
        {"account", false}, {"domain", false},  {"src", false},  {"logon_type", false},
        {"outcome", false}, {"service", false},
    };
    bool attempts = c->args.kind != NULL && strcmp(c->args.kind, "logon_attempt") == 0;

    if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        return out_choose(space, all, brief, COUNT(brief));
    }
    if (c->out.format == OUT_LIST || c->out.format == OUT_CSV || attempts) {
        return *all;
    }
    return choose_fields(space, all);
}

static void
print_events(struct cli *c, struct rows *rows)
{
    struct out_rows all = out_from_store(rows);
    struct out_picked space;
    struct out_rows chosen;

    all.omit_null = true;
    chosen = choose_events(c, &space, &all);
    if (cli_print_none(c, &chosen)) {
        cli_say(c, MSG_CLI_NO_EVENTS, NULL, 0);
    }
}

/* -- logons ------------------------------------------------------------------------------------ */

static void
print_logons(struct cli *c, struct rows *rows)
{
    struct out_rows all = out_from_store(rows);

    if (cli_print_none(c, &all)) {
        cli_say(c, MSG_CLI_NO_LOGONS, NULL, 0);
    }
    if (c->args.by == BY_ADAPTER) {
        cli_say(c, MSG_CLI_NO_ADAPTERS, NULL, 0);
    }
}

/* -- both -------------------------------------------------------------------------------------- */

static void
print_filtered(struct cli *c, enum store_rows what, void (*print)(struct cli *, struct rows *))
{
    struct store *s = cli_open_store(c, STORE_READ);
    struct store_filter f = {.host = sv_from(c->args.host), .kind = sv_from(c->args.kind)};
    struct rows *rows = NULL;
    enum err err;

    if (s == NULL) {
        return;
    }
    memcpy(&f.by, &c->args.by, sizeof(f.by)); /* the same words in the same order */
    if (cli_window(c, s, &f)) {
        err = store_rows(s, what, &f, &rows);
        if (err) {
            cli_fail(c, err, "kanari.db", store_why());
        } else {
            print(c, rows);
        }
        rows_close(rows);
    }
    store_close(s);
}

void
cmd_events(struct cli *c)
{
    print_filtered(c, ROWS_EVENTS, print_events);
}

void
cmd_logons(struct cli *c)
{
    print_filtered(c, ROWS_LOGONS, print_logons);
}

/* -- query ------------------------------------------------------------------------------------- */

void
cmd_query(struct cli *c)
{
    struct store *s = cli_open_store(c, STORE_READ);
    struct rows *rows = NULL;
    struct out_rows all;
    enum err err;

    if (s == NULL) {
        return;
    }
    err = store_query(s, c->args.operand[0], &rows);
    if (err == ERR_USAGE || err == ERR_ACCESS || err == ERR_FORMAT) {
        cli_error(c, CLI_USAGE, MSG_CLI_BAD_SQL, (struct msg_arg[]){{"why", sv_from(store_why())}},
                  1);
    } else if (err) {
        cli_fail(c, err, "kanari.db", store_why());
    } else {
        all = out_from_store(rows);
        (void)cli_print_none(c, &all);
    }
    rows_close(rows);
    store_close(s);
}
