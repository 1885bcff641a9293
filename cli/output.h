/*
 * output - rows in every format: table and list for people, json, ndjson and csv for programs.
 *
 * People's formats are in their language and local time and escape foreign text; programs' formats
 * are the same bytes everywhere. Names, times and ids are documented in docs/OUTPUT.md.
 * Memory: one row at a time; a table also holds its first OUT_SAMPLE_ROWS rows, to measure them.
 */
#pragma once

#include "cli/sink.h"
#include "core/json.h"
#include "messages/messages.h"
#include "store/store.h"

enum out_format { OUT_TABLE, OUT_LIST, OUT_JSON, OUT_NDJSON, OUT_CSV, OUT_DEFAULT };

struct out {
    struct sink *sink;
    enum out_format format;
    enum lang lang;
    bool terminal;    /* tables are fitted to `columns` */
    unsigned columns; /* 0 = unknown */
};

#define OUT_SAMPLE_ROWS 256
#define OUT_TABLE_CELL_MAX 256 /* bytes of a foreign text that a table shows */
#define OUT_LIST_CELL_MAX 8192

/* Where rows come from: a query, or code. Views live until the next next(). */
struct out_rows {
    void *ctx;
    size_t columns;
    const bool *below; /* per column: a sentence, on a line of its own (tables); NULL = none */
    const char *(*name)(void *ctx, size_t column);
    enum cell_show (*show)(void *ctx, size_t column);
    struct cell (*cell)(void *ctx, size_t column);
    enum err (*next)(void *ctx); /* ERR_END after the last */
    bool omit_null;              /* JSON: absent fields are left out, not null */
};

struct out_rows out_from_store(struct rows *rows); /* borrows */

/* A choice of columns, in order, for people; names that are not there are passed over. */
#define OUT_PICK_MAX 96
struct out_pick {
    const char *name;
    bool below;
};
struct out_picked {
    const struct out_rows *from;
    size_t count;
    size_t column[OUT_PICK_MAX];
    bool below[OUT_PICK_MAX];
};
struct out_rows out_choose(struct out_picked *space, const struct out_rows *from,
                           const struct out_pick *picks, size_t count);

/* All rows in the format of `o`; *count (may be NULL) gets their number. */
MUST_CHECK enum err out_write(struct out *o, const struct out_rows *rows, uint64_t *count);

/* One row as a JSON object, all rows as an array: for documents that hold more than rows. */
void out_json_row(struct json *j, const char *key, const struct out_rows *rows);
MUST_CHECK enum err out_json_array(struct out *o, struct json *j, const char *key,
                                   const struct out_rows *rows);

/* -- between the files of this folder ------------------------------------------------------- */
/* The title of a column for people, in their language where it is known. */
const char *out_title(const struct out *o, const char *column);
/* A cell for people: times local, text escaped and capped, "-" for nothing. */
void out_put_cell(const struct out *o, struct buf *dst, enum cell_show show,
                  const struct cell *cell, size_t max_len);
/* Wall time where the reader is, "2018-08-30 18:49:31+02:00". */
void out_put_time(const struct out *o, struct buf *dst, uint64_t t_ft);
MUST_CHECK enum err out_table(struct out *o, const struct out_rows *rows, uint64_t *count);
MUST_CHECK enum err out_list(struct out *o, const struct out_rows *rows, uint64_t *count);
MUST_CHECK enum err out_csv(struct out *o, const struct out_rows *rows, uint64_t *count);
