/*
 * scan_rows - what a scan of files found, a row for each rule that matched a file, and one for each
 * file or folder that was skipped, with its reason. Nothing is skipped without a row.
 */
#pragma once

#include "cli/command.h"
#include "cli/scan_walk.h"
#include "scan/scan.h"

/* Why a file was not scanned, or not to its end. */
enum scan_skip {
    SKIP_LINK,     /* a link, or a device */
    SKIP_GONE,     /* no longer there */
    SKIP_ACCESS,   /* denied */
    SKIP_BUSY,     /* in use by another program */
    SKIP_IO,       /* cannot be read */
    SKIP_TOO_LONG, /* longer than scan.file_mb */
    SKIP_TIME,     /* took too long */
    SKIP_MEMORY,   /* took too much memory */
    SKIP_FULL,     /* a folder with too much in it */
    SKIP_COUNT
};
const char *scan_skip_name(enum scan_skip skip);

struct scan_rows {
    struct scan_walk *walk;
    struct scanner *scanner;
    size_t len_max;
    struct buf file;            /* its bytes */
    struct buf attack, strings; /* JSON arrays of the row */
    const char *path;
    const struct scan_hit *hit; /* of the row; NULL: it was skipped */
    size_t hit_at;              /* next one of the file */
    enum scan_skip skip;
    uint64_t files, found; /* scanned; those of them that a rule matched */
    uint64_t skipped[SKIP_COUNT];
    struct scan_result result;
};

/* Borrows walk and scanner, which takes files up to len_max. */
void scan_rows_init(struct scan_rows *r, struct scan_walk *walk, struct scanner *scanner,
                    size_t len_max);
void scan_rows_fini(struct scan_rows *r);
struct out_rows scan_rows_all(struct scan_rows *r);
/* What a table shows of them. */
struct out_rows scan_rows_brief(struct out_picked *space, const struct out_rows *all);

/* -- for rows of rules ------------------------------------------------------------------------ */
/* "T1105, T1027" as a JSON array; out is cleared first. */
void scan_put_attack(struct buf *out, const char *attack);
