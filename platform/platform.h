/*
 * platform - the one seam to the operating system. *_win.c and *_posix.c implement it; nothing
 * else includes an OS header. Paths are UTF-8; on Windows they may exceed MAX_PATH, and files are
 * opened with share read, write and delete.
 */
#pragma once

#include "core/buf.h"

/* -- files --------------------------------------------------------------------------------- */
struct file;
/* ERR_NOTFOUND, ERR_ACCESS, ERR_BUSY (sharing violation), ERR_UNSUPPORTED (a directory or device),
 * ERR_IO. */
MUST_CHECK enum err file_open_read(const char *path, struct file **out);
void file_close(struct file *f);
uint64_t file_size(const struct file *f);
/* Reads up to len bytes at offset; *got < len only at end of file. */
MUST_CHECK enum err file_read_at(struct file *f, uint64_t offset, void *out, size_t len,
                                 size_t *got);
/* Whole small file into out, which is cleared first; ERR_RANGE beyond max_len. */
MUST_CHECK enum err file_read_all(const char *path, size_t max_len, struct buf *out);
/* Replaces atomically: temporary file beside it, flush, rename. */
MUST_CHECK enum err file_write_all(const char *path, const void *data, size_t len);
MUST_CHECK enum err file_delete(const char *path);

enum file_type { FILE_TYPE_NONE, FILE_TYPE_REGULAR, FILE_TYPE_DIR, FILE_TYPE_OTHER };
enum file_type file_type(const char *path); /* links are not followed: OTHER */

/* An anonymous temporary file, gone when closed, even after a kill. Append and read. */
struct spill;
MUST_CHECK enum err spill_create(struct spill **out);
void spill_destroy(struct spill *s);
MUST_CHECK enum err spill_append(struct spill *s, const void *data, size_t len, uint64_t *offset);
MUST_CHECK enum err spill_read(struct spill *s, uint64_t offset, void *out, size_t len);

/* Names (not paths) in a folder, without . and .., in byte order. Sub-folders are told apart. An
 * error of fn ends it. ERR_FULL: more than 262144 entries, none of them delivered. */
typedef enum err (*dir_fn)(void *ctx, const char *name, enum file_type type);
MUST_CHECK enum err dir_each(const char *path, dir_fn fn, void *ctx);
MUST_CHECK enum err dir_make(const char *path); /* one level; ERR_EXISTS */

/* Appends base, a separator unless base ends in one, and name. The separator is '/', or '\\' when
 * base has that one only: the same on both systems. */
void path_join(struct buf *out, const char *base, const char *name);
/* The last component, and what is behind its last dot ("evtx"), lower or upper case as it is. */
struct sv path_name(const char *path);
struct sv path_ext(const char *path);
/* Kanari in the system's folder of programs' data (C:\ProgramData, whatever the environment says),
 * or ${XDG_DATA_HOME:-~/.local/share}/kanari. */
MUST_CHECK enum err path_data_dir(struct buf *out);

/* -- time ---------------------------------------------------------------------------------- */
uint64_t clock_now_ft(void);               /* wall clock, FILETIME */
uint64_t clock_mono_ns(void);              /* monotonic */
int clock_local_offset_min(uint64_t t_ft); /* minutes east of UTC at that time */

/* -- this machine ---------------------------------------------------------------------------- */
void host_name(struct buf *out); /* computer name, UTF-8 */
bool host_lang_is_ja(void);      /* the user's display language */
/* From the system's generator, fit for keys. ERR_IO: it gives none. */
MUST_CHECK enum err random_bytes(void *out, size_t len);
uint32_t process_id(void);
uint64_t process_peak_rss(void);       /* bytes; 0 = unknown */
const char *env_get(const char *name); /* UTF-8, NULL when unset; lives until the next call */

/* -- console ----------------------------------------------------------------------------------
 * Output is bytes; on a Windows console UTF-8 is converted for WriteConsoleW. */
enum stream { STREAM_OUT, STREAM_ERR };
/* ERR_END: the reader has gone (a closed pipe); ERR_IO. */
MUST_CHECK enum err stream_write(enum stream s, const void *data, size_t len);
bool stream_is_terminal(enum stream s);
unsigned stream_columns(enum stream s); /* 0 = unknown */

/* The one statement of main(): runs fn with UTF-8 arguments and returns its status. On Windows it
 * first limits DLL search to System32 and reads the command line anew (what main() got went
 * through the ANSI code page); elsewhere a closed pipe becomes ERR_IO instead of a signal. */
typedef int (*main_fn)(int argc, char **argv);
int platform_main(int argc, char **argv, main_fn fn);

/* A new, empty, private file in the temporary folder; its path is appended to out. The caller
 * deletes it. */
MUST_CHECK enum err path_temp_file(struct buf *out);
/* Renames over an existing file, atomically. */
MUST_CHECK enum err file_rename(const char *from, const char *to);
