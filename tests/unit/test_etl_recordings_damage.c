/* etl on damaged recordings: whatever happens to some bytes, every record of the buffers that they
 * are not of is given, once, and what is told is consistent. */
#include "unit/test_etl_help.h"

#include <limits.h>

#include "core/hash.h"

#define DAMAGES 200u /* of each recording */
#define SOAK_DAMAGES 2000u
#define BUFFERS 10u /* of the recording in one round, behind its header */
#define DAMAGE_LEN_MAX 100000u
#define BUFFERS_MAX 400u
#define KEYS_MAX 60000u

static const char *const recordings[] = {
    "kernel-network-win7-7601.etl", "kernel-process-win7-7600.etl",
    "kernel-process-win11-26200.etl", "ntkernel-compressed-win11-22000.etl",
    "ntkernel-win10-18362.etl"};

/* A record as it is told from others, and where it is. */
struct key {
    uint64_t hash;
    uint64_t offset; /* of its buffer */
    unsigned given;  /* of the first key with its hash: how often the damaged trace gave it */
};

struct keys {
    bool timed; /* records that are alike but for their times are told apart */
    size_t count;
    struct key key[KEYS_MAX]; /* by hash */
};

static uint64_t
item_hash(const struct etl_item *item, bool timed)
{
    const struct etw_record *rec = &item->record;
    uint64_t parts[6] = {0};

    memcpy(parts, rec->provider.bytes, sizeof(rec->provider.bytes));
    parts[2] = (uint64_t)rec->id << 32 | rec->pid;
    parts[3] = (uint64_t)rec->version << 32 | rec->tid;
    parts[4] = hash64(rec->payload, rec->payload_len);
    parts[5] = timed ? rec->time_ft : 0;
    return hash64(parts, sizeof(parts));
}

/* xorshift64: the damages are the same on every run with one seed. */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* -- damage ------------------------------------------------------------------------------------ */

enum damage_kind { FLIP, ZERO, CUT_OUT, SWAP, CUT_OFF, NOISE, DAMAGE_KINDS };

struct damage {
    enum damage_kind kind;
    size_t at, len;
    size_t other; /* SWAP: the second range, behind the first */
};

static void
swap_ranges(struct eb *b, const struct damage *d)
{
    for (size_t i = 0; i < d->len; i++) {
        uint8_t byte = b->data[d->at + i];

        b->data[d->at + i] = b->data[d->other + i];
        b->data[d->other + i] = byte;
    }
}

static void
do_damage(const struct damage *d, uint64_t *random, struct eb *b)
{
    switch (d->kind) {
    case FLIP: /* about one bit in 64 bytes, at least one */
        for (size_t i = 0; i < d->len; i += 1 + (size_t)(next_random(random) % 128)) {
            b->data[d->at + i] ^= (uint8_t)(1u << next_random(random) % 8);
        }
        break;
    case ZERO:
        memset(b->data + d->at, 0, d->len);
        break;
    case CUT_OUT:
        memmove(b->data + d->at, b->data + d->at + d->len, b->len - d->at - d->len);
        b->len -= d->len;
        break;
    case SWAP:
        swap_ranges(b, d);
        break;
    case CUT_OFF:
        b->len = d->at;
        break;
    case NOISE:
    case DAMAGE_KINDS:
        for (size_t i = 0; i < d->len; i++) {
            b->data[d->at + i] = (uint8_t)next_random(random);
        }
        break;
    }
}

static struct damage
make_damage(uint64_t *random, unsigned round, size_t len)
{
    struct damage d = {.kind = round % DAMAGE_KINDS};
    size_t len_max;

    d.at = (size_t)(next_random(random) % (len - 1));
    len_max = len - d.at < DAMAGE_LEN_MAX ? len - d.at : DAMAGE_LEN_MAX;
    len_max = round % 3 == 0 ? len_max : len_max / 64 + 1;
    d.len = 1 + (size_t)(next_random(random) % len_max);
    d.len = d.len < len - d.at ? d.len : len - d.at;
    d.len = d.kind == CUT_OFF ? len - d.at : d.len;
    if (d.kind == SWAP) {
        d.len = (len - d.at) / 2 < d.len ? (len - d.at) / 2 : d.len;
        d.other = d.at + d.len + (size_t)(next_random(random) % (len - d.at - 2 * d.len + 1));
    }
    return d;
}

static bool
meets(uint64_t offset, uint64_t len, uint64_t at, uint64_t damage_len)
{
    return offset < at + damage_len && at < offset + len;
}

