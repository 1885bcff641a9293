/* test_spans - what was observed is the same however a log was split into files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "engine/spans.h"

#define TOLD_MAX 16

struct told {
    size_t count;
    struct coverage span[TOLD_MAX];
};

static enum err
on_span(void *ctx, const struct coverage *c)
{
    struct told *t = ctx;

    assert_true(t->count < TOLD_MAX);
    t->span[t->count++] = *c;
    return ERR_OK;
}

static enum err
count_span(void *ctx, const struct coverage *c)
{
    *(uint64_t *)ctx += c->records;
    return ERR_OK;
}

static void
records(struct spans *s, struct sv host, uint64_t first_id, uint64_t last_id)
{
    for (uint64_t id = first_id; id <= last_id; id++) {
        assert_int_equal(spans_record(s, host, SV("Security"), 1000 + id * 10, id), ERR_OK);
    }
}

static void
test_one_file(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    records(s, SV("PC-A"), 5, 20);
    records(s, SV("PC-B"), 1, 3);
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 2);
    assert_true(sv_eq(t.span[0].host, SV("PC-A")));
    assert_int_equal(t.span[0].from_ft, 1050);
    assert_int_equal(t.span[0].to_ft, 1200);
    assert_int_equal(t.span[0].records, 16);
    assert_int_equal(t.span[0].state, COVERAGE_OBSERVED);
    assert_int_equal(t.span[1].records, 3);
    spans_destroy(s);
}

/* Files in any order; neighbours join, overlaps join without counting twice. */
static void
test_split_log_is_one(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    records(s, SV("PC-A"), 21, 30);
    spans_next_file(s);
    records(s, SV("PC-A"), 1, 10);
    spans_next_file(s);
    records(s, SV("PC-A"), 8, 20);
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.span[0].from_ft, 1010);
    assert_int_equal(t.span[0].to_ft, 1300);
    assert_int_equal(t.span[0].records, 30);
    assert_int_equal(t.span[0].first_id, 1);
    assert_int_equal(t.span[0].last_id, 30);
    spans_destroy(s);
}

static void
test_hole_is_told(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    records(s, SV("PC-A"), 1, 10);
    spans_next_file(s);
    records(s, SV("PC-A"), 31, 40);
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.span[1].state, COVERAGE_LOST);
    assert_int_equal(t.span[1].from_ft, 1100);
    assert_int_equal(t.span[1].to_ft, 1310);
    assert_int_equal(t.span[1].records, 20);
    spans_destroy(s);
}

/* Ids that start again mean a cleared log: two spans, nothing known to be lost. */
static void
test_cleared_log(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    records(s, SV("PC-A"), 500, 510);
    spans_next_file(s);
    assert_int_equal(spans_record(s, SV("PC-A"), SV("Security"), 90000, 1), ERR_OK);
    assert_int_equal(spans_record(s, SV("PC-A"), SV("Security"), 90010, 2), ERR_OK);
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.span[0].state, COVERAGE_OBSERVED);
    assert_int_equal(t.span[1].state, COVERAGE_OBSERVED);
    spans_destroy(s);
}

/* Chunks of a log that were overwritten out of turn: what stands between them was not seen. */
static void
test_holes_within_one_file(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    records(s, SV("PC-A"), 1001, 1130);
    records(s, SV("PC-A"), 1, 130);
    records(s, SV("PC-A"), 131, 260);
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.span[0].records, 260);
    assert_int_equal(t.span[1].state, COVERAGE_LOST);
    assert_int_equal(t.span[1].records, 740);
    assert_int_equal(t.span[2].from_ft, 11010);
    spans_destroy(s);
}

