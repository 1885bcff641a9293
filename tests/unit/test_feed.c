/* feed - all channels into an inlet: records in order, what sources meet in its place among them,
 * and one time that divides history from what is live. */
#include "test_subscription_help.h"

#include "engine/feed.h"

#define PATIENCE_NS UINT64_C(10000000000)
#define TAKEN_MAX 20000u
#define SECURITY 0u
#define DENIED 2u   /* rdp */
#define DISABLED 7u /* system */
#define UNASKED 16u /* forwarded */
#define NOW_FT (START_FT + TM_DAY)
#define MANY 600u /* more than FEED_STEP */

struct bench {
    struct buf path;
    struct evtlog_sim *sim;
    const struct evtlog_api *api;
    struct inlet *inlet;
    struct feed *feed;
    uint64_t now_ns;
    uint64_t since_ft;
    bool skip;           /* no channel is to be read */
    char position[4096]; /* of Security, as stored last */
    size_t count;        /* events taken, by the n of "user<n>" */
    unsigned taken[TAKEN_MAX];
    size_t gaps, gap_at; /* gap_at: events taken before the last one */
    struct subscription_gap gap;
    unsigned told[CHANNEL_COUNT]; /* states told */
    struct feed_state state[CHANNEL_COUNT];
    unsigned ended; /* sources that have */
};

static void
bench_make(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    buf_init(&b->path, 4096);
    assert_int_equal(path_temp_file(&b->path), ERR_OK);
    b->sim = evtlog_sim_create(buf_str(&b->path));
    assert_non_null(b->sim);
    b->api = evtlog_sim_api(b->sim);
    b->now_ns = clock_mono_ns();
    assert_int_equal(inlet_create(CHANNEL_COUNT, PATIENCE_NS, &b->inlet), ERR_OK);
}

static void
close_feed(struct bench *b)
{
    feed_destroy(b->feed);
    b->feed = NULL;
    inlet_destroy(b->inlet);
    assert_int_equal(inlet_create(CHANNEL_COUNT, PATIENCE_NS, &b->inlet), ERR_OK);
}

static void
bench_end(struct bench *b)
{
    close_feed(b);
    inlet_destroy(b->inlet);
    assert_int_equal(evtlog_sim_destroy(b->sim), 0);
    assert_int_equal(file_delete(buf_str(&b->path)), ERR_OK);
    buf_fini(&b->path);
}

static bool
begin(void *ctx, const struct channel *c, struct buf *out, uint64_t *since_ft)
{
    const struct bench *b = ctx;

    if (c == &channel_all[SECURITY]) {
        buf_puts(out, b->position);
    }
    *since_ft = b->since_ft;
    return !b->skip;
}

static enum err
try_open(struct bench *b, uint64_t until_ft)
{
    const struct feed_opts opts = {.api = b->api,
                                   .inlet = b->inlet,
                                   .history = until_ft != 0,
                                   .until_ft = until_ft,
                                   .begin = begin,
                                   .ctx = b};

    return feed_create(&opts, &b->feed);
}

/* until_ft: 0: live. */
static void
open_feed(struct bench *b, uint64_t until_ft)
{
    assert_int_equal(try_open(b, until_ft), ERR_OK);
}

static void
append(struct bench *b, unsigned from, unsigned to)
{
    for (unsigned n = from; n <= to; n++) {
        assert_true(evtlog_sim_append_failure(buf_str(&b->path), START_FT + n * TM_SEC, n));
    }
    evtlog_sim_poll(b->sim);
}

/* -- taking -------------------------------------------------------------------------------------
 */

static void
take_event(struct bench *b, const struct inlet_item *item)
{
    char digits[32] = {0};
    struct event ev;

    assert_int_equal(item->source, SECURITY);
    assert_int_equal(event_unpack((const uint8_t *)item->data.p, item->data.len, &ev), ERR_OK);
    assert_true(ev.account.len > 4 && ev.account.len - 4 < sizeof(digits));
    memcpy(digits, ev.account.p + 4, ev.account.len - 4);
    assert_in_range(b->count, 0, TAKEN_MAX - 1);
    b->taken[b->count++] = (unsigned)strtoul(digits, NULL, 10);
}

static void
take_note(struct bench *b, const struct inlet_item *item)
{
    switch (item->note) {
    case FEED_STATE:
        assert_int_equal(item->data.len, sizeof(b->state[0]));
        memcpy(&b->state[item->source], item->data.p, sizeof(b->state[0]));
        b->told[item->source]++;
        break;
    case FEED_GAP:
        assert_int_equal(item->source, SECURITY);
        assert_int_equal(item->data.len, sizeof(b->gap));
        memcpy(&b->gap, item->data.p, sizeof(b->gap));
        b->gaps++;
        b->gap_at = b->count;
        break;
    case FEED_ENDED:
        b->ended |= 1u << item->source;
        break;
    default:
        fail_msg("note %u", (unsigned)item->note);
    }
}

