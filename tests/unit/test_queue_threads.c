/* test_queue_threads - many producers, one consumer: nothing lost, doubled, reordered, miscounted.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "platform/thread.h"
#include "support/process_use.h"
#include "test_queue_help.h"

#define PRODUCERS_MAX 4u
#define STARTS 200u
#define SOURCES 8u
#define ACCOUNTS_MAX 1000u
#define ACCOUNTS_FEW 6u
#define ROWS_AN_ACCOUNT (SOURCES * 5) /* 3 kinds, 2 with both states */
#define HOUR_NS (UINT64_C(3600) * 1000000000)

static const struct thread_opts plain = {.name = "test"};
static const enum event_kind kinds[] = {
    EV_NET_CONNECT,   EV_PROCESS_START,    EV_DNS_QUERY,        EV_LOGON_FAILURE,
    EV_LOGON_SUCCESS, EV_CREDENTIAL_CHECK, EV_SMB_AUTH_FAILURE, EV_SERVICE_INSTALL,
};

/* What became of a producer's events. Its own until it is joined. */
struct tally {
    uint64_t sent[EV_COUNT], taken[EV_COUNT], shed[EV_COUNT];
    uint64_t cancelled;
    uint64_t failures[EV_COUNT][SOURCES]; /* shed ones, by source address */
    uint64_t other;                       /* answers that do not exist */
};

struct run {
    struct queue *q;
    struct flag *full;     /* a producer was told so, or has no more */
    atomic_uint producing; /* producers at work */
    size_t producers;
    uint64_t each; /* events of each producer */
    uint32_t accounts;
    uint64_t close_after; /* events taken; 0: when all are sent */
};

struct producer {
    struct run *run;
    struct thread *thread;
    uint32_t number;
    struct tally tally;
    struct packed packed;
};

/* -- producers ----------------------------------------------------------------------------------
 */

/* The texts that events take parts of: made before threads start. */
static char texts[26][EVENT_LONG_TEXT_MAX];
static char accounts[ACCOUNTS_MAX][8];

static void
make_texts(void)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        memset(texts[i], 'a' + (int)i, sizeof(texts[i]));
    }
    for (size_t i = 0; i < COUNT(accounts); i++) {
        (void)snprintf(accounts[i], sizeof(accounts[i]), "u%zu", i);
    }
}

static struct addr
source(uint32_t n)
{
    return (struct addr){.family = ADDR_V4, .bytes = {192, 0, 2, (uint8_t)n}};
}

static void
make_event(const struct producer *p, uint64_t n, uint64_t *seed, struct event *ev)
{
    size_t len = next_random(seed) % (next_random(seed) % 16 == 0 ? 4000 : 200);

    event_init(ev, kinds[next_random(seed) % COUNT(kinds)], 1 + n);
    event_set(ev, host, SV("PC-A"));
    event_set(ev, logger_pid, p->number);
    event_set(ev, record_id, n);
    event_set(ev, account, sv_from(accounts[next_random(seed) % p->run->accounts]));
    event_set(ev, src, source(next_random(seed) % SOURCES));
    event_set(ev, status, next_random(seed) % 2 == 0 ? 0 : 0xC000006A);
    event_set(ev, text, ((struct sv){texts[(p->number + n) % COUNT(texts)], len}));
}

static void
produce(void *ctx)
{
    struct producer *p = ctx;
    struct tally *t = &p->tally;
    uint64_t seed = test_seed() * 1000 + p->number;
    enum err err = ERR_OK;

    for (uint64_t n = 1; n <= p->run->each && err != ERR_CANCELLED; n++) {
        struct event ev;

        make_event(p, n, &seed, &ev);
        err = event_pack(&ev, p->packed.bytes, sizeof(p->packed.bytes), &p->packed.len);
        t->other += err != ERR_OK;
        err = queue_push(p->run->q, p->packed.bytes, p->packed.len);
        t->sent[ev.kind]++;
        t->taken[ev.kind] += err == ERR_OK;
        t->shed[ev.kind] += err == ERR_FULL;
        t->cancelled += err == ERR_CANCELLED;
        t->other += err != ERR_OK && err != ERR_FULL && err != ERR_CANCELLED;
        if (err == ERR_FULL) {
            t->failures[ev.kind][ev.src.bytes[3]] += queue_shed_is_failure(&ev);
            if (!flag_is_up(p->run->full)) {
                flag_raise(p->run->full);
            }
        }
    }
    if (atomic_fetch_sub(&p->run->producing, 1) == 1) {
        flag_raise(p->run->full);
        queue_close(p->run->q);
    }
}

