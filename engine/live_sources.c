/* live_sources - what the sources of the Event Log tell: states, gaps; as coverage, health and
 * status. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "platform/platform.h"

#define ADVICE_MAX 256
#define STALE_FT (2 * TM_MIN) /* a source that is open says at least so often that it was read */
#define PER_MINUTE_NS (60 * NS_PER_S)

enum err
live_sources_create(struct live *l)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < CHANNEL_COUNT && !err; i++) {
        err = watched_source(l->watched, sv_from(channel_all[i].path), &l->source[i].watched);
    }
    return err;
}

/* -- states ------------------------------------------------------------------------------------ */

struct meaning {
    enum coverage_state state; /* COVERAGE_STATE_COUNT: nothing is claimed */
    enum coverage_why why;
};

static const struct meaning meanings[SUBSCRIPTION_STATE_COUNT] = {
    [SUBSCRIPTION_CLOSED] = {COVERAGE_STATE_COUNT, COVERAGE_WHY_NONE},
    [SUBSCRIPTION_LIVE] = {COVERAGE_OBSERVED, COVERAGE_WHY_NONE},
    [SUBSCRIPTION_DISABLED] = {COVERAGE_BLIND, COVERAGE_WHY_CHANNEL_OFF},
    [SUBSCRIPTION_ABSENT] = {COVERAGE_STATE_COUNT, COVERAGE_WHY_NONE},
    [SUBSCRIPTION_DENIED] = {COVERAGE_STALE, COVERAGE_WHY_DENIED},
    [SUBSCRIPTION_UNAVAILABLE] = {COVERAGE_STALE, COVERAGE_WHY_NO_ANSWER},
    [SUBSCRIPTION_UNSUPPORTED] = {COVERAGE_STATE_COUNT, COVERAGE_WHY_NONE},
    [SUBSCRIPTION_REFUSED] = {COVERAGE_STALE, COVERAGE_WHY_NO_ANSWER},
    [SUBSCRIPTION_FAILED] = {COVERAGE_STALE, COVERAGE_WHY_NO_ANSWER},
};

/* What to do, as a command or a few words; the same in every language. */
static const char *
advice_text(enum subscription_state state, const char *path, char out[ADVICE_MAX])
{
    switch (subscription_advice(state)) {
    case SUBSCRIPTION_ENABLE_CHANNEL:
        (void)snprintf(out, ADVICE_MAX, "wevtutil sl \"%s\" /e:true", path);
        break;
    case SUBSCRIPTION_GRANT_READ:
        (void)snprintf(out, ADVICE_MAX, "run the service as LocalSystem: kanari service install");
        break;
    case SUBSCRIPTION_START_SERVICE:
        (void)snprintf(out, ADVICE_MAX, "sc start eventlog");
        break;
    case SUBSCRIPTION_REPORT:
    case SUBSCRIPTION_NOTHING_TO_DO:
        (void)snprintf(out, ADVICE_MAX, "kanari status");
        break;
    }
    return out;
}

static bool
is_missed(const struct channel *c, enum subscription_state state)
{
    bool may_be_off = state == SUBSCRIPTION_ABSENT || state == SUBSCRIPTION_DISABLED;

    return state != SUBSCRIPTION_LIVE && state != SUBSCRIPTION_CLOSED &&
           !(c->optional && may_be_off);
}

static void
tell_state(struct live *l, size_t number, uint64_t now_ft)
{
    const struct channel *c = &channel_all[number];
    enum subscription_state state = l->source[number].state.status.state;
    char advice[ADVICE_MAX];
    bool none = state == SUBSCRIPTION_UNSUPPORTED; /* then of no channel: told once */
    const struct health_fact fact = {
        .rule = &rule_table[RULE_SOURCE_UNREADABLE],
        .key = none ? SV("eventlog") : sv_from(c->name),
        .params = {{"source", none ? "the Windows Event Log" : c->path},
                   {"state", subscription_state_name(state)},
                   {"advice", advice_text(state, c->path, advice)}}};

    if (is_missed(c, state)) {
        health_is(l->health, &fact, now_ft);
    } else {
        health_over(l->health, fact.rule, fact.key, now_ft);
    }
}

/* Both rows of the Security log are blind while nothing that matters is audited. */
static struct meaning
meaning_of(const struct live *l, size_t number)
{
    struct meaning m = meanings[l->source[number].state.status.state];

    if (l->blind && m.state == COVERAGE_OBSERVED &&
        strcmp(channel_all[number].path, "Security") == 0) {
        m = (struct meaning){COVERAGE_BLIND, COVERAGE_WHY_AUDITING_OFF};
    }
    return m;
}

