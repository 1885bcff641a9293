/*
 * stories - which alerts belong together.
 *
 * A host has one story at a time. Medium and more severe alerts about the way in, guessing or a
 * success open one, and so do high ones about what was done inside; others join only when they
 * share source or account with it. It closes with the last of its alerts.
 */
#include "detectors/stories.h"

#include <assert.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "detectors/stories_int.h"

#define STORY_MEMBERS_MAX 4096u
#define MESSAGE_1149 "_1149"

struct story_finder {
    story_alert_fn fn;
    void *ctx;
};

enum err
stories_create(const struct config *cfg, story_fn fn, void *ctx, struct stories **out)
{
    struct stories *s = mem_zalloc(sizeof(*s));
    enum err err;

    *out = NULL;
    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->cfg = cfg;
    s->fn = fn;
    s->ctx = ctx;
    s->budget.left = cfg->max_sources;
    err = intern_create((size_t)cfg->max_hosts + 1, &s->names); /* and "*" */
    if (err) {
        stories_destroy(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

static void
drop(struct story_live **live)
{
    if (*live != NULL) {
        mem_free((*live)->members);
        mem_free(*live);
    }
    *live = NULL;
}

void
stories_forget_internet(struct story_host *h)
{
    distinct_fini(&h->internet.sources);
    distinct_fini(&h->internet.accounts);
    h->internet.tries = 0;
    h->internet.last_ft = 0;
}

void
stories_destroy(struct stories *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->host_count; i++) {
        drop(&s->hosts[i].live);
        drop(&s->hosts[i].warm);
        stories_forget_internet(&s->hosts[i]);
        story_started_forget(&s->hosts[i]);
        mem_free(s->hosts[i].name);
    }
    mem_free(s->hosts);
    intern_destroy(s->names);
    mem_free(s);
}

/* -- hosts ----------------------------------------------------------------------------------- */
static enum err
grow_hosts(struct stories *s, size_t need)
{
    size_t count = need + need / 2;
    struct story_host *hosts = mem_realloc(s->hosts, count, sizeof(*hosts));

    if (hosts == NULL) {
        return ERR_NOMEM;
    }
    memset(hosts + s->host_count, 0, (count - s->host_count) * sizeof(*hosts));
    for (size_t i = s->host_count; i < count; i++) {
        distinct_init(&hosts[i].internet.sources, &s->budget);
        distinct_init(&hosts[i].internet.accounts, &s->budget);
    }
    s->hosts = hosts;
    s->host_count = count;
    return ERR_OK;
}

enum err
stories_host(struct stories *s, struct sv name, struct story_host **out)
{
    enum err err = ERR_OK;
    uint32_t id = s->last_id;

    if (id == 0 || !sv_eq(intern_text(s->names, id), name)) {
        err = intern_id(s->names, name, &id);
    }
    if (!err && id >= s->host_count) {
        err = grow_hosts(s, (size_t)id + 1);
    }
    if (err) {
        return err;
    }
    s->last_id = id;
    *out = &s->hosts[id];
    if ((*out)->name == NULL) {
        (*out)->name = mem_strndup(name.p, name.len);
        return (*out)->name == NULL ? ERR_NOMEM : ERR_OK;
    }
    return ERR_OK;
}

/* -- sending --------------------------------------------------------------------------------- */
static enum err
send_story(struct stories *s, struct story_host *h, enum alert_state state)
{
    struct story_live *live = h->live;
    enum err err = story_build(h, &s->scratch);

    if (err) {
        return err;
    }
    memcpy(s->scratch.id, live->id, sizeof(live->id));
    s->scratch.revision = ++live->revision;
    s->scratch.state = state;
    live->dirty = false;
    return s->fn(s->ctx, &s->scratch);
}

/* -- alerts ---------------------------------------------------------------------------------- */
static struct sv
param_of(const struct alert *a, const char *name)
{
    for (size_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, name) == 0) {
            return sv_from(a->params[i].value);
        }
    }
    return (struct sv){NULL, 0};
}

static void
fill_member(struct story_member *m, const struct alert *a)
{
    struct sv message;
    struct sv mark = SV(MESSAGE_1149);

    assert(a != NULL);
    message = sv_from(a->message);
    memcpy(m->id, a->id, sizeof(m->id));
    m->rule = a->rule;
    m->severity = a->severity;
    m->open = a->state == ALERT_OPEN;
    m->internet = a->internet;
    m->first_ft = a->first_ft;
    m->last_ft = a->last_ft;
    m->count = a->count;
    m->sources = a->sources;
    m->accounts = a->accounts;
    m->source = a->source;
    m->nla_only = message.len > mark.len &&
                  sv_eq((struct sv){message.p + message.len - mark.len, mark.len}, mark);
    memcpy(m->service, a->service, sizeof(m->service));
    memcpy(m->account, a->account, sizeof(m->account));
    if (sv_u64(param_of(a, "failures"), &m->failures) != ERR_OK) {
        m->failures = 0;
    }
    if (tm_parse(param_of(a, "entered"), &m->entered_ft) != ERR_OK) {
        m->entered_ft = 0;
    }
    m->success = m->entered_ft != 0;
}

