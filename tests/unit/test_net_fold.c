/* test_net_fold - of many records about one connection the first in ten minutes is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/net_fold.h"
#include "etw/catalog.h"

#define T0 (TM_UNIX_EPOCH_FT + 1000000 * TM_SEC)
#define PAYLOAD_LEN 52u

static const struct etw_guid kernel_network =
    ETW_GUID(0x7dd42a49, 0x5329, 0x4832, 0x8dfd, 0x43d979153a88);
static const struct etw_guid tcp_class =
    ETW_GUID(0x9a280ac0, 0xc8e0, 0x11d1, 0x84e2, 0x00c04fb998a2);
static const struct etw_guid udp_class =
    ETW_GUID(0xbf3a50c5, 0xa9c9, 0x4988, 0xa005, 0x2df0b7c80f80);

struct sample {
    uint8_t payload[PAYLOAD_LEN];
    struct etw_record rec;
};

static struct net_fold *
make_fold(void)
{
    struct net_fold *f = mem_alloc(sizeof(*f));

    assert_non_null(f);
    net_fold_init(f);
    return f;
}

/* PID, size, daddr, saddr, dport, sport ... */
static void
make_sample(struct sample *s, uint16_t id, uint8_t peer, uint16_t port)
{
    *s = (struct sample){{0}, {.provider = kernel_network, .id = id, .time_ft = T0}};
    s->payload[0] = 9;
    s->payload[8] = peer;
    s->payload[16] = (uint8_t)(port >> 8);
    s->payload[17] = (uint8_t)port;
    s->rec.payload = s->payload;
    s->rec.payload_len = id < 26 || id == 42 || id == 43 ? 28 : 52;
}

static bool
fold(struct net_fold *f, struct sample *s, uint64_t time_ft)
{
    s->rec.payload = s->payload;
    s->rec.time_ft = time_ft;
    return net_fold_record(f, &s->rec);
}

static void
told_once_in_ten_minutes(void **state)
{
    struct net_fold *f = make_fold();
    struct sample s;

    (void)state;
    make_sample(&s, 11, 7, 50000);
    assert_false(fold(f, &s, T0));
    assert_true(fold(f, &s, T0));
    assert_true(fold(f, &s, T0 + NET_FOLD_SPAN - 1));
    assert_false(fold(f, &s, T0 + NET_FOLD_SPAN));
    assert_true(fold(f, &s, T0 + 1)); /* buffers of another processor come later */
    mem_free(f);
}

static void
all_data_of_a_connection_is_one(void **state)
{
    static const uint16_t ids[][5] = {{10, 11, 14, 16, 18}, {26, 27, 30, 32, 34}};
    struct sample s;

    (void)state;
    for (size_t n = 0; n < COUNT(ids); n++) {
        struct net_fold *f = make_fold();

        for (size_t i = 0; i < COUNT(ids[n]); i++) {
            make_sample(&s, ids[n][i], 7, 50000);
            assert_int_equal(fold(f, &s, T0), i > 0);
        }
        mem_free(f);
    }
}

static void
what_differs_is_told(void **state)
{
    struct net_fold *f = make_fold();
    struct sample s;

    (void)state;
    make_sample(&s, 11, 7, 50000);
    assert_false(fold(f, &s, T0));
    make_sample(&s, 11, 7, 50001);
    assert_false(fold(f, &s, T0));
    make_sample(&s, 11, 8, 50000);
    assert_false(fold(f, &s, T0));
    make_sample(&s, 43, 7, 50000); /* UDP */
    assert_false(fold(f, &s, T0));
    make_sample(&s, 27, 7, 50000); /* IPv6 with the same bytes and more */
    s.payload[40] = 1;
    assert_false(fold(f, &s, T0));
    make_sample(&s, 11, 7, 50000);
    s.payload[0] = 10; /* another process */
    assert_false(fold(f, &s, T0));
    mem_free(f);
}

/* Every other id, other versions, cut payloads and records without a time are left alone. */
static void
only_data_is_left_out(void **state)
{
    static const bool data[64] = {
        [10] = 1, [11] = 1, [14] = 1, [16] = 1, [18] = 1, [26] = 1, [27] = 1,
        [30] = 1, [32] = 1, [34] = 1, [42] = 1, [43] = 1, [58] = 1, [59] = 1};
    struct net_fold *f = make_fold();
    struct sample s;

    (void)state;
    for (unsigned id = 0; id < 70; id++) {
        make_sample(&s, (uint16_t)id, (uint8_t)id, 50000);
        s.rec.payload_len = PAYLOAD_LEN;
        assert_false(fold(f, &s, T0));
        assert_int_equal(fold(f, &s, T0), id < 64 && data[id]);
        s.rec.version = 1;
        assert_false(fold(f, &s, T0));
        s.rec.version = 0;
        assert_false(fold(f, &s, 0));
        s.rec.payload_len = 27;
        assert_false(fold(f, &s, T0));
        s.rec.payload_len = 51;
        assert_int_equal(fold(f, &s, T0), id < 26 ? data[id] : id == 42 || id == 43);
        s.rec.provider.bytes[15] ^= 1;
        assert_false(fold(f, &s, T0));
    }
    mem_free(f);
}

static void
classic_data_is_folded_too(void **state)
{
    struct net_fold *f = make_fold();
    struct sample s;

    (void)state;
    make_sample(&s, 11, 7, 50000);
    s.rec.provider = tcp_class;
    assert_false(fold(f, &s, T0));
    assert_false(fold(f, &s, T0)); /* version 0 has another layout */
    s.rec.version = 2;
    assert_false(fold(f, &s, T0));
    assert_true(fold(f, &s, T0));
    s.rec.provider = udp_class;
    assert_false(fold(f, &s, T0));
    assert_true(fold(f, &s, T0));
    mem_free(f);
}

/* More connections than places: each is told at least once, and never by another's record. */
static void
a_full_table_loses_none(void **state)
{
    struct net_fold *f = make_fold();
    struct sample s;
    unsigned told = 0;

    (void)state;
    for (unsigned i = 0; i < 4 * NET_FOLD_PLACES; i++) {
        make_sample(&s, 11, (uint8_t)(i >> 12), (uint16_t)i);
        told += !fold(f, &s, T0);
    }
    assert_int_equal(told, 4 * NET_FOLD_PLACES);
    mem_free(f);
}

/* A table of this size keeps most of a busy computer's connections apart. */
static void
neighbours_spread(void **state)
{
    enum { FLOWS = NET_FOLD_PLACES / 8 };
    struct net_fold *f = make_fold();
    struct sample s;
    unsigned folded = 0;

    (void)state;
    for (unsigned i = 0; i < 2 * FLOWS; i++) {
        make_sample(&s, 11, 7, (uint16_t)(49152 + i % FLOWS));
        folded += fold(f, &s, T0);
    }
    assert_true(folded > FLOWS * 8 / 10);
    mem_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_once_in_ten_minutes),
        cmocka_unit_test(all_data_of_a_connection_is_one),
        cmocka_unit_test(what_differs_is_told),
        cmocka_unit_test(only_data_is_left_out),
        cmocka_unit_test(classic_data_is_folded_too),
        cmocka_unit_test(a_full_table_loses_none),
        cmocka_unit_test(neighbours_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