static void
take(struct bench *b)
{
    struct inlet_item item;

    while (inlet_take(b->inlet, b->now_ns + PATIENCE_NS, &item)) {
        if (item.type == INLET_EVENT) {
            take_event(b, &item);
        } else if (item.type == INLET_NOTE) {
            take_note(b, &item);
        }
        if (item.source == SECURITY && item.position.len > 0) {
            assert_in_range(item.position.len, 1, sizeof(b->position) - 1);
            memcpy(b->position, item.position.p, item.position.len);
            b->position[item.position.len] = '\0';
        }
    }
}

/* Steps until nothing is there at that time. */
static void
step_all(struct bench *b)
{
    unsigned steps = 0;
    enum err err;

    do {
        err = feed_step(b->feed, b->now_ns, NOW_FT);
        assert_true(err == ERR_OK || err == ERR_END);
        take(b);
        assert_in_range(++steps, 0, 1000);
    } while (!err);
}

static void
expect_taken(const struct bench *b, unsigned from, unsigned to)
{
    assert_int_equal(b->count, to - from + 1);
    for (size_t i = 0; i < b->count; i++) {
        assert_int_equal(b->taken[i], from + i);
    }
}

/* -- live ---------------------------------------------------------------------------------------
 */

static void
records_come_in_order_and_go_on_from_their_position(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, MANY);
    open_feed(&b, 0);
    step_all(&b);
    expect_taken(&b, 1, MANY);
    append(&b, MANY + 1, MANY + 5);
    step_all(&b);
    expect_taken(&b, 1, MANY + 5);
    close_feed(&b);
    append(&b, MANY + 6, MANY + 9);
    open_feed(&b, 0); /* behind the position */
    step_all(&b);
    expect_taken(&b, 1, MANY + 9);
    assert_int_equal(b.gaps, 0);
    assert_false(feed_ended(b.feed));
    bench_end(&b);
}

static void
states_come_as_notes(void **state)
{
    const struct evtlog_sim_channel denied = {.path = sv_from(channel_all[DENIED].path),
                                              .denied = true};
    const struct evtlog_sim_channel off = {.path = sv_from(channel_all[DISABLED].path),
                                           .disabled = true};
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 3);
    evtlog_sim_set_channel(b.sim, &denied);
    evtlog_sim_set_channel(b.sim, &off);
    open_feed(&b, 0);
    step_all(&b);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        enum subscription_state due = SUBSCRIPTION_ABSENT;

        if (strcmp(channel_all[i].path, "Security") == 0) {
            due = SUBSCRIPTION_LIVE;
        } else if (i == DENIED) {
            due = SUBSCRIPTION_DENIED;
        } else if (i == DISABLED) {
            due = SUBSCRIPTION_DISABLED;
        }
        assert_int_equal(b.told[i] > 0, i != UNASKED);
        assert_int_equal(b.state[i].status.state, i == UNASKED ? SUBSCRIPTION_CLOSED : due);
        assert_int_equal(b.state[i].caught_up,
                         due == SUBSCRIPTION_LIVE || due == SUBSCRIPTION_DISABLED);
    }
    assert_int_equal(b.state[SECURITY].status.records, 3);
    memset(b.told, 0, sizeof(b.told));
    step_all(&b); /* not again, until it is time */
    assert_int_equal(b.told[SECURITY] + b.told[DENIED], 0);
    b.now_ns += FEED_STATE_NS;
    step_all(&b);
    assert_int_equal(b.told[SECURITY], 1);
    assert_int_equal(b.told[DENIED], 1);
    bench_end(&b);
}

static void
a_service_that_goes_and_comes_is_told(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 5);
    open_feed(&b, 0);
    step_all(&b);
    evtlog_sim_set_down(b.sim, true);
    b.now_ns += SUBSCRIPTION_POLL_NS;
    step_all(&b);
    assert_int_not_equal(b.state[SECURITY].status.state, SUBSCRIPTION_LIVE);
    assert_false(b.state[SECURITY].caught_up);
    evtlog_sim_set_down(b.sim, false);
    append(&b, 6, 9);
    b.now_ns += SUBSCRIPTION_RETRY_MAX_NS;
    step_all(&b);
    assert_int_equal(b.state[SECURITY].status.state, SUBSCRIPTION_LIVE);
    expect_taken(&b, 1, 9);
    bench_end(&b);
}

