/* sensor - reads v_status and v_sources, and judges. */
#include "cli/sensor.h"

#include "core/tm.h"

const char *
sensor_verdict_name(enum sensor_verdict v)
{
    static const char *const names[] = {
        [SENSOR_HEALTHY] = "healthy",
        [SENSOR_DEGRADED] = "degraded",
        [SENSOR_NOT_RUNNING] = "not_running",
    };

    return names[v];
}

bool
sensor_is_trouble(struct sv state, bool optional)
{
    static const char *const good[] = {"live", "closed", SOURCE_ON};
    static const char *const bearable[] = {"absent", SOURCE_BLIND, SOURCE_UNKNOWN};

    for (size_t i = 0; i < COUNT(good); i++) {
        if (sv_eq(state, sv_from(good[i])) || (optional && sv_eq(state, sv_from(bearable[i])))) {
            return false;
        }
    }
    return true;
}

struct sv
sensor_text(const struct sensor *x, enum store_status fact)
{
    return x->known[fact] ? buf_sv(&x->value[fact]) : (struct sv){NULL, 0};
}

uint64_t
sensor_number(const struct sensor *x, enum store_status fact)
{
    struct sv text = sensor_text(x, fact);
    uint64_t value = 0;
    enum err err =
        store_status_type(fact) == STATUS_TIME ? tm_parse(text, &value) : sv_u64(text, &value);

    return err ? 0 : value;
}

/* -- reading ----------------------------------------------------------------------------------- */

static struct cell
cell_of(const struct rows *rows, const char *name)
{
    size_t i = 0;

    while (i + 1 < rows_columns(rows) && strcmp(rows_name(rows, i), name) != 0) {
        i++;
    }
    return rows_cell(rows, i);
}

MUST_CHECK static enum err
take_fact(struct sensor *x, const struct rows *rows)
{
    enum store_status fact = store_status_find(cell_of(rows, "name").text);

    x->present = true;
    if (fact == STATUS_COUNT) {
        return ERR_OK; /* of a newer sensor */
    }
    x->known[fact] = true;
    buf_put_sv(&x->value[fact], cell_of(rows, "value").text);
    return buf_err(&x->value[fact]);
}

MUST_CHECK static enum err
take_source(struct sensor *x, const struct rows *rows)
{
    x->sources++;
    x->troubled += sensor_is_trouble(cell_of(rows, "state").text, cell_of(rows, "optional").i != 0);
    return ERR_OK;
}

MUST_CHECK static enum err
take_alert(struct sensor *x, const struct rows *rows)
{
    (void)rows;
    x->alerts++;
    return ERR_OK;
}

MUST_CHECK static enum err
read_rows(struct store *s, enum store_rows what, struct sensor *x,
          enum err (*take)(struct sensor *, const struct rows *))
{
    struct store_filter f = {.open_only = true};
    struct rows *rows = NULL;
    enum err err;

    if (what == ROWS_ALERTS) {
        f.rule_from = SENSOR_RULE_FROM;
        f.rule_to = SENSOR_RULE_TO;
    }
    err = store_rows(s, what, &f, &rows);
    while (!err) {
        err = rows_next(rows);
        if (!err) {
            err = take(x, rows);
        }
    }
    rows_close(rows);
    return err == ERR_END ? ERR_OK : err;
}

static enum sensor_verdict
judge(const struct sensor *x, uint64_t now_ft)
{
    uint64_t beat_ft = sensor_number(x, STATUS_HEARTBEAT);
    uint64_t age = now_ft > beat_ft ? now_ft - beat_ft : beat_ft - now_ft;

    if (!x->present || age > STATUS_HEARTBEAT_MAX ||
        sv_eq(sensor_text(x, STATUS_STATE), SV("stopped"))) {
        return SENSOR_NOT_RUNNING;
    }
    if (x->troubled > 0 || x->alerts > 0 ||
        sv_eq(sensor_text(x, STATUS_STORE_STATE), SV("degraded")) ||
        sv_eq(sensor_text(x, STATUS_REPORT_STATE), SV("failing"))) {
        return SENSOR_DEGRADED;
    }
    return SENSOR_HEALTHY;
}

enum err
sensor_read(struct store *s, uint64_t now_ft, struct sensor *out)
{
    enum err err;

    *out = (struct sensor){.present = false};
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        buf_init(&out->value[i], STORE_VALUE_MAX);
    }
    err = read_rows(s, ROWS_STATUS, out, take_fact);
    if (!err) {
        err = read_rows(s, ROWS_SOURCES, out, take_source);
    }
    if (!err) {
        err = read_rows(s, ROWS_ALERTS, out, take_alert);
    }
    out->verdict = judge(out, now_ft);
    return err;
}

void
sensor_fini(struct sensor *x)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        buf_fini(&x->value[i]);
    }
}

/* -- one line ---------------------------------------------------------------------------------- */

static enum msg
line_of(const struct sensor *x)
{
    struct sv state = sensor_text(x, STATUS_STATE);

    if (!x->present) {
        return MSG_SENSOR_NEVER;
    }
    if (sv_eq(state, SV("stopped"))) {
        return MSG_SENSOR_STOPPED;
    }
    if (x->verdict == SENSOR_NOT_RUNNING) {
        return MSG_SENSOR_GONE;
    }
    if (sv_eq(state, SV("starting"))) {
        return MSG_SENSOR_STARTING;
    }
    if (sv_eq(state, SV("stopping"))) {
        return MSG_SENSOR_STOPPING;
    }
    return x->verdict == SENSOR_HEALTHY ? MSG_SENSOR_HEALTHY : MSG_SENSOR_DEGRADED;
}

static void
put_time(const struct cli *c, struct buf *out, const struct sensor *x, enum store_status fact)
{
    uint64_t t_ft = sensor_number(x, fact);

    if (t_ft == 0) {
        buf_putc(out, '-');
    } else {
        out_put_time(&c->out, out, t_ft);
    }
}

void
sensor_put_line(const struct cli *c, const struct sensor *x, struct buf *out)
{
    struct buf times[3];
    static const enum store_status facts[] = {STATUS_STARTED, STATUS_STOPPED, STATUS_HEARTBEAT};

    for (size_t i = 0; i < COUNT(times); i++) {
        buf_init(&times[i], TM_TEXT_MAX + 1);
        put_time(c, &times[i], x, facts[i]);
    }
    msg_put(out, c->out.lang, line_of(x),
            (struct msg_arg[]){{"version", sensor_text(x, STATUS_VERSION)},
                               {"host", sensor_text(x, STATUS_HOST)},
                               {"started", buf_sv(&times[0])},
                               {"stopped", buf_sv(&times[1])},
                               {"heartbeat", buf_sv(&times[2])}},
            5);
    buf_putc(out, '\n');
    for (size_t i = 0; i < COUNT(times); i++) {
        if (buf_err(&times[i]) && buf_err(out) == ERR_OK) {
            out->err = buf_err(&times[i]);
        }
        buf_fini(&times[i]);
    }
}
