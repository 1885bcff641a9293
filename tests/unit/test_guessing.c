/* Wrong passwords from one source: thresholds, window edges, upgrades, success, stale ones. */
#include "detectors_feed.h"

#define INTERNET "203.0.113.7"
#define INSIDE "10.0.0.9"
#define DAY 86400.0

/* Failures at start, start + step, ...; 2003 and 2006 see them too, so tests ask by rule. */
static void
fails(struct feed *f, double start, double step, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        feed_fail(f, start + i * step, INSIDE, "kumi");
    }
}

static void
burst_at_five_in_120_seconds(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    fails(f, 0, 30, 4);
    assert_int_equal(f->count, 0);
    feed_fail(f, 120, INSIDE, "kumi"); /* the edge belongs to the window */
    assert_int_equal(f->count, 1);
    assert_string_equal(f->alert[0].rule->name, "logon.burst");
    assert_int_equal(f->alert[0].severity, SEV_MEDIUM);
    assert_int_equal(f->alert[0].count, 5);
    assert_int_equal(f->alert[0].first_ft, FEED_START);
    assert_int_equal(f->alert[0].last_ft, FEED_START + 120 * TM_SEC);
    assert_int_equal(f->alert[0].accounts, 1);
    assert_string_equal(f->alert[0].account, "kumi");
    assert_string_equal(f->alert[0].service, "rdp");
    assert_string_equal(f->alert[0].key, "source:10.0.0.9");
    assert_int_equal(f->alert[0].evidence_count, 1);
    assert_int_equal(f->alert[0].evidence[0].record_id, 5);
    assert_string_equal(f->alert[0].message, "ALERT_LOGON_BURST");
    assert_string_equal(feed_param(&f->alert[0], "count"), "5");
    assert_string_equal(feed_param(&f->alert[0], "source"), INSIDE);
    feed_close(f);
}

static void
no_burst_a_second_later(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    fails(f, 0, 30, 4);
    feed_fail(f, 121, INSIDE, "kumi");
    assert_int_equal(f->count, 0);
    feed_close(f);
}

static void
burst_is_high_from_the_internet(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        feed_fail(f, i, INTERNET, "kumi");
    }
    assert_int_equal(feed_one(f, "logon.burst")->severity, SEV_HIGH);
    assert_true(feed_one(f, "logon.burst")->internet);
    feed_close(f);
}

static void
steady_at_ten_in_ten_minutes(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    fails(f, 0, 40, 9);
    feed_fail(f, 601, INSIDE, "other"); /* two accounts: no stale credential */
    assert_int_equal(f->count, 0);
    feed_close(f);
    f = feed_open(NULL);
    fails(f, 0, 40, 9);
    assert_int_equal(f->count, 0);
    feed_fail(f, 600, INSIDE, "other");
    assert_int_equal(feed_one(f, "logon.steady")->count, 10);
    assert_int_equal(feed_one(f, "logon.steady")->severity, SEV_MEDIUM);
    assert_int_equal(feed_one(f, "logon.steady")->accounts, 2);
    feed_close(f);
}

/* Growing gaps: no regular pace. Whole seconds from 0 to span. */

static void
paced(struct feed *f, unsigned count, double span)
{
    for (unsigned i = 0; i < count; i++) {
        double x = (double)i / (count - 1);

        feed_fail(f, (double)(uint64_t)(span * x * (0.3 + 0.7 * x)), INSIDE, "kumi");
    }
}

static void
steady_in_a_day_and_a_week(void **state)
{
    static const struct {
        unsigned count;
        double window;
    } cases[] = {{30, DAY}, {60, 7 * DAY}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct feed *f = feed_open("{\"rules.steady.count\": 1000, \"rules.burst.count\": 1000}");

        paced(f, cases[i].count - 1, cases[i].window - 2);
        assert_int_equal(f->count, 0);
        feed_fail(f, cases[i].window, INSIDE, "kumi");
        assert_int_equal(feed_one(f, "logon.steady")->count, cases[i].count);
        feed_close(f);
        f = feed_open("{\"rules.steady.count\": 1000, \"rules.burst.count\": 1000}");
        paced(f, cases[i].count - 1, cases[i].window - 2);
        feed_fail(f, cases[i].window + 1, INSIDE, "kumi");
        assert_int_equal(f->count, 0);
        feed_close(f);
    }
}