/* -- what must come ---------------------------------------------------------------------------- */

/* Every item is numbered and counted as it should be. */
struct ledger {
    uint64_t records, skipped, damages;
};

static void
check_item(struct ledger *l, const struct etl_item *item, size_t file_len)
{
    assert_true(item->offset < file_len);
    if (item->kind == ETL_ITEM_DAMAGED) {
        l->damages++;
        assert_non_null(item->why);
    } else if (item->kind == ETL_ITEM_LOST) {
        assert_true(item->lost_from_ft <= item->lost_to_ft);
    } else {
        assert_int_equal(item->number, l->records++);
        l->skipped += item->kind == ETL_ITEM_SKIPPED;
    }
}

static void
check_stats(const struct ledger *l, const struct etl *r, size_t file_len)
{
    const struct etl_stats *s = etl_stats(r);

    assert_int_equal(s->records, l->records);
    assert_int_equal(s->skipped, l->skipped);
    assert_int_equal(s->damages, l->damages);
    assert_int_equal(s->bytes, file_len);
    assert_true(s->buffers_compressed <= s->buffers);
}

static int
by_hash(const void *a, const void *b)
{
    uint64_t left = ((const struct key *)a)->hash;
    uint64_t right = ((const struct key *)b)->hash;

    return (left > right) - (left < right);
}

static void
collect(struct eb *file, struct keys *keys)
{
    struct etl_item item;
    struct etl *r;

    keys->count = 0;
    assert_int_equal(open_trace(file, &r), ERR_OK);
    while (etl_next(r, &item) == ERR_OK) {
        assert_int_equal(item.kind, ETL_ITEM_RECORD);
        assert_true(keys->count < KEYS_MAX);
        keys->key[keys->count++] = (struct key){item_hash(&item, keys->timed), item.offset, 0};
    }
    etl_close(r);
    qsort(keys->key, keys->count, sizeof(keys->key[0]), by_hash);
}

static void
count_given(struct keys *keys, uint64_t hash)
{
    struct key wanted = {.hash = hash};
    struct key *k = bsearch(&wanted, keys->key, keys->count, sizeof(keys->key[0]), by_hash);

    while (k != NULL && k > keys->key && k[-1].hash == hash) {
        k--;
    }
    if (k != NULL) { /* else damage made a record of its own */
        k->given++;
    }
}

static void
read_damaged(struct eb *file, struct keys *keys)
{
    struct ledger ledger = {0};
    struct etl_item item;
    struct etl *r = NULL;
    enum err err = open_trace(file, &r);

    for (size_t i = 0; i < keys->count; i++) {
        keys->key[i].given = 0;
    }
    if (err) {
        assert_int_equal(err, ERR_FORMAT);
        assert_null(r);
        return;
    }
    while ((err = etl_next(r, &item)) == ERR_OK) {
        check_item(&ledger, &item, file->len);
        if (item.kind == ETL_ITEM_RECORD) {
            count_given(keys, item_hash(&item, keys->timed));
        }
    }
    assert_int_equal(err, ERR_END);
    expect_end(r);
    check_stats(&ledger, r, file->len);
    etl_close(r);
}

/* -- rounds ------------------------------------------------------------------------------------ */

/* The recording's header and some buffers that follow each other. */
struct slice {
    const char *name;
    struct eb file;
    size_t at[BUFFERS + 2];
    size_t count;
    bool packed;
};

static void
take_slice(const struct eb *whole, uint64_t random, struct slice *s)
{
    static size_t at[BUFFERS_MAX + 1];
    size_t count = 0;
    size_t first;

    for (size_t pos = 0; pos < whole->len; pos += (size_t)eb_peek(whole, pos, 4)) {
        assert_true(count < BUFFERS_MAX);
        at[count++] = pos;
    }
    at[count] = whole->len;
    assert_true(count > BUFFERS);
    first = 1 + (size_t)(random % (count - BUFFERS));
    s->file.len = 0;
    s->count = 0;
    for (size_t i = 0; i <= BUFFERS; i++) {
        size_t from = i == 0 ? 0 : first + i - 1;

        s->at[s->count++] = s->file.len;
        eb_bytes(&s->file, whole->data + at[from], at[from + 1] - at[from]);
    }
    s->at[s->count] = s->file.len;
    s->packed = (eb_peek(&s->file, s->at[1] + 0x34, 2) & EB_BUFFER_COMPRESSED) != 0;
}

