/*
 * decode_row - the form of the decoder's table, and its rows.
 *
 * A layout is the payload's fields in order. The versions of an event mostly append, so several
 * rows share one layout and differ in how much of it they have.
 */
#pragma once

#include "core/event.h"
#include "etw/record.h"

/* How the next bytes of the payload are read. */
enum etw_op {
    ETW_OP_SKIP,       /* arg bytes */
    ETW_OP_SKIP_PTR,   /* arg pointers */
    ETW_OP_SKIP_WSTR,  /* UTF-16, ended by NUL */
    ETW_OP_U16,        /* into a number */
    ETW_OP_U32,        /* status codes: 0 counts */
    ETW_OP_U32_NOT_0,  /* 0 says that there is none */
    ETW_OP_SESSION,    /* 0 is one; 0xFFFFFFFF is none */
    ETW_OP_U64_NOT_0,  /* sequence numbers, FILETIME */
    ETW_OP_V4,         /* 4 bytes as they go over the wire */
    ETW_OP_V6,         /* 16 bytes of the same */
    ETW_OP_PORT,       /* big endian */
    ETW_OP_SOCKADDR,   /* length u32, then so many bytes: the address and its port */
    ETW_OP_WSTR,       /* UTF-16, ended by NUL */
    ETW_OP_ASTR,       /* 8 bits, ended by NUL */
    ETW_OP_SID,        /* as long as its parts are many */
    ETW_OP_TOKEN_USER, /* two pointers and the SID they speak of; u32 0 alone: no SID */
};

struct etw_step {
    uint8_t op;  /* enum etw_op */
    uint8_t arg; /* of skips their size, else enum event_field */
};

enum etw_transport { ETW_TRANSPORT_NONE, ETW_TRANSPORT_TCP, ETW_TRANSPORT_UDP };
enum etw_action {
    ETW_ACTION_NONE,
    ETW_ACTION_SENT,
    ETW_ACTION_RECEIVED,
    ETW_ACTION_RETRANSMITTED,
    ETW_ACTION_RECONNECTED,
    ETW_ACTION_COPIED,
    ETW_ACTION_FAILED
};

struct etw_def {
    uint16_t id;
    uint8_t version;
    uint8_t kind; /* enum event_kind */
    uint8_t transport;
    uint8_t action;
    bool pid_of_header; /* the process meant is the one that logged */
    uint8_t count;      /* of steps */
    const struct etw_step *steps;
    const char *proof; /* as struct etw_row_info */
};

/* Rows by id, those of one id together by version, without gaps between versions. */
struct etw_def_set {
    struct etw_guid guid;
    const struct etw_def *defs;
    size_t count;
};
#define ETW_SET_COUNT 8
extern const struct etw_def_set etw_def_sets[ETW_SET_COUNT];

struct sv etw_transport_text(enum etw_transport t); /* absent for NONE */
struct sv etw_action_text(enum etw_action a);
