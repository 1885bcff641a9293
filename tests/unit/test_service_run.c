/* test_service_run - the service and its threads against a simulated Service Control Manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "service/service_run.h"
#include "support/scm_sim.h"

#define SOON_MS 20000u
#define LINES_MAX 8

/* What the work was asked for, in order: S start, R reload, Z suspend, A resume, E stop. */
struct fake {
    struct mutex *lock;
    struct cond *changed;
    struct flag *go_on; /* what `hang` waits for */
    char calls[64];
    size_t count;
    char hang; /* the call that does not return before */
    enum err start_err, reload_err;
    char why[16];
    bool console;
    size_t missing;
};

struct fixture {
    struct scm_sim *sim;
    struct fake fake;
    struct service_work work;
    struct service_run run;
    struct tell tell;
    enum msg said[LINES_MAX];
    size_t said_count;
    struct thread *thread;
    enum err result;
};

/* -- the work -----------------------------------------------------------------------------------
 */

static void
note(struct fake *f, char call)
{
    mutex_lock(f->lock);
    assert_true(f->count < sizeof(f->calls) - 1);
    f->calls[f->count++] = call;
    cond_wake_all(f->changed);
    mutex_unlock(f->lock);
    if (f->hang == call) {
        (void)flag_wait_until(f->go_on, THREAD_FOREVER);
    }
}

static enum err
fake_start(void *ctx, const struct service_start *in, struct buf *why)
{
    struct fake *f = ctx;

    f->console = in->console;
    f->missing = in->privileges == NULL ? 99 : in->privileges->missing_count;
    note(f, 'S');
    if (f->start_err) {
        buf_puts(why, "no \x1b room");
    }
    return f->start_err;
}

static void
fake_stop(void *ctx, const char *why)
{
    struct fake *f = ctx;

    memcpy(f->why, why, strlen(why) + 1);
    note(f, 'E');
}

static enum err
fake_reload(void *ctx, struct buf *why)
{
    struct fake *f = ctx;

    note(f, 'R');
    buf_puts(why, "line 3");
    return f->reload_err;
}

static void
fake_suspend(void *ctx)
{
    note(ctx, 'Z');
}

static void
fake_resume(void *ctx)
{
    note(ctx, 'A');
}

/* Until it was asked for so much. */
static void
wait_calls(struct fake *f, const char *calls)
{
    uint64_t limit_ns = clock_mono_ns() + SOON_MS * UINT64_C(1000000);

    mutex_lock(f->lock);
    while (f->count < strlen(calls) && cond_wait_until(f->changed, f->lock, limit_ns)) {
    }
    assert_string_equal(f->calls, calls);
    mutex_unlock(f->lock);
}

/* -- the fixture --------------------------------------------------------------------------------
 */

static void
hear(void *ctx, enum tell_tone tone, enum msg id, const struct msg_arg *args, size_t count)
{
    struct fixture *x = ctx;

    (void)tone;
    (void)args;
    (void)count;
    assert_true(x->said_count < LINES_MAX);
    x->said[x->said_count++] = id;
}

static void
quiet(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    (void)level;
    assert_null(strchr(line, '\x1b'));
}

static int
setup(void **state)
{
    struct fixture *x = mem_zalloc(sizeof(*x));

    log_set(LOG_WARN, quiet, NULL);
    assert_non_null(x);
    x->sim = scm_sim_create();
    assert_non_null(x->sim);
    assert_int_equal(mutex_create(&x->fake.lock), ERR_OK);
    assert_int_equal(cond_create(&x->fake.changed), ERR_OK);
    assert_int_equal(flag_create(&x->fake.go_on), ERR_OK);
    x->work = (struct service_work){.ctx = &x->fake,
                                    .start = fake_start,
                                    .stop = fake_stop,
                                    .reload = fake_reload,
                                    .suspend = fake_suspend,
                                    .resume = fake_resume};
    x->tell = (struct tell){.ctx = x, .line = hear};
    x->run = (struct service_run){.api = scm_sim_api(x->sim), .work = &x->work, .tell = &x->tell};
    *state = x;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *x = *state;

    thread_join(x->thread);
    assert_int_equal(scm_sim_destroy(x->sim), 0);
    flag_destroy(x->fake.go_on);
    cond_destroy(x->fake.changed);
    mutex_destroy(x->fake.lock);
    mem_free(x);
    log_set(LOG_WARN, NULL, NULL);
    return 0;
}

