/* evtx - opens a log, finds its chunks and gives what is in them. */
#include "evtlog/evtx.h"

#include "core/mem.h"
#include "evtlog/evtx_chunk.h"
#include "evtlog/evtx_region.h"
#include "platform/source.h"

#define PENDING_MAX 4
#define LOOK_LEN (EVTX_CHUNK_LEN + CHUNK_HEAD_LEN) /* a chunk and the header behind it */

struct evtx {
    struct evtx_stats stats;
    struct region_env env;
    struct file_head head;
    uint64_t next_offset; /* of the next chunk */
    uint64_t zero_offset; /* of zeros where a chunk could be; 0 = none since the last chunk */
    bool in_region;
    size_t pending_count; /* damages to tell before anything else */
    struct evtx_item pending[PENDING_MAX];
    struct region region;
    struct crc32 crc;
    struct source_window window;
};
#define CHUNK_RECORDS_MAX (EVTX_CHUNK_LEN / RECORD_HEAD_LEN)

_Static_assert(sizeof(struct evtx) + RECORD_READER_MEMORY_MAX <= EVTX_MEMORY_MAX,
               "window, templates and one record fit the limit");

static void
tell(struct evtx *r, uint64_t offset, const char *why)
{
    if (r->pending_count < PENDING_MAX) {
        r->pending[r->pending_count++] =
            (struct evtx_item){.kind = EVTX_ITEM_DAMAGED, .offset = offset, .why = why};
    }
}

/* -- opening ----------------------------------------------------------------------------------- */

/* Looks at the file's header and for the first chunk: behind the header, or earlier when bytes are
 * missing. */
MUST_CHECK static enum err
find_start(struct evtx *r)
{
    const uint8_t *data;
    struct chunk_head first;
    size_t len;
    size_t at;
    enum err err = source_window_get(&r->window, 0, SOURCE_WINDOW_LEN, &data, &len);

    if (err) {
        return err;
    }
    file_head_read(&r->crc, data, len, &r->head);
    at = chunk_head_find(&r->crc, data, 0, len);
    if (!r->head.magic_ok && at == len) {
        if (len < FILE_BLOCK_LEN) {
            return ERR_FORMAT;
        }
        chunk_head_read(&r->crc, data + FILE_BLOCK_LEN, len - FILE_BLOCK_LEN, &first);
        if (!first.magic_ok) {
            return ERR_FORMAT;
        }
    }
    r->stats.dirty = r->head.dirty;
    r->stats.header_damaged = !r->head.sound;
    if (!r->head.sound) {
        tell(r, 0, "the file's header is damaged");
    }
    r->next_offset = at < FILE_BLOCK_LEN ? at : FILE_BLOCK_LEN;
    return ERR_OK;
}

enum err
evtx_open_source(const struct source *source, struct evtx **out)
{
    struct evtx *r = mem_zalloc(sizeof(*r));
    enum err err;

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    source_window_init(&r->window, source);
    crc32_init(&r->crc);
    r->env.stats = &r->stats;
    err = record_reader_create(&r->env.reader);
    if (err) {
        goto done;
    }
    err = find_start(r);
    if (err) {
        goto done;
    }
    *out = r;
    r = NULL;
done:
    evtx_close(r);
    return err;
}

enum err
evtx_open(struct file *f, struct evtx **out)
{
    struct source source = source_of_file(f);

    return evtx_open_source(&source, out);
}

void
evtx_close(struct evtx *r)
{
    if (r == NULL) {
        return;
    }
    record_reader_destroy(r->env.reader);
    mem_free(r);
}

const struct evtx_stats *
evtx_stats(const struct evtx *r)
{
    return &r->stats;
}

/* -- chunks ------------------------------------------------------------------------------------ */

static const char *
chunk_damage(const struct chunk_head *head, size_t len)
{
    if (len < EVTX_CHUNK_LEN) {
        return "the last chunk is cut short";
    }
    if (!head->magic_ok) {
        return "a chunk has no header";
    }
    return head->records_ok ? "a chunk's header is damaged" : "a chunk's checksum is wrong";
}

/* Fits the region to where the next sound chunk begins: `len` bytes from `offset` on are this
 * one's. When that is no whole chunk, bytes are missing, and the end of this chunk stands where
 * the next one makes it stand. */
MUST_CHECK static enum err
place_damaged(struct evtx *r, uint64_t offset, size_t len, bool magic_ok)
{
    struct region *g = &r->region;
    size_t missing = EVTX_CHUNK_LEN - len;
    const uint8_t *data;
    size_t got;
    enum err err;

    if (missing == 0 || missing > offset) {
        return ERR_OK;
    }
    err = source_window_get(&r->window, offset - missing, EVTX_CHUNK_LEN, &data, &got);
    if (err || got < EVTX_CHUNK_LEN) {
        return err;
    }
    if (magic_ok) {
        g->alt = data;
        g->base = data + missing;
        return ERR_OK;
    }
    g->base = data;
    g->base_offset = offset - missing;
    g->end = EVTX_CHUNK_LEN;
    g->pos = missing > CHUNK_HEAD_LEN ? missing : CHUNK_HEAD_LEN;
    g->phase = REGION_SEARCH;
    return ERR_OK;
}

