/* fault_vfs - passes everything on, but for what is to fail. */
#include "support/fault_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

static sqlite3_vfs *real;
static sqlite3_vfs shim;
static struct fault fault;
static bool armed, happened;
static atomic_int due_rc;
static atomic_flag held = ATOMIC_FLAG_INIT; /* guards these three */

/* The real file stands behind ours in the memory that SQLite allots. */
struct fault_file {
    sqlite3_file base; /* SQLite's: first */
    sqlite3_file *real;
};

const char *
fault_op_name(enum fault_op op)
{
    static const char *const names[FAULT_OP_COUNT] = {"open",     "read", "write", "sync",
                                                      "truncate", "lock", "shm",   "delete"};

    return names[op];
}

static void
hold(void)
{
    while (atomic_flag_test_and_set(&held)) {
    }
}

void
fault_set(const struct fault *f)
{
    hold();
    fault = *f;
    atomic_store(&due_rc, f->rc);
    armed = true;
    happened = false;
    atomic_flag_clear(&held);
}

bool
fault_clear(void)
{
    bool did;

    hold();
    armed = false;
    did = happened;
    atomic_flag_clear(&held);
    return did;
}

/* Whether this operation is the one. */
static bool
is_due(enum fault_op op)
{
    bool due = false;

    hold();
    if (armed && op == fault.op) {
        due = fault.after == 0;
        fault.after -= !due;
        happened = happened || due;
        armed = !due || fault.stays;
    }
    atomic_flag_clear(&held);
    return due;
}

static sqlite3_file *
real_of(sqlite3_file *f)
{
    return ((struct fault_file *)f)->real;
}

/* -- files ------------------------------------------------------------------------------------ */

static int
file_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int
file_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
    bool due = is_due(FAULT_READ);
    int rc;

    if (due && atomic_load(&due_rc) != SQLITE_OK) {
        return atomic_load(&due_rc);
    }
    rc = real_of(f)->pMethods->xRead(real_of(f), out, len, at);
    if (due && rc == SQLITE_OK) {
        memset(out, 0xA5, (size_t)len);
    }
    return rc;
}

static int
file_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
    return is_due(FAULT_WRITE) ? atomic_load(&due_rc)
                               : real_of(f)->pMethods->xWrite(real_of(f), data, len, at);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return is_due(FAULT_TRUNCATE) ? atomic_load(&due_rc)
                                  : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int
file_sync(sqlite3_file *f, int flags)
{
    return is_due(FAULT_SYNC) ? atomic_load(&due_rc)
                              : real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *out)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), out);
}

static int
file_lock(sqlite3_file *f, int level)
{
    return is_due(FAULT_LOCK) ? atomic_load(&due_rc)
                              : real_of(f)->pMethods->xLock(real_of(f), level);
}

static int
file_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int
file_check_lock(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int
file_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int
file_traits(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int
file_shm_map(sqlite3_file *f, int page, int len, int extend, void volatile **out)
{
    return is_due(FAULT_SHM) ? atomic_load(&due_rc)
                             : real_of(f)->pMethods->xShmMap(real_of(f), page, len, extend, out);
}

static int
file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    if ((flags & SQLITE_SHM_LOCK) != 0 && is_due(FAULT_LOCK)) {
        return atomic_load(&due_rc);
    }
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int
file_shm_unmap(sqlite3_file *f, int drop)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), drop);
}

/* Version 2: without memory-mapped pages, so that every page is read by xRead. */
static const sqlite3_io_methods methods = {
    2,           file_close,   file_read,     file_write,       file_truncate,  file_sync,
    file_size,   file_lock,    file_unlock,   file_check_lock,  file_control,   file_sector,
    file_traits, file_shm_map, file_shm_lock, file_shm_barrier, file_shm_unmap, NULL,
    NULL,
};

/* -- the file system -------------------------------------------------------------------------- */

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *out_flags)
{
    struct fault_file *f = (struct fault_file *)out;
    int rc;

    (void)vfs;
    f->base.pMethods = NULL;
    if (is_due(FAULT_OPEN)) {
        return atomic_load(&due_rc);
    }
    f->real = (sqlite3_file *)(f + 1);
    rc = real->xOpen(real, name, f->real, flags, out_flags);
    if (rc == SQLITE_OK) {
        f->base.pMethods = &methods;
    }
    return rc;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return is_due(FAULT_DELETE) ? atomic_load(&due_rc) : real->xDelete(real, name, sync);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    return real->xAccess(real, name, flags, out);
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *name, int len, char *out)
{
    (void)vfs;
    return real->xFullPathname(real, name, len, out);
}

void
fault_install(void)
{
    int rc;

    if (real != NULL) {
        return;
    }
    real = sqlite3_vfs_find(NULL);
    assert(real != NULL);
    shim = *real; /* what has no file in it: time, random numbers, sleep */
    shim.zName = "fault";
    shim.pNext = NULL;
    shim.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
    shim.xOpen = vfs_open;
    shim.xDelete = vfs_delete;
    shim.xAccess = vfs_access;
    shim.xFullPathname = vfs_full_path;
    rc = sqlite3_vfs_register(&shim, 1);
    assert(rc == SQLITE_OK);
    (void)rc;
}
