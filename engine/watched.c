/* watched - grows the intervals of live sources, and keeps them apart when the clock steps. */
#include "engine/watched.h"

#include <assert.h>

#include "core/mem.h"

/* Stretches of wall time that were lived through before the clock was set back. When there are
 * more, the two that are nearest become one: less is claimed, never more. */
#define PAST_MAX 16

struct stretch {
    uint64_t from_ft, to_ft;
};

struct source {
    char *name;
    enum coverage_state state; /* COVERAGE_STATE_COUNT: nothing is claimed */
    enum coverage_why why;
    /* The open interval. Its begin may lie ahead, where time that was claimed already ends. */
    uint64_t from_ft, to_ft;
    uint64_t records, first_id, last_id;
    bool grown; /* and not told yet */
};

struct watched {
    char *host;
    watched_fn fn;
    void *ctx;
    bool started;
    struct stretch clock; /* from its last step back to the latest call */
    size_t past_count;
    struct stretch past[PAST_MAX + 1]; /* in order, apart */
    size_t count;
    struct source source[WATCHED_SOURCES_MAX];
};

enum err
watched_create(struct sv host, watched_fn fn, void *ctx, struct watched **out)
{
    struct watched *w = mem_zalloc(sizeof(*w));

    *out = NULL;
    if (w == NULL) {
        return ERR_NOMEM;
    }
    w->fn = fn;
    w->ctx = ctx;
    w->host = mem_strndup(host.len > 0 ? host.p : "", host.len);
    if (w->host == NULL) {
        mem_free(w);
        return ERR_NOMEM;
    }
    *out = w;
    return ERR_OK;
}

void
watched_destroy(struct watched *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        mem_free(w->source[i].name);
    }
    mem_free(w->host);
    mem_free(w);
}

enum err
watched_source(struct watched *w, struct sv channel, size_t *out)
{
    struct source *s = &w->source[w->count];
    char *name;

    for (size_t i = 0; i < w->count; i++) {
        if (sv_eq(sv_from(w->source[i].name), channel)) {
            *out = i;
            return ERR_OK;
        }
    }
    if (w->count == WATCHED_SOURCES_MAX) {
        return ERR_FULL;
    }
    name = mem_strndup(channel.len > 0 ? channel.p : "", channel.len);
    if (name == NULL) {
        return ERR_NOMEM;
    }
    *s = (struct source){.name = name, .state = COVERAGE_STATE_COUNT};
    *out = w->count++;
    return ERR_OK;
}

/* -- time that comes a second time ------------------------------------------------------------- */

static void
drop_past(struct watched *w, size_t at)
{
    w->past_count--;
    memmove(&w->past[at], &w->past[at + 1], (w->past_count - at) * sizeof(w->past[0]));
}

/* The one behind `at` becomes a part of it. */
static void
join_past(struct watched *w, size_t at)
{
    if (w->past[at + 1].to_ft > w->past[at].to_ft) {
        w->past[at].to_ft = w->past[at + 1].to_ft;
    }
    drop_past(w, at + 1);
}

static void
join_nearest(struct watched *w)
{
    size_t best = 0;

    for (size_t i = 1; i + 1 < w->past_count; i++) {
        if (w->past[i + 1].from_ft - w->past[i].to_ft <
            w->past[best + 1].from_ft - w->past[best].to_ft) {
            best = i;
        }
    }
    join_past(w, best);
}

static void
add_past(struct watched *w, struct stretch s)
{
    size_t at = 0;

    while (at < w->past_count && w->past[at].from_ft < s.from_ft) {
        at++;
    }
    memmove(&w->past[at + 1], &w->past[at], (w->past_count - at) * sizeof(w->past[0]));
    w->past[at] = s;
    w->past_count++;
    for (size_t i = 0; i + 1 < w->past_count;) {
        if (w->past[i + 1].from_ft <= w->past[i].to_ft) {
            join_past(w, i);
        } else {
            i++;
        }
    }
    if (w->past_count > PAST_MAX) {
        join_nearest(w);
    }
}

