/* live_trace - notes of the tracer, as coverage, health and status. */
#include "engine/live_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "store/status.h"

#define NS_PER_MINUTE UINT64_C(60000000000)
#define NAME_MAX 64u
#define ADVICE_MAX 160u

struct session {
    size_t watched;
    struct etw_session_status status; /* as told last */
    bool known;
    uint64_t last_event_ft, last_told_ft;
    uint64_t records_before;
    uint64_t canary_lost; /* as told */
    uint64_t lost;
};

struct live_trace {
    struct live_trace_opts opts;
    struct tracer *tracer;
    struct session session[ETW_SESSION_COUNT];
    bool tested[TRACER_TESTS], passed[TRACER_TESTS];
    uint64_t beaten_ns;
    struct tracer_stats stats; /* of the last beat */
};

/* -- states ------------------------------------------------------------------------------------ */

/* What to do, as a command or a few words; the same in every language. */
static const char *
advice_of(enum etw_session_state state, const char *name, char out[ADVICE_MAX])
{
    static const char *const words[ETW_STATE_COUNT] = {
        [ETW_STATE_DENIED] = "run the service as LocalSystem: kanari service install",
        [ETW_STATE_FULL] = "logman query -ets shows all sessions; logman stop NAME -ets ends one",
        [ETW_STATE_REFUSED] = "report it with the version of Windows",
        [ETW_STATE_UNSUPPORTED] = "this system has no Event Tracing",
        [ETW_STATE_FAILED] = "report it with the version of Windows",
    };

    if (state == ETW_STATE_TAKEN || state == ETW_STATE_STOPPED) {
        (void)snprintf(out, ADVICE_MAX,
                       "logman query -ets shows it, logman stop \"%s\" -ets ends it", name);
        return out;
    }
    return words[state] == NULL ? "" : words[state];
}

static bool
is_missed(enum etw_session_state state)
{
    return state != ETW_STATE_LIVE && state != ETW_STATE_CLOSED && state != ETW_STATE_ABSENT;
}

/* The words for a source that is there, and records nothing, are those of a channel. */
static void
tell_source(struct live_trace *t, size_t session, size_t source, uint64_t now_ft)
{
    const struct etw_session_row *row = &etw_session_rows[session];
    uint32_t code = t->session[session].status.source_code[source];
    enum etw_session_state state = etw_session_state_of(code);
    char name[NAME_MAX], word[NAME_MAX], advice[ADVICE_MAX];
    struct health_fact fact = {.rule = &rule_table[RULE_SOURCE_UNREADABLE],
                               .params = {{"source", name},
                                          {"state", word},
                                          {"advice", advice_of(state, row->name, advice)}}};

    (void)snprintf(name, sizeof(name), "%s/%s", row->name, row->source[source].name);
    (void)snprintf(word, sizeof(word), "%s, error %" PRIu32, etw_session_state_name(state), code);
    fact.key = sv_from(name);
    if (code != ETW_OK && t->session[session].status.state == ETW_STATE_LIVE) {
        health_is(t->opts.health, &fact, now_ft);
    } else {
        health_over(t->opts.health, fact.rule, fact.key, now_ft);
    }
}

static void
tell_state(struct live_trace *t, size_t session, uint64_t now_ft)
{
    const struct etw_session_status *status = &t->session[session].status;
    bool none = status->state == ETW_STATE_UNSUPPORTED; /* then of no session: told once */
    const char *name = none ? "Event Tracing for Windows" : etw_session_rows[session].name;
    char word[NAME_MAX], advice[ADVICE_MAX];
    const struct health_fact fact = {
        .rule = &rule_table[RULE_SOURCE_UNREADABLE],
        .key = none ? SV("etw") : sv_from(name),
        .params = {
            {"source", name}, {"state", word}, {"advice", advice_of(status->state, name, advice)}}};

    (void)snprintf(word, sizeof(word), "%s, error %" PRIu32, etw_session_state_name(status->state),
                   status->code);
    if (none) {
        (void)snprintf(word, sizeof(word), "%s", etw_session_state_name(status->state));
    }
    if (is_missed(status->state)) {
        health_is(t->opts.health, &fact, now_ft);
    } else {
        health_over(t->opts.health, fact.rule, fact.key, now_ft);
    }
}

