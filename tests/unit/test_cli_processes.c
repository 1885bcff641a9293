/* test_cli_processes - processes flat, at a time and as a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cli/cli.h"
#include "core/mem.h"
#include "store/store.h"
#include "support/cli_capture.h"
#include "unit/test_store_help.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define AT(second) (T0 + (second)*TM_SEC)
#define TREE_MANY 16385u

struct fixture {
    struct cli_capture cap;
    struct buf path;
};

#define STORE(f) "--store", buf_str(&(f)->path)
#define OUT(f) buf_str(&(f)->cap.out)
#define ERR(f) buf_str(&(f)->cap.err)

struct row {
    const char *host;
    uint32_t pid, parent_pid;
    uint32_t started, ended; /* seconds from T0; 0 = not known */
    uint32_t parent_started;
    const char *image, *command_line;
};

/* services.exe starts two processes of pid 200, one after the other. 500's parent had ended before
 * it began; nobody told when the first 300 ended. */
static const struct row rows[] = {
    {"PC-A", 4, 0, 0, 0, 0, "System", ""},
    {"PC-A", 100, 4, 1, 0, 0, "C:\\Windows\\System32\\services.exe", ""},
    {"PC-A", 200, 100, 2, 100, 1, "svchost.exe", "svchost.exe -k netsvcs"},
    {"PC-A", 300, 100, 10, 0, 0, "a.exe", ""},
    {"PC-A", 500, 200, 150, 0, 0, "orphan.exe", ""},
    {"PC-A", 200, 100, 200, 0, 0, "cmd.exe", "cmd /c \x1b[2J\n\"=1+1\""},
    {"PC-A", 400, 200, 250, 260, 0, "whoami.exe", "whoami /all"},
    {"PC-A", 300, 100, 300, 0, 0, "b.exe", ""},
    {"PC-B", 100, 200, 5, 0, 0, "alone.exe", ""},
};

static void
put_row(struct store *s, const struct row *row)
{
    struct process p = {.host = sv_from(row->host),
                        .pid = row->pid,
                        .started_ft = row->started == 0 ? 0 : AT(row->started),
                        .ended_ft = row->ended == 0 ? 0 : AT(row->ended),
                        .first_seen_ft = AT(row->started),
                        .last_seen_ft = AT(row->ended > row->started ? row->ended : row->started),
                        .image = sv_from(row->image),
                        .command_line = sv_from(row->command_line),
                        .parent_pid = row->parent_pid,
                        .parent_started_ft = row->parent_started == 0 ? 0 : AT(row->parent_started),
                        .witnesses = PROCESS_BY_START};

    assert_int_equal(store_put_process(s, &p), ERR_OK);
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

/* Numbers of one member in each line, in order: "4 100 200". */
static void
assert_numbers(struct fixture *f, const char *member, const char *due)
{
    struct buf found, key;

    buf_init(&found, 4096);
    buf_init(&key, 64);
    buf_printf(&key, "\"%s\":", member);
    for (const char *p = strstr(OUT(f), buf_str(&key)); p != NULL;
         p = strstr(p + 1, buf_str(&key))) {
        buf_printf(&found, "%s%lu", found.len > 0 ? " " : "", strtoul(p + key.len, NULL, 10));
    }
    assert_string_equal(buf_str(&found), due);
    buf_fini(&key);
    buf_fini(&found);
}

static void
oldest_come_first(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ondjson"), CLI_DONE);
    assert_numbers(f, "pid", "4 100 200 100 300 500 200 400 300");
    assert_null(strstr(OUT(f), "\"depth\""));
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ondjson", "--host", "PC-B"),
                     CLI_DONE);
    assert_numbers(f, "pid", "100");
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ondjson", "--since",
                             "2026-11-01T00:03:20Z", "--until", "2026-11-01T00:05:00Z"),
                     CLI_DONE);
    assert_numbers(f, "pid", "200 400");
}

/* Those that had begun and not ended; a pid that starts again ends its last process. */
static void
at_a_time_only_what_ran_then(void **state)
{
    static const struct {
        const char *at, *pids, *has, *has_not;
    } asked[] = {
        {"2026-10-31T23:59:59Z", "", "", "a.exe"},
        {"2026-11-01T00:00:00Z", "4", "System", "a.exe"},
        {"2026-11-01T00:00:50Z", "4 100 200 300", "a.exe", "b.exe"},
        {"2026-11-01T00:01:40Z", "4 100 300", "a.exe", "svchost.exe"},
        {"2026-11-01T00:04:59Z", "4 100 300 500 200", "a.exe", "b.exe"},
        {"2026-11-01T00:05:00Z", "4 100 500 200 300", "b.exe", "a.exe"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(asked); i++) {
        assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ondjson", "--host", "PC-A",
                                 "--at", asked[i].at),
                         CLI_DONE);
        assert_numbers(f, "pid", asked[i].pids);
        assert_non_null(strstr(OUT(f), asked[i].has));
        assert_null(strstr(OUT(f), asked[i].has_not));
    }
}

