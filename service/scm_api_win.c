/* scm_api - the table over advapi32.dll. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "service/scm_api.h"

_Static_assert(SCM_STOPPED == SERVICE_STOPPED && SCM_START_PENDING == SERVICE_START_PENDING &&
                   SCM_STOP_PENDING == SERVICE_STOP_PENDING && SCM_RUNNING == SERVICE_RUNNING,
               "states");
_Static_assert(SCM_CONTROL_STOP == SERVICE_CONTROL_STOP &&
                   SCM_CONTROL_INTERROGATE == SERVICE_CONTROL_INTERROGATE &&
                   SCM_CONTROL_SHUTDOWN == SERVICE_CONTROL_SHUTDOWN &&
                   SCM_CONTROL_PARAMCHANGE == SERVICE_CONTROL_PARAMCHANGE &&
                   SCM_CONTROL_POWEREVENT == SERVICE_CONTROL_POWEREVENT &&
                   SCM_CONTROL_PRESHUTDOWN == SERVICE_CONTROL_PRESHUTDOWN,
               "controls");
_Static_assert(SCM_ACCEPT_STOP == SERVICE_ACCEPT_STOP &&
                   SCM_ACCEPT_SHUTDOWN == SERVICE_ACCEPT_SHUTDOWN &&
                   SCM_ACCEPT_PARAMCHANGE == SERVICE_ACCEPT_PARAMCHANGE &&
                   SCM_ACCEPT_POWEREVENT == SERVICE_ACCEPT_POWEREVENT &&
                   SCM_ACCEPT_PRESHUTDOWN == SERVICE_ACCEPT_PRESHUTDOWN,
               "accepted controls");
_Static_assert(SCM_POWER_SUSPEND == PBT_APMSUSPEND &&
                   SCM_POWER_RESUME_CRITICAL == PBT_APMRESUMECRITICAL &&
                   SCM_POWER_RESUME_SUSPEND == PBT_APMRESUMESUSPEND &&
                   SCM_POWER_RESUME_AUTOMATIC == PBT_APMRESUMEAUTOMATIC,
               "power events");
_Static_assert(SCM_CALL_NOT_IMPLEMENTED == ERROR_CALL_NOT_IMPLEMENTED &&
                   SCM_SERVICE_CANNOT_ACCEPT_CTRL == ERROR_SERVICE_CANNOT_ACCEPT_CTRL &&
                   SCM_FAILED_SERVICE_CONTROLLER_CONNECT ==
                       ERROR_FAILED_SERVICE_CONTROLLER_CONNECT &&
                   SCM_SERVICE_SPECIFIC_ERROR == ERROR_SERVICE_SPECIFIC_ERROR,
               "codes");

/* ServiceMain gets no context of its own, and there is one service in the process. */
static struct {
    void (*fn)(void *arg);
    void *arg;
} service_main_of;

static struct {
    scm_handler_fn fn;
    void *arg;
} handler_of;

static WCHAR service_name[] = L"" SERVICE_NAME; /* the table wants it writable */

static void WINAPI
service_main(DWORD argc, LPWSTR *argv)
{
    (void)argc; /* arguments of `sc start`: the command line in the registry has all there are */
    (void)argv;
    service_main_of.fn(service_main_of.arg);
}

static DWORD WINAPI
handler(DWORD control, DWORD event, LPVOID data, LPVOID ctx)
{
    (void)data;
    (void)ctx;
    return handler_of.fn(handler_of.arg, control, event);
}

static uint32_t
api_start_dispatcher(void *ctx, void (*fn)(void *arg), void *arg)
{
    const SERVICE_TABLE_ENTRYW table[] = {{service_name, service_main}, {NULL, NULL}};

    (void)ctx;
    service_main_of.fn = fn;
    service_main_of.arg = arg;
    return StartServiceCtrlDispatcherW(table) ? SCM_OK : GetLastError();
}

static uint32_t
api_register_handler(void *ctx, scm_handler_fn fn, void *arg, void **out)
{
    SERVICE_STATUS_HANDLE handle;

    (void)ctx;
    handler_of.fn = fn;
    handler_of.arg = arg;
    handle = RegisterServiceCtrlHandlerExW(service_name, handler, NULL);
    if (handle == NULL) {
        return GetLastError();
    }
    *out = handle;
    return SCM_OK;
}

static uint32_t
api_set_status(void *ctx, void *handle, const struct scm_status *status)
{
    SERVICE_STATUS s = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = status->state,
        .dwControlsAccepted = status->accepted,
        .dwWin32ExitCode = status->exit_code,
        .dwServiceSpecificExitCode = status->specific_code,
        .dwCheckPoint = status->checkpoint,
        .dwWaitHint = status->wait_hint_ms,
    };

    (void)ctx;
    return SetServiceStatus(handle, &s) ? SCM_OK : GetLastError();
}

/* Not ExitProcess(): it waits for locks that a thread it has just ended may have held. */
static void
api_end_process(void *ctx, uint32_t code)
{
    (void)ctx;
    (void)TerminateProcess(GetCurrentProcess(), code);
}

const struct scm_api *
scm_api_system(void)
{
    static const struct scm_api api = {
        .start_dispatcher = api_start_dispatcher,
        .register_handler = api_register_handler,
        .set_status = api_set_status,
        .end_process = api_end_process,
    };

    return &api;
}
