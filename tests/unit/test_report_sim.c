/* test_report_sim - the simulator of the writing Event Log does what the pages say; and the
 * system's own calls are there, or said not to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/buf.h"
#include "platform/platform.h"
#include "support/report_sim.h"

#define STRING_UNITS (REPORT_STRING_MAX + 1)

static const uint16_t source_a[] = {'A', 0};
static const uint16_t source_security[] = {'S', 'e', 'c', 'u', 'r', 'i', 't', 'y', 0};

static struct report_event
make_event(uint16_t count, const uint16_t *const *strings)
{
    return (struct report_event){
        .type = REPORT_TYPE_WARNING, .id = 2000, .count = count, .strings = strings};
}

static int
setup(void **state)
{
    struct report_sim *sim = report_sim_create();

    *state = sim;
    return sim == NULL;
}

static void *
open_a(struct report_sim *sim)
{
    const struct report_api *api = report_sim_api(sim);
    void *h = NULL;

    assert_int_equal(api->open(api->ctx, source_a, &h), REPORT_OK);
    assert_non_null(h);
    return h;
}

static void
test_registered(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    const uint16_t text[] = {'x', 0xD83D, 0xDE00, 0};
    const uint16_t *strings[] = {text, source_a};
    struct report_event event = make_event(2, strings);
    const struct report_sim_event *seen;
    void *h;

    report_sim_register(sim, "A", "Own");
    h = open_a(sim);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_int_equal(report_sim_count(sim), 1);
    seen = report_sim_event(sim, 0);
    assert_string_equal(seen->log, "Own");
    assert_string_equal(seen->source, "A");
    assert_int_equal(seen->type, REPORT_TYPE_WARNING);
    assert_int_equal(seen->id, 2000);
    assert_int_equal(seen->count, 2);
    assert_int_equal(seen->bytes, 12);
    assert_string_equal(seen->strings[0], "x\xF0\x9F\x98\x80");
    assert_null(report_sim_event(sim, 1));
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(report_sim_destroy(sim), 0);
}

static void
test_unknown_source(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    struct report_event event = make_event(0, NULL);
    void *h = open_a(sim);

    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_string_equal(report_sim_event(sim, 0)->log, "Application");
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(report_sim_destroy(sim), 0);
}

static void
test_security(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    void *h = NULL;

    assert_int_equal(api->open(api->ctx, source_security, &h), REPORT_ACCESS_DENIED);
    assert_null(h);
    assert_int_equal(report_sim_destroy(sim), 0);
}

static void
test_bad_events(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    struct report_event event = make_event(0, NULL);
    void *h = open_a(sim);

    event.type = 3;
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_INVALID_PARAMETER);
    assert_int_equal(report_sim_count(sim), 0);
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(report_sim_destroy(sim), 0);
}

static void
test_limits(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    static uint16_t text[STRING_UNITS + 1];
    static const uint16_t *strings[REPORT_STRINGS_MAX + 1];
    struct report_event event = make_event(1, strings);
    void *h = open_a(sim);

    for (size_t i = 0; i < STRING_UNITS; i++) {
        text[i] = 'x';
    }
    strings[0] = text;
    report_sim_set_bytes_max(sim, SIZE_MAX);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_RPC_INVALID_BOUND);
    text[REPORT_STRING_MAX] = 0;
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    report_sim_set_bytes_max(sim, REPORT_SIM_EVENT_BYTES_MAX);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_RPC_INVALID_BOUND);
    text[REPORT_SIM_EVENT_BYTES_MAX / 2 - 1] = 0;
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    for (size_t i = 0; i <= REPORT_STRINGS_MAX; i++) {
        strings[i] = source_a;
    }
    event.count = REPORT_STRINGS_MAX + 1;
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_RPC_INVALID_BOUND);
    event.count = REPORT_STRINGS_MAX;
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_int_equal(report_sim_count(sim), 3);
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(report_sim_destroy(sim), 0);
}

static void
test_handles(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    struct report_event event = make_event(0, NULL);
    void *h = open_a(sim);

    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(api->close(api->ctx, h), REPORT_INVALID_HANDLE);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_INVALID_HANDLE);
    h = open_a(sim); /* left open */
    report_sim_set_down(sim, true);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_RPC_SERVER_UNAVAILABLE);
    report_sim_set_down(sim, false);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_INVALID_HANDLE);
    assert_int_equal(report_sim_destroy(sim), 3);
}

static void
test_file(void **state)
{
    struct report_sim *sim = *state;
    const struct report_api *api = report_sim_api(sim);
    const uint16_t text[] = {'\n', 0x3042, 0};
    const uint16_t *strings[] = {text};
    struct report_event event = make_event(1, strings);
    struct buf path, found;
    void *h = open_a(sim);

    buf_init(&path, 4096);
    buf_init(&found, 4096);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    report_sim_set_file(sim, buf_str(&path));
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_int_equal(file_read_all(buf_str(&path), 4096, &found), ERR_OK);
#define LINE                                                                                       \
    "{\"log\":\"Application\",\"source\":\"A\",\"type\":\"warning\",\"category\":0,\"id\":2000,"   \
    "\"strings\":[\"\\n\\u3042\"]}\n"
    assert_string_equal(buf_str(&found), LINE LINE);
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
    assert_int_equal(report_sim_destroy(sim), 0);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
    buf_fini(&found);
}

/* Wine takes events and forgets them; a real Windows has no such source and writes to Application.
 */
static void
test_the_system(void **state)
{
    const struct report_api *api = report_api_system();
    const uint16_t *strings[] = {source_a};
    struct report_event event = make_event(1, strings);
    void *h = NULL;

    (void)state;
    if (api == NULL) {
        print_message("no Event Log here\n");
        return;
    }
    assert_int_equal(api->open(api->ctx, source_a, &h), REPORT_OK);
    assert_int_equal(api->report(api->ctx, h, &event), REPORT_OK);
    assert_int_equal(api->close(api->ctx, h), REPORT_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_registered, setup),
        cmocka_unit_test_setup(test_unknown_source, setup),
        cmocka_unit_test_setup(test_security, setup),
        cmocka_unit_test_setup(test_bad_events, setup),
        cmocka_unit_test_setup(test_limits, setup),
        cmocka_unit_test_setup(test_handles, setup),
        cmocka_unit_test_setup(test_file, setup),
        cmocka_unit_test(test_the_system),
    };

    return cmocka_run_group_tests_name("report_sim", tests, NULL, NULL);
}
