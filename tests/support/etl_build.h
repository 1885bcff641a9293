/*
 * etl_build - writes Event Trace Log files byte by byte, so that a test can say exactly which bytes
 * a reader meets. It includes nothing of the product and knows nothing of its reader.
 *
 * Layers:  bytes and payload fields (eb_u32 ...), records (eb_record), buffers (eb_buffer), and a
 *          whole trace of several processors whose buffers interleave (eb_trace).
 * Units:   lengths and offsets are bytes; times in a header are FILETIME ticks; a `stamp` is in the
 *          trace's clock, see eb_stamp().
 * Memory:  a struct eb owns its bytes: {0} is an empty one, eb_free() gives them back. What a
 *          record, item, header or buffer points to is borrowed for the call.
 * Errors:  end the program: a test has nobody to tell but its reader.
 * Text:    UTF-8 of the BMP; GUIDs as "{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}", braces optional;
 *          SIDs as "S-1-5-18".
 * Source of the layout: WMI_BUFFER_HEADER, TRACE_LOGFILE_HEADER and the trace headers of
 * evntrace.h, evntcons.h and ntwmi.h; plain LZ77 of [MS-XCA] 2.3.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -- bytes ------------------------------------------------------------------------------------- */

struct eb {
    uint8_t *data;
    size_t len, cap;
};

void eb_free(struct eb *b); /* {0} again */
void eb_bytes(struct eb *b, const void *data, size_t len);
void eb_fill(struct eb *b, unsigned byte, size_t count);
void eb_align(struct eb *b, size_t to, unsigned byte); /* fills up to a multiple of `to` */
void eb_u8(struct eb *b, unsigned value);
void eb_u16(struct eb *b, unsigned value);
void eb_u32(struct eb *b, uint32_t value);
void eb_u64(struct eb *b, uint64_t value);
void eb_ptr(struct eb *b, uint64_t value, size_t ptr_len); /* ptr_len: 4 or 8 */
/* Writes over bytes that are there: value's `len` low bytes at `at`, little endian. */
void eb_patch(struct eb *b, size_t at, uint64_t value, size_t len);
uint64_t eb_peek(const struct eb *b, size_t at, size_t len);

/* -- fields of payloads, packed ---------------------------------------------------------------- */

void eb_port(struct eb *b, unsigned port);           /* big endian */
void eb_text8(struct eb *b, const char *text);       /* bytes as they are, with NUL */
void eb_text16(struct eb *b, const char *text);      /* UTF-16, with NUL */
void eb_text16_open(struct eb *b, const char *text); /* UTF-16, without */
void eb_guid(struct eb *b, const char *text);        /* 16 bytes as they stand in memory */
void eb_sid(struct eb *b, const char *text);         /* 8 bytes and 4 of each sub-authority */
#define EB_SOCKADDR_V4_LEN 16u
#define EB_SOCKADDR_V6_LEN 28u
void eb_sockaddr_v4(struct eb *b, const uint8_t address[4], unsigned port);
void eb_sockaddr_v6(struct eb *b, const uint8_t address[16], unsigned port, uint32_t scope);
/* As classic Process records have it: TOKEN_USER, two pointers wide, and the SID; four zero bytes
 * when sid is NULL. */
void eb_token_user(struct eb *b, const char *sid, size_t ptr_len);

/* -- compression ------------------------------------------------------------------------------- */

/* Appends data[len] as plain LZ77 (XPRESS): literals and the longest matches of an 8 KiB window,
 * lengths in all their forms. */
void eb_xpress(struct eb *out, const uint8_t *data, size_t len);

/* -- records ----------------------------------------------------------------------------------- */

