/* evtlog_api - where there is no Event Log (Linux, Wine) asking for it is safe and says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evtlog/evtlog_api.h"

static void
test_asking_is_safe(void **state)
{
    const struct evtlog_api *api = evtlog_api_system();

    (void)state;
    assert_ptr_equal(evtlog_api_system(), api);
    if (api == NULL) {
        print_message("no Event Log here\n");
        return;
    }
    assert_non_null(api->subscribe); /* a real Windows */
    assert_non_null(api->signal_close);
}

static void
test_a_variant_has_the_layout_of_windows(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct evtlog_variant), 16);
    assert_int_equal(offsetof(struct evtlog_variant, count), 8);
    assert_int_equal(offsetof(struct evtlog_variant, type), 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asking_is_safe),
        cmocka_unit_test(test_a_variant_has_the_layout_of_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
