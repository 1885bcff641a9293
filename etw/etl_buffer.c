/* etl_buffer - WMI_BUFFER_HEADER, the search for the next one, and decompression. */
#include "etw/etl_buffer.h"

#include "core/mem.h"
#include "core/rd.h"
#include "etw/etl_record.h"
#include "etw/xpress.h"

#define AT_SAVED 0x04
#define AT_CURRENT 0x08
#define AT_PROCESSOR 0x28
#define AT_LOGGER 0x2A
#define AT_OFFSET 0x30
#define AT_FLAGS 0x34
#define AT_TYPE 0x36

#define FLAG_PROCESSOR_INDEX 0x20u
#define FLAGS_KNOWN 0x00FFu
#define PROCESSOR_MASK 0x07FFu
#define TYPE_MAX 15u
#define FIRST_LEN (ETL_BUFFER_HEAD_LEN + ETL_RECORD_HEAD_MIN) /* header and a record's begin */
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
    out->len = len;
    out->end = end;
    out->cut = false;
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

/* A buffer's header and, where it can be seen, the begin of a record; of the session that the
 * others are of. */
static bool
looks_sound(const struct etl_buffers *b, const uint8_t *head, size_t got, struct etl_buffer *out)
{
    bool plain;

    if (got < ETL_BUFFER_HEAD_LEN || !etl_buffer_read(head, out)) {
        return false;
    }
    if (b->has_first && out->logger_id != b->logger_id) {
        return false;
    }
    plain = (out->flags & ETL_FLAG_COMPRESSED) == 0;
    return !plain || out->end < FIRST_LEN || got < FIRST_LEN ||
           etl_record_len(head + ETL_BUFFER_HEAD_LEN) > 0 ||
           rd_le32(head + ETL_BUFFER_HEAD_LEN) == UINT32_MAX;
}

static void
take(struct etl_buffers *b, uint64_t offset, const struct etl_buffer *found)
{
    uint64_t left = b->size - offset;

    b->now = *found;
    b->now.offset = offset;
    b->logger_id = found->logger_id;
    b->has_first = true;
    if (found->len > left) {
        bool packed = (found->flags & ETL_FLAG_COMPRESSED) != 0;

        b->now.len = (size_t)left;
        b->now.cut = packed || found->end > left; /* else only unused space is missing */
        b->now.end = !packed && b->now.cut ? (size_t)left : found->end;
    }
    b->next = offset + b->now.len;
}

/* How many of the bytes from `at` on cannot begin a buffer; one at a time is slow, so the window
 * is looked through as a whole. */
static size_t
search_window(const struct etl_buffers *b, const uint8_t *at, size_t len, struct etl_buffer *found)
{
    for (size_t i = 0; i + ETL_BUFFER_HEAD_LEN <= len; i++) {
        bool small = at[i + 3] == 0 || (at[i + 3] == 1 && at[i + 2] == 0); /* up to 16 MiB */

        if (small && at[i + AT_TYPE + 1] == 0 && at[i + AT_FLAGS + 1] == 0 &&
            looks_sound(b, at + i, len - i, found)) {
            return i;
        }
    }
    return SIZE_MAX;
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

enum err
etl_buffers_next(struct etl_buffers *b, uint64_t *skipped_at, uint64_t *skipped)
{
    uint64_t offset = b->next;
    bool blank = true;

    *skipped_at = offset;
    *skipped = 0;
    while (offset < b->size) {
        struct etl_buffer found;
        const uint8_t *at;
        size_t got, i;
        enum err err = source_window_get(b->window, offset, FIRST_LEN, &at, &got);

        if (err) {
            return err;
        }
        if (looks_sound(b, at, got, &found)) {
            take(b, offset, &found);
            break;
        }
        err = source_window_get(b->window, offset, SOURCE_WINDOW_LEN, &at, &got);
        if (err) {
            return err;
        }
        i = search_window(b, at, got, &found);
        if (i == SIZE_MAX) {
            i = got < SOURCE_WINDOW_LEN ? got : got - FIRST_LEN;
        }
        blank = blank && is_zero(at, i);
        offset += i;
    }
    *skipped = blank ? 0 : offset - *skipped_at;
    return offset < b->size ? ERR_OK : ERR_END;
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
