/* privileges - those of this process's token. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "service/privileges.h"

_Static_assert(PRIVILEGE_NOT_ALL_ASSIGNED == ERROR_NOT_ALL_ASSIGNED, "code");
_Static_assert(sizeof(LUID) == sizeof(uint64_t), "a LUID is 64 bits");

/* TOKEN_PRIVILEGES ends in an array of its own length. */
struct token_privileges {
    DWORD count;
    LUID_AND_ATTRIBUTES item[PRIVILEGES_MAX];
};
_Static_assert(offsetof(struct token_privileges, item) == offsetof(TOKEN_PRIVILEGES, Privileges),
               "the same layout");

/* Names are ASCII: SE_DEBUG_NAME and the like. */
static uint32_t
put_name(const LUID *luid, char out[PRIVILEGE_NAME_MAX])
{
    WCHAR wide[PRIVILEGE_NAME_MAX];
    LUID copy = *luid;
    DWORD len = PRIVILEGE_NAME_MAX;

    if (!LookupPrivilegeNameW(NULL, &copy, wide, &len)) {
        return GetLastError();
    }
    for (DWORD i = 0; i < len; i++) {
        out[i] = wide[i] < 0x80 ? (char)wide[i] : '?';
    }
    out[len] = '\0';
    return 0;
}

static uint32_t
api_list(void *ctx, struct privilege out[PRIVILEGES_MAX], size_t *count)
{
    struct token_privileges held;
    HANDLE token;
    DWORD len = 0;
    uint32_t code = 0;

    (void)ctx;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return GetLastError();
    }
    if (!GetTokenInformation(token, TokenPrivileges, &held, sizeof(held), &len)) {
        code = GetLastError();
    }
    (void)CloseHandle(token);
    if (code != 0) {
        return code;
    }
    for (DWORD i = 0; code == 0 && i < held.count && i < PRIVILEGES_MAX; i++) {
        memcpy(&out[i].luid, &held.item[i].Luid, sizeof(out[i].luid));
        code = put_name(&held.item[i].Luid, out[i].name);
        *count = (size_t)i + 1;
    }
    *count = held.count == 0 ? 0 : *count;
    return code;
}

static uint32_t
api_remove(void *ctx, const struct privilege *p, size_t count)
{
    struct token_privileges state = {.count = (DWORD)count};
    HANDLE token;
    uint32_t code;

    (void)ctx;
    for (size_t i = 0; i < count; i++) {
        memcpy(&state.item[i].Luid, &p[i].luid, sizeof(p[i].luid));
        state.item[i].Attributes = SE_PRIVILEGE_REMOVED;
    }
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) {
        return GetLastError();
    }
    /* It succeeds with a code when some were not there. */
    SetLastError(ERROR_SUCCESS);
    (void)AdjustTokenPrivileges(token, FALSE, (PTOKEN_PRIVILEGES)&state, 0, NULL, NULL);
    code = GetLastError();
    (void)CloseHandle(token);
    return code;
}

const struct privilege_api *
privilege_api_system(void)
{
    static const struct privilege_api api = {.list = api_list, .remove = api_remove};

    return &api;
}
