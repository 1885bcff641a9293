/* test_service_install - install, uninstall, start, stop and reload against a simulated manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "service/command_line.h"
#include "service/privileges.h"
#include "service/scm_error.h"
#include "service/service_install.h"
#include "support/scm_manage_sim.h"

#define LINES_MAX 64

struct fixture {
    struct scm_manage_sim sim;
    struct tell tell;
    struct service_manage m;
    struct service_source source;
    struct {
        enum tell_tone tone;
        enum msg msg;
    } said[LINES_MAX];
    size_t said_count;
    char last[512]; /* the last sentence, in English */
    char source_path[128];
    unsigned sources, removals;
    enum err source_err;
};

static void
hear(void *ctx, enum tell_tone tone, enum msg id, const struct msg_arg *args, size_t count)
{
    struct fixture *x = ctx;
    struct buf line;

    assert_true(x->said_count < LINES_MAX);
    x->said[x->said_count].tone = tone;
    x->said[x->said_count++].msg = id;
    buf_init(&line, sizeof(x->last) - 1);
    msg_put(&line, LANG_EN, id, args, count);
    assert_null(strchr(buf_str(&line), '{')); /* every parameter is given */
    memcpy(x->last, buf_str(&line), line.len + 1);
    buf_fini(&line);
}

static enum err
source_install(void *ctx, const char *program_path, struct buf *why)
{
    struct fixture *x = ctx;

    memcpy(x->source_path, program_path, strlen(program_path) + 1);
    x->sources++;
    buf_puts(why, x->source_err ? "the registry is full" : "");
    return x->source_err;
}

static enum err
source_remove(void *ctx, struct buf *why)
{
    struct fixture *x = ctx;

    (void)why;
    x->removals++;
    return x->source_err;
}

static void
fixture_init(struct fixture *x)
{
    *x = (struct fixture){.said_count = 0};
    scm_manage_sim_init(&x->sim);
    x->tell = (struct tell){.ctx = x, .line = hear};
    x->source =
        (struct service_source){.ctx = x, .install = source_install, .remove = source_remove};
    x->m = (struct service_manage){.api = &x->sim.api, .source = &x->source, .tell = &x->tell};
}

static int
setup(void **state)
{
    static struct fixture x;

    fixture_init(&x);
    *state = &x;
    return 0;
}

/* Every handle is closed, none was used wrongly. */
static int
teardown(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(x->sim.open, 0);
    assert_int_equal(x->sim.misused, 0);
    return 0;
}

static void
check_said(const struct fixture *x, enum tell_tone tone, enum msg id)
{
    assert_true(x->said_count > 0);
    assert_int_equal(x->said[x->said_count - 1].msg, id);
    assert_int_equal(x->said[x->said_count - 1].tone, tone);
}

/* -- install ------------------------------------------------------------------------------------
 */

