/* batch - rows are in the store as they were given, in order; alerts are told once. */
#include "test_store_help.h"

#include "detectors/rules.h"
#include "engine/batch.h"

#define PLENTY 100000u

struct place {
    struct buf path;
    struct store *store;
    struct batch *batch;
};

static void
place_make(struct place *p)
{
    help_path(&p->path);
    p->store = help_open(&p->path, STORE_LIVE);
    assert_int_equal(batch_create(&p->batch), ERR_OK);
}

static void
place_end(struct place *p)
{
    batch_destroy(p->batch);
    store_close(p->store);
    help_remove(&p->path);
}

/* Puts the batch as the writer does. */
static void
commit(struct place *p)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];
    size_t count = batch_marks(&p->batch, 1, marks);

    assert_int_equal(store_begin(p->store), ERR_OK);
    assert_int_equal(batch_put(p->batch, p->store, HELP_START_FT), ERR_OK);
    assert_int_equal(store_commit(p->store, marks, count), ERR_OK);
}

static struct rows *
first_row(struct place *p, enum store_rows what)
{
    const struct store_filter all = {0};
    struct rows *r;

    assert_int_equal(help_count(p->store, what, &all), 1);
    r = help_rows(p->store, what, &all);
    assert_int_equal(rows_next(r), ERR_OK);
    return r;
}

/* The texts that were given are overwritten before the batch is put: it has copies. */
static struct sv
spoiled(char *bytes, const char *text)
{
    memcpy(bytes, text, strlen(text) + 1);
    return sv_from(bytes);
}

/* -- every type of row --------------------------------------------------------------------------
 */

static void
an_event_comes_back(void **state)
{
    static uint8_t packed[EVENT_PACKED_MAX];
    const struct store_filter all = {0};
    struct store_events *e = NULL;
    struct event ev, out;
    struct place p;
    size_t len;

    (void)state;
    place_make(&p);
    event_init(&ev, EV_LOGON_FAILURE, HELP_START_FT);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, account, SV("kumi"));
    event_set(&ev, record_id, 77);
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(batch_event(p.batch, (struct sv){(char *)packed, len}), ERR_OK);
    memset(packed, 0xA5, sizeof(packed));
    commit(&p);
    assert_int_equal(store_events_open(p.store, &all, &e), ERR_OK);
    assert_int_equal(store_events_next(e, &out), ERR_OK);
    assert_int_equal(out.kind, EV_LOGON_FAILURE);
    assert_int_equal(out.time_ft, HELP_START_FT);
    assert_int_equal(out.record_id, 77);
    assert_true(sv_eq(out.account, SV("kumi")));
    assert_int_equal(store_events_next(e, &out), ERR_END);
    store_events_close(e);
    place_end(&p);
}

static void
an_attempt_comes_back(void **state)
{
    struct attempt a = help_attempt(HELP_START_FT, "", "", 9);
    char host[8], account[8], domain[8], station[8], adapter[8], channel[16];
    struct rows *r;
    struct place p;

    (void)state;
    place_make(&p);
    a.host = spoiled(host, "PC-A");
    a.account = spoiled(account, "kumi");
    a.domain = spoiled(domain, "CORP");
    a.workstation = spoiled(station, "EVIL");
    a.adapter = spoiled(adapter, "wwan");
    a.witness[0].channel = spoiled(channel, "Security");
    assert_int_equal(batch_attempt(p.batch, &a), ERR_OK);
    host[0] = account[0] = domain[0] = station[0] = adapter[0] = channel[0] = '?';
    commit(&p);
    r = first_row(&p, ROWS_ATTEMPTS);
    help_is_text(r, "host", "PC-A");
    help_is_text(r, "account", "kumi");
    help_is_text(r, "domain", "CORP");
    help_is_text(r, "workstation", "EVIL");
    help_is_text(r, "adapter", "wwan");
    help_is_text(r, "src", "203.0.113.9");
    help_is_int(r, "src_port", 50000);
    rows_close(r);
    place_end(&p);
}

