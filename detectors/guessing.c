/* guessing - the rules over the tracker of failures. */
#include "detectors/guessing.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/book.h"
#include "detectors/distinct.h"
#include "detectors/origin.h"
#include "detectors/regular.h"

#define STATUS_WRONG_PASSWORD 0xC000006Au
#define DAY_S 86400u
#define WEEK_S (7 * DAY_S)
#define SWEEP_S (6 * 3600u)
#define FLAG_OTHER_STATUS 1u /* something else than a wrong password was seen */
#define KNOWN_MAX 131072u    /* successes remembered in one generation, of two */
#define SEED_MAX TRACKER_MEMBERS_MAX

struct guessing {
    const struct config *cfg;
    struct tracker *tracker;
    /* (host, account, source) that once succeeded: two generations, the older is dropped when
     * the newer is full. */
    struct distinct known, known_before;
    uint32_t next_sweep_s;
    uint16_t seed[SEED_MAX]; /* scratch: accounts met before an alert opened */
};

static uint32_t
max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void
guessing_destroy(void *self)
{
    struct guessing *g = self;

    if (g == NULL) {
        return;
    }
    tracker_destroy(g->tracker);
    distinct_fini(&g->known);
    distinct_fini(&g->known_before);
    mem_free(g);
}

static enum err
guessing_create(const struct config *cfg, void **self)
{
    struct guessing *g = mem_zalloc(sizeof(*g));
    struct tracker_opts opts = {.max_sources = cfg->max_sources,
                                .keep_s = max_u32(WEEK_S, cfg->steady_s),
                                .hold_s = cfg->alert_idle_h * 3600u};
    enum err err;

    *self = NULL;
    if (g == NULL) {
        return ERR_NOMEM;
    }
    g->cfg = cfg;
    opts.times_max = max_u32(max_u32(cfg->burst_count, cfg->steady_count),
                             max_u32(cfg->steady_day_count, cfg->steady_week_count));
    opts.times_max = max_u32(opts.times_max, cfg->success_after_count);
    opts.times_max = max_u32(opts.times_max, REGULAR_TRIES_MIN);
    opts.members_max = opts.times_max > SEED_MAX ? SEED_MAX : opts.times_max;
    distinct_init(&g->known, NULL);
    distinct_init(&g->known_before, NULL);
    err = tracker_create(&opts, &g->tracker);
    if (err) {
        guessing_destroy(g);
        return err;
    }
    *self = g;
    return ERR_OK;
}

/* -- the rules ------------------------------------------------------------------------------- */
static bool
is_spray(const struct config *cfg, const struct guessing_view *v)
{
    return !v->shared &&
           (tracker_members_within(v->tracker, v->source, v->now_s, cfg->spray_s) >=
                cfg->spray_count ||
            tracker_members_within(v->tracker, v->source, v->now_s, DAY_S) >= cfg->spray_day_count);
}

static bool
is_steady(const struct config *cfg, const struct guessing_view *v)
{
    return tracker_reached(v->tracker, v->source, cfg->steady_count, v->now_s, cfg->steady_s) ||
           tracker_reached(v->tracker, v->source, cfg->steady_day_count, v->now_s, DAY_S) ||
           tracker_reached(v->tracker, v->source, cfg->steady_week_count, v->now_s, WEEK_S);
}

static bool
is_stale(const struct guessing_view *v)
{
    const uint32_t *times;
    uint16_t accounts[2];
    uint32_t count;

    if (!v->internal || (tracker_flags(v->tracker, v->source) & FLAG_OTHER_STATUS) != 0 ||
        tracker_members(v->tracker, v->source, accounts, COUNT(accounts)) != 1) {
        return false;
    }
    times = tracker_times(v->tracker, v->source, &count);
    return regular_pace(times, count);
}

