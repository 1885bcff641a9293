/*
 * etl_record - the header forms of a trace's records, brought to one struct etw_record.
 */
#pragma once

#include "etw/record.h"

enum etl_record_kind {
    ETL_RECORD_GIVEN,
    ETL_RECORD_SKIPPED, /* of a form that is stepped over */
    ETL_RECORD_TAIL,    /* the unused rest of the buffer */
    ETL_RECORD_UNSOUND
};

struct etl_record {
    enum etl_record_kind kind;
    uint8_t group;   /* GIVEN: of the kernel's; ETL_GROUP_NONE for others */
    size_t len;      /* bytes, without padding; UNSOUND: 0 = the next one cannot be found */
    uint64_t stamp;  /* GIVEN: in the trace's clock */
    const char *why; /* SKIPPED, UNSOUND */
};

#define ETL_GROUP_NONE 0xFFu
#define ETL_RECORD_ALIGN 8u
#define ETL_RECORD_HEAD_MIN 8u
#define ETL_RECORD_MAX 65535u /* the size field is 16 bits wide */

/* Bytes that the record at `at` claims, from its first 8 bytes; 0 = no sound record begins here. */
size_t etl_record_len(const uint8_t *at);
/* at[left]: from the record to the end of its buffer's data. GIVEN: *rec is filled, but for its
 * time. */
void etl_record_read(const uint8_t *at, size_t left, struct etl_record *out,
                     struct etw_record *rec);
