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

/* What a person asks of each kind, or of all together. */
static const struct out_pick of_logons[] = {
    {"time", false},    {"kind", false},    {"host", false}, {"event_id", false},
    {"account", false}, {"domain", false},  {"src", false},  {"logon_type", false},
    {"outcome", false}, {"service", false},
};
static const struct out_pick of_processes[] = {
    {"time", false},    {"kind", false},    {"host", false},        {"process_id", false},
    {"process", false}, {"account", false}, {"command_line", true}, {"parent_process_id", false},
};
static const struct out_pick of_images[] = {
    {"time", false}, {"host", false}, {"process_id", false}, {"process", false}, {"path", false},
};
static const struct out_pick of_network[] = {
    {"time", false},     {"kind", false},       {"host", false},     {"src", false},
    {"src_port", false}, {"dst", false},        {"dst_port", false}, {"transport", false},
    {"action", false},   {"process_id", false}, {"process", false},
};
static const struct out_pick of_dns[] = {
    {"time", false},   {"host", false},    {"query", false},      {"query_type", false},
    {"status", false}, {"answers", false}, {"process_id", false}, {"process", false},
};

static const struct out_pick of_tasks[] = {
    {"time", false},   {"host", false},           {"task", false},
    {"action", false}, {"subject_domain", false}, {"subject_account", false},
};
static const struct out_pick of_consumers[] = {
    {"time", false},          {"host", false},  {"object", false},
    {"parent_object", false}, {"query", false}, {"command_line", true},
};
static const struct out_pick of_scripts[] = {
    {"time", false},          {"host", false},  {"process_id", false},
    {"sid", false},           {"level", false}, {"script_len", false},
    {"parts_missing", false}, {"path", false},  {"script", true},
};
static const struct out_pick of_devices[] = {
    {"time", false}, {"host", false}, {"action", false},        {"object", false},
    {"text", false}, {"path", false}, {"parent_object", false}, {"object_name", false},
};
static const struct out_pick of_networks[] = {
    {"time", false},     {"host", false},      {"action", false},    {"object_name", false},
    {"category", false}, {"old_value", false}, {"new_value", false}, {"addresses", false},
    {"text", false},     {"object", false},
};

#define PICKS(list) (list), COUNT(list)
static const struct brief {
    uint64_t kinds; /* EV_BIT() set */
    const struct out_pick *picks;
    size_t count;
} briefs[] = {
    {EV_BIT(EV_PROCESS_START) | EV_BIT(EV_PROCESS_STOP) | EV_BIT(EV_PROCESS_RUNDOWN),
     PICKS(of_processes)},
    {EV_BIT(EV_IMAGE_LOAD), PICKS(of_images)},
    {EV_BIT(EV_NET_CONNECT) | EV_BIT(EV_NET_ACCEPT) | EV_BIT(EV_NET_CLOSE) |
         EV_BIT(EV_NET_RUNDOWN) | EV_BIT(EV_NET_DATA),
     PICKS(of_network)},
    {EV_BIT(EV_DNS_QUERY), PICKS(of_dns)},
    {EV_BIT(EV_TASK_CHANGE), PICKS(of_tasks)},
    {EV_BIT(EV_WMI_CONSUMER), PICKS(of_consumers)},
    {EV_BIT(EV_SCRIPT_BLOCK), PICKS(of_scripts)},
    {EV_BIT(EV_DEVICE_ARRIVAL), PICKS(of_devices)},
    {EV_BIT(EV_ADAPTER_CHANGE), PICKS(of_networks)},
    {UINT64_MAX, PICKS(of_logons)},
};

static const struct brief *
find_brief(const char *kind)
{
    uint64_t bit = EV_BIT(event_kind_find(sv_from(kind)));
    size_t i = 0;

    while ((briefs[i].kinds & bit) == 0) {
        i++;
    }
    return &briefs[i];
}

/* Outcome, service and scope tell of attempts. A replay makes attempts again itself, so programs
 * get these three only when they ask for attempts alone. */
static struct out_rows
choose_events(const struct cli *c, struct out_picked *space, const struct out_rows *all)
{
    bool attempts = c->args.kind != NULL && strcmp(c->args.kind, "logon_attempt") == 0;

    if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        const struct brief *brief = find_brief(c->args.kind);

        return out_choose(space, all, brief->picks, brief->count);
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
        cli_say(c, MSG_CLI_NO_ADAPTER_OF_ATTEMPTS, NULL, 0);
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