const struct rule *
guessing_judge(const struct config *cfg, const struct guessing_view *v)
{
    bool burst = tracker_reached(v->tracker, v->source, cfg->burst_count, v->now_s, cfg->burst_s);

    if (is_spray(cfg, v)) {
        return &rule_table[RULE_LOGON_SPRAY];
    }
    if (burst) {
        return &rule_table[RULE_LOGON_BURST];
    }
    if (is_stale(v)) {
        return &rule_table[RULE_LOGON_STALE_CREDENTIAL];
    }
    return is_steady(cfg, v) ? &rule_table[RULE_LOGON_STEADY] : NULL;
}

static enum severity
severity_of(const struct rule *rule, const struct attempt *a)
{
    bool guessing = rule == &rule_table[RULE_LOGON_BURST] || rule == &rule_table[RULE_LOGON_STEADY];

    return guessing && origin_is_internet(a) ? SEV_HIGH : rule->severity;
}

/* -- alerts ---------------------------------------------------------------------------------- */
/* The slot of the alert that this source feeds, or none; a closed one is forgotten together with
 * the failures it counted. */
static uint32_t
open_slot(struct guessing *g, struct book *book, uint32_t source, uint64_t time_ft)
{
    uint32_t slot = tracker_marked(g->tracker, source);

    if (slot != BOOK_SLOT_NONE &&
        !book_slot_is(book, slot, book_owner(OWNER_GUESSING, source), time_ft)) {
        tracker_spend(g->tracker, source);
        return BOOK_SLOT_NONE;
    }
    return slot;
}

/* As open_slot(); or the alert of this source that only the store knew, which is its own from here
 * on. *out_claimed: it is that one, just now. */
static uint32_t
campaign_slot(struct guessing *g, struct book *book, uint32_t source, const struct attempt *a,
              bool *out_claimed)
{
    uint32_t slot = open_slot(g, book, source, a->first_ft), own;
    char text[ALERT_KEY_MAX];

    *out_claimed = false;
    if ((slot != BOOK_SLOT_NONE && !book_slot_folds(book, slot)) || !book_has_unclaimed(book)) {
        return slot;
    }
    own = book_unclaimed(book, a->host, origin_key_text(a, SV(""), text), a->first_ft);
    if (own == BOOK_SLOT_NONE) {
        return slot;
    }
    book_own(book, own, book_owner(OWNER_GUESSING, source));
    tracker_mark(g->tracker, source, (uint16_t)own);
    *out_claimed = true;
    return own;
}

/* The accounts that a source tried, as far as they are remembered. */
static void
add_members(struct guessing *g, uint32_t source, struct finding *f)
{
    f->more_accounts = g->seed;
    f->more_account_count = tracker_members(g->tracker, source, g->seed, SEED_MAX);
}

/* Opens the alert of a source with all that is remembered of it. */
static enum err
open_campaign(struct guessing *g, struct book *book, uint32_t source, struct finding *f)
{
    uint32_t slot, count;
    const uint32_t *times = tracker_times(g->tracker, source, &count);
    enum err err;

    f->owner = book_owner(OWNER_GUESSING, source);
    if (!book_slot_folds(book, tracker_marked(g->tracker, source))) {
        f->count = count;
        f->first_ft = count > 1 ? origin_time(times[0]) : f->time_ft;
    }
    add_members(g, source, f);
    err = book_report(book, f, &slot);
    if (!err && slot != BOOK_SLOT_NONE) {
        tracker_mark(g->tracker, source, (uint16_t)slot);
    }
    return err;
}

static const struct rule *
rule_now(const struct guessing *g, const struct book *book, const struct guessing_view *v,
         uint32_t slot)
{
    const struct rule *now = slot == BOOK_SLOT_NONE ? NULL : book_rule(book, slot);

    if (now != NULL && (book_slot_folds(book, slot) || now == &rule_table[RULE_LOGON_SPRAY] ||
                        now == &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES])) {
        return now; /* nothing is stronger */
    }
    return guessing_judge(g->cfg, v);
}

