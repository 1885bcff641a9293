/*
 * thread - threads and what they wait for: a mutex, a condition, a flag. See platform.h for clocks.
 *
 * Errors:  ERR_NOMEM, from *_create() and thread_start() only: no memory, or the system has no room
 *          for another thread. Nothing else can fail: a wrong use (unlocking what another thread
 *          has locked, destroying what is in use) is a bug of the caller and is not answered.
 * Memory:  *_create() and thread_start() allocate; *_destroy() and thread_join() free, and take
 *          NULL. Whoever destroys knows that no thread uses the object or will: join first. A
 *          thread that was just woken may still be inside the object.
 * Time:    deadlines are times of clock_mono_ns(); steps of the wall clock do not matter.
 *          THREAD_FOREVER never comes. A wait never ends before its deadline without a reason,
 *          and may end up to a timer tick (Windows: 16 ms) after it.
 * Threads: any function from any thread, but none from a POSIX signal handler. Windows' handlers
 *          of console and service controls run in threads of their own and may call them.
 */
#pragma once

#include "core/err.h"

#define THREAD_FOREVER UINT64_MAX
#define THREAD_NAME_MAX 15 /* bytes; what Linux keeps */

/* -- threads ---------------------------------------------------------------------------------
 * There is no way to leave one alone: every thread that was started is joined, once. */
struct thread;
typedef void (*thread_fn)(void *ctx);

struct thread_opts {
    const char *name; /* ASCII, for debuggers: cut to THREAD_NAME_MAX; NULL: none */
    /* Work that may be late: less of the processor than other threads get, on Windows also of disk
     * and memory. It should hold no lock that others wait for. Best effort: where the system
     * refuses, the thread runs as any other. */
    bool background;
};

/* Runs fn(ctx) in a new thread. fn sees all that was written before the call. opts are copied. */
MUST_CHECK enum err thread_start(const struct thread_opts *opts, thread_fn fn, void *ctx,
                                 struct thread **out);
/* Waits until fn has returned; the caller then sees all that it wrote. Not from within fn. */
void thread_join(struct thread *t);
void thread_sleep_ms(uint32_t ms);

/* -- mutex -----------------------------------------------------------------------------------
 * One thread at a time. Not recursive: locking twice in one thread never returns. */
struct mutex;
MUST_CHECK enum err mutex_create(struct mutex **out);
void mutex_destroy(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

/* -- condition -------------------------------------------------------------------------------
 * A wait unlocks m, sleeps and has m locked again when it returns. It may return without a wake:
 * wait in a loop that looks at what it waits for. Waking with or without the mutex is both fine. */
struct cond;
MUST_CHECK enum err cond_create(struct cond **out);
void cond_destroy(struct cond *c);
void cond_wait(struct cond *c, struct mutex *m);
/* False: the deadline has passed. True says nothing about why. */
bool cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ns);
void cond_wake_one(struct cond *c);
void cond_wake_all(struct cond *c);

/* -- flag ------------------------------------------------------------------------------------
 * "Stop" and the like: down at first, raised once and for all, waited for by any number. Who sees
 * it up sees all that was written before it was raised. */
struct flag;
MUST_CHECK enum err flag_create(struct flag **out);
void flag_destroy(struct flag *f);
void flag_raise(struct flag *f); /* again is fine */
bool flag_is_up(const struct flag *f);
/* True as soon as it is up; false when the deadline has passed before that. */
bool flag_wait_until(struct flag *f, uint64_t deadline_ns);
