/* live_tell - what the sensor tells of itself: notices, the beat, the daily heartbeat. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "platform/platform.h"
#include "store/status.h"

/* -- notices: rules 1000 to 1099 --------------------------------------------------------------- */

void
live_notice(struct live *l, const struct rule *rule, const struct health_param *params,
            uint64_t now_ft)
{
    struct alert a = {.revision = 1,
                      .rule = rule,
                      .severity = rule->severity,
                      .state = ALERT_CLOSED,
                      .first_ft = now_ft,
                      .last_ft = now_ft,
                      .count = 1};

    (void)snprintf(a.host, sizeof(a.host), "%s", buf_str(&l->host));
    rule_message(rule, a.message);
    for (; params != NULL && params->name != NULL; params++) {
        alert_param(&a, params->name, sv_from(params->value));
    }
    alert_make_id(&a);
    keeper_alert(l->keeper, &a, BATCH_NOTICE);
}

void
live_unclean_stop(struct live *l, uint64_t last_ft, uint64_t now_ft)
{
    char from[TM_TEXT_MAX], to[TM_TEXT_MAX];
    const struct health_param params[] = {{"from", from}, {"to", to}, {NULL, NULL}};

    (void)tm_format(last_ft, from);
    (void)tm_format(now_ft, to);
    live_notice(l, &rule_table[RULE_SERVICE_UNCLEAN_STOP], params, now_ft);
}

/* -- what others say --------------------------------------------------------------------------- */

static void
tell_said(struct live *l, const struct live_said *said, uint64_t now_ft)
{
    struct health_fact fact = {.rule = said->rule, .key = sv_from(said->key)};

    for (size_t i = 0; i < LIVE_PARAMS_MAX && said->name[i] != NULL; i++) {
        fact.params[i] = (struct health_param){said->name[i], said->value[i]};
    }
    if (said->rule->id < rule_table[RULE_SOURCE_UNREADABLE].id) {
        live_notice(l, said->rule, fact.params, now_ft);
    } else {
        health_is(l->health, &fact, now_ft);
    }
}

void
live_take_said(struct live *l, uint64_t now_ft)
{
    struct live_said said;
    bool any;

    do {
        mutex_lock(l->mutex);
        any = l->said_count > 0;
        if (any) {
            said = l->said[0]; /* in the order in which it was said */
            memmove(l->said, l->said + 1, --l->said_count * sizeof(l->said[0]));
        }
        mutex_unlock(l->mutex);
        if (any) {
            tell_said(l, &said, now_ft);
        }
    } while (any);
}

/* -- status ------------------------------------------------------------------------------------ */

static void
put_text(struct live *l, enum store_status what, struct sv value, uint64_t now_ft)
{
    keeper_status(l->keeper, store_status_name(what), value, now_ft);
}

static void
put_number(struct live *l, enum store_status what, uint64_t value, uint64_t now_ft)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRIu64, value);

    put_text(l, what, (struct sv){text, len < 0 ? 0 : (size_t)len}, now_ft);
}

static void
put_time(struct live *l, enum store_status what, uint64_t value_ft, uint64_t now_ft)
{
    char text[TM_TEXT_MAX];

    (void)tm_format(value_ft, text);
    put_text(l, what, sv_from(text), now_ft);
}

void
live_status(struct live *l, const char *state, uint64_t now_ft)
{
    put_text(l, STATUS_STATE, sv_from(state), now_ft);
    put_time(l, STATUS_STARTED, l->started_ft, now_ft);
    put_time(l, STATUS_HEARTBEAT, now_ft, now_ft);
    put_text(l, STATUS_VERSION, sv_from(l->version), now_ft);
    put_text(l, STATUS_HOST, buf_sv(&l->host), now_ft);
    put_text(l, STATUS_CONFIG_HASH, sv_from(l->config_hash), now_ft);
    put_number(l, STATUS_PID, process_id(), now_ft);
    if (strcmp(state, "stopped") == 0) {
        put_time(l, STATUS_STOPPED, now_ft, now_ft);
    }
}

static uint64_t
shed_of(const struct live *l, enum event_kind kind)
{
    uint64_t shed = keeper_shed(l->keeper, kind) + atomic_load(&l->history.shed[kind]);

    return l->trace == NULL ? shed : shed + live_trace_shed(l->trace, kind);
}

static uint64_t
shed_total(const struct live *l)
{
    uint64_t total = 0;

    for (size_t i = 0; i < EV_COUNT; i++) {
        total += shed_of(l, (enum event_kind)i);
    }
    return total;
}

static uint64_t
size_of(const char *path)
{
    struct file *f = NULL;
    uint64_t size = 0;

    if (file_open_read(path, &f) == ERR_OK) {
        size = file_size(f);
        file_close(f);
    }
    return size;
}

