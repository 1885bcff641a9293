/* test_cli_store - what the commands print of a store whose contents are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "core/mem.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "store/store.h"
#include "support/cli_capture.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */

struct fixture {
    struct cli_capture cap;
    struct buf path;
    char id[2][ALERT_ID_MAX];
};

/* -- contents ---------------------------------------------------------------------------------- */

static void
put_alert(struct fixture *f, struct store *s, size_t which, uint64_t first_ft, uint64_t last_ft)
{
    struct alert *a = mem_zalloc(sizeof(*a));
    const struct rule *rule =
        &rule_table[which == 0 ? RULE_LOGON_SUCCESS_AFTER_FAILURES : RULE_LOGON_BURST];
    struct alert_evidence evidence = {"PC-A", "Security", 12345678901234567890ULL, 4625, first_ft};

    assert_non_null(a);
    a->revision = 1;
    a->rule = rule;
    a->severity = which == 0 ? SEV_CRITICAL : SEV_MEDIUM;
    a->state = which == 0 ? ALERT_OPEN : ALERT_CLOSED;
    a->first_ft = first_ft;
    a->last_ft = last_ft;
    a->count = 1204;
    memcpy(a->host, "PC-A", 5);
    memcpy(a->key, "k", 2);
    memcpy(a->account, "\xe4\xb9\x85\xe7\xbe\x8e\x1b[2J", 11);
    assert_int_equal(addr_parse(SV("203.0.113.7"), &a->source), ERR_OK);
    a->source_class = addr_classify(&a->source);
    memcpy(a->message, "ALERT_LOGON_BURST", 18);
    alert_param(a, "count", SV("1204"));
    alert_param(a, "source", SV("203.0.113.7"));
    alert_param(a, "service", SV("rdp"));
    alert_add_evidence(a, &evidence);
    alert_make_id(a);
    memcpy(f->id[which], a->id, sizeof(a->id));
    assert_int_equal(store_put_alert(s, a), ERR_OK);
    mem_free(a);
}

static void
put_story(struct store *s)
{
    struct story *st = mem_zalloc(sizeof(*st));
    struct story_stage_facts *entry;

    assert_non_null(st);
    entry = &st->stage[STAGE_ENTRY];
    memcpy(st->id, "00000000000000aa", 17);
    memcpy(st->host, "PC-A", 5);
    st->revision = 1;
    st->severity = SEV_CRITICAL;
    st->first_ft = T0;
    st->last_ft = T0 + 2 * TM_DAY;
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        st->stage[i].verdict = STAGE_NOT_OBSERVABLE;
    }
    st->stage[STAGE_TOOL].verdict = STAGE_NOTHING_SEEN;
    entry->verdict = STAGE_OBSERVED;
    entry->first_ft = T0 + 2 * TM_DAY + 13 * TM_HOUR + 41 * TM_MIN;
    entry->severity = SEV_CRITICAL;
    memcpy(entry->message, "STORY_ENTRY", 12);
    entry->param_count = 2;
    entry->params[0] = (struct alert_param){"account", "kumi"};
    entry->params[1] = (struct alert_param){"service", "rdp"};
    memcpy(st->first_message, "STORY_FIRST_LOOK", 17);
    assert_int_equal(store_put_story(s, st), ERR_OK);
    mem_free(st);
}

