/* cmd_overview - `kanari` alone: what is stored, what was watched, what is open, what to do next.
 */
#include "cli/alert_rows.h"
#include "cli/sensor.h"
#include "cli/story_text.h"
#include "cli/text.h"
#include "core/tm.h"

#define PATH_LEN_MAX 65536
#define TOP_ALERTS 5

/* As one row for programs; the text is made from the same facts. */
enum fact {
    FACT_STORE,
    FACT_COMPUTERS,
    FACT_FIRST,
    FACT_LAST,
    FACT_WATCHED,
    FACT_ASKED,
    FACT_OPEN, /* and one for each severity behind it */
    FACT_COUNT = FACT_OPEN + SEV_COUNT
};

struct overview {
    struct buf path;
    struct watch_gap span;
    struct watch watch;
    uint64_t open[SEV_COUNT];
    bool given;
};

static const char *const fact_names[FACT_COUNT] = {
    "store",       "computers", "first_event",        "last_event",
    "watched_s",   "asked_s",   "open_informational", "open_low",
    "open_medium", "open_high", "open_critical",
};

/* -- facts ------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
count_open(struct store *s, uint64_t open[SEV_COUNT])
{
    struct rows *rows = NULL;
    enum err err = store_query(
        s, "SELECT severity_level, count(*) FROM v_alerts WHERE state='open' GROUP BY 1", &rows);

    while (!err) {
        err = rows_next(rows);
        if (!err) {
            int64_t level = rows_cell(rows, 0).i;

            if (level >= 0 && level < SEV_COUNT) {
                open[level] = (uint64_t)rows_cell(rows, 1).i;
            }
        }
    }
    rows_close(rows);
    return err == ERR_END ? ERR_OK : err;
}

MUST_CHECK static enum err
gather(struct cli *c, struct store *s, struct overview *o)
{
    enum err err = cli_store_path(c, &o->path);

    if (!err) {
        err = store_span(s, &o->span.from_ft, &o->span.to_ft);
    }
    if (!err) {
        err = watch_measure(s, (struct sv){0}, (struct watch_gap){0}, &o->watch);
    }
    return err ? err : count_open(s, o->open);
}

/* -- for programs ------------------------------------------------------------------------------ */

static const char *
fact_name(void *ctx, size_t column)
{
    (void)ctx;
    return fact_names[column];
}

static enum cell_show
fact_show(void *ctx, size_t column)
{
    (void)ctx;
    return column == FACT_FIRST || column == FACT_LAST ? SHOW_TIME : SHOW_PLAIN;
}

static struct cell
int_cell(uint64_t value)
{
    return (struct cell){.type = CELL_INT, .i = (int64_t)value};
}

static struct cell
fact_cell(void *ctx, size_t column)
{
    const struct overview *o = ctx;

    switch ((enum fact)column) {
    case FACT_STORE:
        return (struct cell){.type = CELL_TEXT, .text = buf_sv(&o->path)};
    case FACT_COMPUTERS:
        return int_cell(o->watch.hosts);
    case FACT_FIRST:
        return int_cell(o->span.from_ft);
    case FACT_LAST:
        return int_cell(o->span.to_ft);
    case FACT_WATCHED:
        return int_cell(o->watch.watched / TM_SEC);
    case FACT_ASKED:
        return int_cell(o->watch.asked / TM_SEC);
    case FACT_OPEN:
    case FACT_COUNT:
        break;
    }
    return int_cell(o->open[column - FACT_OPEN]);
}

static enum err
fact_next(void *ctx)
{
    struct overview *o = ctx;
    bool given = o->given;

    o->given = true;
    return given ? ERR_END : ERR_OK;
}

/* -- for people -------------------------------------------------------------------------------- */

