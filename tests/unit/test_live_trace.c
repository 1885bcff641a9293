/* live_trace - what sessions tell, as coverage, alerts and rows of the status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_trace.h"

#define NOW_FT (UINT64_C(5000000) * TM_SEC)
#define SEEN_MAX 64

struct told {
    uint32_t rule;
    enum alert_state state;
    uint64_t count;
    char key[64], params[256];
};

struct bench {
    struct inlet *inlet;
    struct spool *spool;
    struct keeper *keeper;
    struct health *health;
    struct watched *watched;
    struct live_trace *trace;
    size_t told_count, covered_count;
    struct told told[SEEN_MAX];
    struct coverage covered[SEEN_MAX];
};

static void
on_health(void *ctx, const struct alert *a)
{
    struct bench *b = ctx;
    struct told *t = &b->told[b->told_count++];

    assert_true(b->told_count <= SEEN_MAX);
    *t = (struct told){.rule = a->rule->id, .state = a->state, .count = a->count};
    (void)snprintf(t->key, sizeof(t->key), "%.63s", a->key);
    for (size_t i = 0; i < a->param_count; i++) {
        size_t len = strlen(t->params);

        (void)snprintf(t->params + len, sizeof(t->params) - len, "%s;", a->params[i].value);
    }
}

static enum err
on_coverage(void *ctx, const struct coverage *c)
{
    struct bench *b = ctx;

    assert_true(b->covered_count < SEEN_MAX);
    b->covered[b->covered_count++] = *c;
    return ERR_OK;
}

static struct bench *
make(void)
{
    struct bench *b = mem_zalloc(sizeof(*b));
    struct live_trace_opts o = {0};
    struct keeper_opts keeper = {0};

    assert_non_null(b);
    assert_int_equal(inlet_create(1, UINT64_MAX, &b->inlet), ERR_OK);
    assert_int_equal(spool_create(&b->spool), ERR_OK);
    keeper.spool = b->spool;
    assert_int_equal(keeper_create(&keeper, &b->keeper), ERR_OK);
    assert_int_equal(health_create(SV("PC-A"), on_health, b, &b->health), ERR_OK);
    assert_int_equal(watched_create(SV("PC-A"), on_coverage, b, &b->watched), ERR_OK);
    o = (struct live_trace_opts){.tracer = {.inlet = b->inlet, .host = SV("PC-A")},
                                 .watched = b->watched,
                                 .health = b->health,
                                 .keeper = b->keeper};
    assert_int_equal(live_trace_create(&o, &b->trace), ERR_OK);
    return b;
}

static void
finish(struct bench *b)
{
    live_trace_destroy(b->trace);
    watched_destroy(b->watched);
    health_destroy(b->health);
    keeper_destroy(b->keeper);
    spool_destroy(b->spool);
    inlet_destroy(b->inlet);
    mem_free(b);
}

static void
note(struct bench *b, const struct tracer_note *n, uint64_t now_ft)
{
    live_trace_note(b->trace, (struct sv){(const char *)n, sizeof(*n)}, now_ft);
}

static struct tracer_note
state_note(size_t session, enum etw_session_state state, uint32_t code)
{
    return (struct tracer_note){.kind = TRACER_SESSION,
                                .session = session,
                                .what = ETW_NOTE_STATE,
                                .status = {.state = state, .code = code, .call = "StartTrace"}};
}

static const struct told *
last(const struct bench *b)
{
    assert_true(b->told_count > 0);
    return &b->told[b->told_count - 1];
}

static void
expect(const struct bench *b, enum rule_index rule, enum alert_state state, const char *key)
{
    assert_int_equal(last(b)->rule, rule_table[rule].id);
    assert_int_equal(last(b)->state, state);
    assert_string_equal(last(b)->key, key);
}

/* 183, 1450, 5, 87, 4201, 24: named, with what it is; over when the session is live. */
static void
each_error_is_an_alert_until_it_is_over(void **state)
{
    static const struct {
        uint32_t code;
        const char *word;
    } cases[] = {
        {ETW_ALREADY_EXISTS, "taken, error 183"},
        {ETW_NO_SYSTEM_RESOURCES, "full, error 1450"},
        {ETW_ACCESS_DENIED, "denied, error 5"},
        {ETW_INVALID_PARAMETER, "refused, error 87"},
        {ETW_INSTANCE_NOT_FOUND, "stopped, error 4201"},
        {ETW_BAD_LENGTH, "refused, error 24"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bench *b = make();
        enum etw_session_state is = etw_session_state_of(cases[i].code);
        struct tracer_note n = state_note(ETW_SESSION_NETWORK, is, cases[i].code);

        note(b, &n, NOW_FT);
        expect(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, "Kanari-Network");
        assert_non_null(strstr(last(b)->params, cases[i].word));
        n = state_note(ETW_SESSION_NETWORK, ETW_STATE_LIVE, 0);
        note(b, &n, NOW_FT + TM_SEC);
        expect(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, "Kanari-Network");
        assert_int_equal(b->told_count, 2);
        finish(b);
    }
}

static void
no_etw_at_all_is_told_once(void **state)
{
    struct bench *b = make();

    (void)state;
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        struct tracer_note n = state_note(i, ETW_STATE_UNSUPPORTED, ETW_NOT_IMPLEMENTED);

        note(b, &n, NOW_FT);
    }
    assert_int_equal(b->told_count, 1);
    expect(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, "etw");
    assert_non_null(strstr(last(b)->params, "Event Tracing for Windows"));
    assert_int_equal(watched_beat(b->watched, NOW_FT + TM_MIN), ERR_OK);
    assert_int_equal(b->covered_count, 0); /* and nothing is claimed */
    finish(b);
}

