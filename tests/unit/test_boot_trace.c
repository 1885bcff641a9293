/* test_boot_trace - what is registered, under Windows that it is there and goes again, and that the
 * session of this boot is stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "etw/catalog.h"
#include "etw/sessions.h"
#include "service/boot_trace.h"
#include "support/etw_sim.h"
#include "support/registry_read.h"

static const struct registry_entry *
value_of(const char *name)
{
    size_t i = 0;

    while (i + 1 < BOOT_TRACE_VALUES && strcmp(boot_trace_values[i].name, name) != 0) {
        i++;
    }
    assert_string_equal(boot_trace_values[i].name, name);
    return &boot_trace_values[i];
}

/* "{22fb2cd6-...}" of the provider, as the catalog has it. */
static void
put_guid(const char *provider, char out[ETW_GUID_TEXT_MAX])
{
    size_t i = 0;

    while (i < etw_provider_count && strcmp(etw_providers[i].name, provider) != 0) {
        i++;
    }
    assert_true(i < etw_provider_count);
    (void)etw_guid_format(&etw_providers[i].guid, out);
}

/* Demands of win32/etw/configuring-and-starting-an-autologger-session. */
static void
test_the_values(void **state)
{
    char guid[ETW_GUID_TEXT_MAX];

    (void)state;
    put_guid("Microsoft-Windows-Kernel-Process", guid);
    assert_string_equal(value_of("Guid")->text, BOOT_TRACE_GUID);
    assert_int_equal(strlen(BOOT_TRACE_GUID), ETW_GUID_TEXT_MAX - 1);
    assert_int_equal(value_of("Start")->number, 1);
    assert_string_equal(boot_trace_values[BOOT_TRACE_VALUES - 1].name, "Start");
    assert_int_equal(value_of("LogFileMode")->number, 0x100);
    assert_true(value_of("BufferSize")->number < 1024);
    assert_true(value_of("MaximumBuffers")->number >= value_of("MinimumBuffers")->number);
    assert_int_equal(value_of("FlushTimer")->number, 1);
    assert_int_equal(value_of("Enabled")->number, 1);
    assert_int_equal(value_of("EnableLevel")->number, 4);
    assert_int_equal(value_of("MatchAnyKeyword")->number, 0x50); /* PROCESS, IMAGE */
    assert_int_equal(value_of("MatchAnyKeyword")->type, REGISTRY_NUMBER_64);
    for (size_t i = 0; i < BOOT_TRACE_VALUES; i++) {
        const char *key = boot_trace_values[i].key;
        bool of_provider = strncmp(boot_trace_values[i].name, "Enable", 6) == 0 ||
                           strncmp(boot_trace_values[i].name, "Match", 5) == 0;

        assert_int_equal(strncmp(key, BOOT_TRACE_KEY, strlen(BOOT_TRACE_KEY)), 0);
        key += strlen(BOOT_TRACE_KEY);
        assert_string_equal(key, of_provider ? key : "");
        assert_string_equal(of_provider ? key + 1 : guid, guid);
    }
}

/* -- the registry ------------------------------------------------------------------------------ */

/* False where there is no registry. */
static bool
installed(void)
{
    char why[REGISTRY_WHY_MAX];
    enum err err = boot_trace_install(why);

    if (err == ERR_UNSUPPORTED) {
        assert_true(why[0] != '\0');
        assert_int_equal(boot_trace_remove(NULL, why), ERR_UNSUPPORTED);
        return false;
    }
    assert_int_equal(err, ERR_OK);
    assert_string_equal(why, "");
    return true;
}

static void
check_values(void)
{
    for (size_t i = 0; i < BOOT_TRACE_VALUES; i++) {
        const struct registry_entry *v = &boot_trace_values[i];
        struct registry_value got;

        assert_true(registry_read(v->key, v->name, &got));
        if (v->type == REGISTRY_TEXT) {
            assert_int_equal(got.type, REGISTRY_SZ);
            assert_string_equal(got.text, v->text);
        } else {
            assert_int_equal(got.type,
                             v->type == REGISTRY_NUMBER ? REGISTRY_DWORD : REGISTRY_QWORD);
            assert_int_equal(got.number, v->number);
        }
    }
}

static void
test_installed_and_removed(void **state)
{
    char why[REGISTRY_WHY_MAX];
    struct registry_value got;

    (void)state;
    if (!installed()) {
        print_message("no registry here\n");
        return;
    }
    check_values();
    assert_true(installed()); /* once more */
    check_values();
    assert_int_equal(boot_trace_remove(NULL, why), ERR_OK);
    for (size_t i = 0; i < BOOT_TRACE_VALUES; i++) {
        assert_false(registry_read(boot_trace_values[i].key, boot_trace_values[i].name, &got));
    }
    assert_int_equal(boot_trace_remove(NULL, why), ERR_OK);
}

static void
test_no_memory(void **state)
{
    char why[REGISTRY_WHY_MAX];
    size_t n = 0;
    enum err err;

    (void)state;
    if (!installed()) {
        return;
    }
    do {
        mem_fail_after(n++);
        err = boot_trace_install(why);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && why[0] != '\0'));
    } while (err);
    assert_true(n > BOOT_TRACE_VALUES);
    mem_fail_after(0);
    assert_int_equal(boot_trace_remove(NULL, why), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(boot_trace_remove(NULL, why), ERR_OK);
}

/* -- the session ------------------------------------------------------------------------------- */

static void
test_the_session_of_this_boot_is_stopped(void **state)
{
    static const struct etw_guid guid = {{1}};
    struct etw_sim *sim = etw_sim_create();
    char why[REGISTRY_WHY_MAX];
    bool registry;

    (void)state;
    assert_non_null(sim);
    registry = installed();
    assert_true(etw_sim_add_session(sim, BOOT_TRACE_NAME, &guid, 0) != 0);
    assert_int_equal(boot_trace_remove(etw_sim_api(sim), why), registry ? ERR_OK : ERR_UNSUPPORTED);
    assert_int_equal(etw_sim_sessions(sim), 0);
    if (registry) {
        assert_int_equal(boot_trace_remove(etw_sim_api(sim), why), ERR_OK); /* it does not run */
        etw_sim_fail(sim, ETW_SIM_STOP, 0, 1, ETW_ACCESS_DENIED);
        assert_int_equal(boot_trace_remove(etw_sim_api(sim), why), ERR_ACCESS);
        assert_non_null(strstr(why, "administrator"));
        etw_sim_fail(sim, ETW_SIM_STOP, 0, 1, 31);
        assert_int_equal(boot_trace_remove(etw_sim_api(sim), why), ERR_IO);
        assert_non_null(strstr(why, "31"));
    }
    assert_int_equal(etw_sim_destroy(sim), 0);
}

/* It is by its name that the sensor finds it. */
static void
test_the_sensor_knows_its_name(void **state)
{
    (void)state;
    assert_string_equal(etw_session_rows[ETW_SESSION_BOOT].name, BOOT_TRACE_NAME);
    assert_true(etw_session_rows[ETW_SESSION_BOOT].attach_only);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values),
        cmocka_unit_test(test_the_sensor_knows_its_name),
        cmocka_unit_test(test_installed_and_removed),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_the_session_of_this_boot_is_stopped),
    };

    return cmocka_run_group_tests_name("boot_trace", tests, NULL, NULL);
}
