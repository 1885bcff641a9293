/* service_run - the threads around the state machine, and the console. */
#include "service/service_run.h"

#include "core/log.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "service/console_stop.h"
#include "service/scm_error.h"

#define NS_PER_MS 1000000u
#define PATH_LEN_MAX 65536u
#define WHY_LEN_MAX 1024u
#define NAMES_LEN_MAX 512u

/* -- before the work ----------------------------------------------------------------------------
 */

/* What struct service_start points at. */
struct prepared {
    struct service_start start;
    struct privileges privileges;
    struct data_folder_told folder;
    struct buf why;
};

static void
prepared_init(struct prepared *p, const struct service_run *r, bool console)
{
    *p = (struct prepared){
        .start = {.store_path = r->store, .config_path = r->config, .console = console}};
    data_folder_told_init(&p->folder);
    buf_init(&p->why, WHY_LEN_MAX);
}

static void
prepared_fini(struct prepared *p)
{
    data_folder_told_fini(&p->folder);
    buf_fini(&p->why);
}

/* An administrator's own paths are his own affair. */
MUST_CHECK static enum err
prepare_folder(const struct service_run *r, struct prepared *p)
{
    struct buf path;
    enum err err;

    if (r->folders == NULL || (r->store != NULL && r->config != NULL)) {
        return ERR_OK;
    }
    buf_init(&path, PATH_LEN_MAX);
    err = path_data_dir(&path);
    if (!err) {
        err = data_folder_prepare(r->folders, buf_str(&path), &p->folder);
        p->start.folder = &p->folder;
    }
    buf_fini(&path);
    return err;
}

MUST_CHECK static enum err
start_work(const struct service_run *r, struct prepared *p)
{
    enum err err = prepare_folder(r, p);

    if (err) {
        return err;
    }
    if (r->privileges != NULL) {
        privileges_limit(r->privileges, &p->privileges);
        p->start.privileges = &p->privileges;
    }
    return r->work->start(r->work->ctx, &p->start, &p->why);
}

static void
reload_work(const struct service_run *r)
{
    struct buf why;
    enum err err;

    buf_init(&why, WHY_LEN_MAX);
    err = r->work->reload(r->work->ctx, &why);
    if (err) {
        char text[ESCAPE_TEXT_MAX];

        log_line(LOG_WARN, "service: reload: %s (%s)", escape_text(buf_sv(&why), text),
                 err_str(err));
    }
    buf_fini(&why);
}

/* -- as a service -------------------------------------------------------------------------------
 */

struct run {
    const struct service_run *r;
    void *status; /* the SCM's handle */
    struct thread *thread;
    bool joined;

    struct mutex *lock; /* of what follows */
    struct cond *changed;
    struct scm machine;
    bool ended; /* the work's thread has nothing more to do */
    enum err err;
};

/* Says machine.status to the SCM. With the lock, so that it hears them in order; but STOPPED last
 * and without it, because then everything may be gone at once. */
static void
say_status(const struct scm_api *api, void *handle, struct scm_status status)
{
    uint32_t code = api->set_status(api->ctx, handle, &status);

    if (code == SCM_OK) {
        return;
    }
    log_line(LOG_ERROR, "service: SetServiceStatus(%u) failed: %u", (unsigned)status.state,
             (unsigned)code);
    if (status.state == SCM_STOPPED) {
        api->end_process(api->ctx, status.exit_code); /* the dispatcher would never return */
    }
}

static uint32_t
handle_control(void *arg, uint32_t control, uint32_t event)
{
    struct run *run = arg;
    uint64_t now_ns = clock_mono_ns();
    uint64_t limit_ns = now_ns + (uint64_t)SERVICE_SUSPEND_WAIT_MS * NS_PER_MS;
    bool changed = false;
    uint32_t code;

    mutex_lock(run->lock);
    code = scm_control(&run->machine, control, event, now_ns, &changed);
    if (changed) {
        say_status(run->r->api, run->status, run->machine.status);
    }
    cond_wake_all(run->changed);
    if (control == SCM_CONTROL_POWEREVENT && event == SCM_POWER_SUSPEND) {
        while (run->machine.suspend_due && !run->ended &&
               cond_wait_until(run->changed, run->lock, limit_ns)) {
        }
    }
    mutex_unlock(run->lock);
    return code;
}

