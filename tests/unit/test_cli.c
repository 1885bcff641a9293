/* test_cli - words and options, exit codes, what is said of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/command.h"
#include "core/mem.h"
#include "support/cli_capture.h"

static int
setup(void **state)
{
    static struct cli_capture cap;

    cli_capture_init(&cap);
    *state = &cap;
    return 0;
}

static int
teardown(void **state)
{
    cli_capture_fini(*state);
    return 0;
}

/* -- what is wrong with a command line --------------------------------------------------------- */

struct wrong {
    const char *words[6];
    const char *said;
};

static const struct wrong wrongs[] = {
    {{"alerts", "--severity", "hgih"},
     "kanari alerts: --severity: 'hgih' is not a severity (informational, low, medium, high, "
     "critical)\n"},
    {{"--severity=hgih", "alerts"},
     "kanari alerts: --severity: 'hgih' is not a severity (informational, low, medium, high, "
     "critical)\n"},
    {{"alrets"},
     "kanari: 'alrets' is not a command; did you mean 'alerts'? ('kanari help' lists them)\n"},
    {{"stroy"},
     "kanari: 'stroy' is not a command; did you mean 'story'? ('kanari help' lists them)\n"},
    {{"explain"}, "kanari: 'explain' is not a command; 'kanari help' lists them\n"},
    {{"config"}, "kanari: say which: config show, config check or config path\n"},
    {{"config", "shwo"}, "kanari: say which: config show, config check or config path\n"},
    {{"alerts", "--sevrity", "high"},
     "kanari alerts: it has no option '--sevrity'; did you mean '--severity'? See 'kanari help "
     "alerts'\n"},
    {{"logons", "--severity", "high"},
     "kanari logons: it has no option '--severity'; see 'kanari help logons'\n"},
    {{"alerts", "-x"}, "kanari alerts: it has no option '-x'; see 'kanari help alerts'\n"},
    {{"alerts", "--open=yes"},
     "kanari alerts: it has no option '--open=yes'; did you mean '--open'? See 'kanari help "
     "alerts'\n"},
    {{"alerts", "--host"}, "kanari alerts: --host: a value is missing: --host HOST\n"},
    {{"alerts", "--host="}, "kanari alerts: --host: '' is not a computer name\n"},
    {{"alerts", "--since", "yesterday"},
     "kanari alerts: --since: 'yesterday' is not a time: 24h, 7d, 2018-08-30 or "
     "2018-08-30T16:49:31Z\n"},
    {{"alerts", "--rule", "logn.*"},
     "kanari alerts: --rule: 'logn.*' is not a rule or a pattern that matches one, like "
     "'logon.*'\n"},
    {{"events", "--kind", "logon"},
     "kanari events: --kind: 'logon' is not a kind of event; 'kanari help events' lists them\n"},
    {{"logons", "--by", "host"},
     "kanari logons: --by: 'host' is not one of these (source, account, service, adapter)\n"},
    {{"processes", "--at", "noon"},
     "kanari processes: --at: 'noon' is not a time: 24h, 7d, 2018-08-30 or "
     "2018-08-30T16:49:31Z\n"},
    {{"alerts", "-o", "xml"},
     "kanari alerts: --output: 'xml' is not a format (table, list, json, ndjson, csv)\n"},
    {{"alerts", "--lang", "fr"}, "kanari alerts: --lang: 'fr' is not a language (en, ja)\n"},
    {{"alerts", "a", "b"}, "kanari alerts: 'b' is one word too many; see 'kanari help alerts'\n"},
    {{"replay"}, "kanari replay: PATH... is missing; see 'kanari help replay'\n"},
    {{"replay", "-o", "csv", "x"},
     "kanari replay: -o: a replay prints a table or one JSON document: -o table, -o json\n"},
    {{"alerts", "ack"}, "kanari alerts ack: ID is missing; see 'kanari help alerts ack'\n"},
    {{"mute", "0123456789abcdef"},
     "kanari mute: --for and --why are both needed: kanari mute ID --for 30d --why 'scanner of "
     "the IT department'\n"},
    {{"mute", "0123456789abcdef", "--for", "2018-08-30"},
     "kanari mute: --for: '2018-08-30' is not a span of time: 90s, 30m, 24h, 7d or 2w\n"},
    {{"help", "alrets"},
     "kanari help: 'alrets' is not a command; did you mean 'alerts'? ('kanari help' lists "
     "them)\n"},
    {{"al\x1b[2Jerts\n"},
     "kanari: 'al\\x1B[2Jerts\\x0A' is not a command; 'kanari help' lists "
     "them\n"},
    {{"--lang", "ja", "alerts", "--severity", "hgih"},
     "kanari alerts: --severity: 'hgih' は重大度ではありません"
     " (informational, low, medium, high, critical)\n"},
};

static void
test_wrong(void **state)
{
    struct cli_capture *cap = *state;

    for (size_t i = 0; i < COUNT(wrongs); i++) {
        assert_int_equal(cli_capture_run(cap, wrongs[i].words), CLI_USAGE);
        assert_string_equal(buf_str(&cap->err), wrongs[i].said);
        assert_string_equal(buf_str(&cap->out), "");
    }
}

