/*
 * scm - the state machine. Rules by page (learn.microsoft.com/windows/win32/):
 *   api/winsvc/nf-winsvc-setservicestatus       first START_PENDING; no controls until RUNNING;
 *                                               STOPPED once, and nothing behind it
 *   api/winsvc/ns-winsvc-service_status         checkpoint and hint are 0 unless pending
 *   api/winsvc/nc-winsvc-lphandler_function_ex  INTERROGATE is always NO_ERROR, what is not handled
 *                                               ERROR_CALL_NOT_IMPLEMENTED
 *   api/winsvc/nf-winsvc-controlservice         no control while STOP_PENDING (1061)
 *   Services/service-status-transitions         STOPPED is all that follows STOP_PENDING
 */
#include "service/scm.h"

#define NS_PER_MS 1000000u
#define ACCEPTED                                                                                   \
    (SCM_ACCEPT_STOP | SCM_ACCEPT_SHUTDOWN | SCM_ACCEPT_PARAMCHANGE | SCM_ACCEPT_POWEREVENT |      \
     SCM_ACCEPT_PRESHUTDOWN)

void
scm_init(struct scm *m, uint32_t stop_ms)
{
    *m = (struct scm){.status = {.state = SCM_STOPPED}, .stop_ms = stop_ms};
}

bool
scm_begin(struct scm *m)
{
    m->status = (struct scm_status){
        .state = SCM_START_PENDING, .checkpoint = 1, .wait_hint_ms = SCM_START_HINT_MS};
    return true;
}

bool
scm_run(struct scm *m)
{
    if (m->status.state != SCM_START_PENDING) { /* told to stop, or failed, already */
        return false;
    }
    m->status = (struct scm_status){.state = SCM_RUNNING, .accepted = ACCEPTED};
    return true;
}

bool
scm_fail(struct scm *m, uint32_t code)
{
    m->status = (struct scm_status){.state = SCM_STOPPED, .exit_code = code};
    return true;
}

bool
scm_done(struct scm *m, enum err err)
{
    if (m->status.state == SCM_STOPPED) { /* too late: it was said without it */
        m->overrun = false;
        return false;
    }
    m->status = (struct scm_status){.state = SCM_STOPPED,
                                    .exit_code = err ? SCM_SERVICE_SPECIFIC_ERROR : SCM_OK,
                                    .specific_code = err};
    return true;
}

static void
begin_stop(struct scm *m, const char *why, uint64_t now_ns)
{
    m->why = why;
    m->stop_limit_ns = now_ns + (uint64_t)m->stop_ms * NS_PER_MS;
    m->checkpoint_ns = now_ns + (uint64_t)SCM_CHECKPOINT_MS * NS_PER_MS;
    m->status = (struct scm_status){
        .state = SCM_STOP_PENDING, .checkpoint = 1, .wait_hint_ms = SCM_STOP_HINT_MS};
}

uint64_t
scm_wake_ns(const struct scm *m)
{
    if (m->status.state != SCM_STOP_PENDING) {
        return UINT64_MAX;
    }
    return m->checkpoint_ns < m->stop_limit_ns ? m->checkpoint_ns : m->stop_limit_ns;
}

bool
scm_tick(struct scm *m, uint64_t now_ns)
{
    if (now_ns < scm_wake_ns(m)) {
        return false;
    }
    if (now_ns >= m->stop_limit_ns) {
        m->overrun = true;
        m->status = (struct scm_status){.state = SCM_STOPPED};
        return true;
    }
    m->status.checkpoint++;
    m->checkpoint_ns = now_ns + (uint64_t)SCM_CHECKPOINT_MS * NS_PER_MS;
    return true;
}

/* A sleep that was not told to the work before it was over is told together with its end: the gap
 * has been there. A resume comes once or twice, with and without a person. */
static void
power_event(struct scm *m, uint32_t event)
{
    switch (event) {
    case SCM_POWER_SUSPEND:
        m->resume_due = false;
        m->suspend_due = !m->asleep;
        break;
    case SCM_POWER_RESUME_CRITICAL:
    case SCM_POWER_RESUME_SUSPEND:
    case SCM_POWER_RESUME_AUTOMATIC:
        m->resume_due = m->asleep || m->suspend_due;
        break;
    default: /* batteries, settings: nothing of ours */
        break;
    }
}

/* Those that do not stop it. */
static uint32_t
other_control(struct scm *m, uint32_t control, uint32_t event)
{
    if (control == SCM_CONTROL_POWEREVENT) {
        power_event(m, event);
        return SCM_OK; /* anything else would refuse the sleep */
    }
    if (control == SCM_CONTROL_PARAMCHANGE || control == SCM_CONTROL_RELOAD) {
        m->reload_due = true;
        return SCM_OK;
    }
    return SCM_CALL_NOT_IMPLEMENTED;
}

uint32_t
scm_control(struct scm *m, uint32_t control, uint32_t event, uint64_t now_ns, bool *changed)
{
    bool stop = control == SCM_CONTROL_STOP || control == SCM_CONTROL_SHUTDOWN ||
                control == SCM_CONTROL_PRESHUTDOWN;

    *changed = false;
    if (control == SCM_CONTROL_INTERROGATE) {
        return SCM_OK; /* the SCM knows the state: it is not said again */
    }
    if (stop && m->status.state == SCM_STOP_PENDING) {
        return SCM_OK; /* it stops already */
    }
    if (m->status.state == SCM_STOPPED || m->status.state == SCM_STOP_PENDING) {
        return SCM_SERVICE_CANNOT_ACCEPT_CTRL;
    }
    if (!stop) {
        return other_control(m, control, event);
    }
    begin_stop(m, control == SCM_CONTROL_STOP ? "stopped" : "shutdown", now_ns);
    *changed = true;
    return SCM_OK;
}

static bool
take(bool *due)
{
    bool was = *due;

    *due = false;
    return was;
}

enum scm_step
scm_take(struct scm *m)
{
    if (m->stop_taken) {
        return SCM_STEP_WAIT;
    }
    if (m->status.state == SCM_STOP_PENDING || m->overrun) {
        m->stop_taken = true;
        return SCM_STEP_STOP;
    }
    if (take(&m->suspend_due)) {
        m->asleep = true;
        return SCM_STEP_SUSPEND;
    }
    if (take(&m->resume_due)) {
        m->asleep = false;
        return SCM_STEP_RESUME;
    }
    return take(&m->reload_due) ? SCM_STEP_RELOAD : SCM_STEP_WAIT;
}
