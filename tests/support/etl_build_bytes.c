/* etl_build - bytes, the fields of payloads, and plain LZ77. */
#include "support/etl_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AF_V4 2u
#define AF_V6 23u

_Noreturn static void
die(const char *what)
{
    (void)fprintf(stderr, "etl_build: %s\n", what);
    abort();
}

/* -- bytes ------------------------------------------------------------------------------------- */

void
eb_free(struct eb *b)
{
    free(b->data);
    *b = (struct eb){0};
}

static uint8_t *
grow(struct eb *b, size_t len)
{
    if (len > b->cap - b->len) {
        size_t cap = (b->len + len) * 2;
        uint8_t *data = realloc(b->data, cap);

        if (data == NULL) {
            die("no memory");
        }
        b->data = data;
        b->cap = cap;
    }
    b->len += len;
    return b->data + b->len - len;
}

void
eb_bytes(struct eb *b, const void *data, size_t len)
{
    if (len > 0) {
        memcpy(grow(b, len), data, len);
    }
}

void
eb_fill(struct eb *b, unsigned byte, size_t count)
{
    if (count > 0) {
        memset(grow(b, count), (int)byte, count);
    }
}

void
eb_align(struct eb *b, size_t to, unsigned byte)
{
    eb_fill(b, byte, (to - b->len % to) % to);
}

static void
store(uint8_t *at, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static void
put(struct eb *b, uint64_t value, size_t len)
{
    store(grow(b, len), value, len);
}

void
eb_u8(struct eb *b, unsigned value)
{
    put(b, value, 1);
}

void
eb_u16(struct eb *b, unsigned value)
{
    put(b, value, 2);
}

void
eb_u32(struct eb *b, uint32_t value)
{
    put(b, value, 4);
}

void
eb_u64(struct eb *b, uint64_t value)
{
    put(b, value, 8);
}

void
eb_ptr(struct eb *b, uint64_t value, size_t ptr_len)
{
    put(b, value, ptr_len);
}

void
eb_patch(struct eb *b, size_t at, uint64_t value, size_t len)
{
    if (at > b->len || len > b->len - at) {
        die("a patch beyond the bytes");
    }
    store(b->data + at, value, len);
}

uint64_t
eb_peek(const struct eb *b, size_t at, size_t len)
{
    uint64_t value = 0;

    if (at > b->len || len > b->len - at || len > sizeof(value)) {
        die("a look beyond the bytes");
    }
    for (size_t i = 0; i < len; i++) {
        value |= (uint64_t)b->data[at + i] << 8 * i;
    }
    return value;
}

/* -- fields of payloads ------------------------------------------------------------------------ */

void
eb_port(struct eb *b, unsigned port)
{
    eb_u8(b, port >> 8);
    eb_u8(b, port & 0xFF);
}

void
eb_text8(struct eb *b, const char *text)
{
    eb_bytes(b, text, strlen(text) + 1);
}

void
eb_text16_open(struct eb *b, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;

    while (*p != 0) {
        unsigned more = *p < 0x80 ? 0 : *p < 0xE0 ? 1 : 2;
        unsigned unit = more == 0 ? *p : *p & (0x3Fu >> more);

        if (*p >= 0xF0) {
            die("text beyond the BMP");
        }
        for (p++; more > 0; more--, p++) {
            if ((*p & 0xC0) != 0x80) {
                die("text is not UTF-8");
            }
            unit = unit << 6 | (*p & 0x3Fu);
        }
        eb_u16(b, unit);
    }
}

void
eb_text16(struct eb *b, const char *text)
{
    eb_text16_open(b, text);
    eb_u16(b, 0);
}

static unsigned
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    if (c == '\0' || at == NULL) {
        die("no GUID");
    }
    return (unsigned)(at - digits);
}

void
eb_guid(struct eb *b, const char *text)
{
    /* Data1, Data2 and Data3 stand backwards. */
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t bytes[16];

    text += *text == '{';
    for (size_t i = 0; i < sizeof(bytes); i++) {
        text += *text == '-';
        bytes[order[i]] = (uint8_t)(hex_digit(text[0]) << 4);
        bytes[order[i]] |= (uint8_t)hex_digit(text[1]);
        text += 2;
    }
    eb_bytes(b, bytes, sizeof(bytes));
}

void
eb_sid(struct eb *b, const char *text)
{
    size_t count_at = b->len + 1;
    unsigned count = 0;
    char *end;
    unsigned long long authority;

    if (strncmp(text, "S-1-", 4) != 0) {
        die("no SID");
    }
    authority = strtoull(text + 4, &end, 10);
    eb_u8(b, 1);
    eb_u8(b, 0);
    for (unsigned shift = 48; shift > 0; shift -= 8) {
        eb_u8(b, (unsigned)(authority >> (shift - 8)) & 0xFF);
    }
    while (*end == '-') {
        eb_u32(b, (uint32_t)strtoul(end + 1, &end, 10));
        count++;
    }
    eb_patch(b, count_at, count, 1);
}

void
eb_sockaddr_v4(struct eb *b, const uint8_t address[4], unsigned port)
{
    eb_u16(b, AF_V4);
    eb_port(b, port);
    eb_bytes(b, address, 4);
    eb_fill(b, 0, 8);
}

