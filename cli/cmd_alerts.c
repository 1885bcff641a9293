/* cmd_alerts - the alerts of a store, and the two answers to one: ack and mute. */
#include "cli/alert_rows.h"
#include "core/tm.h"

static bool
fill_filter(struct cli *c, struct store *s, struct store_filter *f)
{
    *f = (struct store_filter){.rule = sv_from(c->args.rule),
                               .host = sv_from(c->args.host),
                               .min_severity = (enum severity)c->args.severity,
                               .open_only = c->args.open};
    if (c->args.operand_count > 0) {
        f->id = sv_from(c->args.operand[0]);
    }
    return cli_window(c, s, f);
}

static void
say_none(struct cli *c)
{
    if (c->args.operand_count > 0) {
        cli_error(c, CLI_NOTFOUND, MSG_CLI_NO_SUCH_ALERT,
                  (struct msg_arg[]){{"id", sv_from(c->args.operand[0])}}, 1);
    } else {
        cli_say(c, MSG_CLI_NO_ALERTS, NULL, 0);
    }
}

/* One alert is shown whole; a list of them as a table unless asked otherwise. */
static void
print(struct cli *c, struct alert_rows *alerts)
{
    struct out_rows rows = alert_rows_all(alerts);
    struct out_rows all = rows;
    struct out_picked space;

    if (c->out.format == OUT_DEFAULT && c->args.operand_count > 0) {
        c->out.format = OUT_LIST;
    } else if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        rows = alert_rows_brief(&space, &all);
    }
    if (cli_print_none(c, &rows)) {
        say_none(c);
    }
}

void
cmd_alerts(struct cli *c)
{
    struct store *s = cli_open_store(c, STORE_READ);
    struct alert_rows alerts = {0};
    struct store_filter f;
    enum err err;

    if (s == NULL) {
        return;
    }
    if (fill_filter(c, s, &f)) {
        err = alert_rows_open(&alerts, s, &f, c->out.lang);
        if (err) {
            cli_fail(c, err, "v_alerts", store_why());
        } else {
            print(c, &alerts);
        }
        alert_rows_close(&alerts);
    }
    store_close(s);
}

/* -- answers ----------------------------------------------------------------------------------- */

static void
answer(struct cli *c, enum store_request what, uint64_t until_ft)
{
    struct sv id = sv_from(c->args.operand[0]);
    struct store_answer given = {what, id, sv_from(c->args.why), until_ft, c->io->now_ft()};
    struct store *s = cli_open_store(c, STORE_EDIT);
    enum err err;

    if (s == NULL) {
        return;
    }
    err = store_answer(s, &given);
    if (err == ERR_NOTFOUND) {
        say_none(c);
    } else if (err) {
        cli_fail(c, err, c->args.operand[0], store_why());
    } else {
        cli_say(c, what == STORE_ACK ? MSG_CLI_ACKED : MSG_CLI_MUTED,
                (struct msg_arg[]){{"id", id}}, 1);
    }
    store_close(s);
}

void
cmd_alerts_ack(struct cli *c)
{
    answer(c, STORE_ACK, 0);
}

void
cmd_mute(struct cli *c)
{
    uint64_t now = c->io->now_ft();

    if (!c->args.mute_for.given || c->args.why == NULL) {
        cli_error(c, CLI_USAGE, MSG_CLI_MUTE_NEEDS, NULL, 0);
        return;
    }
    if (c->args.mute_for.ticks > TM_MAX_FT - now) {
        cli_error(c, CLI_USAGE, MSG_CLI_MUTE_TOO_LONG, NULL, 0);
        return;
    }
    answer(c, STORE_MUTE, now + c->args.mute_for.ticks);
}
