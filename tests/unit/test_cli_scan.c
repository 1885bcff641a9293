/* test_cli_scan - kanari scan, rules list and rules check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scan_walk.h"
#include "core/mem.h"
#include "support/cli_capture.h"
#include "support/rule_cases.h"

#define OUT(f) buf_str(&(f)->cap.out)
#define ERR(f) buf_str(&(f)->cap.err)
/* The command's own come first; of those of libyara's compiler it leaks some when one fails. */
#define COMMAND_ALLOCATIONS 60u
#define FILE_MAX ((size_t)4 * 1024 * 1024)

struct fixture {
    struct cli_capture cap;
    struct buf folder, path, file;
};

static const char *
at(struct fixture *f, const char *name)
{
    buf_clear(&f->path);
    path_join(&f->path, buf_str(&f->folder), name);
    return buf_str(&f->path);
}

static void
put(struct fixture *f, const char *name, const char *text)
{
    assert_int_equal(file_write_all(at(f, name), text, strlen(text)), ERR_OK);
}

static void
put_match(struct fixture *f, const char *name, const char *rule)
{
    size_t i = 0;

    while (strcmp(rule_cases_match[i].rule, rule) != 0) {
        i++;
        assert_true(i < rule_cases_match_count);
    }
    rule_case_build(&rule_cases_match[i], FORM_PLAIN, &f->file);
    assert_int_equal(file_write_all(at(f, name), f->file.data, f->file.len), ERR_OK);
}

static int
setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof(*f));

    assert_non_null(f);
    cli_capture_init(&f->cap);
    buf_init(&f->folder, 4096);
    buf_init(&f->path, 4096);
    buf_init(&f->file, FILE_MAX);
    assert_int_equal(path_temp_file(&f->folder), ERR_OK);
    assert_int_equal(file_delete(buf_str(&f->folder)), ERR_OK);
    assert_int_equal(dir_make(buf_str(&f->folder)), ERR_OK);
    assert_int_equal(dir_make(at(f, "sub")), ERR_OK);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    /* Files of these names; the empty folders stay in the temporary folder. */
    static const char *const names[] = {"a.txt",     "b.ps1",       "sub/c.exe",
                                        "sub/d.txt", "svchost.exe", "config.json",
                                        "long.txt",  "good.yar",    "bad.yar"};

    for (size_t i = 0; i < COUNT(names); i++) {
        enum err err = file_delete(at(f, names[i]));

        assert_true(err == ERR_OK || err == ERR_NOTFOUND);
    }
    cli_capture_fini(&f->cap);
    buf_fini(&f->folder);
    buf_fini(&f->path);
    buf_fini(&f->file);
    mem_free(f);
    return 0;
}

static void
fill(struct fixture *f)
{
    put(f, "a.txt", "nothing here");
    put_match(f, "b.ps1", "MAL_Prometei_Install_Script");
    put_match(f, "sub/c.exe", "HKTL_Mimikatz");
    put(f, "sub/d.txt", "");
}

/* What stands between begin and end, once; NULL-free. */
static size_t
count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        n++;
    }
    return n;
}

/* -- scan -------------------------------------------------------------------------------------- */

static void
test_folder_is_scanned_to_its_depth(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_int_equal(CLI_RUN(&f->cap, "scan", buf_str(&f->folder), "-o", "ndjson"), CLI_FINDINGS);
    assert_string_equal(ERR(f), "");
    assert_int_equal(count(OUT(f), "\n"), 2);
    assert_non_null(strstr(OUT(f), "b.ps1\",\"rule\":\"MAL_Prometei_Install_Script\","
                                   "\"family\":\"prometei\",\"severity\":\"critical\","
                                   "\"strength\":\"strong\",\"attack\":[\"T1059.001\",\"T1105\","));
    assert_non_null(strstr(OUT(f), "\"strings\":[\"$act_key\",\"$act_stage\",\"$act_fetch\"]"));
    assert_non_null(strstr(OUT(f), "c.exe\",\"rule\":\"HKTL_Mimikatz\""));
    assert_int_equal(count(OUT(f), "\"skipped\":null"), 2);
}

