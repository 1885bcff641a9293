/* cmd_status - whether the sensor runs, what it reads, what it waits for, what is wrong. */
#include "cli/alert_rows.h"
#include "cli/sensor.h"
#include "cli/source_rows.h"
#include "cli/text.h"

#define JSON_LEN_MAX ((size_t)8 * 1024 * 1024)
#define LINE_FACTS_MAX 4

/* One row for programs: the verdict, every fact by its name, and two arrays. */
enum column {
    COLUMN_VERDICT,
    COLUMN_FACTS,
    COLUMN_SOURCES = COLUMN_FACTS + STATUS_COUNT,
    COLUMN_ALERTS,
    COLUMN_COUNT
};

struct status {
    struct sensor sensor;
    struct buf sources, alerts; /* as JSON */
    bool given;
};

/* -- for programs ------------------------------------------------------------------------------ */

static bool
is_fact(size_t column)
{
    return column >= COLUMN_FACTS && column < COLUMN_SOURCES;
}

static const char *
column_name(void *ctx, size_t column)
{
    (void)ctx;
    if (is_fact(column)) {
        return store_status_name((enum store_status)(column - COLUMN_FACTS)).p;
    }
    if (column == COLUMN_VERDICT) {
        return "verdict";
    }
    return column == COLUMN_SOURCES ? "sources" : "health_alerts";
}

static enum cell_show
column_show(void *ctx, size_t column)
{
    (void)ctx;
    if (is_fact(column)) {
        switch (store_status_type((enum store_status)(column - COLUMN_FACTS))) {
        case STATUS_TIME:
            return SHOW_TIME;
        case STATUS_COUNTED:
            return SHOW_PLAIN;
        case STATUS_WORDS:
            return SHOW_FOREIGN;
        }
    }
    return column == COLUMN_VERDICT ? SHOW_PLAIN : SHOW_JSON;
}

static struct cell
text_cell(struct sv text)
{
    return (struct cell){.type = CELL_TEXT, .text = text};
}

static struct cell
fact_cell(const struct sensor *x, enum store_status fact)
{
    if (!x->known[fact]) {
        return (struct cell){.type = CELL_NULL};
    }
    if (store_status_type(fact) == STATUS_WORDS) {
        return text_cell(sensor_text(x, fact));
    }
    return (struct cell){.type = CELL_INT, .i = (int64_t)sensor_number(x, fact)};
}

static struct cell
column_cell(void *ctx, size_t column)
{
    const struct status *st = ctx;

    if (is_fact(column)) {
        return fact_cell(&st->sensor, (enum store_status)(column - COLUMN_FACTS));
    }
    if (column == COLUMN_VERDICT) {
        return text_cell(sv_from(sensor_verdict_name(st->sensor.verdict)));
    }
    return text_cell(buf_sv(column == COLUMN_SOURCES ? &st->sources : &st->alerts));
}

static enum err
next(void *ctx)
{
    struct status *st = ctx;
    bool given = st->given;

    st->given = true;
    return given ? ERR_END : ERR_OK;
}

MUST_CHECK static enum err
put_array(struct cli *c, struct buf *out, const struct out_rows *rows)
{
    struct json j;
    enum err err;

    json_init(&j, out, false);
    err = out_json_array(&c->out, &j, NULL, rows);
    return err ? err : buf_err(out);
}

MUST_CHECK static enum err
open_alerts(struct cli *c, struct store *s, struct alert_rows *alerts)
{
    struct store_filter f = {
        .open_only = true, .rule_from = SENSOR_RULE_FROM, .rule_to = SENSOR_RULE_TO};

    return alert_rows_open(alerts, s, &f, c->out.lang);
}

MUST_CHECK static enum err
put_row(struct cli *c, struct store *s, struct status *st)
{
    struct out_rows row = {.ctx = st,
                           .columns = COLUMN_COUNT,
                           .name = column_name,
                           .show = column_show,
                           .cell = column_cell,
                           .next = next};
    struct alert_rows alerts = {0};
    struct source_rows sources;
    enum err err = source_rows_open(&sources, s, c->out.lang);

    if (!err) {
        struct out_rows all = source_rows_all(&sources);

        err = put_array(c, &st->sources, &all);
    }
    if (!err) {
        err = open_alerts(c, s, &alerts);
    }
    if (!err) {
        struct out_rows all = alert_rows_all(&alerts);

        err = put_array(c, &st->alerts, &all);
    }
    alert_rows_close(&alerts);
    source_rows_close(&sources);
    return err ? err : out_write(&c->out, &row, NULL);
}

/* -- for people -------------------------------------------------------------------------------- */

/* A line of text with up to LINE_FACTS_MAX facts, each under its own name. */
struct line {
    enum msg id;
    enum store_status facts[LINE_FACTS_MAX];
    size_t count;
};

