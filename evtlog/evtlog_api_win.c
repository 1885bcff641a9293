/*
 * evtlog_api - the table over wevtapi.dll.
 *
 * Wine 8 has the library, but no Event Log: EvtSubscribe gives NULL and leaves the last error as it
 * was, most other calls end the process. So EvtSubscribe is asked first, and unless it gives a
 * handle or sets an error no other call of the library is ever made.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <winevt.h>

#include "evtlog/evtlog_api.h"

#include <string.h>

#define PROBE_CHANNEL L"Application"
#define PROPERTY_LEN 1024 /* bytes; a number or a bool */

_Static_assert(sizeof(EVT_VARIANT) == sizeof(struct evtlog_variant), "the same layout");
_Static_assert(offsetof(EVT_VARIANT, Count) == offsetof(struct evtlog_variant, count), "count");
_Static_assert(offsetof(EVT_VARIANT, Type) == offsetof(struct evtlog_variant, type), "type");
_Static_assert(sizeof(wchar_t) == sizeof(uint16_t), "texts are the same units");
_Static_assert((int)EvtSystemVersion == (int)EVTLOG_SYSTEM_VERSION &&
                   (int)EvtSystemUserID == (int)EVTLOG_SYSTEM_USER_ID &&
                   (int)EvtSystemPropertyIdEND == (int)EVTLOG_SYSTEM_COUNT,
               "places of System");
_Static_assert((int)EvtSubscribeStartAfterBookmark == (int)EVTLOG_START_AFTER_BOOKMARK &&
                   (int)EvtSubscribeStrict == (int)EVTLOG_STRICT &&
                   (int)EvtRenderBookmark == (int)EVTLOG_RENDER_BOOKMARK &&
                   (int)EvtLogFull == (int)EVTLOG_INFO_FULL,
               "flags");

/* What wevtapi.dll exports, found at run time: a system without it still starts. */
static struct {
    EVT_HANDLE(WINAPI *subscribe)
    (EVT_HANDLE, HANDLE, LPCWSTR, LPCWSTR, EVT_HANDLE, PVOID, EVT_SUBSCRIBE_CALLBACK, DWORD);
    BOOL(WINAPI *next)(EVT_HANDLE, DWORD, EVT_HANDLE *, DWORD, DWORD, PDWORD);
    BOOL(WINAPI *render)(EVT_HANDLE, EVT_HANDLE, DWORD, DWORD, PVOID, PDWORD, PDWORD);
    EVT_HANDLE(WINAPI *create_context)(DWORD, LPCWSTR *, DWORD);
    EVT_HANDLE(WINAPI *create_bookmark)(LPCWSTR);
    BOOL(WINAPI *update_bookmark)(EVT_HANDLE, EVT_HANDLE);
    BOOL(WINAPI *close)(EVT_HANDLE);
    EVT_HANDLE(WINAPI *open_config)(EVT_HANDLE, LPCWSTR, DWORD);
    BOOL(WINAPI *get_config)
    (EVT_HANDLE, EVT_CHANNEL_CONFIG_PROPERTY_ID, DWORD, DWORD, PEVT_VARIANT, PDWORD);
    EVT_HANDLE(WINAPI *open_log)(EVT_HANDLE, LPCWSTR, DWORD);
    BOOL(WINAPI *get_log_info)(EVT_HANDLE, EVT_LOG_PROPERTY_ID, DWORD, PEVT_VARIANT, PDWORD);
} dll;

/* What a failed call says; never "success". */
static uint32_t
last_error(void)
{
    DWORD code = GetLastError();

    return code == ERROR_SUCCESS ? EVTLOG_NOT_IMPLEMENTED : code;
}

static uint32_t
took_handle(EVT_HANDLE h, void **out)
{
    if (h == NULL) {
        return last_error();
    }
    *out = h;
    return EVTLOG_OK;
}