/* -- the consumer -------------------------------------------------------------------------------
 */

struct consumer {
    uint64_t last[PRODUCERS_MAX]; /* number of each producer's last event */
    uint64_t taken[EV_COUNT];
    uint64_t total;
    uint64_t failures[EV_COUNT][SOURCES]; /* of the rows that say so */
    uint64_t by_kind[EV_COUNT];           /* of all rows */
};

static void
check_event(struct consumer *c, struct sv packed)
{
    struct event ev;
    size_t same = 0;

    assert_int_equal(event_unpack((const uint8_t *)packed.p, packed.len, &ev), ERR_OK);
    assert_true(ev.logger_pid < PRODUCERS_MAX);
    assert_true(ev.record_id > c->last[ev.logger_pid]); /* in order, and never twice */
    c->last[ev.logger_pid] = ev.record_id;
    while (same < ev.text.len &&
           ev.text.p[same] == texts[(ev.logger_pid + ev.record_id) % COUNT(texts)][0]) {
        same++;
    }
    assert_int_equal(same, ev.text.len);
    c->taken[ev.kind]++;
    c->total++;
}

static void
check_shed(struct consumer *c, const struct queue_shed *shed)
{
    struct queue_shed_sum sum;
    struct event ev;

    for (size_t at = 0; shed != NULL && queue_shed_next(shed, &at, &ev, &sum);) {
        assert_true(queue_shed_kind(ev.kind));
        assert_true(sum.count > 0 && sum.first_ft <= sum.last_ft);
        c->by_kind[ev.kind] += sum.count;
        if (event_has(&ev, src)) {
            assert_true(ev.src.bytes[3] < SOURCES);
            c->failures[ev.kind][ev.src.bytes[3]] += sum.count;
        }
    }
}

static void
consume(struct run *run, struct consumer *c)
{
    struct sv packed;

    assert_true(flag_wait_until(run->full, THREAD_FOREVER));
    while (queue_wait(run->q, THREAD_FOREVER) != QUEUE_ENDED) {
        while (queue_next(run->q, &packed)) {
            check_event(c, packed);
            assert_true(bytes_in(run->q) <= RING);
            if (c->total == run->close_after) {
                queue_close(run->q);
            }
        }
        check_shed(c, queue_take_shed(run->q));
    }
    assert_false(queue_next(run->q, &packed));
    assert_null(queue_take_shed(run->q));
}

static void
compare(const struct run *run, const struct producer *producers, const struct consumer *c)
{
    for (size_t kind = 0; kind < EV_COUNT; kind++) {
        struct tally sum = {0};
        uint64_t failures = 0;

        for (size_t i = 0; i < run->producers; i++) {
            const struct tally *t = &producers[i].tally;

            sum.taken[kind] += t->taken[kind];
            sum.shed[kind] += t->shed[kind];
            for (size_t s = 0; s < SOURCES; s++) {
                sum.failures[kind][s] += t->failures[kind][s];
                failures += t->failures[kind][s];
            }
        }
        assert_int_equal(c->taken[kind], sum.taken[kind]);
        assert_int_equal(shed_of(run->q, (enum event_kind)kind), sum.shed[kind]);
        assert_int_equal(c->by_kind[kind], failures);
        for (size_t s = 0; s < SOURCES; s++) {
            if (run->accounts * ROWS_AN_ACCOUNT <= QUEUE_SHED_ROWS) {
                assert_int_equal(c->failures[kind][s], sum.failures[kind][s]);
            }
            assert_true(c->failures[kind][s] <= sum.failures[kind][s]);
        }
    }
}

