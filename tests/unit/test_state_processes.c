/* test_state_processes - one row for each process, whoever told of it. */
#include "unit/test_activity.h"

#define VOLUME "\\Device\\HarddiskVolume3"
#define SVCHOST "\\Windows\\System32\\svchost.exe"

/* Start, stop and parent by exact starts. */
static void
a_process_is_told_once(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 500, 4, 1000, .process = "C:\\a.exe", .sequence = 7},
        {2000, EV_PROCESS_START, KERNEL, 600, 500, 1999, .process = "C:\\b.exe",
         .parent_sequence = 7},
        {3000, EV_PROCESS_STOP, KERNEL, 600, 0, 1999, .process = "b.exe", .status = 1},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 1999..3000 C:\\b.exe [] <500:1000 C:\\a.exe> by 9\n"
                      "PC-A 500 1000..- C:\\a.exe [] <4:- > by 1\n");
}

/* Kernel-Process, the NT kernel's record and 4688 of one start. */
static void
three_witnesses_make_one_row(void **state)
{
    static const struct told told[] = {
        {998, EV_PROCESS_START, CLASSIC, 600, 500, .process = "svchost.exe",
         .command_line = "C:" SVCHOST " -k netsvcs"},
        {1001, EV_PROCESS_START, AUDITING, 600, 500, .process = "C:" SVCHOST, .parent = "C:\\p.exe",
         .account = "kumi"},
        {1004, EV_PROCESS_START, KERNEL, 600, 500, 997, .process = VOLUME SVCHOST},
        {5000, EV_PROCESS_STOP, CLASSIC, 600, 500, .process = "svchost.exe"},
        {5001, EV_PROCESS_STOP, KERNEL, 600, 0, 997, .process = "svchost.exe"},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 997..5000 C:" SVCHOST " [C:" SVCHOST
                      " -k netsvcs] <500:- C:\\p.exe> by 11\n");
}

/* The drive becomes known while the process runs: its events name the file that a person can open.
 */
static void
a_drive_is_learned_while_it_runs(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 600, 4, 1000,
         .process = VOLUME "\\Program Files\\A Vendor\\A Product\\bin\\a.exe"},
        {2000, EV_PROCESS_START, CLASSIC, 700, 4, .process = VOLUME SVCHOST,
         .command_line = "C:" SVCHOST " -k netsvcs"},
    };
    static const struct told stop = {3000, EV_PROCESS_STOP,   KERNEL, 600, 0,
                                     1000, .process = "a.exe"};
    struct activity_test t;

    (void)state;
    activity_begin(&t);
    activity_feed_all(&t, told, COUNT(told));
    assert_true(activity_feed(&t, &stop));
    assert_int_equal(t.last.process.len,
                     strlen("C:\\Program Files\\A Vendor\\A Product\\bin\\a.exe"));
    assert_memory_equal(t.last.process.p, "C:\\Program Files\\A Vendor\\A Product\\bin\\a.exe",
                        t.last.process.len);
    activity_end(&t);
}

static void
two_records_of_one_kind_are_two_processes(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, AUDITING, 600, 4, .process = "C:\\a.exe"},
        {1500, EV_PROCESS_START, AUDITING, 600, 4, .process = "C:\\b.exe"},
        {9000, EV_PROCESS_STOP, CLASSIC, 600, 4, .process = "b.exe"},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 1000..- C:\\a.exe [] <4:- > by 2\n"
                      "PC-A 600 1500..9000 C:\\b.exe [] <4:- > by 10\n");
}

/* A pid that is used again: nothing of the first is mixed with the second. */
static void
a_pid_is_used_again(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 600, 4, 1000, .process = "C:\\a.exe"},
        {2000, EV_PROCESS_STOP, KERNEL, 600, 0, 1000, .process = "a.exe"},
        {2100, EV_PROCESS_START, KERNEL, 600, 4, 2100, .process = "C:\\b.exe"},
        {2200, EV_PROCESS_START, KERNEL, 700, 600, 2200, .process = "C:\\c.exe"},
        {60000, EV_PROCESS_START, KERNEL, 600, 4, 60000, .process = "C:\\d.exe"},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 1000..2000 C:\\a.exe [] <4:- > by 9\n"
                      "PC-A 600 2100..- C:\\b.exe [] <4:- > by 1\n"
                      "PC-A 600 60000..- C:\\d.exe [] <4:- > by 1\n"
                      "PC-A 700 2200..- C:\\c.exe [] <600:2100 C:\\b.exe> by 1\n");
}