/* TRACE_HEADER_TYPE_x: the marker's second byte. */
enum eb_form {
    EB_SYSTEM32 = 1,
    EB_SYSTEM64 = 2,
    EB_COMPACT32 = 3,
    EB_COMPACT64 = 4,
    EB_FULL32 = 10,
    EB_INSTANCE32 = 11,
    EB_TIMED = 12,
    EB_ERROR = 13,
    EB_WNODE = 14,
    EB_MESSAGE = 15,
    EB_PERFINFO32 = 16,
    EB_PERFINFO64 = 17,
    EB_EVENT32 = 18,
    EB_EVENT64 = 19,
    EB_FULL64 = 20,
    EB_INSTANCE64 = 21
};

/* EVENT_HEADER.Flags */
#define EB_FLAG_EXTENDED 0x0001u
#define EB_FLAG_32_BIT 0x0020u
#define EB_FLAG_64_BIT 0x0040u
#define EB_FLAG_CLASSIC 0x0100u

/* Version of SYSTEM, COMPACT and PERFINFO: extra 8-byte numbers between header and payload. */
#define EB_VERSION_PEBS 0x8000u
#define EB_VERSION_COUNTERS(n) ((unsigned)(n) << 8) /* n <= 7 */

enum eb_item_type {
    EB_ITEM_RELATED = 1,
    EB_ITEM_SID = 2,
    EB_ITEM_SESSION = 3,
    EB_ITEM_STACK64 = 6,
    EB_ITEM_EVENT_KEY = 10,
    EB_ITEM_SCHEMA = 11,
    EB_ITEM_TRAITS = 12,
    EB_ITEM_START_KEY = 13
};

/* Behind an EVENT_HEADER: {size, type, linkage, data size}, data, zeros up to 8 bytes. */
struct eb_item {
    uint16_t type;
    uint16_t len;
    const void *data;
    uint16_t size; /* what its first number says; 0 = 8 + the padded data */
};

/* What a form has no room for is left out. */
struct eb_record {
    enum eb_form form;
    uint64_t stamp;
    uint32_t pid, tid;
    const char *provider;   /* FULL, INSTANCE, EVENT */
    uint16_t id;            /* EVENT */
    uint16_t version;       /* with EB_VERSION_x where the form has them */
    uint8_t opcode, group;  /* group: SYSTEM, COMPACT, PERFINFO */
    uint8_t level, channel; /* EVENT; level also FULL, INSTANCE */
    uint16_t flags;         /* EVENT; width and EXTENDED are added unless flags_exact */
    bool flags_exact;
    uint16_t property, task; /* EVENT */
    uint64_t keyword;        /* EVENT */
    const uint64_t *extras;  /* SYSTEM, PERFINFO: the numbers that EB_VERSION_x announces */
    size_t extra_count;
    const struct eb_item *items; /* EVENT */
    size_t item_count;
    const void *payload;
    size_t payload_len;
};

/* Appends the record, then zeros up to the next 8 bytes, which its size does not count. Returns
 * where it begins. COMPACT, TIMED, ERROR, WNODE: header of the form's length, and the payload. */
size_t eb_record(struct eb *b, const struct eb_record *r);
/* Bytes that eb_record() would append, and what its size field says. */
size_t eb_record_room(const struct eb_record *r);
size_t eb_record_len(const struct eb_record *r);
/* A WPP record: its flags 1 sequence, 2 GUID, 8 time stamp, 0x20 thread and process. */
size_t eb_message(struct eb *b, uint16_t number, uint16_t flags, const void *body, size_t len);

/* -- the log file header ----------------------------------------------------------------------- */

enum eb_clock { EB_CLOCK_DEFAULT, EB_CLOCK_COUNTER, EB_CLOCK_SYSTEM, EB_CLOCK_CYCLES };

struct eb_log_header {
    size_t ptr_len;       /* of the layout and the record's form: 8, or 4 */
    uint32_t ptr_claimed; /* what it says itself; 0 = ptr_len */
    uint64_t stamp;       /* of its record, which stands for start_ft */
    uint32_t build, processors;
    uint32_t clock; /* enum eb_clock, or any number */
    uint64_t frequency;
    uint32_t mhz;
    uint64_t start_ft, end_ft, boot_ft;
    uint32_t events_lost, buffers_lost;
    uint32_t log_file_mode;
    uint32_t buffer_len, buffers_written;
    const char *session, *file_name; /* NULL = "" */
};

