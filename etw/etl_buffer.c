/* etl_buffer - WMI_BUFFER_HEADER, the search for the next one, and decompression. */
#include "etw/etl_buffer.h"

#include "core/mem.h"
#include "core/rd.h"
#include "etw/etl_record.h"
#include "etw/xpress.h"

#define AT_SAVED 0x04
#define AT_CURRENT 0x08
#define AT_STAMP 0x10
#define AT_PROCESSOR 0x28
#define AT_LOGGER 0x2A
#define AT_STATE 0x2C
#define AT_OFFSET 0x30
#define AT_FLAGS 0x34
#define AT_TYPE 0x36

#define FLAG_PROCESSOR_INDEX 0x20u
#define FLAGS_KNOWN 0x00FFu
#define PROCESSOR_MASK 0x07FFu
#define TYPE_MAX 15u
#define STATE_MAX 6u
#define FIRST_LEN (ETL_BUFFER_HEAD_LEN + ETL_RECORD_HEAD_MIN) /* header and a record's begin */
/* The same when compressed: flags, a literal, and at worst the longest form of a match. */
#define PACKED_HEAD_MAX 15u
#define PEEK_LEN (ETL_BUFFER_HEAD_LEN + PACKED_HEAD_MAX)
_Static_assert(SOURCE_WINDOW_LEN >= 2 * (ETL_BUFFER_HEAD_LEN + ETL_RECORD_MAX),
               "a record and a header fit the window");

bool
etl_buffer_read(const uint8_t *head, struct etl_buffer *out)
{
    uint32_t len = rd_le32(head);
    uint32_t saved = rd_le32(head + AT_SAVED);
    uint32_t offset = rd_le32(head + AT_OFFSET);
    uint32_t end = saved != 0 ? saved : offset != 0 ? offset : rd_le32(head + AT_CURRENT);

    out->flags = rd_le16(head + AT_FLAGS);
    out->type = rd_le16(head + AT_TYPE);
    out->logger_id = rd_le16(head + AT_LOGGER);
    out->processor = (out->flags & FLAG_PROCESSOR_INDEX) != 0
                         ? rd_le16(head + AT_PROCESSOR) & PROCESSOR_MASK
                         : head[AT_PROCESSOR];
    out->stamp = rd_le64(head + AT_STAMP);
    out->len = len;
    out->end = end;
    out->end_told = saved != 0 || offset != 0;
    out->cut = false;
    out->overlong = false;
    if (len < ETL_BUFFER_HEAD_LEN || end < ETL_BUFFER_HEAD_LEN || end > ETL_BUFFER_LEN_MAX ||
        out->type > TYPE_MAX || (out->flags & ~FLAGS_KNOWN) != 0) {
        return false;
    }
    if ((out->flags & ETL_FLAG_COMPRESSED) != 0) {
        return len <= ETL_PACKED_LEN_MAX && len > ETL_BUFFER_HEAD_LEN;
    }
    return len <= ETL_BUFFER_LEN_MAX && end <= len;
}

enum err
etl_buffers_init(struct etl_buffers *b, const struct source *source)
{
    *b = (struct etl_buffers){.size = source->size};
    b->window = mem_alloc(sizeof(*b->window));
    if (b->window == NULL) {
        return ERR_NOMEM;
    }
    source_window_init(b->window, source);
    return ERR_OK;
}

void
etl_buffers_fini(struct etl_buffers *b)
{
    mem_free(b->window);
    mem_free(b->packed);
    mem_free(b->data);
    *b = (struct etl_buffers){0};
}

/* -- the search -------------------------------------------------------------------------------- */

/* Or unused space does. */
static bool
begins_record(const uint8_t *at)
{
    return etl_record_len(at) > 0 || rd_le32(at) == UINT32_MAX;
}

static bool
begins_packed_record(const uint8_t *packed, size_t len)
{
    uint8_t first[ETL_RECORD_HEAD_MIN];
    size_t got;
    enum err err = xpress_decompress(packed, len, first, sizeof(first), &got);

    return !err && got == sizeof(first) && begins_record(first);
}

/* A buffer's header and, where it can be seen, the begin of a record. */
static bool
looks_sound(const uint8_t *head, size_t got, struct etl_buffer *out)
{
    size_t len;

    if (got < ETL_BUFFER_HEAD_LEN || !etl_buffer_read(head, out)) {
        return false;
    }
    len = out->len < got ? out->len : got;
    if (out->end < FIRST_LEN || len < FIRST_LEN) {
        return true;
    }
    if ((out->flags & ETL_FLAG_COMPRESSED) == 0) {
        return begins_record(head + ETL_BUFFER_HEAD_LEN);
    }
    return got < PEEK_LEN ||
           begins_packed_record(head + ETL_BUFFER_HEAD_LEN,
                                (len < PEEK_LEN ? len : PEEK_LEN) - ETL_BUFFER_HEAD_LEN);
}

