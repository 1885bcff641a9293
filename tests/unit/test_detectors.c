/* Rules 2003 and 2005-2008, and what holds for all detectors. */
#include "detectors_feed.h"

#include "detectors/rules.h"
#include "messages/messages.h"

#define INSIDE "10.0.0.9"
#define INTERNET "203.0.113.7"
#define DAY 86400.0

/* -- 2003 ------------------------------------------------------------------------------------ */
static const char *const three[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};

static void
distributed_needs_ten_from_three_in_ten_minutes(void **state)
{
    struct feed *f = feed_open("{\"rules.burst.count\": 1000}");

    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        feed_fail(f, i * 60, three[i % 3], "kumi");
    }
    assert_int_equal(f->count, 0);
    feed_fail(f, 600, three[0], "kumi");
    assert_int_equal(f->count, 1);
    assert_int_equal(feed_one(f, "logon.distributed")->count, 10);
    assert_int_equal(f->alert[0].sources, 3);
    assert_int_equal(f->alert[0].severity, SEV_HIGH);
    assert_string_equal(f->alert[0].key, "account:kumi");
    assert_string_equal(f->alert[0].account, "kumi");
    feed_fail(f, 7200, "10.0.0.4", "kumi"); /* an open one takes what comes */
    feed_flush(f);
    assert_int_equal(f->alert[0].count, 11);
    assert_int_equal(f->alert[0].sources, 4);
    feed_close(f);
}

static void
not_distributed(void **state)
{
    struct feed *f = feed_open("{\"rules.burst.count\": 1000, \"rules.steady.count\": 1000}");

    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        feed_fail(f, i * 60, three[i % 3], "kumi");
    }
    feed_fail(f, 601, three[0], "kumi"); /* too late */
    assert_int_equal(f->count, 0);
    for (unsigned i = 0; i < 20; i++) { /* two sources */
        feed_fail(f, 2000 + i, three[i % 2], "taro");
    }
    assert_int_equal(f->count, 0);
    for (unsigned i = 0; i < 20; i++) { /* weak failures */
        struct attempt a = feed_make(4000 + i, three[i % 3], "jiro");

        a.weight = WEIGHT_WEAK;
        feed_put(f, a);
    }
    assert_int_equal(feed_of(f, "logon.distributed"), 0);
    feed_close(f);
}

/* -- 2005 ------------------------------------------------------------------------------------ */
static void
connect_to(struct feed *f, double second, const char *source, const char *host)
{
    struct attempt a = feed_make(second, source, "");

    a.host = sv_from(host);
    a.outcome = ATTEMPT_CONNECT;
    a.weight = WEIGHT_NONE;
    feed_put(f, a);
}

static void
dropped_at_twenty_in_five_minutes(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 19; i++) {
        connect_to(f, i * 10, INSIDE, "PC-A");
    }
    connect_to(f, 301, INSIDE, "PC-A");
    assert_int_equal(f->count, 0);
    feed_close(f);
    f = feed_open(NULL);
    for (unsigned i = 0; i < 19; i++) {
        connect_to(f, i * 10, INSIDE, "PC-A");
    }
    connect_to(f, 300, INSIDE, "PC-A");
    assert_int_equal(feed_one(f, "rdp.dropped")->count, 20);
    assert_int_equal(f->alert[0].severity, SEV_LOW);
    for (unsigned i = 20; i < 99; i++) {
        connect_to(f, 300 + i, INSIDE, "PC-A");
    }
    assert_int_equal(f->alert[0].severity, SEV_LOW);
    connect_to(f, 400, INSIDE, "PC-A");
    assert_int_equal(f->alert[0].severity, SEV_MEDIUM);
    assert_int_equal(f->alert[0].count, 100);
    feed_close(f);
}

static void
dropped_from_the_internet_is_medium(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        connect_to(f, i, INTERNET, "PC-A");
    }
    assert_int_equal(feed_one(f, "rdp.dropped")->severity, SEV_MEDIUM);
    feed_close(f);
}

