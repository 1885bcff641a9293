/*
 * logons - who logged on to each computer from elsewhere, for as long as what they start can be
 * told to be theirs.
 *
 * Known are logon sessions (LUID of 4624 until 4634) and terminal sessions (21 and 25 with a remote
 * address until 23, 24, or 21 or 25 of the same session). Who logs on at the console, or over the
 * network from the computer itself, is not.
 * Memory:  LOGONS_MAX of sessions that somebody sits at and as many of others, allocated with the
 *          first; the oldest goes when they are full (METRIC_LOGONS_FULL, unless it had ended).
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"
#include "core/process.h"

#define LOGONS_MAX 512u
/* A service that is started so soon after a logon over the network may be its doing. */
#define LOGONS_SERVICE_SPAN (60 * TM_SEC)

#define LOGON_KINDS (EV_BIT(EV_LOGON_SUCCESS) | EV_BIT(EV_LOGOFF) | EV_BIT(EV_RDP_SESSION))

struct logons;
MUST_CHECK enum err logons_create(struct logons **out);
void logons_destroy(struct logons *l);
/* Of LOGON_KINDS. is_own: its source is one of the computer's own addresses. *began: somebody
 * logged on. ERR_NOMEM only. */
MUST_CHECK enum err logons_event(struct logons *l, uint32_t host_id, const struct event *ev,
                                 bool is_own, bool *began);

/* Each false when it was nobody from elsewhere; else fills *out. */
bool logons_of_luid(const struct logons *l, uint32_t host_id, uint64_t luid, uint64_t time_ft,
                    struct process_origin *out); /* exact */
/* Strong; exact when it runs as the account that logged on (p->session_id, p->sid). */
bool logons_of_session(const struct logons *l, uint32_t host_id, const struct process *p,
                       uint64_t time_ft, struct process_origin *out);
/* Weak: the only one who logged on over the network within LOGONS_SERVICE_SPAN before. */
bool logons_before_service(const struct logons *l, uint32_t host_id, uint64_t time_ft,
                           struct process_origin *out);