static void
installs(void **state)
{
    struct fixture *x = *state;
    struct scm_manage_sim *sim = &x->sim;

    assert_int_equal(service_install(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_INSTALLED);
    assert_int_equal(x->said_count, 1);
    assert_string_equal(sim->name, "kanari");
    assert_string_equal(sim->display_name, "Kanari intrusion sensor");
    assert_string_equal(sim->command_line, "\"C:\\Program Files\\Kanari\\kanari.exe\" service run");
    assert_string_equal(sim->depends_on, "EventLog");
    for (size_t i = MANAGE_DESCRIPTION; i <= MANAGE_PRESHUTDOWN; i++) {
        assert_true(sim->set[i]);
    }
    assert_int_equal(sim->count[MANAGE_FAILURE_ACTIONS], 3);
    assert_int_equal(sim->number[MANAGE_FAILURE_ACTIONS], 86400);
    assert_int_equal(sim->number[MANAGE_FAILURE_ACTIONS_FLAG], 1);
    assert_int_equal(sim->number[MANAGE_DELAYED_AUTO_START], 0);
    assert_int_equal(sim->number[MANAGE_SERVICE_SID], 1);
    assert_int_equal(sim->count[MANAGE_REQUIRED_PRIVILEGES], PRIVILEGES_NEEDED);
    assert_int_equal(sim->number[MANAGE_PRESHUTDOWN], 10000);
    assert_int_equal(x->sources, 1);
    assert_string_equal(x->source_path, "C:\\Program Files\\Kanari\\kanari.exe");
}

static void
installs_in_japanese_with_paths(void **state)
{
    struct fixture *x = *state;

    x->m.lang = LANG_JA;
    x->m.store = "a b.db";
    x->m.config = "k.json";
    x->m.source = NULL;
    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_string_equal(x->sim.display_name, msg_template(MSG_SERVICE_DISPLAY_NAME, LANG_JA));
    assert_string_equal(x->sim.command_line,
                        "\"C:\\Program Files\\Kanari\\kanari.exe\" service run --store "
                        "\"C:\\here\\a b.db\" --config C:\\here\\k.json");
}

static void
repairs(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    memset(x->sim.set, 0, sizeof(x->sim.set));
    x->sim.disabled = true;
    x->sim.command_line[0] = '\0';
    assert_int_equal(service_install(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_REPAIRED);
    assert_false(x->sim.disabled);
    assert_string_equal(x->sim.command_line,
                        "\"C:\\Program Files\\Kanari\\kanari.exe\" service run");
    for (size_t i = MANAGE_DESCRIPTION; i <= MANAGE_PRESHUTDOWN; i++) {
        assert_true(x->sim.set[i]);
    }
}

static void
old_windows(void **state)
{
    struct fixture *x = *state;

    x->sim.old = true;
    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(x->said_count, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(x->said[i].tone, TELL_NOTE);
        assert_int_equal(x->said[i].msg, MSG_SERVICE_SETTING_UNKNOWN);
    }
    check_said(x, TELL_RESULT, MSG_SERVICE_INSTALLED);
}

static void
source_fails(void **state)
{
    struct fixture *x = *state;

    x->source_err = ERR_IO;
    assert_int_equal(service_install(&x->m), ERR_IO);
    check_said(x, TELL_FAIL, MSG_SERVICE_SOURCE_FAILED);
    assert_string_equal(x->last,
                        "Kanari could not be registered with Windows: the registry is full");
    assert_int_equal(service_uninstall(&x->m), ERR_OK); /* the service goes all the same */
    assert_int_equal(x->said[x->said_count - 2].msg, MSG_SERVICE_SOURCE_KEPT);
    check_said(x, TELL_RESULT, MSG_SERVICE_REMOVED);
    assert_int_equal(x->removals, 1);
    assert_false(x->sim.installed);
}

/* -- start, stop, reload ------------------------------------------------------------------------
 */

static void
starts(void **state)
{
    struct fixture *x = *state;

    x->sim.start_ms = 2500;
    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(service_start(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_STARTED);
    assert_int_equal(x->said_count, 4); /* installed, two seconds, started */
    assert_int_equal(x->said[1].tone, TELL_PROGRESS);
    assert_int_equal(x->said[2].msg, MSG_SERVICE_STARTING);
    assert_int_equal(service_reload(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_RELOADED);
    assert_int_equal(x->sim.last_control, 128);
}

static void
starts_twice(void **state)
{
    struct fixture *x = *state;

    x->sim.start_ms = 500;
    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(service_start(&x->m), ERR_OK);
    assert_int_equal(service_start(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_STARTED_ALREADY);
}

static void
does_not_start(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    x->sim.start_exit = SCM_SERVICE_SPECIFIC_ERROR;
    x->sim.start_specific = ERR_ACCESS;
    assert_int_equal(service_start(&x->m), ERR_IO);
    assert_string_equal(x->last, "Kanari could not start: access denied (7); 'kanari service run "
                                 "--console' shows more");
    x->sim.start_exit = MANAGE_PROCESS_ABORTED;
    assert_int_equal(service_start(&x->m), ERR_IO);
    check_said(x, TELL_FAIL, MSG_SERVICE_DID_NOT_START);
    assert_non_null(strstr(x->last, "(1067)"));
    x->sim.start_exit = 0;
    x->sim.start_ms = 31000;
    assert_int_equal(service_start(&x->m), ERR_BUSY);
    assert_string_equal(x->last, "Kanari is not running after 30 s; see the System event log");
    assert_true(x->sim.now_ns >= UINT64_C(30000000000));
    x->sim.status.state = SCM_STOPPED;
    x->sim.disabled = true;
    assert_int_equal(service_start(&x->m), ERR_IO);
    check_said(x, TELL_FAIL, MSG_SERVICE_DISABLED);
}

static void
stops(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(service_stop(&x->m), ERR_NOTFOUND);
    check_said(x, TELL_FAIL, MSG_SERVICE_NOT_RUNNING);
    assert_int_equal(service_reload(&x->m), ERR_NOTFOUND);
    assert_int_equal(service_start(&x->m), ERR_OK);
    x->sim.stop_ms = 4900;
    assert_int_equal(service_stop(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_STOPPED);
    assert_int_equal(x->said[x->said_count - 2].msg, MSG_SERVICE_STOPPING);
    assert_int_equal(service_start(&x->m), ERR_OK);
    x->sim.stop_ms = 10500;
    assert_int_equal(service_stop(&x->m), ERR_BUSY);
    assert_string_equal(x->last, "Kanari has not stopped after 10 s; try again");
    assert_int_equal(service_stop(&x->m), ERR_OK); /* somebody told it already: it waits */
}

/* One that is just starting is stopped as soon as it can be. */
static void
stops_while_starting(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    x->sim.status.state = SCM_START_PENDING;
    x->sim.due_ns = UINT64_C(3000000000);
    assert_int_equal(service_stop(&x->m), ERR_OK);
    assert_in_range(x->sim.now_ns, UINT64_C(3000000000), UINT64_C(3300000000));
    x->sim.status.state = SCM_START_PENDING;
    x->sim.due_ns = UINT64_MAX;
    assert_int_equal(service_stop(&x->m), ERR_BUSY);
    check_said(x, TELL_FAIL, MSG_SERVICE_CHANGING);
}

static void
uninstalls(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(service_start(&x->m), ERR_OK);
    x->sim.stop_ms = 3000;
    assert_int_equal(service_uninstall(&x->m), ERR_OK);
    check_said(x, TELL_RESULT, MSG_SERVICE_REMOVED);
    assert_false(x->sim.installed);
    assert_int_equal(x->removals, 1);
    assert_int_equal(service_install(&x->m), ERR_OK); /* and again */
    assert_int_equal(service_uninstall(&x->m), ERR_OK);
    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(service_start(&x->m), ERR_OK);
    x->sim.stop_ms = 60000; /* one that does not stop stays */
    assert_int_equal(service_uninstall(&x->m), ERR_BUSY);
    check_said(x, TELL_FAIL, MSG_SERVICE_STOP_SLOW);
    assert_true(x->sim.installed && !x->sim.marked);
}

static void
marked(void **state)
{
    struct fixture *x = *state;
    void *manager = NULL;
    void *other = NULL;

    assert_int_equal(service_install(&x->m), ERR_OK);
    assert_int_equal(x->sim.api.open_manager(&x->sim, MANAGE_SCM_CONNECT, &manager), MANAGE_OK);
    assert_int_equal(
        x->sim.api.open_service(&x->sim, manager, "kanari", MANAGE_QUERY_STATUS, &other),
        MANAGE_OK);
    assert_int_equal(service_uninstall(&x->m), ERR_OK);
    assert_true(x->sim.marked); /* the Services window has it open */
    assert_int_equal(service_install(&x->m), ERR_BUSY);
    check_said(x, TELL_FAIL, MSG_SERVICE_MARKED);
    assert_int_equal(service_uninstall(&x->m), ERR_BUSY);
    check_said(x, TELL_FAIL, MSG_SERVICE_MARKED);
    assert_int_equal(service_start(&x->m), ERR_BUSY);
    x->sim.api.close(&x->sim, other);
    x->sim.api.close(&x->sim, manager);
    assert_int_equal(service_install(&x->m), ERR_OK);
}

/* -- errors -------------------------------------------------------------------------------------
 */

typedef enum err (*act_fn)(const struct service_manage *m);
static const act_fn acts[] = {service_install, service_uninstall, service_start, service_stop,
                              service_reload};

static void
not_installed(void **state)
{
    struct fixture *x = *state;

    for (size_t i = 1; i < COUNT(acts); i++) {
        assert_int_equal(acts[i](&x->m), ERR_NOTFOUND);
        check_said(x, TELL_FAIL, MSG_SERVICE_NOT_INSTALLED);
    }
}

static void
not_an_administrator(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(service_install(&x->m), ERR_OK);
    x->sim.not_administrator = true;
    for (size_t i = 0; i < COUNT(acts); i++) {
        assert_int_equal(acts[i](&x->m), ERR_ACCESS);
        assert_string_equal(x->last, "access denied; run as administrator");
    }
}

static void
not_windows(void **state)
{
    struct fixture *x = *state;

    x->m.api = NULL;
    for (size_t i = 0; i < COUNT(acts); i++) {
        assert_int_equal(acts[i](&x->m), ERR_UNSUPPORTED);
        check_said(x, TELL_FAIL, MSG_SERVICE_WINDOWS_ONLY);
    }
}

static void
name_taken(void **state)
{
    struct fixture *x = *state;

    scm_manage_sim_fail(&x->sim, MANAGE_SIM_CREATE, 0, 1, MANAGE_DUPLICATE_SERVICE_NAME);
    assert_int_equal(service_install(&x->m), ERR_EXISTS);
    assert_string_equal(x->last, "another service has the name 'Kanari intrusion sensor'; remove "
                                 "that one first");
}

static const uint32_t codes[] = {2,    3,    5,    6,    8,    87,   123,  1051, 1052,
                                 1053, 1054, 1055, 1057, 1058, 1059, 1060, 1065, 1067,
                                 1068, 1069, 1072, 1075, 1115, 1722, 31};

/* One call of one act fails: it is said in one line, everything is closed, and the next try does
 * it. */
static void
check_error(act_fn act, enum manage_sim_call call, unsigned n, uint32_t code)
{
    struct fixture x;
    enum err err;

    fixture_init(&x);
    if (act != service_install) {
        assert_int_equal(service_install(&x.m), ERR_OK);
    }
    if (act == service_stop || act == service_uninstall || act == service_reload) {
        assert_int_equal(service_start(&x.m), ERR_OK);
    }
    x.said_count = 0;
    x.sim.calls[call] = 0;
    scm_manage_sim_fail(&x.sim, call, n, 1, code);
    err = act(&x.m);
    assert_int_equal(x.sim.open, 0);
    assert_int_equal(x.sim.misused, 0);
    if (x.sim.calls[call] <= n) { /* it does not call it so often */
        assert_int_equal(err, ERR_OK);
        return;
    }
    assert_int_equal(err, scm_error_of(code).err);
    assert_int_equal(x.said_count, 1);
    check_said(&x, TELL_FAIL, scm_error_of(code).msg);
    /* A stop that could not be watched was sent all the same. */
    assert_int_equal(act(&x.m),
                     act == service_stop && call == MANAGE_SIM_QUERY ? ERR_NOTFOUND : ERR_OK);
    assert_int_equal(x.sim.open, 0);
}

static void
every_error(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT(acts); a++) {
        for (size_t call = 0; call < MANAGE_SIM_CALLS; call++) {
            for (size_t i = 0; i < COUNT(codes); i++) {
                check_error(acts[a], (enum manage_sim_call)call, 0, codes[i]);
            }
        }
    }
    for (unsigned n = 1; n < 7; n++) {
        check_error(service_install, MANAGE_SIM_CHANGE_EXTRA, n, 5);
    }
}

/* Allocations fail in turn: no crash, nothing open, no half success. */
static void
no_memory(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT(acts); a++) {
        for (size_t n = 0; n < 12; n++) {
            struct fixture x;
            enum err err;

            fixture_init(&x);
            x.m.store = "s.db";
            if (acts[a] != service_install) {
                assert_int_equal(service_install(&x.m), ERR_OK);
                assert_int_equal(service_start(&x.m), ERR_OK);
            }
            x.tell.line = hear;
            mem_fail_after(n);
            err = acts[a](&x.m);
            mem_fail_after(SIZE_MAX);
            assert_true(err == ERR_OK || err == ERR_NOMEM);
            assert_int_equal(x.sim.open, 0);
            assert_true(err == ERR_OK || !x.sim.installed || acts[a] != service_install);
        }
    }
}

/* -- command lines ------------------------------------------------------------------------------
 */

/* The rules for words behind the program, as the page has them. */
static size_t
split(const char *line, char words[][64])
{
    size_t count = 0;

    while (*line != '\0') {
        size_t len = 0;
        bool quoted = false;

        while (*line == ' ') {
            line++;
        }
        while (*line != '\0' && (quoted || *line != ' ')) {
            size_t backslashes = strspn(line, "\\");
            bool quote = line[backslashes] == '"';

            line += backslashes;
            for (size_t i = 0; i < (quote ? backslashes / 2 : backslashes); i++) {
                words[count][len++] = '\\';
            }
            if (quote && backslashes % 2 == 0) {
                quoted = !quoted;
                line++;
            } else if (quote || (backslashes == 0)) {
                words[count][len++] = *line++;
            }
        }
        words[count++][len] = '\0';
    }
    return count;
}

static void
command_lines(void **state)
{
    static const char letters[] = "ab \\\\\"\"\t";
    uint64_t seed = UINT64_C(2463534242);
    struct buf line;

    (void)state;
    buf_init(&line, 4096);
    for (unsigned round = 0; round < 20000; round++) {
        char word[16];
        char found[8][64];
        size_t len = round % 12;

        for (size_t i = 0; i < len; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            word[i] = letters[(seed >> 33) % (sizeof(letters) - 1)];
        }
        word[len] = '\0';
        buf_clear(&line);
        command_line_put(&line, sv_from(word));
        command_line_put(&line, SV("next"));
        assert_int_equal(split(buf_str(&line), found), 2);
        assert_string_equal(found[0], word);
        assert_string_equal(found[1], "next");
    }
    buf_fini(&line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(installs),
        TEST(installs_in_japanese_with_paths),
        TEST(repairs),
        TEST(old_windows),
        TEST(source_fails),
        TEST(starts),
        TEST(starts_twice),
        TEST(does_not_start),
        TEST(stops),
        TEST(stops_while_starting),
        TEST(uninstalls),
        TEST(marked),
        TEST(not_installed),
        TEST(not_an_administrator),
        TEST(not_windows),
        TEST(name_taken),
        TEST(every_error),
        TEST(no_memory),
        cmocka_unit_test(command_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
