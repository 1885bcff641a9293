/* test_event_source - what is registered, and under Windows that it is there and goes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "service/event_source.h"
#include "support/registry_read.h"

#define DLL "C:\\Program Files\\Kanari\\kanari-messages.dll"

static const struct registry_entry *
value_of(const char *name)
{
    size_t i = 0;

    while (i + 1 < EVENT_SOURCE_VALUES && strcmp(event_source_values[i].name, name) != 0) {
        i++;
    }
    assert_string_equal(event_source_values[i].name, name);
    return &event_source_values[i];
}

/* Demands of win32/eventlog/eventlog-key and event-sources. */
static void
test_the_values(void **state)
{
    const char *sd = value_of("CustomSD")->text;

    (void)state;
    assert_string_not_equal(EVENT_LOG_NAME, EVENT_SOURCE_NAME);
    assert_null(strchr(EVENT_SOURCE_NAME, '\\'));
    assert_int_equal(value_of("MaxSize")->number % 65536, 0);
    assert_true(value_of("MaxSize")->number >= 16 * 1024 * 1024);
    assert_int_equal(value_of("Retention")->number, 0);
    assert_int_equal(value_of("TypesSupported")->number, 7);
    assert_null(value_of("EventMessageFile")->text);
    assert_string_equal(value_of("EventMessageFile")->key, EVENT_SOURCE_KEY);
    assert_string_equal(sd, "O:BAG:SYD:(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x1;;;S-1-5-32-573)");
}

static void
test_paths(void **state)
{
    (void)state;
    assert_true(event_source_path_ok(DLL));
    assert_true(event_source_path_ok("d:/k.dll"));
    assert_false(event_source_path_ok(""));
    assert_false(event_source_path_ok("k.dll"));
    assert_false(event_source_path_ok("C:k.dll"));
    assert_false(event_source_path_ok("1:\\k.dll"));
    assert_false(event_source_path_ok("\\\\server\\share\\k.dll"));
    assert_false(event_source_path_ok("C:\\a;b\\k.dll"));
    assert_false(event_source_path_ok("\"C:\\k.dll\""));
    assert_false(event_source_path_ok("C:\\a\"b\\k.dll"));
}

/* False where there is no registry. */
static bool
installed(void)
{
    char why[REGISTRY_WHY_MAX];
    enum err err = event_source_install(DLL, why);

    if (err == ERR_UNSUPPORTED) {
        assert_true(why[0] != '\0');
        assert_int_equal(event_source_remove(why), ERR_UNSUPPORTED);
        return false;
    }
    assert_int_equal(err, ERR_OK);
    assert_string_equal(why, "");
    return true;
}

static void
check_values(void)
{
    for (size_t i = 0; i < EVENT_SOURCE_VALUES; i++) {
        const struct registry_entry *v = &event_source_values[i];
        struct registry_value got;

        assert_true(registry_read(v->key, v->name, &got));
        if (v->type == REGISTRY_NUMBER) {
            assert_int_equal(got.type, REGISTRY_DWORD);
            assert_int_equal(got.number, v->number);
        } else {
            assert_int_equal(got.type, v->type == REGISTRY_TEXT ? REGISTRY_SZ : REGISTRY_EXPAND_SZ);
            assert_string_equal(got.text, v->text == NULL ? DLL : v->text);
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
    assert_int_equal(event_source_install("k.dll", why), ERR_USAGE);
    assert_non_null(strstr(why, "absolute path"));
    assert_int_equal(event_source_remove(why), ERR_OK);
    assert_false(registry_read(EVENT_SOURCE_KEY, "TypesSupported", &got));
    assert_false(registry_read(EVENT_LOG_KEY, "MaxSize", &got));
    assert_int_equal(event_source_remove(why), ERR_OK);
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
        err = event_source_install(DLL, why);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && why[0] != '\0'));
    } while (err);
    assert_true(n > EVENT_SOURCE_VALUES);
    mem_fail_after(0);
    assert_int_equal(event_source_remove(why), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(event_source_remove(why), ERR_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_installed_and_removed),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("event_source", tests, NULL, NULL);
}