static void
spray_by_quarter_of_an_hour_and_by_day(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        feed_fail(f, i * 200, INSIDE, names[i]);
    }
    feed_fail(f, 850, INSIDE, "a"); /* the fifth failure, the fourth account */
    assert_int_equal(f->count, 0);
    feed_fail(f, 901, INSIDE, "e"); /* a was seen again, so five are inside */
    assert_int_equal(feed_one(f, "logon.spray")->accounts, 5);
    assert_int_equal(feed_one(f, "logon.spray")->severity, SEV_HIGH);
    assert_string_equal(feed_one(f, "logon.spray")->account, "");
    feed_close(f);
    f = feed_open(NULL);
    for (unsigned i = 0; i < 9; i++) {
        feed_fail(f, i * 9000, INSIDE, names[i]);
    }
    assert_int_equal(f->count, 0);
    feed_fail(f, DAY, INSIDE, names[9]);
    assert_int_equal(feed_one(f, "logon.spray")->count, 10);
    assert_int_equal(feed_one(f, "logon.spray")->accounts, 10);
    feed_close(f);
    f = feed_open(NULL);
    for (unsigned i = 0; i < 9; i++) {
        feed_fail(f, i * 9000, INSIDE, names[i]);
    }
    feed_fail(f, DAY + 1, INSIDE, names[9]);
    assert_int_equal(f->count, 0);
    feed_close(f);
}

static void
relays_are_told_apart_by_account_and_never_spray(void **state)
{
    struct feed *f = feed_open(NULL);
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct attempt a = feed_make(i, INSIDE, names[i]);

        a.scope = SCOPE_RELAY;
        feed_put(f, a);
    }
    assert_int_equal(f->count, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct attempt a = feed_make(10 + i, INSIDE, "a");

        a.scope = SCOPE_RELAY;
        feed_put(f, a);
    }
    assert_string_equal(feed_one(f, "logon.burst")->key, "relay:10.0.0.9 account:a");
    assert_int_equal(feed_one(f, "logon.burst")->count, 5);
    feed_close(f);
}

static void
what_does_not_count(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct attempt a = feed_make(i, INSIDE, "kumi");

        a.weight = WEIGHT_NONE;
        feed_put(f, a);
        a = feed_make(i, "127.0.0.1", "kumi");
        a.scope = SCOPE_LOCAL;
        feed_put(f, a);
        a = feed_make(i, NULL, "kumi"); /* a check of the SAM: nothing says that it was remote */
        a.logon_type = 0;
        a.service = SERVICE_UNKNOWN;
        feed_put(f, a);
    }
    assert_int_equal(f->count, 0);
    feed_close(f);
}

static void
unknown_remote_sources_are_one(void **state)
{
    struct feed *f = feed_open(NULL);
    char name[2] = "a";

    (void)state;
    for (unsigned i = 0; i < 5; i++, name[0]++) {
        feed_fail(f, i, NULL, name);
    }
    assert_string_equal(feed_one(f, "logon.burst")->key, "source:unknown");
    assert_string_equal(feed_param(&f->alert[0], "source"), "-");
    feed_close(f);
}