/* A session observes while it is live and has what it is for: its first provider. */
static void
set_watched(struct live_trace *t, size_t session, uint64_t from_ft)
{
    const struct session *s = &t->session[session];
    bool has_source = etw_session_rows[session].count == 0 || s->status.source_code[0] == ETW_OK;
    enum coverage_state state = COVERAGE_STALE;
    enum coverage_why why = COVERAGE_WHY_NO_ANSWER;

    if (s->status.state == ETW_STATE_LIVE) {
        state = has_source ? COVERAGE_OBSERVED : COVERAGE_STALE;
        why = has_source ? COVERAGE_WHY_NONE : COVERAGE_WHY_NO_ANSWER;
    } else if (s->status.state == ETW_STATE_DENIED) {
        why = COVERAGE_WHY_DENIED;
    } else if (s->status.state == ETW_STATE_STOPPED) {
        why = COVERAGE_WHY_TAMPERED;
    } else if (!is_missed(s->status.state) || s->status.state == ETW_STATE_UNSUPPORTED) {
        state = COVERAGE_STATE_COUNT;
        why = COVERAGE_WHY_NONE;
    }
    if (watched_set_why(t->opts.watched, s->watched, state, why, from_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

/* -- what happened ----------------------------------------------------------------------------- */

static void
add_gap(struct live_trace *t, size_t session, const struct coverage *gap)
{
    if (watched_gap(t->opts.watched, t->session[session].watched, gap)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

static void
was(struct live_trace *t, enum rule_index rule, const struct tracer_note *n, uint64_t from_ft,
    uint64_t now_ft)
{
    const struct etw_session_row *row = &etw_session_rows[n->session];
    const struct health_fact fact = {
        .rule = &rule_table[rule],
        .key = sv_from(row->name),
        .params = {{"session", row->name},
                   {"source", row->count == 0 ? "" : row->source[n->source].name}},
        .count = 1,
        .from_ft = from_ft};

    health_was(t->opts.health, &fact, now_ft);
}

/* Buffers hold nobody knows how many events: each counts as one. */
static void
lost(struct live_trace *t, size_t session, uint64_t count, uint64_t from_ft, uint64_t now_ft)
{
    struct session *s = &t->session[session];
    const struct coverage gap = {.from_ft = from_ft,
                                 .to_ft = now_ft,
                                 .state = COVERAGE_LOST,
                                 .why = COVERAGE_WHY_DROPPED,
                                 .records = count};
    char text[ALERT_NUMBER_MAX];
    const struct health_fact fact = {
        .rule = &rule_table[RULE_EVENTS_LOST],
        .key = sv_from(etw_session_rows[session].name),
        .params = {{"source", etw_session_rows[session].name}, {"count", text}},
        .count = count,
        .from_ft = from_ft};

    s->lost += count;
    alert_number(s->lost, text);
    health_was(t->opts.health, &fact, now_ft);
    add_gap(t, session, &gap);
}

static void
take_session(struct live_trace *t, const struct tracer_note *n, uint64_t now_ft)
{
    struct session *s = &t->session[n->session];
    uint64_t from_ft = now_ft - n->since_ns / 100;
    const struct coverage off = {
        .from_ft = from_ft, .to_ft = now_ft, .state = COVERAGE_LOST, .why = COVERAGE_WHY_TAMPERED};

    s->status = n->status;
    s->known = true;
    s->last_told_ft = now_ft;
    switch (n->what) {
    case ETW_NOTE_STATE:
        tell_state(t, n->session, now_ft);
        set_watched(t, n->session, now_ft);
        break;
    case ETW_NOTE_SOURCE:
        tell_source(t, n->session, n->source, now_ft);
        set_watched(t, n->session, now_ft);
        break;
    case ETW_NOTE_STOPPED:
        was(t, RULE_TRACE_STOPPED, n, from_ft, now_ft);
        add_gap(t, n->session, &off);
        break;
    case ETW_NOTE_DISABLED:
        was(t, RULE_TRACE_PROVIDER_OFF, n, from_ft, now_ft);
        add_gap(t, n->session, &off);
        break;
    case ETW_NOTE_REPLACED:
        was(t, RULE_TRACE_TAKEN, n, now_ft, now_ft);
        break;
    case ETW_NOTE_LOST:
        lost(t, n->session, n->events + n->buffers, from_ft, now_ft);
        break;
    case ETW_NOTE_ATTACHED:
        break; /* that the run before was killed is told already */
    }
}

static void
take_test(struct live_trace *t, const struct tracer_note *n, uint64_t now_ft)
{
    const char *name = tracer_test_name(n->test);
    const struct health_fact fact = {
        .rule = &rule_table[RULE_TRACE_BLIND], .key = sv_from(name), .params = {{"test", name}}};

    t->tested[n->test] = true;
    t->passed[n->test] = n->passed;
    if (n->passed) {
        health_over(t->opts.health, fact.rule, fact.key, now_ft);
    } else {
        health_is(t->opts.health, &fact, now_ft);
    }
}

void
live_trace_note(struct live_trace *t, struct sv data, uint64_t now_ft)
{
    struct tracer_note note;

    if (data.len != sizeof(note)) {
        return;
    }
    memcpy(&note, data.p, sizeof(note));
    if (note.kind == TRACER_SESSION) {
        take_session(t, &note, now_ft);
    } else {
        take_test(t, &note, now_ft);
    }
}

void
live_trace_event(struct live_trace *t, const struct event *ev)
{
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        if (sv_eq(ev->channel, sv_from(etw_session_rows[i].name))) {
            t->session[i].last_event_ft = ev->time_ft;
            watched_record(t->opts.watched, t->session[i].watched, 0);
            return;
        }
    }
}

/* -- every half minute ------------------------------------------------------------------------- */

static void
put_source(struct live_trace *t, size_t number, uint64_t now_ft, uint64_t over_ns)
{
    struct session *s = &t->session[number];
    const struct etw_session_status *status = &s->status;
    uint64_t records = t->stats.records[number];
    char advice[ADVICE_MAX];
    struct store_source row = {
        .name = sv_from(etw_session_rows[number].name),
        .channel = sv_from(etw_session_rows[number].name),
        .optional = etw_session_rows[number].attach_only,
        .state = sv_from(etw_session_state_name(status->state)),
        .code = status->code,
        .call = sv_from(status->call == NULL ? "" : status->call),
        .advice = sv_from(advice_of(status->state, etw_session_rows[number].name, advice)),
        .records = records,
        .events = records,
        .gaps = status->stopped + status->disabled,
        .lost = s->lost,
        .per_minute = UINT64_MAX,
        .backlog = UINT64_MAX,
        .last_record_ft = s->last_event_ft,
        .last_read_ft = now_ft,
        .since_ft = s->last_told_ft,
        .updated_ft = now_ft,
    };

    if (over_ns > 0) {
        row.per_minute = (records - s->records_before) * NS_PER_MINUTE / over_ns;
    }
    s->records_before = records;
    keeper_source(t->opts.keeper, &row);
}

static void
put_number(struct live_trace *t, enum store_status what, uint64_t value, uint64_t now_ft)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRIu64, value);

    keeper_status(t->opts.keeper, store_status_name(what),
                  (struct sv){text, len < 0 ? 0 : (size_t)len}, now_ft);
}

static void
put_tests(struct live_trace *t, uint64_t now_ft)
{
    struct buf text;
    bool any = false;

    buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < TRACER_TESTS; i++) {
        any = any || t->tested[i];
        if (t->tested[i] && !t->passed[i]) {
            buf_printf(&text, "%s%s", text.len > 0 ? ", " : "",
                       tracer_test_name((enum tracer_test)i));
        }
    }
    if (text.len == 0) {
        buf_puts(&text, any ? "ok" : "not yet");
    }
    if (!buf_err(&text)) {
        keeper_status(t->opts.keeper, store_status_name(STATUS_SELF_TEST), buf_sv(&text), now_ft);
    }
    buf_fini(&text);
}

/* What our own events show to be missing, beyond what the system counts. */
static void
check_canary(struct live_trace *t, uint64_t now_ft)
{
    uint64_t most = 0, slowest_ns = 0, held_ft = 30 * TM_SEC;

    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        const struct etw_canary_stats *c = &t->stats.canary[i];
        struct session *s = &t->session[i];

        if (c->lost > s->canary_lost) {
            lost(t, i, c->lost - s->canary_lost, now_ft - held_ft, now_ft);
        }
        s->canary_lost = c->lost;
        most = c->lost > most ? c->lost : most;
        slowest_ns = c->slowest_ns > slowest_ns ? c->slowest_ns : slowest_ns;
    }
    put_number(t, STATUS_CANARY_SENT, t->stats.canary_sent, now_ft);
    put_number(t, STATUS_CANARY_LOST, most, now_ft);
    put_number(t, STATUS_CANARY_MS, slowest_ns / 1000000, now_ft);
}

