/*
 * witness - what one event says about an attempt to log on.
 *
 * Most events are no witness. These are, although they look like it, not:
 *   4624 of a local type (2, 4, 5, 7, 11 ...), or of an account that is none (anonymous, SYSTEM,
 *   services, window manager, Guest); 4768 and 4776 with status 0 (a password was checked, nobody
 *   logged on); 131 over UDP (the side channel of a connection that is already there); 261 (no
 *   address); 21 and 25 without a remote address (the console); connections to ports of no service
 *   that people log on to; SMBServer 550 (551 and 552 name its session), and 551 and 552 of a
 *   connection whose client nobody named.
 */
#pragma once

#include "core/attempt.h"
#include "core/event.h"

/* One per (provider, event id), in the order of trust: what the first one says about account,
 * source and status is taken before the next. 4625 is three, which exclude each other, because
 * the logon type decides what else may have seen the same attempt. */
enum witness_type {
    WITNESS_SUCCESS,           /* 4624 of a remote type */
    WITNESS_FAILURE,           /* 4625 */
    WITNESS_FAILURE_RDP,       /* 4625 of type 10: refused in the session, after the connection */
    WITNESS_FAILURE_LOCAL,     /* 4625 at the console, of a service or task */
    WITNESS_SESSION_LOGON,     /* LSM 21 */
    WITNESS_SESSION_RECONNECT, /* LSM 25 */
    WITNESS_KERBEROS_PREAUTH,  /* 4771 */
    WITNESS_KERBEROS_TICKET,   /* 4768, failed */
    WITNESS_SMB_FAILURE,       /* 551 */
    WITNESS_RDP_AUTH,          /* 1149 */
    WITNESS_RDP_FAILURE,       /* 140 */
    WITNESS_RDP_DROP,          /* 139 */
    WITNESS_NTLM_CHECK,        /* 4776, failed: knows neither source nor service */
    WITNESS_RDP_CONNECT,       /* 131 */
    WITNESS_SMB_ANONYMOUS,     /* 1009 */
    WITNESS_RECONNECT,         /* 4778 */
    WITNESS_NTLM_SERVER,       /* 4022 */
    WITNESS_NTLM_SERVER_WARN,  /* 4023 */
    WITNESS_SHARE,             /* 5140 */
    WITNESS_TYPE_COUNT,
    /* Who came in, and nothing of any password: state/arrivals.h. */
    WITNESS_ACCEPT_TCPIP = WITNESS_TYPE_COUNT, /* TCPIP 1017 */
    WITNESS_ACCEPT_NETWORK,                    /* Kernel-Network 15, 31 */
    WITNESS_ACCEPT_KERNEL,                     /* NT kernel TcpIp 15, 31 */
    WITNESS_SMB_CONNECTION,                    /* SMBServer 500 */
    WITNESS_SMB_SESSION,                       /* SMBServer 552 */
    WITNESS_ALL_COUNT
};
#define WITNESS_BIT(type) (UINT32_C(1) << (type))
_Static_assert(WITNESS_TYPE_COUNT <= 32, "sets of types are one uint32_t");

/* The types that may have seen the same attempt as this one. Symmetric. */
uint32_t witness_mates(enum witness_type type);
/* Adds to an attempt that is waiting, never starts one (4778, 5140). */
bool witness_only_joins(enum witness_type type);

enum witness_says {
    SAYS_NOTHING,    /* names a client, judges nothing (4022) */
    SAYS_CONNECT,    /* reached the service */
    SAYS_FAILURE,    /* see weight */
    SAYS_REFUSED,    /* right password, refused all the same */
    SAYS_AUTHORIZED, /* 1149: a success where NLA is known to be on */
    SAYS_SUCCESS
};

#define WITNESS_ACCOUNT_MAX 80 /* longer texts are cut and counted */
#define WITNESS_DOMAIN_MAX 48
#define WITNESS_WORKSTATION_MAX 24

struct witness {
    uint64_t time_ft;
    uint64_t record_id;
    uint64_t logon_id;
    /* 64 keyed bits stand for the account key: the user part, and all of it. 0 = no account. */
    uint64_t user_hash;
    uint64_t account_hash;
    struct addr src;
    uint32_t host_id;
    uint32_t channel_id;
    uint32_t event_id;
    uint32_t logon_type;
    uint32_t status;
    uint16_t src_port;
    uint8_t type;    /* enum witness_type */
    uint8_t says;    /* enum witness_says */
    uint8_t weight;  /* enum attempt_weight */
    uint8_t service; /* enum logon_service it is evidence of */
    uint8_t service_confidence;
    uint8_t tunnel_confidence; /* that a source which is the PC itself means a tunnel; 0 = local */
    bool has_domain;
    bool src_is_own; /* the connection came from the computer itself */
    bool sourceless; /* a 4625 as Remote Desktop with NLA writes it, without an address */
    uint8_t account_len, domain_len, workstation_len;
    char account[WITNESS_ACCOUNT_MAX];
    char domain[WITNESS_DOMAIN_MAX];
    char workstation[WITNESS_WORKSTATION_MAX];
};

/* False when the event is no witness. host_id and channel_id are left to the caller. */
bool witness_from_event(const struct event *ev, struct witness *out);

/* Both name an account, and it may be the same: user parts equal, and domains where both have
 * one. */
bool witness_same_account(const struct witness *a, const struct witness *b);
