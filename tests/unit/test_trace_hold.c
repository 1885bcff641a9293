/* trace_hold - order of time out of order of arrival; nothing lost, bounded. */
#include "test_queue_help.h"

#include "core/tm.h"
#include "engine/trace_hold.h"

#define BYTES TRACE_HOLD_BYTES_MIN
#define NOW_FT (UINT64_C(1000) * TM_SEC)
#define HOLD_NS (TRACE_HOLD_FT * 100)

static struct trace_hold *
create(void)
{
    struct trace_hold *h = NULL;

    assert_int_equal(trace_hold_create(BYTES, &h), ERR_OK);
    return h;
}

static enum err
put(struct trace_hold *h, uint64_t number, uint64_t time_ft, size_t len)
{
    static char bytes[EVENT_PACKED_MAX];

    memcpy(bytes, &number, sizeof(number));
    return trace_hold_put(h, (struct sv){bytes, len}, time_ft, 0);
}

/* The number of the first; it is dropped. */
static uint64_t
take(struct trace_hold *h, uint64_t ahead_ft, uint64_t now_ns)
{
    struct trace_held held;
    uint64_t number;

    if (!trace_hold_first(h, ahead_ft, now_ns, &held)) {
        return UINT64_MAX;
    }
    memcpy(&number, held.packed.p, sizeof(number));
    trace_hold_drop(h);
    return number;
}

static void
events_come_in_order_of_time_once_all_sessions_are_ahead(void **state)
{
    const uint64_t ahead_ft = NOW_FT + TRACE_HOLD_FT;
    struct trace_hold *h = create();

    (void)state;
    assert_int_equal(put(h, 1, NOW_FT + 2, 100), ERR_OK);
    assert_int_equal(put(h, 2, NOW_FT, 100), ERR_OK);
    assert_int_equal(put(h, 3, NOW_FT, 100), ERR_OK);
    assert_true(take(h, ahead_ft - 1, 0) == UINT64_MAX);
    assert_int_equal(take(h, ahead_ft, 0), 2);
    assert_int_equal(take(h, ahead_ft, 0), 3);
    assert_true(take(h, ahead_ft + 1, 0) == UINT64_MAX);
    assert_int_equal(take(h, TRACE_HOLD_ANY, 0), 1);
    assert_true(take(h, TRACE_HOLD_ANY, 0) == UINT64_MAX);
    assert_int_equal(trace_hold_count(h), 0);
    assert_int_equal(trace_hold_late(h), 0);
    trace_hold_destroy(h);
}

static void
no_event_is_held_for_longer_than_that(void **state)
{
    struct trace_hold *h = create();

    (void)state;
    assert_int_equal(put(h, 1, NOW_FT + TM_DAY, 100), ERR_OK);
    assert_true(take(h, 0, HOLD_NS - 1) == UINT64_MAX);
    assert_int_equal(take(h, 0, HOLD_NS), 1);
    assert_int_equal(put(h, 2, NOW_FT, 100), ERR_OK); /* the clock was set back */
    assert_true(take(h, 0, HOLD_NS - 1) == UINT64_MAX);
    assert_int_equal(take(h, 0, HOLD_NS), 2);
    assert_int_equal(trace_hold_late(h), 1);
    trace_hold_destroy(h);
}

static void
sizes_are_checked(void **state)
{
    struct trace_hold *h = NULL;

    (void)state;
    assert_int_equal(trace_hold_create(BYTES / 2, &h), ERR_RANGE);
    assert_int_equal(trace_hold_create(BYTES + 8, &h), ERR_RANGE);
    h = create();
    assert_int_equal(trace_hold_put(h, (struct sv){"", EVENT_PACKED_MAX + 1}, 0, 0), ERR_RANGE);
    trace_hold_destroy(h);
    trace_hold_destroy(NULL);
}

static void
memory_may_run_out(void **state)
{
    struct trace_hold *h = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = trace_hold_create(BYTES, &h);
    }
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    trace_hold_destroy(h);
}

#define EVENTS 20000u

/* Puts all of them, and takes some; how often it was full. */
static uint64_t
run_round(struct trace_hold *h, uint64_t *seed)
{
    uint64_t sent = 0, came = 0, full = 0, sum = 0;

    while (came < EVENTS) {
        size_t most = next_random(seed) % 64 == 0 ? 60000 : 300;
        size_t len = 8 + (size_t)(next_random(seed) % most);
        uint64_t time_ft = NOW_FT + sent + next_random(seed) % 50;
        enum err err = sent < EVENTS ? put(h, sent, time_ft, len) : ERR_FULL;
        bool takes = err == ERR_FULL || next_random(seed) % 3 == 0;
        uint64_t number = takes ? take(h, TRACE_HOLD_ANY, 0) : UINT64_MAX;

        sum += err == ERR_OK ? sent++ : 0;
        full += err == ERR_FULL;
        if (number != UINT64_MAX) {
            sum -= number;
            came++;
        }
    }
    assert_int_equal(sent, EVENTS);
    assert_int_equal(sum, 0); /* each of them once */
    return full;
}

/* Any sizes and times, whoever is slow. */
static void
nothing_is_lost_whatever_comes(void **state)
{
    uint64_t seed = test_seed();

    (void)state;
    for (unsigned round = 0; round < (test_is_soak() ? 200u : 10u); round++) {
        struct trace_hold *h = create();

        assert_true(run_round(h, &seed) > 0);
        assert_int_equal(trace_hold_count(h), 0);
        trace_hold_destroy(h);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_order_of_time_once_all_sessions_are_ahead),
        cmocka_unit_test(no_event_is_held_for_longer_than_that),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(nothing_is_lost_whatever_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
