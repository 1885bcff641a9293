/* keeper - rows into the open batch; positions when it is closed. */
#include "engine/keeper.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"

struct place {
    char name[STORE_BOOKMARK_SOURCE_MAX];
    char *position;
    size_t len;
    uint64_t time_ft;
    bool moved;
};

#define PATIENCE_NS UINT64_C(10000000000) /* in the middle of an item */

struct keeper {
    struct keeper_opts opts;
    const char *clock_name;
    uint64_t clock_ft;
    struct batch *chain[SPOOL_CHAIN_MAX]; /* of one transaction; the last one is being filled */
    size_t count;                         /* 0: none is open */
    uint64_t opened_ns;
    bool urgent;
    bool moved; /* some position, since moved_ns */
    uint64_t moved_ns;
    bool refreshing;
    uint64_t since_ft;
    uint64_t suppressed;
    atomic_uint_fast64_t shed[EV_COUNT];
    struct place place[KEEPER_SOURCES_MAX];
    uint8_t packed[EVENT_PACKED_MAX];
};

enum err
keeper_create(const struct keeper_opts *o, struct keeper **out)
{
    struct keeper *k = mem_zalloc(sizeof(*k));

    if (k == NULL) {
        return ERR_NOMEM;
    }
    k->opts = *o;
    *out = k;
    return ERR_OK;
}

void
keeper_destroy(struct keeper *k)
{
    if (k == NULL) {
        return;
    }
    while (k->count > 0) {
        spool_give_back(k->opts.spool, k->chain[--k->count]);
    }
    for (size_t i = 0; i < KEEPER_SOURCES_MAX; i++) {
        mem_free(k->place[i].position);
    }
    mem_free(k);
}

void
keeper_set_since(struct keeper *k, uint64_t since_ft)
{
    k->since_ft = since_ft;
}

void
keeper_set_refreshing(struct keeper *k, bool yes)
{
    k->refreshing = yes;
}

/* -- batches ----------------------------------------------------------------------------------- */

/* A further batch, which rows then go into. */
MUST_CHECK static enum err
open_until(struct keeper *k, enum queue_class class, uint64_t deadline_ns)
{
    struct batch *b = NULL;

    if (k->count < SPOOL_CHAIN_MAX) {
        b = k->opts.patient ? spool_get_patiently(k->opts.spool, deadline_ns)
                            : spool_get(k->opts.spool, class);
    }
    if (b == NULL) {
        return ERR_FULL;
    }
    if (k->count == 0) {
        k->opened_ns = clock_mono_ns();
    }
    k->chain[k->count++] = b;
    return ERR_OK;
}

MUST_CHECK static enum err
open_batch(struct keeper *k, enum queue_class class)
{
    uint64_t deadline_ns = k->opts.patient ? clock_mono_ns() + PATIENCE_NS : 0;

    return open_until(k, class, deadline_ns);
}

static struct batch *
last_batch(const struct keeper *k)
{
    return k->count == 0 ? NULL : k->chain[k->count - 1];
}

/* One row: what it is, and how it goes into a batch. */
struct row {
    enum event_kind kind; /* by which it is counted when it is shed */
    enum queue_class class;
    const void *value;
    enum err (*put)(struct batch *b, const struct row *row);
    enum batch_alert what;
};

/* A row that no batch takes is counted, and is no error to whoever gave it. */
static void
put(struct keeper *k, const struct row *row)
{
    enum err err = k->count > 0 ? ERR_OK : open_batch(k, row->class);

    if (!err) {
        err = row->put(last_batch(k), row);
    }
    if (err == ERR_FULL && k->count > 0) {
        err = open_batch(k, row->class);
        err = err ? err : row->put(last_batch(k), row);
    }
    if (err) {
        atomic_fetch_add(&k->shed[row->kind], 1);
    }
    k->urgent = k->urgent || (!err && row->what != BATCH_STORED);
}

bool
keeper_ready(struct keeper *k, uint64_t deadline_ns)
{
    return k->count > 0 || open_until(k, QUEUE_LOGON, deadline_ns) == ERR_OK;
}

uint64_t
keeper_due_ns(const struct keeper *k)
{
    if (k->count == 0) {
        return k->moved ? k->moved_ns + KEEPER_DELAY_NS : UINT64_MAX;
    }
    if (k->urgent || k->count > 1 || batch_bytes(k->chain[0]) > BATCH_BYTES / 2) {
        return 0;
    }
    return k->opened_ns + KEEPER_DELAY_NS;
}

