/* etw_sim_test - what tests do to the simulated system, and what they look at. */
#include "support/etw_sim_part.h"

#include "platform/platform.h"

#define POLL_MS 1u
#define MS_NS UINT64_C(1000000)
#define S_NS UINT64_C(1000000000)

/* -- settings ---------------------------------------------------------------------------------- */

void
etw_sim_set_cpus(struct etw_sim *sim, unsigned count)
{
    mutex_lock(sim->mutex);
    sim->cpus = count < 1 ? 1 : count > ETW_SIM_CPUS_MAX ? ETW_SIM_CPUS_MAX : count;
    mutex_unlock(sim->mutex);
}

void
etw_sim_set_manual_clock(struct etw_sim *sim)
{
    mutex_lock(sim->mutex);
    sim->base_ns = sim->now_ns = clock_mono_ns();
    sim->base_ft = clock_now_ft();
    sim->manual = true;
    mutex_unlock(sim->mutex);
}

void
etw_sim_set_unsorted(struct etw_sim *sim, bool unsorted)
{
    mutex_lock(sim->mutex);
    sim->unsorted = unsorted;
    mutex_unlock(sim->mutex);
}

void
etw_sim_set_playback(struct etw_sim *sim, unsigned buffers)
{
    mutex_lock(sim->mutex);
    sim->playback_max = buffers;
    mutex_unlock(sim->mutex);
}

void
etw_sim_fail(struct etw_sim *sim, enum etw_sim_call call, unsigned n, unsigned times, uint32_t code)
{
    mutex_lock(sim->mutex);
    sim->fault[call] = (struct sim_fault){n, times, code};
    mutex_unlock(sim->mutex);
}

void
etw_sim_set_rundown(struct etw_sim *sim, const struct etw_guid *provider, etw_sim_rundown_fn fn,
                    void *ctx)
{
    mutex_lock(sim->mutex);
    if (sim->rundown_count < SIM_RUNDOWNS_MAX) {
        sim->rundown[sim->rundown_count++] = (struct sim_rundown){*provider, fn, ctx};
    }
    mutex_unlock(sim->mutex);
}

/* -- the clock --------------------------------------------------------------------------------- */

/* The session whose flush timer goes off next, not after `until`; NULL: none. */
static struct sim_session *
next_due(struct etw_sim *sim, uint64_t until_ns)
{
    struct sim_session *due = NULL;

    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        struct sim_session *s = sim->session[i];

        if (s != NULL && s->next_flush_ns <= until_ns) {
            due = due == NULL || s->next_flush_ns < due->next_flush_ns ? s : due;
        }
    }
    return due;
}

void
etw_sim_advance_ms(struct etw_sim *sim, uint32_t ms)
{
    struct sim_session *s;
    uint64_t until_ns;

    mutex_lock(sim->mutex);
    until_ns = sim->now_ns + ms * MS_NS;
    while ((s = next_due(sim, until_ns)) != NULL) {
        sim->now_ns = s->next_flush_ns;
        sim_flush(sim, s);
        s->next_flush_ns += s->flush_s * S_NS;
    }
    sim->now_ns = until_ns;
    mutex_unlock(sim->mutex);
}

uint64_t
etw_sim_now_ft(struct etw_sim *sim)
{
    uint64_t now_ft;

    mutex_lock(sim->mutex);
    now_ft = sim_now_ft(sim);
    mutex_unlock(sim->mutex);
    return now_ft;
}

/* -- events ------------------------------------------------------------------------------------ */

size_t
etw_sim_write(struct etw_sim *sim, unsigned cpu, const struct etw_record *r)
{
    size_t taken;

    mutex_lock(sim->mutex);
    (void)sim_store_all(sim, cpu, r, &taken);
    mutex_unlock(sim->mutex);
    return taken;
}

bool
etw_sim_write_to(struct etw_sim *sim, uint64_t session, unsigned cpu, const struct etw_record *r)
{
    struct etw_record stamped = *r;
    struct sim_session *s;
    bool taken = false;

    mutex_lock(sim->mutex);
    s = sim_find_handle(sim, session);
    if (stamped.time_ft == 0) {
        stamped.time_ft = sim_now_ft(sim);
    }
    if (s != NULL) {
        (void)sim_store(sim, s, cpu % sim->cpus, &stamped, &taken);
    }
    mutex_unlock(sim->mutex);
    return taken;
}

static bool
is_drained(struct etw_sim *sim)
{
    bool drained = true;

    mutex_lock(sim->mutex);
    for (size_t i = 0; i < ETW_SIM_SESSIONS_MAX; i++) {
        const struct sim_session *s = sim->session[i];

        drained = drained && (s == NULL || !s->consumed || (!s->delivering && s->queue.count == 0));
    }
    mutex_unlock(sim->mutex);
    return drained;
}

