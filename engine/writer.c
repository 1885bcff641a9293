/* writer - batches into the store, alerts out of it. */
#include "engine/writer.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "detectors/rules.h"
#include "engine/report.h"
#include "engine/test_alert.h"
#include "platform/platform.h"
#include "platform/thread.h"

struct writer {
    struct writer_opts opts;
    struct thread *thread;
    struct mutex *mutex;
    struct cond *opened;
    struct flag *stop;
    uint64_t stop_ns; /* when to give up; of the one who stops, read after `stop` is up */
    struct writer_status status; /* under the mutex */
    /* of the thread */
    struct store *store; /* NULL: not open yet */
    struct report *report;
    uint64_t retry_ns; /* when the store is tried again; 0: it works */
    uint64_t pause_ns; /* the next wait after a failure */
    uint64_t inbox_ns;
};

/* -- what others may know ---------------------------------------------------------------------- */

static void
set_store_err(struct writer *w, enum err err)
{
    mutex_lock(w->mutex);
    w->status.store_err = err;
    (void)snprintf(w->status.store_why, sizeof(w->status.store_why), "%s", err ? store_why() : "");
    mutex_unlock(w->mutex);
}

static void
count_commit(struct writer *w)
{
    mutex_lock(w->mutex);
    w->status.commits++;
    mutex_unlock(w->mutex);
}

static void
show_report(struct writer *w)
{
    mutex_lock(w->mutex);
    report_fill_status(w->report, &w->status);
    mutex_unlock(w->mutex);
}

void
writer_status(struct writer *w, struct writer_status *out)
{
    mutex_lock(w->mutex);
    *out = w->status;
    mutex_unlock(w->mutex);
}

/* -- the store --------------------------------------------------------------------------------- */

static void
store_failed(struct writer *w, enum err err, uint64_t now_ns)
{
    set_store_err(w, err);
    if (err == ERR_FORMAT && w->store != NULL) { /* set aside: the new one takes the batch */
        mutex_lock(w->mutex);
        w->status.replaced++;
        mutex_unlock(w->mutex);
    }
    w->retry_ns = now_ns + w->pause_ns;
    w->pause_ns = w->pause_ns < WRITER_RETRY_MAX_NS / 2 ? w->pause_ns * 2 : WRITER_RETRY_MAX_NS;
}

static void
store_works(struct writer *w)
{
    if (w->retry_ns != 0) {
        set_store_err(w, ERR_OK);
    }
    w->retry_ns = 0;
    w->pause_ns = WRITER_RETRY_MIN_NS;
}

MUST_CHECK static enum err
open_store(struct writer *w)
{
    struct store *s = NULL;
    enum err err = store_open(w->opts.store_path, STORE_LIVE, &s);

    if (!err) {
        err = store_size_cap(s, w->opts.size_cap);
    }
    if (err) {
        store_close(s);
        return err;
    }
    w->store = s;
    mutex_lock(w->mutex);
    w->status.open = true;
    cond_wake_all(w->opened);
    mutex_unlock(w->mutex);
    return ERR_OK;
}

/* True when the store is there and it is time to use it. */
static bool
have_store(struct writer *w, uint64_t now_ns)
{
    if (now_ns < w->retry_ns) {
        return false;
    }
    if (w->store == NULL) {
        enum err err = open_store(w);

        if (err) {
            store_failed(w, err, now_ns);
            return false;
        }
        store_works(w);
    }
    return true;
}

/* One chain of batches in one transaction, with the positions of the sources. */
MUST_CHECK static enum err
write_chain(struct writer *w, struct batch *const *chain, size_t count)
{
    struct store_bookmark marks[BATCH_MARKS_MAX];
    size_t mark_count = batch_marks(chain, count, marks);
    enum err err = store_begin(w->store);

    for (size_t i = 0; i < count && !err; i++) {
        err = batch_put(chain[i], w->store, clock_now_ft());
    }
    if (err) {
        store_rollback(w->store);
        return err;
    }
    return store_commit(w->store, marks, mark_count);
}

/* Nobody knows when the store will take what waits: it is reported without it. */
static void
report_waiting(struct writer *w)
{
    uint64_t now_ns = clock_mono_ns();
    struct batch *b;

    for (size_t i = 0; (b = spool_at(w->opts.spool, i)) != NULL; i++) {
        if (!report_batch(w->report, b, BATCH_REPORTED, now_ns)) {
            break;
        }
    }
    show_report(w);
}

