/*
 * evtlog_api - the calls of the Windows Event Log that live subscriptions make, as one table, so
 * that nothing else needs windows.h and tests can put a simulator in its place.
 *
 * Every call answers a Win32 error code, 0 when it succeeded; outputs are untouched otherwise.
 * Texts are UTF-16 with a NUL, lengths of buffers are bytes. A handle is closed with close(): an
 * event or a subscription too, and closing a parent closes its children (EvtClose). Handles of one
 * subscription are used by one thread at a time.
 *
 * Sources, by call: learn.microsoft.com/windows/win32/api/winevt/nf-winevt-evt*; errors:
 * win32/wes/windows-event-log-error-constants; limits of RPC: [MS-EVEN6] 6 (full IDL).
 */
#pragma once

#include "core/err.h"

/* Codes that are told apart. There is no code for a disabled channel: its configuration says it. */
enum evtlog_code {
    EVTLOG_OK = 0,
    EVTLOG_FILE_NOT_FOUND = 2,
    EVTLOG_ACCESS_DENIED = 5,
    EVTLOG_INVALID_HANDLE = 6,
    EVTLOG_NOT_ENOUGH_MEMORY = 8,
    EVTLOG_INVALID_DATA = 13,
    EVTLOG_INVALID_PARAMETER = 87,
    EVTLOG_NOT_IMPLEMENTED = 120, /* there is no Event Log here */
    EVTLOG_INSUFFICIENT_BUFFER = 122,
    EVTLOG_NO_MORE_ITEMS = 259,
    EVTLOG_SERVICE_NOT_ACTIVE = 1062,
    EVTLOG_SHUTDOWN_IN_PROGRESS = 1115,
    EVTLOG_NOT_FOUND = 1168, /* strict: the bookmarked event is not there */
    EVTLOG_TIMEOUT = 1460,
    EVTLOG_RPC_UNKNOWN_IF = 1717,
    EVTLOG_RPC_SERVER_UNAVAILABLE = 1722,
    EVTLOG_RPC_SERVER_TOO_BUSY = 1723,
    EVTLOG_RPC_CALL_FAILED = 1726,
    EVTLOG_RPC_CALL_FAILED_DNE = 1727,
    /* More than 2 MB in one batch. The position has moved all the same: open anew, ask for less
     * (no page says it; github.com/elastic/beats/issues/3076, osquery/osquery/pull/6660). */
    EVTLOG_RPC_INVALID_BOUND = 1734,
    EVTLOG_EPT_NOT_REGISTERED = 1753,
    EVTLOG_RPC_CALL_CANCELLED = 1818,
    /* Of EvtNext: nothing there yet (no page says it; mhammond/pywin32/issues/2377). */
    EVTLOG_INVALID_OPERATION = 4317,
    EVTLOG_INVALID_CHANNEL_PATH = 15000,
    EVTLOG_INVALID_QUERY = 15001,
    EVTLOG_INVALID_EVENT_DATA = 15005,
    EVTLOG_CHANNEL_NOT_FOUND = 15007,
    EVTLOG_MALFORMED_XML_TEXT = 15008,
    EVTLOG_SUBSCRIPTION_TO_DIRECT_CHANNEL = 15009,
    EVTLOG_CONFIGURATION_ERROR = 15010,
    EVTLOG_QUERY_RESULT_STALE = 15011, /* cleared or rolled over: release and ask again */
    EVTLOG_QUERY_RESULT_INVALID_POSITION = 15012,
    EVTLOG_CHANNEL_CANNOT_ACTIVATE = 15025,
    EVTLOG_FILTER_TOO_COMPLEX = 15026,
    EVTLOG_CANNOT_OPEN_CHANNEL_OF_QUERY = 15036,
};

/* EVT_SUBSCRIBE_FLAGS. Not strict, a bookmark whose event is gone starts behind the event next to
 * it: that one is lost. So it is asked for strictly or not at all. */
#define EVTLOG_START_AT_OLDEST 2u
#define EVTLOG_START_AFTER_BOOKMARK 3u
#define EVTLOG_STRICT 0x10000u

struct evtlog_subscribe {
    void *signal; /* made by signal_create(); set by the service when there is something to read */
    const uint16_t *channel; /* ignored with a structured query */
    const uint16_t *query;
    void *bookmark; /* or NULL */
    uint32_t flags;
};

/* EVT_RENDER_CONTEXT_FLAGS, EVT_RENDER_FLAGS */
#define EVTLOG_CONTEXT_VALUES 0u
#define EVTLOG_CONTEXT_SYSTEM 1u
#define EVTLOG_RENDER_VALUES 0u
#define EVTLOG_RENDER_XML 1u
#define EVTLOG_RENDER_BOOKMARK 2u

