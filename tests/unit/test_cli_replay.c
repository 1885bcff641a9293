/* test_cli_replay - kanari replay: from a file of events to alerts, a story and a kept store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "core/event.h"
#include "core/mem.h"
#include "core/tm.h"
#include "support/cli_capture.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define TRIES 8

struct fixture {
    struct cli_capture cap;
    struct buf input; /* NDJSON: a burst of wrong passwords from the internet */
    struct buf store; /* a path where nothing is yet */
};

#define OUT(f) buf_str(&(f)->cap.out)
#define ERR(f) buf_str(&(f)->cap.err)
#define INPUT(f) buf_str(&(f)->input)
#define STORE(f) buf_str(&(f)->store)

static void
put_try(struct buf *text, size_t i, const char *source)
{
    struct event ev;
    struct json j;

    event_init(&ev, EV_LOGON_FAILURE, T0 + i * 10 * TM_SEC);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, channel, SV("Security"));
    event_set(&ev, provider, SV("Microsoft-Windows-Security-Auditing"));
    event_set(&ev, event_id, 4625);
    event_set(&ev, record_id, 100 + i);
    event_set(&ev, account, SV("kumi"));
    event_set(&ev, logon_type, 3);
    event_set(&ev, status, 0xC000006D);
    event_set(&ev, sub_status, 0xC000006A);
    event_set(&ev, src_port, (uint16_t)(50000 + i));
    assert_int_equal(addr_parse(sv_from(source), &ev.src), ERR_OK);
    ev.has |= UINT64_C(1) << EVF_src;
    json_init(&j, text, false);
    event_to_json(&j, NULL, &ev);
    buf_putc(text, '\n');
}

static void
new_path(struct buf *path, bool exists)
{
    buf_init(path, 4096);
    assert_int_equal(path_temp_file(path), ERR_OK);
    if (!exists) {
        assert_int_equal(file_delete(buf_str(path)), ERR_OK);
    }
}

static int
setup(void **state)
{
    static struct fixture f;
    struct buf text;

    cli_capture_init(&f.cap);
    new_path(&f.input, true);
    new_path(&f.store, false);
    buf_init(&text, 65536);
    for (size_t i = 0; i < TRIES; i++) {
        put_try(&text, i, "91.198.174.192");
    }
    assert_int_equal(file_write_all(INPUT(&f), buf_str(&text), text.len), ERR_OK);
    buf_fini(&text);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(file_delete(INPUT(f)), ERR_OK);
    if (file_type(STORE(f)) != FILE_TYPE_NONE) {
        assert_int_equal(file_delete(STORE(f)), ERR_OK);
    }
    buf_puts(&f->store, ".new"); /* what a replay leaves behind is nothing */
    assert_int_equal(file_type(STORE(f)), FILE_TYPE_NONE);
    buf_fini(&f->input);
    buf_fini(&f->store);
    cli_capture_fini(&f->cap);
    return 0;
}

static void
assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("%s\nis not in\n%s", part, text);
    }
}

/* -- what is printed --------------------------------------------------------------------------- */

static void
test_text(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f)), CLI_DONE);
    assert_string_equal(ERR(f), "");
    assert_says(OUT(f), "files 1, records 8, events 8, logon attempts 8\n");
    assert_says(OUT(f), "\nPC-A  1 Nov 2026 (UTC+09:00)   watched 70.0 of 70.0 s\nDOOR ");
    assert_says(OUT(f), "\nFIRST  ");
    assert_says(OUT(f), "  91.198.174.192  ");
    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--lang", "ja"), CLI_DONE);
    assert_says(OUT(f), "ファイル 1、レコード 8、イベント 8、ログオン試行 8\n");
}

/* The alerts of the document are those of `kanari alerts -o json`, byte for byte but for the
 * indent. */
