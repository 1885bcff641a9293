/* test_cli_adapters - adapters as they stand, and their history, from what was put into a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "core/mem.h"
#include "store/store.h"
#include "support/cli_capture.h"
#include "unit/test_store_help.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define AT(second) (T0 + (second)*TM_SEC)

struct fixture {
    struct cli_capture cap;
    struct buf path;
};

#define STORE(f) "--store", buf_str(&(f)->path)
#define OUT(f) buf_str(&(f)->cap.out)
#define ERR(f) buf_str(&(f)->cap.err)

struct row {
    const char *host, *guid, *name, *kind, *addresses;
    uint32_t from, to, last; /* seconds from T0; to 0: not ended */
    bool up, internet;
};

/* The LAN of PC-A is told of three times, the last time by a sensor that has forgotten since when
 * it was like that. The router came with no address, got one, and went; nobody told when it got it.
 */
static const struct row rows[] = {
    {"PC-A", "{1}", "Ethernet", "ethernet", "10.1.0.7/16", 10, 0, 10, true, false},
    {"PC-A", "{1}", "Ethernet", "ethernet", "10.1.0.7/16", 10, 0, 20, true, false},
    {"PC-A", "{1}", "Ethernet", "ethernet", "10.1.0.7/16", 500, 0, 500, true, false},
    {"PC-A", "{2}", "Ethernet 2", "rndis", "", 100, 0, 100, false, false},
    {"PC-A", "{2}", "Ethernet 2", "rndis", "192.31.196.200/24", 101, 0, 101, true, true},
    {"PC-A", "{2}", "Ethernet 2", "rndis", "192.31.196.200/24", 101, 400, 400, true, true},
    {"PC-B", "{1}", "=cmd\x1b[2J", "wwan", "100.64.0.9/10", 50, 0, 50, true, false},
};

static void
put_row(struct store *s, const struct row *row)
{
    const struct net_adapter a = {.host = sv_from(row->host),
                                  .guid = sv_from(row->guid),
                                  .name = sv_from(row->name),
                                  .kind = sv_from(row->kind),
                                  .addresses = sv_from(row->addresses),
                                  .up = row->up,
                                  .internet = row->internet,
                                  .from_ft = AT(row->from),
                                  .to_ft = row->to == 0 ? 0 : AT(row->to),
                                  .last_ft = AT(row->last)};

    assert_int_equal(store_put_adapter(s, &a), ERR_OK);
}

static int
setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof(*f));
    struct store *s;

    assert_non_null(f);
    cli_capture_init(&f->cap);
    help_path(&f->path);
    s = help_open(&f->path, STORE_NEW);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_row(s, &rows[i]);
    }
    help_finish(s);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    help_remove(&f->path);
    cli_capture_fini(&f->cap);
    mem_free(f);
    return 0;
}

static unsigned
lines_in(const struct fixture *f)
{
    unsigned count = 0;

    for (const char *p = OUT(f); *p != '\0'; p++) {
        count += *p == '\n';
    }
    return count;
}

/* The parts stand in the output, in that order. */
static void
assert_parts(const struct fixture *f, const char *const *parts, size_t count)
{
    const char *at = OUT(f);

    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(at, parts[i]);

        if (found == NULL) {
            fail_msg("%s\nhas not, or not there: %s", OUT(f), parts[i]);
        }
        at = found + 1;
    }
}
#define PARTS(f, ...)                                                                              \
    do {                                                                                           \
        static const char *const parts_[] = {__VA_ARGS__};                                         \
        assert_parts(f, parts_, COUNT(parts_));                                                    \
    } while (0)

static void
each_as_it_stands(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "-ondjson"), CLI_DONE);
    assert_int_equal(lines_in(f), 3);
    PARTS(
        f,
        "\"host\":\"PC-A\",\"name\":\"Ethernet\",\"kind\":\"ethernet\",\"up\":true,"
        "\"addresses\":\"10.1.0.7/16\",\"internet\":false,\"gateways\":null",
        "\"first_seen\":\"2026-11-01T00:00:10.0000000Z\",\"since\":\"2026-11-01T00:00:10."
        "0000000Z\","
        "\"last_seen\":\"2026-11-01T00:08:20.0000000Z\",\"gone\":null",
        "\"name\":\"Ethernet "
        "2\",\"kind\":\"rndis\",\"up\":true,\"addresses\":\"192.31.196.200/24\","
        "\"internet\":true",
        "\"first_seen\":\"2026-11-01T00:01:40.0000000Z\",\"since\":\"2026-11-01T00:01:41."
        "0000000Z\","
        "\"last_seen\":\"2026-11-01T00:06:40.0000000Z\",\"gone\":\"2026-11-01T00:06:40.0000000Z\"",
        "\"host\":\"PC-B\"");
}

