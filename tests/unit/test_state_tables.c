/* state: status codes, services, scopes, and which witnesses may stand together. */
#include "unit/test_state.h"

#include "state/scope.h"
#include "state/service.h"
#include "state/status.h"
#include "state/witness.h"

static void
test_status(void **state)
{
    static const struct {
        struct status_meaning (*table)(uint32_t code);
        uint32_t code;
        enum attempt_outcome outcome;
        enum attempt_weight weight;
    } rows[] = {
        {status_nt, 0, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC0000064, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC000006A, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC000006D, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC000006E, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC000006F, ATTEMPT_FAILURE, WEIGHT_WEAK},
        {status_nt, 0xC0000070, ATTEMPT_FAILURE, WEIGHT_WEAK},
        {status_nt, 0xC0000071, ATTEMPT_REFUSED, WEIGHT_NONE},
        {status_nt, 0xC0000072, ATTEMPT_FAILURE, WEIGHT_WEAK},
        {status_nt, 0xC00000DC, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC0000133, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC000015B, ATTEMPT_REFUSED, WEIGHT_NONE},
        {status_nt, 0xC000018C, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC0000192, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC0000193, ATTEMPT_REFUSED, WEIGHT_NONE},
        {status_nt, 0xC0000224, ATTEMPT_REFUSED, WEIGHT_NONE},
        {status_nt, 0xC0000225, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC0000234, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_nt, 0xC000005E, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC00002EE, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_nt, 0xC0000413, ATTEMPT_FAILURE, WEIGHT_WEAK},
        {status_nt, 0xC0FFEE00, ATTEMPT_FAILURE, WEIGHT_WEAK}, /* unknown */
        {status_kerberos, 0x06, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_kerberos, 0x12, ATTEMPT_FAILURE, WEIGHT_WEAK},
        {status_kerberos, 0x17, ATTEMPT_REFUSED, WEIGHT_NONE},
        {status_kerberos, 0x18, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_kerberos, 0x19, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_kerberos, 0x25, ATTEMPT_FAILURE, WEIGHT_NONE},
        {status_kerberos, 0x7F, ATTEMPT_FAILURE, WEIGHT_WEAK}, /* unknown */
        {status_rdp, 0x8009030C, ATTEMPT_FAILURE, WEIGHT_FULL},
        {status_rdp, 0x80090331, ATTEMPT_CONNECT, WEIGHT_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct status_meaning m = rows[i].table(rows[i].code);
        assert_int_equal(m.code, rows[i].code);
        assert_int_equal(m.outcome, rows[i].outcome);
        assert_int_equal(m.weight, rows[i].weight);
    }
    assert_int_equal(status_effective(0xC000006D, 0xC000006A), 0xC000006A);
    assert_int_equal(status_effective(0xC0000234, 0), 0xC0000234);
}

static void
test_service(void **state)
{
    static const struct {
        struct step s;
        enum logon_service service;
        uint8_t confidence;
    } rows[] = {
        {{.id = 4625, .type = 10}, SERVICE_RDP, 100},
        {{.id = 4625, .type = 8, .process = "C:\\x\\sshd.exe"}, SERVICE_SSH, 100},
        {{.id = 4625, .type = 3, .process = "C:\\x\\W3WP.EXE"}, SERVICE_HTTP, 100},
        {{.id = 4625, .type = 3, .process = "sqlservr.exe"}, SERVICE_MSSQL, 100},
        {{.id = 4625, .type = 3, .process = "C:\\x\\wsmprovhost.exe"}, SERVICE_WINRM, 100},
        {{.id = 4625, .type = 3, .process = "C:\\x\\svchost.exe"}, SERVICE_OTHER, 100},
        {{.id = 4625, .type = 8}, SERVICE_OTHER, 100},
        {{.id = 4625, .type = 3, .src = "10.0.0.1:5"}, SERVICE_SMB, 70},
        {{.id = 4625, .type = 3, .src = "10.0.0.1"}, SERVICE_RDP, 50},
        {{.id = 4625, .type = 3}, SERVICE_UNKNOWN, 100},
        {{.id = 4625, .type = 3, .process = "-", .src = "10.0.0.1:5"}, SERVICE_UNKNOWN, 100},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event ev = event_of(&rows[i].s, 1);
        struct service_guess g = service_of_logon(&ev);
        assert_int_equal(g.service, rows[i].service);
        assert_int_equal(g.confidence, rows[i].confidence);
    }
}

/* Each pair agrees, and no set of witnesses outgrows an attempt. */
static void
test_mates(void **state)
{
    uint32_t biggest = 0;

    (void)state;
    for (uint32_t a = 0; a < WITNESS_TYPE_COUNT; a++) {
        uint32_t of_a = witness_mates((enum witness_type)a);
        assert_int_equal(of_a & WITNESS_BIT(a), 0);
        for (uint32_t b = 0; b < WITNESS_TYPE_COUNT; b++) {
            uint32_t of_b = witness_mates((enum witness_type)b);
            assert_int_equal(of_a >> b & 1, of_b >> a & 1);
        }
    }
    for (uint32_t set = 1; set < UINT32_C(1) << WITNESS_TYPE_COUNT; set++) {
        uint32_t size = 0;
        bool all_mates = true;
        for (uint32_t a = 0; a < WITNESS_TYPE_COUNT; a++) {
            if ((set >> a & 1) != 0) {
                uint32_t beside = set & ~WITNESS_BIT(a);
                all_mates = all_mates && (beside & ~witness_mates((enum witness_type)a)) == 0;
                size++;
            }
        }
        biggest = all_mates && size > biggest ? size : biggest;
    }
    assert_int_equal(biggest + WITNESS_ALL_COUNT - WITNESS_TYPE_COUNT, ATTEMPT_WITNESS_MAX);
}

static void
test_success_and_failure_never_mix(void **state)
{
    static const enum witness_type successes[] = {WITNESS_SUCCESS, WITNESS_SESSION_LOGON,
                                                  WITNESS_SESSION_RECONNECT};
    static const enum witness_type failures[] = {
        WITNESS_FAILURE,          WITNESS_FAILURE_RDP,     WITNESS_FAILURE_LOCAL,
        WITNESS_KERBEROS_PREAUTH, WITNESS_KERBEROS_TICKET, WITNESS_NTLM_CHECK,
        WITNESS_SMB_FAILURE,      WITNESS_RDP_FAILURE,     WITNESS_RDP_DROP};

    (void)state;
    for (size_t i = 0; i < COUNT(successes); i++) {
        for (size_t k = 0; k < COUNT(failures); k++) {
            assert_int_equal(witness_mates(successes[i]) & WITNESS_BIT(failures[k]), 0);
        }
    }
}

static void
test_scope(void **state)
{
    static const struct {
        const char *addr;
        bool self;
        enum source_scope scope; /* when not self */
    } rows[] = {
        {"127.0.0.2", true, SCOPE_NONE},
        {"::1", true, SCOPE_NONE},
        {"10.1.2.3", true, SCOPE_NONE},
        {"10.1.2.4", false, SCOPE_INTERNAL},
        {"192.168.7.9", false, SCOPE_INTERNAL},
        {"169.254.1.1", false, SCOPE_INTERNAL},
        {"100.64.0.1", false, SCOPE_INTERNAL},
        {"198.18.0.1", false, SCOPE_INTERNAL},
        {"1.1.1.1", false, SCOPE_INTERNET},
        {"203.0.113.1", false, SCOPE_INTERNET},
        {"2a00::1", false, SCOPE_INTERNET},
        {"2a01:1:2:3::7", false, SCOPE_INTERNAL},
        {"2a01:1:2:4::7", false, SCOPE_INTERNET},
        {"9.9.9.9", false, SCOPE_INTERNAL},
        {"9.9.8.1", false, SCOPE_RELAY},
        {"5.5.5.5", false, SCOPE_INTERNAL}, /* on-link prefix, not an address of the PC */
        {"64:ff9b::808:808", false, SCOPE_INTERNET},
        {"fe80::1", false, SCOPE_INTERNAL},
        {"2002:a00:1::1", false, SCOPE_INTERNAL},
        {"0.0.0.0", false, SCOPE_NONE},
    };
    struct config *cfg =
        make_config("{\"host.addresses\": [\"10.1.2.3\", \"2a01:1:2:3::1\", \"5.5.0.0/16\"],"
                    " \"company.prefixes\": [\"9.9.0.0/16\"], \"logon.relays\": [\"9.9.8.0/24\"]}");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr a;
        assert_int_equal(addr_parse(sv_from(rows[i].addr), &a), ERR_OK);
        assert_int_equal(scope_is_self(cfg, &a), rows[i].self);
        if (!rows[i].self && scope_of(cfg, &a) != rows[i].scope) {
            fail_msg("%s: %s", rows[i].addr, source_scope_name(scope_of(cfg, &a)));
        }
    }
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status), cmocka_unit_test(test_service),
        cmocka_unit_test(test_mates),  cmocka_unit_test(test_success_and_failure_never_mix),
        cmocka_unit_test(test_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
