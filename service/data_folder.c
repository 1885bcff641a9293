/* data_folder - creates the folder, or decides about the one that is there. */
#include "service/data_folder.h"

#include "core/tm.h"
#include "service/data_folder_acl.h"

#define SECURITY_LEN_MAX 65536u /* an ACL says its length in 16 bits */

MUST_CHECK static enum err
folder_err(uint32_t code)
{
    switch (code) {
    case FOLDER_OK:
        return ERR_OK;
    case FOLDER_FILE_NOT_FOUND:
    case FOLDER_PATH_NOT_FOUND:
        return ERR_NOTFOUND;
    case FOLDER_ACCESS_DENIED:
    case FOLDER_INVALID_OWNER:
        return ERR_ACCESS;
    case FOLDER_NOT_ENOUGH_MEMORY:
        return ERR_NOMEM;
    case FOLDER_SHARING_VIOLATION:
        return ERR_BUSY;
    case FOLDER_ALREADY_EXISTS:
        return ERR_EXISTS;
    default:
        return ERR_IO;
    }
}

void
data_folder_told_init(struct data_folder_told *told)
{
    *told = (struct data_folder_told){.code = FOLDER_OK};
    buf_init(&told->path, DATA_FOLDER_PATH_MAX);
    buf_init(&told->moved_to, DATA_FOLDER_PATH_MAX);
}

void
data_folder_told_fini(struct data_folder_told *told)
{
    buf_fini(&told->path);
    buf_fini(&told->moved_to);
}

static bool
is_good(const struct folder_look *look)
{
    return look->is_folder && !look->is_link && look->has_dacl &&
           sid_is_trusted(buf_sv(&look->owner), buf_sv(&look->user)) &&
           !acl_others_write(buf_sv(&look->dacl), buf_sv(&look->user));
}

MUST_CHECK static enum err
look_err(const struct folder_look *look)
{
    enum err err = buf_err(&look->owner);

    if (!err) {
        err = buf_err(&look->user);
    }
    return err ? err : buf_err(&look->dacl);
}

/* Looks at it and, if it is good, protects it; all by one handle, so that it is the same folder. */
MUST_CHECK static enum err
take_over(const struct folder_api *api, void *folder, uint32_t *code, bool *good)
{
    struct folder_look look = {.is_folder = false};
    enum err err;

    buf_init(&look.owner, SID_LEN_MAX);
    buf_init(&look.user, SID_LEN_MAX);
    buf_init(&look.dacl, SECURITY_LEN_MAX);
    *code = api->look(api->ctx, folder, &look);
    err = look_err(&look);
    *good = !err && *code == FOLDER_OK && is_good(&look);
    if (*good) {
        *code = api->protect(api->ctx, folder);
        err = folder_err(*code);
    } else if (*code == FOLDER_NOT_ENOUGH_MEMORY) {
        err = ERR_NOMEM; /* says nothing about the folder */
    }
    buf_fini(&look.owner);
    buf_fini(&look.user);
    buf_fini(&look.dacl);
    return err;
}

/* "C:\ProgramData\Kanari.foreign-20261104T000000Z" */
MUST_CHECK static enum err
put_aside_path(const char *path, uint64_t now_ft, unsigned n, struct buf *out)
{
    struct tm_parts t;

    tm_split(now_ft, &t);
    buf_clear(out);
    buf_printf(out, "%s.foreign-%04d%02d%02dT%02d%02d%02dZ", path, t.year, t.month, t.day, t.hour,
               t.minute, t.second);
    if (n > 1) {
        buf_printf(out, "-%u", n);
    }
    return buf_err(out);
}

MUST_CHECK static enum err
move_aside(const struct folder_api *api, const char *path, struct data_folder_told *told)
{
    uint64_t now_ft = api->now_ft(api->ctx);
    enum err err = ERR_EXISTS;

    for (unsigned n = 1; err == ERR_EXISTS && n <= DATA_FOLDER_NAMES; n++) {
        err = put_aside_path(path, now_ft, n, &told->moved_to);
        if (!err) {
            told->code = api->move(api->ctx, path, buf_str(&told->moved_to));
            err = folder_err(told->code);
        }
    }
    told->moved = told->moved || !err;
    return err;
}

/* What is there: ERR_OK when it can be used now; ERR_EXISTS when its place is to be tried anew. */
MUST_CHECK static enum err
settle(const struct folder_api *api, const char *path, struct data_folder_told *told)
{
    void *folder = NULL;
    bool good = false;
    enum err err = ERR_OK;

    told->code = api->open(api->ctx, path, &folder);
    if (told->code == FOLDER_FILE_NOT_FOUND) {
        return ERR_EXISTS; /* gone meanwhile */
    }
    if (told->code == FOLDER_NOT_ENOUGH_MEMORY) {
        return ERR_NOMEM;
    }
    if (told->code == FOLDER_OK) {
        err = take_over(api, folder, &told->code, &good);
        api->close(api->ctx, folder);
    }
    if (err || good) {
        return err;
    }
    /* One that does not even let us look at it is no better. */
    err = move_aside(api, path, told);
    return err && err != ERR_NOTFOUND ? err : ERR_EXISTS;
}

MUST_CHECK enum err
data_folder_prepare(const struct folder_api *api, const char *path, struct data_folder_told *told)
{
    enum err err = ERR_EXISTS;

    buf_clear(&told->path);
    buf_puts(&told->path, path);
    if (buf_err(&told->path)) {
        return buf_err(&told->path);
    }
    for (unsigned i = 0; err == ERR_EXISTS && i < DATA_FOLDER_TRIES; i++) {
        told->code = api->create(api->ctx, path);
        err = folder_err(told->code);
        told->created = !err;
        if (err == ERR_EXISTS) {
            err = settle(api, path, told);
        }
    }
    return err == ERR_EXISTS ? ERR_ACCESS : err; /* others are faster */
}
