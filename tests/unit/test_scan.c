/* scan - what is found and told, what does not compile, limits, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "scan/scan.h"

#define MIB ((size_t)1024 * 1024)

static struct scan_engine *engine;
static struct scanner *scanner;
static struct scan_report report;
static struct scan_result result;

static const char good_rules[] =
    "import \"pe\"\n"
    "rule Fox_Den {\n"
    "  meta:\n"
    "    description = \"a fox\"\n"
    "    family = \"fox\"\n"
    "    severity = \"high\"\n"
    "    attack = \"T1496.001\"\n"
    "    version = \"2\"\n"
    "    strength = \"strong\"\n"
    "  strings:\n"
    "    $fox = \"quick brown fox\" ascii wide\n"
    "    $den = \"den\" fullword\n"
    "    $dog = \"lazy dog\"\n"
    "  condition: not pe.is_pe and $fox and any of ($d*)\n"
    "}\n"
    "rule Bare { strings: $a = \"bare words\" condition: $a }\n"
    "rule By_Name { condition: file_name == \"fox.ps1\" and signed_verdict == \"unknown\" }\n";

static int
setup(void **state)
{
    const struct scan_source file = {"good.yar", {good_rules, sizeof(good_rules) - 1}};

    (void)state;
    metric_reset_all();
    assert_int_equal(scan_engine_create(&engine), ERR_OK);
    assert_int_equal(scan_engine_load(engine, &file, 1, &report), ERR_OK);
    assert_int_equal(scanner_create(engine, &scan_limits_default, &scanner), ERR_OK);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    mem_fail_after(SIZE_MAX);
    scanner_destroy(scanner);
    scan_engine_destroy(engine);
    return 0;
}

static enum err
scan(const char *text)
{
    return scanner_run(scanner, sv_from(text), NULL, &result);
}

static void
load(const char *name, const char *text)
{
    struct scan_source file = {name, sv_from(text)};

    assert_int_equal(scan_engine_load(engine, &file, 1, &report), ERR_OK);
}

static void
limit(struct scan_limits limits)
{
    scanner_destroy(scanner);
    assert_int_equal(scanner_create(engine, &limits, &scanner), ERR_OK);
}

/* -- what is found ----------------------------------------------------------------------------- */

