/*
 * scm_sim - the Service Control Manager behind struct scm_api, for tests: documented behaviour and
 * errors. The dispatcher is the thread that calls start_dispatcher(); controls come from any other.
 *
 * What it does, the page that says so, and the test that uses it (pages: learn.microsoft.com/
 * windows/win32/api/winsvc/ unless another is named; tests: tests/unit/test_service_run.c):
 *
 * StartServiceCtrlDispatcher: 1063 in a console; 1056 a second time; 13
 *     nf-winsvc-startservicectrldispatcherw       not_a_service, dispatcher_errors
 * StartServiceCtrlDispatcher: ServiceMain in a new thread, handler in its own; returns at STOPPED,
 * whatever ServiceMain still does
 *     nf-winsvc-startservicectrldispatcherw       runs_and_stops
 * RegisterServiceCtrlHandlerEx: 1083, 8
 *     nf-winsvc-registerservicectrlhandlerexw     no_handler
 * SetServiceStatus: only with the handle, 6; 13; first START_PENDING
 *     nf-winsvc-setservicestatus                  status_errors
 * SetServiceStatus: once STOPPED, a further call may end the process: counted as misuse
 *     nf-winsvc-setservicestatus                  all
 * SetServiceStatus: transitions, checkpoint and hint of pending states only: counted as misuse
 *     win32/Services/service-status-transitions, ns-winsvc-service_status      all
 * ControlService: sends what is accepted (else 1052), INTERROGATE and 128 to 255 always; nothing
 * while STOP_PENDING (1061) or after a stop was taken; 1062 when it is not there
 *     nf-winsvc-controlservice, nc-winsvc-lphandler_function_ex   runs_and_stops, controls
 * The process ends: what it did not say stays unsaid    hangs_in_its_stop
 */
#pragma once

#include "platform/thread.h"
#include "service/scm_api.h"

#define SCM_SIM_STATUSES 64

enum scm_sim_call { SCM_SIM_DISPATCHER, SCM_SIM_REGISTER, SCM_SIM_SET_STATUS, SCM_SIM_CALLS };

struct scm_sim;
struct scm_sim *scm_sim_create(void); /* NULL: out of memory */
/* Returns what was done against the rules, and waits for ServiceMain. */
size_t scm_sim_destroy(struct scm_sim *sim);
const struct scm_api *scm_sim_api(struct scm_sim *sim);

/* The n-th call from now (0: the next) and those behind it fail. */
void scm_sim_fail(struct scm_sim *sim, enum scm_sim_call call, unsigned n, uint32_t code);
/* Called when the process ends itself, which the simulator survives. */
void scm_sim_on_end(struct scm_sim *sim, void (*fn)(void *ctx), void *ctx);
bool scm_sim_has_ended(struct scm_sim *sim);

/* As ControlService(), or as the system sends it; returns what the sender gets. */
uint32_t scm_sim_control(struct scm_sim *sim, uint32_t control, uint32_t event);
/* Whatever the rules: the handler is called. */
uint32_t scm_sim_force(struct scm_sim *sim, uint32_t control, uint32_t event);
/* False after ms without it. */
bool scm_sim_wait(struct scm_sim *sim, uint32_t state, uint32_t ms);
/* All that was said so far. */
size_t scm_sim_statuses(struct scm_sim *sim, struct scm_status out[SCM_SIM_STATUSES]);
