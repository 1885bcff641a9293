/* etw_api - where there is no ETW (Linux, Wine) asking for it is safe and says so; and what it
 * hands over is read within its lengths, made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "etw/live_record.h"

static void
test_asking_is_safe(void **state)
{
    const struct etw_api *api = etw_api_system();
    struct etw_properties p;

    (void)state;
    assert_ptr_equal(etw_api_system(), api);
    if (api == NULL) {
        print_message("no Event Tracing for Windows here\n");
        return;
    }
    /* A real Windows: not found, or not allowed. */
    assert_int_not_equal(api->query(api->ctx, u"Kanari-No-Such-Session", &p), ETW_OK);
    assert_non_null(api->provider_unregister);
}

/* -- records ----------------------------------------------------------------------------------- */

static struct etw_live_record
live_of(uint16_t flags)
{
    return (struct etw_live_record){
        .flags = flags,
        .tid = 11,
        .pid = 12,
        .time_ft = 133,
        .provider = {{1, 2, 3}},
        .id = 0x1234,
        .version = 5,
        .level = 4,
        .opcode = 9,
        .keyword = 0x8000000000000010u,
        .payload = (const uint8_t *)"payload",
        .payload_len = 7,
    };
}

static void
test_a_record_has_the_layout_of_windows(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct etw_live_record), 112);
    assert_int_equal(sizeof(struct etw_live_item), 16);
    assert_int_equal(offsetof(struct etw_live_record, provider), 24);
    assert_int_equal(offsetof(struct etw_live_record, keyword), 48);
    assert_int_equal(offsetof(struct etw_live_record, payload), 96);
}

static void
test_a_record_of_a_manifest(void **state)
{
    struct etw_live_record live = live_of(0x0040);
    struct etw_record r;

    (void)state;
    etw_live_record_read(&live, &r);
    assert_int_equal(r.header, ETW_HEADER_EVENT);
    assert_int_equal(r.time_ft, 133);
    assert_memory_equal(&r.provider, &live.provider, sizeof(r.provider));
    assert_int_equal(r.id, 0x1234);
    assert_int_equal(r.version, 5);
    assert_int_equal(r.opcode, 9);
    assert_int_equal(r.level, 4);
    assert_int_equal(r.ptr_len, 8);
    assert_false(r.classic);
    assert_true(r.keyword == 0x8000000000000010u);
    assert_int_equal(r.pid, 12);
    assert_int_equal(r.tid, 11);
    assert_int_equal(r.payload_len, 7);
    assert_memory_equal(r.payload, "payload", 7);
    assert_null(r.sid);
    assert_false(r.has_session);
    assert_int_equal(r.start_key, 0);
}

static void
test_a_classic_record_is_told_by_its_opcode(void **state)
{
    struct etw_live_record live = live_of(0x0100 | 0x0020);
    struct etw_record r;

    (void)state;
    etw_live_record_read(&live, &r);
    assert_true(r.classic);
    assert_int_equal(r.id, 9);
    assert_int_equal(r.ptr_len, 4);
    live.flags = 0;
    live.payload = NULL;
    etw_live_record_read(&live, &r);
    assert_int_equal(r.ptr_len, 8); /* ours */
    assert_int_equal(r.payload_len, 0);
}

static void
test_items_are_read_within_their_lengths(void **state)
{
    static const uint8_t sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 0, 0, 0, 99};
    static const uint8_t session[] = {7, 0, 0, 0};
    static const uint8_t key[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct etw_live_item items[] = {
        {0, 5, 0, 8, (uint64_t)(uintptr_t)key}, /* a stack: not read */
        {0, ETW_EXT_SID, 0, sizeof(sid), (uint64_t)(uintptr_t)sid},
        {0, ETW_EXT_SESSION, 0, sizeof(session), (uint64_t)(uintptr_t)session},
        {0, ETW_EXT_START_KEY, 0, sizeof(key), (uint64_t)(uintptr_t)key},
    };
    struct etw_live_record live = live_of(0x0040);
    struct etw_record r;

    (void)state;
    live.items = items;
    live.item_count = COUNT(items);
    etw_live_record_read(&live, &r);
    assert_ptr_equal(r.sid, sid);
    assert_int_equal(r.sid_len, 16);
    assert_true(r.has_session);
    assert_int_equal(r.session_id, 7);
    assert_true(r.start_key == 0x0807060504030201u);
    for (size_t i = 0; i < COUNT(items); i++) {
        items[i].len = (uint16_t)(i == 1 ? 15 : items[i].len - 1);
    }
    etw_live_record_read(&live, &r);
    assert_null(r.sid);
    assert_false(r.has_session);
    assert_int_equal(r.start_key, 0);
    for (size_t i = 0; i < COUNT(items); i++) {
        items[i].data = 0;
    }
    etw_live_record_read(&live, &r);
    assert_null(r.sid);
    live.items = NULL;
    etw_live_record_read(&live, &r);
    assert_null(r.sid);
}

