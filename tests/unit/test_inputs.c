/* test_inputs - paths and folders become one sorted list of files; formats are told by content. */
#include "test_replay_help.h"

#include "engine/inputs.h"

struct folder {
    struct buf root, sub, empty;
    struct buf file[4];
};

static const char *const names[] = {"b.evtx", "A.EVTX", "notes.txt", "c.ndjson"};

static void
write_text(const struct buf *path, const char *text)
{
    assert_int_equal(file_write_all(buf_str(path), text, strlen(text)), ERR_OK);
}

/* root/{b.evtx, A.EVTX, notes.txt, sub/c.ndjson, empty/} */
static void
folder_make(struct folder *f)
{
    help_path(&f->root);
    assert_int_equal(dir_make(buf_str(&f->root)), ERR_OK);
    help_join(&f->sub, &f->root, "sub");
    assert_int_equal(dir_make(buf_str(&f->sub)), ERR_OK);
    help_join(&f->empty, &f->root, "empty");
    assert_int_equal(dir_make(buf_str(&f->empty)), ERR_OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        help_join(&f->file[i], i == 3 ? &f->sub : &f->root, names[i]);
        write_text(&f->file[i], "12345");
    }
}

static void
folder_fini(struct folder *f)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        help_remove(&f->file[i]);
    }
    help_remove(&f->empty);
    help_remove(&f->sub);
    help_remove(&f->root);
}

static void
folders_are_searched_for_logs(void **state)
{
    struct folder f;
    struct inputs in;

    (void)state;
    folder_make(&f);
    const char *const paths[] = {buf_str(&f.root)};
    assert_int_equal(inputs_collect(paths, 1, &in), ERR_OK);
    assert_int_equal(in.count, 3);
    assert_string_equal(in.item[0].path, buf_str(&f.file[1]));
    assert_string_equal(in.item[1].path, buf_str(&f.file[0]));
    assert_string_equal(in.item[2].path, buf_str(&f.file[3]));
    assert_int_equal(in.total_size, 15);
    for (size_t i = 0; i < in.count; i++) {
        assert_int_equal(in.item[i].err, ERR_OK);
        assert_int_equal(in.item[i].size, 5);
    }
    inputs_fini(&in);
    folder_fini(&f);
}

static void
named_files_are_taken_whatever_their_name_and_once(void **state)
{
    struct folder f;
    struct inputs in;

    (void)state;
    folder_make(&f);
    const char *const paths[] = {buf_str(&f.file[2]), buf_str(&f.file[0]), buf_str(&f.sub),
                                 buf_str(&f.file[3]), buf_str(&f.file[2])};
    assert_int_equal(inputs_collect(paths, COUNT(paths), &in), ERR_OK);
    assert_int_equal(in.count, 3);
    assert_string_equal(in.item[0].path, buf_str(&f.file[0]));
    assert_string_equal(in.item[1].path, buf_str(&f.file[2]));
    assert_string_equal(in.item[2].path, buf_str(&f.file[3]));
    inputs_fini(&in);
    folder_fini(&f);
}

static void
what_is_wrong_with_a_path_stands_in_its_item(void **state)
{
    struct folder f;
    struct inputs in;
    struct buf absent;

    (void)state;
    folder_make(&f);
    help_join(&absent, &f.root, "absent.evtx");
    const char *const paths[] = {buf_str(&f.empty), buf_str(&absent), buf_str(&f.file[0])};
    assert_int_equal(inputs_collect(paths, COUNT(paths), &in), ERR_OK);
    assert_int_equal(in.count, 3);
    assert_string_equal(in.item[0].path, buf_str(&absent));
    assert_int_equal(in.item[0].err, ERR_NOTFOUND);
    assert_int_equal(in.item[1].err, ERR_OK);
    assert_string_equal(in.item[2].path, buf_str(&f.empty));
    assert_int_equal(in.item[2].err, ERR_FORMAT);
    assert_non_null(in.item[2].why);
    assert_int_equal(in.total_size, 5);
    inputs_fini(&in);
    buf_fini(&absent);
    folder_fini(&f);
}

static void
nothing_named_is_an_empty_list(void **state)
{
    struct inputs in;

    (void)state;
    assert_int_equal(inputs_collect(NULL, 0, &in), ERR_OK);
    assert_int_equal(in.count, 0);
    inputs_fini(&in);
}

static void
every_allocation_may_fail(void **state)
{
    struct folder f;
    struct inputs in;
    enum err err = ERR_NOMEM;
    size_t n = 0;

    (void)state;
    folder_make(&f);
    const char *const paths[] = {buf_str(&f.root), buf_str(&f.file[2])};
    while (err == ERR_NOMEM) {
        mem_fail_after(n++);
        err = inputs_collect(paths, COUNT(paths), &in);
        mem_fail_after(SIZE_MAX);
        if (err == ERR_OK) {
            for (size_t i = 0; i < in.count; i++) {
                err = in.item[i].err == ERR_NOMEM ? ERR_NOMEM : err;
            }
            assert_int_equal(in.count, 4);
            inputs_fini(&in);
        }
    }
    assert_int_equal(err, ERR_OK);
    assert_true(n > 10);
    folder_fini(&f);
}

static enum replay_format
format_of(const char *text, size_t len)
{
    struct buf path;
    struct file *file = NULL;
    enum replay_format format = REPLAY_UNKNOWN;

    help_path(&path);
    assert_int_equal(file_write_all(buf_str(&path), text, len), ERR_OK);
    assert_int_equal(file_open_read(buf_str(&path), &file), ERR_OK);
    assert_int_equal(inputs_format(file, &format), ERR_OK);
    file_close(file);
    help_remove(&path);
    return format;
}
#define FORMAT_OF(text) format_of(text, sizeof(text) - 1)

static void
formats_are_told_by_content(void **state)
{
    (void)state;
    assert_int_equal(FORMAT_OF("ElfFile\0more"), REPLAY_EVTX);
    assert_int_equal(FORMAT_OF("ElfChnk\0more"), REPLAY_EVTX);
    assert_int_equal(FORMAT_OF("SQLite format 3\0more"), REPLAY_STORE);
    assert_int_equal(FORMAT_OF("{\"time\":1}"), REPLAY_NDJSON);
    assert_int_equal(FORMAT_OF("\xEF\xBB\xBF \r\n\t{\"time\":1}"), REPLAY_NDJSON);
    assert_int_equal(FORMAT_OF("ElfFil"), REPLAY_UNKNOWN);
    assert_int_equal(FORMAT_OF("[1]"), REPLAY_UNKNOWN);
    assert_int_equal(FORMAT_OF("\0\0{"), REPLAY_UNKNOWN);
    assert_int_equal(FORMAT_OF("   "), REPLAY_UNKNOWN);
    assert_int_equal(FORMAT_OF(""), REPLAY_UNKNOWN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_searched_for_logs),
        cmocka_unit_test(named_files_are_taken_whatever_their_name_and_once),
        cmocka_unit_test(what_is_wrong_with_a_path_stands_in_its_item),
        cmocka_unit_test(nothing_named_is_an_empty_list),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(formats_are_told_by_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