/* A damaged chunk: it ends where the next sound one begins, at the latest after its own length. */
MUST_CHECK static enum err
begin_damaged(struct evtx *r, const uint8_t *data, size_t look, const struct chunk_head *head)
{
    struct region *g = &r->region;
    size_t len = look < EVTX_CHUNK_LEN ? look : EVTX_CHUNK_LEN;
    size_t next = chunk_head_find(&r->crc, data, 1, look);
    bool cut = next < len;

    r->stats.chunks_damaged++;
    tell(r, r->next_offset, chunk_damage(head, len));
    if (r->stats.dirty && head->magic_ok && len == EVTX_CHUNK_LEN && !cut && r->pending_count > 0) {
        r->pending[r->pending_count - 1].open_copy = true;
    }
    if (cut) {
        len = next;
    }
    g->damaged = true;
    g->end = len;
    g->fill_end = head->fill_end < len ? head->fill_end : len;
    g->ids_known = head->sound;
    if (cut) {
        return place_damaged(r, r->next_offset, len, head->magic_ok);
    }
    return ERR_OK;
}

/* A sound chunk can have lost bytes behind its records; the next one begins earlier then. */
static void
fit_sound(struct evtx *r, const uint8_t *data, size_t look)
{
    struct region *g = &r->region;
    const uint8_t *behind = data + EVTX_CHUNK_LEN;
    struct chunk_head next;
    size_t at;

    if (look <= EVTX_CHUNK_LEN || bytes_are_zero(behind, look - EVTX_CHUNK_LEN)) {
        return;
    }
    chunk_head_read(&r->crc, behind, look - EVTX_CHUNK_LEN, &next);
    if (next.magic_ok) {
        return;
    }
    at = chunk_head_find(&r->crc, data, g->fill_end, look);
    if (at < EVTX_CHUNK_LEN) {
        tell(r, g->base_offset + g->fill_end, "bytes are missing at the end of a chunk");
        r->stats.chunks_damaged++;
        g->end = at;
    }
}

/* Notes zeros where a chunk could be. They are usual at the end of a log, a gap elsewhere. */
static void
pass_zeros(struct evtx *r, size_t len)
{
    if (r->zero_offset == 0) {
        r->zero_offset = r->next_offset;
    }
    r->next_offset += len;
}

static void
end_zeros(struct evtx *r)
{
    if (r->zero_offset != 0) {
        tell(r, r->zero_offset, "zeros between chunks");
        r->stats.chunks_damaged++;
        r->zero_offset = 0;
    }
}

/* Makes the next chunk the region. ERR_END: the file has no more. */
MUST_CHECK static enum err
next_region(struct evtx *r)
{
    struct region *g = &r->region;
    struct chunk_head head;
    const uint8_t *data;
    size_t look;
    size_t len;
    enum err err;

    for (;;) {
        err = source_window_get(&r->window, r->next_offset, LOOK_LEN, &data, &look);
        if (err || look == 0) {
            return err ? err : ERR_END;
        }
        len = look < EVTX_CHUNK_LEN ? look : EVTX_CHUNK_LEN;
        if (!bytes_are_zero(data, len)) {
            break;
        }
        pass_zeros(r, len);
    }
    end_zeros(r);
    chunk_head_read(&r->crc, data, len, &head);
    r->stats.chunks++;
    g->base = data;
    g->base_offset = r->next_offset;
    g->end = len;
    g->alt = NULL;
    g->damaged = false;
    g->ids_known = true;
    g->first_id = head.first_id;
    g->last_id = head.last_id;
    g->fill_end = head.fill_end;
    g->phase = REGION_WALK;
    g->pos = CHUNK_HEAD_LEN;
    g->damage_count = 0;
    g->given_count = 0;
    g->met = 0;
    record_reader_next_chunk(r->env.reader);
    if (!head.sound || !head.records_ok || len < EVTX_CHUNK_LEN) {
        err = begin_damaged(r, data, look, &head);
    } else {
        fit_sound(r, data, look);
    }
    if (!err) {
        r->next_offset = g->base_offset + g->end;
        r->in_region = true;
    }
    return err;
}

static void
end_region(struct evtx *r)
{
    const struct region *g = &r->region;

    if (!g->damaged) {
        id_ranges_add(&r->env.ranges, g->first_id, g->last_id);
    } else if (g->ids_known && g->last_id - g->first_id < CHUNK_RECORDS_MAX) {
        uint64_t told = g->last_id - g->first_id + 1;

        r->stats.records_lost += told > g->met ? told - g->met : 0;
    }
    r->stats.bytes = r->next_offset;
    r->in_region = false;
}

enum err
evtx_next(struct evtx *r, struct evtx_item *out)
{
    enum err err;

    for (;;) {
        if (r->pending_count > 0) {
            *out = r->pending[0];
            r->pending_count--;
            memmove(r->pending, r->pending + 1, r->pending_count * sizeof(r->pending[0]));
            return ERR_OK;
        }
        if (r->in_region) {
            err = region_next(&r->region, &r->env, out);
            if (err != ERR_END) {
                return err;
            }
            end_region(r);
            continue;
        }
        err = next_region(r);
        if (err) {
            return err;
        }
    }
}
