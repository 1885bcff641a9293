/*
 * live_reader - reads one record behind an event handle: renders it, makes the event, moves the
 * bookmark.
 *
 * Memory:  the rendering buffer grows to what the largest record needed; contexts are made once for
 *          each row of the event map. A record met again costs no allocation.
 * Errors:  Win32 codes; `call` names the function that gave the last one. EVTLOG_NOT_ENOUGH_MEMORY
 *          is also ours.
 */
#pragma once

#include "evtlog/channels.h"
#include "evtlog/live_event.h"

#define LIVE_CONTEXTS_MAX 128
#define LIVE_BUFFER_MIN 16384u
#define LIVE_BUFFER_MAX (4u * 1024 * 1024) /* twice MAX_RPC_RENDERED_STRING_SIZE */
#define LIVE_BOOKMARK_MAX 2048             /* bytes of UTF-8 */

struct live_context {
    const struct evtmap_row *row;
    void *handle;
};

struct live_reader {
    const struct evtlog_api *api;
    const char *call;
    void *system;   /* context */
    void *bookmark; /* handle */
    uint8_t *buffer;
    uint32_t buffer_len;
    size_t context_count;
    struct live_context context[LIVE_CONTEXTS_MAX];
    size_t mark_len;
    char mark[LIVE_BOOKMARK_MAX]; /* of the last record marked */
    uint64_t mark_number;         /* its place in the log; 0: not known */
    struct live_event event;
};

MUST_CHECK enum err live_reader_create(const struct evtlog_api *api, struct live_reader **out);
void live_reader_destroy(struct live_reader *r);
/* Closes all handles; they are made anew when they are needed. */
void live_reader_reset(struct live_reader *r);

/* r->event is filled; its row is NULL when nothing maps the record. A code other than 0 and
 * EVTLOG_NOT_ENOUGH_MEMORY says that this record cannot be read. */
MUST_CHECK uint32_t live_reader_read(struct live_reader *r, void *event);

/* Starts from a bookmark's text; empty: from none. */
MUST_CHECK uint32_t live_reader_start(struct live_reader *r, struct sv xml);
/* Moves the bookmark to the event: mark, mark_number. */
MUST_CHECK uint32_t live_reader_mark(struct live_reader *r, void *event);

/* RecordId of a bookmark's text ([MS-EVEN6] 2.2.14); 0: none. */
uint64_t live_bookmark_number(struct sv xml);