static void
upgrade_in_place_keeps_the_id(void **state)
{
    struct feed *f = feed_open(NULL);
    char id[ALERT_ID_MAX];

    (void)state;
    fails(f, 0, 1, 5);
    memcpy(id, feed_one(f, "logon.burst")->id, sizeof(id));
    fails(f, 5, 1, 5); /* ten in ten minutes: logon.steady is no stronger */
    assert_string_equal(feed_one(f, "logon.burst")->id, id);
    feed_fail(f, 11, INSIDE, "b");
    feed_fail(f, 12, INSIDE, "c");
    feed_fail(f, 13, INSIDE, "d");
    feed_fail(f, 14, INSIDE, "e");
    assert_string_equal(feed_one(f, "logon.spray")->id, id);
    assert_int_equal(feed_one(f, "logon.spray")->severity, SEV_HIGH);
    fails(f, 15, 1, 86); /* 100 in all: ten times ten times ... */
    feed_success(f, 102, INSIDE, "kumi");
    feed_flush(f);
    assert_int_equal(f->count, 1);
    assert_string_equal(f->alert[0].id, id);
    assert_string_equal(f->alert[0].rule->name, "logon.success_after_failures");
    assert_int_equal(f->alert[0].severity, SEV_CRITICAL);
    assert_int_equal(f->alert[0].count, 100);
    assert_string_equal(f->alert[0].account, "kumi");
    assert_string_equal(feed_param(&f->alert[0], "failures"), "100");
    feed_close(f);
}

static void
success_needs_five_failures_within_a_day(void **state)
{
    struct feed *f = feed_open("{\"rules.burst.count\": 1000}");

    (void)state;
    fails(f, 0, 100, 4);
    feed_success(f, 500, INSIDE, "kumi");
    assert_int_equal(f->count, 0);
    feed_close(f);
    f = feed_open("{\"rules.burst.count\": 1000}");
    fails(f, 0, 100, 5);
    feed_success(f, DAY, INSIDE, "other");
    assert_int_equal(f->count, 1);
    assert_int_equal(feed_one(f, "logon.success_after_failures")->count, 5);
    assert_string_equal(f->alert[0].account, "other");
    assert_string_equal(f->alert[0].message, "ALERT_LOGON_SUCCESS_AFTER_FAILURES");
    feed_close(f);
    f = feed_open("{\"rules.burst.count\": 1000}");
    fails(f, 0, 100, 5);
    feed_success(f, DAY + 1, INSIDE, "other"); /* the first is a second too old */
    assert_int_equal(f->count, 0);
    feed_close(f);
}

static void
success_of_an_attacked_account_from_a_new_source(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    feed_success(f, 0, "10.0.0.50", "kumi"); /* her own PC, before the attack */
    fails(f, 10, 1, 5);
    assert_int_equal(f->count, 1);
    feed_success(f, 20, "10.0.0.50", "kumi");
    feed_success(f, 21, "10.0.0.51", "other");
    assert_int_equal(f->count, 1);
    feed_success(f, 22, "10.0.0.51", "kumi");
    assert_string_equal(feed_one(f, "logon.success_after_failures")->key, "source:10.0.0.51");
    assert_string_equal(f->alert[1].message, "ALERT_LOGON_SUCCESS_UNDER_ATTACK");
    assert_int_equal(feed_of(f, "logon.burst"), 1);
    feed_close(f);
}

static void
success_by_1149_alone_says_so(void **state)
{
    struct feed *f = feed_open(NULL);
    struct attempt a = feed_make(10, INSIDE, "kumi");

    (void)state;
    fails(f, 0, 1, 5);
    a.outcome = ATTEMPT_SUCCESS;
    a.nla_only = true;
    feed_put(f, a);
    assert_string_equal(f->alert[0].message, "ALERT_LOGON_SUCCESS_1149");
    feed_close(f);
}

static void
stale_credential_at_the_tenth_regular_try(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    fails(f, 0, 900, 9);
    assert_int_equal(f->count, 0);
    fails(f, 9 * 900, 900, 1);
    assert_int_equal(feed_one(f, "logon.stale_credential")->severity, SEV_INFORMATIONAL);
    fails(f, 10 * 900, 900, 90); /* far beyond 30 a day and 60 a week */
    feed_flush(f);
    assert_int_equal(f->count, 1);
    assert_int_equal(feed_one(f, "logon.stale_credential")->count, 100);
    feed_fail(f, 100 * 900, INSIDE, "admin"); /* another account: no copier */
    assert_string_equal(feed_one(f, "logon.steady")->key, "source:10.0.0.9");
    assert_int_equal(f->count, 1);
    feed_close(f);
}

