/* etw_sim_part - the simulator's own parts: clients, sessions, buffers, traces. Not for tests. */
#pragma once

#include "support/etw_sim.h"

#include <string.h>

#include "platform/thread.h"

#define SIM_NAME_MAX 1024u /* "The session name is limited to 1,024 characters" */
#define SIM_ENABLES_MAX 64u
#define SIM_TRACES_MAX 64u
#define SIM_PROVIDERS_MAX 16u
#define SIM_CLIENTS_MAX 256u
#define SIM_RUNDOWNS_MAX 8u

#define SIM_BUFFER_KB_MIN 4u
#define SIM_BUFFER_KB_MAX (16u * 1024)
#define SIM_BUFFER_KB 64u    /* when 0 is asked for */
#define SIM_BUFFERS_MORE 20u /* "typically the minimum number of buffers plus twenty" */
#define SIM_EVENT_LEN_MAX 65535u

#define SIM_BAD_PATHNAME 161u
#define SIM_ARITHMETIC_OVERFLOW 534u

#define SIM_IGNORE_KEYWORD_0 0x10u
#define SIM_ENABLE_SID 1u
#define SIM_ENABLE_TS_ID 2u

/* A buffer of one processor. Records lie one behind the other, each as struct stored. */
struct sim_buffer {
    struct sim_buffer *next;
    unsigned cpu;
    bool playback; /* counts no longer as one of the session's */
    uint32_t count;
    size_t len;
    size_t read; /* the consumer's place */
    uint8_t data[];
};

struct sim_buffers {
    struct sim_buffer *first, *last;
    size_t count;
};

struct sim_session {
    uint64_t handle; /* low 16 bits: the logger's id, its place + 1 */
    uint16_t name[SIM_NAME_MAX + 1];
    struct etw_guid guid;
    uint32_t buffer_kb, buffers_min, buffers_max, flush_s, mode, kernel_flags;
    bool stopped; /* not in the list any more; freed by who consumes it */
    bool consumed;
    bool delivering;

    size_t enable_count;
    struct etw_enable enable[SIM_ENABLES_MAX];

    struct sim_buffer *current[ETW_SIM_CPUS_MAX]; /* by processor; NULL: none */
    struct sim_buffers queue;                     /* handed over */
    struct sim_buffers free;
    size_t pool;     /* buffers that count, wherever they are */
    size_t playback; /* those of the queue that do not */
    uint64_t next_flush_ns;
    struct cond *wake; /* something for the consumer */

    uint32_t events_lost, buffers_lost;
    bool tell_events, tell_buffers; /* RT_LostEvent is due */
    struct etw_sim_counts counts;
};

struct sim_client {
    struct etw_api api; /* its ctx is the client */
    struct etw_sim *sim;
    bool dead;
    unsigned processing;
};

struct sim_trace {
    uint64_t handle; /* 0: free */
    struct sim_client *client;
    const struct etw_consumer *consumer; /* borrowed, as by OpenTrace */
    bool processing, closing;
    uint16_t name[SIM_NAME_MAX + 1];
};

struct sim_provider {
    uint64_t handle; /* 0: free */
    struct sim_client *client;
    struct etw_guid guid;
};

struct sim_rundown {
    struct etw_guid provider;
    etw_sim_rundown_fn fn;
    void *ctx;
};

struct sim_fault {
    unsigned n, times;
    uint32_t code;
};

struct etw_sim {
    struct mutex *mutex;
    unsigned cpus;
    bool manual, unsorted;
    unsigned playback_max;
    uint64_t now_ns, base_ns, base_ft; /* of the manual clock */
    uint64_t serial;                   /* makes handles differ */
    size_t misused;
    unsigned calls[ETW_SIM_CALLS];
    struct sim_fault fault[ETW_SIM_CALLS];
    size_t client_count;
    struct sim_client *client[SIM_CLIENTS_MAX]; /* the last one lives, unless it is dead */
    size_t session_count;
    struct sim_session *session[ETW_SIM_SESSIONS_MAX]; /* by place; NULL: free */
    struct sim_trace trace[SIM_TRACES_MAX];
    struct sim_provider provider[SIM_PROVIDERS_MAX];
    size_t rundown_count;
    struct sim_rundown rundown[SIM_RUNDOWNS_MAX];
};

static inline bool
sim_guid_same(const struct etw_guid *a, const struct etw_guid *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* -- all with the mutex held, but where it says otherwise -------------------------------------- */

/* Locks and counts the call. False, and unlocked: the client is dead, or the call is to fail; with
 * done_anyway it is done and then says so. *code is what to answer. */
bool etw_sim_enter(struct sim_client *client, enum etw_sim_call call, bool done_anyway,
                   uint32_t *code);
void sim_leave(struct sim_client *client);
uint64_t sim_now_ns(const struct etw_sim *sim);
uint64_t sim_now_ft(const struct etw_sim *sim);

struct sim_session *sim_find_name(struct etw_sim *sim, const uint16_t *name);
struct sim_session *sim_find_ascii(struct etw_sim *sim, const char *name);
struct sim_session *sim_find_handle(struct etw_sim *sim, uint64_t handle);
size_t sim_name_len(const uint16_t *name); /* up to SIM_NAME_MAX + 1 */
uint32_t sim_session_start(struct etw_sim *sim, const struct etw_start *in,
                           struct sim_session **out);
void sim_session_stop(struct etw_sim *sim, struct sim_session *s);
void sim_session_free(struct sim_session *s);
struct etw_enable *sim_find_enable(struct sim_session *s, const struct etw_guid *provider);
void sim_properties(const struct sim_session *s, struct etw_properties *out);
/* Unlocks while it calls. The session may be gone afterwards. */
void sim_run_down(struct etw_sim *sim, uint64_t session, const struct etw_guid *provider,
                  enum etw_sim_rundown why);

/* The flag of EnableFlags that lets this class of the kernel out; 0: it is none of these. */
uint32_t sim_kernel_flag(const struct etw_guid *provider);
/* ETW_OK: it lies in a buffer, or its filters do not let it pass (*taken false). */
uint32_t sim_store(struct etw_sim *sim, struct sim_session *s, unsigned cpu,
                   const struct etw_record *r, bool *taken);
/* To all sessions; the worst code. */
uint32_t sim_store_all(struct etw_sim *sim, unsigned cpu, const struct etw_record *r,
                       size_t *taken);
void sim_flush_cpu(struct etw_sim *sim, struct sim_session *s, unsigned cpu);
void sim_flush(struct etw_sim *sim, struct sim_session *s);
bool sim_buffers_reserve(struct sim_session *s); /* buffers_min of them; false: no memory */
void sim_buffers_free(struct sim_session *s);
void sim_push(struct sim_buffers *list, struct sim_buffer *b);
struct sim_buffer *sim_pop(struct sim_buffers *list); /* NULL: empty */
void sim_release(struct sim_session *s, struct sim_buffer *b);
void sim_lose(struct sim_session *s, struct sim_buffer *b);
/* Without the mutex: the record at its place, and the place moves on. False: no more. */
bool sim_buffer_next(struct sim_buffer *b, struct etw_record *out);
bool sim_buffer_peek(const struct sim_buffer *b, uint64_t *time_ft);

/* The calls; ctx is a struct sim_client. */
extern const struct etw_api sim_session_calls; /* start to enabled */
extern const struct etw_api sim_trace_calls;   /* open, process, close */
size_t sim_open_handles(const struct etw_sim *sim);
void sim_close_traces(struct etw_sim *sim, const struct sim_client *client);
