/* rules - the carried YARA rules: each finds what it is for, and none finds what only looks alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"
#include "scan/pack.h"
#include "support/rule_cases.h"

#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define MATCHES_DUE 3u
#define RULES_MAX 64u

static struct scan_engine *engine;
static struct scanner *scanner;
static struct scan_report report;
static struct scan_result result;
static struct buf file;

/* How many files matched, and how many hazards were tried, for each rule. */
static struct tally {
    char rule[64];
    size_t matched, hazards;
} tallies[RULES_MAX];
static size_t tally_count;

static enum err
add_tally(void *ctx, const struct scan_rule *rule)
{
    (void)ctx;
    assert_true(tally_count < RULES_MAX && strlen(rule->name) < sizeof(tallies[0].rule));
    memcpy(tallies[tally_count++].rule, rule->name, strlen(rule->name) + 1);
    return ERR_OK;
}

static struct tally *
tally_of(const char *rule)
{
    for (size_t i = 0; i < tally_count; i++) {
        if (strcmp(tallies[i].rule, rule) == 0) {
            return &tallies[i];
        }
    }
    print_error("no rule %s\n", rule);
    abort();
}

static int
setup(void **state)
{
    struct scan_pack *pack;
    size_t count;
    const struct scan_source *files;

    (void)state;
    assert_int_equal(scan_pack_open(&pack), ERR_OK);
    files = scan_pack_files(pack, &count);
    assert_int_equal(scan_engine_create(&engine), ERR_OK);
    assert_int_equal(scan_engine_load(engine, files, count, &report), ERR_OK);
    scan_pack_close(pack);
    assert_int_equal(scanner_create(engine, &scan_limits_default, &scanner), ERR_OK);
    assert_int_equal(scan_engine_rules(engine, add_tally, NULL), ERR_OK);
    buf_init(&file, FILE_MAX);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    buf_fini(&file);
    scanner_destroy(scanner);
    scan_engine_destroy(engine);
    return 0;
}

static bool
found(const char *rule)
{
    for (size_t i = 0; i < result.hit_count; i++) {
        if (strcmp(result.hits[i].rule.name, rule) == 0) {
            return true;
        }
    }
    return false;
}

static void
scan_file(const struct scan_facts *facts)
{
    assert_int_equal(buf_err(&file), ERR_OK);
    assert_int_equal(scanner_run(scanner, buf_sv(&file), facts, &result), ERR_OK);
}

/* -- the pack ---------------------------------------------------------------------------------- */

static void
test_all_load_without_a_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < report.problem_count; i++) {
        print_message("%s:%u: %s\n", report.problems[i].file, report.problems[i].line,
                      report.problems[i].message);
    }
    assert_int_equal(report.problem_count, 0);
    assert_int_equal(report.files_broken, 0);
    assert_int_equal(report.files_loaded, 7);
    assert_int_equal(report.rules, tally_count);
    assert_int_equal(strlen(scan_pack_sha256()), 64);
}

static void
test_open_without_memory(void **state)
{
    struct scan_pack *pack = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err; n++) {
        mem_fail_after(n);
        err = scan_pack_open(&pack);
        mem_fail_after(SIZE_MAX);
        assert_true(n < 10 && (err == ERR_NOMEM) == (pack == NULL));
    }
    scan_pack_close(pack);
    scan_pack_close(NULL);
}

/* The rule, alone in an engine of its own, matches without facts. */
static bool
matches_without_facts(struct sv rule)
{
    const struct scan_source source = {"externals.yar", rule};
    static struct scan_report own_report;
    static struct scan_result own;
    struct scan_engine *e;
    struct scanner *s;

    assert_int_equal(scan_engine_create(&e), ERR_OK);
    assert_int_equal(scan_engine_load(e, &source, 1, &own_report), ERR_OK);
    assert_int_equal(scanner_create(e, &scan_limits_default, &s), ERR_OK);
    assert_int_equal(scanner_run(s, SV("x"), NULL, &own), ERR_OK);
    scanner_destroy(s);
    scan_engine_destroy(e);
    return own.hit_count == 1;
}