static void
put_rest(struct store *s)
{
    struct coverage seen = {.host = SV("PC-A"),
                            .source = SV("Security"),
                            .from_ft = T0,
                            .to_ft = T0 + TM_DAY,
                            .records = 7};
    struct event ev;
    struct attempt attempt = {.first_ft = T0 + TM_HOUR,
                              .last_ft = T0 + TM_HOUR,
                              .host = SV("PC-A"),
                              .account = SV("kumi"),
                              .outcome = ATTEMPT_FAILURE,
                              .weight = WEIGHT_FULL,
                              .service = SERVICE_RDP,
                              .scope = SCOPE_INTERNET,
                              .confidence = 100};

    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    seen.source = SV("System");
    seen.from_ft = T0 + TM_DAY + TM_HOUR;
    seen.to_ft = T0 + 2 * TM_DAY;
    assert_int_equal(store_put_coverage(s, &seen), ERR_OK);
    event_init(&ev, EV_LOGON_FAILURE, T0 + TM_HOUR);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, account, SV("=kumi"));
    event_set(&ev, event_id, 4625);
    event_set(&ev, record_id, UINT64_C(9007199254740993));
    event_set(&ev, status, 0xC000006D);
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    event_init(&ev, EV_LOGOFF, T0 + 2 * TM_DAY);
    event_set(&ev, host, SV("PC-A"));
    assert_int_equal(store_put_event(s, &ev), ERR_OK);
    assert_int_equal(addr_parse(SV("203.0.113.7"), &attempt.src), ERR_OK);
    assert_int_equal(store_put_attempt(s, &attempt), ERR_OK);
}

static int
setup(void **state)
{
    static struct fixture f;
    struct store *s = NULL;

    cli_capture_init(&f.cap);
    buf_init(&f.path, 4096);
    assert_int_equal(path_temp_file(&f.path), ERR_OK);
    assert_int_equal(file_delete(buf_str(&f.path)), ERR_OK);
    assert_int_equal(store_open(buf_str(&f.path), STORE_NEW, &s), ERR_OK);
    put_alert(&f, s, 0, T0, T0 + 2 * TM_DAY);
    put_alert(&f, s, 1, T0, T0 + TM_HOUR);
    put_story(s);
    put_rest(s);
    assert_int_equal(store_finish(s), ERR_OK);
    store_close(s);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(file_delete(buf_str(&f->path)), ERR_OK);
    buf_fini(&f->path);
    cli_capture_fini(&f->cap);
    return 0;
}

#define STORE(f) "--store", buf_str(&(f)->path)
#define OUT(f) buf_str(&(f)->cap.out)
#define ERR(f) buf_str(&(f)->cap.err)

static size_t
count_of(const char *text, const char *word)
{
    size_t count = 0;

    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word)) {
        count++;
    }
    return count;
}

/* -- alerts ------------------------------------------------------------------------------------ */

static void
test_alerts_table(void **state)
{
    struct fixture *f = *state;
    struct buf expected;

    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "--open"), CLI_DONE);
    buf_init(&expected, 4096);
    buf_puts(&expected,
             "severity  last seen                  computer  rule                          count  "
             "source       account      state  id\n"
             "critical  2026-11-03 09:00:00+09:00  PC-A      logon.success_after_failures   1204  "
             "203.0.113.7  久美\\x1B[2J  open   ");
    buf_puts(&expected, f->id[0]);
    buf_puts(&expected, "\n    1204 failed logons from 203.0.113.7 (rdp)");
    assert_int_equal(strncmp(OUT(f), buf_str(&expected), expected.len), 0);
    assert_int_equal(count_of(OUT(f), "\n"), 3);
    assert_null(strchr(OUT(f), '\x1b'));
    buf_fini(&expected);
}

static void
test_alerts_filters(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 2);
    /* relative to the newest event, 3 November: the older one is outside of it */
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "-ondjson", "--since", "24h"), CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 1);
    assert_non_null(strstr(OUT(f), f->id[0]));
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "-ondjson", "--until", "24h"), CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 1);
    assert_non_null(strstr(OUT(f), f->id[1]));
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "-ondjson", "--severity", "high"),
                     CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 1);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "-ondjson", "--rule", "*.burst"),
                     CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 1);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "--host", "PC-B"), CLI_DONE);
    assert_string_equal(OUT(f), "No alerts.\n");
    assert_int_equal(CLI_RUN(&f->cap, "alerts", STORE(f), "--host", "PC-B", "-o", "json"),
                     CLI_DONE);
    assert_string_equal(OUT(f), "[]\n");
    assert_int_equal(
        CLI_RUN(&f->cap, "alerts", STORE(f), "--since", "2026-11-02", "--until", "2026-11-01"),
        CLI_USAGE);
}

