/* test_live_help - a sensor on a simulated Event Log, with a store and an output that remembers. */
#pragma once

#include "test_store_help.h"

#include "detectors/rules.h"
#include "engine/live.h"
#include "engine/warm.h"
#include "evtlog/channels.h"
#include "platform/thread.h"
#include "support/evtlog_shared.h"
#include "support/policy_sim.h"
#include "support/sim_failure.h"

#define TOLD_MAX 1024
#define MS UINT64_C(1000000)
#define LONG_NS (UINT64_C(25000) * MS)
#define STOP_NS ((LIVE_STOP_MS + 2500) * MS) /* a try at a locked store takes two seconds */

struct told {
    uint32_t rule;
    enum alert_state state;
    uint64_t count;
    char key[64];
    char id[ALERT_ID_MAX];
};

struct bench {
    struct buf log, store;
    struct evtlog_shared *evtlog;
    struct policy_sim policy;
    struct config *cfg;
    struct live_opts opts;
    struct live *live;
    struct mutex *mutex;
    size_t count; /* under the mutex */
    struct told told[TOLD_MAX];
};

static inline enum err
on_told(void *ctx, const struct alert *a)
{
    struct bench *b = ctx;

    mutex_lock(b->mutex);
    if (b->count < TOLD_MAX) {
        struct told *t = &b->told[b->count++];

        *t = (struct told){.rule = a->rule->id, .state = a->state, .count = a->count};
        (void)snprintf(t->key, sizeof(t->key), "%.63s", a->key);
        (void)snprintf(t->id, sizeof(t->id), "%s", a->id);
    }
    mutex_unlock(b->mutex);
    return ERR_OK;
}

/* Every channel is there, but for what other computers forward. */
static inline void
open_evtlog(struct bench *b)
{
    struct evtlog_sim *sim;

    b->evtlog = evtlog_shared_create(buf_str(&b->log));
    assert_non_null(b->evtlog);
    b->opts.evtlog = evtlog_shared_api(b->evtlog);
    sim = evtlog_shared_lock(b->evtlog);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (!channel_all[i].collector) {
            evtlog_sim_set_channel(
                sim, &(struct evtlog_sim_channel){.path = sv_from(channel_all[i].path)});
        }
    }
    evtlog_shared_unlock(b->evtlog);
}

/* Everything is live from the beginning of the log on; history is not read. */
static inline struct bench *
bench_make(void)
{
    struct bench *b = mem_zalloc(sizeof(*b));

    assert_non_null(b);
    buf_init(&b->log, SIZE_MAX);
    assert_int_equal(path_temp_file(&b->log), ERR_OK);
    help_path(&b->store);
    policy_sim_init(&b->policy);
    assert_int_equal(config_create(&b->cfg), ERR_OK);
    b->cfg->read_history = false;
    assert_int_equal(mutex_create(&b->mutex), ERR_OK);
    b->opts = (struct live_opts){.cfg = b->cfg,
                                 .store_path = buf_str(&b->store),
                                 .policy = &b->policy.api,
                                 .version = "1.2.3",
                                 .since_ft = 1,
                                 .output = {b, on_told}};
    open_evtlog(b);
    return b;
}

static inline void
start(struct bench *b)
{
    assert_int_equal(live_start(&b->opts, &b->live), ERR_OK);
}

static inline void
stop(struct bench *b)
{
    uint64_t from_ns = clock_mono_ns();

    live_stop(b->live, "stopped");
    b->live = NULL;
    assert_true(clock_mono_ns() - from_ns < STOP_NS);
}

static inline void
bench_end(struct bench *b)
{
    assert_null(b->live);
    assert_int_equal(evtlog_shared_destroy(b->evtlog), 0);
    assert_int_equal(file_delete(buf_str(&b->log)), ERR_OK);
    if (file_type(buf_str(&b->store)) != FILE_TYPE_NONE) {
        assert_int_equal(file_delete(buf_str(&b->store)), ERR_OK);
    }
    buf_fini(&b->log);
    buf_fini(&b->store);
    mutex_destroy(b->mutex);
    config_destroy(b->cfg);
    mem_free(b);
}

