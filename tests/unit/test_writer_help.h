/* test_writer_help - a writer with its spool, a store in a folder, and an output that may refuse.
 */
#pragma once

#include "test_store_help.h"

#include <stdatomic.h>

#include "detectors/rules.h"
#include "engine/writer.h"
#include "platform/thread.h"

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

static inline enum err
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

static inline void
bench_start(struct bench *b)
{
    const struct writer_opts opts = {.store_path = buf_str(&b->path),
                                     .size_cap = STORE_SIZE_DEFAULT,
                                     .spool = b->spool,
                                     .output = {b, on_alert},
                                     .host = SV("PC-A")};

    assert_int_equal(writer_start(&opts, &b->writer), ERR_OK);
}

static inline void
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

static inline enum err
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

static inline void
bench_stop(struct bench *b)
{
    writer_stop(b->writer, clock_mono_ns() + LONG_NS);
    b->writer = NULL;
}

/* Counts what was set aside into b->left. Folders are not deleted by platform/: it stays in the
 * temporary folder, empty. */
static inline void
bench_end(struct bench *b)
{
    bench_stop(b);
    spool_destroy(b->spool);
    mutex_destroy(b->mutex);
    assert_int_equal(dir_each(buf_str(&b->dir), delete_file, b), ERR_OK);
    buf_fini(&b->path);
    buf_fini(&b->dir);
}

static inline void
wait_open(struct bench *b)
{
    assert_true(writer_wait_open(b->writer, clock_mono_ns() + LONG_NS));
}

static inline struct writer_status
status(struct bench *b)
{
    struct writer_status out;

    writer_status(b->writer, &out);
    return out;
}

static inline size_t
told(struct bench *b)
{
    size_t count;

    mutex_lock(b->mutex);
    count = b->count;
    mutex_unlock(b->mutex);
    return count;
}

static inline void
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

static inline void
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

static inline struct batch *
get(struct bench *b)
{
    struct batch *batch = spool_get(b->spool, QUEUE_ALERT);

    assert_non_null(batch);
    return batch;
}

static inline void
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

static inline void
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

static inline void
submit_attempt(struct bench *b)
{
    struct batch *batch = get(b);

    put_attempt(b, batch);
    spool_submit(b->spool, &batch, 1);
}

static inline void
submit_alert(struct bench *b, enum rule_index rule, const char *key, uint32_t revision)
{
    struct batch *batch = get(b);

    put_attempt(b, batch);
    put_alert(batch, rule, key, revision);
    spool_submit(b->spool, &batch, 1);
}

static inline void
drain(struct bench *b)
{
    assert_true(spool_drain(b->spool, clock_mono_ns() + LONG_NS));
}

/* All attempts from the n-th on are there once, in order; the last position; nothing is to be
 * sent. The writer has been stopped. */
static inline void
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
