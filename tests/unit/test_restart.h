/*
 * test_restart - days of attempts and events from a seed, and sensors that are stopped in the midst
 * of them: what they handed out (the shelf) goes through a store into the next one.
 */
#pragma once

#include "test_store_help.h"

#include <stdlib.h>

#include "core/config.h"
#include "core/intern.h"
#include "detectors/detector.h"
#include "detectors/rules.h"
#include "detectors/stories.h"

#define RESTART_ITEMS 500u
#define RESTART_ALERTS 600u
#define RESTART_STORIES 60u
#define RESTART_START (TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC)

/* One thing that happens. */
struct restart_item {
    uint64_t time_ft;
    uint32_t host, source, account;
    enum attempt_outcome outcome;
    enum event_kind kind; /* EV_NONE: an attempt */
    bool flush;           /* the sensor sends counts behind it */
};

/* The newest of everything that was handed out. */
struct restart_shelf {
    struct alert *alerts;
    struct story *stories;
    size_t alert_count, story_count;
};

struct sensor {
    struct config *cfg;
    struct detectors *d;
    struct stories *stories;
    struct intern *hosts, *accounts;
    struct restart_shelf *shelf; /* NULL: muted */
    uint64_t next_tick_ft;
    uint64_t record_id;
};

static inline void
shelf_init(struct restart_shelf *s)
{
    *s = (struct restart_shelf){NULL, NULL, 0, 0};
    s->alerts = mem_array(RESTART_ALERTS, sizeof(*s->alerts));
    s->stories = mem_array(RESTART_STORIES, sizeof(*s->stories));
    assert_non_null(s->alerts);
    assert_non_null(s->stories);
}

static inline void
shelf_fini(struct restart_shelf *s)
{
    mem_free(s->alerts);
    mem_free(s->stories);
}

static inline struct alert *
shelf_alert(const struct restart_shelf *s, const char *id)
{
    for (size_t i = 0; i < s->alert_count; i++) {
        if (strcmp(s->alerts[i].id, id) == 0) {
            return &s->alerts[i];
        }
    }
    return NULL;
}

static inline struct story *
shelf_story(const struct restart_shelf *s, const char *id)
{
    for (size_t i = 0; i < s->story_count; i++) {
        if (strcmp(s->stories[i].id, id) == 0) {
            return &s->stories[i];
        }
    }
    return NULL;
}

/* Those that must be there. */
static inline const struct alert *
shelf_has_alert(const struct restart_shelf *s, const char *id)
{
    const struct alert *a = shelf_alert(s, id);

    if (a == NULL) {
        fail_msg("alert %s is gone", id);
        abort(); /* not reached; tells the compiler so */
    }
    return a;
}

static inline const struct story *
shelf_has_story(const struct restart_shelf *s, const char *id)
{
    const struct story *st = shelf_story(s, id);

    if (st == NULL) {
        fail_msg("story %s is gone", id);
        abort(); /* not reached; tells the compiler so */
    }
    return st;
}

/* Revisions of an id only grow, what was told is not taken back, and closed is closed. */
static inline void
shelf_put_alert(struct restart_shelf *s, const struct alert *a)
{
    struct alert *known = shelf_alert(s, a->id);

    if (known == NULL) {
        assert_true(s->alert_count < RESTART_ALERTS);
        s->alerts[s->alert_count++] = *a;
        return;
    }
    assert_true(a->revision > known->revision);
    assert_int_equal(known->state, ALERT_OPEN);
    assert_true(a->count >= known->count);
    assert_true(a->severity >= known->severity);
    assert_true(a->sources >= known->sources);
    assert_true(a->accounts >= known->accounts);
    assert_true(a->first_ft <= known->first_ft);
    assert_true(a->last_ft >= known->last_ft);
    *known = *a;
}

static inline void
shelf_put_story(struct restart_shelf *s, const struct story *st)
{
    struct story *known = shelf_story(s, st->id);

    if (known == NULL) {
        assert_true(s->story_count < RESTART_STORIES);
        s->stories[s->story_count++] = *st;
        return;
    }
    assert_true(st->revision > known->revision);
    assert_int_equal(known->state, ALERT_OPEN);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        assert_true(st->stage[i].alert_total >= known->stage[i].alert_total);
        assert_true(st->stage[i].verdict <= known->stage[i].verdict);
    }
    *known = *st;
}

static inline enum err
sensor_alert(void *ctx, const struct alert *a)
{
    struct sensor *s = ctx;

    if (s->shelf != NULL) {
        shelf_put_alert(s->shelf, a);
    }
    return stories_alert(s->stories, a);
}

static inline enum err
sensor_story(void *ctx, const struct story *st)
{
    struct sensor *s = ctx;

    if (s->shelf != NULL) {
        shelf_put_story(s->shelf, st);
    }
    return ERR_OK;
}

