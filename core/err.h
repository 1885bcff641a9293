/*
 * err - the one error type of the house, and the attributes every header uses.
 *
 * Codes of Win32, errno and SQLite are translated in the file that made the call and
 * travel no further. On failure an output parameter is untouched or NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#ifdef __MINGW32__
#define PRINTF_LIKE(fmt, first) __attribute__((format(gnu_printf, fmt, first)))
#else
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#endif
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum err {
    ERR_OK = 0,
    ERR_NOMEM,       /* an allocation failed */
    ERR_TRUNC,       /* fewer bytes left than asked */
    ERR_FORMAT,      /* bytes or text that break their format */
    ERR_RANGE,       /* a value out of its documented range, a cap exceeded */
    ERR_NOTFOUND,    /* no such file, row, key */
    ERR_EXISTS,      /* already there */
    ERR_ACCESS,      /* denied */
    ERR_IO,          /* read, write, disk full */
    ERR_BUSY,        /* locked by another; may be retried */
    ERR_FULL,        /* a bounded container has no room */
    ERR_UNSUPPORTED, /* known, but not by this build or version */
    ERR_USAGE,       /* the caller's words are wrong (command line) */
    ERR_CANCELLED,   /* stopped on request */
    ERR_END,         /* no more items; not a failure */
    ERR_INTERNAL,    /* a bug of ours */
    ERR_COUNT
};

/* A short lower-case English name, "out of memory"; never NULL. For logs, not for people. */
const char *err_str(enum err err);
