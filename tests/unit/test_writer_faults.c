/* writer, faults - a store that fails: told at once, written in order once it can be. */
#include "test_writer_help.h"

#include <sqlite3.h>

#include "platform/thread.h"
#include "support/fault_vfs.h"

/* -- the store fails --------------------------------------------------------------------------- */

static const struct {
    int rc; /* of every write; 0: another program has the lock */
    enum err err;
} troubles[] = {
    {SQLITE_IOERR_WRITE, ERR_IO},
    {SQLITE_FULL, ERR_FULL},
    {SQLITE_READONLY, ERR_ACCESS},
    {0, ERR_BUSY},
};

static void
begin_trouble(struct bench *b, size_t kind, sqlite3 **other)
{
    const struct fault f = {FAULT_WRITE, 0, troubles[kind].rc, true};

    *other = NULL;
    if (troubles[kind].rc != 0) {
        fault_set(&f);
        return;
    }
    assert_int_equal(sqlite3_open(buf_str(&b->path), other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(*other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

static void
end_trouble(sqlite3 *other)
{
    if (other == NULL) {
        assert_true(fault_clear());
    }
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void
wait_store_err(struct bench *b, enum err due)
{
    uint64_t from_ns = clock_mono_ns();

    while (status(b).store_err != due && clock_mono_ns() - from_ns < LONG_NS) {
        thread_sleep_ms(5);
    }
    assert_int_equal(status(b).store_err, due);
}

/* Told at once though nothing can be written; written in order, and not told again, afterwards. */
static void
fail_and_recover(size_t kind)
{
    uint64_t try_ns = troubles[kind].err == ERR_BUSY ? BUSY_NS : 0;
    sqlite3 *other;
    struct bench b;

    bench_make(&b, "kanari.db");
    wait_open(&b);
    submit_attempt(&b);
    drain(&b);
    begin_trouble(&b, kind, &other);
    submit_alert(&b, RULE_LOGON_BURST, "first", 1);
    wait_told(&b, 1, try_ns + SLACK_NS);
    wait_store_err(&b, troubles[kind].err);
    assert_string_not_equal(status(&b).store_why, "");
    thread_sleep_ms(300);
    submit_alert(&b, RULE_LOGON_SPRAY, "second", 1);
    submit_alert(&b, RULE_SERVICE_STARTED, "third", 1);
    wait_told(&b, 3, try_ns + WRITER_LOOK_NS + SLACK_NS);
    for (size_t i = 0; i < 200; i++) { /* looking at the inbox makes nothing of it right */
        assert_int_equal(status(&b).store_err, troubles[kind].err);
        thread_sleep_ms(10);
    }
    assert_int_equal(status(&b).commits, 1);
    end_trouble(other);
    drain(&b);
    wait_store_err(&b, ERR_OK);
    assert_string_equal(status(&b).store_why, "");
    submit_alert(&b, RULE_LOGON_BURST, "fourth", 1);
    wait_told(&b, 4, LONG_NS);
    bench_stop(&b);
    assert_int_equal(b.count, 4);
    assert_string_equal(b.told[0].key, "first");
    assert_string_equal(b.told[3].key, "fourth");
    expect_written(&b, 0);
    bench_end(&b);
    assert_int_equal(b.left, 0);
}

static void
a_store_that_fails_is_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(troubles); i++) {
        fail_and_recover(i);
    }
}

/* Neither store nor output: nothing is given up, and nothing is told twice. */
static void
when_both_fail_nothing_is_lost(void **state)
{
    const struct fault f = {FAULT_WRITE, 0, SQLITE_FULL, true};
    struct bench b;

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    submit_attempt(&b);
    drain(&b);
    fault_set(&f);
    submit_alert(&b, RULE_LOGON_BURST, "first", 1);
    wait_told(&b, 1, LONG_NS);
    atomic_store(&b.refuse, ERR_IO);
    submit_alert(&b, RULE_LOGON_BURST, "second", 1);
    submit_alert(&b, RULE_LOGON_BURST, "third", 1);
    wait_refused(&b, 1);
    assert_true(fault_clear());
    drain(&b);
    atomic_store(&b.refuse, ERR_OK);
    wait_told(&b, 3, LONG_NS);
    bench_stop(&b);
    assert_int_equal(b.count, 3);
    assert_string_equal(b.told[1].key, "second");
    assert_string_equal(b.told[2].key, "third");
    assert_int_equal(atomic_load(&b.refusals), 1);
    expect_written(&b, 0);
    bench_end(&b);
}

/* Set aside; what waits goes into the new one. */
static void
a_damaged_store_is_replaced(void **state)
{
    const struct fault f = {FAULT_READ, 0, SQLITE_CORRUPT, false};
    struct bench b;
    uint64_t before;

    (void)state;
    bench_make(&b, "kanari.db");
    submit_attempt(&b);
    drain(&b);
    bench_stop(&b);
    bench_start(&b); /* with nothing in its cache */
    wait_open(&b);
    thread_sleep_ms(50);
    before = b.n;
    fault_set(&f);
    for (size_t i = 0; i < 2000 && status(&b).replaced == 0; i++) {
        before = b.n;
        submit_attempt(&b);
        drain(&b);
    }
    assert_true(fault_clear());
    assert_int_equal(status(&b).replaced, 1);
    submit_attempt(&b);
    drain(&b);
    wait_store_err(&b, ERR_OK);
    bench_stop(&b);
    expect_written(&b, before);
    bench_end(&b);
    assert_int_equal(b.left, 1);
}

/* -- it never opens, and the end ----------------------------------------------------------------
 */

static void
a_store_that_never_opens_holds_up_nobody(void **state)
{
    uint64_t from_ns;
    struct bench b;

    (void)state;
    bench_make(&b, "no-folder/kanari.db");
    assert_false(writer_wait_open(b.writer, clock_mono_ns() + 50 * MS));
    submit_alert(&b, RULE_STORE_DEGRADED, "why", 1);
    wait_told(&b, 1, SLACK_NS);
    submit_alert(&b, RULE_SERVICE_STARTED, "", 1);
    wait_told(&b, 2, WRITER_LOOK_NS + SLACK_NS);
    assert_false(status(&b).open);
    assert_int_not_equal(status(&b).store_err, ERR_OK);
    assert_string_not_equal(status(&b).store_why, "");
    submit_alert(&b, RULE_SERVICE_STOPPING, "", 1);
    from_ns = clock_mono_ns();
    writer_stop(b.writer, from_ns + 400 * MS);
    b.writer = NULL;
    assert_in_range(clock_mono_ns() - from_ns, 0, 400 * MS + SLACK_NS);
    assert_int_equal(b.count, 3); /* the last one, too */
    bench_end(&b);
}

static void
it_stops_at_once_when_there_is_nothing_to_do(void **state)
{
    struct bench b;
    uint64_t from_ns;

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    from_ns = clock_mono_ns();
    bench_stop(&b);
    assert_true(clock_mono_ns() - from_ns < SLACK_NS);
    writer_stop(NULL, 0);
    bench_end(&b);
}

static void
memory_may_run_out_at_the_start(void **state)
{
    struct bench b;
    size_t n = 0;
    enum err err;

    (void)state;
    bench_make(&b, "kanari.db");
    bench_stop(&b);
    do {
        const struct writer_opts opts = {.store_path = buf_str(&b.path),
                                         .size_cap = STORE_SIZE_DEFAULT,
                                         .spool = b.spool,
                                         .output = {&b, on_alert}};

        mem_fail_after(n++);
        err = writer_start(&opts, &b.writer);
    } while (err == ERR_NOMEM);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 4);
    wait_store_err(&b, ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    wait_open(&b);
    submit_attempt(&b);
    drain(&b);
    bench_stop(&b);
    expect_written(&b, 0);
    bench_end(&b);
}

/* The store sets up SQLite's memory when it is opened first; the faults come after that. */
static int
set_up(void **state)
{
    struct buf path;

    (void)state;
    help_path(&path);
    store_close(help_open(&path, STORE_LIVE));
    help_remove(&path);
    fault_install();
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_fails_is_tried_again),
        cmocka_unit_test(when_both_fail_nothing_is_lost),
        cmocka_unit_test(a_damaged_store_is_replaced),
        cmocka_unit_test(a_store_that_never_opens_holds_up_nobody),
        cmocka_unit_test(it_stops_at_once_when_there_is_nothing_to_do),
        cmocka_unit_test(memory_may_run_out_at_the_start),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
