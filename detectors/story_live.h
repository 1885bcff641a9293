/*
 * story_live - an open story as stories.c keeps it, and how it becomes the struct story that
 * others see (story_build.c). Private to the stories.
 */
#pragma once

#include "core/process.h"
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

/* What the store says of a story that was taken up again and its alerts alone do not tell. */
struct story_floor {
    uint64_t first_ft, last_ft;
    enum severity severity;
    uint64_t tries; /* to add */
    uint64_t sources, accounts, internet, inside;
    uint64_t processes;              /* started by who got in */
    char started[ALERT_ACCOUNT_MAX]; /* and their names */
    struct {
        uint64_t first_ft, last_ft;
        enum severity severity;
        uint64_t alerts; /* to add: those that are not listed */
    } stage[STAGE_COUNT];
};

struct story_live {
    char id[ALERT_ID_MAX];
    uint32_t revision;
    enum severity severity; /* as sent last */
    uint32_t stages;        /* as sent last */
    bool dirty;
    struct story_member *members; /* in the order in which they joined */
    size_t member_count, member_cap;
    struct story_floor floor; /* zeros: it began here */
};

#define STORY_LOGONS_MAX 16u       /* of one host, of which something was started */
#define STORY_STARTED_MAX 24u      /* processes of one logon that are named */
#define STORY_STARTED_NAME_MAX 48u /* bytes of a name */

/* What was started by who logged on from one address as one account at about one time. */
struct story_started {
    struct process_origin origin; /* of the first one told */
    uint64_t count;               /* of all */
    size_t named;
    struct {
        uint64_t started_ft;
        uint32_t pid;
        enum process_tie tie;
        char name[STORY_STARTED_NAME_MAX];
    } item[STORY_STARTED_MAX]; /* in the order of their start */
};

/* What is known of one host. */
struct story_host {
    char *name;
    uint64_t kinds; /* of events that were read */
    struct story_internet internet;
    struct story_started *started[STORY_LOGONS_MAX]; /* oldest first; NULL behind the last */
    struct story_live *live;                         /* NULL: no story is open */
    struct story_live *warm; /* after a restart: what was read anew, for the order of its alerts */
};

/* Stages that an alert is part of; 0: it tells no story. */
uint32_t story_stages(const struct story_member *m);
bool story_member_eq(const struct story_member *a, const struct story_member *b);
bool story_stages_eq(const struct story *a, const struct story *b);
/* Fills all but id, revision and state. ERR_NOMEM. */
MUST_CHECK enum err story_build(const struct story_host *h, struct story *out);
/* Kinds of events that would show a stage. */
uint64_t story_witnesses(enum story_stage stage);

/* -- story_started.c --------------------------------------------------------------------------- */
MUST_CHECK enum err story_started_add(struct story_host *h, const struct process *p,
                                      enum process_tie was);
void story_started_forget(struct story_host *h);
/* How many processes were started by the one who got in, by any alert of the live story, and their
 * names in the order of their first start, as many as fit: "cmd.exe, powershell.exe, ...". */
uint64_t story_started_of(const struct story_host *h, char names[ALERT_ACCOUNT_MAX]);

/* -- story_stored.c ---------------------------------------------------------------------------- */
#define STORY_LISTED_MAX ((size_t)STAGE_COUNT * STORY_STAGE_ALERTS_MAX)
/* The alerts of all stages, each once, in an order in which they can have joined. */
size_t story_order(const struct story *stored, const char *out[STORY_LISTED_MAX]);
bool story_is_listed(const char *const *ids, size_t count, const char *id);
/* First. Sees to it that no tries are lost. */
void story_raise_tries(struct story_live *live, const struct story *stored,
                       const struct story *built);
/* Sees to it that nothing else of `live`, which builds as `built` now, is less than the stored
 * story. */
void story_raise(struct story_live *live, const struct story *stored, const struct story *built);