bool
etw_sim_drain(struct etw_sim *sim, uint32_t timeout_ms)
{
    uint64_t deadline_ns = clock_mono_ns() + timeout_ms * MS_NS;

    while (!is_drained(sim)) {
        if (clock_mono_ns() >= deadline_ns) {
            return false;
        }
        thread_sleep_ms(POLL_MS);
    }
    return true;
}

/* -- sessions ---------------------------------------------------------------------------------- */

uint64_t
etw_sim_add_session(struct etw_sim *sim, const char *name, const struct etw_guid *guid,
                    uint32_t mode)
{
    uint16_t units[SIM_NAME_MAX + 1] = {0};
    struct etw_start in = {.name = units, .guid = *guid, .mode = mode | ETW_MODE_REAL_TIME};
    struct sim_session *s;
    uint64_t handle = 0;

    for (size_t i = 0; i < SIM_NAME_MAX && name[i] != '\0'; i++) {
        units[i] = (uint8_t)name[i];
    }
    mutex_lock(sim->mutex);
    if (sim_session_start(sim, &in, &s) == ETW_OK) {
        handle = s->handle;
    }
    mutex_unlock(sim->mutex);
    return handle;
}

bool
etw_sim_stop_session(struct etw_sim *sim, const char *name)
{
    struct sim_session *s;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    if (s != NULL) {
        sim_session_stop(sim, s);
    }
    mutex_unlock(sim->mutex);
    return s != NULL;
}

bool
etw_sim_disable_provider(struct etw_sim *sim, const char *name, const struct etw_guid *guid)
{
    struct sim_session *s;
    struct etw_enable *e;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    e = s == NULL ? NULL : sim_find_enable(s, guid);
    if (e != NULL) {
        *e = s->enable[--s->enable_count];
    }
    mutex_unlock(sim->mutex);
    return e != NULL;
}

bool
etw_sim_get_enable(struct etw_sim *sim, const char *name, const struct etw_guid *guid,
                   struct etw_enable *out)
{
    struct sim_session *s;
    const struct etw_enable *e;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    e = s == NULL ? NULL : sim_find_enable(s, guid);
    if (e != NULL) {
        *out = *e;
    }
    mutex_unlock(sim->mutex);
    return e != NULL;
}

bool
etw_sim_flush_cpu(struct etw_sim *sim, const char *name, unsigned cpu)
{
    struct sim_session *s;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    if (s != NULL) {
        sim_flush_cpu(sim, s, cpu % sim->cpus);
    }
    mutex_unlock(sim->mutex);
    return s != NULL;
}

bool
etw_sim_lose_buffer(struct etw_sim *sim, const char *name)
{
    struct sim_session *s;
    struct sim_buffer *b;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    b = s == NULL ? NULL : sim_pop(&s->queue);
    if (b != NULL) {
        s->playback -= b->playback;
        sim_lose(s, b);
    }
    mutex_unlock(sim->mutex);
    return b != NULL;
}

/* -- numbers ----------------------------------------------------------------------------------- */

uint64_t
etw_sim_session(struct etw_sim *sim, const char *name)
{
    const struct sim_session *s;
    uint64_t handle;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    handle = s == NULL ? 0 : s->handle;
    mutex_unlock(sim->mutex);
    return handle;
}

size_t
etw_sim_sessions(struct etw_sim *sim)
{
    size_t count;

    mutex_lock(sim->mutex);
    count = sim->session_count;
    mutex_unlock(sim->mutex);
    return count;
}

bool
etw_sim_is_consumed(struct etw_sim *sim, const char *name)
{
    const struct sim_session *s;
    bool consumed;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    consumed = s != NULL && s->consumed;
    mutex_unlock(sim->mutex);
    return consumed;
}

bool
etw_sim_get_counts(struct etw_sim *sim, const char *name, struct etw_sim_counts *out)
{
    const struct sim_session *s;

    mutex_lock(sim->mutex);
    s = sim_find_ascii(sim, name);
    if (s != NULL) {
        *out = s->counts;
    }
    mutex_unlock(sim->mutex);
    return s != NULL;
}

unsigned
etw_sim_calls(struct etw_sim *sim, enum etw_sim_call call)
{
    unsigned calls;

    mutex_lock(sim->mutex);
    calls = sim->calls[call];
    mutex_unlock(sim->mutex);
    return calls;
}

size_t
etw_sim_open_handles(struct etw_sim *sim)
{
    size_t count;

    mutex_lock(sim->mutex);
    count = sim_open_handles(sim);
    mutex_unlock(sim->mutex);
    return count;
}

size_t
etw_sim_misused(struct etw_sim *sim)
{
    size_t count;

    mutex_lock(sim->mutex);
    count = sim->misused;
    mutex_unlock(sim->mutex);
    return count;
}