static void
a_process_comes_back(void **state)
{
    char image[16], line[16], parent[16], account[8], sid[16];
    struct process pr = {.host = SV("PC-A"),
                         .pid = 4711,
                         .started_ft = HELP_START_FT,
                         .first_seen_ft = HELP_START_FT,
                         .last_seen_ft = HELP_START_FT + TM_SEC,
                         .domain = SV("CORP"),
                         .integrity = SV("S-1-16-12288"),
                         .witnesses = PROCESS_BY_START};
    struct rows *r;
    struct place p;

    (void)state;
    place_make(&p);
    pr.image = spoiled(image, "C:\\a.exe");
    pr.command_line = spoiled(line, "a.exe -x");
    pr.parent_image = spoiled(parent, "C:\\b.exe");
    pr.account = spoiled(account, "kumi");
    pr.sid = spoiled(sid, "S-1-5-21");
    assert_int_equal(batch_process(p.batch, &pr), ERR_OK);
    image[0] = line[0] = parent[0] = account[0] = sid[0] = '?';
    commit(&p);
    r = first_row(&p, ROWS_PROCESSES);
    help_is_int(r, "pid", 4711);
    help_is_text(r, "image", "C:\\a.exe");
    help_is_text(r, "command_line", "a.exe -x");
    help_is_text(r, "parent_image", "C:\\b.exe");
    help_is_text(r, "account", "kumi");
    rows_close(r);
    place_end(&p);
}

static void
an_adapter_comes_back(void **state)
{
    char guid[8], addresses[32], evidence[24];
    struct net_adapter a = {.host = SV("PC-A"), .from_ft = HELP_START_FT, .last_ft = HELP_START_FT};
    struct rows *r;
    struct place p;

    (void)state;
    place_make(&p);
    a.guid = spoiled(guid, "{1}");
    a.addresses = spoiled(addresses, "192.31.196.200/24");
    a.evidence = spoiled(evidence, "usb class e0/01/03");
    assert_int_equal(batch_adapter(p.batch, &a), ERR_OK);
    guid[0] = addresses[0] = evidence[0] = '?';
    commit(&p);
    r = first_row(&p, ROWS_ADAPTERS);
    help_is_text(r, "guid", "{1}");
    help_is_text(r, "addresses", "192.31.196.200/24");
    help_is_text(r, "evidence", "usb class e0/01/03");
    rows_close(r);
    place_end(&p);
}

static void
coverage_health_sources_and_status_come_back(void **state)
{
    const struct coverage c = {.host = SV("PC-A"),
                               .source = SV("Security"),
                               .from_ft = HELP_START_FT,
                               .to_ft = HELP_START_FT + TM_MIN,
                               .state = COVERAGE_LOST,
                               .records = 7,
                               .first_id = 11,
                               .last_id = 17,
                               .why = COVERAGE_WHY_OVERWRITTEN};
    const struct store_source s = {.name = SV("security"),
                                   .channel = SV("Security"),
                                   .state = SV("denied"),
                                   .code = 5,
                                   .call = SV("EvtSubscribe"),
                                   .advice = SV("grant_read"),
                                   .records = 3,
                                   .per_minute = UINT64_MAX,
                                   .backlog = UINT64_MAX,
                                   .since_ft = HELP_START_FT,
                                   .updated_ft = HELP_START_FT};
    struct rows *r;
    struct place p;

    (void)state;
    place_make(&p);
    assert_int_equal(batch_coverage(p.batch, &c), ERR_OK);
    assert_int_equal(batch_health(p.batch, HELP_START_FT, SV("events_shed"), SV("x"), 42), ERR_OK);
    assert_int_equal(batch_source(p.batch, &s), ERR_OK);
    assert_int_equal(batch_status(p.batch, SV("state"), SV("running"), HELP_START_FT), ERR_OK);
    commit(&p);
    r = first_row(&p, ROWS_COVERAGE);
    help_is_text(r, "state", "lost");
    help_is_text(r, "why", "overwritten");
    help_is_int(r, "records", 7);
    rows_close(r);
    r = first_row(&p, ROWS_HEALTH);
    help_is_text(r, "name", "events_shed");
    help_is_text(r, "object", "x");
    help_is_int(r, "value", 42);
    rows_close(r);
    r = first_row(&p, ROWS_SOURCES);
    help_is_text(r, "state", "denied");
    help_is_text(r, "call", "EvtSubscribe");
    help_is_text(r, "advice", "grant_read");
    rows_close(r);
    r = first_row(&p, ROWS_STATUS);
    help_is_text(r, "name", "state");
    help_is_text(r, "value", "running");
    rows_close(r);
    place_end(&p);
}

/* -- what is to be reported ---------------------------------------------------------------------
 */

