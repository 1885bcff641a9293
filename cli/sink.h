/*
 * sink - where a command's results go: standard output, or the file of --out. Buffered.
 *
 * Errors are sticky and told once, by sink_close(). A file appears only when everything was
 * written: it is replaced in one step, never left half.
 */
#pragma once

#include "cli/cli.h"

#define SINK_FLUSH_LEN ((size_t)64 * 1024)
#define SINK_FILE_MAX ((size_t)1024 * 1024 * 1024) /* --out; more goes through a pipe */

struct sink {
    const struct cli_io *io;
    const char *path; /* NULL = standard output; borrowed */
    struct buf buf;   /* writers append here ... */
    enum err err;
};

void sink_init(struct sink *s, const struct cli_io *io, const char *path);
void sink_fini(struct sink *s);
/* ... and call this after each row, so that memory stays bounded. False once writing is vain. */
bool sink_step(struct sink *s);
/* Writes what is left. ERR_END: the reader went away. */
MUST_CHECK enum err sink_close(struct sink *s);
