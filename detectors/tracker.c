/* tracker - index of sources, making room, totals. */
#include "detectors/tracker.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/tracker_source.h"

#define CHUNK_SHIFT 14u
#define CHUNK_LEN (1u << CHUNK_SHIFT)
#define INDEX_CAP_MIN 1024u
/* An index slot is the entry's number + 1 below a tag: a few bits of the hash that spare most
 * looks at entries that are not the one. */
#define TAG_SHIFT 22u
#define ENTRY_MASK ((1u << TAG_SHIFT) - 1)
#define ENTRIES_MAX (ENTRY_MASK - 1)
#define ROOM_SHARE 64u     /* this part of all makes room at once */
#define ROOM_BUCKETS 1024u /* of the search for the oldest */
#define ROOM_RETRY_S 60u   /* after a search that found nothing */

/* Counts that only grow, by small id. */
struct totals {
    uint64_t *count;
    uint32_t len;
};

struct tracker {
    struct tracker_opts opts;
    struct pool pool;
    struct source **chunks;
    uint32_t chunk_count, chunk_cap;
    uint32_t entry_count; /* ever used */
    uint32_t free_entry;  /* list through word[0], or TRACKER_NONE */
    uint32_t count;       /* in use */
    uint32_t *index;
    uint32_t index_cap; /* power of two */
    uint32_t full_until_s;
    struct totals hosts, members;
};

enum err
tracker_create(const struct tracker_opts *opts, struct tracker **out)
{
    struct tracker *t = mem_zalloc(sizeof(*t));

    *out = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->opts = *opts;
    if (t->opts.max_sources > ENTRIES_MAX) {
        t->opts.max_sources = ENTRIES_MAX;
    }
    pool_init(&t->pool);
    t->free_entry = TRACKER_NONE;
    t->index = mem_array(INDEX_CAP_MIN, sizeof(*t->index));
    if (t->index == NULL) {
        tracker_destroy(t);
        return ERR_NOMEM;
    }
    t->index_cap = INDEX_CAP_MIN;
    *out = t;
    return ERR_OK;
}

void
tracker_destroy(struct tracker *t)
{
    if (t == NULL) {
        return;
    }
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        mem_free(t->chunks[i]);
    }
    mem_free(t->chunks);
    mem_free(t->index);
    mem_free(t->hosts.count);
    mem_free(t->members.count);
    pool_fini(&t->pool);
    mem_free(t);
}

static struct source *
entry(const struct tracker *t, uint32_t i)
{
    return &t->chunks[i >> CHUNK_SHIFT][i & (CHUNK_LEN - 1)];
}

/* -- index ----------------------------------------------------------------------------------- */
static uint64_t
hash_key(const struct tracker_key *key)
{
    uint8_t bytes[24];
    size_t len = key->src.family == ADDR_V6 ? 16 : 4;

    memcpy(bytes, key->src.bytes, len);
    memcpy(bytes + len, &key->host, sizeof(key->host));
    memcpy(bytes + len + 2, &key->account, sizeof(key->account));
    len += 4;
    if (key->src.family == ADDR_V6) {
        memcpy(bytes + len, &key->src.zone, sizeof(key->src.zone));
        len += 4;
    }
    return hash64(bytes, len);
}

static uint32_t
tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~ENTRY_MASK;
}

static uint32_t
find_hashed(const struct tracker *t, const struct tracker_key *key, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (t->index_cap - 1);

    for (; t->index[at] != 0; at = (at + 1) & (t->index_cap - 1)) {
        uint32_t i = (t->index[at] & ENTRY_MASK) - 1;

        if ((t->index[at] & ~ENTRY_MASK) == tag_of(hash) && source_is(entry(t, i), &t->pool, key)) {
            return i;
        }
    }
    return TRACKER_NONE;
}

uint32_t
tracker_find(const struct tracker *t, const struct tracker_key *key)
{
    return find_hashed(t, key, hash_key(key));
}