static void
children_stand_below_their_parents(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ondjson", "--tree"), CLI_DONE);
    assert_numbers(f, "pid", "4 100 200 300 200 400 300 500 100");
    assert_numbers(f, "depth", "0 1 2 2 2 3 2 0 0");
}

static void
the_table_moves_children_in(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--tree", "--since",
                             "2026-11-01T00:03:20Z", "--until", "2026-11-01T00:05:00Z"),
                     CLI_DONE);
    assert_string_equal(
        OUT(f),
        "computer  started                    ended                      pid  parent  session  "
        "account  program\n"
        "PC-A      2026-11-01 09:03:20+09:00  -                          200     100  -        "
        "-        cmd.exe\n"
        "    cmd /c \\x1B[2J\\x0A\"=1+1\"\n"
        "PC-A      2026-11-01 09:04:10+09:00  2026-11-01 09:04:20+09:00  400     200  -        "
        "-          whoami.exe\n"
        "    whoami /all\n");
}

static void
nothing_is_said_in_words(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--tree", "--host", "PC-C"), CLI_DONE);
    assert_non_null(strstr(OUT(f), "No processes."));
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--host", "PC-C", "-ojson"), CLI_DONE);
    assert_string_equal(OUT(f), "[]\n");
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--at", "never"), CLI_USAGE);
}

/* One more than a tree takes, on two computers. */
static int
setup_many(void **state)
{
    struct fixture *f = mem_zalloc(sizeof(*f));
    struct row row = {"PC-A", 0, 4, 0, 0, 0, "x.exe", ""};
    struct store *s;

    assert_non_null(f);
    cli_capture_init(&f->cap);
    help_path(&f->path);
    s = help_open(&f->path, STORE_NEW);
    for (uint32_t i = 0; i < TREE_MANY; i++) {
        row.host = i == 0 ? "PC-B" : "PC-A";
        row.pid = i + 1;
        row.started = i + 1;
        put_row(s, &row);
    }
    help_finish(s);
    *state = f;
    return 0;
}

static void
a_tree_has_a_limit(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--tree"), CLI_USAGE);
    assert_string_equal(ERR(f), "kanari processes: more than 16384 processes are too many for a "
                                "tree; narrow them down with --host, --since, --until or --at\n");
    assert_string_equal(OUT(f), "");
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--tree", "--host", "PC-A", "-ocsv"),
                     CLI_DONE);
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "-ocsv"), CLI_DONE);
}

/* Out of memory is said, and nothing is left behind; output that says it is good is the same. */
static void
each_allocation_fails_in_turn(void **state)
{
    struct fixture *f = *state;
    struct buf due;
    int code = CLI_INTERNAL;

    buf_init(&due, 65536);
    assert_int_equal(CLI_RUN(&f->cap, "processes", STORE(f), "--tree", "-ondjson"), CLI_DONE);
    buf_put_sv(&due, buf_sv(&f->cap.out));
    for (size_t n = 0; code != CLI_DONE; n++) {
        assert_true(n < 10000);
        mem_fail_after(n);
        code = CLI_RUN(&f->cap, "processes", STORE(f), "--tree", "-ondjson");
        mem_fail_after(SIZE_MAX);
        assert_true(code == CLI_DONE || code == CLI_INTERNAL);
    }
    assert_string_equal(OUT(f), buf_str(&due));
    buf_fini(&due);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(oldest_come_first, setup, teardown),
        cmocka_unit_test_setup_teardown(at_a_time_only_what_ran_then, setup, teardown),
        cmocka_unit_test_setup_teardown(children_stand_below_their_parents, setup, teardown),
        cmocka_unit_test_setup_teardown(the_table_moves_children_in, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_said_in_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tree_has_a_limit, setup_many, teardown),
        cmocka_unit_test_setup_teardown(each_allocation_fails_in_turn, setup, teardown),
    };

    return cmocka_run_group_tests_name("cli_processes", tests, NULL, NULL);
}
