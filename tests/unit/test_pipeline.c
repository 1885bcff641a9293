/* test_pipeline - events in order become attempts, alerts and a story in the store. */
#include "test_replay_help.h"

#include "core/tm.h"
#include "engine/store_sink.h"

#define START_FT 134379648000000000ULL
#define TRIES 12u

static void
make_failure(struct event *ev, unsigned n)
{
    struct addr src;

    assert_int_equal(addr_parse(SV("192.31.196.7"), &src), ERR_OK);
    event_init(ev, EV_LOGON_FAILURE, START_FT + n * 10 * TM_SEC);
    event_set(ev, host, SV("PC-A"));
    event_set(ev, channel, SV("Security"));
    event_set(ev, provider, SV("Microsoft-Windows-Security-Auditing"));
    event_set(ev, event_id, 4625);
    event_set(ev, record_id, n + 1);
    event_set(ev, account, SV("administrator"));
    event_set(ev, logon_type, 3);
    event_set(ev, logon_process, SV("NtLmSsp "));
    event_set(ev, sub_status, 0xc000006au);
    event_set(ev, src, src);
    event_set(ev, src_port, (uint16_t)(50000 + n));
}

struct route {
    struct config *cfg;
    struct buf path;
    struct store *store;
    struct pipeline_sink sink;
    struct pipeline *pipeline;
};

static void
route_init(struct route *r)
{
    r->cfg = help_config();
    help_path(&r->path);
    assert_int_equal(store_open(buf_str(&r->path), STORE_NEW, &r->store), ERR_OK);
    r->sink = store_sink(r->store);
    assert_int_equal(pipeline_create(r->cfg, &r->sink, &r->pipeline), ERR_OK);
}

static void
route_fini(struct route *r)
{
    pipeline_destroy(r->pipeline);
    store_close(r->store);
    config_destroy(r->cfg);
    help_remove(&r->path);
}

static void
expect_rows(const struct buf *path, const char *sql, const char *due)
{
    struct store *s = NULL;
    struct buf text;

    buf_init(&text, SIZE_MAX);
    assert_int_equal(store_open(buf_str(path), STORE_READ, &s), ERR_OK);
    help_dump(&text, s, sql);
    assert_string_equal(buf_str(&text), due);
    store_close(s);
    buf_fini(&text);
}

static void
guesses_become_one_alert_and_one_story(void **state)
{
    struct route r;
    struct event ev;

    (void)state;
    route_init(&r);
    for (unsigned n = 0; n < TRIES; n++) {
        make_failure(&ev, n);
        assert_int_equal(pipeline_event(r.pipeline, &ev, (struct sv){NULL, 0}), ERR_OK);
    }
    assert_int_equal(pipeline_finish(r.pipeline), ERR_OK);
    assert_int_equal(pipeline_kinds(r.pipeline)[EV_LOGON_FAILURE], TRIES);
    assert_int_equal(pipeline_kinds(r.pipeline)[EV_LOGON_ATTEMPT], TRIES);
    assert_int_equal(store_finish(r.store), ERR_OK);
    store_close(r.store);
    r.store = NULL;
    expect_rows(&r.path, "SELECT outcome, service, scope, count(*) FROM v_logon_attempts",
                "failure|smb|internet|12|\n");
    expect_rows(&r.path,
                "SELECT severity, state, source, count FROM v_alerts "
                "WHERE source IS NOT NULL AND source<>'' ORDER BY rule_id",
                "high|open|192.31.196.7|12|\n");
    expect_rows(&r.path, "SELECT count(*) FROM v_alerts WHERE rule='logon.from_internet'", "1|\n");
    expect_rows(&r.path, "SELECT host, severity, state FROM v_stories", "PC-A|high|open|\n");
    route_fini(&r);
}

/* Attempts wait for further witnesses: until the end, or until time has passed. */
static void
time_releases_what_is_held_back(void **state)
{
    struct route r;
    struct event ev;

    (void)state;
    route_init(&r);
    make_failure(&ev, 0);
    assert_int_equal(pipeline_event(r.pipeline, &ev, (struct sv){NULL, 0}), ERR_OK);
    assert_int_equal(pipeline_kinds(r.pipeline)[EV_LOGON_ATTEMPT], 0);
    make_failure(&ev, 1);
    assert_int_equal(pipeline_event(r.pipeline, &ev, (struct sv){NULL, 0}), ERR_OK);
    assert_int_equal(pipeline_kinds(r.pipeline)[EV_LOGON_ATTEMPT], 1);
    assert_int_equal(pipeline_finish(r.pipeline), ERR_OK);
    assert_int_equal(pipeline_kinds(r.pipeline)[EV_LOGON_ATTEMPT], 2);
    route_fini(&r);
}

static void
a_full_store_ends_the_route(void **state)
{
    struct route r;
    struct event ev;
    enum err err = ERR_OK;

    (void)state;
    route_init(&r);
    assert_int_equal(store_size_cap(r.store, 256 * 1024), ERR_OK);
    for (unsigned n = 0; n < 100000 && !err; n++) {
        make_failure(&ev, n);
        err = pipeline_event(r.pipeline, &ev, (struct sv){NULL, 0});
    }
    if (!err) {
        err = pipeline_finish(r.pipeline);
    }
    if (!err) {
        err = store_finish(r.store);
    }
    assert_int_equal(err, ERR_FULL);
    route_fini(&r);
}

static void
creating_one_may_fail_anywhere(void **state)
{
    struct route r;
    struct pipeline *other = NULL;
    enum err err = ERR_NOMEM;
    size_t n = 0;

    (void)state;
    route_init(&r);
    while (err == ERR_NOMEM) {
        mem_fail_after(n++);
        err = pipeline_create(r.cfg, &r.sink, &other);
        mem_fail_after(SIZE_MAX);
        assert_int_equal(other != NULL, err == ERR_OK);
    }
    assert_int_equal(err, ERR_OK);
    assert_true(n > 5);
    pipeline_destroy(other);
    pipeline_destroy(NULL);
    route_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guesses_become_one_alert_and_one_story),
        cmocka_unit_test(time_releases_what_is_held_back),
        cmocka_unit_test(a_full_store_ends_the_route),
        cmocka_unit_test(creating_one_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