static void
test_alerts_json(void **state)
{
    static const char *const parts[] = {
        "\"rule_id\":2004,\"rule\":\"logon.success_after_failures\",",
        "\"attack\":[\"T1110.001\",\"T1078\"]",
        "\"severity\":\"critical\"",
        "\"first_seen\":\"2026-11-01T00:00:00.0000000Z\"",
        "\"source\":\"203.0.113.7\"",
        "\"account\":\"\\u4e45\\u7f8e\\u001b[2J\"",
        "\"params\":{\"count\":\"1204\",\"source\":\"203.0.113.7\",\"service\":\"rdp\"}",
        "\"record_id\":\"12345678901234567890\"",
        "\"acked\":false",
        "\"sentence\":\"1204 failed logons from 203.0.113.7 (rdp)",
    };
    struct fixture *f = *state;

    f->cap.io.lang_ja = true; /* programs get English unless they ask */
    assert_int_equal(CLI_RUN(&f->cap, "alerts", f->id[0], STORE(f), "-o", "ndjson"), CLI_DONE);
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (strstr(OUT(f), parts[i]) == NULL) {
            fail_msg("%s is not in %s", parts[i], OUT(f));
        }
    }
    f->cap.io.lang_ja = false;
    for (const char *p = OUT(f); *p != '\0'; p++) {
        assert_true((unsigned char)*p < 0x80);
    }
    assert_int_equal(CLI_RUN(&f->cap, "alerts", f->id[0], STORE(f), "-o", "ndjson", "--lang", "ja"),
                     CLI_DONE);
    assert_non_null(strstr(OUT(f), "\\u30ed\\u30b0\\u30aa\\u30f3")); /* ログオン */
}

static void
test_one_alert(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "alerts", f->id[1], STORE(f)), CLI_DONE);
    assert_non_null(strstr(OUT(f), "logon.burst\n"));
    assert_int_equal(CLI_RUN(&f->cap, "alerts", "ffffffffffffffff", STORE(f)), CLI_NOTFOUND);
    assert_string_equal(
        ERR(f),
        "kanari alerts: ffffffffffffffff: no such alert; 'kanari alerts' lists their ids\n");
}

static void
test_answers(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "alerts", "ack", "ffffffffffffffff", STORE(f)), CLI_NOTFOUND);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", "ack", f->id[1], STORE(f)), CLI_DONE);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", f->id[1], STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"acked\":true"));
    assert_int_equal(CLI_RUN(&f->cap, "mute", f->id[1], STORE(f), "--for", "30d", "--why", "test"),
                     CLI_DONE);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", f->id[1], STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"muted_until\":\"2026-12-04T00:00:00.0000000Z\""));
}

/* -- story ------------------------------------------------------------------------------------- */

static void
test_story(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "story", STORE(f)), CLI_DONE);
    assert_string_equal(
        OUT(f),
        "PC-A  1–3 Nov 2026 (UTC+09:00)   watched 47.0 of 48.0 h (blind 2 Nov 09:00 – 2 Nov "
        "10:00)\n"
        "DOOR   not observable: no log was read that would show it\n"
        "GUESS  not observable: no log was read that would show it\n"
        "ENTRY   3 Nov 22:41  kumi, rdp, from {source}, after {failures} failed logons   "
        "CRITICAL\n"
        "TOOL   nothing seen; 97 % of the time was watched\n"
        "MINER  not observable: no log was read that would show it\n"
        "SPREAD not observable: no log was read that would show it\n"
        "FIRST  look at the alerts of this story, the most severe first\n");
    assert_int_equal(CLI_RUN(&f->cap, "story", "PC-A", STORE(f), "--lang", "ja"), CLI_DONE);
    assert_int_equal(strncmp(OUT(f),
                             "PC-A  2026年11月1日〜3日 (UTC+09:00)   48.0 時間のうち 47.0 "
                             "時間を監視 （監視なし: 11月2日 09:00 〜 11月2日 10:00）\n",
                             strlen("PC-A  2026年11月1日〜3日 (UTC+09:00)   48.0 時間のうち 47.0 "
                                    "時間を監視 （監視なし: 11月2日 09:00 〜 11月2日 10:00）\n")),
                     0);
    assert_non_null(strstr(OUT(f), "\nENTRY   11月3日 22:41  kumi、rdp、"));
    assert_non_null(strstr(OUT(f), "   緊急\n"));
}

