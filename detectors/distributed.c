/* distributed - logon.distributed: one account, wrong passwords from many sources at once. */
#include "core/mem.h"
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/late.h"
#include "detectors/origin.h"
#include "detectors/recent.h"

#define SOURCES_MAX 16u /* as rules.distributed.sources allows */

struct seen {
    struct addr src;
    uint32_t time_s;
};

/* What is remembered of one account of one host: the last times, as many as the rule counts, and
 * the sources met last, as many as it asks for. */
struct attacked {
    uint32_t source_count;
    struct seen source[SOURCES_MAX]; /* least recent first */
    uint32_t time_count;
    uint32_t time_s[]; /* oldest first */
};

struct distributed {
    const struct config *cfg;
    struct recent *accounts; /* struct attacked by (host, account) */
};

static void
distributed_destroy(void *self)
{
    struct distributed *d = self;

    if (d != NULL) {
        recent_destroy(d->accounts);
        mem_free(d);
    }
}

static enum err
distributed_create(const struct config *cfg, void **self)
{
    struct distributed *d = mem_zalloc(sizeof(*d));
    size_t len = sizeof(struct attacked) + cfg->distributed_count * sizeof(uint32_t);
    enum err err;

    *self = NULL;
    if (d == NULL) {
        return ERR_NOMEM;
    }
    d->cfg = cfg;
    err = recent_create(cfg->max_accounts, len, &d->accounts);
    if (err) {
        distributed_destroy(d);
        return err;
    }
    *self = d;
    return ERR_OK;
}

/* The time to judge by: a late failure is judged together with what came since. When the clock was
 * set back, what is later has just happened. */
static uint32_t
settle(struct attacked *t, uint32_t now_s)
{
    uint32_t last = t->time_count == 0 ? 0 : t->time_s[t->time_count - 1];

    if (!late_is_step(last, now_s)) {
        return now_s > last ? now_s : last;
    }
    for (uint32_t i = 0; i < t->time_count; i++) {
        t->time_s[i] = t->time_s[i] > now_s ? now_s : t->time_s[i];
    }
    for (uint32_t i = 0; i < t->source_count; i++) {
        t->source[i].time_s = t->source[i].time_s > now_s ? now_s : t->source[i].time_s;
    }
    return now_s;
}

static void
note_time(struct attacked *t, uint32_t max, uint32_t now_s)
{
    if (t->time_count == max) {
        memmove(t->time_s, t->time_s + 1, (max - 1) * sizeof(t->time_s[0]));
        t->time_count--;
    }
    t->time_s[t->time_count++] = now_s;
}

static void
note_source(struct attacked *t, uint32_t max, const struct addr *src, uint32_t now_s)
{
    uint32_t i = 0;

    while (i < t->source_count && !addr_eq(&t->source[i].src, src)) {
        i++;
    }
    if (i == t->source_count && t->source_count == max) {
        i = 0;
    }
    if (i < t->source_count) {
        memmove(&t->source[i], &t->source[i + 1], (t->source_count - i - 1) * sizeof(t->source[0]));
        t->source_count--;
    }
    t->source[t->source_count++] = (struct seen){*src, now_s};
}

static bool
within(uint32_t time_s, uint32_t now_s, uint32_t window_s)
{
    return time_s >= now_s || now_s - time_s <= window_s;
}

static bool
is_attack(const struct config *cfg, const struct attacked *t, uint32_t now_s)
{
    uint32_t sources = 0;

    for (uint32_t i = 0; i < t->source_count; i++) {
        sources += within(t->source[i].time_s, now_s, cfg->distributed_s);
    }
    return t->time_count == cfg->distributed_count && sources >= cfg->distributed_sources &&
           within(t->time_s[0], now_s, cfg->distributed_s);
}

/* Opens with what led to it; an open one takes every further failure on the account. */
static enum err
report(struct distributed *d, const struct attempt *a, const struct attacked *t, struct book *book)
{
    struct addr sources[SOURCES_MAX];
    char text[ALERT_KEY_MAX];
    struct finding f = origin_finding(a, &rule_table[RULE_LOGON_DISTRIBUTED],
                                      origin_account_text(a, SV(""), text));
    uint32_t slot;

    f.owner = 0;
    f.count_source = true;
    f.count_account = true;
    f.account_final = true;
    if (!book_is_open(book, f.host, f.key, f.time_ft)) {
        for (uint32_t i = 0; i < t->source_count; i++) {
            sources[i] = t->source[i].src;
        }
        f.count = d->cfg->distributed_count;
        f.first_ft = origin_time(t->time_s[0]);
        f.more_sources = sources;
        f.more_source_count = t->source_count;
    }
    return book_report(book, &f, &slot);
}

static enum err
distributed_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    struct distributed *d = self;
    struct recent_key key = {0};
    uint32_t now_s = origin_seconds(a->first_ft);
    char text[ALERT_KEY_MAX];
    struct attacked *t;
    void *item;
    bool is_new;
    enum err err;

    (void)now;
    if (a->outcome != ATTEMPT_FAILURE || a->weight != WEIGHT_FULL || a->account_id == 0 ||
        !origin_known(a)) {
        return ERR_OK;
    }
    key.word[0] = a->host_id;
    key.word[1] = a->account_id;
    err = recent_get(d->accounts, &key, &item, &is_new);
    if (err) {
        return err;
    }
    t = item;
    now_s = settle(t, now_s);
    note_time(t, d->cfg->distributed_count, now_s);
    note_source(t, d->cfg->distributed_sources, &a->src, now_s);
    if (is_attack(d->cfg, t, now_s) ||
        book_is_open(book, a->host, origin_account_text(a, SV(""), text), a->first_ft)) {
        return report(d, a, t, book);
    }
    return ERR_OK;
}

static const struct rule *const rules[] = {&rule_table[RULE_LOGON_DISTRIBUTED], NULL};

const struct detector det_distributed = {
    .name = "distributed",
    .rules = rules,
    .create = distributed_create,
    .on_attempt = distributed_attempt,
    .destroy = distributed_destroy,
};
