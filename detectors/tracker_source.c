/*
 * tracker_source - times grow from two inline words into blocks of the pool.
 *
 * A block of times is [members block or POOL_NONE, t0, t1, ...]; a block of members is
 * [count | class << 16, unused, time, id, time, id, ...], least recent first.
 */
#include "detectors/tracker_source.h"

#include <string.h>

#include "detectors/late.h"

#define INLINE_TIMES 2u
#define TIMES_HEAD 1u
#define LIST_HEAD 2u
#define LIST_ITEM 2u
#define ADDR6_WORDS 5u

struct addr6 {
    uint8_t bytes[16];
    uint32_t zone;
};
_Static_assert(sizeof(struct addr6) == ADDR6_WORDS * sizeof(uint32_t), "fills its block");
_Static_assert(sizeof(struct source_member) == LIST_ITEM * sizeof(uint32_t), "two words");

enum err
source_init(struct source *s, struct pool *pool, const struct tracker_key *key)
{
    s->host = key->host;
    s->account = key->account;
    s->known = addr_is_set(&key->src);
    s->v6 = key->src.family == ADDR_V6;
    if (s->v6) {
        struct addr6 a6;
        uint32_t at;
        enum err err = pool_take(pool, pool_class(ADDR6_WORDS), &at);

        if (err) {
            return err;
        }
        memcpy(a6.bytes, key->src.bytes, sizeof(a6.bytes));
        a6.zone = key->src.zone;
        memcpy(pool_at(pool, at), &a6, sizeof(a6));
        s->addr = at;
    } else {
        memcpy(&s->addr, key->src.bytes, sizeof(s->addr));
    }
    s->taken = 1;
    return ERR_OK;
}

static void
free_lists(struct source *s, struct pool *pool)
{
    if (s->has_list) {
        uint32_t list = *pool_at(pool, s->word[0]);

        pool_give(pool, (uint8_t)(*pool_at(pool, list) >> 16), list);
    }
    if (s->has_block) {
        pool_give(pool, (uint8_t)s->time_class, s->word[0]);
    }
    s->has_list = 0;
    s->has_block = 0;
    s->used = 0;
}

void
source_fini(struct source *s, struct pool *pool)
{
    free_lists(s, pool);
    if (s->v6) {
        pool_give(pool, pool_class(ADDR6_WORDS), s->addr);
    }
    memset(s, 0, sizeof(*s));
}

void
source_key(const struct source *s, const struct pool *pool, struct tracker_key *out)
{
    memset(out, 0, sizeof(*out));
    out->host = s->host;
    out->account = s->account;
    if (s->v6) {
        struct addr6 a6;

        memcpy(&a6, pool_at(pool, s->addr), sizeof(a6));
        memcpy(out->src.bytes, a6.bytes, sizeof(a6.bytes));
        out->src.zone = a6.zone;
        out->src.family = ADDR_V6;
    } else if (s->known) {
        memcpy(out->src.bytes, &s->addr, sizeof(s->addr));
        out->src.family = ADDR_V4;
    }
}

bool
source_is(const struct source *s, const struct pool *pool, const struct tracker_key *key)
{
    struct tracker_key mine;

    if (s->host != key->host || s->account != key->account || s->known != addr_is_set(&key->src) ||
        s->v6 != (key->src.family == ADDR_V6)) {
        return false;
    }
    if (!s->v6) {
        return memcmp(&s->addr, key->src.bytes, sizeof(s->addr)) == 0;
    }
    source_key(s, pool, &mine);
    return addr_eq(&mine.src, &key->src);
}

const uint32_t *
source_times(const struct source *s, const struct pool *pool)
{
    return s->has_block ? pool_at(pool, s->word[0]) + TIMES_HEAD : s->word;
}

uint32_t
source_last(const struct source *s, const struct pool *pool)
{
    return s->used == 0 ? 0 : source_times(s, pool)[s->used - 1];
}

/* -- times ----------------------------------------------------------------------------------- */
static uint32_t *
times_of(struct source *s, const struct pool *pool)
{
    return s->has_block ? pool_at(pool, s->word[0]) + TIMES_HEAD : s->word;
}

static void
drop_oldest(struct source *s, const struct pool *pool, uint32_t count)
{
    uint32_t *times = times_of(s, pool);

    if (s->has_block) {
        memmove(times, times + count, (s->used - count) * sizeof(*times));
    } else if (count == 1) {
        s->word[0] = s->word[1];
    }
    s->used = (s->used - count) & 0x3fffu;
}