static void
check_tally(const struct run *run, const struct tally *t)
{
    uint64_t sent = 0;
    uint64_t answered = t->cancelled;

    for (size_t kind = 0; kind < EV_COUNT; kind++) {
        sent += t->sent[kind];
        answered += t->taken[kind] + t->shed[kind];
    }
    assert_int_equal(t->other, 0);
    assert_int_equal(sent, answered);
    assert_true(t->cancelled <= 1);
    assert_true(t->cancelled == 1 || sent == run->each);
    assert_true(t->cancelled == 0 || run->close_after > 0);
}

static void
run_all(struct run *run, uint64_t linger_ns)
{
    struct producer *producers = mem_array(run->producers, sizeof(*producers));
    struct consumer *c = mem_zalloc(sizeof(*c));
    uint64_t shed = 0;

    assert_non_null(producers);
    assert_non_null(c);
    run->q = open_queue(RING, 2000, linger_ns);
    assert_int_equal(flag_create(&run->full), ERR_OK);
    run->producing = (unsigned)run->producers;
    for (uint32_t i = 0; i < run->producers; i++) {
        producers[i].run = run;
        producers[i].number = i;
        assert_int_equal(thread_start(&plain, produce, &producers[i], &producers[i].thread),
                         ERR_OK);
    }
    consume(run, c);
    for (size_t i = 0; i < run->producers; i++) {
        thread_join(producers[i].thread);
        check_tally(run, &producers[i].tally);
        for (size_t k = 0; k < COUNT(kinds); k++) {
            shed += producers[i].tally.shed[kinds[k]];
        }
    }
    compare(run, producers, c);
    assert_true(shed > 0);
    assert_int_equal(bytes_in(run->q), 0);
    assert_int_equal(events_in(run->q), 0);
    queue_destroy(run->q);
    flag_destroy(run->full);
    mem_free(producers);
    mem_free(c);
}

/* KANARI_SOAK makes it longer. */
static uint64_t
events_each(void)
{
    return test_is_soak() ? 100000 : 4000;
}

static void
sent_is_delivered_and_shed(void **state)
{
    (void)state;
    for (size_t producers = 1; producers <= PRODUCERS_MAX; producers++) {
        struct run run = {.producers = producers, .each = events_each(), .accounts = ACCOUNTS_FEW};

        run_all(&run, 0);
        run.accounts = ACCOUNTS_MAX; /* more than have rows */
        run_all(&run, 2000000);
    }
}

static void
closed_at_any_time(void **state)
{
    (void)state;
    for (uint64_t after = 1; after < 2000; after = after * 3 + 1) {
        struct run run = {
            .producers = 3, .each = 100000, .accounts = ACCOUNTS_FEW, .close_after = after};

        run_all(&run, after % 2 == 0 ? 0 : 1000000);
    }
}

/* -- waking -------------------------------------------------------------------------------------
 */

struct sleeper {
    struct queue *q;
    struct flag *returned[3]; /* from its waits, one after the other */
    uint64_t taken[3];        /* after each */
};

static void
sleep_three_times(void *ctx)
{
    struct sleeper *s = ctx;
    struct sv packed;

    for (size_t i = 0; i < COUNT(s->returned); i++) {
        (void)queue_wait(s->q, THREAD_FOREVER);
        while (queue_next(s->q, &packed)) {
            s->taken[i]++;
        }
        flag_raise(s->returned[i]);
    }
}

static void
push_some(struct queue *q, enum event_kind kind, uint64_t count)
{
    static struct packed one;

    for (uint64_t i = 0; i < count; i++) {
        make_packed(kind, 0, i, 248, &one);
        assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
    }
}

/* While it lingers, neither telemetry nor logons wake the consumer; half a queue and an alert do.
 */
