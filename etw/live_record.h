/*
 * live_record - what ETW hands to a consumer or answers about a provider, brought to our structs.
 *
 * Shape:   the bytes as they lie in memory on 64-bit Windows, so that no windows.h is needed and
 *          they can be made by hand; etw_api_win.c checks that the layouts agree.
 * Memory:  borrows; never allocates. Views live as long as what they were read from.
 * Sources: ns-evntcons-event_record, -event_header, -event_header_extended_data_item;
 *          ns-evntrace-trace_guid_info, -trace_provider_instance_info, -trace_enable_info
 *          (learn.microsoft.com/windows/win32/api/evntcons/, .../evntrace/).
 */
#pragma once

#include "etw/etw_api.h"

/* EVENT_HEADER_EXTENDED_DATA_ITEM */
struct etw_live_item {
    uint16_t reserved;
    uint16_t type; /* enum etw_ext, and others */
    uint16_t linkage;
    uint16_t len;
    uint64_t data; /* a pointer */
};

/* EVENT_RECORD */
struct etw_live_record {
    uint16_t size, header_type, flags, event_property;
    uint32_t tid, pid;
    uint64_t time_ft; /* of a trace that was not opened for raw time stamps */
    struct etw_guid provider;
    uint16_t id;
    uint8_t version, channel, level, opcode;
    uint16_t task;
    uint64_t keyword;
    uint64_t processor_time;
    struct etw_guid activity;
    uint8_t processor, alignment;
    uint16_t logger_id;
    uint16_t item_count, payload_len;
    const struct etw_live_item *items;
    const uint8_t *payload;
    void *context;
};

void etw_live_record_read(const struct etw_live_record *in, struct etw_record *out);

/* In the answer of EnumerateTraceGuidsEx(TraceGuidQueryInfo): does the logger have the provider
 * enabled? What does not fit its length is not read. */
bool etw_guid_info_find(const uint8_t *data, size_t len, uint16_t logger_id,
                        struct etw_enabled *out);