void eb_log_header_payload(struct eb *b, const struct eb_log_header *h);
/* As a SYSTEM record of group 0, opcode 0. Returns where it begins. */
size_t eb_log_header(struct eb *b, const struct eb_log_header *h);
/* The stamp that stands for ft >= start_ft in the clock of that header. */
uint64_t eb_stamp(const struct eb_log_header *h, uint64_t ft);

/* Group and opcode of the NT kernel's record that names the computer, and its 64-bit payload. */
#define EB_GROUP_CONFIG 0x0Bu
#define EB_OPCODE_CPU 10u
void eb_cpu_config(struct eb *b, const char *computer);

/* -- buffers ----------------------------------------------------------------------------------- */

#define EB_BUFFER_HEAD_LEN 0x48u
#define EB_TYPE_GENERIC 0u
#define EB_TYPE_HEADER 4u

/* BufferFlag */
#define EB_BUFFER_EVENTS_LOST 0x02u
#define EB_BUFFER_BUFFER_LOST 0x04u
#define EB_BUFFER_PROCESSOR_INDEX 0x20u
#define EB_BUFFER_COMPRESSED 0x40u

/* Which header fields say where the records end; the others are 0. */
#define EB_END_SAVED 1u
#define EB_END_OFFSET 2u
#define EB_END_CURRENT 4u

struct eb_buffer {
    uint32_t len;  /* BufferSize; 0 = what is needed, padded to 8 (compressed: not padded) */
    unsigned ends; /* EB_END_x; 0 = SAVED and OFFSET, and CurrentOffset is BufferSize */
    uint64_t stamp, sequence;
    uint16_t cpu; /* u16 with EB_BUFFER_PROCESSOR_INDEX, else u8 and the alignment 64 */
    uint16_t logger_id;
    uint32_t state;
    uint16_t flags; /* with COMPRESSED the records are compressed here */
    uint16_t type;
};

/* Appends the buffer: its header, the records, 0xFF as unused space. Returns where it begins. */
size_t eb_buffer(struct eb *file, const struct eb_buffer *h, const struct eb *records);

/* -- a whole trace ----------------------------------------------------------------------------- */

#define EB_PROCESSORS_MAX 64u

struct eb_trace_opts {
    struct eb_log_header header; /* processors <= EB_PROCESSORS_MAX */
    const char *computer;        /* named in a SystemConfig record behind the header, or NULL */
    uint32_t buffer_len;         /* of every data buffer; a record must fit one */
    uint16_t logger_id;
    bool compressed; /* data buffers; the header's never is */
};

/* The records of a processor fill its own buffer; a full one goes to the file, as does each that
 * still holds records at the end. So buffers come in the order in which they got full, each in
 * order by itself, and buffers of several processors overlap in time. */
struct eb_trace {
    struct eb file; /* whole after eb_trace_end() */
    struct eb_trace_opts opts;
    struct eb open[EB_PROCESSORS_MAX];
    uint64_t last_stamp[EB_PROCESSORS_MAX];
    uint16_t lost[EB_PROCESSORS_MAX]; /* flags of the processor's next buffer */
    uint32_t buffers;
};

void eb_trace_begin(struct eb_trace *t, const struct eb_trace_opts *opts);
void eb_trace_record(struct eb_trace *t, unsigned cpu, const struct eb_record *r);
/* Closes the processor's buffer now, and begins the next: EB_BUFFER_x_LOST says that records
 * between the two are lost. */
void eb_trace_flush(struct eb_trace *t, unsigned cpu, uint16_t lost_flags);
void eb_trace_end(struct eb_trace *t);
void eb_trace_free(struct eb_trace *t);