/* What is older than the longest window does not matter any more. */
static void
drop_expired(struct source *s, struct pool *pool, uint32_t keep_s, uint32_t now_s)
{
    const uint32_t *times = source_times(s, pool);
    uint32_t n = 0;

    while (n < s->used && now_s - times[n] > keep_s) {
        n++;
    }
    if (n > 0 && n == s->used) {
        free_lists(s, pool);
    } else if (n > 0) {
        drop_oldest(s, pool, n);
    }
}

/* Moves the times into a block with room for one more. */
static enum err
grow_times(struct source *s, struct pool *pool)
{
    uint8_t size_class = pool_class(s->used + 1 + TIMES_HEAD);
    uint32_t list = s->has_list ? *pool_at(pool, s->word[0]) : POOL_NONE;
    uint32_t at;
    enum err err = pool_take(pool, size_class, &at);

    if (err) {
        return err;
    }
    *pool_at(pool, at) = list;
    if (s->has_block) {
        memcpy(pool_at(pool, at) + TIMES_HEAD, source_times(s, pool), s->used * sizeof(uint32_t));
        pool_give(pool, (uint8_t)s->time_class, s->word[0]);
    } else {
        uint32_t *words = pool_at(pool, at) + TIMES_HEAD;

        words[0] = s->word[0];
        words[1] = s->word[1];
    }
    s->word[0] = at;
    s->has_block = 1;
    s->time_class = size_class & 0x1fu;
    return ERR_OK;
}

static uint32_t
room_for_times(const struct source *s)
{
    return s->has_block ? pool_words((uint8_t)s->time_class) - TIMES_HEAD : INLINE_TIMES;
}

static enum err
add_time(struct source *s, struct pool *pool, const struct tracker_opts *opts, uint32_t time_s)
{
    uint32_t *times;
    uint32_t at;

    if (s->used >= opts->times_max) {
        if (time_s < source_times(s, pool)[0]) {
            return ERR_OK; /* late, and older than all that are kept */
        }
        drop_oldest(s, pool, s->used - opts->times_max + 1);
    }
    if (s->used == room_for_times(s)) {
        enum err err = grow_times(s, pool);
        if (err) {
            return err;
        }
    }
    times = times_of(s, pool);
    for (at = s->used; at > 0 && times[at - 1] > time_s; at--) {
        times[at] = times[at - 1];
    }
    times[at] = time_s;
    s->used = (s->used + 1) & 0x3fffu;
    return ERR_OK;
}

/* -- members --------------------------------------------------------------------------------- */
static uint32_t
list_room(uint8_t size_class)
{
    return (pool_words(size_class) - LIST_HEAD) / LIST_ITEM;
}

/* A list of `count` items from `items`, with room for one more. */
static enum err
make_list(struct pool *pool, const struct source_member *items, uint32_t count, uint32_t *out_at)
{
    uint8_t size_class = pool_class(LIST_HEAD + (count + 1) * LIST_ITEM);
    uint32_t *words;
    enum err err = pool_take(pool, size_class, out_at);

    if (err) {
        return err;
    }
    words = pool_at(pool, *out_at);
    words[0] = count | (uint32_t)size_class << 16;
    words[1] = 0;
    memcpy(words + LIST_HEAD, items, count * sizeof(*items));
    return ERR_OK;
}

/* From the only member to a list; times must be in a block to hang it on. */
static enum err
start_list(struct source *s, struct pool *pool)
{
    struct source_member only = {source_last(s, pool), s->member};
    uint32_t at;
    enum err err;

    if (!s->has_block) {
        err = grow_times(s, pool);
        if (err) {
            return err;
        }
    }
    err = make_list(pool, &only, 1, &at);
    if (err) {
        return err;
    }
    *pool_at(pool, s->word[0]) = at;
    s->has_list = 1;
    return ERR_OK;
}

static enum err
grow_list(struct source *s, struct pool *pool)
{
    uint32_t old = *pool_at(pool, s->word[0]);
    uint32_t *words = pool_at(pool, old);
    uint32_t at;
    enum err err;

    /* The block does not move, so the items may be copied from where they are. */
    err = make_list(pool, (const struct source_member *)(const void *)(words + LIST_HEAD),
                    words[0] & 0xffffu, &at);
    if (err) {
        return err;
    }
    pool_give(pool, (uint8_t)(words[0] >> 16), old);
    *pool_at(pool, s->word[0]) = at;
    return ERR_OK;
}

