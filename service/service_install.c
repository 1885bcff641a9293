/* service_install - the service in the Service Control Manager's database, and its control. */
#include "service/service_install.h"

#include "platform/platform.h"
#include "service/command_line.h"
#include "service/privileges.h"
#include "service/scm_error.h"

#define COMMAND_LINE_MAX 32768u
#define WHY_LEN_MAX 1024u
#define POLL_MS 100u
#define NS_PER_S 1000000000u

static void
say(const struct service_manage *m, enum tell_tone tone, enum msg id, const struct msg_arg *args,
    size_t count)
{
    m->tell->line(m->tell->ctx, tone, id, args, count);
}

static void
say_number(const struct service_manage *m, enum tell_tone tone, enum msg id, const char *name,
           uint64_t value)
{
    struct buf number;

    buf_init(&number, 32);
    buf_put_u64(&number, value);
    say(m, tone, id, (struct msg_arg[]){{name, buf_sv(&number)}}, 1);
    buf_fini(&number);
}

/* -- the database and the service in it ---------------------------------------------------------
 */

struct opened {
    void *manager, *service;
};

static void
close_all(const struct service_manage *m, struct opened *o)
{
    if (o->service != NULL) {
        m->api->close(m->api->ctx, o->service);
    }
    if (o->manager != NULL) {
        m->api->close(m->api->ctx, o->manager);
    }
}

MUST_CHECK static enum err
open_manager(const struct service_manage *m, uint32_t access, struct opened *o)
{
    uint32_t code;

    *o = (struct opened){NULL, NULL};
    if (m->api == NULL) {
        say(m, TELL_FAIL, MSG_SERVICE_WINDOWS_ONLY, NULL, 0);
        return ERR_UNSUPPORTED;
    }
    code = m->api->open_manager(m->api->ctx, access, &o->manager);
    return code == MANAGE_OK ? ERR_OK : scm_error_tell(m->tell, code);
}

/* The caller closes, whatever is returned. */
MUST_CHECK static enum err
open_service(const struct service_manage *m, uint32_t access, struct opened *o)
{
    enum err err = open_manager(m, MANAGE_SCM_CONNECT, o);
    uint32_t code;

    if (err) {
        return err;
    }
    code = m->api->open_service(m->api->ctx, o->manager, SERVICE_NAME, access, &o->service);
    return code == MANAGE_OK ? ERR_OK : scm_error_tell(m->tell, code);
}

/* -- install ------------------------------------------------------------------------------------
 */

MUST_CHECK static uint32_t
put_path_option(const struct service_manage *m, const char *option, const char *path,
                struct buf *out)
{
    struct buf full;
    uint32_t code;

    if (path == NULL) {
        return MANAGE_OK;
    }
    buf_init(&full, COMMAND_LINE_MAX);
    code = m->api->full_path(m->api->ctx, path, &full); /* a service starts in System32 */
    if (code == MANAGE_OK) {
        command_line_put(out, sv_from(option));
        command_line_put(out, buf_sv(&full));
    }
    buf_fini(&full);
    return code;
}

/* "C:\Program Files\Kanari\kanari.exe" service run [--store ...] [--config ...] */
MUST_CHECK static uint32_t
put_command_line(const struct service_manage *m, struct buf *program, struct buf *out)
{
    uint32_t code = m->api->own_path(m->api->ctx, program);

    if (code != MANAGE_OK) {
        return code;
    }
    command_line_put_program(out, buf_sv(program));
    buf_puts(out, " service run");
    code = put_path_option(m, "--store", m->store, out);
    if (code == MANAGE_OK) {
        code = put_path_option(m, "--config", m->config, out);
    }
    if (code == MANAGE_OK && buf_err(out)) {
        code = buf_err(out) == ERR_NOMEM ? MANAGE_NOT_ENOUGH_MEMORY : MANAGE_INVALID_PARAMETER;
    }
    return code;
}

/* What Windows does not know is a note: it all works without. Wine 8 knows levels 1, 2 and 7. */
MUST_CHECK static enum err
set_extra(const struct service_manage *m, void *service, const struct manage_extra *extra)
{
    uint32_t code = m->api->change_extra(m->api->ctx, service, extra);
    struct buf number;

    if (code == MANAGE_OK) {
        return ERR_OK;
    }
    if (code != MANAGE_INVALID_LEVEL) {
        return scm_error_tell(m->tell, code);
    }
    buf_init(&number, 32);
    buf_put_u64(&number, code);
    say(m, TELL_NOTE, MSG_SERVICE_SETTING_UNKNOWN,
        (struct msg_arg[]){{"setting", sv_from(extra->name)}, {"code", buf_sv(&number)}}, 2);
    buf_fini(&number);
    return ERR_OK;
}