/* A part of the file in which the next buffer is looked for. */
struct search {
    uint64_t from, to;
    uint64_t place; /* of the first that could be one, or `to` */
    struct etl_buffer found;
    bool strict; /* only one that is followed: unused space may hold anything */
    bool blank;  /* nothing but zeros before it */
    bool last;   /* the window reaches to the file's end */
};

/* Away from where a buffer is due, its header alone is not enough. It is one when another buffer or
 * the file's end follows where it ends; or when it is of the last one's session and more than
 * empty, which zeros and what unused space holds are not. */
static bool
belongs(const struct etl_buffers *b, const struct search *s, const uint8_t *at, size_t len)
{
    const struct etl_buffer *found = &s->found;
    struct etl_buffer next;

    if (rd_le32(at + AT_STATE) > STATE_MAX) {
        return false;
    }
    if (found->len <= len) {
        size_t left = len - found->len;

        if (left == 0 ? s->last : looks_sound(at + found->len, left, &next)) {
            return true;
        }
    }
    if (s->strict || !b->has_first || found->logger_id != b->logger_id) {
        return false;
    }
    return (found->flags & ETL_FLAG_COMPRESSED) != 0
               ? len >= PEEK_LEN && found->end >= FIRST_LEN
               : len >= FIRST_LEN && etl_record_len(at + ETL_BUFFER_HEAD_LEN) > 0;
}

/* The first of `places` in at[len] where a buffer could begin; one at a time is slow, so the window
 * is looked through as a whole. */
static size_t
search_window(const struct etl_buffers *b, struct search *s, const uint8_t *at, size_t len,
              size_t places)
{
    for (size_t i = 0; i < places && i + ETL_BUFFER_HEAD_LEN <= len; i++) {
        bool small = at[i + 3] == 0 || (at[i + 3] == 1 && at[i + 2] == 0); /* up to 16 MiB */

        if (small && at[i + AT_TYPE + 1] == 0 && at[i + AT_FLAGS + 1] == 0 &&
            looks_sound(at + i, len - i, &s->found) && belongs(b, s, at + i, len - i)) {
            return i;
        }
    }
    return places;
}

static bool
is_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] != 0) {
            return false;
        }
    }
    return true;
}

