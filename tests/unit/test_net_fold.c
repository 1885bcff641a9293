/* test_net_fold - of many records about one connection the first in ten minutes is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/net_fold.h"

#define T0 (TM_UNIX_EPOCH_FT + 1000000 * TM_SEC)

static struct net_fold *
make_fold(void)
{
    struct net_fold *f = mem_alloc(sizeof(*f));

    assert_non_null(f);
    net_fold_init(f);
    return f;
}

static struct event
data_event(uint64_t time_ft, const char *src, uint16_t src_port)
{
    struct event ev;
    struct addr remote, local;

    event_init(&ev, EV_NET_DATA, time_ft);
    assert_int_equal(addr_parse(sv_from(src), &remote), ERR_OK);
    assert_int_equal(addr_parse(SV("10.0.0.5"), &local), ERR_OK);
    event_set(&ev, src, remote);
    event_set(&ev, src_port, src_port);
    event_set(&ev, dst, local);
    event_set(&ev, dst_port, 3389);
    event_set(&ev, process_id, 900);
    event_set(&ev, transport, SV("TCP"));
    return ev;
}

static void
told_once_in_ten_minutes(void **state)
{
    struct net_fold *f = make_fold();
    struct event ev = data_event(T0, "192.31.196.7", 50000);

    (void)state;
    assert_false(net_fold_event(f, &ev));
    assert_true(net_fold_event(f, &ev));
    ev.time_ft = T0 + NET_FOLD_SPAN - 1;
    assert_true(net_fold_event(f, &ev));
    ev.time_ft = T0 + NET_FOLD_SPAN;
    assert_false(net_fold_event(f, &ev));
    ev.time_ft = T0 + 1; /* buffers of another processor come later: the distance counts */
    assert_true(net_fold_event(f, &ev));
    mem_free(f);
}

static void
both_directions_are_one_connection(void **state)
{
    struct net_fold *f = make_fold();
    struct event ev = data_event(T0, "192.31.196.7", 50000);
    struct event back = ev;

    (void)state;
    event_set(&back, src, ev.dst);
    event_set(&back, src_port, ev.dst_port);
    event_set(&back, dst, ev.src);
    event_set(&back, dst_port, ev.src_port);
    assert_false(net_fold_event(f, &ev));
    assert_true(net_fold_event(f, &back));
    mem_free(f);
}

static void
what_differs_is_told(void **state)
{
    struct net_fold *f = make_fold();
    struct event ev = data_event(T0, "192.31.196.7", 50000);

    (void)state;
    assert_false(net_fold_event(f, &ev));
    ev = data_event(T0, "192.31.196.7", 50001);
    assert_false(net_fold_event(f, &ev));
    ev = data_event(T0, "192.31.196.8", 50000);
    assert_false(net_fold_event(f, &ev));
    ev = data_event(T0, "2001:db8::7", 50000);
    assert_false(net_fold_event(f, &ev));
    ev = data_event(T0, "192.31.196.7", 50000);
    event_set(&ev, transport, SV("UDP"));
    assert_false(net_fold_event(f, &ev));
    ev = data_event(T0, "192.31.196.7", 50000);
    event_set(&ev, process_id, 901);
    assert_false(net_fold_event(f, &ev));
    mem_free(f);
}

/* Whatever the ends are: no other kind is ever left out, and data without ends is no connection. */
static void
only_data_is_left_out(void **state)
{
    struct net_fold *f = make_fold();
    struct event ev = data_event(T0, "192.31.196.7", 50000);

    (void)state;
    for (int kind = EV_NONE; kind < EV_COUNT; kind++) {
        ev.kind = (enum event_kind)kind;
        assert_false(net_fold_event(f, &ev));
        assert_int_equal(net_fold_event(f, &ev), kind == EV_NET_DATA);
    }
    event_init(&ev, EV_NET_DATA, T0);
    assert_false(net_fold_event(f, &ev));
    assert_false(net_fold_event(f, &ev));
    mem_free(f);
}

/* More connections than places: each is told at least once, and never by another's record. */
static void
a_full_table_loses_none(void **state)
{
    struct net_fold *f = make_fold();
    unsigned told = 0;

    (void)state;
    for (unsigned i = 0; i < 4 * NET_FOLD_PLACES; i++) {
        struct event ev =
            data_event(T0, i % 2 == 0 ? "192.31.196.7" : "2001:db8::7", (uint16_t)(1 + i / 2));
        told += !net_fold_event(f, &ev);
    }
    assert_int_equal(told, 4 * NET_FOLD_PLACES);
    mem_free(f);
}

/* A table of this size keeps most of a busy computer's connections apart. */
static void
neighbours_spread(void **state)
{
    struct net_fold *f = make_fold();
    unsigned folded = 0;

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < NET_FOLD_PLACES / 8; i++) {
            struct event ev = data_event(T0, "192.31.196.7", (uint16_t)(49152 + i));
            folded += net_fold_event(f, &ev);
        }
    }
    assert_true(folded > NET_FOLD_PLACES / 8 * 8 / 10);
    mem_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_once_in_ten_minutes),
        cmocka_unit_test(both_directions_are_one_connection),
        cmocka_unit_test(what_differs_is_told),
        cmocka_unit_test(only_data_is_left_out),
        cmocka_unit_test(a_full_table_loses_none),
        cmocka_unit_test(neighbours_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
