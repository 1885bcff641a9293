/* book_record - what an open alert remembers, and its snapshot. */
#include "detectors/book_record.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"

#define ESCALATION_FACTOR 10u
#define WHEN_LEN 19u /* "2018-08-30T16:49:31" */

enum err
record_keep_text(struct sv text, size_t cap, char **out)
{
    struct sv cut = utf8_cut(text, cap - 1);
    char *copy = mem_strndup(cut.p, cut.len);

    if (copy == NULL) {
        return ERR_NOMEM;
    }
    mem_free(*out);
    *out = copy;
    return ERR_OK;
}

static void
copy_text(char *out, size_t cap, struct sv text)
{
    struct sv cut = utf8_cut(text, cap - 1);

    if (cut.len > 0) {
        memcpy(out, cut.p, cut.len);
    }
    out[cut.len] = '\0';
}

void
record_say(struct record *r, const char *message)
{
    copy_text(r->message, sizeof(r->message), sv_from(message));
}

void
record_destroy(struct record *r)
{
    if (r == NULL) {
        return;
    }
    distinct_fini(&r->sources);
    distinct_fini(&r->accounts);
    distinct_fini(&r->keys);
    for (size_t i = 0; i < BOOK_EXTRA_MAX; i++) {
        mem_free(r->extra[i]);
    }
    mem_free(r->account);
    mem_free(r->key);
    mem_free(r);
}

enum err
record_create(const struct finding *f, bool folds, struct record_budgets *budgets,
              struct record **out)
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
    r->rule = f->rule;
    r->severity = f->severity;
    r->folds = folds;
    record_say(r, folds ? "ALERT_FOLDED" : NULL);
    r->owner = folds ? 0 : f->owner;
    r->first_ft = f->first_ft == 0 || folds || f->first_ft > f->time_ft ? f->time_ft : f->first_ft;
    r->last_ft = f->time_ft;
    r->seen_ft = f->time_ft;
    if (!folds && !f->count_source) {
        r->source = f->source;
    }
    err = record_keep_text(folds ? SV(RECORD_KEY_FOLD) : f->key, ALERT_KEY_MAX, &r->key);
    if (err) {
        goto done;
    }
    *out = r;
    r = NULL;
done:
    record_destroy(r);
    return err;
}

/* A set that is full makes its number a floor; the metric says so. */
static enum err
put(struct distinct *set, uint64_t value, bool *added)
{
    enum err err = distinct_put(set, value, added);

    if (err == ERR_FULL) {
        metric_add(METRIC_SOURCES_FULL, 1);
        return ERR_OK;
    }
    return err;
}

static enum err
add_sources(struct record *r, const struct finding *f)
{
    bool added;
    enum err err = ERR_OK;

    if (!(r->folds || f->count_source)) {
        return ERR_OK;
    }
    if (addr_is_set(&f->source)) {
        err = put(&r->sources, distinct_addr(&f->source), &added);
    }
    for (size_t i = 0; i < f->more_source_count && err == ERR_OK; i++) {
        err = put(&r->sources, distinct_addr(&f->more_sources[i]), &added);
    }
    return err;
}

static enum err
add_accounts(struct record *r, const struct finding *f)
{
    bool added;
    enum err err = ERR_OK;

    if (!(r->folds || f->count_account)) {
        return ERR_OK;
    }
    if (f->account_id != 0) {
        err = put(&r->accounts, distinct_id(f->account_id), &added);
    }
    for (size_t i = 0; i < f->more_account_count && err == ERR_OK; i++) {
        if (f->more_accounts[i] != 0) {
            err = put(&r->accounts, distinct_id(f->more_accounts[i]), &added);
        }
    }
    return err;
}

/* The account shown: the one that got in, else the only one. */
static enum err
set_account(struct record *r, const struct finding *f)
{
    if (r->folds || f->account.len == 0) {
        return ERR_OK;
    }
    if (f->account_final && !r->account_final) {
        r->account_final = true;
        r->account_many = false;
        r->account_id = f->account_id;
        return record_keep_text(f->account, ALERT_ACCOUNT_MAX, &r->account);
    }
    if (r->account_final || r->account_many) {
        return ERR_OK;
    }
    if (r->account == NULL) {
        r->account_many = r->accounts.count > 1 || r->account_floor > 1;
        r->account_id = f->account_id;
        return record_keep_text(f->account, ALERT_ACCOUNT_MAX, &r->account);
    }
    if (r->account_id == 0 && sv_eq_nocase(sv_from(r->account), f->account)) { /* as stored */
        r->account_id = f->account_id;
    }
    r->account_many = f->account_id != r->account_id;
    return ERR_OK;
}

