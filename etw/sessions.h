/*
 * sessions - the ETW sessions that Kanari keeps, as a table: what each is called, how it buffers,
 * which providers it has.
 *
 * Names and GUIDs are fixed, so that a session that outlived a kill is known again. The last byte
 * of a GUID is the table's revision: a session of an older one is ours, and is replaced.
 * Buffers: 64 KB is the largest event (SDK: EVENT_TRACE_PROPERTIES), and is filled in a burst
 *          before the timer of 1 s flushes it; ETW raises the least number to two for each
 *          processor. The largest number bounds what a slow consumer costs: 16 MB a session, for
 *          about 100,000 records.
 * Sources: keywords and ids of the providers: their manifests, by way of the rows in
 *          etw/decode_rows.c and docs/ETW.md; rules of each field: learn.microsoft.com/windows/
 *          win32/api/evntrace/ns-evntrace-event_trace_properties.
 */
#pragma once

#include "etw/etw_api.h"

enum etw_session_id {
    ETW_SESSION_PROCESS, /* starts, ends, images: Kernel-Process */
    ETW_SESSION_SYSTEM,  /* command lines and accounts of starts: the NT kernel's own */
    ETW_SESSION_NETWORK, /* connections and names */
    ETW_SESSION_LOGON,   /* SMB clients */
    ETW_SESSION_BOOT,    /* what Kanari-Boot, an AutoLogger, has kept since Windows started */
    ETW_SESSION_COUNT
};

/* One provider of a session. */
struct etw_source {
    struct etw_guid provider;
    const char *name; /* as in "Kanari-Network/TCPIP" */
    uint8_t level;
    bool canary;      /* our own, that counts what is lost */
    bool fallback;    /* enabled only when it is asked for (session_use_fallback) */
    bool rundown;     /* CAPTURE_STATE tells what was there before */
    uint64_t keyword; /* any of these; 0: all */
    size_t id_count;  /* 0: all */
    uint16_t ids[16];
};

#define ETW_SOURCES_MAX 4u

struct etw_session_row {
    const char *name;
    struct etw_guid guid;
    uint32_t buffer_kb, buffers_min, buffers_max, flush_s;
    uint32_t mode, kernel_flags;
    bool attach_only; /* not started by us: read to its end, then stopped; may be absent */
    size_t count;
    struct etw_source source[ETW_SOURCES_MAX];
};
extern const struct etw_session_row etw_session_rows[ETW_SESSION_COUNT];

/* Events of the canary: id 1, payload: number u64, when it was written u64 (clock_mono_ns()). */
extern const struct etw_guid etw_canary_guid;
#define ETW_CANARY_ID 1u
#define ETW_CANARY_LEN 16u