static void
no_stale_credential_from_the_internet_or_with_other_codes(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        feed_fail(f, i * 900, INTERNET, "kumi");
    }
    assert_int_equal(feed_of(f, "logon.stale_credential"), 0);
    assert_int_equal(feed_of(f, "logon.steady"), 1);
    feed_close(f);
    f = feed_open(NULL);
    for (unsigned i = 0; i < 30; i++) {
        struct attempt a = feed_make(i * 900, INSIDE, "kumi");

        a.status = i == 3 ? 0xC0000064 : WRONG_PASSWORD;
        feed_put(f, a);
    }
    assert_int_equal(feed_of(f, "logon.stale_credential"), 0);
    assert_int_equal(feed_one(f, "logon.steady")->count, 30);
    feed_close(f);
}

static void
two_hosts_are_two_campaigns(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct attempt a = feed_make(i, INSIDE, "kumi");

        feed_put(f, a);
        a.host = SV("PC-B");
        if (i < 4) {
            feed_put(f, a);
        }
    }
    assert_int_equal(f->count, 1);
    assert_string_equal(f->alert[0].host, "PC-A");
    feed_close(f);
}

static void
order_within_a_second_does_not_matter(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct alert seen = {0};

    (void)state;
    for (unsigned turn = 0; turn < 4; turn++) { /* four orders of the same five */
        struct feed *f = feed_open(NULL);

        for (unsigned i = 0; i < 5; i++) {
            feed_fail(f, 7, INSIDE, names[(i * (turn + 1) + turn) % 5]);
        }
        for (unsigned i = 0; i < 5; i++) {
            feed_fail(f, 7, INSIDE, names[i]);
        }
        feed_flush(f);
        assert_int_equal(f->count, 1);
        assert_true(turn == 0 || strcmp(seen.id, f->alert[0].id) == 0);
        assert_int_equal(f->alert[0].count, 10);
        assert_int_equal(f->alert[0].accounts, 5);
        assert_string_equal(f->alert[0].rule->name, "logon.spray");
        seen = f->alert[0];
        feed_close(f);
    }
}

static void
closed_failures_are_spent(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    fails(f, 0, 1, 40);
    feed_tick(f, 39 + DAY);
    assert_int_equal(f->alert[0].state, ALERT_CLOSED);
    assert_int_equal(f->alert[0].count, 40);
    feed_fail(f, 2 * DAY, INSIDE, "kumi"); /* 41 in 7 d, but 40 belong to the closed one */
    fails(f, 2 * DAY + 200, 1, 4);
    assert_int_equal(f->count, 1);
    feed_fail(f, 2 * DAY + 204, INSIDE, "kumi");
    assert_int_equal(f->count, 2);
    assert_int_equal(f->alert[1].count, 6);
    assert_int_equal(f->alert[1].state, ALERT_OPEN);
    feed_close(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_at_five_in_120_seconds),
        cmocka_unit_test(no_burst_a_second_later),
        cmocka_unit_test(burst_is_high_from_the_internet),
        cmocka_unit_test(steady_at_ten_in_ten_minutes),
        cmocka_unit_test(steady_in_a_day_and_a_week),
        cmocka_unit_test(spray_by_quarter_of_an_hour_and_by_day),
        cmocka_unit_test(relays_are_told_apart_by_account_and_never_spray),
        cmocka_unit_test(what_does_not_count),
        cmocka_unit_test(unknown_remote_sources_are_one),
        cmocka_unit_test(upgrade_in_place_keeps_the_id),
        cmocka_unit_test(success_needs_five_failures_within_a_day),
        cmocka_unit_test(success_of_an_attacked_account_from_a_new_source),
        cmocka_unit_test(success_by_1149_alone_says_so),
        cmocka_unit_test(stale_credential_at_the_tenth_regular_try),
        cmocka_unit_test(no_stale_credential_from_the_internet_or_with_other_codes),
        cmocka_unit_test(two_hosts_are_two_campaigns),
        cmocka_unit_test(order_within_a_second_does_not_matter),
        cmocka_unit_test(closed_failures_are_spent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
