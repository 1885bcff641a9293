/*
 * detectors_feed - attempts in few words for the tests of detectors, and the alerts they lead to,
 * newest revision of each id.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/intern.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/detector.h"

#define FEED_ALERTS_MAX 512
#define FEED_START (TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC)
#define WRONG_PASSWORD 0xC000006Au

struct feed {
    struct config *cfg;
    struct detectors *d;
    struct intern *hosts, *accounts;
    struct alert *alert; /* FEED_ALERTS_MAX */
    size_t count;
    size_t snapshots;
    uint64_t record_id;
};

static enum err
feed_alert(void *ctx, const struct alert *a)
{
    struct feed *f = ctx;
    size_t i = 0;

    f->snapshots++;
    while (i < f->count && strcmp(f->alert[i].id, a->id) != 0) {
        i++;
    }
    if (i == f->count) {
        assert_int_equal(a->revision, 1);
        assert_true(f->count < FEED_ALERTS_MAX);
        f->count++;
    } else {
        assert_int_equal(a->revision, f->alert[i].revision + 1);
        assert_true(a->severity >= f->alert[i].severity);
        assert_int_equal(a->first_ft, f->alert[i].first_ft);
    }
    f->alert[i] = *a;
    return ERR_OK;
}

/* Settings as JSON, or NULL for the defaults. */
static inline struct feed *
feed_open(const char *settings)
{
    struct feed *f = calloc(1, sizeof(*f));
    char why[CONFIG_WHY_MAX] = "";

    assert_non_null(f);
    f->alert = calloc(FEED_ALERTS_MAX, sizeof(*f->alert));
    assert_non_null(f->alert);
    if (settings == NULL) {
        assert_int_equal(config_create(&f->cfg), ERR_OK);
    } else if (config_parse(sv_from(settings), &f->cfg, why) != ERR_OK) {
        print_error("%s\n", why);
        fail();
    }
    assert_int_equal(detectors_create(f->cfg, feed_alert, f, &f->d), ERR_OK);
    assert_int_equal(intern_create(1000, &f->hosts), ERR_OK);
    assert_int_equal(intern_create(60000, &f->accounts), ERR_OK);
    return f;
}

static inline void
feed_close(struct feed *f)
{
    detectors_destroy(f->d);
    config_destroy(f->cfg);
    intern_destroy(f->hosts);
    intern_destroy(f->accounts);
    free(f->alert);
    free(f);
}

static inline struct addr
feed_addr(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(sv_from(text), &a), ERR_OK);
    return a;
}

/* A failed logon over Remote Desktop on PC-A; change what is different. */
static inline struct attempt
feed_make(double second, const char *source, const char *account)
{
    struct attempt a = {.first_ft = FEED_START + (uint64_t)(second * (double)TM_SEC),
                        .host = SV("PC-A"),
                        .account = sv_from(account),
                        .outcome = ATTEMPT_FAILURE,
                        .weight = WEIGHT_FULL,
                        .service = SERVICE_RDP,
                        .status = WRONG_PASSWORD,
                        .confidence = 100,
                        .logon_type = 3};

    if (source != NULL) {
        a.src = feed_addr(source);
        a.scope = addr_classify(&a.src) == ADDR_CLASS_PRIVATE ? SCOPE_INTERNAL : SCOPE_INTERNET;
    }
    return a;
}

static inline void
feed_put(struct feed *f, struct attempt a)
{
    a.last_ft = a.first_ft;
    assert_int_equal(intern_id(f->hosts, a.host, &a.host_id), ERR_OK);
    if (a.account.len > 0) {
        assert_int_equal(intern_id(f->accounts, a.account, &a.account_id), ERR_OK);
    }
    a.witness_count = 1;
    a.witness[0] = (struct attempt_witness){SV("Security"), 4625, ++f->record_id, a.first_ft};
    assert_int_equal(detectors_attempt(f->d, NULL, &a), ERR_OK);
}

static inline void
feed_fail(struct feed *f, double second, const char *source, const char *account)
{
    feed_put(f, feed_make(second, source, account));
}

static inline void
feed_success(struct feed *f, double second, const char *source, const char *account)
{
    struct attempt a = feed_make(second, source, account);

    a.outcome = ATTEMPT_SUCCESS;
    a.weight = WEIGHT_NONE;
    a.status = 0;
    feed_put(f, a);
}

static inline struct event
feed_make_event(enum event_kind kind, uint32_t id)
{
    struct event ev;

    event_init(&ev, kind, FEED_START);
    event_set(&ev, event_id, id);
    return ev;
}

static inline void
feed_event(struct feed *f, struct event *ev)
{
    event_set(ev, host, SV("PC-A"));
    event_set(ev, channel, SV("Security"));
    event_set(ev, record_id, ++f->record_id);
    assert_int_equal(detectors_event(f->d, NULL, ev), ERR_OK);
}

static inline void
feed_tick(struct feed *f, double second)
{
    assert_int_equal(detectors_tick(f->d, NULL, FEED_START + (uint64_t)(second * (double)TM_SEC)),
                     ERR_OK);
}

static inline void
feed_flush(struct feed *f)
{
    assert_int_equal(detectors_flush(f->d, NULL), ERR_OK);
}

/* How many alerts of this rule there are; "logon.*" counts the guessing campaigns too. */
static inline size_t
feed_of(const struct feed *f, const char *rule)
{
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++) {
        n += sv_glob(sv_from(f->alert[i].rule->name), sv_from(rule));
    }
    return n;
}

/* The one alert of this rule. */
static inline const struct alert *
feed_one(const struct feed *f, const char *rule)
{
    const struct alert *found = NULL;

    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->alert[i].rule->name, rule) == 0) {
            assert_null(found);
            found = &f->alert[i];
        }
    }
    if (found == NULL) {
        fail();
        abort(); /* not reached; tells the compiler so */
    }
    return found;
}

static inline const char *
feed_param(const struct alert *a, const char *name)
{
    for (size_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, name) == 0) {
            return a->params[i].value;
        }
    }
    return NULL;
}
