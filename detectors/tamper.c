/*
 * tamper - audit.tampered: a log was cleared, or auditing was taken away (not: given).
 *
 * A log that is cleared while its computer is watched is reported at once. Where the clearing is
 * the first that is known of a computer, nothing tells whether something was hidden or a machine
 * was set up. Then what the same logon session does next is awaited for a while: who goes on to
 * switch auditing on is setting it up.
 */
#include "core/mem.h"
#include "core/tm.h"
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/distinct.h"
#include "detectors/late.h"
#include "detectors/origin.h"

#define WAIT_FT (10 * TM_MIN)
#define WAITING_MAX 64u /* computers; beyond that clearings are reported at once */

/* What 4719 says in AuditPolicyChanges. */
static const char *const removals[] = {"%%8448" /* success removed */,
                                       "%%8450" /* failure removed */};
static const char *const additions[] = {"%%8449" /* success added */, "%%8451" /* failure added */};

/* A clearing that waits: the packed event. */
struct waiting {
    uint8_t *packed;
    size_t len;
};

struct tamper {
    struct distinct hosts; /* computers of which something was read */
    struct distinct_budget budget;
    uint64_t last_host; /* records of one computer come in rows */
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
    uint8_t scratch[EVENT_PACKED_MAX];
};

static void
tamper_destroy(void *self)
{
    struct tamper *t = self;

    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->waiting_count; i++) {
        mem_free(t->waiting[i].packed);
    }
    distinct_fini(&t->hosts);
    mem_free(t);
}

static enum err
tamper_create(const struct config *cfg, void **self)
{
    struct tamper *t = mem_zalloc(sizeof(*t));

    *self = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->budget.left = cfg->max_hosts;
    distinct_init(&t->hosts, &t->budget);
    *self = t;
    return ERR_OK;
}

static bool
contains(struct sv text, struct sv part)
{
    for (size_t i = 0; part.len <= text.len && i <= text.len - part.len; i++) {
        if (memcmp(text.p + i, part.p, part.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool
contains_any(struct sv text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (contains(text, sv_from(parts[i]))) {
            return true;
        }
    }
    return false;
}

static enum err
report(const struct event *ev, struct book *book)
{
    bool cleared = ev->kind == EV_LOG_CLEARED;
    struct finding f = origin_event(ev, &rule_table[RULE_AUDIT_TAMPERED],
                                    cleared ? SV("log cleared") : SV("audit policy"));
    uint32_t slot;

    f.account = ev->subject_account.len > 0 ? ev->subject_account : ev->account;
    f.extra[0] = (struct finding_extra){"log", ev->text.len > 0 ? ev->text : ev->channel};
    f.message = cleared ? "ALERT_AUDIT_TAMPERED_CLEARED" : "ALERT_AUDIT_TAMPERED";
    return book_report(book, &f, &slot);
}

/* -- clearings that wait --------------------------------------------------------------------- */
static void
remove_waiting(struct tamper *t, size_t i)
{
    mem_free(t->waiting[i].packed);
    t->waiting_count--;
    memmove(&t->waiting[i], &t->waiting[i + 1],
            (t->waiting_count - i) * sizeof(t->waiting[0])); /* in order of time */
}

static enum err
wait_for_more(struct tamper *t, const struct event *ev, struct book *book)
{
    struct waiting *w = &t->waiting[t->waiting_count];
    size_t len;
    enum err err;

    if (t->waiting_count == WAITING_MAX) {
        return report(ev, book);
    }
    err = event_pack(ev, t->scratch, sizeof(t->scratch), &len);
    if (err) {
        return err;
    }
    w->packed = mem_alloc(len);
    if (w->packed == NULL) {
        return ERR_NOMEM;
    }
    memcpy(w->packed, t->scratch, len);
    w->len = len;
    t->waiting_count++;
    return ERR_OK;
}

static bool
is_waiting(uint64_t time_ft, uint64_t now_ft)
{
    return now_ft < time_ft ? !late_is_step_ft(time_ft, now_ft) : now_ft - time_ft <= WAIT_FT;
}

/* Reports those that nobody explained by now, or before the clock was set back. */
static enum err
release(struct tamper *t, uint64_t now_ft, struct book *book)
{
    enum err err = ERR_OK;

    while (t->waiting_count > 0 && err == ERR_OK) {
        struct event ev;

        err = event_unpack(t->waiting[0].packed, t->waiting[0].len, &ev);
        if (!err && is_waiting(ev.time_ft, now_ft)) {
            break;
        }
        if (!err) {
            err = report(&ev, book);
        }
        remove_waiting(t, 0);
    }
    return err;
}

/* Somebody switched auditing on: was it who had cleared the log? */
static void
explain(struct tamper *t, const struct event *added)
{
    for (size_t i = 0; i < t->waiting_count; i++) {
        struct event ev;

        if (event_unpack(t->waiting[i].packed, t->waiting[i].len, &ev) == ERR_OK &&
            sv_eq(ev.host, added->host) && event_has(added, subject_logon_id) &&
            ev.subject_logon_id == added->subject_logon_id) {
            remove_waiting(t, i);
            return;
        }
    }
}

/* -- events ---------------------------------------------------------------------------------- */
/* *out_known: something of this computer was read before. */
static enum err
know_host(struct tamper *t, struct sv host, bool *out_known)
{
    uint64_t value = distinct_text(host);
    bool added;
    enum err err;

    *out_known = true;
    if (value == t->last_host) {
        return ERR_OK;
    }
    t->last_host = value;
    err = distinct_put(&t->hosts, value, &added);
    *out_known = !added;
    return err == ERR_FULL ? ERR_OK : err; /* too many: known, so reported at once */
}

static enum err
tamper_event(void *self, const struct state *now, const struct event *ev, struct book *book)
{
    struct tamper *t = self;
    bool known;
    enum err err = know_host(t, ev->host, &known);

    (void)now;
    if (!err) {
        err = release(t, ev->time_ft, book);
    }
    if (err) {
        return err;
    }
    if (ev->kind == EV_LOG_CLEARED) {
        return known ? report(ev, book) : wait_for_more(t, ev, book);
    }
    if (ev->kind != EV_AUDIT_CHANGE) {
        return ERR_OK;
    }
    if (contains_any(ev->action, removals, COUNT(removals))) {
        return report(ev, book);
    }
    if (contains_any(ev->action, additions, COUNT(additions))) {
        explain(t, ev);
    }
    return ERR_OK;
}

static enum err
tamper_flush(void *self, const struct state *now, struct book *book)
{
    (void)now;
    return release(self, UINT64_MAX, book);
}

static const struct rule *const rules[] = {&rule_table[RULE_AUDIT_TAMPERED], NULL};

const struct detector det_tamper = {
    .name = "tamper",
    .rules = rules,
    .wants = UINT64_MAX, /* any event says that its computer is known */
    .create = tamper_create,
    .on_event = tamper_event,
    .on_flush = tamper_flush,
    .destroy = tamper_destroy,
};
