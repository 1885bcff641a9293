/*
 * scm - what the service says to the Service Control Manager, and when: a state machine without
 * threads, clock or system calls.
 *
 * States:  STOPPED -> START_PENDING -> RUNNING -> STOP_PENDING -> STOPPED, and no way back. RUNNING
 *          is said before the work starts, so that the PC's start never waits for us
 *          (win32/Services/service-servicemain-function). Nothing is said after STOPPED: a second
 *          one can end the process (nf-winsvc-setservicestatus).
 * Stop:    a stop has SCM_STOP_MS. Until then a checkpoint each SCM_CHECKPOINT_MS says that it goes
 *          on; then STOPPED is said all the same, and the caller ends the process. The exit code
 *          stays 0: any other would run the failure actions, and a service that was told to stop
 *          would come back (ns-winsvc-service_failure_actions_flag). That it was no clean stop is
 *          seen at the next start, by the missing mark in the store.
 * Threads: one at a time; the caller has the lock.
 *
 * Numbers are those of winsvc.h and winuser.h.
 */
#pragma once

#include "core/err.h"

#define SCM_STOP_MS 5000u
#define SCM_CHECKPOINT_MS 1000u
/* The next status comes before the hint has passed. */
#define SCM_START_HINT_MS 3000u
#define SCM_STOP_HINT_MS 2000u

enum scm_state {
    SCM_STOPPED = 1,
    SCM_START_PENDING = 2,
    SCM_STOP_PENDING = 3,
    SCM_RUNNING = 4,
};

enum scm_control_code {
    SCM_CONTROL_STOP = 1,
    SCM_CONTROL_INTERROGATE = 4,
    SCM_CONTROL_SHUTDOWN = 5,
    SCM_CONTROL_PARAMCHANGE = 6,
    SCM_CONTROL_POWEREVENT = 13,
    SCM_CONTROL_PRESHUTDOWN = 15,
    SCM_CONTROL_RELOAD = 128, /* ours: as PARAMCHANGE, and `sc control kanari 128` can send it */
};

/* Bits of scm_status.accepted; INTERROGATE and our own codes need none. */
#define SCM_ACCEPT_STOP 0x1u
#define SCM_ACCEPT_SHUTDOWN 0x4u
#define SCM_ACCEPT_PARAMCHANGE 0x8u
#define SCM_ACCEPT_POWEREVENT 0x40u
#define SCM_ACCEPT_PRESHUTDOWN 0x100u

/* Events of POWEREVENT that are told apart. */
enum scm_power_event {
    SCM_POWER_SUSPEND = 4,
    SCM_POWER_RESUME_CRITICAL = 6,
    SCM_POWER_RESUME_SUSPEND = 7, /* a person is there */
    SCM_POWER_RESUME_AUTOMATIC = 18,
};

enum scm_code {
    SCM_OK = 0,
    SCM_NOT_ENOUGH_MEMORY = 8,
    SCM_INVALID_DATA = 13,
    SCM_CALL_NOT_IMPLEMENTED = 120,
    SCM_SERVICE_REQUEST_TIMEOUT = 1053,
    SCM_SERVICE_CANNOT_ACCEPT_CTRL = 1061,
    SCM_FAILED_SERVICE_CONTROLLER_CONNECT = 1063,
    SCM_SERVICE_SPECIFIC_ERROR = 1066,
};

/* SERVICE_STATUS without the type, which is always "own process". */
struct scm_status {
    uint32_t state;
    uint32_t accepted;
    uint32_t exit_code;     /* of Win32; SCM_SERVICE_SPECIFIC_ERROR: the next one says it */
    uint32_t specific_code; /* enum err */
    uint32_t checkpoint;
    uint32_t wait_hint_ms;
};

/* What the work is to do next. */
enum scm_step { SCM_STEP_WAIT, SCM_STEP_SUSPEND, SCM_STEP_RESUME, SCM_STEP_RELOAD, SCM_STEP_STOP };

struct scm {
    struct scm_status status; /* as it was said last */
    const char *why;          /* of a stop */
    bool overrun;             /* STOPPED was said, and the work has not ended */
    bool stop_taken;
    bool reload_due, suspend_due, resume_due;
    bool asleep; /* as the work knows it */
    uint64_t stop_limit_ns;
    uint64_t checkpoint_ns; /* when the next one is due */
    uint32_t stop_ms;
};

void scm_init(struct scm *m, uint32_t stop_ms);

/* Those that return true have made m->status new: it is to be said now. */
bool scm_begin(struct scm *m); /* the service's main function has begun */
bool scm_run(struct scm *m);   /* the work has its thread */
/* It cannot run: a code of Win32. */
bool scm_fail(struct scm *m, uint32_t code);
/* The work has ended: it did not start (err), or was stopped (ERR_OK). */
bool scm_done(struct scm *m, enum err err);
/* Time has passed. */
bool scm_tick(struct scm *m, uint64_t now_ns);
/* When scm_tick() has something to do; UINT64_MAX: never. */
uint64_t scm_wake_ns(const struct scm *m);

/* Returns what the control handler returns; *changed as above. */
uint32_t scm_control(struct scm *m, uint32_t control, uint32_t event, uint64_t now_ns,
                     bool *changed);
/* For the work's thread, which does what it says before it asks again. */
enum scm_step scm_take(struct scm *m);
