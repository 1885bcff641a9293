/* test_state_paths - the kernel's names of files as a person can open them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "state/nt_path.h"

/* NULL: it stays as it is. What was opened once is not changed again. */
static void
expect_open(const struct nt_drives *drives, const char *path, const char *due)
{
    char out[EVENT_TEXT_MAX], again[EVENT_TEXT_MAX];
    struct sv got = {NULL, 0};
    struct sv second = {NULL, 0};

    assert_int_equal(nt_path_open(drives, sv_from(path), out, &got), due != NULL);
    if (due != NULL) {
        assert_int_equal(got.len, strlen(due));
        assert_memory_equal(got.p, due, got.len);
        assert_false(nt_path_open(drives, got, again, &second));
    }
}

static void
each_form_is_opened(void **state)
{
    static const struct nt_drives none;
    struct nt_drives drives = {0};

    (void)state;
    nt_path_learn(&drives, SV("\\Device\\HarddiskVolume3\\Windows\\x.exe"),
                  SV("c:\\windows\\X.EXE"));
    assert_int_equal(drives.count, 1);
    expect_open(&drives, "\\Device\\HarddiskVolume3\\a\\b.exe", "C:\\a\\b.exe");
    expect_open(&drives, "\\DEVICE\\harddiskvolume3\\a", "C:\\a");
    expect_open(&drives, "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume3\\a", "C:\\a");
    expect_open(&drives, "\\Device\\HarddiskVolume4\\a",
                "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume4\\a");
    expect_open(&none, "\\Device\\HarddiskVolume3\\a",
                "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume3\\a");
    expect_open(&none, "\\??\\C:\\a\\b", "C:\\a\\b");
    expect_open(&none, "\\SystemRoot\\System32\\smss.exe", "%SystemRoot%\\System32\\smss.exe");
    expect_open(&none, "\\systemroot\\x", "%SystemRoot%\\x");
    expect_open(&none, "\\Device\\Mup\\server\\share\\x.exe", "\\\\server\\share\\x.exe");
}

static void
everything_else_stays(void **state)
{
    static const char *const paths[] = {
        "",
        "x",
        "svchost.exe",
        "C:\\Windows\\x",
        "\\\\server\\share\\x",
        "\\Windows\\x.dll",
        "\\Device\\HarddiskVolume",
        "\\Device\\HarddiskVolume3",
        "\\Device\\HarddiskVolumeX\\a",
        "\\Device\\HarddiskVolume99999999999999\\a",
        "\\Device\\HarddiskVolume3x\\a",
        "\\Device\\Mup",
        "\\??\\",
        "\\??\\pipe\\x",
        "\\SystemRoot",
        "\\SystemRootx\\a",
        "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume3\\a",
        "\\Device\\CdRom0\\a",
    };
    static const struct nt_drives none;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        expect_open(&none, paths[i], NULL);
    }
}

static void
only_the_same_file_teaches(void **state)
{
    struct nt_drives drives = {0};

    (void)state;
    nt_path_learn(&drives, SV("\\Device\\HarddiskVolume3\\a"), SV("C:\\b"));
    nt_path_learn(&drives, SV("\\Device\\HarddiskVolume3\\a"), SV("a"));
    nt_path_learn(&drives, SV("C:\\a"), SV("C:\\a"));
    nt_path_learn(&drives, SV(""), SV(""));
    nt_path_learn(&drives, SV("\\Device\\HarddiskVolume3\\a"), SV("1:\\a"));
    assert_int_equal(drives.count, 0);
    nt_path_learn(&drives, SV("D:\\a"), SV("\\\\?\\GLOBALROOT\\Device\\HarddiskVolume7\\a"));
    nt_path_learn(&drives, SV("E:\\a"), SV("\\Device\\HarddiskVolume7\\a")); /* the first stays */
    assert_int_equal(drives.count, 1);
    expect_open(&drives, "\\Device\\HarddiskVolume7\\x", "D:\\x");
}

static void
drives_are_bounded(void **state)
{
    struct nt_drives drives = {0};

    (void)state;
    for (unsigned i = 0; i < 2 * NT_DRIVES_MAX; i++) {
        struct buf path;

        buf_init(&path, 256);
        buf_printf(&path, "\\Device\\HarddiskVolume%u\\a", i);
        nt_path_learn(&drives, buf_sv(&path), SV("C:\\a"));
        buf_fini(&path);
    }
    assert_int_equal(drives.count, NT_DRIVES_MAX);
}

/* A path at the limit gets longer by its prefix: it is cut, and that is counted. */
static void
long_paths_are_cut(void **state)
{
    static const struct nt_drives none;
    char path[EVENT_TEXT_MAX], out[EVENT_TEXT_MAX];
    struct sv got;

    (void)state;
    metric_reset_all();
    memset(path, 'x', sizeof(path));
    memcpy(path, "\\Device\\HarddiskVolume3\\", 24);
    assert_true(nt_path_open(&none, (struct sv){path, sizeof(path)}, out, &got));
    assert_int_equal(got.len, EVENT_TEXT_MAX);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 1);
}

static void
expect_command(const char *command_line, const char *program)
{
    struct sv got = nt_path_of_command(sv_from(command_line));

    assert_int_equal(got.len, strlen(program));
    assert_memory_equal(got.p, program, got.len);
}

static void
names_and_commands(void **state)
{
    (void)state;
    expect_command("\"C:\\Program Files\\x.exe\" -k", "C:\\Program Files\\x.exe");
    expect_command("  C:\\x.exe -k", "C:\\x.exe");
    expect_command("x", "x");
    expect_command("\"", "");
    expect_command("\"open", "open");
    expect_command("", "");
    assert_int_equal(nt_path_rank(SV("")), 0);
    assert_int_equal(nt_path_rank(SV("x.exe")), 1);
    assert_int_equal(nt_path_rank(SV("\\Device\\x.exe")), 2);
    assert_int_equal(nt_path_rank(SV("C:\\x.exe")), 3);
    assert_int_equal(nt_path_name(SV("C:\\a\\x.exe")).len, 5);
    assert_int_equal(nt_path_name(SV("C:\\a\\")).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_opened),        cmocka_unit_test(everything_else_stays),
        cmocka_unit_test(only_the_same_file_teaches), cmocka_unit_test(drives_are_bounded),
        cmocka_unit_test(long_paths_are_cut),         cmocka_unit_test(names_and_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
