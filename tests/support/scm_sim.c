/* scm_sim - the simulated Service Control Manager. */
#include "support/scm_sim.h"

#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"

#define NS_PER_MS 1000000u

enum request_state { REQUEST_NONE, REQUEST_SENT, REQUEST_DONE };

struct scm_sim {
    struct scm_api api;
    struct mutex *lock;
    struct cond *changed;
    struct thread *main_thread;
    void (*service_main)(void *arg);
    void *main_arg;
    scm_handler_fn handler;
    void *handler_arg;
    bool dispatched, listening, stop_sent, ended;
    size_t misused;
    struct scm_status status[SCM_SIM_STATUSES];
    size_t status_count;
    enum request_state request;
    uint32_t control, event, answer;
    struct {
        unsigned n;
        uint32_t code;
    } fault[SCM_SIM_CALLS];
    void (*on_end)(void *ctx);
    void *on_end_ctx;
};

/* A code when the call is to fail. With the lock. */
static uint32_t
enter(struct scm_sim *sim, enum scm_sim_call call)
{
    if (sim->fault[call].code == 0) {
        return SCM_OK;
    }
    if (sim->fault[call].n > 0) {
        sim->fault[call].n--;
        return SCM_OK;
    }
    return sim->fault[call].code;
}

static uint32_t
state_of(const struct scm_sim *sim)
{
    return sim->status_count == 0 ? SCM_START_PENDING : sim->status[sim->status_count - 1].state;
}

/* -- the table --------------------------------------------------------------------------------- */

static void
run_main(void *ctx)
{
    struct scm_sim *sim = ctx;

    sim->service_main(sim->main_arg);
}

/* With the lock; handlers run without it. */
static void
answer_request(struct scm_sim *sim)
{
    uint32_t answer;

    mutex_unlock(sim->lock);
    answer = sim->handler(sim->handler_arg, sim->control, sim->event);
    mutex_lock(sim->lock);
    sim->answer = answer;
    sim->request = REQUEST_DONE;
    cond_wake_all(sim->changed);
}

static uint32_t
api_start_dispatcher(void *ctx, void (*service_main)(void *arg), void *arg)
{
    static const struct thread_opts opts = {.name = "ServiceMain"};
    struct scm_sim *sim = ctx;
    uint32_t code;

    mutex_lock(sim->lock);
    code = sim->dispatched ? 1056 : enter(sim, SCM_SIM_DISPATCHER);
    if (code != SCM_OK) {
        mutex_unlock(sim->lock);
        return code;
    }
    sim->dispatched = true;
    sim->listening = true;
    sim->service_main = service_main;
    sim->main_arg = arg;
    if (thread_start(&opts, run_main, sim, &sim->main_thread)) {
        mutex_unlock(sim->lock);
        return 1054;
    }
    while (state_of(sim) != SCM_STOPPED && !sim->ended) {
        if (sim->request == REQUEST_SENT && sim->handler != NULL) {
            answer_request(sim);
        } else {
            cond_wait(sim->changed, sim->lock);
        }
    }
    sim->listening = false;
    cond_wake_all(sim->changed);
    mutex_unlock(sim->lock);
    return SCM_OK;
}

static uint32_t
api_register_handler(void *ctx, scm_handler_fn handler, void *arg, void **out)
{
    struct scm_sim *sim = ctx;
    uint32_t code;

    mutex_lock(sim->lock);
    code = enter(sim, SCM_SIM_REGISTER);
    if (code == SCM_OK) {
        sim->handler = handler;
        sim->handler_arg = arg;
        *out = sim;
        cond_wake_all(sim->changed);
    }
    mutex_unlock(sim->lock);
    return code;
}

/* Of a change from one status to the next. */
static bool
is_right(const struct scm_sim *sim, const struct scm_status *s)
{
    const struct scm_status *last =
        sim->status_count == 0 ? NULL : &sim->status[sim->status_count - 1];
    bool pending = s->state == SCM_START_PENDING || s->state == SCM_STOP_PENDING;

    if ((s->checkpoint != 0) != pending || (s->wait_hint_ms != 0) != pending ||
        (s->accepted != 0) != (s->state == SCM_RUNNING)) {
        return false;
    }
    if (last == NULL) {
        return s->state == SCM_START_PENDING;
    }
    if (last->state == s->state) {
        return pending && s->checkpoint == last->checkpoint + 1;
    }
    switch (last->state) {
    case SCM_START_PENDING:
        return true;
    case SCM_RUNNING:
        return s->state == SCM_STOP_PENDING || s->state == SCM_STOPPED;
    case SCM_STOP_PENDING:
        return s->state == SCM_STOPPED;
    default: /* nothing behind STOPPED */
        return false;
    }
}

static uint32_t
api_set_status(void *ctx, void *handle, const struct scm_status *status)
{
    struct scm_sim *sim = ctx;
    uint32_t code;

    mutex_lock(sim->lock);
    code = handle == sim ? enter(sim, SCM_SIM_SET_STATUS) : 6;
    if (code == SCM_OK) {
        sim->misused += !is_right(sim, status);
        if (sim->status_count < SCM_SIM_STATUSES) {
            sim->status[sim->status_count++] = *status;
        }
        cond_wake_all(sim->changed);
    }
    mutex_unlock(sim->lock);
    return code;
}

static void
api_end_process(void *ctx, uint32_t code)
{
    struct scm_sim *sim = ctx;

    (void)code;
    if (sim->on_end != NULL) {
        sim->on_end(sim->on_end_ctx);
    }
    mutex_lock(sim->lock);
    sim->ended = true;
    cond_wake_all(sim->changed);
    mutex_unlock(sim->lock);
}

