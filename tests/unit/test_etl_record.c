/* etl_record - every header form a trace can hold, in both widths, and what stands between header
 * and payload. */
#include "unit/test_etl_help.h"

#include "core/rd.h"

#define PROCESS_GUID "{3d6fa8d0-fe05-11d0-9dda-00c04fd7ba7c}"
#define IMAGE_GUID "{2cb15d1d-5fc1-11d2-abe1-00a0c911f518}"
#define NO_RECORD "this is no record"
#define TOO_SHORT "a record is shorter than its header"
#define TOO_LONG "a record reaches beyond its buffer"
#define DOES_NOT_FIT "what stands before the payload does not fit its record"

static void
assert_guid(const struct etw_guid *guid, const char *text)
{
    char spelt[ETW_GUID_TEXT_MAX];

    assert_int_equal(etw_guid_format(guid, spelt), 38);
    assert_string_equal(spelt, text);
}

/* -- the forms --------------------------------------------------------------------------------- */

static void
test_system(void **state)
{
    static const enum eb_form forms[] = {EB_SYSTEM32, EB_SYSTEM64};
    struct eb_record r = {.stamp = START_STAMP + 5,
                          .pid = 4,
                          .tid = 88,
                          .version = 4,
                          .opcode = 1,
                          .group = 3,
                          .payload = "payload",
                          .payload_len = 7};

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct etl_item item;
        struct one t;

        r.form = forms[i];
        one_record(&t, &r, &item);
        assert_int_equal(item.record.header, ETW_HEADER_SYSTEM);
        assert_int_equal(item.record.ptr_len, i == 0 ? 4 : 8);
        assert_int_equal(item.record.time_ft, START_FT + 5);
        assert_guid(&item.record.provider, PROCESS_GUID);
        assert_true(item.record.id == 1 && item.record.opcode == 1 && item.record.version == 4);
        assert_true(item.record.pid == 4 && item.record.tid == 88 && item.record.level == 0);
        assert_true(item.record.classic && item.record.keyword == 0);
        assert_int_equal(item.record.payload_len, 7);
        assert_memory_equal(item.record.payload, "payload", 7);
        assert_no_items(&item.record);
        expect_end(t.r);
        one_close(&t);
    }
}

static void
test_perfinfo(void **state)
{
    static const enum eb_form forms[] = {EB_PERFINFO32, EB_PERFINFO64};
    struct eb_record r = {.stamp = START_STAMP + 6,
                          .version = 2,
                          .opcode = 11,
                          .group = 3,
                          .payload = "xy",
                          .payload_len = 2};

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct etl_item item;
        struct one t;

        r.form = forms[i];
        one_record(&t, &r, &item);
        assert_int_equal(item.record.header, ETW_HEADER_PERFINFO);
        assert_int_equal(item.record.ptr_len, i == 0 ? 4 : 8);
        assert_int_equal(item.record.time_ft, START_FT + 6);
        assert_guid(&item.record.provider, PROCESS_GUID);
        assert_true(item.record.id == 11 && item.record.opcode == 11 && item.record.version == 2);
        assert_int_equal(item.record.pid, ETW_NO_ID);
        assert_int_equal(item.record.tid, ETW_NO_ID);
        assert_true(item.record.classic);
        assert_int_equal(item.record.payload_len, 2);
        assert_memory_equal(item.record.payload, "xy", 2);
        assert_no_items(&item.record);
        one_close(&t);
    }
}

static void
test_full(void **state)
{
    static const enum eb_form forms[] = {EB_FULL32, EB_FULL64};
    struct eb_record r = {.stamp = START_STAMP + 7,
                          .pid = 500,
                          .tid = 501,
                          .provider = PROVIDER,
                          .version = 3,
                          .opcode = 200,
                          .level = 5,
                          .payload = "classic",
                          .payload_len = 7};

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct etl_item item;
        struct one t;

        r.form = forms[i];
        one_record(&t, &r, &item);
        assert_int_equal(item.record.header, ETW_HEADER_FULL);
        assert_int_equal(item.record.ptr_len, i == 0 ? 4 : 8);
        assert_int_equal(item.record.time_ft, START_FT + 7);
        assert_guid(&item.record.provider, PROVIDER);
        assert_true(item.record.id == 200 && item.record.opcode == 200);
        assert_true(item.record.version == 3 && item.record.level == 5);
        assert_true(item.record.pid == 500 && item.record.tid == 501 && item.record.classic);
        assert_int_equal(item.record.payload_len, 7);
        assert_memory_equal(item.record.payload, "classic", 7);
        assert_no_items(&item.record);
        one_close(&t);
    }
}

