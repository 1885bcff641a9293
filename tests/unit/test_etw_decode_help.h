/* test_etw_decode_help - payloads built byte by byte, and records around them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/metrics.h"
#include "core/utf.h"
#include "etw/decode.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define LOGGER 4321
#define PAYLOAD_MAX 65536

struct payload {
    size_t len;
    size_t ptr_len;
    uint8_t bytes[PAYLOAD_MAX];
};

static inline void
put_bytes(struct payload *p, const void *data, size_t len)
{
    assert_true(len <= sizeof(p->bytes) - p->len);
    memcpy(p->bytes + p->len, data, len);
    p->len += len;
}

/* Little endian. */
static inline void
put_int(struct payload *p, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put_bytes(p, &byte, 1);
    }
}

/* Big endian. */
static inline void
put_net(struct payload *p, uint64_t value, size_t len)
{
    for (size_t i = len; i-- > 0;) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put_bytes(p, &byte, 1);
    }
}

/* UTF-8 text as UTF-16, with its NUL. */
static inline void
put_wstr(struct payload *p, const char *text)
{
    uint16_t units[256];
    size_t count = utf8_to_utf16(sv_from(text), units, COUNT(units), NULL);

    for (size_t i = 0; i < count; i++) {
        put_int(p, units[i], 2);
    }
    put_int(p, 0, 2);
}

/* UTF-8 text as UTF-16 behind its length in units, without NUL. */
static inline void
put_cwstr(struct payload *p, const char *text)
{
    uint16_t units[256];
    size_t count = utf8_to_utf16(sv_from(text), units, COUNT(units), NULL);

    put_int(p, count, 2);
    for (size_t i = 0; i < count; i++) {
        put_int(p, units[i], 2);
    }
}

/* S-1-5-21-n-... with `parts` parts. */
static inline void
put_sid(struct payload *p, uint8_t parts, uint32_t last)
{
    put_int(p, 1, 1);
    put_int(p, parts, 1);
    put_net(p, 5, 6);
    for (unsigned i = 0; i < parts; i++) {
        put_int(p, i == 0 ? 21 : last, 4);
    }
}

static inline void
put_v4(struct payload *p, const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(sv_from(text), &a), ERR_OK);
    put_bytes(p, a.bytes, a.family == ADDR_V4 ? 4 : 16);
}

static inline void
put_sockaddr(struct payload *p, const struct addr *a, uint16_t port)
{
    bool v6 = a->family == ADDR_V6;

    put_int(p, v6 ? 28 : 16, 4);
    put_int(p, v6 ? 23 : 2, 2);
    put_net(p, port, 2);
    if (v6) {
        put_int(p, 0, 4);
    }
    put_bytes(p, a->bytes, v6 ? 16 : 4);
    put_int(p, 0, v6 ? 4 : 8);
}

static inline struct etw_guid
guid_of(const char *provider)
{
    for (size_t i = 0; i < etw_row_count(); i++) {
        struct etw_row_info info = etw_row(i);

        if (strcmp(info.provider, provider) == 0) {
            return info.guid;
        }
    }
    fail_msg("no rows of %s", provider);
    return (struct etw_guid){0};
}

static inline struct etw_record
record_of(const char *provider, unsigned id, unsigned version, const struct payload *p)
{
    return (struct etw_record){
        .header = ETW_HEADER_EVENT,
        .time_ft = T0,
        .provider = guid_of(provider),
        .id = (uint16_t)id,
        .version = (uint8_t)version,
        .ptr_len = (uint8_t)p->ptr_len,
        .pid = LOGGER,
        .tid = 9,
        .payload = p->bytes,
        .payload_len = p->len,
    };
}

/* Decodes a copy that ends where the payload ends, so that a read beyond it is found. The texts of
 * *ev may lie in the copy: it lives until the next call. */
static inline enum etw_decoded
decode_exact(struct etw_decoder *d, struct etw_record rec, struct event *ev, const char **why)
{
    static uint8_t *copy;

    free(copy);
    copy = malloc(rec.payload_len + (rec.payload_len == 0));
    assert_non_null(copy);
    if (rec.payload_len > 0) {
        memcpy(copy, rec.payload, rec.payload_len);
    }
    rec.payload = copy;
    *why = NULL;
    return etw_decode(d, &rec, ev, why);
}

static inline bool
sv_is(struct sv s, const char *text)
{
    return sv_eq(s, sv_from(text));
}
