/* writer - whatever becomes of the store and the output: written once, in order; told at once. */
#include "test_store_help.h"

#include <sqlite3.h>
#include <stdatomic.h>

#include "detectors/rules.h"
#include "engine/writer.h"
#include "platform/thread.h"
#include "support/fault_vfs.h"

#define TOLD_MAX 256
#define MS UINT64_C(1000000)
#define LONG_NS (UINT64_C(20000) * MS)
#define BUSY_NS (UINT64_C(2100) * MS)  /* how long a try takes while another has the lock */
#define SLACK_NS (UINT64_C(1500) * MS) /* of a machine that does much else */

struct told {
    uint32_t rule, revision;
    char key[32];
};

struct bench {
    struct buf dir, path;
    struct spool *spool;
    struct writer *writer;
    struct mutex *mutex;
    size_t count; /* under the mutex */
    struct told told[TOLD_MAX];
    atomic_int refuse;    /* what the output says */
    atomic_uint refusals; /* how often it did */
    atomic_uint only;     /* rule that is refused; 0: all */
    uint64_t n;           /* attempts so far */
    size_t left;          /* files, see list() */
};

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct bench *b = ctx;
    enum err err = (enum err)atomic_load(&b->refuse);
    unsigned only = atomic_load(&b->only);

    if (err && (only == 0 || only == a->rule->id)) {
        atomic_fetch_add(&b->refusals, 1);
        return err;
    }
    mutex_lock(b->mutex);
    if (b->count < TOLD_MAX) {
        struct told *t = &b->told[b->count++];

        *t = (struct told){.rule = a->rule->id, .revision = a->revision};
        (void)snprintf(t->key, sizeof(t->key), "%.31s", a->key);
    }
    mutex_unlock(b->mutex);
    return ERR_OK;
}

/* -- the bench ----------------------------------------------------------------------------------
 */

static void
bench_start(struct bench *b)
{
    const struct writer_opts opts = {.store_path = buf_str(&b->path),
                                     .size_cap = STORE_SIZE_DEFAULT,
                                     .spool = b->spool,
                                     .output = {b, on_alert},
                                     .host = SV("PC-A")};

    assert_int_equal(writer_start(&opts, &b->writer), ERR_OK);
}

static void
bench_make(struct bench *b, const char *name)
{
    memset(b, 0, sizeof(*b));
    help_path(&b->dir);
    assert_int_equal(dir_make(buf_str(&b->dir)), ERR_OK);
    buf_init(&b->path, SIZE_MAX);
    path_join(&b->path, buf_str(&b->dir), name);
    assert_int_equal(spool_create(&b->spool), ERR_OK);
    assert_int_equal(mutex_create(&b->mutex), ERR_OK);
    bench_start(b);
}

static enum err
delete_file(void *ctx, const char *name, enum file_type type)
{
    struct bench *b = ctx;
    struct buf path;
    enum err err;

    (void)type;
    b->left += strstr(name, ".damaged-") != NULL && strstr(name, "-wal") == NULL &&
               strstr(name, "-shm") == NULL;
    buf_init(&path, SIZE_MAX);
    path_join(&path, buf_str(&b->dir), name);
    err = file_delete(buf_str(&path));
    buf_fini(&path);
    return err;
}

static void
bench_stop(struct bench *b)
{
    writer_stop(b->writer, clock_mono_ns() + LONG_NS);
    b->writer = NULL;
}

/* Counts what was set aside into b->left. Folders are not deleted by platform/: it stays in the
 * temporary folder, empty. */
static void
bench_end(struct bench *b)
{
    bench_stop(b);
    spool_destroy(b->spool);
    mutex_destroy(b->mutex);
    assert_int_equal(dir_each(buf_str(&b->dir), delete_file, b), ERR_OK);
    buf_fini(&b->path);
    buf_fini(&b->dir);
}

static void
wait_open(struct bench *b)
{
    assert_true(writer_wait_open(b->writer, clock_mono_ns() + LONG_NS));
}

static struct writer_status
status(struct bench *b)
{
    struct writer_status out;

    writer_status(b->writer, &out);
    return out;
}

