/* test_thread - threads, mutexes, conditions, flags: what they promise, and nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/process_use.h"

#define THREADS 4u
#define ROUNDS 20000u
#define STARTS 200u
#define NS_PER_MS UINT64_C(1000000)

static const struct thread_opts plain = {.name = "test"};

static uint64_t
in_ms(uint64_t ms)
{
    return clock_mono_ns() + ms * NS_PER_MS;
}

/* What threads of a test share. */
struct shared {
    struct mutex *mutex;
    struct cond *changed;
    struct flag *stop;
    uint64_t count;
    uint64_t turn;
};

static void
shared_open(struct shared *s)
{
    memset(s, 0, sizeof(*s));
    assert_int_equal(mutex_create(&s->mutex), ERR_OK);
    assert_int_equal(cond_create(&s->changed), ERR_OK);
    assert_int_equal(flag_create(&s->stop), ERR_OK);
}

static void
shared_close(struct shared *s)
{
    flag_destroy(s->stop);
    cond_destroy(s->changed);
    mutex_destroy(s->mutex);
}

/* -- mutex and condition ------------------------------------------------------------------------
 */

static void
count_up(void *ctx)
{
    struct shared *s = ctx;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        mutex_lock(s->mutex);
        s->count++; /* not atomic: the mutex alone makes it exact */
        mutex_unlock(s->mutex);
    }
}

static void
mutex_lets_one_in(void **state)
{
    struct thread *threads[THREADS];
    struct shared s;

    (void)state;
    shared_open(&s);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(thread_start(&plain, count_up, &s, &threads[i]), ERR_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(s.count, THREADS * ROUNDS);
    shared_close(&s);
}

struct player {
    struct shared *shared;
    uint64_t mine; /* whose turn is mine */
};

static void
take_turns(void *ctx)
{
    struct player *p = ctx;
    struct shared *s = p->shared;

    mutex_lock(s->mutex);
    for (uint32_t i = 0; i < ROUNDS / 10; i++) {
        while (s->turn != p->mine) {
            cond_wait(s->changed, s->mutex);
        }
        s->count = s->count * 2 + p->mine; /* 1 0 1 0 ... */
        s->count &= 0xFF;
        s->turn = 1 - p->mine;
        cond_wake_one(s->changed);
    }
    mutex_unlock(s->mutex);
}

static void
condition_passes_turns(void **state)
{
    struct thread *threads[2];
    struct shared s;
    struct player players[2] = {{&s, 0}, {&s, 1}};

    (void)state;
    shared_open(&s);
    s.turn = 1;
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(thread_start(&plain, take_turns, &players[i], &threads[i]), ERR_OK);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(s.count, 0xAA);
    assert_int_equal(s.turn, 1);
    shared_close(&s);
}

static void
wait_for_turn(void *ctx)
{
    struct shared *s = ctx;

    mutex_lock(s->mutex);
    s->count++;
    cond_wake_one(s->changed); /* one of those who wait: all look again */
    cond_wake_all(s->changed);
    while (s->turn == 0) {
        cond_wait(s->changed, s->mutex);
    }
    s->count--;
    mutex_unlock(s->mutex);
}

static void
condition_wakes_all(void **state)
{
    struct thread *threads[THREADS];
    struct shared s;

    (void)state;
    shared_open(&s);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(thread_start(&plain, wait_for_turn, &s, &threads[i]), ERR_OK);
    }
    mutex_lock(s.mutex);
    while (s.count < THREADS) {
        cond_wait(s.changed, s.mutex);
    }
    s.turn = 1;
    mutex_unlock(s.mutex);
    cond_wake_all(s.changed); /* without the mutex */
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(s.count, 0);
    shared_close(&s);
}

static void
waits_do_not_end_early(void **state)
{
    struct shared s;
    uint64_t deadline;

    (void)state;
    shared_open(&s);
    mutex_lock(s.mutex);
    assert_false(cond_wait_until(s.changed, s.mutex, 0));
    assert_false(cond_wait_until(s.changed, s.mutex, clock_mono_ns()));
    for (uint64_t ms = 0; ms < 20; ms += 3) {
        deadline = in_ms(ms) + 1;
        while (cond_wait_until(s.changed, s.mutex, deadline)) {
        }
        assert_true(clock_mono_ns() >= deadline);
    }
    mutex_unlock(s.mutex);
    deadline = in_ms(5);
    assert_false(flag_wait_until(s.stop, deadline));
    assert_true(clock_mono_ns() >= deadline);
    assert_false(flag_is_up(s.stop));
    deadline = in_ms(5);
    thread_sleep_ms(5);
    assert_true(clock_mono_ns() >= deadline);
    thread_sleep_ms(0);
    shared_close(&s);
}

/* -- flag ---------------------------------------------------------------------------------------
 */

static void
wait_for_stop(void *ctx)
{
    struct shared *s = ctx;
    bool seen = flag_wait_until(s->stop, THREAD_FOREVER);

    mutex_lock(s->mutex);
    s->count += seen && flag_is_up(s->stop) ? s->turn : 0; /* turn: written before it was raised */
    mutex_unlock(s->mutex);
}

