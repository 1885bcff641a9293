/* script_text - bytes go to the buffer and the hash together; half a character waits. */
#include "state/script_text.h"

#include "core/utf.h"

#define HALF_LEN 3 /* bytes of one surrogate in WTF-8: ED A0..AF xx, ED B0..BF xx */

static bool
is_half(const char *p, unsigned second_byte)
{
    return (unsigned char)p[0] == 0xED && ((unsigned char)p[1] & 0xF0) == second_byte &&
           ((unsigned char)p[2] & 0xC0) == 0x80;
}

static bool
ends_in_first_half(struct sv s)
{
    return s.len >= HALF_LEN && is_half(s.p + s.len - HALF_LEN, 0xA0);
}

static bool
begins_with_second_half(struct sv s)
{
    return s.len >= HALF_LEN && is_half(s.p, 0xB0);
}

static uint32_t
unit_of(const char *p)
{
    struct sv s = {p, HALF_LEN};
    size_t pos = 0;

    return utf8_next(s, &pos);
}

static void
add(struct script_text *t, const char *bytes, size_t len)
{
    buf_put(t->out, bytes, len);
    sha256_put(&t->hash, bytes, len);
    t->len += len;
}

static void
add_half(struct script_text *t)
{
    if (t->has_half) {
        t->has_half = false;
        add(t, t->half, HALF_LEN);
    }
}

void
script_text_begin(struct script_text *t, struct buf *out)
{
    buf_clear(out);
    *t = (struct script_text){.out = out};
    sha256_init(&t->hash);
}

void
script_text_part(struct script_text *t, struct sv part)
{
    char whole[4];

    if (part.len == 0) {
        return;
    }
    if (t->has_half && begins_with_second_half(part)) {
        uint32_t high = unit_of(t->half) - 0xD800;
        uint32_t low = unit_of(part.p) - 0xDC00;

        t->has_half = false;
        add(t, whole, utf8_put(0x10000 + (high << 10 | low), whole));
        part = (struct sv){part.p + HALF_LEN, part.len - HALF_LEN};
    }
    add_half(t);
    if (ends_in_first_half(part)) {
        part.len -= HALF_LEN;
        memcpy(t->half, part.p + part.len, HALF_LEN);
        t->has_half = true;
    }
    if (part.len > 0) {
        add(t, part.p, part.len);
    }
}

void
script_text_gap(struct script_text *t, struct sv gap)
{
    add_half(t);
    buf_put_sv(t->out, gap);
}

void
script_text_end(struct script_text *t, char hash[SCRIPT_HASH_LEN])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_LEN];

    add_half(t);
    sha256_end(&t->hash, bytes);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        hash[2 * i] = digits[bytes[i] >> 4];
        hash[2 * i + 1] = digits[bytes[i] & 15];
    }
}