static void
run_thread(void *ctx)
{
    struct fixture *x = ctx;

    x->result = service_run(&x->run);
}

static void
begin(struct fixture *x)
{
    static const struct thread_opts opts = {.name = "dispatcher"};

    assert_int_equal(thread_start(&opts, run_thread, x, &x->thread), ERR_OK);
}

static void
end(struct fixture *x)
{
    thread_join(x->thread);
    x->thread = NULL;
}

static void
check_states(struct fixture *x, const uint32_t *due, size_t due_count)
{
    struct scm_status found[SCM_SIM_STATUSES];
    size_t count = scm_sim_statuses(x->sim, found);

    assert_int_equal(count, due_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].state, due[i]);
    }
}
#define CHECK_STATES(x, ...)                                                                       \
    check_states((x), (const uint32_t[]){__VA_ARGS__},                                             \
                 sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static struct scm_status
last_status(struct fixture *x)
{
    struct scm_status found[SCM_SIM_STATUSES];
    size_t count = scm_sim_statuses(x->sim, found);

    assert_true(count > 0);
    return found[count - 1];
}

/* -- tests --------------------------------------------------------------------------------------
 */

static void
runs_and_stops(void **state)
{
    struct fixture *x = *state;

    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    wait_calls(&x->fake, "S");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    assert_true(scm_sim_wait(x->sim, SCM_STOPPED, SOON_MS));
    end(x);
    assert_int_equal(x->result, ERR_OK);
    wait_calls(&x->fake, "SE");
    assert_string_equal(x->fake.why, "stopped");
    assert_false(x->fake.console);
    CHECK_STATES(x, SCM_START_PENDING, SCM_RUNNING, SCM_STOP_PENDING, SCM_STOPPED);
    assert_int_equal(last_status(x).exit_code, 0);
    assert_false(scm_sim_has_ended(x->sim));
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), 1062);
    assert_int_equal(x->said_count, 0);
}

static void
controls(void **state)
{
    struct fixture *x = *state;

    x->fake.reload_err = ERR_FORMAT; /* the settings in force stay */
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    wait_calls(&x->fake, "S");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_INTERROGATE, 0), SCM_OK);
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_RELOAD, 0), SCM_OK);
    wait_calls(&x->fake, "SR");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_PARAMCHANGE, 0), SCM_OK);
    wait_calls(&x->fake, "SRR");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_SUSPEND), SCM_OK);
    wait_calls(&x->fake, "SRRZ");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_RESUME_AUTOMATIC),
                     SCM_OK);
    wait_calls(&x->fake, "SRRZA");
    assert_int_equal(scm_sim_control(x->sim, 129, 0), SCM_CALL_NOT_IMPLEMENTED);
    assert_int_equal(scm_sim_control(x->sim, 2, 0), 1052); /* pause */
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_PRESHUTDOWN, 0), SCM_OK);
    end(x);
    wait_calls(&x->fake, "SRRZAE");
    assert_string_equal(x->fake.why, "shutdown");
    CHECK_STATES(x, SCM_START_PENDING, SCM_RUNNING, SCM_STOP_PENDING, SCM_STOPPED);
}

