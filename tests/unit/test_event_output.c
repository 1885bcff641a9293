/* test_event_output - alerts reach the Event Log once it can be reached, and never in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/rules.h"
#include "service/event_output.h"
#include "service/event_source.h"
#include "service/event_text.h"
#include "support/report_sim.h"

struct fixture {
    struct report_sim *sim;
    struct event_output *out;
    struct alert a;
    unsigned lines; /* of the log */
};

static void
count_line(void *ctx, enum log_level level, const char *line)
{
    struct fixture *f = ctx;

    assert_int_equal(level, LOG_WARN);
    assert_non_null(strstr(line, "event log: an alert was not written: "));
    f->lines++;
}

static int
setup(void **state)
{
    static struct fixture f;
    struct event_output_opts opts = {.source = EVENT_SOURCE_NAME, .lang = LANG_EN};

    memset(&f, 0, sizeof(f));
    f.sim = report_sim_create();
    assert_non_null(f.sim);
    report_sim_register(f.sim, EVENT_SOURCE_NAME, EVENT_LOG_NAME);
    opts.api = report_sim_api(f.sim);
    assert_int_equal(event_output_create(&opts, &f.out), ERR_OK);
    f.a.rule = &rule_table[RULE_LOGON_BURST];
    f.a.severity = SEV_MEDIUM;
    f.a.revision = 1;
    memcpy(f.a.id, "0123456789abcdef", ALERT_ID_MAX);
    memcpy(f.a.host, "PC-A", 5);
    memcpy(f.a.message, "ALERT_LOGON_BURST", 18);
    alert_param(&f.a, "count", SV("5"));
    alert_param(&f.a, "source", SV("10.0.0.9"));
    alert_param(&f.a, "service", SV("smb"));
    metric_reset_all();
    log_set(LOG_WARN, count_line, &f);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    log_set(LOG_WARN, NULL, NULL);
    event_output_destroy(f->out);
    assert_int_equal(report_sim_destroy(f->sim), 0);
    return 0;
}

/* -- an event ---------------------------------------------------------------------------------- */

static void
test_an_alert_is_an_event(void **state)
{
    struct fixture *f = *state;
    const struct report_sim_event *e;

    assert_int_equal(report_sim_calls(f->sim, REPORT_SIM_OPEN), 0);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    f->a.revision = 2;
    f->a.state = ALERT_CLOSED;
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    assert_int_equal(report_sim_calls(f->sim, REPORT_SIM_OPEN), 1);
    assert_int_equal(report_sim_count(f->sim), 2);
    e = report_sim_event(f->sim, 0);
    assert_string_equal(e->log, "Kanari");
    assert_string_equal(e->source, "Kanari-Sensor");
    assert_int_equal(e->id, 2000);
    assert_int_equal(e->type, REPORT_TYPE_WARNING);
    assert_int_equal(e->category, 0);
    assert_int_equal(e->count, EVENT_STRING_COUNT);
    assert_string_equal(e->strings[EVENT_STRING_ALERT_ID], "0123456789abcdef");
    assert_string_equal(e->strings[EVENT_STRING_SENTENCE],
                        "5 failed logons from 10.0.0.9 (smb) within minutes; make sure that this "
                        "address has no way to this PC.");
    assert_int_equal(e->strings[EVENT_STRING_JSON][0], '{');
    assert_string_equal(event_output_why(f->out), "");
    e = report_sim_event(f->sim, 1);
    assert_string_equal(e->strings[EVENT_STRING_REVISION], "2");
    assert_string_equal(e->strings[EVENT_STRING_STATE], "closed");
}

static void
test_types(void **state)
{
    (void)state;
    assert_int_equal(event_output_type(SEV_CRITICAL), REPORT_TYPE_ERROR);
    assert_int_equal(event_output_type(SEV_HIGH), REPORT_TYPE_ERROR);
    assert_int_equal(event_output_type(SEV_MEDIUM), REPORT_TYPE_WARNING);
    assert_int_equal(event_output_type(SEV_LOW), REPORT_TYPE_INFORMATION);
    assert_int_equal(event_output_type(SEV_INFORMATIONAL), REPORT_TYPE_INFORMATION);
}

