/* test_scm - the state machine of the service: what it says, when, and never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/err.h"
#include "service/scm.h"

#define MS UINT64_C(1000000)
#define ALL                                                                                        \
    (SCM_ACCEPT_STOP | SCM_ACCEPT_SHUTDOWN | SCM_ACCEPT_PARAMCHANGE | SCM_ACCEPT_POWEREVENT |      \
     SCM_ACCEPT_PRESHUTDOWN)

static void
check_status(const struct scm *m, struct scm_status due)
{
    assert_memory_equal(&m->status, &due, sizeof(due));
}

static struct scm
running(void)
{
    struct scm m;

    scm_init(&m, SCM_STOP_MS);
    assert_true(scm_begin(&m));
    assert_true(scm_run(&m));
    return m;
}

static void
starts(void **state)
{
    struct scm m;

    (void)state;
    scm_init(&m, SCM_STOP_MS);
    assert_true(scm_begin(&m));
    check_status(&m, (struct scm_status){.state = SCM_START_PENDING,
                                         .checkpoint = 1,
                                         .wait_hint_ms = SCM_START_HINT_MS});
    assert_true(scm_wake_ns(&m) == UINT64_MAX);
    assert_true(scm_run(&m));
    check_status(&m, (struct scm_status){.state = SCM_RUNNING, .accepted = ALL});
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    assert_false(scm_tick(&m, UINT64_MAX - 1));
}

static void
stops(void **state)
{
    static const struct {
        uint32_t control;
        const char *why;
    } rows[] = {{SCM_CONTROL_STOP, "stopped"},
                {SCM_CONTROL_SHUTDOWN, "shutdown"},
                {SCM_CONTROL_PRESHUTDOWN, "shutdown"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scm m = running();
        bool changed;

        assert_int_equal(scm_control(&m, rows[i].control, 0, 7 * MS, &changed), SCM_OK);
        assert_true(changed);
        check_status(&m, (struct scm_status){.state = SCM_STOP_PENDING,
                                             .checkpoint = 1,
                                             .wait_hint_ms = SCM_STOP_HINT_MS});
        assert_string_equal(m.why, rows[i].why);
        assert_int_equal(scm_take(&m), SCM_STEP_STOP);
        assert_int_equal(scm_take(&m), SCM_STEP_WAIT); /* once */
        assert_true(scm_done(&m, ERR_OK));
        check_status(&m, (struct scm_status){.state = SCM_STOPPED});
        assert_false(m.overrun);
        assert_false(scm_done(&m, ERR_OK));
        assert_false(scm_run(&m));
    }
}

/* Checkpoints at each second, the end at five. */
static void
stops_in_time(void **state)
{
    struct scm m = running();
    bool changed;

    (void)state;
    assert_int_equal(scm_control(&m, SCM_CONTROL_STOP, 0, 100 * MS, &changed), SCM_OK);
    for (uint32_t i = 1; i <= 4; i++) {
        assert_true(scm_wake_ns(&m) == (100 + i * UINT64_C(1000)) * MS);
        assert_false(scm_tick(&m, scm_wake_ns(&m) - 1));
        assert_true(scm_tick(&m, scm_wake_ns(&m)));
        check_status(&m, (struct scm_status){.state = SCM_STOP_PENDING,
                                             .checkpoint = 1 + i,
                                             .wait_hint_ms = SCM_STOP_HINT_MS});
    }
    assert_true(scm_wake_ns(&m) == 5100 * MS);
    assert_true(scm_tick(&m, 5100 * MS));
    check_status(&m, (struct scm_status){.state = SCM_STOPPED}); /* 0: it must not be restarted */
    assert_true(m.overrun);
    assert_true(scm_wake_ns(&m) == UINT64_MAX);
    assert_false(scm_tick(&m, UINT64_MAX - 1));
    assert_int_equal(scm_take(&m), SCM_STEP_STOP); /* work that never asked still learns of it */
}

static void
fails(void **state)
{
    struct scm m = running();

    (void)state;
    assert_true(scm_done(&m, ERR_ACCESS));
    check_status(&m, (struct scm_status){.state = SCM_STOPPED,
                                         .exit_code = SCM_SERVICE_SPECIFIC_ERROR,
                                         .specific_code = ERR_ACCESS});
    scm_init(&m, SCM_STOP_MS);
    assert_true(scm_begin(&m));
    assert_true(scm_fail(&m, SCM_NOT_ENOUGH_MEMORY));
    check_status(&m, (struct scm_status){.state = SCM_STOPPED, .exit_code = SCM_NOT_ENOUGH_MEMORY});
}

