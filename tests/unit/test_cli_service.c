/* test_cli_service - kanari service ...: the words, what is printed where, exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/cli_capture.h"

struct fixture {
    struct cli_capture cap;
    struct cli_service service;
    enum cli_service_act act;
    struct cli_service_words words;
    enum err err;
    unsigned calls;
};

static enum err
act(void *ctx, enum cli_service_act what, const struct cli_service_words *words,
    const struct tell *tell)
{
    struct fixture *x = ctx;

    x->calls++;
    x->act = what;
    x->words = *words;
    tell->line(tell->ctx, TELL_PROGRESS, MSG_SERVICE_STARTING,
               (struct msg_arg[]){{"seconds", SV("3")}}, 1);
    tell->line(tell->ctx, TELL_NOTE, MSG_SERVICE_NO_MANAGER, NULL, 0);
    if (x->err) {
        tell->line(tell->ctx, TELL_FAIL, MSG_SERVICE_SOURCE_FAILED,
                   (struct msg_arg[]){{"why", SV("a\x1b[2Jb")}}, 1);
    } else {
        tell->line(tell->ctx, TELL_RESULT, MSG_SERVICE_STARTED, NULL, 0);
    }
    return x->err;
}

static int
setup(void **state)
{
    static struct fixture x;

    x = (struct fixture){.err = ERR_OK};
    cli_capture_init(&x.cap);
    x.service = (struct cli_service){.ctx = &x, .act = act};
    x.cap.io.service = &x.service;
    *state = &x;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *x = *state;

    cli_capture_fini(&x->cap);
    return 0;
}

static void
words(void **state)
{
    static const struct {
        const char *word;
        enum cli_service_act act;
    } rows[] = {{"run", CLI_SERVICE_RUN},     {"install", CLI_SERVICE_INSTALL},
                {"start", CLI_SERVICE_START}, {"uninstall", CLI_SERVICE_UNINSTALL},
                {"stop", CLI_SERVICE_STOP},   {"reload", CLI_SERVICE_RELOAD}};
    struct fixture *x = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(CLI_RUN(&x->cap, "service", rows[i].word), CLI_DONE);
        assert_int_equal(x->act, rows[i].act);
        assert_null(x->words.store);
        assert_null(x->words.config);
        assert_false(x->words.console);
        assert_int_equal(x->words.lang, LANG_EN);
        assert_string_equal(buf_str(&x->cap.out), "Kanari is running.\n");
    }
    assert_int_equal(CLI_RUN(&x->cap, "service", "run", "--console", "--store", "s.db", "--config",
                             "c.json", "--lang", "ja"),
                     CLI_DONE);
    assert_true(x->words.console);
    assert_string_equal(x->words.store, "s.db");
    assert_string_equal(x->words.config, "c.json");
    assert_int_equal(x->words.lang, LANG_JA);
    assert_string_equal(buf_str(&x->cap.out), "Kanari は動作中です。\n");
}

static void
wrong_words(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(CLI_RUN(&x->cap, "service"), CLI_USAGE);
    assert_string_equal(buf_str(&x->cap.err),
                        "kanari: say which: service run, install, uninstall, start, stop or "
                        "reload\n");
    assert_int_equal(CLI_RUN(&x->cap, "service", "restart"), CLI_USAGE);
    assert_int_equal(CLI_RUN(&x->cap, "service", "start", "now"), CLI_USAGE);
    assert_int_equal(CLI_RUN(&x->cap, "service", "install", "--console"), CLI_USAGE);
    assert_int_equal(x->calls, 0);
}

/* A note changes no exit code; progress is for somebody who waits. */
static void
lines(void **state)
{
    static const char note[] = "kanari service start: Windows did not start this as a service, so "
                               "it runs in the console (--console says so at once)\n";
    struct fixture *x = *state;

    assert_int_equal(CLI_RUN(&x->cap, "service", "start"), CLI_DONE);
    assert_string_equal(buf_str(&x->cap.err), note);
    x->cap.io.err_is_terminal = true;
    assert_int_equal(CLI_RUN(&x->cap, "service", "start"), CLI_DONE);
    assert_int_equal(strncmp(buf_str(&x->cap.err), "starting: 3 s\n", 14), 0);
    assert_string_equal(buf_str(&x->cap.err) + 14, note);
}

static void
exit_codes(void **state)
{
    static const struct {
        enum err err;
        enum cli_exit exit;
    } rows[] = {{ERR_ACCESS, CLI_ACCESS},     {ERR_NOTFOUND, CLI_NOTFOUND},
                {ERR_UNSUPPORTED, CLI_USAGE}, {ERR_BUSY, CLI_INTERNAL},
                {ERR_IO, CLI_INTERNAL},       {ERR_NOMEM, CLI_INTERNAL},
                {ERR_EXISTS, CLI_INTERNAL},   {ERR_FORMAT, CLI_INPUT}};
    struct fixture *x = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        x->err = rows[i].err;
        assert_int_equal(CLI_RUN(&x->cap, "service", "install"), rows[i].exit);
        assert_string_equal(buf_str(&x->cap.out), "");
        assert_non_null(strstr(buf_str(&x->cap.err), "with Windows: a\\x1B[2Jb\n"));
    }
}

/* A service has nobody to write to. */
static void
no_console(void **state)
{
    struct fixture *x = *state;

    x->cap.write_result = ERR_IO;
    assert_int_equal(CLI_RUN(&x->cap, "service", "stop"), CLI_INTERNAL); /* the note was lost */
    x->cap.io.service = NULL;
    x->cap.write_result = ERR_OK;
    assert_int_equal(CLI_RUN(&x->cap, "service", "stop"), CLI_USAGE);
    assert_string_equal(buf_str(&x->cap.err), "kanari service stop: this build has no service\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words), TEST(wrong_words), TEST(lines), TEST(exit_codes), TEST(no_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