/* The first stretch of the past that reaches into from..to; NULL: none. */
static const struct stretch *
past_within(const struct watched *w, uint64_t from_ft, uint64_t to_ft)
{
    for (size_t i = 0; i < w->past_count; i++) {
        if (w->past[i].to_ft > from_ft && w->past[i].from_ft < to_ft) {
            return &w->past[i];
        }
    }
    return NULL;
}

/* -- intervals --------------------------------------------------------------------------------- */

static bool
is_claimed(const struct source *s)
{
    return s->state != COVERAGE_STATE_COUNT;
}

static void
begin(const struct watched *w, struct source *s, uint64_t now_ft)
{
    const struct stretch *p = past_within(w, now_ft, now_ft + 1);

    s->from_ft = s->to_ft = p == NULL ? now_ft : p->to_ft;
    s->records = s->first_id = s->last_id = 0;
    s->grown = false;
}

MUST_CHECK static enum err
tell(const struct watched *w, struct source *s)
{
    struct coverage c = {.host = sv_from(w->host),
                         .source = sv_from(s->name),
                         .from_ft = s->from_ft,
                         .to_ft = s->to_ft,
                         .state = s->state,
                         .why = s->why,
                         .records = s->records,
                         .first_id = s->first_id,
                         .last_id = s->last_id};
    enum err err = s->grown ? w->fn(w->ctx, &c) : ERR_OK;

    s->grown = err != ERR_OK;
    return err;
}

/* Up to now; an interval that meets the past ends there, and another begins behind it. */
MUST_CHECK static enum err
grow(const struct watched *w, struct source *s, uint64_t now_ft)
{
    const struct stretch *p;

    if (!is_claimed(s)) {
        return ERR_OK;
    }
    while (s->to_ft < now_ft && (p = past_within(w, s->to_ft, now_ft)) != NULL) {
        enum err err;

        if (p->from_ft > s->to_ft) {
            s->to_ft = p->from_ft;
            s->grown = true;
        }
        err = tell(w, s);
        if (err) {
            return err;
        }
        begin(w, s, p->to_ft);
    }
    if (s->to_ft < now_ft) {
        s->to_ft = now_ft;
        s->grown = true;
    }
    return ERR_OK;
}

/* What is finished as it is told, in as many pieces as the past leaves. */
MUST_CHECK static enum err
tell_pieces(const struct watched *w, const struct source *s, const struct coverage *whole)
{
    struct coverage c = *whole;
    enum err err = ERR_OK;

    c.host = sv_from(w->host);
    c.source = sv_from(s->name);
    while (!err && c.from_ft < whole->to_ft) {
        const struct stretch *p = past_within(w, c.from_ft, whole->to_ft);

        c.to_ft = p == NULL ? whole->to_ft : p->from_ft;
        if (c.to_ft > c.from_ft) {
            err = w->fn(w->ctx, &c);
        }
        c.from_ft = p == NULL ? whole->to_ft : p->to_ft;
    }
    return err;
}

/* All intervals end at to; what lies from there up to now is `state`. The sources are then as they
 * were. Told in two rounds, so that a failure leaves nothing half. */
MUST_CHECK static enum err
interrupt(struct watched *w, uint64_t to_ft, const struct coverage *whole)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < w->count && !err; i++) {
        err = grow(w, &w->source[i], to_ft);
        if (!err) {
            err = tell(w, &w->source[i]);
        }
    }
    for (size_t i = 0; i < w->count && !err; i++) {
        struct source *s = &w->source[i];
        struct coverage c = *whole;

        if (s->state == COVERAGE_OFF) { /* it was known to be, and stays so */
            c.state = s->state;
            c.why = s->why;
        }
        if (c.state == COVERAGE_OFF || is_claimed(s)) {
            err = tell_pieces(w, s, &c);
        }
    }
    for (size_t i = 0; i < w->count && !err; i++) {
        begin(w, &w->source[i], whole->to_ft);
    }
    return err;
}

/* -- the clock --------------------------------------------------------------------------------- */

MUST_CHECK static enum err
set_back(struct watched *w, uint64_t now_ft)
{
    struct coverage nothing = {.from_ft = now_ft, .to_ft = now_ft};
    enum err err = ERR_OK;

    for (size_t i = 0; i < w->count && !err; i++) {
        err = grow(w, &w->source[i], w->clock.to_ft);
        if (!err) {
            err = tell(w, &w->source[i]);
        }
    }
    if (err) {
        return err;
    }
    if (w->clock.to_ft > w->clock.from_ft) {
        add_past(w, w->clock);
    }
    w->clock = (struct stretch){now_ft, now_ft};
    return interrupt(w, 0, &nothing);
}

