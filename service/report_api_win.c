/* report_api - the table over advapi32.dll. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "service/report_api.h"

#include <string.h>

_Static_assert(sizeof(wchar_t) == sizeof(uint16_t), "texts are the same units");
_Static_assert(EVENTLOG_ERROR_TYPE == REPORT_TYPE_ERROR &&
                   EVENTLOG_WARNING_TYPE == REPORT_TYPE_WARNING &&
                   EVENTLOG_INFORMATION_TYPE == REPORT_TYPE_INFORMATION,
               "types");
_Static_assert(ERROR_LOG_FILE_FULL == (int)REPORT_LOG_FILE_FULL &&
                   ERROR_EVENTLOG_FILE_CORRUPT == (int)REPORT_FILE_CORRUPT &&
                   RPC_S_INVALID_BOUND == (int)REPORT_RPC_INVALID_BOUND &&
                   RPC_X_BAD_STUB_DATA == (int)REPORT_RPC_BAD_STUB_DATA &&
                   RPC_S_SERVER_UNAVAILABLE == (int)REPORT_RPC_SERVER_UNAVAILABLE,
               "codes");

/* What a failed call says; never "success". */
static uint32_t
last_error(void)
{
    DWORD code = GetLastError();

    return code == ERROR_SUCCESS ? (uint32_t)REPORT_INVALID_PARAMETER : code;
}

static uint32_t
api_open(void *ctx, const uint16_t *source, void **out)
{
    HANDLE h = RegisterEventSourceW(NULL, (LPCWSTR)(const void *)source);

    (void)ctx;
    if (h == NULL) {
        return last_error();
    }
    *out = h;
    return REPORT_OK;
}

static uint32_t
api_report(void *ctx, void *handle, const struct report_event *event)
{
    LPCWSTR *strings;

    (void)ctx;
    memcpy(&strings, &event->strings, sizeof(strings)); /* the library only reads it */
    if (!ReportEventW(handle, event->type, event->category, event->id, NULL, event->count, 0,
                      strings, NULL)) {
        return last_error();
    }
    return REPORT_OK;
}

static uint32_t
api_close(void *ctx, void *handle)
{
    (void)ctx;
    return DeregisterEventSource(handle) ? (uint32_t)REPORT_OK : last_error();
}

const struct report_api *
report_api_system(void)
{
    static const struct report_api api = {
        .open = api_open, .report = api_report, .close = api_close};

    return &api;
}
