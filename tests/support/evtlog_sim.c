/* evtlog_sim - handles, the calls, and failures on demand. */
#include "support/evtlog_sim.h"

#include "core/mem.h"
#include "support/evtlog_sim_handle.h"

#define BATCH_BYTES ((size_t)2 * 1024 * 1024) /* MAX_RPC_BATCH_SIZE */

/* -- handles ----------------------------------------------------------------------------------- */

/* Counts the call; a code when it is to fail. */
uint32_t
sim_enter(struct evtlog_sim *sim, enum evtlog_sim_call call)
{
    struct fault *f = &sim->fault[call];

    sim->calls[call]++;
    if (f->times > 0 && f->n == 0) {
        f->times--;
        return f->code;
    }
    f->n -= f->n > 0;
    return EVTLOG_OK;
}

struct handle *
sim_take_handle(struct evtlog_sim *sim, enum handle_kind kind, struct handle *parent)
{
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        struct handle *h = &sim->handle[(sim->hint + i) % HANDLES_MAX];

        if (h->kind == HANDLE_FREE) {
            *h = (struct handle){.kind = kind, .parent = parent};
            sim->hint = (sim->hint + i + 1) % HANDLES_MAX;
            return h;
        }
    }
    return NULL;
}

void
sim_free_handle(struct handle *h)
{
    mem_free(h->own.any);
    *h = (struct handle){HANDLE_FREE, false, NULL, NULL, 0, {NULL}};
}

uint32_t
sim_check_handle(struct evtlog_sim *sim, const struct handle *h, enum handle_kind kind)
{
    if (h == NULL || h->kind != kind) {
        sim->misused++;
        return EVTLOG_INVALID_HANDLE;
    }
    return h->dead ? EVTLOG_INVALID_HANDLE : EVTLOG_OK;
}

static uint32_t
sim_close(void *ctx, void *handle)
{
    struct evtlog_sim *sim = ctx;
    struct handle *h = handle;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_CLOSE);

    if (h == NULL || h->kind == HANDLE_FREE) {
        sim->misused++;
        return EVTLOG_INVALID_HANDLE;
    }
    for (size_t i = 0; h->kind == HANDLE_SUBSCRIPTION && i < HANDLES_MAX; i++) {
        if (sim->handle[i].kind == HANDLE_EVENT && sim->handle[i].parent == h) {
            sim_free_handle(&sim->handle[i]);
        }
    }
    sim_free_handle(h); /* also when it says that it failed: there is no second try */
    return code;
}

/* -- subscriptions ----------------------------------------------------------------------------- */

uint32_t
sim_find_log(struct evtlog_sim *sim, struct sv path, struct sim_log **out)
{
    if (sim->down) {
        return EVTLOG_RPC_SERVER_UNAVAILABLE;
    }
    sim_logs_read(&sim->logs);
    *out = sim_logs_find(&sim->logs, path);
    if (*out == NULL || (*out)->absent) {
        return EVTLOG_CHANNEL_NOT_FOUND;
    }
    return (*out)->denied ? EVTLOG_ACCESS_DENIED : EVTLOG_OK;
}

static uint32_t
start_of(const struct evtlog_subscribe *in, const struct sim_log *log, uint64_t *cursor)
{
    const struct handle *bookmark = in->bookmark;
    uint32_t origin = in->flags & 3;

    if (in->signal == NULL || (origin == EVTLOG_START_AFTER_BOOKMARK) != (bookmark != NULL) ||
        origin < EVTLOG_START_AT_OLDEST) {
        return EVTLOG_INVALID_PARAMETER;
    }
    *cursor = log->oldest - 1;
    if (bookmark == NULL) {
        return EVTLOG_OK;
    }
    if (bookmark->number < log->oldest || bookmark->number > sim_log_newest(log)) {
        /* not strict: behind the event next to it, which is lost */
        *cursor = bookmark->number < log->oldest ? log->oldest : sim_log_newest(log);
        return (in->flags & EVTLOG_STRICT) != 0 ? EVTLOG_NOT_FOUND : EVTLOG_OK;
    }
    *cursor = bookmark->number;
    return EVTLOG_OK;
}

static uint32_t
sim_subscribe(void *ctx, const struct evtlog_subscribe *in, void **out)
{
    struct evtlog_sim *sim = ctx;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_SUBSCRIBE);
    struct subscribed *s = NULL;
    struct sim_log *log = NULL;
    struct handle *h;

    if (code != EVTLOG_OK) {
        return code;
    }
    s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return EVTLOG_NOT_ENOUGH_MEMORY;
    }
    code = sim_query_parse(in->query, &s->query);
    if (code == EVTLOG_OK) {
        code = sim_find_log(sim, sv_from(s->query.select[0].path), &log);
    }
    if (code == EVTLOG_OK) {
        code = start_of(in, log, &s->cursor);
    }
    h = code == EVTLOG_OK ? sim_take_handle(sim, HANDLE_SUBSCRIPTION, NULL) : NULL;
    if (h == NULL) {
        mem_free(s);
        return code == EVTLOG_OK ? EVTLOG_NOT_ENOUGH_MEMORY : code;
    }
    s->signal = in->signal;
    s->signal->set = true;
    h->own.subscribed = s;
    h->log = log;
    *out = h;
    return EVTLOG_OK;
}

/* The number of the next record asked for; 0: none. */
static uint64_t
find_next(const struct evtlog_sim *sim, const struct handle *h, uint64_t after, size_t *bytes)
{
    struct evtlog_sim_record r;

    for (uint64_t n = after + 1; n <= sim_log_newest(h->log); n++) {
        sim_log_get(&sim->logs, h->log, n, &r);
        if (sim_query_has(&h->own.subscribed->query, &r)) {
            *bytes += h->log->entry[n - h->log->base - 1].len;
            return n;
        }
    }
    return 0;
}