static enum err
set_extras(struct record *r, const struct finding *f)
{
    for (size_t i = 0; i < BOOK_EXTRA_MAX; i++) {
        enum err err;

        if (f->extra[i].name == NULL || r->folds) {
            continue;
        }
        err = record_keep_text(f->extra[i].value, ALERT_ACCOUNT_MAX, &r->extra[i]);
        if (err) {
            return err;
        }
        copy_text(r->extra_name[i], sizeof(r->extra_name[i]), sv_from(f->extra[i].name));
    }
    return ERR_OK;
}

/* The id of a text that is most likely the one of `guess`. */
static enum err
intern_known(struct intern *t, struct sv text, uint32_t guess, uint32_t *out)
{
    if (guess != INTERN_OVERFLOW && sv_eq(intern_text(t, guess), text)) {
        *out = guess;
        return ERR_OK;
    }
    return intern_id(t, text, out);
}

static enum err
add_evidence(struct record *r, struct record_names *names, const struct finding *f)
{
    struct record_evidence e = {0};
    struct sv channel, host;
    enum err err;

    if (f->attempt != NULL && f->attempt->witness_count > 0) {
        const struct attempt_witness *w = &f->attempt->witness[0];

        host = f->attempt->host;
        channel = w->channel;
        e.record_id = w->record_id;
        e.event_id = w->event_id;
        e.time_ft = w->time_ft;
    } else if (f->event != NULL) {
        host = f->event->host;
        channel = f->event->channel;
        e.record_id = f->event->record_id;
        e.event_id = f->event->event_id;
        e.time_ft = f->event->time_ft;
    } else {
        return ERR_OK;
    }
    err = intern_known(names->hosts, host, r->host, &e.host);
    if (!err) {
        err = intern_known(names->channels, channel, names->last_channel, &e.channel);
    }
    if (err) {
        return err;
    }
    names->last_channel = e.channel;
    if (r->evidence_count < RECORD_EDGE_MAX) {
        r->first[r->evidence_count] = e;
    } else {
        r->last[r->evidence_count % RECORD_EDGE_MAX] = e;
    }
    r->evidence_count++;
    return ERR_OK;
}

static bool
escalates(struct record *r)
{
    bool escalated = false;

    if (r->next_escalation == 0) { /* the first finding sets the scale */
        r->next_escalation = (r->count == 0 ? 1 : r->count) * ESCALATION_FACTOR;
        return false;
    }
    while (r->count >= r->next_escalation && r->next_escalation <= UINT64_MAX / ESCALATION_FACTOR) {
        r->next_escalation *= ESCALATION_FACTOR;
        escalated = true;
    }
    return escalated;
}

static enum err
note_fold(struct record *r, const struct finding *f, bool *out_new)
{
    enum err err =
        put(&r->keys, f->owner != 0 ? distinct_id(f->owner) : distinct_text(f->key), out_new);

    if (!err && *out_new) {
        metric_add(METRIC_ALERTS_FOLDED, 1);
    }
    return err;
}

enum err
record_add(struct record *r, struct record_names *names, const struct finding *f, bool *out_send)
{
    bool is_new = !r->folds;
    enum err err = ERR_OK;

    r->count += f->count;
    r->last_ft = f->time_ft > r->last_ft ? f->time_ft : r->last_ft;
    r->seen_ft = f->time_ft > r->seen_ft ? f->time_ft : r->seen_ft;
    r->internet = r->internet || f->internet;
    r->hosts = f->hosts > r->hosts ? f->hosts : r->hosts;
    r->dirty = true;
    if (r->service == SERVICE_UNKNOWN) {
        r->service = f->service;
    }
    if (!r->folds && f->message != NULL && (r->message[0] == '\0' || f->success)) {
        record_say(r, f->message);
    }
    *out_send = escalates(r) || (f->success && !r->success);
    if (f->success && !r->success) {
        r->entered_ft = f->time_ft;
        r->success = true;
    }
    if (r->folds) {
        err = note_fold(r, f, &is_new);
    }
    if (!err && (is_new || f->key.len > 0)) { /* an update of what is known brings no new source */
        err = add_sources(r, f);
    }
    if (!err) {
        err = add_accounts(r, f);
    }
    if (!err) {
        err = set_account(r, f);
    }
    if (!err) {
        err = set_extras(r, f);
    }
    if (!err) {
        err = add_evidence(r, names, f);
    }
    return err;
}

