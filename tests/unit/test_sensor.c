/* sensor - the work of the service: settings, paths, what was found before it started, the output.
 */
#include "test_replay_help.h"

#include "detectors/rules.h"
#include "platform/thread.h"
#include "service/event_source.h"
#include "service/sensor.h"
#include "service/service_install.h"
#include "support/evtlog_shared.h"
#include "support/policy_sim.h"
#include "support/report_sim.h"

#define MS UINT64_C(1000000)
#define LONG_NS (UINT64_C(20000) * MS)

struct bench {
    struct buf log, store, config;
    struct evtlog_shared *evtlog;
    struct report_sim *report;
    struct policy_sim policy;
    struct sensor *sensor;
    const struct service_work *work;
    struct buf why;
};

static void
bench_make(struct bench *b)
{
    struct sensor_systems systems = {.since_ft = 1};

    memset(b, 0, sizeof(*b));
    buf_init(&b->log, SIZE_MAX);
    assert_int_equal(path_temp_file(&b->log), ERR_OK);
    help_path(&b->store);
    help_path(&b->config);
    buf_init(&b->why, SIZE_MAX);
    b->evtlog = evtlog_shared_create(buf_str(&b->log));
    b->report = report_sim_create();
    assert_non_null(b->evtlog);
    assert_non_null(b->report);
    report_sim_register(b->report, EVENT_SOURCE_NAME, EVENT_LOG_NAME);
    policy_sim_init(&b->policy);
    systems.evtlog = evtlog_shared_api(b->evtlog);
    systems.policy = &b->policy.api;
    systems.report = report_sim_api(b->report);
    assert_int_equal(sensor_create(&systems, &b->sensor), ERR_OK);
    b->work = sensor_work(b->sensor);
}

static void
bench_end(struct bench *b)
{
    sensor_destroy(b->sensor);
    assert_int_equal(evtlog_shared_destroy(b->evtlog), 0);
    assert_int_equal(report_sim_destroy(b->report), 0);
    assert_int_equal(file_delete(buf_str(&b->log)), ERR_OK);
    buf_fini(&b->log);
    help_remove(&b->store);
    help_remove(&b->config);
    buf_fini(&b->why);
}

static void
write_config(struct bench *b, const char *text)
{
    assert_int_equal(file_write_all(buf_str(&b->config), text, strlen(text)), ERR_OK);
}

/* The n-th event of that rule; NULL: there are not so many. */
static const struct report_sim_event *
find_event(struct bench *b, enum rule_index rule, size_t n)
{
    for (size_t i = 0; i < report_sim_count(b->report); i++) {
        const struct report_sim_event *e = report_sim_event(b->report, i);

        if (e->id == rule_table[rule].id && n-- == 0) {
            return e;
        }
    }
    return NULL;
}

static const struct report_sim_event *
wait_event(struct bench *b, enum rule_index rule, size_t n)
{
    uint64_t end_ns = clock_mono_ns() + LONG_NS;
    const struct report_sim_event *e;

    while ((e = find_event(b, rule, n)) == NULL && clock_mono_ns() < end_ns) {
        thread_sleep_ms(10);
    }
    if (e == NULL) {
        fail_msg("%s was not reported %zu times", rule_table[rule].name, n + 1);
    }
    return e;
}

/* Some string of the event has that in it. */
static bool
event_says(const struct report_sim_event *e, const char *text)
{
    for (uint16_t i = 0; i < e->count; i++) {
        if (strstr(e->strings[i], text) != NULL) {
            return true;
        }
    }
    return false;
}

static void
start(struct bench *b, const char *config)
{
    const struct service_start in = {.store_path = buf_str(&b->store), .config_path = config};

    assert_int_equal(b->work->start(b->work->ctx, &in, &b->why), ERR_OK);
    (void)wait_event(b, RULE_SERVICE_STARTED, 0);
}

static void
it_starts_reloads_sleeps_and_stops(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    write_config(&b, "{\"rules\": {\"burst\": {\"count\": 7}}}");
    start(&b, buf_str(&b.config));
    assert_int_equal(b.work->reload(b.work->ctx, &b.why), ERR_OK);
    (void)wait_event(&b, RULE_CONFIG_RELOADED, 0);
    b.work->suspend(b.work->ctx);
    b.work->resume(b.work->ctx);
    b.work->stop(b.work->ctx, "shutdown");
    assert_true(event_says(wait_event(&b, RULE_SERVICE_STOPPING, 0), "shutdown"));
    assert_null(find_event(&b, RULE_CONFIG_REFUSED, 0));
    assert_string_equal(buf_str(&b.why), "");
    bench_end(&b);
}

