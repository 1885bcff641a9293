/*
 * etw_mingw - what the headers of mingw-w64 lack of evntprov.h and evntcons.h, for etw_api_win.c.
 * Each is taken from the system's header where that has it.
 * Sources: ns-evntprov-event_filter_event_id, ns-evntprov-event_filter_descriptor,
 *          ns-evntrace-enable_trace_parameters, ns-evntcons-event_header_extended_data_item;
 *          the numbers: evntprov.h and evntcons.h of SDK 10.0.10240.
 */
#pragma once

#include <stdint.h>

#ifndef EVENT_FILTER_TYPE_EVENT_ID
#define EVENT_FILTER_TYPE_EVENT_ID 0x80000200u
#endif
#ifndef MAX_EVENT_FILTER_EVENT_ID_COUNT
#define MAX_EVENT_FILTER_EVENT_ID_COUNT 64
#endif
#ifndef EVENT_ENABLE_PROPERTY_PROCESS_START_KEY
#define EVENT_ENABLE_PROPERTY_PROCESS_START_KEY 0x00000080u
#endif
#ifndef EVENT_HEADER_EXT_TYPE_PROCESS_START_KEY
#define EVENT_HEADER_EXT_TYPE_PROCESS_START_KEY 0x000D
#endif

/* EVENT_FILTER_EVENT_ID with room for all ids; only `count` of them are handed over. */
struct etw_filter_ids {
    uint8_t filter_in; /* 1: these ids only */
    uint8_t reserved;
    uint16_t count;
    uint16_t ids[MAX_EVENT_FILTER_EVENT_ID_COUNT];
};
