/*
 * audit_policy - the table over advapi32.dll.
 *
 * Wine 8 exports AuditQuerySystemPolicy, which gives FALSE and leaves the last error as it was, and
 * no AuditFree: without both functions there is no policy to be had.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <ntsecapi.h>

#include "posture/audit_policy.h"

#include <string.h>

_Static_assert(sizeof(GUID) == sizeof(struct audit_guid), "the same layout");
_Static_assert(POLICY_AUDIT_EVENT_SUCCESS == AUDIT_EVENT_SUCCESS &&
                   POLICY_AUDIT_EVENT_FAILURE == AUDIT_EVENT_FAILURE &&
                   POLICY_AUDIT_EVENT_NONE == AUDIT_EVENT_NONE,
               "the same bits");

static struct {
    BOOLEAN(WINAPI *query)(const GUID *, ULONG, PAUDIT_POLICY_INFORMATION *);
    VOID(WINAPI *release)(PVOID);
} dll;

/* What a failed call says; never "success". */
static uint32_t
last_error(void)
{
    DWORD code = GetLastError();

    return code == ERROR_SUCCESS ? AUDIT_NOT_IMPLEMENTED : code;
}

static uint32_t
adjust(HANDLE token, bool on, bool *was_on)
{
    TOKEN_PRIVILEGES now = {.PrivilegeCount = 1};
    TOKEN_PRIVILEGES before = {.PrivilegeCount = 0};
    DWORD len = 0;
    DWORD code;

    if (!LookupPrivilegeValueW(NULL, L"SeSecurityPrivilege", &now.Privileges[0].Luid)) {
        return last_error();
    }
    now.Privileges[0].Attributes = on ? SE_PRIVILEGE_ENABLED : 0;
    SetLastError(ERROR_SUCCESS);
    if (!AdjustTokenPrivileges(token, FALSE, &now, sizeof(before), &before, &len)) {
        return last_error();
    }
    code = GetLastError(); /* it succeeds, too, when it assigned nothing */
    if (code == ERROR_SUCCESS) {
        /* Only what was changed is told. */
        *was_on = before.PrivilegeCount == 0
                      ? on
                      : (before.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED) != 0;
    }
    return code;
}

static uint32_t
api_privilege(void *ctx, bool on, bool *was_on)
{
    HANDLE token = NULL;
    uint32_t code;

    (void)ctx;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)) {
        return last_error();
    }
    code = adjust(token, on, was_on);
    CloseHandle(token);
    return code;
}

/* Rows in the order of the question. */
static uint32_t
take_answer(const AUDIT_POLICY_INFORMATION *rows, const struct audit_guid *guids, uint32_t count,
            uint32_t *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (memcmp(&rows[i].AuditSubCategoryGuid, &guids[i], sizeof(guids[i])) != 0) {
            return AUDIT_INVALID_DATA;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        out[i] = rows[i].AuditingInformation;
    }
    return AUDIT_OK;
}

static uint32_t
api_query(void *ctx, const struct audit_guid *guids, uint32_t count, uint32_t *out)
{
    PAUDIT_POLICY_INFORMATION rows = NULL;
    uint32_t code;

    (void)ctx;
    SetLastError(ERROR_SUCCESS);
    if (!dll.query((const GUID *)(const void *)guids, count, &rows)) {
        return last_error();
    }
    if (rows == NULL) {
        return AUDIT_INVALID_DATA;
    }
    code = take_answer(rows, guids, count, out);
    dll.release(rows);
    return code;
}

static bool
load(HMODULE module, const char *name, void *out)
{
    FARPROC p = GetProcAddress(module, name);

    memcpy(out, &p, sizeof(p));
    return p != NULL;
}

static BOOL CALLBACK
find_system(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    bool *found = parameter;
    HMODULE m = LoadLibraryExW(L"advapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    (void)once;
    (void)context;
    *found = m != NULL && load(m, "AuditQuerySystemPolicy", &dll.query) &&
             load(m, "AuditFree", &dll.release);
    return TRUE;
}

const struct audit_policy_api *
audit_policy_api_system(void)
{
    static const struct audit_policy_api api = {.privilege = api_privilege, .query = api_query};
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static bool found;

    if (!InitOnceExecuteOnce(&once, find_system, &found, NULL)) {
        return NULL;
    }
    return found ? &api : NULL;
}