static void
test_people_get_a_sum(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_int_equal(CLI_RUN(&f->cap, "scan", buf_str(&f->folder), "--lang", "en"), CLI_FINDINGS);
    assert_non_null(
        strstr(OUT(f), "Files scanned: 4; matched by a rule: 2. Nothing was skipped.\n"));
    assert_non_null(strstr(OUT(f), "HKTL_Mimikatz"));
}

static void
test_nothing_found(void **state)
{
    struct fixture *f = *state;

    put(f, "a.txt", "nothing here");
    assert_int_equal(CLI_RUN(&f->cap, "scan", at(f, "a.txt"), "-o", "json"), CLI_DONE);
    assert_string_equal(OUT(f), "[]\n");
    assert_string_equal(ERR(f), "");
}

static void
test_name_of_the_file_is_known(void **state)
{
    struct fixture *f = *state;

    put_match(f, "svchost.exe", "MAL_XMRig_Renamed");
    assert_int_equal(CLI_RUN(&f->cap, "scan", at(f, "svchost.exe"), "-o", "csv"), CLI_FINDINGS);
    assert_int_equal(count(OUT(f), "MAL_XMRig_Renamed"), 1);
    assert_int_equal(count(OUT(f), "PUA_XMRig_Miner"), 1);
}

static void
test_long_file_is_told(void **state)
{
    struct fixture *f = *state;
    size_t len = (size_t)1024 * 1024;
    char *text = malloc(len + 2);
    struct buf config;

    assert_non_null(text);
    memset(text, 'a', len + 1);
    text[len + 1] = '\0';
    put(f, "config.json", "{\"scan\": {\"file_mb\": 1}}");
    buf_init(&config, 4096);
    buf_puts(&config, at(f, "config.json"));
    put(f, "long.txt", text);
    put(f, "a.txt", text + 1);
    assert_int_equal(
        CLI_RUN(&f->cap, "scan", buf_str(&f->folder), "--config", buf_str(&config), "-o", "ndjson"),
        CLI_DONE);
    assert_int_equal(count(OUT(f), "\n"), 1);
    assert_non_null(strstr(OUT(f), "long.txt\",\"rule\":null,"));
    assert_non_null(strstr(OUT(f), "\"skipped\":\"too_long\"}\n"));
    buf_clear(&f->cap.out);
    assert_int_equal(
        CLI_RUN(&f->cap, "scan", buf_str(&f->folder), "--config", buf_str(&config), "--lang", "en"),
        CLI_DONE);
    assert_non_null(strstr(OUT(f), "Files scanned: 2; matched by a rule: 0; skipped, as listed: "
                                   "too_long 1.\n"));
    buf_fini(&config);
    free(text);
}

static void
test_missing_path(void **state)
{
    struct fixture *f = *state;

    put_match(f, "b.ps1", "MAL_Prometei_Install_Script");
    assert_int_equal(CLI_RUN(&f->cap, "scan", at(f, "absent"), "-o", "ndjson"), CLI_NOTFOUND);
    assert_non_null(strstr(ERR(f), "absent"));
    assert_string_equal(OUT(f), "");
    buf_clear(&f->cap.err);
    assert_int_equal(CLI_RUN(&f->cap, "scan", buf_str(&f->folder), "/no/such/path", "-o", "ndjson"),
                     CLI_NOTFOUND);
    assert_non_null(strstr(ERR(f), "/no/such/path"));
    assert_int_equal(count(OUT(f), "MAL_Prometei_Install_Script"), 1);
    assert_int_equal(count(OUT(f), "\"skipped\":\"gone\""), 1);
}

static void
test_no_allocation_failure_looks_clean(void **state)
{
    struct fixture *f = *state;
    const char *path;
    int code;

    put_match(f, "b.ps1", "MAL_Prometei_Install_Script");
    path = at(f, "b.ps1");
    for (size_t n = 0; n < COMMAND_ALLOCATIONS; n++) {
        buf_clear(&f->cap.out);
        mem_fail_after(n);
        code = CLI_RUN(&f->cap, "scan", path, "-o", "ndjson");
        mem_fail_after(SIZE_MAX);
        /* Windows needs memory to ask for a path: then it is not found. */
        assert_true(code == CLI_INTERNAL || code == CLI_NOTFOUND);
    }
    buf_clear(&f->cap.out);
    assert_int_equal(CLI_RUN(&f->cap, "scan", path, "-o", "ndjson"), CLI_FINDINGS);
    assert_non_null(strstr(OUT(f), "MAL_Prometei_Install_Script"));
}