uint64_t
keeper_shed(const struct keeper *k, enum event_kind kind)
{
    return atomic_load(&k->shed[kind]);
}

/* -- the pipeline's rows ----------------------------------------------------------------------- */

static enum err
put_event(struct batch *b, const struct row *row)
{
    return batch_event(b, *(const struct sv *)row->value);
}

static enum err
on_event(void *ctx, const struct event *ev, struct sv packed)
{
    struct keeper *k = ctx;
    struct row row = {ev->kind, queue_class_of(ev->kind), &packed, put_event, BATCH_STORED};

    if (packed.p == NULL) {
        size_t len;
        enum err err = event_pack(ev, k->packed, sizeof(k->packed), &len);

        if (err) {
            return err;
        }
        packed = (struct sv){(const char *)k->packed, len};
    }
    put(k, &row);
    return ERR_OK;
}

static enum err
put_attempt(struct batch *b, const struct row *row)
{
    return batch_attempt(b, row->value);
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct keeper *k = ctx;

    if (k->opts.retro || a->first_ft >= k->since_ft) {
        put(k, &(struct row){EV_LOGON_ATTEMPT, QUEUE_LOGON, a, put_attempt, BATCH_STORED});
    }
    return ERR_OK;
}

static enum err
put_alert(struct batch *b, const struct row *row)
{
    return batch_alert(b, row->value, row->what);
}

void
keeper_alert(struct keeper *k, const struct alert *a, enum batch_alert what)
{
    put(k, &(struct row){EV_NONE, QUEUE_ALERT, a, put_alert, what});
}

uint64_t
keeper_suppressed(const struct keeper *k)
{
    return k->suppressed;
}

static bool
is_past(const struct keeper *k, uint64_t last_ft)
{
    return k->opts.retro || last_ft < k->since_ft;
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct keeper *k = ctx;

    if (is_past(k, a->last_ft)) {
        struct alert marked = *a;

        marked.retro = true;
        keeper_alert(k, &marked, BATCH_STORED);
    } else {
        k->suppressed += a->suppressed && a->revision == 1;
        keeper_alert(k, a, k->refreshing || a->suppressed ? BATCH_STORED : BATCH_REPORTED);
    }
    return ERR_OK;
}

static enum err
put_story(struct batch *b, const struct row *row)
{
    return batch_story(b, row->value, row->what == BATCH_REPORTED);
}

static enum err
on_story(void *ctx, const struct story *s)
{
    struct keeper *k = ctx;
    bool report = !k->refreshing && !is_past(k, s->last_ft);

    put(k,
        &(struct row){EV_NONE, QUEUE_ALERT, s, put_story, report ? BATCH_REPORTED : BATCH_STORED});
    return ERR_OK;
}

static enum err
put_process(struct batch *b, const struct row *row)
{
    return batch_process(b, row->value);
}

static enum err
on_process(void *ctx, const struct process *p)
{
    put(ctx, &(struct row){EV_PROCESS_STOP, QUEUE_TELEMETRY, p, put_process, BATCH_STORED});
    return ERR_OK;
}

static enum err
put_adapter(struct batch *b, const struct row *row)
{
    return batch_adapter(b, row->value);
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    put(ctx, &(struct row){EV_ADAPTER_CHANGE, queue_class_of(EV_ADAPTER_CHANGE), a, put_adapter,
                           BATCH_STORED});
    return ERR_OK;
}

struct pipeline_sink
keeper_sink(struct keeper *k)
{
    return (struct pipeline_sink){k,        on_event,   on_attempt, on_alert,
                                  on_story, on_process, on_adapter};
}

/* -- the sensor's own rows --------------------------------------------------------------------- */

static enum err
put_coverage(struct batch *b, const struct row *row)
{
    return batch_coverage(b, row->value);
}

void
keeper_coverage(struct keeper *k, const struct coverage *c)
{
    put(k, &(struct row){EV_NONE, QUEUE_LOGON, c, put_coverage, BATCH_STORED});
}

struct health {
    uint64_t time_ft, value;
    struct sv name, object;
};

static enum err
put_health(struct batch *b, const struct row *row)
{
    const struct health *h = row->value;

    return batch_health(b, h->time_ft, h->name, h->object, h->value);
}

