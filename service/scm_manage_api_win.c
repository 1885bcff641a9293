/* scm_manage_api - the table over advapi32.dll. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "core/mem.h"
#include "platform/thread.h"
#include "service/scm_manage_api.h"

_Static_assert(MANAGE_SCM_CONNECT == SC_MANAGER_CONNECT &&
                   MANAGE_SCM_CREATE_SERVICE == SC_MANAGER_CREATE_SERVICE &&
                   MANAGE_CHANGE_CONFIG == SERVICE_CHANGE_CONFIG &&
                   MANAGE_QUERY_STATUS == SERVICE_QUERY_STATUS && MANAGE_START == SERVICE_START &&
                   MANAGE_STOP == SERVICE_STOP && MANAGE_PAUSE_CONTINUE == SERVICE_PAUSE_CONTINUE &&
                   MANAGE_USER_DEFINED_CONTROL == SERVICE_USER_DEFINED_CONTROL &&
                   MANAGE_DELETE == DELETE,
               "rights");
_Static_assert((int)MANAGE_DESCRIPTION == SERVICE_CONFIG_DESCRIPTION &&
                   (int)MANAGE_FAILURE_ACTIONS == SERVICE_CONFIG_FAILURE_ACTIONS &&
                   (int)MANAGE_DELAYED_AUTO_START == SERVICE_CONFIG_DELAYED_AUTO_START_INFO &&
                   (int)MANAGE_FAILURE_ACTIONS_FLAG == SERVICE_CONFIG_FAILURE_ACTIONS_FLAG &&
                   (int)MANAGE_SERVICE_SID == SERVICE_CONFIG_SERVICE_SID_INFO &&
                   (int)MANAGE_REQUIRED_PRIVILEGES == SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO &&
                   (int)MANAGE_PRESHUTDOWN == SERVICE_CONFIG_PRESHUTDOWN_INFO,
               "levels");
_Static_assert(MANAGE_SERVICE_DOES_NOT_EXIST == ERROR_SERVICE_DOES_NOT_EXIST &&
                   MANAGE_SERVICE_EXISTS == ERROR_SERVICE_EXISTS &&
                   MANAGE_SERVICE_MARKED_FOR_DELETE == ERROR_SERVICE_MARKED_FOR_DELETE &&
                   MANAGE_SERVICE_NOT_ACTIVE == ERROR_SERVICE_NOT_ACTIVE &&
                   MANAGE_SERVICE_ALREADY_RUNNING == ERROR_SERVICE_ALREADY_RUNNING &&
                   MANAGE_INVALID_LEVEL == ERROR_INVALID_LEVEL,
               "codes");

#define PATH_UNITS_MAX 32768u

static uint32_t
code_of(enum err err)
{
    return err == ERR_OK ? MANAGE_OK : MANAGE_NOT_ENOUGH_MEMORY;
}

static uint32_t
took(SC_HANDLE handle, void **out)
{
    if (handle == NULL) {
        return GetLastError();
    }
    *out = handle;
    return MANAGE_OK;
}

static uint32_t
api_open_manager(void *ctx, uint32_t access, void **out)
{
    (void)ctx;
    return took(OpenSCManagerW(NULL, NULL, access), out);
}

static uint32_t
api_open_service(void *ctx, void *manager, const char *name, uint32_t access, void **out)
{
    wchar_t *wide = NULL;
    uint32_t code = code_of(os_wide(name, &wide));

    (void)ctx;
    if (code == MANAGE_OK) {
        code = took(OpenServiceW(manager, wide, access), out);
    }
    mem_free(wide);
    return code;
}

/* -- the configuration ------------------------------------------------------------------------- */

struct wide_config {
    wchar_t *display_name, *command_line;
    wchar_t *depends_on; /* two NULs at its end */
};

/* Names one behind the other, each with its NUL, and one more. */
MUST_CHECK static enum err
wide_list(const char *const *names, size_t count, wchar_t **out)
{
    wchar_t *list;
    size_t units = 1;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        units += strlen(names[i]) + 1;
    }
    list = mem_array(units, sizeof(*list));
    if (list == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) { /* ASCII */
        for (size_t k = 0; names[i][k] != '\0'; k++) {
            list[at++] = (unsigned char)names[i][k];
        }
        at++;
    }
    *out = list;
    return ERR_OK;
}

static void
wide_config_fini(struct wide_config *w)
{
    mem_free(w->display_name);
    mem_free(w->command_line);
    mem_free(w->depends_on);
}