static void
test_suppressed(void **state)
{
    struct fixture *f = *state;

    f->a.suppressed = true;
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    assert_int_equal(report_sim_count(f->sim), 0);
}

static void
test_as_the_live_sensor_calls_it(void **state)
{
    struct fixture *f = *state;
    struct live_output live = event_output_live(f->out);

    assert_int_equal(live.alert(live.ctx, &f->a), ERR_OK);
    report_sim_set_full(f->sim, true);
    assert_int_equal(live.alert(live.ctx, &f->a), ERR_FULL);
    assert_int_equal(report_sim_count(f->sim), 1);
}

/* -- failures ---------------------------------------------------------------------------------- */

/* Not written, said once, and written once it works again. */
static void
check_recovers(struct fixture *f, enum err due, const char *why)
{
    f->lines = 0;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(event_output_alert(f->out, &f->a), due);
        assert_string_equal(event_output_why(f->out), why);
    }
    assert_int_equal(f->lines, 1);
    report_sim_set_full(f->sim, false);
    report_sim_set_denied(f->sim, false);
    report_sim_set_down(f->sim, false);
    assert_int_equal(report_sim_count(f->sim), 1);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    assert_string_equal(event_output_why(f->out), "");
    assert_int_equal(report_sim_count(f->sim), 2);
}

static void
test_full(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    report_sim_set_full(f->sim, true);
    check_recovers(f, ERR_FULL, "ReportEventW: the log is full (1502)");
}

static void
test_denied(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    report_sim_set_denied(f->sim, true);
    check_recovers(f, ERR_IO, "ReportEventW: access denied (5)");
}

static void
test_down(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    report_sim_set_down(f->sim, true);
    check_recovers(f, ERR_BUSY, "RegisterEventSourceW: the service does not run (1722)");
}

/* A service that was restarted in between is not even noticed. */
static void
test_restarts(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
        report_sim_set_down(f->sim, true);
        report_sim_set_down(f->sim, false);
    }
    assert_int_equal(report_sim_count(f->sim), 5);
    assert_int_equal(report_sim_calls(f->sim, REPORT_SIM_OPEN), 5);
    assert_int_equal(f->lines, 0);
}

/* A service that takes less than documented gets the small event, and nothing if that fails. */
static void
test_too_large(void **state)
{
    struct fixture *f = *state;
    const struct report_sim_event *e;

    memset(f->a.file, 1, sizeof(f->a.file) - 1);
    memset(f->a.process, 1, sizeof(f->a.process) - 1);
    report_sim_set_bytes_max(f->sim, 2 * EVENT_SMALL_UNITS_MAX);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    e = report_sim_event(f->sim, 0);
    assert_true(e->bytes <= 2 * EVENT_SMALL_UNITS_MAX);
    assert_int_equal(strlen(e->strings[EVENT_STRING_FILE]), 64 * 4 + 3);
    report_sim_set_bytes_max(f->sim, 100);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_RANGE);
    assert_int_equal(metric_get(METRIC_EVENTS_REFUSED), 1);
    assert_int_equal(f->lines, 1);
    report_sim_set_bytes_max(f->sim, REPORT_SIM_EVENT_BYTES_MAX);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    assert_int_equal(report_sim_count(f->sim), 2);
}

