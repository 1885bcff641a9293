/* state - the route of an event through the merger, and what is known of each computer. */
#include "state/state.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "state/activity.h"
#include "state/adapters.h"
#include "state/held.h"
#include "state/merger.h"
#include "state/summary.h"

#define CHANNELS_MAX 256 /* names told apart in evidence */

struct state {
    const struct config *cfg;
    state_attempt_fn fn;
    state_process_fn process_fn; /* NULL: nobody asked */
    state_tied_fn tied_fn;       /* likewise */
    state_adapter_fn adapter_fn; /* likewise */
    void *ctx;
    struct intern *hosts;
    struct intern *accounts;
    struct intern *channels;
    struct merger *merger;
    struct activity *activity;
    struct adapters *adapters;
    bool *nla_seen; /* by host id: a 140 was seen */
    struct held held;
    uint64_t hold_ticks;
    uint64_t now_ft;
    bool ending; /* no proof can come any more */
};

static enum err on_group(void *ctx, const struct merger_group *group);
static enum err on_process(void *ctx, uint32_t host_id, const struct process *p);
static enum err on_adapter(void *ctx, const struct net_adapter *a);

static enum err
create_tables(struct state *st)
{
    struct merger_opts opts = {.max_waiting = st->cfg->max_pending,
                               .hold_ticks = st->hold_ticks,
                               .fn = on_group,
                               .ctx = st};
    enum err err;

    st->nla_seen = mem_array((size_t)st->cfg->max_hosts + 1, sizeof(*st->nla_seen));
    if (st->nla_seen == NULL) {
        return ERR_NOMEM;
    }
    err = intern_create(st->cfg->max_hosts, &st->hosts);
    if (err) {
        return err;
    }
    err = intern_create(st->cfg->max_accounts, &st->accounts);
    if (err) {
        return err;
    }
    err = intern_create(CHANNELS_MAX, &st->channels);
    if (err) {
        return err;
    }
    err = activity_create(st->cfg, on_process, st, &st->activity);
    if (!err) {
        err = adapters_create(on_adapter, st, &st->adapters);
    }
    return err ? err : merger_create(&opts, &st->merger);
}

enum err
state_create(const struct config *cfg, state_attempt_fn fn, void *ctx, struct state **out)
{
    struct state *st = mem_zalloc(sizeof(*st));
    enum err err;

    *out = NULL;
    if (st == NULL) {
        return ERR_NOMEM;
    }
    st->cfg = cfg;
    st->fn = fn;
    st->ctx = ctx;
    st->hold_ticks = cfg->hold_back_s * TM_SEC;
    err = create_tables(st);
    if (err) {
        goto done;
    }
    *out = st;
    st = NULL;
done:
    state_destroy(st);
    return err;
}

void
state_destroy(struct state *st)
{
    if (st == NULL) {
        return;
    }
    held_fini(&st->held);
    merger_destroy(st->merger);
    activity_destroy(st->activity);
    adapters_destroy(st->adapters);
    intern_destroy(st->channels);
    intern_destroy(st->accounts);
    intern_destroy(st->hosts);
    mem_free(st->nla_seen);
    mem_free(st);
}

void
state_on_process(struct state *st, state_process_fn fn)
{
    st->process_fn = fn;
}

static enum err
on_process(void *ctx, uint32_t host_id, const struct process *p)
{
    const struct state *st = ctx;
    struct process told = *p;

    if (st->process_fn == NULL) {
        return ERR_OK;
    }
    told.host = intern_text(st->hosts, host_id);
    return st->process_fn(st->ctx, &told);
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    const struct state *st = ctx;

    return st->adapter_fn == NULL ? ERR_OK : st->adapter_fn(st->ctx, a);
}

static enum err
on_tied(void *ctx, uint32_t host_id, const struct process *p, enum process_tie was)
{
    const struct state *st = ctx;
    struct process told = *p;

    told.host = intern_text(st->hosts, host_id);
    return st->tied_fn(st->ctx, &told, was);
}

void
state_on_adapter(struct state *st, state_adapter_fn fn)
{
    st->adapter_fn = fn;
}

void
state_on_tied(struct state *st, state_tied_fn fn)
{
    st->tied_fn = fn;
    activity_on_tied(st->activity, fn == NULL ? NULL : on_tied, st);
}

/* Hands one attempt on, with the account's number. */
static enum err
emit(struct state *st, struct attempt *a)
{
    char key[ACCOUNT_KEY_MAX];
    size_t len = account_key(a->account, a->domain, a->host, key);

    if (a->account.len > 0 && len > 0) {
        enum err err = intern_id(st->accounts, (struct sv){key, len}, &a->account_id);
        if (err) {
            return err;
        }
        if (a->account_id == INTERN_OVERFLOW) {
            metric_add(METRIC_ACCOUNTS_FULL, 1);
        }
    }
    return st->fn(st->ctx, a);
}

/* An attempt known by 1149 alone, where NLA is not known to be on. */
static enum err
hold(struct state *st, struct attempt *a)
{
    struct attempt oldest;

    if (st->ending || a->host_id == INTERN_OVERFLOW) {
        return emit(st, a);
    }
    while (!held_has_room(&st->held, a->host_id)) {
        enum err err;
        if (!held_take(&st->held, a->host_id, &oldest)) {
            (void)held_take(&st->held, 0, &oldest);
        }
        metric_add(METRIC_NLA_UNPROVEN_FULL, 1);
        err = emit(st, &oldest);
        if (err) {
            return err;
        }
    }
    return held_put(&st->held, a);
}

