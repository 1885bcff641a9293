/*
 * listeners - who listens on this PC: all four tables, and the ports of the remote desktop.
 */
#pragma once

#include "posture/posture_api.h"

struct listeners {
    bool known[POSTURE_TABLE_COUNT]; /* read, and whole */
    uint32_t code[POSTURE_TABLE_COUNT];
    uint32_t rdp_code;
    uint32_t rdp_count; /* 0 and no code: no remote desktop is set up */
    uint16_t rdp_ports[POSTURE_RDP_PORT_MAX];
    uint32_t missing; /* beyond the limit of their tables */
    uint32_t count;
    struct posture_listener items[];
};
/* A failed call is an answer, in its code. ERR_NOMEM. */
MUST_CHECK enum err listeners_take(const struct posture_api *api, struct listeners **out);
void listeners_free(struct listeners *l); /* NULL is fine */
