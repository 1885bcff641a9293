/*
 * os_win - Windows' texts and paths for *_win.c. wchar_t is UTF-16 there; windows.h stays out of
 * headers.
 */
#pragma once

#include <stddef.h>

#include "platform/os.h"

/* UTF-8 to UTF-16 with a NUL; mem_free() it. */
MUST_CHECK enum err os_wide(const char *text, wchar_t **out);
/* The same for a path, made absolute with \\?\ in front when it is too long without. */
MUST_CHECK enum err os_wide_path(const char *path, wchar_t **out);
/* Appends as UTF-8 (lone surrogates as WTF-8). */
void os_put_wide(struct buf *out, const wchar_t *text, size_t len);