/* What each control answers in each state, and whether it changes it. */
static void
answers(void **state)
{
    static const struct {
        uint32_t control;
        uint32_t start_pending, running, stop_pending, stopped;
    } rows[] = {
        {SCM_CONTROL_INTERROGATE, 0, 0, 0, 0},
        {SCM_CONTROL_STOP, 0, 0, 0, 1061},
        {SCM_CONTROL_SHUTDOWN, 0, 0, 0, 1061},
        {SCM_CONTROL_PRESHUTDOWN, 0, 0, 0, 1061},
        {SCM_CONTROL_PARAMCHANGE, 0, 0, 1061, 1061},
        {SCM_CONTROL_RELOAD, 0, 0, 1061, 1061},
        {SCM_CONTROL_POWEREVENT, 0, 0, 1061, 1061},
        {2, 120, 120, 1061, 1061},   /* pause */
        {3, 120, 120, 1061, 1061},   /* continue */
        {14, 120, 120, 1061, 1061},  /* a session */
        {129, 120, 120, 1061, 1061}, /* nobody's */
        {0, 120, 120, 1061, 1061},
        {UINT32_MAX, 120, 120, 1061, 1061},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const uint32_t due[] = {rows[i].start_pending, rows[i].running, rows[i].stop_pending,
                                rows[i].stopped};
        bool is_stop = rows[i].control == SCM_CONTROL_STOP ||
                       rows[i].control == SCM_CONTROL_SHUTDOWN ||
                       rows[i].control == SCM_CONTROL_PRESHUTDOWN;

        for (size_t k = 0; k < COUNT(due); k++) {
            struct scm m = running();
            bool changed = true;

            if (k == 0) {
                (void)scm_begin(&m);
            } else if (k >= 2) {
                assert_int_equal(scm_control(&m, SCM_CONTROL_STOP, 0, 0, &changed), SCM_OK);
            }
            if (k == 3) {
                assert_true(scm_done(&m, ERR_OK));
            }
            assert_int_equal(scm_control(&m, rows[i].control, 0, 0, &changed), due[k]);
            assert_int_equal(changed, is_stop && k < 2);
        }
    }
}

/* A stop that comes before RUNNING was said: it is not said any more. */
static void
stopped_while_starting(void **state)
{
    struct scm m;
    bool changed;

    (void)state;
    scm_init(&m, SCM_STOP_MS);
    assert_true(scm_begin(&m));
    assert_int_equal(scm_control(&m, SCM_CONTROL_STOP, 0, 0, &changed), SCM_OK);
    assert_false(scm_run(&m));
    assert_int_equal(m.status.state, SCM_STOP_PENDING);
    assert_int_equal(scm_take(&m), SCM_STEP_STOP);
}

static void
power(struct scm *m, uint32_t event)
{
    bool changed;

    assert_int_equal(scm_control(m, SCM_CONTROL_POWEREVENT, event, 0, &changed), SCM_OK);
    assert_false(changed);
}

static void
sleeps(void **state)
{
    struct scm m = running();

    (void)state;
    power(&m, SCM_POWER_RESUME_AUTOMATIC); /* it never slept */
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    power(&m, SCM_POWER_SUSPEND);
    assert_int_equal(scm_take(&m), SCM_STEP_SUSPEND);
    power(&m, SCM_POWER_SUSPEND);
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    power(&m, SCM_POWER_RESUME_AUTOMATIC);
    assert_int_equal(scm_take(&m), SCM_STEP_RESUME);
    power(&m, SCM_POWER_RESUME_SUSPEND); /* and now a person is there */
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    power(&m, SCM_POWER_SUSPEND); /* over before anybody asked */
    power(&m, SCM_POWER_RESUME_CRITICAL);
    assert_int_equal(scm_take(&m), SCM_STEP_SUSPEND);
    assert_int_equal(scm_take(&m), SCM_STEP_RESUME);
    power(&m, SCM_POWER_SUSPEND); /* and asleep again before the resume was taken */
    assert_int_equal(scm_take(&m), SCM_STEP_SUSPEND);
    power(&m, SCM_POWER_RESUME_AUTOMATIC);
    power(&m, SCM_POWER_SUSPEND);
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    power(&m, 10); /* battery, AC */
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
}

