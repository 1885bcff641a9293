/* report - from the outbox to the output. */
#include "engine/report.h"

#include <string.h>

#include "core/mem.h"
#include "detectors/rules.h"
#include "engine/story_alert.h"
#include "platform/platform.h"

struct report {
    struct live_output output;
    enum err err;      /* of the last try */
    uint64_t retry_ns; /* not before */
    uint64_t given, given_up, waiting;
    char last_id[ALERT_ID_MAX]; /* given last, in that revision */
    uint32_t last_revision;
    bool found;
    struct alert alert; /* the one at hand */
};

enum err
report_create(const struct live_output *output, struct report **out)
{
    struct report *r = mem_zalloc(sizeof(*r));

    if (r == NULL) {
        return ERR_NOMEM;
    }
    r->output = *output;
    *out = r;
    return ERR_OK;
}

void
report_destroy(struct report *r)
{
    mem_free(r);
}

MUST_CHECK static enum err
give(struct report *r, const struct alert *a)
{
    r->err = r->output.alert(r->output.ctx, a);
    r->given += !r->err;
    if (r->err == ERR_RANGE) { /* refused for ever */
        r->given_up++;
        r->err = ERR_OK;
    }
    return r->err;
}

/* -- past the store ---------------------------------------------------------------------------- */

struct past {
    struct report *report;
    bool notices_only;
};

static enum err
on_alert(void *ctx, const struct alert *a, enum batch_alert what)
{
    const struct past *past = ctx;
    unsigned tries = 0;

    if (past->notices_only && what != BATCH_NOTICE) {
        return ERR_OK;
    }
    while (give(past->report, a)) {
        if (++tries == WRITER_NOTICE_TRIES) {
            past->report->given_up++;
            break;
        }
    }
    return ERR_OK;
}

void
report_batch(struct report *r, const struct batch *b, bool notices_only)
{
    struct past past = {r, notices_only};
    enum err err = batch_each_alert(b, on_alert, &past);

    (void)err; /* on_alert() gives none */
}

/* -- through the outbox ------------------------------------------------------------------------ */

static enum err
on_story(void *ctx, const struct story *s)
{
    struct report *r = ctx;

    story_alert(s, &r->alert);
    r->found = true;
    return ERR_OK;
}

/* The newest snapshot of the alert or story, in r->alert. ERR_NOTFOUND: neither is there. */
MUST_CHECK static enum err
fetch(struct report *r, struct store *s, const char *id)
{
    const struct store_filter filter = {.id = sv_from(id)};
    enum err err = store_alert(s, sv_from(id), rule_by_id, &r->alert);

    if (err != ERR_NOTFOUND && err != ERR_FORMAT) {
        return err;
    }
    r->found = false;
    err = store_each_story(s, &filter, on_story, r);
    return err || r->found ? err : ERR_NOTFOUND;
}

MUST_CHECK static enum err
give_fetched(struct report *r, struct store *s)
{
    const struct alert *a = &r->alert;
    bool muted = false;
    enum err err = store_muted(s, sv_from(a->id), clock_now_ft(), &muted);

    if (err || muted || a->suppressed ||
        (strcmp(a->id, r->last_id) == 0 && a->revision == r->last_revision)) {
        return err;
    }
    err = give(r, a);
    if (!err) {
        memcpy(r->last_id, a->id, sizeof(r->last_id));
        r->last_revision = a->revision;
    }
    return err;
}

void
report_outbox(struct report *r, struct store *s, uint64_t now_ns)
{
    enum err err = now_ns < r->retry_ns ? ERR_END : ERR_OK;

    while (!err) {
        struct store_outbox row;

        err = store_outbox_next(s, &row);
        if (err) {
            break;
        }
        err = fetch(r, s, row.alert_id);
        if (!err) {
            err = give_fetched(r, s);
        }
        if (!err || err == ERR_NOTFOUND) { /* rolled up meanwhile: nothing to tell */
            err = store_outbox_sent(s, row.number);
        }
    }
    if (store_outbox_count(s, &r->waiting)) {
        r->waiting = 0; /* not known */
    }
    if (err != ERR_END) {
        r->retry_ns = now_ns + WRITER_REPORT_RETRY_NS;
    }
}

void
report_fill_status(const struct report *r, struct writer_status *status)
{
    status->report_err = r->err;
    status->reported = r->given;
    status->waiting = r->waiting;
    status->not_reported = r->given_up;
}