static enum err
list_put(struct source *s, struct pool *pool, uint32_t members_max, struct source_member m)
{
    uint32_t *words = pool_at(pool, *pool_at(pool, s->word[0]));
    uint32_t count = words[0] & 0xffffu;
    uint32_t *items = words + LIST_HEAD;
    uint32_t i = 0;

    while (i < count && items[i * LIST_ITEM + 1] != m.id) {
        i++;
    }
    if (i == count && count >= members_max) {
        i = 0; /* the least recent makes room */
    }
    if (i < count) {
        if (items[i * LIST_ITEM + 1] == m.id && items[i * LIST_ITEM] > m.time_s) {
            m.time_s = items[i * LIST_ITEM]; /* late: it was met since */
        }
        memmove(items + i * LIST_ITEM, items + (i + 1) * LIST_ITEM,
                (count - i - 1) * LIST_ITEM * sizeof(uint32_t));
        count--;
    } else if (count == list_room((uint8_t)(words[0] >> 16))) {
        enum err err = grow_list(s, pool);
        if (err) {
            return err;
        }
        words = pool_at(pool, *pool_at(pool, s->word[0]));
        items = words + LIST_HEAD;
    }
    items[count * LIST_ITEM] = m.time_s;
    items[count * LIST_ITEM + 1] = m.id;
    words[0] = (words[0] & 0xffff0000u) | (count + 1);
    return ERR_OK;
}

static enum err
add_member(struct source *s, struct pool *pool, const struct tracker_opts *opts, uint16_t member,
           uint32_t time_s)
{
    if (s->used == 0) {
        s->member = member;
        return ERR_OK;
    }
    if (!s->has_list) {
        enum err err;

        if (s->member == member) {
            return ERR_OK;
        }
        err = start_list(s, pool);
        if (err) {
            return err;
        }
    }
    return list_put(s, pool, opts->members_max, (struct source_member){time_s, member});
}

uint32_t
source_members(const struct source *s, const struct pool *pool, struct source_member *single,
               const struct source_member **out)
{
    const uint32_t *words;

    if (!s->has_list) {
        *single = (struct source_member){source_last(s, pool), s->member};
        *out = single;
        return s->used > 0;
    }
    words = pool_at(pool, *pool_at(pool, s->word[0]));
    *out = (const struct source_member *)(const void *)(words + LIST_HEAD);
    return words[0] & 0xffffu;
}

/* -- both ------------------------------------------------------------------------------------ */
/* The clock was set back to now_s: what is later has just happened. */
static void
clamp_times(struct source *s, const struct pool *pool, uint32_t now_s)
{
    uint32_t *times = times_of(s, pool);

    for (uint32_t i = s->used; i > 0 && times[i - 1] > now_s; i--) {
        times[i - 1] = now_s;
    }
    if (s->has_list) {
        uint32_t *words = pool_at(pool, *pool_at(pool, s->word[0]));
        uint32_t *items = words + LIST_HEAD;

        for (uint32_t i = 0; i < (words[0] & 0xffffu); i++) {
            items[i * LIST_ITEM] = items[i * LIST_ITEM] > now_s ? now_s : items[i * LIST_ITEM];
        }
    }
}

enum err
source_add(struct source *s, struct pool *pool, const struct tracker_opts *opts, uint16_t member,
           uint32_t time_s)
{
    uint32_t last = source_last(s, pool);
    enum err err;

    if (late_is_step(last, time_s)) {
        clamp_times(s, pool, time_s);
        last = time_s;
    }
    drop_expired(s, pool, opts->keep_s, time_s > last ? time_s : last);
    err = add_member(s, pool, opts, member, time_s);
    if (err) {
        return err;
    }
    return add_time(s, pool, opts, time_s);
}

void
source_spend(struct source *s, struct pool *pool)
{
    uint32_t last = source_last(s, pool);
    struct source_member single;
    const struct source_member *list;
    uint32_t count = source_members(s, pool, &single, &list);
    uint16_t member = count == 0 ? 0 : (uint16_t)list[count - 1].id;

    free_lists(s, pool);
    s->flags = 0;
    s->mark = 0;
    if (count > 0) {
        s->word[0] = last;
        s->used = 1;
        s->member = member;
    }
}