static void
one_wake_for_many_events(void **state)
{
    struct sleeper s = {.q = open_queue(RING, QUEUE_EVENTS_MAX, HOUR_NS)};
    struct thread *consumer;
    struct queue_stats stats;

    (void)state;
    for (size_t i = 0; i < COUNT(s.returned); i++) {
        assert_int_equal(flag_create(&s.returned[i]), ERR_OK);
    }
    assert_int_equal(thread_start(&plain, sleep_three_times, &s, &consumer), ERR_OK);
    push_some(s.q, EV_DNS_QUERY, 1);
    assert_true(flag_wait_until(s.returned[0], THREAD_FOREVER));
    push_some(s.q, EV_DNS_QUERY, 256);
    push_some(s.q, EV_LOGON_SUCCESS, 256); /* exactly half: 512 of 1024 */
    thread_sleep_ms(20);
    assert_false(flag_is_up(s.returned[1]));
    push_some(s.q, EV_DNS_QUERY, 1); /* more than half */
    assert_true(flag_wait_until(s.returned[1], THREAD_FOREVER));
    push_some(s.q, EV_DNS_QUERY, 10);
    thread_sleep_ms(20);
    assert_false(flag_is_up(s.returned[2]));
    push_some(s.q, EV_LOG_CLEARED, 1);
    assert_true(flag_wait_until(s.returned[2], THREAD_FOREVER));
    thread_join(consumer);
    assert_int_equal(s.taken[0], 1);
    assert_int_equal(s.taken[1], 513);
    assert_int_equal(s.taken[2], 11);
    queue_stats(s.q, &stats);
    assert_true(stats.wakes <= 3); /* fewer when an event was there before it slept */
    for (size_t i = 0; i < COUNT(s.returned); i++) {
        flag_destroy(s.returned[i]);
    }
    queue_destroy(s.q);
}

static void
a_busy_consumer_is_not_woken(void **state)
{
    struct queue *q = open_queue(RING, QUEUE_EVENTS_MAX, HOUR_NS);
    struct queue_stats stats;
    struct sv packed;

    (void)state;
    push_some(q, EV_LOGON_SUCCESS, 900);
    push_some(q, EV_LOG_CLEARED, 100);
    queue_stats(q, &stats);
    assert_int_equal(stats.wakes, 0);
    assert_int_equal(stats.events, 1000);
    assert_int_equal(queue_wait(q, 0), QUEUE_READY);
    while (queue_next(q, &packed)) {
    }
    /* A deadline ends lingering, with what there is. */
    assert_int_equal(queue_wait(q, 0), QUEUE_TIMEOUT);
    push_some(q, EV_DNS_QUERY, 1);
    assert_int_equal(queue_wait(q, clock_mono_ns() + 1000000), QUEUE_READY);
    assert_true(queue_next(q, &packed));
    queue_close(q); /* so does the end */
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_ENDED);
    queue_destroy(q);
}

/* Two threads, each the consumer of one queue and the producer of the other's: both sleep and wake
 * all the time. A wake that was lost would leave them asleep. */
struct player {
    struct queue *in, *out;
    uint64_t refused;
};

static void
return_all(void *ctx)
{
    struct player *p = ctx;
    struct sv packed;

    while (queue_wait(p->in, THREAD_FOREVER) != QUEUE_ENDED) {
        while (queue_next(p->in, &packed)) {
            p->refused += queue_push(p->out, (const uint8_t *)packed.p, packed.len) != ERR_OK;
        }
    }
    queue_close(p->out);
}

