/*
 * etw_api - the table over the calls of evntrace.h and evntprov.h.
 *
 * Wine 8 has the calls but no ETW: starting and enabling succeed and nothing ever comes, and
 * ControlTraceW knows every session. QueryTraceW, which is the same as ControlTraceW(QUERY) on
 * Windows, answers ERROR_CALL_NOT_IMPLEMENTED there; so that is asked, and nothing else is called
 * where it says so.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <evntprov.h>

#include <evntcons.h>
#include <evntrace.h>

#include "etw/etw_mingw.h"
#include "etw/live_record.h"

#include "core/mem.h"

#include <string.h>
#include <wchar.h>

#define NAME_MAX_UNITS 1024u /* "limited to 1,024 characters": of a session and of a file */
#define CLOCK_QPC 1u
#define OWN_LEVEL 4u /* TRACE_LEVEL_INFORMATION */
#define PROBE_NAME L"Kanari-Probe"

/* The answer about a provider: 32 bytes for each of eight sessions, in each process that has
 * registered it. It changes between two calls, so the size is asked for again. */
#define INFO_LEN_FIRST 4096u
#define INFO_LEN_MAX (4u * 1024 * 1024)
#define INFO_TRIES 4

#define SAME_AT(theirs, their, ours, our)                                                          \
    _Static_assert(offsetof(theirs, their) == offsetof(ours, our), #their)

_Static_assert(sizeof(EVENT_RECORD) == 112 && sizeof(struct etw_live_record) == 112,
               "EVENT_RECORD");
_Static_assert(sizeof(EVENT_TRACE_LOGFILEW) == 448, "EVENT_TRACE_LOGFILEW");
_Static_assert(sizeof(EVENT_TRACE_PROPERTIES) == 120, "EVENT_TRACE_PROPERTIES");
_Static_assert(sizeof(ENABLE_TRACE_PARAMETERS) == 48, "ENABLE_TRACE_PARAMETERS");
_Static_assert(sizeof(EVENT_HEADER_EXTENDED_DATA_ITEM) == sizeof(struct etw_live_item), "an item");
SAME_AT(EVENT_HEADER_EXTENDED_DATA_ITEM, ExtType, struct etw_live_item, type);
SAME_AT(EVENT_HEADER_EXTENDED_DATA_ITEM, DataSize, struct etw_live_item, len);
SAME_AT(EVENT_HEADER_EXTENDED_DATA_ITEM, DataPtr, struct etw_live_item, data);
SAME_AT(EVENT_RECORD, EventHeader.Flags, struct etw_live_record, flags);
SAME_AT(EVENT_RECORD, EventHeader.ThreadId, struct etw_live_record, tid);
SAME_AT(EVENT_RECORD, EventHeader.ProcessId, struct etw_live_record, pid);
SAME_AT(EVENT_RECORD, EventHeader.TimeStamp, struct etw_live_record, time_ft);
SAME_AT(EVENT_RECORD, EventHeader.ProviderId, struct etw_live_record, provider);
SAME_AT(EVENT_RECORD, EventHeader.EventDescriptor.Id, struct etw_live_record, id);
SAME_AT(EVENT_RECORD, EventHeader.EventDescriptor.Version, struct etw_live_record, version);
SAME_AT(EVENT_RECORD, EventHeader.EventDescriptor.Level, struct etw_live_record, level);
SAME_AT(EVENT_RECORD, EventHeader.EventDescriptor.Opcode, struct etw_live_record, opcode);
SAME_AT(EVENT_RECORD, EventHeader.EventDescriptor.Keyword, struct etw_live_record, keyword);
SAME_AT(EVENT_RECORD, BufferContext.LoggerId, struct etw_live_record, logger_id);
SAME_AT(EVENT_RECORD, ExtendedDataCount, struct etw_live_record, item_count);
SAME_AT(EVENT_RECORD, UserDataLength, struct etw_live_record, payload_len);
SAME_AT(EVENT_RECORD, ExtendedData, struct etw_live_record, items);
SAME_AT(EVENT_RECORD, UserData, struct etw_live_record, payload);
SAME_AT(EVENT_RECORD, UserContext, struct etw_live_record, context);
_Static_assert(sizeof(TRACE_GUID_INFO) == 8 && sizeof(TRACE_PROVIDER_INSTANCE_INFO) == 16 &&
                   sizeof(TRACE_ENABLE_INFO) == 32 && offsetof(TRACE_ENABLE_INFO, LoggerId) == 6 &&
                   offsetof(TRACE_ENABLE_INFO, EnableProperty) == 8 &&
                   offsetof(TRACE_ENABLE_INFO, MatchAnyKeyword) == 16,
               "what EnumerateTraceGuidsEx answers");
_Static_assert(EVENT_HEADER_EXT_TYPE_SID == ETW_EXT_SID &&
                   EVENT_HEADER_EXT_TYPE_TS_ID == ETW_EXT_SESSION &&
                   EVENT_HEADER_EXT_TYPE_PROCESS_START_KEY == ETW_EXT_START_KEY &&
                   EVENT_ENABLE_PROPERTY_PROCESS_START_KEY == ETW_ENABLE_PROCESS_START_KEY &&
                   MAX_EVENT_FILTER_EVENT_ID_COUNT == ETW_IDS_MAX,
               "numbers");
_Static_assert(EVENT_TRACE_REAL_TIME_MODE == ETW_MODE_REAL_TIME &&
                   EVENT_TRACE_SYSTEM_LOGGER_MODE == ETW_MODE_SYSTEM_LOGGER &&
                   EVENT_TRACE_INDEPENDENT_SESSION_MODE == ETW_MODE_INDEPENDENT &&
                   EVENT_TRACE_FLAG_PROCESS == ETW_KERNEL_PROCESS &&
                   EVENT_TRACE_FLAG_NO_SYSCONFIG == ETW_KERNEL_NO_SYSCONFIG,
               "modes and flags");
_Static_assert(ERROR_WMI_INSTANCE_NOT_FOUND == ETW_INSTANCE_NOT_FOUND &&
                   ERROR_NO_SYSTEM_RESOURCES == ETW_NO_SYSTEM_RESOURCES &&
                   ERROR_CTX_CLOSE_PENDING == ETW_CTX_CLOSE_PENDING &&
                   ERROR_CALL_NOT_IMPLEMENTED == ETW_NOT_IMPLEMENTED,
               "codes");
_Static_assert(sizeof(GUID) == sizeof(struct etw_guid), "GUIDs lie alike");
_Static_assert(sizeof(wchar_t) == sizeof(uint16_t), "texts are the same units");

static LPCWSTR
wide(const uint16_t *text)
{
    return (LPCWSTR)(const void *)text;
}

static GUID
guid_of(const struct etw_guid *guid)
{
    GUID out;

    memcpy(&out, guid, sizeof(out));
    return out;
}

/* -- sessions ---------------------------------------------------------------------------------- */

/* EVENT_TRACE_PROPERTIES with room for both names. */
struct properties {
    EVENT_TRACE_PROPERTIES p;
    WCHAR session[NAME_MAX_UNITS];
    WCHAR file[NAME_MAX_UNITS];
};

/* For ControlTrace: it writes both names. */
static void
properties_init(struct properties *out)
{
    memset(out, 0, sizeof(*out));
    out->p.Wnode.BufferSize = sizeof(*out);
    out->p.Wnode.Flags = WNODE_FLAG_TRACED_GUID;
    out->p.LoggerNameOffset = offsetof(struct properties, session);
    out->p.LogFileNameOffset = offsetof(struct properties, file);
}

static void
properties_read(const struct properties *in, struct etw_properties *out)
{
    *out = (struct etw_properties){
        .handle = in->p.Wnode.HistoricalContext,
        .buffer_kb = in->p.BufferSize,
        .buffers_min = in->p.MinimumBuffers,
        .buffers_max = in->p.MaximumBuffers,
        .flush_s = in->p.FlushTimer,
        .mode = in->p.LogFileMode,
        .kernel_flags = in->p.EnableFlags,
        .buffers = in->p.NumberOfBuffers,
        .buffers_free = in->p.FreeBuffers,
        .events_lost = in->p.EventsLost,
        .log_buffers_lost = in->p.LogBuffersLost,
        .real_time_buffers_lost = in->p.RealTimeBuffersLost,
    };
    memcpy(&out->guid, &in->p.Wnode.Guid, sizeof(out->guid));
}

/* StartTraceW copies the name itself. No file: its offset is 0. */
static uint32_t
api_start(void *ctx, const struct etw_start *in, uint64_t *handle)
{
    struct properties props;
    TRACEHANDLE h = 0;
    ULONG code;

    (void)ctx;
    if (wcsnlen(wide(in->name), NAME_MAX_UNITS) == NAME_MAX_UNITS) {
        return ERROR_BAD_LENGTH;
    }
    properties_init(&props);
    props.p.LogFileNameOffset = 0;
    props.p.Wnode.Guid = guid_of(&in->guid);
    props.p.Wnode.ClientContext = CLOCK_QPC;
    props.p.BufferSize = in->buffer_kb;
    props.p.MinimumBuffers = in->buffers_min;
    props.p.MaximumBuffers = in->buffers_max;
    props.p.FlushTimer = in->flush_s;
    props.p.LogFileMode = in->mode;
    props.p.EnableFlags = in->kernel_flags;
    code = StartTraceW(&h, wide(in->name), &props.p);
    *handle = code == ERROR_SUCCESS ? h : 0;
    return code;
}

static uint32_t
api_query(void *ctx, const uint16_t *name, struct etw_properties *out)
{
    struct properties props;
    ULONG code;

    (void)ctx;
    properties_init(&props);
    code = ControlTraceW(0, wide(name), &props.p, EVENT_TRACE_CONTROL_QUERY);
    if (code == ERROR_SUCCESS) {
        properties_read(&props, out);
    }
    return code;
}

static uint32_t
api_stop(void *ctx, uint64_t handle, const uint16_t *name, struct etw_properties *out)
{
    struct properties props;
    ULONG code;

    (void)ctx;
    properties_init(&props);
    code = ControlTraceW(handle, wide(name), &props.p, EVENT_TRACE_CONTROL_STOP);
    if (code == ERROR_SUCCESS && out != NULL) {
        properties_read(&props, out);
    }
    return code;
}

static uint32_t
api_flush(void *ctx, uint64_t handle)
{
    struct properties props;

    (void)ctx;
    properties_init(&props);
    return ControlTraceW(handle, NULL, &props.p, EVENT_TRACE_CONTROL_FLUSH);
}

/* -- providers that a session has enabled ------------------------------------------------------ */

static ULONG
control_code(enum etw_control control)
{
    switch (control) {
    case ETW_ENABLE:
        return EVENT_CONTROL_CODE_ENABLE_PROVIDER;
    case ETW_CAPTURE_STATE:
        return EVENT_CONTROL_CODE_CAPTURE_STATE;
    case ETW_DISABLE:
        break;
    }
    return EVENT_CONTROL_CODE_DISABLE_PROVIDER;
}

/* Timeout 0: not waited for, so that a provider that hangs does not hold us up. */
static uint32_t
api_enable(void *ctx, uint64_t handle, const struct etw_enable *in)
{
    struct etw_filter_ids ids = {.filter_in = 1};
    EVENT_FILTER_DESCRIPTOR filter = {.Type = EVENT_FILTER_TYPE_EVENT_ID};
    ENABLE_TRACE_PARAMETERS parameters = {.Version = ENABLE_TRACE_PARAMETERS_VERSION_2};
    GUID provider = guid_of(&in->provider);

    (void)ctx;
    if (in->id_count > ETW_IDS_MAX) {
        return ERROR_INVALID_PARAMETER;
    }
    parameters.EnableProperty = in->properties;
    if (in->id_count > 0) {
        ids.count = (uint16_t)in->id_count;
        memcpy(ids.ids, in->ids, in->id_count * sizeof(in->ids[0]));
        filter.Ptr = (ULONGLONG)(uintptr_t)&ids;
        filter.Size =
            (ULONG)(offsetof(struct etw_filter_ids, ids) + in->id_count * sizeof(ids.ids[0]));
        parameters.EnableFilterDesc = &filter;
        parameters.FilterDescCount = 1;
    }
    return EnableTraceEx2(handle, &provider, control_code(in->control), in->level, in->any_keyword,
                          in->all_keyword, 0, &parameters);
}

/* A session's logger id is the low 16 bits of its handle. */
static uint32_t
find_enabled(const uint8_t *data, size_t len, uint64_t handle, struct etw_enabled *out)
{
    return etw_guid_info_find(data, len, (uint16_t)handle, out) ? ETW_OK : ETW_NOT_FOUND;
}

static uint32_t
api_enabled(void *ctx, uint64_t handle, const struct etw_guid *provider, struct etw_enabled *out)
{
    GUID guid = guid_of(provider);
    ULONG cap = INFO_LEN_FIRST;
    ULONG code = ERROR_INSUFFICIENT_BUFFER;

    (void)ctx;
    for (int i = 0; i < INFO_TRIES && code == ERROR_INSUFFICIENT_BUFFER; i++) {
        ULONG used = 0;
        uint8_t *data = cap > INFO_LEN_MAX ? NULL : mem_alloc(cap);

        if (data == NULL) {
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        code = EnumerateTraceGuidsEx(TraceGuidQueryInfo, &guid, sizeof(guid), data, cap, &used);
        if (code == ERROR_SUCCESS) {
            code = find_enabled(data, used < cap ? used : cap, handle, out);
        }
        mem_free(data);
        cap = used > cap ? used : 2 * cap;
    }
    return code == ERROR_WMI_GUID_NOT_FOUND ? (uint32_t)ETW_NOT_FOUND : code;
}

/* -- consuming --------------------------------------------------------------------------------- */

static VOID WINAPI
on_record(PEVENT_RECORD record)
{
    const struct etw_consumer *consumer = record->UserContext;
    struct etw_live_record live;
    struct etw_record out;

    memcpy(&live, record, sizeof(live));
    etw_live_record_read(&live, &out);
    consumer->record(consumer->ctx, &out);
}

static uint32_t
api_open(void *ctx, const uint16_t *name, const struct etw_consumer *consumer, uint64_t *trace)
{
    EVENT_TRACE_LOGFILEW log;
    TRACEHANDLE h;
    DWORD code;

    (void)ctx;
    memset(&log, 0, sizeof(log));
    memcpy(&log.LoggerName, &name, sizeof(name)); /* only read */
    memcpy(&log.Context, &consumer, sizeof(consumer));
    log.ProcessTraceMode = PROCESS_TRACE_MODE_REAL_TIME | PROCESS_TRACE_MODE_EVENT_RECORD;
    log.EventRecordCallback = on_record;
    h = OpenTraceW(&log);
    code = GetLastError();
    if (h == INVALID_PROCESSTRACE_HANDLE) {
        return code == ERROR_SUCCESS ? ERROR_CALL_NOT_IMPLEMENTED : code;
    }
    *trace = h;
    return ERROR_SUCCESS;
}

static uint32_t
api_process(void *ctx, uint64_t trace)
{
    TRACEHANDLE h = trace;

    (void)ctx;
    return ProcessTrace(&h, 1, NULL, NULL);
}

static uint32_t
api_close(void *ctx, uint64_t trace)
{
    (void)ctx;
    return CloseTrace(trace);
}

/* -- a provider of our own --------------------------------------------------------------------- */

static uint32_t
api_provider_register(void *ctx, const struct etw_guid *guid, uint64_t *provider)
{
    GUID id = guid_of(guid);
    REGHANDLE h = 0;
    ULONG code;

    (void)ctx;
    code = EventRegister(&id, NULL, NULL, &h);
    if (code == ERROR_SUCCESS) {
        *provider = h;
    }
    return code;
}

static uint32_t
api_provider_write(void *ctx, uint64_t provider, uint16_t id, const void *bytes, uint32_t len)
{
    EVENT_DESCRIPTOR what = {.Id = id, .Level = OWN_LEVEL};
    EVENT_DATA_DESCRIPTOR data = {.Ptr = (ULONGLONG)(uintptr_t)bytes, .Size = len};

    (void)ctx;
    return EventWrite(provider, &what, len > 0 ? 1 : 0, len > 0 ? &data : NULL);
}

static uint32_t
api_provider_unregister(void *ctx, uint64_t provider)
{
    (void)ctx;
    return EventUnregister(provider);
}

/* -- whether there is one ---------------------------------------------------------------------- */

/* On Windows: not found, or access denied. */
static BOOL CALLBACK
find_system(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    bool *found = parameter;
    struct properties props;

    (void)once;
    (void)context;
    properties_init(&props);
    *found = QueryTraceW(0, PROBE_NAME, &props.p) != ERROR_CALL_NOT_IMPLEMENTED;
    return TRUE;
}

const struct etw_api *
etw_api_system(void)
{
    static const struct etw_api api = {
        .start = api_start,
        .query = api_query,
        .stop = api_stop,
        .flush = api_flush,
        .enable = api_enable,
        .enabled = api_enabled,
        .open = api_open,
        .process = api_process,
        .close = api_close,
        .provider_register = api_provider_register,
        .provider_write = api_provider_write,
        .provider_unregister = api_provider_unregister,
    };
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static bool found;

    if (!InitOnceExecuteOnce(&once, find_system, &found, NULL)) {
        return NULL;
    }
    return found ? &api : NULL;
}