static void
index_put(uint32_t *index, uint32_t cap, uint64_t hash, uint32_t i)
{
    uint32_t at = (uint32_t)hash & (cap - 1);

    while (index[at] != 0) {
        at = (at + 1) & (cap - 1);
    }
    index[at] = tag_of(hash) | (i + 1);
}

static uint64_t
hash_entry(const struct tracker *t, uint32_t i)
{
    struct tracker_key key;

    source_key(entry(t, i), &t->pool, &key);
    return hash_key(&key);
}

static enum err
grow_index(struct tracker *t)
{
    uint32_t cap = t->index_cap * 2;
    uint32_t *index = mem_array(cap, sizeof(*index));

    if (index == NULL) {
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < t->entry_count; i++) {
        if (entry(t, i)->taken) {
            index_put(index, cap, hash_entry(t, i), i);
        }
    }
    mem_free(t->index);
    t->index = index;
    t->index_cap = cap;
    return ERR_OK;
}

/* Removes slot `at` and moves back what the gap would hide (Knuth 6.4, algorithm R). */
static void
index_remove(struct tracker *t, uint32_t at)
{
    uint32_t mask = t->index_cap - 1;
    uint32_t gap = at;

    for (uint32_t next = (at + 1) & mask; t->index[next] != 0; next = (next + 1) & mask) {
        uint32_t home = (uint32_t)hash_entry(t, (t->index[next] & ENTRY_MASK) - 1) & mask;

        if (((next - home) & mask) >= ((next - gap) & mask)) {
            t->index[gap] = t->index[next];
            gap = next;
        }
    }
    t->index[gap] = 0;
}

static void
remove_entry(struct tracker *t, uint32_t i)
{
    uint64_t hash = hash_entry(t, i);
    uint32_t at = (uint32_t)hash & (t->index_cap - 1);
    struct source *s = entry(t, i);

    while ((t->index[at] & ENTRY_MASK) != i + 1) {
        at = (at + 1) & (t->index_cap - 1);
    }
    index_remove(t, at);
    source_fini(s, &t->pool);
    s->word[0] = t->free_entry;
    t->free_entry = i;
    t->count--;
}

/* -- making room ----------------------------------------------------------------------------- */
static bool
is_held(const struct tracker *t, const struct source *s, uint32_t now_s)
{
    uint32_t last = source_last(s, &t->pool);

    return s->mark != 0 && (now_s < last || now_s - last <= t->opts.hold_s);
}

static bool
is_expired(const struct tracker *t, const struct source *s, uint32_t now_s)
{
    uint32_t last = source_last(s, &t->pool);

    return last < now_s && now_s - last > t->opts.keep_s && !is_held(t, s, now_s);
}

void
tracker_sweep(struct tracker *t, uint32_t now_s)
{
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct source *s = entry(t, i);

        if (s->taken && is_expired(t, s, now_s)) {
            remove_entry(t, i);
        }
    }
}

/* Times [low, low + ROOM_BUCKETS * width) in buckets; how many were seen last in each. */
struct room {
    uint32_t low, width;
    uint32_t bucket[ROOM_BUCKETS];
};

static bool
bucket_of(const struct tracker *t, const struct room *r, uint32_t i, uint32_t now_s, uint32_t *out)
{
    const struct source *s = entry(t, i);
    uint32_t last;

    if (!s->taken || is_held(t, s, now_s)) {
        return false;
    }
    last = source_last(s, &t->pool);
    if (last < r->low || (last - r->low) / r->width >= ROOM_BUCKETS) {
        return false;
    }
    *out = (last - r->low) / r->width;
    return true;
}

/* Narrows r to the bucket in which the `want`-th oldest lies; *want becomes its rank there. False
 * when there are fewer. */
static bool
narrow(const struct tracker *t, struct room *r, uint32_t now_s, uint32_t *want)
{
    uint32_t b;

    memset(r->bucket, 0, sizeof(r->bucket));
    for (uint32_t i = 0; i < t->entry_count; i++) {
        if (bucket_of(t, r, i, now_s, &b)) {
            r->bucket[b]++;
        }
    }
    for (b = 0; b < ROOM_BUCKETS && r->bucket[b] < *want; b++) {
        *want -= r->bucket[b];
    }
    if (b == ROOM_BUCKETS) {
        r->low = UINT32_MAX; /* all of them */
        return false;
    }
    r->low += b * r->width;
    return true;
}

