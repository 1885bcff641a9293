/* test_audit_policy - what is on, off and unknown, what Kanari is blind for, what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "evtlog/channels.h"
#include "support/policy_sim.h"

#define SF (AUDIT_EVENT_SUCCESS | AUDIT_EVENT_FAILURE)

static void
all_unknown(const struct audit_policy *p)
{
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        assert_int_equal(audit_policy_row(p, (enum audit_row)i), AUDIT_UNKNOWN);
    }
    assert_int_equal(audit_policy_event(p, 4625), AUDIT_UNKNOWN);
    assert_int_equal(audit_policy_blind(p, NULL, 0), 0);
    assert_false(audit_policy_is_blind(p));
    assert_int_not_equal(p->code, AUDIT_OK);
    assert_true(p->call[0] != '\0');
}

static void
test_all_on(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    policy_sim_init(&sim);
    audit_policy_read(&sim.api, &p);
    assert_int_equal(p.code, AUDIT_OK);
    assert_string_equal(p.call, "");
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        assert_int_equal(audit_policy_row(&p, (enum audit_row)i), AUDIT_ON);
        assert_int_equal(p.flags[i], SF);
    }
    assert_int_equal(audit_policy_blind(&p, NULL, 0), 0);
    assert_false(audit_policy_is_blind(&p));
    assert_int_equal(sim.queries, 1);
}

/* The answer to one GUID never lands in another's row. */
static void
test_each_row_alone(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    for (size_t off = 0; off < AUDIT_ROW_COUNT; off++) {
        policy_sim_init(&sim);
        sim.flags[off] = 0;
        audit_policy_read(&sim.api, &p);
        for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
            assert_int_equal(audit_policy_row(&p, (enum audit_row)i),
                             i == off ? AUDIT_BLIND : AUDIT_ON);
        }
        assert_int_equal(audit_policy_is_blind(&p), !audit_subcategories[off].optional);
    }
}

static void
test_off_and_none(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    policy_sim_init(&sim);
    sim.flags[AUDIT_LOGOFF] = AUDIT_EVENT_NONE;
    sim.flags[AUDIT_SPECIAL_LOGON] = 0;
    sim.flags[AUDIT_USER_ACCOUNTS] = AUDIT_EVENT_FAILURE; /* not what is needed */
    sim.flags[AUDIT_SECURITY_GROUPS] = AUDIT_EVENT_SUCCESS;
    sim.flags[AUDIT_POLICY_CHANGE] = SF | AUDIT_EVENT_NONE; /* contradicts itself */
    sim.flags[AUDIT_LOGON] = SF | 8;                        /* nobody said what that means */
    audit_policy_read(&sim.api, &p);
    assert_int_equal(audit_policy_row(&p, AUDIT_LOGOFF), AUDIT_BLIND);
    assert_int_equal(audit_policy_row(&p, AUDIT_SPECIAL_LOGON), AUDIT_BLIND);
    assert_int_equal(audit_policy_row(&p, AUDIT_USER_ACCOUNTS), AUDIT_BLIND);
    assert_int_equal(audit_policy_row(&p, AUDIT_SECURITY_GROUPS), AUDIT_ON);
    assert_int_equal(audit_policy_row(&p, AUDIT_POLICY_CHANGE), AUDIT_UNKNOWN);
    assert_int_equal(audit_policy_row(&p, AUDIT_LOGON), AUDIT_UNKNOWN);
    assert_int_equal(p.code, AUDIT_INVALID_DATA);
}

static void
test_privilege(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    policy_sim_init(&sim);
    audit_policy_read(&sim.api, &p);
    assert_int_equal(p.code, AUDIT_OK);
    assert_false(sim.privilege_on); /* as it was */
    assert_int_equal(sim.privileges, 2);
    policy_sim_init(&sim);
    sim.privilege_on = true;
    audit_policy_read(&sim.api, &p);
    assert_true(sim.privilege_on);
    assert_int_equal(sim.privileges, 1);
    policy_sim_init(&sim);
    sim.holds_privilege = false;
    audit_policy_read(&sim.api, &p);
    all_unknown(&p);
    assert_int_equal(p.code, AUDIT_NOT_ALL_ASSIGNED);
    assert_string_equal(p.call, "AdjustTokenPrivileges");
    sim.may_query = true; /* without the privilege, by a right on the object */
    audit_policy_read(&sim.api, &p);
    assert_int_equal(p.code, AUDIT_OK);
    assert_int_equal(audit_policy_row(&p, AUDIT_LOGON), AUDIT_ON);
}

