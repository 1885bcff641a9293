/*
 * health - what keeps the sensor from seeing, as alerts of rules 1100 to 1199: open as long as it
 * lasts, closed when it is over; the same again is a new alert.
 *
 * After a restart the open ones of the run before are adopted: what is still so keeps its alert,
 * the others are closed by health_settle().
 * Memory:  HEALTH_MAX open at once; further ones are counted by METRIC_ALERTS_DROPPED.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/alert.h"

#define HEALTH_MAX 128u
#define HEALTH_ONCE_FT UINT64_C(36000000000) /* an hour */
#define HEALTH_PARAMS_MAX 4u

typedef void (*health_fn)(void *ctx, const struct alert *a);

/* Parameters of the sentence; read when it is told. */
struct health_param {
    const char *name;
    const char *value;
};

struct health_fact {
    const struct rule *rule;
    struct sv key; /* what it is about: a source, a privilege; empty: there is only one */
    struct health_param params[HEALTH_PARAMS_MAX]; /* name NULL: the end */
    uint64_t count;                                /* to add */
    uint64_t from_ft;                              /* since when; 0: now */
};

struct health;
MUST_CHECK enum err health_create(struct sv host, health_fn fn, void *ctx, struct health **out);
void health_destroy(struct health *h);
/* It is so. Once it is known it is told again only when its count has grown tenfold. */
void health_is(struct health *h, const struct health_fact *f, uint64_t now_ft);
/* It was so for a moment: open for an hour behind the last one. */
void health_was(struct health *h, const struct health_fact *f, uint64_t now_ft);
void health_over(struct health *h, const struct rule *rule, struct sv key, uint64_t now_ft);
void health_tick(struct health *h, uint64_t now_ft);

void health_adopt(struct health *h, const struct alert *a);
void health_settle(struct health *h, uint64_t now_ft);
