/* story_alert - what those see of a story who take only alerts. */
#include "test_store_help.h"

#include "detectors/rules.h"
#include "engine/story_alert.h"

static void
make(struct story *s)
{
    *s = (struct story){.id = "00000000000000aa",
                        .revision = 1,
                        .host = "PC-A",
                        .severity = SEV_CRITICAL,
                        .first_ft = HELP_START_FT,
                        .last_ft = HELP_START_FT + TM_MIN,
                        .first_message = "STORY_FIRST_ENTRY",
                        .first_param_count = 1,
                        .first_params = {{"account", "kumi"}}};
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        s->stage[i].verdict = STAGE_NOTHING_SEEN;
    }
    s->stage[STAGE_GUESS] = (struct story_stage_facts){
        .verdict = STAGE_OBSERVED, .message = "STAGE_GUESS", .count = 20113, .alert_total = 3};
    s->stage[STAGE_ENTRY] = (struct story_stage_facts){
        .verdict = STAGE_OBSERVED, .message = "STAGE_ENTRY", .alert_total = 2};
    s->stage[STAGE_TOOL] = (struct story_stage_facts){
        .verdict = STAGE_NOT_OBSERVABLE, .message = "STAGE_TOOL", .alert_total = 99};
}

static void
it_says_what_to_do_and_what_was_observed(void **state)
{
    struct story s;
    struct alert a;

    (void)state;
    make(&s);
    memset(&a, 0xA5, sizeof(a));
    story_alert(&s, &a);
    assert_string_equal(a.id, s.id);
    assert_string_equal(a.key, s.id);
    assert_string_equal(a.host, "PC-A");
    assert_int_equal(a.revision, 1);
    assert_int_equal(a.severity, SEV_CRITICAL);
    assert_int_equal(a.state, ALERT_OPEN);
    assert_int_equal(a.first_ft, HELP_START_FT);
    assert_int_equal(a.last_ft, HELP_START_FT + TM_MIN);
    assert_string_equal(a.message, "STORY_FIRST_ENTRY");
    assert_int_equal(a.count, 5); /* alerts of the stages that were observed */
    assert_int_equal(a.param_count, 3);
    assert_string_equal(a.params[0].name, "account");
    assert_string_equal(a.params[0].value, "kumi");
    assert_string_equal(a.params[1].name, "GUESS");
    assert_string_equal(a.params[1].value, "STAGE_GUESS");
    assert_string_equal(a.params[2].name, "ENTRY");
    assert_int_equal(a.evidence_count, 0);
    assert_false(a.retro || a.suppressed || a.internet);
}

static void
its_rule_tells_what_has_become_of_it(void **state)
{
    struct story s;
    struct alert a;

    (void)state;
    make(&s);
    story_alert(&s, &a);
    assert_int_equal(a.rule->id, 3000);
    s.revision = 2;
    story_alert(&s, &a);
    assert_int_equal(a.rule->id, 3001);
    assert_int_equal(a.revision, 2);
    s.state = ALERT_CLOSED;
    story_alert(&s, &a);
    assert_int_equal(a.rule->id, 3002);
    assert_int_equal(a.state, ALERT_CLOSED);
    s.revision = 1;
    story_alert(&s, &a);
    assert_int_equal(a.rule->id, 3002);
}

/* All stages and as many parameters as a story may have: nothing beyond the bound. */
static void
parameters_have_a_bound(void **state)
{
    struct story s;
    struct alert a;

    (void)state;
    make(&s);
    s.first_param_count = ALERT_PARAMS_MAX;
    for (size_t i = 0; i < ALERT_PARAMS_MAX; i++) {
        (void)snprintf(s.first_params[i].name, sizeof(s.first_params[i].name), "p%zu", i);
    }
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        s.stage[i].verdict = STAGE_OBSERVED;
    }
    story_alert(&s, &a);
    assert_int_equal(a.param_count, ALERT_PARAMS_MAX);
    assert_string_equal(a.params[ALERT_PARAMS_MAX - 1].name, "p11");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_to_do_and_what_was_observed),
        cmocka_unit_test(its_rule_tells_what_has_become_of_it),
        cmocka_unit_test(parameters_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
