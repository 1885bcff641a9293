/* replay_out - the report of a replay. */
#include "cli/replay_out.h"

#include "cli/alert_rows.h"
#include "cli/story_text.h"
#include "cli/text.h"
#include "core/log.h"
#include "core/metrics.h"

#define TEXT_ALERTS_MAX 20

bool
replay_out_check(struct cli *c)
{
    if (c->out.format == OUT_NDJSON || c->out.format == OUT_CSV || c->out.format == OUT_LIST) {
        cli_error(c, CLI_USAGE, MSG_CLI_REPLAY_FORMAT, NULL, 0);
        return false;
    }
    return true;
}

/* -- files that failed ------------------------------------------------------------------------- */

/* Every copy of a log that Windows has open may hold pages of two ages: told, and no failure. */
static bool
is_open_copy(const struct replay_file *f)
{
    return f->err == ERR_OK && f->errors == f->torn;
}

/* A path that is not there is "not found"; everything else about a named file is bad input, even
 * when the reason is its permissions (docs/OUTPUT.md). */
static enum cli_exit
file_exit(const struct replay_file *f)
{
    if (is_open_copy(f)) {
        return CLI_DONE;
    }
    return f->err == ERR_NOTFOUND ? CLI_NOTFOUND : CLI_INPUT;
}

static enum msg
file_message(const struct replay_file *f)
{
    if (f->err == ERR_NOTFOUND) {
        return MSG_CLI_FILE_NOTFOUND;
    }
    if (f->err == ERR_ACCESS) {
        return MSG_CLI_FILE_ACCESS;
    }
    if (f->err == ERR_OK) {
        return is_open_copy(f) ? MSG_CLI_FILE_OPEN_COPY : MSG_CLI_FILE_DAMAGED;
    }
    return f->events > 0 ? MSG_CLI_FILE_STOPPED : MSG_CLI_FILE_BAD;
}

static void
say_file(struct cli *c, const struct replay_file *f)
{
    struct buf errors;
    struct buf offset;
    const char *why = f->why != NULL ? f->why : err_str(f->err);

    buf_init(&errors, 32);
    buf_init(&offset, 32);
    buf_put_u64(&errors, f->errors);
    buf_put_u64(&offset, f->first_error_offset);
    cli_error(c, file_exit(f), file_message(f),
              (struct msg_arg[]){{"path", sv_from(f->path)},
                                 {"why", sv_from(why)},
                                 {"errors", buf_sv(&errors)},
                                 {"offset", buf_sv(&offset)}},
              4);
    buf_fini(&errors);
    buf_fini(&offset);
}

/* No failure: the trace is read, its computer has a stand-in for a name. */
static void
say_host(struct cli *c, const struct replay_file *f)
{
    cli_error(c, CLI_DONE, MSG_CLI_TRACE_HOST,
              (struct msg_arg[]){{"path", sv_from(f->path)}, {"host", sv_from(f->host)}}, 2);
}

void
replay_out_files(struct cli *c, const struct replay_report *r)
{
    for (size_t i = 0; i < r->file_count; i++) {
        if (r->files[i].host_guessed) {
            say_host(c, &r->files[i]);
        }
        if (r->files[i].err != ERR_OK || r->files[i].errors > 0) {
            say_file(c, &r->files[i]);
        }
    }
}

/* -- one JSON document ------------------------------------------------------------------------- */