static void
test_json(void **state)
{
    struct fixture *f = *state;
    struct buf alerts;
    const char *inside;

    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--store", STORE(f)), CLI_DONE);
    assert_int_equal(CLI_RUN(&f->cap, "alerts", "--store", STORE(f), "-o", "json"), CLI_DONE);
    buf_init(&alerts, 1024 * 1024);
    for (const char *p = OUT(f); *p != '\0'; p++) { /* two blanks deeper */
        buf_putc(&alerts, *p);
        buf_puts(&alerts, *p == '\n' && p[1] != '\0' ? "  " : "");
    }
    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "-o", "json", "--records"), CLI_DONE);
    assert_says(OUT(f), "      \"format\": \"ndjson\",\n"
                        "      \"records\": 8,\n"
                        "      \"events\": 8,\n"
                        "      \"skipped\": 0,\n"
                        "      \"recovered\": 0,\n"
                        "      \"errors\": 0,\n"
                        "      \"torn\": 0,\n"
                        "      \"lost\": 0,\n"
                        "      \"first_error_offset\": null,\n"
                        "      \"error\": null,\n"
                        "      \"why\": null,\n"
                        "      \"host\": null\n");
    assert_says(OUT(f), "  \"records\": [\n    {\n"
                        "      \"provider\": \"Microsoft-Windows-Security-Auditing\",\n"
                        "      \"id\": 4625,\n"
                        "      \"version\": 0,\n"
                        "      \"count\": 8\n    }\n  ],\n");
    assert_says(OUT(f),
                "  \"events\": {\n    \"logon_failure\": 8,\n    \"logon_attempt\": 8\n  },\n"
                "  \"duplicates\": 0,\n");
    inside = strstr(OUT(f), "\"alerts\": ");
    assert_non_null(inside);
    assert_int_equal(strlen(inside), strlen("\"alerts\": ") + alerts.len + 2);
    assert_memory_equal(inside + strlen("\"alerts\": "), alerts.data, alerts.len);
    buf_fini(&alerts);
}

static void
test_events_feed_back(void **state)
{
    struct fixture *f = *state;
    struct buf first;
    struct buf path;
    const char *alerts;

    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--store", STORE(f), "-o", "json"),
                     CLI_DONE);
    buf_init(&first, 1024 * 1024);
    buf_puts(&first, strstr(OUT(f), "\"events\": {"));
    assert_int_equal(CLI_RUN(&f->cap, "events", "--store", STORE(f), "-o", "ndjson"), CLI_DONE);
    new_path(&path, true);
    assert_int_equal(file_write_all(buf_str(&path), OUT(f), f->cap.out.len), ERR_OK);
    assert_int_equal(CLI_RUN(&f->cap, "replay", buf_str(&path), "-o", "json"), CLI_DONE);
    alerts = strstr(OUT(f), "\"events\": {");
    assert_non_null(alerts);
    assert_string_equal(alerts, buf_str(&first));
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
    buf_fini(&first);
}

/* -- the store that stays ---------------------------------------------------------------------- */

static void
test_store_is_joined(void **state)
{
    struct fixture *f = *state;
    struct buf more;
    struct buf text;
    char id[17];

    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--store", STORE(f)), CLI_DONE);
    assert_int_equal(
        CLI_RUN(&f->cap, "query", "--store", STORE(f), "-o", "csv", "SELECT id FROM v_alerts"),
        CLI_DONE);
    assert_memory_equal(OUT(f), "id\r\n", 4);
    memcpy(id, OUT(f) + 4, 16);
    id[16] = '\0';
    assert_int_equal(CLI_RUN(&f->cap, "alerts", "ack", id, "--store", STORE(f)), CLI_DONE);

    new_path(&more, true);
    buf_init(&text, 65536);
    for (size_t i = TRIES; i < 2 * TRIES; i++) {
        put_try(&text, i, "91.198.174.192");
    }
    assert_int_equal(file_write_all(buf_str(&more), buf_str(&text), text.len), ERR_OK);
    /* the first file again: its records are known */
    assert_int_equal(
        CLI_RUN(&f->cap, "replay", buf_str(&more), INPUT(f), "--store", STORE(f), "-o", "json"),
        CLI_DONE);
    assert_says(OUT(f), "\"logon_failure\": 16,");
    assert_says(OUT(f), "\"duplicates\": 8,");
    assert_int_equal(CLI_RUN(&f->cap, "alerts", id, "--store", STORE(f), "-o", "ndjson"), CLI_DONE);
    assert_says(OUT(f), "\"acked\":true");
    assert_int_equal(file_delete(buf_str(&more)), ERR_OK);
    buf_fini(&more);
    buf_fini(&text);
}

