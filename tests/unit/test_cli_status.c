/* test_cli_status - status, the overview's first line and test-alert, over a store that a sensor
 * writes. */
#include "test_store_help.h"

#include "engine/audit_sources.h"
#include "evtlog/subscription.h"
#include "store/status.h"
#include "support/cli_capture.h"
#include "support/policy_sim.h"

#define NOW 134382240000000000ULL /* 2026-11-04T00:00:00Z, the clock of cli_capture */

struct fixture {
    struct cli_capture cap;
    struct buf path;
    struct store *live;
    size_t slept;
    size_t answer_after; /* sleeps */
};
static struct fixture f;

static const struct rule lost_rule = {1102, "events.lost", "", "", SEV_MEDIUM};
static const struct rule test_rule = {1030, "service.test", "", "", SEV_INFORMATIONAL};

/* -- a sensor ---------------------------------------------------------------------------------- */

static enum err
give_source(void *ctx, const struct store_source *s)
{
    return store_put_source(ctx, s);
}

static void
tell(enum store_status fact, const char *value)
{
    assert_int_equal(store_put_status(f.live, store_status_name(fact), sv_from(value), NOW),
                     ERR_OK);
}

static void
tell_time(enum store_status fact, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];

    (void)tm_format(t_ft, text);
    tell(fact, text);
}

static void
begin(void)
{
    assert_int_equal(store_begin(f.live), ERR_OK);
}

static void
commit(void)
{
    assert_int_equal(store_commit(f.live, NULL, 0), ERR_OK);
}

static void
put_source(const char *name, enum subscription_state state, bool optional)
{
    struct store_source source = {.name = sv_from(name),
                                  .channel = SV("Microsoft-Windows-NTLM/Operational"),
                                  .optional = optional,
                                  .state = sv_from(subscription_state_name(state)),
                                  .advice =
                                      sv_from(subscription_advice_name(subscription_advice(state))),
                                  .records = 1234,
                                  .per_minute = 7,
                                  .backlog = UINT64_MAX,
                                  .last_record_ft = NOW - 5 * TM_SEC,
                                  .updated_ft = NOW};

    assert_int_equal(store_put_source(f.live, &source), ERR_OK);
}

static void
put_healthy(void)
{
    begin();
    tell(STATUS_STATE, "running");
    tell_time(STATUS_STARTED, NOW - TM_DAY);
    tell_time(STATUS_HEARTBEAT, NOW - 20 * TM_SEC);
    tell(STATUS_VERSION, "0.2.0");
    tell(STATUS_HOST, "PC-A");
    tell(STATUS_HELD, "20113");
    tell(STATUS_STORE_STATE, "ok");
    tell(STATUS_STORE_BYTES, "8192");
    tell(STATUS_HISTORY, "done");
    tell(STATUS_REPORT_STATE, "ok");
    put_source("security", SUBSCRIPTION_LIVE, false);
    put_source("modems", SUBSCRIPTION_ABSENT, true);
    commit();
}

static int
setup(void **state)
{
    (void)state;
    f = (struct fixture){.answer_after = SIZE_MAX};
    cli_capture_init(&f.cap);
    help_path(&f.path);
    f.live = help_open(&f.path, STORE_LIVE);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    store_close(f.live);
    help_remove(&f.path);
    cli_capture_fini(&f.cap);
    return 0;
}

#define STORE "--store", buf_str(&f.path)
#define OUT buf_str(&f.cap.out)
#define ERR buf_str(&f.cap.err)

static void
has(const char *part)
{
    if (strstr(OUT, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, OUT);
    }
}

/* -- status ------------------------------------------------------------------------------------ */

static void
test_healthy(void **state)
{
    (void)state;
    put_healthy();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
    assert_string_equal(
        OUT, "Kanari 0.2.0 runs on PC-A since 2026-11-03 09:00:00+09:00: healthy.\n"
             "waiting: events 20,113, batches -; shed -, too late -\n"
             "store: ok, 8,192 bytes\n"
             "history of the logs: done, records -\n"
             "output to the Event Log: ok, waiting -; suppressed -\n"
             "rules -, settings -\n"
             "\n"
             "name      state   per minute  records  lost  unread  newest record\n"
             "modems    absent           7     1234     0  -       2026-11-04 08:59:55+09:00\n"
             "security  live             7     1234     0  -       2026-11-04 08:59:55+09:00\n");
    assert_string_equal(ERR, "");
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "--lang", "ja"), CLI_DONE);
    has("Kanari 0.2.0 は PC-A で 2026-11-03 09:00:00+09:00 から動作中: 正常。\n");
}

