/*
 * record - one ETW record, whatever wrote it: a live session or a trace file, in any header form.
 *
 * Shape:   as EVENT_RECORD (evntcons.h), with the forms of old records brought to the same fields.
 * Units:   times are FILETIME ticks (core/tm.h), lengths are bytes.
 * Memory:  borrows; views live until the source's next record.
 * Source of the layout: EVENT_HEADER, EVENT_TRACE_HEADER (evntrace.h, evntcons.h), and for the
 *          kernel's short headers ntetw.h and System Informer's ntwmi.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rd.h"
#include "core/sv.h"

/* As it stands in memory on Windows: Data1, Data2, Data3 little endian, then Data4. */
struct etw_guid {
    uint8_t bytes[16];
};
#define ETW_GUID_TEXT_MAX 39
/* "{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}" with its NUL. Returns the length, 38. */
size_t etw_guid_format(const struct etw_guid *guid, char out[ETW_GUID_TEXT_MAX]);

/* Header forms, by the marker's second byte. */
enum etw_header {
    ETW_HEADER_SYSTEM,   /* SYSTEM_TRACE_HEADER: the NT kernel's */
    ETW_HEADER_PERFINFO, /* PERFINFO_TRACE_HEADER: the same without process and thread */
    ETW_HEADER_FULL,     /* EVENT_TRACE_HEADER: classic providers */
    ETW_HEADER_EVENT     /* EVENT_HEADER: manifest providers and TraceLogging */
};

#define ETW_NO_ID UINT32_MAX /* the header names no process or thread */

struct etw_record {
    enum etw_header header;
    uint64_t time_ft; /* 0 = the file's clock cannot be read */
    /* The kernel's groups as their MOF classes: group 3 is Process, its opcode 10 Image ... */
    struct etw_guid provider;
    uint16_t id;     /* the event's id; of classic records the opcode ("type") */
    uint8_t version; /* of SYSTEM and PERFINFO records the low byte */
    uint8_t opcode;
    uint8_t level;
    uint8_t ptr_len; /* 4 or 8: of the process that logged, not of the file */
    bool classic;    /* SYSTEM, PERFINFO, FULL, and EVENT with EVENT_HEADER_FLAG_CLASSIC_HEADER */
    uint64_t keyword;
    uint32_t pid, tid; /* of the header: for the kernel's network events not the one meant */
    const uint8_t *payload;
    size_t payload_len;
    /* extended items */
    const uint8_t *sid; /* NULL = none; sid_len fits its sub-authorities */
    size_t sid_len;
    bool has_session;
    uint32_t session_id;
    uint64_t start_key; /* 0 = none */
};

/* -- what file and live records share ---------------------------------------------------------- */

/* Types of the extended items that are read; EVENT_HEADER_EXT_TYPE_x of evntcons.h. */
enum etw_ext { ETW_EXT_SID = 2, ETW_EXT_SESSION = 3, ETW_EXT_START_KEY = 13 };

/* EVENT_HEADER.Flags */
#define ETW_FLAG_32_BIT 0x0020u
#define ETW_FLAG_64_BIT 0x0040u
#define ETW_FLAG_CLASSIC 0x0100u

#define ETW_SID_HEAD_LEN 8u

/* An item behind an EVENT_HEADER; of another type, or too short for its own: nothing. Borrows.
 * Here, as the next: each record of a file passes both. */
static inline void
etw_record_add_item(struct etw_record *rec, uint16_t type, const uint8_t *data, size_t len)
{
    if (type == ETW_EXT_SID && len >= ETW_SID_HEAD_LEN && len - ETW_SID_HEAD_LEN >= 4u * data[1]) {
        rec->sid = data;
        rec->sid_len = ETW_SID_HEAD_LEN + 4u * data[1];
    } else if (type == ETW_EXT_SESSION && len >= 4) {
        rec->has_session = true;
        rec->session_id = rd_le32(data);
    } else if (type == ETW_EXT_START_KEY && len >= 8) {
        rec->start_key = rd_le64(data);
    }
}

/* EVENT_HEADER.Flags and EVENT_DESCRIPTOR.Id. Sets classic, id, and ptr_len when a flag says it;
 * the opcode is set already. */
static inline void
etw_record_set_flags(struct etw_record *rec, uint16_t flags, uint16_t id)
{
    rec->classic = (flags & ETW_FLAG_CLASSIC) != 0;
    rec->id = rec->classic ? rec->opcode : id;
    if ((flags & ETW_FLAG_32_BIT) != 0) {
        rec->ptr_len = 4;
    } else if ((flags & ETW_FLAG_64_BIT) != 0) {
        rec->ptr_len = 8;
    }
}