static void
bad_settings_are_refused_aloud(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    write_config(&b, "{\n\"rules\": {\"burst\": {\"count\": 0}}}");
    start(&b, buf_str(&b.config)); /* with the defaults */
    assert_true(event_says(wait_event(&b, RULE_CONFIG_REFUSED, 0), "line 2: rules.burst.count"));
    write_config(&b, "{}");
    assert_int_equal(b.work->reload(b.work->ctx, &b.why), ERR_OK);
    (void)wait_event(&b, RULE_CONFIG_RELOADED, 0);
    write_config(&b, "{\"no.such.key\": 1}");
    assert_int_not_equal(b.work->reload(b.work->ctx, &b.why), ERR_OK);
    assert_non_null(strstr(buf_str(&b.why), "no.such.key"));
    assert_true(event_says(wait_event(&b, RULE_CONFIG_REFUSED, 1), "no.such.key"));
    assert_int_equal(file_delete(buf_str(&b.config)), ERR_OK);
    assert_int_not_equal(b.work->reload(b.work->ctx, &b.why), ERR_OK);
    assert_true(event_says(wait_event(&b, RULE_CONFIG_REFUSED, 2), "cannot be read"));
    b.work->stop(b.work->ctx, "stopped");
    bench_end(&b);
}

static void
what_was_found_before_is_told(void **state)
{
    struct privileges privileges = {.missing = {[1] = true}, .missing_count = 1};
    struct data_folder_told folder;
    struct service_start in = {.privileges = &privileges, .folder = &folder};
    struct bench b;

    (void)state;
    bench_make(&b);
    data_folder_told_init(&folder);
    folder.moved = true;
    buf_puts(&folder.path, "C:\\ProgramData\\Kanari");
    buf_puts(&folder.moved_to, "C:\\ProgramData\\Kanari.foreign-1");
    in.store_path = buf_str(&b.store);
    assert_int_equal(b.work->start(b.work->ctx, &in, &b.why), ERR_OK);
    data_folder_told_fini(&folder); /* they live until start() has returned */
    assert_true(event_says(wait_event(&b, RULE_PRIVILEGE_MISSING, 0), privilege_needed[1]));
    assert_null(find_event(&b, RULE_PRIVILEGE_MISSING, 1));
    assert_true(event_says(wait_event(&b, RULE_DATA_FOLDER_MOVED, 0), "Kanari.foreign-1"));
    b.work->stop(b.work->ctx, "stopped");
    bench_end(&b);
}

/* Alerts stay in the store then. */
static void
without_any_system_it_runs(void **state)
{
    const struct sensor_systems none = {0};
    struct service_start in = {0};
    struct sensor *s;
    struct buf store, why;

    (void)state;
    help_path(&store);
    buf_init(&why, SIZE_MAX);
    in.store_path = buf_str(&store);
    assert_int_equal(sensor_create(&none, &s), ERR_OK);
    assert_int_equal(sensor_work(s)->start(sensor_work(s)->ctx, &in, &why), ERR_OK);
    sensor_work(s)->stop(sensor_work(s)->ctx, "stopped");
    sensor_destroy(s);
    assert_string_equal(buf_str(&why), "");
    buf_fini(&why);
    help_remove(&store);
}

static void
memory_may_run_out(void **state)
{
    enum err err = ERR_NOMEM;
    struct bench b;
    size_t n = 0;

    (void)state;
    bench_make(&b);
    while (err == ERR_NOMEM) {
        const struct service_start in = {.store_path = buf_str(&b.store)};

        buf_clear(&b.why);
        mem_fail_after(n++);
        err = b.work->start(b.work->ctx, &in, &b.why);
        mem_fail_after(SIZE_MAX);
        assert_true(n < 500);
    }
    assert_int_equal(err, ERR_OK);
    b.work->stop(b.work->ctx, "stopped");
    assert_true(n > 10);
    bench_end(&b);
}

/* No registry here, or a path that Windows' own would refuse. */
static void
the_source_says_why_not(void **state)
{
    struct buf why;

    (void)state;
    buf_init(&why, SIZE_MAX);
    assert_int_not_equal(sensor_source.install(NULL, "kanari.exe", &why), ERR_OK);
    assert_true(why.len > 0);
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_reloads_sleeps_and_stops),
        cmocka_unit_test(bad_settings_are_refused_aloud),
        cmocka_unit_test(what_was_found_before_is_told),
        cmocka_unit_test(without_any_system_it_runs),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(the_source_says_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
