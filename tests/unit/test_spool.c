/* spool - batches go out in the order they came in, chain by chain; each class has its share. */
#include "test_queue_help.h"

#include "engine/spool.h"
#include "platform/thread.h"

#define NOW 1u /* a deadline that has passed */
#define SOON_NS UINT64_C(30000000)
#define LONG_NS UINT64_C(20000000000)
#define TELEMETRY (SPOOL_BATCHES * 12 / 16)
#define LOGON (SPOOL_BATCHES * 15 / 16)

static struct spool *
create(void)
{
    struct spool *s = NULL;

    assert_int_equal(spool_create(&s), ERR_OK);
    return s;
}

/* A batch that says which one it is. */
static struct batch *
numbered(struct spool *s, enum queue_class class, uint64_t n)
{
    const struct store_bookmark mark = {SV("n"), SV("x"), n};
    struct batch *b = spool_get(s, class);

    if (b != NULL) {
        assert_true(batch_is_empty(b));
        assert_int_equal(batch_mark(b, &mark), ERR_OK);
    }
    return b;
}

static uint64_t
number_of(struct batch *b)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];

    assert_int_equal(batch_marks(&b, 1, marks), 1);
    return marks[0].time_ft;
}

static size_t
waiting(struct spool *s)
{
    struct spool_stats stats;

    spool_stats(s, &stats);
    return stats.batches;
}

static void
submit_one(struct spool *s, uint64_t n)
{
    struct batch *b = numbered(s, QUEUE_ALERT, n);

    assert_non_null(b);
    spool_submit(s, &b, 1);
}

/* -- order --------------------------------------------------------------------------------------
 */

static void
chains_go_out_whole_and_in_order(void **state)
{
    static const size_t lengths[] = {1, 3, SPOOL_CHAIN_MAX, 2, 1};
    struct spool *s = create();
    struct batch *chain[SPOOL_CHAIN_MAX];
    uint64_t n = 0, taken = 0;

    (void)state;
    for (unsigned round = 0; round < 8; round++) { /* around the ring */
        for (size_t i = 0; i < COUNT(lengths); i++) {
            for (size_t b = 0; b < lengths[i]; b++) {
                chain[b] = numbered(s, QUEUE_ALERT, n++);
                assert_non_null(chain[b]);
            }
            spool_submit(s, chain, lengths[i]);
        }
        for (size_t i = 0; i < COUNT(lengths); i++) {
            assert_int_equal(spool_front(s, NOW, chain), lengths[i]);
            assert_int_equal(spool_front(s, NOW, chain), lengths[i]); /* until it is popped */
            for (size_t b = 0; b < lengths[i]; b++) {
                assert_ptr_equal(spool_at(s, b), chain[b]);
                assert_int_equal(number_of(chain[b]), taken++);
            }
            spool_pop(s, lengths[i]);
        }
        assert_int_equal(spool_front(s, NOW, chain), 0);
        assert_null(spool_at(s, 0));
        assert_int_equal(waiting(s), 0);
    }
    spool_destroy(s);
}

static void
those_that_wait_can_be_looked_at(void **state)
{
    struct spool *s = create();
    struct spool_stats stats;

    (void)state;
    for (uint64_t n = 0; n < 5; n++) {
        submit_one(s, n);
    }
    for (uint64_t n = 0; n < 5; n++) {
        assert_int_equal(number_of(spool_at(s, n)), n);
    }
    assert_null(spool_at(s, 5));
    spool_stats(s, &stats);
    assert_int_equal(stats.batches, 5);
    assert_int_equal(stats.bytes, 5 * batch_bytes(spool_at(s, 0)));
    spool_destroy(s); /* with what is in it */
    spool_destroy(NULL);
}

/* -- shares -------------------------------------------------------------------------------------
 */

static size_t
get_all(struct spool *s, enum queue_class class)
{
    struct batch *b;
    size_t count = 0;

    while ((b = numbered(s, class, count)) != NULL) {
        spool_submit(s, &b, 1);
        count++;
    }
    return count;
}

