/*
 * exposure - can the internet reach a port of this PC, through one address of one adapter?
 *
 * A verdict over plain facts: who listens, what the firewall lets in at that adapter, and which
 * connections from internet sources were accepted. What was seen beats what follows: an accepted
 * connection is reached, whatever the address, for a router may forward to a private one. FILTERED
 * is only said where something that is known stops it; all else that is not known is UNKNOWN, with
 * the first reason for it.
 */
#pragma once

#include "posture/adapter.h"

enum exposure_verdict {
    EXPOSURE_UNKNOWN,   /* never shown as safe */
    EXPOSURE_REACHED,   /* an internet source was accepted */
    EXPOSURE_OPEN_HERE, /* global address, a listener, and the firewall lets it in */
    EXPOSURE_FILTERED,  /* a known reason stops it here */
};

/* In the order in which they are looked for. */
enum exposure_reason {
    EXPOSURE_ACCEPT_SEEN,       /* reached */
    EXPOSURE_ADAPTER_DOWN,      /* filtered */
    EXPOSURE_NOT_ROUTABLE,      /* filtered: loopback, link-local: no router passes it on */
    EXPOSURE_NO_LISTENER,       /* filtered */
    EXPOSURE_FIREWALL_BLOCKS,   /* filtered */
    EXPOSURE_FIREWALL_LOCAL,    /* filtered: only its subnet is let in to a global address */
    EXPOSURE_LISTENERS_UNKNOWN, /* unknown */
    EXPOSURE_DUAL_STACK,        /* unknown: only [::] listens; it may take IPv4, too */
    EXPOSURE_FIREWALL_UNKNOWN,  /* unknown */
    EXPOSURE_FIREWALL_SOME,     /* unknown: some remote addresses are let in */
    EXPOSURE_BEHIND_ROUTER,     /* unknown: private; whether the router forwards is not seen here */
    EXPOSURE_BEHIND_CARRIER,    /* unknown: CGNAT; the carrier's other customers may reach it */
    EXPOSURE_ADDRESS_SPECIAL,   /* unknown: documentation, benchmarking, reserved ... */
    EXPOSURE_LISTENING_ALLOWED, /* open_here */
    EXPOSURE_REASON_COUNT
};
const char *exposure_verdict_name(enum exposure_verdict verdict); /* "reached", "open_here" ... */
const char *exposure_reason_name(enum exposure_reason reason);    /* "no_listener" ... */

enum exposure_firewall { EXPOSURE_FW_UNKNOWN, EXPOSURE_FW_ALLOWS, EXPOSURE_FW_BLOCKS };
/* Remote addresses that a rule lets in. */
enum exposure_remote {
    EXPOSURE_FROM_UNKNOWN,
    EXPOSURE_FROM_ANY,
    EXPOSURE_FROM_LOCAL_SUBNET,
    EXPOSURE_FROM_SOME, /* a list, a range */
};

#define EXPOSURE_TCP 6u /* IP protocol numbers */
#define EXPOSURE_UDP 17u

struct exposure_port {
    uint8_t protocol;
    uint16_t port;
};

/* What the firewall does at that adapter, in the profile of its network, with that port. */
struct exposure_gate {
    enum exposure_firewall firewall;
    enum exposure_remote remote; /* where it allows */
};

/* A connection from an internet source that was accepted; the caller knows what such a source is.
 * A local address that is not set stands for any of the PC. */
struct exposure_accept {
    struct addr local;
    struct exposure_port at;
};

struct exposure_facts {
    const struct adapter *adapter;
    const struct posture_address *address; /* one of its addresses */
    struct exposure_port at;
    const struct posture_listener *listeners; /* of all tables that could be read */
    size_t listener_count;
    bool table_known[POSTURE_TABLE_COUNT]; /* false: it could not be read, or was cut */
    struct exposure_gate gate;
    const struct exposure_accept *accepts;
    size_t accept_count;
};

struct exposure {
    enum exposure_verdict verdict;
    enum exposure_reason reason;
    uint32_t pid; /* of the listener; 0: none, or not known */
};
void exposure_judge(const struct exposure_facts *f, struct exposure *out);

/* The ports that are watched: each of the remote desktop's, TCP and UDP, then SMB, NetBIOS, WinRM,
 * SSH, RPC, VNC, SQL Server; UDP of QUIC (SMB over QUIC) and of the RD Gateway. No port twice.
 * rdp_count 0: 3389 is taken for it. At most cap; returns how many there are. */
#define EXPOSURE_PORTS_MAX (11u + 2u * POSTURE_RDP_PORT_MAX)
size_t exposure_ports(const uint16_t *rdp, size_t rdp_count, struct exposure_port *out, size_t cap);
