/*
 * etl_header - the log file header record: what it says of the trace, and its clock.
 */
#pragma once

#include "etw/etl.h"

/* From a record's time stamp to FILETIME. */
struct etl_clock {
    enum { ETL_CLOCK_NONE, ETL_CLOCK_TICKS, ETL_CLOCK_SYSTEM } kind;
    uint64_t zero_stamp; /* of the header record, which stands for zero_ft */
    uint64_t zero_ft;
    uint64_t frequency; /* ticks a second */
};

/* Payload of a log file header record. False: it is none. */
bool etl_header_read(const uint8_t *payload, size_t len, uint64_t stamp, struct etl_info *info,
                     struct etl_clock *clock);
/* 0 = not to be told. */
uint64_t etl_clock_ft(const struct etl_clock *clock, uint64_t stamp);
/* NUL-terminated UTF-16 as UTF-8, cut at ETL_NAME_MAX. *used: bytes with the NUL; the rest of the
 * payload when there is none. */
void etl_name(const uint8_t *at, size_t len, char out[ETL_NAME_MAX], size_t *used);