/* With its journal. */
static void
put_size(struct live *l, uint64_t now_ft)
{
    uint64_t size = size_of(l->store_path);
    struct buf journal;

    buf_init(&journal, SIZE_MAX);
    buf_puts(&journal, l->store_path);
    buf_puts(&journal, "-wal");
    if (!buf_err(&journal)) {
        size += size_of(buf_str(&journal));
    }
    buf_fini(&journal);
    put_number(l, STATUS_STORE_BYTES, size, now_ft);
}

static void
put_flow(struct live *l, uint64_t now_ft)
{
    struct inlet_stats inlet;
    struct spool_stats spool;

    inlet_stats(l->inlet, &inlet);
    spool_stats(l->spool, &spool);
    put_number(l, STATUS_HELD, inlet.items, now_ft);
    put_number(l, STATUS_HELD_BYTES, inlet.bytes, now_ft);
    put_number(l, STATUS_LATE, inlet.late, now_ft);
    put_number(l, STATUS_BATCHES_WAITING, spool.batches, now_ft);
    put_number(l, STATUS_SHED_TOTAL, shed_total(l), now_ft);
    put_number(l, STATUS_SEQUENCE, l->sequence, now_ft);
    put_number(l, STATUS_SUPPRESSED, keeper_suppressed(l->keeper), now_ft);
    put_size(l, now_ft);
}

static void
put_history(struct live *l, uint64_t now_ft)
{
    const char *state = "none";

    if (atomic_load(&l->history.running)) {
        state = "reading";
    } else if (atomic_load(&l->history.done)) {
        state = "done";
    }
    put_text(l, STATUS_HISTORY, sv_from(state), now_ft);
    put_number(l, STATUS_HISTORY_RECORDS, atomic_load(&l->history.records), now_ft);
}

/* -- what the writer meets --------------------------------------------------------------------- */

static void
check_output(struct live *l, const struct writer_status *w, uint64_t now_ft)
{
    char count[ALERT_NUMBER_MAX];
    const struct health_fact fact = {.rule = &rule_table[RULE_OUTPUT_FAILED],
                                     .params = {{"why", err_str(w->report_err)}, {"count", count}}};

    alert_number(w->not_reported, count);
    if (w->report_err) {
        health_is(l->health, &fact, now_ft);
    } else {
        health_over(l->health, fact.rule, fact.key, now_ft);
    }
    put_text(l, STATUS_REPORT_STATE, sv_from(w->report_err ? "failing" : "ok"), now_ft);
    put_number(l, STATUS_REPORT_WAITING, w->waiting, now_ft);
}

/* A store that was set aside: the new one knows no positions, and gets them at once. */
static void
check_replaced(struct live *l, const struct writer_status *w, uint64_t now_ft)
{
    const struct health_fact fact = {
        .rule = &rule_table[RULE_STORE_REPLACED], .params = {{"file", l->store_path}}, .count = 1};

    if (w->replaced != l->replaced) {
        l->replaced = w->replaced;
        keeper_all_positions(l->keeper);
        health_was(l->health, &fact, now_ft);
    }
}

void
live_check_store(struct live *l, uint64_t now_ft)
{
    struct writer_status w;
    struct health_fact fact = {.rule = &rule_table[RULE_STORE_DEGRADED]};

    writer_status(l->writer, &w);
    fact.params[0] = (struct health_param){"why", w.store_why};
    if (w.store_err) {
        health_is(l->health, &fact, now_ft);
    } else {
        health_over(l->health, fact.rule, fact.key, now_ft);
    }
    put_text(l, STATUS_STORE_STATE, sv_from(w.store_err ? "degraded" : "ok"), now_ft);
    put_text(l, STATUS_STORE_WHY, sv_from(w.store_why), now_ft);
    check_replaced(l, &w, now_ft);
    check_output(l, &w, now_ft);
}

static void
tell_shed(struct live *l, enum event_kind kind, uint64_t shed, uint64_t now_ft)
{
    char count[ALERT_NUMBER_MAX];
    const char *name = event_kind_name(kind);
    const struct health_fact fact = {.rule = &rule_table[RULE_EVENTS_SHED],
                                     .key = sv_from(name),
                                     .params = {{"kind", name}, {"count", count}},
                                     .count = shed - l->shed_told[kind]};

    alert_number(shed, count);
    l->shed_told[kind] = shed;
    health_was(l->health, &fact, now_ft);
}