static void
set_watched(struct live *l, size_t number, uint64_t now_ft)
{
    struct meaning m = meaning_of(l, number);

    if (watched_set_why(l->watched, l->source[number].watched, m.state, m.why, now_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

/* Now, or later what it keeps until then. */
static bool
delivers(enum subscription_state state)
{
    return state == SUBSCRIPTION_LIVE || state == SUBSCRIPTION_CLOSED ||
           state == SUBSCRIPTION_UNAVAILABLE || state == SUBSCRIPTION_FAILED;
}

static void
take_state(struct live *l, size_t number, const struct feed_state *state, uint64_t now_ft)
{
    struct live_source *s = &l->source[number];
    bool news = !s->known || s->state.status.state != state->status.state;

    s->state = *state;
    s->known = true;
    s->last_read_ft = now_ft;
    if (news && l->trace != NULL) {
        live_trace_channel(l->trace, number, delivers(state->status.state));
    }
    if (news) {
        set_watched(l, number, now_ft);
        tell_state(l, number, now_ft);
    }
}

/* -- gaps -------------------------------------------------------------------------------------- */

static void
take_gap(struct live *l, size_t number, const struct subscription_gap *g, uint64_t now_ft)
{
    struct live_source *s = &l->source[number];
    const struct channel *c = &channel_all[number];
    uint64_t lost = g->last >= g->first && g->first != 0 ? g->last - g->first + 1 : 1;
    const struct coverage gap = {.from_ft = g->after_ft != 0 ? g->after_ft : now_ft,
                                 .to_ft = now_ft,
                                 .state = COVERAGE_LOST,
                                 .records = lost,
                                 .first_id = g->first,
                                 .last_id = g->last};
    char count[ALERT_NUMBER_MAX];
    const struct health_fact fact = {.rule = &rule_table[RULE_EVENTS_LOST],
                                     .key = sv_from(c->name),
                                     .params = {{"source", c->path}, {"count", count}},
                                     .count = lost,
                                     .from_ft = gap.from_ft};

    s->lost += lost;
    alert_number(s->lost, count);
    health_was(l->health, &fact, now_ft);
    if (watched_gap(l->watched, s->watched, &gap)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

void
live_note(struct live *l, const struct inlet_item *item, uint64_t now_ft)
{
    struct feed_state state;
    struct subscription_gap gap;

    if (item->note == FEED_STATE && item->data.len == sizeof(state)) {
        memcpy(&state, item->data.p, sizeof(state));
        take_state(l, item->source, &state, now_ft);
    } else if (item->note == FEED_GAP && item->data.len == sizeof(gap)) {
        memcpy(&gap, item->data.p, sizeof(gap));
        take_gap(l, item->source, &gap, now_ft);
    }
}

void
live_sources_watched(struct live *l, uint64_t now_ft)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (l->source[i].known) {
            set_watched(l, i, now_ft);
        }
    }
}

/* -- every half minute ------------------------------------------------------------------------- */

static void
check_stale(struct live *l, size_t number, uint64_t now_ft)
{
    const struct live_source *s = &l->source[number];
    const struct channel *c = &channel_all[number];
    const struct health_fact fact = {.rule = &rule_table[RULE_SOURCE_STALE],
                                     .key = sv_from(c->name),
                                     .params = {{"source", c->path}}};
    bool open = s->state.status.state == SUBSCRIPTION_LIVE;

    if (open && now_ft > s->last_read_ft && now_ft - s->last_read_ft > STALE_FT) {
        health_is(l->health, &fact, now_ft);
        if (watched_set_why(l->watched, s->watched, COVERAGE_STALE, COVERAGE_WHY_NO_ANSWER,
                            s->last_read_ft)) {
            metric_add(METRIC_EVENTS_FAILED, 1);
        }
    } else {
        health_over(l->health, fact.rule, fact.key, now_ft);
        set_watched(l, number, now_ft);
    }
}

static void
put_source(struct live *l, size_t number, uint64_t now_ft, uint64_t over_ns)
{
    struct live_source *s = &l->source[number];
    const struct channel *c = &channel_all[number];
    const struct subscription_status *status = &s->state.status;
    uint64_t held = inlet_source_items(l->inlet, number);
    struct store_source row = {
        .name = sv_from(c->name),
        .channel = sv_from(c->path),
        .optional = c->optional,
        .state = sv_from(subscription_state_name(status->state)),
        .code = status->code,
        .call = sv_from(status->call == NULL ? "" : status->call),
        .advice = sv_from(subscription_advice_name(subscription_advice(status->state))),
        .records = status->records,
        .events = status->events,
        .unreadable = status->unreadable,
        .gaps = status->gaps,
        .lost = s->lost,
        .per_minute = UINT64_MAX,
        /* What the log holds beyond what was read is known only when that is nothing. */
        .backlog = s->state.caught_up ? held : UINT64_MAX,
        .last_record_ft = s->last_record_ft,
        .last_read_ft = s->last_read_ft,
        .since_ft = l->started_ft,
        .updated_ft = now_ft,
    };

    if (over_ns > 0 && status->records >= s->records_before) {
        row.per_minute = (status->records - s->records_before) * PER_MINUTE_NS / over_ns;
    }
    s->records_before = status->records;
    keeper_source(l->keeper, &row);
}

void
live_sources_beat(struct live *l, uint64_t now_ft, uint64_t now_ns)
{
    uint64_t over_ns = l->beaten_ns == 0 ? 0 : now_ns - l->beaten_ns;

    l->beaten_ns = now_ns;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (l->source[i].known) {
            check_stale(l, i, now_ft);
            put_source(l, i, now_ft, over_ns);
        }
    }
}