static void
put_open(struct cli *c, const struct overview *o)
{
    static const enum msg words[SEV_COUNT] = {MSG_SEV_INFORMATIONAL, MSG_SEV_LOW, MSG_SEV_MEDIUM,
                                              MSG_SEV_HIGH, MSG_SEV_CRITICAL};
    struct buf *out = &c->sink.buf;
    bool any = false;

    msg_put(out, c->out.lang, MSG_CLI_OPEN_ALERTS, NULL, 0);
    for (size_t i = SEV_COUNT; i-- > 0;) {
        if (o->open[i] == 0) {
            continue;
        }
        buf_puts(out, any ? ", " : " ");
        msg_put(out, c->out.lang, words[i], NULL, 0);
        buf_putc(out, ' ');
        text_put_count(out, o->open[i]);
        any = true;
    }
    if (!any) {
        buf_putc(out, ' ');
        msg_put(out, c->out.lang, MSG_CLI_NONE, NULL, 0);
    }
    buf_putc(out, '\n');
}

/* The first line, where a sensor writes the store. */
static void
put_sensor(struct cli *c, struct store *s)
{
    struct sensor x;
    enum err err = sensor_read(s, c->io->now_ft(), &x);

    if (err) {
        cli_fail(c, err, "v_status", store_why());
    } else if (x.present) {
        sensor_put_line(c, &x, &c->sink.buf);
    }
    sensor_fini(&x);
}

static void
put_lines(struct cli *c, struct store *s, const struct overview *o)
{
    struct buf *out = &c->sink.buf;
    struct buf first;
    struct buf last;

    buf_init(&first, 64);
    buf_init(&last, 64);
    put_sensor(c, s);
    out_put_time(&c->out, &first, o->span.from_ft);
    out_put_time(&c->out, &last, o->span.to_ft);
    cli_say(c, o->span.to_ft == 0 ? MSG_CLI_STORE_EMPTY : MSG_CLI_STORE_LINE,
            (struct msg_arg[]){
                {"path", buf_sv(&o->path)}, {"first", buf_sv(&first)}, {"last", buf_sv(&last)}},
            3);
    story_text_watch(c, out, s, (struct sv){0}, (struct watch_gap){0});
    buf_putc(out, '\n');
    put_open(c, o);
    buf_fini(&first);
    buf_fini(&last);
}

/* The newest of the highest severity that is open. */
static void
put_top(struct cli *c, struct store *s, const struct overview *o)
{
    struct store_filter f = {.open_only = true, .limit = TOP_ALERTS};
    struct alert_rows alerts;
    size_t level = SEV_COUNT;
    enum err err;

    while (level > 0 && o->open[level - 1] == 0) {
        level--;
    }
    if (level == 0) {
        cli_say(c, MSG_CLI_NEXT_NOTHING, NULL, 0);
        return;
    }
    f.min_severity = (enum severity)(level - 1);
    buf_putc(&c->sink.buf, '\n');
    err = alert_rows_open(&alerts, s, &f, c->out.lang);
    if (err) {
        cli_fail(c, err, "v_alerts", store_why());
    } else {
        struct out_rows all = alert_rows_all(&alerts);
        struct out_picked space;
        struct out_rows brief = alert_rows_brief(&space, &all);

        (void)cli_print_none(c, &brief);
    }
    alert_rows_close(&alerts);
    buf_putc(&c->sink.buf, '\n');
    cli_say(c, MSG_CLI_NEXT_STORY, NULL, 0);
}

void
cmd_overview(struct cli *c)
{
    struct overview o = {.given = false};
    struct out_rows rows = {.ctx = &o,
                            .columns = FACT_COUNT,
                            .name = fact_name,
                            .show = fact_show,
                            .cell = fact_cell,
                            .next = fact_next};
    struct store *s = cli_open_store(c, STORE_READ);
    enum err err;

    if (s == NULL) {
        return;
    }
    buf_init(&o.path, PATH_LEN_MAX);
    err = gather(c, s, &o);
    if (err) {
        cli_fail(c, err, buf_str(&o.path), store_why());
    } else if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        put_lines(c, s, &o);
        put_top(c, s, &o);
    } else {
        (void)cli_print_none(c, &rows);
    }
    buf_fini(&o.path);
    store_close(s);
}
