/*
 * processes - the processes of all computers, each joined from all records that tell of it.
 *
 * Key:     (host, pid, start). A start that a record gives exactly (CreateTime) is the key; one
 *          that is only the time of a record (4688, the NT kernel's Process) is taken until the
 *          exact one is known. Records of one kind are always two processes, those of different
 *          kinds one when they tell of the same pid within PROCESS_JOIN_SPAN.
 * A pid that starts again proves that its last process ended: ended_ft stays 0, it is told of.
 * Memory:  config limits.processes, and PROCESS_TEXT_MAX bytes of texts; beyond either the ones
 *          that ended first go, then those not heard of for longest (METRIC_PROCESSES_FULL).
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"
#include "core/process.h"

#define PROCESS_JOIN_SPAN (2 * TM_SEC)
#define PROCESS_GRACE (10 * TM_SEC) /* after its end: further records may join */
#define PROCESS_TEXT_MAX (16u * 1024 * 1024)
/* Early: so long after its start the records that join have come. */
#define PROCESS_EARLY (3 * TM_SEC / 2)

/* Texts of a process, in the order of struct entry. */
enum process_text {
    PROCESS_IMAGE,
    PROCESS_COMMAND_LINE,
    PROCESS_PARENT_IMAGE,
    PROCESS_ACCOUNT,
    PROCESS_DOMAIN,
    PROCESS_SID,
    PROCESS_INTEGRITY,
    PROCESS_TEXTS
};

/* One kind of record each: two of one kind are two processes. */
enum process_source {
    SOURCE_KERNEL = 1,  /* Kernel-Process 1 */
    SOURCE_CLASSIC = 2, /* NT kernel Process 1 */
    SOURCE_AUDIT = 4    /* Security 4688 */
};

/* What one record says. */
struct process_facts {
    uint32_t host_id, pid, parent_pid;
    uint64_t time_ft;
    uint64_t started_ft; /* exact; 0 = not said */
    uint64_t sequence, parent_sequence;
    uint64_t logon_id; /* 0 = not said */
    bool has_session, has_exit_status;
    uint32_t session_id, exit_status;
    enum process_source source; /* of a start */
    struct sv text[PROCESS_TEXTS];
};

typedef enum err (*processes_fn)(void *ctx, uint32_t host_id, const struct process *p);

struct processes_opts {
    size_t max_count;
    processes_fn fn; /* told of each process when it leaves; host is for the receiver to fill */
    void *ctx;
};
struct processes;
MUST_CHECK enum err processes_create(const struct processes_opts *opts, struct processes **out);
void processes_destroy(struct processes *t);

MUST_CHECK enum err processes_start(struct processes *t, const struct process_facts *f);
MUST_CHECK enum err processes_rundown(struct processes *t, const struct process_facts *f);
MUST_CHECK enum err processes_stop(struct processes *t, const struct process_facts *f);
/* A file is mapped into a process: its program, when the process has only that name. */
MUST_CHECK enum err processes_image(struct processes *t, const struct process_facts *f);

/* The process of a pid at a time; NULL when it is not known. Views until the next change. */
const struct process *processes_at(struct processes *t, uint32_t host_id, uint32_t pid,
                                   uint64_t time_ft);
/* Keeps whose it is; p as processes_at() and processes_each() give it. ERR_NOMEM. */
MUST_CHECK enum err processes_tie(struct processes *t, uint32_t host_id, const struct process *p,
                                  const struct process_origin *origin);
/* All of one computer, in no order of their own; fn may tie them. */
MUST_CHECK enum err processes_each(struct processes *t, uint32_t host_id, processes_fn fn,
                                   void *ctx);
/* From now on each process is told of PROCESS_EARLY after its start as well, and after what is
 * learned of it later: whoever asks while it runs finds it. */
void processes_tell_early(struct processes *t);
/* Tells of those whose end is PROCESS_GRACE ago. */
MUST_CHECK enum err processes_release(struct processes *t, uint64_t now_ft);
/* Tells of all. */
MUST_CHECK enum err processes_flush(struct processes *t);
