/* test_tally - records counted by (provider, id, version), sorted and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "engine/tally.h"

static void
rows_free(struct replay_record_count *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(rows[i].provider);
    }
    mem_free(rows);
}

static void
expect_row(const struct replay_record_count *row, const char *provider, uint32_t id,
           uint32_t version, uint64_t count)
{
    assert_string_equal(row->provider, provider);
    assert_int_equal(row->event_id, id);
    assert_int_equal(row->version, version);
    assert_int_equal(row->count, count);
}

static void
rows_are_exact_and_sorted(void **state)
{
    struct tally *t = NULL;
    struct replay_record_count *rows = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(tally_create(&t), ERR_OK);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(tally_add(t, SV("Zebra"), 1, 0), ERR_OK);
        assert_int_equal(tally_add(t, SV("Auditing"), 4625, i % 4 == 0), ERR_OK);
        assert_int_equal(tally_add(t, SV("Auditing"), 12, 0), ERR_OK);
    }
    assert_int_equal(tally_rows(t, &rows, &count), ERR_OK);
    assert_int_equal(count, 4);
    expect_row(&rows[0], "Auditing", 12, 0, 1000);
    expect_row(&rows[1], "Auditing", 4625, 0, 750);
    expect_row(&rows[2], "Auditing", 4625, 1, 250);
    expect_row(&rows[3], "Zebra", 1, 0, 1000);
    rows_free(rows, count);
    tally_destroy(t);
}

static void
nothing_counted_is_no_row(void **state)
{
    struct tally *t = NULL;
    struct replay_record_count *rows = NULL;
    size_t count = 1;

    (void)state;
    assert_int_equal(tally_create(&t), ERR_OK);
    assert_int_equal(tally_rows(t, &rows, &count), ERR_OK);
    assert_int_equal(count, 0);
    rows_free(rows, count);
    tally_destroy(t);
    tally_destroy(NULL);
}

static void
too_many_kinds_are_counted_by_a_metric(void **state)
{
    struct tally *t = NULL;
    struct replay_record_count *rows = NULL;
    size_t count = 0;

    (void)state;
    metric_reset_all();
    assert_int_equal(tally_create(&t), ERR_OK);
    for (uint32_t id = 0; id < TALLY_MAX + 7; id++) {
        assert_int_equal(tally_add(t, SV("P"), id, 0), ERR_OK);
    }
    assert_int_equal(tally_add(t, SV("P"), TALLY_MAX - 1, 0), ERR_OK);
    assert_int_equal(tally_rows(t, &rows, &count), ERR_OK);
    assert_int_equal(count, TALLY_MAX);
    expect_row(&rows[TALLY_MAX - 1], "P", TALLY_MAX - 1, 0, 2);
    assert_int_equal(metric_get(METRIC_RECORD_KINDS_FULL), 7);
    rows_free(rows, count);
    tally_destroy(t);
}

MUST_CHECK static enum err
count_two(struct replay_record_count **rows, size_t *count)
{
    struct tally *t = NULL;
    enum err err = tally_create(&t);

    if (!err) {
        err = tally_add(t, SV("A"), 1, 0);
    }
    if (!err) {
        err = tally_add(t, SV("B"), 2, 0);
    }
    if (!err) {
        err = tally_rows(t, rows, count);
    }
    tally_destroy(t);
    return err;
}

static void
every_allocation_may_fail(void **state)
{
    struct replay_record_count *rows = NULL;
    size_t count = 0;
    enum err err = ERR_NOMEM;
    size_t n = 0;

    (void)state;
    while (err == ERR_NOMEM) {
        mem_fail_after(n++);
        err = count_two(&rows, &count);
        mem_fail_after(SIZE_MAX);
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(count, 2);
    assert_true(n > 3);
    rows_free(rows, count);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_exact_and_sorted),
        cmocka_unit_test(nothing_counted_is_no_row),
        cmocka_unit_test(too_many_kinds_are_counted_by_a_metric),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
