/*
 * event_xml - reads the XML that EvtRender makes of an event, and nothing wider.
 *
 * Elements, attributes, text, character and the five named references. Declarations, comments,
 * CDATA, processing instructions, unbalanced or deep elements are ERR_FORMAT: Windows writes none.
 * White space stays as it is.
 *
 * Memory:  never allocates. References are decoded where they stand, so the text is the reader's
 *          to change; a leaf's value lives as long as the text, its name for the call.
 * Schema:  win32/wes/eventschema-schema.
 */
#pragma once

#include "evtlog/evtx_shape.h"
#include "evtlog/evtx_value.h"

#define EVENT_XML_MAX ((size_t)1024 * 1024) /* units: MAX_PAYLOAD of [MS-EVEN6] */

/* A part of System, or a named datum of EventData or UserData. */
struct event_xml_leaf {
    enum shape_sys sys; /* SYS_NONE: a datum */
    struct sv name;     /* of a datum */
    struct evtx_value value;
};

/* What is wrong ends the reading. */
typedef enum err (*event_xml_fn)(void *ctx, const struct event_xml_leaf *leaf);

/* Text ends at len units or at a NUL. ERR_FORMAT; ERR_RANGE beyond EVENT_XML_MAX; what fn says. */
MUST_CHECK enum err event_xml_read(uint16_t *text, size_t len, event_xml_fn fn, void *ctx);
