/* The book of open alerts: folding, closing, snapshots, suppression; distinct sets. */
#include "detectors_feed.h"

#include "detectors/book.h"
#include "detectors/distinct.h"

struct sent {
    struct config *cfg;
    struct book *book;
    struct alert last; /* newest snapshot of all */
    size_t count;
    uint64_t own, folds; /* opened */
    enum err answer;
};

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct sent *s = ctx;

    s->last = *a;
    s->count++;
    s->own += a->revision == 1 && strcmp(a->key, "*") != 0;
    s->folds += a->revision == 1 && strcmp(a->key, "*") == 0;
    return s->answer;
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

static struct finding
make(uint64_t second, const char *key)
{
    return (struct finding){.rule = &rule_table[RULE_LOGON_BURST],
                            .severity = SEV_MEDIUM,
                            .host = SV("PC-A"),
                            .key = sv_from(key),
                            .time_ft = FEED_START + second * TM_SEC,
                            .count = 1};
}

static void
put(struct sent *s, const struct finding *f)
{
    uint32_t slot;

    assert_int_equal(book_report(s->book, f, &slot), ERR_OK);
}

static void
counts_wait_for_the_flush(void **state)
{
    struct sent *s = open_book("{}");
    struct finding f = make(0, "k");

    (void)state;
    put(s, &f);
    assert_int_equal(s->count, 1);
    for (unsigned i = 0; i < 8; i++) {
        put(s, &f);
    }
    assert_int_equal(s->count, 1);
    put(s, &f); /* ten times the first count */
    assert_int_equal(s->count, 2);
    assert_int_equal(s->last.count, 10);
    put(s, &f);
    assert_int_equal(book_tick(s->book, f.time_ft + TM_MIN), ERR_OK);
    assert_int_equal(s->count, 2);
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(s->count, 3);
    assert_int_equal(s->last.count, 11);
    assert_int_equal(s->last.revision, 3);
    assert_int_equal(book_flush(s->book), ERR_OK); /* nothing is new */
    assert_int_equal(s->count, 3);
    close_book(s);
}

static void
severity_rule_and_success_go_out_at_once(void **state)
{
    struct sent *s = open_book("{}");
    struct finding f = make(0, "k");

    (void)state;
    put(s, &f);
    f.severity = SEV_HIGH;
    put(s, &f);
    assert_int_equal(s->count, 2);
    f.severity = SEV_LOW; /* severity only grows */
    put(s, &f);
    assert_int_equal(s->count, 2);
    f.rule = &rule_table[RULE_LOGON_SPRAY];
    put(s, &f);
    assert_int_equal(s->count, 3);
    assert_int_equal(s->last.severity, SEV_HIGH);
    assert_string_equal(s->last.rule->name, "logon.spray");
    f.rule = &rule_table[RULE_LOGON_BURST]; /* never back to a weaker rule */
    f.success = true;
    put(s, &f);
    assert_int_equal(s->count, 4);
    assert_string_equal(s->last.rule->name, "logon.spray");
    put(s, &f);
    assert_int_equal(s->count, 4);
    close_book(s);
}

static void
closes_when_idle_and_opens_anew(void **state)
{
    struct sent *s = open_book("{\"alerts.idle_hours\": 2}");
    struct finding f = make(0, "k");
    char id[ALERT_ID_MAX];

    (void)state;
    put(s, &f);
    memcpy(id, s->last.id, sizeof(id));
    assert_int_equal(book_tick(s->book, f.time_ft + 2 * TM_HOUR - 1), ERR_OK);
    assert_int_equal(s->last.state, ALERT_OPEN);
    assert_int_equal(book_tick(s->book, f.time_ft + 2 * TM_HOUR), ERR_OK);
    assert_int_equal(s->last.state, ALERT_CLOSED);
    assert_string_equal(s->last.id, id);
    assert_int_equal(s->last.revision, 2);
    f.time_ft += 3 * TM_HOUR;
    put(s, &f);
    assert_int_equal(s->own, 2);
    assert_string_not_equal(s->last.id, id);
    f.time_ft += 2 * TM_HOUR; /* no tick came between: closed by the finding itself */
    put(s, &f);
    assert_int_equal(s->own, 3);
    assert_int_equal(s->count, 5);
    assert_int_equal(s->last.count, 1);
    close_book(s);
}

static void
folds_beyond_the_limit_with_exact_totals(void **state)
{
    struct sent *s = open_book("{\"alerts.open_max\": 3}");
    char key[16] = "source 00";
    uint64_t before;

    (void)state;
    metric_reset_all();
    before = metric_get(METRIC_ALERTS_FOLDED);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 25; i++) {
            struct finding f = make(i, key);
            uint8_t bytes[4] = {203, 0, 113, (uint8_t)i};

            key[7] = (char)('0' + i / 10);
            key[8] = (char)('0' + i % 10);
            f.source = addr_v4(bytes);
            f.account_id = 1 + i % 5;
            put(s, &f);
        }
    }
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(s->own, 3);
    assert_int_equal(s->folds, 1);
    assert_string_equal(s->last.key, "*");
    assert_string_equal(s->last.message, "ALERT_FOLDED");
    assert_int_equal(s->last.count, 22 * 3);
    assert_int_equal(s->last.sources, 22);
    assert_int_equal(s->last.accounts, 5);
    assert_string_equal(feed_param(&s->last, "alerts"), "22");
    assert_int_equal(metric_get(METRIC_ALERTS_FOLDED) - before, 22);
    {
        struct finding other = make(1, "x"); /* another rule, another host: room of their own */

        other.rule = &rule_table[RULE_RDP_DROPPED];
        put(s, &other);
        other = make(1, "x");
        other.host = SV("PC-B");
        put(s, &other);
    }
    assert_int_equal(s->own, 5);
    close_book(s);
}

