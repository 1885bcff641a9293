/* etw_sim_trace - consumers: OpenTrace, ProcessTrace, CloseTrace. */
#include "support/etw_sim_part.h"

#include "core/mem.h"

/* RT_LostEvent {6a399ae0-4bc6-4de9-870b-3657f8947e7e}: win32/etw/rt-lostevent */
static const struct etw_guid lost_event = {{0xE0, 0x9A, 0x39, 0x6A, 0xC6, 0x4B, 0xE9, 0x4D, 0x87,
                                            0x0B, 0x36, 0x57, 0xF8, 0x94, 0x7E, 0x7E}};
#define LOST_EVENT 32u
#define LOST_BUFFER 33u

static struct sim_trace *
find_trace(struct etw_sim *sim, const struct sim_client *client, uint64_t handle)
{
    for (size_t i = 0; handle != 0 && i < SIM_TRACES_MAX; i++) {
        struct sim_trace *t = &sim->trace[i];

        if (t->handle == handle && t->client == client) {
            return t;
        }
    }
    return NULL;
}

/* -- opening ----------------------------------------------------------------------------------- */

static struct sim_trace *
free_trace(struct etw_sim *sim)
{
    for (size_t i = 0; i < SIM_TRACES_MAX; i++) {
        if (sim->trace[i].handle == 0) {
            return &sim->trace[i];
        }
    }
    return NULL;
}

/* No page says that a session that does not run is refused here: nf-evntrace-processtrace does. */
static uint32_t
sim_open(void *ctx, const uint16_t *name, const struct etw_consumer *consumer, uint64_t *trace)
{
    struct sim_client *client = ctx;
    struct etw_sim *sim = client->sim;
    struct sim_trace *t;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_OPEN, false, &code)) {
        return code;
    }
    t = free_trace(sim);
    if (name == NULL || sim_name_len(name) == 0 || sim_name_len(name) > SIM_NAME_MAX) {
        code = SIM_BAD_PATHNAME;
    } else if (t == NULL) {
        code = ETW_NO_SYSTEM_RESOURCES;
    } else {
        t->handle = ++sim->serial;
        t->client = client;
        t->consumer = consumer;
        t->processing = false;
        t->closing = false;
        memcpy(t->name, name, (sim_name_len(name) + 1) * sizeof(*name));
        *trace = t->handle;
    }
    sim_leave(client);
    return code;
}

/* -- delivering -------------------------------------------------------------------------------- */

/* The buffers of one processor that were taken, and the time of what comes next in them. */
struct lane {
    struct sim_buffers taken;
    uint64_t time_ft;
};

struct round {
    size_t count;
    struct lane lane[ETW_SIM_CPUS_MAX];
    bool lost_events, lost_buffers;
    uint64_t now_ft;
};

static void
round_add(struct round *r, struct sim_buffer *b)
{
    size_t i = 0;

    while (i < r->count && r->lane[i].taken.first->cpu != b->cpu) {
        i++;
    }
    if (i == r->count) {
        r->lane[r->count++] = (struct lane){{NULL, NULL, 0}, 0};
        (void)sim_buffer_peek(b, &r->lane[i].time_ft);
    }
    sim_push(&r->lane[i].taken, b);
}

/* Takes what was handed over: all of it, or the next one when nothing is sorted. */
static bool
round_take(struct etw_sim *sim, struct sim_session *s, struct round *r)
{
    struct sim_buffer *b;

    r->count = 0;
    while ((b = sim_pop(&s->queue)) != NULL) {
        s->playback -= b->playback;
        round_add(r, b);
        if (sim->unsorted) {
            break;
        }
    }
    if (r->count == 0) {
        return false;
    }
    r->lost_events = s->tell_events;
    r->lost_buffers = s->tell_buffers;
    r->now_ft = sim_now_ft(sim);
    s->tell_events = false;
    s->tell_buffers = false;
    return true;
}

static void
give_lost(const struct etw_consumer *consumer, const struct round *r, uint16_t opcode)
{
    struct etw_record rec = {
        .header = ETW_HEADER_FULL,
        .time_ft = r->now_ft,
        .provider = lost_event,
        .id = opcode,
        .opcode = (uint8_t)opcode,
        .ptr_len = 8,
        .classic = true,
        .pid = ETW_NO_ID,
        .tid = ETW_NO_ID,
    };

    consumer->record(consumer->ctx, &rec);
}

static size_t
earliest(const struct round *r)
{
    size_t best = 0;

    for (size_t i = 1; i < r->count; i++) {
        if (r->lane[i].time_ft < r->lane[best].time_ft) {
            best = i;
        }
    }
    return best;
}

/* The lane's first buffer has been given. False: the client has died. */
static bool
buffer_given(struct sim_trace *t, struct sim_session *s, struct round *r, size_t i)
{
    struct sim_buffer *b = sim_pop(&r->lane[i].taken);
    bool alive;

    mutex_lock(t->client->sim->mutex);
    alive = !t->client->dead;
    s->counts.delivered += b->count;
    sim_release(s, b);
    mutex_unlock(t->client->sim->mutex);
    if (r->lane[i].taken.first == NULL) {
        r->lane[i] = r->lane[--r->count];
    } else {
        (void)sim_buffer_peek(r->lane[i].taken.first, &r->lane[i].time_ft);
    }
    return alive;
}

