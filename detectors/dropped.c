/*
 * dropped - rdp.dropped: Remote Desktop connections that lead to no authentication, at a rate no
 * person has. Counted per host; over all hosts of a forwarded log when one source hits three of
 * them within the window: then there is one alert with host "*" and none per host.
 */
#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"
#include "detectors/tracker.h"

#define HOSTS_MIN 3u
#define ALL_HOSTS "*"
#define WHOLE_LIST UINT32_MAX
#define SWEEP_S 600u

struct dropped {
    const struct config *cfg;
    struct tracker *per_host; /* by (host, source) */
    struct tracker *summed;   /* by source; members are hosts */
    uint32_t next_sweep_s;
};

static void
dropped_destroy(void *self)
{
    struct dropped *d = self;

    if (d != NULL) {
        tracker_destroy(d->per_host);
        tracker_destroy(d->summed);
        mem_free(d);
    }
}

static enum err
dropped_create(const struct config *cfg, void **self)
{
    struct dropped *d = mem_zalloc(sizeof(*d));
    struct tracker_opts opts = {.max_sources = cfg->max_sources,
                                .times_max = cfg->dropped_count,
                                .members_max = 1,
                                .keep_s = cfg->dropped_s,
                                .hold_s = cfg->alert_idle_h * 3600u};
    enum err err;

    *self = NULL;
    if (d == NULL) {
        return ERR_NOMEM;
    }
    d->cfg = cfg;
    err = tracker_create(&opts, &d->per_host);
    if (err) {
        goto done;
    }
    /* Two hosts below the threshold each may come before the third. */
    opts.times_max = HOSTS_MIN * cfg->dropped_count;
    opts.times_max = opts.times_max > TRACKER_TIMES_MAX ? TRACKER_TIMES_MAX : opts.times_max;
    opts.members_max = TRACKER_MEMBERS_MAX;
    err = tracker_create(&opts, &d->summed);
    if (err) {
        goto done;
    }
    *self = d;
    d = NULL;
done:
    dropped_destroy(d);
    return err;
}

static uint64_t
owner_of(const struct finding *f, uint32_t source)
{
    return book_owner(sv_eq(f->host, SV(ALL_HOSTS)) ? OWNER_DROPPED_ALL_HOSTS : OWNER_DROPPED,
                      source);
}

/* The open alert of a tracked source; a closed one is forgotten with what it counted, and one that
 * only the store knew is its own from here on. */
static uint32_t
open_slot(struct tracker *t, uint32_t source, struct book *book, const struct finding *f)
{
    uint32_t slot = tracker_marked(t, source), own;

    if (slot != BOOK_SLOT_NONE && !book_slot_is(book, slot, owner_of(f, source), f->time_ft)) {
        tracker_spend(t, source);
        return BOOK_SLOT_NONE;
    }
    if ((slot != BOOK_SLOT_NONE && !book_slot_folds(book, slot)) || !book_has_unclaimed(book)) {
        return slot;
    }
    own = book_unclaimed(book, f->host, f->key, f->time_ft);
    if (own == BOOK_SLOT_NONE) {
        return slot;
    }
    book_own(book, own, owner_of(f, source));
    tracker_mark(t, source, (uint16_t)own);
    return own;
}

static enum err
report(const struct config *cfg, struct tracker *t, uint32_t source, struct finding *f,
       struct book *book)
{
    uint32_t slot = tracker_marked(t, source), count;
    const uint32_t *times = tracker_times(t, source, &count);
    enum err err;

    f->owner = owner_of(f, source);
    if (slot != BOOK_SLOT_NONE) {
        if (!f->internet && book_count(book, slot) + 1 < cfg->dropped_private_count) {
            f->severity = SEV_LOW;
        }
        return book_update(book, slot, f);
    }
    if (!f->internet && count < cfg->dropped_private_count) {
        f->severity = SEV_LOW;
    }
    f->count = count;
    f->first_ft = count > 1 ? origin_time(times[0]) : f->time_ft;
    err = book_report(book, f, &slot);
    if (!err && slot != BOOK_SLOT_NONE) {
        tracker_mark(t, source, (uint16_t)slot);
    }
    return err;
}

static bool
over_hosts(struct dropped *d, uint32_t source, const struct finding *f, struct book *book)
{
    uint32_t now_s = tracker_last(d->summed, source); /* this one may be late */

    return open_slot(d->summed, source, book, f) != BOOK_SLOT_NONE ||
           (tracker_reached(d->summed, source, d->cfg->dropped_count, now_s, d->cfg->dropped_s) &&
            tracker_members_within(d->summed, source, now_s, d->cfg->dropped_s) >= HOSTS_MIN);
}

static enum err
count_in(struct tracker *t, const struct tracker_key *key, uint16_t member, uint32_t now_s,
         uint32_t *out_source)
{
    enum err err = tracker_add(t, key, member, now_s, out_source);

    if (err == ERR_FULL) {
        metric_add(METRIC_SOURCES_FULL, 1);
    }
    return err;
}

static enum err
dropped_connect(struct dropped *d, const struct attempt *a, struct book *book)
{
    struct tracker_key one = {.src = a->src, .host = (uint16_t)a->host_id};
    struct tracker_key all = {.src = a->src};
    uint32_t now_s = origin_seconds(a->first_ft), per_host, summed;
    char text[ALERT_KEY_MAX];
    struct finding f =
        origin_finding(a, &rule_table[RULE_RDP_DROPPED], origin_key_text(a, SV("dropped "), text));
    struct finding over = f;
    enum err err = count_in(d->per_host, &one, 0, now_s, &per_host);

    over.host = SV(ALL_HOSTS);
    if (!err) {
        err = count_in(d->summed, &all, (uint16_t)a->host_id, now_s, &summed);
    }
    if (err) {
        return err == ERR_FULL ? ERR_OK : err;
    }
    if (over_hosts(d, summed, &over, book)) {
        over.hosts = tracker_members_within(d->summed, summed, now_s, WHOLE_LIST);
        over.message = "ALERT_RDP_DROPPED_HOSTS";
        return report(d->cfg, d->summed, summed, &over, book);
    }
    now_s = tracker_last(d->per_host, per_host);
    if (open_slot(d->per_host, per_host, book, &f) != BOOK_SLOT_NONE ||
        tracker_reached(d->per_host, per_host, d->cfg->dropped_count, now_s, d->cfg->dropped_s)) {
        return report(d->cfg, d->per_host, per_host, &f, book);
    }
    return ERR_OK;
}

static enum err
dropped_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    (void)now;
    if (a->outcome != ATTEMPT_CONNECT || a->service != SERVICE_RDP || !origin_known(a)) {
        return ERR_OK;
    }
    return dropped_connect(self, a, book);
}

static enum err
dropped_tick(void *self, const struct state *now, uint64_t now_ft, struct book *book)
{
    struct dropped *d = self;
    uint32_t now_s = origin_seconds(now_ft);

    (void)now;
    (void)book;
    if (now_s >= d->next_sweep_s) {
        tracker_sweep(d->per_host, now_s);
        tracker_sweep(d->summed, now_s);
        d->next_sweep_s = now_s + SWEEP_S;
    }
    return ERR_OK;
}

static const struct rule *const rules[] = {&rule_table[RULE_RDP_DROPPED], NULL};

const struct detector det_dropped = {
    .name = "dropped",
    .rules = rules,
    .create = dropped_create,
    .on_attempt = dropped_attempt,
    .on_tick = dropped_tick,
    .destroy = dropped_destroy,
};