static void
put_fact(const struct sensor *x, enum store_status fact, struct buf *out)
{
    if (!x->known[fact]) {
        buf_putc(out, '-');
    } else if (store_status_type(fact) == STATUS_COUNTED) {
        text_put_count(out, sensor_number(x, fact));
    } else {
        buf_put_sv(out, sensor_text(x, fact));
    }
}

static void
put_line(struct cli *c, const struct sensor *x, const struct line *line)
{
    struct buf value[LINE_FACTS_MAX];
    struct msg_arg args[LINE_FACTS_MAX];

    for (size_t i = 0; i < line->count; i++) {
        buf_init(&value[i], STORE_VALUE_MAX);
        put_fact(x, line->facts[i], &value[i]);
        args[i] = (struct msg_arg){store_status_name(line->facts[i]).p, buf_sv(&value[i])};
    }
    cli_say(c, line->id, args, line->count);
    for (size_t i = 0; i < line->count; i++) {
        if (buf_err(&value[i]) && buf_err(&c->sink.buf) == ERR_OK) {
            c->sink.buf.err = buf_err(&value[i]);
        }
        buf_fini(&value[i]);
    }
}

static void
put_lines(struct cli *c, const struct sensor *x)
{
    static const struct line lines[] = {
        {MSG_STATUS_WAITING,
         {STATUS_HELD, STATUS_BATCHES_WAITING, STATUS_SHED_TOTAL, STATUS_LATE},
         4},
        {MSG_STATUS_STORE, {STATUS_STORE_STATE, STATUS_STORE_BYTES}, 2},
        {MSG_STATUS_HISTORY, {STATUS_HISTORY, STATUS_HISTORY_RECORDS}, 2},
        {MSG_STATUS_REPORT, {STATUS_REPORT_STATE, STATUS_REPORT_WAITING, STATUS_SUPPRESSED}, 3},
        {MSG_STATUS_RULES, {STATUS_RULES_HASH, STATUS_CONFIG_HASH}, 2},
    };
    static const struct line store_why = {MSG_STATUS_STORE_WHY, {STATUS_STORE_WHY}, 1};

    for (size_t i = 0; i < COUNT(lines); i++) {
        put_line(c, x, &lines[i]);
        if (lines[i].id == MSG_STATUS_STORE && sensor_text(x, STATUS_STORE_WHY).len > 0) {
            put_line(c, x, &store_why);
        }
    }
}

MUST_CHECK static enum err
put_sources(struct cli *c, struct store *s)
{
    struct source_rows sources;
    enum err err = source_rows_open(&sources, s, c->out.lang);

    if (!err) {
        struct out_rows all = source_rows_all(&sources);
        struct out_picked space;
        struct out_rows brief = source_rows_brief(&space, &all);

        buf_putc(&c->sink.buf, '\n');
        err = out_write(&c->out, &brief, NULL);
    }
    source_rows_close(&sources);
    return err;
}

MUST_CHECK static enum err
put_alerts(struct cli *c, struct store *s)
{
    struct alert_rows alerts;
    enum err err = open_alerts(c, s, &alerts);

    if (!err) {
        struct out_rows all = alert_rows_all(&alerts);
        struct out_picked space;
        struct out_rows brief = alert_rows_brief(&space, &all);

        buf_putc(&c->sink.buf, '\n');
        err = out_write(&c->out, &brief, NULL);
    }
    alert_rows_close(&alerts);
    return err;
}

MUST_CHECK static enum err
put_text(struct cli *c, struct store *s, const struct sensor *x)
{
    enum err err = ERR_OK;

    sensor_put_line(c, x, &c->sink.buf);
    if (x->present) {
        put_lines(c, x);
    }
    if (x->sources > 0) {
        err = put_sources(c, s);
    }
    return err || x->alerts == 0 ? err : put_alerts(c, s);
}

/* -- the command ------------------------------------------------------------------------------- */

void
cmd_status(struct cli *c)
{
    static const enum cli_exit exits[] = {
        [SENSOR_HEALTHY] = CLI_DONE,
        [SENSOR_DEGRADED] = CLI_FINDINGS,
        [SENSOR_NOT_RUNNING] = CLI_NOTFOUND,
    };
    struct store *s = cli_open_store(c, STORE_READ);
    struct status st = {.given = false};
    enum err err;

    if (s == NULL) {
        return;
    }
    buf_init(&st.sources, JSON_LEN_MAX);
    buf_init(&st.alerts, JSON_LEN_MAX);
    err = sensor_read(s, c->io->now_ft(), &st.sensor);
    if (!err && (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE)) {
        err = put_text(c, s, &st.sensor);
    } else if (!err) {
        err = put_row(c, s, &st);
    }
    if (err) {
        cli_fail(c, err, "v_status", store_why());
    } else {
        cli_raise(c, exits[st.sensor.verdict]);
    }
    sensor_fini(&st.sensor);
    buf_fini(&st.sources);
    buf_fini(&st.alerts);
    store_close(s);
}
