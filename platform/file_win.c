/* file_win - files, folders and temporary files on Windows. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "core/mem.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define IO_MAX ((size_t)1 << 30) /* one ReadFile or WriteFile: a DWORD, and room to spare */
#define TEMP_NAMES_TRIED 1000

static enum err
last_err(void)
{
    return os_err(GetLastError());
}

static bool
is_set(HANDLE handle)
{
    return handle != NULL && handle != INVALID_HANDLE_VALUE;
}

/* -- reading and writing at an offset
 * --------------------------------------------------------------- */

static OVERLAPPED
at_offset(uint64_t offset)
{
    OVERLAPPED at = {0};

    at.Offset = (DWORD)offset;
    at.OffsetHigh = (DWORD)(offset >> 32);
    return at;
}

MUST_CHECK static enum err
read_handle(HANDLE handle, uint64_t offset, void *out, size_t len, size_t *got)
{
    size_t done = 0;

    if (offset > INT64_MAX || len > INT64_MAX - offset) {
        return ERR_RANGE;
    }
    while (done < len) {
        size_t part = len - done < IO_MAX ? len - done : IO_MAX;
        OVERLAPPED at = at_offset(offset + done);
        DWORD n = 0;

        if (!ReadFile(handle, (char *)out + done, (DWORD)part, &n, &at)) {
            DWORD code = GetLastError();

            if (code == ERROR_HANDLE_EOF) { /* an offset at or behind the end */
                break;
            }
            return os_err(code);
        }
        if (n == 0) {
            break;
        }
        done += n;
    }
    *got = done;
    return ERR_OK;
}

MUST_CHECK static enum err
write_handle(HANDLE handle, uint64_t offset, const void *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        size_t part = len - done < IO_MAX ? len - done : IO_MAX;
        OVERLAPPED at = at_offset(offset + done);
        DWORD n = 0;

        if (!WriteFile(handle, (const char *)data + done, (DWORD)part, &n, &at)) {
            return last_err();
        }
        if (n == 0) {
            return ERR_IO;
        }
        done += n;
    }
    return ERR_OK;
}

/* -- reading ------------------------------------------------------------------------------------
 */

struct file {
    HANDLE handle;
    uint64_t size;
};

/* CreateFileW says "access denied" for a folder; we say what it is. */
MUST_CHECK static enum err
open_err(const wchar_t *path, DWORD code)
{
    DWORD attributes;

    if (code == ERROR_ACCESS_DENIED) {
        attributes = GetFileAttributesW(path);
        if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            return ERR_UNSUPPORTED;
        }
    }
    return os_err(code);
}

MUST_CHECK static enum err
open_wide(const wchar_t *path, struct file *f)
{
    LARGE_INTEGER size;

    f->handle = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING,
                            FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (f->handle == INVALID_HANDLE_VALUE) {
        return open_err(path, GetLastError());
    }
    if (GetFileType(f->handle) != FILE_TYPE_DISK) {
        return ERR_UNSUPPORTED;
    }
    if (!GetFileSizeEx(f->handle, &size)) {
        return last_err();
    }
    f->size = (uint64_t)size.QuadPart;
    return ERR_OK;
}

MUST_CHECK enum err
file_open_read(const char *path, struct file **out)
{
    struct file *f = mem_zalloc(sizeof(*f));
    wchar_t *wide = NULL;
    enum err err;

    if (f == NULL) {
        return ERR_NOMEM;
    }
    err = os_wide_path(path, &wide);
    if (!err) {
        err = open_wide(wide, f);
    }
    mem_free(wide);
    if (err) {
        file_close(f);
        return err;
    }
    *out = f;
    return ERR_OK;
}

void
file_close(struct file *f)
{
    if (f == NULL) {
        return;
    }
    if (is_set(f->handle)) {
        (void)CloseHandle(f->handle);
    }
    mem_free(f);
}

uint64_t
file_size(const struct file *f)
{
    return f->size;
}

MUST_CHECK enum err
file_read_at(struct file *f, uint64_t offset, void *out, size_t len, size_t *got)
{
    return read_handle(f->handle, offset, out, len, got);
}

/* -- writing ------------------------------------------------------------------------------------
 */