static struct story_member *
find_member(const struct story_live *live, const char *id)
{
    for (size_t i = 0; live != NULL && i < live->member_count; i++) {
        if (strcmp(live->members[i].id, id) == 0) {
            return &live->members[i];
        }
    }
    return NULL;
}

static bool
shares(const struct story_live *live, const struct story_member *m)
{
    for (size_t i = 0; i < live->member_count; i++) {
        const struct story_member *other = &live->members[i];

        if ((addr_is_set(&m->source) && addr_eq(&m->source, &other->source)) ||
            (m->account[0] != '\0' && sv_eq_nocase(sv_from(m->account), sv_from(other->account)))) {
            return true;
        }
    }
    return false;
}

static bool
belongs(const struct story_host *h, const struct story_member *m)
{
    uint32_t stages = story_stages(m);
    uint32_t early = STAGE_BIT(STAGE_DOOR) | STAGE_BIT(STAGE_GUESS) | STAGE_BIT(STAGE_ENTRY);

    if (stages == 0) {
        return false;
    }
    if (h->live == NULL) {
        return m->open &&
               (m->severity >= SEV_HIGH || (m->severity >= SEV_MEDIUM && (stages & early) != 0));
    }
    return m->severity >= SEV_MEDIUM || shares(h->live, m);
}

static enum err
open_story(struct stories *s, struct story_host *h, const struct alert *first)
{
    struct story_live *live = mem_zalloc(sizeof(*live));
    struct alert *a = &s->scratch_alert;

    if (live == NULL) {
        return ERR_NOMEM;
    }
    memset(a, 0, sizeof(*a));
    memcpy(a->host, first->host, sizeof(a->host));
    memcpy(a->key, first->id, sizeof(first->id)); /* two stories may have begun at one time */
    a->rule = &rule_table[RULE_STORY_OPENED];
    a->first_ft = first->first_ft;
    alert_make_id(a);
    memcpy(live->id, a->id, sizeof(live->id));
    h->live = live;
    return ERR_OK;
}

static enum err
add_member(struct story_live *live, const struct story_member *m)
{
    if (live->member_count == STORY_MEMBERS_MAX) {
        metric_add(METRIC_STORY_ALERTS_FULL, 1);
        return ERR_OK;
    }
    if (live->member_count == live->member_cap) {
        size_t cap = live->member_cap == 0 ? 8 : live->member_cap * 2;
        struct story_member *members = mem_realloc(live->members, cap, sizeof(*members));

        if (members == NULL) {
            return ERR_NOMEM;
        }
        live->members = members;
        live->member_cap = cap;
    }
    live->members[live->member_count++] = *m;
    return ERR_OK;
}

static bool
all_closed(const struct story_live *live)
{
    for (size_t i = 0; i < live->member_count; i++) {
        if (live->members[i].open) {
            return false;
        }
    }
    return true;
}

/* Sends at once what a reader must know at once. */
static enum err
after_change(struct stories *s, struct story_host *h, const struct story_member *m)
{
    struct story_live *live = h->live;
    uint32_t stages = live->stages | story_stages(m);
    bool news = live->revision == 0 || stages != live->stages || m->severity > live->severity;
    enum err err;

    live->dirty = true;
    live->stages = stages;
    live->severity = m->severity > live->severity ? m->severity : live->severity;
    if (all_closed(live)) {
        err = send_story(s, h, ALERT_CLOSED);
        drop(&h->live);
        stories_forget_internet(h);
        return err;
    }
    return news ? send_story(s, h, ALERT_OPEN) : ERR_OK;
}

/* An alert that is not new may be one of those that a stored story counted without naming them. */
static void
uncount(struct story_live *live, const struct story_member *m)
{
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        if ((story_stages(m) & STAGE_BIT(k)) != 0 && live->floor.stage[k].alerts > 0) {
            live->floor.stage[k].alerts--;
        }
    }
}

enum err
stories_alert(struct stories *s, const struct alert *a)
{
    struct story_host *h;
    struct story_member m, *known;
    enum err err;

    memset(&m, 0, sizeof(m));
    fill_member(&m, a);
    if (a->suppressed || story_stages(&m) == 0) {
        return ERR_OK;
    }
    err = stories_host(s, sv_from(a->host), &h);
    if (err) {
        return err;
    }
    known = find_member(h->live, a->id);
    if (known != NULL && story_member_eq(known, &m)) {
        return ERR_OK;
    }
    if (known != NULL) {
        *known = m;
        return after_change(s, h, &m);
    }
    if (!belongs(h, &m)) {
        return ERR_OK;
    }
    if (h->live == NULL) {
        err = open_story(s, h, a);
    }
    if (!err) {
        err = add_member(h->live, &m);
    }
    if (!err && a->revision > 1) {
        uncount(h->live, &m);
    }
    if (err) {
        if (h->live != NULL && h->live->member_count == 0) {
            drop(&h->live);
        }
        return err;
    }
    return after_change(s, h, &m);
}

