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

/* The output may take it later (live.h). */
static bool
is_for_now(enum err err)
{
    return err == ERR_BUSY || err == ERR_IO || err == ERR_FULL;
}

/* What is refused for good is given up: it would hold up all others. */
MUST_CHECK static enum err
give(struct report *r, const struct alert *a)
{
    enum err err = r->output.alert(r->output.ctx, a);

    r->given += !err;
    if (err && !is_for_now(err)) {
        r->given_up++;
        err = ERR_OK;
    }
    r->err = err;
    return err;
}

/* -- past the store ---------------------------------------------------------------------------- */

/* Nobody keeps notices: they are given now or never. */
static enum err
on_alert(void *ctx, const struct alert *a, enum batch_alert what)
{
    struct report *r = ctx;
    enum err err = give(r, a);

    for (unsigned tries = 1; err && what == BATCH_NOTICE; tries++) {
        if (tries == WRITER_NOTICE_TRIES) {
            r->given_up++;
            return ERR_OK;
        }
        err = give(r, a);
    }
    return err;
}

bool
report_batch(struct report *r, struct batch *b, enum batch_alert least, uint64_t now_ns)
{
    enum err err;

    if (least == BATCH_REPORTED && now_ns < r->retry_ns) {
        return false;
    }
    err = batch_tell(b, least, on_alert, r);
    if (err) {
        r->retry_ns = now_ns + WRITER_REPORT_RETRY_NS;
    }
    return !err;
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

    if (err != ERR_NOTFOUND && err != ERR_FORMAT && err != ERR_UNSUPPORTED) {
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

enum err
report_outbox(struct report *r, struct store *s, uint64_t now_ns)
{
    struct store_outbox row;
    enum err err = ERR_OK;

    if (now_ns < r->retry_ns) {
        return ERR_OK;
    }
    while (!err) {
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
    if (err == ERR_END) {
        return ERR_OK;
    }
    r->retry_ns = now_ns + WRITER_REPORT_RETRY_NS;
    return r->err ? ERR_OK : err;
}

void
report_fill_status(const struct report *r, struct writer_status *status)
{
    status->report_err = r->err;
    status->reported = r->given;
    status->waiting = r->waiting;
    status->not_reported = r->given_up;
}
