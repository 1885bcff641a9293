/*
 * report_api - the calls that write to the Windows Event Log, as one table, so that nothing else
 * needs windows.h and tests can put a simulator in its place.
 *
 * Every call answers a Win32 error code, 0 when it succeeded; *out is untouched otherwise. Texts
 * are UTF-16 with a NUL.
 *
 * Sources: learn.microsoft.com/windows/win32/api/winbase/nf-winbase-registereventsourcew,
 * -reporteventw, -deregistereventsource; the calls behind them and the number of strings:
 * [MS-EVEN] 3.1.4.13 (ElfrReportEventW). No page lists every code: the service is reached by RPC.
 */
#pragma once

#include "core/err.h"

/* Codes that are told apart. */
enum report_code {
    REPORT_OK = 0,
    REPORT_ACCESS_DENIED = 5,
    REPORT_INVALID_HANDLE = 6,
    REPORT_NOT_ENOUGH_MEMORY = 8,
    REPORT_OUT_OF_MEMORY = 14,
    REPORT_INVALID_PARAMETER = 87,
    REPORT_DISK_FULL = 112,
    REPORT_SERVICE_NOT_ACTIVE = 1062,
    REPORT_SHUTDOWN_IN_PROGRESS = 1115,
    REPORT_NO_SYSTEM_RESOURCES = 1450,
    REPORT_FILE_CORRUPT = 1500,  /* ERROR_EVENTLOG_FILE_CORRUPT */
    REPORT_LOG_FILE_FULL = 1502, /* ERROR_LOG_FILE_FULL */
    REPORT_RPC_INVALID_BINDING = 1702,
    REPORT_RPC_UNKNOWN_IF = 1717,
    REPORT_RPC_SERVER_UNAVAILABLE = 1722,
    REPORT_RPC_SERVER_TOO_BUSY = 1723,
    REPORT_RPC_CALL_FAILED = 1726,
    REPORT_RPC_CALL_FAILED_DNE = 1727,
    REPORT_RPC_INVALID_BOUND = 1734, /* too large */
    REPORT_EPT_NOT_REGISTERED = 1753,
    REPORT_RPC_BAD_STUB_DATA = 1783, /* too large, on old systems */
    REPORT_RPC_CALL_CANCELLED = 1818,
};

/* wType */
#define REPORT_TYPE_ERROR 1u
#define REPORT_TYPE_WARNING 2u
#define REPORT_TYPE_INFORMATION 4u

/* A string has at most 31,839 units without its NUL (nf-winbase-reporteventw), an event 256
 * strings ([MS-EVEN] 3.1.4.13). */
#define REPORT_STRING_MAX 31839u
#define REPORT_STRINGS_MAX 256u

struct report_event {
    uint16_t type;
    uint16_t category;
    uint32_t id;    /* as in the message file */
    uint16_t count; /* of strings */
    const uint16_t *const *strings;
};

/* ctx is handed to every call. One handle is used by one thread at a time. */
struct report_api {
    void *ctx;
    /* A source that is not registered gets the log Application, and no error. */
    uint32_t (*open)(void *ctx, const uint16_t *source, void **out);
    uint32_t (*report)(void *ctx, void *handle, const struct report_event *event);
    uint32_t (*close)(void *ctx, void *handle);
};

/* The system's own; NULL where there is none. */
const struct report_api *report_api_system(void);