/* Forgets the sources seen longest ago: a share of all, so that the search is paid once for
 * many. Equal times go by entry number, which depends on the input only. */
static enum err
make_room(struct tracker *t, uint32_t now_s)
{
    struct room r = {.low = 0, .width = UINT32_MAX / ROOM_BUCKETS + 1};
    uint32_t want = t->opts.max_sources / ROOM_SHARE + 1;
    uint32_t held_back = 0;

    if (now_s < t->full_until_s) {
        return ERR_FULL;
    }
    tracker_sweep(t, now_s);
    if (t->count < t->opts.max_sources) {
        return ERR_OK;
    }
    while (narrow(t, &r, now_s, &want)) {
        if (r.width == 1) {
            break;
        }
        r.width = r.width / ROOM_BUCKETS + 1;
    }
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct source *s = entry(t, i);
        uint32_t last = source_last(s, &t->pool);

        if (!s->taken || is_held(t, s, now_s) || last > r.low) {
            continue;
        }
        if (last == r.low && held_back++ >= want) {
            continue;
        }
        remove_entry(t, i);
        metric_add(METRIC_SOURCES_EVICTED, 1);
    }
    if (t->count < t->opts.max_sources) {
        return ERR_OK;
    }
    t->full_until_s = now_s + ROOM_RETRY_S;
    return ERR_FULL;
}

/* -- adding ---------------------------------------------------------------------------------- */
static enum err
take_entry(struct tracker *t, uint32_t *out)
{
    if (t->free_entry != TRACKER_NONE) {
        *out = t->free_entry;
        t->free_entry = entry(t, *out)->word[0];
        memset(entry(t, *out), 0, sizeof(struct source));
        return ERR_OK;
    }
    if (t->entry_count == t->chunk_count << CHUNK_SHIFT) {
        if (t->chunk_count == t->chunk_cap) {
            uint32_t cap = t->chunk_cap == 0 ? 4 : t->chunk_cap * 2;
            struct source **chunks = mem_realloc(t->chunks, cap, sizeof(struct source *));

            if (chunks == NULL) {
                return ERR_NOMEM;
            }
            t->chunks = chunks;
            t->chunk_cap = cap;
        }
        t->chunks[t->chunk_count] = mem_array(CHUNK_LEN, sizeof(struct source));
        if (t->chunks[t->chunk_count] == NULL) {
            return ERR_NOMEM;
        }
        t->chunk_count++;
    }
    *out = t->entry_count++;
    return ERR_OK;
}

static void
give_entry(struct tracker *t, uint32_t i)
{
    entry(t, i)->word[0] = t->free_entry;
    t->free_entry = i;
}

static enum err
insert(struct tracker *t, const struct tracker_key *key, uint64_t hash, uint32_t now_s,
       uint32_t *out)
{
    enum err err;

    if (t->count >= t->opts.max_sources) {
        err = make_room(t, now_s);
        if (err) {
            return err;
        }
    }
    if (t->count >= t->index_cap / 5 * 4) {
        err = grow_index(t);
        if (err) {
            return err;
        }
    }
    err = take_entry(t, out);
    if (err) {
        return err;
    }
    err = source_init(entry(t, *out), &t->pool, key);
    if (err) {
        give_entry(t, *out);
        return err;
    }
    index_put(t->index, t->index_cap, hash, *out);
    t->count++;
    return ERR_OK;
}

static enum err
total_add(struct totals *t, uint16_t id)
{
    if (id >= t->len) {
        uint32_t len = id + 1u + id / 2u;
        uint64_t *count = mem_realloc(t->count, len, sizeof(*count));

        if (count == NULL) {
            return ERR_NOMEM;
        }
        memset(count + t->len, 0, (len - t->len) * sizeof(*count));
        t->count = count;
        t->len = len;
    }
    t->count[id]++;
    return ERR_OK;
}

