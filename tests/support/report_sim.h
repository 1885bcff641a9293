/*
 * report_sim - the writing side of the Windows Event Log behind struct report_api, for tests:
 * documented behaviour, errors and limits. What is reported stays in memory and, if wanted, goes
 * to a file that other processes read: one JSON line an event, appended whole.
 *
 * What it does, the page that says so (win32/api/winbase/ unless another is named), and the test
 * that uses it (tests/unit/):
 *
 * RegisterEventSourceW: a handle to the log in which the source is registered
 *     nf-winbase-registereventsourcew             test_report_sim: registered
 * RegisterEventSourceW: an unknown source writes to the log Application, without an error
 *     nf-winbase-registereventsourcew, remarks    test_report_sim: unknown source
 * RegisterEventSourceW: the source Security is ACCESS_DENIED
 *     nf-winbase-registereventsourcew             test_report_sim: security
 * ReportEventW: the types that there are; others INVALID_PARAMETER
 *     nf-winbase-reporteventw                     test_report_sim: bad events
 * ReportEventW: a string has at most 31,839 units; more is RPC_S_INVALID_BOUND
 *     nf-winbase-reporteventw ("message data too large")   test_report_sim: limits
 * ReportEventW: at most 256 strings; more is RPC_S_INVALID_BOUND, as any [range] of RPC
 *     [MS-EVEN] 3.1.4.13                          test_report_sim: limits
 * ReportEventW: an event with its strings has at most 61,440 bytes. The pages say it of the binary
 *     data, and 64 KB of an event as ETW carries it; the lower of both is taken for all of it
 *     nf-winbase-reporteventw, win32/api/evntprov/nf-evntprov-eventwrite   test_report_sim: limits
 * ReportEventW: a full log that may not overwrite is LOG_FILE_FULL
 *     win32/debug/system-error-codes--1300-1699-  test_event_output: full
 * ReportEventW: the right to write, 2, is missing in CustomSD: ACCESS_DENIED
 *     win32/eventlog/eventlog-key                 test_event_output: denied
 * The service is down: RPC_S_SERVER_UNAVAILABLE for every call; once it is up again, older handles
 *     are INVALID_HANDLE (RPC context handles end with their server: [MS-RPCE] 3.3.1.4)
 *                                                 test_event_output: restarts
 * DeregisterEventSource: a closed handle is INVALID_HANDLE
 *     nf-winbase-deregistereventsource            test_report_sim: handles
 * Any code at the n-th call of any function       test_event_output: every error
 */
#pragma once

#include "core/sv.h"
#include "service/report_api.h"

#define REPORT_SIM_EVENT_BYTES_MAX 61440u

struct report_sim_event {
    char log[64];
    char source[64];
    uint16_t type, category;
    uint32_t id;
    uint16_t count;
    size_t bytes;   /* of all strings with their NULs */
    char **strings; /* UTF-8 */
};

enum report_sim_call { REPORT_SIM_OPEN, REPORT_SIM_REPORT, REPORT_SIM_CLOSE, REPORT_SIM_CALLS };

struct report_sim;
struct report_sim *report_sim_create(void); /* NULL: out of memory */
/* Returns how many handles were left open, and how often a dead one was used. */
size_t report_sim_destroy(struct report_sim *sim);
const struct report_api *report_sim_api(struct report_sim *sim);

/* Texts of the setters are borrowed. */
void report_sim_register(struct report_sim *sim, const char *source, const char *log);
void report_sim_set_file(struct report_sim *sim, const char *path);
void report_sim_set_down(struct report_sim *sim, bool down);
void report_sim_set_full(struct report_sim *sim, bool full);
void report_sim_set_denied(struct report_sim *sim, bool denied);
void report_sim_set_bytes_max(struct report_sim *sim, size_t max); /* of an event */
/* The n-th call from now (0: the next) and `times - 1` more fail. */
void report_sim_fail(struct report_sim *sim, enum report_sim_call call, unsigned n, unsigned times,
                     uint32_t code);

/* What was reported. An event lives until the simulator is destroyed. Threads: any. */
size_t report_sim_count(struct report_sim *sim);
const struct report_sim_event *report_sim_event(struct report_sim *sim, size_t at);
unsigned report_sim_calls(struct report_sim *sim, enum report_sim_call call);