void
live_trace_beat(struct live_trace *t, uint64_t now_ft, uint64_t now_ns)
{
    uint64_t over_ns = t->beaten_ns == 0 ? 0 : now_ns - t->beaten_ns;
    uint64_t shed = 0;

    t->beaten_ns = now_ns;
    tracer_stats(t->tracer, &t->stats);
    check_canary(t, now_ft);
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        if (t->session[i].known) {
            put_source(t, i, now_ft, over_ns);
        }
    }
    for (size_t i = 0; i < EV_COUNT; i++) {
        shed += t->stats.queue.shed[i];
    }
    put_number(t, STATUS_TRACE_HELD, t->stats.held, now_ft);
    put_number(t, STATUS_TRACE_UNKNOWN, t->stats.unknown, now_ft);
    put_number(t, STATUS_TRACE_LATE_LINES, t->stats.late_lines, now_ft);
    put_number(t, STATUS_TRACE_LEFT, t->stats.left, now_ft);
    put_number(t, STATUS_TRACE_DAMAGED, t->stats.damaged, now_ft);
    put_number(t, STATUS_TRACE_SHED, shed, now_ft);
    put_tests(t, now_ft);
}

void
live_trace_channel(struct live_trace *t, size_t number, bool delivers)
{
    tracer_channel_delivers(t->tracer, number, delivers);
}