static bool
is_stale(const struct handle *h)
{
    const struct subscribed *s = h->own.subscribed;

    return s->stale || s->cursor + 1 < h->log->oldest || s->cursor > sim_log_newest(h->log);
}

static uint32_t
sim_next(void *ctx, void *subscription, void **events, uint32_t cap, uint32_t *count)
{
    struct evtlog_sim *sim = ctx;
    struct handle *h = subscription;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_NEXT);
    uint32_t checked = sim_check_handle(sim, h, HANDLE_SUBSCRIPTION);
    uint64_t number[EVTLOG_BATCH_MAX];
    uint64_t at;
    size_t bytes = 0;
    uint32_t n = 0;

    *count = 77; /* means nothing unless the call succeeds */
    if (checked != EVTLOG_OK || (code != EVTLOG_OK && code != EVTLOG_RPC_INVALID_BOUND)) {
        return code != EVTLOG_OK ? code : checked;
    }
    sim_logs_read(&sim->logs);
    if (cap == 0 || cap > EVTLOG_BATCH_MAX) {
        return EVTLOG_INVALID_PARAMETER;
    }
    if (is_stale(h)) {
        h->own.subscribed->stale = true;
        return EVTLOG_QUERY_RESULT_STALE;
    }
    for (at = h->own.subscribed->cursor; n < cap; n++) {
        at = find_next(sim, h, at, &bytes);
        if (at == 0) {
            break;
        }
        number[n] = at;
        h->own.subscribed->cursor = at; /* moved whatever comes of it */
    }
    if (code != EVTLOG_OK || bytes > sim->batch_bytes) {
        return EVTLOG_RPC_INVALID_BOUND;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct handle *e = sim_take_handle(sim, HANDLE_EVENT, h);

        if (e == NULL) {
            return EVTLOG_NOT_ENOUGH_MEMORY;
        }
        e->log = h->log;
        e->number = number[i];
        events[i] = e;
    }
    if (n == 0) {
        h->own.subscribed->cursor = sim_log_newest(h->log);
        return sim->no_items;
    }
    *count = n;
    return EVTLOG_OK;
}

/* -- for tests --------------------------------------------------------------------------------- */

struct evtlog_sim *
evtlog_sim_create(const char *path)
{
    struct evtlog_sim *sim = mem_zalloc(sizeof(*sim));

    if (sim != NULL) {
        sim->api = sim_calls;
        sim->api.ctx = sim;
        sim->api.subscribe = sim_subscribe;
        sim->api.next = sim_next;
        sim->api.close = sim_close;
        sim->batch_bytes = BATCH_BYTES;
        sim->no_items = EVTLOG_NO_MORE_ITEMS;
        sim_logs_init(&sim->logs, path);
    }
    return sim;
}

size_t
evtlog_sim_destroy(struct evtlog_sim *sim)
{
    size_t wrong = sim->misused + sim->signals;

    for (size_t i = 0; i < HANDLES_MAX; i++) {
        if (sim->handle[i].kind != HANDLE_FREE) {
            wrong++;
            sim_free_handle(&sim->handle[i]);
        }
    }
    sim_logs_fini(&sim->logs);
    mem_free(sim);
    return wrong;
}

const struct evtlog_api *
evtlog_sim_api(struct evtlog_sim *sim)
{
    return &sim->api;
}

void
evtlog_sim_poll(struct evtlog_sim *sim)
{
    sim_logs_read(&sim->logs);
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        struct handle *h = &sim->handle[i];
        size_t bytes = 0;

        if (h->kind == HANDLE_SUBSCRIPTION && !h->dead &&
            (is_stale(h) || find_next(sim, h, h->own.subscribed->cursor, &bytes) != 0)) {
            h->own.subscribed->signal->set = true;
        }
    }
}

bool
evtlog_sim_is_set(const void *signal)
{
    return signal != NULL && ((const struct signal *)signal)->set;
}

void
evtlog_sim_set_channel(struct evtlog_sim *sim, const struct evtlog_sim_channel *c)
{
    struct sim_log *log = sim_logs_add(&sim->logs, c->path);

    log->denied = c->denied;
    log->disabled = c->disabled;
    log->absent = c->absent;
    log->capacity = c->capacity;
}

void
evtlog_sim_set_down(struct evtlog_sim *sim, bool down)
{
    sim->down = down;
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        sim->handle[i].dead = sim->handle[i].dead || down;
    }
}

void
evtlog_sim_set_frozen(struct evtlog_sim *sim, bool frozen)
{
    sim->logs.frozen = frozen;
}

void
evtlog_sim_set_batch_bytes(struct evtlog_sim *sim, size_t max)
{
    sim->batch_bytes = max;
}

void
evtlog_sim_set_no_values(struct evtlog_sim *sim, bool none)
{
    sim->no_values = none;
}

void
evtlog_sim_set_no_items_code(struct evtlog_sim *sim, uint32_t code)
{
    sim->no_items = code;
}

void
evtlog_sim_fail(struct evtlog_sim *sim, enum evtlog_sim_call call, unsigned n, unsigned times,
                uint32_t code)
{
    sim->fault[call] = (struct fault){n, times, code};
}

size_t
evtlog_sim_open_handles(const struct evtlog_sim *sim)
{
    size_t count = 0;

    for (size_t i = 0; i < HANDLES_MAX; i++) {
        count += sim->handle[i].kind != HANDLE_FREE;
    }
    return count;
}

unsigned
evtlog_sim_calls(const struct evtlog_sim *sim, enum evtlog_sim_call call)
{
    return sim->calls[call];
}