static void
make_story(struct story *s)
{
    *s = (struct story){.id = "00000000000000aa",
                        .revision = 1,
                        .host = "PC-A",
                        .severity = SEV_CRITICAL,
                        .first_ft = HELP_START_FT,
                        .last_ft = HELP_START_FT + TM_MIN,
                        .first_message = "STORY_FIRST_GUESS"};
    s->stage[STAGE_GUESS] = (struct story_stage_facts){
        .verdict = STAGE_OBSERVED, .message = "STORY_GUESS", .alert_total = 3};
}

/* Stored only; reported; a notice; a story stored and one reported; all in one batch. */
static void
fill_alerts(struct batch *b)
{
    static const struct {
        const char *host;
        enum batch_alert what;
    } rows[] = {{"stored", BATCH_STORED}, {"reported", BATCH_REPORTED}, {"notice", BATCH_NOTICE}};
    struct story s;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct alert a;

        help_alert(&a, &rule_table[i == 2 ? RULE_SERVICE_STARTED : RULE_LOGON_BURST], rows[i].host,
                   HELP_START_FT + 1);
        assert_int_equal(batch_alert(b, &a, rows[i].what), ERR_OK);
    }
    make_story(&s);
    assert_int_equal(batch_story(b, &s, true), ERR_OK);
    (void)snprintf(s.id, sizeof(s.id), "00000000000000bb");
    assert_int_equal(batch_story(b, &s, false), ERR_OK);
}

static void
expect_outbox(struct place *p, size_t due)
{
    struct store_outbox row;
    size_t count = 0;

    while (store_outbox_next(p->store, &row) == ERR_OK) {
        assert_int_equal(store_outbox_sent(p->store, row.number), ERR_OK);
        count++;
    }
    assert_int_equal(count, due);
}

static void
alerts_go_to_store_and_outbox_as_they_should(void **state)
{
    const struct store_filter all = {0};
    struct store_outbox row;
    struct rows *r;
    struct place p;

    (void)state;
    place_make(&p);
    fill_alerts(p.batch);
    commit(&p);
    assert_int_equal(help_count(p.store, ROWS_ALERTS, &all), 2); /* a notice is none */
    assert_int_equal(help_count(p.store, ROWS_STORIES, &all), 2);
    r = first_row(&p, ROWS_HEALTH);
    help_is_text(r, "name", "service.started");
    rows_close(r);
    assert_int_equal(store_outbox_next(p.store, &row), ERR_OK);
    assert_int_equal(row.revision, 1);
    assert_int_equal(store_outbox_sent(p.store, row.number), ERR_OK);
    assert_int_equal(store_outbox_next(p.store, &row), ERR_OK);
    assert_string_equal(row.alert_id, "00000000000000aa");
    expect_outbox(&p, 1);
    place_end(&p);
}

struct told {
    size_t count;
    char host[8][16];
    uint32_t rule[8];
    enum batch_alert what[8];
    size_t refuse_at; /* of count */
};

static enum err
on_told(void *ctx, const struct alert *a, enum batch_alert what)
{
    struct told *t = ctx;

    if (t->count == t->refuse_at) {
        return ERR_BUSY;
    }
    (void)snprintf(t->host[t->count], sizeof(t->host[0]), "%.15s", a->host);
    t->rule[t->count] = a->rule->id;
    t->what[t->count++] = what;
    return ERR_OK;
}

static void
what_was_told_is_not_told_again_nor_put_into_the_outbox(void **state)
{
    struct told t = {.refuse_at = 1};
    struct place p;

    (void)state;
    place_make(&p);
    fill_alerts(p.batch);
    assert_int_equal(batch_tell(p.batch, BATCH_REPORTED, on_told, &t), ERR_BUSY);
    assert_int_equal(t.count, 1);
    t.refuse_at = SIZE_MAX;
    assert_int_equal(batch_tell(p.batch, BATCH_NOTICE, on_told, &t), ERR_OK);
    assert_int_equal(t.count, 2);
    assert_int_equal(batch_tell(p.batch, BATCH_REPORTED, on_told, &t), ERR_OK);
    assert_int_equal(t.count, 3);
    assert_string_equal(t.host[0], "reported");
    assert_int_equal(t.what[0], BATCH_REPORTED);
    assert_string_equal(t.host[1], "notice");
    assert_int_equal(t.what[1], BATCH_NOTICE);
    assert_int_equal(t.rule[2], rule_table[RULE_STORY_OPENED].id);
    assert_int_equal(batch_tell(p.batch, BATCH_REPORTED, on_told, &t), ERR_OK);
    assert_int_equal(t.count, 3);
    commit(&p);
    expect_outbox(&p, 0);
    batch_clear(p.batch); /* and forgets it */
    fill_alerts(p.batch);
    assert_int_equal(batch_tell(p.batch, BATCH_REPORTED, on_told, &t), ERR_OK);
    assert_int_equal(t.count, 6);
    place_end(&p);
}

