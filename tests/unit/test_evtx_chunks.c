/* evtx on damaged chunks and files built by hand. */
#include "unit/test_evtx_bench.h"

#include "evtlog/evtx_region.h"

static void
test_damage_is_told_with_measure(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t told = 0;

    for (size_t i = 0; i < 5 * EVTX_DAMAGE_ITEMS_MAX; i++) {
        bx_record_begin(&t->b, T0);
        bx_record_end(&t->b);
    }
    seal_and_open(t);
    while (evtx_next(t->reader, &item) == ERR_OK) {
        assert_int_equal(item.kind, EVTX_ITEM_DAMAGED);
        told++;
    }
    assert_int_equal(told, EVTX_DAMAGE_ITEMS_MAX);
    assert_int_equal(evtx_stats(t->reader)->records_damaged, 5 * EVTX_DAMAGE_ITEMS_MAX);
}

/* Behind the fill mark of a sound chunk only what continues the ids is given. */
static void
test_behind_the_fill_mark(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t fill_end;

    plain_record(&t->b);
    plain_record(&t->b);
    fill_end = t->b.len;
    plain_record(&t->b); /* id 3: logged after the header was written */
    t->b.next_id = 1;
    plain_record(&t->b); /* left from an earlier use */
    t->b.len = fill_end;
    t->b.next_id = 3;
    seal_and_open(t);
    for (unsigned i = 1; i <= 3; i++) {
        item = next_item(t, EVTX_ITEM_UNMAPPED);
        assert_int_equal(item.record_id, i);
        assert_int_equal(item.recovered, i == 3);
    }
    assert_end(t);
    assert_int_equal(evtx_stats(t->reader)->records_recovered, 1);
    assert_int_equal(evtx_stats(t->reader)->chunks_damaged, 0);
}

/* A damaged copy of a chunk gives nothing that its sound original gave. */
static void
test_copies_are_not_given_twice(void **state)
{
    struct bench *t = *state;
    uint8_t *copy = t->file + BX_FILE_LEN;

    for (unsigned i = 0; i < 5; i++) {
        plain_record(&t->b);
    }
    bx_file(&t->b, t->file);
    memcpy(copy, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN);
    copy[BX_HEAD_LEN] = 0; /* the first record's magic */
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, i);
    }
    (void)next_item(t, EVTX_ITEM_DAMAGED); /* the chunk */
    (void)next_item(t, EVTX_ITEM_DAMAGED); /* the record */
    assert_end(t);
    assert_int_equal(evtx_stats(t->reader)->records_stale, 4);
    assert_int_equal(evtx_stats(t->reader)->records_recovered, 0);
}

/* Behind a broken record the others are searched for. */
static void
test_search(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t broken;

    plain_record(&t->b);
    broken = t->b.len;
    plain_record(&t->b);
    plain_record(&t->b);
    bx_file(&t->b, t->file);
    t->file[FILE_BLOCK_LEN + broken + 4] ^= 0x40; /* its length */
    open_bench(t, BX_FILE_LEN);
    item = next_item(t, EVTX_ITEM_DAMAGED);
    assert_string_equal(item.why, "a chunk's checksum is wrong");
    assert_int_equal(item.offset, FILE_BLOCK_LEN);
    item = next_item(t, EVTX_ITEM_UNMAPPED);
    assert_int_equal(item.record_id, 1);
    assert_false(item.recovered);
    item = next_item(t, EVTX_ITEM_DAMAGED); /* its System does not say whose it is */
    assert_string_equal(item.why, "a record is torn");
    assert_int_equal(item.offset, FILE_BLOCK_LEN + broken);
    item = next_item(t, EVTX_ITEM_UNMAPPED);
    assert_int_equal(item.record_id, 3);
    assert_true(item.recovered);
    assert_end(t);
}

static void
test_file_headers(void **state)
{
    struct bench *t = *state;

    plain_record(&t->b);
    bx_file(&t->b, t->file);
    t->file[24] ^= 1; /* next record id */
    open_bench(t, BX_FILE_LEN);
    assert_string_equal(next_item(t, EVTX_ITEM_DAMAGED).why, "the file's header is damaged");
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
    assert_true(evtx_stats(t->reader)->header_damaged);

    memset(t->file, 0, FILE_BLOCK_LEN); /* no header at all */
    open_bench(t, BX_FILE_LEN);
    (void)next_item(t, EVTX_ITEM_DAMAGED);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);

    memmove(t->file, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN); /* a chunk alone */
    open_bench(t, EVTX_CHUNK_LEN);
    (void)next_item(t, EVTX_ITEM_DAMAGED);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
}

/* Zeros at the end are usual; zeros before a chunk are told. */
static void
test_zeros(void **state)
{
    struct bench *t = *state;

    plain_record(&t->b);
    bx_file(&t->b, t->file);
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
    memcpy(t->file + BX_FILE_LEN, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN);
    memset(t->file + FILE_BLOCK_LEN, 0, EVTX_CHUNK_LEN);
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    assert_string_equal(next_item(t, EVTX_ITEM_DAMAGED).why, "zeros between chunks");
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
}

static void
test_id_ranges(void **state)
{
    struct id_ranges r = {0};

    (void)state;
    assert_false(id_ranges_have(&r, 0));
    id_ranges_add(&r, 10, 19);
    id_ranges_add(&r, 20, 29);
    id_ranges_add(&r, 5, 4); /* a header that makes no sense */
    assert_int_equal(r.count, 1);
    assert_true(id_ranges_have(&r, 10) && id_ranges_have(&r, 29));
    assert_false(id_ranges_have(&r, 9) || id_ranges_have(&r, 30));
    for (uint64_t i = 0; i < 2 * ID_RANGES_MAX; i++) {
        id_ranges_add(&r, 100 + 3 * i, 100 + 3 * i);
    }
    assert_int_equal(r.count, ID_RANGES_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_damage_is_told_with_measure),
        CASE(test_behind_the_fill_mark),
        CASE(test_copies_are_not_given_twice),
        CASE(test_search),
        CASE(test_file_headers),
        CASE(test_zeros),
        cmocka_unit_test(test_id_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
