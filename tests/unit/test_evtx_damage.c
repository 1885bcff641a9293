/* evtx on damaged logs: whatever happens to one chunk, no record of another is lost, none is given
 * twice, and nothing is read that is not there. */
#include "unit/test_evtx_help.h"

#include "core/hash.h"
#include "evtlog/evtx_chunk.h"

#define DAMAGES 200 /* of each recording */
#define KEYS_MAX 4096
#define DAMAGE_LEN_MAX 40000

static const char *const recordings[] = {
    "smb-guessing-security.evtx",  "rdp-internet-2018-corets.evtx",
    "rdp-internet-2018-rcm.evtx",  "rdp-131-burst-templateless.evtx",
    "kerberos-4771-guessing.evtx", "benign-security.evtx",
};

/* A record as it is told from all others, and whether the damaged log gave it. */
struct key {
    uint64_t hash;
    size_t chunk;
    bool seen;
};

struct keys {
    size_t count;
    struct key key[KEYS_MAX];
};

static uint64_t
item_hash(const struct evtx_item *item)
{
    uint64_t parts[4] = {item->record_id, item->time_ft, item->event_id,
                         hash64(item->host.p, item->host.len)};

    return hash64(parts, sizeof(parts));
}

/* xorshift64: the damages are the same on every run. */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
collect(struct log_bytes *log, struct keys *keys)
{
    struct evtx *r = NULL;
    struct evtx_item item;

    keys->count = 0;
    assert_int_equal(open_bytes(log, &r), ERR_OK);
    while (evtx_next(r, &item) == ERR_OK) {
        if (item.kind != EVTX_ITEM_DAMAGED) {
            assert_true(keys->count < KEYS_MAX);
            keys->key[keys->count++] = (struct key){
                item_hash(&item), (size_t)(item.offset - FILE_BLOCK_LEN) / EVTX_CHUNK_LEN, false};
        }
    }
    evtx_close(r);
}

/* Records come in the order of the file, so the search goes on where the last one was found. */
static void
mark_seen(struct keys *keys, uint64_t hash, size_t *from)
{
    for (size_t n = 0; n < keys->count; n++) {
        struct key *k = &keys->key[(*from + n) % keys->count];

        if (k->hash == hash) {
            assert_false(k->seen);
            k->seen = true;
            *from = (*from + n + 1) % keys->count;
            return;
        }
    }
}

struct damage {
    size_t at, len;
    unsigned kind;
};

static void
do_damage(const struct damage *d, uint64_t *random, uint8_t *data, size_t *len)
{
    switch (d->kind) {
    case 0: /* cut out */
        memmove(data + d->at, data + d->at + d->len, *len - d->at - d->len);
        *len -= d->len;
        break;
    case 1:
        memset(data + d->at, 0, d->len);
        break;
    default: /* flip about one bit in 64 bytes, at least one */
        for (size_t i = 0; i < d->len; i += 1 + (size_t)(next_random(random) % 128)) {
            data[d->at + i] ^= (uint8_t)(1u << next_random(random) % 8);
        }
        break;
    }
}

/* Reads the damaged log; every record of a chunk that the damage did not touch must come. */
static void
check_damaged(struct log_bytes *log, const struct damage *d, struct keys *keys)
{
    size_t first = d->at < FILE_BLOCK_LEN ? 0 : (d->at - FILE_BLOCK_LEN) / EVTX_CHUNK_LEN;
    size_t end = d->at + d->len <= FILE_BLOCK_LEN
                     ? 0
                     : (d->at + d->len - 1 - FILE_BLOCK_LEN) / EVTX_CHUNK_LEN + 1;
    size_t from = 0;
    struct evtx *r = NULL;
    struct evtx_item item;
    enum err err = open_bytes(log, &r);

    for (size_t i = 0; i < keys->count; i++) {
        keys->key[i].seen = false;
    }
    while (!err) {
        err = evtx_next(r, &item);
        if (!err && item.kind != EVTX_ITEM_DAMAGED) {
            mark_seen(keys, item_hash(&item), &from);
        }
    }
    assert_true(err == ERR_END || (err == ERR_FORMAT && r == NULL));
    evtx_close(r);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *k = &keys->key[i];

        if (!k->seen && (k->chunk < first || k->chunk >= end)) {
            print_message("damage kind %u at %u, %u bytes: chunk %u lost a record\n", d->kind,
                          (unsigned)d->at, (unsigned)d->len, (unsigned)k->chunk);
            fail();
        }
    }
}

