/* Alerts of the store in a book that starts anew: each way they may meet what it knows. */
#include "detectors_feed.h"

#include "detectors/book.h"
#include "detectors/rules.h"

#define SENT_MAX 64u

struct sent {
    struct config *cfg;
    struct book *book;
    struct alert alert[SENT_MAX];
    size_t count;
    bool muted;
};

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct sent *s = ctx;

    if (!s->muted) {
        assert_true(s->count < SENT_MAX);
        s->alert[s->count++] = *a;
    }
    return ERR_OK;
}

static struct sent *
open_book(const char *settings)
{
    struct sent *s = calloc(1, sizeof(*s));
    char why[CONFIG_WHY_MAX];

    assert_non_null(s);
    assert_int_equal(config_parse(sv_from(settings), &s->cfg, why), ERR_OK);
    assert_int_equal(book_create(s->cfg, on_alert, s, &s->book), ERR_OK);
    return s;
}

static void
close_book(struct sent *s)
{
    book_destroy(s->book);
    config_destroy(s->cfg);
    free(s);
}

static uint64_t
at(uint64_t second)
{
    return FEED_START + second * TM_SEC;
}

static void
put(struct sent *s, uint64_t second, const char *key, enum rule_index rule)
{
    struct attempt a = feed_make((double)second, "10.0.0.9", "kumi");
    struct finding f = {.rule = &rule_table[rule],
                        .severity = rule_table[rule].severity,
                        .host = SV("PC-A"),
                        .key = sv_from(key),
                        .time_ft = at(second),
                        .count = 1,
                        .owner = 7,
                        .account = SV("kumi"),
                        .account_id = 3,
                        .count_account = true,
                        .attempt = &a};
    uint32_t slot;

    a.witness_count = 1;
    a.witness[0] = (struct attempt_witness){SV("Security"), 4625, second, a.first_ft};
    assert_int_equal(book_report(s->book, &f, &slot), ERR_OK);
}

/* An open alert as the store gives it, with eight records behind it. */
static struct alert
stored(uint64_t first, uint64_t last, const char *key, enum rule_index rule)
{
    struct alert a;

    memset(&a, 0, sizeof(a));
    a.rule = &rule_table[rule];
    a.severity = a.rule->severity;
    a.revision = 9;
    memcpy(a.host, "PC-A", sizeof("PC-A"));
    memcpy(a.key, key, strlen(key) + 1);
    memcpy(a.account, "kumi", sizeof("kumi"));
    memcpy(a.service, "rdp", sizeof("rdp"));
    a.first_ft = at(first);
    a.last_ft = at(last);
    a.count = 40;
    a.sources = 2;
    a.accounts = 1;
    rule_message(a.rule, a.message);
    for (uint64_t i = 0; i < ALERT_EVIDENCE_MAX; i++) {
        struct alert_evidence e = {"PC-A", "Security", 1000 + i, 4625, at(first + i)};

        alert_add_evidence(&a, &e);
    }
    alert_make_id(&a);
    return a;
}

static void
adopt(struct sent *s, const struct alert *a, uint64_t second)
{
    assert_int_equal(book_adopt(s->book, a, at(second)), ERR_OK);
}

static const struct alert *
last_sent(const struct sent *s)
{
    assert_true(s->count > 0);
    return &s->alert[s->count - 1];
}

static void
one_that_only_the_store_knows_goes_on(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a = stored(0, 100, "k", RULE_LOGON_BURST);
    const struct alert *now;

    (void)state;
    adopt(s, &a, 200);
    assert_int_equal(s->count, 0);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(s->count, 0); /* nothing is new */
    assert_true(book_is_open(s->book, SV("PC-A"), SV("k"), at(200)));
    put(s, 300, "k", RULE_LOGON_BURST);
    assert_int_equal(book_flush(s->book), ERR_OK);
    now = last_sent(s);
    assert_string_equal(now->id, a.id);
    assert_int_equal(now->revision, 10);
    assert_int_equal(now->count, 41);
    assert_int_equal(now->sources, 2);
    assert_int_equal(now->accounts, 1); /* the same one, though known by its name only */
    assert_string_equal(now->account, "kumi");
    assert_string_equal(now->service, "rdp");
    assert_string_equal(now->message, a.message);
    assert_true(now->first_ft == a.first_ft && now->last_ft == at(300));
    assert_int_equal(now->evidence_count, ALERT_EVIDENCE_MAX);
    assert_memory_equal(now->evidence, a.evidence, 4 * sizeof(a.evidence[0]));
    assert_int_equal(now->evidence[7].record_id, 300);
    assert_int_equal(now->evidence[6].record_id, 1007);
    close_book(s);
}