static void
test_for_programs(void **state)
{
    (void)state;
    put_healthy();
    f.cap.io.lang_ja = true;
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-o", "ndjson"), CLI_DONE);
    has("{\"verdict\":\"healthy\",\"state\":\"running\","
        "\"started\":\"2026-11-03T00:00:00.0000000Z\","
        "\"heartbeat\":\"2026-11-03T23:59:40.0000000Z\",\"stopped\":null,\"version\":\"0.2.0\"");
    has("\"held\":20113,");
    has("\"sources\":[{\"name\":\"modems\",");
    has("\"last_record_time\":\"2026-11-03T23:59:55.0000000Z\"");
    has("\"trouble\":false,\"what_to_do\":null}],\"health_alerts\":[]}\n");
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-o", "csv"), CLI_DONE);
    has("verdict,state,started,");
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-o", "list"), CLI_DONE);
    has("verdict");
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-o", "json"), CLI_DONE);
    assert_int_equal(OUT[0], '[');
}

static void
degraded(const char *what)
{
    if (CLI_RUN(&f.cap, "status", STORE) != CLI_FINDINGS) {
        fail_msg("%s does not degrade: %s", what, OUT);
    }
    has("degraded; 'kanari status' says why.\n");
}

static void
test_each_state_of_a_source(void **state)
{
    static const struct {
        enum subscription_state state;
        bool optional, trouble;
        const char *what_to_do;
    } rows[] = {
        {SUBSCRIPTION_CLOSED, false, false, ""},
        {SUBSCRIPTION_ABSENT, false, true, ""},
        {SUBSCRIPTION_DISABLED, true, true,
         "switch the log on: wevtutil sl \"Microsoft-Windows-NTLM/Operational\" /e:true\n"},
        {SUBSCRIPTION_DENIED, true, true, "run the service as LocalSystem"},
        {SUBSCRIPTION_UNAVAILABLE, false, true, "sc start eventlog\n"},
        {SUBSCRIPTION_UNSUPPORTED, false, true, ""},
        {SUBSCRIPTION_REFUSED, false, true, "please report this"},
        {SUBSCRIPTION_FAILED, false, true, "please report this"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_healthy();
        begin();
        put_source("ntlm", rows[i].state, rows[i].optional);
        commit();
        if (rows[i].trouble) {
            degraded(subscription_state_name(rows[i].state));
        } else {
            assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
        }
        has(rows[i].what_to_do);
    }
}

static void
test_auditing_off(void **state)
{
    static const char advice[] =
        "turn on auditing of Logon: auditpol /set "
        "/subcategory:\"{0CCE9215-69AE-11D9-BED3-505054503030}\" /success:enable /failure:enable\n";
    struct audit_policy p;
    struct policy_sim sim;

    (void)state;
    put_healthy();
    policy_sim_init(&sim);
    sim.flags[AUDIT_PROCESSES] = 0; /* optional */
    audit_policy_read(&sim.api, &p);
    begin();
    assert_int_equal(audit_sources_each(&p, NOW, give_source, f.live), ERR_OK);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
    has("audit.logon             on ");
    has("audit.processes         blind ");
    assert_null(strstr(OUT, "auditpol"));
    sim.flags[AUDIT_LOGON] = AUDIT_EVENT_SUCCESS;
    audit_policy_read(&sim.api, &p);
    begin();
    assert_int_equal(audit_sources_each(&p, NOW, give_source, f.live), ERR_OK);
    commit();
    degraded("auditing of failures off");
    has(advice);
    sim.fail_query = AUDIT_ACCESS_DENIED; /* not to know is no health either */
    audit_policy_read(&sim.api, &p);
    begin();
    assert_int_equal(audit_sources_each(&p, NOW, give_source, f.live), ERR_OK);
    commit();
    degraded("auditing unknown");
    has("run the service as LocalSystem");
}

static void
test_store_and_output(void **state)
{
    (void)state;
    put_healthy();
    begin();
    tell(STATUS_STORE_STATE, "degraded");
    tell(STATUS_STORE_WHY, "disk \x1b[2J full");
    commit();
    degraded("the store");
    has("store: degraded, 8,192 bytes\nstore: disk \\x1B[2J full\n");
    put_healthy();
    begin();
    tell(STATUS_STORE_WHY, "");
    tell(STATUS_REPORT_STATE, "failing");
    commit();
    degraded("the output");
    assert_null(strstr(OUT, "disk"));
}

static void
test_health_alerts(void **state)
{
    static struct alert a;

    (void)state;
    put_healthy();
    help_alert(&a, &help_burst, "PC-A", NOW); /* no matter of health */
    begin();
    assert_int_equal(store_put_alert(f.live, &a), ERR_OK);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
    help_alert(&a, &lost_rule, "PC-A", NOW);
    begin();
    assert_int_equal(store_put_alert(f.live, &a), ERR_OK);
    commit();
    degraded("an open health alert");
    has(a.id);
    assert_null(strstr(OUT, "logon.burst"));
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-o", "ndjson"), CLI_FINDINGS);
    has("\"verdict\":\"degraded\"");
    has("\"health_alerts\":[{\"id\":\"");
    a.state = ALERT_CLOSED;
    a.revision++;
    begin();
    assert_int_equal(store_put_alert(f.live, &a), ERR_OK);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
}

static void
test_not_running(void **state)
{
    (void)state;
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_NOTFOUND);
    assert_string_equal(OUT, "No sensor writes this store.\n");
    put_healthy();
    begin();
    tell_time(STATUS_HEARTBEAT, NOW - STATUS_HEARTBEAT_MAX);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE); /* just so */
    begin();
    tell_time(STATUS_HEARTBEAT, NOW - STATUS_HEARTBEAT_MAX - 1);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_NOTFOUND);
    has("Kanari does not run on PC-A since 2026-11-04 08:58:");
    has(", and nobody stopped it.\n");
    begin();
    tell_time(STATUS_HEARTBEAT, NOW + STATUS_HEARTBEAT_MAX + 1); /* of another clock */
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE, "-ondjson"), CLI_NOTFOUND);
    has("\"verdict\":\"not_running\"");
    begin();
    tell_time(STATUS_HEARTBEAT, NOW);
    tell(STATUS_STATE, "stopped");
    tell_time(STATUS_STOPPED, NOW - TM_SEC);
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_NOTFOUND);
    has("Kanari does not run on PC-A: it was stopped at 2026-11-04 08:59:59+09:00.\n");
    assert_int_equal(CLI_RUN(&f.cap, "status", "--store", "/nowhere/kanari.db"), CLI_NOTFOUND);
}