static LPCWSTR
wide(const uint16_t *text)
{
    return (LPCWSTR)(const void *)text;
}

/* -- the calls --------------------------------------------------------------------------------- */

static uint32_t
api_subscribe(void *ctx, const struct evtlog_subscribe *in, void **out)
{
    (void)ctx;
    SetLastError(ERROR_SUCCESS);
    return took_handle(dll.subscribe(NULL, in->signal, wide(in->channel), wide(in->query),
                                     in->bookmark, NULL, NULL, in->flags),
                       out);
}

static uint32_t
api_next(void *ctx, void *subscription, void **events, uint32_t cap, uint32_t *count)
{
    DWORD returned = 0;

    (void)ctx;
    if (!dll.next(subscription, cap, events, 0, 0, &returned)) {
        return last_error();
    }
    *count = returned;
    return EVTLOG_OK;
}

static uint32_t
api_render(void *ctx, struct evtlog_render *r)
{
    DWORD used = 0;
    DWORD count = 0;
    uint32_t code = EVTLOG_OK;

    (void)ctx;
    if (!dll.render(r->context, r->fragment, r->flags, r->buffer_len, r->buffer, &used, &count)) {
        code = last_error();
    }
    r->used = used;
    r->count = count;
    return code;
}

static uint32_t
api_create_context(void *ctx, const uint16_t *const *paths, uint32_t count, uint32_t flags,
                   void **out)
{
    LPCWSTR *list;

    (void)ctx;
    memcpy(&list, &paths, sizeof(list)); /* the library only reads it */
    return took_handle(dll.create_context(count, list, flags), out);
}

static uint32_t
api_create_bookmark(void *ctx, const uint16_t *xml, void **out)
{
    (void)ctx;
    return took_handle(dll.create_bookmark(wide(xml)), out);
}

static uint32_t
api_update_bookmark(void *ctx, void *bookmark, void *event)
{
    (void)ctx;
    return dll.update_bookmark(bookmark, event) ? EVTLOG_OK : last_error();
}

static uint32_t
api_close(void *ctx, void *handle)
{
    (void)ctx;
    return dll.close(handle) ? EVTLOG_OK : last_error();
}

static uint32_t
api_open_config(void *ctx, const uint16_t *channel, void **out)
{
    (void)ctx;
    return took_handle(dll.open_config(NULL, wide(channel), 0), out);
}

/* A number or a bool. */
static uint32_t
took_property(const EVT_VARIANT *v, uint64_t *out)
{
    switch (v->Type) {
    case EvtVarTypeBoolean:
        *out = v->BooleanVal ? 1 : 0;
        return EVTLOG_OK;
    case EvtVarTypeUInt32:
        *out = v->UInt32Val;
        return EVTLOG_OK;
    case EvtVarTypeUInt64:
        *out = v->UInt64Val;
        return EVTLOG_OK;
    default:
        return EVTLOG_INVALID_DATA;
    }
}

/* Room for one variant and what it may point at. */
union property {
    EVT_VARIANT variant;
    BYTE bytes[PROPERTY_LEN];
};

static uint32_t
api_get_config(void *ctx, void *config, uint32_t property, uint64_t *out)
{
    union property p;
    DWORD used = 0;

    (void)ctx;
    if (!dll.get_config(config, (EVT_CHANNEL_CONFIG_PROPERTY_ID)property, 0, sizeof(p), &p.variant,
                        &used)) {
        return last_error();
    }
    return took_property(&p.variant, out);
}

static uint32_t
api_open_log(void *ctx, const uint16_t *channel, void **out)
{
    (void)ctx;
    return took_handle(dll.open_log(NULL, wide(channel), EvtOpenChannelPath), out);
}

static uint32_t
api_get_log_info(void *ctx, void *log, uint32_t property, uint64_t *out)
{
    union property p;
    DWORD used = 0;

    (void)ctx;
    if (!dll.get_log_info(log, (EVT_LOG_PROPERTY_ID)property, sizeof(p), &p.variant, &used)) {
        return last_error();
    }
    return took_property(&p.variant, out);
}