static void
no_wake_is_lost(void **state)
{
    struct player there = {.in = open_queue(RING, 100, 0), .out = open_queue(RING, 100, 0)};
    uint64_t rounds = test_is_soak() ? 200000 : 5000;
    struct thread *t;
    struct sv packed;

    (void)state;
    assert_int_equal(thread_start(&plain, return_all, &there, &t), ERR_OK);
    for (uint64_t i = 0; i < rounds; i++) {
        push_some(there.in, EV_LOGON_SUCCESS, 1);
        assert_int_equal(queue_wait(there.out, THREAD_FOREVER), QUEUE_READY);
        assert_true(queue_next(there.out, &packed));
        assert_int_equal(packed.len, 248);
    }
    queue_close(there.in);
    assert_int_equal(queue_wait(there.out, THREAD_FOREVER), QUEUE_ENDED);
    thread_join(t);
    assert_int_equal(there.refused, 0);
    queue_destroy(there.in);
    queue_destroy(there.out);
}

/* -- stop ---------------------------------------------------------------------------------------
 */

struct pusher {
    struct queue *q;
    struct thread *thread;
    struct packed small, large;
    uint64_t taken, shed;
};

static void
push_until_closed(void *ctx)
{
    struct pusher *p = ctx;
    enum err err = ERR_OK;

    for (uint64_t i = 0; err != ERR_CANCELLED; i++) {
        const struct packed *one = i % 8 == 0 ? &p->large : &p->small;

        err = queue_push(p->q, one->bytes, one->len);
        p->taken += err == ERR_OK;
        p->shed += err == ERR_FULL && one == &p->small;
    }
}

/* Closed in the middle of everything: what was taken is delivered, what was shed is in the sums. */
static void
start_and_stop(struct pusher pushers[2])
{
    struct queue *q = open_queue(RING, 100, 0);
    struct consumer c = {0};
    struct sv packed;
    uint64_t delivered = 0;

    for (size_t i = 0; i < 2; i++) {
        pushers[i].q = q;
        pushers[i].taken = 0;
        pushers[i].shed = 0;
        make_packed(EV_LOGON_FAILURE, 0, 1, 64, &pushers[i].small);
        make_packed(EV_LOGON_SUCCESS, 0, 1, 8000, &pushers[i].large);
        assert_int_equal(thread_start(&plain, push_until_closed, &pushers[i], &pushers[i].thread),
                         ERR_OK);
    }
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_READY);
    queue_close(q);
    while (queue_wait(q, THREAD_FOREVER) != QUEUE_ENDED) {
        while (queue_next(q, &packed)) {
            delivered++;
        }
        check_shed(&c, queue_take_shed(q));
    }
    for (size_t i = 0; i < 2; i++) {
        thread_join(pushers[i].thread);
    }
    assert_int_equal(delivered, pushers[0].taken + pushers[1].taken);
    assert_int_equal(c.by_kind[EV_LOGON_FAILURE], pushers[0].shed + pushers[1].shed);
    assert_int_equal(shed_of(q, EV_LOGON_FAILURE), pushers[0].shed + pushers[1].shed);
    queue_destroy(q);
}

/* The system takes a thread off its lists a moment after it can be joined. */
static struct process_use
use_when_alone(size_t threads)
{
    struct process_use use = process_use();

    while (use.threads > threads) {
        thread_sleep_ms(1);
        use = process_use();
    }
    return use;
}

static void
nothing_is_left_behind(void **state)
{
    static struct pusher pushers[2];
    size_t alone = process_use().threads;
    struct process_use before;
    struct process_use after;

    (void)state;
    for (uint32_t i = 0; i < STARTS; i++) { /* what the system keeps for the next thread */
        start_and_stop(pushers);
    }
    before = use_when_alone(alone);
    for (uint32_t i = 0; i < STARTS; i++) {
        start_and_stop(pushers);
    }
    after = use_when_alone(alone);
    assert_true(after.threads <= before.threads); /* the system may end one of its own */
    assert_int_equal(after.handles, before.handles);
    assert_int_equal(after.heap_bytes, before.heap_bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_is_delivered_and_shed),
        cmocka_unit_test(closed_at_any_time),
        cmocka_unit_test(one_wake_for_many_events),
        cmocka_unit_test(a_busy_consumer_is_not_woken),
        cmocka_unit_test(no_wake_is_lost),
        cmocka_unit_test(nothing_is_left_behind),
    };

    make_texts();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
