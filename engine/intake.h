/*
 * intake - the first half of a replay: reads one file of any format and puts what it says into
 * order, spans and tally. One reader a format: intake_evtx.c, intake_etl.c, intake_ndjson.c,
 * intake_store.c.
 */
#pragma once

#include "engine/engine.h"
#include "engine/inputs.h"
#include "engine/order.h"
#include "engine/spans.h"
#include "engine/tally.h"
#include "engine/trace_hosts.h"

struct intake {
    struct order *order;
    struct spans *spans;
    struct tally *tally; /* NULL = not asked for */
    struct trace_hosts *hosts;
    void (*progress)(void *ctx, uint64_t bytes_done, uint64_t bytes_total); /* may be NULL */
    void *progress_ctx;
    uint64_t bytes_done; /* of the files before the current one */
    uint64_t bytes_total;
};

#define INTAKE_WHY_MAX 256

/* Before the first file is taken in: what a trace says of its computer helps to name others. Only
 * ERR_NOMEM; a file that cannot be read says so when it is taken in. */
MUST_CHECK enum err intake_name_host(struct intake *in, const struct input *input);
/* Fills counts, err and why of *file. Returns only what ends the whole replay: ERR_NOMEM, or
 * ERR_IO and ERR_FULL of the spill file. */
MUST_CHECK enum err intake_file(struct intake *in, const struct input *input,
                                struct replay_file *file);

/* For the readers. */
MUST_CHECK enum err intake_evtx(struct intake *in, struct file *f, struct replay_file *file);
MUST_CHECK enum err intake_etl(struct intake *in, struct file *f, struct replay_file *file);
MUST_CHECK enum err intake_etl_name(struct trace_hosts *hosts, struct file *f);
MUST_CHECK enum err intake_ndjson(struct intake *in, struct file *f, struct replay_file *file);
MUST_CHECK enum err intake_store(struct intake *in, const char *path, struct replay_file *file);
void intake_progress(struct intake *in, uint64_t bytes_of_file);
/* The file ends here with err; why is copied. */
MUST_CHECK enum err intake_give_up(struct replay_file *file, enum err err, const char *why);