MUST_CHECK static enum err
search(struct etl_buffers *b, struct search *s)
{
    s->place = s->from;
    s->blank = true;
    while (s->place < s->to) {
        const uint8_t *at;
        size_t got, places, i;
        enum err err = source_window_get(b->window, s->place, SOURCE_WINDOW_LEN, &at, &got);

        if (err) {
            return err;
        }
        if (got == 0) { /* the file is shorter than it was */
            s->place = s->to;
            return ERR_OK;
        }
        /* the window's last bytes are looked at with those that follow */
        places = got < SOURCE_WINDOW_LEN ? got : got - PEEK_LEN;
        places = places < s->to - s->place ? places : (size_t)(s->to - s->place);
        s->last = b->size - s->place <= got;
        i = search_window(b, s, at, got, places);
        s->blank = s->blank && is_zero(at, i);
        s->place += i;
        if (i < places) {
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* -- the next buffer --------------------------------------------------------------------------- */

/* The unused space of a plain buffer whose length is not that of the last one is looked through: a
 * wrong length would hide all buffers up to its end. Nowhere else: records hold what others wrote,
 * which may look like a buffer. */
MUST_CHECK static enum err
check_len(struct etl_buffers *b, struct etl_buffer *now, uint64_t left)
{
    struct search s = {.from = now->offset + now->end, .strict = true};
    enum err err;

    if ((now->flags & ETL_FLAG_COMPRESSED) != 0 || now->len == b->plain_len) {
        return ERR_OK;
    }
    s.to = now->offset + (now->len < left ? now->len : left);
    err = search(b, &s);
    if (!err && s.place < s.to) {
        now->overlong = true;
        now->len = (size_t)(s.place - now->offset);
    } else if (!err) {
        b->plain_len = now->len;
    }
    return err;
}

MUST_CHECK static enum err
take(struct etl_buffers *b, uint64_t offset, const struct etl_buffer *found)
{
    bool packed = (found->flags & ETL_FLAG_COMPRESSED) != 0;
    uint64_t left = b->size - offset;
    struct etl_buffer now = *found;
    enum err err;

    b->logger_id = found->logger_id;
    b->has_first = true;
    now.offset = offset;
    err = check_len(b, &now, left);
    if (err) {
        return err;
    }
    if (now.len > left) {
        now.len = (size_t)left;
        now.cut = packed || now.end > left; /* else only unused space is missing */
        now.end = !packed && now.cut ? (size_t)left : now.end;
    }
    b->now = now;
    b->next = offset + now.len;
    b->behind = offset + (now.len == found->len || packed ? ETL_BUFFER_HEAD_LEN : now.end);
    if (now.len == found->len && b->next == b->size) {
        b->behind = b->next; /* the file ends where it should */
    }
    return ERR_OK;
}

enum err
etl_buffers_mistrust(struct etl_buffers *b, size_t pos)
{
    bool packed = (b->now.flags & ETL_FLAG_COMPRESSED) != 0;
    struct search s = {.from = b->now.offset + (packed ? ETL_BUFFER_HEAD_LEN : pos), .to = b->next};
    enum err err = search(b, &s);

    if (!err && s.place < s.to) {
        b->next = s.place;
    }
    return err;
}

/* The length of the last buffer was wrong, or bytes of it are gone: this one begins within. */
MUST_CHECK static enum err
take_within(struct etl_buffers *b, struct etl_gap *gap, bool *taken)
{
    struct search s = {.from = b->behind, .to = b->next, .strict = true};
    enum err err = search(b, &s);

    *taken = !err && s.place < s.to;
    if (!*taken) {
        return err;
    }
    *gap = (struct etl_gap){b->now.offset, ETL_WHY_OVERLONG};
    return take(b, s.place, &s.found);
}

/* Bytes that are no buffer lie before the next one. */
MUST_CHECK static enum err
take_behind(struct etl_buffers *b, struct etl_gap *gap)
{
    struct search s = {.from = b->next, .to = b->size};
    enum err err = search(b, &s);

    if (err) {
        return err;
    }
    if (!s.blank) {
        *gap = (struct etl_gap){b->next, "no sound buffer begins here"};
    }
    if (s.place == s.to) {
        b->next = b->size;
        b->behind = b->size;
        return ERR_END;
    }
    return take(b, s.place, &s.found);
}

enum err
etl_buffers_next(struct etl_buffers *b, struct etl_gap *gap)
{
    struct etl_buffer found;
    const uint8_t *at;
    size_t got;
    bool sound = false;
    bool sure = false;
    bool taken;
    enum err err = ERR_OK;

    *gap = (struct etl_gap){b->next, NULL};
    if (b->next < b->size) {
        err = source_window_get(b->window, b->next, PEEK_LEN, &at, &got);
        if (err) {
            return err;
        }
        sound = looks_sound(at, got, &found);
        sure = sound && rd_le32(at + AT_STATE) <= STATE_MAX;
    }
    if (sure) {
        return take(b, b->next, &found);
    }
    err = take_within(b, gap, &taken);
    if (err || taken) {
        return err;
    }
    return sound ? take(b, b->next, &found) : take_behind(b, gap);
}

/* -- the bytes of a buffer --------------------------------------------------------------------- */

/* Memory of at least `len`; what was in it goes. */
MUST_CHECK static enum err
make_room(uint8_t **at, size_t *cap, size_t len)
{
    if (len <= *cap) {
        return ERR_OK;
    }
    mem_free(*at);
    *cap = 0;
    *at = mem_alloc(len);
    if (*at == NULL) {
        return ERR_NOMEM;
    }
    *cap = len;
    return ERR_OK;
}

/* All of a compressed buffer's bytes in the file, in one piece. */
MUST_CHECK static enum err
get_packed(struct etl_buffers *b, const uint8_t **at, size_t *len)
{
    uint64_t offset = b->now.offset + ETL_BUFFER_HEAD_LEN;
    size_t want = b->now.len - ETL_BUFFER_HEAD_LEN;
    const struct source *source = &b->window->source;
    enum err err;

    if (want <= SOURCE_WINDOW_LEN) {
        return source_window_get(b->window, offset, want, at, len);
    }
    err = make_room(&b->packed, &b->packed_cap, want);
    if (err) {
        return err;
    }
    *at = b->packed;
    return source->read_at(source->ctx, offset, b->packed, want, len);
}

enum err
etl_buffers_unpack(struct etl_buffers *b)
{
    size_t want = b->now.end - ETL_BUFFER_HEAD_LEN;
    const uint8_t *packed;
    size_t len, got;
    enum err err;

    if ((b->now.flags & ETL_FLAG_COMPRESSED) == 0) {
        return ERR_OK;
    }
    err = make_room(&b->data, &b->data_cap, want);
    if (!err) {
        err = get_packed(b, &packed, &len);
    }
    if (err) {
        return err;
    }
    err = xpress_decompress(packed, len, b->data, want, &got);
    b->now.end = ETL_BUFFER_HEAD_LEN + got;
    return err || got < want ? ERR_FORMAT : ERR_OK;
}

enum err
etl_buffers_view(struct etl_buffers *b, size_t pos, size_t want, const uint8_t **at, size_t *left)
{
    size_t len = b->now.end - pos;

    if ((b->now.flags & ETL_FLAG_COMPRESSED) != 0) {
        *at = b->data + (pos - ETL_BUFFER_HEAD_LEN);
        *left = len;
        return ERR_OK;
    }
    return source_window_get(b->window, b->now.offset + pos, len < want ? len : want, at, left);
}
