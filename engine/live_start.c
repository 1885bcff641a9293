/* live_start - from the store to a sensor that goes on where it was. */
#include <inttypes.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/tm.h"
#include "detectors/rules.h"
#include "engine/live_int.h"
#include "engine/warm.h"
#include "platform/platform.h"
#include "store/status.h"

#define POSITION_MAX (64u * 1024)

enum err
live_config_copy(const struct config *cfg, struct config **out)
{
    char why[CONFIG_WHY_MAX];
    struct buf text;
    enum err err;

    buf_init(&text, CONFIG_FILE_MAX);
    config_write(cfg, &text);
    err = buf_err(&text);
    if (!err) {
        err = config_parse(buf_sv(&text), out, why);
    }
    buf_fini(&text);
    return err;
}

static void
hash_config(struct live *l)
{
    uint8_t digest[SHA256_LEN];
    struct sha256 sha;
    struct buf text;

    buf_init(&text, CONFIG_FILE_MAX);
    config_write(l->cfg, &text);
    sha256_init(&sha);
    sha256_put(&sha, text.data, text.len);
    sha256_end(&sha, digest);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        (void)snprintf(l->config_hash + 2 * i, 3, "%02x", digest[i]);
    }
    buf_fini(&text);
}

/* -- pipelines --------------------------------------------------------------------------------- */

static bool
is_stopped(void *ctx)
{
    const struct live *l = ctx;

    return flag_is_up(l->stop);
}

enum err
live_rebuild(struct live *l, struct config *cfg)
{
    bool done = atomic_load(&l->history.done);
    const struct warm_opts warm = {.store_path = l->store_path,
                                   .since_ft = done ? 0 : l->since_ft,
                                   .history_ft = done ? l->since_ft : 0,
                                   .clock = WARM_CLOCK,
                                   .sink = keeper_sink(l->keeper),
                                   .stop = is_stopped,
                                   .ctx = l};
    struct pipeline *fresh = NULL;
    enum err err = pipeline_create(cfg, &warm.sink, &fresh);

    if (!err) {
        pipeline_tell_early(fresh);
        err = warm_pipeline(fresh, &warm);
    }
    if (err && err != ERR_NOTFOUND) {
        pipeline_destroy(fresh);
        return err;
    }
    pipeline_destroy(l->pipeline);
    l->pipeline = fresh;
    if (cfg != l->cfg) {
        config_destroy(l->cfg);
        l->cfg = cfg;
    }
    hash_config(l);
    return ERR_OK;
}

/* -- positions --------------------------------------------------------------------------------- */

/* What each channel had been read to; and, once, from when on this computer is watched. */
struct past {
    struct live *live;
    struct store *store;
    enum err err;
};

/* For feed_create(). */
static bool
begin_channel(void *ctx, const struct channel *c, struct buf *out, uint64_t *since_ft)
{
    struct past *past = ctx;
    uint64_t time_ft = 0;
    enum err err = store_bookmark(past->store, sv_from(c->name), out, &time_ft);

    if (err == ERR_NOTFOUND) {
        *since_ft = past->live->since_ft;
        buf_clear(out);
        return true;
    }
    past->err = past->err ? past->err : err;
    if (!err) { /* so that a new store would know it */
        err = keeper_position(past->live->keeper, (size_t)(c - channel_all), c->name, buf_sv(out),
                              time_ft);
        past->err = past->err ? past->err : err;
    }
    return true;
}

MUST_CHECK static enum err
read_since(struct live *l, struct store *s)
{
    char text[24];
    struct buf value;
    enum err err;
    int len;

    buf_init(&value, POSITION_MAX);
    err = store_bookmark(s, SV(SINCE_NAME), &value, NULL);
    if (!err && sv_u64(buf_sv(&value), &l->since_ft)) {
        l->since_ft = 0;
    }
    buf_fini(&value);
    if (err && err != ERR_NOTFOUND) {
        return err;
    }
    if (l->since_ft == 0) {
        l->since_ft = l->first_ft;
    }
    keeper_set_since(l->keeper, l->since_ft);
    len = snprintf(text, sizeof(text), "%" PRIu64, l->since_ft);
    return keeper_position(l->keeper, MARK_SINCE, SINCE_NAME,
                           (struct sv){text, len < 0 ? 0 : (size_t)len}, l->since_ft);
}