MUST_CHECK static enum err
set_extras(const struct service_manage *m, void *service)
{
    static const uint32_t restart_ms[] = SERVICE_RESTART_MS;
    const struct manage_extra extras[] = {
        {.level = MANAGE_DESCRIPTION,
         .name = "description",
         .text = msg_template(MSG_SERVICE_DESCRIPTION, m->lang)},
        {.level = MANAGE_FAILURE_ACTIONS,
         .name = "failure actions",
         .number = SERVICE_FAILURES_FORGOTTEN_S,
         .restart_after_ms = restart_ms,
         .count = COUNT(restart_ms)},
        /* Also when it stops with an error, not only when it crashes. */
        {.level = MANAGE_FAILURE_ACTIONS_FLAG, .name = "failure actions on errors", .number = 1},
        /* Delayed it would miss the first two minutes, when nobody watches. */
        {.level = MANAGE_DELAYED_AUTO_START, .name = "delayed start", .number = 0},
        {.level = MANAGE_SERVICE_SID, .name = "service SID", .number = MANAGE_SID_UNRESTRICTED},
        {.level = MANAGE_REQUIRED_PRIVILEGES,
         .name = "required privileges",
         .names = privilege_needed,
         .count = PRIVILEGES_NEEDED},
        {.level = MANAGE_PRESHUTDOWN,
         .name = "time for a stop before shutdown",
         .number = SERVICE_PRESHUTDOWN_MS},
    };

    for (size_t i = 0; i < COUNT(extras); i++) {
        enum err err = set_extra(m, service, &extras[i]);

        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

MUST_CHECK static enum err
say_create_failed(const struct service_manage *m, uint32_t code)
{
    if (code != MANAGE_DUPLICATE_SERVICE_NAME) {
        return scm_error_tell(m->tell, code);
    }
    say(m, TELL_FAIL, MSG_SERVICE_NAME_TAKEN,
        (struct msg_arg[]){{"name", sv_from(msg_template(MSG_SERVICE_DISPLAY_NAME, m->lang))}}, 1);
    return ERR_EXISTS;
}

/* Creates it, or changes the one that is there. */
MUST_CHECK static enum err
create_or_change(const struct service_manage *m, const char *command_line, struct opened *o,
                 bool *repaired)
{
    const struct manage_config config = {.display_name =
                                             msg_template(MSG_SERVICE_DISPLAY_NAME, m->lang),
                                         .command_line = command_line,
                                         .depends_on = "EventLog"};
    uint32_t code = m->api->create(m->api->ctx, o->manager, SERVICE_NAME, &config, &o->service);

    *repaired = code == MANAGE_SERVICE_EXISTS;
    if (*repaired) { /* restarting as a failure action needs the right to start */
        code = m->api->open_service(m->api->ctx, o->manager, SERVICE_NAME,
                                    MANAGE_CHANGE_CONFIG | MANAGE_START, &o->service);
        if (code == MANAGE_OK) {
            code = m->api->change(m->api->ctx, o->service, &config);
        }
    }
    return code == MANAGE_OK ? ERR_OK : say_create_failed(m, code);
}

MUST_CHECK static enum err
install_source(const struct service_manage *m, const char *program_path)
{
    const struct service_source *source = m->source;
    struct buf why;
    enum err err;

    if (source == NULL || source->install == NULL) {
        return ERR_OK;
    }
    buf_init(&why, WHY_LEN_MAX);
    err = source->install(source->ctx, program_path, &why);
    if (err) {
        say(m, TELL_FAIL, MSG_SERVICE_SOURCE_FAILED,
            (struct msg_arg[]){{"why", why.len > 0 ? buf_sv(&why) : sv_from(err_str(err))}}, 1);
    }
    buf_fini(&why);
    return err;
}

MUST_CHECK enum err
service_install(const struct service_manage *m)
{
    struct buf program;
    struct buf line;
    struct opened o;
    bool repaired = false;
    uint32_t code;
    enum err err = open_manager(m, MANAGE_SCM_CONNECT | MANAGE_SCM_CREATE_SERVICE, &o);

    if (err) {
        return err;
    }
    buf_init(&program, COMMAND_LINE_MAX);
    buf_init(&line, COMMAND_LINE_MAX);
    code = put_command_line(m, &program, &line);
    err = code == MANAGE_OK ? create_or_change(m, buf_str(&line), &o, &repaired)
                            : scm_error_tell(m->tell, code);
    if (!err) {
        err = set_extras(m, o.service);
    }
    if (!err) {
        err = install_source(m, buf_str(&program));
    }
    if (!err) {
        say(m, TELL_RESULT, repaired ? MSG_SERVICE_REPAIRED : MSG_SERVICE_INSTALLED, NULL, 0);
    }
    close_all(m, &o);
    buf_fini(&program);
    buf_fini(&line);
    return err;
}

/* -- waiting ------------------------------------------------------------------------------------
 */

struct wait {
    uint32_t state; /* wanted */
    uint32_t limit_s;
    enum msg progress; /* {seconds} */
};

/* Until the service is in that state, has stopped, or the time is up: *status is the last one. */
MUST_CHECK static uint32_t
wait_for(const struct service_manage *m, void *service, const struct wait *w,
         struct scm_status *status)
{
    uint64_t began = m->api->now_ns(m->api->ctx);
    uint64_t told_s = 0;

    for (;;) {
        uint32_t code = m->api->query(m->api->ctx, service, status);
        uint64_t passed_s = (m->api->now_ns(m->api->ctx) - began) / NS_PER_S;

        if (code != MANAGE_OK || status->state == w->state || status->state == SCM_STOPPED ||
            passed_s >= w->limit_s) {
            return code;
        }
        if (passed_s > told_s) {
            told_s = passed_s;
            say_number(m, TELL_PROGRESS, w->progress, "seconds", passed_s);
        }
        m->api->sleep_ms(m->api->ctx, POLL_MS);
    }
}

/* -- start --------------------------------------------------------------------------------------
 */

/* It stopped again at once: with a code of Windows', or with an error of ours. */
MUST_CHECK static enum err
say_did_not_start(const struct service_manage *m, const struct scm_status *status)
{
    bool ours = status->exit_code == SCM_SERVICE_SPECIFIC_ERROR;
    enum err err = ours ? (enum err)status->specific_code : ERR_IO;
    struct buf number;

    buf_init(&number, 32);
    buf_put_u64(&number, ours ? status->specific_code : status->exit_code);
    say(m, TELL_FAIL, MSG_SERVICE_DID_NOT_START,
        (struct msg_arg[]){{"why", sv_from(err_str(err))}, {"code", buf_sv(&number)}}, 2);
    buf_fini(&number);
    return ERR_IO;
}

MUST_CHECK static enum err
wait_running(const struct service_manage *m, void *service)
{
    const struct wait w = {SCM_RUNNING, SERVICE_START_WAIT_S, MSG_SERVICE_STARTING};
    struct scm_status status = {0};
    uint32_t code = wait_for(m, service, &w, &status);

    if (code != MANAGE_OK) {
        return scm_error_tell(m->tell, code);
    }
    if (status.state == SCM_STOPPED) {
        return say_did_not_start(m, &status);
    }
    if (status.state != SCM_RUNNING) {
        say_number(m, TELL_FAIL, MSG_SERVICE_START_SLOW, "seconds", SERVICE_START_WAIT_S);
        return ERR_BUSY;
    }
    return ERR_OK;
}

MUST_CHECK enum err
service_start(const struct service_manage *m)
{
    struct opened o;
    enum err err = open_service(m, MANAGE_START | MANAGE_QUERY_STATUS, &o);
    bool already = false;

    if (!err) {
        uint32_t code = m->api->start(m->api->ctx, o.service);

        already = code == MANAGE_SERVICE_ALREADY_RUNNING;
        err = code == MANAGE_OK || already ? wait_running(m, o.service)
                                           : scm_error_tell(m->tell, code);
    }
    if (!err) {
        say(m, TELL_RESULT, already ? MSG_SERVICE_STARTED_ALREADY : MSG_SERVICE_STARTED, NULL, 0);
    }
    close_all(m, &o);
    return err;
}

/* -- stop, uninstall, reload --------------------------------------------------------------------
 */

/* Sends it once the service takes it: one that is just starting takes none for a moment. */
MUST_CHECK static uint32_t
send_stop(const struct service_manage *m, void *service)
{
    uint64_t began = m->api->now_ns(m->api->ctx);

    for (;;) {
        uint32_t code = m->api->control(m->api->ctx, service, SCM_CONTROL_STOP);
        uint64_t passed_s = (m->api->now_ns(m->api->ctx) - began) / NS_PER_S;
        struct scm_status status = {0};

        if (code != MANAGE_SERVICE_CANNOT_ACCEPT_CTRL || passed_s >= SERVICE_STOP_WAIT_S) {
            return code;
        }
        code = m->api->query(m->api->ctx, service, &status);
        if (code != MANAGE_OK || status.state == SCM_STOPPED || status.state == SCM_STOP_PENDING) {
            return code; /* somebody else has told it */
        }
        m->api->sleep_ms(m->api->ctx, POLL_MS);
    }
}

/* *was_running: false when it had stopped before. */
MUST_CHECK static enum err
stop_and_wait(const struct service_manage *m, void *service, bool *was_running)
{
    const struct wait w = {SCM_STOPPED, SERVICE_STOP_WAIT_S, MSG_SERVICE_STOPPING};
    struct scm_status status = {0};
    uint32_t code = send_stop(m, service);

    *was_running = code != MANAGE_SERVICE_NOT_ACTIVE;
    if (!*was_running) {
        return ERR_OK;
    }
    if (code == MANAGE_OK) {
        code = wait_for(m, service, &w, &status);
    }
    if (code != MANAGE_OK) {
        return scm_error_tell(m->tell, code);
    }
    if (status.state != SCM_STOPPED) {
        say_number(m, TELL_FAIL, MSG_SERVICE_STOP_SLOW, "seconds", SERVICE_STOP_WAIT_S);
        return ERR_BUSY;
    }
    return ERR_OK;
}

MUST_CHECK enum err
service_stop(const struct service_manage *m)
{
    struct opened o;
    enum err err = open_service(m, MANAGE_STOP | MANAGE_QUERY_STATUS, &o);
    bool was_running = false;

    if (!err) {
        err = stop_and_wait(m, o.service, &was_running);
        if (!err && !was_running) {
            err = scm_error_tell(m->tell, MANAGE_SERVICE_NOT_ACTIVE);
        }
    }
    if (!err) {
        say(m, TELL_RESULT, MSG_SERVICE_STOPPED, NULL, 0);
    }
    close_all(m, &o);
    return err;
}

static void
remove_source(const struct service_manage *m)
{
    const struct service_source *source = m->source;
    struct buf why;
    enum err err;

    if (source == NULL || source->remove == NULL) {
        return;
    }
    buf_init(&why, WHY_LEN_MAX);
    err = source->remove(source->ctx, &why);
    if (err) {
        say(m, TELL_NOTE, MSG_SERVICE_SOURCE_KEPT,
            (struct msg_arg[]){{"why", why.len > 0 ? buf_sv(&why) : sv_from(err_str(err))}}, 1);
    }
    buf_fini(&why);
}

static void
say_removed(const struct service_manage *m)
{
    struct buf path;

    buf_init(&path, COMMAND_LINE_MAX);
    if (path_data_dir(&path)) {
        buf_clear(&path);
        buf_puts(&path, "ProgramData");
    }
    say(m, TELL_RESULT, MSG_SERVICE_REMOVED, (struct msg_arg[]){{"path", buf_sv(&path)}}, 1);
    buf_fini(&path);
}

MUST_CHECK enum err
service_uninstall(const struct service_manage *m)
{
    struct opened o;
    enum err err = open_service(m, MANAGE_DELETE | MANAGE_STOP | MANAGE_QUERY_STATUS, &o);
    bool was_running = false;

    if (!err) {
        err = stop_and_wait(m, o.service, &was_running);
    }
    if (!err) {
        uint32_t code = m->api->remove(m->api->ctx, o.service);

        err = code == MANAGE_OK ? ERR_OK : scm_error_tell(m->tell, code);
    }
    close_all(m, &o); /* it is gone when nobody has it open */
    if (!err) {
        remove_source(m);
        say_removed(m);
    }
    return err;
}

MUST_CHECK enum err
service_reload(const struct service_manage *m)
{
    struct opened o;
    enum err err = open_service(m, MANAGE_USER_DEFINED_CONTROL, &o);

    if (!err) {
        uint32_t code = m->api->control(m->api->ctx, o.service, SCM_CONTROL_RELOAD);

        err = code == MANAGE_OK ? ERR_OK : scm_error_tell(m->tell, code);
    }
    if (!err) {
        say(m, TELL_RESULT, MSG_SERVICE_RELOADED, NULL, 0);
    }
    close_all(m, &o);
    return err;
}
