/*
 * internet - logon.from_internet: the internet reaches this computer. One alert a host; critical
 * once somebody got in. A PC that was reached counts as reachable for a day (rule_hold()); the
 * alert is idle from then on, so that who knocks once a day is one alert and not one for each day.
 */
#include "core/mem.h"
#include "core/tm.h"
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/late.h"
#include "detectors/origin.h"
#include "detectors/recent.h"

#define DAY_S 86400u
#define KEY "internet"

struct arrival {
    struct addr src;
    uint32_t time_s;
    bool success;
};

/* The last arrivals at one host, as many as the rule counts; oldest first. */
struct host {
    uint32_t slot; /* of its alert, or none */
    uint32_t count;
    struct arrival last[];
};

struct internet {
    const struct config *cfg;
    struct recent *hosts;
    struct addr *sources; /* scratch, internet_count long */
};

static void
internet_destroy(void *self)
{
    struct internet *d = self;

    if (d != NULL) {
        recent_destroy(d->hosts);
        mem_free(d->sources);
        mem_free(d);
    }
}

static enum err
internet_create(const struct config *cfg, void **self)
{
    struct internet *d = mem_zalloc(sizeof(*d));
    size_t len = sizeof(struct host) + cfg->internet_count * sizeof(struct arrival);
    enum err err = ERR_NOMEM;

    *self = NULL;
    if (d == NULL) {
        return ERR_NOMEM;
    }
    d->cfg = cfg;
    d->sources = mem_array(cfg->internet_count, sizeof(*d->sources));
    if (d->sources == NULL) {
        goto done;
    }
    err = recent_create(cfg->max_hosts, len, &d->hosts);
    if (err) {
        goto done;
    }
    *self = d;
    d = NULL;
done:
    internet_destroy(d);
    return err;
}

static void
note(struct host *h, uint32_t max, const struct attempt *a)
{
    uint32_t now_s = origin_seconds(a->first_ft);

    for (uint32_t i = 0; i < h->count; i++) { /* the clock was set back: it has just happened */
        h->last[i].time_s = late_is_step(h->last[i].time_s, now_s) ? now_s : h->last[i].time_s;
    }
    if (h->count == max) {
        memmove(h->last, h->last + 1, (max - 1) * sizeof(h->last[0]));
        h->count--;
    }
    h->last[h->count++] = (struct arrival){a->src, now_s, a->outcome == ATTEMPT_SUCCESS};
}

static void
mark_entered(struct finding *f, const struct attempt *a)
{
    f->severity = SEV_CRITICAL;
    f->success = true;
    f->account_final = true;
    f->message = a->nla_only ? "ALERT_LOGON_FROM_INTERNET_1149" : "ALERT_LOGON_FROM_INTERNET_IN";
}

static enum err
open_internet(struct internet *d, struct host *h, const struct attempt *a, struct finding *f,
              struct book *book)
{
    for (uint32_t i = 0; i < h->count; i++) {
        d->sources[i] = h->last[i].src;
        if (h->last[i].success && !f->success) {
            f->severity = SEV_CRITICAL;
            f->success = true;
            f->message = "ALERT_LOGON_FROM_INTERNET_IN";
        }
    }
    f->count = h->count;
    f->first_ft = h->count > 1 ? origin_time(h->last[0].time_s) : a->first_ft;
    f->more_sources = d->sources;
    f->more_source_count = h->count;
    return book_report(book, f, &h->slot);
}

/* The alert of this host that only the store knew is its own from here on. */
static void
claim(struct host *h, const struct finding *f, struct book *book)
{
    uint32_t slot;

    if (!book_has_unclaimed(book)) {
        return;
    }
    slot = book_unclaimed(book, f->host, f->key, f->time_ft);
    if (slot != BOOK_SLOT_NONE) {
        book_own(book, slot, f->owner);
        h->slot = slot;
    }
}

static enum err
internet_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    struct internet *d = self;
    struct recent_key key = {0};
    uint32_t now_s = origin_seconds(a->first_ft);
    struct finding f;
    struct host *h;
    void *item;
    bool is_new;
    enum err err;

    (void)now;
    if (!origin_known(a) || !origin_is_internet(a)) {
        return ERR_OK;
    }
    key.word[0] = a->host_id;
    err = recent_get(d->hosts, &key, &item, &is_new);
    if (err) {
        return err;
    }
    h = item;
    f = origin_finding(a, &rule_table[RULE_LOGON_FROM_INTERNET], SV(KEY));
    f.owner = book_owner(OWNER_INTERNET, a->host_id);
    f.count_source = true;
    f.count_account = true;
    if (a->outcome == ATTEMPT_SUCCESS) {
        mark_entered(&f, a);
    }
    claim(h, &f, book);
    if (h->slot != BOOK_SLOT_NONE && book_slot_is(book, h->slot, f.owner, a->first_ft)) {
        return book_update(book, h->slot, &f);
    }
    if (h->slot != BOOK_SLOT_NONE) { /* closed: what it counted is spent */
        h->slot = BOOK_SLOT_NONE;
        h->count = 0;
    }
    note(h, d->cfg->internet_count, a);
    if (h->count == d->cfg->internet_count &&
        (now_s < h->last[0].time_s || now_s - h->last[0].time_s <= DAY_S)) {
        return open_internet(d, h, a, &f, book);
    }
    return ERR_OK;
}

static const struct rule *const rules[] = {&rule_table[RULE_LOGON_FROM_INTERNET], NULL};

const struct detector det_internet = {
    .name = "internet",
    .rules = rules,
    .create = internet_create,
    .on_attempt = internet_attempt,
    .destroy = internet_destroy,
};
