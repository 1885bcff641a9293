/* buf: growth, the cap, sticky errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

static int
never_fail(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    return 0;
}

static void
test_append(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_string_equal(buf_str(&b), "");
    buf_puts(&b, "ab");
    buf_putc(&b, 'c');
    buf_put_sv(&b, SV("de"));
    buf_put_sv(&b, (struct sv){NULL, 0});
    buf_put_u64(&b, 0);
    buf_put_u64(&b, UINT64_MAX);
    buf_printf(&b, "[%s %" PRIu64 "]", "x", (uint64_t)7);
    assert_string_equal(buf_str(&b), "abcde018446744073709551615[x 7]");
    assert_int_equal(buf_sv(&b).len, 31);
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_clear(&b);
    assert_string_equal(buf_str(&b), "");
    buf_fini(&b);
}

static void
test_growth_keeps_bytes(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    for (unsigned i = 0; i < 5000; i++) {
        buf_putc(&b, (char)('a' + i % 26));
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_int_equal(b.len, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(b.data[i], 'a' + (int)(i % 26));
    }
    buf_fini(&b);
}

static void
test_cap_is_exact_and_sticky(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 300);
    for (unsigned i = 0; i < 300; i++) {
        buf_putc(&b, 'x');
    }
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_putc(&b, 'y');
    assert_int_equal(buf_err(&b), ERR_FULL);
    assert_int_equal(b.len, 300);
    buf_clear(&b);
    buf_puts(&b, "again");
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_put(&b, "x", SIZE_MAX);
    assert_int_equal(buf_err(&b), ERR_FULL);
    buf_puts(&b, "more"); /* room, but the error stays */
    buf_printf(&b, "%d", 1);
    assert_string_equal(buf_str(&b), "again");
    buf_fini(&b);
    buf_putc(&b, 'z'); /* a finished buffer holds nothing */
    assert_int_equal(buf_err(&b), ERR_FULL);
}

static void
test_printf_across_the_cap(void **state)
{
    struct buf b;
    char text[201];

    (void)state;
    memset(text, 'q', 200);
    text[200] = '\0';
    buf_init(&b, 200);
    buf_printf(&b, "%s", text);
    assert_int_equal(buf_err(&b), ERR_OK);
    assert_string_equal(buf_str(&b), text);
    buf_printf(&b, "%c", 'x');
    assert_int_equal(buf_err(&b), ERR_FULL);
    assert_string_equal(buf_str(&b), text);
    buf_fini(&b);
}

static void
test_each_allocation_fails(void **state)
{
    char chunk[100];

    (void)state;
    memset(chunk, 'x', sizeof(chunk));
    for (size_t n = 0;; n++) {
        struct buf b;

        buf_init(&b, 100000);
        mem_fail_after(n);
        for (unsigned i = 0; i < 50; i++) {
            buf_put(&b, chunk, sizeof(chunk));
        }
        mem_fail_after(SIZE_MAX);
        if (buf_err(&b) == ERR_OK) {
            assert_int_equal(b.len, 5000);
            assert_int_equal(n, 7); /* 128, 256 ... 8192 */
            buf_fini(&b);
            break;
        }
        assert_int_equal(buf_err(&b), ERR_NOMEM);
        assert_int_equal(strlen(buf_str(&b)), b.len);
        buf_fini(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_growth_keeps_bytes),
        cmocka_unit_test(test_cap_is_exact_and_sticky),
        cmocka_unit_test(test_printf_across_the_cap),
        cmocka_unit_test_teardown(test_each_allocation_fails, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