/* A parent that is another process of that pid is no parent. */
static void
the_sequence_tells_the_parent(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 500, 4, 1000, .process = "C:\\a.exe", .sequence = 7},
        {2000, EV_PROCESS_START, KERNEL, 600, 500, 2000, .process = "C:\\b.exe",
         .parent_sequence = 6},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 500 1000..- C:\\a.exe [] <4:- > by 1\n"
                      "PC-A 600 2000..- C:\\b.exe [] <500:- > by 1\n");
}

/* Processes that ran before the trace and after it, their image from the mapped file. */
static void
a_rundown_knows_what_runs(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_RUNDOWN, CLASSIC, 600, 4, .process = "svchost.exe"},
        {1001, EV_IMAGE_LOAD, "NT Kernel/Image", 600, .path = VOLUME "\\Windows\\ntdll.dll"},
        {1002, EV_IMAGE_LOAD, "NT Kernel/Image", 600, .path = VOLUME SVCHOST},
        {1003, EV_PROCESS_RUNDOWN, KERNEL, 700, 600, 500, .process = "C:\\b.exe"},
        {9000, EV_PROCESS_RUNDOWN, CLASSIC, 600, 4, .process = "svchost.exe"},
        {9001, EV_PROCESS_RUNDOWN, CLASSIC, 700, 600, .process = "b.exe"},
    };

    (void)state;
    EXPECT_ROWS(told,
                "PC-A 600 -..- \\\\?\\GLOBALROOT" VOLUME SVCHOST " [] <4:- > by 4\n"
                "PC-A 700 500..- C:\\b.exe [] <600:- \\\\?\\GLOBALROOT" VOLUME SVCHOST "> by 4\n");
}

/* csrss was made by an smss that is gone; the svchost of that pid came later. */
static void
a_parent_is_older_than_its_child(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_RUNDOWN, CLASSIC, 400, 4, .process = "smss.exe"},
        {1001, EV_PROCESS_RUNDOWN, CLASSIC, 516, 508, .process = "csrss.exe"},
        {1002, EV_PROCESS_RUNDOWN, CLASSIC, 508, 400, .process = "svchost.exe"},
        {9000, EV_PROCESS_RUNDOWN, CLASSIC, 516, 508, .process = "csrss.exe"},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 400 -..- smss.exe [] <4:- > by 4\n"
                      "PC-A 508 -..- svchost.exe [] <400:- smss.exe> by 4\n"
                      "PC-A 516 -..- csrss.exe [] <508:- > by 4\n");
}

/* Only the end was seen. */
static void
an_end_alone_is_a_row(void **state)
{
    static const struct told told[] = {
        {5000, EV_PROCESS_STOP, KERNEL, 600, 0, 900, .process = "SearchProtocol", .status = 3},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 900..5000 SearchProtocol [] <0:- > by 8\n");
}

/* The name in a stop record is cut at 14 characters, and the process is still the same. */
static void
a_cut_name_is_the_same_program(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_RUNDOWN, CLASSIC, 600, 4, .process = "SearchProtocolHost.exe"},
        {2000, EV_PROCESS_STOP, KERNEL, 600, 0, 900, .process = "SearchProtocol"},
        {3000, EV_PROCESS_RUNDOWN, CLASSIC, 700, 4, .process = "notepad.exe"},
        {4000, EV_PROCESS_RUNDOWN, CLASSIC, 700, 4, .process = "calc.exe"}, /* another one */
    };

    (void)state;
    EXPECT_ROWS(told, "PC-A 600 900..2000 SearchProtocolHost.exe [] <4:- > by 12\n"
                      "PC-A 700 -..- notepad.exe [] <4:- > by 4\n"
                      "PC-A 700 -..- calc.exe [] <4:- > by 4\n");
}

static void
computers_are_kept_apart(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 600, 4, 1000, .process = "C:\\a.exe"},
        {1000, EV_PROCESS_START, KERNEL, 600, 4, 1000, .process = "C:\\b.exe", .host = "PC-B"},
        {2000, EV_PROCESS_STOP, KERNEL, 600, 0, 1000, .process = "b.exe", .host = "PC-B"},
    };

    (void)state;
    EXPECT_ROWS(told, "PC-B 600 1000..2000 C:\\b.exe [] <4:- > by 9\n"
                      "PC-A 600 1000..- C:\\a.exe [] <4:- > by 1\n");
}

