/* evtx_chunk - headers and checksums. */
#include "evtlog/evtx_chunk.h"

#include "core/rd.h"
#include "evtlog/evtx_record.h"

#define CRC_POLYNOMIAL 0xEDB88320u
#define FILE_CRC_LEN 120 /* bytes of the header that its checksum is over */
#define FILE_FLAGS_AT 120
#define FILE_CRC_AT 124
#define FILE_FLAG_DIRTY 1u
#define CHUNK_FIRST_ID_AT 24
#define CHUNK_LAST_ID_AT 32
#define CHUNK_FILL_END_AT 48
#define CHUNK_RECORDS_CRC_AT 52
#define CHUNK_HEAD_CRC_AT 124
#define CHUNK_CRC_LEN 120    /* the header's checksum is over [0, 120) … */
#define CHUNK_CRC_RESUME 128 /* … and [128, 512) */
#define MAGIC_LEN 8

static const uint8_t file_magic[MAGIC_LEN] = "ElfFile";
static const uint8_t chunk_magic[MAGIC_LEN] = "ElfChnk";
static const uint8_t record_magic[4] = {'*', '*', 0, 0};

/* -- checksums --------------------------------------------------------------------------------- */

void
crc32_init(struct crc32 *c)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;

        for (int bit = 0; bit < 8; bit++) {
            v = v >> 1 ^ (v & 1 ? CRC_POLYNOMIAL : 0);
        }
        c->table[0][i] = v;
    }
    for (size_t t = 1; t < COUNT(c->table); t++) {
        for (size_t i = 0; i < 256; i++) {
            uint32_t v = c->table[t - 1][i];

            c->table[t][i] = v >> 8 ^ c->table[0][v & 0xFF];
        }
    }
}

/* What the eight bytes of v do to the checksum when `table` is that of the last one. */
static uint32_t
crc32_eight(const uint32_t (*table)[256], uint64_t v)
{
    return table[7][v & 0xFF] ^ table[6][v >> 8 & 0xFF] ^ table[5][v >> 16 & 0xFF] ^
           table[4][v >> 24 & 0xFF] ^ table[3][v >> 32 & 0xFF] ^ table[2][v >> 40 & 0xFF] ^
           table[1][v >> 48 & 0xFF] ^ table[0][v >> 56];
}

/* Sixteen bytes a step: each table holds what a byte does from that far away. */
static uint32_t
crc32_step(const struct crc32 *c, uint32_t crc, const uint8_t *data, size_t len)
{
    const uint32_t(*table)[256] = c->table;

    while (len >= 16) {
        crc = crc32_eight(table + 8, rd_le64(data) ^ crc) ^ crc32_eight(table, rd_le64(data + 8));
        data += 16;
        len -= 16;
    }
    while (len-- > 0) {
        crc = crc >> 8 ^ table[0][(crc ^ *data++) & 0xFF];
    }
    return crc;
}

uint32_t
crc32_of(const struct crc32 *c, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return ~crc32_step(c, crc32_step(c, ~0u, a, a_len), b, b_len);
}

/* -- headers ----------------------------------------------------------------------------------- */

void
file_head_read(const struct crc32 *c, const uint8_t *data, size_t len, struct file_head *out)
{
    *out = (struct file_head){0};
    if (len < FILE_HEAD_LEN || memcmp(data, file_magic, MAGIC_LEN) != 0) {
        return;
    }
    out->magic_ok = true;
    out->sound = crc32_of(c, data, FILE_CRC_LEN, data, 0) == rd_le32(data + FILE_CRC_AT);
    out->dirty = (rd_le32(data + FILE_FLAGS_AT) & FILE_FLAG_DIRTY) != 0;
}

static bool
chunk_head_is_sound(const struct crc32 *c, const uint8_t *data, size_t len)
{
    return len >= CHUNK_HEAD_LEN && memcmp(data, chunk_magic, MAGIC_LEN) == 0 &&
           crc32_of(c, data, CHUNK_CRC_LEN, data + CHUNK_CRC_RESUME,
                    CHUNK_HEAD_LEN - CHUNK_CRC_RESUME) == rd_le32(data + CHUNK_HEAD_CRC_AT);
}

void
chunk_head_read(const struct crc32 *c, const uint8_t *data, size_t len, struct chunk_head *out)
{
    size_t fill_end;

    *out = (struct chunk_head){.fill_end = len};
    if (len < CHUNK_HEAD_LEN || memcmp(data, chunk_magic, MAGIC_LEN) != 0) {
        return;
    }
    out->magic_ok = true;
    out->sound = chunk_head_is_sound(c, data, len);
    out->first_id = rd_le64(data + CHUNK_FIRST_ID_AT);
    out->last_id = rd_le64(data + CHUNK_LAST_ID_AT);
    fill_end = rd_le32(data + CHUNK_FILL_END_AT);
    if (fill_end < CHUNK_HEAD_LEN || fill_end > len) {
        return;
    }
    out->records_ok = crc32_of(c, data + CHUNK_HEAD_LEN, fill_end - CHUNK_HEAD_LEN, data, 0) ==
                      rd_le32(data + CHUNK_RECORDS_CRC_AT);
    if (out->sound || out->records_ok) {
        out->fill_end = fill_end;
    }
}

size_t
chunk_head_find(const struct crc32 *c, const uint8_t *data, size_t from, size_t len)
{
    while (from < len) {
        const uint8_t *hit = memchr(data + from, chunk_magic[0], len - from);

        if (hit == NULL) {
            return len;
        }
        from = (size_t)(hit - data);
        if (chunk_head_is_sound(c, hit, len - from)) {
            return from;
        }
        from++;
    }
    return len;
}

bool
record_head_read(const uint8_t *data, size_t len, size_t at, struct record_head *out)
{
    size_t size;

    if (at > len || len - at < RECORD_LEN_MIN ||
        memcmp(data + at, record_magic, sizeof(record_magic)) != 0) {
        return false;
    }
    size = rd_le32(data + at + 4);
    if (size < RECORD_LEN_MIN || size > len - at) {
        return false;
    }
    out->len = size;
    out->id = rd_le64(data + at + 8);
    out->tail_ok = rd_le32(data + at + size - RECORD_TAIL_LEN) == size;
    return true;
}

size_t
record_head_find(const uint8_t *data, size_t from, size_t len)
{
    while (from < len && len - from >= sizeof(record_magic)) {
        const uint8_t *hit = memchr(data + from, record_magic[0], len - from - 3);

        if (hit == NULL) {
            return len;
        }
        if (memcmp(hit, record_magic, sizeof(record_magic)) == 0) {
            return (size_t)(hit - data);
        }
        from = (size_t)(hit - data) + 1;
    }
    return len;
}

bool
bytes_are_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}
