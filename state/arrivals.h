/*
 * arrivals - connections that came in to a service, for as long as attempts to log on wait: they
 * give an attempt the source or the service that its own records lack. They never make one.
 *
 * One arrival is one connection, however many tell of it: TCPIP, Kernel-Network, the NT kernel, and
 * of SMB the server itself. It is taken by one attempt at most. An attempt takes its arrival when
 * it is released, so what came within the hold-back counts in whatever order it came.
 * Keys, strongest first:
 *   address and port     within the hold-back
 *   address              from the hold-back before up to the attempt, when all that could be meant
 *                        are of one service
 *   account              likewise: who the SMB server let in, when all came from one address
 *   time alone           likewise: a 4625 as Remote Desktop writes it without an address; when all
 *                        on the ports of Remote Desktop and WinRM came from one address to one of
 *                        the two
 * One whose address and port an attempt that still waits has belongs to that one.
 * Memory:  ARRIVALS_MAX places, allocated with the first arrival; the oldest goes when they are
 *          full (METRIC_ARRIVALS_FULL).
 * Threads: the detect thread only.
 */
#pragma once

#include "state/pending.h"

#define ARRIVALS_MAX 8192u
#define ARRIVAL_TELLERS ((size_t)(WITNESS_ALL_COUNT - WITNESS_TYPE_COUNT))

struct arrivals;
struct arrivals_opts {
    uint64_t hold_ticks;
    /* True: an attempt that waits has this end. */
    bool (*is_awaited)(void *ctx, uint32_t host_id, const struct addr *src, uint16_t port);
    void *ctx;
};
MUST_CHECK enum err arrivals_create(const struct arrivals_opts *opts, struct arrivals **out);
void arrivals_destroy(struct arrivals *a);
/* None was ever put: there is nothing to take. */
bool arrivals_are_none(const struct arrivals *a);
/* A witness of type WITNESS_TYPE_COUNT or above. ERR_NOMEM only. */
MUST_CHECK enum err arrivals_put(struct arrivals *a, const struct witness *w);

/* What is known of the attempt that is released. */
struct arrival_query {
    uint32_t host_id;
    uint32_t protocols;         /* bit per enum logon_service that is proven */
    struct addr src;            /* not set: not known */
    uint16_t src_port;          /* 0: not known */
    uint64_t user_hash;         /* whose account may be matched; 0 = none */
    bool sourceless;            /* time alone may do */
    uint64_t first_ft, last_ft; /* of its witnesses */
};
/* Takes the arrival of an attempt and tells it as witnesses; returns how many. *key is the weakest
 * that was needed. */
size_t arrivals_take(struct arrivals *a, const struct arrival_query *q, enum pending_key *key,
                     struct witness out[ARRIVAL_TELLERS]);
