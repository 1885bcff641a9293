/* thread_posix - threads, mutexes and conditions on POSIX systems. */
#define _GNU_SOURCE /* pthread_setname_np, nice */

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define NS_PER_SEC 1000000000u
#define NS_PER_MS 1000000u
#define NICE_BACKGROUND 10

struct mutex {
    pthread_mutex_t os;
};

struct cond {
    pthread_cond_t os;
};

struct thread {
    pthread_t os;
    thread_fn fn;
    void *ctx;
    bool background;
    char name[THREAD_NAME_MAX + 1];
};

static struct timespec
timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_SEC),
                             .tv_nsec = (long)(ns % NS_PER_SEC)};
}

/* -- threads ------------------------------------------------------------------------------------
 */

static void *
thread_main(void *ctx)
{
    struct thread *t = ctx;

    if (t->name[0] != '\0') {
        (void)pthread_setname_np(pthread_self(), t->name);
    }
    if (t->background) {
        /* Linux: of this thread alone (setpriority(2), "C library/kernel differences"). */
        int now = nice(NICE_BACKGROUND);
        (void)now;
    }
    t->fn(t->ctx);
    return NULL;
}

MUST_CHECK enum err
thread_start(const struct thread_opts *opts, thread_fn fn, void *ctx, struct thread **out)
{
    struct thread *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->fn = fn;
    t->ctx = ctx;
    t->background = opts->background;
    if (opts->name != NULL) {
        memcpy(t->name, opts->name, strnlen(opts->name, THREAD_NAME_MAX));
    }
    /* EAGAIN: memory, or a limit of threads. Other errors come from attributes; there are none. */
    if (pthread_create(&t->os, NULL, thread_main, t) != 0) {
        mem_free(t);
        return ERR_NOMEM;
    }
    *out = t;
    return ERR_OK;
}

void
thread_join(struct thread *t)
{
    int failed;

    if (t == NULL) {
        return;
    }
    failed = pthread_join(t->os, NULL);
    assert(failed == 0); /* EDEADLK: from within the thread */
    (void)failed;
    mem_free(t);
}

void
thread_sleep_ms(uint32_t ms)
{
    struct timespec until = timespec_of(clock_mono_ns() + (uint64_t)ms * NS_PER_MS);

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* -- mutex ----------------------------------------------------------------------------------------
 */

MUST_CHECK enum err
mutex_create(struct mutex **out)
{
    struct mutex *m = mem_zalloc(sizeof(*m));

    if (m == NULL) {
        return ERR_NOMEM;
    }
    if (pthread_mutex_init(&m->os, NULL) != 0) { /* EAGAIN, ENOMEM */
        mem_free(m);
        return ERR_NOMEM;
    }
    *out = m;
    return ERR_OK;
}

void
mutex_destroy(struct mutex *m)
{
    int failed;

    if (m == NULL) {
        return;
    }
    failed = pthread_mutex_destroy(&m->os);
    assert(failed == 0); /* EBUSY: locked */
    (void)failed;
    mem_free(m);
}

void
mutex_lock(struct mutex *m)
{
    int failed = pthread_mutex_lock(&m->os);

    assert(failed == 0); /* never, for a mutex of the default type */
    (void)failed;
}

void
mutex_unlock(struct mutex *m)
{
    int failed = pthread_mutex_unlock(&m->os);

    assert(failed == 0);
    (void)failed;
}

/* -- condition ------------------------------------------------------------------------------------
 */

MUST_CHECK enum err
cond_create(struct cond **out)
{
    struct cond *c = mem_zalloc(sizeof(*c));
    pthread_condattr_t attr;
    int failed;

    if (c == NULL) {
        return ERR_NOMEM;
    }
    failed = pthread_condattr_init(&attr); /* ENOMEM */
    if (failed == 0) {
        failed = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        failed = failed != 0 ? failed : pthread_cond_init(&c->os, &attr); /* EAGAIN, ENOMEM */
        (void)pthread_condattr_destroy(&attr);
    }
    if (failed != 0) {
        mem_free(c);
        return ERR_NOMEM;
    }
    *out = c;
    return ERR_OK;
}

void
cond_destroy(struct cond *c)
{
    if (c != NULL) {
        (void)pthread_cond_destroy(&c->os); /* would wait for those who still wait */
        mem_free(c);
    }
}

void
cond_wait(struct cond *c, struct mutex *m)
{
    int failed = pthread_cond_wait(&c->os, &m->os);

    assert(failed == 0);
    (void)failed;
}

bool
cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ns)
{
    struct timespec until = timespec_of(deadline_ns);
    int failed;

    if (deadline_ns == THREAD_FOREVER) {
        cond_wait(c, m);
        return true;
    }
    failed = pthread_cond_timedwait(&c->os, &m->os, &until);
    assert(failed == 0 || failed == ETIMEDOUT);
    return failed != ETIMEDOUT;
}

void
cond_wake_one(struct cond *c)
{
    (void)pthread_cond_signal(&c->os); /* never fails */
}

void
cond_wake_all(struct cond *c)
{
    (void)pthread_cond_broadcast(&c->os);
}