MUST_CHECK static enum err
wide_config_init(struct wide_config *w, const struct manage_config *config)
{
    enum err err;

    *w = (struct wide_config){NULL, NULL, NULL};
    err = os_wide(config->display_name, &w->display_name);
    if (!err) {
        err = os_wide(config->command_line, &w->command_line);
    }
    if (!err) {
        err = wide_list(&config->depends_on, 1, &w->depends_on);
    }
    if (err) {
        wide_config_fini(w);
    }
    return err;
}

static uint32_t
api_create(void *ctx, void *manager, const char *name, const struct manage_config *config,
           void **out)
{
    struct wide_config w;
    wchar_t *wide = NULL;
    uint32_t code = code_of(wide_config_init(&w, config));

    (void)ctx;
    if (code != MANAGE_OK) {
        return code;
    }
    code = code_of(os_wide(name, &wide));
    if (code == MANAGE_OK) { /* no account: LocalSystem */
        code =
            took(CreateServiceW(manager, wide, w.display_name, SERVICE_ALL_ACCESS,
                                SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                w.command_line, NULL, NULL, w.depends_on, NULL, NULL),
                 out);
    }
    mem_free(wide);
    wide_config_fini(&w);
    return code;
}

static uint32_t
api_change(void *ctx, void *service, const struct manage_config *config)
{
    struct wide_config w;
    uint32_t code = code_of(wide_config_init(&w, config));

    (void)ctx;
    if (code != MANAGE_OK) {
        return code;
    }
    /* For this call no account means "unchanged". */
    if (!ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                              SERVICE_ERROR_NORMAL, w.command_line, NULL, NULL, w.depends_on,
                              L"LocalSystem", L"", w.display_name)) {
        code = GetLastError();
    }
    wide_config_fini(&w);
    return code;
}

static uint32_t
change2(SC_HANDLE service, enum manage_level level, void *info)
{
    return ChangeServiceConfig2W(service, level, info) ? MANAGE_OK : GetLastError();
}

static uint32_t
change_description(SC_HANDLE service, const struct manage_extra *extra)
{
    SERVICE_DESCRIPTIONW info = {NULL};
    wchar_t *wide = NULL;
    uint32_t code = code_of(os_wide(extra->text, &wide));

    info.lpDescription = wide;
    if (code == MANAGE_OK) {
        code = change2(service, extra->level, &info);
    }
    mem_free(wide);
    return code;
}

static uint32_t
change_failure_actions(SC_HANDLE service, const struct manage_extra *extra)
{
    SC_ACTION actions[MANAGE_ACTIONS_MAX];
    SERVICE_FAILURE_ACTIONSW info = {
        .dwResetPeriod = extra->number, .cActions = (DWORD)extra->count, .lpsaActions = actions};

    if (extra->count > COUNT(actions)) {
        return MANAGE_INVALID_PARAMETER;
    }
    for (size_t i = 0; i < extra->count; i++) {
        actions[i] = (SC_ACTION){SC_ACTION_RESTART, extra->restart_after_ms[i]};
    }
    return change2(service, extra->level, &info);
}

static uint32_t
change_privileges(SC_HANDLE service, const struct manage_extra *extra)
{
    SERVICE_REQUIRED_PRIVILEGES_INFOW info = {NULL};
    wchar_t *wide = NULL;
    uint32_t code = code_of(wide_list(extra->names, extra->count, &wide));

    info.pmszRequiredPrivileges = wide;
    if (code == MANAGE_OK) {
        code = change2(service, extra->level, &info);
    }
    mem_free(wide);
    return code;
}

/* SERVICE_DELAYED_AUTO_START_INFO, SERVICE_FAILURE_ACTIONS_FLAG, SERVICE_SID_INFO and
 * SERVICE_PRESHUTDOWN_INFO are one 32-bit number each. */
_Static_assert(sizeof(SERVICE_DELAYED_AUTO_START_INFO) == sizeof(uint32_t) &&
                   sizeof(SERVICE_FAILURE_ACTIONS_FLAG) == sizeof(uint32_t) &&
                   sizeof(SERVICE_SID_INFO) == sizeof(uint32_t) &&
                   sizeof(SERVICE_PRESHUTDOWN_INFO) == sizeof(uint32_t),
               "one number");