/* -- what is right ----------------------------------------------------------------------------- */

static struct cli
parse(struct cli_capture *cap, const char *const *words, size_t count)
{
    struct cli c = {.io = &cap->io};
    char *argv[16] = {NULL};

    assert_true(count < COUNT(argv));
    memcpy(&argv[1], words, count * sizeof(*words));
    assert_true(cli_parse(&c, (int)count + 1, argv));
    return c;
}
#define PARSE(cap, ...)                                                                            \
    parse((cap), (const char *const[]){__VA_ARGS__},                                               \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void
test_spellings(void **state)
{
    struct cli a = PARSE(*state, "alerts", "--host", "PC-A", "-o", "json", "--severity=high");
    struct cli b = PARSE(*state, "-ojson", "--severity", "high", "alerts", "--host=PC-A");

    assert_string_equal(a.args.host, "PC-A");
    assert_string_equal(b.args.host, "PC-A");
    assert_int_equal(a.args.format, OUT_JSON);
    assert_int_equal(b.args.format, OUT_JSON);
    assert_int_equal(a.args.severity, SEV_HIGH);
    assert_int_equal(b.args.severity, SEV_HIGH);
    assert_ptr_equal(a.command, b.command);
    assert_int_equal(a.args.operand_count, 0);
    mem_free(a.args.operand);
    mem_free(b.args.operand);
}

static void
test_end_of_options(void **state)
{
    struct cli c = PARSE(*state, "replay", "--records", "--", "--store", "-o", "--");

    assert_true(c.args.records);
    assert_null(c.args.store);
    assert_int_equal(c.args.operand_count, 3);
    assert_string_equal(c.args.operand[0], "--store");
    assert_string_equal(c.args.operand[2], "--");
    mem_free(c.args.operand);
    c = PARSE(*state, "query", "-"); /* a lone dash is a word */
    assert_string_equal(c.args.operand[0], "-");
    mem_free(c.args.operand);
}

static void
test_values(void **state)
{
    struct cli c = PARSE(*state, "alerts", "--since", "24h", "--until", "2018-08-30", "--open",
                         "--rule", "logon.*");

    assert_true(c.args.since.given && c.args.since.is_span);
    assert_int_equal(c.args.since.ticks, UINT64_C(864000000000));
    assert_true(c.args.until.given && !c.args.until.is_span);
    assert_int_equal(c.args.until.ticks, UINT64_C(131800608000000000));
    assert_true(c.args.open);
    assert_string_equal(c.args.rule, "logon.*");
    mem_free(c.args.operand);
    c = PARSE(*state, "alerts", "ack", "0123456789abcdef", "--why=done");
    assert_string_equal(c.command->name, "alerts ack");
    assert_int_equal(c.args.operand_count, 1);
    mem_free(c.args.operand);
    c = PARSE(*state, "alerts", "0123456789abcdef");
    assert_string_equal(c.command->name, "alerts");
    assert_int_equal(c.args.operand_count, 1);
    mem_free(c.args.operand);
}

static void
test_suggest(void **state)
{
    static const char *const names[] = {"alerts", "story", "replay", ""};
    static const struct {
        const char *word, *name;
    } rows[] = {
        {"alert", "alerts"},
        {"laerts", "alerts"},
        {"aelrts", "alerts"},
        {"stories", "story"},
        {"repaly", "replay"},
        {"relpya", "replay"},
        {"doctor", NULL},
        {"", NULL},
        {"x", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = cli_suggest(sv_from(rows[i].word), names, COUNT(names));

        if (rows[i].name == NULL) {
            assert_null(name);
        } else {
            assert_non_null(name);
            assert_string_equal(name, rows[i].name);
        }
    }
}

/* -- commands that need no store --------------------------------------------------------------- */

static void
test_version(void **state)
{
    struct cli_capture *cap = *state;

    assert_int_equal(CLI_RUN(cap, "version"), CLI_DONE);
    assert_int_equal(strncmp(buf_str(&cap->out), "kanari ", 7), 0);
    assert_int_equal(strspn(buf_str(&cap->out) + 7, "0123456789."), cap->out.len - 8);
    assert_int_equal(CLI_RUN(cap, "--version"), CLI_DONE);
    assert_int_equal(strncmp(buf_str(&cap->out), "kanari ", 7), 0);
    assert_int_equal(CLI_RUN(cap, "version", "--licenses"), CLI_DONE);
    assert_non_null(strstr(buf_str(&cap->out), "MIT License"));
    assert_non_null(strstr(buf_str(&cap->out), "SQLite"));
}

static void
check_options(struct cli_capture *cap, const struct cli_command *command)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if ((command->options >> i & 1) != 0) {
            assert_non_null(
                strstr(buf_str(&cap->out), cli_option_describe((enum cli_option_id)i).name));
        }
    }
}