static void
only_what_was_not_told_goes_to_the_outbox(void **state)
{
    struct told t = {.refuse_at = 1};
    struct place p;

    (void)state;
    place_make(&p);
    fill_alerts(p.batch);
    assert_int_equal(batch_tell(p.batch, BATCH_REPORTED, on_told, &t), ERR_BUSY);
    commit(&p);
    expect_outbox(&p, 1);
    place_end(&p);
}

/* -- marks --------------------------------------------------------------------------------------
 */

static void
the_last_mark_of_a_source_counts(void **state)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];
    struct batch *chain[3];
    char text[16];

    (void)state;
    for (size_t i = 0; i < COUNT(chain); i++) {
        assert_int_equal(batch_create(&chain[i]), ERR_OK);
        for (size_t m = 0; m < 2; m++) {
            const struct store_bookmark mark = {
                m == 0 ? SV("both") : sv_from(&"one\0two\0six"[4 * i]), {text, 1}, 10 * i};

            text[0] = (char)('0' + 3 * i);
            assert_int_equal(batch_mark(chain[i], &mark), ERR_OK);
        }
    }
    text[0] = '?';
    assert_int_equal(batch_marks(chain, 3, marks), 4);
    assert_true(sv_eq(marks[0].source, SV("both")));
    assert_true(sv_eq(marks[0].value, SV("6")));
    assert_int_equal(marks[0].time_ft, 20);
    assert_true(sv_eq(marks[1].source, SV("one")));
    assert_true(sv_eq(marks[1].value, SV("0")));
    assert_int_equal(batch_marks(chain, 1, marks), 2);
    for (size_t i = 0; i < COUNT(chain); i++) {
        batch_destroy(chain[i]);
    }
}

/* -- room ---------------------------------------------------------------------------------------
 */

static void
the_largest_rows_fit_an_empty_batch(void **state)
{
    static char text[EVENT_PACKED_MAX];
    const struct sv long_text = {text, EVENT_LONG_TEXT_MAX};
    struct process pr = {.host = long_text, .image = long_text, .command_line = long_text};
    struct net_adapter ad = {.host = long_text, .guid = long_text, .name = long_text};
    struct attempt a = help_attempt(1, "", "", 1);
    struct place p;
    struct story s;
    struct alert al;

    (void)state;
    place_make(&p);
    assert_int_equal(batch_event(p.batch, (struct sv){text, sizeof(text)}), ERR_OK);
    assert_true(batch_bytes(p.batch) >= sizeof(text));
    batch_clear(p.batch);
    assert_true(batch_is_empty(p.batch));
    pr.parent_image = pr.account = pr.domain = pr.sid = pr.integrity = long_text;
    assert_int_equal(batch_process(p.batch, &pr), ERR_OK);
    batch_clear(p.batch);
    ad.description = ad.kind = ad.evidence = ad.mac = ad.usb_id = long_text;
    ad.addresses = ad.gateways = long_text;
    assert_int_equal(batch_adapter(p.batch, &ad), ERR_OK);
    batch_clear(p.batch);
    a.host = a.account = a.domain = a.workstation = a.adapter = long_text;
    a.witness_count = ATTEMPT_WITNESS_MAX;
    for (size_t i = 0; i < ATTEMPT_WITNESS_MAX; i++) {
        a.witness[i].channel = long_text;
    }
    assert_int_equal(batch_attempt(p.batch, &a), ERR_OK);
    batch_clear(p.batch);
    make_story(&s);
    assert_int_equal(batch_story(p.batch, &s, true), ERR_OK);
    help_alert(&al, &help_burst, "PC-A", 1);
    assert_int_equal(batch_alert(p.batch, &al, BATCH_REPORTED), ERR_OK);
    place_end(&p);
}