/* The gap of what others did, and that it is a gap. */
static void
what_others_do_is_an_alert_and_a_gap(void **state)
{
    static const struct {
        enum etw_note_kind what;
        enum rule_index rule;
        bool gap;
    } cases[] = {
        {ETW_NOTE_STOPPED, RULE_TRACE_STOPPED, true},
        {ETW_NOTE_DISABLED, RULE_TRACE_PROVIDER_OFF, true},
        {ETW_NOTE_REPLACED, RULE_TRACE_TAKEN, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bench *b = make();
        struct tracer_note n = state_note(ETW_SESSION_PROCESS, ETW_STATE_LIVE, 0);

        n.what = cases[i].what;
        n.since_ns = UINT64_C(7000000000);
        note(b, &n, NOW_FT);
        expect(b, cases[i].rule, ALERT_OPEN, "Kanari-Process");
        assert_int_equal(b->covered_count, cases[i].gap);
        if (cases[i].gap) {
            assert_int_equal(b->covered[0].state, COVERAGE_LOST);
            assert_int_equal(b->covered[0].why, COVERAGE_WHY_TAMPERED);
            assert_int_equal(b->covered[0].to_ft - b->covered[0].from_ft, 7 * TM_SEC);
        }
        finish(b);
    }
}

static void
losses_add_up(void **state)
{
    struct bench *b = make();
    struct tracer_note n = state_note(ETW_SESSION_PROCESS, ETW_STATE_LIVE, 0);

    (void)state;
    n.what = ETW_NOTE_LOST;
    n.events = 40;
    n.buffers = 2;
    note(b, &n, NOW_FT);
    expect(b, RULE_EVENTS_LOST, ALERT_OPEN, "Kanari-Process");
    assert_int_equal(last(b)->count, 42);
    assert_int_equal(b->covered[0].records, 42);
    assert_int_equal(b->covered[0].why, COVERAGE_WHY_DROPPED);
    finish(b);
}

/* A session without the provider that it is for observes nothing. */
static void
coverage_follows_the_session_and_its_provider(void **state)
{
    struct bench *b = make();
    struct tracer_note n = state_note(ETW_SESSION_PROCESS, ETW_STATE_LIVE, 0);

    (void)state;
    note(b, &n, NOW_FT);
    n.what = ETW_NOTE_SOURCE;
    n.code = n.status.source_code[0] = ETW_NO_SYSTEM_RESOURCES;
    note(b, &n, NOW_FT + TM_MIN);
    expect(b, RULE_SOURCE_UNREADABLE, ALERT_OPEN, "Kanari-Process/Kernel-Process");
    assert_int_equal(watched_beat(b->watched, NOW_FT + 2 * TM_MIN), ERR_OK);
    n.code = n.status.source_code[0] = 0;
    note(b, &n, NOW_FT + 2 * TM_MIN);
    expect(b, RULE_SOURCE_UNREADABLE, ALERT_CLOSED, "Kanari-Process/Kernel-Process");
    assert_int_equal(watched_beat(b->watched, NOW_FT + 3 * TM_MIN), ERR_OK);
    assert_true(b->covered_count >= 3);
    assert_int_equal(b->covered[0].state, COVERAGE_OBSERVED);
    assert_int_equal(b->covered[0].to_ft, NOW_FT + TM_MIN);
    assert_int_equal(b->covered[1].state, COVERAGE_STALE);
    assert_int_equal(b->covered[b->covered_count - 1].state, COVERAGE_OBSERVED);
    finish(b);
}

static void
a_test_that_fails_is_told_until_it_passes(void **state)
{
    struct bench *b = make();
    struct tracer_note n = {.kind = TRACER_TESTED, .test = TRACER_TEST_COMMAND_LINE};

    (void)state;
    note(b, &n, NOW_FT);
    expect(b, RULE_TRACE_BLIND, ALERT_OPEN, "command_line");
    n.passed = true;
    note(b, &n, NOW_FT + TM_SEC);
    expect(b, RULE_TRACE_BLIND, ALERT_CLOSED, "command_line");
    finish(b);
}

static void
sessions_are_counted(void **state)
{
    struct bench *b = make();
    unsigned asked = 0, live = 0;

    (void)state;
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        struct tracer_note n = state_note(i, i % 2 == 0 ? ETW_STATE_LIVE : ETW_STATE_DENIED, 0);

        note(b, &n, NOW_FT);
    }
    live_trace_count(b->trace, &asked, &live);
    assert_int_equal(asked, ETW_SESSION_BOOT); /* the boot trace may be absent */
    assert_int_equal(live, 2);
    live_trace_beat(b->trace, NOW_FT, 1);
    assert_int_equal(live_trace_shed(b->trace, EV_NET_CONNECT), 0);
    finish(b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_is_an_alert_until_it_is_over),
        cmocka_unit_test(no_etw_at_all_is_told_once),
        cmocka_unit_test(what_others_do_is_an_alert_and_a_gap),
        cmocka_unit_test(losses_add_up),
        cmocka_unit_test(coverage_follows_the_session_and_its_provider),
        cmocka_unit_test(a_test_that_fails_is_told_until_it_passes),
        cmocka_unit_test(sessions_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
