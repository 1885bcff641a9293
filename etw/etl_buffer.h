/*
 * etl_buffer - the buffers of a trace: finds the next sound one and gives its bytes.
 *
 * Plain buffers are read in steps through a window, however long they are. A compressed one is
 * decompressed whole, into memory that grows with what is really there.
 */
#pragma once

#include "etw/etl.h"

#define ETL_BUFFER_HEAD_LEN 0x48u
#define ETL_BUFFER_LEN_MAX (16u * 1024 * 1024) /* of data, as ETW has it since Windows 8 */
#define ETL_PACKED_LEN_MAX (14u * 1024 * 1024) /* of a compressed one in the file */

#define ETL_FLAG_EVENTS_LOST 0x02u
#define ETL_FLAG_BUFFER_LOST 0x04u
#define ETL_FLAG_COMPRESSED 0x40u
#define ETL_WHY_OVERLONG "a buffer is shorter than it says"

struct etl_buffer {
    uint64_t offset; /* in the file */
    uint64_t stamp;  /* of when it was written, in the trace's clock */
    size_t len;      /* in the file, header included */
    size_t end;      /* of the records, from the header's begin, when decompressed */
    uint16_t processor;
    uint16_t logger_id;
    uint16_t flags, type;
    bool end_told; /* records reach up to `end`; else unused space may come before it */
    bool cut;      /* the file ends within it */
    bool overlong; /* another buffer begins within the length that it has told */
};

/* Bytes between two buffers that are none. */
struct etl_gap {
    uint64_t offset;
    const char *why; /* NULL: there is no gap, or nothing but zeros */
};

struct etl_buffers {
    struct source_window *window;
    uint64_t size;    /* of the file */
    uint64_t next;    /* where the next buffer should begin */
    uint64_t behind;  /* and from where on it is looked for when it does not */
    size_t plain_len; /* of the last plain buffer: most are of one length */
    bool has_first;
    uint16_t logger_id; /* of the last buffer */
    struct etl_buffer now;
    uint8_t *packed, *data; /* of the compressed buffer at hand */
    size_t packed_cap, data_cap;
};

MUST_CHECK enum err etl_buffers_init(struct etl_buffers *b, const struct source *source);
void etl_buffers_fini(struct etl_buffers *b);
/* The next sound buffer into b->now; ERR_END after the last. *gap tells of what lies before it. */
MUST_CHECK enum err etl_buffers_next(struct etl_buffers *b, struct etl_gap *gap);
/* Its records were not sound from `pos` on, so its length may not be either: the next buffer may
 * begin anywhere behind. */
MUST_CHECK enum err etl_buffers_mistrust(struct etl_buffers *b, size_t pos);
/* To be called once before its bytes are looked at. ERR_FORMAT: it decompresses only in part; then
 * b->now.end says how far. */
MUST_CHECK enum err etl_buffers_unpack(struct etl_buffers *b);
/* At least `want` bytes (<= SOURCE_WINDOW_LEN) of the buffer at hand from `pos` <= end on, or as
 * many as it has: views until the next call. */
MUST_CHECK enum err etl_buffers_view(struct etl_buffers *b, size_t pos, size_t want,
                                     const uint8_t **at, size_t *left);
/* A buffer's header. False: this cannot be one. */
bool etl_buffer_read(const uint8_t *head, struct etl_buffer *out);