static void
reloads(void **state)
{
    struct scm m = running();
    bool changed;

    (void)state;
    assert_int_equal(scm_control(&m, SCM_CONTROL_RELOAD, 0, 0, &changed), SCM_OK);
    assert_int_equal(scm_control(&m, SCM_CONTROL_PARAMCHANGE, 0, 0, &changed), SCM_OK);
    power(&m, SCM_POWER_SUSPEND);
    assert_int_equal(scm_take(&m), SCM_STEP_SUSPEND); /* first: there is little time */
    assert_int_equal(scm_take(&m), SCM_STEP_RELOAD);  /* once for both */
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
    assert_int_equal(scm_control(&m, SCM_CONTROL_RELOAD, 0, 0, &changed), SCM_OK);
    assert_int_equal(scm_control(&m, SCM_CONTROL_STOP, 0, 0, &changed), SCM_OK);
    assert_int_equal(scm_take(&m), SCM_STEP_STOP); /* nothing else any more */
    assert_int_equal(scm_take(&m), SCM_STEP_WAIT);
}

/* -- any inputs in any order --------------------------------------------------------------------
 */

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

struct checked {
    struct scm m;
    struct scm_status before;
    uint64_t now_ns, stop_ns;
    bool asleep, stop_given;
};

/* What is said follows from what was said before. */
static void
check_change(struct checked *c, bool changed)
{
    const struct scm_status *a = &c->before;
    const struct scm_status *b = &c->m.status;
    bool pending = b->state == SCM_START_PENDING || b->state == SCM_STOP_PENDING;

    assert_int_equal(changed, memcmp(a, b, sizeof(*a)) != 0);
    assert_int_equal(b->accepted != 0, b->state == SCM_RUNNING);
    assert_int_equal(b->checkpoint != 0, pending);
    assert_int_equal(b->wait_hint_ms != 0, pending);
    if (changed) {
        assert_int_not_equal(a->state, SCM_STOPPED);
        assert_true(b->state != a->state || b->checkpoint == a->checkpoint + 1);
        assert_true(a->state != SCM_STOP_PENDING || b->state != SCM_RUNNING);
        assert_int_not_equal(b->state, SCM_START_PENDING);
    }
    if (changed && a->state != SCM_STOP_PENDING && b->state == SCM_STOP_PENDING) {
        c->stop_ns = c->now_ns;
    }
    c->before = *b;
}

static void
check_step(struct checked *c)
{
    switch (scm_take(&c->m)) {
    case SCM_STEP_SUSPEND:
        assert_false(c->asleep || c->stop_given);
        c->asleep = true;
        break;
    case SCM_STEP_RESUME:
        assert_true(c->asleep && !c->stop_given);
        c->asleep = false;
        break;
    case SCM_STEP_RELOAD:
        assert_false(c->stop_given);
        break;
    case SCM_STEP_STOP:
        assert_false(c->stop_given);
        assert_non_null(c->m.why);
        c->stop_given = true;
        break;
    case SCM_STEP_WAIT:
        break;
    }
}

static void
random_input(struct checked *c, uint64_t *seed)
{
    static const uint32_t controls[] = {1, 4, 5, 6, 13, 13, 13, 13, 15, 128, 128, 2, 200};
    static const uint32_t events[] = {4, 6, 7, 18, 10};
    uint64_t r = next_random(seed);
    bool changed = false;

    switch (r % 8) {
    case 0:
        changed = scm_run(&c->m);
        break;
    case 1:
    case 2:
        c->now_ns += (r >> 8) % (900 * MS);
        changed = scm_tick(&c->m, c->now_ns);
        break;
    case 3:
        if (r >> 32 & 1 && c->stop_given) {
            changed = scm_done(&c->m, ERR_OK);
        }
        break;
    case 4:
    case 5:
        check_step(c);
        break;
    default:
        (void)scm_control(&c->m, controls[(r >> 8) % COUNT(controls)],
                          events[(r >> 16) % COUNT(events)], c->now_ns, &changed);
        break;
    }
    check_change(c, changed);
}

static void
any_order(void **state)
{
    uint64_t seed = UINT64_C(88172645463325252);

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct checked c = {.now_ns = 0};

        scm_init(&c.m, SCM_STOP_MS);
        assert_true(scm_begin(&c.m));
        c.before = c.m.status;
        for (unsigned i = 0; i < 40; i++) {
            random_input(&c, &seed);
        }
        if (c.m.status.state == SCM_STOP_PENDING) {
            assert_true(c.now_ns < c.stop_ns + SCM_STOP_MS * MS + 900 * MS);
            assert_true(scm_tick(&c.m, c.stop_ns + SCM_STOP_MS * MS));
            assert_int_equal(c.m.status.state, SCM_STOPPED);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts),        cmocka_unit_test(stops),
        cmocka_unit_test(stops_in_time), cmocka_unit_test(fails),
        cmocka_unit_test(answers),       cmocka_unit_test(stopped_while_starting),
        cmocka_unit_test(sleeps),        cmocka_unit_test(reloads),
        cmocka_unit_test(any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