static size_t
told(struct bench *b)
{
    size_t count;

    mutex_lock(b->mutex);
    count = b->count;
    mutex_unlock(b->mutex);
    return count;
}

static void
wait_told(struct bench *b, size_t due, uint64_t within_ns)
{
    uint64_t from_ns = clock_mono_ns();

    while (told(b) < due && clock_mono_ns() - from_ns < within_ns) {
        thread_sleep_ms(5);
    }
    if (told(b) != due) {
        fail_msg("told: %zu, not %zu; store: %s; output: %s", told(b), due, status(b).store_why,
                 err_str(status(b).report_err));
    }
}

static void
wait_refused(struct bench *b, unsigned due)
{
    uint64_t from_ns = clock_mono_ns();

    while (atomic_load(&b->refusals) < due && clock_mono_ns() - from_ns < LONG_NS) {
        thread_sleep_ms(5);
    }
    assert_true(atomic_load(&b->refusals) >= due);
}

/* -- batches ------------------------------------------------------------------------------------
 */

static struct batch *
get(struct bench *b)
{
    struct batch *batch = spool_get(b->spool, QUEUE_ALERT);

    assert_non_null(batch);
    return batch;
}

static void
put_attempt(struct bench *b, struct batch *batch)
{
    char text[24];
    const struct attempt a = help_attempt(HELP_START_FT + b->n * TM_SEC, "PC-A", "kumi", 7);
    const struct store_bookmark mark = {
        SV("security"), {text, (size_t)snprintf(text, sizeof(text), "%u", (unsigned)b->n)}, 1};

    assert_int_equal(batch_attempt(batch, &a), ERR_OK);
    assert_int_equal(batch_mark(batch, &mark), ERR_OK);
    b->n++;
}

static void
put_alert(struct batch *batch, enum rule_index rule, const char *key, uint32_t revision)
{
    bool notice = rule_table[rule].id < 1100;
    struct alert a;

    help_alert(&a, &rule_table[rule], "PC-A", HELP_START_FT);
    (void)snprintf(a.key, sizeof(a.key), "%s", key);
    alert_make_id(&a);
    a.revision = revision;
    assert_int_equal(batch_alert(batch, &a, notice ? BATCH_NOTICE : BATCH_REPORTED), ERR_OK);
}

static void
submit_attempt(struct bench *b)
{
    struct batch *batch = get(b);

    put_attempt(b, batch);
    spool_submit(b->spool, &batch, 1);
}

static void
submit_alert(struct bench *b, enum rule_index rule, const char *key, uint32_t revision)
{
    struct batch *batch = get(b);

    put_attempt(b, batch);
    put_alert(batch, rule, key, revision);
    spool_submit(b->spool, &batch, 1);
}

static void
drain(struct bench *b)
{
    assert_true(spool_drain(b->spool, clock_mono_ns() + LONG_NS));
}

/* All attempts from the n-th on are there once, in order; the last position; nothing is to be
 * sent. The writer has been stopped. */
static void
expect_written(struct bench *b, uint64_t from)
{
    const struct store_filter all = {0};
    struct store *s = help_open(&b->path, STORE_LIVE);
    struct rows *r = help_rows(s, ROWS_ATTEMPTS, &all);
    struct store_outbox row;
    struct buf mark;
    char due[24];

    for (uint64_t n = from; n < b->n; n++) {
        assert_int_equal(rows_next(r), ERR_OK);
        help_is_int(r, "time", (int64_t)(HELP_START_FT + n * TM_SEC));
    }
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    buf_init(&mark, STORE_BOOKMARK_MAX);
    assert_int_equal(store_bookmark(s, SV("security"), &mark, NULL), ERR_OK);
    (void)snprintf(due, sizeof(due), "%u", (unsigned)b->n - 1);
    assert_string_equal(buf_str(&mark), due);
    buf_fini(&mark);
    assert_int_equal(store_outbox_next(s, &row), ERR_END);
    store_close(s);
}

/* -- the store works ----------------------------------------------------------------------------
 */

