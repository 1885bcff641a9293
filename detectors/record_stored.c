/* record_stored - an open alert as the store gives it back, and what a record takes over from it.
 */
#include "core/mem.h"
#include "core/tm.h"
#include "detectors/book_record.h"

#define EDGES_MAX (2 * (size_t)ALERT_EVIDENCE_MAX)
#define ESCALATION_FACTOR 10u

/* Parameters that a snapshot makes of its fields; the others are the finding's. */
static const char *const own_params[] = {"count",    "source", "account", "service",
                                         "first",    "last",   "hosts",   "sources",
                                         "accounts", "alerts", "entered"};

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

/* As alert_number() writes it. */
static uint64_t
number_of(struct sv text)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9' && value <= UINT64_MAX / 10 - 1) {
            value = value * 10 + (uint64_t)(text.p[i] - '0');
        }
    }
    return value;
}

static uint64_t
entered_of(const struct alert *a)
{
    uint64_t time_ft;

    return tm_parse(param_of(a, "entered"), &time_ft) == ERR_OK ? time_ft : 0;
}

bool
record_alert_entered(const struct alert *a)
{
    return entered_of(a) != 0;
}

static uint64_t
max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

enum err
record_restore(const struct alert *a, struct record_budgets *budgets, struct record **out)
{
    struct record *r = mem_zalloc(sizeof(*r));
    enum err err;

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    distinct_init(&r->sources, &budgets->values);
    distinct_init(&r->accounts, &budgets->values);
    distinct_init(&r->keys, &budgets->keys);
    r->rule = a->rule;
    r->severity = a->severity;
    r->folds = strcmp(a->key, RECORD_KEY_FOLD) == 0;
    r->first_ft = a->first_ft;
    r->only_stored = (struct book_stored){a->count, a->first_ft, a->last_ft};
    err = record_keep_text(sv_from(a->key), ALERT_KEY_MAX, &r->key);
    if (err) {
        record_destroy(r);
        return err;
    }
    *out = r;
    return ERR_OK;
}

/* -- texts ------------------------------------------------------------------------------------- */
static void
take_message(struct record *r, const struct alert *a)
{
    char own[RULE_MESSAGE_MAX];

    rule_message(a->rule, own);
    record_say(r, strcmp(own, a->message) == 0 ? NULL : a->message);
}

/* Whoever got in is shown, and of two the one who was first: the stored one. Else the only account.
 */
static enum err
take_account(struct record *r, const struct alert *a)
{
    bool entered = record_alert_entered(a);
    struct sv account = sv_from(a->account);

    if (r->folds || (r->success && !entered)) {
        return ERR_OK;
    }
    if (entered || r->account == NULL) {
        r->account_final = entered && rule_index(a->rule) != RULE_LOGON_VIA_TUNNEL;
        r->account_many = account.len == 0 && a->accounts > 1;
        r->account_id = 0;
        return account.len == 0 ? ERR_OK
                                : record_keep_text(account, ALERT_ACCOUNT_MAX, &r->account);
    }
    r->account_many = r->account_many || !sv_eq_nocase(sv_from(r->account), account);
    return ERR_OK;
}

