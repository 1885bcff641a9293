/*
 * data_folder - where the service keeps what it knows: only SYSTEM and Administrators get in.
 *
 * Any user can create a folder in %ProgramData%, and whoever was there first owns it. So the
 * folder is created with its security in one call, and one that is there already is looked at: a
 * link, one that somebody else owns, and one that others may write to is moved aside, with all
 * that is in it, and told. A good one keeps its content and gets its security set anew.
 *
 * Threads: one, before the work starts.
 * Sources: learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createdirectoryw (a security
 *          descriptor at creation), api/aclapi/nf-aclapi-setsecurityinfo (inherited by what is in
 *          it), SecAuthZ/ace-strings.
 */
#pragma once

#include "core/buf.h"

#define DATA_FOLDER_PATH_MAX 32768u
#define DATA_FOLDER_TRIES 3u /* somebody may put another one there meanwhile */
#define DATA_FOLDER_NAMES 9u /* "Kanari.foreign-20261104T000000Z", then "...-2" */

/* What a folder is, by its handle. init: zeroed. */
struct folder_look {
    bool is_folder, is_link, has_dacl;
    struct buf owner, user; /* SIDs; user: this process's own account */
    struct buf dacl;        /* [MS-DTYP] 2.4.5 */
};

enum folder_code {
    FOLDER_OK = 0,
    FOLDER_FILE_NOT_FOUND = 2,
    FOLDER_PATH_NOT_FOUND = 3,
    FOLDER_ACCESS_DENIED = 5,
    FOLDER_NOT_ENOUGH_MEMORY = 8,
    FOLDER_SHARING_VIOLATION = 32,
    FOLDER_ALREADY_EXISTS = 183,
    FOLDER_INVALID_OWNER = 1307, /* not an administrator */
};

/* Calls answer a Win32 error code, FOLDER_OK when they succeeded. */
struct folder_api {
    void *ctx;
    uint32_t (*create)(void *ctx, const char *path);           /* with its security */
    uint32_t (*open)(void *ctx, const char *path, void **out); /* a link itself */
    uint32_t (*look)(void *ctx, void *folder, struct folder_look *out);
    uint32_t (*protect)(void *ctx, void *folder);
    void (*close)(void *ctx, void *folder);
    uint32_t (*move)(void *ctx, const char *from, const char *to); /* FOLDER_ALREADY_EXISTS */
    uint64_t (*now_ft)(void *ctx);
};
/* NULL: this system keeps its folders by other means. */
const struct folder_api *folder_api_system(void);

/* What was found and done. */
struct data_folder_told {
    bool created; /* it was not there, or what was there is aside */
    bool moved;
    uint32_t code;       /* of the call that failed */
    struct buf path;     /* of the folder */
    struct buf moved_to; /* empty unless moved; of the last, when there were several */
};
void data_folder_told_init(struct data_folder_told *told);
void data_folder_told_fini(struct data_folder_told *told);

/* ERR_ACCESS: it can be neither used nor moved; ERR_NOTFOUND: there is no such place; ERR_IO;
 * ERR_NOMEM. `told` says what was done so far, also then. */
MUST_CHECK enum err data_folder_prepare(const struct folder_api *api, const char *path,
                                        struct data_folder_told *told);