static void
test_event(void **state)
{
    static const enum eb_form forms[] = {EB_EVENT32, EB_EVENT64};
    struct eb_record r = {.stamp = START_STAMP + 8,
                          .pid = 600,
                          .tid = 601,
                          .provider = PROVIDER,
                          .id = 0x1234,
                          .version = 2,
                          .channel = 16,
                          .level = 4,
                          .opcode = 9,
                          .task = 77,
                          .keyword = UINT64_C(0x8000000000000010),
                          .payload = "manifest",
                          .payload_len = 8};

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct etl_item item;
        struct one t;

        r.form = forms[i];
        one_record(&t, &r, &item);
        assert_int_equal(item.record.header, ETW_HEADER_EVENT);
        assert_int_equal(item.record.ptr_len, i == 0 ? 4 : 8);
        assert_int_equal(item.record.time_ft, START_FT + 8);
        assert_guid(&item.record.provider, PROVIDER);
        assert_true(item.record.id == 0x1234 && item.record.version == 2);
        assert_true(item.record.level == 4 && item.record.opcode == 9 && !item.record.classic);
        assert_true(item.record.pid == 600 && item.record.tid == 601);
        assert_int_equal(item.record.keyword, UINT64_C(0x8000000000000010));
        assert_int_equal(item.record.payload_len, 8);
        assert_memory_equal(item.record.payload, "manifest", 8);
        assert_no_items(&item.record);
        one_close(&t);
    }
}

