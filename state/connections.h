/*
 * connections - the open connections of all computers: who opened them, and from which side.
 *
 * Key:     (host, transport, local end, remote end). The same connection told by two providers is
 *          one.
 * Memory:  CONNECTIONS_MAX places, allocated with the first connection; the oldest goes when they
 *          are full (METRIC_CONNECTIONS_FULL).
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"

#define CONNECTIONS_MAX 32768u

struct connection_key {
    struct addr src, dst;
    uint32_t host_id;
    uint16_t src_port, dst_port;
    uint8_t transport; /* its first letter */
    uint8_t pad[3];
};
_Static_assert(sizeof(struct connection_key) == 60, "a key has no hidden padding: it is hashed");

enum connection_origin { CONNECTION_FOUND, CONNECTION_ACCEPTED, CONNECTION_CONNECTED };

struct connection {
    struct connection_key key;
    uint32_t pid; /* 0 = not known */
    enum connection_origin origin;
};

struct connections;
MUST_CHECK enum err connections_create(struct connections **out);
void connections_destroy(struct connections *c);
/* Notes a connection that opened or was found open. ERR_NOMEM only. */
MUST_CHECK enum err connections_open(struct connections *c, const struct connection *conn);
/* NULL when it is not known. Until the next connections_open(). */
const struct connection *connections_find(const struct connections *c,
                                          const struct connection_key *key);
void connections_close(struct connections *c, const struct connection_key *key);
/* The key of a network event; false when it names no two ends. */
bool connection_key_of(const struct event *ev, uint32_t host_id, struct connection_key *out);
