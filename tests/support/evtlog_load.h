/*
 * evtlog_load - the records of a .evtx file, value by value with their types, into the simulated
 * Event Log: what a subscription gives can then be compared with what the file gives.
 */
#pragma once

#include "core/sv.h"

struct evtlog_load {
    const uint8_t *data; /* of the file */
    size_t len;
    const char *to; /* the simulator's log file */
    struct sv log;  /* the log they are stored in; empty: each record's channel */
};

/* Returns how many records were stored. */
size_t evtlog_load(const struct evtlog_load *l);
