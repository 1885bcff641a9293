/*
 * scm_api - what the service calls of the Service Control Manager, as one table: nothing else needs
 * windows.h, and tests put a simulator in its place (tests/support/scm_sim.h).
 *
 * Calls answer a Win32 error code, 0 when they succeeded.
 * Sources: learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-startservicectrldispatcherw,
 *          -registerservicectrlhandlerexw, -setservicestatus, nc-winsvc-lphandler_function_ex.
 */
#pragma once

#include "service/scm.h"

#define SERVICE_NAME "kanari" /* as `sc control kanari 128` has it; the SCM ignores its case */

typedef uint32_t (*scm_handler_fn)(void *arg, uint32_t control, uint32_t event);

struct scm_api {
    void *ctx;
    /* Runs service_main(arg) in a thread of its own, and the handler in this one. Returns when
     * STOPPED was said: service_main may still be on its way out. Once in a process.
     * SCM_FAILED_SERVICE_CONTROLLER_CONNECT: the SCM has not started this process. */
    uint32_t (*start_dispatcher)(void *ctx, void (*service_main)(void *arg), void *arg);
    uint32_t (*register_handler)(void *ctx, scm_handler_fn handler, void *arg, void **out);
    uint32_t (*set_status)(void *ctx, void *handle, const struct scm_status *status);
    /* At once, whatever its threads do; does not return. */
    void (*end_process)(void *ctx, uint32_t code);
};

/* NULL: this system has no such manager. */
const struct scm_api *scm_api_system(void);
