/*
 * story_live - an open story as stories.c keeps it, and how it becomes the struct story that
 * others see (story_build.c). Private to the stories.
 */
#pragma once

#include "core/story.h"
#include "detectors/distinct.h"

#define STAGE_BIT(stage) (1u << (stage))

/* What a story remembers of one alert. */
struct story_member {
    char id[ALERT_ID_MAX];
    const struct rule *rule;
    enum severity severity;
    bool open, internet, success, nla_only;
    uint64_t first_ft, last_ft;
    uint64_t entered_ft; /* of the first success; 0: none */
    uint64_t count, sources, accounts;
    uint64_t failures; /* before a success */
    struct addr source;
    char service[16];
    char account[ALERT_ACCOUNT_MAX];
};

/* What came from the internet without getting in: all of it is guessing, below any threshold
 * too. */
struct story_internet {
    uint64_t tries;
    uint64_t last_ft;
    struct distinct sources;
    struct distinct accounts;
};

struct story_live {
    char id[ALERT_ID_MAX];
    uint32_t revision;
    enum severity severity; /* as sent last */
    uint32_t stages;        /* as sent last */
    bool dirty;
    struct story_member *members; /* in the order in which they joined */
    size_t member_count, member_cap;
};

/* What is known of one host. */
struct story_host {
    char *name;
    uint64_t kinds; /* of events that were read */
    struct story_internet internet;
    struct story_live *live; /* NULL: no story is open */
};

/* Stages that an alert is part of; 0: it tells no story. */
uint32_t story_stages(const struct story_member *m);
/* Fills all but id, revision and state. ERR_NOMEM. */
MUST_CHECK enum err story_build(const struct story_host *h, struct story *out);
