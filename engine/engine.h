/*
 * engine - the route of an event: sources, order, state, detectors, story, store. Live and replay
 * are the same pipeline; a replay is deterministic, byte for byte, whatever the number, order and
 * split of its files.
 *
 * Replay: every input is read once; events are put in order (engine/order.h: sorted runs in
 * bounded memory, spilled beyond that), the same record met twice is taken once, and then all of
 * them pass the pipeline.
 */
#pragma once

#include "core/config.h"
#include "core/event.h"
#include "store/store.h"

enum replay_format { REPLAY_EVTX, REPLAY_NDJSON, REPLAY_STORE, REPLAY_ETL, REPLAY_UNKNOWN };
const char *replay_format_name(enum replay_format f); /* "evtx", "etl" ... */

/* One file of a replay. Texts are owned by the report. */
struct replay_file {
    char *path;
    enum replay_format format;
    enum err err;       /* why it gave nothing, or stopped; OK when read to its end */
    char *why;          /* one sentence, or NULL */
    char *host;         /* of .etl: the computer it was recorded on; else NULL */
    bool host_guessed;  /* nobody named the computer: `host` stands in for its name */
    uint64_t records;   /* where the file says they are; of .evtx also those that cannot be read */
    uint64_t events;    /* mapped to events, recovered ones too */
    uint64_t skipped;   /* sound: of no kind that Kanari reads, or data of a connection just told */
    uint64_t recovered; /* records found beside `records`, by scanning damaged chunks */
    uint64_t errors;    /* records or chunks that could not be read */
    uint64_t torn;      /* of the errors, those of any copy of a log that Windows had open */
    uint64_t lost;      /* records that are missing: of a damaged chunk, or lost by ETW */
    uint64_t first_error_offset;
};

struct replay_record_count { /* one row of --records; sorted by provider, id, version */
    char *provider;
    uint32_t event_id, version;
    uint64_t count;
};

struct replay_report {
    size_t file_count;
    struct replay_file *files; /* sorted by path */
    size_t record_count;
    struct replay_record_count *records;
    uint64_t kinds[EV_COUNT]; /* events by kind, without duplicates; LOGON_ATTEMPT included */
    uint64_t duplicates;
};
void replay_report_destroy(struct replay_report *r);

struct replay_opts {
    const char *const *paths; /* files or folders; folders are read with their sub-folders */
    size_t path_count;
    const char *store_path; /* the new store is written here; must not exist */
    const char *base_store; /* NULL, or a store whose events join the input */
    const char *trace_host; /* NULL, or the computer of traces that cannot be told */
    bool count_records;
    void (*progress)(void *ctx, uint64_t bytes_done, uint64_t bytes_total); /* may be NULL */
    void *progress_ctx;
};
/* ERR_OK when the replay ran, even when single files failed (report->files[i].err says so).
 * *out is the caller's. ERR_NOTFOUND: no path led to any file. */
MUST_CHECK enum err engine_replay(const struct config *cfg, const struct replay_opts *opts,
                                  struct replay_report **out);
