/* trace_reader - OpenTrace, ProcessTrace in a thread, CloseTrace. */
#include "etw/trace_reader.h"

#include <stdatomic.h>
#include <string.h>

#include "core/mem.h"
#include "core/rd.h"
#include "etw/catalog.h"
#include "platform/platform.h"
#include "platform/thread.h"

struct trace_reader {
    const struct etw_api *api;
    const char *name;
    struct etw_consumer sink, consumer; /* consumer: what the trace borrows */
    uint64_t trace;
    bool halted;           /* its trace is closed, or not to be processed; under the mutex */
    struct thread *thread; /* NULL: not open */
    atomic_bool ended;
    atomic_uint code;
    atomic_bool lost;
    atomic_uint_fast64_t records;

    struct mutex *mutex;
    struct etw_canary_stats canary; /* under it */
};

/* {6a399ae0-4bc6-4de9-870b-3657f8947e7e}, ahead of the events that survived: win32/etw/rt-lostevent
 */
static const struct etw_guid lost_event_guid =
    ETW_GUID(0x6a399ae0, 0x4bc6, 0x4de9, 0x870b, 0x3657f8947e7e);

/* -- records ----------------------------------------------------------------------------------- */

/* A number that comes behind a higher one lay in another processor's buffer. */
static void
take_canary(struct trace_reader *r, const struct etw_record *record)
{
    uint64_t number, latency_ns;
    struct etw_canary_stats *c = &r->canary;

    if (record->id != ETW_CANARY_ID || record->payload_len < ETW_CANARY_LEN) {
        return;
    }
    number = rd_le64(record->payload);
    latency_ns = clock_mono_ns() - rd_le64(record->payload + 8);
    mutex_lock(r->mutex);
    c->came++;
    c->slowest_ns = latency_ns > c->slowest_ns ? latency_ns : c->slowest_ns;
    if (number < c->newest) {
        c->lost -= c->lost > 0;
    } else {
        c->lost += c->newest != 0 && number > c->newest ? number - c->newest - 1 : 0;
        c->newest = number;
        c->latency_ns = latency_ns;
    }
    mutex_unlock(r->mutex);
}

static void
on_record(void *ctx, const struct etw_record *record)
{
    struct trace_reader *r = ctx;

    if (memcmp(&record->provider, &etw_canary_guid, sizeof(record->provider)) == 0) {
        take_canary(r, record);
    } else if (memcmp(&record->provider, &lost_event_guid, sizeof(record->provider)) == 0) {
        atomic_store(&r->lost, true);
    } else {
        atomic_fetch_add(&r->records, 1);
        r->sink.record(r->sink.ctx, record);
    }
}

static void
process(void *ctx)
{
    struct trace_reader *r = ctx;
    bool halted;

    mutex_lock(r->mutex);
    halted = r->halted;
    mutex_unlock(r->mutex);
    if (!halted) { /* closed from now on, it answers that it is no handle */
        atomic_store(&r->code, r->api->process(r->api->ctx, r->trace));
    }
    atomic_store(&r->ended, true);
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
trace_reader_create(const struct etw_api *api, const char *name, const struct etw_consumer *sink,
                    struct trace_reader **out)
{
    struct trace_reader *r = mem_zalloc(sizeof(*r));

    if (r == NULL) {
        return ERR_NOMEM;
    }
    r->api = api;
    r->name = name;
    r->sink = *sink;
    r->consumer = (struct etw_consumer){r, on_record};
    if (mutex_create(&r->mutex)) {
        mem_free(r);
        return ERR_NOMEM;
    }
    *out = r;
    return ERR_OK;
}

void
trace_reader_destroy(struct trace_reader *r)
{
    if (r != NULL) {
        trace_reader_close(r);
        mutex_destroy(r->mutex);
        mem_free(r);
    }
}

/* -- open and close ---------------------------------------------------------------------------- */

uint32_t
trace_reader_open(struct trace_reader *r, const uint16_t *name, const char **call)
{
    const struct thread_opts opts = {.name = r->name};
    uint32_t code = r->api->open(r->api->ctx, name, &r->consumer, &r->trace);

    *call = "OpenTrace";
    if (code != ETW_OK) {
        return code;
    }
    atomic_store(&r->ended, false);
    r->halted = false;
    *call = "CreateThread";
    if (thread_start(&opts, process, r, &r->thread)) {
        (void)r->api->close(r->api->ctx, r->trace);
        return ETW_NOT_ENOUGH_MEMORY;
    }
    return ETW_OK;
}

bool
trace_reader_is_open(const struct trace_reader *r)
{
    return r->thread != NULL;
}

void
trace_reader_halt(struct trace_reader *r)
{
    bool halted;

    mutex_lock(r->mutex);
    halted = r->halted;
    r->halted = true;
    mutex_unlock(r->mutex);
    if (r->thread != NULL && !halted) {
        (void)r->api->close(r->api->ctx, r->trace); /* pending is fine: whoever joins waits */
    }
}

void
trace_reader_close(struct trace_reader *r)
{
    trace_reader_halt(r);
    if (r->thread != NULL) {
        thread_join(r->thread);
        r->thread = NULL;
    }
}

/* -- asking ------------------------------------------------------------------------------------ */

bool
trace_reader_ended(const struct trace_reader *r, uint32_t *code)
{
    bool ended = atomic_load(&r->ended);

    if (ended) {
        *code = atomic_load(&r->code);
    }
    return ended;
}

uint64_t
trace_reader_records(const struct trace_reader *r)
{
    return atomic_load(&r->records);
}

bool
trace_reader_take_lost(struct trace_reader *r)
{
    return atomic_exchange(&r->lost, false);
}

void
trace_reader_canary(struct trace_reader *r, struct etw_canary_stats *out)
{
    mutex_lock(r->mutex);
    *out = r->canary;
    r->canary.slowest_ns = 0;
    mutex_unlock(r->mutex);
}
