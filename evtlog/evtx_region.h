/*
 * evtx_region - the records of one chunk, or of what is left of one.
 *
 * A sound chunk is walked from record to record up to its fill mark. In a damaged one the walk
 * goes on as far as records follow on one another; behind the break they are searched for by
 * their magic. What lies behind the fill mark of a chunk is not given: it is left from an
 * earlier use, often a copy of records that stand elsewhere. The exception is a record that
 * continues the ids: a log that was copied while it was written has records its header does not
 * know yet.
 */
#pragma once

#include "evtlog/evtx_record.h"

#define REGION_IDS_MAX (EVTX_CHUNK_LEN / RECORD_LEN_MIN + 1)
#define ID_RANGES_MAX 64 /* of sound chunks; beyond that copies are no longer told */
#define REGION_NAME_MAX 512

/* Record ids that were given from sound chunks. */
struct id_ranges {
    size_t count;
    struct {
        uint64_t first, last;
    } range[ID_RANGES_MAX];
};
void id_ranges_add(struct id_ranges *r, uint64_t first, uint64_t last);
bool id_ranges_have(const struct id_ranges *r, uint64_t id);

/* What outlives a region. */
struct region_env {
    struct record_reader *reader;
    struct evtx_stats *stats;
    struct id_ranges ranges;
    size_t host_len, channel_len; /* of the last sound record */
    char host[REGION_NAME_MAX];
    char channel[REGION_NAME_MAX];
};

enum region_phase { REGION_WALK, REGION_SEARCH, REGION_DONE };

struct region {
    const uint8_t *base; /* where the chunk begins, or would begin */
    uint64_t base_offset;
    size_t end;         /* of the bytes that belong to it, from base */
    const uint8_t *alt; /* where it would begin seen from the next chunk, or NULL: bytes in the
                         * middle are missing */
    bool damaged;
    bool ids_known; /* first_id, last_id are to be trusted */
    uint64_t first_id, last_id;
    size_t fill_end;
    uint64_t met; /* records where the chunk says they are, sound or not */
    enum region_phase phase;
    size_t pos;
    size_t damage_count;
    size_t given_count;
    uint64_t given[REGION_IDS_MAX];
};

/* The next record, or a damage. ERR_END, ERR_NOMEM. */
MUST_CHECK enum err region_next(struct region *g, struct region_env *env, struct evtx_item *out);
