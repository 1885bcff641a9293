/*
 * catalog - names of providers by their GUID: etw_provider_name() of etw/decode.h, and the table
 * for its test.
 */
#pragma once

#include "etw/decode.h"

/* {22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}, written as five numbers. */
#define ETW_BYTE(value, shift) ((uint8_t)((uint64_t)(value) >> (shift)))
/* clang-format off */
#define ETW_GUID(a, b, c, d, e)                                                                    \
    {{ETW_BYTE(a, 0), ETW_BYTE(a, 8), ETW_BYTE(a, 16), ETW_BYTE(a, 24),                            \
      ETW_BYTE(b, 0), ETW_BYTE(b, 8), ETW_BYTE(c, 0), ETW_BYTE(c, 8),                              \
      ETW_BYTE(d, 8), ETW_BYTE(d, 0), ETW_BYTE(e, 40), ETW_BYTE(e, 32),                            \
      ETW_BYTE(e, 24), ETW_BYTE(e, 16), ETW_BYTE(e, 8), ETW_BYTE(e, 0)}}
/* clang-format on */

struct etw_provider {
    struct etw_guid guid;
    const char *name;
};
/* Ordered by the GUIDs as they are written. */
extern const struct etw_provider etw_providers[];
extern const size_t etw_provider_count;
