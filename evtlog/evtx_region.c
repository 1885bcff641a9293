/* evtx_region - walks and searches the records of one chunk. */
#include "evtlog/evtx_region.h"

#include "evtlog/evtx_chunk.h"

/* -- record ids -------------------------------------------------------------------------------- */

void
id_ranges_add(struct id_ranges *r, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->range[i].last + 1 == first && last >= first) {
            r->range[i].last = last;
            return;
        }
    }
    if (r->count < ID_RANGES_MAX && first <= last) {
        r->range[r->count].first = first;
        r->range[r->count].last = last;
        r->count++;
    }
}

bool
id_ranges_have(const struct id_ranges *r, uint64_t id)
{
    for (size_t i = 0; i < r->count; i++) {
        if (id >= r->range[i].first && id <= r->range[i].last) {
            return true;
        }
    }
    return false;
}

static bool
given_here(const struct region *g, uint64_t id)
{
    for (size_t i = 0; i < g->given_count; i++) {
        if (g->given[i] == id) {
            return true;
        }
    }
    return false;
}

static bool
continues(const struct region *g, uint64_t id)
{
    return g->given_count > 0 && g->given[g->given_count - 1] + 1 == id;
}

/* A record of this chunk that was not given yet, as far as its id tells. */
static bool
is_ours(const struct region *g, const struct region_env *env, uint64_t id)
{
    if (g->ids_known && (id < g->first_id || id > g->last_id) && !continues(g, id)) {
        return false;
    }
    return !given_here(g, id) && !id_ranges_have(&env->ranges, id);
}

/* -- items ------------------------------------------------------------------------------------- */

/* False when the region has told enough damages. */
static bool
tell_damage(struct region *g, size_t at, const char *why, struct evtx_item *out)
{
    if (g->damage_count == EVTX_DAMAGE_ITEMS_MAX) {
        return false;
    }
    g->damage_count++;
    *out = (struct evtx_item){
        .kind = EVTX_ITEM_DAMAGED, .offset = g->base_offset + at, .recovered = false, .why = why};
    return true;
}

static void
keep_text(char *kept, size_t *kept_len, struct sv s)
{
    if (!sv_eq((struct sv){kept, *kept_len}, s)) {
        *kept_len = s.len < REGION_NAME_MAX ? s.len : REGION_NAME_MAX;
        if (*kept_len > 0) {
            memcpy(kept, s.p, *kept_len);
        }
    }
}

/* Decodes the record; where bytes are missing in the chunk, also as the next chunk sees it. */
MUST_CHECK static enum err
decode(struct region *g, struct region_env *env, const struct record_head *head, bool torn,
       struct evtx_item *out)
{
    struct record_input in = {
        .chunk = g->base,
        .chunk_len = g->end,
        .at = g->pos,
        .len = head->len,
        .torn = torn,
        .id = head->id,
        .host = {env->host, env->host_len},
        .channel = {env->channel, env->channel_len},
    };
    enum err err = record_read(env->reader, &in, out);

    if (err && err != ERR_NOMEM && g->alt != NULL) {
        in.chunk = g->alt;
        in.chunk_len = EVTX_CHUNK_LEN;
        in.at = g->pos + (size_t)(g->base - g->alt);
        record_reader_other_base(env->reader);
        err = record_read(env->reader, &in, out);
        record_reader_other_base(env->reader);
    }
    return err;
}

/* Gives the record at g->pos, or tells its damage; ERR_END: nothing to give. */
MUST_CHECK static enum err
give(struct region *g, struct region_env *env, const struct record_head *head, bool torn,
     struct evtx_item *out)
{
    size_t at = g->pos;
    bool found = !torn && (g->phase == REGION_SEARCH || at >= g->fill_end);
    enum err err = decode(g, env, head, torn, out);

    if (err == ERR_NOMEM) {
        return err;
    }
    env->stats->records++;
    g->met += !found;
    g->pos += torn ? RECORD_HEAD_LEN : head->len;
    if (err) {
        env->stats->records_damaged++;
        if (!tell_damage(g, at, torn ? "a record is torn" : "a record's XML is damaged", out)) {
            return ERR_END;
        }
        out->open_copy = torn && env->stats->dirty;
        return ERR_OK;
    }
    if (g->given_count < REGION_IDS_MAX) {
        g->given[g->given_count++] = head->id;
    }
    out->offset = g->base_offset + at;
    out->recovered = found;
    out->torn = torn;
    env->stats->records_recovered += found;
    if (!torn) {
        keep_text(env->host, &env->host_len, out->host);
        keep_text(env->channel, &env->channel_len, out->channel);
    }
    return ERR_OK;
}

/* -- steps: ERR_OK with an item, ERR_END when there is none to give yet -------------------------
 */

MUST_CHECK static enum err
step_walk(struct region *g, struct region_env *env, struct evtx_item *out)
{
    struct record_head head;
    bool ok = record_head_read(g->base, g->end, g->pos, &head);

    if (g->pos >= g->fill_end) {
        if (ok && head.tail_ok && continues(g, head.id)) {
            return give(g, env, &head, false, out);
        }
        g->phase = g->damaged ? REGION_SEARCH : REGION_DONE;
        return ERR_END;
    }
    if (!ok) {
        size_t at = g->pos;

        g->phase = REGION_SEARCH;
        g->met++;
        env->stats->records++;
        env->stats->records_damaged++;
        return tell_damage(g, at, "a record's header is damaged", out) ? ERR_OK : ERR_END;
    }
    if (g->damaged && !head.tail_ok) {
        g->phase = REGION_SEARCH;
        return give(g, env, &head, true, out);
    }
    return give(g, env, &head, false, out);
}

MUST_CHECK static enum err
step_search(struct region *g, struct region_env *env, struct evtx_item *out)
{
    struct record_head head;

    g->pos = record_head_find(g->base, g->pos, g->end);
    if (g->pos == g->end) {
        g->phase = REGION_DONE;
        return ERR_END;
    }
    if (!record_head_read(g->base, g->end, g->pos, &head) || !head.tail_ok) {
        g->pos++;
        return ERR_END;
    }
    if (!is_ours(g, env, head.id)) {
        env->stats->records_stale++;
        g->pos += head.len;
        return ERR_END;
    }
    return give(g, env, &head, false, out);
}

enum err
region_next(struct region *g, struct region_env *env, struct evtx_item *out)
{
    while (g->phase != REGION_DONE) {
        enum err err = g->phase == REGION_WALK ? step_walk(g, env, out) : step_search(g, env, out);

        if (err != ERR_END) {
            return err;
        }
    }
    return ERR_END;
}
