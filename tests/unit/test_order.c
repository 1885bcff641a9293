/* test_order - any number of events, in any order, comes out in one order, once each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/order.h"

#define EVENTS 5000u
#define SMALL_RUN 65536u /* forces dozens of spilled runs */

static uint32_t
next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Event number n of a log whose times repeat, so that ties are decided by the rest. */
static void
make_event(uint32_t n, struct event *ev)
{
    event_init(ev, EV_LOGON_FAILURE, 1000000 + n / 7);
    event_set(ev, host, n % 2 != 0 ? SV("PC-A") : SV("PC-B"));
    event_set(ev, channel, SV("Security"));
    event_set(ev, record_id, n + 1);
    event_set(ev, event_id, 4625);
    event_set(ev, account, SV("administrator"));
}

static void
put_shuffled(struct order *o, uint32_t count, uint32_t seed)
{
    uint32_t *numbers = calloc(count, sizeof(*numbers));

    assert_non_null(numbers);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = next_random(&seed) % (i + 1);
        numbers[i] = numbers[j];
        numbers[j] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct event ev;
        make_event(numbers[i], &ev);
        assert_int_equal(order_put(o, &ev), ERR_OK);
    }
    free(numbers);
}

static void
expect_all_in_order(struct order *o, uint32_t count)
{
    uint8_t packed[1024];
    struct event ev;
    struct event last = {0};
    uint64_t sum = 0;
    size_t len;

    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(order_next(o, &ev), ERR_OK);
        if (i > 0) {
            assert_true(event_cmp(&last, &ev) < 0);
        }
        sum += ev.record_id;
        assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
        assert_int_equal(event_unpack(packed, len, &last), ERR_OK);
    }
    assert_int_equal(order_next(o, &ev), ERR_END);
    assert_int_equal(sum, (uint64_t)count * (count + 1) / 2);
}

static void
test_in_memory(void **state)
{
    struct order *o = NULL;

    (void)state;
    assert_int_equal(order_create(0, &o), ERR_OK);
    put_shuffled(o, EVENTS, 1);
    expect_all_in_order(o, EVENTS);
    assert_int_equal(order_duplicates(o), 0);
    order_destroy(o);
}

static void
test_spilled(void **state)
{
    struct order *o = NULL;

    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        assert_int_equal(order_create(SMALL_RUN, &o), ERR_OK);
        put_shuffled(o, EVENTS, seed);
        expect_all_in_order(o, EVENTS);
        order_destroy(o);
    }
}

static void
test_same_record_comes_once(void **state)
{
    struct order *o = NULL;

    (void)state;
    assert_int_equal(order_create(SMALL_RUN, &o), ERR_OK);
    put_shuffled(o, EVENTS, 1);
    put_shuffled(o, EVENTS, 2);
    put_shuffled(o, EVENTS, 3);
    expect_all_in_order(o, EVENTS);
    assert_int_equal(order_duplicates(o), 2 * EVENTS);
    order_destroy(o);
}

/* Two records without an id are two events, however alike. */
static void
test_records_without_id_are_kept(void **state)
{
    struct order *o = NULL;
    struct event ev;

    (void)state;
    event_init(&ev, EV_LOGON_FAILURE, 5);
    event_set(&ev, host, SV("PC-A"));
    assert_int_equal(order_create(0, &o), ERR_OK);
    assert_int_equal(order_put(o, &ev), ERR_OK);
    assert_int_equal(order_put(o, &ev), ERR_OK);
    assert_int_equal(order_next(o, &ev), ERR_OK);
    assert_int_equal(order_next(o, &ev), ERR_OK);
    assert_int_equal(order_next(o, &ev), ERR_END);
    order_destroy(o);
}

static void
test_nothing_put(void **state)
{
    struct order *o = NULL;
    struct event ev;

    (void)state;
    assert_int_equal(order_create(0, &o), ERR_OK);
    assert_int_equal(order_next(o, &ev), ERR_END);
    assert_int_equal(order_next(o, &ev), ERR_END);
    order_destroy(o);
}

static enum err
run_all(void)
{
    struct order *o = NULL;
    struct event ev;
    enum err err = order_create(SMALL_RUN, &o);

    for (uint32_t n = 0; n < 3000 && !err; n++) {
        make_event(n * 7919 % 3000, &ev);
        err = order_put(o, &ev);
    }
    while (!err) {
        err = order_next(o, &ev);
    }
    order_destroy(o);
    return err;
}

static void
test_allocation_failure(void **state)
{
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err != ERR_END; n++) {
        assert_true(n < 200);
        mem_fail_after(n);
        err = run_all();
        assert_true(err == ERR_NOMEM || err == ERR_END);
    }
    mem_fail_after(SIZE_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory),
        cmocka_unit_test(test_spilled),
        cmocka_unit_test(test_same_record_comes_once),
        cmocka_unit_test(test_records_without_id_are_kept),
        cmocka_unit_test(test_nothing_put),
        cmocka_unit_test(test_allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