/* The forwarded log of the recording: 14 connections each to eleven computers. */
static void
dropped_is_summed_over_three_hosts(void **state)
{
    static const char *const hosts[] = {"H1", "H2", "H3", "H4",  "H5", "H6",
                                        "H7", "H8", "H9", "H10", "H11"};
    struct feed *f;

    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        f = feed_open(NULL);
        for (unsigned i = 0; i < 154; i++) {
            connect_to(f, i * 0.02, "10.23.123.11", hosts[order == 0 ? i % 11 : i / 14]);
        }
        feed_flush(f);
        assert_int_equal(f->count, 1);
        assert_string_equal(f->alert[0].rule->name, "rdp.dropped");
        assert_string_equal(f->alert[0].host, "*");
        assert_int_equal(f->alert[0].hosts, 11);
        assert_int_equal(f->alert[0].count, 154);
        assert_int_equal(f->alert[0].severity, SEV_MEDIUM);
        assert_string_equal(f->alert[0].message, "ALERT_RDP_DROPPED_HOSTS");
        feed_close(f);
    }
    f = feed_open(NULL); /* two hosts, 19 each */
    for (unsigned i = 0; i < 38; i++) {
        connect_to(f, i, INSIDE, hosts[i % 2]);
    }
    assert_int_equal(f->count, 0);
    feed_close(f);
}

/* -- 2006 to 2008 ---------------------------------------------------------------------------- */
static void
internet_at_three_in_a_day(void **state)
{
    struct feed *f = feed_open(NULL);

    (void)state;
    feed_fail(f, 0, "203.0.113.1", "a");
    feed_fail(f, 100, "203.0.113.2", "b");
    feed_fail(f, DAY + 1, "203.0.113.3", "c");
    feed_fail(f, DAY + 100, INSIDE, "d");
    assert_int_equal(f->count, 0);
    connect_to(f, DAY + 100, "203.0.113.3", "PC-A");
    assert_int_equal(f->count, 1);
    assert_int_equal(feed_one(f, "logon.from_internet")->count, 3);
    assert_int_equal(f->alert[0].sources, 2);
    assert_int_equal(f->alert[0].severity, SEV_HIGH);
    feed_fail(f, DAY + 200, "203.0.113.4", "e");
    feed_success(f, DAY + 201, "203.0.113.5", "kumi");
    assert_int_equal(f->alert[0].severity, SEV_CRITICAL);
    assert_int_equal(f->alert[0].sources, 4);
    assert_int_equal(f->alert[0].count, 5);
    assert_string_equal(f->alert[0].account, "kumi");
    assert_string_equal(f->alert[0].message, "ALERT_LOGON_FROM_INTERNET_IN");
    feed_close(f);
}

static void
internet_success_by_1149_says_so(void **state)
{
    struct feed *f = feed_open(NULL);
    struct attempt a = feed_make(10, "203.0.113.9", "admin");

    (void)state;
    feed_fail(f, 0, "203.0.113.1", "a");
    feed_fail(f, 1, "203.0.113.1", "a");
    a.outcome = ATTEMPT_SUCCESS;
    a.nla_only = true;
    feed_put(f, a);
    assert_int_equal(feed_one(f, "logon.from_internet")->severity, SEV_CRITICAL);
    assert_string_equal(f->alert[0].message, "ALERT_LOGON_FROM_INTERNET_1149");
    feed_close(f);
}

static void
tunnel_at_the_first_attempt(void **state)
{
    struct feed *f = feed_open(NULL);
    struct attempt a = feed_make(0, "127.0.0.1", "kumi");

    (void)state;
    a.scope = SCOPE_LOCAL;
    feed_put(f, a);
    assert_int_equal(f->count, 0);
    a.scope = SCOPE_OWN;
    feed_put(f, a);
    assert_int_equal(f->count, 1);
    assert_int_equal(feed_one(f, "logon.via_tunnel")->severity, SEV_HIGH);
    assert_string_equal(feed_param(&f->alert[0], "source"), "127.0.0.1");
    feed_close(f);
}