static void
take_chain(struct writer *w, struct batch *const *chain, size_t count, uint64_t now_ns)
{
    enum err err;

    if (w->retry_ns != 0) {
        report_waiting(w); /* before a try that may take long */
    }
    if (!have_store(w, now_ns)) {
        report_waiting(w);
        return;
    }
    err = write_chain(w, chain, count);
    if (err) {
        store_failed(w, err, now_ns);
        report_waiting(w);
        return;
    }
    store_works(w);
    count_commit(w);
    for (size_t i = 0; i < count; i++) {
        (void)report_batch(w->report, chain[i], BATCH_NOTICE, now_ns);
    }
    spool_pop(w->opts.spool, count);
}

/* -- the thread -------------------------------------------------------------------------------- */

/* Requests of the command line, and the outbox. That this works says nothing about writing, when
 * batches wait for it. */
static void
look_around(struct writer *w, uint64_t now_ns)
{
    enum err err = ERR_OK;

    if (!have_store(w, now_ns)) {
        return;
    }
    if (now_ns >= w->inbox_ns) {
        w->inbox_ns = now_ns + WRITER_INBOX_NS;
        err = test_alert_answer(w->store, w->opts.host, clock_now_ft());
    }
    if (!err) {
        err = report_outbox(w->report, w->store, now_ns);
        show_report(w);
    }
    if (err) {
        store_failed(w, err, now_ns);
    } else if (spool_at(w->opts.spool, 0) == NULL) {
        store_works(w);
    }
}

static uint64_t
next_look(const struct writer *w, uint64_t now_ns)
{
    uint64_t due = now_ns + (w->retry_ns != 0 ? WRITER_LOOK_NS : WRITER_INBOX_NS);

    return w->retry_ns != 0 && w->retry_ns < due ? w->retry_ns : due;
}

/* A store that could never be opened is not waited for. */
static bool
is_over(const struct writer *w, bool idle)
{
    bool hopeless = w->store == NULL && w->retry_ns != 0;

    return flag_is_up(w->stop) && (idle || hopeless || clock_mono_ns() >= w->stop_ns);
}

static void
run(void *ctx)
{
    struct writer *w = ctx;

    for (;;) {
        uint64_t now_ns = clock_mono_ns();
        struct batch *chain[SPOOL_CHAIN_MAX];
        size_t count;

        look_around(w, now_ns);
        count =
            spool_front(w->opts.spool, flag_is_up(w->stop) ? now_ns : next_look(w, now_ns), chain);
        if (count > 0) {
            take_chain(w, chain, count, clock_mono_ns());
        }
        if (is_over(w, count == 0)) {
            break;
        }
        if (count > 0 && w->retry_ns != 0) {
            (void)flag_wait_until(w->stop, next_look(w, clock_mono_ns()));
            thread_sleep_ms(flag_is_up(w->stop) ? 10 : 0);
        }
    }
    if (w->retry_ns == 0) {
        look_around(w, clock_mono_ns());
    }
    store_close(w->store);
    w->store = NULL;
}

/* -- life -------------------------------------------------------------------------------------- */

static void
destroy(struct writer *w)
{
    report_destroy(w->report);
    flag_destroy(w->stop);
    cond_destroy(w->opened);
    mutex_destroy(w->mutex);
    mem_free(w);
}

enum err
writer_start(const struct writer_opts *o, struct writer **out)
{
    static const struct thread_opts thread = {.name = "writer"};
    struct writer *w = mem_zalloc(sizeof(*w));
    enum err err;

    if (w == NULL) {
        return ERR_NOMEM;
    }
    w->opts = *o;
    w->pause_ns = WRITER_RETRY_MIN_NS;
    err = report_create(&o->output, &w->report);
    if (!err) {
        err = mutex_create(&w->mutex);
    }
    if (!err) {
        err = cond_create(&w->opened);
    }
    if (!err) {
        err = flag_create(&w->stop);
    }
    if (!err) {
        err = thread_start(&thread, run, w, &w->thread);
    }
    if (err) {
        destroy(w);
        return err;
    }
    *out = w;
    return ERR_OK;
}

bool
writer_wait_open(struct writer *w, uint64_t deadline_ns)
{
    bool time = true;
    bool open;

    mutex_lock(w->mutex);
    while (!w->status.open && time) {
        time = cond_wait_until(w->opened, w->mutex, deadline_ns);
    }
    open = w->status.open;
    mutex_unlock(w->mutex);
    return open;
}

void
writer_stop(struct writer *w, uint64_t deadline_ns)
{
    if (w == NULL) {
        return;
    }
    w->stop_ns = deadline_ns;
    flag_raise(w->stop);
    spool_wake(w->opts.spool);
    thread_join(w->thread);
    destroy(w);
}
