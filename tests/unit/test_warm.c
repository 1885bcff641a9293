/* warm - a new pipeline knows what the store knows, tells nothing of it, and goes on. */
#include "test_store_help.h"

#include "core/config.h"
#include "detectors/rules.h"
#include "engine/warm.h"

#define BURST 5u /* of the default configuration */
#define TRY_FT (10 * TM_SEC)

struct bench {
    struct config *cfg;
    struct buf path;
    struct pipeline *pipeline;
    struct warm_opts opts;
    size_t events, attempts, alerts;
    uint64_t alert_count; /* of the last one */
    uint32_t rule;
    unsigned asked; /* whether to stop */
    bool stop;
};

static enum err
on_event(void *ctx, const struct event *ev, struct sv packed)
{
    struct bench *b = ctx;

    (void)ev;
    (void)packed;
    b->events++;
    return ERR_OK;
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct bench *b = ctx;

    (void)a;
    b->attempts++;
    return ERR_OK;
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct bench *b = ctx;

    b->alerts++;
    b->alert_count = a->count;
    b->rule = a->rule->id;
    return ERR_OK;
}

static enum err
on_story(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static enum err
on_process(void *ctx, const struct process *p)
{
    (void)ctx;
    (void)p;
    return ERR_OK;
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static bool
on_stop(void *ctx)
{
    struct bench *b = ctx;

    b->asked++;
    return b->stop;
}

static void
open_pipeline(struct bench *b)
{
    assert_int_equal(pipeline_create(b->cfg, &b->opts.sink, &b->pipeline), ERR_OK);
}

static void
bench_make(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    assert_int_equal(config_create(&b->cfg), ERR_OK);
    help_path(&b->path);
    b->opts = (struct warm_opts){
        .store_path = buf_str(&b->path),
        .clock = WARM_CLOCK,
        .sink = {b, on_event, on_attempt, on_alert, on_story, on_process, on_adapter},
        .stop = on_stop,
        .ctx = b,
    };
    open_pipeline(b);
}

static void
bench_end(struct bench *b)
{
    pipeline_destroy(b->pipeline);
    if (file_type(buf_str(&b->path)) != FILE_TYPE_NONE) {
        assert_int_equal(file_delete(buf_str(&b->path)), ERR_OK);
    }
    buf_fini(&b->path);
    config_destroy(b->cfg);
}

static void
make_failure(struct event *ev, uint64_t n)
{
    event_init(ev, EV_LOGON_FAILURE, HELP_START_FT + n * TRY_FT);
    event_set(ev, host, SV("PC-A"));
    event_set(ev, channel, SV("Security"));
    event_set(ev, provider, SV("Microsoft-Windows-Security-Auditing"));
    event_set(ev, event_id, 4625);
    event_set(ev, record_id, n + 1);
    event_set(ev, account, SV("administrator"));
    event_set(ev, logon_type, 3);
    event_set(ev, logon_process, SV("NtLmSsp "));
    event_set(ev, sub_status, 0xc000006au);
    event_set(ev, src, addr_v4((const uint8_t[4]){192, 31, 196, 7}));
    event_set(ev, src_port, (uint16_t)(50000 + n % 10000));
}

/* As the live sensor stores them; clock_ft 0: with none. */
static void
store_failures(struct bench *b, uint64_t count, uint64_t clock_ft)
{
    struct store *s = help_open(&b->path, STORE_LIVE);
    char text[24];
    const struct store_bookmark mark = {
        SV(WARM_CLOCK),
        {text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)clock_ft)},
        clock_ft};

    assert_int_equal(store_begin(s), ERR_OK);
    for (uint64_t n = 0; n < count; n++) {
        struct event ev;

        make_failure(&ev, n);
        assert_int_equal(store_put_event(s, &ev), ERR_OK);
    }
    assert_int_equal(store_commit(s, &mark, clock_ft != 0), ERR_OK);
    store_close(s);
}

static void
give_failure(struct bench *b, uint64_t n)
{
    struct event ev;

    make_failure(&ev, n);
    assert_int_equal(pipeline_event(b->pipeline, &ev, (struct sv){NULL, 0}), ERR_OK);
}

