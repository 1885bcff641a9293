/* json: exact output, and whatever bytes go in, cJSON reads what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <cJSON.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/tm.h"
#include "core/utf.h"

static int
never_fail(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    return 0;
}

static void
write_sample(struct json *j)
{
    struct addr a = {0};

    json_obj(j, NULL);
    json_str(j, "s", SV("a\"b\\c/\n\x1F\x7F"));
    json_u64(j, "u", UINT64_MAX);
    json_i64(j, "i", INT64_MIN);
    json_id(j, "id", 10376293541461622784ULL);
    json_hex(j, "status", 0xC000006D);
    json_arr(j, "list");
    json_bool(j, NULL, true);
    json_bool(j, NULL, false);
    json_null(j, NULL);
    json_obj(j, NULL);
    json_obj_end(j);
    json_arr_end(j);
    json_arr(j, "none");
    json_arr_end(j);
    json_time(j, "t", TM_UNIX_EPOCH_FT);
    json_time(j, "t0", 0);
    json_addr(j, "no_ip", &a);
    a = addr_v4((const uint8_t[]){203, 0, 113, 7});
    json_addr(j, "ip", &a);
    json_raw(j, "raw", SV("[1]"));
    json_raw(j, "raw0", SV(""));
    json_obj_end(j);
}

static void
test_compact(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 4096);
    json_init(&j, &b, false);
    write_sample(&j);
    assert_string_equal(buf_str(&b),
                        "{\"s\":\"a\\\"b\\\\c/\\n\\u001f\\u007f\",\"u\":18446744073709551615,"
                        "\"i\":-9223372036854775808,\"id\":\"10376293541461622784\","
                        "\"status\":\"0xc000006d\",\"list\":[true,false,null,{}],\"none\":[],"
                        "\"t\":\"1970-01-01T00:00:00.0000000Z\",\"t0\":null,\"no_ip\":null,"
                        "\"ip\":\"203.0.113.7\",\"raw\":[1],\"raw0\":null}");
    buf_fini(&b);
}

static void
test_pretty(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 4096);
    json_init(&j, &b, true);
    json_obj(&j, NULL);
    json_u64(&j, "a", 1);
    json_arr(&j, "b");
    json_u64(&j, NULL, 2);
    json_obj(&j, NULL);
    json_null(&j, "c");
    json_obj_end(&j);
    json_arr_end(&j);
    json_arr(&j, "empty");
    json_arr_end(&j);
    json_obj_end(&j);
    assert_string_equal(buf_str(&b),
                        "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {\n      \"c\": null\n"
                        "    }\n  ],\n  \"empty\": []\n}");
    buf_fini(&b);
}

static void
test_top_level_values(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0.5, "0.5"},       {-3, "-3"},          {1e300, "1e+300"},    {NAN, "null"},
                {HUGE_VAL, "null"}, {-HUGE_VAL, "null"}, {1.0 / 3, "0.333333"}};
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&b);
        json_init(&j, &b, true);
        json_double(&j, NULL, rows[i].value);
        assert_string_equal(buf_str(&b), rows[i].text);
    }
    buf_fini(&b);
}

static void
test_text(void **state)
{
    static const struct {
        struct sv text;
        const char *json;
    } rows[] = {
        {{NULL, 0}, "\"\""},
        {{"\xE3\x81\x82", 3}, "\"\\u3042\""},
        {{"\xF0\x9F\x98\x80", 4}, "\"\\ud83d\\ude00\""},
        {{"\xF4\x8F\xBF\xBF", 4}, "\"\\udbff\\udfff\""},
        {{"\xED\xA0\x80x", 4}, "\"\\ud800x\""}, /* a lone surrogate */
        {{"\xED\xBF\xBF", 3}, "\"\\udfff\""},
        {{"a\xFFz", 3}, "\"a\\ufffdz\""},
        {{"\xE3\x81", 2}, "\"\\ufffd\""},
        {{"\0\b\t\f\r", 5}, "\"\\u0000\\b\\t\\f\\r\""},
        {{"\xE2\x80\xA8", 3}, "\"\\u2028\""},
    };
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&b);
        json_init(&j, &b, false);
        json_str(&j, NULL, rows[i].text);
        assert_string_equal(buf_str(&b), rows[i].json);
    }
    buf_fini(&b);
}

/* What json_str() promises to keep of bytes: the characters; U+FFFD for the rest. */
static size_t
cleaned(struct sv s, char *out)
{
    size_t pos = 0;
    size_t len = 0;

    while (pos < s.len) {
        len += utf8_put(utf8_next(s, &pos), out + len);
    }
    out[len] = '\0';
    return len;
}

static void
test_random_bytes_parse(void **state)
{
    uint32_t rng = 99;
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[40];
        char want[sizeof(bytes) * 3 + 1];
        size_t len = round % sizeof(bytes);
        struct json j;
        cJSON *tree;

        for (size_t i = 0; i < len; i++) {
            rng = rng * 1664525 + 1013904223;
            bytes[i] = (char)(rng >> (round & 1 ? 24 : 23)); /* all bytes, more or less high */
            /* cJSON ends texts at NUL and refuses lone surrogates: test_text has those. */
            bytes[i] = bytes[i] == 0 || bytes[i] == '\xED' ? '\xF0' : bytes[i];
        }
        buf_clear(&b);
        json_init(&j, &b, round & 2);
        json_obj(&j, NULL);
        json_str(&j, "k", (struct sv){bytes, len});
        json_obj_end(&j);
        assert_int_equal(buf_err(&b), ERR_OK);
        for (size_t i = 0; i < b.len; i++) {
            assert_in_range((unsigned char)b.data[i], '\n', 0x7E);
        }
        tree = cJSON_ParseWithOpts(buf_str(&b), NULL, 1);
        assert_non_null(tree);
        cleaned((struct sv){bytes, len}, want);
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(tree, "k")), want);
        cJSON_Delete(tree);
    }
    buf_fini(&b);
}

static void
test_key_is_escaped_and_depth(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 4096);
    json_init(&j, &b, false);
    json_obj(&j, NULL);
    json_null(&j, "a\"b");
    json_obj_end(&j);
    assert_string_equal(buf_str(&b), "{\"a\\\"b\":null}");
    buf_clear(&b);
    json_init(&j, &b, false);
    for (unsigned i = 1; i < JSON_DEPTH_MAX; i++) {
        json_arr(&j, NULL);
    }
    for (unsigned i = 1; i < JSON_DEPTH_MAX; i++) {
        json_arr_end(&j);
    }
    assert_string_equal(buf_str(&b), "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]");
    buf_fini(&b);
}

static void
test_each_allocation_fails(void **state)
{
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err != ERR_OK; n++) {
        struct buf b;
        struct json j;

        assert_true(n <= 4);
        buf_init(&b, 4096);
        mem_fail_after(n);
        json_init(&j, &b, true);
        write_sample(&j);
        mem_fail_after(SIZE_MAX);
        err = buf_err(&b);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        assert_int_equal(err == ERR_OK, n >= 3); /* 128, 256, 512 bytes */
        buf_fini(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_top_level_values),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_random_bytes_parse),
        cmocka_unit_test(test_key_is_escaped_and_depth),
        cmocka_unit_test_teardown(test_each_allocation_fails, never_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
