/* etl_record - what stands behind an EVENT_HEADER: the account, session and process of the event,
 * and items that are none of these or no items. */
#include "unit/test_etl_help.h"

#define DOES_NOT_FIT "what stands before the payload does not fit its record"

static const uint8_t sid[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
static const uint8_t session[4] = {3, 0, 0, 0};
static const uint8_t start_key[8] = {1, 2, 3, 4, 5, 6, 7, 8};
#define START_KEY UINT64_C(0x0807060504030201)

static void
one_with_items(struct one *t, const struct eb_item *items, size_t count, struct etl_item *out)
{
    struct eb_record r = event_at(1, 5);

    r.items = items;
    r.item_count = count;
    r.payload = "payload";
    r.payload_len = 7;
    one_record(t, &r, out);
    assert_int_equal(out->record.payload_len, 7);
    assert_memory_equal(out->record.payload, "payload", 7);
}

static void
test_items(void **state)
{
    static const struct eb_item items[] = {
        {EB_ITEM_RELATED, 16, sid, 0},        {EB_ITEM_SID, sizeof(sid), sid, 0},
        {EB_ITEM_SCHEMA, 13, sid, 0},         {EB_ITEM_SESSION, sizeof(session), session, 0},
        {EB_ITEM_EVENT_KEY, 8, start_key, 0}, {99, 0, sid, 0},
        {EB_ITEM_START_KEY, 8, start_key, 0}, {EB_ITEM_STACK64, 16, sid, 0},
    };

    (void)state;
    for (size_t first = 0; first < COUNT(items); first++) {
        for (size_t count = 1; count <= COUNT(items) - first; count++) {
            size_t end = first + count;
            bool has_sid = first <= 1 && 1 < end;
            bool has_session = first <= 3 && 3 < end;
            struct etl_item item;
            struct one t;

            one_with_items(&t, items + first, count, &item);
            assert_int_equal(item.record.sid_len, has_sid ? sizeof(sid) : 0);
            assert_int_equal(item.record.sid != NULL, has_sid);
            if (has_sid) {
                assert_memory_equal(item.record.sid, sid, sizeof(sid));
            }
            assert_int_equal(item.record.has_session, has_session);
            assert_int_equal(item.record.session_id, has_session ? 3 : 0);
            assert_int_equal(item.record.start_key, first <= 6 && 6 < end ? START_KEY : 0);
            one_close(&t);
        }
    }
}

/* Items that are too short for what they should say are not taken; nor is a SID longer than its
 * item. What stands behind a SID in its item is no part of it. */
static void
test_items_odd(void **state)
{
    static const uint8_t many[8] = {1, 15, 0, 0, 0, 0, 0, 5};
    static const struct eb_item items[] = {
        {EB_ITEM_SID, sizeof(many), many, 0},
        {EB_ITEM_SID, 7, sid, 0},
        {EB_ITEM_SID, 15, sid, 0},
        {EB_ITEM_SESSION, 3, session, 0},
        {EB_ITEM_START_KEY, 7, start_key, 0},
    };
    uint8_t longer[24] = {0};
    struct eb_item with_rest = {EB_ITEM_SID, sizeof(longer), longer, 0};
    struct etl_item item;
    struct one t;

    (void)state;
    one_with_items(&t, items, COUNT(items), &item);
    assert_no_items(&item.record);
    one_close(&t);
    memcpy(longer, sid, sizeof(sid));
    one_with_items(&t, &with_rest, 1, &item);
    assert_int_equal(item.record.sid_len, sizeof(sid));
    one_close(&t);
}

/* An item's first number is its padded size for some writers, anything for others: the length of
 * its data says where the next one is. */
static void
test_items_sizes(void **state)
{
    static const uint16_t sizes[] = {1, 8, 12, 16, 4096, UINT16_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct eb_item items[] = {{EB_ITEM_SESSION, sizeof(session), session, sizes[i]},
                                  {EB_ITEM_START_KEY, 8, start_key, sizes[i]}};
        struct etl_item item;
        struct one t;

        one_with_items(&t, items, COUNT(items), &item);
        assert_int_equal(item.record.session_id, 3);
        assert_int_equal(item.record.start_key, START_KEY);
        one_close(&t);
    }
}

/* The record is damaged when its items do not end within it, and the next one is given. */
static void
test_items_cut(void **state)
{
    static const struct {
        size_t at; /* in the record */
        uint16_t value;
    } cases[] = {
        {0x50 + 4, 1},          /* another one follows, but there is no room for its header */
        {0x50 + 6, 9},          /* data longer than the record */
        {0x50 + 6, UINT16_MAX}, /* much longer */
        {0x00, 0x50 + 8 + 7},   /* the record ends within the data ... */
        {0x00, 0x50 + 7},       /* ... and within the item's header */
        {0x00, 0x50},           /* no item is there at all */
    };
    static const struct eb_item session_item = {EB_ITEM_START_KEY, 8, start_key, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eb_record r = event_at(1, 5);
        struct eb records = {0};
        struct one t;
        uint32_t value = 6;

        r.items = &session_item;
        r.item_count = 1;
        (void)eb_record(&records, &r);
        eb_patch(&records, cases[i].at, cases[i].value, 2);
        if (cases[i].at == 0) {
            records.len = (cases[i].value + 7u) & ~(size_t)7;
        }
        r = event_at(6, 6);
        r.payload = &value;
        r.payload_len = 4;
        (void)eb_record(&records, &r);
        one_open(&t, &records);
        expect_damage(t.r, t.at, DOES_NOT_FIT);
        expect_ids(t.r, 6, 1);
        expect_end(t.r);
        one_close(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_items_odd),
        cmocka_unit_test(test_items_sizes),
        cmocka_unit_test(test_items_cut),
    };

    return cmocka_run_group_tests_name("etl_items", tests, NULL, NULL);
}
