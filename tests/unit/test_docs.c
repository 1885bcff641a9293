/* test_docs - the generated pages are up to date, and no field is printed that they do not name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/config.h"
#include "core/event.h"
#include "core/json_read.h"
#include "core/tm.h"
#include "messages/messages.h"
#include "store/store.h"
#include "support/cli_capture.h"
#include "support/docs_pages.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define PAGE_LEN_MAX ((size_t)1024 * 1024)

/* -- up to date -------------------------------------------------------------------------------- */

static void
compare(const char *path, void (*make)(struct buf *))
{
    const char *ci = env_get("CI");
    bool in_ci = ci != NULL && strcmp(ci, "true") == 0;
    struct buf found;
    struct buf due;
    bool same;
    enum err err;

    buf_init(&found, PAGE_LEN_MAX);
    buf_init(&due, PAGE_LEN_MAX);
    err = file_read_all(path, PAGE_LEN_MAX, &found);
    make(&due);
    same = sv_eq(buf_sv(&found), buf_sv(&due));
    buf_fini(&found);
    buf_fini(&due);
    if (err && !in_ci) {
        print_message("%s is not here: run from the project's root\n", path);
        skip();
    }
    if (err || !same) {
        fail_msg("%s is not what gen_docs writes: run gen_docs docs messages", path);
    }
}

static void
test_output_page(void **state)
{
    (void)state;
    compare("docs/OUTPUT.md", docs_output);
}

static void
test_detections_page(void **state)
{
    (void)state;
    compare("docs/DETECTIONS.md", docs_detections);
}

static void
test_etw_page(void **state)
{
    (void)state;
    compare("docs/ETW.md", docs_etw);
}

static void
test_evtx_page(void **state)
{
    (void)state;
    compare("docs/EVTX.md", docs_evtx);
}

static void
test_events_page(void **state)
{
    (void)state;
    compare("docs/EVENTS.md", docs_events);
}

static void
test_event_messages(void **state)
{
    (void)state;
    compare("messages/events.mc", docs_event_messages);
}

static void
test_default_settings(void **state)
{
    (void)state;
    compare("docs/kanari.default.json", config_write_default);
}

/* Every sentence of an alert stands in the page once. */
static void
test_every_sentence(void **state)
{
    struct buf page;

    (void)state;
    buf_init(&page, PAGE_LEN_MAX);
    docs_detections(&page);
    for (size_t i = 0; i < MSG_COUNT; i++) {
        const char *text = msg_template((enum msg)i, LANG_EN);
        const char *first;

        if (!sv_starts_with(sv_from(msg_name((enum msg)i)), SV("ALERT_"))) {
            continue;
        }
        first = strstr(buf_str(&page), text);
        assert_non_null(first);
        assert_null(strstr(first + 1, text));
    }
    buf_fini(&page);
}

/* -- no field without its line ----------------------------------------------------------------- */

struct fixture {
    struct cli_capture cap;
    struct buf input, store, page;
};

static void
put_try(struct buf *text, size_t i)
{
    struct event ev;
    struct json j;

    event_init(&ev, i == 9 ? EV_LOGON_SUCCESS : EV_LOGON_FAILURE, T0 + i * 10 * TM_SEC);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, channel, SV("Security"));
    event_set(&ev, provider, SV("Microsoft-Windows-Security-Auditing"));
    event_set(&ev, event_id, i == 9 ? 4624 : 4625);
    event_set(&ev, record_id, 100 + i);
    event_set(&ev, account, SV("kumi"));
    event_set(&ev, sid, SV("S-1-5-21-1-2-3-1001"));
    event_set(&ev, logon_id, 77);
    event_set(&ev, logon_type, 3);
    event_set(&ev, sub_status, i == 9 ? 0 : 0xC000006A);
    assert_int_equal(addr_parse(SV("91.198.174.192"), &ev.src), ERR_OK);
    ev.has |= UINT64_C(1) << EVF_src;
    json_init(&j, text, false);
    event_to_json(&j, NULL, &ev);
    buf_putc(text, '\n');
}

static void
put_process(struct buf *text)
{
    struct event ev;
    struct json j;

    event_init(&ev, EV_PROCESS_START, T0 + TM_HOUR);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, provider, SV("NT Kernel/Process"));
    event_set(&ev, process_id, 77);
    event_set(&ev, process, SV("x.exe"));
    json_init(&j, text, false);
    event_to_json(&j, NULL, &ev);
    buf_putc(text, '\n');
}

