/*
 * source - where the bytes of a log or trace come from, read in wide steps.
 *
 * A source is a file, or memory in tests and fuzzers. Its size is taken once: a log that grows
 * while it is read ends where it ended at open.
 */
#pragma once

#include "platform/platform.h"

#define SOURCE_WINDOW_LEN (1024u * 1024)

struct source {
    /* As file_read_at(). */
    enum err (*read_at)(void *ctx, uint64_t offset, void *out, size_t len, size_t *got);
    void *ctx;
    uint64_t size;
};
/* Of an open file, borrowed. */
struct source source_of_file(struct file *f);

/* The part of the source that is in memory. */
struct source_window {
    struct source source;
    uint64_t offset;
    size_t len;
    uint8_t bytes[SOURCE_WINDOW_LEN];
};
void source_window_init(struct source_window *w, const struct source *source);
/* len <= SOURCE_WINDOW_LEN bytes at offset; *got is less only at the end. Views live until the next
 * call. */
MUST_CHECK enum err source_window_get(struct source_window *w, uint64_t offset, size_t len,
                                      const uint8_t **out, size_t *got);
