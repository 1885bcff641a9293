/* spool_has_room - who fills batches learns that the writer is behind, and when it is no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/spool.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define PATIENT (SPOOL_BATCHES * 12 / 16 / 2) /* half of what telemetry may fill */
#define NS_PER_MS UINT64_C(1000000)

static void
submit_one(struct spool *s)
{
    struct batch *b = spool_get(s, QUEUE_TELEMETRY);

    assert_non_null(b);
    spool_submit(s, &b, 1);
}

static void
test_room_ends_and_comes_back(void **state)
{
    struct batch *front[SPOOL_CHAIN_MAX];
    struct spool *s;

    (void)state;
    assert_int_equal(spool_create(&s), ERR_OK);
    for (unsigned i = 0; i < PATIENT; i++) {
        assert_true(spool_has_room(s, 0));
        submit_one(s);
    }
    assert_false(spool_has_room(s, 0));
    assert_false(spool_has_room(s, clock_mono_ns() + NS_PER_MS));
    submit_one(s); /* those who cannot wait still get one */
    assert_int_equal(spool_front(s, 0, front), 1);
    spool_pop(s, 1);
    assert_false(spool_has_room(s, 0));
    assert_int_equal(spool_front(s, 0, front), 1);
    spool_pop(s, 1);
    assert_true(spool_has_room(s, 0));
    spool_destroy(s);
}

static void
pop_one(void *ctx)
{
    struct batch *front[SPOOL_CHAIN_MAX];

    thread_sleep_ms(20);
    assert_int_equal(spool_front(ctx, 0, front), 1);
    spool_pop(ctx, 1);
}

static void
test_a_wait_ends_with_a_pop(void **state)
{
    static const struct thread_opts plain = {.name = "pop"};
    struct thread *t;
    struct spool *s;

    (void)state;
    assert_int_equal(spool_create(&s), ERR_OK);
    for (unsigned i = 0; i < PATIENT; i++) {
        submit_one(s);
    }
    assert_int_equal(thread_start(&plain, pop_one, s, &t), ERR_OK);
    assert_true(spool_has_room(s, THREAD_FOREVER));
    thread_join(t);
    spool_destroy(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_ends_and_comes_back),
        cmocka_unit_test(test_a_wait_ends_with_a_pop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
