/* intern: ids in the order of first sight, the bound, views that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/intern.h"
#include "core/mem.h"

#define MANY 5000

static int
never_fail(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    return 0;
}

static struct sv
name_of(unsigned i, char out[32])
{
    return (struct sv){out, (size_t)snprintf(out, 32, "account-%u", i * 2654435761u)};
}

static void
test_ids(void **state)
{
    struct intern *t;
    uint32_t id = 0;

    (void)state;
    assert_int_equal(intern_create(10, &t), ERR_OK);
    assert_int_equal(intern_find(t, SV("PC-A")), INTERN_OVERFLOW);
    assert_int_equal(intern_id(t, SV("PC-A"), &id), ERR_OK);
    assert_int_equal(id, 1);
    assert_int_equal(intern_id(t, SV(""), &id), ERR_OK);
    assert_int_equal(id, 2);
    assert_int_equal(intern_id(t, (struct sv){NULL, 0}, &id), ERR_OK);
    assert_int_equal(id, 2);
    assert_int_equal(intern_id(t, SV("pc-a"), &id), ERR_OK); /* bytes, not letters */
    assert_int_equal(id, 3);
    assert_int_equal(intern_id(t, SV("PC-A\0x"), &id), ERR_OK);
    assert_int_equal(id, 4);
    assert_int_equal(intern_id(t, SV("PC-A"), &id), ERR_OK);
    assert_int_equal(id, 1);
    assert_int_equal(intern_find(t, SV("pc-a")), 3);
    assert_int_equal(intern_find(t, SV("pc-b")), INTERN_OVERFLOW);
    assert_int_equal(intern_count(t), 4);
    assert_true(sv_eq(intern_text(t, 1), SV("PC-A")));
    assert_int_equal(intern_text(t, 4).len, 6);
    assert_null(intern_text(t, 0).p);
    assert_null(intern_text(t, 5).p);
    intern_destroy(t);
    intern_destroy(NULL);
}

static void
test_full(void **state)
{
    struct intern *t;
    uint32_t id = 99;

    (void)state;
    assert_int_equal(intern_create(2, &t), ERR_OK);
    assert_int_equal(intern_id(t, SV("a"), &id), ERR_OK);
    assert_int_equal(intern_id(t, SV("b"), &id), ERR_OK);
    assert_int_equal(intern_overflows(t), 0);
    assert_int_equal(intern_id(t, SV("c"), &id), ERR_OK);
    assert_int_equal(id, INTERN_OVERFLOW);
    assert_int_equal(intern_id(t, SV("c"), &id), ERR_OK);
    assert_int_equal(intern_overflows(t), 2);
    assert_int_equal(intern_count(t), 2);
    assert_int_equal(intern_id(t, SV("b"), &id), ERR_OK);
    assert_int_equal(id, 2);
    intern_destroy(t);

    assert_int_equal(intern_create(0, &t), ERR_OK);
    assert_int_equal(intern_id(t, SV("a"), &id), ERR_OK);
    assert_int_equal(id, INTERN_OVERFLOW);
    intern_destroy(t);
}

static void
test_many_and_views_stay(void **state)
{
    struct intern *t;
    struct sv first;
    uint32_t id;
    char name[32];

    (void)state;
    assert_int_equal(intern_create(MANY, &t), ERR_OK);
    assert_int_equal(intern_id(t, name_of(0, name), &id), ERR_OK);
    first = intern_text(t, 1);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(intern_id(t, name_of(i, name), &id), ERR_OK);
        assert_int_equal(id, i + 1);
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct sv want = name_of(i, name);

        assert_int_equal(intern_find(t, want), i + 1);
        assert_true(sv_eq(intern_text(t, i + 1), want));
    }
    assert_ptr_equal(first.p, intern_text(t, 1).p);
    intern_destroy(t);
}

static void
test_long_text(void **state)
{
    static char text[50000];
    struct intern *t;
    uint32_t id;

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(intern_create(4, &t), ERR_OK);
    assert_int_equal(intern_id(t, SV("short"), &id), ERR_OK);
    assert_int_equal(intern_id(t, (struct sv){text, sizeof(text)}, &id), ERR_OK);
    assert_int_equal(intern_text(t, id).len, sizeof(text));
    assert_memory_equal(intern_text(t, id).p, text, sizeof(text));
    assert_true(sv_eq(intern_text(t, 1), SV("short")));
    intern_destroy(t);
}

/* A failure leaves the table as it was: the same text gets the id that comes next. */
static void
test_each_allocation_fails(void **state)
{
    struct intern *t = (void *)&t;
    size_t failures = 0;
    uint32_t id;
    char name[32];

    (void)state;
    mem_fail_after(0);
    assert_int_equal(intern_create(MANY, &t), ERR_NOMEM);
    assert_null(t);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(intern_create(MANY, &t), ERR_OK);
    for (unsigned i = 0; i < MANY; i++) {
        enum err err = ERR_NOMEM;

        for (size_t n = 0; err != ERR_OK; n++) {
            assert_true(n <= 3);
            mem_fail_after(n);
            id = 99;
            err = intern_id(t, name_of(i, name), &id);
            mem_fail_after(SIZE_MAX);
            assert_int_equal(id, err ? 99 : i + 1);
            assert_int_equal(intern_count(t), err ? i : i + 1);
            failures += err != ERR_OK;
        }
    }
    assert_true(failures > 16); /* eight growths of two blocks each, and the texts */
    intern_destroy(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_many_and_views_stay),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test_teardown(test_each_allocation_fails, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