/* Whether the damage lies in the buffer that begins there. */
static bool
is_hit(const struct slice *s, const struct damage *d, uint64_t offset)
{
    uint64_t len;
    size_t k = 0;

    while (s->at[k] != offset) {
        k++;
    }
    len = s->at[k + 1] - offset;
    return meets(offset, len, d->at, d->len) ||
           (d->kind == SWAP && meets(offset, len, d->other, d->len));
}

/* Of records that are alike at least those of the buffers that are whole, and no more than all. But
 * damage may make one record like another when their times do not tell them apart, and a damaged
 * match of a compressed buffer may repeat a record of it. */
static void
check_damage(const struct slice *s, const struct damage *d, const struct keys *keys, unsigned round)
{
    for (size_t i = 0, end = 0; i < keys->count; i = end) {
        const struct key *first = &keys->key[i];
        unsigned due = 0;
        unsigned most;

        for (end = i; end < keys->count && keys->key[end].hash == first->hash; end++) {
            due += !is_hit(s, d, keys->key[end].offset);
        }
        most = keys->timed && (!s->packed || due == end - i) ? (unsigned)(end - i) : UINT_MAX;
        if (first->given < due || first->given > most) {
            print_message(
                "%s, round %u: damage kind %d at %u, %u bytes (other %u): a record of the "
                "buffer at %u came %u times, not %u to %u\n",
                s->name, round, (int)d->kind, (unsigned)d->at, (unsigned)d->len, (unsigned)d->other,
                (unsigned)first->offset, first->given, due, most);
            fail();
        }
    }
}

/* Times are read by the header: when that is damaged they cannot tell records apart. */
static void
check_round(struct slice *s, const struct damage *d, struct keys *keys, struct eb *damaged,
            unsigned round)
{
    bool timed = !is_hit(s, d, 0);

    if (timed != keys->timed) {
        keys->timed = timed;
        collect(&s->file, keys);
    }
    read_damaged(damaged, keys);
    check_damage(s, d, keys, round);
}

static struct keys keys_of_slice;

static void
damage_recording(const char *name, unsigned rounds, uint64_t random)
{
    struct keys *keys = &keys_of_slice;
    struct slice s = {.name = name};
    struct eb damaged = {0};
    struct eb whole;

    load_trace(name, &whole);
    for (unsigned i = 0; i < rounds; i++) {
        struct damage d;

        if (i % 10 == 0) {
            take_slice(&whole, next_random(&random), &s);
            keys->timed = true;
            collect(&s.file, keys);
            assert_true(keys->count > BUFFERS);
        }
        d = make_damage(&random, i, s.file.len);
        damaged.len = 0;
        eb_bytes(&damaged, s.file.data, s.file.len);
        do_damage(&d, &random, &damaged);
        check_round(&s, &d, keys, &damaged, i);
    }
    eb_free(&damaged);
    eb_free(&s.file);
    eb_free(&whole);
}

static void
test_seeded_damages(void **state)
{
    const char *soak = env_get("KANARI_SOAK");
    unsigned rounds = soak != NULL && soak[0] != '\0' ? SOAK_DAMAGES : DAMAGES;
    const char *text = env_get("KANARI_SEED");
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15) + (text == NULL ? 0 : strtoull(text, NULL, 10));

    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        damage_recording(recordings[i], rounds, seed + i);
    }
}

static void
lose_buffer(struct slice *s, size_t k, enum damage_kind kind, struct keys *keys)
{
    struct damage d = {.kind = kind, .at = s->at[k], .len = s->at[k + 1] - s->at[k]};
    uint64_t random = 77 + k;
    struct eb damaged = {0};

    eb_bytes(&damaged, s->file.data, s->file.len);
    do_damage(&d, &random, &damaged);
    check_round(s, &d, keys, &damaged, (unsigned)k);
    eb_free(&damaged);
}

/* Each buffer of a part of the recording gone as a whole: the others give all that they have. */
static void
test_one_buffer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        struct keys *keys = &keys_of_slice;
        struct slice s = {.name = recordings[i]};
        struct eb whole;

        load_trace(recordings[i], &whole);
        take_slice(&whole, 3, &s);
        keys->timed = true;
        collect(&s.file, keys);
        for (size_t k = 0; k < s.count; k++) {
            lose_buffer(&s, k, NOISE, keys);
            lose_buffer(&s, k, ZERO, keys);
            lose_buffer(&s, k, CUT_OUT, keys);
        }
        eb_free(&s.file);
        eb_free(&whole);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeded_damages),
        cmocka_unit_test(test_one_buffer),
    };

    return cmocka_run_group_tests_name("etl_recordings_damage", tests, NULL, NULL);
}
