/*
 * etl - reader of Event Trace Log files: buffers in the order of the file, records in the order of
 * each buffer. Records of several processors and buffers are not in time order between buffers:
 * engine/order.h puts them so.
 *
 * Damage:  a buffer that is not sound ends its own records and nothing else; the next sound one is
 *          found by its header. Every damage is one item with offset and reason. Nothing is given
 *          twice.
 * Memory:  fixed: ETL_MEMORY_MAX whatever the file declares; nothing is allocated per record.
 *          Records are borrowed until the next etl_next().
 * Threads: one thread per reader.
 * Source of the layout: WMI_BUFFER_HEADER, TRACE_LOGFILE_HEADER (evntrace.h; System Informer's
 *          ntwmi.h); plain LZ77 of [MS-XCA] 2.4.
 */
#pragma once

#include "core/err.h"
#include "etw/record.h"
#include "platform/source.h"

#define ETL_MEMORY_MAX (32u * 1024 * 1024)
#define ETL_NAME_MAX 1024 /* UTF-8 bytes of a name in the file, with its NUL */

enum etl_item_kind {
    ETL_ITEM_RECORD,
    ETL_ITEM_SKIPPED, /* a record stepped over: COMPACT, INSTANCE, WPP, an unknown header form */
    ETL_ITEM_DAMAGED, /* bytes that could not be read */
    ETL_ITEM_LOST     /* the buffer says that records before it were lost (BufferFlag 2, 4) */
};

struct etl_item {
    enum etl_item_kind kind;
    uint64_t offset; /* in the file: of the buffer, or where the damage begins */
    uint64_t number; /* RECORD, SKIPPED: counts from 0 through the file */
    struct etw_record record;
    const char *why; /* SKIPPED, DAMAGED: a constant phrase */
    /* LOST: between the last record of that processor and this buffer's first; without one, when
     * the buffer was written. */
    uint64_t lost_from_ft, lost_to_ft;
};

/* Of the log file header record, which is also the first record given. */
struct etl_info {
    uint32_t build; /* of Windows; 0 = unknown */
    uint32_t processors;
    uint32_t ptr_len; /* 4 or 8, as the file says; each record says its own */
    uint32_t clock;   /* 1 performance counter, 2 system time, 3 processor cycles */
    uint32_t log_file_mode;
    uint32_t events_lost, buffers_lost;
    uint64_t boot_ft, start_ft, end_ft; /* 0 = not told (a session that was not closed) */
    uint32_t headers;                   /* log file header records met: a merged file has several */
    char session[ETL_NAME_MAX];
    char file_name[ETL_NAME_MAX];
    char computer[ETL_NAME_MAX]; /* "" until the NT kernel's SystemConfig record was met */
};

struct etl_stats {
    uint64_t bytes; /* read so far */
    uint64_t buffers, buffers_compressed, buffers_damaged, buffers_lost;
    uint64_t records; /* RECORD and SKIPPED items */
    uint64_t skipped;
    uint64_t damages; /* DAMAGED items */
};

struct etl;
/* True when the first bytes are a trace's: a buffer header of type 4 and the header record. */
#define ETL_HEAD_LEN 0x90u
bool etl_is_head(const uint8_t *head, size_t len);

/* Borrows f until etl_close(). ERR_FORMAT: no sound buffer is there. One whose first record is no
 * log file header tells nothing of the trace, and no times. */
MUST_CHECK enum err etl_open(struct file *f, struct etl **out);
/* The same over any source; it is copied, its ctx is borrowed. */
MUST_CHECK enum err etl_open_source(const struct source *source, struct etl **out);
void etl_close(struct etl *r);
/* Reads ahead to the record that names the computer, giving none: a quarter of the cost of
 * etl_next(). ERR_END: no record names it. Not to be mixed with etl_next(). */
MUST_CHECK enum err etl_find_computer(struct etl *r);
/* ERR_END after the last. Any error ends the file, and comes again. */
MUST_CHECK enum err etl_next(struct etl *r, struct etl_item *out);
/* Known since etl_open(), but for `headers` and `computer`. */
const struct etl_info *etl_info(const struct etl *r);
const struct etl_stats *etl_stats(const struct etl *r);