static enum err
on_group(void *ctx, const struct merger_group *group)
{
    struct state *st = ctx;
    const struct summary_tables tables = {st->cfg, st->hosts, st->channels};
    struct attempt a;
    enum summary_verdict verdict = summary_make(&tables, group, &a);

    if (verdict == SUMMARY_NOTHING) {
        return ERR_OK;
    }
    if (verdict == SUMMARY_UNPROVEN) {
        if (!state_nla_known(st, a.host_id)) {
            return hold(st, &a);
        }
        summary_prove(&a);
    }
    return emit(st, &a);
}

/* The first 140 of a computer: what was held back as unproven was a success all the while. */
static enum err
prove_nla(struct state *st, uint32_t host_id)
{
    struct attempt a;

    if (host_id == INTERN_OVERFLOW || st->nla_seen[host_id]) {
        return ERR_OK;
    }
    st->nla_seen[host_id] = true;
    while (held_take(&st->held, host_id, &a)) {
        enum err err;
        summary_prove(&a);
        err = emit(st, &a);
        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

/* Time never waits for a clock that was set back: all that waits is released and time starts
 * anew. For what is merely late it stands still. */
static enum err
advance(struct state *st, uint64_t now_ft)
{
    bool back = now_ft < st->now_ft && st->now_ft - now_ft >= STATE_CLOCK_STEP;
    enum err err;

    if (back || now_ft > st->now_ft) {
        st->now_ft = now_ft;
    }
    err = back ? merger_flush(st->merger) : merger_release(st->merger, st->now_ft);
    return err ? err : activity_release(st->activity, st->now_ft);
}

static struct sv
text_or_empty(bool has, struct sv text)
{
    return has ? utf8_cut(text, EVENT_TEXT_MAX) : (struct sv){"", 0};
}

static bool
is_of(const struct event *ev, uint64_t kinds)
{
    return (kinds & EV_BIT(ev->kind)) != 0;
}

MUST_CHECK static enum err
host_of(struct state *st, const struct event *ev, uint32_t *out_id)
{
    return state_host_id(st, text_or_empty(event_has(ev, host), ev->host), out_id);
}

enum err
state_complete(struct state *st, struct event *ev, bool *changed)
{
    uint32_t host_id;
    enum err err;

    *changed = false;
    if (!is_of(ev, ACTIVITY_KINDS) &&
        !(is_of(ev, ACTIVITY_SMB_KINDS) && event_has(ev, parent_object))) {
        return ERR_OK;
    }
    err = host_of(st, ev, &host_id);
    return err ? err : activity_complete(st->activity, host_id, ev, changed);
}

MUST_CHECK static enum err
take_activity(struct state *st, const struct event *ev)
{
    uint32_t host_id;
    enum err err = host_of(st, ev, &host_id);

    return err ? err : activity_event(st->activity, host_id, ev);
}

enum err
state_event(struct state *st, const struct event *ev)
{
    struct witness w;
    bool is_witness = witness_from_event(ev, &w);
    bool proves_nla =
        ev->kind == EV_RDP_AUTH_FAILURE && event_has(ev, event_id) && ev->event_id == 140;
    enum err err = advance(st, ev->time_ft);

    if (!err && ev->kind == EV_ADAPTER_CHANGE) {
        err = adapters_event(st->adapters, ev);
    }
    if (!err && is_of(ev, ACTIVITY_KINDS | TIE_KINDS)) {
        err = take_activity(st, ev);
    }
    if (err || (!is_witness && !proves_nla)) {
        return err;
    }
    err = host_of(st, ev, &w.host_id);
    if (err) {
        return err;
    }
    if (proves_nla) {
        err = prove_nla(st, w.host_id);
        if (err) {
            return err;
        }
    }
    if (!is_witness) {
        return ERR_OK;
    }
    err =
        intern_id(st->channels, text_or_empty(event_has(ev, channel), ev->channel), &w.channel_id);
    if (err) {
        return err;
    }
    return merger_put(st->merger, &w);
}

enum err
state_tick(struct state *st, uint64_t now_ft)
{
    enum err err = advance(st, now_ft);

    return err ? err : adapters_release(st->adapters, now_ft);
}

enum err
state_flush(struct state *st)
{
    struct attempt a;
    enum err err = ERR_OK;

    st->ending = true;
    while (!err && held_take(&st->held, 0, &a)) {
        err = emit(st, &a);
    }
    if (!err) {
        err = merger_flush(st->merger);
    }
    if (!err) {
        err = activity_flush(st->activity);
    }
    if (!err) {
        err = adapters_flush(st->adapters);
    }
    st->ending = false;
    return err;
}

const struct intern *
state_hosts(const struct state *st)
{
    return st->hosts;
}

const struct intern *
state_accounts(const struct state *st)
{
    return st->accounts;
}

enum err
state_host_id(struct state *st, struct sv host, uint32_t *out_id)
{
    enum err err = intern_id(st->hosts, host, out_id);

    if (!err && *out_id == INTERN_OVERFLOW) {
        metric_add(METRIC_HOSTS_FULL, 1);
    }
    return err;
}

bool
state_nla_known(const struct state *st, uint32_t host_id)
{
    return st->cfg->rdp_nla ||
           (host_id != INTERN_OVERFLOW && host_id <= st->cfg->max_hosts && st->nla_seen[host_id]);
}

void
state_tell_early(struct state *st)
{
    activity_tell_early(st->activity);
}