static enum err
on_failure(struct guessing *g, const struct attempt *a, struct book *book)
{
    struct tracker_key key = origin_key(a);
    struct guessing_view v = {.tracker = g->tracker,
                              .now_s = origin_seconds(a->first_ft),
                              .internal = a->scope == SCOPE_INTERNAL,
                              .shared = a->scope == SCOPE_RELAY || a->scope == SCOPE_NONE};
    uint16_t member = a->account_id > UINT16_MAX ? 0 : (uint16_t)a->account_id;
    char text[ALERT_KEY_MAX];
    const struct rule *rule;
    struct finding f;
    uint32_t slot;
    bool claimed;
    enum err err = tracker_add(g->tracker, &key, member, v.now_s, &v.source);

    if (err == ERR_FULL) {
        metric_add(METRIC_SOURCES_FULL, 1);
        return ERR_OK;
    }
    if (err) {
        return err;
    }
    v.now_s = tracker_last(g->tracker, v.source); /* this one may be late */
    slot = campaign_slot(g, book, v.source, a, &claimed);
    if (a->status != STATUS_WRONG_PASSWORD) {
        tracker_flag(g->tracker, v.source, FLAG_OTHER_STATUS);
    }
    rule = rule_now(g, book, &v, slot);
    if (rule == NULL && slot == BOOK_SLOT_NONE) {
        return ERR_OK;
    }
    f = origin_finding(a, rule == NULL ? book_rule(book, slot) : rule, (struct sv){NULL, 0});
    f.severity = severity_of(f.rule, a);
    f.owner = book_owner(OWNER_GUESSING, v.source);
    f.count_account = true;
    if (claimed) {
        add_members(g, v.source, &f);
    }
    if (slot != BOOK_SLOT_NONE) {
        return book_update(book, slot, &f);
    }
    f.key = origin_key_text(a, SV(""), text);
    return open_campaign(g, book, v.source, &f);
}

/* -- success --------------------------------------------------------------------------------- */
/* Remembers that this account got in from there; *out_before: it had before. */
static enum err
know(struct guessing *g, const struct attempt *a, bool *out_before)
{
    struct {
        struct addr src;
        uint32_t host, account;
    } who = {a->src, a->host_id, a->account_id};
    uint64_t value = distinct_text((struct sv){(const char *)&who, sizeof(who)});
    bool added;

    *out_before = distinct_has(&g->known, value) || distinct_has(&g->known_before, value);
    if (g->known.count >= KNOWN_MAX) {
        distinct_fini(&g->known_before);
        g->known_before = g->known;
        distinct_init(&g->known, NULL);
    }
    return distinct_put(&g->known, value, &added);
}

static enum err
report_success(struct guessing *g, const struct attempt *a, struct book *book, uint32_t source,
               uint64_t failures)
{
    char text[ALERT_KEY_MAX], number[24];
    struct finding f = origin_finding(a, &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES],
                                      origin_key_text(a, SV(""), text));
    uint32_t slot = BOOK_SLOT_NONE;
    size_t at = sizeof(number);
    bool claimed = false;

    f.count = 0; /* failures are counted */
    f.success = true;
    f.account_final = true;
    f.count_account = true;
    f.message = a->nla_only    ? "ALERT_LOGON_SUCCESS_1149"
                : failures > 0 ? "ALERT_LOGON_SUCCESS_AFTER_FAILURES"
                               : "ALERT_LOGON_SUCCESS_UNDER_ATTACK";
    if (source != TRACKER_NONE) {
        slot = campaign_slot(g, book, source, a, &claimed);
    }
    if (claimed) {
        add_members(g, source, &f);
    }
    if (slot != BOOK_SLOT_NONE && !book_slot_folds(book, slot)) {
        failures = book_count(book, slot); /* of the whole campaign */
    }
    do {
        number[--at] = (char)('0' + failures % 10);
        failures /= 10;
    } while (failures != 0);
    f.extra[0] = (struct finding_extra){"failures", {number + at, sizeof(number) - at}};
    if (source == TRACKER_NONE) {
        return book_report(book, &f, &slot);
    }
    if (slot != BOOK_SLOT_NONE && !book_slot_folds(book, slot)) {
        return book_update(book, slot, &f);
    }
    return open_campaign(g, book, source, &f);
}

