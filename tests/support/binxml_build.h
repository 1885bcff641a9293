/*
 * binxml_build - writes one chunk of a log by hand, token by token, so that a test can say exactly
 * which bytes a reader meets. It knows nothing of the reader.
 *
 * Names are stored where they are used, each time; bx_name_ref() refers to one instead. Lengths
 * of elements and attribute lists are written as zero.
 */
#pragma once

#include "core/err.h"

#define BX_LEN 65536
#define BX_HEAD_LEN 512

struct bx {
    uint8_t chunk[BX_LEN];
    size_t len;       /* of the chunk so far */
    size_t record_at; /* of the open record */
    uint64_t next_id;
};

void bx_init(struct bx *b);
void bx_bytes(struct bx *b, const void *data, size_t len);
void bx_u8(struct bx *b, unsigned value);
void bx_u16(struct bx *b, unsigned value);
void bx_u32(struct bx *b, uint32_t value);
void bx_u64(struct bx *b, uint64_t value);
void bx_utf16(struct bx *b, const char *ascii); /* units, no NUL, no count */

/* -- records: ids count from 1, all at time_ft */
void bx_record_begin(struct bx *b, uint64_t time_ft);
void bx_record_end(struct bx *b);

/* -- tokens; `dep`: with a dependency id, as in template definitions */
enum { BX_PLAIN = 0, BX_ATTRS = 1, BX_DEP = 2 };
void bx_fragment(struct bx *b);                  /* 0f 01 01 00 */
size_t bx_name(struct bx *b, const char *ascii); /* returns where it was stored */
void bx_name_ref(struct bx *b, size_t at);
void bx_open(struct bx *b, const char *name, unsigned flags);
void bx_attr(struct bx *b, const char *name);
void bx_value(struct bx *b, const char *ascii); /* value token, a string */
void bx_sub(struct bx *b, unsigned index, unsigned type);
void bx_token(struct bx *b, unsigned token); /* a token without content */
#define BX_END 0x00
#define BX_CLOSE_START 0x02
#define BX_CLOSE_EMPTY 0x03
#define BX_CLOSE 0x04

/* <name>text</name>, <name attr="text"> … and <Data Name="name">text</Data> */
void bx_element(struct bx *b, const char *name, const char *text, unsigned flags);
void bx_data(struct bx *b, const char *name, const char *text, unsigned flags);
/* <Event><System> … </System> of a record of that provider and id, on computer PC in channel
 * "Test", with its texts in place; Event stays open. */
void bx_event_open(struct bx *b, const char *provider, const char *event_id, unsigned flags);

/* -- templates: 0c, definition here; then the values */
struct bx_template {
    size_t length_at, data_at;
};
struct bx_template bx_template_begin(struct bx *b, uint32_t id);
void bx_template_end(struct bx *b, struct bx_template t);
void bx_template_use(struct bx *b, uint32_t id, size_t definition_at);
struct bx_value_bytes {
    unsigned type;
    const void *data;
    size_t len;
};
void bx_values(struct bx *b, const struct bx_value_bytes *values, size_t count);

/* -- the file: header and chunk with right checksums; out has room for BX_FILE_LEN */
#define BX_FILE_LEN (4096 + BX_LEN)
void bx_seal(struct bx *b); /* chunk header; to be called before the chunk is copied */
void bx_file(struct bx *b, uint8_t *out);