/* Controls that come while it starts, and a second stop while it stops. */
static void
at_any_time(void **state)
{
    struct fixture *x = *state;

    x->fake.hang = 'S';
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS)); /* does not wait for the work */
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_RELOAD, 0), SCM_OK);
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    assert_true(scm_sim_wait(x->sim, SCM_STOP_PENDING, SOON_MS));
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), 1061);
    assert_int_equal(scm_sim_force(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    assert_int_equal(scm_sim_force(x->sim, SCM_CONTROL_SHUTDOWN, 0), SCM_OK);
    assert_int_equal(scm_sim_force(x->sim, SCM_CONTROL_RELOAD, 0), 1061);
    flag_raise(x->fake.go_on);
    end(x);
    wait_calls(&x->fake, "SE");
    assert_string_equal(x->fake.why, "stopped");
    assert_int_equal(last_status(x).state, SCM_STOPPED);
}

/* The PC waits for a sleep to be noted, but not longer than it must. */
static void
sleep_is_waited_for(void **state)
{
    struct fixture *x = *state;

    x->fake.hang = 'Z';
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    wait_calls(&x->fake, "S");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_SUSPEND), SCM_OK);
    wait_calls(&x->fake, "SZ");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_RESUME_SUSPEND),
                     SCM_OK);
    flag_raise(x->fake.go_on);
    wait_calls(&x->fake, "SZA");
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    end(x);
    wait_calls(&x->fake, "SZAE");
}

static void
busy_work_holds_no_sleep_up(void **state)
{
    struct fixture *x = *state;
    uint64_t before_ns;
    uint64_t passed_ms;

    x->fake.hang = 'S';
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    before_ns = clock_mono_ns();
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_SUSPEND), SCM_OK);
    passed_ms = (clock_mono_ns() - before_ns) / 1000000u;
    assert_in_range(passed_ms, SERVICE_SUSPEND_WAIT_MS, SOON_MS);
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_POWEREVENT, SCM_POWER_RESUME_AUTOMATIC),
                     SCM_OK);
    flag_raise(x->fake.go_on);
    wait_calls(&x->fake, "SZA"); /* told late, but told */
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_SHUTDOWN, 0), SCM_OK);
    end(x);
    wait_calls(&x->fake, "SZAE");
}

static void
let_go(void *ctx)
{
    struct fake *f = ctx;

    flag_raise(f->go_on);
}

static void
hangs_in_its_stop(void **state)
{
    struct fixture *x = *state;
    uint64_t before_ns;

    x->fake.hang = 'E';
    x->run.stop_ms = 1500; /* one checkpoint */
    scm_sim_on_end(x->sim, let_go, &x->fake);
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    before_ns = clock_mono_ns();
    assert_int_equal(scm_sim_control(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    assert_true(scm_sim_wait(x->sim, SCM_STOPPED, SOON_MS));
    assert_true(clock_mono_ns() - before_ns >= 1500 * UINT64_C(1000000));
    end(x);
    assert_true(scm_sim_has_ended(x->sim));
    CHECK_STATES(x, SCM_START_PENDING, SCM_RUNNING, SCM_STOP_PENDING, SCM_STOP_PENDING,
                 SCM_STOPPED);
    assert_int_equal(last_status(x).exit_code, 0);
}

static void
work_does_not_start(void **state)
{
    struct fixture *x = *state;

    x->fake.start_err = ERR_IO;
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_STOPPED, SOON_MS));
    end(x);
    assert_int_equal(x->result, ERR_IO);
    wait_calls(&x->fake, "S"); /* and is not stopped */
    assert_int_equal(last_status(x).exit_code, SCM_SERVICE_SPECIFIC_ERROR);
    assert_int_equal(last_status(x).specific_code, ERR_IO);
}

static void
dispatcher_errors(void **state)
{
    static const uint32_t codes[] = {SCM_INVALID_DATA, 1056, 5, 31};
    struct fixture *x = *state;

    for (size_t i = 0; i < COUNT(codes); i++) {
        x->said_count = 0;
        scm_sim_fail(x->sim, SCM_SIM_DISPATCHER, 0, codes[i]);
        assert_int_equal(service_run(&x->run), codes[i] == 5 ? ERR_ACCESS : ERR_IO);
        assert_int_equal(x->said_count, 1);
        wait_calls(&x->fake, "");
    }
}

/* Without the SCM, or not started by it, it runs in the console; here the work does not start, so
 * that nobody has to end it. */
