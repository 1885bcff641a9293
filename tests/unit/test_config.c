/* Configuration: defaults, the template, every refusal with its line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/config.h"
#include "core/mem.h"
#include "core/tm.h"

#define TEXT_MAX ((size_t)1024 * 1024)

static struct config *
parse(const char *text)
{
    char why[CONFIG_WHY_MAX];
    struct config *cfg = NULL;

    assert_int_equal(config_parse(sv_from(text), &cfg, why), ERR_OK);
    assert_string_equal(why, "");
    assert_non_null(cfg);
    return cfg;
}

static void
assert_same(const struct config *a, const struct config *b)
{
    struct buf text_a, text_b;

    buf_init(&text_a, TEXT_MAX);
    buf_init(&text_b, TEXT_MAX);
    config_write(a, &text_a);
    config_write(b, &text_b);
    assert_int_equal(buf_err(&text_a), ERR_OK);
    assert_string_equal(buf_str(&text_a), buf_str(&text_b));
    buf_fini(&text_a);
    buf_fini(&text_b);
}

static void
defaults_are_the_documented_ones(void **state)
{
    struct config *cfg = NULL;

    (void)state;
    assert_int_equal(config_create(&cfg), ERR_OK);
    assert_int_equal(cfg->burst_count, 5);
    assert_int_equal(cfg->burst_s, 120);
    assert_int_equal(cfg->hold_back_s, 5);
    assert_false(cfg->rdp_nla);
    assert_int_equal(cfg->company_prefixes.count, 0);
    assert_int_equal(cfg->suppress_count, 0);
    config_destroy(cfg);
    config_destroy(NULL);
}

static void
template_is_the_defaults(void **state)
{
    struct config *made = NULL;
    struct config *read;
    struct buf text;

    (void)state;
    buf_init(&text, TEXT_MAX);
    config_write_default(&text);
    assert_int_equal(buf_err(&text), ERR_OK);
    assert_non_null(strstr(buf_str(&text), "// logon.burst: failures (2 to 1000)\n"
                                           "    \"rules.burst.count\": 5,\n"));
    read = parse(buf_str(&text));
    assert_int_equal(config_create(&made), ERR_OK);
    assert_same(made, read);
    config_destroy(made);
    config_destroy(read);
    buf_fini(&text);
}

static const char full[] =
    "\xEF\xBB\xBF// settings of the head office\n"
    "{\n"
    "  \"rules\": {\"burst\": {\"count\": 7}, \"steady.count\": 12}, /* nested\n and dotted */\n"
    "  \"rules.spray\": {\"seconds\": 60},\n"
    "  \"rdp.nla\": true,\n"
    "  \"company\": {\"prefixes\": [\"10.0.0.0/8\", \"2001:db8::/32\", \"192.0.2.1\"]},\n"
    "  \"suppress\": [\n"
    "    {\"rule\": \"logon.*\", \"source\": \"10.1.2.3\", \"why\": \"a // scanner\\u3042\",\n"
    "     \"until\": \"2030-01-31T00:00:00Z\"},\n"
    "    {\"sha256\": \"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\",\n"
    "     \"host\": \"PC-A\", \"account\": \"kumi\", \"why\": \"x\", \"until\": \"2030-01-31\"}\n"
    "  ]\n"
    "}\n";

static void
every_kind_of_key_is_read(void **state)
{
    struct config *cfg = NULL;
    struct addr a;

    (void)state;
    cfg = parse(full);
    assert_int_equal(cfg->burst_count, 7);
    assert_int_equal(cfg->burst_s, 120);
    assert_int_equal(cfg->spray_s, 60);
    assert_int_equal(cfg->steady_count, 12);
    assert_int_equal(cfg->steady_s, 600);
    assert_true(cfg->rdp_nla);
    assert_int_equal(cfg->company_prefixes.count, 3);
    assert_int_equal(addr_parse(SV("10.200.3.4"), &a), ERR_OK);
    assert_true(config_prefixes_have(&cfg->company_prefixes, &a));
    assert_int_equal(addr_parse(SV("192.0.2.2"), &a), ERR_OK);
    assert_false(config_prefixes_have(&cfg->company_prefixes, &a));
    assert_int_equal(cfg->suppress_count, 2);
    assert_string_equal(cfg->suppress[0].rule, "logon.*");
    assert_string_equal(cfg->suppress[0].host, "");
    assert_string_equal(cfg->suppress[0].why, "a // scanner\xE3\x81\x82");
    assert_true(cfg->suppress[0].until_ft == TM_UNIX_EPOCH_FT + 1896048000 * TM_SEC);
    assert_true(cfg->suppress[1].until_ft == cfg->suppress[0].until_ft);
    config_destroy(cfg);
}

