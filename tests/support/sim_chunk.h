/*
 * sim_chunk - one chunk of an event log file: records as binary XML, with the strings and templates
 * of the chunk told once and named by their offsets from then on.
 */
#pragma once

#include "sim_evtx.h"

#define SIM_CHUNK_LEN 65536u
#define SIM_CHUNK_DATA 512u /* where records begin */
#define SIM_NAMES_MAX 256u
#define SIM_TEMPLATES_MAX 16u

struct sim_known {
    const void *key; /* schema of a template */
    char name[64];   /* text of a string */
    uint32_t offset;
};

struct sim_chunk {
    uint8_t data[SIM_CHUNK_LEN];
    uint32_t at; /* next free byte */
    uint32_t last_record;
    const char *computer; /* of all records; borrowed */
    struct sim_known strings[SIM_NAMES_MAX];
    size_t string_count;
    struct sim_known outer[SIM_TEMPLATES_MAX], inner[SIM_TEMPLATES_MAX]; /* by schema */
    size_t outer_count, inner_count;
};

struct sim_stamp {
    uint64_t id, time_ft;
};

void sim_chunk_clear(struct sim_chunk *c); /* the computer stays */
int sim_chunk_has_room(const struct sim_chunk *c, const struct sim_schema *schema,
                       const struct sim_value *values);
void sim_chunk_record(struct sim_chunk *c, const struct sim_schema *schema,
                      const struct sim_stamp *stamp, const struct sim_value *values);

void sim_chunk_int(uint8_t *to, uint64_t value, size_t len); /* little endian */