void
live_trace_count(const struct live_trace *t, unsigned *asked, unsigned *live)
{
    for (size_t i = 0; i < ETW_SESSION_COUNT; i++) {
        if (!etw_session_rows[i].attach_only && t->session[i].known) {
            *asked += 1;
            *live += t->session[i].status.state == ETW_STATE_LIVE;
        }
    }
}

uint64_t
live_trace_shed(const struct live_trace *t, enum event_kind kind)
{
    return t->stats.queue.shed[kind];
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
live_trace_create(const struct live_trace_opts *o, struct live_trace **out)
{
    struct live_trace *t = mem_zalloc(sizeof(*t));
    enum err err;

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->opts = *o;
    err = tracer_create(&o->tracer, &t->tracer);
    for (size_t i = 0; i < ETW_SESSION_COUNT && !err; i++) {
        err = watched_source(o->watched, sv_from(etw_session_rows[i].name), &t->session[i].watched);
    }
    if (err) {
        live_trace_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
live_trace_destroy(struct live_trace *t)
{
    if (t != NULL) {
        tracer_destroy(t->tracer);
        mem_free(t);
    }
}

enum err
live_trace_start(struct live_trace *t)
{
    return tracer_start(t->tracer);
}

void
live_trace_stop(struct live_trace *t)
{
    tracer_stop(t->tracer);
}