static void
expect_nothing_told(const struct bench *b)
{
    assert_int_equal(b->events + b->attempts + b->alerts, 0);
}

static void
a_window_goes_on(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    store_failures(&b, BURST - 1, HELP_START_FT + TM_MIN);
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_OK);
    expect_nothing_told(&b);
    give_failure(&b, BURST - 1);
    assert_int_equal(b.events, 1);
    assert_int_equal(pipeline_tick(b.pipeline, HELP_START_FT + TM_HOUR), ERR_OK);
    assert_int_equal(b.attempts, 1);
    assert_true(b.alerts > 0);
    assert_int_equal(b.rule, rule_table[RULE_LOGON_BURST].id);
    assert_int_equal(b.alert_count, BURST);
    bench_end(&b);
}

/* What had been decided by the tick was stored then; what waited is given once it is due. */
static void
attempts_that_waited_come_when_they_are_due(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    store_failures(&b, 3, HELP_START_FT + TRY_FT + 6 * TM_SEC); /* two are decided */
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_OK);
    expect_nothing_told(&b);
    assert_int_equal(pipeline_tick(b.pipeline, HELP_START_FT + TM_HOUR), ERR_OK);
    assert_int_equal(b.attempts, 1);
    bench_end(&b);
}

static void
it_can_be_warmed_up_to_a_time(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    store_failures(&b, BURST - 1, HELP_START_FT + TM_MIN);
    b.opts.until_ft = HELP_START_FT + 2 * TRY_FT; /* two of them */
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_OK);
    give_failure(&b, BURST - 1);
    assert_int_equal(pipeline_tick(b.pipeline, HELP_START_FT + TM_HOUR), ERR_OK);
    assert_int_equal(b.attempts, 1);
    assert_int_not_equal(b.rule, rule_table[RULE_LOGON_BURST].id); /* three are none */
    bench_end(&b);
}

static void
without_a_store_the_sink_is_set_all_the_same(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_NOTFOUND);
    give_failure(&b, 0);
    assert_int_equal(b.events, 1);
    bench_end(&b);
}

static void
a_clock_that_is_none_does_no_harm(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    store_failures(&b, 2, 0);
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_OK);
    expect_nothing_told(&b);
    give_failure(&b, 2);
    assert_int_equal(b.events, 1);
    bench_end(&b);
}

static void
it_can_be_stopped(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    store_failures(&b, 10000, HELP_START_FT + TM_DAY);
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_OK);
    assert_true(b.asked > 1);
    pipeline_destroy(b.pipeline);
    open_pipeline(&b);
    b.stop = true;
    b.asked = 0;
    assert_int_equal(warm_pipeline(b.pipeline, &b.opts), ERR_CANCELLED);
    assert_int_equal(b.asked, 1);
    bench_end(&b);
}

static void
memory_may_run_out_on_the_way(void **state)
{
    struct bench b;
    size_t n = 0;
    enum err err;

    (void)state;
    bench_make(&b);
    store_failures(&b, BURST - 1, HELP_START_FT + TM_MIN);
    do {
        pipeline_destroy(b.pipeline);
        open_pipeline(&b);
        mem_fail_after(n++);
        err = warm_pipeline(b.pipeline, &b.opts);
        mem_fail_after(SIZE_MAX);
    } while (err == ERR_NOMEM);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 20);
    expect_nothing_told(&b);
    give_failure(&b, BURST - 1);
    assert_int_equal(pipeline_tick(b.pipeline, HELP_START_FT + TM_HOUR), ERR_OK);
    assert_int_equal(b.alert_count, BURST);
    bench_end(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_goes_on),
        cmocka_unit_test(attempts_that_waited_come_when_they_are_due),
        cmocka_unit_test(it_can_be_warmed_up_to_a_time),
        cmocka_unit_test(without_a_store_the_sink_is_set_all_the_same),
        cmocka_unit_test(a_clock_that_is_none_does_no_harm),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(memory_may_run_out_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
