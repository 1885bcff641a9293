/*
 * flow - the connection that a record of network data belongs to, told without decoding it.
 *
 * A download is a hundred thousand records of the same two ends. Whoever tells only the first of
 * them needs no more than this of the others.
 * Source of the layout: etw/decode_rows.c; daddr, saddr, dport and sport stand together in all of
 *          these records.
 */
#pragma once

#include "etw/record.h"

/* Equal for records of one process and connection, whichever way the data went. Fully
 * initialised: compare it as bytes. */
struct etw_flow {
    uint32_t pid;
    uint32_t transport; /* 6 TCP, 17 UDP */
    uint64_t ends[5];   /* as in the payload, zeros behind them */
};

/* False: this is no record of network data, or it is cut short, or of another version: it must be
 * decoded to know what it says. */
bool etw_flow_of(const struct etw_record *rec, struct etw_flow *out);
