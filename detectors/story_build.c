/* story_build - stages, numbers and sentences of a story from its alerts. */
#include "core/event.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "detectors/story_live.h"

/* Kinds of events that would show a stage. MINER and SPREAD have no rule yet: nothing is said to
 * have been looked for. */
static const uint64_t stage_witnesses[STAGE_COUNT] = {
    [STAGE_GUESS] = EV_BIT(EV_LOGON_FAILURE) | EV_BIT(EV_CREDENTIAL_CHECK) |
                    EV_BIT(EV_RDP_CONNECT) | EV_BIT(EV_RDP_AUTH_FAILURE) |
                    EV_BIT(EV_SMB_AUTH_FAILURE),
    [STAGE_ENTRY] = EV_BIT(EV_LOGON_SUCCESS) | EV_BIT(EV_RDP_SESSION),
    [STAGE_TOOL] = EV_BIT(EV_DEFENDER_EVENT) | EV_BIT(EV_ACCOUNT_CHANGE) | EV_BIT(EV_AUDIT_CHANGE),
};

uint64_t
story_witnesses(enum story_stage stage)
{
    return stage_witnesses[stage];
}

uint32_t
story_stages(const struct story_member *m)
{
    uint32_t entry = m->success ? STAGE_BIT(STAGE_ENTRY) : 0;

    switch (rule_index(m->rule)) {
    case RULE_LOGON_BURST:
    case RULE_LOGON_STEADY:
    case RULE_LOGON_SPRAY:
    case RULE_LOGON_DISTRIBUTED:
    case RULE_LOGON_RIGHT_PASSWORD_REFUSED:
    case RULE_ACCOUNT_LOCKOUT:
        return STAGE_BIT(STAGE_GUESS) | entry;
    case RULE_LOGON_SUCCESS_AFTER_FAILURES:
        return STAGE_BIT(STAGE_ENTRY) | (m->count > 0 ? STAGE_BIT(STAGE_GUESS) : 0);
    case RULE_RDP_DROPPED:
        return STAGE_BIT(STAGE_GUESS) | (m->internet ? STAGE_BIT(STAGE_DOOR) : 0);
    case RULE_LOGON_FROM_INTERNET:
    case RULE_LOGON_VIA_TUNNEL:
        return STAGE_BIT(STAGE_DOOR) | entry;
    case RULE_AUDIT_TAMPERED:
    case RULE_ACCOUNT_CREATED_OR_ELEVATED:
    case RULE_PROTECTION_OFF:
        return STAGE_BIT(STAGE_TOOL);
    default:
        return 0;
    }
}

