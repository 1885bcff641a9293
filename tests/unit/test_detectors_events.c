/* Rules 2010-2013: what one event says. */
#include "detectors_feed.h"

static void
tampering_is_clearing_and_removing(void **state)
{
    struct feed *f = feed_open(NULL);
    struct event ev = feed_make_event(EV_AUDIT_CHANGE, 4719);

    (void)state;
    event_set(&ev, action, SV("%%8449, %%8451")); /* added */
    feed_event(f, &ev);
    assert_int_equal(f->count, 0);
    event_set(&ev, action, SV("%%8448, %%8451"));
    event_set(&ev, subject_account, SV("mallory"));
    feed_event(f, &ev);
    assert_int_equal(feed_one(f, "audit.tampered")->severity, SEV_HIGH);
    assert_string_equal(f->alert[0].message, "ALERT_AUDIT_TAMPERED");
    assert_string_equal(f->alert[0].account, "mallory");
    ev = feed_make_event(EV_LOG_CLEARED, 1102); /* while the computer is watched */
    feed_event(f, &ev);
    assert_int_equal(f->count, 2);
    assert_string_equal(feed_param(&f->alert[1], "log"), "Security");
    assert_string_equal(f->alert[1].message, "ALERT_AUDIT_TAMPERED_CLEARED");
    assert_int_equal(f->alert[1].evidence[0].event_id, 1102);
    feed_close(f);
}

/* The first that is known of a computer; then what its session does next, so much later. */
static size_t
cleared_at_the_beginning(const char *next, uint64_t logon_id, uint64_t seconds)
{
    struct feed *f = feed_open(NULL);
    struct event ev = feed_make_event(EV_LOG_CLEARED, 1102);
    size_t alerts;

    event_set(&ev, subject_account, SV("test"));
    event_set(&ev, subject_logon_id, 7);
    feed_event(f, &ev);
    assert_int_equal(f->count, 0);
    ev = feed_make_event(EV_AUDIT_CHANGE, 4719);
    ev.time_ft += seconds * TM_SEC;
    event_set(&ev, action, sv_from(next));
    event_set(&ev, subject_logon_id, logon_id);
    feed_event(f, &ev);
    feed_flush(f);
    alerts = f->count;
    if (alerts > 0) {
        assert_string_equal(f->alert[0].message, "ALERT_AUDIT_TAMPERED_CLEARED");
        assert_string_equal(f->alert[0].account, "test");
        assert_int_equal(f->alert[0].first_ft, FEED_START);
    }
    feed_close(f);
    return alerts;
}

static void
clearing_where_the_log_begins(void **state)
{
    (void)state;
    assert_int_equal(cleared_at_the_beginning("%%8449, %%8451", 7, 600), 0); /* set up */
    assert_int_equal(cleared_at_the_beginning("%%8449, %%8451", 7, 601), 1);
    assert_int_equal(cleared_at_the_beginning("%%8449, %%8451", 8, 60), 1);
    assert_int_equal(cleared_at_the_beginning("", 7, 60), 1);
}

static void
lockouts_by_account(void **state)
{
    struct feed *f = feed_open(NULL);
    struct event ev = feed_make_event(EV_ACCOUNT_LOCKOUT, 4740);

    (void)state;
    event_set(&ev, account, SV("Kumi"));
    feed_event(f, &ev);
    event_set(&ev, account, SV("KUMI"));
    feed_event(f, &ev);
    event_set(&ev, account, SV("taro"));
    feed_event(f, &ev);
    feed_flush(f);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->alert[0].count, 2);
    assert_int_equal(f->alert[0].severity, SEV_LOW);
    feed_close(f);
}

static void
accounts_created_and_elevated(void **state)
{
    struct feed *f = feed_open(NULL);
    struct event ev = feed_make_event(EV_ACCOUNT_CHANGE, 4732);

    (void)state;
    event_set(&ev, sid, SV("S-1-5-32-545")); /* Users */
    event_set(&ev, group_name, SV("Users"));
    event_set(&ev, member_sid, SV("S-1-5-21-1-2-3-1001"));
    feed_event(f, &ev);
    assert_int_equal(f->count, 0);
    event_set(&ev, sid, SV("S-1-5-32-544"));
    event_set(&ev, group_name, SV("Administratoren"));
    feed_event(f, &ev);
    assert_int_equal(feed_one(f, "account.created_or_elevated")->severity, SEV_MEDIUM);
    assert_string_equal(f->alert[0].message, "ALERT_ACCOUNT_ELEVATED");
    assert_string_equal(f->alert[0].account, "S-1-5-21-1-2-3-1001");
    assert_string_equal(feed_param(&f->alert[0], "group"), "Administratoren");
    ev = feed_make_event(EV_ACCOUNT_CHANGE, 4720);
    event_set(&ev, account, SV("k8h3d"));
    event_set(&ev, subject_account, SV("mallory"));
    feed_event(f, &ev);
    assert_int_equal(f->count, 2);
    assert_string_equal(f->alert[1].message, "ALERT_ACCOUNT_CREATED");
    assert_string_equal(feed_param(&f->alert[1], "actor"), "mallory");
    feed_close(f);
}

static void
protection_off_or_weaker(void **state)
{
    static const struct {
        const char *new_value;
        size_t alerts;
    } changes[] = {
        {"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\IsServiceRunning = 0x1", 0},
        {"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\C:\\ = 0x0", 1},
        {"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\"
         "DisableRealtimeMonitoring = 0x1",
         1},
        {"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\"
         "DisableRealtimeMonitoring = 0x0",
         0},
        {"", 0}, /* an exclusion was taken away */
        {"=", 0},
        {" = ", 0},
    };
    struct event ev;
    struct feed *f;

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        f = feed_open(NULL);
        ev = feed_make_event(EV_DEFENDER_EVENT, 5007);
        event_set(&ev, new_value, sv_from(changes[i].new_value));
        feed_event(f, &ev);
        assert_int_equal(f->count, changes[i].alerts);
        if (f->count > 0) {
            assert_string_equal(f->alert[0].message, "ALERT_PROTECTION_WEAKENED");
            assert_string_equal(feed_param(&f->alert[0], "what"), changes[i].new_value);
        }
        feed_close(f);
    }
    f = feed_open(NULL);
    ev = feed_make_event(EV_DEFENDER_EVENT, 1116); /* a detection is no protection switched off */
    feed_event(f, &ev);
    assert_int_equal(f->count, 0);
    ev = feed_make_event(EV_DEFENDER_EVENT, 5001);
    feed_event(f, &ev);
    assert_int_equal(feed_one(f, "protection.off")->severity, SEV_HIGH);
    feed_close(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tampering_is_clearing_and_removing),
        cmocka_unit_test(clearing_where_the_log_begins),
        cmocka_unit_test(lockouts_by_account),
        cmocka_unit_test(accounts_created_and_elevated),
        cmocka_unit_test(protection_off_or_weaker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
