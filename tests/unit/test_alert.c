/* Alerts: ids, parameters, evidence; and the words for our enums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/attempt.h"
#include "core/coverage.h"
#include "core/story.h"

static const struct rule burst = {.id = 2000, .name = "logon.burst"};
static const struct rule steady = {.id = 2001, .name = "logon.steady"};

static void
make(struct alert *a, const char *host, const struct rule *rule, const char *key, uint64_t first_ft)
{
    memset(a, 0, sizeof(*a));
    memcpy(a->host, host, strlen(host));
    memcpy(a->key, key, strlen(key));
    a->rule = rule;
    a->first_ft = first_ft;
    alert_make_id(a);
}

/* SHA-256 of each text behind its length, as 8 bytes little endian, then the time likewise:
 *   python3 -c 'import hashlib,struct; t=lambda s: struct.pack("<Q",len(s))+s
 *   print(hashlib.sha256(t(b"PC-A")+t(b"logon.burst")+t(b"203.0.113.7")
 *                        +struct.pack("<Q",131801501711234567)).hexdigest()[:16])' */
static void
id_is_the_documented_hash(void **state)
{
    struct alert a;

    (void)state;
    make(&a, "PC-A", &burst, "203.0.113.7", UINT64_C(131801501711234567));
    assert_string_equal(a.id, "64c998ea6b61963a");
}

static void
each_part_makes_another_id(void **state)
{
    struct alert a, b;

    (void)state;
    make(&a, "PC-A", &burst, "k", 1);
    make(&b, "PC-A", &burst, "k", 1);
    assert_string_equal(a.id, b.id);
    make(&b, "PC-B", &burst, "k", 1);
    assert_string_not_equal(a.id, b.id);
    make(&b, "PC-A", &steady, "k", 1);
    assert_string_not_equal(a.id, b.id);
    make(&b, "PC-A", &burst, "l", 1);
    assert_string_not_equal(a.id, b.id);
    make(&b, "PC-A", &burst, "k", 2);
    assert_string_not_equal(a.id, b.id);
    make(&a, "ab", &burst, "c", 1);
    make(&b, "a", &burst, "bc", 1);
    assert_string_not_equal(a.id, b.id);
}

static void
parameters_are_added_replaced_and_cut(void **state)
{
    char value[ALERT_ACCOUNT_MAX + 1];
    struct alert a;

    (void)state;
    memset(&a, 0, sizeof(a));
    alert_param(&a, "source", SV("203.0.113.7"));
    alert_param(&a, "account", SV("a long name"));
    alert_param(&a, "account", SV("kumi"));
    assert_int_equal(a.param_count, 2);
    assert_string_equal(a.params[0].name, "source");
    assert_string_equal(a.params[0].value, "203.0.113.7");
    assert_string_equal(a.params[1].name, "account");
    assert_string_equal(a.params[1].value, "kumi");

    memset(value, 'x', sizeof(value));
    memcpy(value + ALERT_ACCOUNT_MAX - 2, "\xC3\xA9", 2); /* straddles the end */
    alert_param(&a, "account", (struct sv){value, sizeof(value)});
    assert_int_equal(strlen(a.params[1].value), ALERT_ACCOUNT_MAX - 2);
    alert_param(&a, "account", (struct sv){NULL, 0});
    assert_string_equal(a.params[1].value, "");
}

static void
evidence_keeps_both_ends(void **state)
{
    static const uint64_t kept[] = {1, 2, 3, 4, 17, 18, 19, 20};
    struct alert a;

    (void)state;
    memset(&a, 0, sizeof(a));
    for (uint64_t id = 1; id <= 20; id++) {
        struct alert_evidence e = {.channel = "Security", .record_id = id};

        alert_add_evidence(&a, &e);
        assert_int_equal(a.evidence_count, id < ALERT_EVIDENCE_MAX ? id : ALERT_EVIDENCE_MAX);
    }
    for (size_t i = 0; i < ALERT_EVIDENCE_MAX; i++) {
        assert_int_equal(a.evidence[i].record_id, kept[i]);
    }
}

static void
severities_have_names(void **state)
{
    enum severity s = SEV_LOW;

    (void)state;
    for (unsigned i = 0; i < SEV_COUNT; i++) {
        assert_int_equal(severity_find(sv_from(severity_name((enum severity)i)), &s), ERR_OK);
        assert_int_equal(s, i);
    }
    assert_string_equal(severity_name(SEV_CRITICAL), "critical");
    assert_int_equal(severity_find(SV("High"), &s), ERR_NOTFOUND);
    assert_int_equal(s, SEV_CRITICAL);
}

static void
words_are_the_contract(void **state)
{
    (void)state;
    assert_string_equal(attempt_outcome_name(ATTEMPT_CONNECT), "connect");
    assert_string_equal(attempt_outcome_name(ATTEMPT_FAILURE), "failure");
    assert_string_equal(attempt_outcome_name(ATTEMPT_REFUSED), "refused");
    assert_string_equal(attempt_outcome_name(ATTEMPT_SUCCESS), "success");
    assert_string_equal(attempt_outcome_name(ATTEMPT_OUTCOME_COUNT), "unknown");
    assert_string_equal(logon_service_name(SERVICE_RDP), "rdp");
    assert_string_equal(logon_service_name(SERVICE_OTHER), "other");
    assert_string_equal(source_scope_name(SCOPE_GATEWAY), "gateway");
    assert_string_equal(source_scope_name(SCOPE_INTERNET), "internet");
    assert_string_equal(coverage_state_name(COVERAGE_CLEARED), "cleared");
    assert_string_equal(coverage_state_name(COVERAGE_STALE), "stale");
    assert_string_equal(coverage_state_name(COVERAGE_BLIND), "blind");
    assert_string_equal(coverage_state_name(COVERAGE_OFF), "off");
    assert_string_equal(coverage_why_name(COVERAGE_WHY_NONE), "");
    assert_string_equal(coverage_why_name(COVERAGE_WHY_AUDITING_OFF), "auditing_off");
    assert_string_equal(coverage_why_name(COVERAGE_WHY_STOPPED), "stopped");
    assert_string_equal(story_stage_name(STAGE_DOOR), "DOOR");
    assert_string_equal(story_stage_name(STAGE_SPREAD), "SPREAD");
    assert_string_equal(stage_verdict_name(STAGE_NOTHING_SEEN), "nothing_seen");
    assert_string_equal(stage_verdict_name(STAGE_NOT_OBSERVABLE), "not_observable");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_is_the_documented_hash),
        cmocka_unit_test(each_part_makes_another_id),
        cmocka_unit_test(parameters_are_added_replaced_and_cut),
        cmocka_unit_test(evidence_keeps_both_ends),
        cmocka_unit_test(severities_have_names),
        cmocka_unit_test(words_are_the_contract),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
