/*
 * os - what the portable files of platform/ ask of *_posix.c and *_win.c. Not for other folders.
 */
#pragma once

#include "platform/platform.h"

/* The one place where codes of the system (errno, GetLastError()) become ours. */
enum err os_err(uint32_t code);

/* Writes a new file temp, flushes it, and renames it over path. ERR_EXISTS: temp is there already.
 * Nothing is left of temp after any other failure. */
MUST_CHECK enum err os_replace(const char *temp, const char *path, const void *data, size_t len);

/* Names of a folder as the system hands them out, in any order. */
struct dir_list;
MUST_CHECK enum err os_dir_read(const char *path, struct dir_list *list);
MUST_CHECK enum err dir_list_add(struct dir_list *list, struct sv name, enum file_type type);