static void
right_password_refused(void **state)
{
    struct feed *f = feed_open(NULL);
    struct attempt a = feed_make(0, INSIDE, "kumi");

    (void)state;
    a.outcome = ATTEMPT_REFUSED;
    a.status = 0xC0000071;
    feed_put(f, a);
    feed_put(f, a);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->alert[0].severity, SEV_LOW);
    assert_string_equal(f->alert[0].key, "refused source:10.0.0.9 account:kumi");
    a = feed_make(1, INTERNET, "kumi");
    a.outcome = ATTEMPT_REFUSED;
    feed_put(f, a);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->alert[1].severity, SEV_HIGH);
    feed_close(f);
}

/* -- all of them ----------------------------------------------------------------------------- */
static void
rules_are_found_and_listed_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        assert_true(i == 0 || rule_table[i - 1].id < rule_table[i].id);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(rule_table[i].name, rule_table[k].name);
        }
    }
    for (size_t i = 0; detector_all[i] != NULL; i++) {
        assert_non_null(detector_all[i]->rules[0]);
        assert_true(detector_all[i]->on_event == NULL || detector_all[i]->wants != 0);
        for (size_t k = i + 1; detector_all[k] != NULL; k++) {
            assert_string_not_equal(detector_all[i]->name, detector_all[k]->name);
        }
    }
}

/* Every parameter that a sentence names is there, in both languages. */
static void
check_sentence(const struct alert *a)
{
    enum msg id;

    if (!msg_find(sv_from(a->message), &id)) {
        print_error("no sentence %s\n", a->message);
        fail();
    }
    for (enum lang lang = LANG_EN; lang < LANG_COUNT; lang++) {
        struct sv text = sv_from(msg_template(id, lang)), piece;
        size_t pos = 0;
        bool is_param;

        while (msg_piece(text, &pos, &piece, &is_param)) {
            char name[32] = "";

            assert_true(!is_param || piece.len < sizeof(name));
            memcpy(name, piece.p, is_param ? piece.len : 0);
            if (is_param && feed_param(a, name) == NULL) {
                print_error("%s lacks {%s}\n", a->message, name);
                fail();
            }
        }
    }
}

/* Something of everything. */
static enum err
play(struct detectors *d)
{
    static const enum source_scope scopes[] = {SCOPE_INTERNET, SCOPE_INTERNAL, SCOPE_OWN};
    struct event ev = feed_make_event(EV_LOG_CLEARED, 1102);
    char name[2] = "a";
    enum err err = ERR_OK;

    for (unsigned i = 0; i < 600 && !err; i++) {
        struct attempt a = feed_make(i * 5, i % 7 == 0 ? INTERNET : three[i % 3], name);

        name[0] = (char)('a' + i % 9);
        a.scope = scopes[i % 7 == 0 ? 0 : i % 50 == 3 ? 2 : 1];
        a.outcome = (enum attempt_outcome)(i % 40 == 13   ? ATTEMPT_SUCCESS
                                           : i % 40 == 14 ? ATTEMPT_REFUSED
                                           : i % 3 == 0   ? ATTEMPT_CONNECT
                                                          : ATTEMPT_FAILURE);
        a.host = i % 4 == 0 ? SV("PC-A") : i % 4 == 1 ? SV("PC-B") : SV("PC-C");
        a.host_id = 1 + i % 4;
        a.account_id = 1 + i % 9;
        a.witness_count = 1;
        a.witness[0] = (struct attempt_witness){SV("Security"), 4625, i + 1, a.first_ft};
        err = detectors_attempt(d, NULL, &a);
        if (!err && i % 100 == 0) {
            err = detectors_tick(d, NULL, a.first_ft);
        }
    }
    event_set(&ev, host, SV("PC-A"));
    if (!err) {
        err = detectors_event(d, NULL, &ev);
    }
    return err ? err : detectors_flush(d, NULL);
}

