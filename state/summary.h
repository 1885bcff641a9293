/*
 * summary - what the witnesses of one attempt say together.
 *
 * Each fact is taken from the most trusted witness that knows it. Confidence is at most:
 *   100 when the record of the logon itself states source and service;
 *   that of the join (merger.c: 95, 90, 80, 60) for a source that another witness gave;
 *   70 or 50 for a service taken from the shape of a 4625 or 4624 alone (service.c);
 *   50 for a tunnel concluded from a wrong NTLM password sent by the PC to itself (witness.c).
 */
#pragma once

#include "core/attempt.h"
#include "core/config.h"
#include "core/intern.h"
#include "state/merger.h"

struct summary_tables {
    const struct config *cfg;
    const struct intern *hosts;
    const struct intern *channels;
};

enum summary_verdict {
    SUMMARY_NOTHING,  /* a client was named, nothing is known to have come of it: no attempt */
    SUMMARY_ATTEMPT,  /* *out is complete but for account_id */
    SUMMARY_UNPROVEN, /* likewise; 1149 alone: a success if NLA is on here, else a connection */
};

/* *out borrows the texts of the group's witnesses. An unproven one is made as ATTEMPT_CONNECT;
 * summary_prove() makes it the success. */
enum summary_verdict summary_make(const struct summary_tables *tables,
                                  const struct merger_group *group, struct attempt *out);
void summary_prove(struct attempt *a);