/* The width is the record's: a 32-bit process logs into a 64-bit trace. */
static void
test_event_flags(void **state)
{
    static const struct {
        enum eb_form form;
        uint16_t flags;
        uint8_t ptr_len;
        bool classic;
    } cases[] = {
        {EB_EVENT64, EB_FLAG_32_BIT, 4, false},
        {EB_EVENT32, EB_FLAG_64_BIT, 8, false},
        {EB_EVENT64, 0, 8, false},
        {EB_EVENT32, 0, 4, false},
        {EB_EVENT64, EB_FLAG_64_BIT | EB_FLAG_CLASSIC, 8, true},
        {EB_EVENT64, EB_FLAG_32_BIT | EB_FLAG_CLASSIC, 4, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eb_record r = event_at(1, 300);
        struct etl_item item;
        struct one t;

        r.form = cases[i].form;
        r.flags = cases[i].flags;
        r.flags_exact = true;
        r.opcode = 10;
        one_record(&t, &r, &item);
        assert_int_equal(item.record.ptr_len, cases[i].ptr_len);
        assert_int_equal(item.record.classic, cases[i].classic);
        assert_int_equal(item.record.id, cases[i].classic ? 10 : 300);
        assert_int_equal(item.record.payload_len, 0);
        one_close(&t);
    }
}

/* -- classes ----------------------------------------------------------------------------------- */

static void
test_groups(void **state)
{
    static const struct {
        uint8_t group, opcode;
        const char *guid;
    } cases[] = {
        {0x00, 5, "{68fdd900-4a3e-11d1-84f4-0000f80464e3}"},
        {0x01, 10, "{3d6fa8d4-fe05-11d0-9dda-00c04fd7ba7c}"},
        {0x02, 10, "{3d6fa8d3-fe05-11d0-9dda-00c04fd7ba7c}"},
        {0x03, 1, PROCESS_GUID},
        {0x03, 11, PROCESS_GUID},
        {0x03, 10, IMAGE_GUID},
        {0x04, 64, "{90cbdc39-4a3e-11d1-84f4-0000f80464e3}"},
        {0x05, 1, "{3d6fa8d1-fe05-11d0-9dda-00c04fd7ba7c}"},
        {0x06, 12, "{9a280ac0-c8e0-11d1-84e2-00c04fb998a2}"},
        {0x07, 32, "{3282fc76-feed-498e-8aa7-e70f459d430e}"},
        {0x08, 10, "{bf3a50c5-a9c9-4988-a005-2df0b7c80f80}"},
        {0x09, 10, "{ae53722e-c863-11d2-8659-00c04fa321a1}"},
        {0x0B, 11, "{01853a65-418f-4f36-aefc-dc0f1d2fd235}"},
        {0x0F, 46, "{ce1dbfb4-137e-4da6-87b0-3f59aa102cbc}"},
        {0x14, 10, IMAGE_GUID},
        {0x14, 2, IMAGE_GUID},
        {0x18, 32, "{def2fe46-7bd6-4b80-bd94-f57fe20d0ce3}"},
        {0x1A, 33, "{45d8cccd-539f-4b72-a8b7-5c683142609a}"},
        /* no class is known: the number in Data1 */
        {0x0A, 1, "{0000000a-0000-0000-0000-000000000000}"},
        {0xFE, 1, "{000000fe-0000-0000-0000-000000000000}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eb_record r = {.form = EB_PERFINFO64,
                              .stamp = START_STAMP,
                              .group = cases[i].group,
                              .opcode = cases[i].opcode};
        struct etl_item item;
        struct one t;

        one_record(&t, &r, &item);
        assert_guid(&item.record.provider, cases[i].guid);
        assert_int_equal(item.record.id, cases[i].opcode);
        one_close(&t);
    }
}

/* -- between header and payload ---------------------------------------------------------------- */

static void
test_counters(void **state)
{
    static const enum eb_form forms[] = {EB_SYSTEM32, EB_SYSTEM64, EB_PERFINFO32, EB_PERFINFO64};
    static const uint64_t extras[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    for (unsigned n = 0; n < 16 * COUNT(forms); n++) {
        unsigned counters = n % 8;
        bool pebs = n / 8 % 2 == 1;
        struct eb_record r = {
            .form = forms[n / 16],
            .version = (uint16_t)(3 | EB_VERSION_COUNTERS(counters) | (pebs ? EB_VERSION_PEBS : 0)),
            .extras = extras,
            .extra_count = counters + pebs,
            .payload = "behind",
            .payload_len = 6};
        struct etl_item item;
        struct one t;

        one_record(&t, &r, &item);
        assert_int_equal(item.record.version, 3);
        assert_int_equal(item.record.payload_len, 6);
        assert_memory_equal(item.record.payload, "behind", 6);
        one_close(&t);
    }
}

/* Counters that the record has no room for: it is damaged, its neighbours are not. */
static void
test_counters_too_many(void **state)
{
    static const uint64_t extras[2] = {1, 2};
    struct eb records = {0};
    struct eb_record r = {.form = EB_PERFINFO64,
                          .version = EB_VERSION_COUNTERS(2) | EB_VERSION_PEBS,
                          .extras = extras,
                          .extra_count = 2,
                          .payload = "7 byte",
                          .payload_len = 7};
    struct etl_item item;
    struct one t;

    (void)state;
    (void)eb_record(&records, &r);
    r.payload_len = 8; /* room for the last one, and an empty payload */
    r.payload = "8 bytes.";
    (void)eb_record(&records, &r);
    one_open(&t, &records);
    expect_damage(t.r, t.at, DOES_NOT_FIT);
    expect_item(t.r, ETL_ITEM_RECORD, &item);
    assert_int_equal(item.number, 1); /* what is damaged has no number */
    assert_int_equal(item.record.payload_len, 0);
    expect_end(t.r);
    assert_int_equal(etl_stats(t.r)->records, 2);
    assert_int_equal(etl_stats(t.r)->damages, 1);
    one_close(&t);
}

/* -- forms that are stepped over --------------------------------------------------------------- */

static void
test_skipped(void **state)
{
    static const struct {
        enum eb_form form;
        const char *why;
    } cases[] = {
        {EB_COMPACT32, "compact header"},   {EB_COMPACT64, "compact header"},
        {EB_INSTANCE32, "instance header"}, {EB_INSTANCE64, "instance header"},
        {EB_TIMED, "timed header"},         {EB_ERROR, "error header"},
        {EB_WNODE, "WNODE header"},         {EB_MESSAGE, "message header"},
    };
    struct eb records = {0};
    struct etl_item item;
    uint32_t value = 40;
    struct eb_record last = event_at(40, 40);
    struct one t;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eb_record r = {
            .form = cases[i].form, .provider = PROVIDER, .payload = "12345", .payload_len = i % 6};

        (void)eb_record(&records, &r);
    }
    (void)eb_message(&records, 10, 0x2B, "sequence, GUID, time, thread", 28);
    last.payload = &value;
    last.payload_len = 4;
    (void)eb_record(&records, &last);
    one_open(&t, &records);
    for (size_t i = 0; i <= COUNT(cases); i++) {
        expect_item(t.r, ETL_ITEM_SKIPPED, &item);
        assert_string_equal(item.why, i < COUNT(cases) ? cases[i].why : "WPP message");
        assert_int_equal(item.number, i + 1);
        assert_int_equal(item.offset, t.at);
    }
    expect_ids(t.r, 40, 1);
    expect_end(t.r);
    assert_int_equal(etl_stats(t.r)->records, COUNT(cases) + 3);
    assert_int_equal(etl_stats(t.r)->skipped, COUNT(cases) + 1);
    assert_int_equal(etl_stats(t.r)->damages, 0);
    one_close(&t);
}

/* Mode bits of a WPP record stand in the marker's low half. */
static void
test_message_modes(void **state)
{
    struct eb records = {0};
    struct etl_item item;
    struct one t;

    (void)state;
    for (unsigned mode = 0; mode < 16; mode++) {
        size_t at = eb_message(&records, (uint16_t)mode, 0, NULL, 0);

        eb_patch(&records, at + 3, 0x90 | mode, 1);
    }
    one_open(&t, &records);
    for (unsigned mode = 0; mode < 16; mode++) {
        expect_item(t.r, ETL_ITEM_SKIPPED, &item);
    }
    expect_end(t.r);
    one_close(&t);
}

/* -- sizes ------------------------------------------------------------------------------------- */

/* What cannot be a record takes the rest of its buffer with it, told once; the one before is given,
 * as is the next buffer. */
static void
check_unsound(size_t at, uint64_t value, size_t len, const char *why)
{
    struct eb_log_header h = plain_header();
    struct eb_buffer b = plain_buffer();
    struct eb file = {0};
    struct etl *r;
    size_t buffer, record;

    put_header_buffer(&file, &h);
    buffer = put_events(&file, &b, 1, 4);
    (void)put_events(&file, &b, 10, 2);
    record = buffer + EB_BUFFER_HEAD_LEN + 2 * 0x58; /* the third */
    eb_patch(&file, record + at, value, len);
    assert_int_equal(open_trace(&file, &r), ERR_OK);
    expect_header(r);
    expect_ids(r, 1, 2);
    expect_damage(r, buffer, why);
    expect_ids(r, 10, 2);
    expect_end(r);
    assert_int_equal(etl_stats(r)->buffers_damaged, 1);
    etl_close(r);
    eb_free(&file);
}

static void
test_unsound(void **state)
{
    static const uint8_t unknown[] = {0, 5, 6, 7, 8, 9, 22, 23, 128, 255};
    static const uint8_t markers[] = {0x00, 0x80, 0x8F, 0xA0, 0xBF, 0xC1, 0xD0, 0xFF};

    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        check_unsound(2, unknown[i], 1, NO_RECORD);
    }
    for (size_t i = 0; i < COUNT(markers); i++) {
        check_unsound(3, markers[i], 1, NO_RECORD);
    }
    check_unsound(0, 0, 2, TOO_SHORT);
    check_unsound(0, 0x4F, 2, TOO_SHORT);
    check_unsound(0, 2 * 0x58 + 1, 2, TOO_LONG);
    check_unsound(0, UINT16_MAX, 2, TOO_LONG);
}