/* -- the test's side --------------------------------------------------------------------------- */

struct scm_sim *
scm_sim_create(void)
{
    struct scm_sim *sim = mem_zalloc(sizeof(*sim));

    if (sim == NULL) {
        return NULL;
    }
    if (mutex_create(&sim->lock) || cond_create(&sim->changed)) {
        mutex_destroy(sim->lock);
        mem_free(sim);
        return NULL;
    }
    sim->api = (struct scm_api){.ctx = sim,
                                .start_dispatcher = api_start_dispatcher,
                                .register_handler = api_register_handler,
                                .set_status = api_set_status,
                                .end_process = api_end_process};
    return sim;
}

size_t
scm_sim_destroy(struct scm_sim *sim)
{
    size_t misused;

    thread_join(sim->main_thread);
    misused = sim->misused;
    cond_destroy(sim->changed);
    mutex_destroy(sim->lock);
    mem_free(sim);
    return misused;
}

const struct scm_api *
scm_sim_api(struct scm_sim *sim)
{
    return &sim->api;
}

void
scm_sim_fail(struct scm_sim *sim, enum scm_sim_call call, unsigned n, uint32_t code)
{
    sim->fault[call].n = n;
    sim->fault[call].code = code;
}

void
scm_sim_on_end(struct scm_sim *sim, void (*fn)(void *ctx), void *ctx)
{
    sim->on_end = fn;
    sim->on_end_ctx = ctx;
}

bool
scm_sim_has_ended(struct scm_sim *sim)
{
    bool ended;

    mutex_lock(sim->lock);
    ended = sim->ended;
    mutex_unlock(sim->lock);
    return ended;
}

/* Of a control that must be accepted; 0: it is always sent. */
static uint32_t
accept_bit(uint32_t control)
{
    switch (control) {
    case SCM_CONTROL_STOP:
        return SCM_ACCEPT_STOP;
    case SCM_CONTROL_SHUTDOWN:
        return SCM_ACCEPT_SHUTDOWN;
    case SCM_CONTROL_PARAMCHANGE:
        return SCM_ACCEPT_PARAMCHANGE;
    case SCM_CONTROL_POWEREVENT:
        return SCM_ACCEPT_POWEREVENT;
    case SCM_CONTROL_PRESHUTDOWN:
        return SCM_ACCEPT_PRESHUTDOWN;
    case SCM_CONTROL_INTERROGATE:
        return 0;
    default:
        return control >= 128 && control <= 255 ? 0 : UINT32_MAX;
    }
}

/* With the lock. */
static uint32_t
refusal(const struct scm_sim *sim, uint32_t control)
{
    uint32_t bit = accept_bit(control);
    uint32_t state = state_of(sim);
    uint32_t accepted = sim->status_count == 0 ? 0 : sim->status[sim->status_count - 1].accepted;

    if (!sim->listening || state == SCM_STOPPED) {
        return 1062;
    }
    if (state != SCM_RUNNING || sim->stop_sent) {
        return SCM_SERVICE_CANNOT_ACCEPT_CTRL;
    }
    return bit == 0 || (bit != UINT32_MAX && (accepted & bit) == bit) ? SCM_OK : 1052;
}

/* With the lock: one at a time. */
static uint32_t
send(struct scm_sim *sim, uint32_t control, uint32_t event)
{
    while (sim->request != REQUEST_NONE && sim->listening) {
        cond_wait(sim->changed, sim->lock);
    }
    sim->control = control;
    sim->event = event;
    sim->request = REQUEST_SENT;
    cond_wake_all(sim->changed);
    while (sim->request == REQUEST_SENT && sim->listening) {
        cond_wait(sim->changed, sim->lock);
    }
    if (sim->request != REQUEST_DONE) {
        sim->request = REQUEST_NONE;
        return 1053; /* it ended meanwhile */
    }
    sim->request = REQUEST_NONE;
    cond_wake_all(sim->changed);
    return sim->answer;
}

uint32_t
scm_sim_control(struct scm_sim *sim, uint32_t control, uint32_t event)
{
    uint32_t code;

    mutex_lock(sim->lock);
    code = refusal(sim, control);
    if (code == SCM_OK) {
        sim->stop_sent = control == SCM_CONTROL_STOP || control == SCM_CONTROL_SHUTDOWN ||
                         control == SCM_CONTROL_PRESHUTDOWN;
        code = send(sim, control, event);
    }
    mutex_unlock(sim->lock);
    return code;
}

uint32_t
scm_sim_force(struct scm_sim *sim, uint32_t control, uint32_t event)
{
    uint32_t code;

    mutex_lock(sim->lock);
    code = send(sim, control, event);
    mutex_unlock(sim->lock);
    return code;
}

bool
scm_sim_wait(struct scm_sim *sim, uint32_t state, uint32_t ms)
{
    uint64_t limit_ns = clock_mono_ns() + (uint64_t)ms * NS_PER_MS;
    bool there;

    mutex_lock(sim->lock);
    do {
        there = sim->status_count > 0 && state_of(sim) == state;
    } while (!there && cond_wait_until(sim->changed, sim->lock, limit_ns));
    mutex_unlock(sim->lock);
    return there;
}

size_t
scm_sim_statuses(struct scm_sim *sim, struct scm_status out[SCM_SIM_STATUSES])
{
    size_t count;

    mutex_lock(sim->lock);
    count = sim->status_count;
    memcpy(out, sim->status, count * sizeof(*out));
    mutex_unlock(sim->lock);
    return count;
}