static void
idle_ones_are_handed_out_closed(void **state)
{
    struct sent *s = open_book("{\"alerts.idle_hours\": 1}");
    struct alert a = stored(0, 0, "k", RULE_LOGON_BURST);
    struct alert held = stored(0, 0, "internet", RULE_LOGON_FROM_INTERNET);

    (void)state;
    adopt(s, &a, 3600);
    assert_int_equal(s->count, 1);
    assert_string_equal(last_sent(s)->id, a.id);
    assert_int_equal(last_sent(s)->state, ALERT_CLOSED);
    assert_int_equal(last_sent(s)->revision, 10);
    assert_memory_equal(last_sent(s)->params, a.params, sizeof(a.params));
    assert_false(book_is_open(s->book, SV("PC-A"), SV("k"), at(3600)));
    adopt(s, &held, 3600 + 86399); /* holds for a day */
    assert_int_equal(s->count, 1);
    adopt(s, &held, 3600 + 86400); /* the same again: it is idle here now */
    assert_int_equal(s->count, 2);
    assert_int_equal(last_sent(s)->state, ALERT_CLOSED);
    close_book(s);
}

static void
the_same_id_keeps_what_each_knows_better(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a;

    (void)state;
    put(s, 0, "k", RULE_LOGON_BURST);
    a = s->alert[0];
    s->muted = true;
    put(s, 10, "k", RULE_LOGON_BURST);
    s->muted = false;
    a.revision = 30;
    adopt(s, &a, 20);
    assert_int_equal(s->count, 1);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(last_sent(s)->revision, 31);
    assert_int_equal(last_sent(s)->count, 2);
    a.rule = &rule_table[RULE_LOGON_SPRAY]; /* the store knows of a stronger rule */
    a.severity = SEV_CRITICAL;
    a.revision = 40;
    a.count = 7;
    adopt(s, &a, 20);
    put(s, 30, "k", RULE_LOGON_BURST);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_string_equal(last_sent(s)->rule->name, "logon.spray");
    assert_int_equal(last_sent(s)->severity, SEV_CRITICAL);
    assert_int_equal(last_sent(s)->count, 8);
    assert_int_equal(last_sent(s)->revision, 41);
    close_book(s);
}

static void
a_stronger_one_here_goes_out_at_once(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a = stored(0, 100, "k", RULE_LOGON_BURST);

    (void)state;
    s->muted = true;
    put(s, 50, "k", RULE_LOGON_SPRAY);
    s->muted = false;
    adopt(s, &a, 200);
    assert_int_equal(s->count, 1);
    assert_string_equal(last_sent(s)->id, a.id);
    assert_string_equal(last_sent(s)->rule->name, "logon.spray");
    assert_int_equal(last_sent(s)->revision, 10);
    assert_int_equal(last_sent(s)->count, 40);
    assert_true(last_sent(s)->first_ft == a.first_ft);
    close_book(s);
}

/* What was read anew seems to have begun before the stored alert: nobody was ever told of that. */
static void
the_stored_id_stays(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a = stored(100, 200, "k", RULE_LOGON_BURST);

    (void)state;
    s->muted = true;
    for (unsigned i = 0; i < 60; i++) {
        put(s, i, "k", RULE_LOGON_BURST);
    }
    s->muted = false;
    adopt(s, &a, 300);
    put(s, 301, "k", RULE_LOGON_BURST);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(s->count, 1);
    assert_string_equal(last_sent(s)->id, a.id);
    assert_int_equal(last_sent(s)->count, 41);
    assert_true(last_sent(s)->first_ft == a.first_ft);
    assert_memory_equal(last_sent(s)->evidence, a.evidence, 4 * sizeof(a.evidence[0]));
    close_book(s);
}

