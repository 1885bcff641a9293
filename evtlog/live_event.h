/*
 * live_event - what the Event Log renders of one record becomes the event that a .evtx file with
 * that record gives: System by its variants, data by variants or by XML.
 *
 * Memory:  none but the struct, which is large; an event lives until the next begin.
 */
#pragma once

#include "evtlog/evtlog_api.h"
#include "evtlog/evtx_field.h"

struct live_event {
    struct field_system system;
    const struct evtmap_row *row; /* NULL: nothing maps this record */
    struct event event;           /* when there is a row */
    struct field_arena arena;
    char provider[EVENT_TEXT_MAX];
    char channel[EVENT_TEXT_MAX];
    char host[EVENT_TEXT_MAX];
};

/* What was rendered: variants at its beginning, what they point at behind them. */
struct live_rendered {
    const void *buffer;
    size_t len; /* bytes used */
    size_t count;
};

/* False when variant i is NULL, an array, or points outside of what was rendered. *out borrows. */
bool live_value(const struct live_rendered *r, size_t i, struct evtx_value *out);

/* Of EVTLOG_CONTEXT_SYSTEM. ERR_FORMAT: it is not what that renders. */
MUST_CHECK enum err live_event_begin(struct live_event *e, const struct live_rendered *r);

/* The names a row's values are asked by: each once, in the row's order. */
#define LIVE_NAMES_MAX 32
size_t live_names(const struct evtmap_row *row, const char *out[LIVE_NAMES_MAX]);
/* Values in the order of live_names(). Returns how many were there; 0 too when one is an array,
 * which only XML shows. */
size_t live_event_values(struct live_event *e, const struct live_rendered *r);
/* The same of XML, which is changed (evtlog/event_xml.h) and borrowed like the values. */
MUST_CHECK enum err live_event_xml(struct live_event *e, uint16_t *text, size_t len);