/* Stock yara takes yara-rules/externals; the same names and defaults are in force here. */
static void
test_externals_are_those_of_the_file(void **state)
{
    struct buf text, rule;
    size_t lines = 0;

    (void)state;
    buf_init(&text, 4096);
    buf_init(&rule, 4096);
    assert_int_equal(file_read_all("yara-rules/externals", 4096, &text), ERR_OK);
    buf_puts(&rule, "rule Externals { condition: true");
    for (char *line = text.data, *end; *line != '\0'; line = end + 1) {
        char *value = strchr(line, '=');

        end = strchr(line, '\n');
        assert_non_null(end);
        if (*line == '#') {
            continue;
        }
        assert_true(value != NULL && value < end);
        buf_printf(&rule, " and %.*s == \"%.*s\"", (int)(value - line), line,
                   (int)(end - value - 1), value + 1);
        lines++;
    }
    buf_puts(&rule, " }");
    assert_int_equal(lines, 5);
    assert_true(matches_without_facts(buf_sv(&rule)));
    buf_fini(&text);
    buf_fini(&rule);
}

/* -- what must be found ------------------------------------------------------------------------ */

static void
test_each_rule_finds_its_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_cases_match_count; i++) {
        const struct rule_case *c = &rule_cases_match[i];

        for (int form = 0; form < FORM_COUNT; form++) {
            if (c->narrow && form == FORM_WIDE) {
                continue;
            }
            rule_case_build(c, (enum rule_case_form)form, &file);
            scan_file(&c->facts);
            if (!found(c->rule)) {
                fail_msg("%s does not find '%s' in form %d", c->rule, c->name, form);
            }
            tally_of(c->rule)->matched++;
        }
    }
}

/* m6.bin: lines of script, a line feed, a gzip member. */
static void
build_container(const char *script, size_t filler)
{
    buf_clear(&file);
    buf_puts(&file, script);
    buf_put(&file, "\n\x1f\x8b\x08\0\0\0\0\0", 9);
    for (size_t i = 0; i < filler; i++) {
        buf_putc(&file, (char)(i * 131 % 251));
    }
}

static void
test_miner_behind_a_script(void **state)
{
    static const char rule[] = "MAL_LemonDuck_Miner_Container";
    static const char *const scripts[] = {
        "$b=[IO.File]::ReadAllBytes($p);$g=New-Object IO.Compression.GzipStream($m,'Decompress');#",
        "$mt=New-Object Threading.Mutex($true,'Global\\eLocalMn');[Reflection.Assembly]::Load($x)",
        "$null=$api::CreateThread(0,0,$f,0);New-Object "
        "io.compression.gzipstream($m,$mode);$a=1;$b=2",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        build_container(scripts[i], 2000);
        scan_file(NULL);
        assert_true(found(rule));
        tally_of(rule)->matched++;
    }
    /* A shell script with its archive; the words behind the archive; too little. */
    build_container(
        "#!/bin/sh\nsed -e '1,/^exit$/d' \"$0\" | tar xzf - && ./setup.sh\n#padding\nexit", 2000);
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    build_container("# a note, a note, a note, a note, a note, a note, a note, a note, a note",
                    2000);
    buf_puts(&file, scripts[0]);
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    build_container("MZ $b=[IO.File]::ReadAllBytes($p);IO.Compression.GzipStream($m,'Decompress')",
                    2000);
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    build_container(scripts[0], 10);
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    tally_of(rule)->hazards += 4;
}

/* RFC 4120, KRB-CRED: version 5, type 22, one ticket of a realm. */
static void
build_ticket(size_t gap)
{
    static const uint8_t head[] = {0x76, 0x82, 0x01, 0x20, 0x30, 0x82, 0x01, 0x1c, 0xa0, 0x03,
                                   0x02, 0x01, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x16, 0xa2, 0x81,
                                   0xf0, 0x30, 0x81, 0xed, 0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1};

    buf_clear(&file);
    buf_put(&file, head, sizeof(head));
    for (size_t i = 0; i < gap; i++) {
        buf_putc(&file, 0x0d);
    }
    buf_put(&file,
            "\x1b\x0b"
            "EXAMPLE.ORG",
            13);
}