static void
sentences_have_their_parameters(void **state)
{
    struct feed *f = feed_open("{\"alerts.open_max\": 1}");

    (void)state;
    assert_int_equal(play(f->d), ERR_OK);
    assert_true(f->count > 10);
    assert_true(feed_of(f, "logon.spray") > 0);
    for (size_t i = 0; i < f->count; i++) {
        check_sentence(&f->alert[i]);
    }
    feed_close(f);
    for (size_t i = 0; i < RULE_STORY_OPENED; i++) { /* and each rule has a sentence */
        char message[RULE_MESSAGE_MAX];
        enum msg id;

        rule_message(&rule_table[i], message);
        assert_true(msg_find(sv_from(message), &id) || i == RULE_ACCOUNT_CREATED_OR_ELEVATED);
    }
}

static void
the_same_input_gives_the_same_alerts(void **state)
{
    struct feed *a = feed_open(NULL), *b = feed_open(NULL);

    (void)state;
    assert_int_equal(play(a->d), ERR_OK);
    assert_int_equal(play(b->d), ERR_OK);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->snapshots, b->snapshots);
    assert_memory_equal(a->alert, b->alert, a->count * sizeof(*a->alert));
    feed_close(a);
    feed_close(b);
}

static enum err
count_alert(void *ctx, const struct alert *a)
{
    (void)a;
    ++*(size_t *)ctx;
    return ERR_OK;
}

/* A detector without memory is counted, and the others go on. */
static void
every_allocation_may_fail(void **state)
{
    struct config *cfg;
    size_t asked = 0;

    (void)state;
    assert_int_equal(config_create(&cfg), ERR_OK);
    for (size_t n = 0; n <= asked; n += n < 60 ? 1 : 13) {
        struct detectors *d = NULL;
        size_t alerts = 0;
        uint64_t errors = metric_get(METRIC_DETECTOR_ERRORS);
        enum err err;

        mem_fail_after(n);
        err = detectors_create(cfg, count_alert, &alerts, &d);
        if (err) {
            assert_int_equal(err, ERR_NOMEM);
            assert_null(d);
            asked = mem_asked();
            continue;
        }
        assert_int_equal(play(d), ERR_OK);
        asked = mem_asked();
        assert_int_equal(metric_get(METRIC_DETECTOR_ERRORS) > errors, n < asked);
        detectors_destroy(d);
    }
    mem_fail_after(SIZE_MAX);
    config_destroy(cfg);
}

static enum err
refuse(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_IO;
}

static void
an_error_of_the_receiver_ends_the_run(void **state)
{
    struct config *cfg;
    struct detectors *d;

    (void)state;
    assert_int_equal(config_create(&cfg), ERR_OK);
    assert_int_equal(detectors_create(cfg, refuse, NULL, &d), ERR_OK);
    assert_int_equal(play(d), ERR_IO);
    detectors_destroy(d);
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributed_needs_ten_from_three_in_ten_minutes),
        cmocka_unit_test(not_distributed),
        cmocka_unit_test(dropped_at_twenty_in_five_minutes),
        cmocka_unit_test(dropped_from_the_internet_is_medium),
        cmocka_unit_test(dropped_is_summed_over_three_hosts),
        cmocka_unit_test(internet_at_three_in_a_day),
        cmocka_unit_test(internet_success_by_1149_says_so),
        cmocka_unit_test(tunnel_at_the_first_attempt),
        cmocka_unit_test(right_password_refused),
        cmocka_unit_test(rules_are_found_and_listed_once),
        cmocka_unit_test(sentences_have_their_parameters),
        cmocka_unit_test(the_same_input_gives_the_same_alerts),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(an_error_of_the_receiver_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