/* -- at the end ------------------------------------------------------------------------------ */
enum err
stories_flush(struct stories *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        struct story_host *h = &s->hosts[i];

        if (h->live != NULL && h->live->dirty) {
            enum err err = send_story(s, h, ALERT_OPEN);
            if (err) {
                return err;
            }
        }
    }
    return ERR_OK;
}

/* -- after a restart ------------------------------------------------------------------------- */
void
stories_forget(struct stories *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        drop(&s->hosts[i].warm);
        s->hosts[i].warm = s->hosts[i].live;
        s->hosts[i].live = NULL;
    }
}

static enum err
close_stored(struct stories *s, const struct story *stored)
{
    s->scratch = *stored;
    s->scratch.revision++;
    s->scratch.state = ALERT_CLOSED;
    return s->fn(s->ctx, &s->scratch);
}

/* Makes h->live the story that stored becomes part of. */
static enum err
take_story(struct stories *s, struct story_host *h, const struct story *stored)
{
    enum err err;

    if (h->live == NULL) {
        h->live = mem_zalloc(sizeof(*h->live));
        if (h->live == NULL) {
            return ERR_NOMEM;
        }
    } else if (stored->first_ft < h->live->floor.first_ft) {
        err = send_story(s, h, ALERT_CLOSED);
        if (err) {
            return err;
        }
    } else {
        return strcmp(stored->id, h->live->id) == 0 ? ERR_OK : close_stored(s, stored);
    }
    memcpy(h->live->id, stored->id, sizeof(h->live->id));
    h->live->revision = stored->revision;
    return ERR_OK;
}

static enum err
take_member(struct stories *s, struct story_live *live, const char *id, struct story_finder find)
{
    struct story_member m;
    enum err err;

    if (find_member(live, id) != NULL) {
        return ERR_OK;
    }
    err = find.fn(find.ctx, id, &s->scratch_alert);
    if (err == ERR_NOTFOUND || err == ERR_FORMAT || err == ERR_UNSUPPORTED) {
        return ERR_OK;
    }
    if (err || rule_by_id(s->scratch_alert.rule->id) != s->scratch_alert.rule) {
        return err;
    }
    memset(&m, 0, sizeof(m));
    fill_member(&m, &s->scratch_alert);
    return story_stages(&m) == 0 ? ERR_OK : add_member(live, &m);
}

static void
take_facts(struct story_host *h, const struct story *stored)
{
    struct story_live *live = h->live;

    live->severity = stored->severity > live->severity ? stored->severity : live->severity;
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        if (stored->stage[k].verdict == STAGE_OBSERVED) {
            live->stages |= STAGE_BIT(k);
        }
        if (stored->stage[k].verdict == STAGE_NOTHING_SEEN) {
            h->kinds |= story_witnesses((enum story_stage)k);
        }
    }
}

/* Those that only the store knows are the older ones; the others joined as they did anew. */
static enum err
take_members(struct stories *s, struct story_host *h, const struct story *stored,
             struct story_finder find)
{
    const char *ids[STORY_LISTED_MAX];
    size_t count = story_order(stored, ids), warm = h->warm == NULL ? 0 : h->warm->member_count;
    bool whole = warm > 0 && strcmp(h->warm->id, stored->id) == 0; /* also those not told of yet */
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && !err; i++) {
        if (find_member(h->warm, ids[i]) == NULL) {
            err = take_member(s, h->live, ids[i], find);
        }
    }
    for (size_t i = 0; i < warm && !err; i++) {
        if (whole || story_is_listed(ids, count, h->warm->members[i].id)) {
            err = take_member(s, h->live, h->warm->members[i].id, find);
        }
    }
    return err;
}

/* Nobody would close it any more. */
static enum err
close_dead(struct stories *s, struct story_host *h, const struct story *stored)
{
    enum err err =
        h->live->member_count == 0 ? close_stored(s, stored) : send_story(s, h, ALERT_CLOSED);

    drop(&h->live);
    stories_forget_internet(h);
    return err;
}

enum err
stories_adopt(struct stories *s, const struct story *stored, story_alert_fn find, void *ctx)
{
    struct story_host *h;
    enum err err;

    if (stored->state != ALERT_OPEN) {
        return ERR_OK;
    }
    err = stories_host(s, sv_from(stored->host), &h);
    if (!err) {
        err = take_story(s, h, stored);
    }
    if (!err) {
        err = take_members(s, h, stored, (struct story_finder){find, ctx});
    }
    if (!err) {
        take_facts(h, stored);
        err = story_build(h, &s->scratch);
    }
    if (!err) {
        story_raise_tries(h->live, stored, &s->scratch);
        err = story_build(h, &s->scratch); /* who reaches the PC guesses, when there are tries */
    }
    if (err) {
        return err;
    }
    story_raise(h->live, stored, &s->scratch);
    if (all_closed(h->live)) {
        return close_dead(s, h, stored);
    }
    err = story_build(h, &s->scratch);
    h->live->dirty = !story_stages_eq(&s->scratch, stored);
    return err;
}