/* The size does not count the padding: all remainders, and the largest records there can be. */
static void
test_sizes(void **state)
{
    static uint8_t bytes[UINT16_MAX];
    struct eb records = {0};
    size_t lens[20];
    struct etl_item item;
    struct one t;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    }
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct eb_record r = event_at(i, (uint16_t)i);

        lens[i] = i < 10 ? i : UINT16_MAX - 0x50 - (i - 10);
        r.payload = bytes + i;
        r.payload_len = lens[i];
        (void)eb_record(&records, &r);
    }
    one_open(&t, &records); /* 640 KiB: longer than what the reader looks at as a whole */
    for (size_t i = 0; i < COUNT(lens); i++) {
        expect_item(t.r, ETL_ITEM_RECORD, &item);
        assert_int_equal(item.record.id, i);
        assert_int_equal(item.record.payload_len, lens[i]);
        assert_memory_equal(item.record.payload, bytes + i, lens[i]);
    }
    expect_end(t.r);
    one_close(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system),      cmocka_unit_test(test_perfinfo),
        cmocka_unit_test(test_full),        cmocka_unit_test(test_event),
        cmocka_unit_test(test_event_flags), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_counters),    cmocka_unit_test(test_counters_too_many),
        cmocka_unit_test(test_skipped),     cmocka_unit_test(test_message_modes),
        cmocka_unit_test(test_unsound),     cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests_name("etl_record", tests, NULL, NULL);
}