/* The gap is told before the record behind it. */
static void
gaps_come_in_their_place(void **state)
{
    const struct evtlog_sim_channel small = {.path = SV("Security"), .capacity = 20};
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 10);
    open_feed(&b, 0);
    step_all(&b);
    close_feed(&b);
    evtlog_sim_set_channel(b.sim, &small);
    append(&b, 11, 60);
    open_feed(&b, 0);
    step_all(&b);
    assert_int_equal(b.gaps, 1);
    assert_int_equal(b.gap.why, SUBSCRIPTION_OVERWRITTEN);
    assert_int_equal(b.gap.first, 11);
    assert_int_equal(b.gap.last, 40);
    assert_int_equal(b.gap.after_ft, START_FT + 10 * TM_SEC);
    assert_int_equal(b.gap_at, 10);
    assert_int_equal(b.count, 30);
    assert_int_equal(b.taken[10], 41);
    assert_int_equal(b.state[SECURITY].status.gaps, 1);
    bench_end(&b);
}

/* The log is the queue behind the inlet. */
static void
a_full_inlet_is_no_loss(void **state)
{
    const unsigned due = 8000;
    struct inlet_stats stats;
    unsigned steps = 0;
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, due);
    open_feed(&b, 0);
    while (feed_step(b.feed, b.now_ns, NOW_FT) == ERR_OK) {
        assert_in_range(++steps, 0, 1000); /* nobody takes */
    }
    inlet_stats(b.inlet, &stats);
    assert_in_range(stats.bytes, INLET_BYTES_MAX / 2, INLET_BYTES_MAX + INLET_NOTES_MAX);
    assert_true(stats.items < due);
    for (unsigned i = 0; i < 1000 && b.count < due; i++) {
        take(&b);
        assert_int_not_equal(feed_step(b.feed, b.now_ns, NOW_FT), ERR_NOMEM);
    }
    take(&b);
    expect_taken(&b, 1, due);
    bench_end(&b);
}

static void
waiting_ends_for_a_reason(void **state)
{
    struct bench b;
    uint64_t from_ns;

    (void)state;
    bench_make(&b);
    append(&b, 1, 1);
    open_feed(&b, 0);
    step_all(&b);
    from_ns = clock_mono_ns();
    feed_wait(b.feed, 50);
    assert_true(clock_mono_ns() - from_ns >= 49 * UINT64_C(1000000));
    feed_wake(b.feed);
    feed_wait(b.feed, 60000);
    step_all(&b);
    append(&b, 2, 2);
    feed_wait(b.feed, 60000);
    step_all(&b);
    expect_taken(&b, 1, 2);
    assert_true(clock_mono_ns() - from_ns < 30 * SECOND_NS);
    bench_end(&b);
}

/* -- history ------------------------------------------------------------------------------------
 */

static void
step_to_the_end(struct bench *b)
{
    unsigned steps = 0;

    while (!feed_ended(b->feed)) {
        assert_int_not_equal(feed_step(b->feed, b->now_ns, NOW_FT), ERR_NOMEM);
        take(b);
        b->now_ns += SECOND_NS;
        assert_in_range(++steps, 0, 1000);
    }
    take(b);
}

static void
history_ends_with_every_source(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, MANY);
    open_feed(&b, NOW_FT);
    step_to_the_end(&b);
    expect_taken(&b, 1, MANY);
    assert_int_equal(b.ended, (1u << CHANNEL_COUNT) - 1 - (1u << UNASKED));
    bench_end(&b);
}

static void
history_waits_for_a_service_that_is_down(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 10);
    evtlog_sim_set_down(b.sim, true);
    open_feed(&b, NOW_FT);
    for (unsigned i = 0; i < 5; i++) {
        step_all(&b);
        b.now_ns += SUBSCRIPTION_RETRY_MAX_NS;
    }
    assert_false(feed_ended(b.feed));
    evtlog_sim_set_down(b.sim, false);
    b.now_ns += SUBSCRIPTION_RETRY_MAX_NS;
    step_to_the_end(&b);
    expect_taken(&b, 1, 10);
    bench_end(&b);
}

/* Batches that are too large to be handed out are asked for anew in halves: no end of the log. */
static void
history_of_large_records_is_complete(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 300);
    evtlog_sim_set_batch_bytes(b.sim, 400);
    open_feed(&b, NOW_FT);
    step_to_the_end(&b);
    expect_taken(&b, 1, 300);
    bench_end(&b);
}

/* Each record comes once, of those before the time and of those from it on, though the times of one
 * log are a little out of order. */