static void
json_file(struct json *j, const struct replay_file *f)
{
    json_obj(j, NULL);
    json_str(j, "path", sv_from(f->path));
    json_str(j, "format", sv_from(replay_format_name(f->format)));
    json_u64(j, "records", f->records);
    json_u64(j, "events", f->events);
    json_u64(j, "skipped", f->skipped);
    json_u64(j, "recovered", f->recovered);
    json_u64(j, "errors", f->errors);
    json_u64(j, "torn", f->torn);
    json_u64(j, "lost", f->lost);
    if (f->errors > 0) {
        json_u64(j, "first_error_offset", f->first_error_offset);
    } else {
        json_null(j, "first_error_offset");
    }
    if (f->err != ERR_OK) {
        json_str(j, "error", sv_from(err_str(f->err)));
    } else {
        json_null(j, "error");
    }
    if (f->why != NULL) {
        json_str(j, "why", sv_from(f->why));
    } else {
        json_null(j, "why");
    }
    if (f->host != NULL) {
        json_str(j, "host", sv_from(f->host));
    } else {
        json_null(j, "host");
    }
    json_obj_end(j);
}

static void
json_records(struct json *j, const struct replay_report *r)
{
    json_arr(j, "records");
    for (size_t i = 0; i < r->record_count; i++) {
        json_obj(j, NULL);
        json_str(j, "provider", sv_from(r->records[i].provider));
        json_u64(j, "id", r->records[i].event_id);
        json_u64(j, "version", r->records[i].version);
        json_u64(j, "count", r->records[i].count);
        json_obj_end(j);
    }
    json_arr_end(j);
}

static void
json_counts(struct json *j, const struct replay_report *r)
{
    json_obj(j, "events");
    for (size_t i = EV_NONE + 1; i < EV_COUNT; i++) {
        if (r->kinds[i] > 0) {
            json_u64(j, event_kind_name((enum event_kind)i), r->kinds[i]);
        }
    }
    json_obj_end(j);
    json_u64(j, "duplicates", r->duplicates);
    json_obj(j, "counters");
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (metric_get((enum metric)i) > 0) {
            json_u64(j, metric_name((enum metric)i), metric_get((enum metric)i));
        }
    }
    json_obj_end(j);
}

static void
print_json(struct cli *c, const struct replay_report *r, struct store *s)
{
    struct store_filter all = {.min_severity = SEV_INFORMATIONAL};
    struct alert_rows alerts;
    struct out_rows rows;
    struct json j;
    enum err err = alert_rows_open(&alerts, s, &all, c->out.lang);

    if (err) {
        goto done;
    }
    rows = alert_rows_all(&alerts);
    json_init(&j, &c->sink.buf, true);
    json_obj(&j, NULL);
    json_arr(&j, "files");
    for (size_t i = 0; i < r->file_count; i++) {
        json_file(&j, &r->files[i]);
    }
    json_arr_end(&j);
    if (c->args.records) {
        json_records(&j, r);
    }
    json_counts(&j, r);
    err = out_json_array(&c->out, &j, "alerts", &rows);
    json_obj_end(&j);
    buf_putc(&c->sink.buf, '\n');
done:
    if (err) {
        cli_fail(c, err, "v_alerts", store_why());
    }
    alert_rows_close(&alerts);
}

/* -- text -------------------------------------------------------------------------------------- */

struct totals {
    uint64_t records, events, errors, lost;
};

static void
put_summary(struct cli *c, const struct replay_report *r)
{
    struct totals sum = {0};
    uint64_t values[6];
    struct buf text[COUNT(values)];
    struct msg_arg args[COUNT(values)] = {{"files", {0}},    {"records", {0}}, {"events", {0}},
                                          {"attempts", {0}}, {"errors", {0}},  {"lost", {0}}};

    for (size_t i = 0; i < r->file_count; i++) {
        sum.records += r->files[i].records;
        sum.events += r->files[i].events;
        sum.errors += r->files[i].errors;
        sum.lost += r->files[i].lost;
    }
    values[0] = r->file_count;
    values[1] = sum.records;
    values[2] = sum.events;
    values[3] = r->kinds[EV_LOGON_ATTEMPT];
    values[4] = sum.errors;
    values[5] = sum.lost;
    for (size_t i = 0; i < COUNT(values); i++) {
        buf_init(&text[i], 64);
        text_put_count(&text[i], values[i]);
        args[i].value = buf_sv(&text[i]);
    }
    cli_say(c, MSG_CLI_REPLAY_SUMMARY, args, COUNT(args));
    if (sum.errors > 0 || sum.lost > 0) {
        cli_say(c, MSG_CLI_REPLAY_DAMAGE, args, COUNT(args));
    }
    for (size_t i = 0; i < COUNT(values); i++) {
        buf_fini(&text[i]);
    }
}