/* Rows leave ten seconds after the end, so that late records still join. */
static void
an_ended_process_leaves(void **state)
{
    struct activity_test t;

    (void)state;
    activity_begin(&t);
    activity_feed(&t,
                  &(struct told){1000, EV_PROCESS_START, KERNEL, 600, 4, 1000, .process = NULL});
    activity_feed(&t, &(struct told){2000, EV_PROCESS_STOP, KERNEL, 600, 0, 1000, .process = NULL});
    assert_int_equal(state_tick(t.st, T0 + 12 * TM_SEC - 1), ERR_OK);
    assert_int_equal(t.rows.len, 0);
    assert_int_equal(state_tick(t.st, T0 + 12 * TM_SEC), ERR_OK);
    assert_string_equal(buf_str(&t.rows), "PC-A 600 1000..2000  [] <4:- > by 9\n");
    activity_expect(&t, "PC-A 600 1000..2000  [] <4:- > by 9\n");
    activity_end(&t);
}

/* The limit holds; the ended go first, then those not heard of for longest; each is counted. */
static void
a_full_table_lets_the_oldest_go(void **state)
{
    struct activity_test t;

    (void)state;
    buf_init(&t.rows, SIZE_MAX);
    assert_int_equal(config_create(&t.cfg), ERR_OK);
    t.cfg->max_processes = 3;
    assert_int_equal(state_create(t.cfg, on_attempt, &t, &t.st), ERR_OK);
    state_on_process(t.st, on_process);
    metric_reset_all();
    for (uint32_t pid = 1; pid <= 3; pid++) {
        activity_feed(&t,
                      &(struct told){pid, EV_PROCESS_START, KERNEL, pid, 0, pid, .process = NULL});
    }
    activity_feed(&t, &(struct told){10, EV_PROCESS_STOP, KERNEL, 3, 0, 3, .process = NULL});
    activity_feed(&t, &(struct told){11, EV_PROCESS_RUNDOWN, KERNEL, 1, 0, 1, .process = NULL});
    assert_int_equal(t.rows.len, 0);
    activity_feed(&t, &(struct told){12, EV_PROCESS_START, KERNEL, 4, 0, 12, .process = NULL});
    activity_feed(&t, &(struct told){13, EV_PROCESS_START, KERNEL, 5, 0, 13, .process = NULL});
    assert_string_equal(buf_str(&t.rows), "PC-A 3 3..10  [] <0:- > by 9\n"
                                          "PC-A 2 2..-  [] <0:- > by 1\n");
    assert_int_equal(metric_get(METRIC_PROCESSES_FULL), 2);
    activity_end(&t);
}

/* Texts are bounded too, whatever their number. */
static void
long_texts_are_bounded(void **state)
{
    enum { LEN = 8192, COUNT_FED = 3000 };
    struct activity_test t;
    char *text = mem_zalloc(LEN + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', LEN);
    activity_begin(&t);
    state_on_process(t.st, NULL);
    metric_reset_all();
    for (uint32_t i = 1; i <= COUNT_FED; i++) {
        activity_feed(&t,
                      &(struct told){i, EV_PROCESS_START, KERNEL, i, 0, i, .command_line = text});
    }
    /* 16 MiB hold 2,048 of them, and one more until the next event */
    assert_int_equal(metric_get(METRIC_PROCESSES_FULL), COUNT_FED - 2048 - 1);
    activity_end(&t);
    mem_free(text);
}

static enum err
on_sid(void *ctx, const struct process *p)
{
    struct activity_test *t = ctx;

    buf_printf(&t->rows, "%u ", p->pid);
    buf_put_sv(&t->rows, p->sid);
    buf_putc(&t->rows, '\n');
    return buf_err(&t->rows);
}

/* 4688 leaves the account out when it is the creator's; a record of ETW says only who acted. */
static void
who_created_a_process_is_not_its_account(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 500, 4, 1000, .process = "C:\\a.exe", .account = "kumi"},
        {2000, EV_PROCESS_START, AUDITING, 600, 4, .process = "C:\\b.exe", .account = "kumi"},
    };
    struct activity_test t;

    (void)state;
    activity_begin(&t);
    state_on_process(t.st, on_sid);
    activity_feed_all(&t, told, COUNT(told));
    activity_expect(&t, "500 \n600 S-1-5-21-1-2-3-1001\n");
    activity_end(&t);
}