static inline void
sensor_open(struct sensor *s, const char *settings, struct restart_shelf *shelf)
{
    char why[CONFIG_WHY_MAX];

    *s = (struct sensor){.shelf = shelf};
    assert_int_equal(config_parse(sv_from(settings), &s->cfg, why), ERR_OK);
    assert_int_equal(detectors_create(s->cfg, sensor_alert, s, &s->d), ERR_OK);
    assert_int_equal(stories_create(s->cfg, sensor_story, s, &s->stories), ERR_OK);
    assert_int_equal(intern_create(1000, &s->hosts), ERR_OK);
    assert_int_equal(intern_create(1000, &s->accounts), ERR_OK);
}

static inline void
sensor_close(struct sensor *s)
{
    detectors_destroy(s->d);
    stories_destroy(s->stories);
    intern_destroy(s->hosts);
    intern_destroy(s->accounts);
    config_destroy(s->cfg);
}

static const char *const restart_hosts[] = {"PC-A", "PC-B"};
static const char *const restart_accounts[] = {"kumi",   "admin", "taro", "backup", "sato",
                                               "guest1", "user",  "test", "scan",   "web"};

static inline struct attempt
restart_attempt(const struct restart_item *it)
{
    uint8_t inside[4] = {10, 0, 0, (uint8_t)it->source};
    uint8_t outside[4] = {198, 18, 1, (uint8_t)it->source};
    bool internet = it->source >= 6;
    struct attempt a = {.first_ft = it->time_ft,
                        .last_ft = it->time_ft,
                        .host = sv_from(restart_hosts[it->host]),
                        .account = sv_from(restart_accounts[it->account]),
                        .outcome = it->outcome,
                        .weight = it->outcome == ATTEMPT_FAILURE ? WEIGHT_FULL : WEIGHT_NONE,
                        .service = SERVICE_RDP,
                        .scope = internet ? SCOPE_INTERNET : SCOPE_INTERNAL,
                        .src = addr_v4(internet ? outside : inside),
                        .status = 0xC000006A,
                        .confidence = 100,
                        .logon_type = 3,
                        .witness_count = 1};

    if (it->outcome == ATTEMPT_CONNECT) {
        a.account = (struct sv){NULL, 0};
    }
    return a;
}

static inline void
sensor_put_attempt(struct sensor *s, const struct restart_item *it, uint64_t record_id)
{
    struct attempt a = restart_attempt(it);

    a.witness[0] = (struct attempt_witness){SV("Security"), 4625, record_id, it->time_ft};
    assert_int_equal(intern_id(s->hosts, a.host, &a.host_id), ERR_OK);
    if (a.account.len > 0) {
        assert_int_equal(intern_id(s->accounts, a.account, &a.account_id), ERR_OK);
    }
    assert_int_equal(stories_attempt(s->stories, &a), ERR_OK);
    assert_int_equal(detectors_attempt(s->d, NULL, &a), ERR_OK);
}

static inline void
sensor_put_event(struct sensor *s, const struct restart_item *it, uint64_t record_id)
{
    static const struct {
        enum event_kind kind;
        uint32_t id;
    } ids[] = {{EV_ACCOUNT_LOCKOUT, 4740},
               {EV_ACCOUNT_CHANGE, 4720},
               {EV_LOG_CLEARED, 1102},
               {EV_DEFENDER_EVENT, 5001}};
    struct event ev;

    event_init(&ev, it->kind, it->time_ft);
    for (size_t i = 0; i < COUNT(ids); i++) {
        if (ids[i].kind == it->kind) {
            event_set(&ev, event_id, ids[i].id);
        }
    }
    event_set(&ev, host, sv_from(restart_hosts[it->host]));
    event_set(&ev, channel, SV("Security"));
    event_set(&ev, account, sv_from(restart_accounts[it->account]));
    event_set(&ev, record_id, record_id);
    assert_int_equal(stories_observed(s->stories, ev.host, EV_BIT(ev.kind)), ERR_OK);
    assert_int_equal(detectors_event(s->d, NULL, &ev), ERR_OK);
}

static inline void
sensor_flush(struct sensor *s)
{
    assert_int_equal(detectors_flush(s->d, NULL), ERR_OK);
    assert_int_equal(stories_flush(s->stories), ERR_OK);
}

static inline void
sensor_tick(struct sensor *s, uint64_t now_ft)
{
    assert_int_equal(detectors_tick(s->d, NULL, now_ft), ERR_OK);
    s->next_tick_ft = now_ft - now_ft % TM_MIN + TM_MIN;
}

/* Items [from, to). */
static inline void
sensor_run(struct sensor *s, const struct restart_item *items, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (items[i].time_ft >= s->next_tick_ft) {
            sensor_flush(s);
            sensor_tick(s, items[i].time_ft);
        }
        if (items[i].kind == EV_NONE) {
            sensor_put_attempt(s, &items[i], i + 1);
        } else {
            sensor_put_event(s, &items[i], i + 1);
        }
        if (items[i].flush) {
            sensor_flush(s);
        }
    }
}