MUST_CHECK static enum err
write_flushed(HANDLE handle, const void *data, size_t len)
{
    enum err err = write_handle(handle, 0, data, len);

    if (!err && !FlushFileBuffers(handle)) {
        err = last_err();
    }
    if (!CloseHandle(handle) && !err) {
        err = last_err();
    }
    return err;
}

MUST_CHECK static enum err
rename_wide(const wchar_t *from, const wchar_t *to)
{
    BOOL done = MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);

    return done ? ERR_OK : last_err();
}

MUST_CHECK enum err
os_replace(const char *temp, const char *path, const void *data, size_t len)
{
    wchar_t *wide_temp = NULL;
    wchar_t *wide_path = NULL;
    HANDLE handle;
    enum err err = os_wide_path(temp, &wide_temp);

    if (!err) {
        err = os_wide_path(path, &wide_path);
    }
    if (err) {
        goto done;
    }
    handle =
        CreateFileW(wide_temp, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        err = last_err();
        goto done;
    }
    err = write_flushed(handle, data, len);
    if (!err) {
        err = rename_wide(wide_temp, wide_path);
    }
    if (err) {
        (void)DeleteFileW(wide_temp);
    }
done:
    mem_free(wide_temp);
    mem_free(wide_path);
    return err;
}

MUST_CHECK enum err
file_delete(const char *path)
{
    wchar_t *wide;
    enum err err = os_wide_path(path, &wide);

    if (err) {
        return err;
    }
    if (!DeleteFileW(wide)) {
        err = open_err(wide, GetLastError());
    }
    mem_free(wide);
    return err;
}

MUST_CHECK enum err
file_rename(const char *from, const char *to)
{
    wchar_t *wide_from = NULL;
    wchar_t *wide_to = NULL;
    enum err err = os_wide_path(from, &wide_from);

    if (!err) {
        err = os_wide_path(to, &wide_to);
    }
    if (!err) {
        err = rename_wide(wide_from, wide_to);
    }
    mem_free(wide_from);
    mem_free(wide_to);
    return err;
}

/* -- folders ------------------------------------------------------------------------------------
 */

/* Links and mount points are OTHER; a file that is a reparse point for its storage's sake (cloud,
 * deduplicated) is a file. */
static enum file_type
type_of(DWORD attributes, DWORD reparse_tag)
{
    if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
        IsReparseTagNameSurrogate(reparse_tag)) {
        return FILE_TYPE_OTHER;
    }
    if ((attributes & FILE_ATTRIBUTE_DEVICE) != 0) {
        return FILE_TYPE_OTHER;
    }
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? FILE_TYPE_DIR : FILE_TYPE_REGULAR;
}

static enum file_type
type_of_reparse_point(const wchar_t *path)
{
    FILE_ATTRIBUTE_TAG_INFO info;
    enum file_type type = FILE_TYPE_OTHER; /* unless it says better */
    HANDLE handle = CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING,
                                FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (handle == INVALID_HANDLE_VALUE) {
        return type;
    }
    if (GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &info, sizeof(info))) {
        type = type_of(info.FileAttributes, info.ReparseTag);
    }
    (void)CloseHandle(handle);
    return type;
}

