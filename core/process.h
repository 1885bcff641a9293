/*
 * process - one process of a computer, joined from all records that told of it.
 *
 * Key:     (host, pid, started_ft); a pid alone is used again within minutes.
 * Memory:  texts are borrowed for the call that hands the process over.
 */
#pragma once

#include "core/addr.h"
#include "core/sv.h"

/* Which kinds of records told of it. */
enum process_witness {
    PROCESS_BY_START = 1,   /* ETW told its start */
    PROCESS_BY_AUDIT = 2,   /* Security 4688 told its start */
    PROCESS_BY_RUNDOWN = 4, /* it ran when a trace began or ended */
    PROCESS_BY_STOP = 8     /* its end was told */
};

/* How surely a process belongs to a logon from elsewhere (state/ties.h). */
enum process_tie { TIE_NONE, TIE_WEAK, TIE_STRONG, TIE_EXACT };

#define PROCESS_ACCOUNT_MAX 80
struct process_origin {
    enum process_tie tie;
    uint64_t logon_ft; /* when the logon was told */
    struct addr src;
    uint8_t account_len;
    char account[PROCESS_ACCOUNT_MAX]; /* as the logon's record spelt it */
};

struct process {
    struct sv host;
    uint32_t pid;
    uint64_t started_ft; /* when it was created; 0 = not known */
    uint64_t ended_ft;   /* 0 = was not seen to end */
    uint64_t first_seen_ft, last_seen_ft;
    struct sv image; /* a path a person can open, or a bare name */
    struct sv command_line;
    uint32_t parent_pid;        /* 0 = not known */
    uint64_t parent_started_ft; /* 0 = not known */
    struct sv parent_image;
    bool has_session, has_exit_status;
    uint32_t session_id;
    uint32_t exit_status;
    struct sv account, domain, sid;      /* it ran as */
    struct sv integrity;                 /* S-1-16-… */
    uint64_t sequence;                   /* ProcessSequenceNumber; 0 = not known */
    uint32_t witnesses;                  /* of enum process_witness */
    uint64_t logon_id;                   /* logon session of its token (LUID); 0 = not known */
    const struct process_origin *origin; /* NULL: of no logon from elsewhere that is known */
};
