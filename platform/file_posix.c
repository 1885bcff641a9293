/* file_posix - files, folders and temporary files on POSIX systems. */
#define _DEFAULT_SOURCE /* d_type */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "platform/os.h"

#define TEMP_PATH_MAX 4096

enum err
os_err(uint32_t code)
{
    switch ((int)code) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_ACCESS;
    case EEXIST:
    case ENOTEMPTY:
        return ERR_EXISTS;
    case EBUSY:
    case ETXTBSY:
        return ERR_BUSY;
    case ENOMEM:
        return ERR_NOMEM;
    case ENAMETOOLONG:
        return ERR_RANGE;
    case EISDIR:
    case ENXIO:
    case ENODEV:
    case ELOOP:
        return ERR_UNSUPPORTED;
    default:
        return ERR_IO;
    }
}

static enum err
last_err(void)
{
    return os_err((uint32_t)errno);
}

/* -- reading ------------------------------------------------------------------------------------
 */

struct file {
    int fd;
    uint64_t size;
};

MUST_CHECK enum err
file_open_read(const char *path, struct file **out)
{
    struct file *f = mem_zalloc(sizeof(*f));
    struct stat st;
    enum err err = ERR_OK;

    if (f == NULL) {
        return ERR_NOMEM;
    }
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    if (f->fd < 0 || fstat(f->fd, &st) != 0) {
        err = last_err();
    } else if (!S_ISREG(st.st_mode)) {
        err = ERR_UNSUPPORTED;
    }
    if (err) {
        file_close(f);
        return err;
    }
    f->size = (uint64_t)st.st_size;
    (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
    *out = f;
    return ERR_OK;
}

void
file_close(struct file *f)
{
    if (f == NULL) {
        return;
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    mem_free(f);
}

uint64_t
file_size(const struct file *f)
{
    return f->size;
}

MUST_CHECK static enum err
read_fd(int fd, uint64_t offset, void *out, size_t len, size_t *got)
{
    size_t done = 0;

    if (offset > INT64_MAX || len > INT64_MAX - offset) {
        return ERR_RANGE;
    }
    while (done < len) {
        ssize_t n = pread(fd, (char *)out + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return last_err();
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    }
    *got = done;
    return ERR_OK;
}

MUST_CHECK enum err
file_read_at(struct file *f, uint64_t offset, void *out, size_t len, size_t *got)
{
    return read_fd(f->fd, offset, out, len, got);
}

/* -- writing ------------------------------------------------------------------------------------
 */

MUST_CHECK static enum err
write_fd(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return last_err();
        }
        p += n;
        len -= (size_t)n;
    }
    return ERR_OK;
}

MUST_CHECK enum err
os_replace(const char *temp, const char *path, const void *data, size_t len)
{
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    enum err err;

    if (fd < 0) {
        return last_err();
    }
    err = write_fd(fd, data, len);
    if (!err && fsync(fd) != 0) {
        err = last_err();
    }
    if (close(fd) != 0 && !err) {
        err = last_err();
    }
    if (!err && rename(temp, path) != 0) {
        err = last_err();
    }
    if (err) {
        (void)unlink(temp);
    }
    return err;
}

MUST_CHECK enum err
file_delete(const char *path)
{
    return unlink(path) == 0 ? ERR_OK : last_err();
}

MUST_CHECK enum err
file_rename(const char *from, const char *to)
{
    return rename(from, to) == 0 ? ERR_OK : last_err();
}

static enum file_type
type_of(mode_t mode)
{
    if (S_ISREG(mode)) {
        return FILE_TYPE_REGULAR;
    }
    return S_ISDIR(mode) ? FILE_TYPE_DIR : FILE_TYPE_OTHER;
}

enum file_type
file_type(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 ? type_of(st.st_mode) : FILE_TYPE_NONE;
}

/* -- folders ------------------------------------------------------------------------------------
 */

/* Some file systems leave d_type unknown. */
static enum file_type
entry_type(DIR *dir, const struct dirent *entry)
{
    struct stat st;

    switch (entry->d_type) {
    case DT_REG:
        return FILE_TYPE_REGULAR;
    case DT_DIR:
        return FILE_TYPE_DIR;
    case DT_UNKNOWN:
        break;
    default:
        return FILE_TYPE_OTHER;
    }
    if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return FILE_TYPE_OTHER;
    }
    return type_of(st.st_mode);
}

MUST_CHECK enum err
os_dir_read(const char *path, struct dir_list *list)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    enum err err = ERR_OK;

    if (dir == NULL) {
        return last_err();
    }
    for (errno = 0; !err && (entry = readdir(dir)) != NULL; errno = 0) {
        err = dir_list_add(list, sv_from(entry->d_name), entry_type(dir, entry));
    }
    if (!err && errno != 0) {
        err = last_err();
    }
    (void)closedir(dir);
    return err;
}

MUST_CHECK enum err
dir_make(const char *path)
{
    return mkdir(path, 0700) == 0 ? ERR_OK : last_err();
}

/* -- temporary files ------------------------------------------------------------------------------
 */

MUST_CHECK static enum err
temp_open(char path[TEMP_PATH_MAX], int *fd)
{
    const char *dir = getenv("TMPDIR");
    int len = snprintf(path, TEMP_PATH_MAX, "%s/kanari-XXXXXX",
                       dir != NULL && dir[0] != '\0' ? dir : "/tmp");

    if (len < 0 || len >= TEMP_PATH_MAX) {
        return ERR_RANGE;
    }
    *fd = mkstemp(path);
    if (*fd < 0) {
        return last_err();
    }
    (void)fcntl(*fd, F_SETFD, FD_CLOEXEC);
    return ERR_OK;
}

MUST_CHECK enum err
path_temp_file(struct buf *out)
{
    char path[TEMP_PATH_MAX];
    int fd;
    enum err err = temp_open(path, &fd);

    if (err) {
        return err;
    }
    (void)close(fd);
    buf_puts(out, path);
    if (buf_err(out)) {
        (void)unlink(path);
    }
    return buf_err(out);
}

struct spill {
    int fd;
    uint64_t len;
};

MUST_CHECK enum err
spill_create(struct spill **out)
{
    char path[TEMP_PATH_MAX];
    struct spill *s = mem_zalloc(sizeof(*s));
    enum err err;

    if (s == NULL) {
        return ERR_NOMEM;
    }
    err = temp_open(path, &s->fd);
    if (err) {
        mem_free(s);
        return err;
    }
    (void)unlink(path); /* from here on nothing is left behind, even after a kill */
    *out = s;
    return ERR_OK;
}

void
spill_destroy(struct spill *s)
{
    if (s != NULL) {
        (void)close(s->fd);
        mem_free(s);
    }
}

MUST_CHECK enum err
spill_append(struct spill *s, const void *data, size_t len, uint64_t *offset)
{
    uint64_t at = s->len;
    enum err err;

    /* After a failed write the file may be longer than what counts: write at the known end. */
    if (lseek(s->fd, (off_t)at, SEEK_SET) < 0) {
        return last_err();
    }
    err = write_fd(s->fd, data, len);
    if (!err) {
        s->len += len;
        *offset = at;
    }
    return err;
}

MUST_CHECK enum err
spill_read(struct spill *s, uint64_t offset, void *out, size_t len)
{
    size_t got;
    enum err err = read_fd(s->fd, offset, out, len, &got);

    if (err) {
        return err;
    }
    return got == len ? ERR_OK : ERR_TRUNC;
}
