/* data_folder - folders, their owners and their access control lists on Windows. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

#include "core/mem.h"
#include "service/data_folder.h"
#include "service/data_folder_acl.h"

_Static_assert(FOLDER_FILE_NOT_FOUND == ERROR_FILE_NOT_FOUND &&
                   FOLDER_PATH_NOT_FOUND == ERROR_PATH_NOT_FOUND &&
                   FOLDER_ACCESS_DENIED == ERROR_ACCESS_DENIED &&
                   FOLDER_NOT_ENOUGH_MEMORY == ERROR_NOT_ENOUGH_MEMORY &&
                   FOLDER_SHARING_VIOLATION == ERROR_SHARING_VIOLATION &&
                   FOLDER_ALREADY_EXISTS == ERROR_ALREADY_EXISTS &&
                   FOLDER_INVALID_OWNER == ERROR_INVALID_OWNER,
               "codes");

/* Owner Administrators; nothing inherited; SYSTEM and Administrators may do everything, with all
 * that is in it. */
#define FOLDER_SDDL L"O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* LocalFree() it. */
static uint32_t
folder_security(PSECURITY_DESCRIPTOR *out)
{
    BOOL done = ConvertStringSecurityDescriptorToSecurityDescriptorW(FOLDER_SDDL, SDDL_REVISION_1,
                                                                     out, NULL);

    return done ? FOLDER_OK : GetLastError();
}

static uint32_t
wide_path(const char *path, wchar_t **out)
{
    enum err err = os_wide_path(path, out);

    if (err) {
        return err == ERR_NOMEM ? FOLDER_NOT_ENOUGH_MEMORY : FOLDER_PATH_NOT_FOUND;
    }
    return FOLDER_OK;
}

static uint32_t
api_create(void *ctx, const char *path)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
    wchar_t *wide = NULL;
    uint32_t code = wide_path(path, &wide);

    (void)ctx;
    if (code == FOLDER_OK) {
        code = folder_security(&security.lpSecurityDescriptor);
    }
    if (code == FOLDER_OK && !CreateDirectoryW(wide, &security)) {
        code = GetLastError();
    }
    (void)LocalFree(security.lpSecurityDescriptor);
    mem_free(wide);
    return code;
}

static uint32_t
api_open(void *ctx, const char *path, void **out)
{
    wchar_t *wide = NULL;
    uint32_t code = wide_path(path, &wide);
    HANDLE handle;

    (void)ctx;
    if (code != FOLDER_OK) {
        return code;
    }
    handle = CreateFileW(wide, READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES,
                         SHARE_ALL, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    code = handle == INVALID_HANDLE_VALUE ? GetLastError() : FOLDER_OK;
    mem_free(wide);
    *out = code == FOLDER_OK ? handle : NULL;
    return code;
}

static void
put_sid(struct buf *out, PSID sid)
{
    if (sid != NULL && IsValidSid(sid)) {
        buf_put(out, sid, GetLengthSid(sid));
    }
}

/* Who this process is: in a console its user may own the folder. */
static uint32_t
put_user(struct buf *out)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info;
    HANDLE token;
    DWORD len = 0;
    uint32_t code = FOLDER_OK;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return GetLastError();
    }
    if (!GetTokenInformation(token, TokenUser, &info, sizeof(info), &len)) {
        code = GetLastError();
    } else {
        put_sid(out, info.user.User.Sid);
    }
    (void)CloseHandle(token);
    return code;
}

static uint32_t
put_security(HANDLE handle, struct folder_look *out)
{
    PSECURITY_DESCRIPTOR security = NULL;
    PSID owner = NULL;
    PACL dacl = NULL;
    DWORD code = GetSecurityInfo(handle, SE_FILE_OBJECT,
                                 OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                 NULL, &dacl, NULL, &security);

    if (code != ERROR_SUCCESS) {
        return code;
    }
    put_sid(&out->owner, owner);
    out->has_dacl = dacl != NULL; /* none: everybody may do everything */
    if (dacl != NULL) {
        buf_put(&out->dacl, dacl, dacl->AclSize);
    }
    (void)LocalFree(security);
    return FOLDER_OK;
}

static uint32_t
api_look(void *ctx, void *folder, struct folder_look *out)
{
    BY_HANDLE_FILE_INFORMATION info;
    uint32_t code;

    (void)ctx;
    if (!GetFileInformationByHandle(folder, &info)) {
        return GetLastError();
    }
    out->is_folder = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    out->is_link = (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    code = put_user(&out->user);
    return code == FOLDER_OK ? put_security(folder, out) : code;
}

static uint32_t
api_protect(void *ctx, void *folder)
{
    PSECURITY_DESCRIPTOR security = NULL;
    PSID owner = NULL;
    PACL dacl = NULL;
    BOOL present = FALSE;
    BOOL defaulted = FALSE;
    uint32_t code = folder_security(&security);

    (void)ctx;
    if (code != FOLDER_OK) {
        return code;
    }
    if (!GetSecurityDescriptorOwner(security, &owner, &defaulted) ||
        !GetSecurityDescriptorDacl(security, &present, &dacl, &defaulted)) {
        code = GetLastError();
    } else {
        code = SetSecurityInfo(folder, SE_FILE_OBJECT,
                               OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                   PROTECTED_DACL_SECURITY_INFORMATION,
                               owner, NULL, dacl, NULL);
    }
    (void)LocalFree(security);
    return code;
}

static void
api_close(void *ctx, void *folder)
{
    (void)ctx;
    (void)CloseHandle(folder);
}

/* A link is renamed itself. Nothing is replaced. */
static uint32_t
api_move(void *ctx, const char *from, const char *to)
{
    wchar_t *wide_from = NULL;
    wchar_t *wide_to = NULL;
    uint32_t code = wide_path(from, &wide_from);

    (void)ctx;
    if (code == FOLDER_OK) {
        code = wide_path(to, &wide_to);
    }
    if (code == FOLDER_OK && !MoveFileExW(wide_from, wide_to, 0)) {
        code = GetLastError();
    }
    mem_free(wide_from);
    mem_free(wide_to);
    return code;
}

static uint64_t
api_now_ft(void *ctx)
{
    (void)ctx;
    return clock_now_ft();
}

const struct folder_api *
folder_api_system(void)
{
    static const struct folder_api api = {
        .create = api_create,
        .open = api_open,
        .look = api_look,
        .protect = api_protect,
        .close = api_close,
        .move = api_move,
        .now_ft = api_now_ft,
    };

    return &api;
}