static void
test_seeded_damages(void **state)
{
    struct keys *keys = mem_zalloc(sizeof(*keys));
    uint64_t random = 0x9E3779B97F4A7C15u;

    (void)state;
    assert_non_null(keys);
    for (size_t n = 0; n < COUNT(recordings); n++) {
        struct buf bytes;
        struct log_bytes log;
        uint8_t *copy;

        load_recording(recordings[n], &bytes);
        log = (struct log_bytes){(const uint8_t *)bytes.data, bytes.len};
        copy = mem_alloc(log.len);
        assert_non_null(copy);
        collect(&log, keys);
        assert_true(keys->count > 50);
        for (unsigned i = 0; i < DAMAGES; i++) {
            struct damage d = {.at = (size_t)(next_random(&random) % (log.len - 1)), .kind = i % 3};
            struct log_bytes damaged = {copy, log.len};
            size_t len_max = log.len - d.at < DAMAGE_LEN_MAX ? log.len - d.at : DAMAGE_LEN_MAX;

            d.len = 1 + (size_t)(next_random(&random) % (i % 2 == 0 ? len_max : len_max / 64 + 1));
            d.len = d.len < log.len - d.at ? d.len : log.len - d.at;
            memcpy(copy, log.data, log.len);
            do_damage(&d, &random, copy, &damaged.len);
            check_damaged(&damaged, &d, keys);
        }
        mem_free(copy);
        buf_fini(&bytes);
    }
    mem_free(keys);
}

/* A log cut off at its end gives everything before the cut. */
static void
test_cut_off(void **state)
{
    struct buf bytes;
    struct keys *keys = mem_zalloc(sizeof(*keys));
    struct log_bytes whole;

    (void)state;
    assert_non_null(keys);
    load_recording("kerberos-4771-guessing.evtx", &bytes);
    whole = (struct log_bytes){(const uint8_t *)bytes.data, bytes.len};
    collect(&whole, keys);
    assert_int_equal(keys->count, 54);
    for (size_t len = 0; len <= whole.len; len += 499) {
        uint8_t *exact = mem_alloc(len == 0 ? 1 : len); /* so that a read beyond it is seen */
        struct log_bytes log = {exact, len};
        struct evtx *r = NULL;
        struct evtx_item item;
        size_t given = 0;
        size_t want = 0;
        size_t at = FILE_BLOCK_LEN + CHUNK_HEAD_LEN;
        struct record_head head;
        enum err err;

        assert_non_null(exact);
        memcpy(exact, whole.data, len);
        while (want < 54 && record_head_read(whole.data, whole.len, at, &head) &&
               at + head.len <= len) {
            at += head.len;
            want++;
        }
        err = open_bytes(&log, &r);
        if (len < FILE_HEAD_LEN) {
            assert_int_equal(err, ERR_FORMAT);
        }
        while (!err && evtx_next(r, &item) == ERR_OK) {
            given += item.kind == EVTX_ITEM_DAMAGED ? 0 : 1;
        }
        assert_int_equal(given, want);
        evtx_close(r);
        mem_free(exact);
    }
    mem_free(keys);
    buf_fini(&bytes);
}

/* Each allocation fails in turn: an error, no leak, no crash. */
static void
test_allocation_failures(void **state)
{
    struct buf bytes;
    struct log_bytes log;
    bool whole = false;

    (void)state;
    load_recording("kerberos-4771-guessing.evtx", &bytes);
    log = (struct log_bytes){(const uint8_t *)bytes.data, bytes.len};
    for (size_t n = 0; !whole; n++) {
        struct evtx *r = NULL;
        struct evtx_item item;
        size_t given = 0;
        enum err err;

        mem_fail_after(n);
        err = open_bytes(&log, &r);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && r == NULL));
        while (!err) {
            err = evtx_next(r, &item);
            given += !err && item.kind == EVTX_ITEM_EVENT ? 1 : 0;
        }
        evtx_close(r);
        mem_fail_after(SIZE_MAX);
        whole = err == ERR_END;
        assert_true(whole ? given == 54 : err == ERR_NOMEM);
        assert_true(n < 16);
    }
    buf_fini(&bytes);
}

static void
test_no_log(void **state)
{
    static const uint8_t text[] = "This is a text, not a log.";
    uint8_t *zeros = mem_zalloc(2 * EVTX_CHUNK_LEN);
    struct log_bytes logs[3] = {{text, sizeof(text)}, {text, 0}, {zeros, 2 * EVTX_CHUNK_LEN}};
    struct evtx *r = NULL;

    (void)state;
    assert_non_null(zeros);
    for (size_t i = 0; i < COUNT(logs); i++) {
        assert_int_equal(open_bytes(&logs[i], &r), ERR_FORMAT);
        assert_null(r);
    }
    evtx_close(NULL);
    mem_free(zeros);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeded_damages),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