/* -- the walk ---------------------------------------------------------------------------------- */

static void
test_walk_is_in_order_of_names(void **state)
{
    struct fixture *f = *state;
    static const char *const due[] = {"a.txt", "b.ps1", "c.exe", "d.txt"};
    const char *operand = buf_str(&f->folder);
    struct scan_walk *w;
    const char *path;
    enum err why, err;

    fill(f);
    assert_int_equal(scan_walk_create(&operand, 1, &w), ERR_OK);
    for (size_t i = 0; i < COUNT(due); i++) {
        assert_int_equal(scan_walk_next(w, &path, &why), ERR_OK);
        assert_int_equal(why, ERR_OK);
        assert_string_equal(path_name(path).p, due[i]);
    }
    assert_int_equal(scan_walk_next(w, &path, &why), ERR_END);
    scan_walk_destroy(w);
    for (size_t n = 0; n < 40; n++) {
        mem_fail_after(n);
        err = scan_walk_create(&operand, 1, &w);
        while (!err) {
            err = scan_walk_next(w, &path, &why);
        }
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_NOMEM || err == ERR_END);
        if (n > 0) {
            scan_walk_destroy(w);
        }
    }
    assert_int_equal(err, ERR_END);
}

/* -- rules ------------------------------------------------------------------------------------- */

static void
test_rules_are_listed(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(CLI_RUN(&f->cap, "rules", "list", "-o", "ndjson"), CLI_DONE);
    assert_int_equal(count(OUT(f), "\n"), 18);
    assert_non_null(strstr(OUT(f), "{\"rule\":\"PUA_XMRig_Miner\",\"family\":\"xmrig\","
                                   "\"severity\":\"medium\",\"strength\":\"strong\","
                                   "\"attack\":[\"T1496.001\"],\"description\":\"XMRig, a miner"));
    assert_string_equal(ERR(f), "");
}

static void
test_rules_check(void **state)
{
    struct fixture *f = *state;
    struct buf bad;

    assert_int_equal(CLI_RUN(&f->cap, "rules", "check", "--lang", "en"), CLI_DONE);
    assert_string_equal(OUT(f), "Rules that compile: 18, in files: 7.\n");
    buf_clear(&f->cap.out);
    put(f, "bad.yar", "rule A { condition: true }\nrule B { condition: nothing }\n");
    put(f, "good.yar", "rule A { condition: true }\n");
    buf_init(&bad, 4096);
    buf_puts(&bad, at(f, "bad.yar"));
    assert_int_equal(
        CLI_RUN(&f->cap, "rules", "check", buf_str(&bad), at(f, "good.yar"), "-o", "ndjson"),
        CLI_FINDINGS);
    assert_non_null(strstr(OUT(f), "bad.yar\",\"line\":2,\"level\":\"error\",\"message\":\""
                                   "undefined identifier \\\"nothing\\\"\"}\n"));
    assert_int_equal(count(OUT(f), "\n"), 1);
    buf_clear(&f->cap.out);
    assert_int_equal(CLI_RUN(&f->cap, "rules", "check", buf_str(&bad), "--lang", "en"),
                     CLI_FINDINGS);
    assert_non_null(strstr(OUT(f), "Rules that compile: 0, in files: 0.\n"));
    buf_clear(&f->cap.out);
    assert_int_equal(CLI_RUN(&f->cap, "rules", "check", at(f, "absent.yar")), CLI_NOTFOUND);
    assert_non_null(strstr(ERR(f), "absent.yar"));
    buf_fini(&bad);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_folder_is_scanned_to_its_depth),
        TEST(test_people_get_a_sum),
        TEST(test_nothing_found),
        TEST(test_name_of_the_file_is_known),
        TEST(test_long_file_is_told),
        TEST(test_missing_path),
        TEST(test_no_allocation_failure_looks_clean),
        TEST(test_walk_is_in_order_of_names),
        TEST(test_rules_are_listed),
        TEST(test_rules_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