/* "alerts ack" are two words. */
static void
check_page(struct cli_capture *cap, const struct cli_command *command, const char *lang)
{
    char words[64] = "";
    char *second;

    assert_true(strlen(command->name) < sizeof(words));
    memcpy(words, command->name, strlen(command->name));
    second = strchr(words, ' ');
    if (second != NULL) {
        *second++ = '\0';
    }
    assert_int_equal(CLI_RUN(cap, "--lang", lang, "--help", words, second), CLI_DONE);
    check_options(cap, command);
}

/* Every command has its page, which names every option of it; in both languages. */
static void
test_help(void **state)
{
    static const char *const langs[] = {"en", "ja"};
    struct cli_capture *cap = *state;

    for (size_t l = 0; l < COUNT(langs); l++) {
        assert_int_equal(CLI_RUN(cap, "help", "--lang", langs[l]), CLI_DONE);
        for (size_t i = 0; i < cli_command_count; i++) {
            assert_non_null(strstr(buf_str(&cap->out), cli_commands[i].name));
        }
        for (size_t i = 1; i < cli_command_count; i++) {
            check_page(cap, &cli_commands[i], langs[l]);
        }
    }
    assert_int_equal(CLI_RUN(cap, "help", "alerts", "ack"), CLI_DONE);
    assert_int_equal(strncmp(buf_str(&cap->out), "kanari alerts ack ID\n", 21), 0);
    assert_int_equal(CLI_RUN(cap, "--help"), CLI_DONE);
    assert_non_null(strstr(buf_str(&cap->out), "Exit codes"));
}

static void
test_no_store(void **state)
{
    static const char *const commands[] = {"alerts", "story", "logons", "events"};
    struct cli_capture *cap = *state;

    for (size_t i = 0; i < COUNT(commands); i++) {
        assert_int_equal(CLI_RUN(cap, commands[i], "--store", "no such.db"), CLI_NOTFOUND);
        assert_non_null(strstr(buf_str(&cap->err), "no such.db: there is no store here yet;"));
        assert_string_equal(buf_str(&cap->out), "");
    }
    assert_int_equal(CLI_RUN(cap, "--store", "no such.db"), CLI_NOTFOUND);
    assert_int_equal(strncmp(buf_str(&cap->err), "kanari: no such.db: ", 20), 0);
}

/* -- settings ---------------------------------------------------------------------------------- */

static void
write_temp(struct buf *path, const char *text)
{
    buf_init(path, 4096);
    assert_int_equal(path_temp_file(path), ERR_OK);
    assert_int_equal(file_write_all(buf_str(path), text, strlen(text)), ERR_OK);
}

static void
test_config(void **state)
{
    struct cli_capture *cap = *state;
    struct buf good;
    struct buf bad;

    write_temp(&good, "{\"rules.burst.count\": 7} // stricter\n");
    write_temp(&bad, "{\n\"rules.burst.count\": 1}\n");
    assert_int_equal(CLI_RUN(cap, "config", "check", buf_str(&good)), CLI_DONE);
    assert_string_equal(buf_str(&cap->out), "The settings are good.\n");
    assert_int_equal(CLI_RUN(cap, "config", "show", "--config", buf_str(&good)), CLI_DONE);
    assert_non_null(strstr(buf_str(&cap->out), "\"rules.burst.count\": 7"));
    assert_int_equal(CLI_RUN(cap, "config", "check", buf_str(&bad)), CLI_INPUT);
    assert_non_null(strstr(buf_str(&cap->err), "line 2: rules.burst.count: "));
    assert_int_equal(CLI_RUN(cap, "config", "check", "no such.json"), CLI_NOTFOUND);
    assert_int_equal(CLI_RUN(cap, "config", "path", "--config", "x.json"), CLI_DONE);
    assert_string_equal(buf_str(&cap->out), "x.json\n");
    assert_int_equal(CLI_RUN(cap, "replay", "x.evtx", "--config", buf_str(&bad)), CLI_INPUT);
    assert_int_equal(file_delete(buf_str(&good)), ERR_OK);
    assert_int_equal(file_delete(buf_str(&bad)), ERR_OK);
    buf_fini(&good);
    buf_fini(&bad);
}

/* -- output that goes nowhere ------------------------------------------------------------------ */

static void
test_closed_pipe(void **state)
{
    struct cli_capture *cap = *state;

    cap->write_result = ERR_END;
    assert_int_equal(CLI_RUN(cap, "help"), CLI_DONE);
    assert_string_equal(buf_str(&cap->err), "");
    cap->write_result = ERR_IO;
    assert_int_equal(CLI_RUN(cap, "help"), CLI_INTERNAL);
    assert_non_null(strstr(buf_str(&cap->err), "kanari help: stdout: "));
    cap->write_result = ERR_OK;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong),   cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_end_of_options),
        cmocka_unit_test(test_suggest), cmocka_unit_test(test_version),
        cmocka_unit_test(test_help),    cmocka_unit_test(test_no_store),
        cmocka_unit_test(test_config),  cmocka_unit_test(test_closed_pipe),
    };

    return cmocka_run_group_tests_name("cli", tests, setup, teardown);
}