static void
an_upgrade_needs_room_but_severity_does_not(void **state)
{
    struct sent *s = open_book("{\"alerts.open_max\": 1}");
    struct finding a = make(0, "a"), b = make(0, "b");

    (void)state;
    a.rule = &rule_table[RULE_LOGON_SPRAY];
    put(s, &a);
    put(s, &b);
    b.rule = &rule_table[RULE_LOGON_SPRAY];
    b.severity = SEV_HIGH;
    put(s, &b);
    assert_string_equal(s->last.rule->name, "logon.burst");
    assert_int_equal(s->last.severity, SEV_HIGH);
    assert_int_equal(s->own, 2);
    close_book(s);
}

static void
evidence_keeps_both_ends(void **state)
{
    struct sent *s = open_book("{}");

    (void)state;
    for (unsigned i = 1; i <= 20; i++) {
        struct attempt a = feed_make(i, "10.0.0.9", "kumi");
        struct finding f = make(i, "k");

        a.witness_count = 1;
        a.witness[0] = (struct attempt_witness){SV("Security"), 4625, i, a.first_ft};
        f.attempt = &a;
        put(s, &f);
    }
    assert_int_equal(book_flush(s->book), ERR_OK);
    assert_int_equal(s->last.evidence_count, ALERT_EVIDENCE_MAX);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(s->last.evidence[i].record_id, 1 + i);
        assert_int_equal(s->last.evidence[4 + i].record_id, 17 + i);
        assert_string_equal(s->last.evidence[i].channel, "Security");
        assert_string_equal(s->last.evidence[i].host, "PC-A");
    }
    close_book(s);
}

static void
suppressed_until_then_sent(void **state)
{
    struct sent *s =
        open_book("{\"suppress\": [{\"rule\": \"logon.*\", \"source\": \"10.0.0.0/24\","
                  "\"until\": \"2023-11-15T00:00:00Z\", \"why\": \"pen test\"}]}");
    struct finding f = make(0, "a"); /* 2023-11-14T22:13:20Z */

    (void)state;
    f.source = feed_addr("10.0.0.9");
    put(s, &f);
    assert_true(s->last.suppressed);
    assert_string_equal(s->last.why_suppressed, "pen test");
    f = make(0, "b");
    f.source = feed_addr("10.0.1.9");
    put(s, &f);
    assert_false(s->last.suppressed);
    f = make(7200, "a");
    f.source = feed_addr("10.0.0.9");
    f.severity = SEV_HIGH;
    put(s, &f);
    assert_int_equal(s->last.revision, 2);
    assert_false(s->last.suppressed);
    close_book(s);
}

static void
an_error_of_the_receiver_is_kept(void **state)
{
    struct sent *s = open_book("{}");
    struct finding f = make(0, "a");
    uint32_t slot;

    (void)state;
    s->answer = ERR_IO;
    assert_int_equal(book_report(s->book, &f, &slot), ERR_IO);
    assert_int_equal(book_err(s->book), ERR_IO);
    close_book(s);
}

static void
distinct_counts_exactly_within_its_budget(void **state)
{
    struct distinct_budget budget = {1000};
    struct distinct a, b;
    bool added;

    (void)state;
    distinct_init(&a, &budget);
    distinct_init(&b, &budget);
    for (uint64_t i = 0; i < 1800; i++) {
        assert_int_equal(distinct_put(&a, distinct_id(i / 2), &added), ERR_OK);
        assert_int_equal(added, i % 2 == 0);
    }
    assert_int_equal(a.count, 900);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(distinct_put(&b, distinct_id(i), &added), ERR_OK);
    }
    assert_int_equal(distinct_put(&b, distinct_id(100), &added), ERR_FULL);
    assert_int_equal(distinct_put(&b, distinct_id(99), &added), ERR_OK); /* known already */
    assert_false(added);
    distinct_fini(&a);
    assert_int_equal(distinct_put(&b, distinct_id(100), &added), ERR_OK);
    assert_true(distinct_has(&b, distinct_id(100)));
    assert_false(distinct_has(&b, distinct_id(101)));
    distinct_fini(&b);
    assert_int_equal(budget.left, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_wait_for_the_flush),
        cmocka_unit_test(severity_rule_and_success_go_out_at_once),
        cmocka_unit_test(closes_when_idle_and_opens_anew),
        cmocka_unit_test(folds_beyond_the_limit_with_exact_totals),
        cmocka_unit_test(an_upgrade_needs_room_but_severity_does_not),
        cmocka_unit_test(evidence_keeps_both_ends),
        cmocka_unit_test(suppressed_until_then_sent),
        cmocka_unit_test(an_error_of_the_receiver_is_kept),
        cmocka_unit_test(distinct_counts_exactly_within_its_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
