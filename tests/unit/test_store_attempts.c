/* store, attempts: every value of each, in each place of a batch, and in order of time. */
#include "test_store_help.h"

static void
put_attempts(struct store *s)
{
    struct attempt full = help_attempt(HELP_START_FT, "PC-A", "Kumi", 7);
    struct attempt bare = {.first_ft = HELP_START_FT + 1, .outcome = ATTEMPT_CONNECT};

    full.domain = SV("CORP");
    full.workstation = SV("\xe3\x81\x8b");
    full.outcome = ATTEMPT_SUCCESS;
    full.src_inferred = true;
    full.confidence = 80;
    full.nla_only = true;
    full.logon_id = UINT64_MAX;
    full.adapter = SV("Ethernet 2");
    full.witness_count = 2;
    full.witness[1] = (struct attempt_witness){SV("\xe3\x81\x8b\xf0\x9f\x90\xa6"), 131, 5,
                                               HELP_START_FT + TM_SEC};
    assert_int_equal(store_put_attempt(s, &full), ERR_OK);
    assert_int_equal(store_put_attempt(s, &bare), ERR_OK);
}

static void
test_attempts(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_attempts(s);
    help_finish(s);
    s = help_open(&path, STORE_READ);
    r = help_rows(s, ROWS_ATTEMPTS, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_int(r, "time", (int64_t)HELP_START_FT);
    help_is_int(r, "last_seen", (int64_t)(HELP_START_FT + TM_SEC));
    help_is_text(r, "host", "PC-A");
    help_is_text(r, "account", "Kumi");
    help_is_text(r, "domain", "CORP");
    help_is_text(r, "account_key", "corp\\kumi");
    help_is_text(r, "workstation", "\xe3\x81\x8b");
    help_is_text(r, "outcome", "success");
    help_is_int(r, "weight", WEIGHT_FULL);
    help_is_text(r, "service", "rdp");
    help_is_text(r, "scope", "internet");
    help_is_text(r, "src", "203.0.113.7");
    help_is_int(r, "src_port", 50000);
    help_is_int(r, "src_inferred", 1);
    help_is_int(r, "confidence", 80);
    help_is_int(r, "nla_only", 1);
    help_is_int(r, "logon_type", 3);
    help_is_int(r, "status", 0xC000006A);
    help_is_int(r, "logon_id", -1);
    help_is_text(r, "adapter", "Ethernet 2");
    help_is_text(r, "witnesses",
                 "[{\"channel\":\"Security\",\"event_id\":4625,\"record_id\":\"77\","
                 "\"time\":\"2018-08-31T13:49:31.0000000Z\"},"
                 "{\"channel\":\"\\u304b\\ud83d\\udc26\",\"event_id\":131,\"record_id\":\"5\","
                 "\"time\":\"2018-08-31T13:49:32.0000000Z\"}]");
    assert_int_equal(rows_next(r), ERR_OK);
    help_is_text(r, "outcome", "connect");
    help_is_text(r, "witnesses", "[]");
    assert_int_equal(help_cell(r, "account").type, CELL_NULL);
    assert_int_equal(help_cell(r, "account_key").type, CELL_NULL);
    assert_int_equal(help_cell(r, "src").type, CELL_NULL);
    assert_int_equal(help_cell(r, "src_port").type, CELL_NULL);
    assert_int_equal(help_cell(r, "status").type, CELL_NULL);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    store_close(s);
    help_remove(&path);
}

/* As attempt number i of a row of them: every value of every enum, and each set of what is absent,
 * meet each place in a batch. */
static struct attempt
varied_attempt(size_t i)
{
    static const char *const hosts[] = {"PC-A", "", "PC-B"};
    static const char *const accounts[] = {"", "kumi", "admin", "Kumi"};
    struct attempt a = help_attempt(HELP_START_FT + i, hosts[i % 3], accounts[i % 4], (uint8_t)i);

    a.outcome = (enum attempt_outcome)(i % ATTEMPT_OUTCOME_COUNT);
    a.weight = (enum attempt_weight)(i % 3);
    a.service = (enum logon_service)(i % SERVICE_COUNT);
    a.scope = (enum source_scope)(i % SCOPE_COUNT);
    a.src_inferred = i % 5 == 0;
    a.nla_only = i % 7 == 0;
    a.confidence = (uint8_t)(i * 5);
    a.src_port = (uint16_t)(i % 2 == 0 ? UINT16_MAX - i : 0);
    a.domain = i % 6 == 0 ? SV("CORP") : SV("");
    a.last_ft = a.first_ft + i % 2;
    a.logon_type = i % 3 == 0 ? 0 : UINT32_MAX;
    a.logon_id = i % 11 == 0 ? UINT64_MAX : 0;
    a.adapter = i % 13 == 0 ? SV("Wi-Fi") : SV("");
    a.witness_count = (uint32_t)(i % (ATTEMPT_WITNESS_MAX + 1));
    for (uint32_t w = 0; w < a.witness_count; w++) {
        a.witness[w] = (struct attempt_witness){w % 2 == 0 ? SV("Security") : SV(""), w,
                                                UINT64_MAX - w, a.first_ft + w + i % 2};
    }
    return a;
}

static void
expect_text(const struct rows *r, const char *name, struct sv expected)
{
    struct cell cell = help_cell(r, name);

    assert_int_equal(cell.type, expected.len == 0 ? CELL_NULL : CELL_TEXT);
    assert_true(expected.len == 0 || sv_eq(cell.text, expected));
}

static void
expect_set(const struct rows *r, const char *name, uint64_t expected)
{
    struct cell cell = help_cell(r, name);

    assert_int_equal(cell.type, expected == 0 ? CELL_NULL : CELL_INT);
    assert_true(expected == 0 || cell.i == (int64_t)expected);
}

static void
expect_witnesses(const struct rows *r, const struct attempt *a)
{
    char time[TM_TEXT_MAX];
    struct buf expected;

    buf_init(&expected, SIZE_MAX);
    for (uint32_t w = 0; w < a->witness_count; w++) {
        tm_format(a->witness[w].time_ft, time);
        buf_printf(&expected,
                   "%s{\"channel\":%s,\"event_id\":%u,\"record_id\":\"-%u\",\"time\":\"%s\"}",
                   w == 0 ? "[" : ",", w % 2 == 0 ? "\"Security\"" : "null", w, w + 1, time);
    }
    buf_puts(&expected, a->witness_count == 0 ? "[]" : "]");
    help_is_text(r, "witnesses", buf_str(&expected));
    buf_fini(&expected);
}

static void
expect_attempt(const struct rows *r, const struct attempt *a)
{
    char key[ACCOUNT_KEY_MAX];
    size_t len = a->account.len == 0 ? 0 : account_key(a->account, a->domain, a->host, key);

    help_is_int(r, "time", (int64_t)a->first_ft);
    help_is_int(r, "last_seen", (int64_t)a->last_ft);
    expect_text(r, "host", a->host);
    expect_text(r, "account", a->account);
    expect_text(r, "domain", a->domain);
    expect_text(r, "account_key", (struct sv){key, len});
    expect_text(r, "outcome", sv_from(attempt_outcome_name(a->outcome)));
    expect_text(r, "service", sv_from(logon_service_name(a->service)));
    expect_text(r, "scope", sv_from(source_scope_name(a->scope)));
    help_is_int(r, "weight", a->weight);
    help_is_int(r, "src_inferred", a->src_inferred);
    help_is_int(r, "nla_only", a->nla_only);
    help_is_int(r, "confidence", a->confidence);
    expect_set(r, "src_port", a->src_port);
    expect_set(r, "logon_type", a->logon_type);
    expect_set(r, "logon_id", a->logon_id);
    expect_text(r, "adapter", a->adapter);
    expect_witnesses(r, a);
}

static void
test_attempts_of_all_kinds(void **state)
{
    static const size_t counts[] = {1, 15, 16, 17, 300};
    struct store_filter all = {0};
    struct buf path;
    struct store *s;
    struct rows *r;

    (void)state;
    for (size_t n = 0; n < COUNT(counts); n++) {
        help_path(&path);
        s = help_open(&path, STORE_NEW);
        for (size_t i = 0; i < counts[n]; i++) {
            struct attempt a = varied_attempt(i);

            assert_int_equal(store_put_attempt(s, &a), ERR_OK);
        }
        help_finish(s);
        s = help_open(&path, STORE_READ);
        r = help_rows(s, ROWS_ATTEMPTS, &all);
        for (size_t i = 0; i < counts[n]; i++) {
            struct attempt a = varied_attempt(i);

            assert_int_equal(rows_next(r), ERR_OK);
            expect_attempt(r, &a);
        }
        assert_int_equal(rows_next(r), ERR_END);
        rows_close(r);
        store_close(s);
        help_remove(&path);
    }
}

/* An attempt that waited for a proof is put late; it is read in its place all the same. */
static void
test_late_attempt(void **state)
{
    static const uint64_t put[] = {5, 9, 2, 9, 7};
    static const uint64_t read[] = {2, 5, 7, 9, 9};
    static const enum store_rows ways[] = {ROWS_ATTEMPTS, ROWS_EVENTS};
    struct store_filter all = {0};
    struct buf path;
    struct store *s;

    (void)state;
    help_path(&path);
    s = help_open(&path, STORE_NEW);
    for (size_t i = 0; i < COUNT(put); i++) {
        struct attempt a = help_attempt(HELP_START_FT + put[i], "PC-A", "kumi", 7);

        a.src_port = (uint16_t)(i + 1);
        assert_int_equal(store_put_attempt(s, &a), ERR_OK);
    }
    help_finish(s);
    s = help_open(&path, STORE_READ);
    for (size_t way = 0; way < COUNT(ways); way++) {
        struct rows *r = help_rows(s, ways[way], &all);

        for (size_t i = 0; i < COUNT(read); i++) {
            assert_int_equal(rows_next(r), ERR_OK);
            help_is_int(r, "time", (int64_t)(HELP_START_FT + read[i]));
            if (read[i] == 9) {
                help_is_int(r, "src_port", i == 3 ? 2 : 4); /* as they were put */
            }
        }
        assert_int_equal(rows_next(r), ERR_END);
        rows_close(r);
    }
    store_close(s);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_attempts_of_all_kinds),
        cmocka_unit_test(test_late_attempt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
