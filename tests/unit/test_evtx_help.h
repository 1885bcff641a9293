/* test_evtx_help - logs in memory, recordings, and counting what a reader gives. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "evtlog/evtx.h"

/* A log in memory. */
struct log_bytes {
    const uint8_t *data;
    size_t len;
};

static inline enum err
log_bytes_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct log_bytes *log = ctx;
    size_t left = offset < log->len ? log->len - (size_t)offset : 0;

    *got = len < left ? len : left;
    if (*got > 0) {
        memcpy(out, log->data + offset, *got);
    }
    return ERR_OK;
}

static inline enum err
open_bytes(struct log_bytes *log, struct evtx **out)
{
    struct source source = {log_bytes_read, log, log->len};

    return evtx_open_source(&source, out);
}

/* A recording's bytes; skips where the recordings are missing, except in CI. */
static inline void
load_recording(const char *name, struct buf *out)
{
    const char *data = env_get("KANARI_DATA");
    const char *ci;
    struct buf path;
    enum err err;

    buf_init(&path, 4096);
    buf_puts(&path, data == NULL ? "../shared/data" : data);
    buf_puts(&path, "/evtx/");
    buf_puts(&path, name);
    buf_init(out, 64u * 1024 * 1024);
    err = file_read_all(buf_str(&path), 64u * 1024 * 1024, out);
    if (err) {
        print_message("no recording %s (set KANARI_DATA)\n", buf_str(&path));
        buf_fini(&path);
        buf_fini(out);
        ci = env_get("CI"); /* overwrites what env_get() gave before */
        if (ci != NULL && strcmp(ci, "true") == 0) {
            fail();
        }
        skip();
    }
    buf_fini(&path);
}

static inline bool
sv_is(struct sv s, const char *text)
{
    return sv_eq(s, sv_from(text));
}