static void
test_hit_tells_rule_and_strings(void **state)
{
    const struct scan_hit *hit = &result.hits[0];

    (void)state;
    assert_int_equal(scan("the quick brown fox jumps over the lazy dog"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_string_equal(hit->rule.name, "Fox_Den");
    assert_string_equal(hit->rule.file, "good.yar");
    assert_string_equal(hit->rule.family, "fox");
    assert_string_equal(hit->rule.description, "a fox");
    assert_string_equal(hit->rule.attack, "T1496.001");
    assert_string_equal(hit->rule.version, "2");
    assert_int_equal(hit->rule.severity, SEV_HIGH);
    assert_int_equal(hit->rule.strength, SCAN_STRONG);
    assert_int_equal(hit->string_count, 2);
    assert_string_equal(hit->strings[0], "$fox");
    assert_string_equal(hit->strings[1], "$dog");
    assert_int_equal(hit->strings_more, 0);
    assert_false(result.strings_cut);
}

static void
test_rule_without_words_has_defaults(void **state)
{
    (void)state;
    assert_int_equal(scan("some bare words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_string_equal(result.hits[0].rule.name, "Bare");
    assert_string_equal(result.hits[0].rule.family, "");
    assert_int_equal(result.hits[0].rule.severity, SEV_MEDIUM);
    assert_int_equal(result.hits[0].rule.strength, SCAN_WEAK);
}

static void
test_nothing_is_found_in_nothing(void **state)
{
    (void)state;
    assert_int_equal(scan("a fox"), ERR_OK);
    assert_int_equal(result.hit_count, 0);
    assert_int_equal(scanner_run(scanner, (struct sv){NULL, 0}, NULL, &result), ERR_OK);
    assert_int_equal(result.hit_count, 0);
}

static void
test_facts_are_of_one_scan(void **state)
{
    struct scan_facts facts = {.file_name = "fox.ps1"};

    (void)state;
    assert_int_equal(scanner_run(scanner, SV("x"), &facts, &result), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_string_equal(result.hits[0].rule.name, "By_Name");
    facts.signed_verdict = "trusted";
    assert_int_equal(scanner_run(scanner, SV("x"), &facts, &result), ERR_OK);
    assert_int_equal(result.hit_count, 0);
    assert_int_equal(scan("x"), ERR_OK);
    assert_int_equal(result.hit_count, 0);
}

static enum err
count_rule(void *ctx, const struct scan_rule *rule)
{
    static const char *const due[] = {"Fox_Den", "Bare", "By_Name"};
    size_t *count = ctx;

    assert_true(*count < COUNT(due));
    assert_string_equal(rule->name, due[*count]);
    return ++*count == COUNT(due) ? ERR_END : ERR_OK;
}

static void
test_rules_in_force_are_listed(void **state)
{
    size_t count = 0;

    (void)state;
    assert_int_equal(scan_engine_rules(engine, count_rule, &count), ERR_END);
    assert_int_equal(count, 3);
    assert_int_equal(report.rules, 3);
    assert_int_equal(report.files_loaded, 1);
    assert_int_equal(report.problem_count, 0);
}

/* -- loading ----------------------------------------------------------------------------------- */

static void
test_broken_file_is_named_and_others_load(void **state)
{
    const struct scan_source files[] = {
        {"broken.yar", SV("rule A { condition: true }\nrule B { condition: nothing }\n")},
        {"other.yar", SV("rule A { condition: filesize == 3 }")},
        {"more.yar", SV("include \"other.yar\"")},
        {"empty.yar", {NULL, 0}},
    };

    (void)state;
    assert_int_equal(scan_engine_load(engine, files, COUNT(files), &report), ERR_OK);
    assert_int_equal(report.files_broken, 2);
    assert_int_equal(report.files_loaded, 2);
    assert_int_equal(report.rules, 1);
    assert_int_equal(report.problem_count, 2);
    assert_string_equal(report.problems[0].file, "broken.yar");
    assert_int_equal(report.problems[0].line, 2);
    assert_string_equal(report.problems[0].message, "undefined identifier \"nothing\"");
    assert_false(report.problems[0].warning);
    assert_string_equal(report.problems[1].file, "more.yar");
    assert_int_equal(metric_get(METRIC_RULE_FILES_BROKEN), 2);
    assert_int_equal(scan("abc"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_string_equal(result.hits[0].rule.file, "other.yar");
}

static void
test_files_may_name_rules_alike(void **state)
{
    const struct scan_source files[] = {
        {"a.yar", SV("rule Same { condition: filesize == 1 }")},
        {"b.yar", SV("rule Same { condition: filesize == 1 }")},
    };

    (void)state;
    assert_int_equal(scan_engine_load(engine, files, COUNT(files), &report), ERR_OK);
    assert_int_equal(scan("x"), ERR_OK);
    assert_int_equal(result.hit_count, 2);
    assert_string_equal(result.hits[0].rule.file, "a.yar");
    assert_string_equal(result.hits[1].rule.file, "b.yar");
}

static void
test_rules_stay_when_nothing_compiles(void **state)
{
    const struct scan_source bad = {"bad.yar", SV("rule")};

    (void)state;
    assert_int_equal(scan_engine_load(engine, &bad, 1, &report), ERR_FORMAT);
    assert_int_equal(report.files_broken, 1);
    assert_int_equal(report.rules, 0);
    assert_int_equal(scan_engine_load(engine, &bad, 0, &report), ERR_FORMAT);
    assert_int_equal(scan_engine_load(engine, &bad, SCAN_SOURCES_MAX + 1, &report), ERR_RANGE);
    assert_int_equal(scan("bare words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
}

static void
test_slow_rule_is_a_warning(void **state)
{
    (void)state;
    load("slow.yar", "rule Slow { strings: $a = { 00 00 ?? ?? ?? 00 } condition: $a }");
    assert_int_equal(report.files_loaded, 1);
    assert_true(report.problem_count >= 1);
    assert_true(report.problems[0].warning);
}

static void
test_long_file_is_refused(void **state)
{
    struct scan_source file = {"long.yar", {NULL, SCAN_SOURCE_LEN_MAX + 1}};
    char *text = malloc(file.text.len);

    (void)state;
    assert_non_null(text);
    memset(text, ' ', file.text.len);
    file.text.p = text;
    assert_int_equal(scan_engine_load(engine, &file, 1, &report), ERR_FORMAT);
    assert_string_equal(report.problems[0].message, "the file is too long");
    file.text.len--;
    assert_int_equal(scan_engine_load(engine, &file, 1, &report), ERR_OK);
    free(text);
}

static void
test_problems_beyond_the_room_are_counted(void **state)
{
    static struct scan_source files[SCAN_PROBLEMS_MAX + 3];

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        files[i] = (struct scan_source){"bad.yar", SV("rule")};
    }
    assert_int_equal(scan_engine_load(engine, files, COUNT(files), &report), ERR_FORMAT);
    assert_int_equal(report.problem_count, SCAN_PROBLEMS_MAX);
    assert_int_equal(report.problems_more, 3);
    assert_int_equal(report.files_broken, COUNT(files));
}

/* What reads files, processes or the network, or needs cryptography, is not in this library. */
static void
test_modules(void **state)
{
    const struct scan_source files[] = {
        {"pe.yar", SV("import \"pe\" rule A { condition: pe.is_pe }")},
        {"math.yar", SV("import \"math\" rule A { condition: math.entropy(0, 1) > 9 }")},
        {"string.yar", SV("import \"string\" rule A { condition: string.to_int(\"1\") == 2 }")},
        {"time.yar", SV("import \"time\" rule A { condition: time.now() == 2 }")},
        {"hash.yar", SV("import \"hash\" rule A { condition: hash.md5(0, 1) == \"\" }")},
        {"signed.yar", SV("import \"pe\" rule A { condition: pe.is_signed }")},
        {"imphash.yar", SV("import \"pe\" rule A { condition: pe.imphash() == \"\" }")},
        {"console.yar", SV("import \"console\" rule A { condition: console.log(\"x\") }")},
    };

    (void)state;
    assert_int_equal(scan_engine_load(engine, files, COUNT(files), &report), ERR_OK);
    assert_int_equal(report.files_loaded, 4);
    assert_int_equal(report.files_broken, 4);
    assert_string_equal(report.problems[0].file, "hash.yar");
    assert_string_equal(report.problems[0].message, "unknown module \"hash\"");
}

static void
test_scan_without_rules(void **state)
{
    struct scan_engine *empty;
    struct scanner *s;
    size_t count = 0;

    (void)state;
    assert_int_equal(scan_engine_create(&empty), ERR_OK);
    assert_int_equal(scan_engine_rules(empty, count_rule, &count), ERR_OK);
    assert_int_equal(scanner_create(empty, &scan_limits_default, &s), ERR_OK);
    assert_int_equal(scanner_run(s, SV("x"), NULL, &result), ERR_NOTFOUND);
    assert_int_equal(metric_get(METRIC_SCANS_WITHOUT_RULES), 1);
    scanner_destroy(s);
    scan_engine_destroy(empty);
    scan_engine_destroy(NULL);
    scanner_destroy(NULL);
}

static void
test_reload_is_seen_by_the_next_scan(void **state)
{
    (void)state;
    assert_int_equal(scan("bare words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    load("new.yar", "rule New { strings: $a = \"new words\" condition: $a }");
    /* What the last scan told is still there. */
    assert_string_equal(result.hits[0].rule.name, "Bare");
    assert_int_equal(scan("bare words, new words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_string_equal(result.hits[0].rule.name, "New");
}

/* -- limits ------------------------------------------------------------------------------------ */

/* `len` times 'a'; the caller frees it. */
static char *
many(size_t len)
{
    char *text = malloc(len);

    assert_non_null(text);
    memset(text, 'a', len);
    return text;
}

static void
test_length_limit(void **state)
{
    (void)state;
    limit((struct scan_limits){10, 10000, MIB, SCAN_HITS_MAX});
    assert_int_equal(scan("bare words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_int_equal(scan("bare words."), ERR_RANGE);
    assert_int_equal(result.hit_count, 0);
    assert_int_equal(metric_get(METRIC_SCANS_TOO_LONG), 1);
}

static void
test_time_limit(void **state)
{
    size_t len = 4 * MIB;
    char *text = many(len);

    (void)state;
    load("loop.yar",
         "rule Loop { condition: for all i in (0..filesize) : "
         "( for all j in (0..filesize) : ( uint8(i) == uint8(j) or i < j or true ) ) }");
    limit((struct scan_limits){len, 50, MIB, SCAN_HITS_MAX});
    assert_int_equal(scanner_run(scanner, (struct sv){text, len}, NULL, &result), ERR_CANCELLED);
    assert_int_equal(metric_get(METRIC_SCANS_TIMED_OUT), 1);
    /* The scanner is as good as new. */
    load("good.yar", good_rules);
    assert_int_equal(scan("bare words"), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    free(text);
}

static void
test_memory_limit(void **state)
{
    size_t len = 2 * MIB;
    char *text = many(len);

    (void)state;
    load("count.yar", "rule Many { strings: $a = \"aaaa\" condition: #a > 10 }");
    limit((struct scan_limits){len, 20000, 4 * MIB, SCAN_HITS_MAX});
    assert_int_equal(scanner_run(scanner, (struct sv){text, len}, NULL, &result), ERR_FULL);
    assert_int_equal(metric_get(METRIC_SCANS_MEMORY_FULL), 1);
    assert_int_equal(result.hit_count, 0);
    assert_int_equal(scanner_run(scanner, (struct sv){text, 100}, NULL, &result), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    free(text);
}

static void
test_string_found_too_often(void **state)
{
    size_t len = 2 * MIB;
    char *text = many(len);

    (void)state;
    load("count.yar", "rule Many { strings: $a = \"aaaa\" condition: #a > 10 }");
    limit((struct scan_limits){len, 60000, 1024 * MIB, SCAN_HITS_MAX});
    assert_int_equal(scanner_run(scanner, (struct sv){text, len}, NULL, &result), ERR_OK);
    assert_int_equal(result.hit_count, 1);
    assert_true(result.strings_cut);
    assert_int_equal(metric_get(METRIC_SCAN_STRINGS_CUT), 1);
    free(text);
}

static void
test_hit_limit(void **state)
{
    const struct scan_source files[] = {
        {"a.yar", SV("rule A { condition: true }")},
        {"b.yar", SV("rule B { condition: true } rule C { condition: true }")},
    };

    (void)state;
    assert_int_equal(scan_engine_load(engine, files, COUNT(files), &report), ERR_OK);
    limit((struct scan_limits){10, 10000, MIB, 2});
    assert_int_equal(scan("x"), ERR_OK);
    assert_int_equal(result.hit_count, 2);
    assert_int_equal(result.hits_more, 1);
    assert_int_equal(metric_get(METRIC_SCAN_HITS_FULL), 1);
}

static void
test_strings_beyond_the_room_are_counted(void **state)
{
    char text[4096] = "rule Strings { strings:\n";
    char line[64];

    (void)state;
    for (int i = 0; i < SCAN_HIT_STRINGS_MAX + 2; i++) {
        (void)snprintf(line, sizeof(line), "$s%d = \"word\" nocase\n", i);
        memcpy(text + strlen(text), line, strlen(line) + 1);
    }
    memcpy(text + strlen(text), "condition: all of them }", 25);
    load("strings.yar", text);
    assert_int_equal(scan("a WORD"), ERR_OK);
    assert_int_equal(result.hits[0].string_count, SCAN_HIT_STRINGS_MAX);
    assert_int_equal(result.hits[0].strings_more, 2);
}

/* -- memory that runs out ---------------------------------------------------------------------- */

/* Whatever allocation fails, a load fails as a whole, and the rules in force stay. */
static void
test_load_without_memory(void **state)
{
    const struct scan_source file = {"new.yar", SV("rule New { condition: true }")};
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err; n++) {
        mem_fail_after(n);
        err = scan_engine_load(engine, &file, 1, &report);
        mem_fail_after(SIZE_MAX);
        if (err) {
            assert_int_equal(err, ERR_NOMEM);
            assert_int_equal(scan("bare words"), ERR_OK);
            assert_string_equal(result.hits[0].rule.name, "Bare");
        }
        assert_true(n < 100000);
    }
    assert_int_equal(scan("x"), ERR_OK);
    assert_string_equal(result.hits[0].rule.name, "New");
}

static void
test_scan_without_memory(void **state)
{
    enum err err = ERR_NOMEM;
    size_t n;

    (void)state;
    for (n = 0; err; n++) {
        scanner_destroy(scanner);
        assert_int_equal(scanner_create(engine, &scan_limits_default, &scanner), ERR_OK);
        mem_fail_after(n);
        err = scan("MZ quick brown fox, lazy dog, bare words");
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        assert_int_equal(result.hit_count, err ? 0 : 2);
        assert_true(n < 100000);
    }
    assert_true(n > 10);
    assert_int_equal(metric_get(METRIC_SCANS_FAILED), n - 1);
}

static void
test_create_without_memory(void **state)
{
    struct scan_engine *e = NULL;
    struct scanner *s = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err; n++) {
        mem_fail_after(n);
        err = scan_engine_create(&e);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || (err == ERR_NOMEM && e == NULL));
    }
    scan_engine_destroy(e);
    mem_fail_after(0);
    assert_int_equal(scanner_create(engine, &scan_limits_default, &s), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_null(s);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_hit_tells_rule_and_strings),
        TEST(test_rule_without_words_has_defaults),
        TEST(test_nothing_is_found_in_nothing),
        TEST(test_facts_are_of_one_scan),
        TEST(test_rules_in_force_are_listed),
        TEST(test_broken_file_is_named_and_others_load),
        TEST(test_files_may_name_rules_alike),
        TEST(test_rules_stay_when_nothing_compiles),
        TEST(test_slow_rule_is_a_warning),
        TEST(test_long_file_is_refused),
        TEST(test_problems_beyond_the_room_are_counted),
        TEST(test_modules),
        TEST(test_scan_without_rules),
        TEST(test_reload_is_seen_by_the_next_scan),
        TEST(test_length_limit),
        TEST(test_time_limit),
        TEST(test_memory_limit),
        TEST(test_string_found_too_often),
        TEST(test_hit_limit),
        TEST(test_strings_beyond_the_room_are_counted),
        TEST(test_load_without_memory),
        TEST(test_scan_without_memory),
        TEST(test_create_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