static void
batches_are_written_in_order(void **state)
{
    struct bench b;
    struct batch *chain[3];

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    submit_attempt(&b);
    drain(&b);
    for (size_t i = 0; i < COUNT(chain); i++) {
        chain[i] = get(&b);
        put_attempt(&b, chain[i]);
    }
    spool_submit(b.spool, chain, COUNT(chain));
    drain(&b);
    assert_int_equal(status(&b).commits, 2); /* a chain is one transaction */
    assert_int_equal(status(&b).store_err, ERR_OK);
    assert_string_equal(status(&b).store_why, "");
    for (size_t i = 0; i < 40; i++) {
        submit_attempt(&b);
    }
    bench_stop(&b); /* writes what is there */
    expect_written(&b, 0);
    bench_end(&b);
}

static void
alerts_go_out_once_and_only_the_newest(void **state)
{
    struct bench b;
    struct batch *batch;

    (void)state;
    bench_make(&b, "kanari.db");
    batch = get(&b);
    put_attempt(&b, batch);
    put_alert(batch, RULE_SERVICE_STARTED, "", 1);
    put_alert(batch, RULE_LOGON_BURST, "one", 1);
    put_alert(batch, RULE_LOGON_BURST, "one", 2);
    put_alert(batch, RULE_LOGON_SPRAY, "two", 1);
    spool_submit(b.spool, &batch, 1);
    wait_told(&b, 3, LONG_NS);
    submit_alert(&b, RULE_LOGON_BURST, "one", 3);
    wait_told(&b, 4, LONG_NS);
    bench_stop(&b);
    assert_int_equal(b.count, 4);
    assert_int_equal(b.told[0].rule, 1000);
    assert_string_equal(b.told[1].key, "one");
    assert_int_equal(b.told[1].revision, 2);
    assert_string_equal(b.told[2].key, "two");
    assert_int_equal(b.told[3].revision, 3);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
the_muted_and_the_suppressed_are_not_sent(void **state)
{
    struct store_answer mute = {STORE_MUTE, {NULL, 0}, SV("known"), 0, 0};
    struct bench b;
    struct batch *batch;
    struct store *s;
    struct alert a;

    (void)state;
    bench_make(&b, "kanari.db");
    submit_alert(&b, RULE_LOGON_BURST, "muted", 1);
    wait_told(&b, 1, LONG_NS);
    help_alert(&a, &rule_table[RULE_LOGON_BURST], "PC-A", HELP_START_FT);
    (void)snprintf(a.key, sizeof(a.key), "muted");
    alert_make_id(&a);
    mute.alert_id = sv_from(a.id);
    mute.now_ft = clock_now_ft();
    mute.until_ft = mute.now_ft + TM_HOUR;
    s = help_open(&b.path, STORE_EDIT);
    assert_int_equal(store_answer(s, &mute), ERR_OK);
    store_close(s);
    submit_alert(&b, RULE_LOGON_BURST, "muted", 2);
    batch = get(&b);
    put_attempt(&b, batch);
    (void)snprintf(a.key, sizeof(a.key), "suppressed");
    alert_make_id(&a);
    a.suppressed = true;
    assert_int_equal(batch_alert(batch, &a, BATCH_REPORTED), ERR_OK);
    spool_submit(b.spool, &batch, 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "last", 1);
    wait_told(&b, 2, LONG_NS);
    assert_string_equal(b.told[1].key, "last");
    bench_stop(&b);
    assert_int_equal(b.count, 2);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
a_test_request_is_answered(void **state)
{
    struct bench b;
    struct store *s;
    int64_t number[2] = {0, 0};
    char due[32];

    (void)state;
    bench_make(&b, "kanari.db");
    wait_open(&b);
    s = help_open(&b.path, STORE_EDIT);
    assert_int_equal(store_request_test(s, SV("somebody"), clock_now_ft(), &number[0]), ERR_OK);
    assert_int_equal(store_request_test(s, SV("another"), clock_now_ft(), &number[1]), ERR_OK);
    store_close(s);
    wait_told(&b, 2, WRITER_INBOX_NS + SLACK_NS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(b.told[i].rule, 1030);
        (void)snprintf(due, sizeof(due), "%d", (int)number[i]);
        assert_string_equal(b.told[i].key, due);
    }
    submit_attempt(&b);
    bench_stop(&b);
    assert_int_equal(b.count, 2); /* each once */
    expect_written(&b, 0);
    bench_end(&b);
}

/* -- the output refuses -------------------------------------------------------------------------
 */

static void
what_is_refused_is_given_again(void **state)
{
    uint64_t from_ns;
    struct bench b;

    (void)state;
    bench_make(&b, "kanari.db");
    atomic_store(&b.refuse, ERR_BUSY);
    submit_alert(&b, RULE_LOGON_BURST, "one", 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_refused(&b, 1);
    from_ns = clock_mono_ns();
    submit_alert(&b, RULE_SERVICE_STARTED, "", 1);
    wait_refused(&b, 1 + WRITER_NOTICE_TRIES);
    drain(&b);
    thread_sleep_ms(50);
    assert_int_equal(status(&b).report_err, ERR_BUSY);
    assert_int_equal(status(&b).not_reported, 1); /* nobody keeps a notice */
    atomic_store(&b.refuse, ERR_OK);
    wait_told(&b, 2, LONG_NS);
    assert_true(clock_mono_ns() - from_ns + SLACK_NS > WRITER_REPORT_RETRY_NS);
    assert_string_equal(b.told[0].key, "one");
    assert_string_equal(b.told[1].key, "two");
    bench_stop(&b);
    assert_int_equal(b.count, 2);
    expect_written(&b, 0);
    bench_end(&b);
}

static void
what_is_refused_for_good_holds_up_nobody(void **state)
{
    struct bench b;

    (void)state;
    bench_make(&b, "kanari.db");
    atomic_store(&b.only, rule_table[RULE_LOGON_BURST].id);
    atomic_store(&b.refuse, ERR_RANGE);
    submit_alert(&b, RULE_LOGON_BURST, "one", 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_told(&b, 1, LONG_NS);
    assert_string_equal(b.told[0].key, "two");
    drain(&b);
    thread_sleep_ms(50);
    assert_int_equal(status(&b).report_err, ERR_OK);
    assert_int_equal(status(&b).not_reported, 1);
    bench_stop(&b);
    assert_int_equal(atomic_load(&b.refusals), 1);
    expect_written(&b, 0);
    bench_end(&b);
}

/* Of a rule that this version does not have: left by an older one. */
static void
an_unknown_rule_holds_up_nobody(void **state)
{
    static const struct rule gone = {9999, "gone.rule", "", "", SEV_HIGH};
    struct bench b;
    struct batch *batch;
    struct alert a;

    (void)state;
    bench_make(&b, "kanari.db");
    help_alert(&a, &gone, "PC-A", HELP_START_FT);
    batch = get(&b);
    assert_int_equal(batch_alert(batch, &a, BATCH_REPORTED), ERR_OK);
    spool_submit(b.spool, &batch, 1);
    submit_alert(&b, RULE_LOGON_SPRAY, "two", 1);
    wait_told(&b, 1, LONG_NS);
    assert_string_equal(b.told[0].key, "two");
    bench_stop(&b);
    expect_written(&b, 0);
    bench_end(&b);
}

/* -- the store fails ----------------------------------------------------------------------------
 */

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
    assert_in_range(clock_mono_ns() - from_ns, 399 * MS, 400 * MS + SLACK_NS);
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
        cmocka_unit_test(batches_are_written_in_order),
        cmocka_unit_test(alerts_go_out_once_and_only_the_newest),
        cmocka_unit_test(the_muted_and_the_suppressed_are_not_sent),
        cmocka_unit_test(a_test_request_is_answered),
        cmocka_unit_test(what_is_refused_is_given_again),
        cmocka_unit_test(what_is_refused_for_good_holds_up_nobody),
        cmocka_unit_test(an_unknown_rule_holds_up_nobody),
        cmocka_unit_test(a_store_that_fails_is_tried_again),
        cmocka_unit_test(when_both_fail_nothing_is_lost),
        cmocka_unit_test(a_damaged_store_is_replaced),
        cmocka_unit_test(a_store_that_never_opens_holds_up_nobody),
        cmocka_unit_test(it_stops_at_once_when_there_is_nothing_to_do),
        cmocka_unit_test(memory_may_run_out_at_the_start),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
