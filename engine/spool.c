/* spool - a ring of batches that wait, and a few that are empty. */
#include "engine/spool.h"

#include "core/mem.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define EMPTY_MAX 4u
#define SHARES 16u

struct spool {
    struct mutex *mutex;
    struct cond *submitted; /* or a wake */
    struct cond *popped;
    struct batch *ring[SPOOL_BATCHES];
    bool more[SPOOL_BATCHES]; /* the next one belongs to it */
    size_t first, waiting;
    size_t out; /* batches that somebody is filling */
    struct batch *empty[EMPTY_MAX];
    size_t empty_count;
    uint64_t submits, pops;
    bool woken;
};

enum err
spool_create(struct spool **out)
{
    struct spool *s = mem_zalloc(sizeof(*s));
    enum err err;

    if (s == NULL) {
        return ERR_NOMEM;
    }
    err = mutex_create(&s->mutex);
    if (!err) {
        err = cond_create(&s->submitted);
    }
    if (!err) {
        err = cond_create(&s->popped);
    }
    if (err) {
        spool_destroy(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

void
spool_destroy(struct spool *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->waiting; i++) {
        batch_destroy(s->ring[(s->first + i) % SPOOL_BATCHES]);
    }
    for (size_t i = 0; i < s->empty_count; i++) {
        batch_destroy(s->empty[i]);
    }
    cond_destroy(s->popped);
    cond_destroy(s->submitted);
    mutex_destroy(s->mutex);
    mem_free(s);
}

/* -- filling ----------------------------------------------------------------------------------- */

static size_t share_of(enum queue_class class)
{
    static const size_t shares[QUEUE_CLASSES] = {12, 15, 16};

    return SPOOL_BATCHES * shares[class] / SHARES;
}

/* The mutex is held. */
static struct batch *
get(struct spool *s, size_t limit)
{
    struct batch *b = NULL;

    if (s->waiting + s->out >= limit) {
        return NULL;
    }
    if (s->empty_count > 0) {
        b = s->empty[--s->empty_count];
    } else if (batch_create(&b)) {
        return NULL;
    }
    s->out++;
    return b;
}

struct batch *
spool_get(struct spool *s, enum queue_class class)
{
    struct batch *b;

    mutex_lock(s->mutex);
    b = get(s, share_of(class));
    mutex_unlock(s->mutex);
    return b;
}

/* Of those who can wait: the other half is of those who cannot. */
static size_t
patient_share(void)
{
    return share_of(QUEUE_TELEMETRY) / 2;
}

struct batch *
spool_get_patiently(struct spool *s, uint64_t deadline_ns)
{
    size_t limit = patient_share();
    struct batch *b;
    bool time = true;

    mutex_lock(s->mutex);
    b = get(s, limit);
    while (b == NULL && time) {
        time = cond_wait_until(s->popped, s->mutex, deadline_ns);
        b = get(s, limit);
    }
    mutex_unlock(s->mutex);
    return b;
}

bool
spool_has_room(struct spool *s, uint64_t deadline_ns)
{
    bool room;
    bool time = true;

    mutex_lock(s->mutex);
    room = s->waiting < patient_share();
    while (!room && time) {
        time = cond_wait_until(s->popped, s->mutex, deadline_ns);
        room = s->waiting < patient_share();
    }
    mutex_unlock(s->mutex);
    return room;
}

/* The mutex is held. */
static void
put_back(struct spool *s, struct batch *b)
{
    batch_clear(b);
    if (s->empty_count < EMPTY_MAX) {
        s->empty[s->empty_count++] = b;
    } else {
        batch_destroy(b);
    }
}

void
spool_submit(struct spool *s, struct batch *const *chain, size_t count)
{
    mutex_lock(s->mutex);
    for (size_t i = 0; i < count; i++) {
        size_t at = (s->first + s->waiting++) % SPOOL_BATCHES;

        s->ring[at] = chain[i];
        s->more[at] = i + 1 < count;
    }
    s->out -= count;
    s->submits += count;
    cond_wake_one(s->submitted);
    mutex_unlock(s->mutex);
}

void
spool_give_back(struct spool *s, struct batch *b)
{
    mutex_lock(s->mutex);
    s->out--;
    put_back(s, b);
    cond_wake_all(s->popped);
    mutex_unlock(s->mutex);
}

/* -- writing ----------------------------------------------------------------------------------- */

static size_t
chain_length(const struct spool *s)
{
    size_t count = 0;

    while (count < s->waiting) {
        if (!s->more[(s->first + count++) % SPOOL_BATCHES]) {
            break;
        }
    }
    return count;
}

size_t
spool_front(struct spool *s, uint64_t deadline_ns, struct batch *out[SPOOL_CHAIN_MAX])
{
    size_t count;
    bool time = true;

    mutex_lock(s->mutex);
    count = chain_length(s);
    while (count == 0 && !s->woken && time) {
        time = cond_wait_until(s->submitted, s->mutex, deadline_ns);
        count = chain_length(s);
    }
    s->woken = false;
    for (size_t i = 0; i < count; i++) {
        out[i] = s->ring[(s->first + i) % SPOOL_BATCHES];
    }
    mutex_unlock(s->mutex);
    return count;
}

void
spool_pop(struct spool *s, size_t count)
{
    mutex_lock(s->mutex);
    for (size_t i = 0; i < count; i++) {
        put_back(s, s->ring[s->first]);
        s->first = (s->first + 1) % SPOOL_BATCHES;
    }
    s->waiting -= count;
    s->pops += count;
    cond_wake_all(s->popped);
    mutex_unlock(s->mutex);
}

struct batch *
spool_at(struct spool *s, size_t n)
{
    struct batch *b;

    mutex_lock(s->mutex);
    b = n < s->waiting ? s->ring[(s->first + n) % SPOOL_BATCHES] : NULL;
    mutex_unlock(s->mutex);
    return b;
}

void
spool_wake(struct spool *s)
{
    mutex_lock(s->mutex);
    s->woken = true;
    cond_wake_one(s->submitted);
    mutex_unlock(s->mutex);
}

bool
spool_drain(struct spool *s, uint64_t deadline_ns)
{
    uint64_t due;
    bool time = true;
    bool done;

    mutex_lock(s->mutex);
    due = s->submits;
    while (s->pops < due && time) {
        time = cond_wait_until(s->popped, s->mutex, deadline_ns);
    }
    done = s->pops >= due;
    mutex_unlock(s->mutex);
    return done;
}

void
spool_stats(struct spool *s, struct spool_stats *out)
{
    *out = (struct spool_stats){0};
    mutex_lock(s->mutex);
    out->batches = s->waiting;
    for (size_t i = 0; i < s->waiting; i++) {
        out->bytes += batch_bytes(s->ring[(s->first + i) % SPOOL_BATCHES]);
    }
    mutex_unlock(s->mutex);
}