/* Every call begins here. */
MUST_CHECK static enum err
advance(struct watched *w, uint64_t now_ft)
{
    enum err err = ERR_OK;

    if (!w->started) {
        w->started = true;
        w->clock = (struct stretch){now_ft, now_ft};
    }
    if (now_ft < w->clock.to_ft) {
        return set_back(w, now_ft);
    }
    if (now_ft - w->clock.to_ft > WATCHED_STEP_MAX) {
        struct coverage still = {.from_ft = w->clock.to_ft,
                                 .to_ft = now_ft,
                                 .state = COVERAGE_STALE,
                                 .why = COVERAGE_WHY_STOOD_STILL};

        err = interrupt(w, w->clock.to_ft, &still);
    }
    if (!err) {
        w->clock.to_ft = now_ft;
    }
    return err;
}

/* -- what callers say -------------------------------------------------------------------------- */

enum err
watched_set_why(struct watched *w, size_t source, enum coverage_state state, enum coverage_why why,
                uint64_t now_ft)
{
    struct source *s = &w->source[source];
    enum err err = advance(w, now_ft);

    assert(source < w->count);
    assert(state != COVERAGE_LOST && state != COVERAGE_CLEARED);
    if (err || (s->state == state && s->why == why)) {
        return err;
    }
    err = grow(w, s, now_ft);
    if (!err) {
        err = tell(w, s);
    }
    if (!err) {
        s->state = state;
        s->why = why;
        begin(w, s, now_ft);
    }
    return err;
}

enum err
watched_set(struct watched *w, size_t source, enum coverage_state state, uint64_t now_ft)
{
    return watched_set_why(w, source, state,
                           state == COVERAGE_OFF ? COVERAGE_WHY_ASLEEP : COVERAGE_WHY_NONE, now_ft);
}

void
watched_record(struct watched *w, size_t source, uint64_t record_id)
{
    struct source *s = &w->source[source];

    assert(source < w->count);
    if (s->state != COVERAGE_OBSERVED) {
        return;
    }
    s->records++;
    if (record_id != 0) {
        s->first_id = s->first_id == 0 || record_id < s->first_id ? record_id : s->first_id;
        s->last_id = record_id > s->last_id ? record_id : s->last_id;
    }
    s->grown = s->to_ft > s->from_ft; /* what is empty is told when it is not */
}

enum err
watched_gap(struct watched *w, size_t source, const struct coverage *gap)
{
    struct coverage c = *gap;

    assert(source < w->count);
    assert(c.state == COVERAGE_LOST || c.state == COVERAGE_CLEARED);
    c.host = sv_from(w->host);
    c.source = sv_from(w->source[source].name);
    if (c.state == COVERAGE_LOST && c.why == COVERAGE_WHY_NONE) {
        c.why = COVERAGE_WHY_OVERWRITTEN;
    }
    return w->fn(w->ctx, &c);
}

enum err
watched_off(struct watched *w, uint64_t from_ft, uint64_t to_ft)
{
    struct coverage off = {.to_ft = to_ft, .state = COVERAGE_OFF, .why = COVERAGE_WHY_ASLEEP};
    uint64_t known_ft = w->started ? w->clock.to_ft : from_ft;
    enum err err;

    off.from_ft = from_ft > known_ft ? from_ft : known_ft;
    if (to_ft <= off.from_ft) {
        return ERR_OK; /* of a time that is told already */
    }
    err = advance(w, off.from_ft);
    if (!err) {
        err = interrupt(w, off.from_ft, &off);
    }
    if (!err) {
        w->clock.to_ft = to_ft;
    }
    return err;
}

enum err
watched_beat(struct watched *w, uint64_t now_ft)
{
    enum err err = advance(w, now_ft);

    for (size_t i = 0; i < w->count && !err; i++) {
        err = grow(w, &w->source[i], now_ft);
        if (!err) {
            err = tell(w, &w->source[i]);
        }
    }
    return err;
}