static void
of_two_stored_ones_the_older_stays(void **state)
{
    struct alert old = stored(0, 100, "k", RULE_LOGON_BURST);
    struct alert young = stored(50, 200, "k", RULE_LOGON_SPRAY);

    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct sent *s = open_book("{}");

        adopt(s, order == 0 ? &old : &young, 300);
        adopt(s, order == 0 ? &young : &old, 300);
        put(s, 400, "k", RULE_LOGON_BURST);
        assert_int_equal(book_flush(s->book), ERR_OK);
        assert_string_equal(s->alert[0].id, young.id);
        assert_int_equal(s->alert[0].state, ALERT_CLOSED);
        assert_string_equal(last_sent(s)->id, old.id);
        assert_int_equal(last_sent(s)->state, ALERT_OPEN);
        assert_string_equal(last_sent(s)->rule->name, "logon.spray");
        assert_true(last_sent(s)->revision > old.revision);
        close_book(s);
    }
}

static void
closed_ones_are_closed_here_too(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a;

    (void)state;
    put(s, 0, "k", RULE_LOGON_BURST);
    a = s->alert[0];
    a.state = ALERT_CLOSED;
    adopt(s, &a, 10);
    assert_int_equal(s->count, 1);
    assert_false(book_is_open(s->book, SV("PC-A"), SV("k"), at(10)));
    a = stored(0, 5, "other", RULE_LOGON_BURST);
    a.state = ALERT_CLOSED;
    adopt(s, &a, 10);
    assert_false(book_is_open(s->book, SV("PC-A"), SV("other"), at(10)));
    close_book(s);
}

static void
folds_keep_their_totals(void **state)
{
    struct sent *s = open_book("{\"alerts.open_max\": 1}");
    struct alert own = stored(0, 100, "k", RULE_LOGON_BURST);
    struct alert fold = stored(0, 100, "*", RULE_LOGON_BURST);

    (void)state;
    memcpy(fold.message, "ALERT_FOLDED", sizeof("ALERT_FOLDED"));
    alert_param(&fold, "alerts", SV("1,234"));
    adopt(s, &own, 200);
    adopt(s, &fold, 200);
    put(s, 300, "new", RULE_LOGON_BURST); /* no room */
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_string_equal(last_sent(s)->id, fold.id);
    assert_int_equal(last_sent(s)->count, 41);
    assert_string_equal(feed_param(last_sent(s), "alerts"), "1,234");
    assert_string_equal(last_sent(s)->message, "ALERT_FOLDED");
    close_book(s);
}

static void
extras_and_entries_come_back(void **state)
{
    struct sent *s = open_book("{}");
    struct alert a = stored(0, 100, "k", RULE_LOGON_SUCCESS_AFTER_FAILURES);

    (void)state;
    memcpy(a.message, "ALERT_LOGON_SUCCESS_1149", sizeof("ALERT_LOGON_SUCCESS_1149"));
    alert_param(&a, "entered", SV("2023-11-14T22:14:00Z"));
    alert_param(&a, "failures", SV("17"));
    adopt(s, &a, 200);
    put(s, 300, "k", RULE_LOGON_BURST);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_string_equal(feed_param(last_sent(s), "failures"), "17");
    assert_string_equal(feed_param(last_sent(s), "entered"), "2023-11-14T22:14:00Z");
    assert_string_equal(last_sent(s)->message, a.message);
    close_book(s);
}

/* A clock that was set forward for a while and back keeps no alert open. */
static void
idle_time_begins_anew_when_the_clock_goes_back(void **state)
{
    struct sent *s = open_book("{\"alerts.idle_hours\": 1}");

    (void)state;
    put(s, 1000000, "k", RULE_LOGON_BURST);
    assert_int_equal(book_tick(s->book, at(999401)), ERR_OK); /* late, no more */
    put(s, 999402, "k", RULE_LOGON_BURST);
    assert_int_equal(book_tick(s->book, at(0)), ERR_OK);
    assert_int_equal(book_tick(s->book, at(3599)), ERR_OK);
    assert_int_equal(s->count, 1);
    assert_int_equal(book_tick(s->book, at(3600)), ERR_OK);
    assert_int_equal(s->count, 2);
    assert_int_equal(last_sent(s)->state, ALERT_CLOSED);
    assert_true(last_sent(s)->last_ft == at(1000000));
    close_book(s);
}

/* -- detectors --------------------------------------------------------------------------------- */
/* An alert of a source that is in no tracker; the feed's newest snapshots go on from it. */
static struct feed *
feed_with(const struct alert *a)
{
    struct feed *f = feed_open(NULL);

    f->alert[f->count++] = *a;
    assert_int_equal(detectors_adopt(f->d, a, a->last_ft + TM_MIN), ERR_OK);
    return f;
}