MUST_CHECK static enum err
read_history_mark(struct live *l, struct store *s)
{
    struct buf value;
    enum err err;

    buf_init(&value, POSITION_MAX);
    err = store_bookmark(s, SV(HISTORY_NAME), &value, NULL);
    if (!err && sv_eq(buf_sv(&value), SV(HISTORY_DONE))) {
        atomic_store(&l->history.done, true);
        err = keeper_position(l->keeper, MARK_HISTORY, HISTORY_NAME, SV(HISTORY_DONE), 1);
    }
    buf_fini(&value);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* -- health of the run before ------------------------------------------------------------------ */

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct live *l = ctx;

    if (a->rule->id >= rule_table[RULE_SOURCE_UNREADABLE].id &&
        a->rule->id < rule_table[RULE_LOGON_BURST].id) {
        health_adopt(l->health, a);
    }
    return ERR_OK;
}

MUST_CHECK static enum err
adopt_health(struct live *l, struct store *s)
{
    const struct store_filter open = {.open_only = true};
    enum err err = store_each_alert(s, &open, rule_by_id, on_alert, l);

    return err == ERR_FORMAT ? ERR_OK : err;
}

/* -- how the run before ended ------------------------------------------------------------------ */

struct before {
    uint64_t heartbeat_ft, sequence;
    bool stopped;
};

MUST_CHECK static enum err
read_before(struct store *s, struct before *out)
{
    const struct store_filter all = {0};
    struct rows *rows = NULL;
    enum err err = store_rows(s, ROWS_STATUS, &all, &rows);

    while (!err) {
        struct sv name, value;

        err = rows_next(rows);
        if (err) {
            break;
        }
        name = rows_cell(rows, 0).text;
        value = rows_cell(rows, 1).text;
        if (sv_eq(name, store_status_name(STATUS_STATE))) {
            out->stopped = sv_eq(value, SV("stopped"));
        } else if (sv_eq(name, store_status_name(STATUS_HEARTBEAT))) {
            out->heartbeat_ft = tm_parse(value, &out->heartbeat_ft) ? 0 : out->heartbeat_ft;
        } else if (sv_eq(name, store_status_name(STATUS_SEQUENCE))) {
            out->sequence = sv_u64(value, &out->sequence) ? 0 : out->sequence;
        }
    }
    rows_close(rows);
    return err == ERR_END ? ERR_OK : err;
}

MUST_CHECK static enum err
tell_before(struct live *l, struct store *s)
{
    struct before before = {0};
    enum err err = l->told_before ? ERR_OK : read_before(s, &before);

    if (err || l->told_before) {
        return err;
    }
    l->told_before = true;
    l->sequence = before.sequence;
    if (before.heartbeat_ft != 0 && !before.stopped) {
        live_unclean_stop(l, before.heartbeat_ft, l->started_ft);
    }
    live_status(l, "starting", clock_now_ft());
    return ERR_OK;
}

/* -- all of it --------------------------------------------------------------------------------- */

MUST_CHECK static enum err
open_feed(struct live *l, struct store *s)
{
    struct past past = {.live = l, .store = s};
    const struct feed_opts feed = {.api = l->evtlog,
                                   .inlet = l->inlet,
                                   .forwarded = l->cfg->forwarded,
                                   .begin = begin_channel,
                                   .ctx = &past};
    enum err err;

    feed_destroy(l->feed);
    l->feed = NULL;
    err = feed_create(&feed, &l->feed);
    return err ? err : past.err;
}

enum err
live_begin(struct live *l)
{
    struct store *s = NULL;
    enum err err = store_open(l->store_path, STORE_READ, &s);

    if (!err) {
        err = tell_before(l, s);
    }
    if (!err) {
        err = read_since(l, s);
    }
    if (!err) {
        err = read_history_mark(l, s);
    }
    if (!err) {
        err = adopt_health(l, s);
    }
    if (!err) {
        err = live_rebuild(l, l->cfg);
    }
    if (!err) {
        err = open_feed(l, s);
    }
    store_close(s);
    return err;
}