static enum scm_step
next_step(struct run *run)
{
    enum scm_step step;

    mutex_lock(run->lock);
    step = scm_take(&run->machine);
    while (step == SCM_STEP_WAIT) {
        cond_wait(run->changed, run->lock);
        step = scm_take(&run->machine);
    }
    mutex_unlock(run->lock);
    return step;
}

static void
work_until_stop(struct run *run)
{
    const struct service_work *work = run->r->work;

    for (;;) {
        switch (next_step(run)) {
        case SCM_STEP_SUSPEND:
            work->suspend(work->ctx);
            break;
        case SCM_STEP_RESUME:
            work->resume(work->ctx);
            break;
        case SCM_STEP_RELOAD:
            reload_work(run->r);
            break;
        case SCM_STEP_STOP:
            work->stop(work->ctx, run->machine.why);
            return;
        case SCM_STEP_WAIT:
            break;
        }
    }
}

static void
work_thread(void *ctx)
{
    struct run *run = ctx;
    struct prepared p;
    enum err err;

    prepared_init(&p, run->r, false);
    err = start_work(run->r, &p);
    if (err) {
        char text[ESCAPE_TEXT_MAX];

        log_line(LOG_ERROR, "service: start: %s (%s)", escape_text(buf_sv(&p.why), text),
                 err_str(err));
    } else {
        work_until_stop(run);
    }
    prepared_fini(&p);
    mutex_lock(run->lock);
    run->err = err;
    run->ended = true;
    cond_wake_all(run->changed);
    mutex_unlock(run->lock);
}

/* Until STOPPED is due: the work has ended, or its time is up. */
static void
keep_time(struct run *run)
{
    mutex_lock(run->lock);
    while (!run->ended && run->machine.status.state != SCM_STOPPED) {
        (void)cond_wait_until(run->changed, run->lock, scm_wake_ns(&run->machine));
        if (!run->ended && scm_tick(&run->machine, clock_mono_ns()) &&
            run->machine.status.state != SCM_STOPPED) {
            say_status(run->r->api, run->status, run->machine.status);
        }
    }
    run->joined = !run->machine.overrun;
    mutex_unlock(run->lock);
    if (run->joined) {
        thread_join(run->thread);
        (void)scm_done(&run->machine, run->err);
    }
}

/* Begins the work; false: STOPPED is due. */
static bool
begin_work(struct run *run)
{
    static const struct thread_opts opts = {.name = "service work"};
    bool begun;

    mutex_lock(run->lock);
    (void)scm_begin(&run->machine);
    say_status(run->r->api, run->status, run->machine.status);
    begun = thread_start(&opts, work_thread, run, &run->thread) == ERR_OK;
    if (!begun) {
        (void)scm_fail(&run->machine, SCM_NOT_ENOUGH_MEMORY);
        run->joined = true; /* there is none */
    } else if (scm_run(&run->machine)) {
        say_status(run->r->api, run->status, run->machine.status);
    }
    mutex_unlock(run->lock);
    return begun;
}

static void
service_main(void *arg)
{
    struct run *run = arg;
    const struct scm_api *api = run->r->api;
    struct scm_status last;
    void *handle;
    uint32_t code = api->register_handler(api->ctx, handle_control, run, &run->status);

    if (code != SCM_OK) {
        log_line(LOG_ERROR, "service: RegisterServiceCtrlHandlerExW failed: %u", (unsigned)code);
        run->joined = true;
        run->err = ERR_IO;
        api->end_process(api->ctx, code); /* without the handle nothing can be said */
        return;
    }
    if (begin_work(run)) {
        keep_time(run);
    }
    last = run->machine.status;
    handle = run->status;
    say_status(api, handle, last); /* `run` may be gone when this returns */
}

static void
run_fini(struct run *run)
{
    cond_destroy(run->changed);
    mutex_destroy(run->lock);
}

MUST_CHECK static enum err
run_init(struct run *run, const struct service_run *r)
{
    enum err err;

    *run = (struct run){.r = r};
    scm_init(&run->machine, r->stop_ms > 0 ? r->stop_ms : SCM_STOP_MS);
    err = mutex_create(&run->lock);
    if (!err) {
        err = cond_create(&run->changed);
    }
    if (err) {
        run_fini(run);
    }
    return err;
}