static uint32_t
api_change_extra(void *ctx, void *service, const struct manage_extra *extra)
{
    uint32_t number = extra->number;

    (void)ctx;
    switch (extra->level) {
    case MANAGE_DESCRIPTION:
        return change_description(service, extra);
    case MANAGE_FAILURE_ACTIONS:
        return change_failure_actions(service, extra);
    case MANAGE_REQUIRED_PRIVILEGES:
        return change_privileges(service, extra);
    case MANAGE_DELAYED_AUTO_START:
    case MANAGE_FAILURE_ACTIONS_FLAG:
    case MANAGE_SERVICE_SID:
    case MANAGE_PRESHUTDOWN:
        break;
    }
    return change2(service, extra->level, &number);
}

/* -- control ----------------------------------------------------------------------------------- */

static uint32_t
api_remove(void *ctx, void *service)
{
    (void)ctx;
    return DeleteService(service) ? MANAGE_OK : GetLastError();
}

static uint32_t
api_start(void *ctx, void *service)
{
    (void)ctx;
    return StartServiceW(service, 0, NULL) ? MANAGE_OK : GetLastError();
}

static uint32_t
api_control(void *ctx, void *service, uint32_t control)
{
    SERVICE_STATUS status;

    (void)ctx;
    return ControlService(service, control, &status) ? MANAGE_OK : GetLastError();
}

static uint32_t
api_query(void *ctx, void *service, struct scm_status *out)
{
    SERVICE_STATUS_PROCESS s = {0};
    DWORD needed = 0;

    (void)ctx;
    if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (LPBYTE)&s, sizeof(s), &needed)) {
        return GetLastError();
    }
    *out = (struct scm_status){.state = s.dwCurrentState,
                               .accepted = s.dwControlsAccepted,
                               .exit_code = s.dwWin32ExitCode,
                               .specific_code = s.dwServiceSpecificExitCode,
                               .checkpoint = s.dwCheckPoint,
                               .wait_hint_ms = s.dwWaitHint};
    return MANAGE_OK;
}

static void
api_close(void *ctx, void *handle)
{
    (void)ctx;
    (void)CloseServiceHandle(handle);
}

/* -- this machine ------------------------------------------------------------------------------ */

static uint32_t
api_own_path(void *ctx, struct buf *out)
{
    wchar_t *path = mem_array(PATH_UNITS_MAX, sizeof(*path));
    uint32_t code = MANAGE_OK;
    DWORD len;

    (void)ctx;
    if (path == NULL) {
        return MANAGE_NOT_ENOUGH_MEMORY;
    }
    len = GetModuleFileNameW(NULL, path, PATH_UNITS_MAX);
    if (len == 0 || len >= PATH_UNITS_MAX) { /* cut: the result fills the buffer */
        code = len == 0 ? GetLastError() : ERROR_INSUFFICIENT_BUFFER;
    } else {
        os_put_wide(out, path, len);
        code = code_of(buf_err(out));
    }
    mem_free(path);
    return code;
}

static uint32_t
put_full_path(const wchar_t *wide, struct buf *out)
{
    wchar_t *path = mem_array(PATH_UNITS_MAX, sizeof(*path));
    uint32_t code = MANAGE_OK;
    DWORD len;

    if (path == NULL) {
        return MANAGE_NOT_ENOUGH_MEMORY;
    }
    len = GetFullPathNameW(wide, PATH_UNITS_MAX, path, NULL);
    if (len == 0 || len >= PATH_UNITS_MAX) {
        code = len == 0 ? GetLastError() : ERROR_INSUFFICIENT_BUFFER;
    } else {
        os_put_wide(out, path, len);
        code = code_of(buf_err(out));
    }
    mem_free(path);
    return code;
}

static uint32_t
api_full_path(void *ctx, const char *path, struct buf *out)
{
    wchar_t *wide = NULL;
    uint32_t code = code_of(os_wide(path, &wide));

    (void)ctx;
    if (code == MANAGE_OK) {
        code = put_full_path(wide, out);
    }
    mem_free(wide);
    return code;
}

static uint64_t
api_now_ns(void *ctx)
{
    (void)ctx;
    return clock_mono_ns();
}

static void
api_sleep_ms(void *ctx, uint32_t ms)
{
    (void)ctx;
    thread_sleep_ms(ms);
}

const struct scm_manage_api *
scm_manage_api_system(void)
{
    static const struct scm_manage_api api = {
        .open_manager = api_open_manager,
        .open_service = api_open_service,
        .create = api_create,
        .change = api_change,
        .change_extra = api_change_extra,
        .remove = api_remove,
        .start = api_start,
        .control = api_control,
        .query = api_query,
        .close = api_close,
        .own_path = api_own_path,
        .full_path = api_full_path,
        .now_ns = api_now_ns,
        .sleep_ms = api_sleep_ms,
    };

    return &api;
}
