/*
 * why - what the store says when it fails: the one place where SQLite's codes become ours.
 *
 * Memory:  one sentence per thread, constant size. Texts are copied.
 * Threads: any; each has its own sentence.
 */
#pragma once

#include "core/err.h"

struct sqlite3;

#define WHY_MAX 512

void why_clear(void);
/* "doing: text"; returns err, so that a failure is one line. */
enum err why_set(enum err err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Translates an SQLite result code (extended or not) of a call on db, which may be NULL. */
enum err why_sqlite(struct sqlite3 *db, int rc, const char *doing);