static void
param_u64(struct alert *a, const char *name, uint64_t value)
{
    char text[ALERT_NUMBER_MAX];

    alert_number(value, text);
    alert_param(a, name, sv_from(text));
}

/* Whole seconds are enough for a sentence. */
static void
param_time(struct alert *a, const char *name, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];
    size_t len = tm_format(t_ft, text);

    if (len > WHEN_LEN) {
        text[WHEN_LEN] = 'Z';
        len = WHEN_LEN + 1;
    }
    alert_param(a, name, (struct sv){text, len});
}

static uint64_t
at_least(uint64_t value, uint64_t floor)
{
    return value > floor ? value : floor;
}

static void
put_params(const struct record *r, struct alert *a)
{
    char source[ADDR_TEXT_MAX];

    a->param_count = 0;
    param_u64(a, "count", r->count);
    if (addr_is_set(&r->source)) {
        addr_format(&r->source, source);
        alert_param(a, "source", sv_from(source));
    } else {
        alert_param(a, "source", SV("-"));
    }
    alert_param(a, "account", sv_from(a->account[0] != '\0' ? a->account : "-"));
    alert_param(a, "service", sv_from(logon_service_name(r->service)));
    param_time(a, "first", r->first_ft);
    param_time(a, "last", r->last_ft);
    param_u64(a, "sources", a->sources);
    param_u64(a, "accounts", a->accounts);
    param_u64(a, "hosts", a->hosts);
    if (r->folds) {
        param_u64(a, "alerts", at_least(r->keys.count, r->key_floor));
    }
    if (r->success && !r->folds) { /* ALERT_PARAMS_MAX: one or the other */
        param_time(a, "entered", r->entered_ft);
    }
    for (size_t i = 0; i < BOOK_EXTRA_MAX; i++) {
        if (r->extra_name[i][0] != '\0') {
            alert_param(a, r->extra_name[i], sv_from(r->extra[i]));
        }
    }
}

static void
put_evidence(const struct record_evidence *e, const struct record_names *names, struct alert *a)
{
    struct alert_evidence *out = &a->evidence[a->evidence_count++];

    memset(out, 0, sizeof(*out));
    copy_text(out->host, sizeof(out->host), intern_text(names->hosts, e->host));
    copy_text(out->channel, sizeof(out->channel), intern_text(names->channels, e->channel));
    out->record_id = e->record_id;
    out->event_id = e->event_id;
    out->time_ft = e->time_ft;
}

static void
put_all_evidence(const struct record *r, const struct record_names *names, struct alert *a)
{
    uint64_t late = r->evidence_count > RECORD_EDGE_MAX ? r->evidence_count - RECORD_EDGE_MAX : 0;
    uint64_t kept = late > RECORD_EDGE_MAX ? RECORD_EDGE_MAX : late;

    for (uint64_t i = 0; i < r->evidence_count - late; i++) {
        put_evidence(&r->first[i], names, a);
    }
    for (uint64_t i = r->evidence_count - kept; i < r->evidence_count; i++) {
        put_evidence(&r->last[i % RECORD_EDGE_MAX], names, a);
    }
}

void
record_snapshot(const struct record *r, const struct record_names *names, struct alert *a)
{
    memset(a, 0, sizeof(*a));
    memcpy(a->id, r->id, sizeof(a->id));
    a->revision = r->revision;
    a->rule = r->rule;
    a->severity = r->severity;
    copy_text(a->host, sizeof(a->host), intern_text(names->hosts, r->host));
    copy_text(a->key, sizeof(a->key), sv_from(r->key));
    a->first_ft = r->first_ft;
    a->last_ft = r->last_ft;
    a->count = r->count;
    a->sources = at_least(r->sources.count, r->source_floor);
    a->accounts = at_least(r->accounts.count, r->account_floor);
    a->hosts = r->hosts;
    a->source = r->source;
    a->source_class = addr_classify(&r->source);
    a->internet = r->internet;
    if (r->account != NULL && !r->account_many) {
        copy_text(a->account, sizeof(a->account), sv_from(r->account));
    }
    if (r->service != SERVICE_UNKNOWN) {
        copy_text(a->service, sizeof(a->service), sv_from(logon_service_name(r->service)));
    }
    if (r->message[0] != '\0') {
        copy_text(a->message, sizeof(a->message), sv_from(r->message));
    } else {
        rule_message(r->rule, a->message);
    }
    put_params(r, a);
    put_all_evidence(r, names, a);
}