static uint32_t
api_signal_create(void *ctx, void **out)
{
    (void)ctx;
    return took_handle(CreateEventW(NULL, TRUE, FALSE, NULL), out);
}

static void
api_signal_reset(void *ctx, void *signal)
{
    (void)ctx;
    ResetEvent(signal);
}

static void
api_signal_set(void *ctx, void *signal)
{
    (void)ctx;
    SetEvent(signal);
}

static bool
api_signal_wait(void *ctx, void *const *signals, uint32_t count, uint32_t timeout_ms)
{
    (void)ctx;
    if (count == 0) {
        Sleep(timeout_ms);
        return false;
    }
    return WaitForMultipleObjects(count, signals, FALSE, timeout_ms) < WAIT_OBJECT_0 + count;
}

static void
api_signal_close(void *ctx, void *signal)
{
    (void)ctx;
    CloseHandle(signal);
}

/* -- finding them ------------------------------------------------------------------------------ */

static bool
load(HMODULE module, const char *name, void *out)
{
    FARPROC p = GetProcAddress(module, name);

    memcpy(out, &p, sizeof(p));
    return p != NULL;
}

static bool
load_all(void)
{
    HMODULE m = LoadLibraryExW(L"wevtapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    return m != NULL && load(m, "EvtSubscribe", &dll.subscribe) && load(m, "EvtNext", &dll.next) &&
           load(m, "EvtRender", &dll.render) &&
           load(m, "EvtCreateRenderContext", &dll.create_context) &&
           load(m, "EvtCreateBookmark", &dll.create_bookmark) &&
           load(m, "EvtUpdateBookmark", &dll.update_bookmark) && load(m, "EvtClose", &dll.close) &&
           load(m, "EvtOpenChannelConfig", &dll.open_config) &&
           load(m, "EvtGetChannelConfigProperty", &dll.get_config) &&
           load(m, "EvtOpenLog", &dll.open_log) && load(m, "EvtGetLogInfo", &dll.get_log_info);
}

/* Whether there is an Event Log behind the library, running or not. */
static bool
probe(void)
{
    HANDLE signal = CreateEventW(NULL, TRUE, FALSE, NULL);
    EVT_HANDLE subscription;
    DWORD code;

    if (signal == NULL) {
        return false;
    }
    SetLastError(ERROR_SUCCESS);
    subscription = dll.subscribe(NULL, signal, PROBE_CHANNEL, L"*", NULL, NULL, NULL,
                                 EvtSubscribeToFutureEvents);
    code = GetLastError();
    if (subscription != NULL) {
        dll.close(subscription);
    }
    CloseHandle(signal);
    return subscription != NULL || code != ERROR_SUCCESS;
}

static BOOL CALLBACK
find_system(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    bool *found = parameter;

    (void)once;
    (void)context;
    *found = load_all() && probe();
    return TRUE;
}

const struct evtlog_api *
evtlog_api_system(void)
{
    static const struct evtlog_api api = {
        .subscribe = api_subscribe,
        .next = api_next,
        .render = api_render,
        .create_context = api_create_context,
        .create_bookmark = api_create_bookmark,
        .update_bookmark = api_update_bookmark,
        .close = api_close,
        .open_config = api_open_config,
        .get_config = api_get_config,
        .open_log = api_open_log,
        .get_log_info = api_get_log_info,
        .signal_create = api_signal_create,
        .signal_set = api_signal_set,
        .signal_reset = api_signal_reset,
        .signal_wait = api_signal_wait,
        .signal_close = api_signal_close,
    };
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static bool found;

    if (!InitOnceExecuteOnce(&once, find_system, &found, NULL)) {
        return NULL;
    }
    return found ? &api : NULL;
}