static void
test_ticket_file(void **state)
{
    static const char rule[] = "HKTL_Kerberos_Ticket_File";
    static const size_t gaps[] = {2, 3, 60};
    static const uint8_t certificate[] = {0x30, 0x82, 0x01, 0x20, 0x30, 0x82, 0x01, 0x1c, 0xa0,
                                          0x03, 0x02, 0x01, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x16};

    (void)state;
    for (size_t i = 0; i < COUNT(gaps); i++) {
        build_ticket(gaps[i]);
        scan_file(NULL);
        assert_true(found(rule));
        tally_of(rule)->matched++;
    }
    buf_clear(&file);
    buf_put(&file, certificate, sizeof(certificate));
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    tally_of(rule)->hazards++;
}

/* -- what must not be found -------------------------------------------------------------------- */

static void
test_hazards_are_not_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_cases_hazard_count; i++) {
        const struct rule_case *c = &rule_cases_hazard[i];

        for (int form = 0; form < FORM_COUNT; form++) {
            size_t due = c->also != NULL && form != FORM_WIDE ? 1 : 0;

            rule_case_build(c, (enum rule_case_form)form, &file);
            scan_file(&c->facts);
            if (found(c->rule) || result.hit_count != due) {
                fail_msg("'%s' in form %d: %zu rules, first %s", c->name, form, result.hit_count,
                         result.hit_count > 0 ? result.hits[0].rule.name : "");
            }
            assert_true(due == 0 || found(c->also));
        }
        tally_of(c->rule)->hazards++;
    }
}

/* The engine of another security program holds what it looks for, decoded. */
static void
test_scripts_inside_a_program_are_not_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_cases_match_count; i++) {
        struct rule_case c = rule_cases_match[i];

        if (c.kind != CASE_TEXT) {
            continue;
        }
        c.kind = CASE_PROGRAM;
        for (int form = 0; form < FORM_COUNT; form++) {
            rule_case_build(&c, (enum rule_case_form)form, &file);
            scan_file(&c.facts);
            if (result.hit_count != 0) {
                fail_msg("%s finds '%s'", result.hits[0].rule.name, c.name);
            }
        }
    }
}

/* Rules are text about malware, ours too. */
static void
test_rules_do_not_find_themselves(void **state)
{
    struct scan_pack *pack;
    const struct scan_source *files;
    size_t count;

    (void)state;
    assert_int_equal(scan_pack_open(&pack), ERR_OK);
    files = scan_pack_files(pack, &count);
    buf_clear(&file);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(scanner_run(scanner, files[i].text, NULL, &result), ERR_OK);
        assert_int_equal(result.hit_count, 0);
        buf_put_sv(&file, files[i].text);
    }
    scan_file(NULL);
    assert_int_equal(result.hit_count, 0);
    scan_pack_close(pack);
}

static void
test_every_rule_was_tried(void **state)
{
    (void)state;
    for (size_t i = 0; i < tally_count; i++) {
        if (tallies[i].matched < MATCHES_DUE || tallies[i].hazards == 0) {
            fail_msg("%s: %zu files, %zu hazards", tallies[i].rule, tallies[i].matched,
                     tallies[i].hazards);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_load_without_a_word),
        cmocka_unit_test(test_open_without_memory),
        cmocka_unit_test(test_externals_are_those_of_the_file),
        cmocka_unit_test(test_each_rule_finds_its_files),
        cmocka_unit_test(test_miner_behind_a_script),
        cmocka_unit_test(test_ticket_file),
        cmocka_unit_test(test_hazards_are_not_found),
        cmocka_unit_test(test_scripts_inside_a_program_are_not_found),
        cmocka_unit_test(test_rules_do_not_find_themselves),
        cmocka_unit_test(test_every_rule_was_tried),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