/* Facts of a newer sensor, and values that are none. */
static void
test_strange_facts(void **state)
{
    (void)state;
    put_healthy();
    begin();
    assert_int_equal(store_put_status(f.live, SV("mood"), SV("fine"), NOW), ERR_OK);
    tell(STATUS_HELD, "many");
    tell(STATUS_STARTED, "yesterday");
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_DONE);
    has("since -: healthy.\nwaiting: events 0,");
    begin();
    tell(STATUS_HEARTBEAT, "soon");
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "status", STORE), CLI_NOTFOUND);
}

static void
test_overview_begins_with_it(void **state)
{
    (void)state;
    assert_int_equal(CLI_RUN(&f.cap, STORE), CLI_DONE);
    assert_null(strstr(OUT, "ensor"));
    put_healthy();
    assert_int_equal(CLI_RUN(&f.cap, STORE), CLI_DONE);
    assert_int_equal(strncmp(OUT, "Kanari 0.2.0 runs on PC-A since ", 32), 0);
}

/* -- test-alert -------------------------------------------------------------------------------- */

static enum err
answer(void *ctx, int64_t number, struct sv who, uint64_t time_ft)
{
    static struct alert a;

    (void)ctx;
    (void)time_ft;
    assert_true(sv_eq(who, SV("kumi")));
    help_alert(&a, &test_rule, "PC-A", NOW);
    (void)snprintf(a.key, sizeof(a.key), "%lld", (long long)number);
    alert_make_id(&a);
    return store_put_alert(f.live, &a);
}