void
keeper_health(struct keeper *k, uint64_t time_ft, struct sv name, struct sv object, uint64_t value)
{
    const struct health h = {time_ft, value, name, object};

    put(k, &(struct row){EV_NONE, QUEUE_LOGON, &h, put_health, BATCH_STORED});
}

static enum err
put_source(struct batch *b, const struct row *row)
{
    return batch_source(b, row->value);
}

void
keeper_source(struct keeper *k, const struct store_source *s)
{
    put(k, &(struct row){EV_NONE, QUEUE_LOGON, s, put_source, BATCH_STORED});
}

static enum err
put_status(struct batch *b, const struct row *row)
{
    const struct health *h = row->value;

    return batch_status(b, h->name, h->object, h->time_ft);
}

void
keeper_status(struct keeper *k, struct sv name, struct sv value, uint64_t now_ft)
{
    const struct health h = {now_ft, 0, name, value};

    put(k, &(struct row){EV_NONE, QUEUE_LOGON, &h, put_status, BATCH_STORED});
}

/* -- positions --------------------------------------------------------------------------------- */

enum err
keeper_position(struct keeper *k, size_t source, const char *name, struct sv position,
                uint64_t time_ft)
{
    struct place *p;

    if (source >= KEEPER_SOURCES_MAX || position.len > KEEPER_POSITION_MAX ||
        strlen(name) >= sizeof(p->name)) {
        return ERR_RANGE;
    }
    p = &k->place[source];
    if (p->position == NULL) {
        p->position = mem_alloc(KEEPER_POSITION_MAX);
        if (p->position == NULL) {
            return ERR_NOMEM;
        }
        memcpy(p->name, name, strlen(name) + 1);
    }
    if (position.len > 0) {
        memcpy(p->position, position.p, position.len);
    }
    p->len = position.len;
    p->time_ft = time_ft;
    p->moved = true;
    if (!k->moved) {
        k->moved = true;
        k->moved_ns = clock_mono_ns();
    }
    return ERR_OK;
}

void
keeper_clock(struct keeper *k, const char *name, uint64_t tick_ft)
{
    k->clock_name = name;
    k->clock_ft = tick_ft;
}

void
keeper_all_positions(struct keeper *k)
{
    for (size_t i = 0; i < KEEPER_SOURCES_MAX; i++) {
        k->place[i].moved = k->place[i].position != NULL;
        k->moved = k->moved || k->place[i].moved;
    }
}

MUST_CHECK static enum err
put_clock(struct keeper *k)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRIu64, k->clock_ft);
    const struct store_bookmark mark = {
        sv_from(k->clock_name), {text, len < 0 ? 0 : (size_t)len}, k->clock_ft};

    return k->clock_ft == 0 ? ERR_OK : batch_mark(last_batch(k), &mark);
}

/* ERR_FULL: the batch has no room for all of them. */
MUST_CHECK static enum err
put_positions(struct keeper *k)
{
    for (size_t i = 0; i < KEEPER_SOURCES_MAX; i++) {
        struct place *p = &k->place[i];
        struct store_bookmark mark = {sv_from(p->name), {p->position, p->len}, p->time_ft};

        if (p->moved) {
            enum err err = batch_mark(last_batch(k), &mark);

            if (err) {
                return err;
            }
            p->moved = false;
        }
    }
    return put_clock(k);
}

bool
keeper_may_wait(const struct keeper *k, uint64_t now_ns)
{
    uint64_t since_ns = k->count > 0 ? k->opened_ns : k->moved_ns;

    return k->count < SPOOL_CHAIN_MAX / 2 && now_ns < since_ns + KEEPER_PATIENCE_NS;
}

enum err
keeper_close_batch(struct keeper *k)
{
    enum err err = ERR_OK;

    if (k->count == 0 && !k->moved) {
        return ERR_OK;
    }
    if (k->count == 0) {
        err = open_batch(k, QUEUE_ALERT);
    }
    if (!err) {
        err = put_positions(k);
    }
    if (err == ERR_FULL && k->count > 0) {
        err = open_batch(k, QUEUE_ALERT);
        err = err ? err : put_positions(k);
    }
    if (!err) {
        spool_submit(k->opts.spool, k->chain, k->count);
        k->count = 0;
        k->urgent = k->moved = false;
    }
    return err;
}
