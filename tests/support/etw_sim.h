/*
 * etw_sim - Event Tracing for Windows behind struct etw_api, for tests and benchmarks: documented
 * behaviour, errors and limits. Sessions live in the simulator, as they live in the kernel: the
 * client may die (etw_sim_kill()) and find them again.
 *
 * What it does, and the page that says so (pages: win32/api/evntrace/ unless another is named;
 * each is a test of tests/unit/test_etw_sim.c):
 *
 * StartTrace: 183 for a name (whatever its case) or GUID that runs; 24 a name over 1024 units; 161
 *     neither real time nor a file; 1450 at 64 sessions                    nf-evntrace-starttracew
 * StartTrace: kernel flags without system-logger mode 87; 1450 at 8 system loggers, two of which
 *     are kept for the NT Kernel Logger and the Circular Kernel Context Logger
 *                        win32/etw/configuring-and-starting-a-systemtraceprovider-session
 * StartTrace: buffers of 4 KB to 16 MB; at least two per processor; maximum not below minimum;
 * flush timer 0 is one second in real time ns-evntrace-event_trace_properties ControlTrace: 4201
 * for what does not run; STOP gives the last numbers and the handle is no longer valid; a name goes
 * before a handle                              nf-evntrace-controltracew EnableTraceEx2: 87 without
 * a session; 1450 when 8 sessions have the provider; each call replaces level, keywords and filter;
 * at most 64 ids; any keyword 0: all; keyword 0 always passes; enabled until disabled, whoever ends
 * nf-evntrace-enabletraceex2 EnableTraceEx2: SID, session and start key come only when asked for
 *                                                          ns-evntrace-enable_trace_parameters
 * EnumerateTraceGuidsEx: who has a provider enabled, by the logger's id: the low 16 bits of the
 *     session's handle                                        ns-evntrace-trace_enable_info
 * ProcessTrace: 4201 when the session does not run; blocks; sorts what it has by time; returns when
 *     the session stops                                               nf-evntrace-processtrace
 * CloseTrace: 7007 while ProcessTrace runs, which gives what is queued and returns
 *                                                                       nf-evntrace-closetrace
 * Buffers are per processor, and handed over when they are full or when the flush timer passes: a
 *     quiet processor's events come late and behind later ones of others
 *                                       win32/etw/about-event-tracing, -event_trace_properties
 * No free buffer: the event is lost and EventWrite says 8; larger than a buffer: 234
 *                                                              evntprov/nf-evntprov-eventwrite
 * Nobody consumes: buffers go to a playback file, are given first when somebody does, and are lost
 *     when the file is full                                      ns-evntrace-event_trace_properties
 * RT_LostEvent 32 (events), 33 (buffers) before the events of a buffer      win32/etw/rt-lostevent
 *
 * What it does not: several consumers of one session (the second gets 1450), files, updates.
 *
 * Threads: any. No callback is called with a lock held.
 */
#pragma once

#include "etw/etw_api.h"

#define ETW_SIM_SESSIONS_MAX 64u
#define ETW_SIM_SYSTEM_LOGGERS_MAX 8u
#define ETW_SIM_PROVIDER_SESSIONS_MAX 8u
#define ETW_SIM_CPUS_MAX 64u
#define ETW_SIM_PLAYBACK_BUFFERS 64u /* unless it is set */

enum etw_sim_call {
    ETW_SIM_START,
    ETW_SIM_QUERY,
    ETW_SIM_STOP,
    ETW_SIM_FLUSH,
    ETW_SIM_ENABLE,
    ETW_SIM_ENABLED,
    ETW_SIM_OPEN,
    ETW_SIM_PROCESS,
    ETW_SIM_CLOSE,
    ETW_SIM_PROVIDER_REGISTER,
    ETW_SIM_PROVIDER_WRITE,
    ETW_SIM_PROVIDER_UNREGISTER,
    ETW_SIM_CALLS
};

/* -- the system -------------------------------------------------------------------------------- */

struct etw_sim;
struct etw_sim *etw_sim_create(void); /* NULL: out of memory. Two processors, the real clock. */
/* No thread is in process() any more. Returns what the client left open (traces, registrations) and
 * how often it used a handle that is not one. Sessions are no leak: see etw_sim_sessions(). */
size_t etw_sim_destroy(struct etw_sim *sim);
/* The table of the client that lives; the same one until it is killed. */
const struct etw_api *etw_sim_api(struct etw_sim *sim);
/* The client's process has died: its traces and registrations are closed, its sessions stay. Waits
 * until its process() calls have returned; its table does nothing and answers
 * ETW_INVALID_HANDLE from now on. At most 255 times; not from within a callback. */