enum err
tracker_add(struct tracker *t, const struct tracker_key *key, uint16_t member, uint32_t time_s,
            uint32_t *out_source)
{
    uint64_t hash = hash_key(key);
    uint32_t i = find_hashed(t, key, hash);
    enum err err;

    *out_source = TRACKER_NONE;
    err = total_add(&t->hosts, key->host);
    if (!err) {
        err = total_add(&t->members, member);
    }
    if (!err && i == TRACKER_NONE) {
        err = insert(t, key, hash, time_s, &i);
    }
    if (err) {
        return err;
    }
    err = source_add(entry(t, i), &t->pool, &t->opts, member, time_s);
    if (err) {
        return err;
    }
    *out_source = i;
    return ERR_OK;
}

void
tracker_spend(struct tracker *t, uint32_t source)
{
    source_spend(entry(t, source), &t->pool);
}

/* -- questions ------------------------------------------------------------------------------- */
static bool
inside(uint32_t time_s, uint32_t now_s, uint32_t window_s)
{
    return time_s >= now_s || now_s - time_s <= window_s;
}

const uint32_t *
tracker_times(const struct tracker *t, uint32_t source, uint32_t *out_count)
{
    const struct source *s = entry(t, source);

    *out_count = s->used;
    return source_times(s, &t->pool);
}

bool
tracker_reached(const struct tracker *t, uint32_t source, uint32_t count, uint32_t now_s,
                uint32_t window_s)
{
    const struct source *s = entry(t, source);

    return count <= s->used && inside(source_times(s, &t->pool)[s->used - count], now_s, window_s);
}

uint32_t
tracker_last(const struct tracker *t, uint32_t source)
{
    return source_last(entry(t, source), &t->pool);
}

uint32_t
tracker_within(const struct tracker *t, uint32_t source, uint32_t now_s, uint32_t window_s)
{
    const struct source *s = entry(t, source);
    const uint32_t *times = source_times(s, &t->pool);
    uint32_t n = 0;

    while (n < s->used && inside(times[s->used - 1 - n], now_s, window_s)) {
        n++;
    }
    return n;
}

uint32_t
tracker_members_within(const struct tracker *t, uint32_t source, uint32_t now_s, uint32_t window_s)
{
    struct source_member single;
    const struct source_member *list;
    uint32_t count = source_members(entry(t, source), &t->pool, &single, &list);
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        n += list[i].id != 0 && inside(list[i].time_s, now_s, window_s);
    }
    return n;
}

uint32_t
tracker_members(const struct tracker *t, uint32_t source, uint16_t *out, uint32_t cap)
{
    const struct source *s = entry(t, source);
    struct source_member single;
    const struct source_member *list;
    uint32_t count = source_members(s, &t->pool, &single, &list);
    uint32_t n = 0;

    for (uint32_t i = 0; i < count && n < cap; i++) {
        if (list[i].id != 0 && list[i].time_s >= source_times(s, &t->pool)[0]) {
            out[n++] = (uint16_t)list[i].id;
        }
    }
    return n;
}

uint8_t
tracker_flags(const struct tracker *t, uint32_t source)
{
    return (uint8_t)entry(t, source)->flags;
}

void
tracker_flag(struct tracker *t, uint32_t source, uint8_t flags)
{
    struct source *s = entry(t, source);

    s->flags = (s->flags | flags) & TRACKER_FLAGS;
}

void
tracker_mark(struct tracker *t, uint32_t source, uint16_t mark)
{
    entry(t, source)->mark = mark;
}

uint16_t
tracker_marked(const struct tracker *t, uint32_t source)
{
    return entry(t, source)->mark;
}

uint32_t
tracker_count(const struct tracker *t)
{
    return t->count;
}

static uint64_t
total_of(const struct totals *t, uint16_t id)
{
    return id < t->len ? t->count[id] : 0;
}

uint64_t
tracker_host_total(const struct tracker *t, uint16_t host)
{
    return total_of(&t->hosts, host);
}

uint64_t
tracker_member_total(const struct tracker *t, uint16_t member)
{
    return total_of(&t->members, member);
}
