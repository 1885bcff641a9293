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
    ETW_OP_SKIP,      /* arg bytes */
    ETW_OP_SKIP_PTR,  /* arg pointers */
    ETW_OP_SKIP_WSTR, /* UTF-16, ended by NUL */
    ETW_OP_U16,       /* into a number */
    ETW_OP_U32,       /* status codes: 0 counts */
    ETW_OP_U32_NOT_0, /* 0 says that there is none */
    ETW_OP_SESSION,   /* 0 is one; 0xFFFFFFFF is none */
    ETW_OP_U64_NOT_0, /* sequence numbers, FILETIME */
    ETW_OP_FLOW_V4,   /* process u32, size u32; big endian: remote and local address, their ports */
    ETW_OP_FLOW_V6,   /* the same */
    ETW_OP_SOCKADDR,  /* length u32, then so many bytes: the address and its port */
    ETW_OP_WSTR,      /* UTF-16, ended by NUL */
    ETW_OP_ASTR,      /* 8 bits, ended by NUL */
    ETW_OP_SID,       /* as long as its parts are many */
    ETW_OP_GUID,      /* as text, "{…}" */
    ETW_OP_CWSTR,     /* how many units u16, then so many of UTF-16 */
    ETW_OP_TOKEN_USER, /* two pointers and the SID they speak of; u32 0 alone: no SID */
};

struct etw_step {
    uint8_t op;      /* enum etw_op */
    uint8_t arg;     /* of skips their size, else enum event_field */
    uint16_t offset; /* of that field in struct event */
};

struct etw_def {
    uint16_t id;
    uint8_t version;
    uint8_t kind;       /* enum event_kind */
    uint8_t count;      /* of steps */
    bool pid_of_header; /* the process meant is the one that logged */
    bool may_be_group;  /* the address it was sent to may be many computers' */
    const struct etw_step *steps;
    struct sv transport, action; /* absent: not set */
    const char *proof, *channel; /* as struct etw_row_info */
};

/* Rows by id, those of one id together by version, without gaps between versions. */
struct etw_def_set {
    struct etw_guid guid;
    const struct etw_def *defs;
    size_t count;
};
#define ETW_SET_COUNT 9
extern const struct etw_def_set etw_def_sets[ETW_SET_COUNT];
