/*
 * status - what the code of a refused logon means for counting: NTSTATUS of 4625, 4776, 551, the
 * Kerberos errors of 4771 and 4768, and the security-layer codes of 139.
 *
 * A code that no table knows is WEIGHT_WEAK: it counts, but not toward logon.distributed.
 */
#pragma once

#include "core/attempt.h"

struct status_meaning {
    uint32_t code;
    enum attempt_outcome outcome; /* FAILURE, or REFUSED when the password was right */
    enum attempt_weight weight;
};

/* The code that says why: sub_status, or status where sub_status is 0. */
uint32_t status_effective(uint32_t status, uint32_t sub_status);

/* No reason, or one that stands for several: another witness may know better. */
bool status_is_vague(uint32_t code);

/* 0 (no code given) is a full failure. */
struct status_meaning status_nt(uint32_t code);
struct status_meaning status_kerberos(uint32_t code);
/* Most codes of 139 are broken handshakes: the client reached the service and was dropped before
 * any password was judged (ATTEMPT_CONNECT). */
struct status_meaning status_rdp(uint32_t code);