/* -- texts ----------------------------------------------------------------------------------- */
static void
set_text(char *out, size_t cap, const char *text)
{
    size_t len = strlen(text);

    len = len < cap ? len : cap - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

static void
param(struct story_stage_facts *f, const char *name, const char *value)
{
    struct alert_param *p;

    if (f->param_count == ALERT_PARAMS_MAX) {
        return;
    }
    p = &f->params[f->param_count++];
    set_text(p->name, sizeof(p->name), name);
    set_text(p->value, sizeof(p->value), value);
}

static void
param_u64(struct story_stage_facts *f, const char *name, uint64_t value)
{
    char text[ALERT_NUMBER_MAX];

    alert_number(value, text);
    param(f, name, text);
}

static void
param_source(struct story_stage_facts *f, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    addr_format(a, text);
    param(f, "source", addr_is_set(a) ? text : "-");
}

static void
say(struct story_stage_facts *f, const char *message)
{
    set_text(f->message, sizeof(f->message), message);
}

/* -- stages ---------------------------------------------------------------------------------- */
static void
add_member(struct story_stage_facts *f, const struct story_member *m, enum story_stage stage)
{
    bool entry = stage == STAGE_ENTRY;
    uint64_t first = entry && m->entered_ft != 0 ? m->entered_ft : m->first_ft;
    /* What made the alert critical is the entry, not what came before it. */
    enum severity severity =
        m->success && !entry && m->severity > SEV_HIGH ? SEV_HIGH : m->severity;

    f->verdict = STAGE_OBSERVED;
    f->first_ft = f->first_ft == 0 || first < f->first_ft ? first : f->first_ft;
    f->last_ft = m->last_ft > f->last_ft ? m->last_ft : f->last_ft;
    f->severity = severity > f->severity ? severity : f->severity;
    f->count++;
    f->alert_total++;
    if (f->alert_count < STORY_STAGE_ALERTS_MAX) {
        memcpy(f->alert_id[f->alert_count++], m->id, sizeof(m->id));
    }
}

/* The alert that speaks for a stage: the most severe, then the first. */
static const struct story_member *
speaker(const struct story_live *s, enum story_stage stage, enum rule_index rule)
{
    const struct story_member *best = NULL;

    for (size_t i = 0; i < s->member_count; i++) {
        const struct story_member *m = &s->members[i];

        if ((story_stages(m) & STAGE_BIT(stage)) == 0 ||
            (rule != RULE_COUNT && rule_index(m->rule) != rule)) {
            continue;
        }
        if (best == NULL || m->severity > best->severity) {
            best = m;
        }
    }
    return best;
}

static void
tell_door(const struct story_host *h, struct story_stage_facts *f)
{
    const struct story_member *internet = speaker(h->live, STAGE_DOOR, RULE_LOGON_FROM_INTERNET);
    const struct story_member *tunnel = speaker(h->live, STAGE_DOOR, RULE_LOGON_VIA_TUNNEL);

    if (f->verdict != STAGE_OBSERVED) {
        say(f, "STORY_DOOR_UNKNOWN");
        return;
    }
    if (internet != NULL) {
        say(f, "STORY_DOOR_INTERNET");
        f->sources = internet->sources;
        f->accounts = internet->accounts;
        param_u64(f, "sources", internet->sources);
        param_u64(f, "count", internet->count);
    } else if (tunnel != NULL) {
        say(f, "STORY_DOOR_TUNNEL");
        param_u64(f, "count", tunnel->count);
        param_source(f, &tunnel->source);
    } else {
        const struct story_member *dropped = speaker(h->live, STAGE_DOOR, RULE_RDP_DROPPED);

        say(f, "STORY_DOOR_DROPPED");
        param_u64(f, "count", dropped == NULL ? 0 : dropped->count);
        param_source(f, dropped == NULL ? &(struct addr){0} : &dropped->source);
    }
}

static uint64_t
at_least(uint64_t value, uint64_t floor)
{
    return value > floor ? value : floor;
}

/* What the alerts counted and nobody counts attempt by attempt. */
struct inside {
    uint64_t campaigns, distributed; /* two views of the same failures */
    uint64_t dropped;
    uint64_t internet_tries, internet_sources; /* summed over computers */
    uint64_t folded_sources;
    struct distinct sources;
};

static enum err
count_member(struct inside *in, const struct story_host *h, const struct story_member *m)
{
    bool added;

    if (m->internet) {
        if (rule_index(m->rule) == RULE_RDP_DROPPED &&
            !distinct_has(&h->internet.sources, distinct_addr(&m->source))) {
            in->internet_tries += m->count;
            in->internet_sources++;
        }
        return ERR_OK;
    }
    switch (rule_index(m->rule)) {
    case RULE_LOGON_DISTRIBUTED:
        in->distributed += m->count;
        return ERR_OK;
    case RULE_RDP_DROPPED:
        in->dropped += m->count;
        break;
    case RULE_ACCOUNT_LOCKOUT:
    case RULE_LOGON_RIGHT_PASSWORD_REFUSED:
        return ERR_OK; /* no wrong passwords */
    default:
        in->campaigns += m->count;
        in->folded_sources += m->sources;
        break;
    }
    return addr_is_set(&m->source) ? distinct_put(&in->sources, distinct_addr(&m->source), &added)
                                   : ERR_OK;
}

static enum err
tell_guess(const struct story_host *h, struct story_stage_facts *f)
{
    const struct story_floor *floor = &h->live->floor;
    struct inside in = {0};
    uint64_t inside_tries, inside_sources, internet_sources;
    enum err err = ERR_OK;

    for (size_t i = 0; i < h->live->member_count && err == ERR_OK; i++) {
        if ((story_stages(&h->live->members[i]) & STAGE_BIT(STAGE_GUESS)) != 0) {
            err = count_member(&in, h, &h->live->members[i]);
        }
    }
    inside_sources = at_least(in.sources.count + in.folded_sources, floor->inside);
    inside_tries = (in.campaigns > in.distributed ? in.campaigns : in.distributed) + in.dropped;
    internet_sources = at_least(h->internet.sources.count + in.internet_sources, floor->internet);
    distinct_fini(&in.sources);
    f->count = h->internet.tries + in.internet_tries + inside_tries + floor->tries;
    f->sources = at_least(internet_sources + inside_sources, floor->sources);
    f->accounts = at_least(h->internet.accounts.count, floor->accounts);
    say(f, "STORY_GUESS");
    param_u64(f, "tries", f->count);
    param_u64(f, "sources", f->sources);
    param_u64(f, "internet", internet_sources);
    param_u64(f, "inside", inside_sources);
    param_u64(f, "inside_tries", inside_tries);
    return err;
}

/* Each way to say who got in, and the same with what was started then. */
static const char *const entry_messages[][2] = {
    {"STORY_ENTRY", "STORY_ENTRY_STARTED"},
    {"STORY_ENTRY_1149", "STORY_ENTRY_1149_STARTED"},
    {"STORY_ENTRY_INTERNET", "STORY_ENTRY_INTERNET_STARTED"},
    {"STORY_ENTRY_INTERNET_1149", "STORY_ENTRY_INTERNET_1149_STARTED"},
};

/* After a restart the store may know more than was read anew. */
static void
tell_started(const struct story_host *h, struct story_stage_facts *f)
{
    const struct story_floor *floor = &h->live->floor;
    char names[ALERT_ACCOUNT_MAX];
    uint64_t count = story_started_of(h, names);
    bool stored = floor->processes > count;

    if (count == 0 && !stored) {
        return;
    }
    for (size_t i = 0; i < COUNT(entry_messages); i++) {
        if (strcmp(f->message, entry_messages[i][0]) == 0) {
            say(f, entry_messages[i][1]);
            break;
        }
    }
    param(f, "started", stored ? floor->started : names);
    param_u64(f, "processes", stored ? floor->processes : count);
}

static void
tell_entry(const struct story_host *h, struct story_stage_facts *f)
{
    const struct story_member *m = speaker(h->live, STAGE_ENTRY, RULE_LOGON_SUCCESS_AFTER_FAILURES);

    if (m != NULL) {
        say(f, m->nla_only ? "STORY_ENTRY_1149" : "STORY_ENTRY");
    } else {
        m = speaker(h->live, STAGE_ENTRY, RULE_COUNT);
        say(f, m != NULL && m->nla_only ? "STORY_ENTRY_INTERNET_1149" : "STORY_ENTRY_INTERNET");
    }
    if (m == NULL) {
        return;
    }
    f->sources = m->sources;
    param(f, "account", m->account[0] != '\0' ? m->account : "-");
    param(f, "service", m->service[0] != '\0' ? m->service : "-");
    param_source(f, &m->source);
    param_u64(f, "failures", m->failures);
    param_u64(f, "sources", m->sources);
    tell_started(h, f);
}

static void
tell_tool(const struct story_host *h, struct story_stage_facts *f)
{
    const struct story_member *m = speaker(h->live, STAGE_TOOL, RULE_COUNT);

    if (m == NULL) {
        return;
    }
    switch (rule_index(m->rule)) {
    case RULE_AUDIT_TAMPERED:
        say(f, "STORY_TOOL_TAMPERED");
        break;
    case RULE_ACCOUNT_CREATED_OR_ELEVATED:
        say(f, "STORY_TOOL_ACCOUNT");
        break;
    default:
        say(f, "STORY_TOOL_PROTECTION");
        break;
    }
    param(f, "account", m->account[0] != '\0' ? m->account : "-");
    param_u64(f, "count", f->alert_total);
}

/* -- what to do first ------------------------------------------------------------------------ */
static void
first_param(struct story *s, const char *name, const char *value)
{
    struct alert_param *p = &s->first_params[s->first_param_count++];

    set_text(p->name, sizeof(p->name), name);
    set_text(p->value, sizeof(p->value), value);
}

static const struct story_member *
busiest(const struct story_live *s)
{
    const struct story_member *best = NULL;

    for (size_t i = 0; i < s->member_count; i++) {
        const struct story_member *m = &s->members[i];

        if (addr_is_set(&m->source) && (best == NULL || m->count > best->count)) {
            best = m;
        }
    }
    return best;
}

static void
tell_first(const struct story_host *h, struct story *out)
{
    const struct story_member *entry =
        speaker(h->live, STAGE_ENTRY, RULE_LOGON_SUCCESS_AFTER_FAILURES);
    const struct story_member *top = busiest(h->live);
    const char *message = "STORY_FIRST_LOOK";
    char source[ADDR_TEXT_MAX];

    entry = entry != NULL ? entry : speaker(h->live, STAGE_ENTRY, RULE_COUNT);
    if (entry != NULL) {
        bool named = entry->account[0] != '\0';

        message = named ? "STORY_FIRST_ENTRY" : "STORY_FIRST_ENTRY_UNKNOWN";
        if (named) {
            first_param(out, "account", entry->account);
        }
    } else if (out->stage[STAGE_TOOL].verdict == STAGE_OBSERVED) {
        message = "STORY_FIRST_TOOL";
    } else if (speaker(h->live, STAGE_DOOR, RULE_LOGON_VIA_TUNNEL) != NULL) {
        message = "STORY_FIRST_TUNNEL";
    } else if (out->stage[STAGE_DOOR].verdict == STAGE_OBSERVED) {
        message = "STORY_FIRST_DOOR";
    } else if (top != NULL) {
        message = top->internet ? "STORY_FIRST_DOOR" : "STORY_FIRST_INSIDE";
        addr_format(&top->source, source);
        first_param(out, "source", source);
    }
    set_text(out->first_message, sizeof(out->first_message), message);
}

/* -- the whole ------------------------------------------------------------------------------- */
static void
add_members(const struct story_host *h, struct story *out)
{
    for (size_t i = 0; i < h->live->member_count; i++) {
        const struct story_member *m = &h->live->members[i];
        uint32_t stages = story_stages(m);

        /* Whoever reaches the PC from the internet with wrong passwords is guessing. */
        if (rule_index(m->rule) == RULE_LOGON_FROM_INTERNET &&
            h->internet.tries + h->live->floor.tries > 0) {
            stages |= STAGE_BIT(STAGE_GUESS);
        }
        for (size_t k = 0; k < STAGE_COUNT; k++) {
            if ((stages & STAGE_BIT(k)) != 0) {
                add_member(&out->stage[k], m, (enum story_stage)k);
            }
        }
        out->first_ft =
            out->first_ft == 0 || m->first_ft < out->first_ft ? m->first_ft : out->first_ft;
        out->last_ft = m->last_ft > out->last_ft ? m->last_ft : out->last_ft;
        out->severity = m->severity > out->severity ? m->severity : out->severity;
    }
}

static uint64_t
earlier(uint64_t t_ft, uint64_t floor_ft)
{
    return floor_ft != 0 && floor_ft < t_ft ? floor_ft : t_ft;
}

/* Nothing is told less than it was before a restart. */
static void
add_floor(const struct story_floor *floor, struct story *out)
{
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        struct story_stage_facts *f = &out->stage[k];

        if (f->verdict != STAGE_OBSERVED) {
            continue;
        }
        f->first_ft = earlier(f->first_ft, floor->stage[k].first_ft);
        f->last_ft = at_least(f->last_ft, floor->stage[k].last_ft);
        f->severity =
            floor->stage[k].severity > f->severity ? floor->stage[k].severity : f->severity;
        f->count += floor->stage[k].alerts;
        f->alert_total += floor->stage[k].alerts;
    }
    out->first_ft = earlier(out->first_ft, floor->first_ft);
    out->last_ft = at_least(out->last_ft, floor->last_ft);
    out->severity = floor->severity > out->severity ? floor->severity : out->severity;
}

