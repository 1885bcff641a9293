/* thread - the flag, which needs nothing of the system but a mutex and a condition. */
#include "platform/thread.h"

#include <stdatomic.h>

#include "core/mem.h"

struct flag {
    struct mutex *mutex;
    struct cond *raised;
    atomic_bool up; /* written under the mutex, read anywhere */
};

MUST_CHECK enum err
flag_create(struct flag **out)
{
    struct flag *f = mem_zalloc(sizeof(*f));
    enum err err;

    if (f == NULL) {
        return ERR_NOMEM;
    }
    err = mutex_create(&f->mutex);
    if (err) {
        goto done;
    }
    err = cond_create(&f->raised);
    if (err) {
        goto done;
    }
    *out = f;
    f = NULL;
done:
    flag_destroy(f);
    return err;
}

void
flag_destroy(struct flag *f)
{
    if (f == NULL) {
        return;
    }
    cond_destroy(f->raised);
    mutex_destroy(f->mutex);
    mem_free(f);
}

void
flag_raise(struct flag *f)
{
    mutex_lock(f->mutex);
    atomic_store_explicit(&f->up, true, memory_order_release);
    cond_wake_all(f->raised);
    mutex_unlock(f->mutex);
}

bool
flag_is_up(const struct flag *f)
{
    return atomic_load_explicit(&f->up, memory_order_acquire);
}

bool
flag_wait_until(struct flag *f, uint64_t deadline_ns)
{
    bool in_time = true;

    mutex_lock(f->mutex);
    while (!flag_is_up(f) && in_time) {
        in_time = cond_wait_until(f->raised, f->mutex, deadline_ns);
    }
    mutex_unlock(f->mutex);
    return flag_is_up(f);
}
