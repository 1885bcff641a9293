/*
 * event_output - alerts into the Windows Event Log: one event for every state of an alert.
 *
 * Event id = rule id. Type: Error for critical and high, Warning for medium, Information below;
 * the severity itself is a string of the event. No category. Strings: event_strings.h.
 *
 * The service behind the calls may stop, start and be full: the source is opened with the first
 * alert, and again after every failure; a handle that died is replaced within the call.
 * Windows takes events of a source that is not registered into the log Application
 * (nf-winbase-registereventsourcew): event_source.h registers it.
 *
 * Memory:  allocated by event_output_create() only.
 * Threads: one at a time.
 */
#pragma once

#include "core/alert.h"
#include "engine/live.h"
#include "messages/messages.h"
#include "service/report_api.h"

struct event_output_opts {
    const struct report_api *api; /* borrowed; outlives the output */
    const char *source;           /* copied; EVENT_SOURCE_NAME */
    enum lang lang;               /* of the sentence */
};

struct event_output;
/* ERR_NOMEM; ERR_RANGE: no name for a source. Nothing is opened yet. */
MUST_CHECK enum err event_output_create(const struct event_output_opts *opts,
                                        struct event_output **out);
void event_output_destroy(struct event_output *o); /* NULL is fine */

/* ERR_BUSY, ERR_IO, ERR_FULL: not written, try again later. ERR_RANGE: Windows refuses this event
 * in any size; counted, never to be tried again. A suppressed alert is not written: ERR_OK. */
MUST_CHECK enum err event_output_alert(struct event_output *o, const struct alert *a);

/* Why the last alert was not written, "ReportEventW: the log is full (1502)"; "" after one that
 * was. Lives until the next call. */
const char *event_output_why(const struct event_output *o);

/* As the live sensor wants it. */
struct live_output event_output_live(struct event_output *o);

/* The type of an event of this severity. */
uint16_t event_output_type(enum severity s);
