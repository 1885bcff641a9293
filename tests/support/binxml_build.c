/* binxml_build - bytes of logs by hand. */
#include "support/binxml_build.h"

#include <assert.h>
#include <string.h>

#define FIRST_RECORD 512

static uint32_t
crc32(const uint8_t *data, size_t len, uint32_t crc)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

static void
store(uint8_t *at, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

void
bx_init(struct bx *b)
{
    memset(b, 0, sizeof(*b));
    b->len = FIRST_RECORD;
    b->next_id = 1;
}

void
bx_bytes(struct bx *b, const void *data, size_t len)
{
    assert(len <= sizeof(b->chunk) - b->len);
    if (len > 0) {
        memcpy(b->chunk + b->len, data, len);
    }
    b->len += len;
}

static void
put(struct bx *b, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    store(bytes, value, len);
    bx_bytes(b, bytes, len);
}

void
bx_u8(struct bx *b, unsigned value)
{
    put(b, value, 1);
}

void
bx_u16(struct bx *b, unsigned value)
{
    put(b, value, 2);
}

void
bx_u32(struct bx *b, uint32_t value)
{
    put(b, value, 4);
}

void
bx_u64(struct bx *b, uint64_t value)
{
    put(b, value, 8);
}

void
bx_utf16(struct bx *b, const char *ascii)
{
    for (; *ascii != '\0'; ascii++) {
        bx_u16(b, (unsigned char)*ascii);
    }
}

void
bx_record_begin(struct bx *b, uint64_t time_ft)
{
    b->record_at = b->len;
    bx_u32(b, 0x00002a2a);
    bx_u32(b, 0);
    bx_u64(b, b->next_id++);
    bx_u64(b, time_ft);
}

void
bx_record_end(struct bx *b)
{
    size_t len = b->len + 4 - b->record_at;

    store(b->chunk + b->record_at + 4, len, 4);
    bx_u32(b, (uint32_t)len);
}

void
bx_fragment(struct bx *b)
{
    bx_u32(b, 0x0001010f);
}

size_t
bx_name(struct bx *b, const char *ascii)
{
    size_t at = b->len + 4;

    bx_u32(b, (uint32_t)at);
    bx_u32(b, 0); /* next of its hash chain */
    bx_u16(b, 0); /* hash */
    bx_u16(b, (unsigned)strlen(ascii));
    bx_utf16(b, ascii);
    bx_u16(b, 0);
    return at;
}

void
bx_name_ref(struct bx *b, size_t at)
{
    bx_u32(b, (uint32_t)at);
}

void
bx_open(struct bx *b, const char *name, unsigned flags)
{
    bx_u8(b, flags & BX_ATTRS ? 0x41 : 0x01);
    if (flags & BX_DEP) {
        bx_u16(b, 0xffff);
    }
    bx_u32(b, 0);
    bx_name(b, name);
    if (flags & BX_ATTRS) {
        bx_u32(b, 0);
    }
}

void
bx_attr(struct bx *b, const char *name)
{
    bx_u8(b, 0x06);
    bx_name(b, name);
}

void
bx_value(struct bx *b, const char *ascii)
{
    bx_u8(b, 0x05);
    bx_u8(b, 0x01);
    bx_u16(b, (unsigned)strlen(ascii));
    bx_utf16(b, ascii);
}

void
bx_sub(struct bx *b, unsigned index, unsigned type)
{
    bx_u8(b, 0x0e);
    bx_u16(b, index);
    bx_u8(b, type);
}

void
bx_token(struct bx *b, unsigned token)
{
    bx_u8(b, token);
}

void
bx_element(struct bx *b, const char *name, const char *text, unsigned flags)
{
    bx_open(b, name, flags & BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_value(b, text);
    bx_token(b, BX_CLOSE);
}

void
bx_data(struct bx *b, const char *name, const char *text, unsigned flags)
{
    bx_open(b, "Data", BX_ATTRS | flags);
    bx_attr(b, "Name");
    bx_value(b, name);
    bx_token(b, BX_CLOSE_START);
    bx_value(b, text);
    bx_token(b, BX_CLOSE);
}

void
bx_event_open(struct bx *b, const char *provider, const char *event_id, unsigned flags)
{
    unsigned dep = flags & BX_DEP;

    bx_open(b, "Event", dep);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "System", dep);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "Provider", BX_ATTRS | dep);
    bx_attr(b, "Name");
    bx_value(b, provider);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_element(b, "EventID", event_id, dep);
    bx_element(b, "Version", "3", dep);
    bx_element(b, "Channel", "Test", dep);
    bx_element(b, "Computer", "PC", dep);
    bx_token(b, BX_CLOSE);
}

struct bx_template
bx_template_begin(struct bx *b, uint32_t id)
{
    struct bx_template t;

    bx_u8(b, 0x0c);
    bx_u8(b, 0x01);
    bx_u32(b, id);
    bx_u32(b, (uint32_t)b->len + 4);
    bx_u32(b, 0); /* next definition of its hash chain */
    bx_u32(b, id);
    bx_u32(b, 0);
    bx_u64(b, 0);
    t.length_at = b->len;
    bx_u32(b, 0);
    t.data_at = b->len;
    return t;
}

void
bx_template_end(struct bx *b, struct bx_template t)
{
    store(b->chunk + t.length_at, b->len - t.data_at, 4);
}

void
bx_template_use(struct bx *b, uint32_t id, size_t definition_at)
{
    bx_u8(b, 0x0c);
    bx_u8(b, 0x01);
    bx_u32(b, id);
    bx_u32(b, (uint32_t)definition_at);
}

void
bx_values(struct bx *b, const struct bx_value_bytes *values, size_t count)
{
    bx_u32(b, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        bx_u16(b, (unsigned)values[i].len);
        bx_u8(b, values[i].type);
        bx_u8(b, 0);
    }
    for (size_t i = 0; i < count; i++) {
        bx_bytes(b, values[i].data, values[i].len);
    }
}

void
bx_seal(struct bx *b)
{
    uint8_t *c = b->chunk;

    memcpy(c, "ElfChnk", 8);
    store(c + 8, 1, 8);
    store(c + 16, b->next_id - 1, 8);
    store(c + 24, 1, 8);
    store(c + 32, b->next_id - 1, 8);
    store(c + 40, 128, 4);
    store(c + 44, b->record_at, 4);
    store(c + 48, b->len, 4);
    store(c + 52, crc32(c + BX_HEAD_LEN, b->len - BX_HEAD_LEN, 0), 4);
    store(c + 124, crc32(c + 128, BX_HEAD_LEN - 128, crc32(c, 120, 0)), 4);
}

void
bx_file(struct bx *b, uint8_t *out)
{
    memset(out, 0, BX_FILE_LEN);
    memcpy(out, "ElfFile", 8);
    store(out + 24, b->next_id, 8);
    store(out + 32, 128, 4);
    store(out + 36, 1, 2);
    store(out + 38, 3, 2);
    store(out + 40, 4096, 2);
    store(out + 42, 1, 2);
    store(out + 124, crc32(out, 120, 0), 4);
    bx_seal(b);
    memcpy(out + 4096, b->chunk, BX_LEN);
}
