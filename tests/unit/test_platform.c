/* The seam to the system: files, folders, temporary files, paths, clocks, streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/tm.h"
#include "platform/platform.h"

#define PATH_CAP 8192

/* A folder of our own: the name of a temporary file, which becomes a folder. */
static void
make_folder(struct buf *path)
{
    buf_init(path, PATH_CAP);
    assert_int_equal(path_temp_file(path), ERR_OK);
    assert_int_equal(file_type(buf_str(path)), FILE_TYPE_REGULAR);
    assert_int_equal(file_delete(buf_str(path)), ERR_OK);
    assert_int_equal(file_type(buf_str(path)), FILE_TYPE_NONE);
    assert_int_equal(dir_make(buf_str(path)), ERR_OK);
    assert_int_equal(dir_make(buf_str(path)), ERR_EXISTS);
    assert_int_equal(file_type(buf_str(path)), FILE_TYPE_DIR);
}

static const char *
in_folder(const struct buf *folder, const char *name, struct buf *path)
{
    buf_clear(path);
    path_join(path, buf_str(folder), name);
    assert_int_equal(buf_err(path), ERR_OK);
    return buf_str(path);
}

static void
paths_join_and_split(void **state)
{
    static const struct {
        const char *base, *name, *joined;
    } joins[] = {
        {"a", "b", "a/b"},          {"a/", "b", "a/b"},           {"", "b", "b"},
        {"C:\\x", "b", "C:\\x\\b"}, {"C:\\x\\", "b", "C:\\x\\b"}, {"C:\\x/y", "b", "C:\\x/y/b"},
        {"/", "b", "/b"},
    };
    static const struct {
        const char *path, *name, *ext;
    } splits[] = {
        {"/var/log/Security.evtx", "Security.evtx", "evtx"},
        {"C:\\logs\\Security.EVTX", "Security.EVTX", "EVTX"},
        {"a.b/c", "c", ""},
        {"dir/", "dir", ""},
        {".evtx", ".evtx", ""},
        {"x.", "x.", ""},
        {"a.tar.gz", "a.tar.gz", "gz"},
        {"", "", ""},
        {"/", "", ""},
    };
    struct buf out;

    (void)state;
    buf_init(&out, PATH_CAP);
    for (size_t i = 0; i < COUNT(joins); i++) {
        buf_clear(&out);
        path_join(&out, joins[i].base, joins[i].name);
        assert_string_equal(buf_str(&out), joins[i].joined);
    }
    for (size_t i = 0; i < COUNT(splits); i++) {
        assert_true(sv_eq(path_name(splits[i].path), sv_from(splits[i].name)));
        assert_true(sv_eq(path_ext(splits[i].path), sv_from(splits[i].ext)));
    }
    buf_fini(&out);
}

