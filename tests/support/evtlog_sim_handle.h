/* evtlog_sim_handle - the simulator's handles and itself. Not for tests. */
#pragma once

#include "support/evtlog_sim_log.h"

#define HANDLES_MAX 4096
#define PATHS_MAX 64
#define SIM_LOOK_MS 5 /* how often a wait looks at the file */

enum handle_kind {
    HANDLE_FREE,
    HANDLE_SUBSCRIPTION,
    HANDLE_EVENT,
    HANDLE_CONTEXT,
    HANDLE_BOOKMARK,
    HANDLE_CONFIG,
    HANDLE_LOG
};

struct signal {
    bool set;
};

struct subscribed {
    struct sim_query query;
    struct signal *signal;
    uint64_t cursor; /* number of the last given */
    bool stale;
};

struct named_paths {
    bool system;
    size_t count;
    char names[PATHS_MAX][SIM_PATH_MAX];
};

struct handle {
    enum handle_kind kind;
    bool dead; /* the service it belonged to is gone */
    struct handle *parent;
    struct sim_log *log;
    uint64_t number; /* event; bookmark: 0 is an empty one */
    union {
        struct subscribed *subscribed;
        struct named_paths *paths;
        void *any;
    } own; /* mem_free() */
};

struct fault {
    unsigned n, times;
    uint32_t code;
};

struct evtlog_sim {
    struct evtlog_api api;
    struct sim_logs logs;
    bool down;
    bool no_values;
    size_t batch_bytes;
    uint32_t no_items;
    size_t misused;
    unsigned signals;
    unsigned calls[EVTLOG_SIM_CALLS];
    struct fault fault[EVTLOG_SIM_CALLS];
    size_t hint; /* where a free handle may be */
    struct handle handle[HANDLES_MAX];
    struct sim_scratch scratch;
};

/* Counts the call; a code when it is to fail. */
uint32_t sim_enter(struct evtlog_sim *sim, enum evtlog_sim_call call);
struct handle *sim_take_handle(struct evtlog_sim *sim, enum handle_kind kind,
                               struct handle *parent);
void sim_free_handle(struct handle *h);
uint32_t sim_check_handle(struct evtlog_sim *sim, const struct handle *h, enum handle_kind kind);
uint32_t sim_find_log(struct evtlog_sim *sim, struct sv path, struct sim_log **out);

/* Those of the calls that need no subscription. */
extern const struct evtlog_api sim_calls;
