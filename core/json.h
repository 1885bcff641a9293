/*
 * json - writes JSON in pure ASCII (\uXXXX), because Windows PowerShell 5.1 decodes pipes with the
 * OEM code page. Reading: core/json_read.h. The writer places commas; misuse is caught by assert.
 *
 * Lone surrogates (WTF-8) are written as their own \uXXXX; bytes that are no UTF-8 as \ufffd.
 */
#pragma once

#include "core/addr.h"
#include "core/buf.h"

#define JSON_DEPTH_MAX 16

struct json {
    struct buf *out;
    bool pretty; /* two-space indent */
    uint8_t depth;
    bool first[JSON_DEPTH_MAX];  /* nothing written at this depth yet */
    bool is_obj[JSON_DEPTH_MAX]; /* keys wanted at this depth */
};
void json_init(struct json *j, struct buf *out, bool pretty);
/* In an object a key comes first; in an array and at the top key is NULL. One value at the top. */
void json_obj(struct json *j, const char *key);
void json_obj_end(struct json *j);
void json_arr(struct json *j, const char *key);
void json_arr_end(struct json *j);
void json_str(struct json *j, const char *key, struct sv value); /* absent text: "" */
void json_u64(struct json *j, const char *key, uint64_t value);
void json_i64(struct json *j, const char *key, int64_t value);
void json_id(struct json *j, const char *key, uint64_t value);   /* 64-bit id: a string */
void json_hex(struct json *j, const char *key, uint32_t value);  /* "0xc000006d" */
void json_double(struct json *j, const char *key, double value); /* %.6g; not finite: null */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_time(struct json *j, const char *key, uint64_t t_ft);        /* 0: null */
void json_addr(struct json *j, const char *key, const struct addr *a); /* none: null */
void json_raw(struct json *j, const char *key, struct sv ready); /* made elsewhere; empty: null */