static void
test_unknown_subcategory(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    policy_sim_init(&sim);
    sim.missing[AUDIT_SESSIONS] = true;
    sim.flags[AUDIT_LOGOFF] = 0;
    audit_policy_read(&sim.api, &p);
    assert_int_equal(p.code, AUDIT_INVALID_PARAMETER);
    assert_int_equal(audit_policy_row(&p, AUDIT_SESSIONS), AUDIT_UNKNOWN);
    assert_int_equal(audit_policy_row(&p, AUDIT_LOGON), AUDIT_ON);
    assert_int_equal(audit_policy_row(&p, AUDIT_LOGOFF), AUDIT_BLIND);
    assert_false(sim.privilege_on);
}

/* Whatever fails: unknown, never on. */
static void
test_each_error(void **state)
{
    static const uint32_t codes[] = {AUDIT_FILE_NOT_FOUND,    AUDIT_ACCESS_DENIED,
                                     AUDIT_INVALID_DATA,      AUDIT_INVALID_PARAMETER,
                                     AUDIT_NOT_IMPLEMENTED,   AUDIT_NOT_ALL_ASSIGNED,
                                     1717 /* UNKNOWN_IF */,   1722 /* SERVER_UNAVAILABLE */,
                                     1450 /* NO_RESOURCES */, 31 /* GEN_FAILURE */};
    struct policy_sim sim;
    struct audit_policy p;

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        policy_sim_init(&sim);
        sim.fail_query = codes[i];
        audit_policy_read(&sim.api, &p);
        all_unknown(&p);
        assert_int_equal(p.code, codes[i]);
        assert_false(sim.privilege_on);
        policy_sim_init(&sim);
        sim.fail_privilege = codes[i];
        audit_policy_read(&sim.api, &p);
        all_unknown(&p);
        assert_int_equal(p.code, codes[i]);
    }
    audit_policy_read(NULL, &p);
    all_unknown(&p);
    assert_int_equal(p.code, AUDIT_NOT_IMPLEMENTED);
}

static void
test_events(void **state)
{
    static const uint32_t expected[] = {4625, 4634, 4768, 4776};
    struct policy_sim sim;
    struct audit_policy p;
    uint32_t ids[8] = {0};

    (void)state;
    policy_sim_init(&sim);
    sim.flags[AUDIT_LOGON] = AUDIT_EVENT_SUCCESS;
    sim.flags[AUDIT_LOGOFF] = AUDIT_EVENT_NONE;
    sim.flags[AUDIT_KERBEROS] = AUDIT_EVENT_FAILURE;
    sim.flags[AUDIT_CREDENTIALS] = AUDIT_EVENT_SUCCESS;
    audit_policy_read(&sim.api, &p);
    assert_int_equal(audit_policy_event(&p, 4624), AUDIT_ON);
    assert_int_equal(audit_policy_event(&p, 4625), AUDIT_BLIND);
    assert_int_equal(audit_policy_event(&p, 4771), AUDIT_ON);
    assert_int_equal(audit_policy_event(&p, 4768), AUDIT_BLIND); /* its successes */
    assert_int_equal(audit_policy_event(&p, 1102), AUDIT_ON);    /* no policy governs it */
    assert_int_equal(audit_policy_blind(&p, ids, COUNT(ids)), COUNT(expected));
    assert_memory_equal(ids, expected, sizeof(expected));
    ids[2] = 0;
    assert_int_equal(audit_policy_blind(&p, ids, 2), COUNT(expected));
    assert_int_equal(ids[2], 0);
}

