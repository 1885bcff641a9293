/*
 * rd - bounds-checked cursor over bytes we did not write (files, payloads). Little endian.
 *
 * Units:   every length and offset is in bytes; no NUL is ever assumed.
 * Memory:  borrows; never allocates. A view returned by rd_bytes() lives as long as the buffer.
 * Errors:  ERR_TRUNC = fewer bytes left than asked; the cursor does not move, so the caller may
 *          report the offset where decoding stopped.
 */
#pragma once

#include <string.h>

#include "core/err.h"

struct rd {
    const uint8_t *data;
    size_t len;
    size_t pos;
};

static inline struct rd
rd_make(const void *data, size_t len)
{
    return (struct rd){data, len, 0};
}

static inline size_t
rd_left(const struct rd *rd)
{
    return rd->len - rd->pos;
}

MUST_CHECK static inline enum err
rd_bytes(struct rd *rd, size_t len, const uint8_t **out)
{
    if (len > rd_left(rd)) {
        return ERR_TRUNC;
    }
    *out = rd->data + rd->pos;
    rd->pos += len;
    return ERR_OK;
}

MUST_CHECK static inline enum err
rd_skip(struct rd *rd, size_t len)
{
    if (len > rd_left(rd)) {
        return ERR_TRUNC;
    }
    rd->pos += len;
    return ERR_OK;
}

MUST_CHECK static inline enum err
rd_seek(struct rd *rd, size_t pos)
{
    if (pos > rd->len) {
        return ERR_TRUNC;
    }
    rd->pos = pos;
    return ERR_OK;
}

/* One definition per width; memcpy because nothing in foreign bytes is aligned. */
#define RD_INT(name, type)                                                                         \
    MUST_CHECK static inline enum err rd_##name(struct rd *rd, type *out)                          \
    {                                                                                              \
        if (sizeof(*out) > rd_left(rd)) {                                                          \
            return ERR_TRUNC;                                                                      \
        }                                                                                          \
        memcpy(out, rd->data + rd->pos, sizeof(*out));                                             \
        rd->pos += sizeof(*out);                                                                   \
        return ERR_OK;                                                                             \
    }
RD_INT(u8, uint8_t)
RD_INT(u16, uint16_t)
RD_INT(u32, uint32_t)
RD_INT(u64, uint64_t)
#undef RD_INT

/* Unchecked little-endian loads for places whose bounds were just proven. */
static inline uint16_t
rd_le16(const void *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t
rd_le32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t
rd_le64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}