static void
failures_and_a_success_reach_the_campaign(void **state)
{
    struct alert a = stored(0, 100, "source:10.0.0.9", RULE_LOGON_BURST);
    struct feed *f = feed_with(&a);

    (void)state;
    feed_fail(f, 80000, "10.0.0.9", "kumi"); /* one alone would open nothing */
    feed_fail(f, 80100, "10.0.0.9", "admin");
    feed_flush(f);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->alert[0].count, 42);
    assert_int_equal(f->alert[0].accounts, 2);
    feed_success(f, 80200, "10.0.0.9", "admin");
    assert_int_equal(f->count, 1);
    assert_string_equal(f->alert[0].rule->name, "logon.success_after_failures");
    assert_int_equal(f->alert[0].severity, SEV_CRITICAL);
    assert_string_equal(feed_param(&f->alert[0], "failures"), "42");
    feed_close(f);
}

static void
a_success_alone_reaches_the_campaign(void **state)
{
    struct alert a = stored(0, 100, "source:10.0.0.9", RULE_LOGON_BURST);
    struct feed *f = feed_with(&a);

    (void)state;
    feed_success(f, 3600, "10.0.0.9", "other"); /* 40 failures of this day: only the store knows */
    assert_int_equal(f->count, 1);
    assert_string_equal(f->alert[0].rule->name, "logon.success_after_failures");
    feed_close(f);
    f = feed_with(&a);
    feed_success(f, 3600, "10.0.0.77", "kumi"); /* from elsewhere, on an account under attack */
    assert_int_equal(f->count, 2);
    feed_close(f);
}

static void
other_detectors_know_their_alerts_again(void **state)
{
    struct alert a = stored(0, 100, "dropped source:10.0.0.9", RULE_RDP_DROPPED);
    struct feed *f = feed_with(&a);
    struct attempt c = feed_make(200, "10.0.0.9", "");

    (void)state;
    c.outcome = ATTEMPT_CONNECT;
    feed_put(f, c);
    feed_flush(f);
    assert_int_equal(f->alert[0].count, 41);
    feed_close(f);
    a = stored(0, 100, "internet", RULE_LOGON_FROM_INTERNET);
    f = feed_with(&a);
    feed_fail(f, 200, "198.18.0.9", "kumi");
    feed_flush(f);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->alert[0].count, 41);
    feed_close(f);
    {
        static const struct rule health = {1100, "health.x", "", "", SEV_MEDIUM};

        a.rule = &health;
        f = feed_open(NULL);
        assert_int_equal(detectors_adopt(f->d, &a, a.last_ft), ERR_OK);
        feed_flush(f);
        assert_int_equal(f->snapshots, 0);
        feed_close(f);
    }
}

static void
out_of_memory_in_turn(void **state)
{
    struct alert a = stored(0, 100, "k", RULE_LOGON_BURST);
    struct alert b = stored(0, 100, "known", RULE_LOGON_SPRAY);

    (void)state;
    for (size_t n = 0;; n++) {
        struct sent *s = open_book("{}");
        enum err err;

        s->muted = true;
        put(s, 50, "known", RULE_LOGON_BURST);
        mem_fail_after(n);
        err = book_adopt(s->book, &a, at(200));
        err = err ? err : book_adopt(s->book, &b, at(200));
        mem_fail_after(SIZE_MAX);
        close_book(s);
        if (err == ERR_OK) {
            assert_true(n > 2);
            break;
        }
        assert_int_equal(err, ERR_NOMEM);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_only_the_store_knows_goes_on),
        cmocka_unit_test(idle_ones_are_handed_out_closed),
        cmocka_unit_test(the_same_id_keeps_what_each_knows_better),
        cmocka_unit_test(a_stronger_one_here_goes_out_at_once),
        cmocka_unit_test(the_stored_id_stays),
        cmocka_unit_test(of_two_stored_ones_the_older_stays),
        cmocka_unit_test(closed_ones_are_closed_here_too),
        cmocka_unit_test(folds_keep_their_totals),
        cmocka_unit_test(extras_and_entries_come_back),
        cmocka_unit_test(idle_time_begins_anew_when_the_clock_goes_back),
        cmocka_unit_test(failures_and_a_success_reach_the_campaign),
        cmocka_unit_test(a_success_alone_reaches_the_campaign),
        cmocka_unit_test(other_detectors_know_their_alerts_again),
        cmocka_unit_test(out_of_memory_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