static void
not_a_service(void **state)
{
    struct fixture *x = *state;

    x->fake.start_err = ERR_FORMAT;
    scm_sim_fail(x->sim, SCM_SIM_DISPATCHER, 0, SCM_FAILED_SERVICE_CONTROLLER_CONNECT);
    assert_int_equal(service_run(&x->run), ERR_FORMAT);
    assert_int_equal(x->said_count, 2);
    assert_int_equal(x->said[0], MSG_SERVICE_NO_MANAGER);
    assert_int_equal(x->said[1], MSG_SERVICE_WORK_FAILED);
    assert_true(x->fake.console);
    x->run.console = true; /* not even asked */
    assert_int_equal(service_run(&x->run), ERR_FORMAT);
    assert_int_equal(x->said_count, 3);
    x->run.console = false;
    x->run.api = NULL;
    assert_int_equal(service_run(&x->run), ERR_FORMAT);
    assert_int_equal(x->said_count, 4);
    wait_calls(&x->fake, "SSS");
}

static void
no_handler(void **state)
{
    struct fixture *x = *state;

    scm_sim_fail(x->sim, SCM_SIM_REGISTER, 0, 1083);
    begin(x);
    end(x);
    assert_int_equal(x->result, ERR_IO);
    assert_true(scm_sim_has_ended(x->sim)); /* or the dispatcher would never return */
    wait_calls(&x->fake, "");
}

/* What cannot be said does not keep it from running; STOPPED unsaid ends the process. */
static void
status_errors(void **state)
{
    struct fixture *x = *state;

    scm_sim_fail(x->sim, SCM_SIM_SET_STATUS, 2, SCM_INVALID_DATA);
    begin(x);
    assert_true(scm_sim_wait(x->sim, SCM_RUNNING, SOON_MS));
    wait_calls(&x->fake, "S");
    assert_int_equal(scm_sim_force(x->sim, SCM_CONTROL_STOP, 0), SCM_OK);
    end(x);
    wait_calls(&x->fake, "SE");
    CHECK_STATES(x, SCM_START_PENDING, SCM_RUNNING);
    assert_true(scm_sim_has_ended(x->sim));
}

/* Each allocation of the start fails once: it says so and ends, or runs. */
static void
no_memory(void **state)
{
    struct fixture *x = *state;

    mem_fail_after(0);
    assert_int_equal(service_run(&x->run), ERR_NOMEM);
    mem_fail_after(1);
    assert_int_equal(service_run(&x->run), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    wait_calls(&x->fake, "");
    mem_fail_after(4); /* two threads of the test, lock and condition; then the work's thread */
    begin(x);
    end(x);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(last_status(x).exit_code, SCM_NOT_ENOUGH_MEMORY);
    wait_calls(&x->fake, "");
}

/* -- privileges are given up before the work starts ---------------------------------------------
 */

static uint32_t
list_one(void *ctx, struct privilege out[PRIVILEGES_MAX], size_t *count)
{
    (void)ctx;
    out[0] = (struct privilege){.luid = 20, .name = "SeDebugPrivilege"};
    *count = 1;
    return 0;
}

static void
privileges_are_told(void **state)
{
    static const struct privilege_api api = {.list = list_one};
    struct fixture *x = *state;

    x->fake.start_err = ERR_BUSY;
    x->run.privileges = &api;
    x->run.console = true;
    assert_int_equal(service_run(&x->run), ERR_BUSY);
    assert_int_equal(x->fake.missing, PRIVILEGES_NEEDED - 1);
    assert_int_equal(x->said[0], MSG_SERVICE_PRIVILEGES_MISSING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_and_stops),
        TEST(controls),
        TEST(at_any_time),
        TEST(sleep_is_waited_for),
        TEST(busy_work_holds_no_sleep_up),
        TEST(hangs_in_its_stop),
        TEST(work_does_not_start),
        TEST(dispatcher_errors),
        TEST(not_a_service),
        TEST(no_handler),
        TEST(status_errors),
        TEST(no_memory),
        TEST(privileges_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