/* Each allocation fails in turn: an error or all rows, no leak, no crash. */
static void
each_allocation_fails(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 500, 4, 1000, .process = "C:\\a.exe"},
        {2000, EV_PROCESS_START, AUDITING, 600, 500, .process = "C:\\b.exe", .account = "kumi"},
        {2100, EV_NET_ACCEPT, TCPIP, 600, .remote = "192.31.196.7:50000", .local = "10.0.0.5:445"},
        {3000, EV_PROCESS_STOP, KERNEL, 600, 0, 1999, .process = "b.exe"},
    };
    bool whole = false;

    (void)state;
    for (size_t n = 0; !whole; n++) {
        struct activity_test t;
        enum err err;
        bool changed;

        buf_init(&t.rows, SIZE_MAX);
        assert_int_equal(config_create(&t.cfg), ERR_OK);
        t.st = NULL;
        mem_fail_after(n);
        err = state_create(t.cfg, on_attempt, &t, &t.st);
        for (size_t i = 0; i < COUNT(told) && !err; i++) {
            struct event ev = event_of(&told[i]);

            err = state_complete(t.st, &ev, &changed);
            err = err ? err : state_event(t.st, &ev);
        }
        err = err ? err : state_flush(t.st);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        whole = err == ERR_OK;
        activity_end(&t);
        assert_true(n < 200);
    }
}

/* Live: once its records have joined, and again when more is known, and when it ends. */
static void
a_running_process_is_told_early(void **state)
{
    static const struct told told[] = {
        {1000, EV_PROCESS_START, KERNEL, 600, 4, 1000, .process = "C:\\a.exe"},
        {1010, EV_PROCESS_START, CLASSIC, 600, 4, .process = "a.exe", .command_line = "a -x"},
        {2600, EV_PROCESS_START, KERNEL, 700, 4, 2600, .process = "C:\\b.exe"},
        {3100, EV_PROCESS_STOP, KERNEL, 700, 0, 2600, .process = "b.exe"},
        {9000, EV_PROCESS_STOP, KERNEL, 600, 0, 1000, .process = "a.exe"},
        {30000, EV_PROCESS_START, KERNEL, 800, 4, 30000, .process = "C:\\c.exe"},
    };
    struct activity_test t;

    (void)state;
    activity_begin(&t);
    state_tell_early(t.st);
    activity_feed_all(&t, told, COUNT(told));
    activity_expect(&t, "PC-A 600 1000..- C:\\a.exe [a -x] <4:- > by 1\n"
                        "PC-A 700 2600..3100 C:\\b.exe [] <4:- > by 9\n"
                        "PC-A 700 2600..3100 C:\\b.exe [] <4:- > by 9\n"
                        "PC-A 600 1000..9000 C:\\a.exe [a -x] <4:- > by 9\n"
                        "PC-A 800 30000..- C:\\c.exe [] <4:- > by 1\n"
                        "PC-A 800 30000..- C:\\c.exe [] <4:- > by 1\n");
    activity_end(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_told_once),
        cmocka_unit_test(a_running_process_is_told_early),
        cmocka_unit_test(three_witnesses_make_one_row),
        cmocka_unit_test(a_drive_is_learned_while_it_runs),
        cmocka_unit_test(two_records_of_one_kind_are_two_processes),
        cmocka_unit_test(a_pid_is_used_again),
        cmocka_unit_test(the_sequence_tells_the_parent),
        cmocka_unit_test(a_rundown_knows_what_runs),
        cmocka_unit_test(a_parent_is_older_than_its_child),
        cmocka_unit_test(an_end_alone_is_a_row),
        cmocka_unit_test(a_cut_name_is_the_same_program),
        cmocka_unit_test(computers_are_kept_apart),
        cmocka_unit_test(an_ended_process_leaves),
        cmocka_unit_test(a_full_table_lets_the_oldest_go),
        cmocka_unit_test(long_texts_are_bounded),
        cmocka_unit_test(who_created_a_process_is_not_its_account),
        cmocka_unit_test(each_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