static void
files_are_replaced_and_read(void **state)
{
    struct buf folder, path, text;
    struct file *f = NULL;
    char bytes[8];
    size_t got = 0;
    enum err err;

    (void)state;
    make_folder(&folder);
    buf_init(&path, PATH_CAP);
    buf_init(&text, 64);
    in_folder(&folder, "\xE3\x81\x8B\xE3\x81\xAA.txt", &path); /* kana */
    assert_int_equal(file_write_all(buf_str(&path), "old text", 8), ERR_OK);
    assert_int_equal(file_write_all(buf_str(&path), "new", 3), ERR_OK);
    assert_int_equal(file_read_all(buf_str(&path), 3, &text), ERR_OK);
    assert_string_equal(buf_str(&text), "new");
    assert_int_equal(file_read_all(buf_str(&path), 2, &text), ERR_RANGE);

    assert_int_equal(file_open_read(buf_str(&path), &f), ERR_OK);
    assert_true(file_size(f) == 3);
    assert_int_equal(file_read_at(f, 1, bytes, sizeof(bytes), &got), ERR_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(bytes, "ew", 2);
    assert_int_equal(file_read_at(f, 3, bytes, sizeof(bytes), &got), ERR_OK);
    assert_int_equal(got, 0);
    assert_int_equal(file_read_at(f, UINT64_C(1) << 40, bytes, sizeof(bytes), &got), ERR_OK);
    assert_int_equal(got, 0);
    assert_int_equal(file_read_at(f, UINT64_MAX, bytes, sizeof(bytes), &got), ERR_RANGE);
    /* Replaced or not (Windows refuses it), an open file still reads what it was. */
    err = file_write_all(buf_str(&path), "", 0);
    assert_true(err == ERR_OK || err == ERR_ACCESS || err == ERR_BUSY);
    assert_int_equal(file_read_at(f, 0, bytes, 1, &got), ERR_OK);
    assert_memory_equal(bytes, "n", 1);
    file_close(f);
    file_close(NULL);

    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    assert_int_equal(file_delete(buf_str(&path)), ERR_NOTFOUND);
    buf_fini(&path);
    buf_fini(&folder);
    buf_fini(&text);
}

static void
what_cannot_be_opened_says_why(void **state)
{
    struct buf folder, path;
    struct file *f = NULL;

    (void)state;
    make_folder(&folder);
    buf_init(&path, PATH_CAP);
    assert_int_equal(file_open_read(buf_str(&folder), &f), ERR_UNSUPPORTED);
    assert_int_equal(file_open_read(in_folder(&folder, "none", &path), &f), ERR_NOTFOUND);
    assert_int_equal(file_open_read("", &f), ERR_NOTFOUND);
    assert_int_equal(file_write_all(in_folder(&folder, "none/x", &path), "x", 1), ERR_NOTFOUND);
    assert_null(f);
    buf_fini(&path);
    buf_fini(&folder);
}

/* -- folders ------------------------------------------------------------------------------------
 */

static enum err
note_name(void *ctx, const char *name, enum file_type type)
{
    struct buf *seen = ctx;

    buf_puts(seen, name);
    buf_puts(seen, type == FILE_TYPE_DIR ? "/ " : " ");
    return strcmp(name, "stop") == 0 ? ERR_CANCELLED : ERR_OK;
}

static void
names_come_in_byte_order(void **state)
{
    static const char *const names[] = {"b", "a.txt", "\xE3\x81\x8B", "a", "B", "z", "10", "9"};
    struct buf folder, path, seen;

    (void)state;
    make_folder(&folder);
    buf_init(&path, PATH_CAP);
    buf_init(&seen, PATH_CAP);
    assert_int_equal(dir_each(buf_str(&folder), note_name, &seen), ERR_OK);
    assert_string_equal(buf_str(&seen), "");
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], "B") != 0) { /* Windows has one of "b" and "B" */
            assert_int_equal(file_write_all(in_folder(&folder, names[i], &path), "", 0), ERR_OK);
        }
    }
    assert_int_equal(dir_make(in_folder(&folder, "m", &path)), ERR_OK);
    assert_int_equal(dir_each(buf_str(&folder), note_name, &seen), ERR_OK);
    assert_string_equal(buf_str(&seen), "10 9 a a.txt b m/ z \xE3\x81\x8B ");

    buf_clear(&seen);
    assert_int_equal(file_write_all(in_folder(&folder, "stop", &path), "", 0), ERR_OK);
    assert_int_equal(dir_each(buf_str(&folder), note_name, &seen), ERR_CANCELLED);
    assert_string_equal(buf_str(&seen), "10 9 a a.txt b m/ stop ");
    assert_int_equal(dir_each(in_folder(&folder, "a", &path), note_name, &seen), ERR_NOTFOUND);
    assert_int_equal(dir_each(in_folder(&folder, "none", &path), note_name, &seen), ERR_NOTFOUND);
    buf_fini(&seen);
    buf_fini(&path);
    buf_fini(&folder);
}

/* Deeper than MAX_PATH. */
static void
long_paths_work(void **state)
{
    static const char part[] = "a-folder-with-a-name-of-forty-characters";
    struct buf folder, path, text;

    (void)state;
    make_folder(&folder);
    buf_init(&path, PATH_CAP);
    buf_init(&text, PATH_CAP);
    for (int depth = 0; depth < 10; depth++) {
        in_folder(&folder, part, &path);
        assert_int_equal(dir_make(buf_str(&path)), ERR_OK);
        buf_clear(&folder);
        buf_put_sv(&folder, buf_sv(&path));
    }
    assert_true(folder.len > 400);
    in_folder(&folder, "file.txt", &path);
    assert_int_equal(file_write_all(buf_str(&path), "deep", 4), ERR_OK);
    assert_int_equal(file_type(buf_str(&path)), FILE_TYPE_REGULAR);
    assert_int_equal(file_read_all(buf_str(&path), 64, &text), ERR_OK);
    assert_string_equal(buf_str(&text), "deep");
    buf_clear(&text);
    assert_int_equal(dir_each(buf_str(&folder), note_name, &text), ERR_OK);
    assert_string_equal(buf_str(&text), "file.txt ");
    buf_fini(&text);
    buf_fini(&path);
    buf_fini(&folder);
}

