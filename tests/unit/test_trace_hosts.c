/* test_trace_hosts - which computer a trace belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/tm.h"
#include "engine/trace_hosts.h"

static uint64_t
at(const char *time)
{
    uint64_t ft = 0;

    assert_int_equal(tm_parse(sv_from(time), &ft), ERR_OK);
    return ft;
}

static struct etl_info *
make_info(uint64_t boot_ft, const char *computer)
{
    struct etl_info *info = mem_zalloc(sizeof(*info));

    assert_non_null(info);
    info->boot_ft = boot_ft;
    memcpy(info->computer, computer, strlen(computer) + 1);
    return info;
}

static void
learn(struct trace_hosts *t, uint64_t boot_ft, const char *computer)
{
    struct etl_info *info = make_info(boot_ft, computer);

    assert_int_equal(trace_hosts_learn(t, info), ERR_OK);
    mem_free(info);
}

static void
expect(const struct trace_hosts *t, uint64_t boot_ft, const char *computer, const char *name,
       bool told)
{
    struct etl_info *info = make_info(boot_ft, computer);
    char got[TRACE_HOST_MAX];

    assert_int_equal(trace_hosts_find(t, info, got), told);
    assert_string_equal(got, name);
    mem_free(info);
}

static void
a_boot_lends_its_name(void **state)
{
    uint64_t boot = at("2021-10-12T07:08:09.1234567Z");
    struct trace_hosts *t = NULL;

    (void)state;
    assert_int_equal(trace_hosts_create(SV(""), &t), ERR_OK);
    expect(t, boot, "", "boot-2021-10-12T07:08:09Z", false);
    learn(t, boot, "");
    expect(t, boot, "", "boot-2021-10-12T07:08:09Z", false);
    learn(t, boot, "PC-A");
    learn(t, boot, "PC-A");
    expect(t, boot, "", "PC-A", true);
    expect(t, boot, "PC-Z", "PC-Z", true); /* its own word first */
    expect(t, boot + 1, "", "boot-2021-10-12T07:08:09Z", false);
    learn(t, boot + TM_DAY, "PC-B");
    expect(t, boot, "", "PC-A", true);
    expect(t, boot + TM_DAY, "", "PC-B", true);
    trace_hosts_destroy(t);
}

static void
two_names_for_one_boot_lend_none(void **state)
{
    struct trace_hosts *t = NULL;

    (void)state;
    assert_int_equal(trace_hosts_create(SV(""), &t), ERR_OK);
    learn(t, at("2021-01-01"), "PC-A");
    learn(t, at("2021-01-01"), "PC-B");
    learn(t, at("2021-01-01"), "PC-A");
    expect(t, at("2021-01-01"), "", "boot-2021-01-01T00:00:00Z", false);
    trace_hosts_destroy(t);
}

static void
no_boot_time_lends_none(void **state)
{
    struct trace_hosts *t = NULL;

    (void)state;
    assert_int_equal(trace_hosts_create(SV(""), &t), ERR_OK);
    learn(t, 0, "PC-A");
    expect(t, 0, "", "boot-unknown", false);
    expect(t, 0, "PC-A", "PC-A", true);
    trace_hosts_destroy(t);
}

static void
the_given_name_comes_last(void **state)
{
    struct trace_hosts *t = NULL;

    (void)state;
    assert_int_equal(trace_hosts_create(SV("GIVEN"), &t), ERR_OK);
    expect(t, at("2021-01-01"), "", "GIVEN", true);
    expect(t, 0, "", "GIVEN", true);
    learn(t, at("2021-01-01"), "PC-A");
    expect(t, at("2021-01-01"), "", "PC-A", true);
    expect(t, at("2021-01-01"), "PC-Z", "PC-Z", true);
    trace_hosts_destroy(t);
}

static void
each_allocation_fails(void **state)
{
    bool whole = false;

    (void)state;
    for (size_t n = 0; !whole; n++) {
        struct etl_info *info = make_info(at("2021-01-01"), "PC-A");
        struct trace_hosts *t = NULL;
        enum err err;

        mem_fail_after(n);
        err = trace_hosts_create(SV(""), &t);
        if (!err) {
            err = trace_hosts_learn(t, info);
        }
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        whole = err == ERR_OK;
        trace_hosts_destroy(t);
        mem_free(info);
        assert_true(n < 32);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_lends_its_name),
        cmocka_unit_test(two_names_for_one_boot_lend_none),
        cmocka_unit_test(no_boot_time_lends_none),
        cmocka_unit_test(the_given_name_comes_last),
        cmocka_unit_test(each_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
