/*
 * etw_api - the calls of Event Tracing for Windows that live sessions make, as one table, so that
 * nothing else needs windows.h and tests can put a simulator in its place.
 *
 * Every call answers a Win32 error code, 0 when it succeeded; outputs are untouched otherwise.
 * Texts are UTF-16 with a NUL. Records and what they point at live until the callback returns.
 *
 * Sources, by call: learn.microsoft.com/windows/win32/api/evntrace/nf-evntrace-*,
 * .../evntprov/nf-evntprov-*; structures: .../ns-evntrace-event_trace_properties,
 * -event_trace_logfilew, -enable_trace_parameters, ns-evntcons-event_record.
 */
#pragma once

#include "core/err.h"
#include "etw/record.h"

/* Codes that are told apart. */
enum etw_code {
    ETW_OK = 0,
    ETW_ACCESS_DENIED = 5,
    ETW_INVALID_HANDLE = 6,
    ETW_NOT_ENOUGH_MEMORY = 8,
    ETW_BAD_LENGTH = 24,
    ETW_INVALID_PARAMETER = 87,
    ETW_DISK_FULL = 112,
    ETW_NOT_IMPLEMENTED = 120, /* there is no ETW here */
    ETW_ALREADY_EXISTS = 183,  /* a session of that name or GUID */
    ETW_MORE_DATA = 234,
    ETW_NOT_FOUND = 1168,
    ETW_CANCELLED = 1223,           /* the buffer callback said so */
    ETW_NO_SYSTEM_RESOURCES = 1450, /* 64 sessions, 8 system loggers, or 8 sessions of a provider */
    ETW_INSTANCE_NOT_FOUND = 4201,  /* no session of that name */
    ETW_CTX_CLOSE_PENDING = 7007    /* CloseTrace while ProcessTrace still runs: fine */
};

/* LogFileMode */
#define ETW_MODE_REAL_TIME 0x00000100u
#define ETW_MODE_SYSTEM_LOGGER 0x02000000u
#define ETW_MODE_INDEPENDENT 0x08000000u /* a session that fails does not hold up the others */
/* EnableFlags of a system logger */
#define ETW_KERNEL_PROCESS 0x00000001u
#define ETW_KERNEL_NO_SYSCONFIG 0x10000000u

#define ETW_SESSION_NAME_MAX 64u

/* What StartTrace is given; EVENT_TRACE_PROPERTIES without its offsets. */
struct etw_start {
    const uint16_t *name;
    struct etw_guid guid;
    uint32_t buffer_kb;
    uint32_t buffers_min, buffers_max;
    uint32_t flush_s;
    uint32_t mode;
    uint32_t kernel_flags; /* ETW_MODE_SYSTEM_LOGGER only */
};

/* What ControlTrace tells of a session that runs (QUERY), and of one at its end (STOP). */
struct etw_properties {
    uint64_t handle; /* Wnode.HistoricalContext */
    struct etw_guid guid;
    uint32_t buffer_kb;
    uint32_t buffers_min, buffers_max;
    uint32_t flush_s;
    uint32_t mode;
    uint32_t kernel_flags;
    uint32_t buffers, buffers_free;
    /* Since the session was started; they may wrap. */
    uint32_t events_lost, log_buffers_lost, real_time_buffers_lost;
};

#define ETW_IDS_MAX 64u /* MAX_EVENT_FILTER_EVENT_ID_COUNT */

enum etw_control { ETW_DISABLE, ETW_ENABLE, ETW_CAPTURE_STATE };
#define ETW_ENABLE_PROCESS_START_KEY 0x80u

/* EnableTraceEx2. Each call replaces what an earlier one asked for. */
struct etw_enable {
    struct etw_guid provider;
    enum etw_control control;
    uint8_t level;
    uint64_t any_keyword, all_keyword;
    uint32_t properties; /* ETW_ENABLE_... */
    size_t id_count;     /* 0: no filter; else only these ids are delivered */
    uint16_t ids[ETW_IDS_MAX];
};

/* One provider that a session has enabled, as EnumerateTraceGuidsEx(TraceGuidQueryInfo) tells it.
 */
struct etw_enabled {
    uint8_t level;
    uint64_t any_keyword, all_keyword;
    uint32_t properties;
};

/* What a consumer is given, in the thread that processes. It copies and returns: nothing in it
 * waits, allocates without bound, or asks the system. */
struct etw_consumer {
    void *ctx;
    void (*record)(void *ctx, const struct etw_record *r);
};

/* ctx is handed to every call. Threads: any, but for process(), which is the consumer's own. */
struct etw_api {
    void *ctx;
    /* StartTraceW; *handle is 0 when it fails. */
    uint32_t (*start)(void *ctx, const struct etw_start *in, uint64_t *handle);
    /* ControlTraceW(QUERY, STOP, FLUSH) by name. STOP by handle instead of name when name is NULL.
     */
    uint32_t (*query)(void *ctx, const uint16_t *name, struct etw_properties *out);
    uint32_t (*stop)(void *ctx, uint64_t handle, const uint16_t *name, struct etw_properties *out);
    uint32_t (*flush)(void *ctx, uint64_t handle);
    uint32_t (*enable)(void *ctx, uint64_t handle, const struct etw_enable *in);
    /* Does the session have the provider enabled? ETW_NOT_FOUND: it does not, or nobody has. */
    uint32_t (*enabled)(void *ctx, uint64_t handle, const struct etw_guid *provider,
                        struct etw_enabled *out);
    /* OpenTraceW in real time with EVENT_RECORD callbacks. The consumer is borrowed until close. */
    uint32_t (*open)(void *ctx, const uint16_t *name, const struct etw_consumer *consumer,
                     uint64_t *trace);
    /* ProcessTrace without start and end time: blocks until the session stops or the trace is
     * closed. Calls the consumer from this thread. */
    uint32_t (*process)(void *ctx, uint64_t trace);
    uint32_t (*close)(void *ctx, uint64_t trace); /* CloseTrace; ETW_CTX_CLOSE_PENDING is fine */
    /* A provider of our own: EventRegister, EventWrite of one event with bytes, EventUnregister. */
    uint32_t (*provider_register)(void *ctx, const struct etw_guid *guid, uint64_t *provider);
    uint32_t (*provider_write)(void *ctx, uint64_t provider, uint16_t id, const void *bytes,
                               uint32_t len);
    uint32_t (*provider_unregister)(void *ctx, uint64_t provider);
};

/* The system's own. NULL where there is none: not Windows, or a Windows whose ETW is a stub (Wine),
 * found out by a harmless query. Threads: any; the first call does the work. */
const struct etw_api *etw_api_system(void);