static void
what_is_written_is_read_back(void **state)
{
    struct config *cfg = NULL;
    struct config *again;
    struct buf text;

    (void)state;
    cfg = parse(full);
    buf_init(&text, TEXT_MAX);
    config_write(cfg, &text);
    assert_int_equal(buf_err(&text), ERR_OK);
    again = parse(buf_str(&text));
    assert_same(cfg, again);
    config_destroy(cfg);
    config_destroy(again);
    buf_fini(&text);
}

#define UNTIL "\"until\": \"2030-01-31T00:00:00Z\""

static void
refusals_name_line_and_key(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        const char *why;
    } cases[] = {
        {"", ERR_FORMAT, "line 1: the text ends too early"},
        {"5", ERR_FORMAT, "line 1: an object in { } was expected"},
        {"{}\n{}", ERR_FORMAT, "line 2: something stands behind the end"},
        {"{\n\n\"rules.burst.count\": 1}", ERR_RANGE, "line 3: rules.burst.count: 1 is below 2"},
        {"{\"rules.burst.count\": 1001}", ERR_RANGE,
         "line 1: rules.burst.count: 1001 is above 1000"},
        {"{\"rules.burst.count\": 99999999999999999999}", ERR_RANGE,
         "line 1: rules.burst.count: 99999999999999999999 is above 1000"},
        {"{\"rules\": {\n\"burst\": {\n\"count\": \"5\"}}}", ERR_FORMAT,
         "line 3: rules.burst.count: a number was expected"},
        {"{\"rules.burst.count\": 5.0}", ERR_FORMAT,
         "line 1: rules.burst.count: a whole number was expected"},
        {"{\"rules.burst.count\": 5,\n\"rules.burst.count\": 5}", ERR_FORMAT,
         "line 2: rules.burst.count: given twice"},
        {"{\"rules.burst.count\": 5,\n\"rules\": {\n\"burst.count\": 5}}", ERR_FORMAT,
         "line 3: rules.burst.count: given twice"},
        {"{\"rules\": {},\n\"rules\": {}}", ERR_FORMAT, "line 2: rules: given twice"},
        {"{\"rules\": {\"burst\": {}},\n\"rules.burst\": {}}", ERR_FORMAT,
         "line 2: rules.burst: given twice"},
        {"{\"Rules.burst.count\": 5}", ERR_FORMAT, "line 1: Rules.burst.count: no such key"},
        {"{\"rules\": {\"bursts\": {}}}", ERR_FORMAT, "line 1: rules.bursts: no such key"},
        {"{\"rules.burst.count.x\": 1}", ERR_FORMAT, "line 1: rules.burst.count.x: no such key"},
        {"{\"rules\": 5}", ERR_FORMAT, "line 1: rules: an object was expected"},
        {"{\"rules.burst.count\": {}}", ERR_FORMAT,
         "line 1: rules.burst.count: a number was expected"},
        {"{\"\": 1}", ERR_FORMAT, "line 1: an empty key"},
        {"{\"a\\u0000\\u001b\": 1}", ERR_FORMAT, "line 1: a\?\?: no such key"},
        {"{\"rdp.nla\": 1}", ERR_FORMAT, "line 1: rdp.nla: true or false was expected"},
        {"{\"company.prefixes\": \"10.0.0.0/8\"}", ERR_FORMAT,
         "line 1: company.prefixes: a list was expected"},
        {"{\"company.prefixes\": [\n\"10.0.0.0/8\",\n\"10.0.0.1/8\"]}", ERR_FORMAT,
         "line 3: company.prefixes: not an address or prefix (host bits must be 0)"},
        {"{\"company.prefixes\": [[]]}", ERR_FORMAT,
         "line 1: company.prefixes: addresses and prefixes in quotes were expected"},
        {"{\"rdp.nla\": true,}", ERR_FORMAT, "line 1: a key in quotes was expected"},
        {"{\n// open\n/* and\nopen", ERR_FORMAT, "line 4: a comment does not end"},
        {"{\"suppress\": {}}", ERR_FORMAT, "line 1: suppress: a list was expected"},
        {"{\"suppress\": [5]}", ERR_FORMAT, "line 1: suppress: objects were expected"},
        {"{\"suppress\": [],\n\"suppress\": []}", ERR_FORMAT, "line 2: suppress: given twice"},
        {"{\"suppress\": [{\"rule\": \"x\", \"why\": \"x\"}]}", ERR_FORMAT,
         "line 1: suppress: `until` is missing"},
        {"{\"suppress\": [{\"rule\": \"x\", " UNTIL "}]}", ERR_FORMAT,
         "line 1: suppress: `why` is missing"},
        {"{\"suppress\": [{\"why\": \"x\", " UNTIL "}]}", ERR_FORMAT,
         "line 1: suppress: would match every alert: give rule, host, source, account or sha256"},
        {"{\"suppress\": [{\n\"rules\": \"x\"}]}", ERR_FORMAT,
         "line 2: suppress.rules: no such key"},
        {"{\"suppress\": [{\"rule\": \"x\", \"rule\": \"x\"}]}", ERR_FORMAT,
         "line 1: suppress.rule: given twice"},
        {"{\"suppress\": [{" UNTIL ", " UNTIL "}]}", ERR_FORMAT,
         "line 1: suppress.until: given twice"},
        {"{\"suppress\": [{\"until\": \"soon\"}]}", ERR_FORMAT,
         "line 1: suppress.until: not an ISO 8601 time"},
        {"{\"suppress\": [{\"until\": 5}]}", ERR_FORMAT,
         "line 1: suppress.until: a text was expected"},
        {"{\"suppress\": [{\"why\": \"\"}]}", ERR_FORMAT,
         "line 1: suppress.why: an empty text, or one with U+0000"},
        {"{\"suppress\": [{\"sha256\": \"00\"}]}", ERR_FORMAT,
         "line 1: suppress.sha256: 64 hex digits were expected"},
    };
    char why[CONFIG_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config *cfg = NULL;

        assert_int_equal(config_parse(sv_from(cases[i].text), &cfg, why), cases[i].err);
        assert_string_equal(why, cases[i].why);
        assert_null(cfg);
    }
}