static void
one_time_divides_history_from_live(void **state)
{
    const unsigned due = 400;
    uint64_t seed = 7;
    static struct bench b;
    unsigned before = 0;
    bool seen[401] = {false};

    (void)state;
    bench_make(&b);
    for (unsigned n = 1; n <= due; n++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        assert_true(evtlog_sim_append_failure(
            buf_str(&b.path), START_FT + n * TM_SEC + (seed >> 33) % (40 * TM_SEC), n));
    }
    evtlog_sim_poll(b.sim);
    b.since_ft = START_FT + 200 * TM_SEC;
    open_feed(&b, 0);
    step_all(&b);
    before = due - (unsigned)b.count;
    assert_in_range(before, 150, 250);
    close_feed(&b);
    b.position[0] = '\0';
    b.since_ft = 0;
    open_feed(&b, START_FT + 200 * TM_SEC);
    step_to_the_end(&b);
    assert_int_equal(b.count, due);
    for (size_t i = 0; i < due; i++) {
        assert_false(seen[b.taken[i]]);
        seen[b.taken[i]] = true;
    }
    bench_end(&b);
}

static void
what_is_not_to_be_read_is_not(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b);
    append(&b, 1, 10);
    b.skip = true;
    open_feed(&b, NOW_FT);
    assert_true(feed_ended(b.feed));
    assert_int_equal(feed_step(b.feed, b.now_ns, NOW_FT), ERR_END);
    take(&b);
    assert_int_equal(b.count, 0);
    bench_end(&b);
}

/* -- no Event Log, no memory --------------------------------------------------------------------
 */

static void
without_an_event_log_it_says_so(void **state)
{
    struct bench b;
    uint64_t from_ns;

    (void)state;
    bench_make(&b);
    b.api = NULL;
    open_feed(&b, 0);
    step_all(&b);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        assert_int_equal(b.told[i] > 0, i != UNASKED);
        assert_int_equal(b.state[i].status.state,
                         i == UNASKED ? SUBSCRIPTION_CLOSED : SUBSCRIPTION_UNSUPPORTED);
    }
    feed_wake(b.feed);
    from_ns = clock_mono_ns();
    feed_wait(b.feed, 60000);
    assert_true(clock_mono_ns() - from_ns < 10 * SECOND_NS);
    close_feed(&b);
    open_feed(&b, NOW_FT);
    step_to_the_end(&b);
    assert_int_equal(b.count, 0);
    bench_end(&b);
}

static void
memory_may_run_out_at_the_start(void **state)
{
    struct bench b;
    size_t n = 0;
    enum err err;

    (void)state;
    bench_make(&b);
    append(&b, 1, 10);
    do {
        mem_fail_after(n++);
        err = try_open(&b, 0);
    } while (err == ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    assert_true(n > CHANNEL_COUNT);
    step_all(&b);
    expect_taken(&b, 1, 10);
    bench_end(&b);
}

/* Whatever allocation fails on the way: history is complete all the same. */
static void
memory_may_run_out_on_the_way(void **state)
{
    static struct bench b;
    size_t asked = SIZE_MAX;

    (void)state;
    bench_make(&b);
    append(&b, 1, 100);
    evtlog_sim_set_frozen(b.sim, true);
    for (size_t n = 0; n < asked; n++) {
        unsigned failing = 0;

        open_feed(&b, NOW_FT);
        mem_fail_after(n);
        do {
            assert_int_not_equal(feed_step(b.feed, b.now_ns, NOW_FT), ERR_FULL);
            b.now_ns += SECOND_NS;
        } while (++failing < 3);
        asked = mem_asked();
        mem_fail_after(SIZE_MAX);
        b.now_ns += SUBSCRIPTION_RETRY_MAX_NS;
        step_to_the_end(&b);
        expect_taken(&b, 1, 100);
        close_feed(&b);
        b.count = 0;
        b.position[0] = '\0';
    }
    assert_true(asked > 10);
    bench_end(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_in_order_and_go_on_from_their_position),
        cmocka_unit_test(states_come_as_notes),
        cmocka_unit_test(a_service_that_goes_and_comes_is_told),
        cmocka_unit_test(gaps_come_in_their_place),
        cmocka_unit_test(a_full_inlet_is_no_loss),
        cmocka_unit_test(waiting_ends_for_a_reason),
        cmocka_unit_test(history_ends_with_every_source),
        cmocka_unit_test(history_waits_for_a_service_that_is_down),
        cmocka_unit_test(history_of_large_records_is_complete),
        cmocka_unit_test(one_time_divides_history_from_live),
        cmocka_unit_test(what_is_not_to_be_read_is_not),
        cmocka_unit_test(without_an_event_log_it_says_so),
        cmocka_unit_test(memory_may_run_out_at_the_start),
        cmocka_unit_test(memory_may_run_out_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