static void
test_every_error(void **state)
{
    static const struct {
        uint32_t code;
        enum err err;
    } rows[] = {
        {REPORT_ACCESS_DENIED, ERR_IO},         {REPORT_INVALID_HANDLE, ERR_BUSY},
        {REPORT_NOT_ENOUGH_MEMORY, ERR_BUSY},   {REPORT_OUT_OF_MEMORY, ERR_BUSY},
        {REPORT_INVALID_PARAMETER, ERR_RANGE},  {REPORT_DISK_FULL, ERR_FULL},
        {REPORT_SERVICE_NOT_ACTIVE, ERR_BUSY},  {REPORT_SHUTDOWN_IN_PROGRESS, ERR_BUSY},
        {REPORT_NO_SYSTEM_RESOURCES, ERR_BUSY}, {REPORT_FILE_CORRUPT, ERR_IO},
        {REPORT_LOG_FILE_FULL, ERR_FULL},       {REPORT_RPC_INVALID_BINDING, ERR_BUSY},
        {REPORT_RPC_UNKNOWN_IF, ERR_BUSY},      {REPORT_RPC_SERVER_UNAVAILABLE, ERR_BUSY},
        {REPORT_RPC_SERVER_TOO_BUSY, ERR_BUSY}, {REPORT_RPC_CALL_FAILED, ERR_BUSY},
        {REPORT_RPC_CALL_FAILED_DNE, ERR_BUSY}, {REPORT_RPC_INVALID_BOUND, ERR_RANGE},
        {REPORT_EPT_NOT_REGISTERED, ERR_BUSY},  {REPORT_RPC_BAD_STUB_DATA, ERR_RANGE},
        {REPORT_RPC_CALL_CANCELLED, ERR_BUSY},  {31, ERR_IO},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t count = report_sim_count(f->sim);
        char number[16];

        (void)snprintf(number, sizeof(number), "(%u)", (unsigned)rows[i].code);
        report_sim_fail(f->sim, REPORT_SIM_REPORT, 0, 2, rows[i].code);
        assert_int_equal(event_output_alert(f->out, &f->a), rows[i].err);
        assert_non_null(strstr(event_output_why(f->out), number));
        report_sim_fail(f->sim, REPORT_SIM_REPORT, 0, 0, 0);
        assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
        assert_int_equal(report_sim_count(f->sim), count + 1);
    }
}

static void
test_open_and_close_fail(void **state)
{
    struct fixture *f = *state;

    report_sim_fail(f->sim, REPORT_SIM_OPEN, 0, 1, REPORT_RPC_UNKNOWN_IF);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_BUSY);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    report_sim_fail(f->sim, REPORT_SIM_REPORT, 0, 1, REPORT_FILE_CORRUPT);
    report_sim_fail(f->sim, REPORT_SIM_CLOSE, 0, 1, REPORT_INVALID_HANDLE);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_IO);
    assert_int_equal(event_output_alert(f->out, &f->a), ERR_OK);
    assert_int_equal(report_sim_count(f->sim), 2);
}

/* -- life -------------------------------------------------------------------------------------- */

static void
test_names(void **state)
{
    struct fixture *f = *state;
    static char long_name[66];
    const char *const bad[] = {"", long_name, "\xFF"};
    struct event_output_opts opts = {.api = report_sim_api(f->sim)};
    struct event_output *o = NULL;

    memset(long_name, 'x', 65);
    for (size_t i = 0; i < COUNT(bad); i++) {
        opts.source = bad[i];
        assert_int_equal(event_output_create(&opts, &o), ERR_RANGE);
        assert_null(o);
    }
    event_output_destroy(NULL);
}

static void
test_no_memory(void **state)
{
    struct fixture *f = *state;
    struct event_output_opts opts = {.api = report_sim_api(f->sim), .source = EVENT_SOURCE_NAME};
    struct event_output *o = NULL;
    size_t n = 0;
    enum err err;

    do {
        mem_fail_after(n++);
        err = event_output_create(&opts, &o);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && o == NULL));
    } while (err);
    assert_true(n > 5);
    mem_fail_after(0); /* an alert needs none */
    assert_int_equal(event_output_alert(o, &f->a), ERR_OK);
    mem_fail_after(SIZE_MAX);
    event_output_destroy(o);
    assert_int_equal(report_sim_count(f->sim), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_alert_is_an_event, setup, teardown),
        cmocka_unit_test(test_types),
        cmocka_unit_test_setup_teardown(test_suppressed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_as_the_live_sensor_calls_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_denied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_down, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_and_close_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };

    return cmocka_run_group_tests_name("event_output", tests, NULL, NULL);
}
