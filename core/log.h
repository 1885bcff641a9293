/*
 * log - lines for whoever runs the program: `area: what failed: object: text`.
 *
 * Foreign text goes through escape_text() first. Nothing per event above debug. A line is cut at
 * 1 KB; control characters left in it become '?'. No heap.
 * Threads: any. The sink may be called by several at once; after log_set() a line that was already
 *          on its way may still reach the old one.
 */
#pragma once

#include "core/buf.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

typedef void (*log_sink_fn)(void *ctx, enum log_level level, const char *line);
void log_set(enum log_level max, log_sink_fn sink,
             void *ctx); /* NULL: stderr. At start: stderr, LOG_WARN */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends s for a reader: control and bidi characters, line separators, private use, noncharacters
 * and other invisible ones as \xNN (ASCII) or \u{NNNN}, bytes that are no UTF-8 as \xNN. A
 * backslash of the text stays as it is: Windows paths are full of them. At most max_len bytes of s
 * are shown, the cut marked by "...". Used wherever foreign text is shown. */
void escape_put(struct buf *out, struct sv s, size_t max_len);

#define ESCAPE_TEXT_MAX 256
/* The same into a buffer of the caller, as an argument for log_line(); returns out. */
const char *escape_text(struct sv s, char out[ESCAPE_TEXT_MAX]);