void etw_sim_kill(struct etw_sim *sim);

void etw_sim_set_cpus(struct etw_sim *sim, unsigned count); /* before the first session */
/* Time passes by etw_sim_advance_ms() only. Set at first. */
void etw_sim_set_manual_clock(struct etw_sim *sim);
void etw_sim_advance_ms(struct etw_sim *sim, uint32_t ms); /* flush timers go off in order */
uint64_t etw_sim_now_ft(struct etw_sim *sim);
/* ProcessTrace does not sort: buffers come as they were handed over, one by one. */
void etw_sim_set_unsorted(struct etw_sim *sim, bool unsorted);
void etw_sim_set_playback(struct etw_sim *sim, unsigned buffers);

/* The n-th call from now (0: the next) and `times - 1` more answer code. A close or an unregister
 * is done all the same, a stop with ETW_MORE_DATA too. */
void etw_sim_fail(struct etw_sim *sim, enum etw_sim_call call, unsigned n, unsigned times,
                  uint32_t code);
unsigned etw_sim_calls(struct etw_sim *sim, enum etw_sim_call call);
size_t etw_sim_open_handles(struct etw_sim *sim); /* traces and registrations */
size_t etw_sim_misused(struct etw_sim *sim);

/* -- events ------------------------------------------------------------------------------------ */

/* An event written on a processor: to each session that has the provider enabled and whose filters
 * let it pass; a record of the NT kernel's classes (Process, Thread, Image, TcpIp, UdpIp; classic)
 * to each system logger with their flag. Bytes are copied. time_ft 0: now. Returns how many
 * sessions took it, lost ones included. */
size_t etw_sim_write(struct etw_sim *sim, unsigned cpu, const struct etw_record *r);
/* The same to one session, if it has the provider. For rundowns. */
bool etw_sim_write_to(struct etw_sim *sim, uint64_t session, unsigned cpu,
                      const struct etw_record *r);

enum etw_sim_rundown {
    ETW_SIM_CAPTURE,      /* EnableTraceEx2(CAPTURE_STATE) */
    ETW_SIM_LOGGER_START, /* a system logger with the class's flag starts: DCStart */
    ETW_SIM_LOGGER_STOP   /* and stops: DCEnd */
};
/* Called in the thread that asks, of the session that asks. */
typedef void (*etw_sim_rundown_fn)(void *ctx, struct etw_sim *sim, uint64_t session,
                                   enum etw_sim_rundown why);
/* One per provider or kernel class, at most 8. */
void etw_sim_set_rundown(struct etw_sim *sim, const struct etw_guid *provider,
                         etw_sim_rundown_fn fn, void *ctx);

/* Waits until no consumer has anything more to be given. Buffers that lie with their processors
 * are not waited for. False: not within that time. */
bool etw_sim_drain(struct etw_sim *sim, uint32_t timeout_ms);

/* -- sessions, as other programs see them. Names are ASCII. ------------------------------------ */

/* Of another program, or left over. 0: there is one of that name or GUID, or no more. */
uint64_t etw_sim_add_session(struct etw_sim *sim, const char *name, const struct etw_guid *guid,
                             uint32_t mode);
/* False: there is none. */
bool etw_sim_stop_session(struct etw_sim *sim, const char *name);
bool etw_sim_disable_provider(struct etw_sim *sim, const char *name, const struct etw_guid *guid);
/* What the session's last ETW_ENABLE asked for. */
bool etw_sim_get_enable(struct etw_sim *sim, const char *name, const struct etw_guid *guid,
                        struct etw_enable *out);
uint64_t etw_sim_session(struct etw_sim *sim, const char *name); /* its handle; 0: none */
size_t etw_sim_sessions(struct etw_sim *sim);
bool etw_sim_is_consumed(struct etw_sim *sim, const char *name); /* process() has it */
/* This processor's buffer is handed over, the others' are not. */
bool etw_sim_flush_cpu(struct etw_sim *sim, const char *name, unsigned cpu);
/* The buffer that waits longest is lost, as when it can be written nowhere. False: none waits. */
bool etw_sim_lose_buffer(struct etw_sim *sim, const char *name);

/* Since the session was started. written = delivered + lost + in_lost_buffers + discarded + those
 * that still lie in buffers. */
struct etw_sim_counts {
    uint64_t written;         /* its filters let them pass */
    uint64_t delivered;       /* without RT_LostEvent */
    uint64_t lost;            /* EventsLost */
    uint64_t in_lost_buffers; /* RealTimeBuffersLost says the buffers only */
    uint64_t discarded;       /* taken by a client that died */
};
bool etw_sim_get_counts(struct etw_sim *sim, const char *name, struct etw_sim_counts *out);
