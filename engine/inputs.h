/*
 * inputs - which files a replay reads: paths and folders in, a sorted list of files out.
 *
 * Folders are searched with their sub-folders for *.evtx, *.etl and *.ndjson; links inside them are
 * not followed. A file that is named is taken whatever its name. The format is told by content.
 */
#pragma once

#include "engine/engine.h"
#include "platform/platform.h"

#define INPUTS_MAX 65536         /* files of one replay */
#define INPUTS_FOLDERS_MAX 65536 /* folders searched */

struct input {
    char *path;
    enum err err;    /* OK = readable so far */
    const char *why; /* constant sentence that says more than err, or NULL */
    uint64_t size;
};

struct inputs {
    struct input *item; /* sorted by path, without repeats */
    size_t count;
    uint64_t total_size;
};

/* ERR_NOMEM, ERR_FULL (INPUTS_MAX). What is wrong with one path stands in its item. */
MUST_CHECK enum err inputs_collect(const char *const *paths, size_t path_count, struct inputs *out);
void inputs_fini(struct inputs *in);

/* By the first bytes: "ElfFile", "ElfChnk", "SQLite format 3", "{" after blanks,
 * and the buffer header of a trace. */
MUST_CHECK enum err inputs_format(struct file *f, enum replay_format *out);