/* -- who has a provider enabled ---------------------------------------------------------------- */

#define INSTANCE 8u
#define FIRST_ENABLE (INSTANCE + 16u)

/* Two processes have registered the provider; in the second, sessions 3 and 9 have enabled it. */
static size_t
info_build(uint8_t *out)
{
    static const struct {
        uint32_t is_enabled;
        uint8_t level, reserved;
        uint16_t logger;
        uint32_t properties, reserved2;
        uint64_t any, all;
    } enables[] = {
        {1, 5, 0, 4, 0, 0, 1, 0}, {1, 2, 0, 3, 1, 0, 2, 0}, {1, 4, 0, 9, 0x80, 0, 80, 64}};
    const uint32_t info[2] = {2, 0};
    const uint32_t first[4] = {16 + 32, 1, 100, 0};
    const uint32_t second[4] = {0, 2, 200, 0};
    size_t len = 0;

    _Static_assert(sizeof(enables[0]) == 32, "TRACE_ENABLE_INFO");
    memcpy(out, info, sizeof(info));
    len += sizeof(info);
    memcpy(out + len, first, sizeof(first));
    len += sizeof(first);
    memcpy(out + len, &enables[0], sizeof(enables[0]));
    len += sizeof(enables[0]);
    memcpy(out + len, second, sizeof(second));
    len += sizeof(second);
    memcpy(out + len, &enables[1], 2 * sizeof(enables[0]));
    return len + 2 * sizeof(enables[0]);
}

static void
test_a_session_is_found_by_its_logger_id(void **state)
{
    uint8_t data[256] = {0};
    size_t len = info_build(data);
    struct etw_enabled e;

    (void)state;
    assert_true(etw_guid_info_find(data, len, 9, &e));
    assert_int_equal(e.level, 4);
    assert_int_equal(e.properties, 0x80);
    assert_int_equal(e.any_keyword, 80);
    assert_int_equal(e.all_keyword, 64);
    assert_true(etw_guid_info_find(data, len, 4, &e));
    assert_int_equal(e.level, 5);
    assert_true(etw_guid_info_find(data, len, 3, &e));
    assert_false(etw_guid_info_find(data, len, 5, &e));
    memset(data + FIRST_ENABLE, 0, 4); /* IsEnabled */
    assert_false(etw_guid_info_find(data, len, 4, &e));
    assert_false(etw_guid_info_find(data, 0, 4, &e));
}

/* Whatever the counts and offsets say: nothing beyond the bytes, and it ends. */
static void
test_an_answer_that_is_cut_or_wrong(void **state)
{
    uint8_t data[256] = {0};
    size_t len = info_build(data);
    struct etw_enabled e;

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *part = mem_alloc(cut + 1);

        assert_non_null(part);
        memcpy(part + 1, data, cut); /* its end is the allocation's */
        assert_false(etw_guid_info_find(part + 1, cut, 9, &e));
        mem_free(part);
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t was = data[i];
        uint8_t *part = mem_alloc(len);

        assert_non_null(part);
        data[i] = 0xFF;
        memcpy(part, data, len);
        (void)etw_guid_info_find(part, len, 0x7777, &e);
        data[i] = was;
        mem_free(part);
    }
    data[INSTANCE] = 8; /* an offset into itself */
    assert_false(etw_guid_info_find(data, len, 9, &e));
    memset(data, 0xFF, 4);
    assert_false(etw_guid_info_find(data, len, 9, &e));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asking_is_safe),
        cmocka_unit_test(test_a_record_has_the_layout_of_windows),
        cmocka_unit_test(test_a_record_of_a_manifest),
        cmocka_unit_test(test_a_classic_record_is_told_by_its_opcode),
        cmocka_unit_test(test_items_are_read_within_their_lengths),
        cmocka_unit_test(test_a_session_is_found_by_its_logger_id),
        cmocka_unit_test(test_an_answer_that_is_cut_or_wrong),
    };

    return cmocka_run_group_tests_name("etw_api", tests, NULL, NULL);
}