/* What the sensor does while the command sleeps. */
static void
sleep_and_answer(uint32_t ms)
{
    assert_int_equal(ms, 250);
    if (f.slept++ == f.answer_after) {
        begin();
        assert_int_equal(store_requests_take(f.live, answer, NULL), ERR_OK);
        commit();
    }
}

static const char *
env(const char *name)
{
    return strcmp(name, "USER") == 0 ? "kumi" : NULL;
}

static void
prepare_test(void)
{
    put_healthy();
    f.cap.io.sleep_ms = sleep_and_answer;
    f.cap.io.env = env;
}

static void
test_alert_comes(void **state)
{
    (void)state;
    prepare_test();
    f.answer_after = 3;
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE), CLI_DONE);
    assert_int_equal(f.slept, 4);
    assert_int_equal(strncmp(OUT, "The sensor answered with alert ", 31), 0);
    assert_string_equal(ERR, "");
    f.slept = 0;
    f.cap.io.err_is_terminal = true;
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE, "-o", "ndjson"), CLI_DONE);
    assert_int_equal(strncmp(OUT, "{\"request\":2,\"id\":\"", 19), 0);
    assert_non_null(strstr(ERR, "waiting for the alert"));
}

static void
test_alert_does_not_come(void **state)
{
    (void)state;
    prepare_test();
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE), CLI_FINDINGS);
    assert_int_equal(f.slept, 120); /* 30 s */
    assert_string_equal(ERR, "kanari test-alert: the sensor did not answer; 'kanari status' says "
                             "what it waits for\n");
    f.slept = 0;
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE, "--wait", "2s", "-ondjson"),
                     CLI_FINDINGS);
    assert_int_equal(f.slept, 8);
    assert_string_equal(OUT, "{\"request\":2,\"id\":null}\n");
    f.slept = 0;
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE, "--wait", "0s"), CLI_DONE);
    assert_int_equal(f.slept, 0);
    assert_string_equal(OUT, "The sensor was asked for an alert of rule service.test.\n");
}

static void
test_nobody_to_ask(void **state)
{
    struct store_filter all = {0};

    (void)state;
    prepare_test();
    begin();
    tell(STATUS_STATE, "stopped");
    commit();
    assert_int_equal(CLI_RUN(&f.cap, "test-alert", STORE), CLI_NOTFOUND);
    assert_string_equal(
        ERR, "kanari test-alert: no sensor runs: start it with 'kanari service start'\n");
    assert_string_equal(OUT, "");
    f.answer_after = 0; /* and nothing was asked */
    sleep_and_answer(250);
    assert_int_equal(help_count(f.live, ROWS_ALERTS, &all), 0);
}

/* Each allocation fails in turn: the command says so, and nothing leaks or crashes. */
static void
test_no_memory(void **state)
{
    static const char *const commands[] = {"status", "test-alert"};

    (void)state;
    prepare_test();
    for (size_t i = 0; i < COUNT(commands); i++) {
        int exit_code = CLI_INTERNAL;

        for (size_t n = 0; n < 20000 && exit_code != CLI_DONE; n = n < 64 ? n + 1 : n + 37) {
            const char *const words[] = {commands[i], STORE, i == 1 ? "--wait=0s" : NULL, NULL};

            buf_clear(&f.cap.out);
            buf_clear(&f.cap.err);
            mem_fail_after(n);
            exit_code = cli_capture_run(&f.cap, words);
            mem_fail_after(SIZE_MAX);
            assert_true(exit_code == CLI_DONE || exit_code == CLI_INTERNAL);
        }
        assert_int_equal(exit_code, CLI_DONE);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_healthy),      TEST(test_for_programs),        TEST(test_each_state_of_a_source),
        TEST(test_auditing_off), TEST(test_store_and_output),    TEST(test_health_alerts),
        TEST(test_not_running),  TEST(test_strange_facts),       TEST(test_overview_begins_with_it),
        TEST(test_alert_comes),  TEST(test_alert_does_not_come), TEST(test_nobody_to_ask),
        TEST(test_no_memory),
    };

    return cmocka_run_group_tests_name("cli, status", tests, NULL, NULL);
}
