/* tally - an open-addressed table of record counts. */
#include "engine/tally.h"

#include <assert.h>
#include <stdlib.h>

#include "core/hash.h"
#include "core/intern.h"
#include "core/mem.h"
#include "core/metrics.h"

#define TABLE_LEN (2 * TALLY_MAX) /* a power of two, never more than half full */
_Static_assert((TABLE_LEN & (TABLE_LEN - 1)) == 0, "masked, not divided");

struct key {
    uint32_t provider; /* id in names */
    uint32_t event_id;
    uint32_t version;
};

struct entry {
    struct key key;
    uint64_t count; /* 0 = free */
};

struct tally {
    struct intern *names;
    size_t used;
    struct entry entry[TABLE_LEN];
};

enum err
tally_create(struct tally **out)
{
    struct tally *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return ERR_NOMEM;
    }
    enum err err = intern_create(TALLY_MAX, &t->names);
    if (err) {
        tally_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
tally_destroy(struct tally *t)
{
    if (t == NULL) {
        return;
    }
    intern_destroy(t->names);
    mem_free(t);
}

static bool
key_eq(const struct key *a, const struct key *b)
{
    return a->provider == b->provider && a->event_id == b->event_id && a->version == b->version;
}

enum err
tally_add(struct tally *t, struct sv provider, uint32_t event_id, uint32_t version)
{
    struct key key = {0, event_id, version};
    enum err err = intern_id(t->names, provider, &key.provider);

    if (err) {
        return err;
    }
    size_t at = hash64(&key, sizeof(key)) & (TABLE_LEN - 1);
    while (t->entry[at].count != 0 && !key_eq(&t->entry[at].key, &key)) {
        at = (at + 1) & (TABLE_LEN - 1);
    }
    if (t->entry[at].count == 0) {
        if (t->used == TALLY_MAX || key.provider == INTERN_OVERFLOW) {
            metric_add(METRIC_RECORD_KINDS_FULL, 1);
            return ERR_OK;
        }
        t->used++;
        t->entry[at].key = key;
    }
    t->entry[at].count++;
    return ERR_OK;
}

static int
by_name(const void *left, const void *right)
{
    const struct replay_record_count *a = left;
    const struct replay_record_count *b = right;
    int order = strcmp(a->provider, b->provider);

    if (order == 0) {
        order = (a->event_id > b->event_id) - (a->event_id < b->event_id);
    }
    if (order == 0) {
        order = (a->version > b->version) - (a->version < b->version);
    }
    return order;
}

enum err
tally_rows(const struct tally *t, struct replay_record_count **rows, size_t *count)
{
    size_t made = 0;
    struct replay_record_count *out = NULL;

    if (t->used > 0) {
        out = mem_array(t->used, sizeof(*out));
        if (out == NULL) {
            return ERR_NOMEM;
        }
    }
    for (size_t i = 0; i < TABLE_LEN; i++) {
        const struct entry *e = &t->entry[i];

        if (e->count == 0) {
            continue;
        }
        assert(out != NULL && made < t->used);
        struct sv name = intern_text(t->names, e->key.provider);
        char *copy = mem_strndup(name.p, name.len);
        if (copy == NULL) {
            while (made > 0) {
                mem_free(out[--made].provider);
            }
            mem_free(out);
            return ERR_NOMEM;
        }
        out[made++] = (struct replay_record_count){copy, e->key.event_id, e->key.version, e->count};
    }
    if (made > 1) {
        qsort(out, made, sizeof(*out), by_name);
    }
    *rows = out;
    *count = made;
    return ERR_OK;
}
