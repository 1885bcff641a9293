/*
 * evtx - reads Windows Event Log files (.evtx): chunks, binary XML with and without templates.
 *
 * A reader streams: it holds one chunk and its compiled templates, EVTX_MEMORY_MAX at most,
 * whatever the file's size. It trusts nothing: damaged headers, checksums and records are counted
 * with their offset, and what is readable comes out. Records are given in file order.
 *
 * Layout: libyal/libevtx documentation "Windows XML Event Log (EVTX) format"; [MS-EVEN6] BinXml.
 * Threads: one reader per thread. Errors of single records are items, not return values.
 */
#pragma once

#include "core/event.h"
#include "platform/source.h"

#define EVTX_MEMORY_MAX (32u * 1024 * 1024)
#define EVTX_CHUNK_LEN 65536
#define EVTX_DAMAGE_ITEMS_MAX 16 /* a chunk; further damage is only counted */

enum evtx_item_kind {
    EVTX_ITEM_EVENT,    /* mapped: item->event is filled */
    EVTX_ITEM_UNMAPPED, /* sound record of a (provider, id) that no row maps */
    EVTX_ITEM_DAMAGED,  /* item->why, item->offset */
};

struct evtx_item {
    enum evtx_item_kind kind;
    uint64_t offset;    /* of the record or chunk in the file */
    bool recovered;     /* found by scanning a damaged chunk: not where the chunk's records end */
    bool torn;          /* its end is another record's: its data are left out */
    bool open_copy;     /* DAMAGED as any copy of a log is that Windows had open: a page older than
                         * the rest */
    struct sv provider; /* views live until the next evtx_next() */
    struct sv channel;
    struct sv host;
    uint32_t event_id, version;
    uint64_t record_id;
    uint64_t time_ft;
    const struct event *event; /* until the next evtx_next(); EVTX_ITEM_EVENT only */
    const char *why;           /* constant text; EVTX_ITEM_DAMAGED only */
};

/* `records` counts every record met, sound or not; in a sound file it is what its chunks say.
 * Records in a damaged chunk that are left from another use of it (their id is not the chunk's)
 * and copies of records given already are `records_stale`: counted, not given. */
struct evtx_stats {
    uint64_t chunks, chunks_damaged;
    uint64_t records, records_damaged, records_recovered;
    uint64_t records_stale;
    uint64_t records_lost; /* a damaged chunk's header counts them, the chunk does not hold them */
    bool dirty;            /* the file was open when it was copied */
    bool header_damaged;
    uint64_t bytes;
};

struct evtx;
/* Borrows f until evtx_close(). ERR_FORMAT: this is no .evtx file (no file header and no chunk). */
MUST_CHECK enum err evtx_open(struct file *f, struct evtx **out);
/* The same over any source; it is copied, its ctx is borrowed. */
MUST_CHECK enum err evtx_open_source(const struct source *source, struct evtx **out);
void evtx_close(struct evtx *r);
/* ERR_END after the last; ERR_IO, ERR_NOMEM end the file. */
MUST_CHECK enum err evtx_next(struct evtx *r, struct evtx_item *out);
const struct evtx_stats *evtx_stats(const struct evtx *r);
