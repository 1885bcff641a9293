/* xpress - plain LZ77: a bit in 32 says whether a literal or a match follows. */
#include "etw/xpress.h"

#include "core/rd.h"

#define MATCH_MIN 3u
#define SHORT_MAX 7u       /* length in the token's three bits; 7 = more follows */
#define NIBBLE_MAX 15u     /* half a byte, shared by two matches */
#define BYTE_MAX 255u      /* then two bytes with the whole length */
#define WHOLE_LEN_BASE 22u /* what a whole length counts of the parts before it */

struct unpacker {
    struct rd in;
    const uint8_t *nibble; /* byte whose upper half is the next match's; NULL = none */
    uint8_t *out;
    size_t cap, len;
};

/* The parts of a length beyond the token's three bits. */
MUST_CHECK static enum err
take_long_length(struct unpacker *u, uint64_t *length)
{
    uint8_t byte;
    uint16_t u16;
    uint32_t u32;

    if (u->nibble == NULL) {
        if (rd_u8(&u->in, &byte)) {
            return ERR_TRUNC;
        }
        u->nibble = u->in.data + u->in.pos - 1;
        *length = byte & NIBBLE_MAX;
    } else {
        *length = *u->nibble >> 4;
        u->nibble = NULL;
    }
    if (*length < NIBBLE_MAX) {
        *length += SHORT_MAX;
        return ERR_OK;
    }
    if (rd_u8(&u->in, &byte)) {
        return ERR_TRUNC;
    }
    if (byte < BYTE_MAX) {
        *length = byte + NIBBLE_MAX + SHORT_MAX;
        return ERR_OK;
    }
    if (rd_u16(&u->in, &u16)) {
        return ERR_TRUNC;
    }
    *length = u16;
    if (u16 == 0) {
        if (rd_u32(&u->in, &u32)) {
            return ERR_TRUNC;
        }
        *length = u32;
    }
    return *length < WHOLE_LEN_BASE ? ERR_FORMAT : ERR_OK;
}

static void
copy_match(struct unpacker *u, size_t distance, size_t length)
{
    uint8_t *to = u->out + u->len;
    const uint8_t *from = to - distance;

    if (distance >= length) {
        memcpy(to, from, length);
    } else { /* the match repeats what it writes */
        for (size_t i = 0; i < length; i++) {
            to[i] = from[i];
        }
    }
    u->len += length;
}

MUST_CHECK static enum err
take_match(struct unpacker *u)
{
    uint64_t length;
    uint16_t token;
    size_t distance;

    if (rd_u16(&u->in, &token)) {
        return ERR_TRUNC;
    }
    length = token & SHORT_MAX;
    distance = (size_t)(token >> 3) + 1;
    if (length == SHORT_MAX) {
        enum err err = take_long_length(u, &length);
        if (err) {
            return err;
        }
    }
    length += MATCH_MIN;
    if (distance > u->len) {
        return ERR_FORMAT;
    }
    copy_match(u, distance, length < u->cap - u->len ? (size_t)length : u->cap - u->len);
    return ERR_OK;
}

enum err
xpress_decompress(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_cap, size_t *out_len)
{
    struct unpacker u = {.in = rd_make(in, in_len), .out = out, .cap = out_cap};
    enum err err = ERR_OK;
    uint32_t flags = 0;
    unsigned left = 0;

    while (!err && u.len < u.cap && rd_left(&u.in) > 0) {
        if (left == 0) {
            err = rd_u32(&u.in, &flags);
            left = 32;
            continue;
        }
        left--;
        if ((flags >> left & 1) == 0) {
            u.out[u.len++] = u.in.data[u.in.pos++];
        } else {
            err = take_match(&u);
        }
    }
    *out_len = u.len;
    return err;
}
