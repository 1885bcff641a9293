/* err - the names of the error codes. */
#include "core/err.h"

const char *
err_str(enum err err)
{
    static const char *const names[] = {
        [ERR_OK] = "ok",
        [ERR_NOMEM] = "out of memory",
        [ERR_TRUNC] = "cut short",
        [ERR_FORMAT] = "bad format",
        [ERR_RANGE] = "out of range",
        [ERR_NOTFOUND] = "not found",
        [ERR_EXISTS] = "already there",
        [ERR_ACCESS] = "access denied",
        [ERR_IO] = "input/output error",
        [ERR_BUSY] = "busy",
        [ERR_FULL] = "full",
        [ERR_UNSUPPORTED] = "not supported",
        [ERR_USAGE] = "bad usage",
        [ERR_CANCELLED] = "cancelled",
        [ERR_END] = "no more items",
        [ERR_INTERNAL] = "internal error",
    };

    _Static_assert(COUNT(names) == ERR_COUNT, "every code has a name");
    return (size_t)err < COUNT(names) ? names[err] : "unknown error";
}
