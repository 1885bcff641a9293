/* health - a table of what is wrong. */
#include "engine/health.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/rules.h"

#define TENFOLD 10u

struct entry {
    struct alert alert;
    uint64_t told;    /* the count that was told last */
    uint64_t ends_ft; /* 0: when it is over */
    bool adopted;     /* of an earlier run, and not seen in this one yet */
};

struct health {
    health_fn fn;
    void *ctx;
    char host[ALERT_HOST_MAX];
    size_t count;
    struct entry *entry[HEALTH_MAX];
};

enum err
health_create(struct sv host, health_fn fn, void *ctx, struct health **out)
{
    struct health *h = mem_zalloc(sizeof(*h));

    if (h == NULL) {
        return ERR_NOMEM;
    }
    h->fn = fn;
    h->ctx = ctx;
    (void)snprintf(h->host, sizeof(h->host), "%.*s", (int)host.len, host.p);
    *out = h;
    return ERR_OK;
}

void
health_destroy(struct health *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t i = 0; i < h->count; i++) {
        mem_free(h->entry[i]);
    }
    mem_free(h);
}

static struct entry *
find(const struct health *h, const struct rule *rule, struct sv key)
{
    for (size_t i = 0; i < h->count; i++) {
        struct alert *a = &h->entry[i]->alert;

        if (a->rule == rule && sv_eq(sv_from(a->key), key)) {
            return h->entry[i];
        }
    }
    return NULL;
}

/* NULL: there is no room for it. */
static struct entry *
add(struct health *h)
{
    struct entry *e = h->count == HEALTH_MAX ? NULL : mem_zalloc(sizeof(*e));

    if (e == NULL) {
        metric_add(METRIC_ALERTS_DROPPED, 1);
        return NULL;
    }
    h->entry[h->count++] = e;
    return e;
}

static void
tell(struct health *h, struct entry *e)
{
    e->alert.revision++;
    e->told = e->alert.count;
    h->fn(h->ctx, &e->alert);
}

static struct entry *
open_entry(struct health *h, const struct health_fact *f, uint64_t now_ft)
{
    struct entry *e = add(h);
    struct alert *a;

    if (e == NULL) {
        return NULL;
    }
    a = &e->alert;
    a->rule = f->rule;
    a->severity = f->rule->severity;
    a->state = ALERT_OPEN;
    a->first_ft = f->from_ft != 0 ? f->from_ft : now_ft;
    (void)snprintf(a->host, sizeof(a->host), "%s", h->host);
    (void)snprintf(a->key, sizeof(a->key), "%.*s", (int)f->key.len, f->key.len ? f->key.p : "");
    rule_message(f->rule, a->message);
    alert_make_id(a);
    return e;
}

static struct entry *
note(struct health *h, const struct health_fact *f, uint64_t now_ft)
{
    struct entry *e = find(h, f->rule, f->key);
    bool news = e == NULL;

    if (e == NULL) {
        e = open_entry(h, f, now_ft);
    }
    if (e == NULL) {
        return NULL;
    }
    e->adopted = false;
    e->alert.last_ft = now_ft;
    e->alert.count += f->count;
    for (size_t i = 0; i < HEALTH_PARAMS_MAX && f->params[i].name != NULL; i++) {
        alert_param(&e->alert, f->params[i].name, sv_from(f->params[i].value));
    }
    if (news || (e->alert.count >= TENFOLD * e->told && e->told > 0)) {
        tell(h, e);
    }
    return e;
}

void
health_is(struct health *h, const struct health_fact *f, uint64_t now_ft)
{
    struct entry *e = note(h, f, now_ft);

    if (e != NULL) {
        e->ends_ft = 0;
    }
}

void
health_was(struct health *h, const struct health_fact *f, uint64_t now_ft)
{
    struct entry *e = note(h, f, now_ft);

    if (e != NULL) {
        e->ends_ft = now_ft + HEALTH_ONCE_FT;
    }
}

static void
end_entry(struct health *h, size_t i, uint64_t now_ft)
{
    struct entry *e = h->entry[i];

    e->alert.state = ALERT_CLOSED;
    if (e->ends_ft == 0) {
        e->alert.last_ft = now_ft;
    }
    tell(h, e);
    mem_free(e);
    h->entry[i] = h->entry[--h->count];
}

void
health_over(struct health *h, const struct rule *rule, struct sv key, uint64_t now_ft)
{
    for (size_t i = h->count; i-- > 0;) {
        if (h->entry[i] == find(h, rule, key)) {
            end_entry(h, i, now_ft);
            return;
        }
    }
}

void
health_tick(struct health *h, uint64_t now_ft)
{
    for (size_t i = h->count; i-- > 0;) {
        uint64_t ends_ft = h->entry[i]->ends_ft;

        if (ends_ft != 0 && now_ft >= ends_ft) {
            end_entry(h, i, now_ft);
        }
    }
}

void
health_adopt(struct health *h, const struct alert *a)
{
    struct entry *e = find(h, a->rule, sv_from(a->key)) == NULL ? add(h) : NULL;

    if (e != NULL) {
        e->alert = *a;
        e->told = a->count;
        e->adopted = true;
    }
}

void
health_settle(struct health *h, uint64_t now_ft)
{
    for (size_t i = h->count; i-- > 0;) {
        if (h->entry[i]->adopted) {
            end_entry(h, i, now_ft);
        }
    }
}
