/* scan_walk - links, pipes and folders that are closed: skipped and told, never followed. */
#define _XOPEN_SOURCE 700 /* mkdtemp, symlink */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/scan_walk.h"

struct found {
    const char *name;
    enum err why;
};

static char root[] = "/tmp/kanari-walk-XXXXXX";

static const char *
at(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

static void
test_nothing_is_followed(void **state)
{
    /* a: a file; b: the folder above; c: a pipe; d: a link to a; e: a link to nothing */
    static const struct found due[] = {{"a", ERR_OK},
                                       {"b", ERR_UNSUPPORTED},
                                       {"c", ERR_UNSUPPORTED},
                                       {"d", ERR_UNSUPPORTED},
                                       {"e", ERR_UNSUPPORTED}};
    const char *operands[2];
    struct scan_walk *w;
    const char *path;
    enum err why;
    char link_path[256];

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(file_write_all(at("a"), "x", 1), ERR_OK);
    assert_int_equal(symlink(root, at("b")), 0);
    assert_int_equal(mkfifo(at("c"), 0600), 0);
    assert_int_equal(symlink("a", at("d")), 0);
    assert_int_equal(symlink("absent", at("e")), 0);
    (void)snprintf(link_path, sizeof(link_path), "%s", at("b"));
    operands[0] = root;
    operands[1] = link_path;
    assert_int_equal(scan_walk_create(operands, 2, &w), ERR_OK);
    for (size_t i = 0; i < COUNT(due); i++) {
        assert_int_equal(scan_walk_next(w, &path, &why), ERR_OK);
        assert_string_equal(path_name(path).p, due[i].name);
        assert_int_equal(why, due[i].why);
    }
    /* Not even the link that was typed. */
    assert_int_equal(scan_walk_next(w, &path, &why), ERR_OK);
    assert_string_equal(path, link_path);
    assert_int_equal(why, ERR_UNSUPPORTED);
    assert_int_equal(scan_walk_next(w, &path, &why), ERR_END);
    scan_walk_destroy(w);
    for (size_t i = 0; i < COUNT(due); i++) {
        assert_int_equal(unlink(at(due[i].name)), 0);
    }
    assert_int_equal(rmdir(root), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