static void
test_story_for_programs(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "story", "00000000000000aa", STORE(f), "-o", "ndjson"),
                     CLI_DONE);
    assert_int_equal(count_of(OUT(f), "\n"), 1);
    assert_non_null(strstr(OUT(f), "\"stage\":\"ENTRY\",\"verdict\":\"observed\","
                                   "\"first_seen\":\"2026-11-03T13:41:00.0000000Z\""));
    assert_non_null(strstr(OUT(f), "\"sentence\":\"kumi, rdp, from {source}, after {failures}"));
    assert_non_null(strstr(OUT(f), "\"first_step\":\"look at the alerts of this story"));
    assert_int_equal(CLI_RUN(&f->cap, "story", "ffffffffffffffff", STORE(f)), CLI_NOTFOUND);
    assert_int_equal(CLI_RUN(&f->cap, "story", "ffffffffffffffff", STORE(f), "-ojson"),
                     CLI_NOTFOUND);
}

static void
test_no_story(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "story", "PC-B", STORE(f)), CLI_DONE);
    assert_string_equal(
        OUT(f),
        "No story: nothing here belongs to a break-in; not watched: no log of it was read\n");
}

/* -- rows -------------------------------------------------------------------------------------- */

static void
test_events(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "events", STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_string_equal(
        OUT(f),
        "{\"time\":\"2026-11-01T01:00:00.0000000Z\",\"kind\":\"logon_failure\",\"host\":\"PC-A\","
        "\"event_id\":4625,\"record_id\":\"9007199254740993\",\"account\":\"=kumi\","
        "\"status\":\"0xc000006d\"}\n"
        "{\"time\":\"2026-11-01T01:00:00.0000000Z\",\"kind\":\"logon_attempt\",\"host\":\"PC-A\","
        "\"account\":\"kumi\",\"src\":\"203.0.113.7\"}\n"
        "{\"time\":\"2026-11-03T00:00:00.0000000Z\",\"kind\":\"logoff\",\"host\":\"PC-A\"}\n");
    assert_int_equal(CLI_RUN(&f->cap, "events", STORE(f), "-ondjson", "--kind", "logon_attempt"),
                     CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"outcome\":\"failure\",\"service\":\"rdp\","
                                   "\"scope\":\"internet\""));
    assert_int_equal(CLI_RUN(&f->cap, "events", STORE(f), "-o", "csv", "--kind", "logon_failure"),
                     CLI_DONE);
    assert_non_null(strstr(OUT(f), ",'=kumi,"));
    assert_int_equal(CLI_RUN(&f->cap, "events", STORE(f), "--kind", "anomaly"), CLI_DONE);
    assert_string_equal(OUT(f), "No events.\n");
}

/* What events prints, the reader of events reads. */
static void
test_events_are_input(void **state)
{
    struct fixture *f = *state;
    struct buf arena;
    const char *line;
    size_t count = 0;

    assert_int_equal(CLI_RUN(&f->cap, "events", STORE(f), "-o", "ndjson"), CLI_DONE);
    buf_init(&arena, 65536);
    for (line = OUT(f); *line != '\0'; line = strchr(line, '\n') + 1) {
        char why[EVENT_WHY_MAX] = "";
        struct event ev;
        struct sv text = {line, (size_t)(strchr(line, '\n') - line)};

        if (event_from_json(text, &arena, &ev, why) != ERR_OK) {
            fail_msg("%s", why);
        }
        count++;
    }
    assert_int_equal(count, 3);
    buf_fini(&arena);
}