enum err
story_build(const struct story_host *h, struct story *out)
{
    memset(out, 0, sizeof(*out));
    set_text(out->host, sizeof(out->host), h->name);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        out->stage[i].verdict =
            (h->kinds & stage_witnesses[i]) != 0 ? STAGE_NOTHING_SEEN : STAGE_NOT_OBSERVABLE;
    }
    add_members(h, out);
    add_floor(&h->live->floor, out);
    tell_door(h, &out->stage[STAGE_DOOR]);
    if (out->stage[STAGE_ENTRY].verdict == STAGE_OBSERVED) {
        tell_entry(h, &out->stage[STAGE_ENTRY]);
    }
    if (out->stage[STAGE_TOOL].verdict == STAGE_OBSERVED) {
        tell_tool(h, &out->stage[STAGE_TOOL]);
    }
    tell_first(h, out);
    return out->stage[STAGE_GUESS].verdict == STAGE_OBSERVED
               ? tell_guess(h, &out->stage[STAGE_GUESS])
               : ERR_OK;
}

/* -- equality ---------------------------------------------------------------------------------- */

bool
story_member_eq(const struct story_member *a, const struct story_member *b)
{
    return strcmp(a->id, b->id) == 0 && a->rule == b->rule && a->severity == b->severity &&
           a->open == b->open && a->internet == b->internet && a->success == b->success &&
           a->nla_only == b->nla_only && a->first_ft == b->first_ft && a->last_ft == b->last_ft &&
           a->entered_ft == b->entered_ft && a->count == b->count && a->sources == b->sources &&
           a->accounts == b->accounts && a->failures == b->failures &&
           addr_cmp(&a->source, &b->source) == 0 && strcmp(a->service, b->service) == 0 &&
           strcmp(a->account, b->account) == 0;
}

static bool
params_eq(const struct story_stage_facts *a, const struct story_stage_facts *b)
{
    if (a->param_count != b->param_count) {
        return false;
    }
    for (size_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, b->params[i].name) != 0 ||
            strcmp(a->params[i].value, b->params[i].value) != 0) {
            return false;
        }
    }
    return true;
}

static bool
stage_eq(const struct story_stage_facts *a, const struct story_stage_facts *b)
{
    return a->verdict == b->verdict && a->first_ft == b->first_ft && a->last_ft == b->last_ft &&
           a->severity == b->severity && a->count == b->count && a->sources == b->sources &&
           a->accounts == b->accounts && strcmp(a->message, b->message) == 0 &&
           a->alert_total == b->alert_total && a->alert_count == b->alert_count &&
           memcmp(a->alert_id, b->alert_id, a->alert_count * sizeof(a->alert_id[0])) == 0 &&
           params_eq(a, b);
}

bool
story_stages_eq(const struct story *a, const struct story *b)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (!stage_eq(&a->stage[i], &b->stage[i])) {
            return false;
        }
    }
    return true;
}
