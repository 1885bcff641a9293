/*
 * ties - which processes belong to somebody who logged on from elsewhere, and how surely.
 *
 *   token       a 4688 names the logon session                                        exact
 *   session     it runs in the terminal session that 21 or 25 named                   strong;
 *               exact when it also runs as the account that logged on
 *   service     services.exe starts the program of a service that this logon session
 *               installed (4697)                                                      strong
 *   service     services.exe starts a program, or one of a service just installed, within 60 s
 *               after the only logon over the network from elsewhere                  weak
 *   parent      its parent is tied                                                    as that is
 * The strongest counts; ties are never taken back, so the end of a session that comes late is too
 * late. svchost.exe hosts services of Windows and is
 * never a service's own program here.
 * Memory:  TIES_SERVICES_MAX services, allocated with the first; the oldest goes
 *          (METRIC_LOGONS_FULL).
 * Threads: the detect thread only.
 */
#pragma once

#include "state/logons.h"
#include "state/processes.h"

#define TIES_SERVICES_MAX 256u
#define TIE_KINDS (LOGON_KINDS | EV_BIT(EV_SERVICE_INSTALL))

/* Called for each record of the start of a tied process. p->origin says whose; was: how surely
 * before this record, TIE_NONE the first time. */
typedef enum err (*ties_fn)(void *ctx, uint32_t host_id, const struct process *p,
                            enum process_tie was);

struct ties;
/* processes is borrowed and outlives the ties. fn may be NULL. */
MUST_CHECK enum err ties_create(struct processes *processes, struct ties **out);
void ties_destroy(struct ties *t);
void ties_on_tied(struct ties *t, ties_fn fn, void *ctx);
/* Of TIE_KINDS; is_own as in logons_event(). What started since then may be its doing, when the
 * record came late. */
MUST_CHECK enum err ties_event(struct ties *t, uint32_t host_id, const struct event *ev,
                               bool is_own);
/* After processes_start() took the record in. */
MUST_CHECK enum err ties_started(struct ties *t, uint32_t host_id, uint32_t pid, uint64_t time_ft);