static void
test_logons(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "logons", STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"source\":\"203.0.113.7\""));
    assert_non_null(strstr(OUT(f), "\"attempts\":1"));
    assert_int_equal(CLI_RUN(&f->cap, "logons", STORE(f), "--by", "service", "-ondjson"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"service\":\"rdp\""));
    assert_int_equal(CLI_RUN(&f->cap, "logons", STORE(f), "--by", "adapter"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "This version does not join attempts to network adapters"));
}

static void
test_query(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        CLI_RUN(&f->cap, "query", STORE(f), "SELECT rule, count FROM v_alerts ORDER BY rule"),
        CLI_DONE);
    assert_string_equal(OUT(f), "rule                          count\n"
                                "logon.burst                    1204\n"
                                "logon.success_after_failures   1204\n");
    assert_int_equal(CLI_RUN(&f->cap, "query", STORE(f), "DELETE FROM alert"), CLI_USAGE);
    assert_string_equal(OUT(f), "");
    assert_int_equal(CLI_RUN(&f->cap, "query", STORE(f), "SELECT"), CLI_USAGE);
    assert_int_equal(strncmp(ERR(f), "kanari query: ", 14), 0);
}

static void
test_overview(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, STORE(f)), CLI_DONE);
    assert_non_null(strstr(OUT(f), ": events from 2026-11-01 10:00:00+09:00 to 2026-11-03 "
                                   "09:00:00+09:00\n"
                                   "watched 47.0 of 48.0 h (blind 2 Nov 09:00 – 2 Nov 10:00)\n"
                                   "open alerts: CRITICAL 1\n"));
    assert_non_null(strstr(OUT(f), f->id[0]));
    assert_null(strstr(OUT(f), f->id[1]));
    assert_int_equal(CLI_RUN(&f->cap, STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "\"watched_s\":169200,\"asked_s\":172800,"));
    assert_non_null(strstr(OUT(f), "\"open_critical\":1"));
}

static void
test_not_a_store(void **state)
{
    struct fixture *f = *state;
    struct buf path;

    buf_init(&path, 4096);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    assert_int_equal(file_write_all(buf_str(&path), "plain text", 10), ERR_OK);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", "--store", buf_str(&path)), CLI_INPUT);
    assert_int_equal(count_of(ERR(f), "\n"), 1);
    /* and a replay never replaces what is not ours */
    assert_int_equal(CLI_RUN(&f->cap, "replay", "x.evtx", "--store", buf_str(&path)), CLI_INPUT);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
}

/* Each allocation fails in turn: the command says so, and nothing leaks or crashes. */
static void
test_no_memory(void **state)
{
    static const char *const commands[] = {"alerts", "story", "logons", "events"};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(commands); i++) {
        int exit_code = CLI_INTERNAL;

        for (size_t n = 0; n < 20000 && exit_code != CLI_DONE; n = n < 64 ? n + 1 : n + 37) {
            const char *const words[] = {commands[i], STORE(f), NULL};

            buf_clear(&f->cap.out);
            buf_clear(&f->cap.err);
            mem_fail_after(n);
            exit_code = cli_capture_run(&f->cap, words);
            mem_fail_after(SIZE_MAX);
            assert_true(exit_code == CLI_DONE || exit_code == CLI_INTERNAL);
        }
        assert_int_equal(exit_code, CLI_DONE);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_alerts_table),       TEST(test_alerts_filters), TEST(test_alerts_json),
        TEST(test_one_alert),          TEST(test_answers),        TEST(test_story),
        TEST(test_story_for_programs), TEST(test_no_story),       TEST(test_events),
        TEST(test_events_are_input),   TEST(test_logons),         TEST(test_query),
        TEST(test_overview),           TEST(test_not_a_store),    TEST(test_no_memory),
    };

    return cmocka_run_group_tests_name("cli over a store", tests, NULL, NULL);
}