static void
flag_is_seen_by_all(void **state)
{
    struct thread *threads[THREADS];
    struct shared s;

    (void)state;
    shared_open(&s);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(thread_start(&plain, wait_for_stop, &s, &threads[i]), ERR_OK);
    }
    assert_false(flag_is_up(s.stop));
    s.turn = 7; /* not atomic: the flag hands it over */
    flag_raise(s.stop);
    flag_raise(s.stop);
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(s.count, THREADS * 7);
    assert_true(flag_is_up(s.stop));
    assert_true(flag_wait_until(s.stop, 0));
    assert_true(flag_wait_until(s.stop, THREAD_FOREVER));
    shared_close(&s);
}

/* -- threads ------------------------------------------------------------------------------------
 */

struct seen {
    char name[PROCESS_THREAD_NAME_MAX];
    bool background;
};

static void
look_around(void *ctx)
{
    struct seen *seen = ctx;

    process_thread_name(seen->name);
    seen->background = process_thread_is_background();
}

static struct seen
seen_in(const struct thread_opts *opts)
{
    struct seen seen = {.name = "?"};
    struct thread *t;

    assert_int_equal(thread_start(opts, look_around, &seen, &t), ERR_OK);
    thread_join(t);
    return seen;
}

static void
threads_have_name_and_priority(void **state)
{
    char name[THREAD_NAME_MAX + 8] = "detect";
    bool outside = process_thread_is_background(); /* the whole test may be niced */
    struct seen seen = seen_in(&(struct thread_opts){.name = name});

    (void)state;
    if (seen.name[0] != '\0') { /* Windows before 10, and Wine 8, keep none */
        assert_string_equal(seen.name, "detect");
    }
    assert_int_equal(seen.background, outside);
    memcpy(name, "0123456789abcdefgh", sizeof("0123456789abcdefgh"));
    seen = seen_in(&(struct thread_opts){.name = name, .background = true});
    if (seen.name[0] != '\0') {
        assert_string_equal(seen.name, "0123456789abcde");
    }
    assert_true(seen.background);
    seen = seen_in(&(struct thread_opts){0});
    assert_int_equal(seen.background, outside);
    assert_int_equal(process_thread_is_background(), outside); /* not of the one who started it */
}

static void
nothing_to_end_is_fine(void **state)
{
    (void)state;
    thread_join(NULL);
    mutex_destroy(NULL);
    cond_destroy(NULL);
    flag_destroy(NULL);
}

static void
start_and_stop(void)
{
    struct thread *threads[2];
    struct shared s;

    shared_open(&s);
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(thread_start(&plain, wait_for_stop, &s, &threads[i]), ERR_OK);
    }
    flag_raise(s.stop);
    for (size_t i = 0; i < COUNT(threads); i++) {
        thread_join(threads[i]);
    }
    shared_close(&s);
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
    size_t alone = process_use().threads;
    struct process_use before;
    struct process_use after;

    (void)state;
    for (uint32_t i = 0; i < STARTS; i++) { /* what the system keeps for the next thread */
        start_and_stop();
    }
    before = use_when_alone(alone);
    for (uint32_t i = 0; i < STARTS; i++) {
        start_and_stop();
    }
    after = use_when_alone(alone);
    assert_true(after.threads <= before.threads); /* the system may end one of its own */
    assert_int_equal(after.handles, before.handles);
    assert_int_equal(after.heap_bytes, before.heap_bytes);
}

static void
no_memory_is_an_answer(void **state)
{
    struct mutex *m = NULL;
    struct cond *c = NULL;
    struct flag *f = NULL;
    struct thread *t = NULL;
    struct shared s;

    (void)state;
    shared_open(&s);
    mem_fail_after(0);
    assert_int_equal(mutex_create(&m), ERR_NOMEM);
    assert_int_equal(cond_create(&c), ERR_NOMEM);
    assert_int_equal(thread_start(&plain, wait_for_stop, &s, &t), ERR_NOMEM);
    for (size_t n = 0; n < 3; n++) { /* the flag, its mutex, its condition */
        mem_fail_after(n);
        assert_int_equal(flag_create(&f), ERR_NOMEM);
    }
    mem_fail_after(3);
    assert_int_equal(flag_create(&f), ERR_OK);
    mem_fail_after(SIZE_MAX);
    assert_null(m);
    assert_null(c);
    assert_null(t);
    assert_non_null(f);
    flag_destroy(f);
    shared_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutex_lets_one_in),      cmocka_unit_test(condition_passes_turns),
        cmocka_unit_test(condition_wakes_all),    cmocka_unit_test(waits_do_not_end_early),
        cmocka_unit_test(flag_is_seen_by_all),    cmocka_unit_test(threads_have_name_and_priority),
        cmocka_unit_test(nothing_to_end_is_fine), cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(no_memory_is_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
