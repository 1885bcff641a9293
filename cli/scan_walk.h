/*
 * scan_walk - all files under given paths, one after the other, in byte order of their names.
 *
 * Links are not followed, whatever they lead to, and devices are not opened; both come out, as
 * skipped. So does a folder that cannot be read, or has more in it than is kept at once.
 * Memory: paths that wait, WALK_BYTES_MAX of them at most, whatever the tree looks like.
 */
#pragma once

#include "platform/platform.h"

#define WALK_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define WALK_PATH_MAX ((size_t)65536)

struct scan_walk;
/* The paths are borrowed. */
MUST_CHECK enum err scan_walk_create(const char *const *paths, size_t count,
                                     struct scan_walk **out);
void scan_walk_destroy(struct scan_walk *w);

/* ERR_OK: *path is a regular file, or, when *why is not ERR_OK, what is skipped: ERR_UNSUPPORTED a
 * link or device, ERR_FULL a folder with too much in it, ERR_NOTFOUND, ERR_ACCESS, ERR_IO.
 * *path lives until the next call. ERR_END, ERR_NOMEM. */
MUST_CHECK enum err scan_walk_next(struct scan_walk *w, const char **path, enum err *why);