void
eb_sockaddr_v6(struct eb *b, const uint8_t address[16], unsigned port, uint32_t scope)
{
    eb_u16(b, AF_V6);
    eb_port(b, port);
    eb_u32(b, 0);
    eb_bytes(b, address, 16);
    eb_u32(b, scope);
}

void
eb_token_user(struct eb *b, const char *sid, size_t ptr_len)
{
    if (sid == NULL) {
        eb_u32(b, 0);
        return;
    }
    eb_ptr(b, UINT64_C(0xFFFFA00112345670), ptr_len);
    eb_ptr(b, 0, ptr_len);
    eb_sid(b, sid);
}

/* -- plain LZ77 -------------------------------------------------------------------------------- */

#define WINDOW 8192u
#define MATCH_MIN 3u
#define HASH_COUNT 4096u
#define CHAIN_MAX 64u /* candidates that are tried for one place */
#define NONE SIZE_MAX

struct packer {
    struct eb *out;
    size_t flags_at, nibble_at; /* nibble: where a length's other half is free, or NONE */
    uint32_t flags;
    unsigned flag_count;
    size_t *head, *prev; /* latest place of a hash; the one before each place */
};

static void
flag(struct packer *p, unsigned bit)
{
    p->flags = p->flags << 1 | bit;
    if (++p->flag_count == 32) {
        eb_patch(p->out, p->flags_at, p->flags, 4);
        p->flags = 0;
        p->flag_count = 0;
    }
}

/* Room for the next flags is made when they are needed: nothing follows the last ones. */
static void
need_flags(struct packer *p)
{
    if (p->flag_count == 0) {
        p->flags_at = p->out->len;
        eb_u32(p->out, 0);
    }
}

static void
put_length(struct packer *p, size_t length)
{
    size_t left = length - MATCH_MIN - 7;
    unsigned half = left < 15 ? (unsigned)left : 15;

    if (p->nibble_at == NONE) {
        p->nibble_at = p->out->len;
        eb_u8(p->out, half);
    } else {
        p->out->data[p->nibble_at] |= (uint8_t)(half << 4);
        p->nibble_at = NONE;
    }
    if (left < 15) {
        return;
    }
    left -= 15;
    eb_u8(p->out, left < 255 ? (unsigned)left : 255);
    if (left < 255) {
        return;
    }
    if (length - MATCH_MIN <= UINT16_MAX) {
        eb_u16(p->out, (unsigned)(length - MATCH_MIN));
    } else {
        eb_u16(p->out, 0);
        eb_u32(p->out, (uint32_t)(length - MATCH_MIN));
    }
}

static void
put_match(struct packer *p, size_t distance, size_t length)
{
    unsigned low = length - MATCH_MIN < 7 ? (unsigned)(length - MATCH_MIN) : 7;

    need_flags(p);
    eb_u16(p->out, (unsigned)(distance - 1) << 3 | low);
    if (low == 7) {
        put_length(p, length);
    }
    flag(p, 1);
}

static size_t
hash3(const uint8_t *at)
{
    return (at[0] * 2654435761u + at[1] * 40503u + at[2] * 97u) % HASH_COUNT;
}

static void
remember(struct packer *p, const uint8_t *data, size_t len, size_t at)
{
    if (len - at >= MATCH_MIN) {
        size_t hash = hash3(data + at);

        p->prev[at] = p->head[hash];
        p->head[hash] = at;
    }
}

/* Length of the longest match for `at`, 0 when there is none; *distance is set with it. */
static size_t
find_match(const struct packer *p, const uint8_t *data, size_t len, size_t at, size_t *distance)
{
    size_t best = 0;
    size_t from = len - at < MATCH_MIN ? NONE : p->head[hash3(data + at)];

    for (unsigned n = 0; n < CHAIN_MAX && from != NONE && at - from <= WINDOW; n++) {
        size_t length = 0;

        while (length < len - at && data[from + length] == data[at + length]) {
            length++;
        }
        if (length >= MATCH_MIN && length > best) {
            best = length;
            *distance = at - from;
        }
        from = p->prev[from];
    }
    return best;
}

void
eb_xpress(struct eb *out, const uint8_t *data, size_t len)
{
    struct packer p = {.out = out, .nibble_at = NONE};

    p.head = malloc(HASH_COUNT * sizeof(*p.head));
    p.prev = malloc((len + 1) * sizeof(*p.prev));
    if (p.head == NULL || p.prev == NULL) {
        die("no memory");
    }
    memset(p.head, 0xFF, HASH_COUNT * sizeof(*p.head)); /* NONE */
    for (size_t at = 0; at < len;) {
        size_t distance = 0;
        size_t length = find_match(&p, data, len, at, &distance);
        size_t end = at + (length == 0 ? 1 : length);

        if (length == 0) {
            need_flags(&p);
            eb_u8(out, data[at]);
            flag(&p, 0);
        } else {
            put_match(&p, distance, length);
        }
        for (; at < end; at++) {
            remember(&p, data, len, at);
        }
    }
    if (p.flag_count > 0) { /* those that are left over are ones */
        eb_patch(out, p.flags_at,
                 (uint64_t)p.flags << (32 - p.flag_count) | (UINT32_MAX >> p.flag_count), 4);
    }
    free(p.head);
    free(p.prev);
}
