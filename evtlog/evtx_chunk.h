/*
 * evtx_chunk - the outer layers of a log: file header, chunk headers, record headers, checksums.
 *
 * Layouts: libyal/libevtx documentation. Everything here looks at foreign bytes and never beyond
 * the length given.
 */
#pragma once

#include "evtlog/evtx.h"

#define FILE_HEAD_LEN 128
#define FILE_BLOCK_LEN 4096 /* the first chunk begins here */
#define CHUNK_HEAD_LEN 512

/* CRC-32 (IEEE 802.3), sixteen tables. */
struct crc32 {
    uint32_t table[16][256];
};
void crc32_init(struct crc32 *c);
/* Of a followed by b; either may be empty. */
uint32_t crc32_of(const struct crc32 *c, const uint8_t *a, size_t a_len, const uint8_t *b,
                  size_t b_len);

struct file_head {
    bool magic_ok;
    bool sound; /* magic and checksum */
    bool dirty;
};
void file_head_read(const struct crc32 *c, const uint8_t *data, size_t len, struct file_head *out);

struct chunk_head {
    bool magic_ok;
    bool sound;      /* the header's own checksum */
    bool records_ok; /* the records' checksum: fill_end is to be trusted */
    uint64_t first_id, last_id;
    size_t fill_end; /* behind the last record; the chunk's length when it cannot be trusted */
};
void chunk_head_read(const struct crc32 *c, const uint8_t *data, size_t len,
                     struct chunk_head *out);
/* Offset in [from, len) of the next chunk header with a right checksum; len when there is none. */
size_t chunk_head_find(const struct crc32 *c, const uint8_t *data, size_t from, size_t len);

struct record_head {
    size_t len;
    uint64_t id;
    bool tail_ok; /* the length is repeated at the end */
};
/* False when no record of a length that fits begins at `at`. */
bool record_head_read(const uint8_t *data, size_t len, size_t at, struct record_head *out);
/* Offset in [from, len) of the next record magic; len when there is none. */
size_t record_head_find(const uint8_t *data, size_t from, size_t len);

bool bytes_are_zero(const uint8_t *data, size_t len);