static int
setup(void **state)
{
    static struct fixture f;
    struct buf text;

    cli_capture_init(&f.cap);
    buf_init(&f.input, 4096);
    buf_init(&f.store, 4096);
    buf_init(&f.page, PAGE_LEN_MAX);
    buf_init(&text, 65536);
    assert_int_equal(path_temp_file(&f.input), ERR_OK);
    assert_int_equal(path_temp_file(&f.store), ERR_OK);
    assert_int_equal(file_delete(buf_str(&f.store)), ERR_OK);
    for (size_t i = 0; i < 10; i++) {
        put_try(&text, i);
    }
    put_process(&text);
    assert_int_equal(file_write_all(buf_str(&f.input), buf_str(&text), text.len), ERR_OK);
    docs_output(&f.page);
    buf_fini(&text);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(file_delete(buf_str(&f->input)), ERR_OK);
    assert_int_equal(file_delete(buf_str(&f->store)), ERR_OK);
    buf_fini(&f->input);
    buf_fini(&f->store);
    buf_fini(&f->page);
    cli_capture_fini(&f->cap);
    return 0;
}

static void
check_key(struct fixture *f, struct sv key)
{
    struct buf quoted;

    buf_init(&quoted, 256);
    buf_puts(&quoted, "`");
    buf_put_sv(&quoted, key);
    buf_puts(&quoted, "`");
    if (strstr(buf_str(&f->page), buf_str(&quoted)) == NULL) {
        fail_msg("%s is printed, but docs/OUTPUT.md does not name it", buf_str(&quoted));
    }
    buf_fini(&quoted);
}

/* What a sensor writes is not in a replayed store: two rows of it. */
static void
put_sensor(struct fixture *f)
{
    struct store_source source = {.name = SV("security"), .state = SV("denied")};
    struct store *s = NULL;

    assert_int_equal(store_open(buf_str(&f->store), STORE_LIVE, &s), ERR_OK);
    assert_int_equal(store_begin(s), ERR_OK);
    assert_int_equal(store_put_source(s, &source), ERR_OK);
    assert_int_equal(store_put_status(s, SV("state"), SV("running"), T0), ERR_OK);
    assert_int_equal(store_put_status(s, SV("heartbeat"), SV("2026-11-04T00:00:00Z"), T0), ERR_OK);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    store_close(s);
}

/* Names of a sentence's parameters are the sentence's own. */
static bool
is_free(struct sv key)
{
    return sv_eq(key, SV("params")) || sv_eq(key, SV("first_params"));
}

static size_t
check_keys(struct fixture *f)
{
    struct json_reader r;
    enum json_token token;
    unsigned free_depth = 0; /* of the free object around the current key; 0 = none */
    bool free_next = false;
    size_t count = 0;

    json_reader_init(&r, f->cap.out.data, f->cap.out.len, false);
    do {
        assert_int_equal(json_next(&r, &token), ERR_OK);
        if (token == JSON_OBJ && free_next) {
            free_depth = r.depth;
        } else if (token == JSON_OBJ_END && free_depth > r.depth) {
            free_depth = 0;
        }
        free_next = token == JSON_KEY && is_free(r.value);
        if (token == JSON_KEY && free_depth == 0) {
            check_key(f, r.value);
            count++;
        }
    } while (token != JSON_END);
    return count;
}

static void
test_every_field(void **state)
{
    static const char *const words[][3] = {
        {"alerts"},
        {"story"},
        {"events"},
        {"events", "--kind", "logon_attempt"},
        {"logons"},
        {"logons", "--by", "account"},
        {"logons", "--by", "service"},
        {"logons", "--by", "adapter"},
        {"processes"},
        {"processes", "--tree"},
        {"query", "SELECT * FROM v_coverage"},
        {"query", "SELECT * FROM v_logon_attempts"},
    };
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "replay", "-ojson", "--records", "--store",
                             buf_str(&f->store), buf_str(&f->input)),
                     0);
    assert_true(check_keys(f) > 60);
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_int_equal(CLI_RUN(&f->cap, "-ojson", "--store", buf_str(&f->store), words[i][0],
                                 words[i][1], words[i][2]),
                         0);
        assert_true(check_keys(f) > 5);
    }
    assert_int_equal(CLI_RUN(&f->cap, "-ojson", "--store", buf_str(&f->store)), 0);
    assert_int_equal(check_keys(f), 11);
    put_sensor(f);
    assert_int_equal(CLI_RUN(&f->cap, "-ojson", "--store", buf_str(&f->store), "status"), 1);
    assert_true(check_keys(f) > 40);
    assert_int_equal(
        CLI_RUN(&f->cap, "-ojson", "--store", buf_str(&f->store), "test-alert", "--wait=0s"), 0);
    assert_int_equal(check_keys(f), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_page),
        cmocka_unit_test(test_detections_page),
        cmocka_unit_test(test_etw_page),
        cmocka_unit_test(test_evtx_page),
        cmocka_unit_test(test_events_page),
        cmocka_unit_test(test_event_messages),
        cmocka_unit_test(test_default_settings),
        cmocka_unit_test(test_every_sentence),
        cmocka_unit_test_setup_teardown(test_every_field, setup, teardown),
    };

    return cmocka_run_group_tests_name("docs", tests, NULL, NULL);
}
