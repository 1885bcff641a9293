/*
 * log - lines for whoever runs the program: `area: what failed: object: text`.
 *
 * Foreign text is passed as LOG_ARG views through log_text(), which escapes control and bidi
 * characters and caps. Nothing per event above debug. Threads: any.
 */
#pragma once

#include "core/buf.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

typedef void (*log_sink_fn)(void *ctx, enum log_level level, const char *line);
void log_set(enum log_level max, log_sink_fn sink, void *ctx); /* default: stderr, LOG_WARN */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define ESCAPE_TEXT_MAX 256
/* Appends s with control, bidi and private-use characters, backslash-free, as \xNN or \u{NNNN};
 * at most max_len bytes of s, the cut marked by "...". Used wherever foreign text is shown. */
void escape_put(struct buf *out, struct sv s, size_t max_len);