/* A row that does not fit leaves what is in it as it was. */
static void
full_is_said_and_nothing_is_spoiled(void **state)
{
    static char text[4096];
    const struct store_filter all = {0};
    struct place p;
    size_t rows = 0, used = 0;
    enum err err = ERR_OK;

    (void)state;
    place_make(&p);
    while (!err && rows < PLENTY) {
        used = batch_bytes(p.batch);
        err =
            batch_health(p.batch, HELP_START_FT, SV("name"), (struct sv){text, sizeof(text)}, rows);
        rows += !err;
    }
    assert_int_equal(err, ERR_FULL);
    assert_int_equal(batch_bytes(p.batch), used);
    assert_true(rows >= BATCH_BYTES / (sizeof(text) + 128));
    while (batch_status(p.batch, SV("s"), SV("v"), 1) == ERR_OK) {
        rows++; /* smaller ones still do */
    }
    assert_true(batch_bytes(p.batch) <= BATCH_BYTES);
    assert_true(BATCH_BYTES - batch_bytes(p.batch) < 128);
    commit(&p);
    assert_true(help_count(p.store, ROWS_HEALTH, &all) >= BATCH_BYTES / (sizeof(text) + 128));
    batch_clear(p.batch);
    assert_int_equal(batch_bytes(p.batch), 0);
    place_end(&p);
}

static void
each_type_says_when_it_is_full(void **state)
{
    static char text[4096];
    const struct sv t = {text, sizeof(text)};
    const struct coverage c = {.host = t, .source = t};
    const struct store_source src = {.name = t, .channel = t};
    const struct store_bookmark mark = {t, t, 1};
    const struct process pr = {.host = t};
    const struct net_adapter ad = {.host = t};
    struct attempt at = help_attempt(1, "", "", 1);
    struct alert a;
    struct story s;
    struct batch *b = NULL;
    size_t used;

    (void)state;
    at.host = t;
    help_alert(&a, &help_burst, "PC-A", 1);
    make_story(&s);
    assert_int_equal(batch_create(&b), ERR_OK);
    while (batch_event(b, t) == ERR_OK) {
    }
    used = batch_bytes(b);
    assert_int_equal(batch_attempt(b, &at), ERR_FULL);
    assert_int_equal(batch_alert(b, &a, BATCH_REPORTED), ERR_FULL);
    assert_int_equal(batch_story(b, &s, true), ERR_FULL);
    assert_int_equal(batch_process(b, &pr), ERR_FULL);
    assert_int_equal(batch_adapter(b, &ad), ERR_FULL);
    assert_int_equal(batch_coverage(b, &c), ERR_FULL);
    assert_int_equal(batch_health(b, 1, t, t, 1), ERR_FULL);
    assert_int_equal(batch_source(b, &src), ERR_FULL);
    assert_int_equal(batch_status(b, t, t, 1), ERR_FULL);
    assert_int_equal(batch_mark(b, &mark), ERR_FULL);
    assert_int_equal(batch_bytes(b), used);
    batch_destroy(b);
}

static void
no_memory_is_said(void **state)
{
    struct batch *b = NULL;

    (void)state;
    mem_fail_after(0);
    assert_int_equal(batch_create(&b), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_null(b);
    batch_destroy(NULL);
}

/* A batch that failed is put again as a whole, in order. */
static void
a_batch_can_be_put_again(void **state)
{
    const struct store_filter all = {0};
    struct place p;

    (void)state;
    place_make(&p);
    for (uint8_t i = 0; i < 50; i++) {
        struct attempt a = help_attempt(HELP_START_FT + i, "PC-A", "kumi", i);

        assert_int_equal(batch_attempt(p.batch, &a), ERR_OK);
    }
    assert_int_equal(store_begin(p.store), ERR_OK);
    assert_int_equal(batch_put(p.batch, p.store, HELP_START_FT), ERR_OK);
    store_rollback(p.store);
    assert_int_equal(help_count(p.store, ROWS_ATTEMPTS, &all), 0);
    commit(&p);
    assert_int_equal(help_count(p.store, ROWS_ATTEMPTS, &all), 50);
    place_end(&p);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_comes_back),
        cmocka_unit_test(an_attempt_comes_back),
        cmocka_unit_test(a_process_comes_back),
        cmocka_unit_test(an_adapter_comes_back),
        cmocka_unit_test(coverage_health_sources_and_status_come_back),
        cmocka_unit_test(alerts_go_to_store_and_outbox_as_they_should),
        cmocka_unit_test(what_was_told_is_not_told_again_nor_put_into_the_outbox),
        cmocka_unit_test(only_what_was_not_told_goes_to_the_outbox),
        cmocka_unit_test(the_last_mark_of_a_source_counts),
        cmocka_unit_test(the_largest_rows_fit_an_empty_batch),
        cmocka_unit_test(full_is_said_and_nothing_is_spoiled),
        cmocka_unit_test(each_type_says_when_it_is_full),
        cmocka_unit_test(no_memory_is_said),
        cmocka_unit_test(a_batch_can_be_put_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