/* -- from one sensor to the next --------------------------------------------------------------- */
struct adoption {
    struct sensor *sensor;
    struct store *store;
    uint64_t now_ft;
    enum alert_state state;
};

static inline enum err
adopt_alert(void *ctx, const struct alert *a)
{
    const struct adoption *ad = ctx;

    if (a->state != ad->state) {
        return ERR_OK;
    }
    return detectors_adopt(ad->sensor->d, a, ad->now_ft);
}

static inline enum err
find_alert(void *ctx, const char *id, struct alert *out)
{
    struct store *s = ctx;

    return store_alert(s, sv_from(id), rule_by_id, out);
}

static inline enum err
adopt_story(void *ctx, const struct story *st)
{
    const struct adoption *ad = ctx;

    return stories_adopt(ad->sensor->stories, st, find_alert, ad->store);
}

static inline struct store *
shelf_store(const struct restart_shelf *shelf, struct buf *path)
{
    struct store *s;

    help_path(path);
    s = help_open(path, STORE_NEW);
    for (size_t i = 0; i < shelf->alert_count; i++) {
        assert_int_equal(store_put_alert(s, &shelf->alerts[i]), ERR_OK);
    }
    for (size_t i = 0; i < shelf->story_count; i++) {
        assert_int_equal(store_put_story(s, &shelf->stories[i]), ERR_OK);
    }
    help_finish(s);
    return help_open(path, STORE_READ);
}

/* A new sensor that knows items [from, to) and, by way of a store, what is on the shelf. */
static inline void
sensor_restart(struct sensor *s, struct restart_shelf *shelf, const struct restart_item *items,
               size_t from, size_t to)
{
    struct store_filter all = {0};
    struct adoption ad = {s, NULL, items[to - 1].time_ft, ALERT_CLOSED};
    struct buf path;

    sensor_run(s, items, from, to);
    sensor_tick(s, ad.now_ft);
    s->next_tick_ft = 0;
    ad.store = shelf_store(shelf, &path);
    s->shelf = shelf;
    stories_forget(s->stories);
    assert_int_equal(store_each_story(ad.store, &all, adopt_story, &ad), ERR_OK);
    assert_int_equal(store_each_alert(ad.store, &all, rule_by_id, adopt_alert, &ad), ERR_OK);
    ad.state = ALERT_OPEN;
    assert_int_equal(store_each_alert(ad.store, &all, rule_by_id, adopt_alert, &ad), ERR_OK);
    store_close(ad.store);
    help_remove(&path);
}

/* -- a stream ---------------------------------------------------------------------------------- */
/* Phases of guessing by one source, trickles, visits and pauses; sorted by time. */
static inline void
restart_stream(uint64_t *seed, struct restart_item *items, size_t count)
{
    static const enum event_kind kinds[] = {EV_ACCOUNT_LOCKOUT, EV_ACCOUNT_CHANGE, EV_LOG_CLEARED,
                                            EV_DEFENDER_EVENT};
    static const uint32_t paces[] = {3, 20, 100, 900, 5000, 40000};
    uint64_t now = RESTART_START;
    uint32_t source = 0, account = 0, pace = 3, left = 0;
    enum attempt_outcome outcome = ATTEMPT_FAILURE;

    for (size_t i = 0; i < count; i++) {
        uint32_t pick = help_random(seed) % 40;

        if (left == 0) {
            left = 1 + help_random(seed) % 40;
            pace = paces[help_random(seed) % COUNT(paces)];
            source = help_random(seed) % 10;
            account = help_random(seed) % COUNT(restart_accounts);
            outcome = help_random(seed) % 5 == 0 ? ATTEMPT_CONNECT : ATTEMPT_FAILURE;
        }
        left--;
        now += (1 + help_random(seed) % pace) * TM_SEC;
        items[i] = (struct restart_item){.time_ft = now,
                                         .host = help_random(seed) % 8 == 0,
                                         .source = source,
                                         .account = account,
                                         .outcome = outcome,
                                         .flush = help_random(seed) % 7 == 0};
        if (pick < 6) { /* somebody else */
            items[i].source = help_random(seed) % 10;
            items[i].account = help_random(seed) % COUNT(restart_accounts);
        } else if (pick < 8) {
            items[i].outcome = ATTEMPT_SUCCESS;
        } else if (pick == 8) {
            items[i].outcome = ATTEMPT_REFUSED;
        } else if (pick == 9) {
            items[i].kind = kinds[help_random(seed) % COUNT(kinds)];
        } else if (pick < 13) { /* spraying */
            items[i].account = help_random(seed) % COUNT(restart_accounts);
        }
    }
}
