/* replay - files in, store and report out: intake, order, pipeline, in that order. */
#include "core/mem.h"
#include "core/metrics.h"
#include "engine/engine.h"
#include "engine/inputs.h"
#include "engine/intake.h"
#include "engine/store_sink.h"

/* Everything a replay holds; all members are safe to close at any time. */
struct replay {
    const struct replay_opts *opts;
    struct inputs inputs;
    struct order *order;
    struct spans *spans;
    struct tally *tally;
    struct trace_hosts *hosts;
    struct store *store;
    struct store *base;
    struct pipeline *pipeline;
    struct replay_report *report;
    uint64_t last_ft; /* of the newest event */
};

const char *
replay_format_name(enum replay_format f)
{
    static const char *const names[] = {"evtx", "ndjson", "store", "etl", "unknown"};

    return names[f];
}

void
replay_report_destroy(struct replay_report *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->file_count; i++) {
        mem_free(r->files[i].path);
        mem_free(r->files[i].why);
        mem_free(r->files[i].host);
    }
    for (size_t i = 0; i < r->record_count; i++) {
        mem_free(r->records[i].provider);
    }
    mem_free(r->files);
    mem_free(r->records);
    mem_free(r);
}

static void
replay_fini(struct replay *r)
{
    pipeline_destroy(r->pipeline);
    store_close(r->base);
    store_close(r->store);
    trace_hosts_destroy(r->hosts);
    tally_destroy(r->tally);
    spans_destroy(r->spans);
    order_destroy(r->order);
    inputs_fini(&r->inputs);
    replay_report_destroy(r->report);
}

MUST_CHECK static enum err
replay_prepare(struct replay *r, const struct config *cfg)
{
    enum err err = inputs_collect(r->opts->paths, r->opts->path_count, &r->inputs);

    if (!err) {
        err = order_create(0, &r->order);
    }
    if (!err) {
        err = spans_create(&r->spans);
    }
    if (!err) {
        err = trace_hosts_create(sv_from(r->opts->trace_host), &r->hosts);
    }
    if (!err && r->opts->count_records) {
        err = tally_create(&r->tally);
    }
    if (!err) {
        err = store_open(r->opts->store_path, STORE_NEW, &r->store);
    }
    if (!err && r->opts->base_store != NULL) {
        err = store_open(r->opts->base_store, STORE_READ, &r->base);
    }
    if (!err) {
        struct pipeline_sink sink = store_sink(r->store);

        err = pipeline_create(cfg, &sink, &r->pipeline);
    }
    if (err) {
        return err;
    }
    r->report = mem_zalloc(sizeof(*r->report));
    if (r->report == NULL) {
        return ERR_NOMEM;
    }
    if (r->inputs.count == 0) {
        return ERR_NOTFOUND;
    }
    r->report->files = mem_array(r->inputs.count, sizeof(*r->report->files));
    return r->report->files == NULL ? ERR_NOMEM : ERR_OK;
}

/* The events of the store that is being replaced join the input. */
MUST_CHECK static enum err
take_base(struct replay *r, struct intake *in)
{
    struct replay_file base = {0};
    enum err err;

    if (r->opts->base_store == NULL) {
        return ERR_OK;
    }
    spans_next_file(r->spans);
    err = intake_store(in, r->opts->base_store, &base);
    if (!err) {
        err = base.err;
    }
    mem_free(base.why);
    return err ? err : store_copy_inbox(r->store, r->base);
}

MUST_CHECK static enum err
take_files(struct replay *r)
{
    struct intake in = {
        .order = r->order,
        .spans = r->spans,
        .tally = r->tally,
        .hosts = r->hosts,
        .progress = r->opts->progress,
        .progress_ctx = r->opts->progress_ctx,
        .bytes_total = r->inputs.total_size,
    };
    enum err err = take_base(r, &in);

    for (size_t i = 0; i < r->inputs.count && !err; i++) {
        err = intake_name_host(&in, &r->inputs.item[i]);
    }
    for (size_t i = 0; i < r->inputs.count && !err; i++) {
        const struct input *input = &r->inputs.item[i];
        struct replay_file *file = &r->report->files[i];

        file->format = REPLAY_UNKNOWN;
        file->path = mem_strndup(input->path, strlen(input->path));
        if (file->path == NULL) {
            return ERR_NOMEM;
        }
        r->report->file_count++;
        err = intake_file(&in, input, file);
    }
    return err;
}

MUST_CHECK static enum err
pass_events(struct replay *r)
{
    struct event ev;
    enum err err = ERR_OK;

    while (!err) {
        err = order_next(r->order, &ev);
        if (!err) {
            r->last_ft = ev.time_ft;
            err = pipeline_event(r->pipeline, &ev, order_packed(r->order));
        }
    }
    return err == ERR_END ? pipeline_finish(r->pipeline) : err;
}

static enum err
on_span(void *ctx, const struct coverage *c)
{
    struct replay *r = ctx;

    return store_put_coverage(r->store, c);
}

/* Coverage, counters and the damage of each file go into the store as well. */
MUST_CHECK static enum err
keep_facts(struct replay *r)
{
    enum err err = spans_each(r->spans, on_span, r);

    for (size_t m = 0; m < METRIC_COUNT && !err; m++) {
        uint64_t value = metric_get((enum metric)m);

        if (value != 0) {
            err = store_put_health(r->store, r->last_ft, sv_from(metric_name((enum metric)m)),
                                   (struct sv){0}, value);
        }
    }
    for (size_t i = 0; i < r->report->file_count && !err; i++) {
        const struct replay_file *f = &r->report->files[i];

        if (f->errors != 0 || f->err) {
            err = store_put_health(r->store, r->last_ft, SV("file_damaged"), path_name(f->path),
                                   f->errors);
        }
    }
    return err;
}

MUST_CHECK static enum err
fill_report(struct replay *r)
{
    memcpy(r->report->kinds, pipeline_kinds(r->pipeline), sizeof(r->report->kinds));
    r->report->duplicates = order_duplicates(r->order);
    if (r->tally == NULL) {
        return ERR_OK;
    }
    return tally_rows(r->tally, &r->report->records, &r->report->record_count);
}

enum err
engine_replay(const struct config *cfg, const struct replay_opts *opts, struct replay_report **out)
{
    struct replay r = {.opts = opts};
    enum err err;

    metric_reset_all();
    err = replay_prepare(&r, cfg);
    if (!err) {
        err = take_files(&r);
    }
    if (!err) {
        err = pass_events(&r);
    }
    if (!err) {
        err = keep_facts(&r);
    }
    if (!err) {
        err = store_finish(r.store);
    }
    if (!err) {
        err = fill_report(&r);
    }
    if (!err) {
        *out = r.report;
        r.report = NULL;
    }
    replay_fini(&r);
    return err;
}