static void
check_shed(struct live *l, uint64_t now_ft)
{
    for (size_t i = 0; i < EV_COUNT; i++) {
        uint64_t shed = shed_of(l, (enum event_kind)i);

        if (shed != l->shed_told[i]) {
            tell_shed(l, (enum event_kind)i, shed, now_ft);
        }
    }
}

/* -- the beat ---------------------------------------------------------------------------------- */

/* Counters of this process, as a replay tells them of itself. */
static void
put_counters(struct live *l, uint64_t now_ft)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        uint64_t value = metric_get((enum metric)i);

        if (value != l->metrics_told[i]) {
            l->metrics_told[i] = value;
            keeper_health(l->keeper, now_ft, sv_from(metric_name((enum metric)i)), (struct sv){0},
                          value);
        }
    }
}

static void
refresh(struct live *l)
{
    enum err err;

    keeper_set_refreshing(l->keeper, true);
    err = pipeline_refresh(l->pipeline);
    keeper_set_refreshing(l->keeper, false);
    if (err) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
}

void
live_beat(struct live *l, uint64_t now_ft, uint64_t now_ns)
{
    refresh(l);
    live_check_store(l, now_ft);
    check_shed(l, now_ft);
    live_sources_beat(l, now_ft, now_ns);
    if (l->trace != NULL) {
        live_trace_beat(l->trace, now_ft, now_ns);
    }
    if (l->adapters != NULL) {
        live_adapters_beat(l->adapters, now_ft);
    }
    live_status(l, "running", now_ft);
    put_flow(l, now_ft);
    put_history(l, now_ft);
    put_counters(l, now_ft);
    if (watched_beat(l->watched, now_ft)) {
        metric_add(METRIC_EVENTS_FAILED, 1);
    }
    if (!l->settled && now_ns - l->started_ns >= LIVE_SETTLE_NS) {
        l->settled = true;
        health_settle(l->health, now_ft);
    }
    if (now_ft >= l->daily_ft) {
        live_daily(l, now_ft);
    }
}

/* -- the heartbeat ----------------------------------------------------------------------------- */

/* SHA-256 over the rules in force, so that the same hash means the same rules. */
static void
hash_rules(char out[2 * SHA256_LEN + 1])
{
    uint8_t digest[SHA256_LEN];
    struct sha256 sha;

    sha256_init(&sha);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct rule *r = &rule_table[i];

        sha256_put(&sha, &r->id, sizeof(r->id));
        sha256_put(&sha, r->name, strlen(r->name) + 1);
        sha256_put(&sha, r->meaning, strlen(r->meaning) + 1);
    }
    sha256_end(&sha, digest);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

/* How many alerts are open, as the store knows; a store that cannot be read has none to show. */
static uint64_t
count_open(const struct live *l)
{
    const struct store_filter open = {.open_only = true};
    struct store *s = NULL;
    struct rows *rows = NULL;
    uint64_t count = 0;
    enum err err = store_open(l->store_path, STORE_READ, &s);

    if (!err) {
        err = store_rows(s, ROWS_ALERTS, &open, &rows);
    }
    while (!err) {
        err = rows_next(rows);
        count += !err;
    }
    rows_close(rows);
    store_close(s);
    return count;
}

static unsigned
sources_read(const struct live *l, unsigned *asked)
{
    unsigned live = 0;

    *asked = 0;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        *asked += l->source[i].known;
        live += l->source[i].known && l->source[i].state.status.state == SUBSCRIPTION_LIVE;
    }
    if (l->trace != NULL) {
        live_trace_count(l->trace, asked, &live);
    }
    if (l->adapters != NULL) {
        *asked += 1;
        live += live_adapters_is_live(l->adapters);
    }
    return live;
}

void
live_daily(struct live *l, uint64_t now_ft)
{
    char sequence[24], coverage[32], open[24], rules[2 * SHA256_LEN + 1];
    unsigned asked;
    unsigned live = sources_read(l, &asked);
    const struct health_param params[] = {{"host", buf_str(&l->host)}, {"version", l->version},
                                          {"config", l->config_hash},  {"rules", rules},
                                          {"coverage", coverage},      {"open", open},
                                          {"sequence", sequence},      {NULL, NULL}};

    l->daily_ft = now_ft + 24 * TM_HOUR;
    l->sequence++;
    (void)snprintf(sequence, sizeof(sequence), "%" PRIu64, l->sequence);
    (void)snprintf(coverage, sizeof(coverage), "%u/%u", live, asked);
    (void)snprintf(open, sizeof(open), "%" PRIu64, count_open(l));
    hash_rules(rules);
    keeper_status(l->keeper, store_status_name(STATUS_RULES_HASH), sv_from(rules), now_ft);
    live_notice(l, &rule_table[RULE_HEARTBEAT], params, now_ft);
}
