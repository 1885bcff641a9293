/* stories_feed - what stories count beside alerts: attempts, kinds of events, processes. */
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/origin.h"
#include "detectors/stories_int.h"

static enum err
note(struct distinct *set, uint64_t value)
{
    bool added;
    enum err err = distinct_put(set, value, &added);

    if (err == ERR_FULL) {
        metric_add(METRIC_SOURCES_FULL, 1);
        return ERR_OK;
    }
    return err;
}

enum err
stories_attempt(struct stories *s, const struct attempt *a)
{
    struct story_host *h;
    enum err err;

    bool tried = a->outcome == ATTEMPT_CONNECT ||
                 (a->outcome == ATTEMPT_FAILURE && a->weight != WEIGHT_NONE);

    if (!tried || !origin_known(a) || !origin_is_internet(a)) {
        return ERR_OK;
    }
    err = stories_host(s, a->host, &h);
    if (err) {
        return err;
    }
    if (h->live == NULL && h->internet.last_ft != 0 && a->first_ft > h->internet.last_ft &&
        a->first_ft - h->internet.last_ft >= s->cfg->alert_idle_h * TM_HOUR) {
        stories_forget_internet(h);
    }
    h->internet.tries++;
    h->internet.last_ft = a->first_ft;
    err = note(&h->internet.sources, distinct_addr(&a->src));
    if (!err && a->account_id != 0) {
        err = note(&h->internet.accounts, distinct_id(a->account_id));
    }
    if (h->live != NULL) {
        h->live->dirty = true;
    }
    return err;
}

enum err
stories_observed(struct stories *s, struct sv host, uint64_t kinds)
{
    struct story_host *h;
    enum err err = stories_host(s, host, &h);

    if (err) {
        return err;
    }
    h->kinds |= kinds;
    return ERR_OK;
}

enum err
stories_process(struct stories *s, const struct process *p, enum process_tie was)
{
    struct story_host *h;
    enum err err;

    if (p->origin == NULL) {
        return ERR_OK;
    }
    err = stories_host(s, p->host, &h);
    if (!err) {
        err = story_started_add(h, p, was);
    }
    if (!err && h->live != NULL) {
        h->live->dirty = true;
    }
    return err;
}
