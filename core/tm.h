/*
 * tm - time. One unit everywhere: FILETIME ticks, 100 ns since 1601-01-01 UTC, in a uint64_t whose
 * name ends in _ft. 0 means absent. Differences are ticks too.
 */
#pragma once

#include "core/buf.h"

#define TM_US 10ULL
#define TM_MS (1000 * TM_US)
#define TM_SEC (1000 * TM_MS)
#define TM_MIN (60 * TM_SEC)
#define TM_HOUR (60 * TM_MIN)
#define TM_DAY (24 * TM_HOUR)
#define TM_UNIX_EPOCH_FT 116444736000000000ULL
#define TM_MAX_FT 2650467743990000000ULL /* 9999-12-31T23:59:59Z: later stamps are damage */

#define TM_TEXT_MAX 40
/* "2018-08-30T16:49:31.1234567Z": always 7 decimals. Returns the length. */
size_t tm_format(uint64_t t_ft, char out[TM_TEXT_MAX]);
/* Local wall time for people: "2018-08-30 18:49:31+02:00"; offset in minutes east of UTC. */
size_t tm_format_local(uint64_t t_ft, int offset_min, char out[TM_TEXT_MAX]);
/* ISO 8601 with Z or an offset, 0 to 9 decimals, 'T' or a blank; a bare date is its midnight UTC.
 */
MUST_CHECK enum err tm_parse(struct sv s, uint64_t *out_ft);
/* "90s", "30m", "24h", "7d", "2w" -> ticks. ERR_FORMAT, ERR_RANGE. */
MUST_CHECK enum err tm_parse_span(struct sv s, uint64_t *out_ticks);
struct tm_parts {
    int year, month, day, hour, minute, second, weekday; /* month 1..12, weekday 0 = Sunday */
    uint32_t ticks;                                      /* below one second */
};
void tm_split(uint64_t t_ft, struct tm_parts *out);
