/* test_replay_failures - a whole replay with each allocation failing in turn, and over damaged
 * logs: an error or a result, never a crash, a leak, or a wrong number. */
#include "test_replay_help.h"

#include <stdlib.h>

#define TRIES 8u
#define DAMAGES 200u
#define SOAK_DAMAGES 2000u

struct attempt_of {
    struct config *cfg;
    struct buf store;
    const char *const *paths;
    size_t path_count;
};

MUST_CHECK static enum err
try_replay(struct attempt_of *t, struct replay_report **out)
{
    struct replay_opts opts = {.paths = t->paths,
                               .path_count = t->path_count,
                               .store_path = buf_str(&t->store),
                               .count_records = true};

    return engine_replay(t->cfg, &opts, out);
}

static void
forget_store(struct attempt_of *t)
{
    if (file_type(buf_str(&t->store)) == FILE_TYPE_REGULAR) {
        assert_int_equal(file_delete(buf_str(&t->store)), ERR_OK);
    }
}

/* Single files may have failed for want of memory only in a replay that failed as a whole. */
static void
expect_complete(const struct replay_report *r)
{
    for (size_t i = 0; i < r->file_count; i++) {
        assert_int_equal(r->files[i].err, ERR_OK);
        assert_int_equal(r->files[i].errors, 0);
    }
    assert_int_equal(r->kinds[EV_LOGON_ATTEMPT], TRIES);
}

static void
every_allocation_may_fail(void **state)
{
    struct help_logs logs;
    struct attempt_of t = {.cfg = help_config()};
    enum err err = ERR_NOMEM;
    size_t n = 0;
    size_t failed = 0;

    (void)state;
    help_logs_make(&logs, TRIES);
    help_path(&t.store);
    const char *const paths[] = {buf_str(&logs.log[0]), buf_str(&logs.log[1]),
                                 buf_str(&logs.log[2])};
    t.paths = paths;
    t.path_count = COUNT(paths);
    while (err == ERR_NOMEM) {
        struct replay_report *r = NULL;

        mem_fail_after(n);
        err = try_replay(&t, &r);
        mem_fail_after(SIZE_MAX);
        if (err) {
            assert_int_equal(err, ERR_NOMEM);
            assert_null(r);
            failed++;
        } else {
            expect_complete(r);
        }
        replay_report_destroy(r);
        forget_store(&t);
        n++;
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(failed, n - 1); /* none was passed over */
    print_message("%lu allocations failed in turn\n", (unsigned long)failed);
    config_destroy(t.cfg);
    help_remove(&t.store);
    help_logs_fini(&logs);
}

/* -- damage ----------------------------------------------------------------------------------- */

static uint32_t
next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*seed >> 33);
}

/* Bits flipped, bytes zeroed or copied elsewhere, the end cut: up to four of them. */
static size_t
damage(uint8_t *data, size_t len, uint64_t *seed)
{
    unsigned times = 1 + next_random(seed) % 4;

    for (unsigned i = 0; i < times; i++) {
        size_t at = next_random(seed) % len;
        size_t from = next_random(seed) % len;
        size_t size = 1 + next_random(seed) % 64;

        size = size > len - at ? len - at : size;
        size = size > len - from ? len - from : size;
        switch (next_random(seed) % 8) {
        case 0:
            memset(data + at, 0, size);
            break;
        case 1:
            memmove(data + at, data + from, size);
            break;
        case 2:
            memset(data + at, 0xff, size < 8 ? size : 8);
            break;
        case 3:
            return at;
        default:
            data[at] = (uint8_t)(data[at] ^ 1u << next_random(seed) % 8);
        }
    }
    return len;
}

static void
replay_damaged(struct attempt_of *t, const struct buf *sound, const char *path, uint64_t *seed)
{
    struct sv whole = buf_sv(sound);
    uint8_t *copy = malloc(whole.len);
    struct replay_report *r = NULL;

    assert_non_null(copy);
    memcpy(copy, whole.p, whole.len);
    size_t len = damage(copy, whole.len, seed);
    assert_int_equal(file_write_all(path, copy, len), ERR_OK);
    free(copy);
    assert_int_equal(try_replay(t, &r), ERR_OK);
    assert_int_equal(r->file_count, 1);
    const struct replay_file *f = &r->files[0];
    assert_true(f->events + f->skipped <= f->records + f->recovered);
    assert_true((f->err || f->errors > 0) == (f->why != NULL));
    assert_true(f->torn <= f->errors);
    replay_report_destroy(r);
    forget_store(t);
}

static void
damaged_logs_never_crash(void **state)
{
    struct help_logs logs;
    struct attempt_of t = {.cfg = help_config(), .path_count = 1};
    struct buf sound;
    struct buf path;
    const char *soak = env_get("KANARI_SOAK");
    unsigned rounds = soak != NULL && soak[0] != '\0' ? SOAK_DAMAGES : DAMAGES;
    const char *text = env_get("KANARI_SEED");
    uint64_t seed = 20261101 + (text == NULL ? 0 : strtoull(text, NULL, 10));

    (void)state;
    help_logs_make(&logs, 40);
    help_path(&t.store);
    help_path(&path);
    buf_init(&sound, SIZE_MAX);
    const char *const paths[] = {buf_str(&path)};
    t.paths = paths;
    for (unsigned i = 0; i < rounds; i++) {
        assert_int_equal(file_read_all(buf_str(&logs.log[i % HELP_LOGS]), SIZE_MAX, &sound),
                         ERR_OK);
        replay_damaged(&t, &sound, buf_str(&path), &seed);
    }
    config_destroy(t.cfg);
    buf_fini(&sound);
    help_remove(&t.store);
    help_remove(&path);
    help_logs_fini(&logs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damaged_logs_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