/* Every record of the Security log that is subscribed to is governed by a row. */
static void
test_every_subscribed_id_is_governed(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;
    size_t count = 0;

    (void)state;
    policy_sim_init(&sim);
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        sim.flags[i] = AUDIT_EVENT_NONE;
    }
    audit_policy_read(&sim.api, &p);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        for (size_t k = 0; k < channel_all[i].count; k++) {
            const struct channel_select *s = &channel_all[i].selects[k];

            for (size_t n = 0; n < s->count; n++) {
                bool audited =
                    sv_eq(sv_from(s->provider), SV("Microsoft-Windows-Security-Auditing"));

                assert_int_equal(audit_policy_event(&p, s->ids[n]) == AUDIT_BLIND, audited);
                count += audited;
            }
        }
    }
    assert_int_equal(audit_policy_blind(&p, NULL, 0), count);
}

static void
expect_advice(enum audit_row row, enum lang lang, const char *expected)
{
    struct buf out;

    buf_init(&out, 1024);
    audit_policy_advice(row, lang, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_fini(&out);
}

static void
test_what_to_do(void **state)
{
    struct policy_sim sim;
    struct audit_policy p;
    struct buf out;

    (void)state;
    expect_advice(AUDIT_LOGON, LANG_EN,
                  "turn on auditing of Logon: auditpol /set "
                  "/subcategory:\"{0CCE9215-69AE-11D9-BED3-505054503030}\" /success:enable "
                  "/failure:enable");
    expect_advice(AUDIT_LOGOFF, LANG_JA,
                  "監査「Logoff」を有効にしてください: auditpol /set "
                  "/subcategory:\"{0CCE9216-69AE-11D9-BED3-505054503030}\" /success:enable");
    policy_sim_init(&sim);
    sim.flags[AUDIT_LOGON] = AUDIT_EVENT_SUCCESS;
    sim.flags[AUDIT_LOGOFF] = 0;
    sim.flags[AUDIT_PROCESSES] = 0; /* optional */
    audit_policy_read(&sim.api, &p);
    buf_init(&out, 1024);
    audit_policy_put_off(&p, &out);
    assert_string_equal(buf_str(&out), "Logon (failure), Logoff (success)");
    buf_fini(&out);
}

static void
test_names_and_guids_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        const struct audit_subcategory *a = &audit_subcategories[i];

        assert_int_equal(audit_row_find(sv_from(a->name)), i);
        assert_true(a->needs != 0 && (a->needs & ~SF) == 0);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(&a->guid, &audit_subcategories[k].guid, sizeof(a->guid));
        }
    }
    assert_int_equal(audit_row_find(SV("audit.nothing")), AUDIT_ROW_COUNT);
}

static void
test_no_memory(void **state)
{
    struct buf out;

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        buf_init(&out, 1024);
        mem_fail_after(n);
        audit_policy_advice(AUDIT_LOGON, LANG_EN, &out);
        mem_fail_after(SIZE_MAX);
        assert_int_equal(buf_err(&out), ERR_NOMEM);
        buf_fini(&out);
    }
}

/* Asking is safe everywhere; what Wine or Linux cannot tell is unknown. */
static void
test_this_system(void **state)
{
    const struct audit_policy_api *api = audit_policy_api_system();
    struct audit_policy p;

    (void)state;
    audit_policy_read(api, &p);
    if (api == NULL) {
        all_unknown(&p);
        return;
    }
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) { /* a real Windows: an answer, or a code */
        assert_true(p.known[i] || p.code != AUDIT_OK);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_on),
        cmocka_unit_test(test_each_row_alone),
        cmocka_unit_test(test_off_and_none),
        cmocka_unit_test(test_privilege),
        cmocka_unit_test(test_unknown_subcategory),
        cmocka_unit_test(test_each_error),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_every_subscribed_id_is_governed),
        cmocka_unit_test(test_what_to_do),
        cmocka_unit_test(test_names_and_guids_are_told_apart),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_this_system),
    };

    return cmocka_run_group_tests_name("audit policy", tests, NULL, NULL);
}