/* Without the mutex. */
static void
round_give(struct sim_trace *t, struct sim_session *s, struct round *r)
{
    if (r->lost_events) {
        give_lost(t->consumer, r, LOST_EVENT);
    }
    if (r->lost_buffers) {
        give_lost(t->consumer, r, LOST_BUFFER);
    }
    while (r->count > 0) {
        size_t i = earliest(r);
        struct sim_buffer *b = r->lane[i].taken.first;
        struct etw_record rec;

        if (sim_buffer_next(b, &rec)) {
            t->consumer->record(t->consumer->ctx, &rec);
        }
        if (!sim_buffer_peek(b, &r->lane[i].time_ft) && !buffer_given(t, s, r, i)) {
            return;
        }
    }
}

static void
round_discard(struct sim_session *s, struct round *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct sim_buffer *b;

        while ((b = sim_pop(&r->lane[i].taken)) != NULL) {
            s->counts.discarded += b->count;
            sim_release(s, b);
        }
    }
}

/* -- processing -------------------------------------------------------------------------------- */

/* Until there is something, or the flush timer passes. */
static void
wait_for_more(struct etw_sim *sim, struct sim_session *s)
{
    if (sim->manual) {
        cond_wait(s->wake, sim->mutex);
    } else {
        (void)cond_wait_until(s->wake, sim->mutex, s->next_flush_ns);
    }
}

static void
flush_when_due(struct etw_sim *sim, struct sim_session *s)
{
    uint64_t now_ns = sim_now_ns(sim);

    if (!sim->manual && !s->stopped && now_ns >= s->next_flush_ns) {
        sim_flush(sim, s);
        s->next_flush_ns = now_ns + (uint64_t)s->flush_s * UINT64_C(1000000000);
    }
}

static void
process_session(struct etw_sim *sim, struct sim_trace *t, struct sim_session *s, struct round *r)
{
    bool last = false;

    while (!last && !t->client->dead) {
        flush_when_due(sim, s);
        last = t->closing && !sim->unsorted;
        if (round_take(sim, s, r)) {
            s->delivering = true;
            mutex_unlock(sim->mutex);
            round_give(t, s, r);
            mutex_lock(sim->mutex);
            s->delivering = false;
            round_discard(s, r);
        } else if (t->closing || s->stopped) {
            last = true;
        } else {
            wait_for_more(sim, s);
        }
    }
}

static uint32_t
process_locked(struct sim_client *client, struct sim_trace *t)
{
    struct etw_sim *sim = client->sim;
    struct sim_session *s = sim_find_name(sim, t->name);
    struct round *round;

    if (s == NULL || (s->mode & ETW_MODE_REAL_TIME) == 0) {
        return ETW_INSTANCE_NOT_FOUND;
    }
    if (s->consumed) {
        return ETW_NO_SYSTEM_RESOURCES;
    }
    round = mem_alloc(sizeof(*round));
    if (round == NULL) {
        return ETW_NOT_ENOUGH_MEMORY;
    }
    s->consumed = true;
    t->processing = true;
    client->processing++;
    process_session(sim, t, s, round);
    client->processing--;
    t->processing = false;
    s->consumed = false;
    if (t->closing) {
        t->handle = 0;
    }
    if (s->stopped) {
        sim_session_free(s);
    }
    mem_free(round);
    return ETW_OK;
}

/* A handle that is closed is no misuse here: whoever closes it, in another thread, may be first. */
static uint32_t
sim_process(void *ctx, uint64_t trace)
{
    struct sim_client *client = ctx;
    struct sim_trace *t;
    uint32_t code;

    if (!etw_sim_enter(client, ETW_SIM_PROCESS, false, &code)) {
        return code;
    }
    t = find_trace(client->sim, client, trace);
    if (t == NULL || t->closing || t->processing) {
        code = ETW_INVALID_HANDLE;
    } else {
        code = process_locked(client, t);
    }
    sim_leave(client);
    return code;
}

/* -- closing ----------------------------------------------------------------------------------- */

static uint32_t
close_trace(struct etw_sim *sim, struct sim_trace *t)
{
    struct sim_session *s = sim_find_name(sim, t->name);

    if (!t->processing) {
        t->handle = 0;
        return ETW_OK;
    }
    t->closing = true;
    if (s != NULL) {
        cond_wake_all(s->wake);
    }
    return ETW_CTX_CLOSE_PENDING;
}

static uint32_t
sim_close(void *ctx, uint64_t trace)
{
    struct sim_client *client = ctx;
    struct sim_trace *t;
    uint32_t code, fault;

    if (!etw_sim_enter(client, ETW_SIM_CLOSE, true, &fault)) {
        return fault;
    }
    t = find_trace(client->sim, client, trace);
    if (t == NULL || t->closing) {
        client->sim->misused++;
        code = ETW_INVALID_HANDLE;
    } else {
        code = close_trace(client->sim, t);
    }
    sim_leave(client);
    return fault != ETW_OK ? fault : code;
}

void
sim_close_traces(struct etw_sim *sim, const struct sim_client *client)
{
    for (size_t i = 0; i < SIM_TRACES_MAX; i++) {
        if (sim->trace[i].handle != 0 && sim->trace[i].client == client && !sim->trace[i].closing) {
            (void)close_trace(sim, &sim->trace[i]);
        }
    }
}

const struct etw_api sim_trace_calls = {
    .open = sim_open,
    .process = sim_process,
    .close = sim_close,
};
