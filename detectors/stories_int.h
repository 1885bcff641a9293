/*
 * stories_int - the stories of all hosts. Private to stories.c and stories_feed.c.
 */
#pragma once

#include "core/intern.h"
#include "detectors/stories.h"
#include "detectors/story_live.h"

struct stories {
    const struct config *cfg;
    story_fn fn;
    void *ctx;
    struct intern *names;
    struct story_host *hosts; /* by id */
    size_t host_count;
    uint32_t last_id; /* events of one host come in rows */
    struct distinct_budget budget;
    struct alert scratch_alert;
    struct story scratch;
};

/* What is known of a host; until another one is asked for. ERR_NOMEM. */
MUST_CHECK enum err stories_host(struct stories *s, struct sv name, struct story_host **out);
void stories_forget_internet(struct story_host *h);