enum file_type
file_type(const char *path)
{
    enum file_type type = FILE_TYPE_NONE;
    DWORD attributes;
    wchar_t *wide;

    if (os_wide_path(path, &wide)) {
        return FILE_TYPE_NONE;
    }
    attributes = GetFileAttributesW(wide);
    if (attributes != INVALID_FILE_ATTRIBUTES) {
        type = (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? type_of_reparse_point(wide)
                                                                : type_of(attributes, 0);
    }
    mem_free(wide);
    return type;
}

/* All entries of a search that has begun; ends it. */
MUST_CHECK static enum err
read_search(HANDLE search, WIN32_FIND_DATAW *found, struct dir_list *list)
{
    struct buf name;
    enum err err = ERR_OK;

    buf_init(&name, MAX_PATH * 3);
    do {
        buf_clear(&name);
        os_put_wide(&name, found->cFileName, wcslen(found->cFileName));
        err = buf_err(&name);
        if (!err) { /* dwReserved0 is the reparse tag */
            err = dir_list_add(list, buf_sv(&name),
                               type_of(found->dwFileAttributes, found->dwReserved0));
        }
    } while (!err && FindNextFileW(search, found));
    if (!err && GetLastError() != ERROR_NO_MORE_FILES) {
        err = last_err();
    }
    (void)FindClose(search);
    buf_fini(&name);
    return err;
}

MUST_CHECK enum err
os_dir_read(const char *path, struct dir_list *list)
{
    WIN32_FIND_DATAW found;
    struct buf pattern;
    wchar_t *wide = NULL;
    HANDLE search;
    enum err err;

    if (file_type(path) != FILE_TYPE_DIR) { /* "x.txt\*" would give several codes */
        return ERR_NOTFOUND;
    }
    buf_init(&pattern, SIZE_MAX / 2);
    path_join(&pattern, path, "*");
    err = buf_err(&pattern);
    if (!err) {
        err = os_wide_path(buf_str(&pattern), &wide);
    }
    buf_fini(&pattern);
    if (err) {
        return err;
    }
    search = FindFirstFileW(wide, &found);
    if (search == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError();
        /* An empty root folder has not even "." */
        err = code == ERROR_FILE_NOT_FOUND ? ERR_OK : os_err(code);
    } else {
        err = read_search(search, &found, list);
    }
    mem_free(wide);
    return err;
}

MUST_CHECK enum err
dir_make(const char *path)
{
    wchar_t *wide;
    enum err err = os_wide_path(path, &wide);

    if (err) {
        return err;
    }
    if (!CreateDirectoryW(wide, NULL)) {
        err = last_err();
    }
    mem_free(wide);
    return err;
}

/* -- temporary files ------------------------------------------------------------------------------
 */

/* A new file in the user's temporary folder; flags go to CreateFileW. Its path is appended. */
MUST_CHECK static enum err
temp_open(DWORD flags, struct buf *path, HANDLE *out)
{
    wchar_t folder[MAX_PATH + 2]; /* at most MAX_PATH + 1 units and the NUL, ends in '\' */
    DWORD len = GetTempPathW((DWORD)COUNT(folder), folder);
    size_t start = path->len;

    if (len == 0 || len >= COUNT(folder)) {
        return len == 0 ? last_err() : ERR_RANGE;
    }
    for (unsigned i = 0; i < TEMP_NAMES_TRIED; i++) {
        wchar_t *wide;
        enum err err;

        path->len = start;
        os_put_wide(path, folder, len);
        buf_printf(path, "kanari-%lu-%u.tmp", (unsigned long)GetCurrentProcessId(), i);
        err = buf_err(path);
        if (!err) {
            err = os_wide_path(buf_str(path), &wide);
        }
        if (err) {
            return err;
        }
        *out = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW, flags,
                           NULL);
        err = is_set(*out) ? ERR_OK : last_err();
        mem_free(wide);
        if (err != ERR_EXISTS) {
            return err;
        }
    }
    return ERR_EXISTS;
}

MUST_CHECK enum err
path_temp_file(struct buf *out)
{
    HANDLE handle;
    enum err err = temp_open(FILE_ATTRIBUTE_NORMAL, out, &handle);

    if (!err) {
        (void)CloseHandle(handle);
    }
    return err;
}

struct spill {
    HANDLE handle;
    uint64_t len;
};

MUST_CHECK enum err
spill_create(struct spill **out)
{
    struct spill *s = mem_zalloc(sizeof(*s));
    struct buf path;
    enum err err;

    if (s == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&path, SIZE_MAX / 2);
    /* The system deletes it with the last handle, after a kill too. */
    err = temp_open(FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, &path, &s->handle);
    buf_fini(&path);
    if (err) {
        mem_free(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

void
spill_destroy(struct spill *s)
{
    if (s != NULL) {
        (void)CloseHandle(s->handle);
        mem_free(s);
    }
}

MUST_CHECK enum err
spill_append(struct spill *s, const void *data, size_t len, uint64_t *offset)
{
    enum err err = write_handle(s->handle, s->len, data, len);

    if (!err) {
        *offset = s->len;
        s->len += len;
    }
    return err;
}

MUST_CHECK enum err
spill_read(struct spill *s, uint64_t offset, void *out, size_t len)
{
    size_t got;
    enum err err = read_handle(s->handle, offset, out, len, &got);

    if (err) {
        return err;
    }
    return got == len ? ERR_OK : ERR_TRUNC;
}
