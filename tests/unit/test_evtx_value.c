/* evtx_value - every type of binary XML as text and as a number, and arrays of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka needs the three above */
#include <cmocka.h>

#include "core/tm.h"
#include "evtlog/evtx_value.h"

#define VALUE(t, bytes)                                                                            \
    {                                                                                              \
        t, (const uint8_t *)(bytes), sizeof(bytes) - 1                                             \
    }

struct example {
    struct evtx_value value;
    const char *text;
};

static const struct example examples[] = {
    {{EVTX_NULL, NULL, 0}, ""},
    {VALUE(EVTX_STRING, "a\0b\0"), "ab"},
    {VALUE(EVTX_STRING, "a\0\0\0b\0"), "a"},
    {VALUE(EVTX_STRING, "1\0002\0003\0004\0005\0006\0007\0\0\0009\0"), "1234567"},
    {VALUE(EVTX_STRING, "\x42\x30\x6b\x30"), "\xe3\x81\x82\xe3\x81\xab"},
    {VALUE(EVTX_ANSI, "ab\0c"), "ab"},
    {VALUE(EVTX_ANSI, "\xe9"), "\xc3\xa9"},
    {VALUE(EVTX_I8, "\xff"), "-1"},
    {VALUE(EVTX_U8, "\xff"), "255"},
    {VALUE(EVTX_I16, "\x00\x80"), "-32768"},
    {VALUE(EVTX_U16, "\x00\x80"), "32768"},
    {VALUE(EVTX_I32, "\x00\x00\x00\x80"), "-2147483648"},
    {VALUE(EVTX_U32, "\xff\xff\xff\xff"), "4294967295"},
    {VALUE(EVTX_I64, "\0\0\0\0\0\0\0\x80"), "-9223372036854775808"},
    {VALUE(EVTX_U64, "\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615"},
    {VALUE(EVTX_FLOAT, "\x00\x00\xc0\x3f"), "1.5"},
    {VALUE(EVTX_DOUBLE, "\0\0\0\0\0\0\xf8\xbf"), "-1.5"},
    {VALUE(EVTX_BOOL, "\x01\0\0\0"), "true"},
    {VALUE(EVTX_BOOL, "\0\0\0\0"), "false"},
    {VALUE(EVTX_BINARY, "\x00\x7f\xff"), "007fff"},
    {VALUE(EVTX_GUID, "\x25\x96\x84\x54\x78\x54\x94\x49\xa5\xba\x3e\x3b\x03\x28\xc3\x0d"),
     "{54849625-5478-4994-a5ba-3e3b0328c30d}"},
    {VALUE(EVTX_SIZET, "\x10\0\0\0"), "0x10"},
    {VALUE(EVTX_SIZET, "\0\0\0\0\x01\0\0\0"), "0x100000000"},
    {VALUE(EVTX_FILETIME, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01"), "1970-01-01T00:00:00.0000000Z"},
    {VALUE(EVTX_SYSTEMTIME, "\xe2\x07\x08\x00\x04\x00\x1e\x00\x10\x00\x31\x00\x1f\x00\x7b\x00"),
     "2018-08-30T16:49:31.123Z"},
    {VALUE(EVTX_SID, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0"), "S-1-5-18"},
    {VALUE(EVTX_SID, "\x01\x02\x01\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"), "S-1-1099511627781-32-544"},
    {VALUE(EVTX_HEX32, "\x6d\x00\x00\xc0"), "0xc000006d"},
    {VALUE(EVTX_HEX64, "\0\0\0\0\0\0\0\0"), "0x0"},
    {VALUE(EVTX_XML, "\x0f\x01\x01\x00"), ""},
    {VALUE(EVTX_UTF8, "\xc3\xa9!"), "\xc3\xa9!"},
    /* lengths that do not fit the type */
    {VALUE(EVTX_U32, "\x01\x02"), ""},
    {VALUE(EVTX_GUID, "\x01\x02"), ""},
    {VALUE(EVTX_SIZET, "\x01\x02"), ""},
    {VALUE(EVTX_SID, "\x01\x02\0\0\0\0\0\x05\x12\0\0\0"), ""},
    {VALUE(EVTX_SID, "\x01\xff\0\0\0\0\0\x05"), ""},
    {VALUE(EVTX_STRING, "a"), ""},
    {VALUE(0x7f, "a"), ""},
    /* arrays */
    {VALUE(EVTX_ARRAY | EVTX_STRING, "a\0\0\0b\0c\0\0\0"), "a, bc"},
    {VALUE(EVTX_ARRAY | EVTX_STRING, "a\0\0\0b\0"), "a, b"},
    {VALUE(EVTX_ARRAY | EVTX_ANSI, "a\0b\0"), "a, b"},
    {VALUE(EVTX_ARRAY | EVTX_I8, "\x01\xff"), "1, -1"},
    {VALUE(EVTX_ARRAY | EVTX_U8, "\x01\xff"), "1, 255"},
    {VALUE(EVTX_ARRAY | EVTX_I16, "\x01\0\xff\xff"), "1, -1"},
    {VALUE(EVTX_ARRAY | EVTX_U16, "\x01\0\x02\0"), "1, 2"},
    {VALUE(EVTX_ARRAY | EVTX_I32, "\x01\0\0\0\xff\xff\xff\xff"), "1, -1"},
    {VALUE(EVTX_ARRAY | EVTX_U32, "\x01\0\0\0\x02\0\0\0"), "1, 2"},
    {VALUE(EVTX_ARRAY | EVTX_I64, "\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), "1, -1"},
    {VALUE(EVTX_ARRAY | EVTX_U64, "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"), "1, 2"},
    {VALUE(EVTX_ARRAY | EVTX_FLOAT, "\x00\x00\xc0\x3f\x00\x00\x80\x3f"), "1.5, 1"},
    {VALUE(EVTX_ARRAY | EVTX_DOUBLE, "\0\0\0\0\0\0\xf8\xbf"), "-1.5"},
    {VALUE(EVTX_ARRAY | EVTX_BOOL, "\x01\0\0\0\0\0\0\0"), "true, false"},
    {VALUE(EVTX_ARRAY | EVTX_GUID, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
     "{00000000-0000-0000-0000-000000000001}"},
    {VALUE(EVTX_ARRAY | EVTX_SIZET, "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"), "0x1, 0x2"},
    {VALUE(EVTX_ARRAY | EVTX_SIZET, "\x03\0\0\0"), "0x3"},
    {VALUE(EVTX_ARRAY | EVTX_FILETIME, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01"),
     "1970-01-01T00:00:00.0000000Z"},
    {VALUE(EVTX_ARRAY | EVTX_SYSTEMTIME,
           "\xe2\x07\x08\x00\x04\x00\x1e\x00\x10\x00\x31\x00\x1f\x00\x7b\x00"),
     "2018-08-30T16:49:31.123Z"},
    {VALUE(EVTX_ARRAY | EVTX_SID,
           "\x01\x01\0\0\0\0\0\x05\x12\0\0\0\x01\x01\0\0\0\0\0\x05\x13\0\0\0"),
     "S-1-5-18, S-1-5-19"},
    {VALUE(EVTX_ARRAY | EVTX_HEX32, "\x01\0\0\0\x02\0\0\0"), "0x1, 0x2"},
    {VALUE(EVTX_ARRAY | EVTX_HEX64, "\x01\0\0\0\0\0\0\0"), "0x1"},
    {VALUE(EVTX_ARRAY | EVTX_U32, "\x01\0\0\0\x02"), "1"}, /* the last item is cut */
};

static void
test_text_of_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        char text[256];
        bool cut = true;
        size_t len = evtx_value_text(&examples[i].value, text, sizeof(text) - 1, &cut);

        text[len] = '\0';
        assert_string_equal(text, examples[i].text);
        assert_false(cut);
    }
}

/* Whatever room there is, it is not left, and what is in it begins the whole text. */
static void
test_text_in_little_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        size_t whole = strlen(examples[i].text);

        for (size_t cap = 0; cap < whole; cap++) {
            char text[256];
            bool cut = false;
            size_t len = evtx_value_text(&examples[i].value, text, cap, &cut);

            assert_true(len <= cap);
            assert_true(cut);
            assert_memory_equal(text, examples[i].text, len);
        }
    }
}

/* A value cut anywhere is read without a byte beyond it. */
static void
test_cut_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        for (size_t len = 0; len < examples[i].value.len; len++) {
            uint8_t *bytes = test_malloc(len + 1);
            struct evtx_value v = {examples[i].value.type, bytes + 1, len};
            char text[256];
            uint64_t number;

            memcpy(bytes + 1, examples[i].value.data, len);
            assert_true(evtx_value_text(&v, text, sizeof(text), NULL) <= sizeof(text));
            if (evtx_value_u64(&v, &number)) {
                assert_true(len > 0);
            }
            test_free(bytes);
        }
    }
}

static void
test_numbers(void **state)
{
    static const struct {
        struct evtx_value value;
        bool ok;
        uint64_t number;
    } cases[] = {
        {VALUE(EVTX_I8, "\xff"), true, UINT64_MAX},
        {VALUE(EVTX_U8, "\xff"), true, 255},
        {VALUE(EVTX_I16, "\xfe\xff"), true, UINT64_MAX - 1},
        {VALUE(EVTX_U16, "\x34\x12"), true, 0x1234},
        {VALUE(EVTX_I32, "\x6d\x00\x00\xc0"), true, 0xffffffffc000006d},
        {VALUE(EVTX_U32, "\x11\x12\0\0"), true, 4625},
        {VALUE(EVTX_U64, "\x01\0\0\0\x01\0\0\0"), true, 0x100000001},
        {VALUE(EVTX_HEX32, "\x6d\x00\x00\xc0"), true, 0xc000006d},
        {VALUE(EVTX_HEX64, "\x01\0\0\0\0\0\0\0"), true, 1},
        {VALUE(EVTX_SIZET, "\x01\0\0\0"), true, 1},
        {VALUE(EVTX_SIZET, "\x01\0\0\0\0\0\0\0"), true, 1},
        {VALUE(EVTX_BOOL, "\x01\0\0\0"), true, 1},
        {VALUE(EVTX_STRING, "0\0x\0c\0"), true, 12},
        {VALUE(EVTX_STRING, " \0004\0002\0 \0"), true, 42},
        {VALUE(EVTX_STRING, "-\0001\0"), true, UINT64_MAX},
        {VALUE(EVTX_ANSI, "42"), true, 42},
        {VALUE(EVTX_UTF8, "42"), true, 42},
        {VALUE(EVTX_STRING, "-\0"), false, 0},
        {VALUE(EVTX_STRING, "4\0x\0"), false, 0},
        {VALUE(EVTX_STRING, ""), false, 0},
        {VALUE(EVTX_U32, "\x01\0"), false, 0},
        {VALUE(EVTX_SIZET, "\x01\0"), false, 0},
        {VALUE(EVTX_GUID, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"), false, 0},
        {VALUE(EVTX_ARRAY | EVTX_U32, "\x01\0\0\0"), false, 0},
        {{EVTX_NULL, NULL, 0}, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t number = 0;

        assert_int_equal(evtx_value_u64(&cases[i].value, &number), cases[i].ok);
        if (cases[i].ok) {
            assert_true(number == cases[i].number);
        }
    }
}

static void
test_times(void **state)
{
    static const struct evtx_value filetime =
        VALUE(EVTX_FILETIME, "\x01\x80\x3e\xd5\xde\xb1\x9d\x01");
    static const struct evtx_value systemtime =
        VALUE(EVTX_SYSTEMTIME, "\xb2\x07\x01\x00\x04\x00\x01\x00\0\0\0\0\x02\0\x03\0");
    static const struct evtx_value bad = VALUE(
        EVTX_SYSTEMTIME, "\xb2\x07\x0d\x00\x04\x00\x01\x00\0\0\0\0\x02\0\x03\0"); /* month 13 */
    static const struct evtx_value text = VALUE(EVTX_UTF8, "1970-01-01T00:00:01.5Z");
    static const struct evtx_value number = VALUE(EVTX_U64, "\x01\x80\x3e\xd5\xde\xb1\x9d\x01");
    uint64_t t_ft = 0;

    (void)state;
    assert_true(evtx_value_time(&filetime, &t_ft));
    assert_true(t_ft == TM_UNIX_EPOCH_FT + 1);
    assert_true(evtx_value_time(&systemtime, &t_ft));
    assert_true(t_ft == TM_UNIX_EPOCH_FT + 2 * TM_SEC + 3 * TM_MS);
    assert_true(evtx_value_time(&text, &t_ft));
    assert_true(t_ft == TM_UNIX_EPOCH_FT + TM_SEC + 500 * TM_MS);
    assert_false(evtx_value_time(&bad, &t_ft));
    assert_false(evtx_value_time(&number, &t_ft));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_every_type),
        cmocka_unit_test(test_text_in_little_room),
        cmocka_unit_test(test_cut_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
