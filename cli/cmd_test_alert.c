/* cmd_test_alert - asks the running sensor for an alert, and waits until it is there. */
#include <stdio.h>

#include "cli/sensor.h"
#include "core/tm.h"

#define WAIT_DEFAULT (30 * TM_SEC)
#define POLL_MS 250u
#define SQL_MAX 160

struct test {
    struct store *s; /* read */
    int64_t number;
    uint64_t wait; /* ticks */
    struct buf id; /* of the alert, once it is there */
};

/* -- asking ------------------------------------------------------------------------------------ */

static const char *
who(const struct cli *c)
{
    const char *name = c->io->env("USERNAME");

    if (name == NULL) {
        name = c->io->env("USER");
    }
    return name == NULL ? "" : name;
}

/* Nobody would answer: that is said at once. */
static bool
runs(struct cli *c, struct store *s)
{
    struct sensor x;
    enum err err = sensor_read(s, c->io->now_ft(), &x);
    bool yes = !err && x.verdict != SENSOR_NOT_RUNNING;

    if (err) {
        cli_fail(c, err, "v_status", store_why());
    } else if (!yes) {
        cli_error(c, CLI_NOTFOUND, MSG_TEST_NOT_RUNNING, NULL, 0);
    }
    sensor_fini(&x);
    return yes;
}

static bool
ask(struct cli *c, struct test *t)
{
    struct store *s = cli_open_store(c, STORE_EDIT);
    enum err err;

    if (s == NULL) {
        return false;
    }
    err = store_request_test(s, sv_from(who(c)), c->io->now_ft(), &t->number);
    if (err) {
        cli_fail(c, err, "inbox", store_why());
    }
    store_close(s);
    return err == ERR_OK;
}

/* -- waiting ----------------------------------------------------------------------------------- */

/* ERR_END: not yet. */
MUST_CHECK static enum err
look(struct test *t)
{
    char sql[SQL_MAX];
    struct rows *rows = NULL;
    enum err err;

    (void)snprintf(sql, sizeof(sql), "SELECT id FROM v_alerts WHERE rule_id=%u AND key='%lld'",
                   SENSOR_RULE_TEST, (long long)t->number);
    err = store_query(t->s, sql, &rows);
    if (!err) {
        err = rows_next(rows);
    }
    if (!err) {
        buf_put_sv(&t->id, rows_cell(rows, 0).text);
        err = buf_err(&t->id);
    }
    rows_close(rows);
    return err;
}

static void
show_waiting(struct cli *c, bool end)
{
    struct buf line;
    enum err unread;

    if (!c->io->err_is_terminal) {
        return;
    }
    buf_init(&line, 1024);
    buf_putc(&line, '\r');
    if (end) {
        buf_puts(&line, "                                                  \r");
    } else {
        msg_put(&line, c->lang, MSG_TEST_WAITING, NULL, 0);
    }
    unread = c->io->write(c->io->ctx, STREAM_ERR, line.data, line.len);
    (void)unread; /* progress is nothing to fail on */
    buf_fini(&line);
}

MUST_CHECK static enum err
wait_for(struct cli *c, struct test *t)
{
    uint64_t waited = 0;
    enum err err = look(t);

    show_waiting(c, false);
    while (err == ERR_END && waited < t->wait) {
        c->io->sleep_ms(POLL_MS);
        waited += POLL_MS * TM_MS;
        err = look(t);
    }
    show_waiting(c, true);
    return err;
}

/* -- the answer -------------------------------------------------------------------------------- */

struct answer {
    const struct test *test;
    bool given;
};

static const char *
answer_name(void *ctx, size_t column)
{
    (void)ctx;
    return column == 0 ? "request" : "id";
}

static enum cell_show
answer_show(void *ctx, size_t column)
{
    (void)ctx;
    (void)column;
    return SHOW_PLAIN;
}

static struct cell
answer_cell(void *ctx, size_t column)
{
    const struct test *t = ((const struct answer *)ctx)->test;

    if (column == 0) {
        return (struct cell){.type = CELL_INT, .i = t->number};
    }
    if (t->id.len == 0) {
        return (struct cell){.type = CELL_NULL};
    }
    return (struct cell){.type = CELL_TEXT, .text = buf_sv(&t->id)};
}

static enum err
answer_next(void *ctx)
{
    struct answer *a = ctx;
    bool given = a->given;

    a->given = true;
    return given ? ERR_END : ERR_OK;
}

static void
print(struct cli *c, const struct test *t)
{
    struct answer a = {.test = t};
    struct out_rows row = {.ctx = &a,
                           .columns = 2,
                           .name = answer_name,
                           .show = answer_show,
                           .cell = answer_cell,
                           .next = answer_next};

    if (cli_for_machine(c) || c->out.format == OUT_LIST) {
        (void)cli_print_none(c, &row);
    } else {
        cli_say(c, t->id.len > 0 ? MSG_TEST_ANSWERED : MSG_TEST_ASKED,
                (struct msg_arg[]){{"id", buf_sv(&t->id)}}, 1);
    }
}

static void
run(struct cli *c, struct test *t)
{
    enum err err;

    if (!runs(c, t->s) || !ask(c, t)) {
        return;
    }
    err = wait_for(c, t);
    if (err && err != ERR_END) {
        cli_fail(c, err, "v_alerts", store_why());
        return;
    }
    if (err == ERR_END && t->wait > 0) {
        cli_error(c, CLI_FINDINGS, MSG_TEST_NO_ANSWER, NULL, 0);
    }
    print(c, t);
}

void
cmd_test_alert(struct cli *c)
{
    struct test t = {.wait = c->args.wait.given ? c->args.wait.ticks : WAIT_DEFAULT};

    buf_init(&t.id, ALERT_ID_MAX);
    t.s = cli_open_store(c, STORE_READ);
    if (t.s != NULL) {
        run(c, &t);
        store_close(t.s);
    }
    buf_fini(&t.id);
}