static void
put_records(struct cli *c, const struct replay_report *r)
{
    struct buf *out = &c->sink.buf;

    for (size_t i = 0; i < r->record_count; i++) {
        struct buf count;

        buf_init(&count, 64);
        text_put_count(&count, r->records[i].count);
        text_pad(out, count.len < 12 ? 12 - count.len : 0);
        buf_put_sv(out, buf_sv(&count));
        buf_puts(out, "  ");
        escape_put(out, sv_from(r->records[i].provider), ESCAPE_TEXT_MAX);
        buf_putc(out, ' ');
        buf_put_u64(out, r->records[i].event_id);
        buf_puts(out, " v");
        buf_put_u64(out, r->records[i].version);
        buf_putc(out, '\n');
        buf_fini(&count);
    }
}

/* Every limit that was hit, in the words of the metric. */
static void
put_counters(struct cli *c)
{
    struct buf *out = &c->sink.buf;

    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (metric_get((enum metric)i) == 0) {
            continue;
        }
        text_pad(out, 2);
        text_put_count(out, metric_get((enum metric)i));
        buf_puts(out, "  ");
        buf_puts(out, metric_name((enum metric)i));
        buf_puts(out, ": ");
        buf_puts(out, metric_meaning((enum metric)i));
        buf_putc(out, '\n');
    }
}

/* The newest few; a folder of a year's logs may hold hundreds. */
static void
put_alerts(struct cli *c, struct store *s)
{
    struct store_filter newest = {.limit = TEXT_ALERTS_MAX};
    struct alert_rows alerts;
    enum err err = alert_rows_open(&alerts, s, &newest, c->out.lang);

    if (err) {
        cli_fail(c, err, "v_alerts", store_why());
    } else {
        struct out_rows all = alert_rows_all(&alerts);
        struct out_picked space;
        struct out_rows brief = alert_rows_brief(&space, &all);

        if (cli_print_none(c, &brief)) {
            cli_say(c, MSG_CLI_NO_ALERTS, NULL, 0);
        }
    }
    alert_rows_close(&alerts);
}

static void
put_more(struct cli *c, struct store *s)
{
    struct rows *rows = NULL;
    struct buf more;
    enum err err = store_query(s, "SELECT count(*) FROM v_alerts", &rows);

    if (!err) {
        err = rows_next(rows);
    }
    if (err) {
        cli_fail(c, err, "v_alerts", store_why());
    } else if (rows_cell(rows, 0).i > TEXT_ALERTS_MAX) {
        buf_init(&more, 64);
        text_put_count(&more, (uint64_t)rows_cell(rows, 0).i - TEXT_ALERTS_MAX);
        cli_say(c, MSG_CLI_MORE_ALERTS, (struct msg_arg[]){{"count", buf_sv(&more)}}, 1);
        buf_fini(&more);
    }
    rows_close(rows);
}

static void
print_text(struct cli *c, const struct replay_report *r, struct store *s)
{
    struct story_page page = {.since_ft = 0};

    put_summary(c, r);
    put_counters(c);
    put_records(c, r);
    buf_putc(&c->sink.buf, '\n');
    story_page_print(c, s, &page);
    buf_putc(&c->sink.buf, '\n');
    put_alerts(c, s);
    put_more(c, s);
}

void
replay_out_print(struct cli *c, const struct replay_report *r, struct store *s)
{
    if (c->out.format == OUT_JSON) {
        print_json(c, r, s);
    } else {
        print_text(c, r, s);
    }
}
