/*
 * evtx_record - one record's binary XML to an item: System, then what the mapping wants of
 * EventData or UserData.
 *
 * Memory:  everything is allocated at create; the views of an item live until the next record.
 * Limits:  RECORD_FRAGMENTS_MAX fragments inside a record, RECORD_VALUES_MAX values of a template
 *          that can be used.
 */
#pragma once

#include "evtlog/evtx.h"

#define RECORD_HEAD_LEN 24 /* magic, size, id, time */
#define RECORD_TAIL_LEN 4  /* the size again */
#define RECORD_LEN_MIN (RECORD_HEAD_LEN + RECORD_TAIL_LEN)
#define RECORD_FRAGMENTS_MAX 8
#define RECORD_VALUES_MAX 512
#define RECORD_READER_MEMORY_MAX (12u * 1024 * 1024)

struct record_reader;
MUST_CHECK enum err record_reader_create(struct record_reader **out);
void record_reader_destroy(struct record_reader *r);
void record_reader_next_chunk(struct record_reader *r);
/* The next records count their offsets from another byte of the same chunk. */
void record_reader_other_base(struct record_reader *r);

struct record_input {
    const uint8_t *chunk; /* names and templates count from here */
    size_t chunk_len;
    size_t at, len; /* of the whole record */
    /* A torn record's end belongs to another. It is believed when its System says this id and this
     * host, and then it has this channel and no data. */
    bool torn;
    uint64_t id;
    struct sv host, channel;
};
/* Fills kind, provider … event; offset and recovered are the caller's. ERR_NOMEM; any other error:
 * the record is damaged. */
MUST_CHECK enum err record_read(struct record_reader *r, const struct record_input *in,
                                struct evtx_item *out);
