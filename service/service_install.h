/*
 * service_install - kanari service install, uninstall, start, stop and reload.
 *
 * Errors:  what failed has been said through `tell`, in one line; then ERR_ACCESS (not an
 *          administrator), ERR_NOTFOUND (not installed, not running), ERR_BUSY (to be tried again),
 *          ERR_EXISTS (the name is taken), ERR_UNSUPPORTED (no such manager here), ERR_IO,
 * ERR_NOMEM. Threads: one.
 */
#pragma once

#include "messages/tell.h"
#include "service/scm_api.h"
#include "service/scm_manage_api.h"

#define SERVICE_START_WAIT_S 30u
#define SERVICE_STOP_WAIT_S 10u
#define SERVICE_RESTART_MS                                                                         \
    {                                                                                              \
        5000u, 30000u, 300000u                                                                     \
    } /* after the first, second, any later failure */
#define SERVICE_FAILURES_FORGOTTEN_S (24u * 60 * 60)
#define SERVICE_PRESHUTDOWN_MS (SCM_STOP_MS + 5000u) /* Windows would wait for 3 minutes */

/* What is set up and removed together with the service: the source of the Event Log, the boot
 * trace. `why` says in a few words why not. Either may be NULL. */
struct service_source {
    void *ctx;
    enum err (*install)(void *ctx, const char *program_path, struct buf *why);
    enum err (*remove)(void *ctx, struct buf *why);
};

struct service_manage {
    const struct scm_manage_api *api;    /* NULL: there is no such manager here */
    const struct service_source *source; /* NULL: none */
    const struct tell *tell;
    enum lang lang;             /* of the service's name and description */
    const char *store, *config; /* install: kept in its command line, made absolute; or NULL */
};

/* Installed already: all settings are put in place again. */
MUST_CHECK enum err service_install(const struct service_manage *m);
/* Stops it first. */
MUST_CHECK enum err service_uninstall(const struct service_manage *m);
/* Waits until it runs; running already is fine. */
MUST_CHECK enum err service_start(const struct service_manage *m);
/* Waits until it has stopped; not running is ERR_NOTFOUND. */
MUST_CHECK enum err service_stop(const struct service_manage *m);
MUST_CHECK enum err service_reload(const struct service_manage *m);