/* -- the rest -------------------------------------------------------------------------------------
 */

static void
spill_gives_back_what_it_took(void **state)
{
    struct spill *s = NULL;
    uint64_t first = 99;
    uint64_t second = 0;
    char bytes[8];

    (void)state;
    assert_int_equal(spill_create(&s), ERR_OK);
    assert_int_equal(spill_append(s, "hello", 5, &first), ERR_OK);
    assert_int_equal(spill_append(s, " you", 4, &second), ERR_OK);
    assert_true(first == 0 && second == 5);
    assert_int_equal(spill_read(s, 3, bytes, 6), ERR_OK);
    assert_memory_equal(bytes, "lo you", 6);
    assert_int_equal(spill_read(s, 5, bytes, 5), ERR_TRUNC);
    spill_destroy(s);
    spill_destroy(NULL);
}

static void
memory_may_run_out(void **state)
{
    struct buf folder, path;
    struct file *f = NULL;
    struct spill *s = NULL;
    enum err err = ERR_NOMEM;

    (void)state;
    make_folder(&folder);
    buf_init(&path, PATH_CAP);
    in_folder(&folder, "x", &path);
    for (size_t n = 0; err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = file_write_all(buf_str(&path), "x", 1);
    }
    assert_int_equal(err, ERR_OK);
    mem_fail_after(0);
    assert_int_equal(file_open_read(buf_str(&path), &f), ERR_NOMEM);
    assert_int_equal(spill_create(&s), ERR_NOMEM);
    err = dir_each(buf_str(&folder), note_name, &path);
    assert_int_not_equal(err, ERR_OK);
    mem_fail_after(SIZE_MAX);
    assert_null(f);
    assert_null(s);
    buf_fini(&path);
    buf_fini(&folder);
}

static void
clocks_run(void **state)
{
    uint64_t now = clock_now_ft();
    uint64_t mono = clock_mono_ns();
    int offset = clock_local_offset_min(now);

    (void)state;
    assert_true(now > TM_UNIX_EPOCH_FT + 50 * 365 * TM_DAY && now < TM_MAX_FT);
    assert_true(clock_mono_ns() >= mono);
    assert_true(offset >= -14 * 60 && offset <= 14 * 60);
}

static void
machine_has_a_name_and_folders(void **state)
{
    uint8_t first[32];
    uint8_t second[32];
    struct buf name, data;

    (void)state;
    buf_init(&name, PATH_CAP);
    buf_init(&data, PATH_CAP);
    host_name(&name);
    assert_true(name.len > 0);
    assert_true(process_peak_rss() > 100 * 1024);
    assert_int_equal(random_bytes(first, sizeof(first)), ERR_OK);
    assert_int_equal(random_bytes(second, sizeof(second)), ERR_OK);
    assert_memory_not_equal(first, second, sizeof(first));
    assert_null(env_get("KANARI_NO_SUCH_VARIABLE"));
    assert_non_null(env_get("PATH"));
    assert_int_equal(path_data_dir(&data), ERR_OK);
    assert_true(sv_eq_nocase(path_name(buf_str(&data)), SV("kanari")));
    buf_fini(&name);
    buf_fini(&data);
}

static int
count_args(int argc, char **argv)
{
    return argv[argc] == NULL && strlen(argv[0]) > 0 ? argc : -1;
}

static void
main_gets_its_arguments(void **state)
{
    char program[] = "program";
    char *argv[] = {program, NULL};

    (void)state;
    assert_int_equal(platform_main(1, argv, count_args), 1);
}

static void
streams_take_bytes(void **state)
{
    (void)state;
    assert_int_equal(stream_write(STREAM_ERR, "", 0), ERR_OK);
    assert_int_equal(stream_write(STREAM_OUT, "# \xE3\x81\x8B\xE3\x81\xAA\xE3\x82\x8A\n", 12),
                     ERR_OK);
    if (!stream_is_terminal(STREAM_OUT)) {
        assert_int_equal(stream_columns(STREAM_OUT), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_join_and_split),
        cmocka_unit_test(files_are_replaced_and_read),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(names_come_in_byte_order),
        cmocka_unit_test(long_paths_work),
        cmocka_unit_test(spill_gives_back_what_it_took),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(machine_has_a_name_and_folders),
        cmocka_unit_test(main_gets_its_arguments),
        cmocka_unit_test(streams_take_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