/* -- what was told ------------------------------------------------------------------------------
 */

static inline size_t
told(struct bench *b, enum rule_index rule, enum alert_state state, struct told *last)
{
    size_t count = 0;

    mutex_lock(b->mutex);
    for (size_t i = 0; i < b->count; i++) {
        if (b->told[i].rule == rule_table[rule].id && b->told[i].state == state) {
            count++;
            if (last != NULL) {
                *last = b->told[i];
            }
        }
    }
    mutex_unlock(b->mutex);
    return count;
}

/* At least so many; the last of them. */
static inline struct told
wait_told(struct bench *b, enum rule_index rule, enum alert_state state, size_t due)
{
    uint64_t from_ns = clock_mono_ns();
    struct told last = {0};
    size_t count;

    while ((count = told(b, rule, state, &last)) < due && clock_mono_ns() - from_ns < LONG_NS) {
        thread_sleep_ms(10);
    }
    if (count < due) {
        fail_msg("%s was told %zu times, not %zu", rule_table[rule].name, count, due);
    }
    return last;
}

static inline void
wait_started(struct bench *b)
{
    (void)wait_told(b, RULE_HEARTBEAT, ALERT_CLOSED, 1);
}

/* -- the logs -----------------------------------------------------------------------------------
 */

static inline void
append(struct bench *b, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_true(sim_failure_append(buf_str(&b->log), clock_now_ft(), first + i));
    }
}

static inline void
set_channel(struct bench *b, const struct evtlog_sim_channel *c)
{
    evtlog_sim_set_channel(evtlog_shared_lock(b->evtlog), c);
    evtlog_shared_unlock(b->evtlog);
}

static inline void
set_down(struct bench *b, bool down)
{
    evtlog_sim_set_down(evtlog_shared_lock(b->evtlog), down);
    evtlog_shared_unlock(b->evtlog);
}

/* -- the store ----------------------------------------------------------------------------------
 */

static inline size_t
stored(struct bench *b, enum store_rows what, const char *kind)
{
    const struct store_filter f = {.kind = sv_from(kind)};
    struct store *s = help_open(&b->store, STORE_READ);
    size_t count = help_count(s, what, &f);

    store_close(s);
    return count;
}

static inline void
wait_stored(struct bench *b, enum store_rows what, const char *kind, size_t due)
{
    uint64_t from_ns = clock_mono_ns();

    while (stored(b, what, kind) < due && clock_mono_ns() - from_ns < LONG_NS) {
        thread_sleep_ms(20);
    }
    assert_int_equal(stored(b, what, kind), due);
}

static inline void
expect_mark(struct bench *b, const char *name, const char *text)
{
    struct store *s = help_open(&b->store, STORE_READ);
    struct buf value;

    buf_init(&value, STORE_BOOKMARK_MAX);
    assert_int_equal(store_bookmark(s, sv_from(name), &value, NULL), ERR_OK);
    if (text != NULL) {
        assert_string_equal(buf_str(&value), text);
    }
    assert_true(value.len > 0);
    buf_fini(&value);
    store_close(s);
}

static inline void
expect_status(struct bench *b, const char *name, const char *value)
{
    const struct store_filter all = {0};
    struct store *s = help_open(&b->store, STORE_READ);
    struct rows *r = help_rows(s, ROWS_STATUS, &all);
    bool found = false;

    while (rows_next(r) == ERR_OK) {
        if (sv_eq(rows_cell(r, 0).text, sv_from(name))) {
            assert_true(sv_eq(rows_cell(r, 1).text, sv_from(value)));
            found = true;
        }
    }
    assert_true(found);
    rows_close(r);
    store_close(s);
}