static void
each_class_has_its_share(void **state)
{
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct spool *s = create();

    (void)state;
    assert_int_equal(get_all(s, QUEUE_TELEMETRY), TELEMETRY);
    assert_int_equal(get_all(s, QUEUE_LOGON), LOGON - TELEMETRY);
    assert_int_equal(get_all(s, QUEUE_ALERT), SPOOL_BATCHES - LOGON);
    assert_int_equal(waiting(s), SPOOL_BATCHES);
    assert_int_equal(spool_front(s, NOW, chain), 1);
    spool_pop(s, 1);
    assert_int_equal(get_all(s, QUEUE_TELEMETRY), 0);
    assert_int_equal(get_all(s, QUEUE_LOGON), 0);
    assert_int_equal(get_all(s, QUEUE_ALERT), 1);
    spool_destroy(s);
}

/* Batches that are being filled count, and no longer once they are given back. */
static void
batches_in_hands_count(void **state)
{
    struct batch *out[TELEMETRY];
    struct spool *s = create();

    (void)state;
    for (size_t i = 0; i < TELEMETRY; i++) {
        out[i] = spool_get(s, QUEUE_TELEMETRY);
        assert_non_null(out[i]);
    }
    assert_null(spool_get(s, QUEUE_TELEMETRY));
    assert_int_equal(waiting(s), 0);
    assert_int_equal(batch_status(out[0], SV("a"), SV("b"), 1), ERR_OK);
    spool_give_back(s, out[0]);
    out[0] = spool_get(s, QUEUE_TELEMETRY);
    assert_non_null(out[0]);
    assert_true(batch_is_empty(out[0]));
    for (size_t i = 0; i < TELEMETRY; i++) {
        spool_give_back(s, out[i]);
    }
    assert_int_equal(get_all(s, QUEUE_TELEMETRY), TELEMETRY);
    spool_destroy(s);
}

static void
memory_may_run_out(void **state)
{
    struct spool *s = NULL;
    struct batch *b;
    size_t n = 0;
    enum err err;

    (void)state;
    do {
        mem_fail_after(n++);
        err = spool_create(&s);
    } while (err == ERR_NOMEM);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 3);
    mem_fail_after(0);
    assert_null(spool_get(s, QUEUE_ALERT));
    mem_fail_after(SIZE_MAX);
    b = spool_get(s, QUEUE_ALERT);
    assert_non_null(b);
    spool_give_back(s, b);
    mem_fail_after(0);
    b = spool_get(s, QUEUE_ALERT); /* an empty one was kept */
    mem_fail_after(SIZE_MAX);
    assert_non_null(b);
    spool_give_back(s, b);
    assert_int_equal(get_all(s, QUEUE_ALERT), SPOOL_BATCHES); /* none was lost */
    spool_destroy(s);
}

/* -- waiting ------------------------------------------------------------------------------------
 */

static void
deadlines_are_kept(void **state)
{
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct spool *s = create();
    uint64_t due_ns = clock_mono_ns() + SOON_NS;

    (void)state;
    assert_int_equal(spool_front(s, due_ns, chain), 0);
    assert_true(clock_mono_ns() >= due_ns);
    spool_wake(s);
    assert_int_equal(spool_front(s, THREAD_FOREVER, chain), 0);
    assert_true(spool_drain(s, NOW));
    submit_one(s, 1);
    due_ns = clock_mono_ns() + SOON_NS;
    assert_false(spool_drain(s, due_ns));
    assert_true(clock_mono_ns() >= due_ns);
    assert_int_equal(spool_front(s, NOW, chain), 1);
    spool_pop(s, 1);
    assert_true(spool_drain(s, NOW));
    spool_destroy(s);
}

/* Half of what telemetry may have is for those who cannot wait. */
static void
the_patient_leave_room(void **state)
{
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct spool *s = create();
    struct batch *b;
    uint64_t due_ns;

    (void)state;
    for (size_t i = 0; i < TELEMETRY / 2; i++) {
        b = spool_get_patiently(s, NOW);
        assert_non_null(b);
        spool_submit(s, &b, 1);
    }
    due_ns = clock_mono_ns() + SOON_NS;
    assert_null(spool_get_patiently(s, due_ns));
    assert_true(clock_mono_ns() >= due_ns);
    assert_int_equal(get_all(s, QUEUE_TELEMETRY), TELEMETRY - TELEMETRY / 2);
    while (waiting(s) >= TELEMETRY / 2) {
        assert_int_equal(spool_front(s, NOW, chain), 1);
        spool_pop(s, 1);
    }
    b = spool_get_patiently(s, NOW);
    assert_non_null(b);
    spool_give_back(s, b);
    spool_destroy(s);
}