/* SCM_OK: it was a service, and has ended. */
MUST_CHECK static enum err
run_service(const struct service_run *r, uint32_t *code)
{
    struct run run;
    enum err err = run_init(&run, r);

    if (err) {
        return err;
    }
    *code = r->api->start_dispatcher(r->api->ctx, service_main, &run);
    if (*code == SCM_OK && !run.joined) {
        /* It hangs in its stop: nothing of this process is of use any more. */
        r->api->end_process(r->api->ctx, SCM_OK);
        thread_join(run.thread);
    }
    err = run.err;
    run_fini(&run);
    return err;
}

/* -- in a console -------------------------------------------------------------------------------
 */

static void
say(const struct service_run *r, enum tell_tone tone, enum msg id, const struct msg_arg *args,
    size_t count)
{
    r->tell->line(r->tell->ctx, tone, id, args, count);
}

static void
say_missing_privileges(const struct service_run *r, const struct privileges *p)
{
    struct buf names;

    if (p == NULL || p->missing_count == 0) {
        return;
    }
    buf_init(&names, NAMES_LEN_MAX);
    for (size_t i = 0; i < PRIVILEGES_NEEDED; i++) {
        if (p->missing[i]) {
            buf_puts(&names, names.len > 0 ? ", " : "");
            buf_puts(&names, privilege_needed[i]);
        }
    }
    say(r, TELL_NOTE, MSG_SERVICE_PRIVILEGES_MISSING, (struct msg_arg[]){{"names", buf_sv(&names)}},
        1);
    buf_fini(&names);
}

static void
say_prepared(const struct service_run *r, const struct prepared *p)
{
    if (p->folder.moved) {
        say(r, TELL_NOTE, MSG_SERVICE_FOLDER_MOVED,
            (struct msg_arg[]){{"path", buf_sv(&p->folder.path)},
                               {"to", buf_sv(&p->folder.moved_to)}},
            2);
    }
    say_missing_privileges(r, p->start.privileges);
}

static void
say_not_started(const struct service_run *r, const struct prepared *p, enum err err)
{
    struct buf number;

    if (p->folder.code == FOLDER_OK) {
        say(r, TELL_FAIL, MSG_SERVICE_WORK_FAILED,
            (struct msg_arg[]){{"why", p->why.len > 0 ? buf_sv(&p->why) : sv_from(err_str(err))}},
            1);
        return;
    }
    buf_init(&number, 32);
    buf_put_u64(&number, p->folder.code);
    say(r, TELL_FAIL, MSG_SERVICE_FOLDER_FAILED,
        (struct msg_arg[]){{"path", buf_sv(&p->folder.path)},
                           {"why", sv_from(err_str(err))},
                           {"code", buf_sv(&number)}},
        3);
    buf_fini(&number);
}

MUST_CHECK static enum err
run_console(const struct service_run *r)
{
    struct console_stop *stop = NULL;
    struct prepared p;
    enum err err = console_stop_open(&stop);

    if (err) {
        return err;
    }
    prepared_init(&p, r, true);
    err = start_work(r, &p);
    say_prepared(r, &p);
    if (err) {
        say_not_started(r, &p, err);
    } else {
        say(r, TELL_RESULT, MSG_SERVICE_RUNS, NULL, 0);
        console_stop_wait(stop);
        r->work->stop(r->work->ctx, "stopped");
        say(r, TELL_RESULT, MSG_SERVICE_ENDED, NULL, 0);
    }
    prepared_fini(&p);
    console_stop_close(stop);
    return err;
}

MUST_CHECK enum err
service_run(const struct service_run *r)
{
    uint32_t code = SCM_OK;
    enum err err;

    if (r->api == NULL || r->console) {
        return run_console(r);
    }
    err = run_service(r, &code);
    if (code == SCM_FAILED_SERVICE_CONTROLLER_CONNECT) {
        say(r, TELL_NOTE, MSG_SERVICE_NO_MANAGER, NULL, 0);
        return run_console(r);
    }
    return code == SCM_OK ? err : scm_error_tell(r->tell, code);
}