struct evtlog_render {
    void *context;  /* NULL unless values are rendered */
    void *fragment; /* event or bookmark */
    uint32_t flags;
    uint32_t buffer_len; /* bytes */
    void *buffer;
    /* Set by the call. used: bytes, or the bytes needed with EVTLOG_INSUFFICIENT_BUFFER. */
    uint32_t used;
    uint32_t count; /* variants; 0 for texts */
};

/* EVT_VARIANT as it lies in memory. What it points at lies in the buffer it was rendered into. */
struct evtlog_variant {
    union {
        uint64_t number;
        const void *data;
        uint8_t bytes[8];
    } value;
    uint32_t count; /* of array items; of bytes for binary */
    uint32_t type;  /* as enum evtx_type: EVT_VARIANT_TYPE has the same numbers */
};

/* EVT_SYSTEM_PROPERTY_ID: places in what EVTLOG_CONTEXT_SYSTEM renders. */
enum evtlog_system {
    EVTLOG_SYSTEM_PROVIDER = 0,
    EVTLOG_SYSTEM_EVENT_ID = 2,
    EVTLOG_SYSTEM_LEVEL = 4,
    EVTLOG_SYSTEM_TIME = 8,
    EVTLOG_SYSTEM_RECORD_ID = 9,
    EVTLOG_SYSTEM_PROCESS_ID = 12,
    EVTLOG_SYSTEM_CHANNEL = 14,
    EVTLOG_SYSTEM_COMPUTER = 15,
    EVTLOG_SYSTEM_USER_ID = 16,
    EVTLOG_SYSTEM_VERSION = 17,
    EVTLOG_SYSTEM_COUNT = 18,
};

#define EVTLOG_CONFIG_ENABLED 0u     /* EvtChannelConfigEnabled, a bool */
#define EVTLOG_INFO_RECORD_COUNT 5u  /* EvtLogNumberOfLogRecords */
#define EVTLOG_INFO_OLDEST_RECORD 6u /* EvtLogOldestRecordNumber */
#define EVTLOG_INFO_FULL 7u          /* EvtLogFull: nothing more can be written */

#define EVTLOG_WAIT_MAX 64u    /* MAXIMUM_WAIT_OBJECTS */
#define EVTLOG_BATCH_MAX 1024u /* MAX_RPC_RECORD_COUNT */

/* ctx is handed to every call. */
struct evtlog_api {
    void *ctx;
    uint32_t (*subscribe)(void *ctx, const struct evtlog_subscribe *in, void **out);
    /* Never waits: EVTLOG_NO_MORE_ITEMS or EVTLOG_TIMEOUT when nothing is there. A failed call
     * gives no events, whatever *count says. */
    uint32_t (*next)(void *ctx, void *subscription, void **events, uint32_t cap, uint32_t *count);
    uint32_t (*render)(void *ctx, struct evtlog_render *r);
    uint32_t (*create_context)(void *ctx, const uint16_t *const *paths, uint32_t count,
                               uint32_t flags, void **out);
    uint32_t (*create_bookmark)(void *ctx, const uint16_t *xml,
                                void **out); /* NULL: an empty one */
    uint32_t (*update_bookmark)(void *ctx, void *bookmark, void *event);
    uint32_t (*close)(void *ctx, void *handle);
    uint32_t (*open_config)(void *ctx, const uint16_t *channel, void **out);
    uint32_t (*get_config)(void *ctx, void *config, uint32_t property, uint64_t *out);
    uint32_t (*open_log)(void *ctx, const uint16_t *channel, void **out);
    uint32_t (*get_log_info)(void *ctx, void *log, uint32_t property, uint64_t *out);
    /* A manual-reset event object, not set. */
    uint32_t (*signal_create)(void *ctx, void **out);
    void (*signal_set)(void *ctx, void *signal);
    void (*signal_reset)(void *ctx, void *signal);
    /* True when one of them is set; false after so long. At most EVTLOG_WAIT_MAX; none: a sleep. */
    bool (*signal_wait)(void *ctx, void *const *signals, uint32_t count, uint32_t timeout_ms);
    void (*signal_close)(void *ctx, void *signal);
};

/* The system's own. NULL where there is none: not Windows, or a Windows whose Event Log is a stub
 * (Wine), found out without a call that would end the process. Threads: any; the first call does
 * the work. */
const struct evtlog_api *evtlog_api_system(void);
