/*
 * activity - processes and connections as events tell of them, and what they make of events.
 *
 * Completing an event and taking it in are two steps: what is stored is the completed event. Both
 * see the events in time order. Completing an event twice is completing it once.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/config.h"
#include "core/event.h"
#include "state/processes.h"
#include "state/ties.h"

/* What activity_complete() takes; activity_event() takes TIE_KINDS too. */
#define ACTIVITY_KINDS                                                                             \
    (EV_BIT(EV_PROCESS_START) | EV_BIT(EV_PROCESS_STOP) | EV_BIT(EV_PROCESS_RUNDOWN) |             \
     EV_BIT(EV_IMAGE_LOAD) | EV_BIT(EV_NET_CONNECT) | EV_BIT(EV_NET_ACCEPT) |                      \
     EV_BIT(EV_NET_CLOSE) | EV_BIT(EV_NET_RUNDOWN) | EV_BIT(EV_NET_DATA) | EV_BIT(EV_DNS_QUERY) |  \
     EV_BIT(EV_SCRIPT_BLOCK))
/* Likewise, where they name a connection of the SMB server: those of the Event Log do not. */
#define ACTIVITY_SMB_KINDS (EV_BIT(EV_SHARE_ACCESS) | EV_BIT(EV_SMB_AUTH_FAILURE))

struct activity;
/* cfg is borrowed. fn is told of each process once it leaves (state/processes.h); its paths are
 * then as they can be opened. */
MUST_CHECK enum err activity_create(const struct config *cfg, processes_fn fn, void *ctx,
                                    struct activity **out);
void activity_destroy(struct activity *a);
/* Who is told of processes of somebody from elsewhere (state/ties.h). */
void activity_on_tied(struct activity *a, ties_fn fn, void *ctx);
/* Texts that it adds live until the next call. */
MUST_CHECK enum err activity_complete(struct activity *a, uint32_t host_id, struct event *ev,
                                      bool *changed);
MUST_CHECK enum err activity_event(struct activity *a, uint32_t host_id, const struct event *ev);
MUST_CHECK enum err activity_release(struct activity *a, uint64_t now_ft);
MUST_CHECK enum err activity_flush(struct activity *a);
/* struct processes: processes_tell_early(). */
void activity_tell_early(struct activity *a);
