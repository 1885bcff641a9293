/*
 * service_run - runs the work as a Windows service, or in the console.
 *
 * As a service, three threads: the caller's is the SCM's dispatcher and runs the control handler;
 * ServiceMain says the states and keeps the time of a stop; the work has its own. The handler only
 * notes what is wanted and returns, but for a sleep of the PC, which waits up to
 * SERVICE_SUSPEND_WAIT_MS for the work to know of it (Windows gives about 2 s).
 *
 * Before the work starts the data folder is made safe, unless both paths are given, and all
 * privileges but the needed ones are given up.
 *
 * Errors:  in a console what failed was said through `tell`. A service has nobody to say it to: it
 *          goes to the log and to the SCM, as its exit code (event 7024 of the System log).
 * Threads: the main one, once in a process.
 */
#pragma once

#include "messages/tell.h"
#include "service/scm_api.h"
#include "service/work.h"

#define SERVICE_SUSPEND_WAIT_MS 1000u

struct service_run {
    const struct scm_api *api;        /* NULL: there is no SCM here, so it runs in the console */
    const struct folder_api *folders; /* NULL: nothing to be made safe */
    const struct privilege_api *privileges; /* NULL: nothing to be given up */
    const struct service_work *work;
    const struct tell *tell;
    const char *store, *config; /* or NULL; see struct service_start */
    bool console;               /* do not ask the SCM */
    uint32_t stop_ms;           /* 0: SCM_STOP_MS */
};

MUST_CHECK enum err service_run(const struct service_run *r);