static bool
is_own_param(const char *name)
{
    for (size_t i = 0; i < COUNT(own_params); i++) {
        if (strcmp(own_params[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static enum err
take_extras(struct record *r, const struct alert *a)
{
    size_t to = 0;

    for (size_t i = 0; i < a->param_count && to < BOOK_EXTRA_MAX; i++) {
        const struct alert_param *p = &a->params[i];

        if (is_own_param(p->name)) {
            continue;
        }
        if (r->extra_name[to][0] == '\0') {
            enum err err = record_keep_text(sv_from(p->value), ALERT_ACCOUNT_MAX, &r->extra[to]);

            if (err) {
                return err;
            }
            memcpy(r->extra_name[to], p->name, sizeof(p->name));
        }
        to++;
    }
    return ERR_OK;
}

static void
take_service(struct record *r, const struct alert *a)
{
    for (int s = 0; s < SERVICE_COUNT && r->service == SERVICE_UNKNOWN; s++) {
        if (strcmp(logon_service_name((enum logon_service)s), a->service) == 0) {
            r->service = (enum logon_service)s;
        }
    }
}

/* -- evidence ---------------------------------------------------------------------------------- */
/* Records in the order of their times, each once. */
struct edges {
    struct record_evidence item[EDGES_MAX];
    size_t count;
};

static void
add_edge(struct edges *all, const struct record_evidence *e)
{
    size_t at = all->count;

    for (size_t i = 0; i < all->count; i++) {
        const struct record_evidence *known = &all->item[i];

        if (known->time_ft == e->time_ft && known->record_id == e->record_id &&
            known->host == e->host && known->channel == e->channel) {
            return;
        }
    }
    while (at > 0 && all->item[at - 1].time_ft > e->time_ft) {
        all->item[at] = all->item[at - 1];
        at--;
    }
    all->item[at] = *e;
    all->count++;
}

static enum err
add_stored_edges(struct edges *all, struct record_names *names, const struct alert *a)
{
    for (size_t i = 0; i < a->evidence_count; i++) {
        const struct alert_evidence *from = &a->evidence[i];
        struct record_evidence e = {
            .record_id = from->record_id, .time_ft = from->time_ft, .event_id = from->event_id};
        enum err err = intern_id(names->hosts, sv_from(from->host), &e.host);

        if (!err) {
            err = intern_id(names->channels, sv_from(from->channel), &e.channel);
        }
        if (err) {
            return err;
        }
        add_edge(all, &e);
    }
    return ERR_OK;
}

/* How many of each end a record keeps of n. */
static uint64_t
edge_len(uint64_t n)
{
    return n > RECORD_EDGE_MAX ? RECORD_EDGE_MAX : n;
}

static enum err
take_evidence(struct record *r, struct record_names *names, const struct alert *a)
{
    uint64_t late = r->evidence_count - edge_len(r->evidence_count);
    struct edges all = {.count = 0};
    enum err err = add_stored_edges(&all, names, a);

    if (err) {
        return err;
    }
    for (uint64_t i = 0; i < edge_len(r->evidence_count); i++) {
        add_edge(&all, &r->first[i]);
    }
    for (uint64_t i = r->evidence_count - edge_len(late); i < r->evidence_count; i++) {
        add_edge(&all, &r->last[i % RECORD_EDGE_MAX]);
    }
    r->evidence_count = max_u64(r->evidence_count, all.count);
    for (uint64_t i = 0; i < edge_len(all.count); i++) {
        r->first[i] = all.item[i];
    }
    late = edge_len(all.count - edge_len(all.count));
    for (uint64_t i = 0; i < late; i++) {
        r->last[(r->evidence_count - late + i) % RECORD_EDGE_MAX] = all.item[all.count - late + i];
    }
    return ERR_OK;
}

/* -- all --------------------------------------------------------------------------------------- */
static void
take_numbers(struct record *r, const struct alert *a)
{
    r->stored = true;
    r->revision = r->revision > a->revision ? r->revision : a->revision;
    r->severity = r->severity > a->severity ? r->severity : a->severity;
    r->internet = r->internet || a->internet;
    r->count = max_u64(r->count, a->count);
    r->hosts = max_u64(r->hosts, a->hosts);
    r->source_floor = max_u64(r->source_floor, a->sources);
    r->account_floor = max_u64(r->account_floor, a->accounts);
    r->key_floor = max_u64(r->key_floor, number_of(param_of(a, "alerts")));
    r->first_ft = a->first_ft < r->first_ft ? a->first_ft : r->first_ft;
    r->last_ft = max_u64(r->last_ft, a->last_ft);
    r->seen_ft = max_u64(r->seen_ft, a->last_ft);
    if (!addr_is_set(&r->source)) {
        r->source = a->source;
    }
    if (r->next_escalation == 0) {
        r->next_escalation = (r->count == 0 ? 1 : r->count) * ESCALATION_FACTOR;
    }
    while (r->count >= r->next_escalation && r->next_escalation <= UINT64_MAX / ESCALATION_FACTOR) {
        r->next_escalation *= ESCALATION_FACTOR; /* told already */
    }
}

void
record_forget(struct record *r, const struct alert *a)
{
    r->rule = a->rule;
    r->severity = a->severity;
    r->first_ft = a->first_ft;
    r->count = 0;
    r->next_escalation = 0;
    r->evidence_count = 0;
    r->success = false;
    r->account_final = false;
    mem_free(r->account);
    r->account = NULL;
    for (size_t i = 0; i < BOOK_EXTRA_MAX; i++) {
        r->extra_name[i][0] = '\0';
    }
}

enum err
record_take(struct record *r, struct record_names *names, const struct alert *a, bool words)
{
    bool same = strcmp(r->id, a->id) == 0;
    bool news = record_alert_entered(a) && !r->success;
    enum err err = ERR_OK;

    take_numbers(r, a);
    take_service(r, a);
    if (words) {
        r->rule = a->rule;
        take_message(r, a);
    }
    if (!same || news) {
        err = take_account(r, a);
    }
    if (!err && (!same || news)) {
        err = take_extras(r, a);
    }
    if (!err && !same) {
        err = take_evidence(r, names, a);
    }
    if (err) {
        return err;
    }
    if (record_alert_entered(a) && (!same || news)) {
        r->success = true;
        r->entered_ft = entered_of(a);
    }
    memcpy(r->id, a->id, sizeof(r->id));
    return ERR_OK;
}