/* An export of every tenth record says nothing of the others, however many there are. */
static void
test_selection_claims_no_loss(void **state)
{
    static const uint64_t counts[] = {2, 20, 3000};

    (void)state;
    for (size_t n = 0; n < COUNT(counts); n++) {
        struct told t = {0};
        struct spans *s = NULL;

        assert_int_equal(spans_create(&s), ERR_OK);
        spans_next_file(s);
        for (uint64_t i = 1; i <= counts[n]; i++) {
            assert_int_equal(spans_record(s, SV("PC-A"), SV("Security"), i * 100, i * 10), ERR_OK);
        }
        assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
        assert_int_equal(t.count, 1);
        assert_int_equal(t.span[0].state, COVERAGE_OBSERVED);
        assert_int_equal(t.span[0].records, counts[n]);
        assert_int_equal(t.span[0].from_ft, 100);
        assert_int_equal(t.span[0].to_ft, counts[n] * 100);
        spans_destroy(s);
    }
}

/* The same sparse log in two files is no more records than it is once. */
static void
test_same_log_twice(void **state)
{
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    for (unsigned file = 0; file < 2; file++) {
        spans_next_file(s);
        for (uint64_t i = 1; i <= 1000; i++) {
            assert_int_equal(spans_record(s, SV("PC-A"), SV("Security"), i * 100, i * 10), ERR_OK);
        }
    }
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.span[0].records, 1000);
    spans_destroy(s);
}

/* A file that names more computers than can be remembered: the first are told, the rest counted. */
/* Records of traces have no ids: what lies within another interval was read twice. */
static void
test_same_trace_twice(void **state)
{
    static const uint64_t spans[][3] = {{100, 200, 9}, {100, 200, 9}, {150, 180, 4}, {190, 300, 5}};
    struct told t = {0};
    struct spans *s = NULL;

    (void)state;
    assert_int_equal(spans_create(&s), ERR_OK);
    for (size_t i = 0; i < COUNT(spans); i++) {
        struct coverage c = {.host = SV("PC-A"),
                             .source = SV("session"),
                             .from_ft = spans[i][0],
                             .to_ft = spans[i][1],
                             .records = spans[i][2]};

        spans_next_file(s);
        assert_int_equal(spans_add(s, &c), ERR_OK);
    }
    assert_int_equal(spans_each(s, on_span, &t), ERR_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.span[0].from_ft, 100);
    assert_int_equal(t.span[0].to_ft, 300);
    assert_int_equal(t.span[0].records, 14);
    spans_destroy(s);
}

static void
test_too_many_logs(void **state)
{
    struct spans *s = NULL;
    uint64_t told = 0;

    (void)state;
    metric_reset_all();
    assert_int_equal(spans_create(&s), ERR_OK);
    spans_next_file(s);
    for (unsigned i = 0; i < 40000; i++) {
        char host[16];

        assert_true(snprintf(host, sizeof(host), "PC-%u", i) > 0);
        assert_int_equal(spans_record(s, sv_from(host), SV("Security"), 1000 + i, 1), ERR_OK);
    }
    assert_int_equal(spans_each(s, count_span, &told), ERR_OK);
    assert_int_equal(told + metric_get(METRIC_SPANS_FULL), 40000);
    assert_true(told >= 10000);
    spans_destroy(s);
    metric_reset_all();
}

static enum err
run_all(void)
{
    struct spans *s = NULL;
    enum err err = spans_create(&s);

    for (uint64_t i = 1; i < 200 && !err; i++) {
        char host[2] = {(char)('A' + i % 26), '\0'};
        if (i % 40 == 1) {
            spans_next_file(s);
        }
        err = spans_record(s, sv_from(host), SV("System"), i, 0);
    }
    spans_destroy(s);
    return err;
}

static void
test_allocation_failure(void **state)
{
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err != ERR_OK; n++) {
        assert_true(n < 200);
        mem_fail_after(n);
        err = run_all();
        assert_true(err == ERR_NOMEM || err == ERR_OK);
    }
    mem_fail_after(SIZE_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_split_log_is_one),
        cmocka_unit_test(test_hole_is_told),
        cmocka_unit_test(test_holes_within_one_file),
        cmocka_unit_test(test_selection_claims_no_loss),
        cmocka_unit_test(test_same_log_twice),
        cmocka_unit_test(test_same_trace_twice),
        cmocka_unit_test(test_too_many_logs),
        cmocka_unit_test(test_cleared_log),
        cmocka_unit_test(test_allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