static void
each_as_it_was(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "adapters", "--history", STORE(f), "-ondjson"), CLI_DONE);
    assert_int_equal(lines_in(f), 4);
    PARTS(f, "\"from_time\":\"2026-11-01T00:00:10.0000000Z\",\"to_time\":null,\"host\":\"PC-A\"",
          "\"from_time\":\"2026-11-01T00:00:50.0000000Z\",\"to_time\":null,\"host\":\"PC-B\"",
          "\"from_time\":\"2026-11-01T00:01:40.0000000Z\",\"to_time\":\"2026-11-01T00:01:41."
          "0000000Z\"",
          "\"up\":false,\"addresses\":null,\"internet\":false",
          "\"from_time\":\"2026-11-01T00:01:41.0000000Z\",\"to_time\":\"2026-11-01T00:06:40."
          "0000000Z\"",
          "\"internet\":true");
}

static void
windows_and_hosts(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "-ondjson", "--host", "PC-B"),
                     CLI_DONE);
    assert_int_equal(lines_in(f), 1);
    /* The router had gone; PC-B's was not there yet. */
    assert_int_equal(
        CLI_RUN(&f->cap, "adapters", STORE(f), "-ondjson", "--since", "2026-11-01T00:06:41Z"),
        CLI_DONE);
    assert_int_equal(lines_in(f), 2);
    assert_null(strstr(OUT(f), "rndis"));
    assert_int_equal(
        CLI_RUN(&f->cap, "adapters", STORE(f), "-ondjson", "--until", "2026-11-01T00:00:50Z"),
        CLI_DONE);
    assert_int_equal(lines_in(f), 1);
    assert_int_equal(CLI_RUN(&f->cap, "adapters", "--history", STORE(f), "-ondjson", "--host",
                             "PC-A", "--since", "2026-11-01T00:01:42Z"),
                     CLI_DONE);
    assert_int_equal(lines_in(f), 2);
    assert_int_equal(CLI_RUN(&f->cap, "adapters", "--history", STORE(f), "-ondjson", "--host",
                             "PC-A", "--until", "2026-11-01T00:01:41Z"),
                     CLI_DONE);
    assert_int_equal(lines_in(f), 2);
}

static void
all_formats(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f)), CLI_DONE);
    PARTS(f, "rndis", "192.31.196.200/24", "PC-B", "\\x1B[2J");
    assert_null(strchr(OUT(f), '\x1b'));
    assert_null(strstr(OUT(f), "{1}"));
    assert_int_equal(CLI_RUN(&f->cap, "adapters", "--history", STORE(f)), CLI_DONE);
    PARTS(f, "ethernet", "wwan", "rndis", "rndis");
    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "-olist"), CLI_DONE);
    PARTS(f, "guid", "{1}");
    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "-ojson"), CLI_DONE);
    assert_int_equal(OUT(f)[0], '[');
    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "-ocsv"), CLI_DONE);
    PARTS(f, "'=cmd");
}

static void
nothing_and_mistakes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "--host", "PC-C"), CLI_DONE);
    PARTS(f, "No network adapters.");
    assert_int_equal(
        CLI_RUN(&f->cap, "adapters", "--history", STORE(f), "--host", "PC-C", "-ojson"), CLI_DONE);
    assert_string_equal(OUT(f), "[]\n");
    assert_int_equal(CLI_RUN(&f->cap, "adapters", STORE(f), "--tree"), CLI_USAGE);
    assert_int_equal(CLI_RUN(&f->cap, "adapters", "more", STORE(f)), CLI_USAGE);
    assert_int_equal(CLI_RUN(&f->cap, "adapters", "--store", "no-such.db"), CLI_NOTFOUND);
    assert_non_null(strstr(ERR(f), "no-such.db"));
}

/* Only what nobody ended goes on. */
static void
one_that_came_again(void **state)
{
    struct fixture *f = *state;
    struct buf path;
    struct store *s;

    help_path(&path);
    s = help_open(&path, STORE_NEW);
    put_row(s, &(struct row){"PC-A", "{1}", "A", "wifi", "10.0.0.1/8", 10, 20, 20, true, false});
    put_row(s, &(struct row){"PC-A", "{1}", "A", "wifi", "10.0.0.1/8", 30, 0, 30, true, false});
    put_row(s, &(struct row){"PC-A", "{1}", "A", "wifi", "10.0.0.2/8", 40, 0, 40, true, false});
    put_row(s, &(struct row){"PC-A", "{1}", "A", "wifi", "10.0.0.1/8", 50, 0, 50, true, false});
    help_finish(s);
    assert_int_equal(
        CLI_RUN(&f->cap, "adapters", "--history", "--store", buf_str(&path), "-ondjson"), CLI_DONE);
    assert_int_equal(lines_in(f), 4);
    PARTS(f, "00:00:10.0000000Z\",\"to_time\":\"2026-11-01T00:00:20",
          "00:00:30.0000000Z\","
          "\"to_time\":\"2026-11-01T00:00:40",
          "00:00:40.0000000Z\",\"to_time\":\"2026-11-01T00:00:50",
          "00:00:50.0000000Z\",\"to_time\":null");
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_as_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(each_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_and_hosts, setup, teardown),
        cmocka_unit_test_setup_teardown(all_formats, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_and_mistakes, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_came_again, setup, teardown),
    };

    return cmocka_run_group_tests_name("cli_adapters", tests, NULL, NULL);
}