/* -- threads ------------------------------------------------------------------------------------
 */

#define FILLERS 3u
#define EACH 2001u /* chains of 1 and 2 in turn end there */

struct filler {
    struct spool *spool;
    uint64_t number;
    uint64_t refused;
    bool patient;
    struct flag *started;
};

/* Chains, numbered (filler, count). */
static void
fill(void *ctx)
{
    struct filler *f = ctx;
    uint64_t n = 0;

    while (n < EACH) {
        struct batch *chain[2];
        size_t want = n % 3 == 0 ? 1 : 2, have = 0;

        while (have < want) {
            const struct store_bookmark mark = {SV("n"), SV("x"), f->number << 32 | n};
            struct batch *b = f->patient ? spool_get_patiently(f->spool, clock_mono_ns() + LONG_NS)
                                         : spool_get(f->spool, QUEUE_TELEMETRY);

            if (b == NULL) {
                f->refused++;
                thread_sleep_ms(1);
                continue;
            }
            if (batch_mark(b, &mark) == ERR_OK) {
                n++;
            }
            chain[have++] = b;
        }
        spool_submit(f->spool, chain, want);
    }
}

static void
take_all(struct spool *s, uint64_t next[FILLERS])
{
    uint64_t taken = 0;

    while (taken < FILLERS * EACH) {
        struct batch *chain[SPOOL_CHAIN_MAX];
        size_t count = spool_front(s, clock_mono_ns() + LONG_NS, chain);
        uint64_t filler = count == 0 ? 0 : number_of(chain[0]) >> 32;

        assert_in_range(count, 1, 2);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(number_of(chain[i]), filler << 32 | next[filler]);
            next[filler]++;
        }
        taken += count;
        spool_pop(s, count);
    }
}

static void
many_fill_and_one_takes(void **state)
{
    static const struct thread_opts opts = {.name = "filler"};
    struct spool *s = create();
    struct filler f[FILLERS];
    struct thread *t[FILLERS];
    uint64_t next[FILLERS] = {0};

    (void)state;
    for (size_t i = 0; i < FILLERS; i++) {
        f[i] = (struct filler){.spool = s, .number = i, .patient = i == 0};
        assert_int_equal(thread_start(&opts, fill, &f[i], &t[i]), ERR_OK);
    }
    take_all(s, next);
    for (size_t i = 0; i < FILLERS; i++) {
        thread_join(t[i]);
    }
    assert_int_equal(f[0].refused, 0);
    assert_true(spool_drain(s, NOW));
    spool_destroy(s);
}

static void
drain(void *ctx)
{
    struct filler *f = ctx;

    flag_raise(f->started);
    f->refused = !spool_drain(f->spool, clock_mono_ns() + LONG_NS);
}

/* What is submitted after it was asked does not count. */
static void
draining_ends_with_what_was_there(void **state)
{
    static const struct thread_opts opts = {.name = "drain"};
    struct spool *s = create();
    struct filler f = {.spool = s};
    struct batch *chain[SPOOL_CHAIN_MAX];
    struct thread *t = NULL;

    (void)state;
    submit_one(s, 1);
    submit_one(s, 2);
    assert_int_equal(flag_create(&f.started), ERR_OK);
    assert_int_equal(thread_start(&opts, drain, &f, &t), ERR_OK);
    assert_true(flag_wait_until(f.started, THREAD_FOREVER));
    thread_sleep_ms(200); /* it waits by now */
    submit_one(s, 3);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(spool_front(s, NOW, chain), 1);
        spool_pop(s, 1);
    }
    thread_join(t);
    flag_destroy(f.started);
    assert_int_equal(f.refused, 0);
    assert_int_equal(waiting(s), 1);
    spool_destroy(s);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_go_out_whole_and_in_order),
        cmocka_unit_test(those_that_wait_can_be_looked_at),
        cmocka_unit_test(each_class_has_its_share),
        cmocka_unit_test(batches_in_hands_count),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(deadlines_are_kept),
        cmocka_unit_test(the_patient_leave_room),
        cmocka_unit_test(many_fill_and_one_takes),
        cmocka_unit_test(draining_ends_with_what_was_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
