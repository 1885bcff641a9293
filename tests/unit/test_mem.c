/* mem: sizes that overflow, the failure switch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/mem.h"

static int
never_fail(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    return 0;
}

static void
test_zeroed(void **state)
{
    static const char zeros[24];
    char *p = mem_array(6, 4);
    char *q = mem_zalloc(24);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    assert_memory_equal(p, zeros, 24);
    assert_memory_equal(q, zeros, 24);
    mem_free(p);
    mem_free(q);
    mem_free(NULL);
}

static void
test_nothing_asked_is_no_failure(void **state)
{
    void *blocks[4] = {mem_alloc(0), mem_zalloc(0), mem_array(0, 8), mem_realloc(NULL, 0, 8)};

    (void)state;
    for (size_t i = 0; i < COUNT(blocks); i++) {
        assert_non_null(blocks[i]);
        mem_free(blocks[i]);
    }
}

static void
test_overflow(void **state)
{
    char *p = mem_strndup("kept", 4);

    (void)state;
    assert_non_null(p);
    assert_null(mem_array(SIZE_MAX / 8 + 1, 8));
    assert_null(mem_array(8, SIZE_MAX / 8 + 1));
    assert_null(mem_realloc(p, SIZE_MAX / 8 + 1, 8));
    assert_null(mem_strndup(p, SIZE_MAX));
    assert_string_equal(p, "kept");
    mem_free(p);
}

static void
test_strndup(void **state)
{
    char *p = mem_strndup("a\0bcd", 3);
    char *empty = mem_strndup(NULL, 0);

    (void)state;
    assert_memory_equal(p, "a\0b", 4);
    assert_string_equal(empty, "");
    mem_free(p);
    mem_free(empty);
}

static void
test_switch(void **state)
{
    void *a;
    void *b;

    (void)state;
    mem_fail_after(2);
    a = mem_alloc(1);
    b = mem_zalloc(1);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(mem_alloc(1));
    assert_null(mem_zalloc(1));
    assert_null(mem_array(1, 1));
    assert_null(mem_strndup("x", 1));
    assert_null(mem_realloc(a, 2, 1)); /* the old block stays ours */
    assert_int_equal(mem_asked(), 7);
    mem_free(a);
    mem_free(b);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(mem_asked(), 0);
    a = mem_alloc(1);
    assert_non_null(a);
    mem_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_nothing_asked_is_no_failure),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_strndup),
        cmocka_unit_test_teardown(test_switch, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