static bool
is_before(uint64_t time_ft, uint64_t now_ft) /* by more than a day */
{
    return now_ft > time_ft && now_ft - time_ft > TM_DAY;
}

/* Failures that only the store knows of: the history that was read anew lacks them. They count when
 * all of them are of the last day, or the last is and none of them was read. */
static uint64_t
lost_failures(struct guessing *g, const struct attempt *a, struct book *book, uint32_t source)
{
    uint32_t slot = BOOK_SLOT_NONE, count;
    char text[ALERT_KEY_MAX];
    struct book_stored stored;

    if (source != TRACKER_NONE) {
        slot = open_slot(g, book, source, a->first_ft);
    }
    if (slot == BOOK_SLOT_NONE && book_has_unclaimed(book)) {
        slot = book_unclaimed(book, a->host, origin_key_text(a, SV(""), text), a->first_ft);
    }
    stored = book_stored(book, slot);
    if (stored.count == 0 || is_before(stored.last_ft, a->first_ft)) {
        return 0;
    }
    if (is_before(stored.first_ft, a->first_ft) && source != TRACKER_NONE &&
        tracker_times(g->tracker, source, &count)[0] <= origin_seconds(stored.last_ft)) {
        return 0; /* what was read reaches into it: the tracker knows better */
    }
    return stored.count;
}

static enum err
on_success(struct guessing *g, const struct attempt *a, struct book *book)
{
    struct tracker_key key = origin_key(a);
    uint32_t source = tracker_find(g->tracker, &key);
    uint64_t failures = 0;
    bool before;
    enum err err = know(g, a, &before);

    if (err) {
        return err;
    }
    if (source != TRACKER_NONE) {
        failures = tracker_within(g->tracker, source, origin_seconds(a->first_ft), DAY_S);
    }
    if (failures < g->cfg->success_after_count) {
        failures += lost_failures(g, a, book, source);
    }
    if (failures >= g->cfg->success_after_count || (!before && book_account_attacked(book, a))) {
        return report_success(g, a, book, source, failures);
    }
    return ERR_OK;
}

static enum err
guessing_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    (void)now;
    if (a->outcome == ATTEMPT_FAILURE && a->weight != WEIGHT_NONE &&
        (origin_known(a) || origin_unknown_remote(a))) {
        return on_failure(self, a, book);
    }
    if (a->outcome == ATTEMPT_SUCCESS && origin_known(a)) {
        return on_success(self, a, book);
    }
    return ERR_OK;
}

static enum err
guessing_tick(void *self, const struct state *now, uint64_t now_ft, struct book *book)
{
    struct guessing *g = self;
    uint32_t now_s = origin_seconds(now_ft);

    (void)now;
    (void)book;
    if (now_s >= g->next_sweep_s) {
        tracker_sweep(g->tracker, now_s);
        g->next_sweep_s = now_s + SWEEP_S;
    }
    return ERR_OK;
}

bool
guessing_flagged(const void *self, const struct tracker_key *key)
{
    const struct guessing *g = self;
    uint32_t source = tracker_find(g->tracker, key);

    return source != TRACKER_NONE && tracker_marked(g->tracker, source) != BOOK_SLOT_NONE;
}

static const struct rule *const rules[] = {
    &rule_table[RULE_LOGON_BURST],
    &rule_table[RULE_LOGON_STEADY],
    &rule_table[RULE_LOGON_SPRAY],
    &rule_table[RULE_LOGON_STALE_CREDENTIAL],
    &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES],
    NULL,
};

const struct detector det_guessing = {
    .name = "guessing",
    .rules = rules,
    .create = guessing_create,
    .on_attempt = guessing_attempt,
    .on_tick = guessing_tick,
    .destroy = guessing_destroy,
};