static void
lists_and_files_have_an_end(void **state)
{
    char why[CONFIG_WHY_MAX];
    struct config *cfg = NULL;
    struct buf text;

    (void)state;
    buf_init(&text, 2 * TEXT_MAX);
    buf_puts(&text, "{\"company.prefixes\": [\"::1\"");
    for (int i = 0; i < CONFIG_PREFIXES_MAX; i++) {
        buf_puts(&text, ",\"::1\"");
    }
    buf_puts(&text, "]}");
    assert_int_equal(config_parse(buf_sv(&text), &cfg, why), ERR_RANGE);
    assert_string_equal(why, "line 1: company.prefixes: too many prefixes (at most 256)");
    buf_clear(&text);
    buf_puts(&text, "{}");
    while (text.len <= CONFIG_FILE_MAX) {
        buf_puts(&text, "                                                                ");
    }
    assert_int_equal(config_parse(buf_sv(&text), &cfg, why), ERR_RANGE);
    assert_string_equal(why, "larger than 1 MB");
    buf_fini(&text);
}

static void
each_failing_allocation_is_survived(void **state)
{
    char why[CONFIG_WHY_MAX];
    struct config *cfg = NULL;
    size_t asked;

    (void)state;
    mem_fail_after(SIZE_MAX);
    config_destroy(parse(full));
    asked = mem_asked();
    assert_true(asked > 10);
    for (size_t n = 0; n < asked; n++) {
        mem_fail_after(n);
        assert_int_equal(config_parse(sv_from(full), &cfg, why), ERR_NOMEM);
        assert_string_equal(why, "out of memory");
        assert_null(cfg);
    }
    mem_fail_after(SIZE_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_documented_ones),
        cmocka_unit_test(template_is_the_defaults),
        cmocka_unit_test(every_kind_of_key_is_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(refusals_name_line_and_key),
        cmocka_unit_test(lists_and_files_have_an_end),
        cmocka_unit_test(each_failing_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