/* -- what is no log ---------------------------------------------------------------------------- */

static void
test_bad_files(void **state)
{
    struct fixture *f = *state;
    struct buf empty;
    size_t lines = 0;

    new_path(&empty, true);
    assert_int_equal(CLI_RUN(&f->cap, "replay", buf_str(&empty)), CLI_INPUT);
    assert_says(OUT(f), "\nNo story: nothing here belongs to a break-in; not watched: no log of it "
                        "was read\n\nNo alerts.\n");
    assert_int_equal(CLI_RUN(&f->cap, "replay", "no such file.evtx"), CLI_NOTFOUND);
    /* the highest wins, and the sound file is read all the same */
    assert_int_equal(CLI_RUN(&f->cap, "replay", "no such file.evtx", buf_str(&empty), INPUT(f)),
                     CLI_INPUT);
    assert_says(OUT(f), "events 8, ");
    for (const char *p = ERR(f); *p != '\0'; p++) {
        lines += *p == '\n';
    }
    assert_int_equal(lines, 2);
    assert_says(ERR(f), "kanari replay: no such file.evtx: no such file or folder; check the path");
    assert_int_equal(file_delete(buf_str(&empty)), ERR_OK);
    buf_fini(&empty);
}

/* What a killed replay left is removed, and does not harm. */
static void
test_leftovers(void **state)
{
    static const char *const names[] = {".new", ".new-journal"};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct buf path;

        buf_init(&path, 4096);
        buf_puts(&path, STORE(f));
        buf_puts(&path, names[i]);
        assert_int_equal(file_write_all(buf_str(&path), "left", 4), ERR_OK);
        assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--store", STORE(f)), CLI_DONE);
        assert_int_equal(file_type(buf_str(&path)), FILE_TYPE_NONE);
        buf_fini(&path);
    }
}

static void
test_nothing_is_left(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "replay", "no such file.evtx", "--store", STORE(f)),
                     CLI_NOTFOUND);
    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f), "--config", "no such.json"),
                     CLI_NOTFOUND);
}

/* Progress is for a terminal, and is wiped before anything else is said. */
static void
test_progress(void **state)
{
    struct fixture *f = *state;

    f->cap.io.err_is_terminal = true;
    assert_int_equal(CLI_RUN(&f->cap, "replay", INPUT(f)), CLI_DONE);
    f->cap.io.err_is_terminal = false;
    assert_true(f->cap.err.len > 0);
    assert_int_equal(ERR(f)[0], '\r');
    assert_int_equal(ERR(f)[f->cap.err.len - 1], '\r');
    assert_null(strchr(ERR(f), '\n'));
}

/* Allocations fail from the n-th on: the exit code says so, and nothing leaks, crashes or stays.
 * "Not found" is Windows' file_type() without memory for the path. */
static void
test_no_memory(void **state)
{
    struct fixture *f = *state;
    int exit_code = CLI_INTERNAL;
    size_t runs = 0;

    for (size_t n = 0; n < 1000000 && exit_code != CLI_DONE; n += n / 8 + 1) {
        const char *const words[] = {"replay", INPUT(f), "--store", STORE(f), NULL};

        mem_fail_after(n);
        exit_code = cli_capture_run(&f->cap, words);
        mem_fail_after(SIZE_MAX);
        assert_true(exit_code == CLI_DONE || exit_code == CLI_INTERNAL || exit_code == CLI_INPUT ||
                    exit_code == CLI_NOTFOUND);
        runs++;
    }
    assert_int_equal(exit_code, CLI_DONE);
    assert_true(runs > 20);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_text),
        TEST(test_json),
        TEST(test_events_feed_back),
        TEST(test_store_is_joined),
        TEST(test_bad_files),
        TEST(test_nothing_is_left),
        TEST(test_progress),
        TEST(test_leftovers),
        TEST(test_no_memory),
    };

    return cmocka_run_group_tests_name("cli replay", tests, NULL, NULL);
}
