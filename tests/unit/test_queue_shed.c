/* test_queue_shed - logon failures that found no room: rows, their bounds, exact sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/mem.h"
#include "engine/queue_shed.h"

static void
make_failure(const char *account, uint64_t time_ft, struct event *ev)
{
    event_init(ev, EV_LOGON_FAILURE, time_ft);
    event_set(ev, host, SV("PC-A"));
    event_set(ev, event_id, 4625);
    event_set(ev, account, sv_from(account));
    event_set(ev, domain, SV("ACME"));
    event_set(ev, logon_type, 3);
    event_set(ev, sub_status, 0xC000006A);
    event_set(ev, src, ((struct addr){.family = ADDR_V4, .bytes = {203, 0, 113, 7}}));
    event_set(ev, src_port, (uint16_t)(49152 + time_ft)); /* these two make no row */
    event_set(ev, record_id, time_ft);
}

static void
failures_are_known(void **state)
{
    struct event ev;

    (void)state;
    for (unsigned kind = EV_NONE; kind < EV_COUNT; kind++) {
        bool failure =
            kind == EV_LOGON_FAILURE || kind == EV_RDP_AUTH_FAILURE || kind == EV_SMB_AUTH_FAILURE;

        event_init(&ev, (enum event_kind)kind, 1);
        assert_int_equal(queue_shed_is_failure(&ev), failure);
        assert_int_equal(queue_shed_kind(ev.kind), failure || kind == EV_CREDENTIAL_CHECK);
    }
    event_init(&ev, EV_CREDENTIAL_CHECK, 1);
    event_set(&ev, status, 0);
    assert_false(queue_shed_is_failure(&ev));
    event_set(&ev, sub_status, 0);
    assert_false(queue_shed_is_failure(&ev));
    event_set(&ev, sub_status, 0xC0000064);
    assert_true(queue_shed_is_failure(&ev));
    event_init(&ev, EV_CREDENTIAL_CHECK, 1);
    event_set(&ev, status, 0x18);
    assert_true(queue_shed_is_failure(&ev));
}

static void
alike_are_one_row(void **state)
{
    struct queue_shed *s = mem_zalloc(sizeof(*s));
    struct queue_shed_sum sum;
    struct event ev;
    size_t at = 0;

    (void)state;
    assert_non_null(s);
    assert_true(queue_shed_is_empty(s));
    assert_false(queue_shed_next(s, &at, &ev, &sum));
    for (uint64_t i = 0; i < 10; i++) {
        make_failure(i % 3 == 0 ? "kumi" : "admin", 50 - i, &ev);
        queue_shed_add(s, &ev);
    }
    assert_false(queue_shed_is_empty(s));
    at = 0;
    assert_true(queue_shed_next(s, &at, &ev, &sum));
    assert_int_equal(sum.count, 4);
    assert_int_equal(sum.first_ft, 41);
    assert_int_equal(sum.last_ft, 50);
    assert_int_equal(ev.kind, EV_LOGON_FAILURE);
    assert_int_equal(ev.time_ft, 41);
    assert_true(sv_eq(ev.host, SV("PC-A")));
    assert_true(sv_eq(ev.account, SV("kumi")));
    assert_true(sv_eq(ev.domain, SV("ACME")));
    assert_int_equal(ev.event_id, 4625);
    assert_int_equal(ev.logon_type, 3);
    assert_int_equal(ev.sub_status, 0xC000006A);
    assert_int_equal(ev.src.bytes[3], 7);
    assert_false(event_has(&ev, src_port));
    assert_false(event_has(&ev, record_id));
    assert_true(queue_shed_next(s, &at, &ev, &sum));
    assert_int_equal(sum.count, 6);
    assert_int_equal(sum.first_ft, 42);
    assert_int_equal(sum.last_ft, 49);
    assert_true(sv_eq(ev.account, SV("admin")));
    assert_false(queue_shed_next(s, &at, &ev, &sum));
    queue_shed_clear(s);
    assert_true(queue_shed_is_empty(s));
    mem_free(s);
}

/* Whatever tells two failures apart for a detector makes two rows of them. */
static void
unlike_are_rows_of_their_own(void **state)
{
    struct queue_shed *s = mem_zalloc(sizeof(*s));
    struct event ev;

    (void)state;
    assert_non_null(s);
    make_failure("kumi", 1, &ev);
    queue_shed_add(s, &ev);
    event_set(&ev, host, SV("PC-B"));
    queue_shed_add(s, &ev);
    event_set(&ev, domain, SV(""));
    queue_shed_add(s, &ev);
    event_set(&ev, src, ((struct addr){.family = ADDR_V4, .bytes = {203, 0, 113, 8}}));
    queue_shed_add(s, &ev);
    event_set(&ev, logon_type, 10);
    queue_shed_add(s, &ev);
    event_set(&ev, status, 0xC000006D);
    queue_shed_add(s, &ev);
    event_set(&ev, sub_status, 0xC0000234);
    queue_shed_add(s, &ev);
    ev.kind = EV_SMB_AUTH_FAILURE;
    queue_shed_add(s, &ev);
    assert_int_equal(s->row_count, 8);
    queue_shed_add(s, &ev);
    assert_int_equal(s->row_count, 8);
    assert_int_equal(s->row[7].sum.count, 2);
    mem_free(s);
}

static void
beyond_the_rows_kinds_are_counted(void **state)
{
    struct queue_shed *s = mem_zalloc(sizeof(*s));
    char account[2 * QUEUE_SHED_KEY_MAX] = {0};
    struct queue_shed_sum sum;
    struct event ev;
    size_t at = 0;

    (void)state;
    assert_non_null(s);
    memset(account, 'x', sizeof(account) - 1); /* too long for a row */
    make_failure(account, 7, &ev);
    queue_shed_add(s, &ev);
    assert_int_equal(s->row_count, 0);
    assert_false(queue_shed_is_empty(s));
    for (uint64_t i = 0; i < 3 * QUEUE_SHED_ROWS; i++) { /* each account three times */
        (void)snprintf(account, sizeof(account), "u%u", (unsigned)i % (QUEUE_SHED_ROWS + 1));
        make_failure(account, 100 + i, &ev);
        queue_shed_add(s, &ev);
    }
    event_init(&ev, EV_RDP_AUTH_FAILURE, 9);
    queue_shed_add(s, &ev);
    for (size_t i = 0; i < QUEUE_SHED_ROWS; i++) {
        assert_true(queue_shed_next(s, &at, &ev, &sum));
        assert_true(event_has(&ev, account));
        assert_int_equal(sum.count, i < QUEUE_SHED_ROWS - 2 ? 3 : 2);
        assert_int_equal(sum.first_ft, 100 + i);
    }
    assert_true(queue_shed_next(s, &at, &ev, &sum)); /* the long one, and u256 twice */
    assert_int_equal(ev.kind, EV_LOGON_FAILURE);
    assert_int_equal(ev.has, 0);
    assert_int_equal(sum.count, 3);
    assert_int_equal(sum.first_ft, 7);
    assert_int_equal(sum.last_ft, 100 + 2 * QUEUE_SHED_ROWS + 1);
    assert_true(queue_shed_next(s, &at, &ev, &sum));
    assert_int_equal(ev.kind, EV_RDP_AUTH_FAILURE);
    assert_int_equal(sum.count, 1);
    assert_false(queue_shed_next(s, &at, &ev, &sum));
    mem_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_known),
        cmocka_unit_test(alike_are_one_row),
        cmocka_unit_test(unlike_are_rows_of_their_own),
        cmocka_unit_test(beyond_the_rows_kinds_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
