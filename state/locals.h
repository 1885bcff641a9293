/*
 * locals - what is known of each computer itself: its addresses, the ports it listens on, its
 * drives. Learned from events; bounded for each computer.
 *
 * Threads: the detect thread only. Memory: one block for each computer that has told something.
 */
#pragma once

#include "core/config.h"
#include "state/nt_path.h"

#define LOCAL_ADDRS_MAX 64u /* of one computer; the one learned first is forgotten first */
#define LOCAL_PORTS_MAX 32u

struct local {
    size_t addr_count, addr_next;
    size_t port_count, port_next;
    struct addr addr[LOCAL_ADDRS_MAX];
    uint16_t port[LOCAL_PORTS_MAX];
    struct nt_drives drives;
};

struct locals;
/* Borrows cfg: its host.addresses are every computer's own. */
MUST_CHECK enum err locals_create(const struct config *cfg, struct locals **out);
void locals_destroy(struct locals *l);
/* Of a computer by its id; ERR_NOMEM only. Id 0 (the table was full) shares one block. */
MUST_CHECK enum err locals_get(struct locals *l, uint32_t host_id, struct local **out);

void local_learn_addr(struct local *local, const struct addr *a);
void local_learn_port(struct local *local, uint16_t port);
bool local_has_port(const struct local *local, uint16_t port);
/* The computer's own: learned, configured, or loopback. */
bool locals_own_addr(const struct locals *l, const struct local *local, const struct addr *a);
