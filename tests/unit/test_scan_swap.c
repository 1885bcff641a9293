/* scan - rules that are replaced while other threads scan: each scan is of one set of rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "platform/thread.h"
#include "scan/scan.h"

#define THREADS 3u
#define LOADS 40u
#define SOAK_LOADS 2000u

static struct scan_engine *engine;
static struct flag *stop;

/* Two sets of rules, told apart by their family; each has two rules that always match. */
static const char *const sets[2] = {
    "rule A1 { meta: family = \"even\" condition: true }\n"
    "rule A2 { meta: family = \"even\" strings: $a = \"text\" condition: $a }",
    "rule B1 { meta: family = \"odd\" condition: true }\n"
    "rule B2 { meta: family = \"odd\" strings: $a = \"text\" condition: $a }",
};

struct worker {
    struct thread *thread;
    uint64_t scans, wrong;
    enum err err;
};

static void
scan_until_stopped(void *ctx)
{
    struct worker *w = ctx;
    struct scanner *s;
    static _Thread_local struct scan_result r;

    w->err = scanner_create(engine, &scan_limits_default, &s);
    if (w->err) {
        return;
    }
    while (!w->err && !flag_is_up(stop)) {
        w->err = scanner_run(s, sv_from("a text"), NULL, &r);
        w->scans++;
        if (r.hit_count != 2 ||
            !sv_eq(sv_from(r.hits[0].rule.family), sv_from(r.hits[1].rule.family))) {
            w->wrong++;
        }
    }
    scanner_destroy(s);
}

static void
load(size_t n)
{
    static struct scan_report report;
    struct scan_source file = {"set.yar", sv_from(sets[n % 2])};

    assert_int_equal(scan_engine_load(engine, &file, 1, &report), ERR_OK);
    assert_int_equal(report.rules, 2);
}

static void
test_swap_while_scanning(void **state)
{
    struct worker workers[THREADS] = {0};
    struct thread_opts opts = {.name = "scan"};
    size_t loads = env_get("KANARI_SOAK") != NULL ? SOAK_LOADS : LOADS;

    (void)state;
    assert_int_equal(scan_engine_create(&engine), ERR_OK);
    assert_int_equal(flag_create(&stop), ERR_OK);
    load(0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(thread_start(&opts, scan_until_stopped, &workers[i], &workers[i].thread),
                         ERR_OK);
    }
    for (size_t n = 1; n < loads; n++) {
        load(n);
    }
    flag_raise(stop);
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(workers[i].thread);
        assert_int_equal(workers[i].err, ERR_OK);
        assert_int_equal(workers[i].wrong, 0);
    }
    assert_true(workers[0].scans + workers[1].scans + workers[2].scans > 0);
    flag_destroy(stop);
    scan_engine_destroy(engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_swap_while_scanning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
